"""What can go wrong: the caller's mistakes, before a byte is written; the module's answers; the port."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .entries import NOTHING, Text
from .manual import FORMS
from .revisions import DEFAULT

if TYPE_CHECKING:
    from .meaning import Meaning
    from .revision import Revision


class TencentAtError(Exception):
    """The base of all that this package raises on purpose."""


class InvalidArgument(TencentAtError, ValueError):
    """An argument cannot travel or is outside the manual's limits; not a byte was written.

    The text names argument, value (*** for a secret), limit and the manual's section.
    """


class NoSuchCall(InvalidArgument, AttributeError):
    """The module's revision has no such call; not a byte was written. The text names the revision that has it."""


class PortError(TencentAtError, OSError):
    """The port could not be opened, is gone, or was closed. Open a new modem to go on, or ask for reopen=True."""


class PortTimeout(PortError, TimeoutError):
    """The port took no byte for a second; whether the module acted is unknown. The modem stays open."""


class Unstable(TencentAtError):
    """A keeper's reason: the module restarts again and again, or never finishes its boot. The text says what helps."""


class FirmwareDamaged(TencentAtError):
    """The image that was read is not the one that the module announced: another size, or another MD5."""


class ModuleError(TencentAtError):
    """The module did not do what it was asked.

    call: the method's name. command: the line's beginning, such as "AT+TCMQTTPUB=". section: the manual's.
    number: the module's code, or None. tables: where it is looked up, in order. table: the one that has it, or "".
    name, en, zh: the code's symbol and meaning, or "". advice: what to do, in both languages, or "".
    revision: in whose manual; None is the first's.
    """

    number: int | None = None
    table: str = ""
    name: str = ""
    en: str = ""
    zh: str = ""
    command: str = ""
    section: str = ""
    advice: Text = NOTHING

    def __init__(
        self,
        call: str,
        number: int | None = None,
        tables: Iterable[str] = (),
        revision: Revision | None = None,
    ) -> None:
        self.call = call
        self.number = number
        form = (revision.forms if revision else FORMS).get(call)
        if form:
            self.command = form.line
            self.section = form.section
        self.table, meaning = look_up(number, tables, revision)
        if meaning:
            self.name, self.en, self.zh, self.advice = meaning[:4]
        super().__init__(call, number, tuple(tables), *_if_another(revision))

    def __str__(self) -> str:
        text = f"{self.call}: {self.verb}"
        if self.number is not None:
            text += f" {self.number:#010x}" if self.table == "parser" else f" {self.number}"
            text += f" ({self.en or 'a number the manual does not know'}{'; ' + self.zh if self.zh else ''})"
        return text

    verb = "failed"


class CommandRefused(ModuleError):
    """+CME ERROR, ERR CODE or ERROR: the module did not begin."""

    verb = "refused"


class CommandFailed(ModuleError):
    """+NAME:FAIL: the module began and did not succeed."""


class Busy(ModuleError):
    """An earlier command still runs, and went on for as long as the driver asked again."""

    verb = "the module is busy with an earlier command"


class ModuleReset(ModuleError):
    """The module restarted under the command: MQTT is disconnected, the echo is on."""

    verb = "the module restarted"


class Timeout(ModuleError, TimeoutError):
    """The answer did not come in time; whether the module acted is unknown.

    seen: what came instead, in words.
    """

    verb = "no answer in time"
    seen = ""

    def __str__(self) -> str:
        return f"{super().__str__()}: {self.seen}" if self.seen else super().__str__()


class AnswerSwallowed(Timeout):
    """The answer may have been in a torn message, and was not to be believed; the command may have been carried out."""

    verb = "a torn message swallowed the answer; the command may have been carried out"


class UnexpectedAnswer(ModuleError):
    """The module answered with a row that lacks fields or holds text where a number belongs.

    detail: what does not fit.
    """

    verb = "an answer that does not fit the manual"

    def __init__(self, call: str, detail: str = "", revision: Revision | None = None) -> None:
        super().__init__(call, revision=revision)
        self.detail = detail
        self.args: tuple[Any, ...] = (call, detail, *_if_another(revision))

    def __str__(self) -> str:
        return f"{super().__str__()}: {self.detail}" if self.detail else super().__str__()


def _if_another(revision: Revision | None) -> list[Revision]:
    return [revision] if revision and revision.name != DEFAULT else []


# By the number of an outcome, from 1 on; 6 is the board's for an UnexpectedAnswer.
OUTCOMES = (
    CommandRefused,
    CommandFailed,
    Busy,
    ModuleReset,
    Timeout,
    ModuleError,
    AnswerSwallowed,
)


def look_up(
    number: int | None, tables: Iterable[str], revision: Revision | None = None
) -> tuple[str, Meaning | None]:
    """The first of the tables that has a number, and what it means there; "" and None where none has it."""
    if number is None:
        return "", None
    if revision:
        meanings = revision.meanings
    else:
        from .meanings import TABLES as meanings  # read in errors alone

    for table in tables:
        codes, unlisted = meanings[table].codes, meanings[table].unlisted
        if table == "parser":  # ERR CODE: its kind stands in the third byte (manual 1.3)
            return table, codes.get(number >> 16 & 0xFF)
        if number in codes or number in unlisted:
            return table, codes.get(number) or unlisted[number]
    return "", None
