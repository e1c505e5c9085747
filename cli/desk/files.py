"""Files that people make on any system: UTF-8 or UTF-16, with a byte order mark or without, CR LF or LF."""

from __future__ import annotations

import codecs
import re
import sys
from pathlib import Path

from .exits import Exit, Stop

__all__ = ["content", "decoded", "message", "one_line", "text"]

_MARKS = (  # UTF-32's begins as UTF-16's does
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)


def content(name: str | Path) -> bytes:
    """The bytes of a file; - is standard input. Stop, naming it, where they cannot be read."""
    try:
        return sys.stdin.buffer.read() if str(name) == "-" else Path(name).read_bytes()
    except OSError as error:
        raise Stop(Exit.USAGE, f"{name}: {error.strerror or error}") from None


def text(name: str | Path, chinese: bool = False) -> str:
    """The text of a file, its lines ended by LF; Stop, naming file and line, where it is none."""
    return decoded(content(name), str(name), chinese)


def decoded(data: bytes, name: str, chinese: bool = False) -> str:
    """Bytes as text, its lines ended by LF. chinese: what is no UTF-8 may be GBK. No byte of it is in the error."""
    encoding, body = _encoding(data)
    try:
        made = body.decode(encoding)
    except UnicodeDecodeError as error:
        made = _chinese(body) if chinese and encoding == "utf-8" else ""
        if not made:
            raise _refused(body, name, encoding, error.start, chinese) from None
    if "\0" in made:
        line = made.count("\n", 0, made.index("\0")) + 1
        raise Stop(Exit.USAGE, f"{name}:{line}: a NUL: this is no text")
    return made.replace("\r\n", "\n").replace("\r", "\n")


def one_line(name: str | Path) -> str:
    """The only line of a file, such as a secret; Stop where there are several."""
    data = sys.stdin.buffer.readline() if str(name) == "-" else content(name)
    if str(name) == "-" and data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        data += sys.stdin.buffer.read()
    lines = [line for line in decoded(data, str(name)).split("\n") if line.strip()]
    if len(lines) > 1:
        raise Stop(Exit.USAGE, f"{name}: {len(lines)} lines where one is wanted")
    return lines[0] if lines else ""


def message(name: str | Path) -> tuple[bytes, str]:
    """A message for the module; and what of the file was left out or changed, in words, or "".

    Bytes that are no text are sent as they are. Text is UTF-8, without the mark and the line end that editors and
    shells put around it: a CR LF at its end cannot even travel.
    """
    data = content(name)
    encoding, body = _encoding(data)
    if body is data:  # without a mark it is UTF-8, or no text
        encoding = "utf-8"
    try:
        made = body.decode(encoding)
    except UnicodeDecodeError:  # its first bytes look like a mark by chance
        return data, ""
    if "\0" in made:
        return data, ""
    bare = re.sub(r"(?:[ \t]*\r?\n)+[ \t]*\Z", "", made)
    done = ["the byte order mark is left out"] * (encoding == "utf-8" and body is not data)
    done += [f"{encoding.upper()[:6]} is sent as UTF-8"] * (encoding != "utf-8")
    done += ["the line end behind the text is left out"] * (bare != made)
    return bare.encode(), f"{name}: {', '.join(done)}" if done else ""


def _encoding(data: bytes) -> tuple[str, bytes]:
    for mark, name in _MARKS:
        if data.startswith(mark):
            return name, data[len(mark) :]
    if len(data) % 2 == 0 and b"\0" in data:  # UTF-16 that does not say so: every other byte is 0
        for at, name in ((1, "utf-16-le"), (0, "utf-16-be")):
            if data[at::2].count(0) > len(data) // 4 and 0 not in data[1 - at :: 2]:
                return name, data
    return "utf-8", data


def _chinese(data: bytes) -> str:
    try:
        return data.decode("gb18030")
    except UnicodeDecodeError:
        return ""


def _refused(data: bytes, name: str, encoding: str, at: int, chinese: bool) -> Stop:
    line = data.count(b"\n", 0, at) + 1
    what = f"not {encoding.upper().removesuffix('-LE').removesuffix('-BE')}"
    what += " and not GBK" if chinese and encoding == "utf-8" else ""
    return Stop(Exit.USAGE, f"{name}:{line}: {what}: save it as UTF-8")
