"""demo, monitor, -v: what a person sees first."""

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest

from tencent_at import Message
from tencent_at_cli.commands import demo
from tencent_at_cli.desk import port
from tests.cli.conftest import Cli, Make
from tests.cli.meanwhile import soon
from tests.names import DATA


def test_demo(cli: Cli, tmp_path: pathlib.Path) -> None:
    tape = tmp_path / "demo.jsonl"
    result = cli("--port", "emu://", "--capture", str(tape), "demo")
    assert result.code == 0
    assert "byte for byte" in result.out and "AT+TCMQTTPUBL" in result.out
    assert result.err.endswith("next: tencent-at --port emu:// shell\n")
    steps = cli("--port", "emu:", "demo", "--json").json
    assert steps["ok"] and len(steps["steps"]) == 10


def test_demo_notices_a_changed_byte(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    def damaged(modem: Any, timeout: float) -> Iterator[Any]:
        for came in port.happenings(modem, timeout):
            if isinstance(came, Message) and len(came.payload) < 100:
                came = came._replace(payload=came.payload[:-1] + b"]")
            yield came

    monkeypatch.setattr(demo, "happenings", damaged)
    result = cli("--port", "emu://", "demo")
    assert result.code == 8
    assert "not what was sent" in result.err


def test_verbose_prints_the_wire(cli: Cli, module: Make) -> None:
    result = cli("--port", module("device set").url, "-v", "device", "show", "--json")
    assert "AT+TCDEVINFOSET?" in result.err
    assert result.json["device_name"] == "Dev01"


def test_monitor(cli: Cli, module: Make) -> None:
    made = module(f'subscribed "{DATA}" 1')
    soon(lambda: made.control.cloud_publish(DATA, "hello"))
    shown = cli("--port", made.url, "monitor", "--seconds", "2")
    assert "+TCMQTTRCVPUB" in shown.out and "A message arrived" in shown.out
    soon(lambda: made.control.cloud_publish(DATA, "hello"))
    (line,) = cli("--port", made.url, "monitor", "--seconds", "2", "--json").lines
    assert line["kind"] == "message" and line["section"] == "5.1"
