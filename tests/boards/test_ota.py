"""OTA on the board: an image read through the module is the image, whatever happens on the way."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from boards import runtimes
from tencent_at_emulator import Emulator
from tests.boards.conftest import ALONE, FAST, Wired
from tests.boards.storm import PORTS
from tests.boards.test_damaged import said

FETCH = """
from tcat import ota
import hashlib, binascii
class Flash:
    def __init__(self):
        self.digest = hashlib.sha256()
        self.size = 0
    def write(self, data):
        self.digest.update(data)
        self.size += len(data)
flash = Flash()
info = modem.run(ota.fetch(modem, flash, {chunk}))
print(info[0], flash.size, binascii.hexlify(flash.digest.digest()).decode())
"""


def image(size: int, seed: int = 1) -> bytes:
    return random.Random(seed).randbytes(size)


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_large_image(on_unix: Wired, module: Emulator, tcat: Path) -> None:
    data = image(300_001)
    module.control.store_firmware(data, "1.3.0")
    said = on_unix(FETCH.format(chunk=4096), tcat, begin=FAST)
    assert said == f"1.3.0 300001 {digest(data)}\n"


def test_on_32_bits(on_board: Wired, module: Emulator) -> None:
    data = image(30_002)
    module.control.store_firmware(data, "1.3.0")
    assert on_board(FETCH.format(chunk=1024)) == f"1.3.0 30002 {digest(data)}\n"


def test_straight_into_a_buffer(on_board: Wired, module: Emulator) -> None:
    data = image(9_999)
    module.control.store_firmware(data, "2.0")
    said = on_board("""
        from tcat import ota
        import hashlib, binascii
        image = bytearray(10000)
        seen = []
        info = modem.run(ota.fetch(modem, image, 2048, 0, lambda done, size: seen.append((done, size))))
        print(binascii.hexlify(hashlib.sha256(memoryview(image)[:info[1]]).digest()).decode(), seen)
    """)
    steps = [(min(2048 * i, 9999), 9999) for i in range(1, 6)]
    assert said == f"{digest(data)} {steps}\n"


@pytest.mark.parametrize("fault", [("reboot_byte", 5000), ("lose", 0.00005)])
def test_goes_on_after(fault: tuple[str, float], on_unix: Wired, module: Emulator) -> None:
    data = image(20_000)
    module.control.store_firmware(data, "1.3.0")
    module.control.fault(*fault)
    assert on_unix(FETCH.format(chunk=1024), timeout=110) == f"1.3.0 20000 {digest(data)}\n"


@pytest.mark.parametrize(
    "data",
    [image(5_003), bytes(3_000), b"\x12\x34\x50\x07" * 500, b"\x00\x00\x1e\x05" * 256 + b"\x00"],
    ids=["random", "zeros", "digits", "exponents"],
)
def test_in_hex(data: bytes, on_board: Wired, module: Emulator, tcat: Path) -> None:
    """A module that answers in hex (erratum E56), whatever the digits look like."""
    module.control.quirk("hex-firmware")
    module.control.store_firmware(data, "1.3.0")
    said = on_board(
        """
        from tcat import ota
        import hashlib, binascii
        modem = Modem(machine.UART(0, 115200, rxbuf=2200), 2 * 1024 + 60)
        image = bytearray(5004)
        info = modem.run(ota.fetch(modem, image, 1024, hex=True))
        print(info[1], binascii.hexlify(hashlib.sha256(memoryview(image)[:info[1]]).digest()).decode())
        print(modem.link.noise, modem.link.dropped)
        """,
        tcat,
    )
    assert said == f"{len(data)} {digest(data)}\n0 0\n"


@pytest.mark.parametrize(
    "answer",
    ["4,001122a", "4,00112233445566", "8,0011223344556677", "x,00", "4", "4,00 1223", "", "-4,-1"],
)
def test_damaged_hex_is_read_again(answer: str, micropython: runtimes.MicroPython) -> None:
    out = said(
        micropython,
        f"""
