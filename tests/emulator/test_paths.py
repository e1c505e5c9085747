"""Names in the file system: what is ours is replaced, everything else is left alone; and quiet ends."""

from __future__ import annotations

import asyncio
import contextlib
import http.server
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tencent_at_emulator import Emulator, Flash
from tencent_at_emulator.fetch import download, on_loopback
from tencent_at_emulator.flash import Device
from tencent_at_emulator.paths import listener, point
from tests.waiting import until


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tencent_at_emulator", *arguments],
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        timeout=30,
    )


@pytest.mark.parametrize("option", ["--control", "--link", "--flash"])
def test_a_file_of_somebody_else_s_is_left_alone(option: str, tmp_path: Path) -> None:
    path = tmp_path / "package.json"
    path.write_text('{"name": "mine"}')
    done = run(option, str(path), "--stdio" if option != "--link" else "--no-noise")
    assert done.returncode == 2 and str(path) in done.stderr and len(done.stderr.splitlines()) == 1
    assert path.read_text() == '{"name": "mine"}' and os.listdir(tmp_path) == ["package.json"]


@pytest.mark.parametrize("content", ["", "{}", "[]", "3", "null", '{"device": 3}', "\0"])
def test_what_is_no_flash_file_is_not_overwritten(content: str, tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_text(content)
    with pytest.raises(ValueError, match="no flash file"):
        Flash.load(path)


def test_a_flash_file_is_no_pipe_and_no_device(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/null"), tmp_path):
        with pytest.raises(ValueError, match="no plain file"):
            Flash.load(path)


@pytest.mark.parametrize("target", ["/dev/ttyUSB0", "/etc/passwd", "elsewhere", "/dev/null"])
def test_a_link_that_leads_to_no_pty_is_left_alone(target: str, tmp_path: Path) -> None:
    link = tmp_path / "modem"
    link.symlink_to(target)
    with pytest.raises(FileExistsError, match="modem"):
        point(link, "/dev/pts/7")
    assert os.readlink(link) == target and os.listdir(tmp_path) == ["modem"]


def test_a_link_to_a_pty_moves(tmp_path: Path) -> None:
    link = tmp_path / "modem"
    for path in ("/dev/pts/7", "/dev/pts/8"):
        point(link, path)
        assert os.readlink(link) == path and os.listdir(tmp_path) == ["modem"]


def test_a_socket_somebody_listens_on_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "control"
    with socket.socket(socket.AF_UNIX) as other:
        other.bind(str(path))
        other.listen()
        with pytest.raises(FileExistsError, match="listens"):
            listener(path)
    with listener(path) as made:  # nobody listens any more
        assert stat.S_IMODE(os.lstat(path).st_mode) == 0o600
        assert made.getsockname() == str(path)
    path.unlink()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as other:
        other.bind(str(path))
        with pytest.raises(FileExistsError, match="control"):
            listener(path)


def test_the_flash_file_is_its_owner_s_alone_and_a_link_to_it_stays(tmp_path: Path) -> None:
    real, link = tmp_path / "real", tmp_path / "link"
    Flash(real).save()
    os.chmod(real, 0o644)
    link.symlink_to(real)
    flash = Flash.load(link)
    flash.device = Device("P", "D", "S")
    assert flash.save()
    assert link.is_symlink() and stat.S_IMODE(os.stat(real).st_mode) == 0o600
    assert json.loads(real.read_text())["device"]["secret"] == "S"
    assert sorted(os.listdir(tmp_path)) == ["link", "real"]


def connect(path: Path, kind: int = socket.AF_UNIX) -> socket.socket:
    def made() -> socket.socket | None:
        end = socket.socket(kind)
        try:
            end.connect(str(path))
        except OSError:
            end.close()
            return None
        return end

    return until(made)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_with_clients_connected_ends_quietly(number: int, tmp_path: Path) -> None:
    path = tmp_path / "control"
    child = subprocess.Popen(
        [
            *(sys.executable, "-X", "dev", "-m", "tencent_at_emulator"),
            *("--control", str(path), "--tcp", "0", "--mqtt-port", "0", "--no-noise"),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        with connect(path) as idle, connect(path) as busy, contextlib.ExitStack() as stack:
            assert child.stdout is not None
            for _ in range(2):
                port = int(child.stdout.readline().decode().rsplit(":", 1)[1])
                stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=5))
            busy.sendall(b'{"do": "state"}\n')
            assert busy.recv(11).startswith(b'{"ok": true')
            idle.sendall(b'{"do": ')
            child.send_signal(number)
            _, err = child.communicate(timeout=20)
        assert child.returncode == 0 and re.fullmatch(rb"next: tencent-at .*\n", err), err
        assert not path.exists()
    finally:
        if child.poll() is None:
            child.kill()
            child.communicate()


@contextlib.contextmanager
def web(body: bytes, moved: str = "") -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(302 if moved and self.path == "/moved" else 200)
            if moved:
                self.send_header("Location", moved)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.parametrize(
    ("url", "here"),
    [
        ("http://127.0.0.1/x", True),
        ("http://127.9.8.7:80/x", True),
        ("https://localhost/x", True),
        ("http://[::1]:8080/x", True),
        ("http://10.0.0.1/", False),
        ("http://169.254.169.254/latest", False),
        ("http://[::]/", False),
        ("http://0.0.0.0/", False),
        ("http://localhost.invalid/", False),
        ("http://127.0.0.1@device.invalid/", False),
        ("http://device.invalid#@127.0.0.1/", False),
        ("http:///x", False),
        ("http://[", False),
    ],
)
def test_which_urls_are_on_this_machine(url: str, here: bool) -> None:
    assert on_loopback(url) is here
    if not here:
        assert download(url, 10, 0.1) == (-7 if url == "http://[" else -8)


def test_a_redirection_leads_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://proxy.invalid:1")
    with web(b"image") as there:
        assert download(there, 100, 5) == b"image"
        with web(b"", there) as here:
            assert download(here + "moved", 100, 5) == b"image"
    with web(b"", "http://device.invalid/") as here:
        assert download(here + "moved", 100, 5) == -8


def test_an_emulator_may_be_told_to_fetch_from_anywhere() -> None:
    loop = asyncio.new_event_loop()
    try:
        made = [Emulator(loop=loop, boot=False, fetch_anywhere=on) for on in (False, True)]
        assert [getattr(each.fetcher, "anywhere", None) for each in made] == [False, True]
    finally:
        loop.close()
