"""A case as a dialogue that a person can read, and put into spec/dialogues once it is understood."""

from __future__ import annotations

from typing import Any

from tests.fuzz.book import Ended
from tests.fuzz.case import Record
from tests.fuzz.damage import OWN, STRAY

LONGEST = 60  # lines that are shown of a case


def spelled(data: bytes) -> str:
    """Bytes as the .at notation has them."""
    text = data.replace(b"\\", b"\\\\").replace(b"\r\n", b"\0\0CRLF\0\0")
    shown = "".join(
        chr(byte) if 32 <= byte < 127 or byte == 0 else f"\\x{byte:02x}" for byte in text
    )
    return shown.replace("\0\0CRLF\0\0", "⏎").replace("\0", "\\x00")


def value(item: object) -> str:
    """A value as a Python literal in double quotes."""
    return (
        repr(item)
        if isinstance(item, int)
        else '"' + repr(item).strip("b")[1:-1].replace('"', '\\"') + '"'
    )


def outcome(ended: Ended) -> str:
    """How a call ended, after `= `."""
    if ended[0] == "ok":
        rows = ended[1]
        assert isinstance(rows, list)
        if not rows:
            return "ok"
        return repr(rows[0] if len(rows) == 1 else rows)
    return " ".join(str(each) for each in ended if each is not None).replace(
        "refused error error", "refused error"
    )


def lines(record: Record) -> str:
    """The whole case, in the order of its bytes, with the virtual milliseconds."""
    case = record.case
    head = (
        f"# {case.dialogue}: {', '.join(map(str, case.wounds)) or 'unhurt'}\n"
        f"# {'works' if case.working else 'way'} {case.slow} ms, cut {case.cuts}, pause {case.pause} ms"
        f"{', mood ' + case.mood if case.mood else ''}\n"
    )
    told = [_told(sign, what) for _, sign, what in record.shell.log]
    shown = [
        f"{text:<72} # {at:.0f} ms" for text, (at, _, _) in zip(told, record.shell.log, strict=True)
    ]
    if len(shown) > LONGEST:
        cut = [f"# … {len(shown) - LONGEST} lines …"]
        shown = shown[: LONGEST // 2] + cut + shown[-LONGEST // 2 :]
    return head + "\n".join(shown) + "\n"


def _told(sign: str, what: Any) -> str:
    if sign == ">":
        return f"> {spelled(what)}"
    if sign == "<":
        note = "" if what.kind == OWN else "  # stray" if what.kind == STRAY else "  # hurt"
        return f"< {spelled(what.data)}{note}"
    if sign == "call":
        return f"call {what.call} {' '.join(map(value, what.args))}".rstrip()
    wanted = what.expected
    note = "" if wanted is None or wanted == what.ended else f"  # the dialogue: {outcome(wanted)}"
    return f"= {outcome(what.ended)}{note}"
