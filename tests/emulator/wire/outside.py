"""What stands around the module in the files beside: a web server, an MQTT client, a process."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import json
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator

from tests.waiting import until


@contextlib.contextmanager
def served(image: bytes) -> Iterator[str]:
    """An HTTP server on loopback; gives the image's URL."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/image.bin" else 404)
            self.send_header("Content-Length", str(len(image) if self.path == "/image.bin" else 0))
            self.end_headers()
            if self.path == "/image.bin":
                self.wfile.write(image)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/image.bin"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def upgrade(url: str, image: bytes, version: str = "1.3.0", **changes: str | int) -> bytes:
    words: dict[str, str | int] = {
        "type": "update_firmware",
        "version": version,
        "url": url,
        "md5sum": hashlib.md5(image).hexdigest(),
        "file_size": len(image),
    }
    return json.dumps({**words, **changes}).encode()


def packet(kind: int, body: bytes) -> bytes:
    """An MQTT packet of less than 16384 bytes."""
    size = len(body)
    length = bytes([size]) if size < 128 else bytes([size % 128 + 128, size // 128])
    return bytes([kind]) + length + body


def text(words: str) -> bytes:
    return len(words).to_bytes(2, "big") + words.encode()


class Cloud:
    """Another MQTT client at the emulator's broker."""

    def __init__(self, port: int) -> None:
        self.socket = connected(port)
        self.socket.sendall(packet(0x10, text("MQTT") + b"\x04\x02\x00\x3c" + text("witness")))
        assert self.take()[0] == 0x20

    def exactly(self, count: int) -> bytes:
        got = b""
        while len(got) < count:
            part = self.socket.recv(count - len(got))
            assert part, "the broker hung up"
            got += part
        return got

    def take(self) -> tuple[int, bytes]:
        kind, size, shift = self.exactly(1)[0], 0, 0
        while True:
            byte = self.exactly(1)[0]
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return kind, self.exactly(size)

    def subscribe(self, topic: str) -> None:
        self.socket.sendall(packet(0x82, b"\x00\x01" + text(topic) + b"\x00"))
        assert self.take()[0] == 0x90

    def publish(self, topic: str, payload: bytes) -> None:
        self.socket.sendall(packet(0x30, text(topic) + payload))

    def message(self) -> tuple[str, bytes]:
        kind, body = self.take()
        assert kind & 0xF0 == 0x30
        end = 2 + int.from_bytes(body[:2], "big")
        return body[2:end].decode(), body[end + (2 if kind & 6 else 0) :]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def connected(port: int) -> socket.socket:
    def made() -> socket.socket | None:
        with contextlib.suppress(OSError):
            return socket.create_connection(("127.0.0.1", port), timeout=5)
        return None

    return until(made)


@contextlib.contextmanager
def process(*arguments: str, pipes: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    channel = subprocess.PIPE if pipes else subprocess.DEVNULL
    child = subprocess.Popen(
        [sys.executable, "-m", "tencent_at_emulator", *arguments],
        stdin=channel,
        stdout=channel,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield child
    finally:
        child.terminate()
        child.wait(10)
        for stream in (child.stdin, child.stdout):
            if stream:
                stream.close()
