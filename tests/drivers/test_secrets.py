"""Secrets never show: in traces, logs (ours, serialx's, asyncio's), reprs, errors and tracebacks."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
import logging
import re
import socket
import threading
import traceback
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest

import tencent_at
from tencent_at.wire.masks import Masks
from tests.drivers.peer import AsyncPeer, Peer, idle
from tests.names import OK
from tests.ptys import answered

SECRETS = ("RGV2aWNlU2VjcmV0MDE=", "UHJvZHVjdFNlY3JldDI=", 'p,a\\ss"word3', "softAPword4")
# As they go over the wire, and what a damaged echo might leave of them.
PIECES = [*SECRETS, 'p\\,a\\\\ss\\"word3', "RGV2aW", "U2Vjcm", "FNlY3J", "word3", "word4", "ss\\"]


class Everything(logging.Handler):
    """All that is logged anywhere, as text with the arguments' reprs."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += f"{record.name}: {record.getMessage()} {record.args!r}\n"
        if record.exc_info:
            self.text += "".join(traceback.format_exception(*record.exc_info))


@pytest.fixture
def logged() -> Iterator[Everything]:
    handler = Everything()
    root = logging.getLogger()
    before = root.level
    root.addHandler(handler)
    root.setLevel(1)
    yield handler
    root.removeHandler(handler)
    root.setLevel(before)


def clean(text: str) -> None:
    for piece in PIECES:
        assert piece not in text, f"{piece!r} shows"
        assert piece.encode().hex(" ") not in text
        assert piece.encode().hex() not in text


