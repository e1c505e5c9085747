# Copied from runtime/engine/refusal.py: edit that.
"""What is wrong with arguments that cannot travel, in words. A board loads it when the first are refused."""

from .codec import field
from .dialect import TYPE_CHECKING, const
from .tables import BARE as _BARE
from .tables import CLEANED as _CLEANED
from .tables import LINE as _LINE
from .tables import LONGEST as _LONGEST
from .tables import VERBATIM as _VERBATIM
from .tables import WHEN as _WHEN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from .codec import Named

# Fields of a form (codec.py).
_CALL = const(0)
_ARGS = const(2)

_CHUNK = const(60)  # bytes that the module takes at a time
_LETTER = const(65)  # a command's name has letters and _


def refusal(form: str, args: "Sequence[Any]", kw: "Named") -> str:
    """Names the call, the first wrong argument, and what would be right; it shows no value."""
    call = field(form, _CALL)
    rest = list(args)
    named = dict(kw)
    out = longest = ""  # what was left out, and what takes the most room
    most = 0
    if _WHEN:
        numbers: "list[Any]" = []  # the arguments so far
    for spec in field(form, _ARGS).split(","):
        name, _, kind = spec.partition(":")
        depends = ""
        if _WHEN:
            given = rest[0] if rest else named.get(name)
            depends = _depends(form, kind, numbers, rest or name in named)
            numbers.append(given)
            if "@" in kind:
                kind = kind[:2]
        if not kind:
            continue
        if rest or name in named:
            wrong = "is given twice" if rest and name in named else ""
            value = rest.pop(0) if rest else named.pop(name)
            if out:
                name = out
                wrong = "is missing"
            wrong = wrong or depends or _wrong(kind, value)
        elif kind[1:2] == ":":
            wrong = depends
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


def _depends(form: str, kind: str, numbers: "list[Any]", given: "Any") -> str:
    # What is wrong with an argument that goes with a number before it, or "".
    if "@" not in kind:
        return ""
    i, _, number = kind[2:].rstrip("!").partition("@")
    name = field(form, _ARGS).split(",")[int(i)].partition(":")[0]
    if numbers[int(i)] == int(number):
        return "" if given or kind[-1] != "!" else "must be given with %s %s" % (name, number)
    return "goes with %s %s alone" % (name, number) if given else ""


def _wrong(kind: str, value: "Any") -> str:
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
    most = _LONGEST if kind[0] in "pqr" else _LINE
    if not 0 < size <= most:
        why = "" if size else ", which may crash the module"
        return "must be 1 to %d bytes, not %d%s" % (most, size, why)
    sized = value
    all = [b"\0", b"\r\n"]
    if kind == "r":
        all += [bytes((92, c)) for c in _CLEANED]
    if _VERBATIM:
        if kind[0] in "pq":
            for i in range(_CHUNK, size if kind == "p" else 0, _CHUNK):
                if value[i - 2 : i] == b"\r\n":
                    return (
                        "cannot carry %r (byte %d) where the module has read 60 bytes: it may take it for"
                        " the end; publish_raw sends it all the same" % (b"\r\n", i - 2)
                    )
            all = [b"+++\r\n"]
            value = value.split(b"\0", 1)[0]
    if _BARE:
        if kind[0] == "s" and b'\\"' in value + b'"':
            return "cannot carry a backslash before a quote, or at its end"
    for bad in all:
        if bad in value:
            return "cannot carry %r (byte %d)" % (bad, value.find(bad))
    value = sized
    if kind[0] == "n" and min(value) < _LETTER:
        return "must be a command's name, like TCMQTTPUB: letters and _"
    if kind[0] in "pqr" and value[-3:] == b"+++" and size % _CHUNK == 3:
        return "cannot end in +++ at a length of %d bytes (manual 3.4)" % size
    return ""
