"""`wifi`: scan, join, leave, status."""

from __future__ import annotations

import time
from typing import Annotated, Any

import typer
from rich.text import Text

import tencent_at

from ..desk.exits import Exit, Stop
from ..desk.options import Json, session
from ..desk.output import doing, facts, note, plain, print_json, still, table
from ..desk.port import opened
from ..desk.secrets import SecretFile, secret

__all__ = ["app", "joined", "wait_until_joined"]

app = typer.Typer(no_args_is_help=True, help="Scan, join, leave; what is joined.")
VARIABLE = "TENCENT_AT_WIFI_PASSWORD"
# Sent to an access point without a password, which ignores it; an empty one the module may not take.
NO_PASSWORD = "00000000"


@app.command()
def scan(context: typer.Context, json: Json = False) -> None:
    """List the access points in reach, the strongest first."""
    with opened(session(context)) as modem, doing("scanning"):
        modem.set_wifi_mode(_station_too(modem))
        found = sorted(modem.scan(), key=lambda row: -row.rssi)
    if json:
        print_json(found)
        return
    rows = [
        (
            plain(row.ssid),
            _bars(row.rssi),
            f"{row.rssi} dBm",
            row.channel,
            row.encryption,
            row.bssid,
        )
        for row in found
    ]
    table(["name", "", "signal", "channel", "protected by", "address"], rows)


@app.command()
def join(
    context: typer.Context,
    ssid: Annotated[str, typer.Argument(help="Name of the access point.", show_default=False)],
    secret_file: SecretFile = None,
    unprotected: Annotated[bool, typer.Option("--open", help="It has no password.")] = False,
    json: Json = False,
) -> None:
    """Join an access point; the module remembers it.

    The password is asked for, or comes from TENCENT_AT_WIFI_PASSWORD or --secret-file.
    """
    made = session(context)
    password = NO_PASSWORD if unprotected else secret(made, "Wi-Fi password", VARIABLE, secret_file)
    with opened(made) as modem, doing(f"joining {ssid}"):
        modem.set_wifi_mode(_station_too(modem))
        modem.join(ssid, password)
        found = joined(modem)
    _show(found, json)


@app.command()
def leave(context: typer.Context, json: Json = False) -> None:
    """Leave the access point."""
    with opened(session(context)) as modem:
        was = joined(modem)["joined"]
        modem.leave()
    if json:
        print_json({"joined": False, "was": was})
    else:
        note("left" if was else "was not joined", "green")


@app.command()
def status(context: typer.Context, json: Json = False) -> None:
    """Show what is joined, the signal and the addresses; exit code 8 when nothing is."""
    with opened(session(context)) as modem:
        found = joined(modem)
    _show(found, json)
    if not found["joined"]:
        raise Stop(Exit.WRONG, "" if json else "not joined", "tencent-at wifi join NAME")


def joined(modem: tencent_at.Modem) -> dict[str, Any]:
    """What is joined, in plain values."""
    try:
        point = modem.access_point()
    except (tencent_at.CommandRefused, tencent_at.UnexpectedAnswer):
        point = None
    addresses = {row.which: row.address for row in modem.addresses()}
    made: dict[str, Any] = {"joined": point is not None}
    if point is not None:
        row = plain(point)
        made |= {name: row[name] for name in ("ssid", "bssid", "channel", "rssi")}
    return made | addresses


def wait_until_joined(modem: tencent_at.Modem, seconds: float = 10.0) -> bool:
    """Give a module that has just started the time to join what it remembers."""
    end = time.monotonic() + seconds
    while True:
        addresses = {row.which: row.address for row in modem.addresses()}
        if addresses.get("ip", "0.0.0.0") != "0.0.0.0":
            return True
        if time.monotonic() > end:
            return False
        still(lambda: "no address yet", "Wi-Fi")
        time.sleep(0.25)


def _show(found: dict[str, Any], json: bool) -> None:
    if json:
        print_json(found)
        return
    rows = [(name, value) for name, value in found.items() if name != "rssi"]
    if "rssi" in found:
        rows.append(("signal", Text.assemble(_bars(found["rssi"]), f" {found['rssi']} dBm")))
    facts(rows)


def _bars(rssi: int) -> Text:
    strength = max(0, min(4, (rssi + 95) // 10))
    colour = ("red", "red", "yellow", "green", "green")[strength]
    return Text("▂▄▆█"[:strength].ljust(4, "·"), colour)


def _station_too(modem: tencent_at.Modem) -> int:
    # Station mode, with the softAP left on where it is on.
    mode = modem.wifi_mode()
    return 3 if mode in (2, 3) else 1
