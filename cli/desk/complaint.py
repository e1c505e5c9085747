"""How an error is told: a sentence and advice; JSON where JSON is printed; nothing where nobody reads any more."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from typing import TYPE_CHECKING, Any

from .exits import Exit, Stop
from .language import LANGUAGE, own, said

if TYPE_CHECKING:
    import tencent_at

    from .options import Session

__all__ = ["closed", "misused", "say", "unwritten"]


def say(error: BaseException, code: int, made: Session | None) -> None:
    """Tell an error on standard error, its secrets masked."""
    import tencent_at

    text = str(error) or ("" if isinstance(error, Stop) else type(error).__name__)
    advice = error.advice if isinstance(error, Stop) else ""
    facts: dict[str, Any] = {}
    if isinstance(error, KeyboardInterrupt):
        text = "interrupted"
    if isinstance(error, tencent_at.ModuleError):
        advice = _advice(error, made.language if made else "en")
        facts = {
            "command": error.command or None,
            "number": error.number,
            "table": error.table or None,
            "symbol": error.name or None,
            "section": error.section or None,
        }
    text = _told(error, text)
    if made:
        text = made.masks.shown(text.encode("utf-8", "replace")).decode("utf-8", "replace")
    _tell(text, advice, code, facts, "yellow" if isinstance(error, KeyboardInterrupt) else "")


def misused(error: Any) -> int:
    """Tell a mistake on the command line, as JSON where JSON is printed; its exit code."""
    from .output import is_json

    code = int(getattr(error, "exit_code", Exit.ERROR))
    text = said(error.format_message() if hasattr(error, "format_message") else "aborted")
    context = getattr(error, "ctx", None)
    if context and not is_json():
        print(context.get_usage(), file=sys.stderr)
    if text:
        _tell(text, "", code, {}, "")
    return code


def _tell(text: str, advice: str, code: int, facts: dict[str, Any], style: str) -> None:
    from rich.markup import escape

    from .output import beside, is_json, standard_error

    advice = said(advice)
    if is_json():
        name = Exit(code).name.lower() if code in set(Exit) else None
        beside({"error": text, "advice": advice or None, "code": int(code), "name": name} | facts)
        return
    if style:
        standard_error().print(f"[{style}]{escape(text)}[/]")
    elif text:
        standard_error().print(f"[bold red]✗[/] {escape(text)}")
    if advice:
        standard_error().print(f"  [green]→ {escape(advice)}[/]")


def _told(error: BaseException, text: str) -> str:
    # An error of the module says itself in both languages; beside its call, one is enough.
    import tencent_at

    if LANGUAGE[0] == "en" or not isinstance(error, tencent_at.ModuleError):
        return said(text)
    told = f"{error.call}：{said(error.verb)}"
    if error.number is not None:
        number = f"{error.number:#010x}" if error.table == "parser" else str(error.number)
        told += f" {number}（{error.zh or said('a number the manual does not know')}）"
    beside = getattr(error, "seen", "") or getattr(error, "detail", "")
    return f"{told}：{said(beside)}" if beside else told


def _advice(error: tencent_at.ModuleError, language: str) -> str:
    import tencent_at

    from . import context

    if known := context.advice(error.call, error.number):
        return own(known)
    if any(error.advice):
        return str(getattr(error.advice, language))
    if isinstance(error, tencent_at.Timeout):
        return "Is it powered, and is the baud rate right? tencent-at doctor finds out."
    if isinstance(error, tencent_at.Busy):
        from tencent_at.meanings import ANSWERS

        return str(getattr(ANSWERS["busy p..."].advice, language))
    return ""


def closed(error: BaseException | None) -> bool:
    """Did it come about because whoever read our output has gone?"""
    while error is not None:
        gone = errno.EPIPE if os.name == "posix" else errno.EINVAL
        if isinstance(error, BrokenPipeError):
            return True
        if type(error) is OSError and error.errno == gone and not error.filename:
            return True
        error = error.__context__
    return False


def unwritten(error: BaseException) -> int:
    """The end of a command whose output cannot be written: the disk is full, or nobody reads it any more."""
    # What still waits to be written must not fail again at the end.
    for stream in (sys.stdout, sys.stderr) if closed(error) else (sys.stdout,):
        with contextlib.suppress(OSError, ValueError):
            sink = os.open(os.devnull, os.O_WRONLY)
            os.dup2(sink, stream.fileno())
            os.close(sink)
    if closed(error):
        return int(Exit.UNREAD)
    with contextlib.suppress(OSError):
        file, why = getattr(error, "filename", None), getattr(error, "strerror", None)
        where = f"{file}: " if file else said("writing: ")
        print(f"✗ {where}{said(why or str(error))}", file=sys.stderr)
    return int(Exit.ERROR)
