"""Hostile arguments: one table, refused alike by both drivers and on each runtime, by name and before a byte goes out.

What the manual limits beyond that is the desktop's alone: tests/drivers/test_bad_input.py.
"""

from __future__ import annotations

from typing import Any

import pytest

import tencent_at
from tests.drivers.peer import Peer

# A call as it is typed, and the argument that is at fault.
NUMBERS = (
    "float('inf')",
    "float('nan')",
    "1.5",
    "60.0",
    "-1e300",
    "'60'",
    "b'60'",
    "[60]",
    "(60,)",
    "{60: 1}",
    "None",
    "object()",
    "10**5000",
    "-10**20",
    "1 << 32",
    "1j",
)
TEXTS = (
    "5",
    "True",
    "1.5",
    "float('inf')",
    "[97, 98]",
    "(97,)",
    "{97}",
    "{97: 1}",
    "range(3)",
    "None",
    "object()",
    "10**5000",
    "''",
    "b''",
    "'x' * 5000",
    r"'a\r\nb'",
    r"b'\0'",
)
CASES = (
    *((f"connect(keepalive={value})", "keepalive") for value in NUMBERS),
    *((f"connect({value})", "command_timeout") for value in NUMBERS),
    *((f"subscribe('t', {value})", "qos") for value in NUMBERS),
    *((f"set_uart({value})", "baud") for value in NUMBERS),
    *((f"subscribe({value})", "topic") for value in TEXTS),
    *((f"join('home', {value})", "password") for value in TEXTS),
    *((f"publish_short('t', 0, {value})", "payload") for value in TEXTS),
    *((f"publish_long('t', 0, {value})", "payload") for value in TEXTS),
    *((f"publish('t', {value})", "payload") for value in TEXTS if value != "'x' * 5000"),
    *((f"test({value})", "command") for value in TEXTS),
    ("publish_short('t', 0, 'x' * 240)", "payload"),
    ("publish_short('t' * 120, 0, 'x' * 119)", "topic"),
    ("publish_short('t', 0, ',' * 200)", "payload"),
    ("subscribe(',' * 128)", "topic"),
    (r"publish_long('t', 0, 'a\\,b')", "payload"),
)
# Too long only as a line; elsewhere no refusal may speak of its length.
LINES = ("240)", "119)", "200)", "* 128)")
ON_A_BOARD = """
from tcat import Modem
class Wire:
    said = b""
    def any(self):
        return 0
    def write(self, data):
        self.said += data
        return len(data)
wire = Wire()
modem = Modem(wire)
modem.doubt = False
for call in {calls!r}:
    try:
        eval("modem." + call)
        print("taken")
    except ValueError as error:
        print(str(error) or "without a word")
    except Exception as error:
        print(repr(error))
print(wire.said)
"""


def judged(call: str, argument: str, said: str) -> str:
    """What is wrong with a refusal, or nothing."""
    name = call.partition("(")[0]
    if not said.startswith((f"{name}", "publish_long: ")) or f": {argument} " not in said:
        return f"{call} says {said!r}"
    if ("longer" in said) != call.endswith(LINES):
        return f"{call} says {said!r} of the line"
    return ""


def desktop() -> list[str]:
    """What the desktop says to each call."""
    said = []
    peer = Peer()
    with tencent_at.open(peer, start=False) as modem:
        for call, _ in CASES:
            try:
                eval(call, {}, Calls(modem))
                said.append("taken")
            except ValueError as error:
                said.append(str(error))
    assert peer.written == b""
    return said


class Calls(dict[str, Any]):
    """The modem's calls by name, for eval."""

    def __init__(self, modem: object) -> None:
        self.modem = modem

    def __missing__(self, name: str) -> Any:
        if not hasattr(self.modem, name):
            raise KeyError(name)
        return getattr(self.modem, name)


def test_on_the_desktop() -> None:
    said = desktop()
    assert [x for (c, a), s in zip(CASES, said, strict=True) if (x := judged(c, a, s))] == []


def test_on_micropython(micropython: Any) -> None:
    done = micropython.run(ON_A_BOARD.format(calls=[call for call, _ in CASES]), timeout=60)
    *said, written = done.stdout.splitlines() or [""]
    assert written == "b''" and len(said) == len(CASES), done.stdout[-500:] + done.stderr[-500:]
    assert [x for (c, a), s in zip(CASES, said, strict=True) if (x := judged(c, a, s))] == []


def test_why_an_open_network_is_not_joined() -> None:
    form = tencent_at.codec.form("join")
    assert "crash" in tencent_at.refusal.refusal(form, ("home", ""), {})
    refused = pytest.raises(tencent_at.InvalidArgument, match=r"password.*crash")
    with tencent_at.open(Peer(), start=False) as modem, refused:
        modem.join("home", "")


@pytest.mark.parametrize(
    ("call", "args", "kw", "why"),
    [
        ("connect", (5000,), {"command_timeout": 6000}, "command_timeout is given twice"),
        ("subscribe", (), {"qos": 1}, "topic is missing"),
    ],
)
def test_given_twice_or_not_at_all(
    call: str, args: tuple[object, ...], kw: dict[str, object], why: str
) -> None:
    form = tencent_at.codec.form(call)
    with pytest.raises(ValueError):
        tencent_at.codec.encode(form, args, kw)
    assert why in tencent_at.refusal.refusal(form, args, kw)


def test_an_argument_left_out_before_one_that_is_given() -> None:
    form = "light +TCLIGHT= name:s,level:i:,depth:i: k  "
    with pytest.raises(ValueError):
        tencent_at.codec.encode(form, ("a",), {"depth": 1})
    assert tencent_at.refusal.refusal(form, ("a",), {"depth": 1}) == "light: level is missing"
