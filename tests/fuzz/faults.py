"""Every dialogue with a fault behind every byte of it: what a caller is told, and is the next call in step?

The fault falls when the host has received so many bytes and waits for the next. Behind it come two probes, calls whose
answers nobody else gives. `python -m tests.fuzz.table --write` plays them all and writes docs/faults.md.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from typing import Any

from tests.fuzz import damage
from tests.fuzz.book import Ended, plays
from tests.fuzz.case import Case, Held, Record, debts, hold
from tests.fuzz.damage import DIRTY
from tests.fuzz.judge import judge
from tests.fuzz.module import BOOT as RESTARTS
from tests.fuzz.module import NOT_AT, UNKNOWN, Module
from tests.fuzz.module import RAW as RAW_HEAD
from tests.fuzz.probes import BY_LINE, PROBES
from tests.fuzz.shell import Interrupted

MENDED = 7000  # ms that the wire is cut
BOOT = 600  # ms of a restart
CUT = 1000  # ms of silence that end a line
READY = b"\r\nready\r\n"
PACE = 20  # ms that a module works on an answer
HELD = 0, 4  # the two probes

SAID = "as said"  # the call ended as its own answer says, which had come
HURT = "hurt"  # by its own answer, which the fault cut short
LATE = "timeout"
TORN = "swallowed"
RESET = "reset"
CLOSED = "closed"
CANCELLED = "cancelled"
COUNTED = "counted"  # as noise or as bytes dropped
GIVEN_UP = "refused 204"  # the module has waited in vain for the payload, and says so (manual 3.4)

# What may happen to a call, by fault.
ALLOWED = {
    "the wire is cut, for good": {SAID, LATE, TORN},
    f"the wire is cut for {MENDED // 1000} s": {SAID, LATE, TORN, GIVEN_UP},
    "the port closes": {CLOSED},
    "the module restarts": {SAID, HURT, RESET, LATE, TORN},
    "it restarts, and `ready` is lost": {SAID, HURT, LATE, TORN},
    "the call is cancelled": {CANCELLED},
}
GOOD, MENDS, PORT, RESTART, SILENT, CANCEL = ALLOWED

IDLE = "nobody calls"
IDLE_WITHIN = "nobody calls; within a line or message"
BETWEEN = "a call waits; between two lines"
LINE = "a call waits; within a line"
NAME = "a call waits; within a name with line ends"
MESSAGE = "a call waits; within a message"
RAW = "a call waits; within raw bytes"
PAYLOAD = "a call waits; the payload was asked for"
PLACES = IDLE, IDLE_WITHIN, BETWEEN, LINE, NAME, MESSAGE, RAW, PAYLOAD


@dataclass(slots=True)
class Played:
    """A fault as it went. where: one of PLACES, or "" where it did not fall. told: what the caller was told; "" where
    nobody called and there was nothing to tell. over: ms that the call took beyond its time-out. found: what must
    not be.
    """

    record: Record
    where: str = ""
    told: str = ""
    over: float = 0
    found: list[str] = field(default_factory=list)


def make(shell_class: Any) -> Any:
    """The class of shells whose line has a fault."""

    class Hurt(shell_class):  # type: ignore[misc]
        """fault: one of ALLOWED; at: it falls when so many bytes have come."""

        def __init__(self, module: Module, size: int, fault: str, at: int) -> None:
            super().__init__(module, (1,), size)
            self.fault = fault
            self.at = at
            self.where = ""
            self.gone = False
            self.running = False
            self.back = 0.0  # when the wire is whole again

        def run(self, work: Generator[int, int, Any]) -> Any:
            self.running = True
            try:
                return super().run(work)
            finally:
                self.running = False

        def write(self, data: bytes, end: bytes = b"") -> None:
            self._go_on()
            super().write(data, end)

        def wait(self, ms: float) -> float:
            if not self.where and self.given == self.at and (self.running or self.fault != CANCEL):
                self._fall()
            self._go_on()
            if self.where:
                self._cuts = (1 << 20,)
            else:
                self._cuts = (max(self.at - self.given, 1),)
            return float(super().wait(ms))

        def open_again(self) -> None:
            """The port is there again; as every shell does it."""
            self.gone = False
            self.link.cut()
            self.doubt = True

        def _go_on(self) -> None:
            # What the fault still does.
            if self.gone:
                raise Interrupted(CLOSED)
            if self.back:
                coming = self.module.coming
                coming[:] = [sent for sent in coming if sent.at >= self.back]
                if self.now >= self.back:
                    self.module.mood = ""

        def _fall(self) -> None:
            module = self.module
            self.where = place(self)
            if self.fault == CANCEL:
                raise Interrupted(CANCELLED)
            self._drop()
            if self.fault in (GOOD, MENDS):
                module.mood = "deaf"
                self.back = self.now + MENDED if self.fault == MENDS else 1e18
            elif self.fault == PORT:
                self.gone = True
            else:
                module.coming.clear()
                module.restart(self.now, BOOT, b"", READY if self.fault == RESTART else b"")

        def _drop(self) -> None:
            # What has not come by now does not come.
            self._ready, self._pos = b"", 0
            for sent in self.came:
                if sent.end > self.given:
                    sent.data = sent.data[: max(self.given - sent.start, 0)]
                    sent.start = min(sent.start, self.given)
                    sent.end = self.given
                    sent.kind = DIRTY
            self._stream = self.given

    return Hurt


def place(shell: Any) -> str:
    """Where the stream stands."""
    within = [sent for sent in shell.came if sent.start < shell.given < sent.end]
    if not shell.running:
        return IDLE_WITHIN if within else IDLE
    if not within:
        return PAYLOAD if shell.module._taking else BETWEEN
    data = within[0].data
    if within[0].message:
        return MESSAGE
    if RAW_HEAD in data:
        return RAW
    return NAME if b"\r\n" in data.strip(b"\r\n") and b'"' in data else LINE


def play(name: str, fault: str, at: int, shell_class: Any, size: int = 2304) -> Played:
    """Play a dialogue with a fault behind byte `at`, and judge it. shell_class: what make() returned."""
    dialogue = plays()[name]
    module = Module(dialogue, damage.plan(dialogue, []), PACE, True, 300)
    shell = shell_class(module, size, fault, at)
    mood = "deaf" if fault == GOOD else ""
    record = Record(Case(name, (), PACE, probes=HELD, mood=mood, size=size), shell)
    played = Played(record)
    try:
        for number, turn in enumerate(dialogue.turns):
            module.begin(number, shell.now)
            if turn.call:
                first = next((part.heard for part in turn.parts if part.heard), b"")
                hold(record, Held(turn.call, turn.args, first, 0, turn.ended))
            if not shell.where:
                _idle(shell, played, PACE + turn.quiet)
            if shell.where:
                break
        played.where = shell.where
        _settle(shell, played)
        module.probing = True
        for number, which in enumerate(HELD, 1):
            probe = PROBES[which]
            hold(record, Held(probe.call, probe.args, probe.line, number, None))
        shell.idle(2500)
    except Exception as broke:
        record.broke = broke
    if played.where:
        _judge(played)
    return played


def _idle(shell: Any, played: Played, ms: float) -> None:
    # Nobody calls; who polls is told that the port is gone.
    try:
        shell.idle(ms)
    except Interrupted as told:
        (played.told,) = told.args


def _settle(shell: Any, played: Played) -> None:
    # The fault passes; nobody calls meanwhile.
    if shell.fault == PORT:
        if not played.told and not played.record.held:
            _idle(shell, played, 1)
        shell.open_again()
    elif shell.fault == MENDS:
        shell.idle(max(shell.back - shell.now, 0) + 1)
    elif shell.fault in (RESTART, SILENT):
        shell.idle(max(shell.module._boot[1] - shell.now, 0) + 2 * CUT)


def _judge(played: Played) -> None:
    record, shell = played.record, played.record.shell
    fault = shell.fault
    under = next((held for held in reversed(record.held) if not held.probe), None)
    if under is not None and played.where not in (IDLE, IDLE_WITHIN):
        _call(played, under)
    elif fault == PORT:
        if played.told != CLOSED:
            played.found.append("nobody was told that the port is gone")
    elif fault == RESTART and "ready" in shell.events:
        played.told = "ready"
    elif _counted(shell):
        played.told = COUNTED
    elif fault == RESTART:
        played.found.append("nobody was told of the restart")
    for kind, what in judge(record).found:
        if kind == "chatty":  # a doubt is settled
            continue
        if kind != "undocumented" or f"('{played.told}'," not in what:
            played.found.append(f"{kind}: {what}")
    for held in record.held:
        if held.probe and held.ended not in _wanted(record, held):
            played.found.append(f"probe {held.probe}: {held.ended}")


def _call(played: Played, under: Held) -> None:
    # How the call ended on which the fault fell.
    fault, where, ended = played.record.shell.fault, played.where, under.ended
    played.over = under.over - under.began - debts(under.call)[1]
    allowed = ALLOWED[fault]
    if where == NAME:  # what stands in a name may be a word of the AT core
        allowed = allowed | {HURT, RESET}
    if ended == under.expected or ended in _anew(played.record, under):
        played.told = SAID
    elif ended == ("refused", "cme", 204) and fault in (GOOD, MENDS):
        played.told = GIVEN_UP
    elif ended[0] in ("ok", "refused", "failed"):
        played.told = HURT  # is it its own? judge() asks
    else:
        played.told = str(ended[0])
    if played.told not in allowed:
        played.found.append(f"{under.call}: {ended}")
    if played.told in (SAID, LATE, CLOSED, CANCELLED, GIVEN_UP):
        under.expected = ended  # so it must be


def _anew(record: Record, held: Held) -> list[Ended]:
    """How a call may end that asks for a restart, or whose line was written again, or only then, behind one."""
    found: list[Ended] = [("ok", [])] if "b" in debts(held.call)[0] else []
    for heard in record.shell.module.heard[slice(*held.heard)]:
        if heard.line == held.line and heard.at >= record.shell.module.restarts():
            if held.line in BY_LINE:
                found.append(BY_LINE[held.line].ended(heard.unique))
            elif [clean for clean, _ in heard.clean] in (list(UNKNOWN), list(NOT_AT)):
                found.append(("refused", "parser", int(heard.clean[0][0][9:19], 16)))
    return found


def _counted(shell: Any) -> bool:
    return bool(shell.link.noise or shell.link.dropped)


def _wanted(record: Record, held: Held) -> list[Ended]:
    shell = record.shell
    if shell.fault == GOOD:
        return [(LATE,)]
    heard = shell.module.heard[slice(*held.heard)]
    own = [each for each in heard if each.line == held.line and each.clean]
    wanted = [PROBES[HELD[held.probe - 1]].ended(own[-1].unique)] if own else []
    if any(RESTARTS.search(each.data) for each in shell.came if each.start >= held.given[0]):
        wanted.append((RESET,))  # the dialogue's own restart came
    return wanted


def length(name: str, shell_class: Any) -> int:
    """How many bytes the module says in a dialogue, unhurt."""
    played = play(name, CANCEL, 1 << 30, shell_class)
    shell = played.record.shell
    probes = [held for held in played.record.held if held.probe]
    return int(probes[0].given[0] if probes else shell.given)
