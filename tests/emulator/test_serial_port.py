"""The emulator at the end of a wire: a port that is opened by name, and the speed that follows the module."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import termios
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.ptys import Pty, heard
from tests.waiting import until

SPEEDS = {termios.B9600: 9600, termios.B115200: 115200, termios.B230400: 230400}


@contextmanager
def at_the_end(*arguments: str) -> Iterator[tuple[Pty, subprocess.Popen[bytes]]]:
    """An adapter's two ends: ours, and the one that the emulator has opened."""
    pty = Pty()
    words = [sys.executable, "-m", "tencent_at_emulator", "--serial", pty.name, *arguments]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    try:
        assert process.stdout is not None and process.stdout.readline().startswith(
            pty.name.encode()
        )
        yield pty, process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=10)
        pty.close()


def speed(pty: Pty) -> int:
    """What the adapter was set to."""
    return SPEEDS.get(termios.tcgetattr(pty.master)[5], 0)


def test_a_board_speaks_with_it() -> None:
    with at_the_end("--no-noise") as (pty, process):
        heard(pty.master, b"\r\nready\r\n")
        assert speed(pty) == 115200
        pty.write(b"ATE0\r\nAT\r\n"[:6])
        heard(pty.master, b"ATE0\r\n\r\nOK\r\n")
        pty.write(b"AT+TCMQTTSTATE?\r\n")
        assert heard(pty.master, b"OK\r\n") == b"+TCMQTTSTATE:0\r\n\r\nOK\r\n"
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
        assert (process.returncode, err) == (0, b"")


def test_the_speed_follows_and_a_restart_undoes_it() -> None:
    with at_the_end("--baud", "9600", "--no-noise") as (pty, _):
        heard(pty.master, b"\r\nready\r\n")
        assert speed(pty) == 9600
        pty.write(b"AT+UART_CUR=230400,8,1,0,0\r\n")
        # What a terminal has not handed over when its speed changes is thrown away: no word of the OK.
        until(lambda: speed(pty) == 230400)
        pty.write(b"AT+RST\r\n")
        heard(pty.master, b"ready\r\n")
        until(lambda: speed(pty) == 9600)


def test_what_is_no_port() -> None:
    words = [sys.executable, "-m", "tencent_at_emulator", "--serial"]
    done = subprocess.run([*words, "/no/such/port"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "/no/such/port" in done.stderr
    assert "Traceback" not in done.stderr
    many = subprocess.run(
        [*words, "/dev/null", "--count", "2"], capture_output=True, text=True, timeout=60
    )
    assert many.returncode == 2 and "--serial has room for one module" in many.stderr


def test_a_port_that_goes_is_said() -> None:
    with at_the_end() as (pty, process):
        os.close(pty.master)
        try:
            _, err = process.communicate(timeout=30)
        finally:
            pty.master, other = os.openpty()  # for the one who closes it
            os.close(other)
        assert process.returncode == 2 and b"the port is gone" in err


@pytest.mark.parametrize("way", ["--tcp", "--rfc2217", "--stdio", "--link"])
def test_one_way_alone(way: str) -> None:
    words = [sys.executable, "-m", "tencent_at_emulator", "--serial", "x", way]
    words += [] if way == "--stdio" else ["1"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "not allowed with argument" in done.stderr
