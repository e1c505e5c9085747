"""`cloud`: the other side of a module that `emulate` runs: the cloud, the radio, the phone, the power switch."""

from __future__ import annotations

import base64
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from ..desk.exits import Exit, Stop
from ..desk.options import Json, Session, session
from ..desk.output import facts, note, print_json, still
from ..desk.secrets import secret
from .wifi import VARIABLE as WIFI_VARIABLE

__all__ = ["app"]

app = typer.Typer(
    no_args_is_help=True, help="The other side of an emulated module: cloud, radio, phone, power."
)

PAUSE = 0.1  # seconds between two looks at a module that is not ready for it
Control = Annotated[
    str | None,
    typer.Option(
        "--control",
        envvar="TENCENT_AT_CONTROL",
        metavar="PATH",
        help="What emulate --control was given; else the port's name and .control.",
    ),
]
Module = Annotated[int, typer.Option("--module", metavar="N", min=0, help="Which of --count.")]


class Emulator:
    """A running emulator, by its control channel."""

    def __init__(self, context: typer.Context, control: str | None, module: int) -> None:
        self.session: Session = session(context)
        self.module = module
        port = self.session.port or ""
        if control is None and (not port or ":" in port.partition("/")[0]):
            text = "which emulator? Its control channel is not named, and the port is no link"
            raise Stop(
                Exit.USAGE, text, "Give --control the PATH that emulate --control was given."
            )
        self.place = control if control is not None else f"{port}.control"

    def ask(self, deed: str, **members: Any) -> Any:
        """Let it do this; Stop where it cannot, or is not there."""
        from tencent_at_emulator.asking import Refused, ask

        try:
            return ask(self.place, deed, module=self.module, **members)
        except Refused as error:
            raise Stop(Exit.USAGE, str(error)) from None
        except OSError as error:
            raise self.gone(error.strerror or str(error)) from None

    def patiently(self, work: Callable[[], Any], seconds: float, what: str) -> Any:
        """What `work` returns, tried until it is not refused."""
        end = time.monotonic() + seconds
        while True:
            try:
                return work()
            except Stop as stop:
                if stop.code != Exit.USAGE or time.monotonic() >= end:
                    raise
            still(lambda: what)
            time.sleep(PAUSE)

    def gone(self, why: str) -> Stop:
        """What is said where nobody answers."""
        return Stop(
            Exit.PORT,
            f"{self.place}: no emulator listens there ({why})",
            "Start one: tencent-at emulate --link /tmp/module, and use --port /tmp/module.",
        )

    def topic(self, topic: str) -> str:
        """The full topic: ./NAME stands for the device's own."""
        if not topic.startswith("./"):
            return topic
        device = self.ask("state")["device"]
        if device is None:
            raise Stop(Exit.USAGE, f"{topic}: the module has no identity yet", "tencent-at device")
        return f"{device[0]}/{device[1]}/{topic[2:]}"


@app.command()
def wait(
    context: typer.Context,
    seconds: Annotated[float, typer.Argument(metavar="SECONDS", min=0)] = 10,
    control: Control = None,
    module: Module = 0,
) -> None:
    """Wait until the module has booted: for scripts that start emulate in the background."""
    from tencent_at_emulator.asking import wait as waited

    emulator = Emulator(context, control, module)
    try:
        waited(emulator.place, seconds, module)
    except TimeoutError as error:
        raise emulator.gone(str(error)) from None


