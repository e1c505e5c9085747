"""What the emulator takes from the transcription: names, limits, texts, states, the ordered reply."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

__all__ = ["Arg", "Command", "Form", "Spec", "find", "load"]

FORMS = ("test", "read", "set", "exec")


@dataclass(frozen=True, slots=True)
class Arg:
    """One parameter of a set command. For strings ``least`` and ``most`` count bytes after unescaping."""

    name: str
    kind: str
    least: int | None = None
    most: int | None = None
    values: frozenset[int] | None = None
    multiple: int | None = None
    optional: bool = False

    @property
    def is_number(self) -> bool:
        """True for what stands bare on the line: numbers, and the length of a raw payload."""
        return self.kind in ("int", "raw")

    def allows(self, value: int | bytes) -> bool:
        """Whether the value lies within the limits."""
        size = value if isinstance(value, int) else len(value)
        if self.least is not None and size < self.least:
            return False
        if self.most is not None and size > self.most:
            return False
        if self.values is not None and size not in self.values:
            return False
        return not self.multiple or size % self.multiple == 0


@dataclass(frozen=True, slots=True)
class Form:
    """One form of one command, as the module sees it."""

    command: str
    form: str
    args: tuple[Arg, ...] = ()
    reply: tuple[str, ...] = ()
    framed: bool = True
    text: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    requires: tuple[tuple[str, frozenset[str]], ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """A command's name as it stands behind ``AT`` or ``AT+``, and its forms."""

    name: str
    group: str
    plain: bool
    forms: dict[str, Form] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spec:
    """The whole set. ``commands`` is keyed by the head on the line in capitals (``AT+TCMQTTPUB``, ``ATE0``)."""

    commands: dict[str, Command]
    refusals: dict[str, int]
    errors: dict[str, dict[int, str]]

    def form(self, command: str, form: str) -> Form:
        """The form of a command by its plain name (``TCMQTTPUB``, ``set``); KeyError when there is none."""
        for made in self.commands.values():
            if made.name == command:
                return made.forms[form]
        raise KeyError(command)


def find() -> Path:
    """The transcription: beside the package when installed, else in ``spec/`` of the source tree."""
    here = Path(__file__).resolve().parent
    for path in (here / "commands.yaml", here.parent / "spec" / "commands.yaml"):
        if path.is_file():
            return path
    raise FileNotFoundError("commands.yaml: neither beside the emulator nor in ../spec")


def load(path: str | Path | None = None) -> Spec:
    """Read the transcription at ``path``, or the one that ``find`` finds (kept after the first reading)."""
    return _load(str(path if path is not None else find()))


@cache
def _load(path: str) -> Spec:
    # BaseLoader reads every scalar as text, so `off` stays a word.
    with open(path, encoding="utf-8") as file:
        raw: dict[str, Any] = yaml.load(file, Loader=yaml.BaseLoader)
    commands: dict[str, Command] = {}
    for name, entry in raw["commands"].items():
        framed = raw["groups"][entry["group"]].get("ok")
        forms = {kind: _form(name, kind, entry[kind], framed) for kind in FORMS if kind in entry}
        line = next((entry[kind]["line"] for kind in forms if "line" in entry[kind]), None)
        head = line if line is not None else f"AT+{name}"
        commands[head.upper()] = Command(name, entry["group"], entry["group"] == "esp", forms)
    refusals = {name: int(entry["refusal"]) for name, entry in raw.get("states", {}).items()}
    errors = {table: _codes(entries) for table, entries in raw.get("errors", {}).items()}
    return Spec(commands, refusals, errors)


def _form(command: str, kind: str, entry: dict[str, Any], group_ok: str | None) -> Form:
    ok = entry.get("ok", group_ok or ("bare" if kind == "set" else "framed"))
    text = entry.get("text", "")
    labels = tuple(text.items()) if isinstance(text, dict) else ()
    requires = tuple(
        (state, frozenset([allowed] if isinstance(allowed, str) else allowed))
        for state, allowed in entry.get("requires", {}).items()
    )
    return Form(
        command=command,
        form=kind,
        args=tuple(_arg(arg) for arg in entry.get("args", ())),
        reply=tuple(entry.get("reply", ())),
        framed=ok == "framed",
        text="" if labels else str(text),
        labels=labels,
        requires=requires,
    )


def _arg(entry: dict[str, Any]) -> Arg:
    kind = entry["kind"]
    limits = entry.get("range") or entry.get("bytes")
    least, most = (int(end, 0) for end in limits.split("..")) if limits else (None, None)
    values = entry.get("values")
    if "const" in entry:
        values = [entry["const"]]
    return Arg(
        name=entry["name"],
        kind=kind,
        least=least,
        most=most,
        values=frozenset(int(value, 0) for value in values) if values and kind == "int" else None,
        multiple=int(entry["multiple"], 0) if "multiple" in entry else None,
        optional=entry.get("optional") == "true",
    )


def _codes(entries: dict[str, Any]) -> dict[int, str]:
    codes: dict[int, str] = {}
    for code, entry in entries.items():
        first, dots, last = code.lstrip("-").partition("-")
        span = range(int(first, 0), int(last, 0) + 1) if dots else (int(code, 0),)
        for number in span:
            codes[number] = (
                str(entry.get("name", number)) if isinstance(entry, dict) else str(entry)
            )
    return codes
