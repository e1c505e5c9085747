"""Both shells against the emulator and a scripted module: commands, messages, events, raw lines, ports."""

from __future__ import annotations

import asyncio
import json
import logging
import socket
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from decimal import Decimal
from http import HTTPStatus
from typing import Any

import pytest

import tencent_at
from tencent_at import events
from tests.drivers.peer import AsyncPeer, Peer, idle
from tests.names import DATA, OK, PRODUCT


@pytest.fixture
def emulated() -> Iterator[Any]:
    emulator = pytest.importorskip("tencent_at_emulator")
    with emulator.running() as running:
        running.control.given("device set; connected")
        yield running


PAYLOADS = [
    b"hi",
    '{"action":"test","text":"a, \\"quoted\\" 字"}'.encode(),
    b"x" * 1500,
    bytes(range(1, 256)) * 8,
    b"y" * 2048,
    b'{"json":true,"of":[1,2]}' * 30,
]


def test_the_main_job(emulated: Any) -> None:
    with tencent_at.open(emulated.path) as modem:
        assert modem.device_info().device_name == "Dev01"
        assert modem.mqtt_state() is tencent_at.MqttState.CONNECTED
        modem.subscribe(DATA, tencent_at.QoS.AT_LEAST_ONCE)
        assert [found.topic for found in modem.subscriptions()] == [DATA]
        for payload in PAYLOADS:
            modem.publish(DATA, payload, 1)
            assert modem.receive(5) == (DATA, payload)
        modem.publish(DATA, json={"a": 'b"c', "字": [1, None]})
        message = modem.receive(5)
        assert message is not None
        assert message.json() == {"a": 'b"c', "字": [1, None]}
        assert message.text == '{"a":"b\\"c","字":[1,null]}'
        assert modem.test("TCMQTTSTATE") == []
        assert modem.counts == tencent_at.Counts(0, 0, 0, 0)


def test_the_main_job_with_asyncio(emulated: Any) -> None:
    async def main() -> None:
        async with tencent_at.open_async(emulated.path) as modem:
            await modem.subscribe(DATA, 1)
            for payload in PAYLOADS:
                await modem.publish(DATA, payload, 1)
                assert await modem.receive(5) == (DATA, payload)
            assert await modem.mqtt_state() is tencent_at.MqttState.CONNECTED
            await modem.publish(DATA, "last")
            assert [message.text async for message in modem.messages(0.3)] == ["last"]

    asyncio.run(main())


def test_by_url() -> None:
    pytest.importorskip("tencent_at_emulator")
    with tencent_at.open("emu://?given=device set") as modem:
        assert modem.device_info().product_id == PRODUCT

    async def main() -> None:
        modem = await tencent_at.open_async("emu://?given=device set")
        assert (await modem.device_info()).product_id == PRODUCT
        await modem.close()

    asyncio.run(main())


def test_json_with_quotes_survives_the_long_form_when_asked() -> None:
    document = {"text": 'say "hi", \\ or \\,' * 30}
    payload = tencent_at.message.compact(document)
    sent: list[bytes] = []

    def answer(line: bytes) -> Iterable[bytes | float]:
        if line.startswith(b"AT+TCMQTTPUBL="):
            return [b"OK\r\n>\r\n"]
        if line.startswith(b"{"):
            sent.append(line)
            return [b"+TCMQTTPUBL:OK\r\n"]
        return idle(line)

    with tencent_at.open(Peer(answer)) as modem:
        with pytest.raises(tencent_at.InvalidArgument, match="escape=True"):
            modem.publish("t", json=document)
        modem.publish("t", json=document, escape=True)
        modem.publish("t", payload, escape=True)
        modem.publish("t", json={"plain": "x" * 300}, escape=True)
        with pytest.raises(tencent_at.InvalidArgument, match="JSON"):
            modem.publish("t", b"no json", escape=True)
    assert json.loads(sent[0]) == document
    assert sent[0] == sent[1]
    assert b'\\"' not in sent[0] and b"\\," not in sent[0] and b"\\\\" not in sent[0]
    assert sent[2] == b'{"plain":"%s"}' % (b"x" * 300)


