"""Every command on a pretend module: what it prints, its JSON, its exit code."""

import hashlib
import json
import pathlib
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import tencent_at_emulator
from tencent_at import Message
from tencent_at_cli.commands import demo, doctor
from tencent_at_cli.desk import port
from tests.cli.conftest import Cli, Module
from tests.names import DATA, DEVICE, PRODUCT, SECRET
from tests.waiting import until

Make = Callable[..., Module]
IMAGE = bytes(range(256)) * 40


def soon(
    work: Callable[[], object], seconds: float = 0.8, when: Callable[[], object] = lambda: True
) -> threading.Thread:
    """Do something on the module's other side, so long after something is true."""

    def later() -> None:
        until(when)
        time.sleep(seconds)
        work()

    thread = threading.Thread(target=later, daemon=True)
    thread.start()
    return thread


def within(made: Module, name: str) -> Callable[[], object]:
    """Is a thing of the module's state there, and on?"""
    return lambda: made.control.state()[name] not in (None, "off", {}, [])


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


def test_connect_and_disconnect(cli: Cli, module: Make) -> None:
    made = module("device set")
    assert cli("--port", made.url, "connect", "--json").json["already"] is False
    assert cli("--port", made.url, "connect", "--json").json["already"] is True
    assert made.control.state()["mqtt"] == "up"
    assert cli("--port", made.url, "disconnect", "--json").json == {"connected": False, "was": True}
    assert cli("--port", made.url, "disconnect").code == 0


def test_connect_refused(cli: Cli, module: Make) -> None:
    assert cli("--port", module().url, "connect").code == 6  # no identity


def test_disconnect_turns_ota_off(cli: Cli, module: Make) -> None:
    made = module("ota on")
    assert cli("--port", made.url, "disconnect").code == 0
    assert made.control.state()["mqtt"] == "off"


PAYLOADS = [
    (["hello"], b"", b"hello"),
    (["./data"], b"", b"./data"),
    (['{"a":"x, \\"y\\" \u5b57"}'], b"", '{"a":"x, \\"y\\" \u5b57"}'.encode()),
    (["-"], b"from standard input", b"from standard input"),
    (["--as-json", '{ "n" : [1, 2] }'], b"", b'{"n":[1,2]}'),
]


@pytest.mark.parametrize(("words", "given", "wanted"), PAYLOADS)
def test_pub(cli: Cli, module: Make, words: list[str], given: bytes, wanted: bytes) -> None:
    made = module("device set")
    sent = cli("--port", made.url, "pub", "./data", *words, "--json", input=given)
    assert sent.code == 0
    assert sent.json == sent.json | {"topic": DATA, "bytes": len(wanted), "qos": 1}


def test_pub_a_file_and_lines(cli: Cli, module: Make, tmp_path: pathlib.Path) -> None:
    made = module("device set")
    file = tmp_path / "payload"
    file.write_bytes(b"x" * 1500)
    assert cli("--port", made.url, "pub", DATA, "--file", str(file), "--json").json["bytes"] == 1500
    many = cli("--port", made.url, "pub", DATA, "--lines", "--json", input=b"one\ntwo\n")
    assert [line["bytes"] for line in many.lines] == [3, 3]


def test_pub_refuses_what_cannot_travel(cli: Cli, module: Make) -> None:
    made = module("device set")
    result = cli("--port", made.url, "pub", DATA, "-", input=b"nul \0 byte")
    assert result.code == 2
    assert cli("--port", made.url, "pub", DATA, "--as-json", "{no json").code == 2


def test_pub_spells_long_json_anew(cli: Cli, module: Make) -> None:
    made = module("device set")
    document = json.dumps({"text": 'say "yes", ' * 50})
    assert cli("--port", made.url, "pub", DATA, document).code == 2
    assert cli("--port", made.url, "pub", DATA, "--as-json", document).code == 0


def test_sub(cli: Cli, module: Make) -> None:
    made = module("device set")
    payloads = [b'{"n":1}', 'text \u5b57, "quoted"'.encode(), b"a\r\nOK\r\n+TCMQTTPUB:OK\r\n"]

    def send() -> None:
        for payload in payloads:
            made.control.cloud_publish(DATA, payload)

    there = within(made, "subscriptions")
    soon(send, 0.1, there)
    got = cli("--port", made.url, "sub", "./data", "-n", "3", "--timeout", "20", "--json")
    assert got.code == 0
    assert [line["payload"].encode() for line in got.lines] == payloads
    assert got.lines[0]["json"] == {"n": 1}
    assert made.control.state()["subscriptions"] == {}
    soon(send, 0.1, there)
    shown = cli("--port", made.url, "sub", "./data", "-n", "3", "--timeout", "20").out
    assert '"n": 1' in shown and "text \u5b57" in shown
    soon(send, 0.1, there)
    raw = cli("--port", made.url, "sub", "./data", "-n", "3", "--timeout", "20", "--raw").out
    assert raw == b"".join(payload + b"\n" for payload in payloads).decode()


def test_sub_in_vain(cli: Cli, module: Make) -> None:
    assert cli("--port", module("device set").url, "sub", "a", "--timeout", "0.5").code == 9


def test_sub_survives_a_restart(cli: Cli, module: Make) -> None:
    made = module('device set; stored "Home" "12345678"')
    soon(made.control.power_cycle, 0.3, within(made, "subscriptions"))
    soon(lambda: made.control.cloud_publish(DATA, "after"), 5)
    got = cli("--port", made.url, "sub", "./data", "-n", "1", "--timeout", "20", "--json")
    assert got.lines[0]["payload"] == "after"


def test_sub_waits_while_the_module_reconnects(cli: Cli, module: Make) -> None:
    made = module("device set")
    soon(made.control.drop_mqtt, 0.3, within(made, "subscriptions"))
    soon(made.control.restore_mqtt, 1.0, within(made, "subscriptions"))
    soon(lambda: made.control.cloud_publish(DATA, "after"), 5)
    got = cli("--port", made.url, "sub", "./data", "-n", "1", "--timeout", "20", "--json")
    assert got.lines[0]["payload"] == "after"
    assert "by itself" in got.err and "reconnected" in got.err


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


def test_demo(cli: Cli, tmp_path: pathlib.Path) -> None:
    tape = tmp_path / "demo.jsonl"
    result = cli("--port", "emu://", "--capture", str(tape), "demo")
    assert result.code == 0
    assert "byte for byte" in result.out and "AT+TCMQTTPUBL" in result.out
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


def test_emulate_help(cli: Cli) -> None:
    assert "--ota" in cli("emulate", "--help").out
