"""Layers: what a revision changed, laid over the one before; a fault is the layer's own, with file and line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from codegen.emit import manual_json
from codegen.layer import found
from codegen.load import load
from codegen.model import Field, Spec
from codegen.paths import COMMANDS, GENERATED
from codegen.strict import SpecError

SMALL = Path(__file__).with_name("small.yaml")
HEAD = """after: V1.1.0
manual: {revision: V1.2.0}
revisions: {V1.2.0: {date: "2021-01-31", en: Third, zh: 三版}}
"""


def laid(text: str, folder: Path) -> Spec:
    """small.yaml with a layer over it."""
    (folder / "small.yaml").write_bytes(SMALL.read_bytes())
    (folder / "revisions").mkdir(exist_ok=True)
    (folder / "revisions/V1.2.0.yaml").write_text(HEAD + text, encoding="utf-8")
    return load(folder / "small.yaml", revision="V1.2.0")


def names(fields: tuple[Field, ...]) -> list[str]:
    return [each.name for each in fields]


def test_each_word_does_what_it_says(tmp_path: Path) -> None:
    spec = laid(
        """commands:
  ATZ: {remove: true}
  PAINT:
    after: LAMP
    section: "2.3"
    group: main
    title: {en: Paint, zh: 涂}
    exec: {call: paint, reply: [ok]}
  LAMP:
    set:
      args:
        - {name: mode, const: {remove: true}, range: 1..2, default: 1}
        - {name: wait, remove: true}
        - {name: speed, after: place, kind: int, range: 1..9}
        - {name: colour, before: mode}
      timeout: 9
      requires: {link: {remove: true}, door: [open]}
    read: {replace: true, call: lamp, reply: [ok]}
packages:
  tcat-more: {modules: {remove: true}}
states:
  door: {values: [open, shut], refusal: 209}
urcs:
  LAMP:
    fields:
      - {name: state, values: {add: [DIM], remove: [OFF]}}
errors:
  sdk:
    codes: {-2: {en: Worse, zh: 更糟}}
