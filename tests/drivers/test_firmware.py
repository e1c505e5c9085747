"""Downloads of a firmware image: whole, resumed, damaged, interrupted."""

from __future__ import annotations

import asyncio
import hashlib
import io
import random
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

import tencent_at
from tests.drivers.peer import Peer, idle

IMAGE = random.Random(5).randbytes(5003)
CRLF = b"\r\n" * 1002


class Stored:
    """A module with an image: TCFWINFO puts the offset back, reads must be multiples of 4 (manual 4.3)."""

    def __init__(self, image: bytes = IMAGE, md5: str = "", size: int | None = None) -> None:
        self.image = image
        self.md5 = md5 or hashlib.md5(image).hexdigest()
        self.size = len(image) if size is None else size
        self.at = 0
        self.reads: list[int] = []
        self.fail: dict[int, list[bytes | float]] = {}

    def __call__(self, line: bytes) -> Iterable[bytes | float]:
        if line == b"AT+TCFWINFO?":
            self.at = 0
            return [b'OK\r\n+TCFWINFO:"1.3.0",%d,"%s",716800\r\n' % (self.size, self.md5.encode())]
        if line.startswith(b"AT+TCREADFWDATA="):
            n = int(line.partition(b"=")[2])
            assert n % 4 == 0
            self.reads.append(n)
            if len(self.reads) in self.fail:
                return self.fail[len(self.reads)]
            data = self.image[self.at : self.at + n]
            self.at += len(data)
            return [b"OK\r\n+TCREADFWDATA:%d,%s\r\n" % (len(data), data)]
        return idle(line)


def test_a_whole_image(tmp_path: Path) -> None:
    stored = Stored()
    seen: list[tuple[int, int]] = []
    with tencent_at.open(Peer(stored)) as modem:
        info = modem.download_firmware(tmp_path / "fw.bin", 1024, lambda *at: seen.append(at))
    assert (tmp_path / "fw.bin").read_bytes() == IMAGE
    assert [path.name for path in tmp_path.iterdir()] == ["fw.bin"]
    assert (info.version, info.size) == ("1.3.0", 5003)
    assert stored.reads == [1024, 1024, 1024, 1024, 908]
    assert seen == [(1024, 5003), (2048, 5003), (3072, 5003), (4096, 5003), (5003, 5003)]


def test_the_same_with_asyncio(tmp_path: Path) -> None:
    async def main() -> None:
        async with tencent_at.open_async(Peer(Stored(CRLF))) as modem:
            await modem.download_firmware(str(tmp_path / "fw.bin"), chunk=4096)

    asyncio.run(main())
    assert (tmp_path / "fw.bin").read_bytes() == CRLF


@pytest.mark.parametrize(
    "part",
    [IMAGE[:2000], IMAGE[:1024], IMAGE, IMAGE[:100] + b"?" + IMAGE[101:3000], b"?" * 9000, b""],
    ids=["the beginning", "one chunk", "all", "damaged", "another and longer", "nothing"],
)
def test_a_part_is_continued(tmp_path: Path, part: bytes) -> None:
    (tmp_path / "fw.bin.part").write_bytes(part)
    with tencent_at.open(Peer(Stored())) as modem:
        modem.download_firmware(tmp_path / "fw.bin")
    assert (tmp_path / "fw.bin").read_bytes() == IMAGE
    assert not (tmp_path / "fw.bin.part").exists()


def test_what_was_read_is_kept_when_it_is_interrupted(tmp_path: Path) -> None:
    class Enough(Exception):
        pass

    def progress(done: int, total: int) -> None:
        if done >= 2048:
            raise Enough

    with tencent_at.open(Peer(Stored())) as modem:
        with pytest.raises(Enough):
            modem.download_firmware(tmp_path / "fw.bin", 1024, progress)
        assert (tmp_path / "fw.bin.part").read_bytes() == IMAGE[:2048]
        assert not (tmp_path / "fw.bin").exists()
        modem.download_firmware(tmp_path / "fw.bin")
    assert (tmp_path / "fw.bin").read_bytes() == IMAGE


def test_a_read_that_fails_is_begun_anew(tmp_path: Path) -> None:
    stored = Stored()
    stored.fail = {
        3: [b"OK\r\n+CME ERROR:207\r\n"],
        6: [b"+CME ERROR:206\r\n"],
    }
    with tencent_at.open(Peer(stored)) as modem:
        modem.download_firmware(tmp_path / "fw.bin", 1024)
    assert (tmp_path / "fw.bin").read_bytes() == IMAGE
    assert len(stored.reads) > 8


def test_a_read_that_always_fails_is_given_up(tmp_path: Path) -> None:
    stored = Stored()
    stored.fail = {n: [b"OK\r\n+CME ERROR:207\r\n"] for n in range(2, 100)}
    with tencent_at.open(Peer(stored)) as modem, pytest.raises(tencent_at.CommandRefused):
        modem.download_firmware(tmp_path / "fw.bin", 1024)
    assert len(stored.reads) < 10
    assert (tmp_path / "fw.bin.part").read_bytes() == IMAGE[:1024]


