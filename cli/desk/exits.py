"""The exit codes, and which error ends in which."""

from __future__ import annotations

from enum import IntEnum

from .language import said

__all__ = ["Exit", "Stop", "epilog", "exit_for"]


class Exit(IntEnum):
    """How the command ended; scripts may rely on these numbers."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    PORT = 3
    SILENT = 4
    REFUSED = 5
    FAILED = 6
    BUSY = 7
    WRONG = 8
    WAITED = 9
    INTERRUPTED = 130
    UNREAD = 141


MEANINGS = {
    Exit.DONE: "done",
    Exit.ERROR: "something else went wrong",
    Exit.USAGE: "the command line, or a value that cannot travel",
    Exit.PORT: "the port could not be opened, or was lost",
    Exit.SILENT: "the module did not answer in time",
    Exit.REFUSED: "the module refused the command",
    Exit.FAILED: "the module tried and did not succeed",
    Exit.BUSY: "the module was busy, or restarted meanwhile",
    Exit.WRONG: "a check found something wrong (doctor, demo, factory, replay, ota)",
    Exit.WAITED: "what was waited for did not come in the time given",
    Exit.INTERRUPTED: "interrupted by Ctrl-C; the module was left idle",
    Exit.UNREAD: "whoever read the output has gone (| head)",
}


def epilog() -> str:
    """The exit codes, for the end of the help."""
    codes = " · ".join(f"[bold]{code:d}[/] {said(text)}" for code, text in MEANINGS.items())
    return f"{said('Exit codes: ')}{codes}"


class Stop(Exception):
    """End the command with a code, and a sentence about why."""

    def __init__(self, code: Exit, text: str = "", advice: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.advice = advice


def exit_for(error: BaseException) -> Exit | None:
    """The exit code of an error; None of one that is this program's fault."""
    if isinstance(error, Stop):
        return error.code
    if isinstance(error, KeyboardInterrupt):
        return Exit.INTERRUPTED
    if hasattr(error, "exit_code"):  # typer's own, which knows its code
        return None
    if type(error) is BrokenPipeError:  # a port that is gone has an error of its own
        return None
    import serialx

    import tencent_at
    from tencent_at.wire.tape import NoTape

    for kind, code in (
        (tencent_at.InvalidArgument, Exit.USAGE),
        (NoTape, Exit.USAGE),
        (tencent_at.PortError, Exit.PORT),
        (tencent_at.FirmwareDamaged, Exit.WRONG),
        (tencent_at.Timeout, Exit.SILENT),
        (tencent_at.CommandRefused, Exit.REFUSED),
        (tencent_at.CommandFailed, Exit.FAILED),
        (tencent_at.Busy, Exit.BUSY),
        (tencent_at.ModuleReset, Exit.BUSY),
        (tencent_at.UnexpectedAnswer, Exit.FAILED),
        (tencent_at.TencentAtError, Exit.ERROR),
        (serialx.SerialException, Exit.PORT),
        (ConnectionError, Exit.PORT),
    ):
        if isinstance(error, kind):
            return code
    return None
