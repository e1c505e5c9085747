# Copied from runtime/engine/row.py: edit that.
"""Bytes to values: rows, texts and events (manual 1.2). A board loads it when the first of them comes."""

# Events of link.py.
_ROW = 3
_TEXT = 5
_EVENT = 7


def value(link: object, event: int, words: bytes, into: object = None) -> object:
    """What an event of the link says: a row as list, a text line as str, raw bytes (or their number, where they
    were laid `into` a buffer), a URC as (name, list)."""
    if event == _TEXT:
        return text(link.buf[: link.end]).strip()
    if event != _ROW and event != _EVENT:
        return link.end if into else bytes(link.data)
    found = row(link.buf[link.start : link.end])
    if event == _ROW:
        return found
    name = words[link.topic : words.find(b",", link.topic)]
    return name.lstrip(b"4").decode(), found  # 4: the sign of a restart


def text(data: bytes | bytearray) -> str:
    """Bytes as text: UTF-8, or one character a byte where it is not."""
    try:
        return bytes(data).decode()
    except UnicodeError:
        return "".join(map(chr, data))


def integer(data: bytes) -> int | None:
    """The number that the bytes spell in decimal, or in hex after 0x; None if they spell none."""
    try:
        if data[:2] == b"0x" and b"_" not in data:
            return int(data[2:], 16)
        if data.lstrip(b"-").isdigit():
            return int(data)
    except ValueError:
        pass


def row(data: bytes | bytearray) -> list[str | int]:
    """The values of an information row behind its head.

    Quoted text and bare words become str, numbers int; parentheses around the row are dropped and a word before a
    quoted value (`ip:"1.2.3.4"`) is a value of its own. A quote ends a string only before a comma and a value, or at
    the row's end, so that names with quotes in them survive.
    """
    values = []
    data = bytes(data).strip()
    if data[:1] == b"(":
        data = data[1:-1]
    pieces = data.split(b",") if data else []
    while pieces:
        piece = pieces.pop(0).strip()
        k = piece.find(b':"')
        if piece[:1] == b'"':
            while pieces and not _closed(piece, pieces[0]):
                piece += b"," + pieces.pop(0)
            piece = piece.rstrip()
            piece = piece[1 : -1 if piece[1:].endswith(b'"') else None]
            for c in b'",\\':
                piece = piece.replace(bytes((92, c)), bytes((c,)))
            values.append(text(piece))
        elif k >= 0:
            values.append(text(piece[:k]))
            pieces.insert(0, piece[k + 1 :])
        else:
            value = integer(piece)
            values.append(text(piece) if value is None else value)
    return values


def _closed(piece: bytes, behind: bytes) -> bool:
    # Does a quote that is not escaped end the piece, and may what follows its comma be a value?
    piece = piece.rstrip()
    return (
        piece[1:].endswith(b'"')
        and (piece[-2] != 92 or piece[-3] == 92)
        and behind.strip()[:1] in b'"-0123456789'
    )
