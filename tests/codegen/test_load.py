"""Strict loading: what the transcription must not say is refused, with file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from codegen.load import load
from codegen.paths import COMMANDS
from codegen.strict import SpecError, read

GOOD = COMMANDS.read_text(encoding="utf-8")
FAULTS = {
    "duplicate key": ("  TCMQTTPUB:\n", "  TCMQTTPUB:\n    group: mqtt\n", "duplicate key 'group'"),
    "duplicate command": ("  TCMQTTPUBL:\n", "  TCMQTTPUB:\n", "duplicate key 'TCMQTTPUB'"),
    "unknown key": (
        "      call: publish_short\n",
        "      call: publish_short\n      colour: red\n",
        "unknown key 'colour'",
    ),
    "unknown kind": (
        "kind: raw, bytes: 1..2048",
        "kind: rav, bytes: 1..2048",
        "'rav' is not one of",
    ),
    "unknown table": (
        "errors: [register, cme, sdk]",
        "errors: [registr, cme]",
        "no error table is called 'registr'",
    ),
    "unknown group": ("    group: ota\n", "    group: otta\n", "no group is called 'otta'"),
    "unknown revision": ("since: V3.1.2", "since: V3.1.9", "no revision is called 'V3.1.9'"),
    "unknown state": (
        "requires: {mqtt: connected, ota: [off, on]}",
        "requires: {mqtt: conected}",
        "mqtt is never 'conected'",
    ),
    "reply word": (
        "reply: [ok, prompt, result]",
        "reply: [ok, promt, result]",
        "'promt' is not one of",
    ),
    "prompt without payload": (
        "reply: [ok, prompt, result]",
        "reply: [ok, result]",
        "a raw argument and a prompt go together",
    ),
    "range": ("range: 60..690", "range: 690..60", "the range 690..60 is empty"),
    "no number": (
        "range: 60..690",
        "range: sixty..690",
        "an integer is wanted here, such as 12 or 0x0C, not 'sixty'",
    ),
    "flag": ("secret: true", "secret: yes", "true is wanted here, not 'yes'"),
    "missing key": ('    section: "3.4"\n', "", "the key 'section' is missing"),
    "not YAML": ("commands:\n", "commands: [\n", ""),
    "code twice": (
        "      101: {en: The device could not connect",
        "      1_: {en: x, zh: x}\n      101: {en: The device could not connect",
        "an integer is wanted",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_refused_with_file_and_line(fault: str, tmp_path: Path) -> None:
    old, new, message = FAULTS[fault]
    assert old in GOOD, "the planted fault has lost its place"
    path = tmp_path / "commands.yaml"
    path.write_text(GOOD.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(SpecError, match=r"^commands\.yaml:\d+: ") as refused:
        load(path)
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"a: b\nc: \xff\n", "2: byte 0xFF is not UTF-8: save the file as UTF-8"),
        ("a: b\n".encode("utf-16"), "1: byte 0xFF is not UTF-8"),
        ("a: b\n".encode("utf-16-le"), "1: the character U+0000 is not allowed"),
        (b"a: b\n\nc: \0\n", "3: the character U+0000 is not allowed"),
        (b"a: b\nc: &a {a: *a}\n", "2: the anchor &a is not allowed here"),
        (b"a: b\nc: *a\n", "2: the alias *a is not allowed here"),
        (b"a:\n- &x b\n- *x\n", "2: the anchor &x is not allowed here"),
        (b"&k a: b\n", "1: the anchor &k is not allowed here"),
        (b"a: b\nc: !!python/object:os.system {}\n", "2: the tag tag:yaml.org,2002:python/object:"),
        (b"a: !!str b\n", "1: the tag tag:yaml.org,2002:str is not allowed here"),
        (b"a: ! b\n", "1: the tag ! is not allowed here"),
        (b"a: b\nc: " + b"[" * 3000, "2: nested more than 40 deep"),
        (b"a: b\nc: " + b"{a: " * 3000, "2: nested more than 40 deep"),
        (b"\n".join(b" " * at + b"a:" for at in range(500)), "40: nested more than 40 deep"),
        (b"a: b\n---\nc: d\n", "2: but found another document"),
        (b"", "1: the file is empty"),
    ],
)
def test_what_is_no_plain_yaml_is_refused_with_its_line(
    data: bytes, words: str, tmp_path: Path
) -> None:
    path = tmp_path / "commands.yaml"
    path.write_bytes(data)
    with pytest.raises(SpecError) as refused:
        read(path)
    assert str(refused.value).startswith(f"commands.yaml:{words}")


def test_words_stay_words(tmp_path: Path) -> None:
    spec = load()
    assert spec.states["ota"].values == (
        "off",
        "on",
        "downloading",
    )  # YAML would read True and False
    assert spec.commands["TCOTASET"].forms["set"].requires == {
        "mqtt": ("connected",),
        "ota": ("off", "on"),
    }
    assert spec.manual["revision"] == "V3.1.3"


def test_secrets_are_marked() -> None:
    spec = load()
    found = {
        arg.name
        for c in spec.commands.values()
        for f in c.forms.values()
        for arg in f.args
        if arg.secret
    }
    assert found == {"device_secret", "product_secret", "password"}
