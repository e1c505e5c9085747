# Copied from runtime/engine/codec.py: edit that.
"""Values to bytes: command lines (manual 1.2, 3.3, 3.4). row.py goes the other way."""

from .dialect import TYPE_CHECKING, const
from .tables import BARE as _BARE
from .tables import CLEANED as _CLEANED
from .tables import ESCAPES as _ESCAPES
from .tables import FORMS
from .tables import LINE as _LINE
from .tables import LONGEST as _LONGEST
from .tables import VERBATIM as _VERBATIM
from .tables import WHEN as _WHEN

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    Named = Mapping[str, Any] | tuple[()]
    Encoded = tuple[str, bytearray, bytes | None, int]  # what encode() returns

_CHUNK = const(60)  # bytes that the module takes at a time
_USUAL = const(50)  # tenths of a second: a time-out that the table does not tell

# Fields of a form, in their order (codegen/tables.py says what they hold); 0 is the call.
_HEADS = const(1)
_ARGS = const(2)
_TENTHS = const(4)

# Kinds of an argument.
_CONST = const(0)
_NUMBER = const(105)
_NAME = const(110)  # of a command, and what follows it
_SURE = const(112)  # the same as the next, where no CR LF may end it early
_AS_IS = const(113)  # a payload of which the module changes no byte
_PAYLOAD = const(114)

_LETTER = const(65)  # a command's name has letters and _
_QUOTE = const(34)
_COMMA = const(44)
_BACKSLASH = const(92)


read: str = (
    ""  # the form that was read last: most are wanted again (a name that every firmware has)
)


def form(call: str) -> str:
    """The line of a call in the table, or AttributeError."""
    global read
    found = read
    if not found.startswith(call + " "):
        i = FORMS.find("\n%s " % call) + 1
        if not i:
            raise AttributeError(call)
        read = found = FORMS[i : FORMS.find("\n", i)]
    return found


def field(form: str, n: int) -> str:
    """Field `n` of a form; empty where the form ends before it."""
    i = 0
    while n:
        n -= 1
        i = form.find(" ", i) + 1
        if not i:
            return ""
    n = form.find(" ", i)
    return form[i:] if n < 0 else form[i:n]


def encode(form: str, args: "Sequence[Any]", kw: "Named") -> "Encoded":
    """(form, line, payload, ms): the form, which has learnt its head where that is an argument, the command line with
    its CR LF, the raw payload that follows the prompt (or None), and the time-out.

    What would break the wire raises ValueError or TypeError without a word: refusal.py has them.
    """
    value: "Any" = field(form, _HEADS)
    i = value.find(",")
    if i > 0:
        value = value[:i]
    line = bytearray(("AT" + value).encode())
    payload: bytes | None = None
    ms = int(field(form, _TENTHS) or _USUAL) * 100
    names = field(form, _ARGS)
    i = taken = named = 0
    if _WHEN:
        numbers: list[object] = []  # the arguments so far, numbers as text
    while i < len(names):
        e = names.find(",", i)
        if e < 0:
            e = len(names)
        k = names.find(":", i, e)
        kind = _CONST
        if k < 0:
            value = names[i + 1 : e]  # =1 is always 1
        else:
            kind = ord(names[k + 1])
            if _WHEN and names.find("@", k, e) > 0:
                value = names[k + 3 : e].rstrip("!").split("@")
                given = taken < len(args) or names[i:k] in kw
                if given != (numbers[int(value[0])] == value[1]) and (given or names[e - 1] == "!"):
                    raise ValueError
                if not given:
                    break
            if taken < len(args):
                value = args[taken]
                taken += 1
            else:
                value = names[i:k]
                if value in kw:
                    value = kw[value]
                    named += 1
                elif e - k == 3:  # optional: the line ends here
                    break
                else:
                    value = int(names[k + 3 : e])
            if kind < _NAME:
                if abs(value) >> 32:  # TypeError for what is no whole number
                    raise ValueError
                if kind > _NUMBER:
                    ms += value
                value = str(value + 0)  # True is 1
        if _WHEN:
            numbers.append(value)
        if i:
            line.append(_COMMA)
        i = e + 1
        if isinstance(value, str):
            value = value.encode()
        elif type(value) is not bytes:  # what is like it has ideas of its own
            value = bytes(memoryview(value))
        if kind >= _NAME:
            size = len(value)
            if not 0 < size <= _LONGEST:
                raise ValueError
            if _VERBATIM and _NAME < kind < _PAYLOAD:
                if value.split(b"\0", 1)[0].find(b"+++\r\n") >= 0:
                    raise ValueError
                if kind == _SURE:
                    for k in range(_CHUNK, size, _CHUNK):
                        if value[k - 2 : k] == b"\r\n":
                            raise ValueError
            elif 0 in value or value.find(b"\r\n") >= 0 or kind == _NAME and min(value) < _LETTER:
                raise ValueError
            if kind == _NAME:  # the head of the answer
                value += names[k + 3 :].encode()
                form = form.replace("+ ", "+" + value.decode() + " ")
            elif kind <= _PAYLOAD:
                # With its CR LF a chunk of its own, which is the way out of the payload.
                if size % _CHUNK == 3 and value[-3:] + b"\r\n" == b"+++\r\n":
                    raise ValueError
                if not _VERBATIM or kind == _PAYLOAD:
                    for c in _CLEANED:
                        if value.find(bytes((_BACKSLASH, c))) >= 0:
                            raise ValueError
                payload = value
                value = str(size).encode()
            else:
                line.append(_QUOTE)
                if _BACKSLASH in value or _QUOTE in value or _COMMA in value:
                    if _BARE and (value + b'"').find(b'\\"') >= 0:
                        raise ValueError
                    for c in _ESCAPES:
                        value = value.replace(bytes((c,)), bytes((_BACKSLASH, c)))
        line += value
        if kind > _PAYLOAD:
            line.append(_QUOTE)
    if taken < len(args) or named < len(kw) or len(line) > _LINE:
        raise ValueError
    line += b"\r\n"
    return form, line, payload, ms
