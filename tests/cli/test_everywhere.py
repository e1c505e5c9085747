"""What must hold on every system: imports, and options that may stand anywhere."""

import ast
import json
import os
import pathlib
import re
import subprocess
import sys
from typing import Any

import pytest

import tencent_at_cli
from tencent_at_cli.command import to_front
from tencent_at_cli.desk.exits import Exit
from tests.cli.conftest import Cli

POSIX_ONLY = {"pty", "tty", "termios", "fcntl", "resource", "pwd", "grp", "syslog", "posix"}
WINDOWS_ONLY = {"msvcrt", "winreg", "winsound", "nt"}
FOLDER = pathlib.Path(tencent_at_cli.__path__[0])


@pytest.mark.parametrize(
    "file", sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.py"))
)
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


@pytest.mark.parametrize("line", ["{}", "-{}", "+CME ERROR:{}", "ERR CODE:0x{}", "0x{}"])
def test_a_number_of_5000_digits_is_explained_in_words(cli: Cli, line: str) -> None:
    result = cli("explain", line.format("9" * 5000))
    assert result.code == 8 and "neither the manual" in result.err and len(result.err) < 400


def test_a_secret_that_is_not_utf8_is_refused_in_words(tmp_path: pathlib.Path) -> None:
    wrong = tmp_path / "secret"
    wrong.write_bytes(b"\xff\xfeAT\n")
    for file in ("-", str(wrong)):
        words = ["--port", "emu://?noise=0", "device", "set", "P", "D", "--secret-file", file]
        ended = ran(words, input=wrong.read_bytes())
        assert ended.returncode == 2
        assert b"UTF-8" in ended.stderr and ended.stderr.count(b"\n") == 1, ended.stderr


@pytest.mark.skipif(not pathlib.Path("/dev/full").exists(), reason="no /dev/full here")
@pytest.mark.parametrize("words", ["info", "info --json", "--help", "--version"])
def test_output_that_cannot_be_written_ends_in_words(words: str) -> None:
    with open("/dev/full", "wb") as full:
        ended = ran(["--port", "emu://?noise=0", *words.split()], stdout=full)
    assert ended.returncode == 1
    assert b"No space left" in ended.stderr and ended.stderr.count(b"\n") == 1, ended.stderr


CLOSED = [
    "--help",
    "--version",
    "ports",
    "explain -- -117",
    "info",
    "info --json",
    "monitor --seconds 2",
]
CLOSED += ["doctor", "demo", "device show --json", "factory --help", "-v info"]


@pytest.mark.skipif(sys.platform == "win32", reason="no such pipes here")
@pytest.mark.parametrize("words", CLOSED)
def test_whoever_reads_no_further_is_blamed_for_nothing(words: str) -> None:
    """`| head` closes the pipe: no line about it, and no port is said to be gone."""
    reader, writer = os.pipe()
    os.close(reader)
    try:
        given = ["--port", "emu://?noise=0&stored=1", *words.split()]
        ended = ran(given, stdout=writer, env=os.environ | {"PYTHONUNBUFFERED": ""})
    finally:
        os.close(writer)
    assert ended.returncode == 141, ended
    said = ended.stderr.decode()
    assert not any(word in said.lower() for word in ("pipe", "gone", "traceback", "exception", "✗"))


def test_both_outputs_closed_is_quiet_too() -> None:
    command = (
        f"'{sys.executable}' -m tencent_at_cli --port 'emu://?noise=0' -v info 2>&1 | head -n 1"
    )
    ended = subprocess.run(["bash", "-c", command + "; echo ${PIPESTATUS[0]}"], capture_output=True)
    assert ended.stderr == b"" and len(ended.stdout.splitlines()) == 2, ended
    assert ended.stdout.splitlines()[-1] == b"141"


WRONG = [  # command, exit code, what the error says
    ("info --port /dev/there-is-none", 3, "there-is-none"),
    ("info --port emu://?fault=mute-rate:1", 4, "no"),
    ("wifi join", 2, "ssid"),
    ("explain --nonsense", 8, "nonsense"),
    ("explain no-such-word-at-all", 8, "no-such"),
    ("ports --baud x", 2, "--baud"),
    ("device show --port emu://?noise=0", 8, ""),
    ("connect --port emu://?noise=0", 6, "connect"),
    ("factory there-is-none.csv", 2, "there-is-none"),
    ("replay there-is-none", 2, "there-is-none"),
    ("no-such-command", 2, "no-such-command"),
]


@pytest.mark.parametrize(("words", "code", "said"), WRONG)
def test_with_json_errors_are_json_too(cli: Cli, words: str, code: int, said: str) -> None:
    result = cli(*words.split(), "--json")
    assert result.code == code, result
    lines = [json.loads(line) for line in result.err.splitlines()]  # notes as well
    errors = [line for line in lines if "error" in line]
    assert len(errors) == 1 and errors[0] is lines[-1]
    assert errors[0]["code"] == code and errors[0]["name"] and said in errors[0]["error"]


def test_a_refusal_says_its_number_as_json(cli: Cli) -> None:
    (error,) = [
        json.loads(line) for line in cli("connect", "--port", "emu://", "--json").err.splitlines()
    ][-1:]
    assert error["number"] == 207 and error["table"] == "cme" and error["command"].startswith("AT+")


def test_every_exit_code_is_in_the_reference() -> None:
    text = (pathlib.Path(__file__).parents[2] / "cli" / "README.md").read_text()
    rows = dict(re.findall(r"^\| (\d+) \| (.+?) \|$", text, re.MULTILINE))
    assert set(map(int, rows)) == set(Exit)


def ran(words: list[str], **more: Any) -> subprocess.CompletedProcess[bytes]:
    """The command in a process of its own."""
    more.setdefault("stdout", subprocess.PIPE)
    whole = [sys.executable, "-m", "tencent_at_cli", *words]
    return subprocess.run(whole, stderr=subprocess.PIPE, timeout=60, check=False, **more)
