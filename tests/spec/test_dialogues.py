"""The dialogues can be read, contradict neither themselves nor the YAML, and leave nothing out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.spec import dialogues
from tests.spec.dialogues import (
    BadDialogue,
    Call,
    Dialogue,
    Event,
    Happening,
    HostBytes,
    ModuleBytes,
    Outcome,
    load_all,
    parse,
)

SPEC = dialogues.DIALOGUES.parent
FORMS = ("test", "read", "set", "exec")
FAILURES = ("cme", "fail", "fail-bare", "error", "err-code", "busy", "abort")

# BaseLoader: every scalar is text, as the project's own loader has it.
YAML: dict[str, Any] = yaml.load(
    (SPEC / "commands.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader
)

every = pytest.mark.parametrize("dialogue", load_all(), ids=str)


def covered(only: tuple[str, ...] = ("", "driver", "emulator")) -> set[str]:
    return {each for d in load_all() if d.only in only for each in d.covers}


def module_bytes(dialogue: Dialogue) -> bytes:
    return b"".join(step.data for step in dialogue.steps if isinstance(step, ModuleBytes))


# --- nothing is left out -------------------------------------------------------------------------


def forms() -> list[str]:
    return [
        f"{name} {form}"
        for name, command in YAML["commands"].items()
        for form in FORMS
        if form in command
    ]


def test_both_ends_speak_every_form() -> None:
    assert [form for form in forms() if form not in covered(("",))] == []


def test_every_urc_occurs_for_both_ends() -> None:
    names = [f"urc {name}" for name in YAML["urcs"]]
    assert [name for name in names if name not in covered(("", "driver"))] == []
    assert [name for name in names if name not in covered(("", "emulator"))] == []


def test_every_kind_of_failure_occurs_for_both_ends() -> None:
    kinds = [f"failure {kind}" for kind in FAILURES]
    assert [kind for kind in kinds if kind not in covered(("", "driver"))] == []
    assert [kind for kind in kinds if kind not in covered(("", "emulator"))] == []


def test_every_quirk_that_is_covered_is_explained() -> None:
    errata = (SPEC / "ERRATA.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([a-z0-9-]+)`", errata))
    assert {c.removeprefix("quirk ") for c in covered() if c.startswith("quirk ")} - named == set()


# --- they agree with the YAML --------------------------------------------------------------------


@every
def test_what_it_covers_exists(dialogue: Dialogue) -> None:
    known = {*forms(), *(f"urc {name}" for name in YAML["urcs"])}
    for each in dialogue.covers:
        if not each.startswith(("quirk ", "section ", "failure ")):
            assert each in known


@every
def test_what_it_covers_occurs(dialogue: Dialogue) -> None:
    sent = b"".join(step.data for step in dialogue.steps if isinstance(step, HostBytes))
    said = module_bytes(dialogue)
    for each in dialogue.covers:
        name, _, form = each.rpartition(" ")
        if form in FORMS and not each.startswith("urc "):
            line = YAML["commands"][name][form].get("line")
            tail = {"test": "=?", "read": "?", "set": "=", "exec": ""}[form]
            pattern = re.escape((line or f"AT+{name}{tail}").encode())
            end = rb"(?!\?)" if form == "set" else rb"\r\n"
            assert re.search(rb"(^|\n)" + pattern + end, sent), each
        elif each.startswith("urc "):
            name = each.removeprefix("urc ")
            plus = "" if YAML["urcs"][name].get("plain") else "+"
            heads = [plus + head for head in [name, *YAML["urcs"][name].get("aliases", [])]]
            assert any(head.encode() in said.replace(b"+ ", b"+") for head in heads), each


@every
def test_calls_exist_and_send_what_they_are_called_for(dialogue: Dialogue) -> None:
    calls = {
        form["call"]: (form.get("line") or f"AT+{name}{tail}")
        for name, command in YAML["commands"].items()
        for tail, form in (
            ("?", command.get("read")),
            ("=", command.get("set")),
            ("", command.get("exec")),
        )
        if form
    }
    for step, after in zip(dialogue.steps, dialogue.steps[1:], strict=False):
        if isinstance(step, Call):
            head = f"AT+{step.args[0]!s}=?" if step.name == "test" else calls[step.name]
            where = f"line {after.line}"
            assert isinstance(after, HostBytes), where
            assert after.data.startswith(head.encode()), where
            assert after.data.endswith(b"\r\n"), where
            assert len(after.data) <= 256, where


@every
def test_numbers_and_names_exist(dialogue: Dialogue) -> None:
    events = {urc["event"] for urc in YAML["urcs"].values()}
    tables = {*YAML["errors"], *YAML["reasons"]}
    for step in dialogue.steps:
        if isinstance(step, Event):
            assert step.name in events | {"noise"}, f"line {step.line}"
        if isinstance(step, Outcome) and step.ended == "refused":
            assert step.table in tables | {"error"}, f"line {step.line}"


# --- they agree with themselves ------------------------------------------------------------------

_MESSAGE = re.compile(rb'\+ ?TCMQTT(?:TRCVPUB|RCV ?PUB): ?"([^"]*)",(\d+),"')


def messages(said: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Topics and payloads, and a proof that each stated length is the true one."""
    at = 0
    while match := _MESSAGE.search(said, at):
        end = match.end() + int(match[2])
        assert said[end : end + 3] == b'"\r\n', match[0]
        yield match[1], said[match.end() : end]
        at = end + 3


