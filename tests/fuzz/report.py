"""A case as a dialogue: what a person reads, and puts into spec/dialogues once it is understood.

It has the bytes, the silences and the outcomes; the events that a driver must report (`!`) are for that person to add.
"""

from __future__ import annotations

from typing import Any

from tests.fuzz.book import Ended
from tests.fuzz.case import Held, Record, debts
from tests.fuzz.damage import OWN, STRAY

LONGEST = 80  # lines that are shown of a case


def spelled(data: bytes) -> str:
    """Bytes as the .at notation has them."""
    return "⏎".join(
        "".join(
            "\\\\" if byte == 92 else chr(byte) if 32 <= byte < 127 else f"\\x{byte:02x}"
            for byte in part
        )
        for part in data.split(b"\r\n")
    )


def outcome(call: str, ended: Ended) -> str:
    """How a call ended, behind `= `."""
    word, *rest = ended
    if word == "ok":
        (rows,) = rest
        assert isinstance(rows, list)
        owed = debts(call)[0]
        if "t" in owed and not ("m" in owed or "o" in owed):
            return " ".join(["text", *(_quoted(row[0]) for row in rows)])
        if not rows and "m" not in owed:
            return "ok"
        return repr(rows if "m" in owed else rows[0])
    if word == "refused":
        table, number = rest
        if number is None:
            return "refused error"
        return f"refused {table} " + (f"{number:#010x}" if table == "parser" else str(number))
    if word in ("swallowed", "damaged"):
        return "timeout"
    return " ".join(str(each) for each in ended if each is not None)


def _quoted(text: str) -> str:
    return repr(text)


def lines(record: Record) -> str:
    """The whole case, in the order of its bytes; wounds and remarks as comments."""
    case = record.case
    shown = [
        f"# {case.dialogue}: {', '.join(map(str, case.wounds)) or 'unhurt'}".replace("\n", "\\n"),
        f"# {'works' if case.working else 'way'} {case.slow} ms, bytes come by {case.cuts},"
        f" pause {case.pause} ms, mood {case.mood or 'none'}",
        "covers: section 1.3",
        "only: driver",
        "",
    ]
    head = len(shown)
    now = 0.0
    for at, sign, what in record.shell.log:
        if at > now:
            shown.append(f"~ {(at - now) / 1000:g}")
            now = at
        shown += _told(sign, what)
    if len(shown) > head + LONGEST:
        cut = f"# … {len(shown) - head - LONGEST} lines …"
        shown = [*shown[: head + LONGEST // 2], cut, *shown[-LONGEST // 2 :]]
    return "\n".join(shown) + "\n"


def _told(sign: str, what: Any) -> list[str]:
    if sign == ">":
        return [f"> {spelled(what)}"]
    if sign == "<":
        if not what.data:
            return ["# a piece was lost"] if what.kind != OWN else []
        said = [f"< {spelled(what.data)}"]
        return said if what.kind == OWN else ["# stray" if what.kind == STRAY else "# hurt", *said]
    if sign == "call":
        return [" ".join(["call", what.call, *map(repr, what.args)])]
    return _ended(what)


def _ended(held: Held) -> list[str]:
    wanted = held.expected
    note = [] if wanted in (None, held.ended) else [f"# the dialogue: {wanted}"]
    return [*note, f"= {outcome(held.call, held.ended)}"]