def test_callbacks_may_call_the_modem() -> None:
    got: list[str] = []
    done = threading.Event()

    def on_message(message: tencent_at.Message) -> None:
        got.append(message.text)
        if message.text == "bad":
            raise RuntimeError("a callback's own trouble")
        assert modem.mqtt_state() == 1
        if len(got) == 4:
            done.set()

    def answer(line: bytes) -> Iterable[bytes | float]:
        return [b"+TCMQTTSTATE:1\r\n", OK] if b"STATE" in line else idle(line)

    peer = Peer(answer)
    with tencent_at.open(peer) as modem:
        modem.on_message = on_message
        assert modem.on_message is on_message
        for text in (b"one", b"bad", b"two", b"end"):
            peer.say(b'+TCMQTTRCVPUB:"t",3,"%s"\r\n' % text)
        assert done.wait(5)
        assert got == ["one", "bad", "two", "end"]
        modem.on_message = None
        heard: list[tencent_at.Event] = []
        modem.on_event = heard.append
        peer.say(b"+TCMQTTDISCON,-103\r\n")
        modem.attention()
        time.sleep(0.05)
        assert [event.name for event in heard] == ["disconnected"]


def test_a_callback_may_close_the_modem() -> None:
    peer = Peer()
    modem = tencent_at.open(peer)
    closed = threading.Event()

    def on_message(message: tencent_at.Message) -> None:
        modem.close()
        closed.set()

    modem.on_message = on_message
    peer.say(b'+TCMQTTRCVPUB:"t",2,"hi"\r\n')
    assert closed.wait(5)
    modem.close()


def test_async_callbacks() -> None:
    async def main() -> None:
        peer = AsyncPeer()
        async with tencent_at.open_async(peer) as modem:
            got: list[str] = []

            async def on_message(message: tencent_at.Message) -> None:
                await modem.attention()
                got.append(message.text)

            modem.on_message = on_message
            modem.on_event = lambda event: got.append(str(event))
            for text in (b"one", b"two"):
                peer._came.put_nowait(b'+TCMQTTRCVPUB:"t",3,"%s"\r\n' % text)
            peer._came.put_nowait(b"WIFI GOT IP\r\n")
            await asyncio.sleep(0.2)
            assert sorted(got) == ["one", "two", "wifi_got_ip"]

    asyncio.run(main())


def test_events_are_typed_and_explained() -> None:
    peer = Peer()
    with tencent_at.open(peer) as modem, modem.events() as stream, modem.everything() as all_of_it:
        peer.say(
            b"+TCMQTTDISCON,-103\r\n+TCSAP:WIFI_CONNECT_FAILED,3,103\r\n+TCOTASTATUS:ENTERUPDATE\r\n"
        )
        peer.say(
            b'+TCMQTTDISCON,x\r\n+TCMQTTRCVPUB:"t",2,"hi"\r\nready\r\n+TCMQTTDISCON,9999,7\r\n'
        )
        lost = stream.get(1)
        assert isinstance(lost, events.Disconnected)
        assert lost.code == -103 and lost.meaning is not None
        assert lost.meaning.name == "QCLOUD_ERR_MQTT_NO_CONN" and "MQTT" in lost.meaning.zh
        softap = stream.get(1)
        assert isinstance(softap, events.SoftapStatus)
        assert (softap.state, softap.code, softap.sub_code) == ("WIFI_CONNECT_FAILED", 3, 103)
        assert softap.reason is not None and "stopped" in str(softap)
        ota = stream.get(1)
        assert isinstance(ota, events.OtaStatus) and ota.code is None and ota.meaning is None
        odd = stream.get(1)
        assert type(odd) is tencent_at.Event and odd.values == ("x",)
        ready = stream.get(1)
        assert ready is not None and (ready.name, ready.values) == ("ready", ())
        unknown = stream.get(1)
        assert isinstance(unknown, events.Disconnected) and unknown.meaning is None
        assert unknown.values == (9999, 7)
        names = [getattr(item, "name", "message") for item in all_of_it.each(0.1)]
        assert names[3:6] == ["disconnected", "message", "ready"]
        assert modem.receive(1) == ("t", b"hi")