from tcat import ota
modem = plugged(Scripted(
    TCFWINFO=[b'OK\\r\\n+TCFWINFO:"1",4,"16b0b3c2ea65c67d99b7dbac79caf0c3"\\r\\n'],
    TCREADFWDATA=[b"OK\\r\\n+TCREADFWDATA:{answer}\\r\\n", b"OK\\r\\n+TCREADFWDATA: 4, 00112233 \\r\\n"],
))
target = bytearray(4)
print(attempt(ota.fetch(modem, target, hex=True))[0], target == b"\\0\\x11\\x22\\x33", len(modem.uart._f.sent))
""",
    )
    assert out == "1 True 4\n"


def test_resumes_what_is_stored(on_unix: Wired, module: Emulator) -> None:
    data = image(20_000)
    module.control.store_firmware(data, "1.3.0")
    said = on_unix("""
        from tcat import ota
        class Flash:
            def __init__(self): self.parts = []
            def write(self, data): self.parts.append(bytes(data))
        flash = Flash()
        modem.run(ota.fetch(modem, flash, 1024, 12345))
        rest = b"".join(flash.parts)
        import hashlib, binascii
        print(len(rest), binascii.hexlify(hashlib.sha256(rest).digest()).decode())
    """)
    assert said == f"7655 {digest(data[12345:])}\n"


def test_the_whole_way(on_unix: Wired, module: Emulator) -> None:
    data = image(8_000)
    module.control.given("connected")
    module.control.offer_ota(data, "1.4.0")
    said = on_unix("""
        from tcat import ota
        image = bytearray(8000)
        print(modem.run(ota.update(modem, "1.0.0", image, 20000)))
        import hashlib, binascii
        print(binascii.hexlify(hashlib.sha256(image).digest()).decode(), modem.ota()[0])
    """)
    assert said == f"1.4.0\n{digest(data)} 0\n"


def test_no_upgrade_there(on_unix: Wired, module: Emulator) -> None:
    module.control.given("connected")
    said = on_unix("""
        from tcat import ota
        print(modem.run(ota.update(modem, "1.0.0", bytearray(8), 300)), modem.ota()[0])
    """)
    assert said == "None 0\n"


# A module with an image, on a clock that stands still; a target that writes a flash, a program that pauses.
PAUSES = """
import hashlib, binascii
machine.port = {port!r}
machine.per_byte = 4  # µs: the framer does not look at the bytes of an image
from tcat import ota
data = bytes([(i * 7 + (i >> 8)) & 255 for i in range({size})])
class Module:
    baudrate = {baud}
    out = line = b""
    at = 0
    asked = []
    def any(self):
        return len(self.out)
    def readinto(self, buf, n):
        n = min(n, len(self.out))
        buf[:n] = self.out[:n]
        self.out = self.out[n:]
        return n
    def write(self, data_):
        self.line += data_
        while b"\\n" in self.line:
            i = self.line.find(b"\\n") + 1
            line = self.line[:i]
            self.line = self.line[i:]
            if b"FWINFO" in line:
                self.at = 0
                self.out += b'OK\\r\\n+TCFWINFO:"2.0",{size},"{md5}",716800\\r\\n'
            elif b"READFW" in line:
                n = int(line[16:])
                self.asked.append(n)
                part = data[self.at : self.at + n]
                self.at += len(part)
                self.out += b"OK\\r\\n+TCREADFWDATA:%d," % len(part) + part + b"\\r\\n"
            else:
                self.out += b"\\r\\nOK\\r\\n"
module = Module()
machine.plug(0, module)
uart = machine.UART(0, {baud})
modem = Modem(uart)
waits = [0]
def pauses():
    waits[0] += 1
    if not waits[0] % 9:
        machine.busy({pause})
modem.on_wait = pauses
digest = hashlib.sha256()
class Flash:
    def write(self, part):
        digest.update(part)
        machine.flash(50)
modem.run(ota.fetch(modem, Flash()))
print(binascii.hexlify(digest.digest()) == binascii.hexlify(hashlib.sha256(data).digest()))
print(uart.overrun > 0, module.asked[0], module.asked[-2])
"""


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize(
    ("baud", "pause"), [(115200, 1), (115200, 60), (921600, 1), (921600, 10)], ids=str
)
def test_a_ports_own_buffer_and_a_program_that_pauses(
    port: str, baud: int, pause: int, micropython: runtimes.MicroPython
) -> None:
    """With what a port gives its buffer by itself: where a pause loses bytes, smaller chunks get through."""
    data = bytes((i * 7 + (i >> 8)) & 255 for i in range(9_001))
    md5 = hashlib.md5(data).hexdigest()
    script = PAUSES.format(port=port, baud=baud, pause=pause, size=len(data), md5=md5)
    done = micropython.run("import machine\nfrom tcat import Modem\n" + script, path=ALONE)
    assert done.returncode == 0, done.stdout + done.stderr
    whole, lost = done.stdout.splitlines()
    assert whole == "True"
    first, last = map(int, lost.split()[1:])
    assert (first > last) == lost.startswith("True")
