# Copied from runtime/cpython/wire/notation.py: edit that.
"""Bytes as text without loss, in the notation of spec/dialogues: ⏎ is 0D 0A, \\xNN a byte, \\\\ a backslash."""

from __future__ import annotations

import re

__all__ = ["STEERS", "harmless", "read", "spell"]

_CR_LF = "⏎"
_ESCAPE = re.compile(rb"\\(x[0-9a-fA-F]{2}|\\)|" + _CR_LF.encode())


def spell(data: bytes, readable: bool = False) -> str:
    """The bytes as one line of text: UTF-8 where it is and can be printed, else \\xNN.

    readable: backslashes stay single, for people; `read` does not understand that.
    """
    out = []
    for piece in re.split(rb"(\r\n)", data):
        if piece == b"\r\n":
            out.append(_CR_LF)
            continue
        for char in piece.decode("utf-8", "surrogateescape"):
            code = ord(char)
            if char == "\\":
                out.append(char if readable else char * 2)
            elif 0xDC80 <= code <= 0xDCFF:
                out.append(f"\\x{code - 0xDC00:02x}")
            elif char == _CR_LF or not char.isprintable():
                out.extend(f"\\x{byte:02x}" for byte in char.encode())
            else:
                out.append(char)
    return "".join(out)


def read(text: str) -> bytes:
    """The bytes that `spell` spelt."""

    def byte(found: re.Match[bytes]) -> bytes:
        word = found[1]
        if word is None:
            return b"\r\n"
        return b"\\" if word == b"\\" else bytes([int(word[1:], 16)])

    return _ESCAPE.sub(byte, text.encode())


_STEERING = (
    "\x7f-\x9f\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f"
)
# Signs that steer a terminal, with and without the ends of lines.
STEERS = re.compile(f"[\\x00-\\x08\\x0b-\\x1f{_STEERING}]")
_STEERS_OR_BREAKS = re.compile(f"[\\x00-\\x1f{_STEERING}]")


def harmless(text: str, lines: bool = True) -> str:
    r"""Text for a terminal, whoever wrote it: what would steer it, or turn the order of letters, as \xNN or \uNNNN.

    That is C0 and C1 (with them every escape sequence), bidirectional signs, the ends of lines and paragraphs that only
    Unicode has, and letters that nobody sees. lines: line ends and tabs stay; else they are spelled, too.
    """
    return (STEERS if lines else _STEERS_OR_BREAKS).sub(_spelled, text)


def _spelled(found: re.Match[str]) -> str:
    code = ord(found[0])
    return (
        f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}" if code < 65536 else f"\\U{code:08x}"
    )