def test_what_nobody_reads_is_counted_and_reported(caplog: pytest.LogCaptureFixture) -> None:
    peer = Peer()
    with tencent_at.open(peer, backlog=10) as modem, modem.events() as stream:
        for _ in range(15):
            peer.say(b'+TCMQTTRCVPUB:"t",2,"hi"\r\n+TCMQTTRECONNECTING\r\n')
        modem.attention()
        assert modem.counts == tencent_at.Counts(noise=0, bytes=0, messages=5, events=5)
        assert len(list(modem.messages(0))) == 10
        assert len(stream) == 10
    assert "messages: 10 wait" in caplog.text


def test_raw_lines_keep_urcs_apart() -> None:
    answers = {
        b"AT+NEW?": [b"+NEW:1\r\n", b"+TCMQTTDISCON,-103\r\n", b"free text\r\n", OK],
        b"AT+NEW=1,2": [b"OK\r\n+NEW:OK\r\n"],
        b"AT+BAD=1": [b"OK\r\n+BAD:FAIL,-117\r\n"],
        b"AT+TCFWINFO?": [b'OK\r\n+TCFWINFO:"1",4,"ab"\r\n'],
        b'AT+NEWL="t",5': [b"OK\r\n>\r\n"],
        b"hello": [b"+NEWL:OK\r\n"],
        b"AT+GONE": [b"\r\nERROR\r\n"],
        b"AT a,b": [OK],
    }
    with tencent_at.open(Peer(lambda line: answers.get(line, idle(line)))) as modem:
        stream = modem.events()
        assert modem.command("AT+NEW?") == ["+NEW:1", "free text"]
        event = stream.get(1)
        assert event is not None and event.name == "disconnected"
        assert modem.command("AT+NEW=1,2", reply=("ok", "result")) == []
        with pytest.raises(tencent_at.CommandFailed, match="command: failed -117"):
            modem.command("AT+BAD=1", reply=("ok", "result"))
        assert modem.command("AT+TCFWINFO?", reply=("ok", "row")) == ['+TCFWINFO:"1",4,"ab"']
        assert modem.command('AT+NEWL="t",5', reply=("ok", "result"), payload="hello") == []
        with pytest.raises(tencent_at.CommandRefused):
            modem.command(b"AT+GONE")
        assert modem.command("AT a,b") == []
        with pytest.raises(tencent_at.InvalidArgument, match="length, 5"):
            modem.command('AT+NEWL="t",4', payload="hello")
        with pytest.raises(tencent_at.InvalidArgument, match="rows"):
            modem.command("AT", reply=("rows",))


def test_raw_lines_travel_as_they_are() -> None:
    lines = [b'AT+Y="a:b",c:d,\xff', b"AT+\xffY=1,2", b"AT+Z=,", b"AT+Z=1:n,2:r", b"AT:", b"AT,,"]
    peer = Peer(lambda line: [OK])
    with tencent_at.open(peer, start=False) as modem:
        for line in lines:
            assert modem.command(line) == []
    assert peer.lines == lines


def test_messages_and_events_stay_in_order_under_a_command() -> None:
    message, reconnecting = b'+TCMQTTRCVPUB:"t",1,"%d"\r\n', b"+TCMQTTRECONNECTING\r\n"
    before = message % 1 + reconnecting + message % 2 + message % 3 + b"+NEW:1\r\n" + message % 4
    behind = reconnecting + message % 5

    def answer(line: bytes) -> list[bytes]:
        return [before, OK + behind] if line == b"AT+NEW?" else [OK]

    with tencent_at.open(Peer(answer)) as modem, modem.everything() as stream:
        assert modem.command("AT+NEW?") == ["+NEW:1"]
        heard = [stream.get(1) for _ in range(7)]
    told = [x.text if isinstance(x, tencent_at.Message) else "event" for x in heard if x]
    assert told == ["1", "event", "2", "3", "4", "event", "5"]