def damaged(line: bytes) -> Iterable[bytes | float]:
    """Echoes each line: whole, in two pieces, with bytes changed, cut short, and without its beginning."""
    if not line.startswith(b"AT"):
        return []
    n = len(line)
    echoes = [line[: n // 2], line[n // 2 :] + b"\r\n"]
    if b"=" in line:
        echoes += [line.replace(b"TC", b"T\xff").replace(b"CW", b"\x00W") + b"\r\n"]
        echoes += [line[:-2] + b"\r\n", line[n - 9 :] + b"\r\n", b"\xff" + line[3:] + b"\r\n"]
        echoes += [line[: n - 4] + b"#" + line[n - 3 :] + b"\r\n"]
    name = line[2:].partition(b"=")[0]
    result = [b"OK\r\n", name + b":OK\r\n"]
    if name in (b"+TCDEVINFOSET", b"+TCPRDINFOSET"):
        return [*echoes, *result]
    if name == b"+TCSAP":
        return [*echoes, OK, b"+TCSAP:OK\r\n", OK]
    return [*echoes, OK]


def use(modem: tencent_at.Modem) -> None:
    modem.set_device_info("PRODUCT", "device", SECRETS[0])
    modem.set_product_info("PRODUCT", SECRETS[1], "device")
    modem.join("ssid", SECRETS[2])
    modem.start_softap("ssid", SECRETS[3])
    modem.join("ssid", tencent_at.Secret(SECRETS[2]))
    modem.command(f'AT+TCDEVINFOSET=1,"P","d","{SECRETS[0]}"', reply=("ok", "result"))
    modem.command(f'at+cwjap="ssid","{SECRETS[3]}"')


def test_in_the_trace_of_echoes_whole_and_damaged(logged: Everything) -> None:
    trace = io.StringIO()
    peer = Peer(damaged)
    with tencent_at.open(peer, trace=trace) as modem:
        use(modem)
        clean(repr(modem))
    assert SECRETS[0].encode() in peer.written
    clean(trace.getvalue())
    clean(logged.text)
    entries = [json.loads(line) for line in trace.getvalue().splitlines()]
    assert entries[0]["capture"] == 1
    assert {"t", "way", "kind", "data"} <= set(entries[1]) <= {"t", "way", "kind", "data", "masked"}
    sent = [entry["data"].replace("⏎", "\r\n") for entry in entries[1:] if entry["way"] == ">"]
    assert 'AT+TCDEVINFOSET=1,"PRODUCT","device",***\r\n' in sent
    assert 'AT+TCPRDINFOSET=1,"PRODUCT",***,"device"\r\n' in sent
    assert 'AT+CWJAP="ssid",***\r\n' in sent
    assert "tencent_at.wire" in logged.text


def echoing() -> AbstractContextManager[str]:
    """A terminal whose other end echoes and answers OK."""
    peer = Peer(damaged)

    def answer(data: bytes) -> bytes:
        peer.write(data)
        said = b""
        while reply := peer.read(1):
            said += reply
        return said

    return answered(answer)


def test_in_the_logs_of_serialx(logged: Everything) -> None:
    async def main(path: str) -> None:
        asyncio.get_running_loop().set_debug(True)
        async with tencent_at.open_async(path) as modem:
            await modem.set_device_info("PRODUCT", "device", SECRETS[0])
            await modem.join("ssid", SECRETS[2])

    with echoing() as path:
        with tencent_at.open(path) as modem:
            use(modem)
        assert "serialx" in logged.text
        clean(logged.text)
        asyncio.run(main(path))
    clean(logged.text)


TELNET = re.compile(rb"\xff\xfa,(.)(.*?)\xff\xf0|\xff([\xfb-\xfe])(.)", re.DOTALL)


def rfc2217_peer() -> str:
    """A server of RFC 2217 that agrees to all, and whose other end echoes and answers OK."""
    listener = socket.create_server(("127.0.0.1", 0))
    peer = Peer(damaged)

    def agree(found: re.Match[bytes]) -> bytes:
        if found[3]:  # WILL → DO, DO → WILL
            verb = {0xFB: 0xFD, 0xFD: 0xFB}.get(found[3][0])
            peer.say(bytes((0xFF, verb)) + found[4] if verb else b"")
        else:
            peer.say(b"\xff\xfa,%c%s\xff\xf0" % (found[1][0] + 100, found[2]))
        return b""

    def serve() -> None:
        end, _ = listener.accept()
        with listener, end, contextlib.suppress(OSError):
            while data := end.recv(4096):
                peer.write(TELNET.sub(agree, data).replace(b"\xff\xff", b"\xff"))
                while reply := peer.read(1):
                    agreed = reply[:1] == b"\xff" and reply[1:2] >= b"\xfa"
                    end.sendall(reply if agreed else reply.replace(b"\xff", b"\xff\xff"))

    threading.Thread(target=serve, daemon=True).start()
    return f"rfc2217://127.0.0.1:{listener.getsockname()[1]}"


def test_in_the_logs_of_serialx_over_rfc2217(logged: Everything) -> None:
    with tencent_at.open(rfc2217_peer()) as modem:
        use(modem)
    assert "serialx.platforms.serial_rfc2217" in logged.text
    clean(logged.text)


def test_in_the_logs_of_a_port_that_was_opened_before(logged: Everything) -> None:
    import serialx

    class Port:
        """A port of serialx with the read that blocks no longer than it is told."""

        def __init__(self, url: str) -> None:
            self.port = serialx.serial_for_url(url)
            self.port.open()
            self.write = self.port.write

        def read(self, size: int, timeout: float = 0.1) -> bytes:
            buffer = bytearray(size)
            return bytes(buffer[: self.port.readinto(buffer, timeout=timeout)])

    with echoing() as path:
        port = Port(path)
        with tencent_at.open(port) as modem:
            use(modem)
        port.port.close()
    clean(logged.text)


def test_serialx_still_logs_for_others(logged: Everything) -> None:
    import serialx

    with echoing() as path:
        with tencent_at.open(path) as modem:
            modem.attention()
        with serialx.serial_for_url(path) as port:
            port.write(b"someone else's bytes\r\n")
    assert "someone else's bytes" in logged.text


def tell(error: BaseException) -> str:
    """All that a traceback with local variables shows, but for this file's own frames."""
    told = traceback.TracebackException.from_exception(error, capture_locals=True)
    pending, text = [told], ""
    while pending:
        one = pending.pop()
        text += "".join(one.format_exception_only())
        for frame in one.stack:
            if frame.filename != __file__:
                text += f"{frame.filename} {frame.name} {frame.locals}\n"
        pending += [other for other in (one.__cause__, one.__context__) if other]
    return text + repr(error) + repr(error.args) + str(vars(error))


def test_in_errors_and_tracebacks() -> None:
    def failing(line: bytes) -> Iterable[bytes | float]:
        if b"INFOSET=" in line:
            return [b"OK\r\n" + line[2:15] + b":FAIL,207\r\n"]
        return [b"\r\nERROR\r\n"] if b"=" in line else idle(line)

    def calls(modem: Any) -> list[Any]:
        return [
            lambda: modem.set_device_info("PRODUCT", "device", SECRETS[0]),
            lambda: modem.set_device_info("PRODUCT", "device", SECRETS[0] * 9),
            lambda: modem.set_device_info("PRODUCT", "device", SECRETS[2]),
            lambda: modem.set_device_info("PRODUCT" * 9, "device", SECRETS[0]),
            lambda: modem.set_device_info("PRODUCT", "device", SECRETS[0] + "\udfff"),
            lambda: modem.join("ssid", SECRETS[2]),
            lambda: modem.start_softap("ssid", SECRETS[3]),
            lambda: modem.join("s" * 32, ("word3" * 13)[:64] + "\\" * 0 + '"' * 0),
            lambda: modem.command(f'AT+CWJAP="ssid","{SECRETS[3]}"'),
        ]

    with tencent_at.open(Peer(failing)) as modem:
        for call in calls(modem):
            with pytest.raises(tencent_at.TencentAtError) as caught:
                call()
            clean(tell(caught.value))

    async def main() -> None:
        async with tencent_at.open_async(Peer(failing)) as modem:
            for call in calls(modem):
                with pytest.raises(tencent_at.TencentAtError) as caught:
                    await call()
                clean(tell(caught.value))

    asyncio.run(main())


def test_a_secret_shows_itself_as_stars() -> None:
    secret = tencent_at.Secret("hidden")
    assert repr(secret) == "'***'"
    assert str(secret) == f"{secret}" == "***"
    assert secret == "hidden" and secret.encode() == b"hidden"


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (b'AT+CWJAP="a","b c"', b'AT+CWJAP="a",***'),
        (b'AT+CWJAP="a\\,b","c\\",d"\r\n', b'AT+CWJAP="a\\,b",***\r\n'),
        (b'AT+CWJAP="a","c,d,e"', b'AT+CWJAP="a",***'),
        (b'AT+TCPRDINFOSET=1,"p","s","d"', b'AT+TCPRDINFOSET=1,"p",***,"d"'),
        (b'AT+TCPRDINFOSET=1,"p","s,x","d"', b'AT+TCPRDINFOSET=1,"p",***'),
        (b'at+tcsap="a","b"', b'at+tcsap="a",***'),
        (b'AT+TCDEVINFOSET =1,"p","d","s"', b'AT+TCDEVINFOSET =1,"p","d",***'),
        (b'AT+TCDEVINFOSET=1,"p","d"', b'AT+TCDEVINFOSET=1,"p","d"'),
        (b"AT+CWJAP?", b"AT+CWJAP?"),
        (b"AT+TCSAP=?", b"AT+TCSAP=?"),
        (b"+TCSAP:WIFI_CONNECT_FAILED,3,102", b"+TCSAP:WIFI_CONNECT_FAILED,3,102"),
        (b'AT+TCMQTTPUB="t",0,"a=b"', b'AT+TCMQTTPUB="t",0,"a=b"'),
    ],
)
def test_which_part_of_a_line_is_secret(line: bytes, shown: bytes) -> None:
    assert Masks().shown(line) == shown


