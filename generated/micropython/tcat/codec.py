# Copied from runtime/shared/codec.py: edit that.
"""Values to bytes and bytes to values: command lines out, information rows in (manual 1.2, 1.3)."""

from .port import const
from .tables import FORMS

_LINE = const(254)  # bytes of a command line without its CR LF
_CHUNK = const(60)  # bytes that the module takes at a time


def form(call: str) -> list[bytes] | None:
    """The seven fields of a call's line in the table (call, head, args, debts, time-out, errors, section), or None."""
    i = FORMS.find(b"\n%s " % call.encode())
    if i >= 0:
        return FORMS[i + 1 : FORMS.find(b"\n", i + 1)].split(b" ")


def test_form(command: str) -> list[bytes] | None:
    """The same seven fields for the test form `=?` of a command such as "TCMQTTPUB", or None."""
    head = b" +" + command.upper().encode()
    if not command.replace("_", "a").isalpha():
        return None
    i = FORMS.find(head)
    while i >= 0:
        if FORMS[i + len(head)] in b"=? " and FORMS[FORMS.find(b"\n", i) - 1] == 63:
            return (b"test%s=?  tk  c 1.2" % head).split(b" ")
        i = FORMS.find(head, i + 1)


def text(raw: bytes | bytearray) -> str:
    """Bytes as text: UTF-8, or one character a byte where it is not."""
    raw = bytes(raw)
    try:
        return raw.decode()
    except UnicodeError:
        return "".join([chr(c) for c in raw])


def integer(raw: bytes) -> int | None:
    """The number that the bytes spell in decimal, or in hex after 0x; None if they spell none."""
    try:
        if raw[:2] == b"0x" and b"_" not in raw:
            return int(raw[2:], 16)
        if raw.lstrip(b"-").isdigit():
            return int(raw)
    except ValueError:
        pass


def encode(
    fields: list[bytes], args: tuple[object, ...], kw: dict[str, object]
) -> tuple[bytes, bytes | None, int]:
    """The command line without CR LF, the raw payload that follows the prompt (or None), and the milliseconds
    that an argument adds to the time-out.

    What would break the wire raises ValueError, naming argument, limit and section.
    """
    kw = dict(kw)
    line = b"AT" + fields[1].split(b",")[0]
    payload = name = wrong = None
    n = wait = 0
    between = b""
    try:
        for spec in fields[2].split(b","):
            value = spec[1:]
            if spec[:1] != b"=":  # but =1 is always 1
                spec += b":" * (4 - spec.count(b":"))
                name, kind, low, high, step, *default = text(spec).split(":")
                if not name:
                    break
                if n < len(args):
                    value = args[n]
                elif name in kw:
                    value = kw.pop(name)
                else:
                    value = int(default[0]) if default > [""] else None
                n += 1
                if value is None and default == [""]:  # optional: the line ends here
                    break
                value = _argument(kind[-1], int(low), int(high), int(step or 1), value)
                if kind == "r":
                    payload = value
                    value = b"%d" % len(value)
                elif kind == "t":
                    wait = int(value)
            line += between + value
            between = b","
        name = "line"
        if kw or n < len(args):
            raise TypeError("takes no further arguments")
        if len(line) > _LINE:
            raise ValueError("must be at most %d bytes, not %d" % (_LINE, len(line)))
    except (TypeError, ValueError, OverflowError) as error:
        wrong = error
    if wrong:
        kind = ValueError if isinstance(wrong, ValueError) else TypeError
        section = text(fields[6].rstrip(b"?"))
        raise kind("%s: %s %s (manual %s)" % (text(fields[0]), name, wrong, section))
    return line, payload, wait


def _argument(kind: str, low: int, high: int, step: int, value: object) -> bytes:
    # One argument's bytes on the line (a raw one's bytes behind the prompt), once they have proved fit to travel.
    unit = ""
    if kind in "it":  # t: milliseconds that the command may take
        size = int(value)
        if size != value:
            raise TypeError("must be a number")
    else:
        unit = " bytes"
        if isinstance(value, str):
            value = value.encode()
        if not isinstance(value, (bytes, bytearray, memoryview)):
            raise TypeError("must be text or bytes")
        value = bytes(value)
        size = len(value)
    if not low <= size <= high or (size - low) % step:
        if step > 1:
            unit += " in steps of %d" % step
        raise ValueError("must be %d to %d%s, not %d%s" % (low, high, unit, size, unit))
    if kind in "it":
        return b"%d" % size
    for bad in b'\0 \r\n \\" \\,'.split(b" ")[: 4 if kind == "r" else 2]:
        if bad in value:
            raise ValueError("cannot carry %r (byte %d)" % (bad, value.find(bad)))
    if kind == "r":
        # With its CR LF a chunk of its own, which is the way out of the payload.
        if size % _CHUNK == 3 and value[-3:] == b"+++":
            raise ValueError("cannot end in +++ at a length of %d bytes" % size)
        return value
    if kind == "b":
        for c in value:
            if c > 122 or not chr(c).isalpha() and c not in b"0123456789+/=":
                raise ValueError("must be base64")
    for c in b'\\",':
        value = value.replace(bytes((c,)), bytes((92, c)))
    return b'"%s"' % value


def row(buf: bytes | bytearray, i: int, end: int) -> list[str | int]:
    """The values in buf[i:end], an information row behind its head.

    Quoted text and bare words become str, numbers int; parentheses around the row are dropped and a word before a
    quoted value (`ip:"1.2.3.4"`) is a value of its own. A quote ends a string only before a comma or the row's end,
    so that names with quotes in them survive.
    """
    values = []
    rest = bytes(buf[i:end])
    if rest[:1] == b"(":
        rest = rest[1:-1]
    while True:
        rest = rest.strip()
        if not rest:
            return values
        i = rest.find(b",")
        k = rest.find(b':"')
        if rest[0] == 34:
            i = 0
            # Its end: a quote that is not escaped, before a comma and a value, or at the row's end.
            while True:
                i = rest.find(b'"', i + 1)
                behind = rest[i + 1 :].lstrip()
                if i < 0 or not behind:
                    break
                if (rest[i - 1] != 92 or rest[i - 2] == 92) and behind[0] == 44:
                    if behind[1:].lstrip()[:1] in b'"-0123456789':
                        break
            value = rest[1:i] if i > 0 else rest[1:]
            for c in b'",\\':
                value = value.replace(bytes((92, c)), bytes((c,)))
            value = text(value)
            i = rest.find(b",", i) if i > 0 else -1
        elif k >= 0 and (k < i or i < 0):
            value = text(rest[:k])
            i = k
        else:
            word = rest[:i].strip() if i >= 0 else rest
            value = integer(word)
            if value is None:
                value = text(word)
        values.append(value)
        rest = rest[i + 1 :] if i >= 0 else b""
