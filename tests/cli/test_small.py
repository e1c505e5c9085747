"""Small things that misled: each said in its own words."""

import pathlib
import re
import subprocess
import sys

import pytest

from tests.cli.conftest import Cli, Make
from tests.cli.meanwhile import soon, within
from tests.names import DATA

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("words", ["info --port", "info --port --json", "--port", "info --baud"])
def test_an_option_without_its_value(cli: Cli, words: str) -> None:
    result = cli(*words.split())
    assert result.code == 2 and "needs a value" in result.err and "Such as" in result.err


@pytest.mark.parametrize("name", ["README.md", "docs"])
def test_a_port_that_is_no_serial_port(cli: Cli, name: str) -> None:
    result = cli("--port", str(ROOT / name), "info")
    assert result.code == 3 and "no serial port" in result.err and name in result.err


def test_nobody_is_sent_to_a_phone_before_the_module_listens(
    cli: Cli, module: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENCENT_AT_SOFTAP_PASSWORD", "abcdefgh")
    refused = cli("--port", module("connected").url, "provision", "softap", "--timeout", "1")
    assert refused.code == 5 and "phone" not in refused.err
    made = module()
    soon(
        lambda: made.control.provision("success", "tencent-at", "12345678"),
        0.3,
        within(made, "provisioning"),
    )
    assert "Connect the phone" in cli("--port", made.url, "provision", "softap").err


def test_what_nobody_acknowledges_is_sent_and_not_published(cli: Cli, module: Make) -> None:
    url = module("connected").url
    sent = cli("--port", url, "pub", DATA, "x", "--qos", "0")
    assert "sent 1 bytes" in sent.err and "acknowledges" in sent.err and "published" not in sent.err
    assert "published 1 bytes" in cli("--port", url, "pub", DATA, "x").err
    for qos in (0, 1):
        told = cli("--port", url, "pub", DATA, "x", "--qos", str(qos), "--json").json
        assert told["acknowledged"] is bool(qos)


def test_leaving_in_json(cli: Cli, module: Make) -> None:
    url = module("device set").url
    assert cli("--port", url, "wifi", "leave", "--json").json == {"joined": False, "was": True}
    assert cli("--port", url, "wifi", "leave", "--json").json == {"joined": False, "was": False}


def test_flash_without_a_board_says_which_there_are() -> None:
    words = [sys.executable, str(ROOT / "boards/flash.py")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and "PORT=" in done.stderr and "there are:" in done.stderr
    assert done.stderr.count("\n") == 1


def test_one_figure_for_the_buffer() -> None:
    pages = [ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("examples/*.py")]
    found = {word for page in pages for word in re.findall(r"rxbuf=\d+", page.read_text("utf-8"))}
    assert found == {"rxbuf=2048"}
