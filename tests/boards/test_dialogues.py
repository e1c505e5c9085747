"""Every dialogue on both runtimes from .mpy, whole and in pieces; from source tests/core plays them, cut everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from boards import runtimes
from tests.boards.conftest import ALONE, PLUGGED
from tests.core import replay
from tests.core.scripts import all_scripts

SCRIPTS = all_scripts()
PLAY = """
import sys
sys.path.append({here!r})
import replay
import tcat
from tcat import row
from scripts import SCRIPTS
driver = replay.Driver(tcat, tcat, row)
for name, script, wanted in SCRIPTS:
    for first, step in ((None, 1 << 20), (None, 1), (None, 5), (17, 0)):
        found = replay.play(driver, script, first, step)
        if found != wanted:
            print(name, step, found)
print("played", len(SCRIPTS))
"""


@pytest.mark.parametrize("part", range(2))
def test_from_mpy(part: int, micropython: runtimes.MicroPython, tmp_path: Path) -> None:
    scripts = SCRIPTS[part::2]
    runtimes.compile_mpy(runtimes.TCAT / "tcat", tmp_path / "tcat", options=["-O3"])
    (tmp_path / "scripts.py").write_text(f"SCRIPTS = {scripts!r}\n", encoding="utf-8")
    source = Path(replay.__file__).read_text(encoding="utf-8")
    (tmp_path / "replay.py").write_text(source, encoding="utf-8")
    done = micropython.run(
        PLAY.format(here=str(tmp_path)), path=[tmp_path], heapsize="16m", timeout=110
    )
    assert done.stdout == f"played {len(scripts)}\n", done.stdout[:2000] + done.stderr[:2000]


def test_errors_in_words(micropython: runtimes.MicroPython) -> None:
    done = micropython.run("""
from tcat import Error
from tcat.errors import explain
print(explain(Error(1, "publish_short", 208, "c")))
print(explain(Error(1, "join", 2, "n")))
print(explain(Error(2, "subscribe", -108, "ds")))
print(explain(Error(1, "x", 0x01090000, "x")))
print(explain(Error(2, "connect", -1003, "ds")))
print(explain(Error(5, "connect", None, "ds")))
""")
    assert done.stdout.splitlines() == [
        "publish_short: refused, 208: Not possible in this state, e.g. MQTT is not connected",
        "join: refused, 2: Wrong password",
        "subscribe: failed, -108: The server refused the subscription",
        "x: refused, 17367040: No such command",
        "connect: failed, -1003",
        "connect: timeout",
    ]


WIRE = PLUGGED + """
class Wire:
    said = b""
    def any(self):
        return len(self.said)
    def readinto(self, into, n):
        into[:n], self.said = self.said[:n], self.said[n:]
        return n
    def write(self, data):
        self.said += answer
answer = b"OK\\r\\n"
wire = Wire()
modem = plugged(wire)
"""


def test_a_callback_may_not_start_a_command(micropython: runtimes.MicroPython) -> None:
    """The caller's mistake is no Error of the module, which a program may well swallow."""
    done = micropython.run(
        WIRE + """
def heard(name, values):
    try:
        modem.attention()
    except Exception as error:
        print(name, values, type(error).__name__)
modem.attention()
modem.handlers = (heard,)
answer = b"+TCMQTTDISCON,-103\\r\\nOK\\r\\n"
modem.attention()
""",
        path=ALONE,
    )
    assert done.stdout == "disconnected [-103] RuntimeError\n", done.stdout + done.stderr


def test_messages_under_a_command_wait(micropython: runtimes.MicroPython) -> None:
    """They are handed over in order, once the command has ended."""
    done = micropython.run(
        WIRE + """
modem.attention()
modem.on_message = lambda buf, topic, stop, start, end: print(bytes(buf[topic:stop]), bytes(buf[start:end]))
message = b'+TCMQTTRCVPUB:"t",1,"%d"\\r\\n'
answer = b"".join([message % n for n in range(3)]) + b"OK\\r\\n" + message % 3
modem.attention()
print(len(modem.inbox) >= 3)
time.sleep_ms(20)
modem.poll()
modem.on_message = None
modem.backlog = 30
modem.attention()
time.sleep_ms(20)
modem.poll()
print(modem.receive(0), modem.receive(0), modem.lost)
""",
        path=ALONE,
    )
    heard = "".join(f"b't' b'{n}'\n" for n in range(4))
    assert done.stdout == f"True\n{heard}('t', b'0') None 3\n", done.stdout + done.stderr


def test_a_topic_that_is_no_text(micropython: runtimes.MicroPython) -> None:
    done = micropython.run(
        WIRE + """
wire.said = b'+TCMQTTRCVPUB:"a\\xff",1,"x"\\r\\n'
print(modem.receive(50))
""",
        path=ALONE,
    )
    assert done.stdout == "(b'a\\xff', b'x')\n", done.stdout + done.stderr


@pytest.mark.parametrize(
    ("call", "why"),
    [
        ("subscribe()", "subscribe: topic is missing"),
        ("subscribe('a', 1, 2)", "subscribe: 1 arguments too many"),
        ("subscribe('a', qoz=1)", "subscribe: there is no argument qoz"),
        ("subscribe('', 1)", "subscribe: topic must be 1 to 254 bytes, not 0"),
        ("subscribe(5, 1)", "subscribe: topic must be text or bytes"),
        ("subscribe('a', 'x')", "subscribe: qos must be a number"),
        (
            "publish_long('a', 1, b'x' * 2049)",
            "publish_long: payload must be 1 to 2048 bytes, not 2049",
        ),
        (
            "publish('a', b'+++' + b'x' * 297 + b'+++', 1)",
            "publish_long: payload cannot end in +++",
        ),
    ],
)
def test_what_would_break_the_wire(call: str, why: str, micropython: runtimes.MicroPython) -> None:
    done = micropython.run(
        f"{WIRE}\ntry:\n modem.{call}\nexcept ValueError as error:\n print(error)\n",
        path=ALONE,
    )
    assert done.stdout.startswith(why), done.stdout + done.stderr


def test_an_interrupt_from_the_keyboard_is_survived(micropython: runtimes.MicroPython) -> None:
    """Wherever it strikes, the line goes on from where it was."""
    done = micropython.run("""
from tcat import Link, encode, form
class Struck:
    def __init__(self, data, at):
        self.data = data
        self.at = at
    def __len__(self):
        return len(self.data) + 100  # larger than the buffer: it is taken in by pieces
    def __getitem__(self, i):
        if self.at >= 0 and (i.stop or 0) > self.at:
            self.at = -1
            raise KeyboardInterrupt
        return self.data[i]
data = b'+TCMQTTRCVPUB:"t",5,"a\\r\\nbc"\\r\\nOK\\r\\n'
events = set()
for at in range(len(data)):
    link = Link(100)
    attention = form("attention")
    link.send(*encode(attention, (), ())[:2], None)
    link.receive(Struck(data, at), len(data))
    heard = []
    while heard[-1:] != [0]:
        try:
            heard.append(link.next_event())
        except KeyboardInterrupt:
            pass
    events.add((tuple(heard), link.noise, link.error))
print(events)
""")
    assert done.stdout == "{((6, 1, 0), 0, 0)}\n", done.stdout + done.stderr
