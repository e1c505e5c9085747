"""The emulator as a program: links, TCP, standard input, options, and what it says of wrong ones."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import serialx

from tencent_at_emulator.__main__ import main
from tests.names import OK
from tests.ptys import heard, opened


@contextmanager
def command(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tencent_at_emulator", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=10)


def line_of(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().decode().strip()


def test_links_for_many_a_control_socket_and_an_orderly_end(tmp_path: Path) -> None:
    link, control = tmp_path / "modem", tmp_path / "control"
    with command(
        "--link", str(link), "--count", "3", "--control", str(control), "--no-noise"
    ) as process:
        assert [line_of(process) for _ in range(3)] == [f"{link}", f"{link}.1", f"{link}.2"]
        for path in (f"{link}", f"{link}.2"):
            with opened(path) as fd:
                heard(fd, b"\r\nready\r\n")
        with socket.socket(socket.AF_UNIX) as end:
            end.connect(str(control))
            end.sendall(
                b'{"do": "given", "module": 2, "words": "connected"}\n{"do": "state", "module": 2}\n'
            )
            with end.makefile() as lines:
                assert json.loads(lines.readline()) == {"ok": True, "result": None}
                assert json.loads(lines.readline())["result"]["mqtt"] == "up"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert list(tmp_path.iterdir()) == []


def test_tcp() -> None:
    with command("--tcp", "0", "--no-noise", "--baud", "115200") as process:
        url = line_of(process)
        assert url.startswith("socket://127.0.0.1:")
        with serialx.serial_for_url(url, baudrate=115200, read_timeout=3) as port:
            heard = b""
            while not heard.endswith(b"\r\nready\r\n"):
                heard += port.read(1)
            port.write(b"ATE0\r\n")
            while not heard.endswith(OK):
                heard += port.read(1)
            assert heard.endswith(b"ATE0\r\n" + OK)


def test_standard_input_and_output() -> None:
    with command("--stdio", "--no-noise") as process:
        assert process.stdin is not None and process.stdout is not None
        heard(process.stdout.fileno(), b"\r\nready\r\n")
        process.stdin.write(b"AT\r\n")
        process.stdin.flush()
        heard(process.stdout.fileno(), b"AT\r\n" + OK)
        process.stdin.close()
        assert process.wait(10) == 0
        process.stdin = None


def test_standard_input_may_be_a_file(tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    lines.write_bytes(b"AT\r\n" * 50000)
    for path in (os.devnull, str(lines)):
        with open(path, "rb") as file:
            done = subprocess.run(
                [sys.executable, "-m", "tencent_at_emulator", "--stdio", "--no-noise"],
                stdin=file,
                capture_output=True,
                timeout=20,
            )
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--mqtt-port", "99999"], "--mqtt-port 99999: a port is 1 to 65535, or 0"),
        (["--mqtt-port", "-1"], "--mqtt-port -1: a port is"),
        (["--tcp", "65535", "--count", "2"], "--tcp 65535: a port is 1 to 65534, or 0"),
        (["--count", "0"], "--count 0: one module at least"),
        (["--flash", "."], "--flash .: a directory; name a file in it, flash"),
        (["--flash", "no/such"], "--flash no/such: there is no directory no; make it"),
    ],
)
def test_options_out_of_range(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith(f"tencent-at emulate: {words}")


def test_an_update_and_a_listener_by_option(tmp_path: Path) -> None:
    image = tmp_path / "image.bin"
    image.write_bytes(b"firmware")
    link = tmp_path / "modem"
    arguments = ["--ota", str(image), "--ota-version", "9", "--mqtt-port", "0", "--no-noise"]
    with command("--link", str(link), *arguments) as process:
        assert line_of(process).startswith("mqtt://127.0.0.1:")
        with opened(line_of(process)) as fd:
            heard(fd, b"\r\nready\r\n")
            os.write(fd, b"ATE0\r\n")
            heard(fd, OK)
            os.write(fd, b'AT+CWJAP="tencent-at","12345678"\r\n')
            heard(fd, b"WIFI GOT IP\r\n" + OK)
            for line, expected in (
                (b'AT+TCDEVINFOSET=1,"P","D","c2VjcmV0"\r\n', b"+TCDEVINFOSET:OK\r\n"),
                (b"AT+TCMQTTCONN=1,5000,240,1,1\r\n", b"+TCMQTTCONN:OK\r\n"),
                (b'AT+TCOTASET=1,"1"\r\n', b"+TCOTASTATUS:UPDATESUCCESS\r\n"),
                (b"AT+TCFWINFO?\r\n", b'+TCFWINFO:"9",8,'),
            ):
                os.write(fd, line)
                heard(fd, expected)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--fault", "nonsense"],
        ["--quirk", "nonsense"],
        ["--broker", "x"],
        ["--flash", "/"],
        ["--stdio", "--count", "2"],
        ["--baud", "0"],
        ["--fault", "lose=nan"],
    ],
)
def test_wrong_options_end_with_two_and_a_line(arguments: list[str]) -> None:
    with command(*arguments) as process:
        _, errors = process.communicate(timeout=20)
        assert process.returncode == 2 and errors.startswith(b"tencent-at emulate: ")
        assert errors.count(b"\n") == 1
