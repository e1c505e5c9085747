"""The transcription, read for people: names, titles, arguments and sections of commands and URCs."""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

__all__ = ["Argument", "Book", "Command", "Form", "Text", "Urc", "book"]


@dataclass(frozen=True, slots=True)
class Text:
    """A text in English and Chinese."""

    en: str = ""
    zh: str = ""

    @classmethod
    def of(cls, entry: Any) -> Text:
        return cls(entry.get("en", ""), entry.get("zh", "")) if isinstance(entry, dict) else cls()


@dataclass(frozen=True, slots=True)
class Argument:
    """An argument of a command, or a field of an answer."""

    name: str
    kind: str
    title: Text
    limits: str = ""
    values: tuple[str, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)  # number → word of its enum
    default: str | None = None
    const: str | None = None
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """One form of a command: `call` is its name in the drivers, `line` how it begins on the wire."""

    kind: str
    line: str
    call: str
    args: tuple[Argument, ...]
    row: tuple[Argument, ...]
    reply: tuple[str, ...]
    errors: tuple[str, ...]
    reason: str
    timeout: float
    requires: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Command:
    """A command and its forms (test, read, set, exec)."""

    name: str
    section: str
    group: str
    since: str
    title: Text
    about: Text
    forms: Mapping[str, Form]
    heads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Urc:
    """A line that the module sends by itself."""

    name: str
    section: str
    title: Text
    about: Text
    event: str
    fields: tuple[Argument, ...]
    errors: tuple[str, ...]
    reason: str
    plain: bool
    heads: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Book:
    """Commands by name, and by how their lines begin; URCs by head."""

    revision: str
    commands: Mapping[str, Command]
    urcs: Mapping[str, Urc]
    plain_urcs: Mapping[str, Urc]

    def line(self, text: str) -> tuple[Command, Form] | None:
        """The command and form of a line that a host sends, or None."""
        text = text.strip()
        for command in self.commands.values():
            for form in command.forms.values():
                if not form.line.endswith("=") and text.upper() == form.line.upper():
                    return command, form
        for command in self.commands.values():
            made = command.forms.get("set")
            if made and text.upper().startswith(made.line.upper()):
                return command, made
        return None

    def call(self, name: str) -> tuple[Command, Form] | None:
        """The command and form of a driver's call, or None."""
        for command in self.commands.values():
            for form in command.forms.values():
                if form.call == name:
                    return command, form
        return None

    def head(self, name: str) -> Command | None:
        """The command whose answers begin with `+name:`, or None."""
        return next((c for c in self.commands.values() if name in c.heads), None)


@cache
def book() -> Book:
    """The transcription that is installed."""
    with _path().open(encoding="utf-8") as file:
        loader = getattr(yaml, "CBaseLoader", yaml.BaseLoader)
        raw: dict[str, Any] = yaml.load(file, Loader=loader)
    enums = {name: entry["values"] for name, entry in raw.get("enums", {}).items()}
    commands = {name: _command(name, entry, enums) for name, entry in raw["commands"].items()}
    urcs: dict[str, Urc] = {}
    plain: dict[str, Urc] = {}
    for name, entry in raw["urcs"].items():
        made = _urc(name, entry, enums)
        for head in made.heads:
            (plain if made.plain else urcs)[head] = made
    return Book(raw["manual"]["revision"], commands, urcs, plain)


def _path() -> Path:
    # Found without importing the emulator, which needs a POSIX system.
    spec = importlib.util.find_spec("tencent_at_emulator")
    for place in (spec.submodule_search_locations if spec else None) or []:
        here = Path(place).resolve()
        for path in (here / "commands.yaml", here.parent / "spec" / "commands.yaml"):
            if path.is_file():
                return path
    raise FileNotFoundError("commands.yaml: not installed with this package")


def _command(name: str, entry: dict[str, Any], enums: Mapping[str, Any]) -> Command:
    forms: dict[str, Form] = {
        kind: _form(name, kind, entry[kind], enums)
        for kind in ("exec", "read", "set", "test")
        if kind in entry
    }
    heads = [name, *entry.get("aliases", [])]
    for kind in forms:
        heads += [head.removeprefix("+") for head in entry[kind].get("heads", [])]
    return Command(
        name,
        entry["section"],
        entry["group"],
        entry.get("since", ""),
        Text.of(entry.get("title")),
        Text.of(entry.get("about")),
        forms,
        tuple(heads),
    )


_ENDS = {"exec": "", "read": "?", "set": "=", "test": "=?"}


def _form(name: str, kind: str, entry: dict[str, Any], enums: Mapping[str, Any]) -> Form:
    timeout = entry.get("timeout", "5")
    if isinstance(timeout, dict):
        timeout = "15"
    requires = {
        state: " or ".join([wanted] if isinstance(wanted, str) else wanted)
        for state, wanted in entry.get("requires", {}).items()
    }
    return Form(
        kind,
        entry.get("line", f"AT+{name}{_ENDS[kind]}"),
        entry.get("call", ""),
        tuple(_argument(arg, enums) for arg in entry.get("args", ())),
        tuple(_argument(arg, enums) for arg in entry.get("row", ())),
        tuple(entry.get("reply", ())),
        tuple(entry.get("errors", ())),
        entry.get("reason", ""),
        float(timeout),
        requires,
    )


def _argument(entry: dict[str, Any], enums: Mapping[str, Any]) -> Argument:
    names = enums.get(entry.get("enum", ""), {})
    limits = entry.get("range") or entry.get("bytes", "")
    values = tuple(entry.get("values", ()))
    if not values and entry["kind"] == "int":
        low, _, high = limits.partition("..")
        if low.isdigit() and high.isdigit() and int(high) - int(low) < 4:
            values = tuple(str(number) for number in range(int(low), int(high) + 1))
    return Argument(
        entry["name"],
        entry["kind"],
        Text.of(entry.get("title")),
        re.sub(r"\.\.", " to ", limits) + (" bytes" if "bytes" in entry else ""),
        values or tuple(names),
        dict(names),
        entry.get("default"),
        entry.get("const"),
        entry.get("secret") == "true",
    )


def _urc(name: str, entry: dict[str, Any], enums: Mapping[str, Any]) -> Urc:
    return Urc(
        name,
        entry["section"],
        Text.of(entry.get("title")),
        Text.of(entry.get("about")),
        entry["event"],
        tuple(_argument(arg, enums) for arg in entry.get("fields", ())),
        tuple(entry.get("errors", ())),
        entry.get("reason", ""),
        entry.get("plain") == "true",
        (name, *entry.get("aliases", ())),
    )
