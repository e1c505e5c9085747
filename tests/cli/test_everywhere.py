"""What must hold on every system: imports, and options that may stand anywhere."""

import ast
import pathlib

import pytest

import tencent_at_cli
from tencent_at_cli.command import to_front

POSIX_ONLY = {"pty", "tty", "termios", "fcntl", "resource", "pwd", "grp", "syslog", "posix"}
WINDOWS_ONLY = {"msvcrt", "winreg", "winsound", "nt"}
FOLDER = pathlib.Path(tencent_at_cli.__path__[0])


@pytest.mark.parametrize("file", sorted(path.name for path in FOLDER.glob("*.py")))
def test_no_module_of_one_system_is_imported_at_once(file: str) -> None:
    tree = ast.parse((FOLDER / file).read_text(encoding="utf-8"))
    inner = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef))
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names = [node.module or ""]
        for name in names:
            top = name.split(".")[0]
            # The emulator needs a pseudo terminal, so it is imported when it is asked for.
            late = POSIX_ONLY | WINDOWS_ONLY | {"tencent_at_emulator"}
            assert top not in late or id(node) in inner, f"{file}: {name}"


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("info --port X", "--port X info"),
        ("info --port=X -v", "--port=X -v info"),
        ("--baud 9600 pub t m --capture f", "--baud 9600 --capture f pub t m"),
        ("pub t -- --port X", "pub t -- --port X"),
        ("emulate --baud 9600", "emulate --baud 9600"),
        ("factory a.csv --on X --on Y", "factory a.csv --on X --on Y"),
    ],
)
def test_options_of_the_whole_command_may_stand_anywhere(given: str, wanted: str) -> None:
    assert to_front(given.split()) == wanted.split()
