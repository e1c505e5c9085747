"""What numbers and lines mean, and what to do."""

import pytest

from tencent_at.manual import FORMS
from tencent_at.meanings import TABLES
from tencent_at.wire import index
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
    ("+CWJAP:3", "No such access point", "1.3"),
    ("FAIL", "The line before it says why", "1.3"),
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


# A word; what must be among the answers: names and numbers; what must not be.
SPOKEN = [
    ("publish", {"TCMQTTPUB", "TCMQTTPUBL", 130, 131, 132}, {"TCMQTTSUB", -117}),
    ("发布", {"TCMQTTPUB", "TCMQTTPUBL", 130}, {"TCMQTTSUB"}),
    ("timeout", {202, -111, -604, 103}, {"TCMQTTPUB", 204}),
    ("超时", {202, -111, -604, 103}, {"TCMQTTPUB", 204}),
    ("connack", {-112, -113, -114, -115, -116, -117}, {-111, -118, "TCMQTTCONN"}),
    ("配网", {"TCSAP", "TCSTARTSMART", "softap_status", 3}, {"TCMQTTPUB", 202}),
    ("provisioning", {"TCSAP", "TCSTARTSMART"}, {"TCMQTTPUB"}),
    ("未授权", {-117, 130, 110}, {-116, "TCMQTTPUB"}),
    ("not authorised", {-117}, {-116}),
    ("publish refused", {130, 131, 132}, {110}),
    ("wlan", {"CWJAP", "CWLAP"}, {-137}),
]


@pytest.mark.parametrize(("word", "wanted", "unwanted"), SPOKEN)
def test_a_word_finds_what_speaks_of_it(
    cli: Cli, word: str, wanted: set[object], unwanted: set[object]
) -> None:
    result = cli("explain", *word.split(), "--json")
    assert result.code == 0
    found = {each[key] for each in result.json for key in ("name", "number")}
    assert wanted <= found and not unwanted & found


def test_many_answers_are_counted(cli: Cli) -> None:
    result = cli("explain", "mqtt")
    assert " more: a further word" in result.err and result.code == 0
    assert result.out.count("manual ") == 12


@pytest.mark.parametrize(
    ("wrong", "near"),
    [
        ("TCMQTPUB", "TCMQTTPUB"),
        ("timeuot", "timeout"),
        ("-1003x", None),
        ("205x", None),
        ("214", "213"),
    ],
)
def test_what_is_unknown_says_so_and_what_is_nearest(
    cli: Cli, wrong: str, near: str | None
) -> None:
    result = cli("explain", "--", wrong)
    assert result.code == 8 and "neither the manual" in result.err
    assert near is None or near in result.err.split("Nearest:")[1]
    assert not result.out


@pytest.mark.parametrize("call", [name for name in FORMS if name])
def test_the_page_of_a_command(cli: Cli, call: str) -> None:
    """Its example is a line that the driver itself sends, and reads as this form; nothing of its arguments lacks."""
    form = FORMS[call]
    (found,) = cli("explain", call, "--json").json
    (told,) = (each for each in found["page"]["forms"] if each["call"] == call)
    line = told["example"]["line"].split("⏎")[0]
    assert index.line(line) == form and told["example"]["call"].startswith(f"modem.{call}(")
    asked = [each for each in form.arguments if each.const is None]
    assert [each["name"] for each in told["arguments"]] == [each.name for each in asked]
    assert told["answers"] or not form.reply
    if any(each.secret for each in asked):
        assert "***" in told["example"]["line"] + told["example"]["call"]
    shown = cli("explain", call).out
    for each in asked:
        assert each.name in shown and each.title.en[:20] in shown and each.title.zh[:6] in shown


LOG = """\
12:00:01.123 > AT+CWJAP="Home","12345678"
[RX] +CWJAP:2
2026-01-01 12:00:03 <- FAIL
some words of a program
12:00:05 → AT+TCMQTTPUB="a/b/c",1,"hello"
12:00:06 ← OK
12:00:07 ← +TCMQTTPUB:FAIL,130
"""


@pytest.mark.parametrize("way", ["argument", "input"])
def test_a_pasted_block(cli: Cli, way: str) -> None:
    words, given = (
        ([LOG], b"") if way == "argument" else (["-"], LOG.replace("\n", "\r\n").encode())
    )
    result = cli("explain", *words, input=given)
    assert result.code == 0 and "12345678" not in result.out and "some words" not in result.out
    assert [line[:1] for line in result.out.splitlines() if not line.startswith(" ")] == list(
        "→←←→←←"
    )
    assert (
        "Wrong password" in result.out
        and "密码不对" in result.out
        and "no right to the topic" in result.out
    )
    rows = cli("explain", *words, "--json", input=given).json
    assert [row["kind"] for row in rows] == ["command", "error", "error", "command", "ok", "result"]
    assert cli("explain", "nothing\nof it\n").code == 8


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
