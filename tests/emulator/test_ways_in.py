"""How a host gets to it: a pty with a stable name, and control from another thread."""

from __future__ import annotations

import os
import select
import time
from pathlib import Path

import pytest

from tencent_at_emulator import running
from tests.names import OK
from tests.ptys import heard, opened


def test_a_pty_with_a_stable_name(tmp_path: Path) -> None:
    link = tmp_path / "modem"
    with running(link, noise=False) as emulator:
        assert emulator.path == str(link) and link.is_symlink()
        with opened(emulator.path) as fd:
            heard(fd, b"\r\nready\r\n")
            os.write(fd, b"AT\r\n")
            assert heard(fd, OK) == b"AT\r\n" + OK
        with opened(emulator.path) as fd:  # a host may come and go
            os.write(fd, b"AT\r\n")
            heard(fd, OK)
    assert not link.is_symlink()


def test_a_link_replaces_a_stale_one_and_nothing_else(tmp_path: Path) -> None:
    link = tmp_path / "modem"
    link.symlink_to("/dev/pts/99999")
    with running(link):
        assert os.readlink(link) != "/dev/pts/99999"
    link.write_text("mine")
    with pytest.raises(FileExistsError), running(link):
        pass
    assert link.read_text() == "mine"
    link.unlink()
    link.symlink_to("/nowhere")
    with pytest.raises(FileExistsError), running(link):
        pass
    assert os.readlink(link) == "/nowhere"


def test_a_host_that_does_not_read_stops_nothing() -> None:
    with running(boot=False) as emulator:
        with opened(emulator.path) as fd:
            os.set_blocking(fd, False)
            line = b"AT+TCSAP?\r\n"
            for _ in range(3000):
                try:
                    os.write(fd, line)
                except BlockingIOError:
                    time.sleep(0.001)
            time.sleep(0.2)
            assert emulator.control.state()["running"]
        with opened(emulator.path) as fd:
            end = time.monotonic() + 5
            while time.monotonic() < end and select.select([fd], [], [], 0.2)[0]:
                os.read(fd, 65536)
            os.write(fd, b"\r\n")
            heard(fd, b"\r\n")
            os.write(fd, b"AT\r\n")
            heard(fd, OK)


def test_control_from_another_thread() -> None:
    with running(boot=False) as emulator:
        emulator.control.given('connected; subscribed "t" 0')
        with opened(emulator.path) as fd:
            assert emulator.control.cloud_publish("t", "hello") == 1
            assert heard(fd, b'"hello"\r\n') == b'+TCMQTTRCVPUB:"t",5,"hello"\r\n'
            emulator.control.drop_wifi()
            heard(fd, b"+TCMQTTDISCON,-103\r\n")
            emulator.control.restore_wifi()
            heard(fd, b"+TCMQTTRECONNECTED\r\n")
            emulator.control.power_cycle()
            heard(fd, b"\r\nready\r\n")
        with pytest.raises(ValueError, match="no provisioning"):
            emulator.control.provision()
