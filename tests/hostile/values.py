"""What a driver may be handed by whoever means harm, or knows no better: every string argument gets all of it."""

from __future__ import annotations

AT = "AT+TCRESTORE"
ENDS = ("\r\n", "\r", "\n", "\n\r", "\0")
VALUES: tuple[str | bytes, ...] = (
    # a second command behind an end of a line, or of a string
    *(f"a{end}{AT}\r\n" for end in ENDS),
    *(f'a"{end}{AT}{end}' for end in ENDS),
    f"{AT}\r\n",
    AT,
    f"\r\n{AT}",
    f"\x1a{AT}\r\n",
    f'"{AT}"',
    f'a",1,"b"\r\n{AT}',
    "\r\n",
    "\n",
    "\0",
    "a\0",
    # quotes, commas and backslashes, which the line itself is made of
    '"',
    '""',
    '",1,"',
    '\\"',
    "\\",
    "\\\\",
    'a\\\\"',
    "\\,",
    ",",
    ",,,",
    'a","b',
    "a\\",
    "a\\r\\nAT",
    "'",
    # the way out of a payload, the sign of a prompt, answers
    "+++",
    "+++\r\n",
    "x" * 60 + "+++",
    ">",
    "\r\n>",
    "OK",
    "\r\nOK\r\n",
    '+TCMQTTRCVPUB:"t",1,"x"',
    # other ends of a line, signs that turn or hide text, what a terminal obeys
    "a\x85b",
    "a\u2028b\u2029c",
    "a\x0bb\x0cc\x1cd\x1ee",
    "\u202eabc\u202c",
    "\u2066abc\u2069\u200f",
    "\u200b\ufeff",
    "\x1b[2J\x1b]0;owned\x07",
    "\x9b2J",
    "\x7f\x08\x08",
    "\x01\x02\x03",
    # lengths, just below and above what travels
    "x" * 128,
    "x" * 129,
    "x" * 255,
    '"' * 128,
    "\U0001f600" * 33,
    b"x" * 2048,
    b"x" * 2049,
    # bytes that are no text
    b"\xff\xfe\r\nAT",
    b"\xff\xfe",
    b"\x8d\x8a",  # CR and LF with the eighth bit set
    b"\xc0\x8d\xc0\x8a",  # CR and LF spelt too long
    b"\xe5\xad",  # a character that was cut
    bytes(range(1, 10)) + bytes(range(14, 127)).replace(b'"', b"").replace(b"\\", b""),
)


class Liar(str):
    """Text that says another thing each time it is asked."""

    asked = 0

    def encode(self, *args: object, **kw: object) -> bytes:
        self.asked += 1
        return b"a" if self.asked % 2 else b'a"\r\nAT+TCRESTORE\r\n'

    def __len__(self) -> int:
        return 1


class Short(bytes):
    """Bytes that tell less than they are."""

    def __len__(self) -> int:
        return 1

    def find(self, *args: object) -> int:
        return -1

    def __contains__(self, *args: object) -> bool:
        return False

    def __bytes__(self) -> bytes:
        return b"a"


# What only a desktop can make.
ODD: tuple[object, ...] = (
    "\ud800",
    "a\udc0d\udc0aAT",
    Liar("a"),
    Short(b"a\r\nAT+TCRESTORE\r\n"),
    bytearray(b"a\r\nAT"),
    memoryview(b"a\r\nAT"),
    memoryview(b"a\rAbT"),
    memoryview(b"a\0\rb\n\0")[::2],
)
