"""The schema that editors have for layers takes each of them, and no misspelt word."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
import yaml

from codegen.layer import found
from codegen.paths import COMMANDS, GENERATED, ROOT
from codegen.schema import layered

SCHEMA = json.loads((GENERATED / "layer.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
LAYERS = found(COMMANDS)
Tree = dict[str, Any]


def tree(name: str) -> Tree:
    made: Tree = yaml.load(LAYERS[name].read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    return made


def test_it_is_made_of_the_other() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    whole = json.loads((ROOT / "spec/commands.schema.json").read_text(encoding="utf-8"))
    assert layered(whole) == SCHEMA


@pytest.mark.parametrize("name", LAYERS)
def test_each_layer_is_valid_and_names_it(name: str) -> None:
    assert [f"{e.json_path}: {e.message}" for e in VALIDATOR.iter_errors(tree(name))] == []
    first = LAYERS[name].read_text(encoding="utf-8").partition("\n")[0]
    assert first == "# yaml-language-server: $schema=../../generated/layer.schema.json"


def settings(tree: Tree) -> Tree:
    made: Tree = tree["commands"]["TCMODINFOSET"]["set"]
    return made


MISTAKES: dict[str, Callable[[Tree], object]] = {
    "nothing it is laid over": lambda t: t.pop("after"),
    "a part that is none": lambda t: t.update(command={}),
    "a key that is none": lambda t: settings(t).update(colour="red"),
    "removed, or not": lambda t: settings(t).update(timeout={"remove": "yes"}),
    "removed, and more": lambda t: t["commands"].update(X={"remove": "true", "section": "1"}),
    "a word for words misspelt": lambda t: settings(t).update(reply={"ad": ["ok"]}),
    "an argument's key misspelt": lambda t: settings(t)["args"].append({"name": "a", "kin": "int"}),
    "a date that is none": lambda t: t["revisions"].update({"V9.9.9": {"date": "today"}}),
    "an empty mapping": lambda t: settings(t).update(requires={}),
}


@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_seen(what: str) -> None:
    broken = copy.deepcopy(tree("V3.2.0"))
    MISTAKES[what](broken)
    assert not VALIDATOR.is_valid(broken)