@pytest.mark.parametrize(
    "stored",
    [Stored(md5="0" * 32), Stored(size=4000), Stored(size=6000)],
    ids=["MD5", "too long", "too short"],
)
def test_a_damaged_image_is_not_stored(tmp_path: Path, stored: Stored) -> None:
    with (
        tencent_at.open(Peer(stored)) as modem,
        pytest.raises(tencent_at.FirmwareDamaged, match=r"manual 4\.[23]"),
    ):
        modem.download_firmware(tmp_path / "fw.bin")
    assert not (tmp_path / "fw.bin").exists()


def test_nothing_stored(tmp_path: Path) -> None:
    peer = Peer(lambda line: [b"+CME ERROR:205\r\n"] if b"FWINFO" in line else idle(line))
    with tencent_at.open(peer) as modem, pytest.raises(tencent_at.CommandRefused) as caught:
        modem.download_firmware(tmp_path / "fw.bin")
    assert caught.value.number == 205
    assert list(tmp_path.iterdir()) == []


def test_into_an_open_file() -> None:
    file = io.BytesIO()
    with tencent_at.open(Peer(Stored())) as modem:
        modem.download_firmware(file, 512)
    assert file.getvalue() == IMAGE


@pytest.fixture
def emulated() -> Iterator[Any]:
    emulator = pytest.importorskip("tencent_at_emulator")
    with emulator.running() as running:
        yield running


@pytest.mark.parametrize("row", [b":%d,%s", b": %d, %s "])
def test_hex_text(tmp_path: Path, row: bytes) -> None:
    def answer(line: bytes) -> Iterable[bytes | float]:
        said = list(stored(line))
        if line.startswith(b"AT+TCREADFWDATA=") and len(stored.reads) not in stored.fail:
            data = stored.image[stored.at - stored.reads[-1] : stored.at]
            return [b"OK\r\n+TCREADFWDATA" + row % (len(data), data.hex().encode()) + b"\r\n"]
        return said

    stored = Stored(IMAGE[:4000])
    stored.fail = {
        2: [b"OK\r\n+TCREADFWDATA:1000,0102\r\n"],  # a part was lost on the way
        4: [b"OK\r\n+TCREADFWDATA:2,01zz\r\n"],
    }
    with tencent_at.open(Peer(answer), hex_firmware=True) as modem:
        modem.download_firmware(tmp_path / "fw.bin", 1000)
        assert modem.counts.noise == 0
    assert (tmp_path / "fw.bin").read_bytes() == IMAGE[:4000]


@pytest.mark.parametrize("in_hex", [False, True])
def test_from_the_emulator(emulated: Any, tmp_path: Path, in_hex: bool) -> None:
    emulated.control.given("connected")
    emulated.control.store_firmware(IMAGE, "1.3.0")
    emulated.control.quirk("hex-firmware", in_hex)
    with tencent_at.open(emulated.path, hex_firmware=in_hex) as modem:
        info = modem.download_firmware(tmp_path / "fw.bin")
        assert info.version == "1.3.0"
    assert (tmp_path / "fw.bin").read_bytes() == IMAGE


def test_an_image_that_changes_between_tries(tmp_path: Path) -> None:
    stored = Stored()
    stored.fail = {3: [b"OK\r\n+CME ERROR:207\r\n"]}

    def answer(line: bytes) -> Iterable[bytes | float]:
        said = list(stored(line))
        if len(stored.reads) == 3:
            stored.md5 = "f" * 32
        return said

    with (
        tencent_at.open(Peer(answer)) as modem,
        pytest.raises(tencent_at.FirmwareDamaged, match="another image"),
    ):
        modem.download_firmware(tmp_path / "fw.bin", 1024)
    assert not (tmp_path / "fw.bin").exists()


def test_an_update_from_the_emulator(emulated: Any, tmp_path: Path) -> None:
    emulated.control.given("connected")
    emulated.control.offer_ota(IMAGE, "1.4.0")
    with tencent_at.open(emulated.path) as modem:
        info = modem.update("1.0.0", tmp_path / "fw.bin", 20)
        assert info is not None and info.version == "1.4.0"
        assert modem.ota().enabled == 0
    assert (tmp_path / "fw.bin").read_bytes() == IMAGE


def test_an_update_that_does_not_come(emulated: Any, tmp_path: Path) -> None:
    async def main() -> None:
        async with tencent_at.open_async(emulated.path) as modem:
            assert await modem.update("1.0.0", tmp_path / "fw.bin", 0.3) is None
            assert (await modem.ota()).enabled == 0

    emulated.control.given("connected")
    asyncio.run(main())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (b"+TCOTASTATUS:UPDATEFAIL,202\r\n", tencent_at.CommandFailed),
        (b"\r\nready\r\n", tencent_at.ModuleReset),
    ],
)
def test_an_update_that_fails(said: bytes, error: type[Exception]) -> None:
    told: list[bytes] = []

    def answer(line: bytes) -> Iterable[bytes | float]:
        if line.startswith(b"AT+TCOTASET="):
            told.append(line)
            more: list[bytes | float] = [0.05, said] if b"=1" in line else []
            return [b"OK\r\n+TCOTASET:OK\r\n", *more]
        return idle(line)

    with tencent_at.open(Peer(answer)) as modem, pytest.raises(error):
        modem.update("1.0.0", io.BytesIO(), 5)
    assert [line[:13] for line in told] == [b"AT+TCOTASET=1", b"AT+TCOTASET=0"]
