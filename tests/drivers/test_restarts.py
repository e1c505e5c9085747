"""Restarts: a keeper looks at once, names a module that cannot keep itself up, and says why it was never up."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from typing import Any

import pytest

import tencent_at
from tests.drivers.peer import Peer, idle
from tests.drivers.test_reopening import CONNECTED
from tests.names import OK
from tests.waiting import until

ROM = b"\r\n ets Jan  8 2013,rst cause:%d, boot mode:(%d,6)\r\n\r\n"


class Module(Peer):
    """Joined and subscribed; connected until it restarts."""

    def __init__(self) -> None:
        super().__init__(self.reply)
        self.connected = True

    def reply(self, line: bytes) -> Iterable[bytes | float]:
        if line == b"AT+TCMQTTSTATE?":
            return [b"+TCMQTTSTATE:%d\r\n" % self.connected, OK]
        if line.startswith(b"AT+TCMQTTCONN="):
            self.connected = True
            return [b"OK\r\n+TCMQTTCONN:OK\r\n"]
        return [CONNECTED[line]] if line in CONNECTED else idle(line)


def test_a_damaged_ready_is_looked_into_at_once() -> None:
    peer = Module()
    with tencent_at.open(peer) as modem:
        keeper = modem.keep([("t", 0)], check=3600)
        assert keeper.wait_up(10)
        for damaged in (b"\r\nre\xffdy\r\n", b"\xfe\x81\x00garbage without an end"):
            time.sleep(1.1)
            peer.connected = False
            peer.say(damaged)
            until(lambda: peer.connected)
            assert keeper.wait_up(10)


def test_noise_without_end_is_looked_into_less_and_less_often() -> None:
    peer = Module()
    with tencent_at.open(peer) as modem:
        keeper = modem.keep([("t", 0)], check=3600)
        assert keeper.wait_up(10)
        before = peer.lines.count(b"AT+TCMQTTSTATE?")
        for _ in range(80):
            peer.say(b"\xfe\x81rubbish\r\n")
            time.sleep(0.05)
        assert 1 <= peer.lines.count(b"AT+TCMQTTSTATE?") - before <= 4
        keeper.close()


def test_a_keeper_that_was_never_up_says_why() -> None:
    def answer(line: bytes) -> Iterable[bytes | float]:
        if line == b"AT+CIPSTATUS":
            return [b"STATUS:5\r\n", OK]
        if line.startswith(b"AT+CWJAP="):
            return [b"+CWJAP:3\r\n\r\nFAIL\r\n"]
        return idle(line)

    changes: list[tuple[bool, Any]] = []
    with tencent_at.open(Peer(answer)) as modem:
        modem.keep([], "Hone", "12345678", on_change=lambda up, why: changes.append((up, why)))
        until(lambda: changes)
        time.sleep(1.5)  # once is enough
    assert len(changes) == 1
    up, why = changes[0]
    assert not up and isinstance(why, tencent_at.CommandRefused) and why.number == 3


def test_a_module_that_restarts_again_and_again_is_named() -> None:
    peer = Module()
    with tencent_at.open(peer) as modem:
        keeper = modem.keep([("t", 0)], check=3600)
        assert keeper.wait_up(10)
        for _ in range(3):
            peer.connected = False
            peer.say(ROM % (4, 3))
            peer.say(b"\r\nready\r\n")
            until(lambda: peer.connected)
        until(lambda: isinstance(keeper.reason, tencent_at.Unstable))
        text = str(keeper.reason)
        assert "restarted 3 times" in text and "hardware watchdog" in text and "supply" in text


def test_a_module_that_never_finishes_its_boot_is_named() -> None:
    booting = [ROM % (2, 3), b"\xfe\x81", ROM % (2, 3), ROM % (2, 3)]
    with tencent_at.open(Peer(lambda line: booting), start=False) as modem:
        keeper = modem.keep()
        until(lambda: isinstance(keeper.reason, tencent_at.Unstable))
        assert "never said that it is ready" in str(keeper.reason)


def test_a_time_out_says_what_was_seen() -> None:
    with tencent_at.open(Peer()) as modem:
        try:
            modem.command("AT+SILENT", timeout=0.1)
        except tencent_at.Timeout as error:
            assert str(error).endswith("nothing came")
    peer = Peer(
        lambda line: [b"\xfe\x81\x99 \xa0rubbish\r\n" * 3] if line == b"AT+TCMQTTSTATE?" else [OK]
    )
    with tencent_at.open(peer) as modem:
        try:
            modem.mqtt_state()
        except tencent_at.Timeout as error:
            assert "42 bytes came, 3 lines of them no answer" in str(error)


@pytest.mark.parametrize("way", ["busy", "babbling", "ERROR", "silent"])
def test_no_call_outlasts_its_time_out_by_more_than_five_seconds(way: str) -> None:
    over = threading.Event()

    def answer(line: bytes) -> Iterable[bytes | float]:
        if way == "busy":
            return [b"ERR CODE:0x010b0000\r\n", b"\r\nbusy p...\r\n"]
        return [b"\r\nERROR\r\n"] if way == "ERROR" else []

    peer = Peer(answer)

    def babble() -> None:
        while way == "babbling" and not over.wait(0.02):
            peer.say(b"\xfe\x81 rubbish\r\n")

    thread = threading.Thread(target=babble, daemon=True)
    thread.start()
    with tencent_at.open(peer, start=False) as modem:
        for _ in range(2):  # the second finds a line that has to be settled
            began = time.monotonic()
            with pytest.raises(tencent_at.ModuleError):
                modem.command("AT+X", timeout=0.3)
            assert time.monotonic() - began < 7
    over.set()
    thread.join()
