"""`replay`: a capture played again, to a host, or to this driver to check it."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.text import Text

from tencent_at.wire.masks import MASK
from tencent_at.wire.notation import spell
from tencent_at.wire.reading import FROM_HOST, Line
from tencent_at.wire.tape import read

from ..desk.bridge import End, served
from ..desk.exits import Exit, Stop
from ..desk.language import said
from ..desk.options import Json
from ..desk.output import note, padded, print_json, standard_output
from .monitor import Link, Pty, Tcp
from .replay_driver import check

__all__ = ["Player", "replay"]

LONGEST_PAUSE = 5.0  # seconds; what the module waited longer for is played after so many


class Player:
    """The module's side of a capture. `send` takes its bytes; `hear` is given the host's."""

    def __init__(self, lines: tuple[Line, ...], send: Callable[[bytes], None]) -> None:
        self.lines = [line for line in lines if line.data]
        self.send = send
        self.at = 0
        self.wrong: list[dict[str, Any]] = []
        self.matched = 0
        self._heard = b""

    @property
    def over(self) -> bool:
        """Has all been played?"""
        return self.at >= len(self.lines)

    @property
    def waits(self) -> bool:
        """Is it the host's turn?"""
        return not self.over and self.lines[self.at].way == FROM_HOST

    def play(self, speed: float) -> None:
        """Send what the module says until it is the host's turn."""
        while not self.over and not self.waits:
            line = self.lines[self.at]
            before = self.lines[self.at - 1].time if self.at else line.time
            if speed > 0:
                time.sleep(min(max(line.time - before, 0) / speed, LONGEST_PAUSE))
            self.send(line.data)
            self.at += 1

    def hear(self, data: bytes) -> None:
        """Bytes of the host: compared with what is on the tape, line by line."""
        self._heard += data
        while self.waits:
            wanted = self.lines[self.at]
            size = self._size(wanted)
            if size == 0:
                return
            said, self._heard = self._heard[:size], self._heard[size:]
            if pattern(wanted).fullmatch(said):
                self.matched += 1
            else:
                self.wrong.append(
                    {"line": self.at + 1, "wanted": _shown(wanted.data), "got": _shown(said)}
                )
            self.at += 1

    def _size(self, wanted: Line) -> int:
        # How many of the bytes heard stand against the wanted line; 0: not enough yet.
        if wanted.kind == "payload" and not wanted.masked:
            return len(wanted.data) if len(self._heard) >= len(wanted.data) else 0
        end = self._heard.find(b"\r\n")
        return end + 2 if end >= 0 else 0


def pattern(line: Line) -> re.Pattern[bytes]:
    """What matches a line of the tape: a masked secret stands for any bytes."""
    escaped = re.escape(line.data)
    if line.masked:
        escaped = escaped.replace(re.escape(MASK), rb".*")
        escaped = re.sub(rb"(?:\\\*){4,}", rb".*", escaped)
    return re.compile(escaped, re.DOTALL)


def replay(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A capture.", exists=True, dir_okay=False)],
    tcp: Tcp = None,
    pty: Pty = False,
    link: Link = None,
    speed: Annotated[
        float,
        typer.Option(
            metavar="N", min=0, help="As fast again: 2 is twice the pace; 0 without pauses."
        ),
    ] = 1.0,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=0.1, help="For the host's next line.")
    ] = 60.0,
    json: Json = False,
) -> None:
    """Play a capture again.

    With --tcp or --pty it plays the module to a host, and tells where the host does not say what it
    said then. Without, it plays it to this driver: each command is called anew, and what it writes
    and how it ends is compared. Exit code 8 where something differs.
    """
    tape = read(file)
    with served(tcp, pty, link) as end:
        if end is None:
            _to_driver(tape.lines, json)
            return
        if not json:
            note(f"{len(tape.lines)} lines; a host may open {end.name}")
        else:
            print_json({"serving": end.name}, line=True)
        player = Player(tape.lines, end.write)
        try:
            _serve(player, end, speed, timeout)
        except KeyboardInterrupt:
            note("ended")
        finally:
            _result(player, json)
    if player.wrong:
        raise Stop(Exit.WRONG)


def _serve(player: Player, end: End, speed: float, timeout: float) -> None:
    heard = time.monotonic()
    while not player.over:
        data = end.read(0.1)
        if data:
            heard = time.monotonic()
            if player.at == 0:  # what the module said before, it says now that somebody listens
                player.play(0)
            player.hear(data)
            player.play(speed)
        elif time.monotonic() - heard > timeout:
            text = f"the host was silent for {timeout:g} s"
            raise Stop(Exit.WAITED, text, f"line {player.at + 1} was its turn")
    time.sleep(0.2)


def _result(player: Player, json: bool) -> None:
    left = len(player.lines) - player.at
    if json:
        values = {"matched": player.matched, "different": player.wrong, "left": left}
        print_json(values, line=True)
    else:
        for wrong in player.wrong:
            _difference(wrong)
        colour = "red" if player.wrong else "green"
        note(
            f"{player.matched} lines as before, {len(player.wrong)} different, {left} left", colour
        )


def _difference(wrong: dict[str, Any]) -> None:
    out = standard_output()
    out.print(Text(said(f"line {wrong['line']}"), "bold"))
    out.print(Text(f"  {said('then')} {wrong['wanted']}", "green"))
    out.print(Text(f"  {padded(said('now'), 4)} {wrong['got']}", "red"))


def _to_driver(lines: tuple[Line, ...], json: bool) -> None:
    results = check(lines)
    bad = [result for result in results if not result["same"]]
    if json:
        print_json({"commands": results, "different": len(bad)})
    else:
        for result in results:
            sign, colour = ("✓", "green") if result["same"] else ("✗", "red")
            made = Text.assemble(
                (f"{sign} ", colour), result["line"], ("  " + said(result["now"]), "dim")
            )
            standard_output().print(made, overflow="ellipsis", no_wrap=True)
            if not result["same"]:
                standard_output().print(
                    Text(f"    {said('then')}: {said(result['then'])}", "green")
                )
                standard_output().print(Text(f"    {said('now')}:  {said(result['now'])}", "red"))
        good = len(results) - len(bad)
        note(f"{good} of {len(results)} commands went as then", "red" if bad else "green")
    if bad:
        raise Stop(Exit.WRONG)
    if not results:
        raise Stop(Exit.WRONG, "there is no command in this capture")


def _shown(data: bytes) -> str:
    # For people, who take a doubled backslash for two.
    return spell(data, readable=True)
