"""Nothing let in: whatever is typed as an argument, no command but its own reaches the module, and its text arrives."""

from __future__ import annotations

import os
import re

import pytest

from tencent_at_emulator.module import Module as Inside
from tests.cli.conftest import Cli, Make
from tests.hostile.values import VALUES
from tests.hostile.witness import arguments

# What an argument of a program can be: no NUL, and text. The rest come from standard input.
STEP = int(
    os.environ.get("HOSTILE_STEP", "7")
)  # each command takes every so manyth; `make hostile` takes all
TEXTS = [value for value in VALUES if isinstance(value, str) and "\0" not in value]


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Every line that the parser of a module in this process has been given."""
    lines: list[bytes] = []
    run = Inside._run

    def spied(self: Inside, line: bytes) -> None:
        lines.append(line)
        run(self, line)

    monkeypatch.setattr(Inside, "_run", spied)
    return lines


COMMANDS = (
    # words with @ where the value goes; the command that carries it, and where; what must be there before
    (["pub", "@", "hello"], "TCMQTTPUB", 0, "connected"),
    (["pub", "./data", "@"], "TCMQTTPUB", 2, "connected"),
    (["wifi", "join", "@"], "CWJAP", 0, "wifi off"),
    (["device", "set", "CTQS08Y5LG", "@"], "TCDEVINFOSET", 2, ""),
    (["device", "register", "CTQS08Y5LG", "@"], "TCPRDINFOSET", 3, ""),
    (["ota", "watch", "@", "--timeout", "0.01"], "TCOTASET", 1, "connected"),
    (["sub", "@", "--timeout", "0.01", "--no-reopen"], "TCMQTTSUB", 0, "connected"),
)


@pytest.mark.parametrize("number", range(len(COMMANDS)))
def test_no_argument_brings_a_second_command(
    cli: Cli, module: Make, heard: list[bytes], monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Each command takes its part of the values; none but its own commands reaches the module, its text as meant."""
    words, command, at, given = COMMANDS[number]
    monkeypatch.setenv("TENCENT_AT_WIFI_PASSWORD", "12345678")
    monkeypatch.setenv("TENCENT_AT_DEVICE_SECRET", "YWJj")
    monkeypatch.setenv("TENCENT_AT_PRODUCT_SECRET", "YWJj")
    made = module(given)
    sent = 0
    for value in TEXTS[number % STEP :: STEP]:
        heard.clear()
        done = cli("--port", made.url, *(value if word == "@" else word for word in words), "--")
        assert "Traceback" not in done.err
        for line in heard:
            name, form, parts = arguments(line)
            assert name not in ("TCRESTORE", "RST", "RESTORE"), (value, line)
            if name == command and form == "set":
                sent += 1
                assert parts[at] == value.encode(), (value, line)
    assert sent


def test_the_shell_sends_a_line_as_it_was_typed(cli: Cli, module: Make, heard: list[bytes]) -> None:
    made = module("device set")
    typed = [value for value in TEXTS if not re.search("[\\s\x85\x1c-\x1e\u2028\u2029]", value)]
    script = "".join(f"AT+CWJAP={value}\n" for value in typed)
    cli("--port", made.url, "shell", input=script.encode())
    assert not {
        line for line in heard if b"TCRESTORE" in line and not line.startswith(b"AT+CWJAP=")
    }
    assert len({line for line in heard if line.startswith(b"AT+CWJAP=")}) > 10