""",
        tmp_path,
    )
    form = spec.commands["LAMP"].forms["set"]
    assert names(form.args) == ["place", "speed", "colour", "mode", "level", "key"]
    assert form.args[3].const is None and form.timeout == 9 and not form.timeout_argument
    assert form.requires == {"door": ("open",)}
    assert list(spec.commands) == ["LAMP", "PAINT", "PICTURE"]
    assert spec.commands["LAMP"].forms["read"].row == ()
    assert spec.packages["tcat-more"].modules == ()
    assert spec.urcs["LAMP"].fields[1].words == ("ON", "DIM")
    assert spec.urcs["LAMP"].fields[1].newer == {"DIM": "V1.2.0"}
    # since and until follow
    since = {"PAINT": "V1.2.0", "LAMP": "V1.0.0"}
    assert {name: spec.commands[name].since for name in since} == since
    assert form.args[1].since == "V1.2.0" and form.args[0].since == ""
    assert spec.errors["sdk"].codes[-2].since == "V1.2.0"
    gone = {each.what: (each.since, each.until) for each in spec.gone}
    assert gone["commands.LAMP.set.args.wait"] == ("V1.0.0", "V1.1.0")
    assert gone["commands.ATZ"] == ("", "V1.1.0")
    assert gone["urcs.LAMP.fields.state.values.OFF"] == ("", "V1.1.0")
    assert "commands.LAMP.read.row.mood" in gone and "commands.ATZ.exec" not in gone


IDLE = [
    ("commands: {LAMP: {set: {timeout: {argument: wait, plus: 2.5}}}}", "this is as it was"),
    ("commands: {LAMP: {section: '2.1'}}", "this is as it was"),
    ("commands: {LAMP: {}}", "changes nothing"),
    ("commands: {LAMP: {set: {errors: [cme, sdk]}}}", "this is as it was"),
    ("commands: {LAMP: {set: {args: [{name: place}]}}}", "nothing of it changes"),
    ("commands: {LAMP: {set: {args: [{name: place, bytes: 1..16}]}}}", "this is as it was"),
    ("commands: {LAMP: {set: {args: [{name: mode, after: place}]}}}", "anyhow"),
    ("commands: {LAMP: {set: {args: [{name: plase, remove: true}]}}}", "did you mean 'place'?"),
    ("commands: {LAMP: {set: {args: [{name: a, after: b, kind: int}]}}}", "there is no other 'b'"),
    ("commands: {LAMP: {set: {args: [{name: mode, after: level}, {name: mode}]}}}", "here twice"),
    ("commands: {LAMP: {set: {args: [{kind: int}]}}}", "has a name"),
    ("commands: {LAMP: {set: {const: {remove: true}}}}", "there is no 'const' to remove"),
    ("commands: {LAMPS: {remove: true}}", "did you mean 'LAMP'?"),
    ("commands: {LAMP: {remove: true, section: '2.2'}}", "nothing more to say"),
    ("commands: {LAMP: {remove: yes}}", "true is wanted here"),
    ("commands: {PAINT: {section: {remove: true}}}", "this is new"),
    ("commands: {PAINT: {replace: true, section: '9'}}", "this is new"),
    ("commands: {LAMP: {set: {args: [{name: key, since: V1.2.0}]}}}", "follows from the layer"),
    ("urcs: {LAMP: {fields: [{name: state, values: {add: [ON]}}]}}", "there already"),
    ("urcs: {LAMP: {fields: [{name: state, values: {remove: [UP]}}]}}", "there is no 'UP'"),
    ("urcs: {LAMP: {fields: [{name: state, values: {ad: [UP]}}]}}", "unknown key 'ad'"),
    ("commands: {LAMP: {set: {colour: red}}}", "unknown key 'colour'"),
    ("enums: {Colour: {remove: true}}", "with 'Colour' removed: small.yaml:"),
    ("errors: {cme: {remove: true}}", "with 'cme' removed: small.yaml:"),
    ("states: {link: {values: [down, shut]}}", "with this layer: small.yaml:"),
]


@pytest.mark.parametrize(("text", "words"), IDLE, ids=[words for _, words in IDLE])
def test_what_does_nothing_or_wrong_is_refused_where_it_stands(
    text: str, words: str, tmp_path: Path
) -> None:
    with pytest.raises(SpecError, match=r"^V1\.2\.0\.yaml:[1-9]\d*: ") as refused:
        laid(text + "\n", tmp_path)
    assert words in str(refused.value)


def test_a_revision_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"did you mean 'V3\.2\.1'"):
        load(revision="V3.2.2")
    laid("groups: {main: {section: '2'}}\n", tmp_path)
    (tmp_path / "revisions/V1.2.0.yaml").write_text(HEAD.replace("V1.1.0", "V1.2.0"), "utf-8")
    with pytest.raises(SpecError, match=r"^V1\.2\.0\.yaml:1: no revision"):  # after itself
        load(tmp_path / "small.yaml", revision="V1.2.0")


def test_a_revision_knows_nothing_of_what_came_later(tmp_path: Path) -> None:
    (tmp_path / "commands.yaml").write_bytes(COMMANDS.read_bytes())
    (tmp_path / "revisions").mkdir()
    first = found(COMMANDS)["V3.2.0"]
    (tmp_path / "revisions/V3.2.0.yaml").write_bytes(first.read_bytes())
    alone = manual_json(load(tmp_path / "commands.yaml", revision="V3.2.0"))
    assert alone == (GENERATED / "manuals/V3.2.0.json").read_text(encoding="utf-8")
    assert "PUBRAW" not in alone and "PUBRAW" not in (GENERATED / "manual.json").read_text("utf-8")


def test_what_v3_2_0_changed() -> None:
    spec = load(revision="V3.2.0")
    assert len([name for name in spec.commands if name.startswith("TC")]) == 22
    settings = spec.commands["TCMODINFOSET"].forms
    assert len(settings["set"].args) == len(settings["read"].row) == 6
    assert not any("info_addr" in each.name for each in settings["set"].args)
    assert spec.commands["TCOTASET"].forms["set"].when == {"enabled": 1}
    blocked = {
        f"{name}.{kind}"
        for name, command in spec.commands.items()
        for kind, form in command.forms.items()
        if "ota" in form.requires
    }
    assert blocked == set(
        re.findall(
            r"\S+",
            "TCDEVINFOSET.set TCDEVINFOSET.read TCPRDINFOSET.set TCPRDINFOSET.read TCDEVREG.exec"
            " TCRESTORE.exec TCMQTTCONN.set TCMODINFOSET.set TCSTARTSMART.exec TCSAP.set"
            " TCMQTTPUBL.set TCMQTTSUB.set TCMQTTUNSUB.set TCOTASET.set TCFWINFO.read TCREADFWDATA.set",
        )
    )
    assert {
        form.requires["ota"]
        for c in spec.commands.values()
        for form in c.forms.values()
        if "ota" in form.requires
    } == {("off", "on")}


def test_what_v3_2_1_changed() -> None:
    spec = load(revision="V3.2.1")
    new = [name for name, command in spec.commands.items() if command.since == "V3.2.1"]
    assert new == ["TCMQTTPUBRAW", "TCGWBIND", "TCGWONLINE"]
    assert spec.commands["TCMQTTPUBRAW"].forms["set"].args[2].verbatim
    sections = {name: spec.commands[name].section for name in ("TCMQTTSUB", "TCMQTTSTATE")}
    assert sections == {"TCMQTTSUB": "3.6", "TCMQTTSTATE": "3.8"}
    assert [table.section for table in spec.errors.values()] == "8.1 8.1 8.2 8.3 8.4 8.5".split()
    assert len(spec.errors["gateway"].codes) == 13
