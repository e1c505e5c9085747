"""One builder for every way in."""

from __future__ import annotations

from typing import Any

import pytest
import serialx

import tencent_at_emulator
from tencent_at_emulator import Background, Emulator, emu_url, running
from tencent_at_emulator.builder import build


@pytest.mark.parametrize("settings", [{"quirks": ["nonsense"]}, {"faults": [("lose", "2")]}])
def test_an_order_that_cannot_be_met_leaves_nothing_running(settings: dict[str, Any]) -> None:
    background = Background()
    try:
        with pytest.raises(ValueError):
            background.call(lambda: build(background.loop, **settings))
        with pytest.raises(ValueError), running(**settings):
            pass
    finally:
        background.close()


def test_every_way_in_takes_the_same_order() -> None:
    def told(emulator: Emulator) -> tuple[object, ...]:
        state = emulator.control.state()
        return (
            emulator.quirks,
            emulator.faults,
            emulator.module.mac,
            emulator.flash.access_point,
            emulator.cloud.open_topics,
            state["wifi"],
        )

    order = (
        "seed=3&quirk=no-null-server&quirk=cme-err&fault=late:0.5&open=1&given=wifi%20off&stored=1"
    )
    with serialx.serial_for_url(f"emu://same?{order}", baudrate=115200):
        one = told(emu_url._named["same"])
    with running(
        seed=3,
        quirks=["no-null-server", "cme-err"],
        faults=[("late", "0.5")],
        open_topics=True,
        given="wifi off",
        joined=True,
    ) as emulator:
        assert told(emulator) == one
    assert one[0].cme_err and not one[0].null_server  # type: ignore[attr-defined]
    assert tencent_at_emulator.Emulator is Emulator
