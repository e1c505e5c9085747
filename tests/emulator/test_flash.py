"""What survives: the flash file, written whole or not at all; what TCRESTORE and AT+RESTORE forget."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tencent_at_emulator import Emulator, Flash
from tests.waiting import until

LINES = (
    b'AT+TCDEVINFOSET=1,"CTQS08Y5LG","Dev\xff\xe5\xad\x97","ZHNkIGRzZCA="\r\n'
    b'AT+TCPRDINFOSET=1,"CTQS08Y5LG","ZHNkIGRzZCA=","Dev02"\r\n'
    b'AT+TCMODINFOSET="board",4,16,2097152,2101248,524288,1\r\n'
    b'AT+TCMQTTSRV="192.168.10.118"\r\n'
    b'AT+CWJAP="tencent-at","12345678"\r\n'
    b"AT+CWMODE=3\r\n"
)
ASKED = (
    b"AT+TCDEVINFOSET?\r\nAT+TCPRDINFOSET?\r\nAT+TCMODINFOSET?\r\nAT+TCMQTTSRV?\r\nAT+CWMODE?\r\n"
)


def quiet(path: Path) -> Emulator:
    emulator = Emulator(boot=False, flash=path)
    emulator.write(b"ATE0\r\n")
    emulator.read()
    return emulator


def tell(emulator: Emulator, lines: bytes) -> bytes:
    """One command after the other; all answers."""
    for line in lines.splitlines(keepends=True):
        emulator.write(line)
    return emulator.read()


def test_everything_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "flash.json"
    emulator = quiet(path)
    tell(emulator, LINES)
    before = tell(emulator, ASKED)
    assert b'1,"CTQS08Y5LG","Dev\xff\xe5\xad\x97",116\r\n' in before
    again = quiet(path)
    assert tell(again, ASKED) == before
    fresh = Emulator(flash=path, noise=False)
    fresh.advance(2)
    assert fresh.read() == b"\r\nready\r\nWIFI CONNECTED\r\nWIFI GOT IP\r\n"
    assert [each.name for each in tmp_path.iterdir()] == ["flash.json"]


def test_restore_forgets_the_identity_and_factory_reset_the_access_point(tmp_path: Path) -> None:
    path = tmp_path / "flash.json"
    emulator = quiet(path)
    tell(emulator, LINES + b"AT+TCRESTORE\r\n")
    kept = json.loads(path.read_text())
    assert (kept["device"], kept["product"]) == (None, None)
    assert kept["module"]["name"] == "board" and kept["access_point"]["ssid"] == "tencent-at"
    emulator = quiet(path)
    tell(emulator, LINES + b"AT+RESTORE\r\n")
    kept = json.loads(path.read_text())
    assert kept["access_point"] is None and kept["device"]["product_id"] == "CTQS08Y5LG"


def test_a_disk_that_refuses_is_a_flash_error(tmp_path: Path) -> None:
    emulator = quiet(tmp_path / "none" / "flash.json")
    emulator.write(b'AT+TCDEVINFOSET=1,"P","D","S"\r\n')
    assert emulator.read() == b"OK\r\n+TCDEVINFOSET:FAIL,207\r\n"


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"device": 5}', '{"firmware": {"version": "1", "md5": "", "data": "?"}}'],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: str) -> None:
    path = tmp_path / "flash.json"
    path.write_text(content)
    with pytest.raises(ValueError, match="no flash file"):
        Flash.load(path)


WRITER = """
import sys
from tencent_at_emulator import Flash
from tencent_at_emulator.flash import Device, Firmware
flash = Flash.load(sys.argv[1])
while True:
    for letter in "ab":
        flash.device = Device(letter, letter, letter)
        flash.firmware = Firmware(letter, letter, letter.encode() * 300_000)
        flash.save()
"""


def test_a_writer_killed_at_any_moment_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "flash.json"
    for number in range(8):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(path)])
        try:
            until(path.exists)
            time.sleep(0.02 + 0.013 * number)
        finally:
            process.kill()
            process.wait(10)
        flash = Flash.load(path)
        assert flash.device is not None and flash.firmware is not None
        assert flash.firmware.data == flash.device.secret.encode() * 300_000
    assert os.path.getsize(path) < 1_000_000
