"""commands.schema.json takes the transcription, as loader and editors read it, and no mistake."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from codegen.load import load
from codegen.model import Spec
from codegen.strict import SpecError
from tests.spec import dialogues

SPEC = dialogues.DIALOGUES.parent
TEXT = (SPEC / "commands.yaml").read_text(encoding="utf-8")
SCHEMA: dict[str, Any] = json.loads((SPEC / "commands.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)
Tree = dict[str, Any]


def keys_as_text(value: Any) -> Any:
    """JSON has no other keys, so an editor shows the schema -1001 as "-1001"."""
    if isinstance(value, dict):
        return {str(key): keys_as_text(each) for key, each in value.items()}
    return [keys_as_text(each) for each in value] if isinstance(value, list) else value


AS_TEXT: Tree = yaml.load(TEXT, Loader=yaml.BaseLoader)
TYPED: Tree = keys_as_text(yaml.safe_load(TEXT))


def test_the_schema_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_the_file_names_it() -> None:
    first = TEXT.splitlines()[0]
    assert first == "# yaml-language-server: $schema=commands.schema.json"


@pytest.mark.parametrize("tree", [AS_TEXT, TYPED], ids=["as text", "typed"])
def test_the_transcription_is_valid(tree: Tree) -> None:
    complaints = [f"{e.json_path}: {e.message}" for e in VALIDATOR.iter_errors(tree)]
    assert complaints == []


# Everything the vocabulary allows that the transcription does not (yet) use.
ALLOWED: dict[str, Callable[[Tree], object]] = {
    "an optional argument": lambda t: t["commands"]["TCMQTTPUB"]["set"]["args"].append(
        {"name": "retain", "kind": "int", "range": "0..1", "optional": "true", "since": "V3.1.3"}
    ),
    "a secret field": lambda t: t["commands"]["CIPSTA"]["read"]["row"][0].update(secret=True),
    "one alias": lambda t: t["urcs"]["TCOTASTATUS"].update(aliases="TCOTASTATE"),
    "a head with and without its plus": lambda t: t["commands"]["TCVER"]["exec"].update(
        heads=["+TCVERSION", "VERSION"]
    ),
    "an alias of a command": lambda t: t["commands"]["TCVER"].update(aliases=["TCVERSION"]),
    "a new group": lambda t: t["groups"].update(
        {"sensor": {"title": {"en": "s", "zh": "s"}, "section": "9", "ok": "bare"}}
    ),
    "a new table": lambda t: t["errors"].update(
        {"sensor": {"codes": {"1": {"en": "a", "zh": "b"}}}}
    ),
    "hex codes": lambda t: t["reasons"]["join"]["codes"].update({"0xFF": {"en": "a", "zh": "b"}}),
    "a line of its own": lambda t: t["commands"]["TCVER"]["exec"].update(line="AT+TCVER=1"),
    "a state that is not on or off": lambda t: t["commands"]["TCVER"]["exec"].update(
        requires={"ota": ["off", "downloading"]}
    ),
    "a long time-out": lambda t: t["commands"]["TCVER"]["exec"].update(timeout=90),
}


@pytest.mark.parametrize("what", ALLOWED)
def test_the_vocabulary_is_allowed(what: str) -> None:
    tree = copy.deepcopy(AS_TEXT)
    ALLOWED[what](tree)
    assert [e.message for e in VALIDATOR.iter_errors(tree)] == []


def publish(tree: Tree) -> Tree:
    form: Tree = tree["commands"]["TCMQTTPUB"]["set"]
    return form


MISTAKES: dict[str, Callable[[Tree], object]] = {
    "an unknown key at the top": lambda t: t.update(command={}),
    "a top level key that is missing": lambda t: t.pop("errors"),
    "a revision without its V": lambda t: t["revisions"].update(
        {"3.2.0": {"date": "2020-01-01", "en": "a", "zh": "b"}}
    ),
    "a date that is none": lambda t: t["revisions"]["V2.0.0"].update(date="14 January"),
    "a group without a title": lambda t: t["groups"]["mqtt"].pop("title"),
    "an alias with a plus": lambda t: t["commands"]["TCVER"].update(aliases=["+TCVERSION"]),
    "a head that is a line": lambda t: t["commands"]["TCVER"]["exec"].update(heads=["+TCVER:"]),
    "a printer that is none": lambda t: t["groups"]["esp"].update(ok="boxed"),
    "a state without a refusal": lambda t: t["states"]["mqtt"].pop("refusal"),
    "a code that is no number": lambda t: t["errors"]["cme"]["codes"].update(
        {"two": {"en": "a", "zh": "b"}}
    ),
    "a table without codes": lambda t: t["errors"]["cme"].pop("codes"),
    "a table's unknown key": lambda t: t["errors"]["cme"].update(colour="red"),
    "advice in one language": lambda t: t["errors"]["cme"]["advice"]["200"].pop("zh"),
    "an answer without a title": lambda t: t["answers"]["OK"].pop("title"),
    "an error without Chinese": lambda t: t["errors"]["cme"]["codes"]["200"].pop("zh"),
    "an error with a further language": lambda t: t["errors"]["cme"]["codes"]["200"].update(de="a"),
    "an empty text": lambda t: t["errors"]["cme"]["codes"]["200"].update(en=""),
    "an enum of the wrong case": lambda t: t["enums"].update(qos={"values": {"0": "a"}}),
    "an enum name with a blank": lambda t: t["enums"]["QoS"]["values"].update({"2": "just once"}),
    "a command without a group": lambda t: t["commands"]["TCVER"].pop("group"),
    "a command without a form": lambda t: t["commands"]["TCVER"].pop("exec"),
    "a command in small letters": lambda t: t["commands"].update(tcver=t["commands"]["TCVER"]),
    "a form of the wrong name": lambda t: t["commands"]["TCVER"].update(query={"reply": ["ok"]}),
    "a form without a call": lambda t: publish(t).pop("call"),
    "a call for a test form": lambda t: t["commands"]["TCMQTTPUB"]["test"].update(call="x"),
    "a call that is no identifier": lambda t: publish(t).update(call="publish-short"),
    "a set form without arguments": lambda t: publish(t).pop("args"),
    "a misspelt key in a form": lambda t: publish(t).update(time_out="5"),
    "an unknown word of reply": lambda t: publish(t).update(reply=["ok", "answer"]),
    "nothing owed": lambda t: publish(t).update(reply=[]),
    "a row that is not described": lambda t: t["commands"]["TCMQTTSTATE"]["read"].pop("row"),
    "a row that is not owed": lambda t: publish(t).update(row=[{"name": "a", "kind": "int"}]),
    "listening for nothing": lambda t: publish(t).update(linger="0.5"),
    "a time-out that is a word": lambda t: publish(t).update(timeout="long"),
    "a time-out without seconds": lambda t: publish(t).update(timeout={"argument": "qos"}),
    "an argument without a kind": lambda t: publish(t)["args"][0].pop("kind"),
    "an unknown kind": lambda t: publish(t)["args"][0].update(kind="text"),
    "a counted argument": lambda t: publish(t)["args"][0].update(kind="counted"),
    "a range that is a list": lambda t: publish(t)["args"][1].update(range=[0, 1]),
    "a range of words": lambda t: publish(t)["args"][1].update(range="low..high"),
    "bytes of a number": lambda t: publish(t)["args"][1].update(bytes="1..2"),
    "a range of a string": lambda t: publish(t)["args"][0].update(range="1..2"),
    "a string without a limit": lambda t: publish(t)["args"][0].pop("bytes"),
    "a constant with a default": lambda t: publish(t)["args"][1].update(const="1", default="1"),
    "an optional argument that is not": lambda t: publish(t)["args"][2].update(optional="no"),
    "a new argument that is not optional": lambda t: publish(t)["args"][2].update(since="V3.1.3"),
    "an argument's mistyped key": lambda t: publish(t)["args"][0].update(secrets="true"),
    "a state that is no word": lambda t: publish(t).update(requires={"mqtt": ["", "connected"]}),
    "an error table twice": lambda t: publish(t).update(errors=["cme", "cme"]),
    "a URC without an event": lambda t: t["urcs"]["ready"].pop("event"),
    "a URC with its plus sign": lambda t: t["urcs"].update({"+X": t["urcs"]["ready"]}),
    "a field with a limit": lambda t: t["urcs"]["TCMQTTDISCON"]["fields"][0].update(range="0..1"),
    "half a title": lambda t: t["urcs"]["ready"]["title"].pop("zh"),
}


@pytest.mark.parametrize("tree", [AS_TEXT, TYPED], ids=["as text", "typed"])
@pytest.mark.parametrize("what", MISTAKES)
def test_a_mistake_is_refused(what: str, tree: Tree) -> None:
    tree = copy.deepcopy(tree)
    MISTAKES[what](tree)
    assert not VALIDATOR.is_valid(tree)


def loaded(tree: Tree, folder: Path) -> Spec:
    path = folder / "commands.yaml"
    path.write_text(yaml.dump(tree, allow_unicode=True, sort_keys=False), encoding="utf-8")
    return load(path)


@pytest.mark.parametrize("what", MISTAKES)
def test_the_loader_refuses_what_the_schema_refuses(what: str, tmp_path: Path) -> None:
    tree = copy.deepcopy(AS_TEXT)
    MISTAKES[what](tree)
    with pytest.raises(SpecError, match=r"^commands\.yaml:\d+: "):
        loaded(tree, tmp_path)


def test_the_loader_takes_what_the_schema_allows(tmp_path: Path) -> None:
    tree = copy.deepcopy(AS_TEXT)
    for change in ALLOWED.values():
        change(tree)
    loaded(tree, tmp_path)
