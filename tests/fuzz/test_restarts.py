"""A restart wherever it falls is noticed, and what comes behind it is in step (restarts.py says what must be told)."""

from __future__ import annotations

from typing import Any

import pytest

from tencent_at import dialogue
from tests.fuzz import case, report, restarts, shell
from tests.spec import dialogues

SHELL = shell.make(dialogue)
pytestmark = pytest.mark.skipif(not hasattr(dialogues, "Silence"), reason="no such engine yet")


@pytest.mark.parametrize("name", restarts.DIALOGUES)
def test_a_restart_behind_every_byte(name: str) -> None:
    played = 0
    for made in restarts.cases(name):
        record = case.play(made, SHELL)
        found = restarts.complaints(record)
        assert not found, f"{found}\n{report.lines(record)}"
        played += 1
    assert played >= 12 * sum(
        len(piece.data) for piece in restarts.pieces(name)
    ), "not at every byte"


class Blind(SHELL):  # type: ignore[misc, valid-type]
    """Hears no `ready`, and counts nothing."""

    def pump(self) -> int:
        found = super().pump()
        self.events.clear()
        self.link.noise = self.link.dropped = 0
        return int(found)


class Numb(SHELL):  # type: ignore[misc, valid-type]
    """Sits its time-outs out, whatever it heard."""

    def do(self, call: str, args: tuple[object, ...]) -> Any:
        try:
            return super().do(call, args)
        except shell.Refused:
            self.idle(9000)
            raise


@pytest.mark.parametrize(
    ("shell_class", "name", "said"),
    [
        (Blind, "52-link-lost", "nobody was told"),
        (Blind, "51-messages", "nothing was told"),
        (Numb, "51-message-under-a-call", "sat out"),
    ],
)
def test_who_does_not_notice_is_noticed(shell_class: Any, name: str, said: str) -> None:
    found = [
        complaint
        for made in restarts.cases(name)
        for complaint in restarts.complaints(case.play(made, shell_class))
    ]
    assert any(said in complaint for complaint in found), set(found)
