"""`explain`: what a number, a code or a line means, where in the manual, and what to do."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.text import Text

from tencent_at.entries import Command
from tencent_at.wire import index
from tencent_at.wire.book import COMMANDS
from tencent_at.wire.lookup import nearest, search
from tencent_at.wire.words import Decoded, decode, to_module
from tencent_at.wire.words import explain as look_up

from ..desk.exits import Exit, Stop
from ..desk.language import said
from ..desk.options import Json, session
from ..desk.output import note, print_json, standard_output
from ..desk.page import page, shown

if TYPE_CHECKING:
    from tencent_at.wire.masks import Masks

__all__ = ["explain"]

MANY = 12  # answers to a word that are shown


def explain(
    context: typer.Context,
    what: Annotated[
        list[str],
        typer.Argument(
            help="-117, 208, 0x010b0000, a line or many, a command's or event's name, a word; - reads standard input"
        ),
    ],
    json: Json = False,
) -> None:
    """Say what a number, an ERR CODE, a line or a word means, and what to do.

    [dim]tencent-at explain -117 · explain "+TCMQTTDISCON,-103" · explain timeout · explain TCMQTTPUB
    · explain - < log[/]
    """
    made = session(context)
    masks = made.masks
    languages = [made.language] if made.one_language else ["en", "zh"]
    rows: list[dict[str, Any]] = []
    unknown = []
    for given in _asked(what):
        if "\n" in given.strip():
            rows += _block(given, masks, languages, json)
            continue
        text = masks.shown(given.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")
        found = look_up(text) or search(text)
        rows += [as_json(text, meaning) for meaning in found]
        if not found:
            unknown.append(text if len(text) <= 80 else f"{text[:60]}…")
        if not json:
            _show_all(text, found, languages)
    if json:
        print_json(rows)
    if unknown:
        near = [each for text in unknown for each in nearest(text)]
        advice = f"Nearest: {', '.join(near)}." if near else ""
        raise Stop(
            Exit.WRONG,
            f"neither the manual nor this program knows {', '.join(unknown)}",
            advice or "Later firmwares add numbers; unknown ones pass through as they are.",
        )


def _asked(what: list[str]) -> list[str]:
    # Words that mean something together are one question.
    if what == ["-"]:
        return [sys.stdin.buffer.read().decode("utf-8", "surrogateescape").replace("\r\n", "\n")]
    whole = " ".join(what)
    plain = all(word.isalpha() for word in what)
    return [whole] if len(what) > 1 and plain and (look_up(whole) or search(whole)) else what


def _show_all(text: str, found: list[Decoded], languages: list[str]) -> None:
    command = COMMANDS.get(found[0].command) if len(found) == 1 else None
    for meaning in found[:MANY]:
        show(text, meaning, languages, command)
    if len(found) > MANY:
        note(f"… and {len(found) - MANY} more: a further word makes them fewer, --json shows all")


# What a log has before a line of the wire: times, arrows, names of a side.
_LINE = re.compile(
    r"(?:^|[\s\]>:|])(AT(?:\+[^\r\n]*|E[01])?$|AT\+.*|\+ ?[A-Z][\w ]*[:,=].*|ERR CODE.*|busy [ps].*"
    r"|OK$|ERROR$|FAIL$|ready$|WIFI [A-Z ]+$|>$|\+\+\+$)"
)


def _block(text: str, masks: Masks, languages: list[str], json: bool) -> list[dict[str, Any]]:
    # Many lines, of both sides, in their order: each is read as the answer to the command before it.
    rows = []
    asked = None
    console = standard_output()
    for line in text.splitlines():
        found = _LINE.search(line.rstrip())
        body = found[1].encode("utf-8", "surrogateescape") if found else b""
        if not body:
            continue
        host = to_module(body)
        shown = (masks.sent(body) if host else masks.received(body)).decode("utf-8", "replace")
        asked = index.line(shown) if host else asked
        meaning = decode(shown.encode(), host=host, asked=asked)
        rows.append(as_json(shown, meaning))
        if json:
            continue
        meant = " / ".join(filter(None, (meaning.text(language) for language in languages)))
        style = "red" if meaning.bad else "cyan" if host else "green"
        console.print(
            Text.assemble((f"{'→' if host else '←'} {shown}", style), (f"  {meant}", "dim"))
        )
        for language in languages if meaning.bad else ():
            if getattr(meaning.advice, language):
                console.print(Text(f"    → {getattr(meaning.advice, language)}", "green"))
    if not rows:
        raise Stop(Exit.WRONG, "no line of the wire in it", "Give lines such as AT+… and +NAME:…")
    return rows


def as_json(text: str, meaning: Decoded) -> dict[str, Any]:
    """A meaning as JSON."""
    command = COMMANDS.get(meaning.command)
    return {
        "input": text,
        "kind": meaning.kind,
        "table": meaning.table or None,
        "number": meaning.number,
        "name": meaning.name or None,
        "section": meaning.section or None,
        "title": {"en": meaning.title.en, "zh": meaning.title.zh},
        "meaning": {"en": meaning.meaning.en, "zh": meaning.meaning.zh},
        "advice": {"en": meaning.advice.en, "zh": meaning.advice.zh},
        "fields": {name: value for name, value, _ in meaning.fields},
        **({"page": page(command)} if command else {}),
    }


def show(text: str, meaning: Decoded, languages: list[str], command: Command | None = None) -> None:
    """Print a meaning."""
    console = standard_output()
    head = f"[bold]{escape(text)}[/]"
    if meaning.number is not None and str(meaning.number) != text:
        head += f"  [bold]{meaning.number}[/]"
    if meaning.name and meaning.name != text:
        head += f"  [cyan]{escape(meaning.name)}[/]"
    if meaning.section:
        head += f"  [dim]{said('manual')} {meaning.section}[/]"
    console.print(head)
    for language in languages:
        title, meant = getattr(meaning.title, language), getattr(meaning.meaning, language)
        what = getattr(meaning.advice, language)
        colon = ": " if language == "en" else "："
        console.print("  " + escape(colon.join(part for part in (title, meant) if part)))
        if what:
            label = "→ " if meaning.kind != "command" else ""
            console.print(f"  [green]{label}{escape(what)}[/]")
    for name, value, title in meaning.fields:
        beside = " / ".join(filter(None, (getattr(title, language) for language in languages)))
        beside = f"  [dim]{escape(beside)}[/]" if beside else ""
        console.print(f"    [cyan]{escape(name)}[/] {escape(value)}{beside}")
    for style, line in shown(command, languages) if command else ():
        console.print(Text(line, style))
    console.print()
