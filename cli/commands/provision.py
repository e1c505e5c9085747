"""`provision`: let an app hand over the access point, by softAP or SmartConfig."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from typing import Annotated, Any

import typer
from rich.live import Live
from rich.markup import escape
from rich.text import Text

import tencent_at
from tencent_at.wire.words import Decoded, decode_number

from ..desk.context import advice
from ..desk.exits import Exit, Stop
from ..desk.language import LANGUAGE, own, said
from ..desk.options import Json, Session, session
from ..desk.output import facts, print_json, standard_error
from ..desk.port import calm, happenings, opened
from ..desk.secrets import SecretFile, secret
from .wifi import joined

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Let an app hand over the access point.")
VARIABLE = "TENCENT_AT_SOFTAP_PASSWORD"
LIMIT = 300.0  # seconds that the module waits for the app (manual 6.1, 6.3)
Limit = Annotated[
    float, typer.Option("--timeout", metavar="SECONDS", help="Give up earlier.", max=LIMIT, min=1)
]


@app.command()
def softap(
    context: typer.Context,
    ssid: Annotated[str, typer.Argument(help="Name of the access point to open.")] = "tencent-iot",
    secret_file: SecretFile = None,
    timeout: Limit = LIMIT,
    json: Json = False,
) -> None:
    """Open an access point of the module's own, to which the phone with the app connects.

    Its password is asked for, or comes from TENCENT_AT_SOFTAP_PASSWORD or --secret-file.
    """
    made = session(context)
    password = secret(made, "softAP password", VARIABLE, secret_file)
    _run(
        made,
        lambda modem: modem.start_softap(ssid, password),
        lambda modem: modem.stop_softap(),
        "softap_status",
        f"Connect the phone to [bold]{escape(ssid)}[/] and open the app.",
        timeout,
        json,
    )


@app.command()
def smartconfig(context: typer.Context, timeout: Limit = LIMIT, json: Json = False) -> None:
    """Listen for the app that sends the access point by SmartConfig (ESP-TOUCH)."""
    _run(
        session(context),
        lambda modem: modem.start_smartconfig(),
        lambda modem: modem.stop_smartconfig(),
        "smartconfig_status",
        "Open the app on a phone that is joined to the 2.4 GHz access point.",
        timeout,
        json,
    )


def _run(
    made: Session,
    begin: Callable[[tencent_at.Modem], None],
    stop: Callable[[tencent_at.Modem], None],
    event: str,
    hint: str,
    limit: float,
    json: bool,
) -> None:
    with opened(made) as modem:
        started = time.monotonic()
        ended: tuple[str | int, ...] | None = None
        try:
            begin(modem)
            standard_error().print(said(hint))  # now that the module listens
            ended = _watch(modem, event, started, limit)
        finally:
            if ended is None:
                with calm(), contextlib.suppress(tencent_at.ModuleError):
                    stop(modem)
        seconds = round(time.monotonic() - started, 1)
        result = _result(ended, seconds)
        if result["joined"]:
            result["wifi"] = joined(modem)
    _show(result, json)


def _watch(
    modem: tencent_at.Modem, event: str, started: float, limit: float
) -> tuple[str | int, ...] | None:
    # The values of the event that ends the session, or None when the time is up.
    console = standard_error()
    steps: list[str] = []
    with Live(console=console, refresh_per_second=4, transient=True) as live:
        while (left := started + limit - time.monotonic()) > 0:
            live.update(_state(left, limit, steps))
            for came in happenings(modem, min(0.5, left)):
                if not isinstance(came, tencent_at.Event):
                    continue
                if came.name == event:
                    return came.values
                steps.append(came.name.replace("_", " "))
                console.print(f"  [magenta]{escape(steps[-1])}[/]")
                live.update(_state(left, limit, steps))
    return None


def _state(left: float, limit: float, steps: list[str]) -> Text:
    minutes, seconds = divmod(int(left), 60)
    width = 24
    full = int(width * left / limit)
    made = Text(f"{steps[-1] if steps else said('waiting for the app')} ", "cyan")
    made.append("━" * full, "cyan")
    made.append("━" * (width - full), "bright_black")
    made.append(f" {minutes}:{seconds:02d}  ")
    made.append(said("Ctrl-C stops"), "bright_black")
    return made


def _result(values: tuple[str | int, ...] | None, seconds: float) -> dict[str, Any]:
    if values is None:
        return {"joined": False, "state": "TIMEOUT", "seconds": seconds}
    state = str(values[0]) if values else ""
    made: dict[str, Any] = {"joined": state.endswith("SUCCESS"), "state": state, "seconds": seconds}
    numbers = [value for value in values[1:] if isinstance(value, int)]
    for name, number, table in zip(
        ("code", "sub_code"), numbers, ("provisioning", "sub"), strict=False
    ):
        made[name] = number
        found: list[Decoded] = decode_number(number, [table])
        if found:
            made[f"{name}_meaning"] = getattr(found[0].meaning, LANGUAGE[0])
            made["advice"] = getattr(found[0].advice, LANGUAGE[0])
    if known := advice("provision", made.get("code"), made.get("sub_code")):
        made["advice"] = own(known)
    return made


def _show(result: dict[str, Any], json: bool) -> None:
    if json:
        print_json(result)
    elif result["joined"]:
        facts([("joined after", f"{result['seconds']} s"), *result["wifi"].items()])
    if result["joined"]:
        return
    if result["state"] == "TIMEOUT":
        raise Stop(
            Exit.WAITED, "" if json else "no app came in time", "Start it again, then the app."
        )
    why = "; ".join(result[name] for name in ("code_meaning", "sub_code_meaning") if name in result)
    text = f"{result['state']} {result.get('code', '')} {why}".strip()
    raise Stop(Exit.FAILED, "" if json else text, "" if json else result.get("advice", ""))
