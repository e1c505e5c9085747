"""What the emulator does by a word of the manual, not by a command's name: another manual, other answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tencent_at_emulator import Emulator, spec


class Manual:
    """The manual of this set, to be changed before it is read."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.written = folder, 0
        self.text: dict[str, Any] = json.loads(spec.find().read_text(encoding="utf-8"))

    def form(self, name: str, form: str = "set") -> dict[str, Any]:
        found: dict[str, Any] = self.text["commands"][name]["forms"][form]
        return found

    def emulator(self) -> Emulator:
        self.written += 1  # a path is read once
        path = self.folder / f"{self.written}.json"
        path.write_text(json.dumps(self.text), encoding="utf-8")
        made = Emulator(spec=spec.load(path), boot=False)
        made.write(b"ATE0\r\n")
        made.read()
        return made

    def said(self, line: str) -> str:
        made = self.emulator()
        made.write(line.encode() + b"\r\n")
        made.advance(1.0)
        return made.read().decode().replace("\r\n", "⏎")


@pytest.fixture
def manual(tmp_path: Path) -> Manual:
    return Manual(tmp_path)


def test_fail_bare(manual: Manual) -> None:
    line = 'AT+TCMQTTSRV="10.0.0.300"'
    assert manual.said(line) == "OK⏎+TCMQTTSRV:FAIL⏎"
    del manual.form("TCMQTTSRV")["fail"]
    assert manual.said(line) == "OK⏎+TCMQTTSRV:FAIL,204⏎"


def test_complaint_of_an_argument(manual: Manual) -> None:
    line = "AT+TCSAP=x,y"
    assert manual.said(line) == "ERR CODE:0x01080000⏎⏎ERROR⏎"
    del manual.form("TCSAP")["args"][0]["complaint"]
    assert manual.said(line) == "ERR CODE:0x01080000⏎+CME ERROR:204⏎"


def test_complaint_of_a_form(manual: Manual) -> None:
    few, many = "AT+TCMODINFOSET=1", 'AT+TCMODINFOSET="x",2,0,1118208,1122304,4096,1,9'
    assert manual.said(many) == "+CME ERROR:204⏎"
    assert "ERR CODE" in manual.said(few)
    manual.form("TCMODINFOSET")["complaint"] = "core"
    assert manual.said(few) == manual.said(many) == "⏎ERROR⏎"


def test_complaint_of_a_group(manual: Manual) -> None:
    line = "AT+CWMODE=7"
    assert manual.said(line) == "⏎ERROR⏎"
    del manual.text["groups"]["esp"]["complaint"]
    assert manual.said(line) == "+CME ERROR:204⏎"


def test_a_label_is_printed_as_it_stands(manual: Manual) -> None:
    manual.form("TCVER", "exec")["labels"] = {"firmware": "The  firmware"}
    assert manual.said("AT+TCVER").startswith("The  firmware: QCloud_AT")


def test_a_result_alone_can_be_forced_and_no_other(manual: Manual) -> None:
    """fail_next: nothing is done where OK and the result are all; elsewhere the behaviour comes to it."""
    for words, kept in (([], None), (["ok"], "10.0.0.1")):
        manual.form("TCMQTTSRV")["maybe"] = words
        made = manual.emulator()
        made.control.fail_next(202)
        made.write(b'AT+TCMQTTSRV="10.0.0.1"\r\n')
        assert made.read() == b"OK\r\n+TCMQTTSRV:FAIL\r\n"
        assert made.flash.mqtt_server == kept
