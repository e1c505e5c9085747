# Copied from runtime/engine/codec.py: edit that.
"""Values to bytes: command lines (manual 1.2, 3.3, 3.4). row.py goes the other way."""

from .port import const
from .tables import FORMS

_LINE = const(254)  # bytes of a command line without its CR LF
_LONGEST = const(2048)  # bytes of a payload behind a prompt
_CHUNK = const(60)  # bytes that the module takes at a time


def form(call: str) -> list[str]:
    """The six fields of a call's line in the table (call, heads, args, debts, time-out, errors); or AttributeError."""
    i = FORMS.find("\n" + call + " ")
    if i < 0:
        raise AttributeError(call)
    return FORMS[i + 1 : FORMS.find("\n", i + 1)].split(" ")


def encode(form: list[str], args: object, kw: object) -> tuple[bytes, bytes | None, int]:
    """The command line without CR LF, the raw payload that follows the prompt (or None), and the milliseconds
    that an argument adds to the time-out.

    form: used once, for it may learn its head here. args: a sequence. kw: a dict, or ().
    What would break the wire raises ValueError or TypeError without a word: refusal.py has them.
    """
    line = ("AT" + form[1].split(",")[0]).encode()
    payload = None
    wait = 0
    between = b""
    rest = list(args)
    named = dict(kw)
    for name in form[2].split(","):
        name, _, kind = name.partition(":")
        value = name[1:]  # =1 is always 1
        if kind:
            if rest:
                value = rest.pop(0)
            elif name in named:
                value = named.pop(name)
            elif kind[1:] == ":":  # optional: the line ends here
                break
            else:
                value = int(kind[2:])
            if kind < "n":  # a number; m: milliseconds that the command may take
                if abs(value) >> 32:  # TypeError for what is no whole number
                    raise ValueError
                if kind >= "m":
                    wait = value
                value = "%d" % value
        value = value.encode() if isinstance(value, str) else bytes(memoryview(value))
        size = len(value)
        for bad in b'\0 \r\n \\" \\,'.split(b" ")[: 4 if kind == "r" else 2]:
            if bad in value:
                raise ValueError
        if kind >= "n":
            if not 0 < size <= (_LONGEST if kind == "r" else _LINE):
                raise ValueError
            if kind < "r":  # the name of a command, and what follows it: the head of the answer
                value += kind[1:].encode()
                form[1] += value.decode()
            elif kind == "r":
                # With its CR LF a chunk of its own, which is the way out of the payload.
                if size % _CHUNK == 3 and value[-3:] == b"+++":
                    raise ValueError
                payload = value
                value = str(size).encode()
            else:
                for c in b'\\",':
                    value = value.replace(bytes((c,)), bytes((92, c)))
                value = b'"' + value + b'"'
        line += between + value
        between = b","
    if rest or named or len(line) > _LINE:
        raise ValueError
    return line, payload, wait
