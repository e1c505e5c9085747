"""What numbers and lines mean, and what to do."""

import pytest

from tencent_at.meanings import TABLES
from tencent_at.wire.words import explain
from tests.cli.conftest import Cli

EXPLAINED = [
    ("-117", "NOT_AUTHORIZED", "7.1"),
    ("208", "Not possible in this state", "7.2"),
    ("0x010b0000", "still running", "1.3"),
    ("ERR CODE:0x01080002", "counts from 0", "1.3"),
    ("+TCMQTTDISCON,-103", "link was lost", "5.2"),
    ("+TCMQTTCONN:FAIL,-116", "user name or password", "7.1"),
    ("+ TCMQTTCONN: FAIL-116", "user name or password", "7.1"),
    ("+CME ERR:204", "parameter is wrong", "7.2"),
    ("+TCSAP:WIFI_CONNECT_FAILED,3,103", "Time is up", "6.3"),
    ("+TCOTASTATUS:UPDATEFAIL,-6", "not resolved", "5.5"),
    ("WIFI GOT IP", "address", "1.3"),
    ("TCMQTTPUBL", "2048", "3.4"),
    ("publish_short", "254", "3.3"),
    ("disconnected", "MQTT connection", "5.2"),
    ('AT+TCMQTTPUB="a",1,"b"', "Publish a message", "3.3"),
    ("busy p...", "busy", "1.3"),
]


@pytest.mark.parametrize(("what", "said", "section"), EXPLAINED)
def test_explain(cli: Cli, what: str, said: str, section: str) -> None:
    result = cli("explain", what)
    assert result.code == 0
    assert said in result.out and f"manual {section}" in result.out


def test_in_json_and_chinese(cli: Cli) -> None:
    (found,) = cli("explain", "--json", "-117").json
    assert found["meaning"]["zh"] == "连接未获授权"
    assert found["advice"]["en"] and found["advice"]["zh"]
    shown = cli("explain", "--lang", "zh", "208").out
    assert "当前状态" in shown and "Not possible" not in shown


def test_numbers_that_overlap_are_all_told(cli: Cli) -> None:
    tables = [found["table"] for found in cli("explain", "110", "202", "--json").json]
    assert tables == ["server", "cme", "sub"]


def test_the_unknown(cli: Cli) -> None:
    assert cli("explain", "4711").code == 8
    assert cli("explain", "gibberish").code == 8


def test_secrets_are_not_repeated(cli: Cli) -> None:
    assert "12345678" not in str(cli("explain", 'AT+CWJAP="Home","12345678"'))


@pytest.mark.parametrize("table", TABLES)
def test_there_is_advice_for_every_number(table: str) -> None:
    codes = TABLES[table].codes
    silent = [code for code, meaning in codes.items() if not all(meaning.advice)]
    assert codes and silent == []


def test_every_name_is_found() -> None:
    found = 0
    for table in TABLES.values():
        for code, meaning in table.codes.items():
            if meaning.name:
                assert explain(meaning.name)[0].number == code
                found += 1
    assert found > 50


@pytest.mark.parametrize("number", [2, 210, -1003, -1004])
def test_what_the_firmware_says_beside_the_manual_is_told(number: int) -> None:
    (found,) = (each for each in explain(str(number)) if each.table in ("sdk", "cme"))
    assert found.meaning.en and found.meaning.zh and found.advice.en
