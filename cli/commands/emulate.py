"""`emulate`: a pretend module, on a pseudo terminal, TCP, or standard input and output."""

from __future__ import annotations

import typer

from ..desk.exits import Exit, Stop
from ..desk.language import said

__all__ = ["emulate"]


def emulate(context: typer.Context) -> None:
    """Run a pretend module with a cloud behind it; emulate --help tells its options."""
    try:
        from tencent_at_emulator.__main__ import main
    except ImportError as error:
        text = f"the emulator does not run here: {error}"
        raise Stop(Exit.ERROR, text, "It needs pip install 'tencent-at[emulator]'.") from None
    try:
        code = main(context.args, said)
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(Exit.USAGE)
    if code:
        raise typer.Exit(code)
