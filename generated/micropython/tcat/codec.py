# Copied from runtime/shared/codec.py: edit that.
"""Values to bytes and bytes to values: command lines out, information rows in (manual 1.2, 1.3)."""

from .port import const
from .tables import FORMS

_LINE = const(254)  # bytes of a command line without its CR LF
_BASE64 = const(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")


def form(name):
    """The seven fields of a call's line in the table (call, head, args, debts, time-out, errors, section), or None."""
    i = FORMS.find(b"\n" + name.encode() + b" ")
    return FORMS[i + 1 : FORMS.find(b"\n", i + 1)].split(b" ") if i >= 0 else None


def test_form(command):
    """The same seven fields for the test form `=?` of a command such as "TCMQTTPUB", or None where it has none."""
    head = b"+" + command.upper().encode()
    i = -1
    while True:
        i = FORMS.find(head, i + 1)
        if i < 0:
            return None
        if FORMS[i + len(head)] in b"=? " and FORMS[FORMS.find(b"\n", i) - 1] == 63:
            return b"test", head + b"=?", b"", b"tk", b"5000", b"c", b"1.2"


def text(raw):
    """Bytes as text: UTF-8, or one character a byte where it is not."""
    raw = bytes(raw)
    try:
        return str(raw, "utf-8")
    except UnicodeError:
        return "".join([chr(c) for c in raw])


def integer(raw):
    """The number that the bytes spell in decimal, or in hex after 0x; None if they spell none."""
    digits = raw[1:] if raw[:1] == b"-" else raw
    if digits.isdigit() and len(digits) < 16:
        return int(raw)
    if raw[:2] == b"0x":
        try:
            return int(raw[2:], 16)
        except ValueError:
            pass
    return None


def escape(raw):
    """A string's bytes between its quotes: a backslash before each backslash, quote and comma."""
    return raw.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b",", b"\\,")


def encode(fields, args, kw, mask=False):
    """The command line without CR LF, the raw payload that follows the prompt (or None), and the milliseconds
    that an argument adds to the time-out.

    With `mask`, secrets are written as ***. Raises ValueError or TypeError, naming argument, value, limit and section.
    """
    line = b"AT" + fields[1].split(b",")[0]
    names = []
    payload = None
    wait = 0
    between = b""
    for spec in fields[2].split(b",") if fields[2] else ():
        if spec[0] == 61:  # a constant: =1
            line += between + spec[1:]
        else:
            spec = spec.split(b":")
            name = text(spec[0])
            if len(names) < len(args):
                value = args[len(names)]
            elif name in kw:
                value = kw[name]
            elif len(spec) > 5:
                value = int(spec[5]) if spec[5] else None
            else:
                raise TypeError("%s: no %s (manual %s)" % (text(fields[0]), name, text(fields[6])))
            names.append(name)
            if value is None and spec[5:] == [b""]:  # optional: the line ends here
                break
            if spec[1][0] == 33 and mask:
                value = b"***"
            else:
                value = _argument(spec, value, fields)
            if spec[1] == b"r":
                payload = value
                value = b"%d" % len(value)
            elif spec[1] == b"t":
                wait = int(value)
            line += between + value
        between = b","
    if len(args) > len(names) or [k for k in kw if k not in names[len(args) :]]:
        raise TypeError("%s: takes (%s), once each (manual %s)" % (text(fields[0]), ", ".join(names), text(fields[6])))
    if len(line) > _LINE:
        raise ValueError("%s: a line of %d bytes, limit %d (manual 1.3)" % (text(fields[0]), len(line), _LINE))
    return line, payload, wait


def _argument(spec, value, fields):
    # One argument's bytes on the line (a raw one's bytes behind the prompt), checked against its spec.
    kind = spec[1][-1]
    low, high, step = spec[2], int(spec[3]), spec[4:5]
    if kind in b"it":  # an integer; t: milliseconds that the command may take
        if isinstance(value, (str, bytes, float)) or int(value) != value:
            raise TypeError(_refusal(spec, fields, "an integer", value))
        value = int(value)
        low = int(low)
        if not low <= value <= high:
            raise ValueError(_refusal(spec, fields, "%d to %d" % (low, high), value))
        if step and step[0] and (value - low) % int(step[0]):
            raise ValueError(_refusal(spec, fields, "%d to %d in steps of %s" % (low, high, text(step[0])), value))
        return b"%d" % value
    if isinstance(value, str):
        value = value.encode()
    elif not isinstance(value, (bytes, bytearray, memoryview)):
        raise TypeError(_refusal(spec, fields, "text or bytes", value))
    value = bytes(value)
    if not int(low) <= len(value) <= high:
        raise ValueError(_refusal(spec, fields, "%s to %d bytes" % (text(low), high), value))
    for bad in (b"\0", b"\r\n", b'\\"', b"\\,")[: 4 if kind == 114 else 2]:
        i = value.find(bad)
        if i >= 0:
            raise ValueError(_refusal(spec, fields, "without %r (byte %d), which cannot travel" % (bad, i), value))
    if kind == 114:  # r: raw, behind the prompt
        return value
    if kind == 98:  # b: base64
        for c in value:
            if c not in _BASE64:
                raise ValueError(_refusal(spec, fields, "base64 characters only", value))
    return b'"' + escape(value) + b'"'


def _refusal(spec, fields, right, value):
    if spec[1][0] == 33:
        value = "***"
    elif isinstance(value, bytes):
        n = len(value)
        value = "%r%s of %d bytes" % (text(value[:40]), "…" if n > 40 else "", n)
    return "%s: %s must be %s, not %s (manual %s)" % (text(fields[0]), text(spec[0]), right, value, text(fields[6]))


def row(buf, i, end):
    """The values in buf[i:end], an information row behind its head.

    Quoted text and bare words become str, decimal numbers int; parentheses around the row are dropped and a
    word before a quoted value (`ip:"1.2.3.4"`) is a value of its own. A quote ends a string only before a comma
    or the row's end, so that names with quotes in them survive.
    """
    values = []
    if end > i and buf[i] == 40 and buf[end - 1] == 41:
        i += 1
        end -= 1
    while i < end:
        if buf[i] == 32:
            i += 1
        elif buf[i] == 34:
            j = buf.find(b'"', i + 1, end)
            while 0 <= j < end - 1 and buf[j + 1] != 44:
                j = buf.find(b'"', j + 1, end)
            if j < 0:
                j = end
            values.append(text(buf[i + 1 : j]))
            i = j + 2
        else:
            j = buf.find(b",", i, end)
            if j < 0:
                j = end
            k = buf.find(b':"', i, j)
            if k >= 0:
                values.append(text(buf[i:k]))
                i = k + 1
            else:
                word = bytes(buf[i:j]).strip()
                value = integer(word)
                values.append(text(word) if value is None else value)
                i = j + 1
    return values
