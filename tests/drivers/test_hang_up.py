"""A port whose other end hangs up, and one that is closed under its calls."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import socketserver
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

import tencent_at
from tests.drivers.peer import Peer, idle
from tests.names import OK


class Far:
    """A module behind a socket pair: near is ours, and far answers AT and ATE0 until it hangs up at AT+HANGUP."""

    def __init__(self) -> None:
        self.near, self.far = socket.socketpair()
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()

    def serve(self) -> None:
        begun = b""
        with self.far:
            while data := self.far.recv(100):
                begun += data
                while b"\r\n" in begun:
                    line, _, begun = begun.partition(b"\r\n")
                    if line == b"AT+HANGUP":
                        return
                    self.far.sendall(
                        b"".join(part for part in idle(line) if isinstance(part, bytes))
                    )


class Stream:
    """One object with an awaitable read, for the loop of either shell."""

    def __init__(self, near: socket.socket) -> None:
        near.setblocking(False)
        self.near = near

    async def read(self, size: int) -> bytes:
        return await asyncio.get_running_loop().sock_recv(self.near, size)

    def write(self, data: bytes) -> None:
        self.near.sendall(data)

    def close(self) -> None:
        self.near.close()


class Plain:
    """A plain object on a socket, that tells of the end by EOFError."""

    def __init__(self, near: socket.socket) -> None:
        self.near = near

    def read(self, size: int) -> bytes:
        data = self.near.recv(size)
        if not data:
            raise EOFError("the socket was closed")
        return data

    def write(self, data: bytes) -> None:
        self.near.sendall(data)

    def close(self) -> None:
        self.near.close()


@pytest.fixture
def server() -> Iterator[str]:
    """A URL at which AT and ATE0 are answered, and AT+HANGUP hangs up."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            for line in self.rfile:
                if line == b"AT+HANGUP\r\n":
                    return
                self.wfile.write(OK)

    with socketserver.TCPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield f"socket://127.0.0.1:{listening.server_address[1]}"
        listening.shutdown()
        thread.join()


@pytest.mark.parametrize("way", ["plain", "stream", "url"])
def test_a_hang_up_is_no_quiet_end(way: str, server: str) -> None:
    def port() -> Any:
        if way == "url":
            return server
        return Stream(Far().near) if way == "stream" else Plain(Far().near)

    with tencent_at.open(port()) as modem:
        events, everything = modem.events(), modem.everything()
        with pytest.raises(tencent_at.PortError, match="gone"):
            modem.command("AT+HANGUP", timeout=5)
        with pytest.raises(tencent_at.PortError, match="gone"):
            modem.receive(5)
        for ended in (modem.messages(), events, everything, modem.events()):
            with pytest.raises(tencent_at.PortError, match="gone"):
                list(ended)
    with tencent_at.open(port()) as modem:  # and a reader that waits meanwhile

        def hang_up() -> None:
            with contextlib.suppress(tencent_at.PortError):
                modem.command("AT+HANGUP")

        threading.Timer(0.1, hang_up).start()
        with pytest.raises(tencent_at.PortError, match="gone"):
            modem.receive(5)


@pytest.mark.parametrize("way", ["plain", "stream", "streams", "url"])
def test_a_hang_up_is_no_quiet_end_for_tasks(way: str, server: str) -> None:
    async def main() -> None:
        port: Any = server
        if way == "streams":
            port = await asyncio.open_connection(sock=Far().near)
        elif way != "url":
            port = Stream(Far().near) if way == "stream" else Plain(Far().near)
        async with tencent_at.open_async(port) as modem:
            events = modem.events()
            waiting = asyncio.ensure_future(modem.receive(5))
            await asyncio.sleep(0)
            with pytest.raises(tencent_at.PortError, match="gone"):
                await modem.command("AT+HANGUP", timeout=5)
            with pytest.raises(tencent_at.PortError, match="gone"):
                await waiting
            for ended in (modem.messages(), events, modem.everything()):
                with pytest.raises(tencent_at.PortError, match="gone"):
                    async for _ in ended:
                        pass

    asyncio.run(main())


@pytest.mark.parametrize("round_", range(20))
def test_close_ends_the_calls_of_all_threads(round_: int) -> None:
    modem = tencent_at.open(Peer())
    ends: list[BaseException] = []

    def work() -> None:
        try:
            while True:
                modem.attention()
        except BaseException as error:
            ends.append(error)

    threads = [threading.Thread(target=work, daemon=True) for _ in range(6)]
    for thread in threads:
        thread.start()
    time.sleep(0.01)
    modem.close()
    for thread in threads:
        thread.join(5)
    assert [type(end) for end in ends] == [tencent_at.PortError] * 6
    modem.close()
    with pytest.raises(tencent_at.PortError):
        modem.attention()


def test_close_ends_what_runs_in_the_loop() -> None:
    modem = tencent_at.open(Peer())
    slow = asyncio.run_coroutine_threadsafe(asyncio.sleep(1000), modem.loop)
    modem.close()
    assert slow.cancelled()
