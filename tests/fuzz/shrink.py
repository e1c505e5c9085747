"""A failing case made smaller while it still fails in the same way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from tests.fuzz.case import Case, play
from tests.fuzz.judge import judge
from tests.fuzz.probes import PROBES

WHOLE = (1 << 20,)


def kinds(case: Case, shell_class: Any) -> set[str]:
    """In what ways a case fails."""
    return {kind for kind, _ in judge(play(case, shell_class)).found}


def shrink(case: Case, kind: str, shell_class: Any, tries: int = 300) -> Case:
    """The smallest case found that fails so."""
    found = True
    while found and tries:
        found = False
        for smaller in _smaller(case):
            tries -= 1
            if kind in kinds(smaller, shell_class):
                case, found = smaller, True
                break
            if not tries:
                break
    return case


def _smaller(case: Case) -> Iterator[Case]:
    # Ordered by how much each takes away; each is smaller than before, so this ends.
    for i in range(len(case.wounds)):
        yield replace(case, wounds=case.wounds[:i] + case.wounds[i + 1 :])
    if case.size != 2304:
        yield replace(case, size=2304)
    if case.mood:
        yield replace(case, mood="")
    if case.cuts != WHOLE:
        yield replace(case, cuts=WHOLE)
    if case.pause:
        yield replace(case, pause=0)
    for slow in (0, 1, 20, 60):
        if slow < case.slow:
            yield replace(case, slow=slow)
    if not case.working:
        yield replace(case, working=True)
    for place, simple in enumerate((0, 1)):
        if case.probes[place] > simple and PROBES[simple].unique:
            probes = (simple, case.probes[1]) if place == 0 else (case.probes[0], simple)
            yield replace(case, probes=probes)
    if case.numbers != 300:
        yield replace(case, numbers=300)
    for i, wound in enumerate(case.wounds):
        for n, part in enumerate(wound):
            if isinstance(part, bytes) and len(part) > 1 and wound[0] != "restart":
                for half in (part[: len(part) // 2], part[len(part) // 2 :]):
                    less = (*wound[:n], half, *wound[n + 1 :])
                    yield replace(case, wounds=(*case.wounds[:i], less, *case.wounds[i + 1 :]))
