"""`factory`: many units at once: set the identity, verify it by checksum, test the connection."""

from __future__ import annotations

import contextlib
import csv
import json as json_text
import os
import queue
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as data_field
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, TextIO

import serialx
import typer
from rich.live import Live
from rich.table import Table
from rich.text import Text

import tencent_at
from tencent_at.wire.masks import Masks

from ..desk.exits import Exit, Stop
from ..desk.options import Json, Session, session
from ..desk.output import note, print_json, standard_error
from ..desk.port import opened
from ..desk.secrets import secret
from .device import bcc, store
from .wifi import VARIABLE as WIFI_VARIABLE
from .wifi import wait_until_joined

__all__ = ["Result", "Unit", "factory", "read_units"]

NEEDED = ("product_id", "device_name", "device_secret")
RESULT = [
    "device_name",
    "product_id",
    "ok",
    "step",
    "problem",
    "mac",
    "bcc",
    "port",
    "seconds",
    "time",
]


@dataclass(frozen=True)
class Unit:
    """A row of the order: which identity, and on which port (any, where it says none)."""

    product_id: str
    device_name: str
    device_secret: str = data_field(repr=False)
    port: str = ""
    row: int = 0


@dataclass
class Result:
    """How it went with a unit."""

    device_name: str
    product_id: str
    ok: bool = False
    step: str = ""
    problem: str = ""
    mac: str = ""
    bcc: int = 0
    port: str = ""
    seconds: float = 0.0
    time: str = ""


