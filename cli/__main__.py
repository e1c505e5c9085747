"""Where the program begins: it calls the command, or says what is not installed."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    try:
        from .command import run
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] in ("typer", "rich", "prompt_toolkit"):
            text = f"tencent-at: {error.name} is not installed: pip install 'tencent-at[cli]'"
            print(text, file=sys.stderr)
            return 1
        raise
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
