"""Firmware update: over HTTP on loopback, with everything that can go wrong, and what stays in flash."""

from __future__ import annotations

import asyncio
import hashlib
import socket
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tencent_at_emulator import Emulator
from tencent_at_emulator.fetch import download
from tests.names import OWN
from tests.waiting import until_async

IMAGE = bytes(at * 7 % 256 for at in range(10_001))


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(work(), 20))


async def until(emulator: Emulator, expected: bytes) -> bytes:
    heard = bytearray()

    def came() -> bool:
        heard.extend(emulator.read())
        return expected in heard

    await until_async(came)
    return bytes(heard)


def live(flash: str | Path | None = None) -> Emulator:
    emulator = Emulator(loop=asyncio.get_running_loop(), boot=False, flash=flash)
    emulator.control.given("connected")
    emulator.module.updater.download_time = None
    return emulator


@contextmanager
def serving(answer: bytes) -> Iterator[str]:
    """An HTTP server that answers each request with these bytes and hangs up; gives the URL."""
    listener = socket.create_server(("127.0.0.1", 0))

    def work() -> None:
        while True:
            try:
                end, _ = listener.accept()
            except OSError:
                return
            with end:
                end.recv(65536)
                end.sendall(answer)

    threading.Thread(target=work, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/image.bin"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def test_the_whole_way_over_http(tmp_path: Path) -> None:
    flash = tmp_path / "flash.json"

    async def work() -> None:
        emulator = live(flash)
        emulator.control.offer_ota(IMAGE, "1.3.0")
        start = time.monotonic()
        emulator.write(b'AT+TCOTASET=1,"1.0.0"\r\n')
        assert await until(emulator, b"+TCOTASET:OK\r\n") == b"OK\r\n+TCOTASET:OK\r\n"
        accepted = time.monotonic()
        await until(emulator, b"+TCOTASTATUS:ENTERUPDATE\r\n")
        assert time.monotonic() - accepted > 0.09 and accepted - start < 0.09
        await until(emulator, b"+TCOTASTATUS:UPDATESUCCESS\r\n")
        kinds = [report["type"] for _, _, report in emulator.cloud.reports]
        assert kinds[0] == "report_version" and kinds[-1] == "report_progress"
        await read_back(emulator)
        emulator.close()

        # The image outlives the module's power.
        emulator = Emulator(loop=asyncio.get_running_loop(), boot=False, flash=flash)
        emulator.module.echo = False
        await read_back(emulator)
        emulator.close()

    run(work)


async def read_back(emulator: Emulator) -> None:
    digest = hashlib.md5(IMAGE).hexdigest()
    emulator.write(b"AT+TCFWINFO?\r\n")
    assert emulator.read() == f'OK\r\n+TCFWINFO:"1.3.0",{len(IMAGE)},"{digest}",716800\r\n'.encode()
    data = b""
    while len(data) < len(IMAGE):
        emulator.write(b"AT+TCREADFWDATA=4096\r\n")
        head, _, rest = emulator.read().removeprefix(b"OK\r\n+TCREADFWDATA:").partition(b",")
        assert rest.endswith(b"\r\n") and len(rest) == int(head) + 2
        data += rest[:-2]
    assert data == IMAGE
    emulator.write(b"AT+TCREADFWDATA=4096\r\n")
    assert emulator.read() == b"+CME ERROR:208\r\n"


def failing(**lies: Any) -> bytes:
    said = b""

    async def work() -> None:
        nonlocal said
        emulator = live()
        emulator.control.offer_ota(IMAGE, "1.3.0", **lies)
        emulator.write(b'AT+TCOTASET=1,"1.0.0"\r\n')
        said = (await until(emulator, b"+TCOTASTATUS:UPDATEFAIL,")).rpartition(b"+TCOTASTATUS:")[2]
        emulator.write(b"AT+TCFWINFO?\r\n")
        assert (await until(emulator, b"207\r\n")).endswith(b"+CME ERROR:207\r\n")
        # And OTA stays on, ready for the next offer.
        emulator.control.offer_ota(IMAGE, "1.4.0")
        await until(emulator, b"+TCOTASTATUS:UPDATESUCCESS\r\n")
        emulator.close()

    run(work)
    return said


def test_a_wrong_md5() -> None:
    assert failing(md5="0" * 32) == b"UPDATEFAIL,203\r\n"


def test_a_wrong_size() -> None:
    assert failing(size=len(IMAGE) + 1) == b"UPDATEFAIL,-3\r\n"
    assert failing(size=len(IMAGE) - 1) == b"UPDATEFAIL,203\r\n"


def test_too_large_for_the_module() -> None:
    assert failing(size=716801) == b"UPDATEFAIL,201\r\n"


def test_not_found() -> None:
    with serving(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n") as url:
        assert failing(url=url) == b"UPDATEFAIL,-10\r\n"


def test_forbidden() -> None:
    with serving(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n") as url:
        assert failing(url=url) == b"UPDATEFAIL,-9\r\n"


def test_a_connection_that_breaks() -> None:
    with serving(b"HTTP/1.1 200 OK\r\nContent-Length: 10001\r\n\r\n" + IMAGE[:5000]) as url:
        assert failing(url=url) == b"UPDATEFAIL,-3\r\n"


def test_no_http() -> None:
    with serving(b"hello\r\n") as url:
        assert failing(url=url) == b"UPDATEFAIL,-5\r\n"


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    assert failing(url=f"http://127.0.0.1:{port}/") == b"UPDATEFAIL,-8\r\n"


def test_no_url() -> None:
    assert failing(url="nonsense") == b"UPDATEFAIL,-7\r\n"
    assert download("file:///etc/passwd", 100, 1) == -7


def test_a_server_that_says_nothing_is_a_time_out() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        assert download(f"http://127.0.0.1:{mute.getsockname()[1]}/", 100, 0.2) == -11


# ---- without a network: the clock stands still


def on_paper(words: str = "connected; ota on") -> Emulator:
    emulator = Emulator(boot=False)
    emulator.control.given(words)
    return emulator


def test_states_while_a_download_runs() -> None:
    emulator = on_paper()
    emulator.control.offer_ota(IMAGE, "1.3.0")
    emulator.advance(0.2)
    assert emulator.read() == b"+TCOTASTATUS:ENTERUPDATE\r\n"
    assert emulator.control.state()["ota"] == "downloading"
    for line in (b'AT+TCOTASET=0,"1.0.0"', b"AT+TCFWINFO?", b"AT+TCREADFWDATA=4"):
        emulator.write(line + b"\r\n")
        assert emulator.read() == b"+CME ERROR:200\r\n"
    emulator.advance(5)
    assert emulator.read() == b"+TCOTASTATUS:UPDATESUCCESS\r\n"


def test_a_download_takes_time_by_its_size() -> None:
    emulator = on_paper()
    emulator.module.updater.download_time = None
    emulator.control.offer_ota(bytes(200_000), "1.3.0")
    emulator.advance(0.9)
    assert emulator.control.state()["ota"] == "downloading"
    emulator.advance(0.4)
    assert emulator.control.state()["ota"] == "on"


def test_nothing_is_offered_to_who_has_it() -> None:
    emulator = on_paper("connected")
    emulator.control.offer_ota(IMAGE, "1.3.0")
    emulator.write(b'AT+TCOTASET=1,"1.3.0"\r\n')
    emulator.advance(1)
    assert emulator.read() == b"OK\r\n+TCOTASET:OK\r\n"


def test_an_offer_from_outside_and_rubbish_on_the_topic() -> None:
    emulator = on_paper()
    topic = f"$ota/update/{OWN}"
    for payload in (
        "",
        "{",
        "[]",
        '{"type":"update_firmware"}',
        '{"type":"update_firmware","url":5}',
    ):
        emulator.control.cloud_publish(topic, payload)
        emulator.advance(6)
    said = emulator.read()
    assert said.count(b"ENTERUPDATE") == said.count(b"UPDATEFAIL,-7") == 2
    emulator.write(b"AT\r\n")
    assert emulator.read() == b"\r\nOK\r\n"


def test_the_update_is_given_up_with_the_session_and_survives_a_reconnect() -> None:
    emulator = on_paper()
    emulator.control.drop_mqtt()
    emulator.control.restore_mqtt()
    emulator.advance(3)
    emulator.read()
    assert emulator.control.state()["ota"] == "on"
    emulator.control.offer_ota(IMAGE, "1.3.0")
    emulator.advance(0.2)
    assert emulator.read() == b"+TCOTASTATUS:ENTERUPDATE\r\n"
    emulator.control.power_cycle()
    emulator.advance(20)
    assert emulator.read() == b"\r\nready\r\n"
    assert emulator.control.state()["ota"] == "off"


def test_reading_odd_lengths_and_hex() -> None:
    emulator = on_paper('firmware "1.3.0" 20')
    for length in (5, 4, 4):
        emulator.write(b"AT+TCREADFWDATA=%d\r\n" % length)
    late = b"OK\r\n+CME ERROR:207\r\n"
    assert emulator.read() == b"OK\r\n+TCREADFWDATA:5,\x00\x01\x02\x03\x04\r\n" + late * 2
    emulator.control.quirk("hex-firmware")
    emulator.write(b"AT+TCFWINFO?\r\n")
    emulator.read()
    emulator.write(b"AT+TCREADFWDATA=4\r\n")
    assert emulator.read() == b"OK\r\n+TCREADFWDATA:4,00010203\r\n"


@pytest.mark.parametrize("size", [0, 1, 4095, 4096, 4097])
def test_sizes(size: int) -> None:
    emulator = on_paper(f'firmware "1" {size}')
    emulator.write(b"AT+TCREADFWDATA=4096\r\n")
    expected = f"OK\r\n+TCREADFWDATA:{min(size, 4096)}," if size else "+CME ERROR:208"
    assert emulator.read().startswith(expected.encode())
