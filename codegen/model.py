"""The transcription as frozen values: what load.py makes of the YAML and the templates see."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

FORMS = ("test", "read", "set", "exec")
SUFFIX = {"test": "=?", "read": "?", "set": "=", "exec": ""}
REPLIES = ("row", "rows", "text", "ok", "prompt", "result", "boot")
KINDS = ("string", "base64", "int", "word", "raw", "counted", "name", "hex")


@dataclass(frozen=True)
class Words:
    """A text in English and Chinese."""

    en: str = ""
    zh: str = ""


@dataclass(frozen=True)
class Field:
    """An argument of a command, or a value in a row or a URC.

    least, most: as the manual has them; low, high, step: what the host sends.
    """

    name: str
    kind: str
    title: Words
    least: int | None = None
    most: int | None = None
    low: int | None = None
    high: int | None = None
    step: int = 1
    values: tuple[int, ...] = ()
    words: tuple[str, ...] = ()
    enum: str = ""
    const: int | None = None
    default: int | None = None
    optional: bool = False
    secret: bool = False
    unset: str = ""
    since: str = ""
    newer: Mapping[str, str] = field(
        default_factory=dict
    )  # word of `words` → the revision that added it
    multiple: int = 1
    host_multiple: int = 1
    verbatim: bool = False  # the module changes no byte of this payload, and every byte travels
    # Given with this value of another, and with no other; needed: then it must be.
    when: Mapping[str, int] = field(default_factory=dict)
    needed: bool = False
    complaint: str = ""  # core: what cannot be read is the AT core's to refuse

    @property
    def in_api(self) -> bool:
        return self.const is None

    @property
    def limits(self) -> str:
        """The limits in words, for docstrings and the reference: "1 to 128 bytes"."""
        if self.values:
            return " or ".join(map(str, self.values))
        if self.low is None:
            return ""
        unit = "" if self.kind == "int" else " bytes"
        low, high = (
            f"{n:#x}" if n >= 0x10000 and n % 0x1000 == 0 else str(n)
            for n in (self.low, self.high or 0)
        )
        steps = (
            f", a multiple of {self.step:#x}"
            if self.step >= 0x100
            else f", a multiple of {self.step}"
        )
        return f"{low} to {high}{unit}{steps if self.step > 1 else ''}"


@dataclass(frozen=True)
class Form:
    """One of a command's forms: test, read, set or exec."""

    kind: str
    call: str
    line: str
    args: tuple[Field, ...]
    reply: tuple[str, ...]
    maybe: tuple[str, ...]
    linger: float
    again: bool
    ok: str
    fail: str
    complaint: str  # core: a wrong number of arguments is the AT core's to refuse
    row: tuple[Field, ...]
    labels: Mapping[str, str]
    sample: str
    heads: tuple[str, ...]
    errors: tuple[str, ...]
    reason: str
    timeout: float
    timeout_argument: str
    requires: Mapping[str, tuple[str, ...]]
    since: str = ""
    when: Mapping[str, int] = field(
        default_factory=dict
    )  # `requires` holds for this value of an argument

    @property
    def api(self) -> tuple[Field, ...]:
        return tuple(arg for arg in self.args if arg.in_api)


@dataclass(frozen=True)
class Command:
    name: str
    section: str
    group: str
    since: str
    title: Words
    about: Words
    aliases: tuple[str, ...]
    always: bool
    forms: Mapping[str, Form]


@dataclass(frozen=True)
class Urc:
    name: str
    section: str
    group: str
    since: str
    title: Words
    about: Words
    event: str
    aliases: tuple[str, ...]
    always: bool
    plain: bool
    boot: bool
    fields: tuple[Field, ...]
    errors: tuple[str, ...]
    reason: str
    advice: Words

    @property
    def counted(self) -> bool:
        return any(f.kind == "counted" for f in self.fields)


@dataclass(frozen=True)
class Code:
    """A number of a table and what it means."""

    number: int
    name: str
    en: str
    zh: str
    fine: bool  # it is no failure
    since: str = ""


@dataclass(frozen=True)
class Table:
    """Numbers of one kind. `unlisted` are those that the firmware says and the manual does not know."""

    name: str
    title: Words
    section: str
    codes: Mapping[int, Code]
    unlisted: Mapping[int, Code]
    advice: Mapping[int, Words]
    heads: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """What the AT core says to any command; also the way out of a payload. says: ok, refused, busy, prompt or abort."""

    name: str
    says: str
    section: str
    title: Words
    aliases: tuple[str, ...]
    advice: Words


