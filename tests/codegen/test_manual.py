"""The one manual: typed for the desktop, as JSON for the emulator; a revision shows up in all that read it."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import pytest

import tencent_at
from codegen.load import load
from codegen.paths import COMMANDS, ROOT
from tencent_at import entries, manual, meanings
from tencent_at.tables import FORMS, WORDS
from tencent_at.wire import index

OVERLAY = Path(__file__).with_name("overlay.yaml")
SPEC = load(COMMANDS)


def test_the_manual_is_the_transcription() -> None:
    """Each entry, field by field, is what the loader read."""
    assert manual.COMMANDS.keys() == SPEC.commands.keys()
    for name, command in SPEC.commands.items():
        made = manual.COMMANDS[name]
        assert (made.section, made.group, made.since) == (
            command.section,
            command.group,
            command.since,
        )
        assert tuple(made.title) == dataclasses.astuple(command.title)
        assert tuple(made.about) == dataclasses.astuple(command.about)
        assert made.forms.keys() == command.forms.keys()
        for kind, form in command.forms.items():
            same(made.forms[kind], form)
    for name, urc in SPEC.urcs.items():
        same(manual.URCS[name], urc)


def same(made: object, read: object) -> None:
    names = {"arguments": "args"}
    for key in made._fields:  # type: ignore[attr-defined]
        if key in ("command", "section", "heads") and isinstance(made, entries.Form):
            continue
        here, there = getattr(made, key), getattr(read, names.get(key, key))
        if key == "enum":
            there = getattr(tencent_at, there) if there else None
        elif isinstance(here, entries.Text):
            there = dataclasses.astuple(there)
        elif isinstance(here, tuple) and here and isinstance(here[0], entries.Field):
            assert len(here) == len(there)
            for each, other in zip(here, there, strict=True):
                same(each, other)
            continue
        elif key in ("low", "high"):
            there = there or 0
        elif isinstance(there, dict) or isinstance(here, dict):
            there = dict(there)
        assert here == there, (key, here, there)


def test_the_engine_s_table_says_the_same() -> None:
    for line in FORMS.split("\n")[1:-2]:
        call, heads, arguments, *_ = line.split(" ")
        form = manual.FORMS[call]
        assert heads == ",".join(form.heads)
        names = [arg.name for arg in form.arguments if arg.const is None]
        told = [arg.partition(":")[0] for arg in arguments.split(",") if arg and arg[0] != "="]
        assert told == names
    words = {word[2 : 2 + ord(word[0])] for word in WORDS.decode().split(",") if word}
    assert manual.EVENTS.keys() <= words


def test_tables_are_the_transcription_s() -> None:
    for name, table in {**SPEC.errors, **SPEC.reasons}.items():
        made = meanings.TABLES[name]
        assert {code: (*m[:3], m.fine) for code, m in made.codes.items()} == {
            number: (code.name, code.en, code.zh, code.fine) for number, code in table.codes.items()
        }
        assert made.heads == table.heads
        assert made.unlisted.keys() == table.unlisted.keys()
        for code, words in table.advice.items():
            meaning = made.codes.get(code) or made.unlisted[code]
            assert tuple(meaning.advice) == (words.en, words.zh)


@pytest.mark.parametrize("line", ["AT+TCMQTTPUB=?", "at+tcmqttpub?", "AT+NOTHING", "", "ATE0=1"])
def test_no_form_is_made_up(line: str) -> None:
    form = index.line(line)
    assert (form.kind if form else None) == {"AT+TCMQTTPUB=?": "test"}.get(line)


def test_what_is_read_in_errors_alone_is_not_imported() -> None:
    code = (
        "import sys, tencent_at\n"
        "late = {'tencent_at.meanings', 'tencent_at.events'}\n"
        "print(late & sys.modules.keys())\n"
        "print(str(tencent_at.CommandRefused('connect', 208, ['cme'])))\n"
        "print(tencent_at.events.Disconnected.__name__, late <= sys.modules.keys())\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    first, second, third = done.stdout.splitlines()
    assert first == "set()" and "refused 208 (Not possible" in second, done.stderr
    assert third == "Disconnected True"


REVISED = """
import json, sys
sys.path.insert(0, sys.argv[1] + "/cpython")
from tencent_at_cli.commands import shell
from tencent_at.wire.words import explain
from tencent_at_emulator import spec
(burnt,) = explain("LIGHT_BURNT_OUT")
print(burnt.text("zh"), burnt.advice.en)
print(explain("211")[0].meaning.en, "|", explain("light_changed")[0].title.zh)
print(shell.hint('AT+TCLIGHT="smile",'))
words = [each.text for each in shell.ShellCompleter()._commands("TCLI")]
print(words)
print(spec.load(sys.argv[1] + "/manual.json").form("TCLIGHT", "test").text)
"""


def test_a_revision_shows_up_wherever_people_read(tmp_path: Path) -> None:
    words = ["--overlay", str(OVERLAY), "--out", str(tmp_path)]
    subprocess.run([sys.executable, "-m", "codegen", *words], cwd=ROOT, check=True, timeout=60)
    done = subprocess.run(
        [sys.executable, "-c", REVISED, str(tmp_path)], capture_output=True, text=True, timeout=60
    )
    assert done.stdout.splitlines() == [
        "灯的故障 · 灯已损坏 Buy a new one.",
        "Too bright | 灯变化",
        "level: 10 or 20 or 30 · <name>,<level>,<picture> (9.1)",
        "['AT+TCLIGHT=', 'AT+TCLIGHT?', 'AT+TCLIGHT=?']",
        '+TCLIGHT:"NAME","LEN(1-512)"',
    ], done.stderr
    model = json.loads((tmp_path / "manual.json").read_text(encoding="utf-8"))
    assert model["manual"]["revision"] == "V9.9.9"
