"""Ways in that packages bring: an entry point, and nothing else, makes a scheme known."""

from __future__ import annotations

import re
from importlib import metadata
from pathlib import Path

import pytest
import serialx

import tencent_at
from tencent_at import schemes

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
from serialx.platforms.serial_socket import SocketSerial, SocketSerialTransport
import serialx

def register():
    serialx.register_uri_handler(
        scheme="brought://", unique_scheme="brought://",
        sync_cls=SocketSerial, async_transport_cls=Refused)
    return False

class Refused(SocketSerialTransport):
    async def _connect(self, **kwargs):
        raise OSError("opened by the package")
"""


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A package of somebody else's, installed."""
    info = tmp_path / "other_ways-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: other-ways\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(
        "[tencent_at.schemes]\nbrought = other_ways:register\nlacking = other_lacks:register [radio]\n"
    )
    (tmp_path / "other_ways.py").write_text(SCRIPT)
    (tmp_path / "other_lacks.py").write_text("import a_module_that_nobody_has\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    schemes._registered.cache_clear()
    return tmp_path


def test_a_scheme_that_a_package_brings(package: Path) -> None:
    assert {"brought", "emu", "lacking"} <= set(schemes.brought())
    with pytest.raises(tencent_at.PortError, match="opened by the package"):
        tencent_at.open("brought://there:1")
    with pytest.raises(
        tencent_at.InvalidArgument, match=r"dtr: brought://there:1 has no such line"
    ):
        tencent_at.open("brought://there:1", dtr=True)


def test_what_it_needs_is_named(package: Path) -> None:
    with pytest.raises(tencent_at.PortError) as refused:
        tencent_at.open("lacking://there")
    assert "a_module_that_nobody_has" in str(refused.value)
    assert 'pip install "other-ways[radio]"' in str(refused.value)


def test_a_scheme_of_nobody() -> None:
    assert schemes.make_known("nobodys://there") and not schemes.make_known("socket://there:1")
    with pytest.raises(tencent_at.PortError):
        tencent_at.open("nobodys://there")


def test_the_emulators_is_in_one_place() -> None:
    """Its name is data of the package: no module of the driver or of the command knows it."""
    entry = next(iter(metadata.entry_points(group=schemes.GROUP, name="emu")))
    assert entry.value == "tencent_at_emulator.emu_url:register [emulator]"
    assert entry.load()() is False and entry.load()() is False
    port = serialx.serial_for_url("emu://")
    port.close()
    for path in (*ROOT.glob("runtime/**/*.py"), *ROOT.glob("cli/desk/*.py")):
        code = path.read_text(encoding="utf-8")
        assert "tencent_at_emulator" not in code and not re.search(r'"emu:?"', code), path
