# Copied from runtime/engine/refusal.py: edit that.
"""What is wrong with arguments that cannot travel, in words. A board loads it when the first are refused."""

from . import field

_LONGEST = 2048  # bytes of a payload behind a prompt
_LINE = 254  # bytes of a command line without its CR LF


def refusal(form: str, args: object, kw: object) -> str:
    """Names the call, the first wrong argument, and what would be right; it shows no value."""
    call = field(form, 0)
    rest = list(args)
    named = dict(kw)
    out = longest = ""  # what was left out, and what takes the most room
    most = 0
    for spec in field(form, 2).split(","):
        name, _, kind = spec.partition(":")
        if not kind:
            continue
        if rest or name in named:
            wrong = "is given twice" if rest and name in named else ""
            value = rest.pop(0) if rest else named.pop(name)
            if out:
                name = out
                wrong = "is missing"
            wrong = wrong or _wrong(kind, value)
        elif kind[1:2] == ":":
            wrong = ""
            if not kind[2:]:
                out = name
        else:
            wrong = "is missing"
        if wrong:
            return "%s: %s %s" % (call, name, wrong)
        if kind[0] in "ns" and name != out and len(value) > most:
            most = len(value)
            longest = name
    if rest:
        return "%s: %d arguments too many" % (call, len(rest))
    if named:
        return "%s: there is no argument %s" % (call, ", ".join(sorted(named)))
    return (
        "%s: %s is too long: the line would be longer than the %d bytes that the module takes"
        " (manual 1.2)" % (call, longest, _LINE)
    )


def _wrong(kind: str, value: object) -> str:
    # What is wrong with one value, or "".
    if kind[0] in "im":
        if not isinstance(value, int):
            return "must be a number, and a whole one"
        return "must be a number of 32 bits" if abs(value) >> 32 else ""
    try:
        value = value.encode() if isinstance(value, str) else bytes(memoryview(value))
    except UnicodeError:
        return "must be text that UTF-8 can spell"
    except TypeError:
        return "must be text or bytes"
    size = len(value)
    most = _LONGEST if kind == "r" else _LINE
    if not 0 < size <= most:
        why = "" if size else ", which may crash the module"
        return "must be 1 to %d bytes, not %d%s" % (most, size, why)
    for bad in b'\0 \r\n \\" \\,'.split(b" ")[: 4 if kind == "r" else 2]:
        if bad in value:
            return "cannot carry %r (byte %d)" % (bad, value.find(bad))
    if kind[0] == "n" and min(value) < 65:
        return "must be a command's name, like TCMQTTPUB: letters and _"
    if kind == "r" and value[-3:] == b"+++" and size % 60 == 3:
        return "cannot end in +++ at a length of %d bytes (manual 3.4)" % size
    return ""
