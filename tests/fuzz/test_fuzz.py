"""The fuzz itself: the same case from the same number, played as the dialogue says where nothing is hurt, resumable."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tencent_at import dialogue
from tests.fuzz import __main__ as program
from tests.fuzz import book, case, damage, judge, report, shell, shrink
from tests.fuzz.probes import PROBES
from tests.spec import dialogues

SHELL = shell.make(dialogue)
SEED = 1
SAMPLE = 5000
# An engine whose calls have bounds, and that settles what ended in doubt; it came with the notation of silences.
needs_bounds = pytest.mark.skipif(not hasattr(dialogues, "Silence"), reason="no such engine yet")


@pytest.mark.parametrize("name", sorted(book.plays()))
def test_unhurt_it_ends_as_the_dialogue_says(name: str) -> None:
    """The module of the fuzz is no mirror: the dialogues judge it first."""
    record = case.play(case.Case(name, (), cuts=(7, 64, 1), pause=150), SHELL)
    assert record.broke is None
    for held in record.held:
        if not held.probe and name != "93-stray-answers":
            given_up = held.expected == ("timeout",) and held.ended == ("swallowed",)
            assert held.ended in (held.expected, ("reset",)) or given_up, report.lines(record)
    verdict = judge.judge(record)
    assert not verdict.found, f"{verdict.found}\n{report.lines(record)}"
    heard = [
        (bytes(data[topic:stop]), bytes(data[start:end]))
        for data, topic, stop, start, end in record.shell.inbox
    ]
    assert heard == list(book.plays()[name].messages)
    said = next(each for each in dialogues.load(only="driver") if each.name == name).steps
    events = [step.name for step in said if isinstance(step, dialogues.Event)]
    assert record.shell.events == [each for each in events if each not in ("message", "noise")]


@needs_bounds
@pytest.mark.parametrize("part", range(4))
def test_a_fixed_sample(part: int) -> None:
    """Twenty thousand cases of `make fuzz`; what fails is shrunk and printed by the line that is shown."""
    _, counts, failed = program.play_block((SEED, part * SAMPLE, (part + 1) * SAMPLE))
    again = [f"python -m tests.fuzz --seed {SEED} --index {i} --kind {k}" for k, i, _ in failed]
    assert not failed, "\n".join(again[:20])
    assert counts["bounded"] and counts["hurt"]


@pytest.mark.parametrize("slow", [0, 1, 60, 100])
@pytest.mark.parametrize("working", [True, False])
@pytest.mark.parametrize("probe", range(len(PROBES)), ids=lambda i: PROBES[i].call)
def test_each_probe_gets_its_own_answer(probe: int, slow: int, working: bool) -> None:
    made = case.Case("37-state", (), slow, working, probes=(probe, probe))
    record = case.play(made, SHELL)
    verdict = judge.judge(record)
    assert not verdict.found and not verdict.counts, f"{verdict}\n{report.lines(record)}"
    first, second = (held.ended for held in record.held if held.probe)
    assert first != second or not PROBES[probe].unique


def test_the_same_number_gives_the_same_case() -> None:
    made = [case.make(1, index) for index in range(300)]
    assert made == [case.make(1, index) for index in range(300)]
    assert made != [case.make(2, index) for index in range(300)]
    lines = [report.lines(case.play(each, SHELL)) for each in made[:50]]
    assert lines == [report.lines(case.play(each, SHELL)) for each in made[:50]]


def test_every_wound_and_every_dialogue_has_its_turn() -> None:
    made = [case.make(3, index) for index in range(5000)]
    kinds = {wound[0] for each in made for wound in each.wounds}
    words = "change insert drop repeat swap lose twice lines stray late pause restart"
    assert kinds == set(words.split())
    assert {each.dialogue for each in made} == set(book.plays())
    assert {each.slow for each in made} >= {0, 100} and {each.mood for each in made} > {""}


def test_most_wounds_hurt() -> None:
    """Three of four cases send other bytes than the dialogue does: these are no healthy dialogues."""
    hurt = 0
    made = [case.make(4, index) for index in range(1000)]
    for each in made:
        play = book.plays()[each.dialogue]
        sound, wounded = damage.plan(play, []), damage.plan(play, list(each.wounds))
        hurt += sound != wounded
    assert hurt > 750


def test_a_failing_case_is_shrunk_and_printed() -> None:
    """Many wounds are made one; what is printed shows the exchange."""

    class Deaf(SHELL):  # type: ignore[misc, valid-type]
        """Loses messages without a word."""

        def idle(self, ms: float) -> None:
            super().idle(ms)
            self.inbox.clear()

    made = case.Case(
        "51-messages",
        (("pause", 1, 3, 5), ("late", 0, 3, b"WIFI GOT IP\r\n")),
        60,
        False,
        (3,),
        5,
        (5, 6),
        777,
    )
    small = shrink.shrink(made, "unaccounted", Deaf)
    assert (small.wounds, small.slow, small.cuts, small.numbers) == ((), 0, (1 << 20,), 300)
    text = report.lines(case.play(small, Deaf))
    assert '< +TCMQTTRCVPUB:"CTQS08Y5LG/Dev01/control",5,"three"⏎' in text
    assert "> AT+SYSRAM?⏎" in text and "= [" in text


@needs_bounds
def test_what_is_printed_is_a_dialogue() -> None:
    """Any case can be put into spec/dialogues as it is."""
    for index in range(1000):
        made = case.make(6, index)
        record = case.play(made, SHELL)
        if made.mood or len(record.shell.log) > report.LONGEST // 2:
            continue
        read = dialogues.parse(report.lines(record), Path("printed.at"))
        said = b"".join(step.data for step in read.steps if isinstance(step, dialogues.ModuleBytes))
        assert said == b"".join(sent.data for sent in record.shell.came)
        calls = [(step.name, step.args) for step in read.steps if isinstance(step, dialogues.Call)]
        assert calls == [(held.call, held.args) for held in record.held]


def test_it_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr(program, "BLOCK", 20)
    monkeypatch.setattr(program, "tested", lambda: "these")
    begun = program.State(5, tmp_path)
    for at in (0, 20):
        begun.add(program.play_block((5, at, at + 20)), 1.0)
    begun.save()
    on = program.State(5, tmp_path)
    assert on.done == 40 and on.counts == begun.counts and on.failed == begun.failed
    monkeypatch.setattr(program, "tested", lambda: "others")
    assert program.State(5, tmp_path).done == 0
