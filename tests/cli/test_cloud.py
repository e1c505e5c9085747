"""`cloud`: the other side of a module that runs in a process of its own, as the README has it."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import Cli
from tests.waiting import until

COMMAND = [sys.executable, "-m", "tencent_at_cli"]


@pytest.fixture
def link(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    path = str(tmp_path / "module")
    process = subprocess.Popen(
        [*COMMAND, "emulate", "--link", path, "--ready-file", str(tmp_path / "ready")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    monkeypatch.setenv("TENCENT_AT_PORT", path)
    yield path
    process.terminate()
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert (
        err
        == f"next: tencent-at --port {path} info; the cloud's side: tencent-at --port {path} cloud --help\n"
    )


def beside(*words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.fixture
def there(link: str, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    """The module has booted, and knows who it is."""
    until(lambda: cli("cloud", "wait").code == 0)
    monkeypatch.setenv("TENCENT_AT_DEVICE_SECRET", "ZHNkIGRzZCA=")
    assert cli("device", "set", "CTQS08Y5LG", "Dev01").code == 0
    return cli


def test_sub_shows_what_the_cloud_publishes(there: Cli) -> None:
    with beside("sub", "./data", "--count", "1") as listening:
        sent = there("cloud", "publish", "./data", "hello, 字", "--patience", "60")
        assert sent.code == 0 and "1 client" in sent.err, sent.err
        out, err = listening.communicate(timeout=60)
        assert "hello, 字" in out and listening.returncode == 0, err


def test_provision_ends(there: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TENCENT_AT_SOFTAP_PASSWORD", "12345678")
    with beside("provision", "softap", "setup") as phone:
        done = there("cloud", "provision", "--patience", "60")
        assert done.code == 0, done.err
        _, err = phone.communicate(timeout=60)
        assert phone.returncode == 0, err


def test_an_upgrade_and_the_state(there: Cli, tmp_path: Path) -> None:
    image = tmp_path / "image.bin"
    image.write_bytes(bytes(range(256)) * 8)
    assert there("cloud", "offer-ota", str(image), "2.0.0").code == 0
    took = there("ota", "watch", "1.0.0", "--save", str(tmp_path / "got"), "--timeout", "60")
    assert took.code == 0 and (tmp_path / "got").read_bytes() == image.read_bytes()
    assert there("cloud", "drop-mqtt").code == 0
    state = there("cloud", "state", "--json").json
    assert state["firmware"]["version"] == "2.0.0" and state["mqtt"] == "reconnecting"
    assert there("cloud", "restore-mqtt").code == there("cloud", "fault", "late", "0").code == 0
    assert "CTQS08Y5LG/Dev01" in there("cloud", "state").out


def test_what_is_refused_is_said(there: Cli, link: str) -> None:
    nobody = there("cloud", "publish", "./data", "x")
    assert nobody.code == 2 and "nobody has subscribed to CTQS08Y5LG/Dev01/data" in nobody.err
    idle = there("cloud", "provision", "--patience", "0")
    assert idle.code == 2 and "no provisioning is under way" in idle.err
    assert "there are:" in there("cloud", "fault", "unheard-of").err
    other = there("cloud", "state", "--module", "3")
    assert other.code == 2 and "module: 0 to 0" in other.err


def test_nobody_there(cli: Cli, tmp_path: Path) -> None:
    place = str(tmp_path / "nowhere")
    gone = cli("cloud", "state", "--control", place)
    assert gone.code == 3 and f"{place}: no emulator listens there" in gone.err
    assert "tencent-at emulate --link" in gone.err
    late = cli("cloud", "wait", "0", "--control", place)
    assert late.code == 3 and place in late.err
    unnamed = cli("--port", "emu://", "cloud", "state")
    assert unnamed.code == 2 and "--control" in unnamed.err
