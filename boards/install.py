"""Brings both MicroPython runtimes to this work tree: python -m boards.install [STAMP].

The WebAssembly runtime comes from npm and is needed. The unix port comes from a Debian package;
where there is none its tests are skipped, unless MICROPYTHON_REQUIRED=1. STAMP is touched when
both are there.
"""

import os
import pathlib
import sys

from boards import npm, runtimes


def install_wasm() -> str | None:
    """npm ci, unless it was done. Returns what went wrong."""
    return npm.install(runtimes.HERE)


def install_unix() -> str | None:
    """The unix port, into .micropython, unless there is one. Returns what went wrong."""
    if "unix" in runtimes.find():
        return None
    words = ["sh", str(runtimes.HERE / "install-unix-port.sh"), str(runtimes.ROOT / ".micropython")]
    return npm.went_wrong(words, dict(os.environ))


def main(stamp: str | None = None) -> int:
    """The exit status: 1 if what is needed is missing."""
    wrong = install_wasm()
    if wrong:
        print(f"MicroPython on WebAssembly: {wrong}", file=sys.stderr)
        return 1
    wrong = install_unix()
    if wrong:
        print(f"MicroPython's unix port: {wrong}", file=sys.stderr)
        if runtimes.required():
            return 1
        print("Going on without it: what needs it is skipped.", file=sys.stderr)
    elif stamp:
        pathlib.Path(stamp).touch()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
