"""Every command on a pretend module: what it prints, its JSON, its exit code."""

import pathlib

import pytest

from tests.cli.conftest import Cli, Make
from tests.cli.meanwhile import soon, within
from tests.names import DATA, DEVICE, PRODUCT, SECRET


def test_help_names_every_command(cli: Cli) -> None:
    shown = cli("--help")
    assert shown.code == 0
    for name in (
        "ports info doctor explain wifi provision device connect disconnect pub sub ota shell "
        "monitor capture replay report factory demo emulate"
    ).split():
        assert name in shown.out
    assert "Exit codes" in shown.out


@pytest.mark.parametrize(
    "words",
    [
        *("ports info doctor explain connect disconnect pub sub shell monitor capture".split()),
        *("replay report factory demo emulate".split()),
        *("wifi scan,wifi join,wifi leave,wifi status,provision softap".split(",")),
        *("provision smartconfig,device set,device register,device show".split(",")),
        *("device clear,ota watch,ota download".split(",")),
    ],
)
def test_every_command_has_help(cli: Cli, words: str) -> None:
    shown = cli(*words.split(), "--help")
    assert shown.code == 0
    assert "sage" in shown.out


def test_wrong_command_line(cli: Cli) -> None:
    assert cli("nonsense").code == 2
    assert cli("pub").code == 2
    assert cli("pub", "topic", "--port", "emu://").code == 2  # no message


def test_no_port(cli: Cli) -> None:
    result = cli("--port", "/dev/there-is-none", "info")
    assert result.code == 3
    assert "there-is-none" in result.err


def test_a_module_that_does_not_answer(cli: Cli) -> None:
    result = cli("--port", "emu://?fault=mute-rate:1", "info")
    assert result.code == 4
    assert "doctor" in result.err


def test_options_behind_the_command(cli: Cli, module: Make) -> None:
    made = module("device set")
    assert cli("device", "show", "--port", made.url, "--json").json["device_name"] == "Dev01"
    assert cli("device", "show", f"--port={made.url}").code == 0


def test_the_port_from_the_environment(
    cli: Cli, module: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TENCENT_AT_PORT", module("device set").url)
    assert cli("device", "show").code == 0


def test_ports(cli: Cli) -> None:
    result = cli("ports", "--json")
    assert result.code == 0
    assert isinstance(result.json, list)


def test_info(cli: Cli, module: Make) -> None:
    made = module(f'connected; subscribed "{DATA}" 1; firmware "1.3.0" 12')
    found = cli("--port", made.url, "info", "--json").json
    assert found["module"]["hardware"] == "ESP-WROOM-02D"
    assert found["device"]["secret_bcc"] == 116
    assert found["wifi"]["ssid"] == "Home"
    assert found["mqtt"]["state"] == "connected"
    assert found["mqtt"]["subscriptions"] == [{"topic": DATA, "qos": 1}]
    assert found["ota"]["image"]["size"] == 12
    shown = cli("--port", made.url, "info").out
    assert "Home" in shown and DATA in shown


def test_info_of_an_empty_module(cli: Cli, module: Make) -> None:
    found = cli("--port", module("wifi off").url, "info", "--json").json
    assert found["device"] is None
    assert found["wifi"]["ssid"] is None


def test_wifi(cli: Cli, module: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = module("wifi off")
    assert cli("--port", made.url, "wifi", "status").code == 8
    assert cli("--port", made.url, "wifi", "scan", "--json").json[0]["ssid"] == "Home"
    monkeypatch.setenv("TENCENT_AT_WIFI_PASSWORD", "wrong password")
    wrong = cli("--port", made.url, "wifi", "join", "Home")
    assert wrong.code == 5
    assert "Wrong password" in wrong.err and "Type the password again" in wrong.err
    monkeypatch.setenv("TENCENT_AT_WIFI_PASSWORD", "12345678")
    joined = cli("--port", made.url, "wifi", "join", "Home", "--json").json
    assert joined["joined"] and joined["ip"] == "192.168.1.23"
    assert cli("--port", made.url, "wifi", "status", "--json").json["ssid"] == "Home"
    assert cli("--port", made.url, "wifi", "leave").code == 0
    assert cli("--port", made.url, "wifi", "status", "--json").json["joined"] is False


def test_a_secret_from_a_file_and_from_standard_input(
    cli: Cli, module: Make, tmp_path: pathlib.Path
) -> None:
    made = module("wifi off")
    file = tmp_path / "secret"
    file.write_text("12345678\n")
    words = ["--port", made.url, "wifi", "join", "Home", "--secret-file"]
    assert cli(*words, str(file)).code == 0
    assert cli(*words, "-", input=b"12345678\n").code == 0
    assert cli(*words, str(tmp_path / "none")).code == 2
    assert cli(*words[:-1]).code == 2  # nobody to ask


def test_device(cli: Cli, module: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = module()
    assert cli("--port", made.url, "device", "show").code == 8
    monkeypatch.setenv("TENCENT_AT_DEVICE_SECRET", SECRET)
    stored = cli("--port", made.url, "device", "set", PRODUCT, DEVICE, "--json")
    assert stored.json == {"product_id": PRODUCT, "device_name": DEVICE, "secret_bcc": 116}
    assert cli("--port", made.url, "device", "show", "--json").json == stored.json
    long = cli("--port", made.url, "device", "set", PRODUCT + "xx", DEVICE)
    assert long.code == 2
    assert cli("--port", made.url, "device", "clear", "--yes").code == 0


def test_register(cli: Cli, module: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    made = module()
    monkeypatch.setenv("TENCENT_AT_PRODUCT_SECRET", SECRET)
    words = ["--port", made.url, "device", "register", PRODUCT, "Dev77"]
    found = cli(*words, "--json")
    assert found.json["device_name"] == "Dev77"
    made.control.registration(1021)
    refused = cli(*words)
    assert refused.code == 6
    assert "registered already" in refused.err and "has its secret" in refused.err


@pytest.mark.parametrize("kind", ["softap", "smartconfig"])
def test_provision(cli: Cli, module: Make, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    monkeypatch.setenv("TENCENT_AT_SOFTAP_PASSWORD", "softap-pass")
    made = module("wifi off; device set")
    soon(
        lambda: made.control.provision("success", "Home", "12345678"),
        0.3,
        within(made, "provisioning"),
    )
    result = cli("--port", made.url, "provision", kind, "--timeout", "20", "--json")
    assert result.code == 0, result.err
    assert result.json["state"] == "WIFI_CONNECT_SUCCESS"
    soon(lambda: made.control.provision("wrong-password"), 0.3, within(made, "provisioning"))
    failed = cli("--port", made.url, "provision", kind, "--timeout", "20")
    assert failed.code == 6
    late = cli("--port", made.url, "provision", kind, "--timeout", "1")
    assert late.code == 9
    assert made.control.state()["provisioning"] is None  # left idle


def test_emulate_help(cli: Cli) -> None:
    assert "--ota" in cli("emulate", "--help").out
