"""`factory`: many units at once: set the identity, verify it by checksum, test the connection."""

from __future__ import annotations

import contextlib
import re
import sys
import time
from pathlib import Path
from typing import Annotated, Any

import serialx
import typer
from rich.live import Live
from rich.table import Table
from rich.text import Text

from ..desk.exits import Exit, Stop
from ..desk.language import said
from ..desk.options import Json, session
from ..desk.output import can_be_asked, note, print_json, standard_error, table
from ..desk.secrets import secret
from ..factory.labels import Labels, draw
from ..factory.ledger import Ledger, place
from ..factory.line import Line, Work
from ..factory.orders import Unit, read_units
from ..factory.results import Book, Result
from .wifi import VARIABLE as WIFI_VARIABLE

__all__ = ["factory"]


def factory(
    context: typer.Context,
    order: Annotated[
        Path | None,
        typer.Argument(metavar="CSV", help="product_id, device_name, device_secret[, port]"),
    ] = None,
    port: Annotated[
        list[str] | None, typer.Option("--on", metavar="URL", help="A port; as often as needed.")
    ] = None,
    result: Annotated[Path | None, typer.Option(help="Result file (CSV.result.csv).")] = None,
    labels: Annotated[Path | None, typer.Option(help="Label file (CSV.labels.jsonl).")] = None,
    sheet: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Draw all labels: .pdf, or .png.")
    ] = None,
    label_size: Annotated[str, typer.Option(metavar="WxH", help="Of a label, in mm.")] = "50x25",
    ledger: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="What this station has given (TENCENT_AT_LEDGER)."),
    ] = None,
    ssid: Annotated[str | None, typer.Option(help="Join this access point first.")] = None,
    no_connect: Annotated[
        bool, typer.Option("--no-connect", help="Do not test the connection.")
    ] = False,
    swap: Annotated[
        bool, typer.Option("--swap", help="After a unit, wait for another module on its port.")
    ] = False,
    scan: Annotated[
        bool, typer.Option("--scan", help="One unit at a time: the barcode scanner says which.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME", help="This unit; often.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Units that were begun or done, too; it is logged.")
    ] = False,
    find: Annotated[
        str | None, typer.Option(metavar="MAC", help="What a module, or a name, was given here.")
    ] = None,
    json: Json = False,
) -> None:
    """Give many units their identities, all ports at the same time.

    Each unit: handshake, identity, read back and verified by checksum, test connection. A unit that
    fails is written down and the line goes on. Run again, it takes only the units that are not done.
    An identity that was begun on a module is never given to another by itself, whatever happens.

    The order holds secrets; ledger, result and label files do not. Exit code 8 when a unit failed.
    """
    made = session(context)
    with contextlib.closing(Ledger(place(ledger))) as kept:
        if find:
            _find(kept, find, json)
            return
        if order is None:
            raise Stop(Exit.USAGE, "which order?", "tencent-at factory order.csv; --find MAC")
        size = _size(label_size)
        units = _chosen(read_units(order), only or [])
        ports = list(port or ([made.port] if made.port else []))
        wifi = (ssid, secret(made, "Wi-Fi password", WIFI_VARIABLE)) if ssid else None
        label_file = labels or order.with_name(order.name + ".labels.jsonl")
        results = result or order.with_name(order.name + ".result.csv")
        with contextlib.closing(Book(results)) as book, contextlib.closing(Labels(label_file)) as labelled:  # fmt: skip
            for row in book.rows.values():  # what a machine that went down has not written
                if row["ok"] == "yes":
                    labelled.add(row)

            def done(found: Result) -> None:
                book.add(found)
                if found.ok:
                    labelled.add(book.rows[found.key], again)
                _tell(found, json)

            work = Work(made, book, kept, order, done, wifi, not no_connect, swap, again)
            try:
                (_scanned if scan else _batch)(work, units, ports, json)
            finally:
                if sheet:
                    for file in draw(sheet, labelled.all(), size):
                        note(f"{file}: the labels", "green")


def _batch(work: Work, units: list[Unit], ports: list[str], json: bool) -> None:
    waiting = units if work.again else [unit for unit in units if not work.book.is_done(unit)]
    skipped = len(units) - len(waiting)
    if not ports and any(not unit.port for unit in waiting):
        ports = [str(found.device) for found in serialx.list_serial_ports() if found.vid]
        if not ports:
            raise Stop(Exit.USAGE, "which ports?", "Give --on URL for each, or a column port.")
    if skipped:
        note(f"{skipped} of {len(units)} units are done already")
    line = Line(work, waiting, ports if waiting else [])
    _run(line, len(waiting))
    _end(line, len(units), skipped, json)


