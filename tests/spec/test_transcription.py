"""The transcription against lists typed by hand from the manual, and not from the YAML."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from tests.spec import dialogues

# BaseLoader: every scalar is text, as the project's own loader has it.
YAML: dict[str, Any] = yaml.load(
    (dialogues.DIALOGUES.parent / "commands.yaml").read_text(encoding="utf-8"),
    Loader=yaml.BaseLoader,
)
FORMS = ("test", "read", "set", "exec")

# name, section, the forms that exist: t test, r read, s set, e exec. Chapters 2, 3, 4 and 6.
COMMANDS = """
    TCDEVINFOSET   2.1 trs
    TCPRDINFOSET   2.2 trs
    TCDEVREG       2.3 te
    TCMODULE       2.4 e
    TCRESTORE      2.5 te
    TCMQTTCONN     3.1 trs
    TCMQTTDISCONN  3.2 te
    TCMQTTPUB      3.3 ts
    TCMQTTPUBL     3.4 ts
    TCMQTTSUB      3.5 trs
    TCMQTTUNSUB    3.6 trs
    TCMQTTSTATE    3.7 tr
    TCOTASET       4.1 trs
    TCFWINFO       4.2 tr
    TCREADFWDATA   4.3 ts
    TCSTARTSMART   6.1 te
    TCSTOPSMART    6.2 te
    TCSAP          6.3 trs
    TCSTOPSAP      6.4 te
    TCMODINFOSET   6.5 trs
    TCMQTTSRV      6.6 trs
    TCVER          6.7 e
"""

# The plain commands of the AT core that a host needs.
PLAIN = """
    AT e, ATE0 e, ATE1 e, RST e, RESTORE e, GMR e, UART_CUR s, CWMODE rs, CWJAP rs, CWLAP e,
    CWQAP e, CIPSTA r, CIPSTATUS e, SYSRAM r