@every
def test_messages_are_as_long_as_they_say(dialogue: Dialogue) -> None:
    if dialogue.name in (
        "13-restart-within-a-message",
        "51-message-bytes-lost",
        "51-message-misshapen",
        "51-message-nul",
        "51-message-torn-under-a-call",
    ):
        pytest.skip("cut short on purpose")
    told = [
        step.values for step in dialogue.steps if isinstance(step, Event) and step.name == "message"
    ]
    said = list(messages(module_bytes(dialogue)))
    if dialogue.only != "emulator":
        assert said == [
            tuple(v.encode() if isinstance(v, str) else v for v in values) for values in told
        ]


@every
def test_long_payloads_are_as_long_as_they_say(dialogue: Dialogue) -> None:
    if "failure abort" in dialogue.covers and dialogue.only == "emulator":
        pytest.skip("wrong on purpose")
    owed = 0
    for step in dialogue.steps:
        if isinstance(step, HostBytes):
            if owed:
                assert step.data[owed : owed + 2] == b"\r\n", f"line {step.line}"
                owed = 0
            elif match := re.fullmatch(rb"AT\+TCMQTTPUBL=.*,(\d+)\r\n", step.data):
                owed = int(match[1])
        elif isinstance(step, ModuleBytes) and step.data.startswith(b"+CME"):
            owed = 0
    assert not owed


@every
def test_firmware_rows_are_as_long_as_they_say(dialogue: Dialogue) -> None:
    if dialogue.name == "43-read-firmware-byte-lost":
        pytest.skip("wrong on purpose")
    for step in dialogue.steps:
        if isinstance(step, ModuleBytes) and (
            match := re.match(rb"\+TCREADFWDATA:(\d+),", step.data)
        ):
            assert len(step.data) == match.end() + int(match[1]) + 2, f"line {step.line}"


@every
def test_the_file_is_named_by_its_section(dialogue: Dialogue) -> None:
    assert re.fullmatch(r"[1-9][0-9]-[a-z0-9]+(-[a-z0-9]+)*", dialogue.name)


# --- the reader refuses what breaks the format ---------------------------------------------------

GOOD = """\
# a comment
covers: TCMQTTPUB set, urc TCMQTTDISCON
given: connected; subscribed "a; b" 1; stored "x" "y"

@ cloud publish "a; b" b"\\xff"
call publish_short "t" 0 "x"
> AT+TCMQTTPUB="t",0,"x"⏎
< OK⏎
< \\\\ \\x00 字
! disconnected -103
= failed -103
"""


def read(text: str) -> Dialogue:
    return parse(text, Path("some.at"))