def _scanned(work: Work, units: list[Unit], ports: list[str], json: bool) -> None:
    # A scanner is a keyboard: what it reads comes as a line of standard input.
    if len(ports) != 1 or any(unit.port for unit in units):
        raise Stop(Exit.USAGE, "--scan is for one port", "Give --on URL once, and no column port.")
    known = {unit.device_name: unit for unit in units} | {u.serial: u for u in units if u.serial}
    last = Line(work, [], [])
    failed = 0
    while True:
        if can_be_asked():
            note("scan the next unit (an empty line ends) …", "bold")
        read = sys.stdin.readline().strip().lstrip("\ufeff")
        if not read:
            break
        name = read.split(";")[1] if read.count(";") == 2 else read  # a label of ours
        unit = known.get(name)
        if not unit:
            note(f"{read}: not in this order", "red")
            failed += 1
        elif work.book.is_done(unit) and not work.again:
            note(f"{unit.device_name} is done already", "yellow")
        else:
            last = Line(work, [unit], ports)
            _run(last, 1)
            for trouble in last.troubles:
                note(trouble, "red")
            failed += bool(last.troubles)
            if last.broken:
                break
    last.troubles = [""] * failed
    _end(last, len(units), len(units) - sum(not work.book.is_done(u) for u in units), json, False)


def _find(ledger: Ledger, what: str, json: bool) -> None:
    found = ledger.find(what)
    if json:
        print_json(found)
    elif found:
        rows = [
            (u.product_id, u.device_name, u.state, u.again, u.mac, u.port, u.time, u.source)
            for u in found
        ]
        table(["product", "name", "", "again", "MAC", "port", "time", "order"], rows)
    if not found:
        text = "" if json else f"{what}: this station has given it nothing"
        raise Stop(Exit.WRONG, text, f"The ledger is {ledger.path}.")


def _size(text: str) -> tuple[float, float]:
    found = re.fullmatch(r"(\d+(?:\.\d+)?)x(\d+(?:\.\d+)?)", text)
    if not found:
        raise Stop(Exit.USAGE, f"--label-size {text}: such as 50x25, in mm")
    return float(found[1]), float(found[2])


def _chosen(units: list[Unit], only: list[str]) -> list[Unit]:
    names = {unit.device_name for unit in units}
    missing = [name for name in only if name not in names]
    if missing:
        raise Stop(Exit.USAGE, f"--only {', '.join(missing)}: not in this order")
    return [unit for unit in units if unit.device_name in only] if only else units


def _tell(found: Result, json: bool) -> None:
    if json:
        print_json(found, line=True)
    elif not standard_error().is_terminal:
        note(f"{found.device_name} on {found.port}: {found.step}")


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
    good = sum(result.ok for result in line.work.results)
    failed = len(line.work.results) - good
    made = Table(box=None, pad_edge=False, show_header=False, padding=(0, 2, 0, 0))
    counts = said(f"[green]{good} good[/]  [red]{failed} failed[/]  of {total}")
    made.add_row(f"[bold]{said('units')}[/]", counts)
    for port in line.ports:
        state = line.states.get(port, "waiting")
        colour = "red" if state.endswith("failed") else "green" if state.endswith("done") else ""
        made.add_row(port.split("?")[0], Text(said(state), colour))
    return made


def _end(line: Line, units: int, skipped: int, json: bool, tell_left: bool = True) -> None:
    work = line.work
    good = sum(result.ok for result in work.results)
    failed = [result for result in work.results if not result.ok]
    left = len(line.waiting)
    summary: dict[str, Any] = {"units": units, "good": good, "failed": len(failed)}
    summary |= {"skipped": skipped, "left": left, "result": str(work.book.path)}
    begun = [str(work.use(unit)) for unit in line.waiting if work.bound(unit)]
    if json:
        print_json(summary | {"begun": begun, "troubles": line.troubles}, line=True)
    else:
        for result in failed:
            note(f"{result.device_name} on {result.port}: {result.step}: {result.problem}", "red")
        for trouble in [*filter(None, line.troubles), *begun]:
            note(trouble, "red")
        text = f"{good} good, {len(failed)} failed, {skipped} done before, {left} left"
        note(f"{said(text)}; {work.book.path}", "red" if failed or begun else "green")
    _judge(line, failed, begun, left if tell_left else 0, json)


def _judge(line: Line, failed: list[Result], begun: list[str], left: int, json: bool) -> None:
    if line.broken:
        raise line.broken
    if begun:
        advice = "Look at those modules. To give an identity once more: --only NAME --again."
        raise Stop(Exit.WRONG, "", advice)
    if failed or line.troubles:
        raise Stop(Exit.WRONG, "", "Look at the result file, then run it again for what failed.")
    if left:
        raise Stop(Exit.WAITED, "" if json else f"{left} units wait for a port: run it again")
