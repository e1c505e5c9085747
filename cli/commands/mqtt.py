"""`connect`, `disconnect`, `pub` and `sub`."""

from __future__ import annotations

import contextlib
import itertools
import json as json_text
import sys
import time
from codecs import BOM_UTF8
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.json import JSON
from rich.markup import escape
from rich.text import Text

import tencent_at

from ..desk.exits import Exit, Stop
from ..desk.files import message
from ..desk.options import Json, Reopen, Session, session
from ..desk.output import doing, harmless, note, plain, print_json, standard_output, still
from ..desk.port import calm, happenings, opened
from .wifi import wait_until_joined

__all__ = ["connect", "connected", "disconnect", "pub", "sub", "topic_of"]

LINK_LOST = -103  # QCLOUD_ERR_MQTT_NO_CONN (manual 5.2)
Topic = Annotated[str, typer.Argument(help="Topic; ./NAME is PRODUCT/DEVICE/NAME of this device.")]
Qos = Annotated[
    int,
    typer.Option("--qos", "-q", metavar="0|1", min=0, max=1, help="0 at most, 1 at least once."),
]


def connected(modem: tencent_at.Modem) -> bool:
    """Connect where MQTT is not connected; True when it was this that connected."""
    if modem.mqtt_state():
        return False
    wait_until_joined(modem)
    with doing("connecting to MQTT"):
        modem.connect()
    note("connected to MQTT")
    return True


def topic_of(modem: tencent_at.Modem, topic: str) -> str:
    """The full topic: ./NAME stands for the device's own."""
    if not topic.startswith("./"):
        return topic
    row = modem.device_info()
    return f"{row.product_id}/{plain(row.device_name)}/{topic[2:]}"


def connect(
    context: typer.Context,
    command_timeout: Annotated[
        int, typer.Option("--timeout", metavar="MS", min=1000, max=10000, help="Of each command.")
    ] = 5000,
    keepalive: Annotated[int, typer.Option(metavar="SECONDS", min=60, max=690)] = 240,
    keep_session: Annotated[
        bool, typer.Option("--keep-session", help="Go on with the session before.")
    ] = False,
    no_reconnect: Annotated[
        bool, typer.Option("--no-reconnect", help="Stay away when the link is lost.")
    ] = False,
    json: Json = False,
) -> None:
    """Connect to the MQTT service with the stored identity."""
    began = time.monotonic()
    with opened(session(context)) as modem:
        already = bool(modem.mqtt_state())
        if not already:
            wait_until_joined(modem)
            with doing("connecting to MQTT"):
                modem.connect(
                    command_timeout, keepalive, int(not keep_session), int(not no_reconnect)
                )
    seconds = round(time.monotonic() - began, 2)
    if json:
        print_json({"connected": True, "already": already, "seconds": seconds})
    else:
        note("was connected already" if already else f"connected in {seconds} s", "green")


def disconnect(context: typer.Context, json: Json = False) -> None:
    """Disconnect from the MQTT service; OTA is turned off first."""
    with opened(session(context)) as modem:
        was = bool(modem.mqtt_state())
        if was:
            with contextlib.suppress(tencent_at.ModuleError):
                ota = modem.ota()
                if ota.enabled:
                    modem.set_ota(0, ota.version or "0")
            modem.disconnect()
    if json:
        print_json({"connected": False, "was": was})
    else:
        note("disconnected" if was else "was not connected", "green")