def test_a_good_file_is_read() -> None:
    dialogue = read(GOOD)
    assert dialogue.covers == ("TCMQTTPUB set", "urc TCMQTTDISCON")
    assert dialogue.only == ""
    assert [(given.words, given.values) for given in dialogue.given] == [
        (("connected",), ()),
        (("subscribed",), ("a; b", 1)),
        (("stored",), ("x", "y")),
    ]
    assert dialogue.steps == (
        Happening(5, ("cloud", "publish"), ("a; b", b"\xff")),
        Call(6, "publish_short", ("t", 0, "x")),
        HostBytes(7, b'AT+TCMQTTPUB="t",0,"x"\r\n'),
        ModuleBytes(8, b"OK\r\n"),
        ModuleBytes(9, "\\ \0 字".encode()),
        Event(10, "disconnected", (-103,)),
        Outcome(11, "failed", number=-103),
    )


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("ok", {"ended": "ok"}),
        ("[1, 'a', b'\\x00']", {"ended": "row", "row": (1, "a", b"\0")}),
        ("[[1], [2]]", {"ended": "rows", "rows": ((1,), (2,))}),
        ("[]", {"ended": "rows"}),
        ('text "a" "b: c"', {"ended": "text", "rows": (("a",), ("b: c",))}),
        ("text", {"ended": "text"}),
        ("refused cme 208", {"ended": "refused", "table": "cme", "number": 208}),
        (
            "refused parser 0x01090000",
            {"ended": "refused", "table": "parser", "number": 0x01090000},
        ),
        ("refused error", {"ended": "refused", "table": "error"}),
        ("failed", {"ended": "failed"}),
        ("busy", {"ended": "busy"}),
    ],
)
def test_outcomes(text: str, meant: dict[str, Any]) -> None:
    dialogue = read(f"covers: AT exec\ncall attention\n> AT⏎\n= {text}\n")
    assert dialogue.steps[-1] == Outcome(4, **meant)


@pytest.mark.parametrize(
    ("line", "instead", "where"),
    [
        ("> AT+TCMQTTPUB", "AT+TCMQTTPUB", 7),
        ("< OK⏎", "<OK⏎", 8),
        ("< OK⏎", "< ", 8),
        ("< OK⏎", "< OK\\r\\n", 8),
        ("< OK⏎", "< \\x0", 8),
        ("< OK⏎", "? OK⏎", 8),
        ("@ cloud publish", "@ cloud rain", 5),
        ('b"\\xff"', "5", 5),
        ('b"\\xff"', '"a" "b"', 5),
        ('b"\\xff"', '"a', 5),
        ("connected;", "conected;", 3),
        ("connected;", "connected,", 3),
        ('" 1;', '" x;', 3),
        ("set, urc", "put, urc", 2),
        ("set, urc", "set,, urc", 2),
        ("urc TCMQTTDISCON", "TCMQTTPUB set", 2),
        ("urc TCMQTTDISCON", "failure strange", 2),
        ("# a comment", "only: nobody", 1),
        ("# a comment", "only: emulator", 6),
        ("# a comment", "covers: AT exec", 2),
        ('call publish_short "t" 0', 'call publish_short "t", 0', 6),
        ('call publish_short "t" 0', "call publish_short t 0", 6),
        ("= failed -103", "~ a while", 11),
        ("= failed -103", "~ 0", 11),
        ("= failed -103", "= failed badly", 11),
        ("= failed -103", "= fine", 11),
        ("= failed -103", "= refused cme", 11),
        ("= failed -103", "= refused 208", 11),
        ("= failed -103", "= [1, None]", 11),
        ("= failed -103", "= [1,", 11),
        ("= failed -103", "= [[1], 2]", 11),
        ("= failed -103", "= text line", 11),
        ("= failed -103\n", "", 6),
        ("= failed -103", "= ok\n= ok", 12),
        ("! disconnected -103", "call attention", 10),
        ("! disconnected -103", "! disconnected now", 10),
        ("! disconnected -103", "only: driver", 10),
    ],
)
def test_a_bad_line_is_refused_with_its_number(line: str, instead: str, where: int) -> None:
    assert line in GOOD
    with pytest.raises(BadDialogue, match=rf"^some\.at:{where}: "):
        read(GOOD.replace(line, instead, 1))


@pytest.mark.parametrize("text", ["", "covers: AT exec\n", "call attention\n> AT⏎\n= ok\n"])
def test_a_file_says_something_and_says_what_for(text: str) -> None:
    with pytest.raises(BadDialogue):
        read(text)


def test_the_host_speaks_only_when_called() -> None:
    with pytest.raises(BadDialogue, match=r"^some\.at:2: "):
        read("covers: AT exec\n> AT⏎\n< ⏎OK⏎\n")
    assert read("covers: AT exec\nonly: emulator\n> AT⏎\n< ⏎OK⏎\n").only == "emulator"
