"""Bytes to values: rows, texts and events (manual 1.2). A board loads it when the first of them comes."""

from .codec import field
from .dialect import TYPE_CHECKING, const
from .tables import WORDS

if TYPE_CHECKING:
    from typing import Any

    from .link import Link

# Events and debts of link.py.
_DATA = const(4)
_TEXT = const(5)
_EVENT = const(7)
_OWES_ROW = const(8)
_MAY_ROW = const(1024)
_NEVER = const(1 << 28)  # `search`: the line has no counted field

_SHAPE = const(6)  # the field of a form (codec.py) that tells what its row holds

_LF = const(10)
_COLON = const(58)

_FIELDS = const(20)  # told apart behind a name, and quotes tried: damage takes no memory
_PIECES = const(40)  # of a row without a name
_DIGITS = const(13)  # a number has fewer


def value(link: "Link", event: int, data: "bytearray | memoryview | None" = None) -> "Any":
    """What an event of the link says: a row as list, a text line as str, raw bytes (or their number, where they
    were laid into `data`), a URC as (name, list).

    None where there is nothing to tell: the module says that something is not there, or a row's end is still to come.
    """
    if event == _TEXT:  # beside a row that may be missing it says no more than that
        return None if link.owes & _MAY_ROW else text(link.buf[link.start : link.end]).strip()
    if event == _DATA:
        return link.end if data else bytes(link.data or b"")
    line = bytes(link.buf[link.start : link.end])
    if event == _EVENT:
        name = WORDS[link.topic : WORDS.find(b",", link.topic)]
        return name.lstrip(b"4").decode(), row(line)  # 4: the sign of a restart
    form = field(link.form, _SHAPE)
    if not form:
        if _LF in line:  # its CR was lost, and the next line is in it
            link.noise += 1
        number = integer(line)
        return row(line) if number is None else [number]
    if ":" not in form:  # a word for what was never set
        return None if line.strip() in (b"", form.encode()) else row(line)
    found = match(line, form.split(":"))
    if not found:
        if found is not None:  # a name may hold line ends: the link goes on with the row
            link.read = link.at
            link.at = link.head
            link.search = _NEVER
            link.owes |= link.owed & _OWES_ROW
            return None
        k = line.find(b"\r\n")
        if k >= 0:  # what it went on with were lines of their own
            link.at = link.read = link.search = link.start + k + 2
            line = line[:k]
        return row(line)
    return found


def match(data: bytes, form: list[str]) -> "list[str | bytes | int] | None":
    """The values of a row that holds a name, as str, or as bytes where it is no UTF-8.

    Names are printed raw, whatever is in them: the row is read from both ends. form: kinds of the fields before the
    name, its greatest length (which one without a line end may pass), kinds of those behind it; i is a number, s
    quoted text, x quoted hex digits and colons. None where they do not fit; empty where the end is still to come.
    """
    data = data.strip()
    whole = True
    if data[:1] == b"(":
        whole = data[-1:] == b")"
        data = data[1 : -1 if whole else None]
    pieces = data.split(b",", len(form[0]))
    data = pieces.pop().lstrip()
    before: "list[Any] | None" = values(pieces, form[0])
    if before is None or data[:1] != b'"':
        return None
    most = int(form[1])
    e = len(data) if whole else 0
    for _ in range(_FIELDS):
        e = data.rfind(b'"', 1, e)
        if e < 1:
            break
        name: "Any" = data[1:e]
        pieces = data[e + 1 :].split(b",", _FIELDS)
        behind = None if pieces.pop(0) else values(pieces, form[2])
        if behind is not None and (e - 1 <= most or b"\r\n" not in name):
            try:
                name = name.decode()
            except UnicodeError:
                pass
            return before + [name] + behind
    return [] if len(data) <= most else None


def values(data: list[bytes], form: str | None) -> list[str | int] | None:
    # The values of fields of these kinds, and of further ones; None where one does not fit. form: None for any.
    found = []
    for piece in data:
        piece = piece.strip()
        number = integer(piece)
        inside = piece.strip(b'"')
        if form is not None:
            kind = form[:1]
            form = form[1:]
            quotes = len(piece) - len(inside)
            if kind == "i":
                if number is None:
                    return None
            elif b'"' in inside or quotes != 2 and (kind or quotes):
                return None
            elif kind == "x" and inside.strip(b"0123456789abcdefABCDEF:"):
                return None
        found.append(text(inside) if number is None else number)
    return None if form else found


def text(data: bytes | bytearray) -> str:
    """Bytes as text: UTF-8, or one character a byte where it is not."""
    try:
        return bytes(data).decode()
    except UnicodeError:
        return "".join(map(chr, data))


def integer(data: bytes) -> int | None:
    """The number that the bytes spell in decimal, or in hex after 0x; None if they spell none."""
    try:
        if len(data) < _DIGITS:
            if data.lstrip(b"-").isdigit():
                return int(data)
            if data[:2] == b"0x" and b"_" not in data:
                return int(data[2:], 16)
    except ValueError:
        pass
    return None


def row(data: bytes | bytearray) -> list[str | int]:
    """The values of an information row behind its head, none of which is a name.

    Quoted text and bare words become str, numbers int; parentheses around the row are dropped and a word before a
    quoted value (`ip:"1.2.3.4"`) is a value of its own.
    """
    data = bytes(data).strip()
    if data[:1] == b"(":
        data = data[1 : -1 if data[-1:] == b")" else None]
    k = data.find(b'"')
    if k > 0 and data[k - 1] == _COLON and b"," not in data[:k]:
        data = data[: k - 1] + b"," + data[k:]
    pieces: list[bytes] = []
    for piece in data.split(b",", _PIECES) if data else ():
        if pieces and pieces[-1][:1] == b'"' and not pieces[-1][1:].endswith(b'"'):
            pieces[-1] += b"," + piece
        else:
            pieces.append(piece.strip())
    return values(pieces, None) or []
