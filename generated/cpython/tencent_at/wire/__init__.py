# Copied from runtime/cpython/wire/__init__.py: edit that.
"""What stands on the wire, for people: lines of both directions, what they mean, without secrets, kept on tape.

reading   bytes of both directions → lines
words     lines, numbers and names → what they mean, in English and Chinese
masks     lines without secrets
tape      lines in a file, and back
notation  bytes as text without loss
"""

from __future__ import annotations


def explain(line: bytes | str, language: str = "en") -> str:
    """What a line of the wire says, in one short sentence with the manual's section; "" where it says nothing.

    line: a command, an answer or a URC, with or without its CR LF. language: "en" or "zh".
    """
    from .words import sentence

    return sentence(line.encode() if isinstance(line, str) else line, language)
