"""A module on a virtual clock, written from what the module does and from the dialogues: no line of the driver's.

It answers the dialogue's lines as the dialogue (with its wounds) says, and all else by content. It echoes when asked
to, takes payloads behind its prompts, throws away what it hears while it boots, and is busy while it works.
"""

from __future__ import annotations

import re
from bisect import insort

from tests.fuzz.book import Message, Play
from tests.fuzz.damage import DIRTY, OWN, STRAY, Plan, Wire
from tests.fuzz.probes import BY_LINE, OK

BOOT = re.compile(rb"ready|force to restart")
RAW = b"+TCREADFWDATA:"  # whatever bytes stand behind it
BUSY = b"ERR CODE:0x010b0000\r\n", b"\r\nbusy p...\r\n"
NOT_AT = b"ERR CODE:0x01030000\r\n", b"\r\nERROR\r\n"
UNKNOWN = b"ERR CODE:0x01090000\r\n", b"\r\nERROR\r\n"
ABORTED = (b"+CME ERROR:204\r\n",)
WAY_OUT = b"+++\r\n"
BOOTS = 300  # ms that a restart takes which the dialogue asks for
PATIENCE = 20_000  # ms that it waits for a payload
_LENGTH = re.compile(rb",(\d+)\r\n$")


class Sent:
    """A piece on its way: when, what, whose. start, end: where in the stream it was received, once it was."""

    __slots__ = ("at", "data", "end", "image", "kind", "message", "number", "start", "told")

    def __init__(
        self, at: float, data: bytes, kind: int, told: int, message: Message | None, number: int
    ) -> None:
        self.at = at
        self.data = data
        self.kind = kind
        self.told = told  # the command that it answers, by number; 0: none
        self.message = message
        self.image = data  # the whole message, where this is its end
        self.number = number
        self.start = self.end = -1

    def __lt__(self, other: Sent) -> bool:
        return (self.at, self.number) < (other.at, other.number)


class Heard:
    """A command that was heard: its line, when, the answers that were meant, the number in them, what came so far."""

    __slots__ = ("at", "clean", "given", "line", "unique")

    def __init__(self, line: bytes, at: float, given: int, unique: int) -> None:
        self.line = line
        self.at = at
        self.given = given  # bytes that the host had received by then
        self.clean: list[tuple[bytes, Sent]] = []
        self.unique = unique