"""

# name as it stands on the line, section. Chapter 5, 6.1, 6.3, and the lines of the AT core.
URCS = {
    "TCMQTTRCVPUB": "5.1",
    "TCMQTTDISCON": "5.2",
    "TCMQTTRECONNECTING": "5.3",
    "TCMQTTRECONNECTED": "5.4",
    "TCOTASTATUS": "5.5",
    "TCSTARTSMART": "6.1",
    "TCSAP": "6.3",
    "ready": "1.3",
    "WIFI CONNECTED": "1.3",
    "WIFI GOT IP": "1.3",
    "WIFI DISCONNECT": "1.3",
    "Will force to restart!!!": "1.3",
}

# Chapter 7, in the manual's order.
SERVER = [101, 110, 111, 120, 130, 131, 132]
SDK = """
    -1001 QCLOUD_ERR_FAILURE
    -1002 QCLOUD_ERR_INVALID
    -3    QCLOUD_ERR_HTTP_CLOSED
    -4    QCLOUD_ERR_HTTP
    -5    QCLOUD_ERR_HTTP_PRTCL
    -6    QCLOUD_ERR_HTTP_UNRESOLVED_DNS
    -7    QCLOUD_ERR_HTTP_PARSE
    -8    QCLOUD_ERR_HTTP_CONN
    -9    QCLOUD_ERR_HTTP_AUTH
    -10   QCLOUD_ERR_HTTP_NOT_FOUND
    -11   QCLOUD_ERR_HTTP_TIMEOUT
    -102  QCLOUD_ERR_MQTT_PUSH_TO_LIST_FAILED
    -103  QCLOUD_ERR_MQTT_NO_CONN
    -104  QCLOUD_ERR_MQTT_UNKNOWN
    -105  QCLOUD_ERR_MQTT_ATTEMPTING_RECONNECT
    -106  QCLOUD_ERR_MQTT_RECONNECT_TIMEOUT
    -107  QCLOUD_ERR_MQTT_MAX_SUBSCRIPTIONS
    -108  QCLOUD_ERR_MQTT_SUB
    -109  QCLOUD_ERR_MQTT_NOTHING_TO_READ
    -110  QCLOUD_ERR_MQTT_PACKET_READ
    -111  QCLOUD_ERR_MQTT_REQUEST_TIMEOUT
    -112  QCLOUD_ERR_MQTT_CONNACK_UNKNOWN
    -113  QCLOUD_ERR_MQTT_CONANCK_UNACCEPTABLE_PROTOCOL_VERSION
    -114  QCLOUD_ERR_MQTT_CONNACK_IDENTIFIER_REJECTED
    -115  QCLOUD_ERR_MQTT_CONNACK_SERVER_UNAVAILABLE
    -116  QCLOUD_ERR_MQTT_CONNACK_BAD_USERDATA
    -117  QCLOUD_ERR_MQTT_CONNACK_NOT_AUTHORIZED
    -118  QCLOUD_ERR_RX_MESSAGE_INVALID
    -119  QCLOUD_ERR_BUF_TOO_SHORT
    -120  QCLOUD_ERR_MQTT_QOS_NOT_SUPPORT
    -121  QCLOUD_ERR_MQTT_UNSUB_FAIL
    -132  QCLOUD_ERR_JSON_PARSE
    -133  QCLOUD_ERR_JSON_BUFFER_TRUNCATED
    -134  QCLOUD_ERR_JSON_BUFFER_TOO_SMALL
    -135  QCLOUD_ERR_JSON
    -136  QCLOUD_ERR_MAX_JSON_TOKEN
    -137  QCLOUD_ERR_MAX_APPENDING_REQUEST
    -138  QCLOUD_ERR_MAX_TOPIC_LENGTH
    -601  QCLOUD_ERR_TCP_SOCKET_FAILED
    -602  QCLOUD_ERR_TCP_UNKNOWN_HOST
    -603  QCLOUD_ERR_TCP_CONNECT
    -604  QCLOUD_ERR_TCP_READ_TIMEOUT
    -605  QCLOUD_ERR_TCP_WRITE_TIMEOUT
    -606  QCLOUD_ERR_TCP_READ_FAIL
    -607  QCLOUD_ERR_TCP_WRITE_FAIL
    -608  QCLOUD_ERR_TCP_PEER_SHUTDOWN
    -609  QCLOUD_ERR_TCP_NOTHING_TO_READ
    -701  QCLOUD_ERR_SSL_INIT
    -702  QCLOUD_ERR_SSL_CERT
    -703  QCLOUD_ERR_SSL_CONNECT
    -704  QCLOUD_ERR_SSL_CONNECT_TIMEOUT
    -705  QCLOUD_ERR_SSL_WRITE_TIMEOUT
    -706  QCLOUD_ERR_SSL_WRITE
    -707  QCLOUD_ERR_SSL_READ_TIMEOUT
    -708  QCLOUD_ERR_SSL_READ
    -709  QCLOUD_ERR_SSL_NOTHING_TO_READ
"""
CME = [200, 201, 202, 203, 204, 205, 206, 207, 208, 209]
REGISTER = """
    1000 ErrorCode_SDK_InternalError
    1004 ErrorCode_SDK_ProductNotExists
    1006 ErrorCode_SDK_InvalidParam
    1010 ErrorCode_SDK_CheckSecretError
    1011 ErrorCode_SDK_NotSupportRegister
    1012 ErrorCode_SDK_ExceedRegisterTimes
    1020 ErrorCode_SDK_NoSuchDevice
    1021 ErrorCode_SDK_DeviceHasRegistered
    1031 ErrorCode_SDK_ExceedRegisterLimits
