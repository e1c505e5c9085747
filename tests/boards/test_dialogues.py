"""Every dialogue on both runtimes from .mpy, whole and in pieces; from source tests/core plays them, cut everywhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.core import replay
from tests.core.scripts import all_scripts
from tests.upy import runtimes

SCRIPTS = all_scripts()
PLAY = """
import sys
sys.path.append({here!r})
import replay
from tcat import codec
from tcat.link import Link
from scripts import SCRIPTS
for name, script, wanted in SCRIPTS:
    for first, step in ((None, 1 << 20), (None, 1), (None, 5), (17, 0)):
        found = replay.play(Link, codec, script, first, step)
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
print(explain(Error("refused", "publish_short", 208, "c")))
print(explain(Error("refused", "join", 2, "n")))
print(explain(Error("failed", "subscribe", -108, "cds")))
print(explain(Error("refused", "x", 0x01090000, "x")))
print(explain(Error("failed", "connect", -1003, "cds")))
print(explain(Error("timeout", "connect", None, "cds")))
""")
    assert done.stdout.splitlines() == [
        "publish_short: refused, 208: Not possible in this state, e.g. MQTT is not connected",
        "join: refused, 2: Wrong password",
        "subscribe: failed, -108: The server refused the subscription",
        "x: refused, 17367040: No such command",
        "connect: failed, -1003",
        "connect: timeout",
    ]


def test_a_callback_may_not_start_a_command(micropython: runtimes.MicroPython) -> None:
    """The caller's mistake is no Error of the module, which a program may well swallow."""
    done = micropython.run("""
from tcat import Modem
class Wire:
    said = b""
    def any(self):
        return len(self.said)
    def readinto(self, into, n):
        into[:n], self.said = self.said[:n], self.said[n:]
        return n
    def write(self, data):
        self.said += b"rubbish\\r\\nOK\\r\\n"
def noise(link):
    try:
        modem.attention()
    except Exception as error:
        print(type(error).__name__, error)
modem = Modem(Wire())
modem.on_noise = noise
modem.attention()
""")
    said = "RuntimeError a callback may not start a command while another runs\n"
    assert done.stdout == said, done.stdout + done.stderr


def test_an_interrupt_from_the_keyboard_is_survived(micropython: runtimes.MicroPython) -> None:
    done = micropython.run("""
from tcat import codec
from tcat.link import Link
link = Link()
link.receive(b'+TCMQTTRCVPUB:"t",5,"a', 0, 22)
link.next_event()
try:
    link._events.throw(KeyboardInterrupt)
except KeyboardInterrupt:
    pass
print(link.next_event(), link.noise)
link.send(codec.form("attention"))
link.receive(b"OK\\r\\n", 0, 4)
print(link.next_event(), link.outcome)
""")
    assert done.stdout == "0 1\n1 0\n", done.stdout + done.stderr
