"""Every room keeps to its side: the rules of tests/architecture, on the repository.

Each rule is a function from a root directory to a list of complaints; beside it are the planted
trees that break it.
"""

import pathlib
from collections.abc import Callable

import pytest

from tests.architecture.circles import import_circles
from tests.architecture.copies import altered_copies
from tests.architecture.dialect import foreign_dialect
from tests.architecture.doors import private_doors
from tests.architecture.doubles import shared_lines
from tests.architecture.drawing import borrowed_tests, false_drawing
from tests.architecture.lengths import long_files
from tests.architecture.tree import ROOT, Complaints
from tests.architecture.unsaid import unsaid
from tests.architecture.walls import forbidden_imports

Rule = Callable[[pathlib.Path], Complaints]
RULES: tuple[Rule, ...] = (
    forbidden_imports,
    foreign_dialect,
    altered_copies,
    unsaid,
    import_circles,
    long_files,
    shared_lines,
    private_doors,
    false_drawing,
    borrowed_tests,
)
# Known offenders, by what a complaint begins with: to be mended, and taken off here.
KNOWN: dict[Rule, tuple[str, ...]] = {
    long_files: ("runtime/engine/link.py",),
}


@pytest.mark.parametrize("rule", RULES)
def test_the_repository_keeps_the_rule(rule: Rule) -> None:
    complaints = rule(ROOT)
    known = KNOWN.get(rule, ())
    new = [line for line in complaints if not line.startswith(known)]
    assert not new, "\n" + "\n".join(new)
    mended = [start for start in known if not any(line.startswith(start) for line in complaints)]
    assert not mended, f"{rule.__name__} has nothing more to say of these: take them off KNOWN"
