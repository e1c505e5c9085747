"""Wherever a fault falls, a caller is told what docs/faults.md says, and the calls behind it are in step."""

from __future__ import annotations

from typing import Any

import pytest

from tencent_at import dialogue
from tests.fuzz import faults, shell, table
from tests.fuzz.book import plays

WHOLE = "33-publish", "34-publish-long", "43-read-firmware", "51-message-under-a-call"
STEP = 41  # of the other dialogues' bytes one is taken in so many, another for each fault
PLAIN = shell.make(dialogue)


def told(name: str, step: int = 1) -> set[tuple[str, str, str]]:
    _, found, over, wrong = table.play(name, step)
    assert not wrong
    assert over <= 5000
    return set(found)


@pytest.fixture(scope="module")
def page() -> set[tuple[str, str, str]]:
    return table.allowed(table.PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", WHOLE)
def test_a_fault_behind_every_byte(name: str, page: set[tuple[str, str, str]]) -> None:
    found = told(name)
    assert found <= page
    assert {fault for fault, _, _ in found} == set(faults.ALLOWED)


def test_a_fault_here_and_there_in_every_dialogue(page: set[tuple[str, str, str]]) -> None:
    found = {each for name in plays() for each in told(name, STEP)}
    assert found <= page
    assert {where for _, where, _ in found} == set(faults.PLACES)


def test_the_page_names_every_fault_and_allows_no_more(page: set[tuple[str, str, str]]) -> None:
    idle = {table.NOTHING, faults.COUNTED, "ready", faults.CLOSED}
    assert {fault for fault, _, _ in page} == set(faults.ALLOWED)
    for fault, where, what in page:
        named = {faults.HURT, faults.RESET} if where == faults.NAME else set()
        calls = where not in (faults.IDLE, faults.IDLE_WITHIN)
        assert what in (faults.ALLOWED[fault] | named if calls else idle), (fault, where, what)


class Sure(PLAIN):  # type: ignore[misc, valid-type]
    """Never doubts the line."""

    @property
    def doubt(self) -> bool:
        return False

    @doubt.setter
    def doubt(self, value: object) -> None:
        pass


class Patient(PLAIN):  # type: ignore[misc, valid-type]
    """Sits there long after a call has ended."""

    def do(self, call: str, args: tuple[object, ...]) -> Any:
        try:
            return super().do(call, args)
        except shell.Refused:
            self.idle(6000)
            raise


class Blind(PLAIN):  # type: ignore[misc, valid-type]
    """Hears no `ready`, and counts nothing."""

    def pump(self) -> int:
        found = super().pump()
        self.events.clear()
        self.link.noise = self.link.dropped = 0
        return int(found)


@pytest.mark.parametrize(
    ("shell_class", "name", "fault", "said"),
    [
        (Sure, "33-publish", faults.CANCEL, "probe 1"),
        (Patient, "33-publish", faults.MENDS, "late"),
        (Blind, "52-link-lost", faults.RESTART, "nobody was told"),
    ],
)
def test_a_driver_at_fault_is_noticed(shell_class: Any, name: str, fault: str, said: str) -> None:
    hurt = faults.make(shell_class)
    found = [
        what
        for at in range(faults.length(name, hurt))
        for what in faults.play(name, fault, at, hurt).found
    ]
    assert any(said in what for what in found), set(found)
