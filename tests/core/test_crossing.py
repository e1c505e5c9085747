"""Answers never cross: stray lines at every place of a row of calls, at every latency, on a clock that is a number.

The module here does one command after the other, each answer `latency` ms after its command, line by line. A stray
line may end the call that it falls into. It must not make a later call take the answer of an earlier one; only what
cannot be known is bounded: a stray OK or row may pay the call that was owed it, and the next one may be paid with what
that left over. (Commands that answer nothing but OK look alike: a row of them, one written at once behind the other,
is shifted by one stray OK until something else is asked.)
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from tencent_at import dialogue
from tests.core.shell import Refused, make

OK = b"\r\nOK\r\n"
# call, arguments; what the module hears; ms that it takes; what it answers; how the call must end.
CALLS: dict[str, tuple[tuple[object, ...], bytes, int, list[bytes], object]] = {
    "mqtt_state": ((), b"AT+TCMQTTSTATE?", 0, [b"+TCMQTTSTATE:1\r\n", OK], [1]),
    "wifi_mode": ((), b"AT+CWMODE?", 0, [b"+CWMODE:3\r\n", OK], [3]),
    "disconnect": ((), b"AT+TCMQTTDISCONN", 0, [b"+CME ERROR:208\r\n"], (1, 208)),
    "set_wifi_mode": ((1,), b"AT+CWMODE=1", 3, [OK], None),
    "subscribe": (
        ("a", 1),
        b'AT+TCMQTTSUB="a",1',
        40,
        [b"OK\r\n", b"+TCMQTTSUB:FAIL,-108\r\n"],
        (2, -108),
    ),
    "publish_short": (
        ("a", 0, "x"),
        b'AT+TCMQTTPUB="a",0,"x"',
        2,
        [b"OK\r\n", b"+TCMQTTPUB:OK\r\n"],
        None,
    ),
    "subscriptions": (
        (),
        b"AT+TCMQTTSUB?",
        1,
        [b'+TCMQTTSUB:"a",1\r\n', b'+TCMQTTSUB:"b",0\r\n', OK],
        [["a", 1], ["b", 0]],
    ),
    "firmware_info": (
        (),
        b"AT+TCFWINFO?",
        0,
        [b"OK\r\n", b'+TCFWINFO:"1",2,"0123456789abcdef0123456789abcdef",8\r\n'],
        ["1", 2, "0123456789abcdef0123456789abcdef", 8],
    ),
}
HEARD = {line: (ms, said) for _, line, ms, said, _ in CALLS.values()} | {b"AT": (0, [OK])}
BUSY = b"ERR CODE:0x010b0000\r\n\r\nbusy p...\r\n"
LATENCIES = 0, 1, 5, 30, 99, 100
ENDING = (
    b"\r\nERROR\r\n",
    b"\r\nFAIL\r\n",
    b"+CME ERROR:207\r\n",
    b"ERR CODE:0x01090000\r\n",
    b"\r\nready\r\n",
)
PAYING = (
    b"\r\nOK\r\n",
    b"+TCMQTTSTATE:9\r\n",
    b"+CWMODE:9\r\n",
    b"+TCMQTTSUB:OK\r\n",
    b"+TCMQTTPUB:OK\r\n",
)


class Module:
    """Hears a command half the latency after it was written; what it hears while it is at work it throws away."""

    def __init__(self, latency: int, apart: int) -> None:
        self.latency = latency
        self.apart = apart  # ms between two lines of an answer
        self.until = 0
        self.shell: Any = None

    def __call__(self, data: bytes) -> list[tuple[int, bytes]]:
        way = self.latency // 2
        heard = self.shell.now + way
        if heard < self.until:
            return [(self.latency, BUSY)]
        ms, lines = HEARD[data[:-2]]
        said = [
            (self.latency + (i + 1 == len(lines)) * ms + i * self.apart, line)
            for i, line in enumerate(lines)
        ]
        self.until = heard + said[-1][0] - self.latency
        return said


def played(
    names: tuple[str, ...], latency: int, apart: int, stray: bytes = b"", at: int = 0
) -> tuple[list[bool], list[int]]:
    """Which calls ended as they must, and when."""
    module = Module(latency, apart)
    module.shell = shell = make(dialogue, module)
    if stray:
        shell.say(at, stray)
    well = []
    times = []
    for name in names:
        args, _, _, _, wanted = CALLS[name]
        try:
            ended: object = shell.do(name, *args)
        except Refused as error:
            ended = error.args[0], error.args[2]
        well.append(ended == wanted)
        times.append(shell.now)
    return well, times


ROWS = [
    ("mqtt_state", "wifi_mode", "disconnect", "subscribe", "wifi_mode", "disconnect"),
    ("publish_short", "disconnect", "mqtt_state", "publish_short", "set_wifi_mode", "disconnect"),
    ("subscriptions", "set_wifi_mode", "disconnect", "firmware_info", "publish_short"),
    ("mqtt_state", "mqtt_state", "mqtt_state", "disconnect", "mqtt_state"),
    ("set_wifi_mode", "mqtt_state", "disconnect", "set_wifi_mode", "publish_short"),
    ("publish_short", "publish_short", "publish_short", "subscribe", "disconnect"),
    ("firmware_info", "disconnect", "subscriptions", "disconnect", "mqtt_state"),
]


@pytest.mark.parametrize("latency", LATENCIES)
@pytest.mark.parametrize("names", ROWS, ids=lambda names: "-".join(names[:3]))
def test_no_answer_crosses(names: tuple[str, ...], latency: int) -> None:
    for apart in (0, 1 + latency % 16):
        sound, times = played(names, latency, apart)
        assert all(sound)
        places = sorted({*range(4), *times, *range(5, times[-1], max(1, times[-1] // 8))})
        for stray, at in itertools.product((*ENDING, *PAYING), places):
            well, _ = played(names, latency, apart, stray, at)
            wrong = [i for i, each in enumerate(well) if not each]
            bound = 1 if stray in ENDING else 2
            what = f"{stray!r} at {at} of {names}, {latency} ms, lines {apart} ms apart: {well}"
            assert not wrong or wrong[-1] - wrong[0] < bound, what


@pytest.mark.parametrize("latency", LATENCIES)
def test_calls_that_end_as_they_should_cost_nothing_more(latency: int) -> None:
    names = "mqtt_state", "set_wifi_mode", "publish_short", "subscriptions", "firmware_info"
    _, times = played(names * 3, latency, 0)
    assert times[-1] == 3 * (5 * latency + 3 + 2 + 1)


@pytest.mark.parametrize("latency", LATENCIES)
def test_a_call_after_a_refusal_costs_a_quiet_moment_and_a_question(latency: int) -> None:
    _, times = played(("disconnect", "mqtt_state"), latency, 0)
    assert times == [latency, latency + (latency + 100) + latency]
