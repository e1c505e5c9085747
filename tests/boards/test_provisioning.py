"""softAP and SmartConfig on the board: outcome, time-out, stop."""

from __future__ import annotations

import pytest

from tencent_at_emulator import Emulator
from tests.boards.conftest import Wired
from tests.waiting import until

SOFTAP = "softap(modem, 'set me up', '12345678'{})"
SMART = "smartconfig(modem{})"


@pytest.mark.parametrize("way", [SOFTAP, SMART])
@pytest.mark.parametrize(
    ("outcome", "said"),
    [
        ("success", "('WIFI_CONNECT_SUCCESS', None, None)\n"),
        ("wrong-password", "('WIFI_CONNECT_FAILED', "),
        ("app-stop", "('WIFI_CONNECT_FAILED', 3, 101)\n"),
    ],
)
def test_outcomes(way: str, outcome: str, said: str, on_unix: Wired, module: Emulator) -> None:
    process = on_unix.start(f"""
        from tcat.provisioning import softap, smartconfig
        print(modem.run({way.format("")}))
    """)
    until(lambda: module.control.state()["provisioning"])
    module.control.provision(outcome)
    out, err = process.communicate(timeout=30)
    assert out.startswith(said), out + err


@pytest.mark.parametrize("way", [SOFTAP, SMART])
def test_time_out_and_stop(way: str, on_unix: Wired, module: Emulator) -> None:
    said = on_unix(f"""
        from tcat.provisioning import softap, smartconfig
        print(modem.run({way.format(", timeout=300")})[0])
        print(modem.run({way.format(", stop=lambda: True")})[0], modem.mqtt_state())
    """)
    assert said == "TIMEOUT\nSTOPPED [0]\n"
    assert module.control.state()["provisioning"] is None