def read_units(path: Path) -> list[Unit]:
    """The units of an order: CSV with a head; Stop, naming the row, where one cannot be right."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, skipinitialspace=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise Stop(Exit.USAGE, f"{path}: {getattr(error, 'strerror', None) or error}") from None
    names = set(rows[0]) if rows else set()
    missing = [name for name in NEEDED if name not in names]
    if missing:
        text = f"{path}: no column {', '.join(missing)}"
        raise Stop(Exit.USAGE, text, f"Columns: {', '.join(NEEDED)}, and port if you like.")
    units = []
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, 2):
        values = {name: (row.get(name) or "").strip() for name in (*NEEDED, "port")}
        empty = [name for name in NEEDED if not values[name]]
        if empty:
            raise Stop(Exit.USAGE, f"{path}:{number}: no {', '.join(empty)}")
        name = f"{values['product_id']}/{values['device_name']}"
        if name in seen:
            raise Stop(Exit.USAGE, f"{path}:{number}: {name} stands in row {seen[name]} already")
        seen[name] = number
        units.append(Unit(**values, row=number))
    return units


class Line:
    """The line: units wait in a queue, each port takes the next one."""

    def __init__(
        self,
        made: Session,
        units: list[Unit],
        ports: list[str],
        wifi: tuple[str, str] | None,
        connect: bool,
        swap: bool,
        done: Callable[[Result], None],
    ) -> None:
        self.made = made
        self.wifi = wifi
        self.connect = connect
        self.swap = swap
        self.done = done
        self.states: dict[str, str] = {}
        self.results: list[Result] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._shared: queue.SimpleQueue[Unit] = queue.SimpleQueue()
        self._own: dict[str, queue.SimpleQueue[Unit]] = {}
        for unit in units:
            place = self._own.setdefault(unit.port, queue.SimpleQueue()) if unit.port else None
            (place or self._shared).put(unit)
        self.ports = list(dict.fromkeys([*ports, *self._own]))
        self.threads = [
            threading.Thread(target=self._work, args=(port,), name=port, daemon=True)
            for port in self.ports
        ]

    def start(self) -> None:
        """Begin on all ports."""
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """Take no further units; those under way are finished."""
        self._stopping.set()

    @property
    def stopping(self) -> bool:
        """Was it told to stop?"""
        return self._stopping.is_set()

    @property
    def running(self) -> bool:
        """Is a unit under way?"""
        return any(thread.is_alive() for thread in self.threads)

    def _take(self, port: str) -> Unit | None:
        for waiting in (self._own.get(port), self._shared):
            if waiting is not None and not self._stopping.is_set():
                with contextlib.suppress(queue.Empty):
                    return waiting.get_nowait()
        return None

    def _work(self, port: str) -> None:
        mac = ""
        while not mac or (self._some_wait(port) and self._swapped(port, mac)):
            unit = self._take(port)
            if unit is None:
                return
            result = self._unit(port, unit)
            with self._lock:
                self.results.append(result)
                self.done(result)
            mac = result.mac or mac or "?"

    def _some_wait(self, port: str) -> bool:
        own = self._own.get(port)
        return bool((own and not own.empty()) or not self._shared.empty())

    def _swapped(self, port: str, mac: str) -> bool:
        # Waits for another module on the port; False when the line ends first.
        while self.swap and not self._stopping.wait(1.0):
            self.states[port] = "waiting for the next module"
            own = Session(
                port, self.made.baud, dtr=self.made.dtr, rts=self.made.rts, masks=self.made.masks
            )
            with (
                contextlib.suppress(Stop, tencent_at.TencentAtError, OSError),
                opened(own, url=port) as modem,
            ):
                if (modem.module().mac or "?") != mac:
                    return True
        return False

    def _unit(self, port: str, unit: Unit) -> Result:
        result = Result(unit.device_name, unit.product_id, port=port, bcc=bcc(unit.device_secret))
        began = time.monotonic()

        def step(name: str) -> None:
            result.step = name
            self.states[port] = f"{unit.device_name}: {name}"

        try:
            self._prepare(port, unit, result, step)
            result.ok = True
        except Exception as error:  # a failed unit never stops the line
            text = str(error) or type(error).__name__
            result.problem = self.made.masks.shown(text.encode()).decode("utf-8", "replace")
        result.seconds = round(time.monotonic() - began, 2)
        result.time = datetime.now().astimezone().isoformat(timespec="seconds")
        self.states[port] = f"{unit.device_name}: {'done' if result.ok else 'failed'}"
        return result

    def _prepare(self, port: str, unit: Unit, result: Result, step: Callable[[str], None]) -> None:
        step("open")
        tape = _tape_of(self.made.capture, unit)
        own = Session(
            port,
            self.made.baud,
            self.made.verbose,
            tape,
            dtr=self.made.dtr,
            rts=self.made.rts,
            masks=self.made.masks,
        )
        with opened(own, url=port, start=False) as modem:
            step("handshake")
            modem.start()
            result.mac = modem.module().mac or ""
            if modem.mqtt_state():
                modem.disconnect()
            step("identity")
            store(modem, unit.product_id, unit.device_name, unit.device_secret)
            if self.wifi:
                step("wifi")
                modem.set_wifi_mode(1)
                modem.join(*self.wifi)
            if self.connect:
                step("connect")
                wait_until_joined(modem)
                modem.connect()
                modem.disconnect()
            step("done")


def _tape_of(capture: Path | None, unit: Unit) -> Path | None:
    # With --capture FILE each unit has a file of its own.
    name = re.sub(r"[^\w.-]", "_", unit.device_name)
    return capture and capture.with_name(f"{capture.stem}.{name}{capture.suffix}")


class Book:
    """The result file: read for what is done, written after each unit, whole at every moment."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: dict[str, dict[str, str]] = {}
        if path.exists():
            with path.open(encoding="utf-8-sig", newline="") as file:
                for row in csv.DictReader(file):
                    self.rows[f"{row['product_id']}/{row['device_name']}"] = row

    def is_done(self, unit: Unit) -> bool:
        """Did this unit succeed before, with the secret of now?"""
        row = self.rows.get(f"{unit.product_id}/{unit.device_name}")
        return bool(row and row["ok"] == "yes" and row["bcc"] == str(bcc(unit.device_secret)))

    def add(self, result: Result) -> None:
        """Keep a result, and write the file anew in one step."""
        row = {name: getattr(result, name) for name in RESULT}
        row["ok"] = "yes" if result.ok else "no"
        self.rows[f"{result.product_id}/{result.device_name}"] = {k: str(v) for k, v in row.items()}
        beside = self.path.with_name(f"{self.path.name}.new")
        with beside.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, RESULT, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(self.rows.values())
        os.replace(beside, self.path)


def write_label(file: TextIO, result: Result) -> None:
    """One label, as a line of JSON for the printer: name, product, MAC, and what the QR code holds."""
    label = {
        "device_name": result.device_name,
        "product_id": result.product_id,
        "mac": result.mac,
        "code": f"{result.product_id};{result.device_name};{result.mac}",
    }
    file.write(json_text.dumps(label, ensure_ascii=False) + "\n")
    file.flush()