def test_arguments_may_be_whole_numbers_of_any_type() -> None:
    peer = Peer(lambda line: [OK, b"+TCMQTTCONN:OK\r\n"])
    with tencent_at.open(peer, start=False) as modem:
        modem.connect(keepalive=HTTPStatus.CONTINUE, clean_session=True)
        modem.connect(command_timeout=2000)
        for wrong in (Decimal(60), 60.0):
            with pytest.raises(tencent_at.InvalidArgument, match="keepalive"):
                modem.connect(keepalive=wrong)  # type: ignore[arg-type]
    assert peer.lines == [b"AT+TCMQTTCONN=1,5000,100,1,1", b"AT+TCMQTTCONN=1,2000,240,1,1"]


def test_any_object_with_read_and_write() -> None:
    class Unbuffered:
        """A socket as a file."""

        def __init__(self, end: socket.socket) -> None:
            self.end = end

        def read(self, size: int) -> bytes:
            return self.end.recv(size)

        def write(self, data: bytes) -> int:
            return self.end.send(data[:3])

    ours, theirs = socket.socketpair()

    def serve() -> None:
        peer = Peer()
        while data := theirs.recv(100):
            peer.write(data)
            while reply := peer.read(1):
                theirs.sendall(reply)

    threading.Thread(target=serve, daemon=True).start()
    with ours, theirs:
        with tencent_at.open(Unbuffered(ours)) as modem:
            modem.attention()
        theirs.shutdown(socket.SHUT_RDWR)


def test_asyncio_streams() -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while line := await reader.readline():
            writer.write(b"".join(x for x in idle(line.strip()) if isinstance(x, bytes)))
        writer.close()

    async def main() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        async with tencent_at.open_async(await asyncio.open_connection(host, port)) as modem:
            await modem.attention()
        async with tencent_at.open_async(f"socket://{host}:{port}") as modem:
            await modem.attention()
        await asyncio.to_thread(blocking, f"socket://{host}:{port}")
        server.close()

    def blocking(url: str) -> None:
        with tencent_at.open(url) as modem:
            modem.attention()

    asyncio.run(main())


def test_messages_stay_with_the_threads_of_a_blocking_modem() -> None:
    """A task of its loop that asks for them is told so, and where it has them: it would wait for ever."""

    async def listen(modem: tencent_at.AsyncModem) -> None:
        for ask in (modem.messages, lambda: setattr(modem, "on_message", print)):
            with pytest.raises(tencent_at.InvalidArgument, match=r"everything\(\) has them"):
                ask()
        with pytest.raises(tencent_at.InvalidArgument, match="blocking modem"):
            await modem.receive(0)
        with modem.everything() as stream:
            assert await stream.get(0) is None

    with tencent_at.Modem(Peer()) as modem:
        asyncio.run_coroutine_threadsafe(listen(modem.awaitable), modem.loop).result(10)


def test_only_the_functions_start_by_themselves() -> None:
    made, opened = Peer(), Peer()
    with tencent_at.Modem(made), tencent_at.open(opened):
        assert made.lines == [] and b"ATE0" in opened.lines

    async def main() -> None:
        made, opened = AsyncPeer(), AsyncPeer()
        async with tencent_at.AsyncModem(made), tencent_at.open_async(opened):
            assert made.lines == [] and b"ATE0" in opened.lines

    asyncio.run(main())


def test_the_package_is_silent_by_itself() -> None:
    handlers = logging.getLogger("tencent_at").handlers
    assert any(isinstance(handler, logging.NullHandler) for handler in handlers)


def test_it_imports_where_there_is_no_posix() -> None:
    hidden = "fcntl grp pty pwd readline resource select signal syslog termios tty".split()
    ours = [module for module in sys.modules.values() if _ours(module)]
    assert len(ours) > 20
    for module in ours:
        there = [name for name in hidden if getattr(module, name, None) is sys.modules.get(name, 0)]
        assert there == [], f"{module.__name__} imports {there}"


def _ours(module: object) -> bool:
    return getattr(module, "__name__", "").split(".")[0] == "tencent_at"


def test_the_port_follows_the_modules_speed(emulated: Any) -> None:
    with tencent_at.open(emulated.path) as modem:
        modem.set_uart(9600)
        modem.set_baudrate(9600)
        modem.attention()
        assert "9600" in repr(modem)
    with tencent_at.open(Peer()) as modem, pytest.raises(tencent_at.PortError, match="baudrate"):
        modem.set_baudrate(9600)
