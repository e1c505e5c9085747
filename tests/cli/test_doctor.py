"""doctor: what it finds, without changing anything."""

import pathlib

import pytest

import tencent_at_emulator
from tencent_at_cli.commands import doctor
from tests.cli.conftest import Cli, Make


def test_doctor(cli: Cli, module: Make) -> None:
    made = module("device set")
    result = cli("--port", made.url, "doctor", "--json")
    assert result.code == 0
    states = {finding["step"]: finding["state"] for finding in result.json["findings"]}
    assert set(states.values()) == {"good"}
    assert list(states) == "port baud echo firmware identity wifi mqtt clock".split()
    assert made.control.state()["mqtt"] == "off"  # as it was found
    assert "✓" in cli("--port", made.url, "doctor").out


def test_doctor_names_what_is_wrong(cli: Cli, module: Make) -> None:
    result = cli("--port", module("wifi off").url, "doctor")
    assert result.code == 8
    assert "none is stored" in result.out and "device set" in result.out
    assert "not joined" in result.out and "wifi join" in result.out


def test_doctor_without_a_module(cli: Cli) -> None:
    result = cli("--port", "emu://?fault=mute-rate:1", "doctor")
    assert result.code == 8


@pytest.mark.parametrize("rate", [9600, 921600])
def test_doctor_finds_the_baud_rate(
    cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path, rate: int
) -> None:
    tried = []

    def knock(self: doctor.Doctor, url: str, at: int) -> bytes:
        tried.append(at)
        return b"\r\nOK\r\n" if at == rate else b"\xff\x80"

    monkeypatch.setattr(doctor.Doctor, "knock", knock)
    with tencent_at_emulator.running() as emulator:
        emulator.control.given("device set")
        result = cli("--port", emulator.path, "doctor")
    assert tried[0] == 115200 and tried[-1] == rate and len(set(tried)) == len(tried)
    assert f"answers at {rate}, not at 115200" in result.out and f"--baud {rate}" in result.out
    assert result.code == 0


def test_doctor_offline(cli: Cli, module: Make) -> None:
    result = cli("--port", module("device set").url, "doctor", "--offline", "--json")
    assert {f["step"]: f["state"] for f in result.json["findings"]}["mqtt"] == "skipped"


def test_doctor_tells_why_the_cloud_refuses(cli: Cli, module: Make) -> None:
    made = module("device set")
    made.control.refuse_connect(-117)
    result = cli("--port", made.url, "doctor")
    assert result.code == 8
    assert "-117" in result.out and "disabled in the console" in result.out
