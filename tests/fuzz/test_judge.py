"""The judge is not blind: each kind of breach, planted in a shell that breaks it on purpose, is found."""

from __future__ import annotations

from typing import Any

import pytest

from tencent_at import dialogue
from tests.fuzz import case, judge, shell
from tests.fuzz.shell import Refused

SHELL = shell.make(dialogue)
SOUND = case.Case("33-publish-to-oneself", (), 20, False, (7, 64, 1), 150, (0, 4))
HEARD_TWICE = case.Case("51-messages", (), 5, True, (1 << 20,), 150, (0, 1))
STRAY_ERROR = case.Case(
    "13-leave", (("stray", 0, b"\r\nERROR\r\n", 100),), 100, False, probes=(11, 0)
)


def found(made: case.Case, shell_class: Any) -> set[str]:
    """The kinds of breach in a case."""
    return {kind for kind, _ in judge.judge(case.play(made, shell_class)).found}


class Hasty(SHELL):  # type: ignore[misc, valid-type]
    """Says that all is well as soon as the command is written."""

    def do(self, call: str, args: tuple[object, ...]) -> Any:
        work = self.call(call, args)
        next(work)
        work.close()
        self.link.owes = 0
        return None


class Faint(SHELL):  # type: ignore[misc, valid-type]
    """Times out though it was answered."""

    def do(self, call: str, args: tuple[object, ...]) -> Any:
        super().do(call, args)
        raise Refused(5, call, None, "")


class Slow(SHELL):  # type: ignore[misc, valid-type]
    """Ends right, and far too late."""

    def do(self, call: str, args: tuple[object, ...]) -> Any:
        value = super().do(call, args)
        self.idle(60_000)
        return value


class Circling(SHELL):  # type: ignore[misc, valid-type]
    """Waits for no time at all, without end."""

    def do(self, call: str, args: tuple[object, ...]) -> Any:
        def circle() -> Any:
            while True:
                yield 0

        return self.run(circle())


class Raising(SHELL):  # type: ignore[misc, valid-type]
    """Lets an error of its own out."""

    def do(self, call: str, args: tuple[object, ...]) -> Any:
        raise IndexError("list index out of range")


class Wordless(SHELL):  # type: ignore[misc, valid-type]
    """Ends in a way that no page names."""

    def do(self, call: str, args: tuple[object, ...]) -> Any:
        raise Refused(17, call, None, "")


class Chatty(SHELL):  # type: ignore[misc, valid-type]
    """Asks AT before every call, needed or not."""

    def do(self, call: str, args: tuple[object, ...]) -> Any:
        super().do("attention", ())
        return super().do(call, args)


class Confused(SHELL):  # type: ignore[misc, valid-type]
    """Gives the value of the call before."""

    last: Any = None

    def do(self, call: str, args: tuple[object, ...]) -> Any:
        value, self.last = self.last, super().do(call, args)
        return value


class Trusting(SHELL):  # type: ignore[misc, valid-type]
    """Takes the line for clean, whatever happened on it."""

    def do(self, call: str, args: tuple[object, ...]) -> Any:
        self.doubt = False
        return super().do(call, args)


class Inventive(SHELL):  # type: ignore[misc, valid-type]
    """Hands over a message that nobody sent."""

    def idle(self, ms: float) -> None:
        super().idle(ms)
        if self.inbox:
            self.inbox.append((b"tx", 0, 1, 1, 2))


class Alarmed(SHELL):  # type: ignore[misc, valid-type]
    """Reports a restart that was none."""

    def idle(self, ms: float) -> None:
        super().idle(ms)
        self.events.append("ready")


class Stuttering(SHELL):  # type: ignore[misc, valid-type]
    """Hands over a message twice."""

    def idle(self, ms: float) -> None:
        super().idle(ms)
        self.inbox[1:1] = self.inbox[:1]


class Swapping(SHELL):  # type: ignore[misc, valid-type]
    """Hands over messages in another order."""

    def idle(self, ms: float) -> None:
        super().idle(ms)
        if ms > 2000:
            self.inbox.reverse()


class Forgetful(SHELL):  # type: ignore[misc, valid-type]
    """Loses a message without a word."""

    def idle(self, ms: float) -> None:
        super().idle(ms)
        del self.inbox[:1]


class Careless(Forgetful):
    """Loses a message, and counts it, where nothing was hurt."""

    def idle(self, ms: float) -> None:
        super().idle(ms)
        self.link.noise += 1


class Greedy(SHELL):  # type: ignore[misc, valid-type]
    """Takes memory that it was not asked for."""

    def idle(self, ms: float) -> None:
        super().idle(ms)
        self.link.data = bytearray(99_999)


BREACHES: list[tuple[Any, case.Case, str]] = [
    (Hasty, SOUND, "crossed"),
    (Faint, SOUND, "wrong"),
    (Slow, SOUND, "late"),
    (Circling, SOUND, "endless"),
    (Raising, SOUND, "exception"),
    (Wordless, SOUND, "undocumented"),
    (Chatty, SOUND, "chatty"),
    (Confused, SOUND, "crossed"),
    (Trusting, STRAY_ERROR, "crossed"),
    (Inventive, SOUND, "invented"),
    (Alarmed, SOUND, "invented"),
    (Stuttering, HEARD_TWICE, "invented"),
    (Swapping, HEARD_TWICE, "invented"),
    (Forgetful, HEARD_TWICE, "unaccounted"),
    (Careless, HEARD_TWICE, "lost"),
    (Greedy, SOUND, "memory"),
]


@pytest.mark.parametrize(
    ("shell_class", "made", "kind"), BREACHES, ids=lambda each: getattr(each, "__name__", None)
)
def test_a_breach_is_found(shell_class: Any, made: case.Case, kind: str) -> None:
    assert kind in found(made, shell_class)


@pytest.mark.parametrize("made", [SOUND, HEARD_TWICE])
def test_the_sound_driver_breaks_nothing(made: case.Case) -> None:
    assert found(made, SHELL) == set()


def test_a_stray_ok_excuses_two_calls_and_no_third() -> None:
    """A stray OK ends leave; the next call may be crossed; one that is crossed behind it may not."""

    class Believing(SHELL):  # type: ignore[misc, valid-type]
        """As Hasty, but for calls that a stray OK ended."""

        def do(self, call: str, args: tuple[object, ...]) -> Any:
            if call == "leave":
                return super().do(call, args)
            return Hasty.do(self, call, args)

    made = case.Case("13-leave", (("stray", 0, b"OK\r\n", 100),), 100, False)
    verdict = judge.judge(case.play(made, Believing))
    assert verdict.counts["bounded"] and verdict.counts["next"]
    assert [kind for kind, _ in verdict.found][:1] in (["beyond"], ["beyond under dirt"])