"""
PROVISIONING = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22]

REASONS = {
    "parser": [0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0A, 0x0B, 0x0C],
    "sub": [101, 102, 103, 104, 201, 202, 203, 204, 205, 206],
    "join": [1, 2, 3, 4],
}

# The table of revisions at the manual's beginning.
REVISIONS = {
    "V2.0.0": "2019-01-14",
    "V3.0.0": "2019-02-18",
    "V3.0.1": "2019-02-18",
    "V3.0.2": "2019-02-21",
    "V3.1.0": "2019-05-10",
    "V3.1.1": "2019-06-14",
    "V3.1.2": "2019-07-19",
    "V3.1.3": "2019-07-19",
}
SINCE = {
    "TCPRDINFOSET": "V3.1.1",
    "TCDEVREG": "V3.1.1",
    "TCMODULE": "V3.1.1",
    "TCRESTORE": "V3.1.1",
    "TCSTOPSMART": "V3.1.2",
    "TCSTOPSAP": "V3.1.2",
    "TCMQTTSRV": "V3.1.2",
    "TCSTARTSMART": "V3.1.0",
    "TCSAP": "V3.1.0",
    "TCDEVINFOSET": "V3.0.0",
    "TCOTASET": "V3.0.0",
    "TCFWINFO": "V3.0.0",
    "TCREADFWDATA": "V3.0.0",
}

# command, argument, its limits as the manual states them (and where it does not: WIRE's).
LIMITS = """
    TCDEVINFOSET product_id 1..10, TCDEVINFOSET device_name 1..48, TCDEVINFOSET device_secret 1..44,
    TCPRDINFOSET product_id 1..10, TCPRDINFOSET device_name 1..48, TCPRDINFOSET product_secret 1..32,
    TCMQTTCONN command_timeout 1000..10000, TCMQTTCONN keepalive 60..690,
    TCMQTTCONN clean_session 0..1, TCMQTTCONN reconnect 0..1,
    TCMQTTPUB topic 1..128, TCMQTTPUB qos 0..1,
    TCMQTTPUBL topic 1..128, TCMQTTPUBL qos 0..1, TCMQTTPUBL payload 1..2048,
    TCMQTTSUB topic 1..128, TCMQTTSUB qos 0..1, TCMQTTUNSUB topic 1..128,
    TCOTASET enabled 0..1, TCOTASET version 1..32, TCREADFWDATA length 1..4096,
    TCSAP ssid 1..32, TCSAP password 1..32,
    TCMODINFOSET module_name 1..30, TCMODINFOSET led_gpio 0..16, TCMODINFOSET fw_max_size 0..716800
"""

# What demands what (the manual's "refused while …"): command, form, mqtt, ota.
REQUIRES = """
    TCDEVINFOSET  read -            off
    TCDEVINFOSET  set  disconnected off
    TCPRDINFOSET  read -            off
    TCPRDINFOSET  set  disconnected off
    TCDEVREG      exec disconnected off
    TCRESTORE     exec disconnected off
    TCMQTTCONN    set  disconnected off
    TCMQTTDISCONN exec connected    off
    TCMQTTPUB     set  connected    off
    TCMQTTPUBL    set  connected    off
    TCMQTTSUB     set  connected    off
    TCMQTTUNSUB   set  connected    -
    TCOTASET      set  connected    off,on
    TCFWINFO      read -            off,on
    TCREADFWDATA  set  -            off,on
    TCSTARTSMART  exec disconnected off
    TCSTOPSMART   exec disconnected off
    TCSAP         set  disconnected off
    TCSTOPSAP     exec disconnected off
    TCMODINFOSET  set  disconnected off
    TCMQTTSRV     set  disconnected -
