"""No silence: what takes over two seconds shows what is waited for and since when; `monitor` shows what never ends."""

from __future__ import annotations

import contextlib
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

import tencent_at_emulator
from tencent_at_cli.desk import output
from tests.cli.conftest import Cli, Make, Terminal
from tests.names import DATA
from tests.ptys import answered


def slow(line: bytes) -> bytes:
    """Answers AT and ATE0 at once, and refuses everything else after a second."""
    if line in (b"AT\r\n", b"ATE0\r\n"):
        return b"\r\nOK\r\n"
    time.sleep(1.0)
    return b"\r\nERROR\r\n"


@pytest.mark.parametrize(
    ("words", "what"),
    [
        ("info", "waiting for the module"),
        ("wifi scan", "scanning"),
        ("wifi join Home --open", "joining Home"),
        ("device show", "waiting for the module"),
        ("connect", "waiting for the module"),
        ("ota watch 1.0.0", "waiting for the module"),
    ],
)
def test_a_wait_is_told_with_what_and_since_when(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, words: str, what: str
) -> None:
    monkeypatch.setattr(output, "SILENCE", 0.3)  # else two seconds
    with answered(slow) as path:
        result = cli("--port", path, *words.split())
    assert re.search(rf"^… {what}: .*, \d+ s$", result.err, re.MULTILINE), result.err


def test_nothing_is_said_where_nothing_is_slow(
    cli: Cli, module: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output, "SILENCE", 0.5)
    result = cli("--port", module("connected").url, "sub", DATA, "--timeout", "1.5")
    assert "…" not in result.err and result.code == 9


def test_on_a_terminal_one_line_counts_and_goes(terminal: Callable[..., Terminal]) -> None:
    with tencent_at_emulator.running(given="connected", open_topics=True) as emulator:
        emulator.control.no_ack(5)
        run = terminal("--port", emulator.path, "pub", DATA, "x", "--qos", "1")
        run.see("publishing")
        run.see(", 3 s")
        assert sum("publishing" in line for line in run.shown.splitlines()) == 1
        run.type("\x03")
        assert run.end(40) == 130
    assert "publishing" not in run.shown and "interrupted" in run.shown


@contextlib.contextmanager
def endless(data: bytes) -> Iterator[str]:
    """A port at which these bytes come on and on."""
    listener = socket.create_server(("127.0.0.1", 0))
    done = threading.Event()

    def serve() -> None:
        host, _ = listener.accept()
        with host, contextlib.suppress(OSError):
            while not done.wait(0.05):
                host.sendall(data)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield f"socket://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        done.set()
        thread.join()
        listener.close()


def test_bytes_that_never_become_a_line_are_shown_while_they_come(cli: Cli) -> None:
    """What is shown at the end alone would be one line."""
    with endless(b"\xf0\x80\x1c") as url:
        result = cli("--port", url, "monitor", "--json", "--seconds", "4.5", "--no-reopen")
    assert len(result.lines) >= 2 and all(r"\xf0" in line["text"] for line in result.lines)
