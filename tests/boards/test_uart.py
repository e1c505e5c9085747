"""The port: what a UART does not take at once, loses, or brings without a pause; on each port's, as they come."""

from __future__ import annotations

import pytest

from boards import runtimes
from tests.boards.storm import MESSAGE, PORTS, said


@pytest.mark.parametrize("port", PORTS)
@pytest.mark.parametrize("size", [1, 60, 289, 300, 320, 1500, 2048])
def test_a_payload_leaves_as_one_burst(
    port: str, size: int, micropython: runtimes.MicroPython
) -> None:
    out = said(
        micropython,
        f"""
payload = bytes([65 + i % 26 for i in range({size})])
for _ in range(2):
    modem.publish("a/b", payload, 1)
print(module.idle)
for taken in module.payloads:
    print(payload in taken, taken.endswith(b"\\r\\n") or len(taken) < 300)
""",
        port,
    )
    idle, *whole = out.splitlines()
    assert whole == ["True True"] * 2
    assert (
        int(idle) < 500
    )  # µs: nothing within a command or a payload that the module would take for its end


@pytest.mark.parametrize("answers", ["None", "0", "None, 0, 1, 3", "31, None", "100", "0, 299"])
def test_whatever_write_returns(answers: str, micropython: runtimes.MicroPython) -> None:
    """A port of any kind: a number, 0 or None, in any order. The end of a payload is handed over whole."""
    out = said(
        micropython,
        f"""
class Fussy:
    # Takes as much as its turn says; every other time it takes what it is given.
    turns = 0
    asked = []
    any = uart.any
    readinto = uart.readinto
    def write(self, data, off=0, n=None):
        n = len(data) if n is None else n
        self.asked.append((len(data), off, n))
        self.turns += 1
        takes = ({answers},)
        most = takes[self.turns // 2 % len(takes)] if self.turns % 2 else n
        if most:
            most = min(most, n)
            uart.write(data, off, most)
        return most
uart._room = 1 << 20  # what it takes it has room for
modem.uart = Fussy()
for size in (20, 300, 700):
    modem.publish("a/b", b"y" * size, 1)
print([len(taken) for taken in module.payloads[1:]], module.payloads[0][-21:], module.idle < 500)
for size, off, n in modem.uart.asked:
    if off + n == size > 288 and n < 32:
        print("a short end", size, off, n)
""",
    )
    first, *short = out.splitlines()
    assert first == "[302, 702] b'yyyyyyyyyyyyyyyyyyyy\"' True"
    # Only a port that had taken part of the end itself is asked for the end of the end.
    assert len(short) <= 4


def test_a_port_that_takes_nothing(micropython: runtimes.MicroPython) -> None:
    """Flow control that never lets go: an error that says so, and all is well when it lets go."""
    out = said(
        micropython,
        """
from tcat.errors import explain
modem.start()
fed = []
modem.on_wait = lambda: fed.append(time.ticks_ms())
for size in (20, 600):
    uart.cts = False
    uart._level = uart._room
    start = time.ticks_ms()
    try:
        modem.publish("a/b", b"x" * size, 1)
    except Error as error:
        print(error.args, explain(error), 1000 <= time.ticks_diff(time.ticks_ms(), start) < 1100)
    print(len(fed) > 10, max([b - a for a, b in zip(fed, fed[1:])]) <= 100)
    fed.clear()
    uart.cts = True
    module.line, module.left, module.payloads = b"", 0, []
    modem.publish("a/b", b"y" * size, 1)
    print(b"y" * size in module.payloads[0])
""",
    )
    assert out.splitlines() == [
        "(8, 'publish_short', None, '') publish_short: the port takes nothing True",
        "True True",
        "True",
        "(8, 'publish_long', None, '') publish_long: the port takes nothing True",
        "True True",
        "True",
    ]


@pytest.mark.parametrize("size", [20, 250, 2048])
def test_what_comes_while_a_payload_leaves(size: int, micropython: runtimes.MicroPython) -> None:
    """A stream without a pause at 115200, on the UART as it comes: nothing is lost under a command, nor behind it."""
    out = said(
        micropython,
        f"""
modem.start()
module.storm = {MESSAGE!r}
heard = 0
for _ in range(20):
    modem.publish("a/b", b"x" * {size}, 1)
    while True:
        message = modem.receive(0)
        if not message:
            break
        if int(message[1]) != heard:
            print(message, heard)
        heard += 1
print(uart.overrun, modem.lost, modem.link.noise, modem.link.dropped, heard >= 20, len(module.payloads), module.idle)
""",
    )
    assert out.startswith("0 0 0 0 True 20 ")
    assert int(out.split()[-1]) < 500


RECEIVING = f"""
modem.start()
module.storm = {MESSAGE!r}
heard = 0
longest = 0
"""


def test_a_loop_of_nothing_but_receive_keeps_all(micropython: runtimes.MicroPython) -> None:
    """200 messages in a row at 115200, rxbuf 256 and all else as it comes."""
    out = said(
        micropython,
        RECEIVING + """
while heard < 200:
    topic, payload = modem.receive()
    if int(payload) != heard:
        print("lost before", payload)
    heard += 1
print(heard, uart.overrun, modem.lost)
""",
    )
    assert out == "200 0 0\n"


def test_poll_and_receive_return_while_bytes_never_stop(
    micropython: runtimes.MicroPython,
) -> None:
    out = said(
        micropython,
        RECEIVING + """
module.storm = b"no message, no URC, just a line: %d\\r\\n"
for _ in range(20):
    start = time.ticks_ms()
    assert modem.receive(100) is None
    longest = max(longest, time.ticks_diff(time.ticks_ms(), start))
print(longest < 150)
taken = [0]
class Counting:
    any = uart.any
    write = uart.write
    def readinto(self, buf, n):
        taken[0] += n
        return uart.readinto(buf, n)
modem.uart = Counting()
for pause in (0, 10, 100):
    machine.busy(pause)
    there = uart.any()
    taken[0] = 0
    modem.poll()
    print(there <= taken[0] <= there + 512)
""",
    )
    assert out == "True\n" * 4


def test_the_inbox_is_bounded_in_bytes_and_tells_what_it_loses(
    micropython: runtimes.MicroPython,
) -> None:
    out = said(
        micropython,
        f"""
modem = Modem(uart, 2304, 64, 300)
modem.start()
told = []
modem.on_lost = told.append
module.storm = {MESSAGE!r}
for _ in range(100):
    modem.poll()
    time.sleep_ms(5)
kept = [int(message[0][message[3] : message[4]]) for message in modem.inbox]
print(kept, modem.lost > 10, told == list(range(1, modem.lost + 1)), uart.overrun)
print(modem.receive(0)[1])
modem.on_message = lambda buf, topic, stop, start, end: print("heard", int(bytes(buf[start:end])))
module.storm = None
modem.poll()
""",
    )
    assert out.startswith(
        "[0, 1, 2, 3] True True 0\nb'00000000000000000000'\nheard 1\nheard 2\nheard 3\n"
    )
