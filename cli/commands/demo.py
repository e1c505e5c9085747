"""`demo`: the main job from the first AT to the last, the wire beside the results."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.text import Text

import tencent_at

from ..desk.exits import Exit, Stop
from ..desk.language import said
from ..desk.options import Json, Session, session
from ..desk.output import note, plain, print_json, standard_output
from ..desk.port import happenings, opened, resolve
from ..desk.printer import Printer
from ..desk.secrets import SecretFile, secret
from .device import DEVICE_VARIABLE, store
from .mqtt import topic_of
from .wifi import VARIABLE as WIFI_VARIABLE
from .wifi import joined

__all__ = ["PAYLOAD", "demo"]

PAYLOAD = '{"action":"test","text":"a, \\"quoted\\" 字"}'.encode()
LONG = b"".join(b'line %02d, "quoted", the quick brown fox.\n' % at for at in range(99))[:1500]
PATIENCE = 10.0  # seconds in which a message must come back

# What the pretend module of emu:// finds in the air, and who it is.
PRETEND = {
    "ssid": "tencent-at",
    "password": "12345678",
    "product": "CTQS08Y5LG",
    "name": "Dev01",
    "secret": "ZHNkIGRzZCA=",
}


def demo(
    context: typer.Context,
    ssid: Annotated[str | None, typer.Option(help="Access point; else the joined one.")] = None,
    product: Annotated[str | None, typer.Option(help="Product id; else the stored one.")] = None,
    name: Annotated[str | None, typer.Option(help="Device name; else the stored one.")] = None,
    topic: Annotated[str, typer.Option(help="Publish and subscribe here.")] = "./data",
    secret_file: SecretFile = None,
    json: Json = False,
) -> None:
    """Do the main job once, and check that what comes back is what was sent, byte for byte.

    Handshake, Wi-Fi, identity, connect, subscribe, publish short and long, receive both, state,
    disconnect. On emu:// nothing else is needed; on a module what it has stored is used, and
    secrets come from TENCENT_AT_WIFI_PASSWORD and TENCENT_AT_DEVICE_SECRET or by prompt.
    """
    made = session(context)
    url = resolve(made)
    wanted = _wanted(made, url.startswith("emu:"), ssid, product, name, secret_file)
    made.verbose = False  # the wire is printed anyway
    console = standard_output()
    printer = Printer(console, made.language)
    with opened(made, url=url, start=False, sink=None if json else printer) as modem:
        job = Job(modem, wanted, topic, None if json else _heading)
        try:
            job.run()
        except tencent_at.TencentAtError as error:
            job.results.append({"step": job.step, "ok": False, "error": str(error)})
            if json:
                print_json({"ok": False, "steps": job.results})
            raise
    if json:
        print_json({"ok": job.fine, "steps": job.results})
    elif job.fine:
        text = said("What came back is, byte for byte, what was sent.")
        console.print(f"\n[bold green]✓ {text}[/]")
        note(f"next: tencent-at --port {url} shell")
    if not job.fine:
        raise Stop(
            Exit.WRONG, "" if json else "what came back is not what was sent", "tencent-at doctor"
        )


def _heading(text: str, outcome: str, fine: bool) -> None:
    console = standard_output()
    if outcome:
        colour = "green" if fine else "bold red"
        console.print(Text(f"{'✓' if fine else '✗'} {said(outcome)}", colour))
    else:
        console.print(Text(f"\n{said(text)}", "bold"))


def _wanted(
    made: Session,
    pretend: bool,
    ssid: str | None,
    product: str | None,
    name: str | None,
    secret_file: str | None,
) -> dict[str, str]:
    wanted = dict(PRETEND) if pretend else {}
    if pretend:
        made.masks.learn(PRETEND["password"])
        made.masks.learn(PRETEND["secret"])
    if ssid:
        wanted["ssid"] = ssid
        wanted["password"] = secret(made, "Wi-Fi password", WIFI_VARIABLE)
    if (product is None) != (name is None):
        raise Stop(Exit.USAGE, "--product and --name belong together")
    if product and name:
        wanted |= {"product": product, "name": name}
        wanted["secret"] = secret(made, "device secret", DEVICE_VARIABLE, secret_file)
    return wanted


class Job:
    """The main job, step by step. `tell(text, outcome, fine)` hears of each step's begin and end."""

    def __init__(
        self,
        modem: tencent_at.Modem,
        wanted: dict[str, str],
        topic: str,
        tell: Callable[[str, str, bool], None] | None,
    ) -> None:
        self.modem = modem
        self.wanted = wanted
        self.topic = topic
        self.tell = tell or (lambda text, outcome, fine: None)
        self.results: list[dict[str, Any]] = []
        self.step = ""

    @property
    def fine(self) -> bool:
        """Was everything as it should be?"""
        return all(result["ok"] for result in self.results)

    def run(self) -> None:
        """Do all steps; the first error ends it."""
        self._do("Handshake", self._handshake)
        self._do("Join Wi-Fi", self._join)
        self._do("Set the device information", self._identify)
        self._do("Connect to MQTT", self._connect)
        self._do("Subscribe", self._subscribe)
        short, long = Sent(PAYLOAD), Sent(LONG)
        self._do("Publish JSON at QoS 1", lambda: self._publish(short))
        self._do(f"Publish {len(LONG)} bytes", lambda: self._publish(long))
        self._do("Receive both", lambda: self._receive(short, long))
        self._do("Ask for the state", self._state)
        self._do("Disconnect", self._disconnect)

    def _do(self, step: str, work: Callable[[], tuple[str, bool]]) -> None:
        self.step = step
        self.tell(step, "", True)
        began = time.monotonic()
        outcome, fine = work()
        seconds = round(time.monotonic() - began, 3)
        self.results.append({"step": step, "ok": fine, "result": outcome, "seconds": seconds})
        self.tell(step, f"{outcome}  ({seconds:.2f} s)", fine)

    def _handshake(self) -> tuple[str, bool]:
        self.modem.start()
        version = self.modem.version()
        return f"the module answers; firmware {version.firmware}", True

    def _join(self) -> tuple[str, bool]:
        if "ssid" in self.wanted:
            self.modem.set_wifi_mode(1)
            self.modem.join(self.wanted["ssid"], self.wanted["password"])
        found = joined(self.modem)
        if not found["joined"]:
            return "no access point is joined: give --ssid", False
        return f"joined {found['ssid']} as {found.get('ip')}", True

    def _identify(self) -> tuple[str, bool]:
        if self.modem.mqtt_state():
            self.modem.disconnect()
        if "product" in self.wanted:
            wanted = self.wanted
            store(self.modem, wanted["product"], wanted["name"], wanted["secret"])
        row = self.modem.device_info()
        return (
            f"{row.product_id}/{plain(row.device_name)}, checksum of the secret {row.secret_bcc}",
            True,
        )

    def _connect(self) -> tuple[str, bool]:
        if not self.modem.mqtt_state():
            self.modem.connect()
        return "connected", True

    def _subscribe(self) -> tuple[str, bool]:
        self.topic = topic_of(self.modem, self.topic)
        self.modem.subscribe(self.topic, 1)
        return f"subscribed to {self.topic}", True

    def _publish(self, sent: Sent) -> tuple[str, bool]:
        self.modem.publish(self.topic, sent.payload, 1)
        return f"{len(sent.payload)} bytes published", True

    def _receive(self, *sent: Sent) -> tuple[str, bool]:
        wrong = 0
        for came in happenings(self.modem, PATIENCE):
            if not isinstance(came, tencent_at.Message) or came.topic != self.topic:
                continue
            missing = [one for one in sent if not one.back]
            same = next((one for one in missing if one.payload == came.payload), None)
            if same:
                same.back = True
            else:
                wrong += 1
            if wrong or all(one.back for one in sent):
                break
        back = sum(one.back for one in sent)
        fine = back == len(sent) and not wrong
        sizes = " and ".join(str(len(one.payload)) for one in sent)
        if fine:
            return f"{sizes} bytes came back unchanged", True
        return f"{back} of {len(sent)} came back unchanged, {wrong} changed", False

    def _state(self) -> tuple[str, bool]:
        state = self.modem.mqtt_state()
        return ("connected" if state else "disconnected"), bool(state)

    def _disconnect(self) -> tuple[str, bool]:
        self.modem.disconnect()
        state = self.modem.mqtt_state()
        return ("still connected" if state else "disconnected"), not state


class Sent:
    """A payload, and whether it came back."""

    def __init__(self, payload: bytes) -> None:
        self.payload = payload
        self.back = False
