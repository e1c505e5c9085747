"""A board that waits: the main job with an image and a storm, a module that fell back, a watchdog."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

import tencent_at_emulator
from boards import runtimes
from tencent_at_emulator import Emulator
from tests.boards.conftest import Wired
from tests.boards.storm import PORTS, said
from tests.boards.test_aio import BEGIN as BEGIN_AIO
from tests.boards.test_ota import digest, image
from tests.names import CONTROL
from tests.waiting import until


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
from tcat.keeper import Keeper
module.baudrate = 115200
keeper = Keeper(modem)
modem.run(keeper.mend())
print(uart.baudrate, module.baudrate, keeper.reason.args[:2])
""",
        port,
    )
    first, *rest = out.splitlines()
    assert first.startswith("921600 921600 UART(0, baudrate=921600") and "rxbuf=1000" in first
    # The module of this test has no row for the keeper's question.
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