@app.command()
def publish(
    context: typer.Context,
    topic: Annotated[str, typer.Argument(help="Topic; ./NAME is PRODUCT/DEVICE/NAME.")],
    payload: Annotated[str, typer.Argument(help="Text.")],
    qos: Annotated[int, typer.Option("--qos", "-q", metavar="0|1|2", min=0, max=2)] = 0,
    patience: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="Wait so long for a subscriber.")
    ] = 0,
    control: Control = None,
    module: Module = 0,
    json: Json = False,
) -> None:
    """Publish as the cloud does: whoever has subscribed hears it."""
    emulator = Emulator(context, control, module)

    def work() -> int:
        members = {"topic": emulator.topic(topic), "payload": payload, "qos": qos}
        heard = int(emulator.ask("cloud_publish", **members))
        if not heard:
            raise Stop(
                Exit.USAGE,
                f"nobody has subscribed to {members['topic']}",
                f"tencent-at sub {topic}",
            )
        return heard

    heard = emulator.patiently(work, patience, f"waiting for somebody who subscribes to {topic}")
    if json:
        print_json({"clients": heard})
    else:
        note(f"published; it went to {heard} client{'s' * (heard != 1)}", "green")


@app.command("offer-ota")
def offer_ota(
    context: typer.Context,
    image: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False)],
    version: Annotated[str, typer.Argument(help="The image's version.")],
    control: Control = None,
    module: Module = 0,
    json: Json = False,
) -> None:
    """Offer an upgrade: at once to a module that waits for one, else when it reports its version."""
    emulator = Emulator(context, control, module)
    data = image.read_bytes()
    members = {"data": {"base64": base64.b64encode(data).decode()}, "version": version}
    url = emulator.ask("offer_ota", **members)
    if json:
        print_json({"url": url, "size": len(data), "version": version})
    else:
        note(f"version {version} is offered: {len(data)} bytes at {url}", "green")


@app.command()
def provision(
    context: typer.Context,
    outcome: Annotated[
        str, typer.Argument(help="success, wrong-password, app-stop, bad-data …")
    ] = "success",
    ssid: Annotated[str | None, typer.Option(help="Hand over this access point.")] = None,
    patience: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="Wait so long for provisioning to run.")
    ] = 10,
    control: Control = None,
    module: Module = 0,
) -> None:
    """Do the phone's part in a provisioning that runs."""
    emulator = Emulator(context, control, module)
    members = {"outcome": outcome}
    if ssid:
        word = secret(emulator.session, "Wi-Fi password", WIFI_VARIABLE)
        members |= {"ssid": ssid, "password": word}

    def ready() -> None:
        if emulator.ask("state")["provisioning"] is None:
            raise Stop(
                Exit.USAGE, "no provisioning is under way", "tencent-at provision softap starts it."
            )

    emulator.patiently(ready, patience, "waiting for provisioning to begin")
    emulator.ask("provision", **members)
    note(f"the phone has done its part: {outcome}", "green")


@app.command()
def fault(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="emulate --help lists them.")],
    value: Annotated[str, typer.Argument()] = "1",
    control: Control = None,
    module: Module = 0,
) -> None:
    """Let something go wrong from now on; 0 ends it."""
    Emulator(context, control, module).ask("fault", name=name, value=value)
    note(f"fault {name}: {value}", "green")


@app.command()
def state(
    context: typer.Context, control: Control = None, module: Module = 0, json: Json = False
) -> None:
    """What the module knows and does."""
    found = Emulator(context, control, module).ask("state")
    if json:
        print_json(found)
    else:
        facts((name.replace("_", " "), _shown(value)) for name, value in found.items())


def _shown(value: object) -> object:
    if isinstance(value, dict):
        return ", ".join(f"{name} {each}" for name, each in value.items())
    return "/".join(map(str, value)) if isinstance(value, list) else value


def _switch(name: str, about: str) -> None:
    def command(context: typer.Context, control: Control = None, module: Module = 0) -> None:
        Emulator(context, control, module).ask(name)
        note("done", "green")

    command.__doc__ = about
    app.command(name.replace("_", "-"))(command)


_switch("drop_mqtt", "Cut the link to the cloud, and keep it cut.")
_switch("restore_mqtt", "Let the module reach the cloud again.")
_switch("drop_wifi", "Let all access points fall silent.")
_switch("restore_wifi", "Let the access points be there again.")
_switch("power_cycle", "Turn the module off and on again.")