"""


def typed(lines: str) -> list[list[str]]:
    return [line.split() for line in lines.strip().splitlines()]


def forms(command: dict[str, Any]) -> str:
    return "".join(form[0] for form in FORMS if form in command)


def codes(table: str, where: str = "errors") -> list[int]:
    """A table's numbers in the file's order, with its ranges spelt out."""
    found: list[int] = []
    for code in YAML[where][table]["codes"]:
        low, _, high = code.partition("..")
        found += range(int(low, 0), int(high or low, 0) + 1)
    return found


def named(table: str) -> list[list[str]]:
    return [[code, error["name"]] for code, error in YAML["errors"][table]["codes"].items()]


def test_22_commands_in_51_forms() -> None:
    ours = {
        name: command for name, command in YAML["commands"].items() if command["group"] != "esp"
    }
    assert [[n, c["section"], forms(c)] for n, c in ours.items()] == typed(COMMANDS)
    assert len(ours) == 22
    assert sum(len(forms(command)) for command in ours.values()) == 51


def test_the_plain_commands() -> None:
    plain = {n: forms(c) for n, c in YAML["commands"].items() if c["group"] == "esp"}
    assert plain == dict(each.split() for each in PLAIN.split(","))


def test_every_urc() -> None:
    assert {name: urc["section"] for name, urc in YAML["urcs"].items()} == URCS


def test_104_codes_in_five_tables() -> None:
    assert list(YAML["errors"]) == ["server", "sdk", "cme", "register", "provisioning"]
    assert codes("server") == SERVER
    assert codes("sdk") == [int(code) for code, _ in typed(SDK)]
    assert codes("cme") == CME
    assert codes("register") == [int(code) for code, _ in typed(REGISTER)]
    assert codes("provisioning") == PROVISIONING
    assert [len(codes(table)) for table in YAML["errors"]] == [7, 56, 10, 9, 22]
    assert sum(len(codes(table)) for table in YAML["errors"]) == 104


def test_symbols_stand_as_the_manual_spells_them() -> None:
    assert named("sdk") == typed(SDK)
    assert named("register") == typed(REGISTER)
    for table in ("server", "cme", "provisioning"):
        assert not any("name" in error for error in YAML["errors"][table]["codes"].values())


def test_reasons() -> None:
    assert {table: codes(table, "reasons") for table in YAML["reasons"]} == REASONS


def test_revisions_and_what_they_brought() -> None:
    assert {name: revision["date"] for name, revision in YAML["revisions"].items()} == REVISIONS
    for name, since in SINCE.items():
        assert YAML["commands"][name]["since"] == since, name
    for name, command in YAML["commands"].items():
        assert ("since" in command) == name.startswith("TC"), name


def test_limits() -> None:
    for command, argument, limits in (each.split() for each in LIMITS.split(",")):
        found = [a for a in YAML["commands"][command]["set"]["args"] if a["name"] == argument]
        assert [a.get("bytes") or a.get("range") for a in found] == [limits], (command, argument)
    module = {a["name"]: a for a in YAML["commands"]["TCMODINFOSET"]["set"]["args"]}
    assert module["flash_size"]["values"] == ["2", "4"]
    for name in ("fw_info_address", "fw_base_address"):
        assert int(module[name]["multiple"], 0) == 4096
        assert int(module[name]["range"].partition("..")[0], 0) == 0x111000
    assert YAML["commands"]["TCREADFWDATA"]["set"]["args"][0]["host_multiple"] == "4"


def test_states() -> None:
    assert {name: (s["values"], s["refusal"]) for name, s in YAML["states"].items()} == {
        "mqtt": (["disconnected", "connected"], "208"),
        "ota": (["off", "on", "downloading"], "200"),
    }
    found = []
    for name, command in YAML["commands"].items():
        for form in FORMS:
            requires = command.get(form, {}).get("requires")
            if requires:
                ota = requires.get("ota", "-")
                ota = ota if isinstance(ota, str) else ",".join(ota)
                found.append([name, form, requires.get("mqtt", "-"), ota])
    assert found == typed(REQUIRES)


def test_the_bare_oks() -> None:
    """Set commands, and these five; the rest is framed, TCSAP and the plain commands too."""
    bare = set()
    for name, command in YAML["commands"].items():
        group = YAML["groups"][command["group"]].get("ok")
        for form in FORMS:
            if form in command:
                ok = command[form].get("ok") or group or ("bare" if form == "set" else "framed")
                if (ok == "bare") != (form == "set"):
                    bare.add((name, form, ok))
    assert bare == {
        ("TCDEVREG", "exec", "bare"),
        ("TCSTARTSMART", "exec", "bare"),
        ("TCRESTORE", "exec", "bare"),
        ("TCFWINFO", "read", "bare"),
        ("TCSAP", "set", "framed"),
        ("UART_CUR", "set", "framed"),
        ("CWMODE", "set", "framed"),
        ("CWJAP", "set", "framed"),
    }


def test_secrets() -> None:
    secret = {
        (name, argument["name"])
        for name, command in YAML["commands"].items()
        for argument in command.get("set", {}).get("args", [])
        if "secret" in argument
    }
    assert secret == {
        ("TCDEVINFOSET", "device_secret"),
        ("TCPRDINFOSET", "product_secret"),
        ("TCSAP", "password"),
        ("CWJAP", "password"),
    }


@pytest.mark.parametrize("part", ["commands", "urcs"])
def test_everything_is_described_in_both_languages(part: str) -> None:
    for name, each in YAML[part].items():
        for key in ("title", "about"):
            assert set(each[key]) == {"en", "zh"}, (name, key)
            assert each[key]["en"].isascii(), (name, key)
            assert not each[key]["zh"].isascii(), (name, key)


def test_every_error_is_described_in_both_languages() -> None:
    for table in (*YAML["errors"].values(), *YAML["reasons"].values()):
        codes, unlisted, advice = table["codes"], table.get("unlisted", {}), table["advice"]
        for code, error in [
            *codes.items(),
            *unlisted.items(),
            *advice.items(),
            ("", table["title"]),
        ]:
            assert set(error) - {"name", "fine"} == {"en", "zh"}, code
            assert error["en"].isascii() and not error["zh"].isascii(), code
