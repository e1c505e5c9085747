"""A few runs of the model; `make model EXAMPLES=…` makes as many as you like."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.model.machine import Side
from tests.model.model import Model

EXAMPLES = int(os.environ.get("EXAMPLES", "4"))


@pytest.mark.timeout(0 if EXAMPLES > 4 else 120)
def test_driver_emulator_and_model_are_of_one_opinion() -> None:
    run_state_machine_as_test(
        Side,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=30,
            deadline=None,
            derandomize=EXAMPLES < 20,
            database=None,
            phases=(
                Phase.generate,
            ),  # a shrunk run is not worth its minutes: the order of rules is printed
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_model_notices() -> None:
    """A message lost, invented, doubled, out of order; one broken off may come or not."""
    a, b = ("t", b"a"), ("t", b"b")
    for read in ([], [a], [b, a], [a, b, b], [a, a, b]):
        model = Model()
        model.sure = [a, b]
        assert model.judge(list(read))
    model = Model()
    model.sure, model.perhaps[("t", b"c")] = [a, b], 1
    assert model.judge([a, ("t", b"c"), b]) == ""
    model.sure = [a, b]
    assert model.judge([a, b]) == ""