def pub(
    context: typer.Context,
    topic: Topic,
    payload: Annotated[
        str | None, typer.Argument(help="The message; - reads standard input.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option("--file", "-f", exists=True, dir_okay=False, help="Send a file.")
    ] = None,
    document: Annotated[
        bool,
        typer.Option(
            "--as-json", help="The message is JSON: check it, and spell it so that it travels."
        ),
    ] = False,
    lines: Annotated[
        bool, typer.Option("--lines", help="Each line of standard input is a message.")
    ] = False,
    qos: Qos = 1,
    json: Json = False,
) -> None:
    r"""Publish a message: text, a file, standard input or JSON. Connects first where needed.

    What cannot travel unchanged is refused before anything is sent; with --as-json, JSON is then
    spelled in an equivalent way that can (\u0022 for a quote).
    """
    if sum((payload is not None, file is not None, lines)) != 1:
        raise Stop(Exit.USAGE, "one message, please: PAYLOAD, - or --file FILE (or --lines)")
    with opened(session(context)) as modem:
        connected(modem)
        full = topic_of(modem, topic)
        if lines:
            for number, line in enumerate(sys.stdin.buffer):
                line = line.removeprefix(b"" if number else BOM_UTF8).rstrip(b"\r\n")
                _publish(modem, full, line, qos, document, json)
            return
        if file is not None or payload == "-":
            data, done = message(file or "-")
            if done:
                note(done, "yellow")
        else:
            data = (payload or "").encode("utf-8", "surrogateescape")
        _publish(modem, full, data, qos, document, json)


def _publish(
    modem: tencent_at.Modem, topic: str, data: bytes, qos: int, document: bool, json: bool
) -> None:
    began = time.monotonic()
    if document:
        data = _compact(data)
    with doing("publishing"):
        modem.publish(topic, data, qos, escape=document)
    seconds = round(time.monotonic() - began, 3)
    if json:
        values = {"topic": topic, "bytes": len(data), "qos": qos, "acknowledged": qos > 0}
        print_json({**values, "seconds": seconds}, line=True)
    elif qos:
        note(f"published {len(data)} bytes to {topic} at QoS {qos} in {seconds} s", "green")
    else:
        text = "nobody acknowledges QoS 0: without the right to the topic it is lost"
        note(f"sent {len(data)} bytes to {topic} in {seconds} s; {text}", "green")


def _compact(data: bytes) -> bytes:
    try:
        value = json_text.loads(data)
    except ValueError as error:
        raise Stop(Exit.USAGE, f"this is not JSON: {error}") from None
    return json_text.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def sub(
    context: typer.Context,
    topics: Annotated[
        list[str], typer.Argument(help="Topics, ten at most; ./NAME is PRODUCT/DEVICE/NAME.")
    ],
    qos: Qos = 1,
    count: Annotated[
        int, typer.Option("--count", "-n", metavar="N", min=0, help="End after so many.")
    ] = 0,
    timeout: Annotated[
        float,
        typer.Option(metavar="SECONDS", min=0, help="End after so long; code 9 if none came."),
    ] = 0,
    raw: Annotated[
        bool,
        typer.Option(
            "--raw", help="Print the payloads alone, as they are (on a terminal: harmless)."
        ),
    ] = False,
    reopen: Reopen = True,
    json: Json = False,
) -> None:
    """Subscribe and print messages as they come, until Ctrl-C. Connects first where needed.

    After a lost link or a restart of the module it connects and subscribes again. A port that goes
    is opened again when it comes back, as long as it leads to the same module.
    """
    made = session(context)
    with opened(made, reopen=reopen) as modem:
        connected(modem)
        names = [topic_of(modem, topic) for topic in topics]
        before = {row.topic for row in modem.subscriptions()}
        for name in names:
            modem.subscribe(name, qos)
        note(f"subscribed to {', '.join(names)}; Ctrl-C ends")
        got = 0
        try:
            got = _receive(made, modem, names, qos, count, timeout, raw, json)
        finally:
            with calm(), contextlib.suppress(tencent_at.ModuleError, tencent_at.PortError):
                for name in names:
                    if name not in before:
                        modem.unsubscribe(name)
    if timeout and got < max(count, 1):
        raise Stop(Exit.WAITED, f"{got} message(s) in {timeout:g} s")


def _receive(
    made: Session,
    modem: tencent_at.Modem,
    names: list[str],
    qos: int,
    count: int,
    timeout: float,
    raw: bool,
    json: bool,
) -> int:
    got = 0
    end = time.monotonic() + timeout if timeout else None
    for came in happenings(modem, timeout or None):
        if isinstance(came, tencent_at.Message):
            got += 1
            _show(made, came, raw, json)
            if got == count:
                break
        elif came.name == "disconnected" and _comes_back(modem, came):
            note("the link is lost; the module reconnects by itself", "yellow")
        elif came.name == "port_back":
            _again(modem, names, qos, end)
        elif came.name in ("ready", "disconnected"):
            note(f"{came.name}; connecting again", "yellow")
            _again(modem, names, qos, end)
        elif came.name == "reconnected":
            note("reconnected", "yellow")
    return got


def _comes_back(modem: tencent_at.Modem, event: tencent_at.Event) -> bool:
    # After a lost link the module tries by itself, where it was told so, and keeps the subscriptions.
    if event.values[:1] != (LINK_LOST,):
        return False
    with contextlib.suppress(tencent_at.ModuleError):
        return bool(modem.connection().reconnect)
    return False


def _again(modem: tencent_at.Modem, names: list[str], qos: int, end: float | None) -> None:
    for pause in itertools.chain((0, 2, 5, 10), itertools.repeat(20)):
        if end is not None and time.monotonic() + pause > end:
            return
        for _ in range(pause * 10):
            time.sleep(0.1)
            still(lambda: modem.unstable or "waiting before the next attempt")
        with contextlib.suppress(tencent_at.ModuleError):
            modem.echo_off()
            connected(modem)
            for name in names:
                modem.subscribe(name, qos)
            return


def _show(made: Session, message: tencent_at.Message, raw: bool, json: bool) -> None:
    shown = made.masks.shown(message.payload, counted=True)
    if raw and not sys.stdout.isatty():
        sys.stdout.buffer.write(shown + b"\n")
        sys.stdout.buffer.flush()
        return
    text = shown.decode("utf-8", "backslashreplace")
    if raw:  # a terminal would take some of it for orders
        print(harmless(text), flush=True)
        return
    if json:
        entry: dict[str, Any] = {
            "time": datetime.now().astimezone().isoformat(timespec="milliseconds"),
            "topic": message.topic,
            "bytes": len(message.payload),
            "payload": text,
        }
        with contextlib.suppress(ValueError):
            entry["json"] = json_text.loads(shown)
        print_json(entry, line=True)
        return
    console = standard_output()
    stamp = datetime.now().strftime("%H:%M:%S.%f")[:-3]
    console.print(
        f"[dim]{stamp}[/] [cyan]{escape(harmless(message.topic, lines=False))}[/] [dim]{len(message.payload)} bytes[/]"
    )
    try:
        value = json_text.loads(text)
        if isinstance(value, (dict, list)):
            console.print(JSON.from_data(value, ensure_ascii=False, indent=2))
            return
    except ValueError:
        pass
    console.print(Text(harmless(text)))
