"""The port: what a UART does not take at once, loses, or brings without a pause; on each port's, as they come."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

import tencent_at_emulator
from boards import runtimes
from tencent_at_emulator import Emulator
from tests.boards.conftest import ALONE, PLUGGED, Wired
from tests.boards.test_aio import BEGIN as BEGIN_AIO
from tests.boards.test_ota import digest, image
from tests.names import CONTROL
from tests.waiting import until

PORTS = ["rp2", "stm32", "esp32"]

# A module that answers at once, sends what it is told to in between, and keeps account of its input.
MODULE = PLUGGED + """
class Module:
    baudrate = 115200
    out = b""
    took = b""
    storm = None
    storms = 0
    line = b""
    left = 0
    rest = idle = 0
    payloads = []
    def any(self):
        return 1 << 20 if self.storm else len(self.out)
    def readinto(self, buf, n):
        while self.storm and len(self.out) < n:
            self.out += self.storm % self.storms
            self.storms += 1
        n = min(n, len(self.out))
        buf[:n] = self.out[:n]
        self.out = self.out[n:]
        return n
    def say(self, data):
        # Behind the line that is under way.
        i = self.out.find(b"\\n") + 1
        self.out = self.out[:i] + data + self.out[i:]
    def write(self, data):
        if self.line:
            self.idle = max(self.idle, uart.idle)
        self.line += data
        while True:
            if self.left:
                if len(self.line) < self.left:
                    return
                self.payloads.append(self.line[: self.left])
                self.line = self.line[self.left :]
                self.left = 0
                self.say(b"+TCMQTTPUBL:OK\\r\\n")
            i = self.line.find(b"\\r\\n")
            if i < 0:
                return
            line = self.line[:i]
            self.line = self.line[i + 2 :]
            if line.startswith(b"AT+TCMQTTPUBL="):
                self.say(b"OK\\r\\n>\\r\\n")
                self.left = int(line.split(b",")[-1]) + 2
            elif line.startswith(b"AT+TCMQTTPUB="):
                self.payloads.append(line)
                self.say(b"OK\\r\\n+TCMQTTPUB:OK\\r\\n")
            else:
                self.say(b"OK\\r\\n")
module = Module()
modem = plugged(module)
uart = modem.uart
"""


MESSAGE = b'+TCMQTTRCVPUB:"CTQS08Y5LG/Dev01/control",20,"%020d"\r\n'


def said(micropython: runtimes.MicroPython, script: str, port: str = "rp2") -> str:
    begin = f"import machine\nmachine.port = {port!r}\n{MODULE}"
    done = micropython.run(begin + script, path=ALONE, timeout=100)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


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


@pytest.fixture
def paced() -> Iterator[Emulator]:
    """A module whose line is as slow as the board's, so that it notices a pause."""
    with tencent_at_emulator.running(boot=False, noise=False, baud=115200) as emulator:
        emulator.control.given("device set")
        emulator.control.given("connected")
        yield emulator


BLOCKING = """
def job():
    modem.start()
{job}
job()
"""
ASYNCIO = """
async def main():
    modem = await begin()
{job}
asyncio.run(main())
"""
JOB = """
    import binascii, hashlib
    from tcat import ota
    class Flash:
        digest = hashlib.sha256()
        def write(self, data):
            machine.flash(20)  # no interrupts meanwhile
            self.digest.update(data)
    await modem.subscribe("CTQS08Y5LG/Dev01/data", 1)
    for size in (20, 310, 1510):  # CR LF never alone in a chunk of 60: the clock of the bench is not so fine
        await modem.publish("CTQS08Y5LG/Dev01/data", b"p" * size, 1)
        print(await modem.receive(5000) == ("CTQS08Y5LG/Dev01/data", b"p" * size))
    await modem.run(ota.fetch(modem, Flash(), 192))
    print(binascii.hexlify(Flash.digest.digest()).decode())
    await modem.subscribe("CTQS08Y5LG/Dev01/control", 1)
    heard = 0
    while heard < 100:
        message = await modem.receive(5000)
        if message is None:
            break
        if message[0].endswith("control"):
            heard += 1
            if heard % 20 == 0:
                await modem.publish("CTQS08Y5LG/Dev01/data", b"q" * 40, 1)
    print(heard, modem.lost)
"""


