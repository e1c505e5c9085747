"""The procedures in trouble: one table (troubles.txt) of what a module says and what comes of it, on every runtime."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path

import pytest

from boards import runtimes

# Runs on MicroPython too. A module whose answers are told: a value, or an error's (kind, number); a word is a URC that
# is heard meanwhile, and a number of milliseconds passes.
PLAY = """
class Error(Exception):
    pass

class Module:
    error = Error
    handlers = ()
    def __init__(self, answers):
        self.answers = list(answers)
    def call(self, call, args=(), kw=(), data=None):
        print(">", call, list(args), *[kw] * bool(kw))
        for _ in ():
            yield
        answer = self.answers.pop(0)
        if isinstance(answer, tuple):
            raise Error(answer[0], call, answer[1], "")
        if data is None:
            return answer
        data[: len(answer)] = answer
        return len(answer)
    def pump(self):
        while self.answers and isinstance(self.answers[0], str):
            name, _, state = self.answers.pop(0).partition(":")
            print("!", name, *[state] * bool(state))
            for handler in self.handlers:
                handler(name, [state] if state else [])

def carry(module, work):
    left = None
    waited = 0
    try:
        while True:
            waited += work.send(left)
            left = 0
            module.pump()
    except StopIteration as end:
        print("=", end.value, "after", waited, "ms")
    except Error as error:
        print("!!", error.args)
    print(len(module.answers), "left")
"""

KEEP = """
class Kept(Upkeep):
    def change(self, up, reason):
        Upkeep.change(self, up, reason)
        print("up" if up else "down", reason.args if isinstance(reason, Error) else reason)
def kept(answers, times=1, name=None, up=None):
    module = Module(answers)
    upkeep = Kept(module, [("a", 1), ("b", 0)], ("Home", "secret"), 60000, {"keepalive": 60})
    upkeep.up = up
    if name:
        print(upkeep.hears(name, name))
    for _ in range(times):
        carry(module, upkeep.attempt())
    print(upkeep.up, upkeep.attempts)
"""

FETCH = """
import hashlib
class Flash:
    data = b""
    def write(self, data):
        self.data += bytes(data)
def fetched(answers, chunk=4096, stored=0):
    module = Module(answers)
    flash = Flash()
    carry(module, take(module, flash, chunk, stored, None, None, read))
    print(flash.data)
"""

OFFER = """
def offered(answers, timeout=1500):
    module = Module(answers)
    def image():
        print("the image")
        for _ in ():
            yield
        return ["2.0"]
    carry(module, upgrade(module, "1.0", timeout, image()))
    print(len(module.handlers), "handlers")
"""

PROVISION = """
def provisioned(answers):
    module = Module(answers)
    carry(module, softap(module, "Test", "12345678", 3000))
    print(len(module.handlers), "handlers")
"""

ROWS = """
INFO = ["2.0", 16, "00", 716800]
LARGE = ["2.0", 100, "00", 716800]
"""

TABLE = (Path(__file__).parent / "troubles.txt").read_text(encoding="utf-8")
# (name, what is played, what it prints)
TROUBLES = [
    (name, play, printed)
    for name, play, printed in (
        trouble.rstrip("\n").split("\n", 2) for trouble in TABLE.split("## ")[1:]
    )
]
SCRIPT = "".join((PLAY, KEEP, FETCH, OFFER, PROVISION, ROWS))
IMPORTS = """
from {0}.{1} import Upkeep
from {0}.{2} import read, take, upgrade
from {0}.provisioning import softap
"""


def test_there_are_troubles_of_every_procedure() -> None:
    played = [play.partition("(")[0] for _, play, _ in TROUBLES]
    assert set(played) == {"kept", "fetched", "offered", "provisioned"} and len(played) > 25


@pytest.mark.parametrize(("name", "play", "printed"), TROUBLES, ids=[each[0] for each in TROUBLES])
def test_at_a_desk(name: str, play: str, printed: str) -> None:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        exec(IMPORTS.format("tencent_at", "upkeep", "firmware") + SCRIPT + play, {})
    assert out.getvalue().splitlines() == printed.splitlines()


def test_on_a_board(micropython: runtimes.MicroPython) -> None:
    script = IMPORTS.format("tcat", "keeper", "ota") + SCRIPT
    for name, play, _ in TROUBLES:
        script += f"print({'## ' + name!r})\n{play}\n"
    done = micropython.run(script, path=[runtimes.TCAT])
    assert done.returncode == 0, done.stderr
    wanted = [
        line for name, _, printed in TROUBLES for line in ("## " + name, *printed.splitlines())
    ]
    assert done.stdout.splitlines() == wanted
