"""Captures played again: to this driver, and to a host."""

import json
import pathlib
import socket
import subprocess
import sys
import time
from collections.abc import Callable

import pytest

import tencent_at
from tencent_at.wire.reading import Line
from tencent_at_cli.commands.replay_driver import unmasked
from tests.cli.conftest import Cli, Module
from tests.waiting import until


@pytest.fixture
def demo_tape(cli: Cli, tmp_path: pathlib.Path) -> pathlib.Path:
    tape = tmp_path / "demo.jsonl"
    assert cli("--port", "emu://?noise=0&stored=1", "--capture", str(tape), "demo").code == 0
    return tape


def test_to_this_driver(cli: Cli, demo_tape: pathlib.Path) -> None:
    result = cli("replay", str(demo_tape), "--json")
    assert result.code == 0, result.out
    assert len(result.json["commands"]) > 15


def test_a_driver_that_hears_something_else(cli: Cli, demo_tape: pathlib.Path) -> None:
    text = demo_tape.read_text().replace("+TCMQTTSUB:OK", "+TCMQTTSUB:XX")
    demo_tape.write_text(text)
    result = cli("replay", str(demo_tape), "--json")
    # The line is no longer an answer: then it ended with OK alone, now the driver misses the result.
    assert result.code == 8
    (bad,) = [one for one in result.json["commands"] if not one["same"]]
    assert bad["line"].startswith("AT+TCMQTTSUB=") and bad["now"] == "no answer"


def test_refusals_are_the_same(
    cli: Cli, module: Callable[..., Module], tmp_path: pathlib.Path
) -> None:
    tape = tmp_path / "a.jsonl"
    script = 'AT\nAT+TCMQTTPUB="a",1,"b"\nAT+TCNOSUCH\nAT+CWJAP="Home","wrongword"\nAT+CWJAP=?\n'
    script += "AT+TCMQTTSUB=?\nAT+CIPSTA?\nAT+CWLAP\nAT+GMR\n"
    made = module("device set")
    done = cli("--port", made.url, "--capture", str(tape), "shell", input=script.encode())
    assert done.code == 0
    result = cli("replay", str(tape), "--json")
    assert result.code == 0, result.out
    outcomes = {one["line"].split("=")[0]: one["now"] for one in result.json["commands"]}
    assert outcomes["AT+TCMQTTPUB"] == "refused 208"


def serve(*arguments: str) -> tuple["subprocess.Popen[str]", str]:
    words = [sys.executable, "-m", "tencent_at_cli", *arguments, "--json"]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    return process, json.loads(process.stdout.readline())["serving"]


def test_to_a_host(demo_tape: pathlib.Path) -> None:
    process, url = serve("replay", str(demo_tape), "--tcp", "0", "--speed", "0")
    lines = [json.loads(line) for line in demo_tape.read_text().splitlines()[1:]]
    said = [line["data"] for line in lines if line["way"] == ">"]
    host, port = url.removeprefix("socket://").split(":")
    with socket.create_connection((host, int(port)), 10) as end:
        end.settimeout(10)
        for line in said:
            end.sendall(
                line.replace("⏎", "\r\n").replace("\\\\", "\\").replace("\\x0a", "\n").encode()
            )
            time.sleep(0.02)
            end.recv(65536)
        out, err = process.communicate(timeout=30)
    result = json.loads(out.splitlines()[-1])
    assert process.returncode == 0, out + err
    assert result["different"] == [] and result["left"] == 0


def test_to_a_host_that_says_something_else(demo_tape: pathlib.Path) -> None:
    process, url = serve("replay", str(demo_tape), "--tcp", "0", "--speed", "0", "--timeout", "1")
    host, port = url.removeprefix("socket://").split(":")
    with socket.create_connection((host, int(port)), 10) as end:
        end.sendall(b"AT+NOSUCH\r\n")
        out, _ = process.communicate(timeout=30)
    assert process.returncode in (8, 9)
    assert "AT+NOSUCH" in out


def test_a_trace_of_the_driver_is_a_capture(cli: Cli, tmp_path: pathlib.Path) -> None:
    trace = tmp_path / "trace.jsonl"
    with tencent_at.open("emu://?noise=0&stored=1", trace=str(trace)) as modem:
        modem.version()
        modem.join("tencent-at", "12345678")
    result = cli("replay", str(trace), "--json")
    assert result.code == 0, result.out
    assert cli("report", str(trace)).code == 0
    assert "AT+CWJAP=" in (tmp_path / "trace.html").read_text()


def test_capture_between_a_host_and_the_module(
    cli: Cli, module: Callable[..., Module], tmp_path: pathlib.Path
) -> None:
    file = tmp_path / "c.jsonl"
    link = tmp_path / "module"
    words = ["capture", str(file), "--link", str(link), "--port", "emu://?noise=0&stored=1"]
    words = [sys.executable, "-m", "tencent_at_cli", *words, "--seconds", "6"]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, text=True)
    until(link.exists)
    with tencent_at.open(str(link)) as modem:
        modem.join("tencent-at", "12345678")
    process.communicate(timeout=30)
    text = file.read_text()
    assert 'AT+CWJAP=\\"tencent-at\\",***' in text and "12345678" not in text
    assert not link.exists()
    assert cli("replay", str(file)).code == 0


def test_a_counted_field_is_played_as_long_as_it_was() -> None:
    """An image that held what looks like a command is on the tape in asterisks; a command's secret is one ***."""
    image = Line(0.0, "<", "data", b"+TCREADFWDATA:8,********\r\n", True)
    command = Line(0.0, ">", "command", b'AT+CWJAP="Home",***\r\n', True)
    assert unmasked(image) == image.data
    assert unmasked(command) == b'AT+CWJAP="Home","AAAA"\r\n'
