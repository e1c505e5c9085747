"""Values to bytes and bytes to values: command lines out, information rows in (manual 1.2, 1.3)."""

from .port import const
from .tables import FORMS

_LINE = const(254)  # bytes of a command line without its CR LF


def form(call):
    """The seven fields of a call's line in the table (call, head, args, debts, time-out, errors, section), or None."""
    i = FORMS.find(b"\n%s " % call.encode())
    if i >= 0:
        return FORMS[i + 1 : FORMS.find(b"\n", i + 1)].split(b" ")


def test_form(command):
    """The same seven fields for the test form `=?` of a command such as "TCMQTTPUB"; ValueError where it has none."""
    head = b" +" + command.upper().encode()
    i = FORMS.find(head)
    while i >= 0:
        if FORMS[i + len(head)] in b"=? " and FORMS[FORMS.find(b"\n", i) - 1] == 63:
            return (b"test%s=?  tk  c 1.2" % head).split(b" ")
        i = FORMS.find(head, i + 1)


def text(raw):
    """Bytes as text: UTF-8, or one character a byte where it is not."""
    raw = bytes(raw)
    try:
        return raw.decode()
    except UnicodeError:
        return "".join([chr(c) for c in raw])


def integer(raw):
    """The number that the bytes spell in decimal, or in hex after 0x; None if they spell none."""
    try:
        if raw[:2] == b"0x":
            return int(raw[2:], 16)
        if raw.lstrip(b"-").isdigit():
            return int(raw)
    except ValueError:
        pass


def encode(fields, args, kw, mask=False):
    """The command line without CR LF, the raw payload that follows the prompt (or None), and the milliseconds
    that an argument adds to the time-out.

    With `mask`, secrets are written as ***. What would break the wire raises ValueError, naming argument, limit and
    section.
    """
    kw = dict(kw)
    parts = []
    payload = wrong = None
    error = TypeError
    n = wait = 0
    for spec in fields[2].split(b","):
        if not spec:
            break
        value = spec[1:]
        if spec[0] != 61:  # but =1 is always 1
            spec = text(spec).split(":")
            name, kind, low, high = spec[:4]
            if n < len(args):
                value = args[n]
            elif name in kw:
                value = kw.pop(name)
            else:
                value = int(spec[5]) if spec[5:] > [""] else None
            n += 1
            if value is None and spec[5:] == [""]:  # optional: the line ends here
                break
            unit = but = ""
            try:
                if kind in "it":  # t: milliseconds that the command may take
                    size = int(value)
                    if size != value:
                        raise TypeError
                    value = b"%d" % size
                    if kind == "t":
                        wait = size
                    if spec[4:5] > [""] and (size - int(low)) % int(spec[4]):
                        but = " in steps of " + spec[4]
                else:
                    if isinstance(value, str):
                        value = value.encode()
                    size = len(value)
                    value = bytes(value)
                    unit = " bytes"
                    for bad in b'\0 \r\n \\" \\,'.split(b" ")[: 4 if kind == "r" else 2]:
                        if bad in value:
                            but = " without %r (byte %d)" % (bad, value.find(bad))
                    if kind[-1] == "b":
                        for c in value:
                            if not chr(c).isalpha() and c not in b"0123456789+/=":
                                but = " of base64"
                    if kind == "r":
                        payload = value
                        value = b"%d" % size
                    elif mask and kind[0] == "!":
                        value = b'"***"'
                    else:
                        for c in b'\\",':
                            value = value.replace(bytes((c,)), bytes((92, c)))
                        value = b'"%s"' % value
                if but or not int(low) <= size <= int(high):
                    error = ValueError
                    wrong = "%s must be %s to %s%s%s, not %d%s" % (name, low, high, unit, but, size, unit)
            except (TypeError, ValueError):
                wrong = name + (" must be text or bytes" if kind in "sbr" else " must be a number")
            if wrong:
                break
        parts.append(value)
    line = b"AT" + fields[1].split(b",")[0] + b",".join(parts)
    if not wrong:
        if kw or n < len(args):
            wrong = "too many arguments"
        elif len(line) > _LINE:
            error = ValueError
            wrong = "a line of %d bytes, limit %d" % (len(line), _LINE)
    if wrong:
        raise error("%s: %s (manual %s)" % (text(fields[0]), wrong, text(fields[6].rstrip(b"?"))))
    return line, payload, wait


def row(buf, i, end):
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
            while True:  # its end: a quote that is not escaped, before a comma and a value, or at the end
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
