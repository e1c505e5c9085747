# Copied from runtime/cpython/wire/notation.py: edit that.
"""Bytes as text without loss, in the notation of spec/dialogues: ⏎ is 0D 0A, \\xNN a byte, \\\\ a backslash."""

from __future__ import annotations

import re

__all__ = ["read", "spell"]

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
