"""One case: made from a seed and an index alone, played, and told to the judge."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tencent_at.tables import FORMS
from tests.fuzz import damage
from tests.fuzz.book import Ended, plays
from tests.fuzz.damage import Wound
from tests.fuzz.module import Module
from tests.fuzz.probes import PROBES, UNIQUE
from tests.fuzz.shell import Endless, Interrupted, Refused, outcome, refusal

CUTS = (
    (1 << 20,),
    (1 << 20,),
    (1 << 20,),
    (60,),
    (7, 64, 1),
    (3,),
    (1,),
    (2, 31, 5),
)
SIZES = 2304, 20480  # on a board; at a desk
MOODS = "deaf", "busy", "error", "babble"


@dataclass(frozen=True, slots=True)
class Case:
    """slow: ms until an answer is there, because the module works on it (working) or the way is long. cuts: in what
    pieces bytes arrive. pause: ms of the host's silence between two turns. probes: which two. numbers: the least of
    what the probes' answers carry. mood: how the module behaves from the last turn on. size: of the line buffer.
    """

    dialogue: str
    wounds: tuple[Wound, ...]
    slow: int = 0
    working: bool = True
    cuts: tuple[int, ...] = (1 << 20,)
    pause: int = 0
    probes: tuple[int, int] = (0, 1)
    numbers: int = 300
    mood: str = ""
    size: int = 2304


def make(seed: int, index: int) -> Case:
    """The case of this number."""
    rng = random.Random(seed * 1_000_003 + index)
    names = _names()
    name = names[int(rng.random() * len(names))]
    wounds = tuple(damage.wounds(plays()[name], rng))
    slow = rng.choice((0, 0, 1, 5, 20, 60, 99, 100, rng.randrange(101)))
    if any(wound[0] == "pause" for wound in wounds):
        slow = min(slow, 60)  # with the pause it may not be above 100
    return Case(
        name,
        wounds,
        slow,
        rng.random() < 0.5,
        rng.choice((*CUTS, (rng.randrange(1, 9), rng.randrange(1, 90)))),
        rng.choice((0, 0, 0, 5, 150, 1200)),
        (PROBES.index(rng.choice(UNIQUE)), rng.randrange(len(PROBES))),
        300 + rng.randrange(60_000),
        rng.choice(MOODS) if rng.random() < 0.01 else "",
        rng.choice(SIZES),
    )


@cache
def _names() -> tuple[str, ...]:
    return tuple(sorted(plays()))


@dataclass(slots=True)
class Held:
    """A call as it went. expected: how it should have ended (None: not known). given, wrote, heard, came: from where
    to where in the shell's and the module's books."""

    call: str
    args: tuple[object, ...]
    line: bytes
    probe: int  # 0: of the dialogue; 1, 2: the first and the second probe
    expected: Ended | None
    ended: Ended = ()
    began: float = 0
    over: float = 0
    given: tuple[int, int] = (0, 0)
    wrote: tuple[int, int] = (0, 0)
    heard: tuple[int, int] = (0, 0)


@dataclass(slots=True)
class Record:
    """A case that was played."""

    case: Case
    shell: Any
    held: list[Held] = field(default_factory=list)
    broke: BaseException | None = None


@cache
def debts(call: str) -> tuple[str, int]:
    """What a call is owed, by the table's letters, and the ms that it may take in all."""
    forms = FORMS
    fields = forms[forms.find(f"\n{call} ") + 1 :].split("\n", 1)[0].split(" ")
    fields += [""] * (8 - len(fields))
    linger = int(fields[7] or 0)
    longest = int(fields[4] or 50) * 100 + (5000 if ":m" in fields[2] else 0) + linger
    return fields[3].rstrip("f"), longest


def play(case: Case, shell_class: Any) -> Record:
    """Play a case; what was raised and is no outcome ends it."""
    dialogue = plays()[case.dialogue]
    plan = damage.plan(dialogue, list(case.wounds))
    module = Module(dialogue, plan, case.slow, case.working, case.numbers)
    shell = shell_class(module, case.cuts, case.size)
    record = Record(case, shell)
    last = len(dialogue.turns) - 1
    try:
        for number, turn in enumerate(dialogue.turns):
            if module.restarted:
                break
            if number == last:
                module.mood = case.mood
            module.begin(number, shell.now)
            if turn.call:
                first = next((part.heard for part in turn.parts if part.heard), b"")
                hold(record, Held(turn.call, turn.args, first, 0, turn.ended))
            if case.pause or turn.quiet:
                shell.idle(max(case.pause, turn.quiet))
        module.probing = True
        module.mood = case.mood
        for place, which in enumerate(case.probes, 1):
            probe = PROBES[which]
            hold(record, Held(probe.call, probe.args, probe.line, place, None))
        shell.idle(2500)
    except Exception as broke:
        record.broke = broke
    return record


def hold(record: Record, held: Held) -> None:
    """Hold a call, and write down how it went."""
    shell, module = record.shell, record.shell.module
    record.held.append(held)
    shell.log.append((shell.now, "call", held))
    held.began = shell.now
    given, wrote, heard = shell.given, len(shell.wrote), len(module.heard)
    try:
        held.ended = outcome(debts(held.call)[0], shell.do(held.call, held.args))
    except Refused as refused:
        held.ended = refusal(refused.args)
    except Endless:
        held.ended = ("endless",)
    except Interrupted as ended:
        held.ended = ended.args
    held.over = shell.now
    shell.log.append((shell.now, "=", held))
    held.given = given, shell.given
    held.wrote = wrote, len(shell.wrote)
    held.heard = heard, len(module.heard)