@pytest.mark.parametrize("shell", ["blocking", "asyncio"])
def test_the_main_job_an_image_and_a_storm(
    shell: str, unix: runtimes.MicroPython, paced: Emulator
) -> None:
    """At 115200 on a Pico's UART as it comes, both ends of the line as slow as it is."""
    data = image(3_000)
    paced.control.store_firmware(data, "1.3.0")
    wired = Wired(unix, paced)
    if shell == "blocking":
        process = wired.start(BLOCKING.format(job=JOB.replace("await ", "")))
    else:
        process = wired.start(ASYNCIO.format(job=JOB), begin=BEGIN_AIO)
    until(lambda: process.poll() is not None or CONTROL in paced.control.state()["subscriptions"])
    for _ in range(100):  # a publish has to wait for what the module has queued before its answer
        paced.control.cloud_publish(CONTROL, "s" * 64, 1)
        time.sleep(0.012)
    out, err = process.communicate(timeout=60)
    assert out == f"True\nTrue\nTrue\n{digest(data)}\n100 0\n", out + err


RAISED = """
from tcat import speed
class Board(Module):
    # Forgets its speed with a restart.
    def write(self, data):
        faster = b"AT+UART_CUR=" in data
        Module.write(self, data)
        if faster:
            self.wanted = int(data[12:].split(b",")[0])
    wanted = 0
    def readinto(self, buf, n):
        n = Module.readinto(self, buf, n)
        if self.wanted and not self.out:
            self.after = True
        return n
    def any(self):
        if self.wanted and not self.out:
            self.baudrate = self.wanted
            self.wanted = 0
        return Module.any(self)
module = Board()
machine.plug(0, module)
uart = machine.UART(0, 115200, rxbuf=1000, txbuf=500)
modem = Modem(uart)
modem.start()
modem.run(speed.change(modem, 921600))
print(uart.baudrate, module.baudrate, uart)
"""


@pytest.mark.parametrize("port", PORTS)
def test_a_module_that_fell_back_is_found(port: str, micropython: runtimes.MicroPython) -> None:
    out = said(
        micropython,
        RAISED + """
module.baudrate = 115200
start = time.ticks_ms()
modem.start()
print(uart.baudrate, module.baudrate, time.ticks_diff(time.ticks_ms(), start) < 10000)
modem.publish("a/b", b"x" * 700, 1)
print(len(module.payloads))
from tcat.session import Session
module.baudrate = 115200
session = Session(modem)
modem.run(session.mend())
print(uart.baudrate, module.baudrate, session.reason.args[:2])
""",
        port,
    )
    first, *rest = out.splitlines()
    assert first.startswith("921600 921600 UART(0, baudrate=921600") and "rxbuf=1000" in first
    # The module of this test has no row for the session's question.
    assert rest == ["921600 921600 True", "1", "921600 921600 (5, 'ip_status')"]


def test_a_silent_module_leaves_the_speed_alone(micropython: runtimes.MicroPython) -> None:
    out = said(
        micropython,
        RAISED + """
module.write = lambda data: None
for _ in range(2):
    try:
        modem.start()
    except Error as error:
        print(error.args[:2], uart.baudrate)
""",
    )
    assert out.splitlines()[1:] == ["(5, 'echo_off') 921600"] * 2


def test_a_watchdog_is_fed_while_anything_waits(micropython: runtimes.MicroPython) -> None:
    """Every wait there is, with a module that is silent and with one that never stops."""
    out = said(
        micropython,
        """
modem.start()
fed = [0, 0, 0]  # when it was last, the longest pause, how often
def feed():
    now = time.ticks_ms()
    fed[1] = max(fed[1], time.ticks_diff(now, fed[0]))
    fed[0] = now
    fed[2] += 1
modem.on_wait = feed
def try_it(work):
    fed[:] = time.ticks_ms(), 0, 0
    try:
        work()
    except Error:
        pass
    feed()
    print(fed[1] <= 100, fed[2] > 10)
for storm in (None, b"noise %d\\r\\n"):
    module.storm = storm
    try_it(lambda: modem.receive(2000))
    module.write = lambda data: None
    try_it(lambda: modem.publish("a/b", b"x" * 1500, 1))
    del module.write
    try_it(modem.start)
def stop():
    raise KeyboardInterrupt
module.storm = None
modem.on_wait = stop
try:
    modem.mqtt_state()
except KeyboardInterrupt:
    modem.on_wait = None
    print(modem.start())
""",
    )
    assert out == "True True\n" * 6 + "None\n"
