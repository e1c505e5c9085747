"""The port under the command: lost and back, DTR and RTS, a module that restarts again and again, no silence."""

from __future__ import annotations

import _thread
import contextlib
import os
import pathlib
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from tencent_at_cli.desk import output, port
from tests.cli.conftest import Cli
from tests.drivers.line import Plugged
from tests.names import OK
from tests.waiting import until

MESSAGE = b'+TCMQTTRCVPUB:"t",2,"%s"\r\n'
ROM = b"\r\n ets Jan  8 2013,rst cause:2, boot mode:(3,6)\r\n\r\n"
ANSWERS = {
    b"AT+TCMQTTSTATE?": b"+TCMQTTSTATE:1\r\n" + OK,
    b"AT+TCMQTTSUB?": OK,
    b'AT+TCMQTTSUB="t",1': b"OK\r\n+TCMQTTSUB:OK\r\n",
    b'AT+TCMQTTUNSUB="t"': b"OK\r\n+TCMQTTUNSUB:OK\r\n",
    b'AT+TCOTASET=1,"1.0"': b"OK\r\n+TCOTASET:OK\r\n",
    b'AT+TCOTASET=0,"1.0"': b"OK\r\n+TCOTASET:OK\r\n",
}


@pytest.fixture
def plugged(tmp_path: pathlib.Path) -> Iterator[Plugged]:
    made = Plugged(tmp_path / "module")
    made.answers.update(ANSWERS)
    yield made
    with contextlib.suppress(OSError):
        made.pull()


def meanwhile(work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def in_use(plugged: Plugged) -> bool:
    """Has somebody else in this process opened the terminal?"""
    there = 0
    for entry in os.listdir("/proc/self/fd"):
        with contextlib.suppress(OSError):
            there += os.readlink(f"/proc/self/fd/{entry}") == plugged.pty.name
    return there > 1


@pytest.mark.parametrize(
    "words",
    [["sub", "t"], ["monitor"], ["capture", "FILE"], ["ota", "watch", "1.0"]],
    ids=["sub", "monitor", "capture", "ota"],
)
def test_a_lost_port_is_the_same_code_everywhere(
    cli: Cli, plugged: Plugged, words: list[str], tmp_path: pathlib.Path
) -> None:
    words = [str(tmp_path / "wire.jsonl") if word == "FILE" else word for word in words]

    def pull() -> None:
        if words[0] in ("sub", "ota"):
            until(lambda: any(b"SUB=" in line or b"OTASET" in line for line in plugged.lines))
        until(lambda: in_use(plugged))
        time.sleep(0.5)
        plugged.pull()

    meanwhile(pull)
    result = cli("--port", str(plugged.path), *words, "--no-reopen")
    assert result.code == 3
    assert "the port is gone" in result.err


def test_sub_goes_on_when_the_port_comes_back(cli: Cli, plugged: Plugged) -> None:
    subscribing = b'AT+TCMQTTSUB="t",1'

    def act() -> None:
        until(lambda: subscribing in plugged.lines)
        time.sleep(0.3)
        plugged.say(MESSAGE % b"m1")
        time.sleep(0.3)
        plugged.pull()
        time.sleep(0.8)
        plugged.plug()
        until(lambda: plugged.lines.count(subscribing) == 2)
        time.sleep(0.3)
        plugged.say(MESSAGE % b"m2")

    meanwhile(act)
    result = cli("--port", str(plugged.path), "sub", "t", "--count", "2", "--raw")
    assert (result.code, result.out) == (0, "m1\nm2\n")
    assert "opening it again" in result.err and "the port is open again" in result.err


def test_ota_watch_goes_on_when_the_port_comes_back(cli: Cli, plugged: Plugged) -> None:
    reporting = b'AT+TCOTASET=1,"1.0"'

    def act() -> None:
        until(lambda: reporting in plugged.lines)
        time.sleep(0.3)
        plugged.pull()
        plugged.plug()
        until(lambda: plugged.lines.count(reporting) == 2)
        time.sleep(0.3)
        plugged.say(b"+TCOTASTATUS:UPDATEFAIL,-1\r\n")

    meanwhile(act)
    result = cli("--port", str(plugged.path), "ota", "watch", "1.0")
    assert result.code == 6 and "the upgrade failed with -1" in result.err


def test_monitor_goes_on_when_the_port_comes_back(cli: Cli, plugged: Plugged) -> None:
    def act() -> None:
        until(lambda: in_use(plugged))
        time.sleep(0.5)
        plugged.say(b"one\r\n")
        time.sleep(0.3)
        plugged.pull()
        time.sleep(0.8)
        plugged.plug()
        until(lambda: in_use(plugged))
        time.sleep(0.5)
        plugged.say(b"two\r\n")

    thread = meanwhile(act)
    result = cli("--port", str(plugged.path), "monitor", "--seconds", "9", "--json")
    thread.join()
    assert [entry["text"] for entry in result.lines] == ["one", "two"]
    assert result.code == 0 and "the port is open again" in result.err


def test_dtr_and_rts_are_said_by_option(cli: Cli, plugged: Plugged) -> None:
    refused = cli("--port", "socket://127.0.0.1:1", "info", "--rts", "off")
    assert refused.code == 2 and "has no such line" in refused.err
    assert cli("info", "--dtr", "high").code == 2
    result = cli("--port", str(plugged.path), "--dtr", "off", "--rts", "off", "disconnect")
    assert result.code != 2


def test_doctor_names_a_module_that_never_finishes_its_boot(cli: Cli, plugged: Plugged) -> None:
    over = threading.Event()

    def boot() -> None:
        plugged.answer = lambda line: None  # type: ignore[method-assign]
        while not over.wait(0.2):
            with contextlib.suppress(OSError):
                plugged.say(ROM)

    thread = meanwhile(boot)
    result = cli("--port", str(plugged.path), "doctor")
    over.set()
    thread.join()
    assert result.code == 8
    assert "boots again and again" in result.out and "rst cause 2" in result.out
    assert "supply" in result.out
    assert "no answer yet" in result.err  # nobody waits without a word


def test_no_call_waits_without_a_word(
    cli: Cli, plugged: Plugged, monkeypatch: pytest.MonkeyPatch
) -> None:
    busy = b"ERR CODE:0x010b0000\r\n\r\nbusy p...\r\n"
    plugged.answer = lambda line: plugged.say(busy)  # type: ignore[method-assign]
    monkeypatch.setattr(output, "SILENCE", 0.5)  # else 8 s: as long as nobody wonders
    monkeypatch.setattr(port, "PATIENCE", 1.0)
    threading.Timer(4, _thread.interrupt_main).start()
    result = cli("--port", str(plugged.path), "info")
    assert result.code in (4, 7, 130)
    assert "waiting for the module" in result.err and "bytes came" in result.err
