"""A keeper that survives the field: resets, Wi-Fi and MQTT lost and back, noise on the line."""

from __future__ import annotations

import time
from typing import Any

from boards import runtimes
from tencent_at_emulator import Emulator
from tests.boards.conftest import (
    ALONE,
    BUSY,
    FAILED,
    PLUGGED,
    REFUSED,
    RESET,
    TIMEOUT,
    Wired,
)
from tests.names import CONTROL
from tests.waiting import until

KEEP = """
from tcat.keeper import Keeper
def changed(up, reason):
    print("up" if up else "down", reason if isinstance(reason, str) else "")
heard = []
modem.on_message = lambda buf, t, te, a, e: heard.append(bytes(buf[a:e]))
keeper = Keeper(modem, [("CTQS08Y5LG/Dev01/control", 1)], "Home", "12345678", check=5000)
keeper.on_change = changed
while b"stop" not in heard:
    keeper.poll()
    time.sleep_ms(2)
print(heard)
"""


def subscribed(module: Emulator) -> bool:
    state = module.control.state()
    return state["mqtt"] == "up" and CONTROL in state["subscriptions"]


def up(process: Any) -> str:
    """What the board said until it said that all is there."""
    said = ""
    while not said.endswith("up \n"):
        line = process.stdout.readline()
        assert line, process.stderr.read()
        said += line
    return said


def ended(process: Any, module: Emulator) -> str:
    module.control.cloud_publish(CONTROL, "stop", 1)
    out = process.stdout.read()
    assert process.wait(30) == 0, out + process.stderr.read()
    return str(out)


def test_a_reset_is_mended(on_board: Wired, module: Emulator) -> None:
    process = on_board.start(KEEP)
    told = up(process)
    module.control.power_cycle()
    until(lambda: not subscribed(module))
    until(lambda: subscribed(module))
    # A slow machine may see its first attempt in vain, which is told too.
    told = (told + ended(process, module)).removeprefix("down \n")
    assert told == "up \ndown ready\nup ready\n[b'stop']\n"
    assert not module.control.state()["echo"]


def test_a_lost_network_is_rejoined(on_unix: Wired, module: Emulator) -> None:
    process = on_unix.start(KEEP)
    told = up(process)
    module.control.drop_wifi()
    until(lambda: not subscribed(module))
    time.sleep(2)
    module.control.restore_wifi()
    until(lambda: subscribed(module))
    out = (told + ended(process, module)).removeprefix("down \n")
    assert out.startswith("up \ndown ") and out.endswith("[b'stop']\n")
    assert out.count("down") == out.count("up") - 1


def test_the_modules_own_reconnecting_is_awaited(on_unix: Wired, module: Emulator) -> None:
    process = on_unix.start(KEEP)
    up(process)
    module.control.drop_mqtt()
    time.sleep(2)
    module.control.restore_mqtt()
    until(lambda: subscribed(module))
    assert ended(process, module).endswith("[b'stop']\n")


PUBLISHING = """
from tcat.keeper import Keeper
keeper = Keeper(modem, [("CTQS08Y5LG/Dev01/control", 1)], "Home", "12345678", check=2000)
said = 0
kinds = set()
while said < 25:
    if keeper.poll():
        try:
            modem.publish("CTQS08Y5LG/Dev01/data", b"%d " % said + b"x" * (said * 40), 1)
            said += 1
        except Error as error:
            kinds.add(error.args[0])
            keeper.suspect(error)
    while modem.receive(0):
        pass
print(sorted(kinds))
"""


def test_a_reset_within_a_command(on_unix: Wired, module: Emulator) -> None:
    process = on_unix.start(PUBLISHING)
    until(lambda: subscribed(module))
    for _ in range(3):
        until(lambda: subscribed(module))
        module.control.fault("reboot_byte", 70)
        time.sleep(1.5)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    assert module.control.state()["faults"]["reboot_byte"] > 0
    assert set(eval(out)) <= {RESET, TIMEOUT, REFUSED, FAILED}


def test_bytes_are_lost_for_seconds(on_unix: Wired, module: Emulator) -> None:
    process = on_unix.start(PUBLISHING)
    until(lambda: subscribed(module))
    module.control.fault("lose", 0.05)
    time.sleep(3)
    module.control.clear_faults()
    out, err = process.communicate(timeout=90)
    assert process.returncode == 0, out + err
    assert module.control.state()["faults"]["lose"] > 0
    assert set(eval(out)) <= {TIMEOUT, REFUSED, FAILED, RESET, BUSY}


