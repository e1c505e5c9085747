"""connect, pub, sub: what goes out, what comes in, what ends a subscription."""

import json
import pathlib

import pytest

from tests.cli.conftest import Cli, Make
from tests.cli.meanwhile import soon, within
from tests.names import DATA


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
