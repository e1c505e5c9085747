"""Nothing let in: every string argument, every hostile value, every driver. Judged by the emulator's own reader."""

from __future__ import annotations

import asyncio
from typing import Any

from tests.hostile.calls import Call, Seen, at_a_desk, awaited, calls, on_a_board, wrong
from tests.hostile.values import VALUES


def judged(each: list[Call], seen: list[Seen]) -> list[str]:
    """What must not be; and that something was sent and something was refused, or nothing was tried."""
    assert len(each) == len(seen)
    sent = sum(one.error is None for one in seen)
    assert len(each) // 10 < sent < len(each) * 9 // 10, f"{sent} of {len(each)} were sent"
    return [said for call, one in zip(each, seen, strict=True) if (said := wrong(call, one))]


def test_sixty_values() -> None:
    assert len(VALUES) >= 60 and len({*VALUES}) == len(VALUES)


def test_blocking() -> None:
    each = calls(desk=True)
    assert judged(each, at_a_desk(each)) == []


def test_asyncio() -> None:
    each = calls(desk=True)
    assert judged(each, asyncio.run(awaited(each))) == []


def test_board(micropython: Any) -> None:
    each = calls(desk=False)
    assert judged(each, on_a_board(each, micropython)) == []


def test_what_the_judge_notices() -> None:
    """A second command, a changed value, a refusal that came too late, an error of the wrong kind."""
    call = Call("subscribe", ("a", 1), 0)
    line = b'AT+TCMQTTSUB="a",1\r\n'
    assert wrong(call, Seen(None, [line])) == ""
    for seen in (
        Seen(None, [line, b"AT+TCRESTORE\r\n"]),
        Seen(None, [b'AT+TCMQTTSUB="a"\r\nAT+RST\r\n",1\r\n']),
        Seen(None, [b'AT+TCMQTTSUB="b",1\r\n']),
        Seen(None, [line, b"AT"]),
        Seen("ValueError: subscribe", [line]),
        Seen("IndexError: 1", []),
    ):
        assert wrong(call, seen)
