"""The port goes and comes back: opened again where that was asked for, and only for the same module."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import pathlib
import socketserver
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
import serialx

import tencent_at
from tests.drivers.line import Plugged
from tests.drivers.peer import Peer
from tests.names import OK
from tests.waiting import until

MESSAGE = b'+TCMQTTRCVPUB:"t",2,"%s"\r\n'
CONNECTED = {
    b"AT+CIPSTATUS": b"STATUS:2\r\n" + OK,
    b"AT+TCMQTTSTATE?": b"+TCMQTTSTATE:1\r\n" + OK,
    b"AT+TCMQTTSUB?": b'+TCMQTTSUB:"t",0\r\n' + OK,
}


@pytest.fixture
def module(tmp_path: pathlib.Path) -> Iterator[Plugged]:
    plugged = Plugged(tmp_path / "module")
    yield plugged
    with contextlib.suppress(OSError):
        plugged.pull()


def test_messages_go_on_when_the_port_comes_back(module: Plugged) -> None:
    with tencent_at.open(str(module.path), reopen=True) as modem:
        events = modem.events()
        messages = modem.messages(10)
        module.say(MESSAGE % b"m1")
        assert next(messages).payload == b"m1"
        module.pull()
        lost = events.get(10)
        assert lost is not None and lost.name == "port_lost"
        with pytest.raises(tencent_at.PortError, match="opened again"):
            modem.attention()
        time.sleep(0.7)  # an attempt is in vain
        module.plug()
        back = events.get(10)
        assert back is not None and back.name == "port_back"
        modem.attention()
        module.say(MESSAGE % b"m2")
        assert next(messages).payload == b"m2"
        assert module.lines.count(b"ATE0") == 2  # a module that was unplugged has its echo on again


def test_messages_go_on_for_tasks(module: Plugged) -> None:
    async def main() -> None:
        async with tencent_at.open_async(str(module.path), reopen=True) as modem:
            events = modem.events()
            module.pull()
            lost = await events.get(10)
            assert lost is not None and lost.name == "port_lost"
            module.plug()
            back = await events.get(10)
            assert back is not None and back.name == "port_back"
            module.say(MESSAGE % b"m1")
            message = await modem.receive(10)
            assert message is not None and message.payload == b"m1"

    asyncio.run(main())


def test_a_keeper_asked_to_opens_the_port_again(module: Plugged) -> None:
    module.answers.update(CONNECTED)
    changes: list[tuple[bool, Any]] = []
    with tencent_at.open(str(module.path)) as modem:
        keeper = modem.keep(
            [("t", 0)], reopen=True, on_change=lambda up, why: changes.append((up, why))
        )
        assert keeper.wait_up(10)
        module.pull()
        until(lambda: not keeper.up)
        module.plug()
        assert keeper.wait_up(20)
        module.say(MESSAGE % b"m1")
        message = modem.receive(10)
        assert message is not None and message.payload == b"m1"
    assert [up for up, _ in changes] == [True, False, True]
    assert "gone" in str(changes[1][1])


def test_without_being_asked_a_lost_port_is_the_end(module: Plugged) -> None:
    module.answers.update(CONNECTED)
    with tencent_at.open(str(module.path)) as modem:
        keeper = modem.keep([("t", 0)])
        assert keeper.wait_up(10)
        module.pull()
        with pytest.raises(tencent_at.PortError, match="gone"):
            modem.receive(10)
        until(lambda: not keeper.up)
        with pytest.raises(tencent_at.PortError, match="gone"):
            keeper.wait_up(5)


def test_another_module_is_an_error(module: Plugged) -> None:
    with tencent_at.open(str(module.path), reopen=True) as modem:
        module.pull()
        module.mac = "00:00:00:00:00:01"
        module.plug()
        with pytest.raises(tencent_at.PortError, match="another module answers now"):
            modem.receive(10)
        with pytest.raises(tencent_at.PortError, match="another module"):
            modem.attention()


def test_another_adapter_is_an_error_and_ours_is_found_where_it_is_now(
    module: Plugged, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ports: list[tuple[pathlib.Path, str]] = [(module.path, "A1")]

    def listed() -> list[serialx.SerialPortInfo]:
        return [
            serialx.SerialPortInfo(
                str(path), os.path.realpath(path), 6790, 29987, number, None, None, None, None, 0
            )
            for path, number in ports
        ]

    monkeypatch.setattr(serialx, "list_serial_ports", listed)
    with tencent_at.open(str(module.path), reopen=True) as modem:
        events = modem.events()
        module.pull()
        module.path = tmp_path / "elsewhere"
        module.plug()
        ports[:] = [(module.path, "A1")]
        assert [event.name for event in itertools.islice(events, 2)] == ["port_lost", "port_back"]
        modem.attention()
        module.pull()
        module.plug()
        ports[:] = [(module.path, "B2")]
        with pytest.raises(tencent_at.AnotherModule, match="serial number is B2, and was A1"):
            modem.receive(10)


def test_a_raised_speed_is_set_again(module: Plugged) -> None:
    with tencent_at.open(str(module.path), reopen=True) as modem:
        events = modem.events()
        modem.set_uart(460800)
        modem.set_baudrate(460800)
        modem.attention()
        module.pull()
        module.speed = 115200  # it lost its power
        module.plug()
        assert [event.name for event in itertools.islice(events, 2)] == ["port_lost", "port_back"]
        modem.attention()
        assert module.speed == 460800


def test_start_and_keepers_find_a_module_that_fell_back(module: Plugged) -> None:
    module.answers.update(CONNECTED)
    with tencent_at.open(str(module.path)) as modem:
        modem.set_uart(460800)
        modem.set_baudrate(460800)
        module.restart()
        modem.start()
        assert module.speed == 460800
        keeper = modem.keep([("t", 0)])
        assert keeper.wait_up(10)
        module.restart()  # what it says is rubbish at 460800
        until(lambda: module.speed == 460800, 40)
        assert keeper.wait_up(20)
        modem.attention()


def test_a_module_that_fell_back_is_named(module: Plugged) -> None:
    with pytest.raises(tencent_at.Timeout, match=r"at 460800 baud nothing answers, but at 115200"):
        tencent_at.open(str(module.path), 460800)


def test_a_server_that_comes_back() -> None:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for line in self.rfile:
                if line == b"AT+HANGUP\r\n":
                    return
                self.wfile.write(OK)

    class Server(socketserver.TCPServer):
        allow_reuse_address = True

    with Server(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        url = f"socket://127.0.0.1:{listening.server_address[1]}"
        with tencent_at.open(url, reopen=True) as modem:
            events = modem.events()
            with pytest.raises(tencent_at.PortError):
                modem.command("AT+HANGUP")
            names = [event.name for event in itertools.islice(events, 2)]
            assert names == ["port_lost", "port_back"]
            modem.attention()
        listening.shutdown()
        thread.join()


def test_a_function_that_opens_the_port() -> None:
    made: list[Peer] = []

    class Gone(Peer):
        def read(self, size: int, timeout: float = 0.0) -> bytes:
            data = super().read(size, timeout)
            if data == b"GONE":
                raise OSError(5, "gone")
            return data

    def make() -> Peer:
        made.append(Gone())
        return made[-1]

    with tencent_at.open(make, reopen=True) as modem:
        events = modem.events()
        made[0].say(b"GONE")
        assert [event.name for event in itertools.islice(events, 2)] == ["port_lost", "port_back"]
        modem.attention()
    assert len(made) == 2 and made[0].closed


def test_an_object_cannot_be_opened_again() -> None:
    with pytest.raises(tencent_at.InvalidArgument, match="reopen"):
        tencent_at.open(Peer(), reopen=True)
    with (
        tencent_at.open(Peer()) as modem,
        pytest.raises(tencent_at.InvalidArgument, match="reopen"),
    ):
        modem.keep(reopen=True)
