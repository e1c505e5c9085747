"""What lacks its calls is not shipped: the modules of a board's package name no call that its words lack."""

from __future__ import annotations

import ast

import pytest

from codegen.emit import board_package, others
from codegen.load import load
from codegen.model import Spec

SPECS = {"": load(), **others()}
EVERY = {form.call for command in SPECS[""].commands.values() for form in command.forms.values()}
# Modules that do without a call, and say so where they catch what it raises.
DOES_WITHOUT = {"speed": {"set_uart"}}


def named(text: str) -> set[str]:
    """The calls that a module names: its texts that are one, but for docstrings."""
    texts = (each.value for each in ast.walk(ast.parse(text)) if isinstance(each, ast.Constant))
    return EVERY.intersection(each for each in texts if isinstance(each, str))


def lacking(spec: Spec, name: str) -> dict[str, set[str]]:
    whole = spec.whole(name)
    part = spec.only(whole.groups, whole.also)
    there = {form.call for command in part.commands.values() for form in command.forms.values()}
    found = {}
    for path, text in board_package(spec, name).items():
        module = path.removesuffix(".py")
        missing = named(text) - there - DOES_WITHOUT.get(module, set())
        if missing:
            found[module] = missing
    return found


@pytest.mark.parametrize(("revision", "name"), [(r, n) for r in SPECS for n in SPECS[r].packages])
def test_a_package_has_the_calls_that_its_modules_make(revision: str, name: str) -> None:
    assert lacking(SPECS[revision], name) == {}


def test_one_that_lacks_them_would_be_noticed() -> None:
    spec = load()
    bare = spec.only((), ())
    assert named("modem.call('read_firmware', (4,))") == {"read_firmware"}
    there = {form.call for command in bare.commands.values() for form in command.forms.values()}
    assert "read_firmware" not in there
