"""Every room keeps to its side: the rules of tests/architecture, on the repository.

Each rule is a function from a root directory to a list of complaints; beside it are the planted
trees that break it.
"""

import pathlib
from collections.abc import Callable

import pytest

from tests.architecture.copies import altered_copies
from tests.architecture.dialect import foreign_dialect
from tests.architecture.tree import ROOT, Complaints
from tests.architecture.unsaid import unsaid
from tests.architecture.walls import forbidden_imports

RULES = (forbidden_imports, foreign_dialect, altered_copies, unsaid)


@pytest.mark.parametrize("rule", RULES)
def test_the_repository_keeps_the_rule(rule: Callable[[pathlib.Path], Complaints]) -> None:
    complaints = rule(ROOT)
    assert not complaints, "\n" + "\n".join(complaints)
