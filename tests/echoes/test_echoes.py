"""A sample of the damaged echoes; `make echoes` plays 400,000."""

from __future__ import annotations

import pytest

from tencent_at.wire import masks
from tests.echoes.echo import left, make

SAMPLE = 3000


def test_no_six_characters_of_a_secret_are_left_in_a_trace() -> None:
    assert [f"case {i}: {what}" for i in range(SAMPLE) for what in left(make(7, i))] == []


def test_without_masks_they_would_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """The cases hold what the masks take out: most leave it where nothing is masked."""
    monkeypatch.setattr(masks.Masks, "received", lambda self, line: line)
    monkeypatch.setattr(masks.Masks, "shown", lambda self, line, counted=False: line)
    assert sum(bool(left(make(7, i))) for i in range(200)) > 150


def test_masks_that_know_the_whole_secret_alone_are_noticed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(masks.Masks, "received", masks.Masks.shown)
    assert any(left(make(7, i)) for i in range(200))


def test_an_echo_that_runs_into_an_answer() -> None:
    """What begins like an answer, and goes on like a secret: 15 of the first 400,000 were shown."""
    assert [i for i in (22626, 27252) if left(make(1, i))] == []
