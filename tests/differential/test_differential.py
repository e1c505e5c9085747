"""A sample of `make differential`, and that each change is still there to be turned back."""

from __future__ import annotations

from collections import Counter

from tests.differential.changes import CHANGES, reverted
from tests.differential.exchange import compared, exchange, shown

SAMPLE = 2000


def test_what_is_told_otherwise_is_so_on_purpose() -> None:
    found: Counter[str] = Counter()
    for index in range(SAMPLE):
        made = exchange(1, index)
        names = compared(made)
        assert names != (), shown(made)
        found.update(names or ("alike",))
    assert found["alike"] > SAMPLE * 0.9
    assert len(found) > 4, found  # the sample is hurt enough to show most changes


def test_each_change_has_its_text() -> None:
    for change in CHANGES:
        assert all(reverted((change.name,)))
