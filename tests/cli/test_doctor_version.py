"""doctor names a firmware that is older than the one this program was written for, whatever the label's blanks."""

from __future__ import annotations

from typing import Any, cast

import pytest

import tencent_at
from tencent_at_cli.commands.doctor import GOOD, POOR, Doctor
from tests.drivers.peer import Peer, idle
from tests.names import OK


@pytest.mark.parametrize(("number", "state"), [("1.1.0", POOR), ("1.2.0", GOOD), ("2.0.1", GOOD)])
def test_an_older_firmware_is_named(number: str, state: str) -> None:
    line = f"Tencent Cloud IoT AT  version: QCloud_AT_ESP_WiFi_v{number}\r\n".encode()
    peer = Peer(lambda came: [line, OK] if came == b"AT+TCVER" else idle(came))
    doctor = Doctor(cast(Any, None), quiet=True)
    with tencent_at.open(peer) as modem:
        doctor.firmware(modem)
    (found,) = doctor.findings
    assert found["state"] == state and number in found["text"]
    assert ("Older than 1.2.0" in found["advice"]) == (state == POOR)
