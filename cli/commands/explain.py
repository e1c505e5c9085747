"""`explain`: what a number, a code or a line means, where in the manual, and what to do."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.markup import escape

from tencent_at.wire.words import Decoded
from tencent_at.wire.words import explain as look_up

from ..desk.exits import Exit, Stop
from ..desk.options import Json, session
from ..desk.output import print_json, standard_output

__all__ = ["explain"]


def explain(
    context: typer.Context,
    what: Annotated[
        list[str], typer.Argument(help="-117, 208, 0x010b0000, a line, a command's or event's name")
    ],
    json: Json = False,
    language: Annotated[
        str | None, typer.Option("--lang", metavar="en|zh", help="One language only.")
    ] = None,
) -> None:
    """Say what a number, an ERR CODE or a line means, and what to do.

    [dim]tencent-at explain -117 · explain 0x010b0000 · explain "+TCMQTTDISCON,-103"[/]
    """
    masks = session(context).masks
    languages = [language] if language in ("en", "zh") else ["en", "zh"]
    rows: list[dict[str, Any]] = []
    unknown = []
    for given in what:
        text = masks.shown(given.encode("utf-8", "surrogateescape")).decode("utf-8", "replace")
        found = look_up(text)
        rows += [as_json(text, meaning) for meaning in found]
        if not found:
            unknown.append(text if len(text) <= 80 else f"{text[:60]}…")
        if not json:
            for meaning in found:
                show(text, meaning, languages)
    if json:
        print_json(rows)
    if unknown:
        raise Stop(
            Exit.WRONG,
            f"neither the manual nor this program knows {', '.join(unknown)}",
            "Later firmwares add numbers; unknown ones pass through as they are.",
        )


def as_json(text: str, meaning: Decoded) -> dict[str, Any]:
    """A meaning as JSON."""
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
    }


def show(text: str, meaning: Decoded, languages: list[str]) -> None:
    """Print a meaning."""
    console = standard_output()
    head = f"[bold]{escape(text)}[/]"
    if meaning.name and meaning.name != text:
        head += f"  [cyan]{escape(meaning.name)}[/]"
    if meaning.section:
        head += f"  [dim]manual {meaning.section}[/]"
    console.print(head)
    for language in languages:
        title, said = getattr(meaning.title, language), getattr(meaning.meaning, language)
        what = getattr(meaning.advice, language)
        colon = ": " if language == "en" else "："
        console.print("  " + escape(colon.join(part for part in (title, said) if part)))
        if what:
            label = "→ " if meaning.kind != "command" else ""
            console.print(f"  [green]{label}{escape(what)}[/]")
    for name, value, title in meaning.fields:
        beside = f"  [dim]{escape(title.en)}[/]" if title.en else ""
        console.print(f"    [cyan]{escape(name)}[/] {escape(value)}{beside}")
    console.print()