def test_a_mute_module_is_reset_by_its_pin(on_unix: Wired, module: Emulator) -> None:
    """Nothing answers: each attempt ends, and the fifth begins with the pin."""
    module.control.fault("mute_rate", 1)
    said = on_unix("""
        from tcat import keeper
        pulled = []
        modem.wait = lambda ms: 0  # time flies
        kept = keeper.Keeper(modem, reset=lambda level: pulled.append((kept.attempts, level)))
        for _ in range(5):
            while kept.wait_ms():
                kept._due = time.ticks_ms()
            modem.run(kept.mend())
        print(pulled, kept.attempts, kept.up, kept.reason.args[0])
    """)
    assert said == f"[(4, 0), (4, 1)] 5 False {TIMEOUT}\n"


def test_the_pin_takes_its_time_on_a_line_that_never_rests(
    micropython: runtimes.MicroPython,
) -> None:
    done = micropython.run(
        PLUGGED + """
from tcat import keeper
class Babble:
    def any(self):
        return 8
    def readinto(self, into, n):
        into[:n] = b"noise!\\r\\n"[:n]
        return n
    def write(self, data):
        pass
then = []
modem = plugged(Babble())
kept = keeper.Keeper(modem, reset=lambda level: then.append(time.ticks_ms()))
kept.attempts = 4
work = kept.mend()
left = None
try:
    while True:
        left = modem.wait(work.send(left))
except StopIteration:
    then.append(time.ticks_ms())
low, high, ended = then
print(time.ticks_diff(high, low) >= 10, time.ticks_diff(ended, high) >= 1000, kept.reason.args[0])
kept.attempts, kept._due = 4, low
kept.reset = then.append
work = kept.mend()
next(work)
work.close()
print(then[3:])
""",
        path=ALONE,
    )
    assert done.stdout == f"True True {TIMEOUT}\n[0, 1]\n", done.stdout + done.stderr


NOISE = PLUGGED + """
from tcat.keeper import Keeper
class Module:
    # All is well; it says what it is told to, and keeps account of the questions.
    out = b""
    asked = []
    state = 1
    def any(self):
        return len(self.out)
    def readinto(self, buf, n):
        buf[:n] = self.out[:n]
        self.out = self.out[n:]
        return n
    def write(self, data):
        self.asked.append(bytes(data[:-2]))
        if b"CIPSTATUS" in data:
            self.out += b"STATUS:2\\r\\n"
        if b"MQTTSTATE" in data:
            self.out += b"+TCMQTTSTATE:%d\\r\\n" % self.state
        self.out += b"\\r\\nOK\\r\\n"
        if b"MQTTCONN" in data:
            self.out += b"+TCMQTTCONN:OK\\r\\n"
            self.state = 1
module = Module()
modem = plugged(module)
keeper = Keeper(modem, check=60000)
keeper.on_change = lambda up, reason: print("up" if up else "down", reason)
keeper.poll()
def run(ms):
    end = time.ticks_add(time.ticks_ms(), ms)
    module.asked.clear()
    while time.ticks_diff(end, time.ticks_ms()) > 0:
        keeper.poll()
        time.sleep_ms(10)
    return len(module.asked)
print(run(30000))
"""


def test_noise_makes_a_keeper_look_at_once(micropython: runtimes.MicroPython) -> None:
    """A restart may be in it, with its `ready` damaged; but no more often than once a second."""
    done = micropython.run(
        NOISE + """
module.out += b"re\\xffdy\\r\\n"
print(run(3000), module.asked)
class Babble(Module):
    def any(self):
        if not self.out:
            self.out = b"noise\\r\\n"
        return Module.any(self)
Babble.asked = module.asked
told = keeper.on_change
keeper.on_change = None  # a line that never falls silent proves nothing: it may count as down meanwhile
machine.plug(0, Babble())
modem.uart._f = Babble()
print(run(5000) < 40)
modem.uart._f = module
module.out = b""
modem.start()
run(8000)
print(keeper.up)
keeper.on_change = told
# It has restarted, echo on and all forgotten, and what it said of it was damaged.
module.state = 0
module.out = b"\\r\\nrea\\x00y\\r\\n"
print(run(5000) > 4, b"ATE0" in module.asked, b"AT+CIPSTATUS" in module.asked)
""",
        path=ALONE,
    )
    assert done.stdout.splitlines() == [
        "up None",
        "0",
        "1 [b'AT+TCMQTTSTATE?']",
        "True",
        "True",
        "down disconnected",
        "up disconnected",
        "True True True",
    ], (
        done.stdout + done.stderr
    )
