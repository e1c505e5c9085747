"""The control channel: its deeds as the README spells them, and what breaks in a behaviour."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tencent_at_emulator import Emulator
from tencent_at_emulator.channel import DEEDS, answer
from tencent_at_emulator.control import Control
from tencent_at_emulator.module import BEHAVIOURS, Module
from tencent_at_emulator.spec import Form

README = Path(__file__).resolve().parents[2] / "emulator" / "README.md"
ERROR, OK = b"\r\nERROR\r\n", b"\r\nOK\r\n"


def spelled(name: str) -> str:
    """`name(first, second=1)`, as the code has it."""
    parameters = list(inspect.signature(getattr(Control, name)).parameters.values())[1:]
    words = [
        each.name if each.default is each.empty else f"{each.name}={each.default!r}"
        for each in parameters
    ]
    return f"{name}({', '.join(words)})"


def test_the_readme_spells_every_deed_as_it_is() -> None:
    table = README.read_text("utf-8").split("## Control", 1)[1].split("## Faults", 1)[0]
    cells = [row.split("|")[1] for row in table.splitlines() if row.startswith("| `")]
    written = [deed for cell in cells for deed in re.findall(r"`([^`]+)`", cell)]
    assert sorted(written) == sorted(map(spelled, DEEDS))


def test_every_public_deed_is_on_the_channel() -> None:
    public = {
        name
        for name, made in vars(Control).items()
        if inspect.isfunction(made) and not name.startswith("_")
    }
    assert public == set(DEEDS)


@pytest.fixture
def broken() -> Iterator[Emulator]:
    """A module two of whose commands break: at once, and after a while."""

    async def at_once(module: Module, form: Form, values: list[Any]) -> None:
        raise KeyError("oh no")

    async def later(module: Module, form: Form, values: list[Any]) -> None:
        module.ok(form)
        await module.sleep(1.0)
        await module.within(module.session.uplink.subscribe(b"t", "x"), 1)  # type: ignore[arg-type]
        raise RuntimeError("too late")

    async def taking(module: Module, form: Form, values: list[Any]) -> None:
        module.ok(form)
        await module.take(5)
        raise ZeroDivisionError

    whole = dict(BEHAVIOURS)
    BEHAVIOURS["TCMODULE", "exec"] = at_once
    BEHAVIOURS["TCVER", "exec"] = later
    BEHAVIOURS["TCMQTTSTATE", "read"] = taking
    try:
        emulator = Emulator(boot=False)
        emulator.control.given("connected")
        yield emulator
    finally:
        BEHAVIOURS.clear()
        BEHAVIOURS.update(whole)


def test_a_behaviour_that_breaks_is_an_error_and_a_report(
    broken: Emulator, caplog: pytest.LogCaptureFixture
) -> None:
    for line, before, after in (
        (b"AT+TCMODULE\r\n", b"", 0.0),
        (b"AT+TCVER\r\n", OK, 3.0),
        (b"AT+TCMQTTSTATE?\r\nhello\r\n"[:17], OK, 0.0),
    ):
        broken.write(line)
        broken.advance(after)
        if b"STATE" in line:
            broken.write(b"hello\r\nAT\r\n")  # what waits behind it is not lost
            assert broken.read() == before + ERROR + OK
        else:
            assert broken.read() == before + ERROR
        broken.write(b"AT\r\n")
        assert broken.read() == OK
    troubles = broken.control.state()["troubles"]
    assert [each.split(":")[0] for each in troubles] == [
        "TCMODULE exec",
        "TCVER exec",
        "TCMQTTSTATE read",
    ]
    assert "KeyError" in troubles[0] and "ZeroDivisionError" in troubles[2]
    assert len(caplog.records) == 3 and all(each.exc_info for each in caplog.records)


def test_a_broken_behaviour_does_not_outlive_a_restart(broken: Emulator) -> None:
    broken.write(b"AT+TCVER\r\n")
    broken.control.power_cycle()
    broken.advance(5)
    assert broken.read() == OK + b"\r\nready\r\n"
    assert broken.control.state()["troubles"] == []


def test_a_stray_line_over_the_channel() -> None:
    emulator = Emulator(boot=False)
    request = b'{"do": "stray", "line": "\\r\\nready\\r\\n"}'
    assert answer([emulator], request) == b'{"ok": true, "result": null}\n'
    assert emulator.read() == b"\r\nready\r\n"
    assert b'"ok": false' in answer([emulator], b'{"do": "stray", "line": 5}')
    assert b'"ok": false' in answer([emulator], b'{"do": "stray", "line": "x", "lines": -1}')
