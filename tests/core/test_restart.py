"""A restart that was asked for: when it is over, and what the echo is then."""

from __future__ import annotations

from typing import Any

import pytest

from tencent_at import dialogue
from tests.core.shell import Refused, make
from tests.core.words import (
    IS_ON,
    STATE,
    TIMEOUT,
)
from tests.names import OK

READY = b"\r\nready\r\nWIFI CONNECTED\r\n"
RESTART = b"AT+RST\r\n"


def restarts(ready: list[tuple[int, bytes]]) -> Any:
    """A shell whose module boots for half a second behind AT+RST, deaf, and then echoes until it is told not to."""
    echo = [True]
    booted = [0]

    def peer(data: bytes) -> list[tuple[int, bytes]]:
        if shell.now < booted[0]:
            return []
        said = data if echo[0] else b""
        if data == RESTART:
            booted[0] = shell.now + 500
            echo[0] = True
            return [(1, said + OK), *ready]
        if data in (b"ATE0\r\n", b"ATE1\r\n"):
            echo[0] = data == b"ATE1\r\n"
        return [(1, said + (IS_ON if data == STATE else OK))]

    shell = make(dialogue, peer)
    shell.echo = echo
    return shell


WHOLE = [(500, READY)]
NOISY = [(300, b"\x8c\x00>\xfe\r\n\xff+CME"), (500, b"\xe2" + READY)]
DAMAGED = [(500, b"\r\nrea\xffy\r\nWIFI CONNECTED\r\n")]
LOST: list[tuple[int, bytes]] = []


@pytest.mark.parametrize("ready", [WHOLE, NOISY, DAMAGED, LOST])
@pytest.mark.parametrize("asked", ["echo_off", "echo_on", ""])
def test_a_restart_is_over_when_the_module_is_there(
    ready: list[tuple[int, bytes]], asked: str
) -> None:
    """With the echo as it was asked for; where ready is damaged, the module is asked whether it is there."""
    shell = restarts(ready)
    if asked:
        shell.do(asked)
    before = shell.now
    assert shell.do("reset") is None
    assert 500 <= shell.now - before <= (750 if ready in (WHOLE, NOISY) else 10_250)
    assert shell.echo[0] == (asked != "echo_off")
    written = len(shell.written)
    assert shell.do("mqtt_state") == [1] and shell.written[written:] == [STATE]


def test_a_restart_that_does_not_end() -> None:
    shell = make(dialogue, lambda data: [(1, OK)] if data == RESTART else [])
    with pytest.raises(Refused) as refused:
        shell.do("reset")
    assert refused.value.args[:2] == (TIMEOUT, "reset") and 10_000 <= shell.now <= 15_000


def test_a_restart_that_was_not_heard() -> None:
    """No OK, no ready: that the module is there says nothing."""
    shell = make(dialogue, lambda data: [] if data == RESTART else [(1, OK)])
    with pytest.raises(Refused) as refused:
        shell.do("reset")
    assert refused.value.args[:2] == (TIMEOUT, "reset")