@dataclass(frozen=True)
class Enum:
    name: str
    values: Mapping[int, str]


@dataclass(frozen=True)
class State:
    name: str
    values: tuple[str, ...]
    refusal: int


@dataclass(frozen=True)
class Group:
    name: str
    title: Words
    section: str
    ok: str
    complaint: str  # core: whatever is wrong with an argument is the AT core's to refuse


@dataclass(frozen=True)
class Package:
    """What a board installs beside `tcat`, which has all: some of the words, some of the modules."""

    name: str
    title: Words
    extends: str
    groups: tuple[str, ...]
    also: tuple[str, ...]
    modules: tuple[str, ...]

    def fits(self, groups: tuple[str, ...]) -> bool:
        """Can it be built where only these groups are there?"""
        return set(self.groups) <= set(groups)


@dataclass(frozen=True)
class Wire:
    """What the module takes: bytes of a line without CR LF, bytes behind a prompt; what has a backslash in quotes."""

    line: int = 254
    payload: int = 2048
    escapes: str = '\\",'


@dataclass(frozen=True)
class Revision:
    name: str
    date: str
    words: Words


@dataclass(frozen=True)
class Gone:
    """What a revision has no longer: its path, such as commands.TCSAP.read, and who had it first and last."""

    what: str
    since: str
    until: str


@dataclass(frozen=True)
class Spec:
    """The whole transcription. `name` is what `--revision` calls it: a revision, an edition or a family."""

    name: str
    manual: Mapping[str, str]
    revisions: Mapping[str, Revision]
    groups: Mapping[str, Group]
    packages: Mapping[str, Package]
    states: Mapping[str, State]
    enums: Mapping[str, Enum]
    errors: Mapping[str, Table]
    reasons: Mapping[str, Table]
    answers: Mapping[str, Answer]
    commands: Mapping[str, Command]
    urcs: Mapping[str, Urc]
    letters: Mapping[str, str] = field(default_factory=dict)
    wire: Wire = Wire()
    gone: tuple[Gone, ...] = ()

    @property
    def spoken(self) -> tuple[tuple[int, int], tuple[int, int]]:
        """The least and the last version of the firmware that speaks it; zeros where that is not told."""
        told = self.manual.get("firmwares", "")
        numbers = [int(each) for each in re.findall(r"\d+", told)] or [0, 0]
        return (numbers[0], numbers[1]), (numbers[-2], numbers[-1])

    def only(self, groups: tuple[str, ...], also: tuple[str, ...] = ()) -> Spec:
        """The same transcription with these feature groups alone, with these commands and URCs, and what every build
        needs."""

        def kept(each: Command | Urc) -> bool:
            return each.group in groups or each.name in also or each.always

        return replace(
            self,
            groups={k: v for k, v in self.groups.items() if k in groups},
            packages={k: v for k, v in self.packages.items() if self.whole(k).fits(groups)},
            commands={k: v for k, v in self.commands.items() if kept(v)},
            urcs={k: v for k, v in self.urcs.items() if kept(v)},
        )

    def whole(self, name: str) -> Package:
        """A package with what it stands on."""
        package = self.packages[name]
        if not package.extends:
            return package
        below = self.whole(package.extends)
        return replace(
            package,
            extends="",
            groups=below.groups + package.groups,
            also=below.also + package.also,
            modules=below.modules + package.modules,
        )


def as_json(spec: Spec) -> dict[str, Any]:
    """generated/manual.json: plain dictionaries, lists, text and numbers. What is empty or false is left out."""

    def plain(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {str(k): plain(v) for k, v in value.items()}
        if isinstance(value, tuple):
            return [plain(v) for v in value]
        if hasattr(value, "__dataclass_fields__"):
            found = {name: plain(getattr(value, name)) for name in value.__dataclass_fields__}
            return {
                name: each
                for name, each in found.items()
                if each or (each == 0 and each is not False)
            }
        return value

    model: dict[str, Any] = plain(spec)
    return {"generated": "by codegen from spec/commands.yaml: edit that", **model}