class Module:
    """The module. slow: ms until it has answered; working: is it busy so long, or is the wire so slow?"""

    def __init__(self, play: Play, plan: Plan, slow: int, working: bool, numbers: int) -> None:
        self.play = play
        self.plan = plan
        self.slow = slow
        self.working = working
        self.echo = play.echo
        self.coming: list[Sent] = []
        self.heard: list[Heard] = [Heard(b"", 0, 0, 0)]  # the first stands for what it says unasked
        self.turn = -1
        self.part = 0
        self.given = 0
        self.restarted = False
        self.probing = False
        self.mood = ""
        self._numbers = numbers
        self._counter = 0
        self._last = self._now = 0.0
        self._busy = -1.0
        self._held = -1.0, -1.0
        self._boot = (1e18, 1e18)
        self._taking = 0  # bytes of a payload that it waits for
        self._taken = b""
        self._rest: list[list[Wire]] = []  # what it says when it has it
        self._until = 0.0
        self._abort: Sent | None = None

    # ---- what the harness tells it ---------------------------------------------------------------------------

    def begin(self, turn: int, now: float) -> None:
        """The dialogue has come to this turn; what it says by itself it says now."""
        self.turn = turn
        self.part = 0
        parts = self.play.turns[turn].parts
        if parts and not parts[0].heard:
            self.part = 1
            if not self._booting(now):
                self._say(self.plan[turn][0], now, 0)
                self._busy = -1.0  # nobody gave it work
                if any(BOOT.search(w.clean) for w in self.plan[turn][0] if w.kind != STRAY):
                    self.echo = True

    def restarts(self) -> float:
        """When it is there again behind a wound's restart; never, if there is none."""
        return self._boot[1] if self.restarted else 1e18

    def babble(self, at: float) -> None:
        """Say something that nobody asked for."""
        self._put(at, b"+TCNEWTHING:1,2\r\n", STRAY, 0)

    # ---- what the host writes --------------------------------------------------------------------------------

    def write(self, data: bytes, now: float) -> None:
        """The host writes a chunk."""
        if self.mood == "deaf" or self._booting(now):
            self.heard.append(Heard(data, now, self.given, 0))
            return
        if self._taking and now < self._until:
            self._payload(data, now)
            return
        self._taking = 0
        if now < self._busy or self.mood == "busy":
            number = self._hear(data, now)
            self._answer(BUSY, now, number)
            return
        for line in data.split(b"\r\n")[:-1]:
            self._line(line + b"\r\n", now)

    def _line(self, line: bytes, now: float) -> None:
        number = self._hear(line, now)
        if self.echo and not self._scripted(line):
            self._put(now, line, OWN, number)
        if self.mood == "error":
            self._answer((b"\r\nERROR\r\n",), now, number)
        elif self._scripted(line):
            self._play(line, now, number)
        elif line in BY_LINE:
            probe = BY_LINE[line]
            said = probe.said(self.heard[number].unique)
            self._answers([[Wire(each, OWN, each) for each in part] for part in said], now, number)
        elif line in (b"AT\r\n", b"ATE0\r\n", b"ATE1\r\n"):
            self.echo = line[3:4] == b"1" if line[2:3] == b"E" else self.echo
            self._answer((OK,), now, number)
        else:
            self._answer(UNKNOWN if line[:2] == b"AT" else NOT_AT, now, number)

    def _scripted(self, line: bytes) -> bool:
        if self.probing or self.turn < 0 or self.restarted:
            return False
        turn = self.play.turns[self.turn]
        first = [part for part in turn.parts if part.heard][:1]
        return bool(turn.call and first and first[0].heard == line)

    def _play(self, line: bytes, now: float, number: int) -> None:
        # Asked a second time (it was busy before), it says what it meant.
        turn = self.play.turns[self.turn]
        parts = [i for i, part in enumerate(turn.parts) if part.heard]
        if self.part <= parts[0]:
            said = [self.plan[self.turn][i] for i in parts]
            self.part = parts[0] + 1
        else:
            said = [
                [Wire(each.data, OWN, each.data, each.message) for each in turn.parts[i].said]
                for i in parts
            ]
        if line[:3] == b"ATE":
            self.echo = line[3:4] == b"1"
        self._answers(said, now, number)

    def _answers(self, said: list[list[Wire]], now: float, number: int) -> None:
        if len(said) > 1:  # behind the first a payload is awaited
            found = _LENGTH.search(self.heard[number].line)
            self._taking = int(found[1]) + 2 if found else 0
            self._taken = b""
            self._rest = said[1:]
            self._wait(now)
        self._say(said[0], now, number)

    def _payload(self, data: bytes, now: float) -> None:
        number = len(self.heard) - 1
        while number and not self.heard[number].clean:
            number -= 1
        self._taken += data
        whole = len(self._taken) >= self._taking
        if whole:
            surplus = self._taken[self._taking :]
            self._wait(None)
            self._say(self._rest[0], now, number)
            if surplus:
                self.write(surplus, now)
        elif data == WAY_OUT or data.endswith(b"\r\n"):
            self._wait(None)
            self._answer(ABORTED, now, self._hear(data, now))
        else:
            self._wait(now)

    def _wait(self, now: float | None) -> None:
        # It waits for a payload from now on, so long; or (None) no more.
        if self._abort in self.coming:
            self.coming.remove(self._abort)
        if now is None:
            self._taking = 0
        else:
            self._until = now + PATIENCE
            number = len(self.heard) - 1
            self._abort = self._put(self._until, ABORTED[0], OWN, number)
            self.heard[number].clean.append((ABORTED[0], self._abort))

    # ---- what it says ----------------------------------------------------------------------------------------

    def _hear(self, line: bytes, now: float) -> int:
        self._counter += 1
        self.heard.append(Heard(line, now, self.given, self._numbers + self._counter * 7))
        return len(self.heard) - 1

    def _answer(self, said: tuple[bytes, ...], now: float, number: int) -> None:
        self._say([Wire(each, OWN, each) for each in said], now, number)

    def _say(self, said: list[Wire], now: float, number: int) -> None:
        # Its work takes the time `slow`, shared among the lines; or the way does.
        at = self._now = now
        step = self.slow // max(len(said), 1) if self.working else 0
        for wire in said:
            at = max(at + (0 if wire.kind == STRAY else step), self._last)
            boots = BOOT.search(wire.clean) and not wire.clean.startswith(RAW)
            if number and wire.kind != STRAY and boots:
                # A restart that the dialogue asks for: it hears nothing meanwhile.
                self._boot = at, at + BOOTS
                self.echo = True
                at += BOOTS
            self._last = at
            if number and wire.kind != STRAY:
                self.heard[number].clean.append((wire.clean, self._wire(wire, at, number)))
            else:
                self._wire(wire, at, number)
            if wire.then and wire.then[0] == "restart":
                break  # the rest is never said
        if self.working:
            self._busy = at

    def _wire(self, wire: Wire, at: float, number: int) -> Sent:
        then = wire.then
        if then is None or (then[0] == "pause" and then[2] >= len(wire.data)):
            return self._put(at, wire.data, wire.kind, number, wire.message)
        if then[0] == "early":
            early = max(at - then[1], self._now - self._way())
            return self._put(early, wire.data, STRAY, 0, wire.message)
        if then[0] == "late":
            sent = self._put(at, wire.data, wire.kind, number, wire.message)
            self._put(at + then[2], then[3], STRAY, 0)
            return sent
        if then[0] == "pause":
            self._put(at, wire.data[: then[2]], wire.kind, number)
            self._last = at + then[3]
            sent = self._put(self._last, wire.data[then[2] :], wire.kind, number, wire.message)
            self._held = at + self._way(), sent.at
            sent.image = wire.data
            return sent
        return self._restart(wire, then, at, number)

    def _restart(self, wire: Wire, then: tuple[object, ...], at: float, number: int) -> Sent:
        _, _, cut, boot, noise, ready = then
        assert isinstance(cut, int) and isinstance(boot, int)
        assert isinstance(noise, bytes) and isinstance(ready, bytes)
        sent = self._put(at, wire.data[:cut], DIRTY, number)
        self.restart(at, boot, noise, ready)
        return sent

    def restart(self, at: float, boot: int, noise: bytes, ready: bytes) -> None:
        """It restarts: what is not on the wire yet is never said."""
        self.restarted = True
        self.coming = [each for each in self.coming if each.at <= at + self._way()]
        self._boot = at, at + boot
        self._taking = 0
        self.echo = True
        self._put(at + boot // 2, noise, DIRTY, 0)
        self._put(at + boot, ready, DIRTY, 0)
        self._last = at + boot

    def _booting(self, now: float) -> bool:
        return self._boot[0] <= now < self._boot[1]

    def _way(self) -> int:
        return 0 if self.working else self.slow

    def _put(
        self, at: float, data: bytes, kind: int, told: int, message: Message | None = None
    ) -> Sent:
        self._counter += 1
        at += self._way()
        if self._held[0] <= at < self._held[1]:
            at = self._held[1]  # a line is under way
        sent = Sent(at, data, kind, told, message, self._counter)
        insort(self.coming, sent)
        return sent
