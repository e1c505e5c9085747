"""What the emulator takes from the manual (manual.json): names, limits, texts, states, the ordered reply."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["Arg", "Command", "Form", "Spec", "find", "load"]

# What follows a command's name in each of its forms.
SUFFIXES = {"test": "=?", "read": "?", "set": "=", "exec": ""}
LOG_KEY = 86013388


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
    verbatim: bool = False  # a payload that is published as it came
    core: bool = False  # what cannot be read is the AT core's to refuse

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
    row: tuple[str, ...] = ()  # the names of its fields
    framed: bool = True
    text: str = ""
    labels: tuple[tuple[str, str], ...] = ()
    requires: tuple[tuple[str, frozenset[str]], ...] = ()
    when: tuple[tuple[str, int], ...] = ()  # the states count where an argument has this value
    maybe: tuple[str, ...] = ()
    numbered: bool = True  # FAIL carries a number
    core: bool = False  # too few or too many arguments are the AT core's to refuse

    def named(self, values: Sequence[int | bytes]) -> dict[str, Any]:
        """Values of its arguments by name; those left out are not in it."""
        return {arg.name: value for arg, value in zip(self.args, values, strict=False)}

    @property
    def may_lack(self) -> int:
        """So many arguments may be missing at the end."""
        return sum(arg.optional for arg in self.args)


@dataclass(frozen=True, slots=True)
class Command:
    """A command's name as it stands behind ``AT`` or ``AT+``, and its forms."""

    name: str
    group: str
    core: bool  # whatever is wrong with an argument is the AT core's to refuse
    forms: dict[str, Form] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Spec:
    """The whole set. ``commands`` is keyed by the head on the line in capitals (``AT+TCMQTTPUB``, ``ATE0``)."""

    commands: dict[str, Command]
    refusals: dict[str, int]
    errors: dict[str, dict[int, str]]
    revision: str = ""
    firmware: str = ""  # whose behaviour on the wire decides
    chip: str = ""

    def form(self, command: str, form: str) -> Form:
        """The form of a command by its plain name (``TCMQTTPUB``, ``set``); KeyError when there is none."""
        for made in self.commands.values():
            if made.name == command:
                return made.forms[form]
        raise KeyError(command)


def find(revision: str | None = None) -> Path:
    """The manual of a revision, else the default one: beside the package, or in ``generated/`` of the source tree.

    ValueError for a revision that there is none of.
    """
    here = Path(__file__).resolve().parent
    for room in (here, here.parent / "generated"):
        default = room / "manual.json"
        if not default.is_file():
            continue
        others = {path.stem: path for path in sorted(room.glob("manuals/*.json"))}
        if revision is None or revision in others:
            return default if revision is None else others[revision]
        own = _load(str(default)).revision
        if revision == own:
            return default
        raise ValueError(f"no revision {revision!r}; there are: {', '.join((own, *others))}")
    raise FileNotFoundError("manual.json: neither beside the emulator nor in ../generated")


def load(path: str | Path | None = None, revision: str | None = None) -> Spec:
    """Read the manual at ``path``, or the one that ``find`` finds (kept after the first reading)."""
    return _load(str(path if path is not None else find(revision)))


@cache
def _load(path: str) -> Spec:
    with open(path, encoding="utf-8") as file:
        manual: dict[str, Any] = json.load(file)
    commands: dict[str, Command] = {}
    core = {name for name, group in manual["groups"].items() if group.get("complaint")}
    for name, entry in manual["commands"].items():
        forms = {kind: _form(name, kind, form) for kind, form in entry["forms"].items()}
        kind, first = next(iter(entry["forms"].items()))
        head = first["line"].removesuffix(SUFFIXES[kind]).upper()
        commands[head] = Command(name, entry["group"], entry["group"] in core, forms)
    for head, command in _beside().items():
        commands.setdefault(head, command)
    refusals = {name: entry["refusal"] for name, entry in manual["states"].items()}
    errors = {
        name: {int(code): entry.get("name", code) for code, entry in table["codes"].items()}
        for name, table in manual["errors"].items()
    }
    about = manual["manual"]
    return Spec(commands, refusals, errors, about["revision"], about["firmware"], about["module"])


def _beside() -> dict[str, Command]:
    """What the module takes beside the transcription: hosts of other makers send these first."""
    switch = Arg("mode", "int", 0, 1)
    key, level = Arg("key", "int", values=frozenset({LOG_KEY})), Arg("level", "int")
    made = {
        f"AT+{name}": Command(
            name,
            "esp",
            True,
            {
                "read": Form(name, "read", reply=("row", "ok")),
                "set": Form(name, "set", (switch,), ("ok",)),
            },
        )
        for name in ("CIPMODE", "CIPMUX")
    }
    forms = {"set": Form("TCLOG", "set", (key, level), ("ok",))}
    return {**made, "AT+TCLOG": Command("TCLOG", "esp", True, forms)}


def _form(command: str, kind: str, entry: dict[str, Any]) -> Form:
    return Form(
        command=command,
        form=kind,
        args=tuple(map(_arg, entry.get("args", ()))),
        reply=tuple(entry["reply"]),
        row=tuple(field["name"] for field in entry.get("row", ())),
        framed=entry["ok"] == "framed",
        text=entry.get("sample", ""),
        labels=tuple(entry.get("labels", {}).items()),
        requires=tuple(
            (state, frozenset(allowed)) for state, allowed in entry.get("requires", {}).items()
        ),
        when=tuple(entry.get("when", {}).items()),
        maybe=tuple(entry.get("maybe", ())),
        numbered=entry.get("fail") != "bare",
        core="complaint" in entry,
    )


def _arg(entry: dict[str, Any]) -> Arg:
    values = [entry["const"]] if "const" in entry else entry.get("values")
    # Any length is the module's where only the host minds which: 0, too.
    least = 0 if entry.get("host_multiple", 1) > 1 else entry.get("least")
    return Arg(
        name=entry["name"],
        kind=entry["kind"],
        least=least,
        most=entry.get("most"),
        values=frozenset(values) if values else None,
        multiple=entry["multiple"] if entry["multiple"] > 1 else None,
        optional=entry.get("optional", False),
        verbatim=entry.get("verbatim", False),
        core="complaint" in entry,
    )
