"""Where the program begins: it calls the command, or says what is not installed."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    if given == ["--version"]:  # asked for often, by scripts: nothing else is imported
        from importlib.metadata import version

        with suppress(OSError):  # what cannot be written is told below
            print(f"tencent-at {version('tencent-at')}", flush=True)
            return 0
    try:
        from .command import run
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in ("typer", "rich", "prompt_toolkit"):
            from .desk.language import choose, said

            choose(given)
            text = f"tencent-at: {error.name} is not installed: pip install 'tencent-at[cli]'"
            print(said(text), file=sys.stderr)
            return 1
        raise
    return run(given)


if __name__ == "__main__":
    sys.exit(main())
