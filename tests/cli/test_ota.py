"""ota watch: an image, whole or not at all."""

import hashlib
import pathlib

from tests.cli.conftest import Cli, Make
from tests.cli.meanwhile import soon, within

IMAGE = bytes(range(256)) * 40


def test_ota(cli: Cli, module: Make, tmp_path: pathlib.Path) -> None:
    made = module("device set")
    file = tmp_path / "image.bin"
    soon(lambda: made.control.offer_ota(IMAGE, "2.0.0"), 0.2, within(made, "ota"))
    words = ["ota", "watch", "1.0.0", "--save", str(file), "--timeout", "30", "--json"]
    result = cli("--port", made.url, *words)
    assert result.code == 0, result.err
    assert file.read_bytes() == IMAGE
    assert result.lines[-1]["md5"] == hashlib.md5(IMAGE).hexdigest()
    assert made.control.state()["ota"] == "off"
    again = tmp_path / "again.bin"
    assert cli("--port", made.url, "ota", "download", str(again)).code == 0
    assert again.read_bytes() == IMAGE
    assert [path.name for path in tmp_path.iterdir() if "part" in path.name] == []


def test_ota_fails_and_waits_in_vain(cli: Cli, module: Make, tmp_path: pathlib.Path) -> None:
    made = module("device set")
    assert cli("--port", made.url, "ota", "watch", "1.0.0", "--timeout", "0.5").code == 9
    soon(lambda: made.control.offer_ota(IMAGE, "2.0.0", md5="0" * 32), 0.2, within(made, "ota"))
    failed = cli("--port", made.url, "ota", "watch", "1.0.0", "--timeout", "30")
    assert failed.code == 6
    assert cli("--port", made.url, "ota", "download", str(tmp_path / "x")).code == 5
    assert not (tmp_path / "x").exists()