def factory(
    context: typer.Context,
    order: Annotated[
        Path, typer.Argument(metavar="CSV", help="product_id, device_name, device_secret[, port]")
    ],
    port: Annotated[
        list[str] | None, typer.Option("--on", metavar="URL", help="A port; as often as needed.")
    ] = None,
    result: Annotated[Path | None, typer.Option(help="Result file (CSV.result.csv).")] = None,
    labels: Annotated[Path | None, typer.Option(help="Label file (CSV.labels.jsonl).")] = None,
    ssid: Annotated[str | None, typer.Option(help="Join this access point first.")] = None,
    no_connect: Annotated[
        bool, typer.Option("--no-connect", help="Do not test the connection.")
    ] = False,
    swap: Annotated[
        bool, typer.Option("--swap", help="After a unit, wait for another module on its port.")
    ] = False,
    again: Annotated[bool, typer.Option("--again", help="Units that are done, too.")] = False,
    json: Json = False,
) -> None:
    """Give many units their identities, all ports at the same time.

    Each unit: handshake, identity, read back and verified by checksum, test connection. A unit that
    fails is written down and the line goes on. Run again, it takes only the units that are not done.
    The order holds secrets; the result and label files do not. Exit code 8 when a unit failed.
    """
    made = session(context)
    units = read_units(order)
    _learn(made.masks, units)
    book = Book(result or order.with_name(order.name + ".result.csv"))
    waiting = units if again else [unit for unit in units if not book.is_done(unit)]
    skipped = len(units) - len(waiting)
    ports = list(port or ([made.port] if made.port else []))
    if not ports and any(not unit.port for unit in waiting):
        ports = [str(found.device) for found in serialx.list_serial_ports() if found.vid]
        if not ports:
            raise Stop(Exit.USAGE, "which ports?", "Give --on URL for each, or a column port.")
    wifi = (ssid, secret(made, "Wi-Fi password", WIFI_VARIABLE)) if ssid else None
    if skipped:
        note(f"{skipped} of {len(units)} units are done already")
    label_file = labels or order.with_name(order.name + ".labels.jsonl")
    with label_file.open("w" if again else "a", encoding="utf-8", newline="\n") as file:

        def done(found: Result) -> None:
            book.add(found)
            if found.ok:
                write_label(file, found)
            if json:
                print_json(found, line=True)
            elif not standard_error().is_terminal:
                note(f"{found.device_name} on {found.port}: {found.step}")

        line = Line(made, waiting, ports, wifi, not no_connect, swap, done)
        _run(line, len(waiting))
    _end(line, waiting, units, skipped, book, json)


def _learn(masks: Masks, units: list[Unit]) -> None:
    for unit in units:
        masks.learn(unit.device_secret)


def _run(line: Line, total: int) -> None:
    console = standard_error()
    line.start()
    live = Live(console=console, refresh_per_second=8) if console.is_terminal else None
    with live or contextlib.nullcontext():
        while line.running:
            try:
                if live:
                    live.update(_board(line, total))
                time.sleep(0.1)
            except KeyboardInterrupt:
                if line.stopping:
                    raise
                line.stop()
                note("units under way are finished; no further ones are begun", "yellow")
        if live:
            live.update(_board(line, total))


def _board(line: Line, total: int) -> Table:
    good = sum(result.ok for result in line.results)
    failed = len(line.results) - good
    made = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    made.add_row("[bold]units[/]", f"[green]{good} good[/]  [red]{failed} failed[/]  of {total}")
    for port in line.ports:
        state = line.states.get(port, "waiting")
        colour = "red" if state.endswith("failed") else "green" if state.endswith("done") else ""
        made.add_row(port.split("?")[0], Text(state, colour))
    return made


def _end(
    line: Line, waiting: list[Unit], units: list[Unit], skipped: int, book: Book, json: bool
) -> None:
    good = sum(result.ok for result in line.results)
    failed = [result for result in line.results if not result.ok]
    left = len(waiting) - len(line.results)
    summary: dict[str, Any] = {"units": len(units), "good": good, "failed": len(failed)}
    summary |= {"skipped": skipped, "left": left, "result": str(book.path)}
    if json:
        print_json(summary, line=True)
    else:
        for result in failed:
            note(f"{result.device_name} on {result.port}: {result.step}: {result.problem}", "red")
        text = f"{good} good, {len(failed)} failed, {skipped} done before, {left} left; {book.path}"
        note(text, "red" if failed else "green")
    if failed:
        raise Stop(Exit.WRONG, "", "Look at the result file, then run it again for what failed.")
    if left:
        raise Stop(Exit.WAITED, "" if json else f"{left} units wait for a port: run it again")