def test_answers_are_not_masked_for_nothing() -> None:
    masks = Masks()
    masks.sent(b'AT+CWJAP="Home","12345678"\r\n')
    for line in (b"+CIPSTATUS:1234\r\n", b'+CWLAP:(3,"Home",-55,"12:34:56",6)\r\n', b"OK\r\n"):
        assert masks.received(line) == line
    assert masks.received(b'+TCMQTTRCVPUB:"t",8,"12345678"\r\n') == b'+TCMQTTRCVPUB:"t",8,"***"\r\n'


@pytest.mark.parametrize("cut", range(12))
def test_a_secret_whose_rest_begins_with_a_plus(cut: int) -> None:
    secret = b"dGVz+A1SECRETPARTxyz+QQ=="
    line = b'AT+TCDEVINFOSET=1,"P","d","%s"\r\n' % secret
    masks = Masks()
    masks.sent(line)
    rest = line[line.index(b"dGVz") + cut :]
    assert masks.received(rest) == b"***\r\n"
    assert masks.received(b"\r\n " + rest) == b"***\r\n"
    assert masks.received(b"+" + rest) == b"***\r\n"


def test_a_secret_that_holds_the_head_of_an_answer() -> None:
    masks = Masks()
    masks.sent(b'AT+CWJAP="s","abc+CIPSTATUS:hidden"\r\n')
    assert masks.received(b'+CIPSTATUS:hidden"\r\n') == b"+CIPSTATUS:***\r\n"


def test_in_what_a_port_raises(logged: Everything) -> None:
    class Bad(Peer):
        def write(self, data: bytes) -> int:
            if b"INFOSET=" in data or b"CWJAP=" in data:
                raise kind(f"cannot write {data!r}")
            return super().write(data)

    class Later(AsyncPeer):
        async def write(self, data: bytes) -> None:  # type: ignore[override]
            if b"INFOSET=" in data:
                raise kind(f"cannot write {data!r}")
            super().write(data)

    for kind in (OSError, ValueError, RuntimeError):
        with tencent_at.open(Bad()) as modem:
            for call in (
                lambda: modem.set_device_info("PRODUCT", "device", SECRETS[0]),
                lambda: modem.command(f'AT+CWJAP="s","{SECRETS[3]}"'),
            ):
                with pytest.raises(tencent_at.PortError, match=kind.__name__) as caught:
                    call()
                clean(tell(caught.value))

    async def main() -> None:
        async with tencent_at.open_async(Later()) as modem:
            with pytest.raises(tencent_at.PortError, match=kind.__name__) as caught:
                await modem.set_device_info("PRODUCT", "device", SECRETS[0])
            clean(tell(caught.value) + repr(modem))

    asyncio.run(main())
    clean(logged.text)


def test_in_errors_about_raw_lines() -> None:
    line = f'AT+CWJAP="s","{SECRETS[3]}'
    with tencent_at.open(Peer()) as modem:
        for call in (
            lambda: modem.command(line + '\udc80"'),
            lambda: modem.command(line, timeout=float("nan")),
            lambda: modem.command(line, timeout=None),  # type: ignore[arg-type]
            lambda: modem.command(line, payload=5),  # type: ignore[arg-type]
            lambda: modem.command(line, reply=None),  # type: ignore[arg-type]
            lambda: modem.command([line]),  # type: ignore[arg-type]
        ):
            with pytest.raises(tencent_at.InvalidArgument) as caught:
                call()
            clean(tell(caught.value))
