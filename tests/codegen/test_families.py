"""A family of modules beside the ESP8266: it takes what it shares, says the rest itself, and nothing else is in it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import black
import jsonschema
import pytest
import yaml

from codegen.__main__ import renamed
from codegen.emit import board_package, manual_json, render
from codegen.layer import found, is_family
from codegen.load import load
from codegen.paths import COMMANDS, GENERATED
from codegen.strict import SpecError
from tests.spec import dialogues

FAMILIES = [name for name, file in found(COMMANDS).items() if is_family(file)]
WIRELESS = re.compile(
    r"wi-?fi|wlan|smart ?config|soft-?ap|gpio|ssid|esp8266|esp-at|热点|路由器", re.I
)
IMPORT = """
import importlib, pathlib, sys
sys.path.insert(0, sys.argv[1])
for path in sorted(pathlib.Path(sys.argv[1]).rglob("*.py")):
    importlib.import_module(".".join(path.relative_to(sys.argv[1]).with_suffix("").parts).removesuffix(".__init__"))
import tencent_at_m6315 as package
print(package.__file__.startswith(sys.argv[1]), "tencent_at" in sys.modules, hasattr(package.Modem, "join"))
print(package.Modem.set_network.__name__, package.NetworkAction.ENTER, package.manual.FORMS["add_certificate"].timeout)
"""
BOARD = """
import sys
for name in {modules!r}:
    __import__("tcat." + name if name else "tcat")
forms = sys.modules["tcat"].FORMS
print([word in forms for word in ("set_network", "add_certificate", "join ", "softap")])
"""


@pytest.mark.parametrize("name", FAMILIES)
def test_each_form_and_each_urc_is_spoken(name: str) -> None:
    """Every one of its own; of those that it takes, every one but for tests, which are all alike."""
    said = {form for each in dialogues.load_all(dialogues.DIALOGUES / name) for form in each.covers}
    spec = load(revision=name)
    forms = [
        f"{command.name} {kind}"
        for command in spec.commands.values()
        for kind, form in command.forms.items()
        if kind != "test" or (form.sample and command.name not in load().commands)
    ]
    assert {*forms, *(f"urc {urc}" for urc in spec.urcs)} - said == set()


def test_nothing_of_wi_fi_is_in_the_cellular_one() -> None:
    spec = load(revision="M6315")
    text = manual_json(spec).replace(spec.commands["TCREGNET"].forms["test"].sample[-50:-10], "")
    lines = [line for line in text.splitlines() if WIRELESS.search(line)]
    assert [line for line in lines if '"sample"' not in line] == [] and len(lines) <= 1
    assert "provisioning" not in spec.errors and not spec.reasons
    history = {c.since for c in spec.commands.values()} | {u.since for u in spec.urcs.values()}
    assert history <= {"", *spec.revisions} and "V2.0.0" not in spec.revisions


@pytest.fixture(scope="module")
def cellular(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("cellular")
    spec = load(revision="M6315")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(black, "format_str", lambda text, mode: text)  # how it looks plays no part
        files = renamed(render(spec), "tencent_at_m6315")
        package = board_package(spec, "tcat-ota")
        files |= {f"small/tcat/{name}": text for name, text in package.items()}
    for name, text in files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, encoding="utf-8")
    return place


def test_a_desktop_imports_all_of_it(cellular: Path) -> None:
    words = [sys.executable, "-c", IMPORT, str(cellular / "cpython")]
    done = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert done.stdout == "True False False\nset_network 1 600.0\n", done.stdout + done.stderr


@pytest.mark.parametrize("package", ["micropython", "small"])
def test_a_board_imports_all_of_it(cellular: Path, micropython: Any, package: str) -> None:
    modules = [path.stem for path in sorted((cellular / package / "tcat").glob("*.py"))]
    script = BOARD.format(modules=["", *(name for name in modules if name != "__init__")])
    ended = micropython.run(script, path=[cellular / package], timeout=60)
    wanted = [True, package == "micropython", False, False]
    assert ended.stdout == f"{wanted}\n", ended.stdout + ended.stderr


SMALL = Path(__file__).with_name("small.yaml")
LAYERS = jsonschema.Draft202012Validator(
    json.loads((GENERATED / "layer.schema.json").read_text(encoding="utf-8"))
)
FAMILY = """\
manual: {title: A sister, revision: V2.0.0, module: None, firmware: 2.0.0}
takes:
  groups: [main]
  states: [link]
  errors: [cme, sdk]
  enums: [Colour]
  answers: [OK, FAIL]
  commands: [LAMP]
  urcs: [ready]
revisions:
  V2.0.0: {date: "2021-01-31", en: First of the sister, zh: 首版}
groups:
  core: {title: {en: Core, zh: 核}, section: "1.3"}
"""
SEEN = (
    "takes:\n  groups",
    "[OK, FAIL]",
    "  answers: [OK, FAIL]",
    "  states: [link]",
    "takes:",
    "  enums: [Colour]",
)
BROKEN = {
    "takes:\n  groups": (
        "takes:\n  gruops",
        "no part is called 'gruops'",
        "did you mean 'groups'?",
    ),
    "groups: [main]": ("groups: [mian]", "groups has no 'mian' to take", "did you mean 'main'?"),
    "[OK, FAIL]": ("[OK, OK]", "twice", ""),
    "  answers: [OK, FAIL]": ("  answers: OK", "a list is wanted", ""),
    "  states: [link]": ("  manual: [title]", "no part is called 'manual'", ""),
    "takes:": ("after: V1.1.0\ntakes:", "a family stands beside the others", "leave it out"),
    "  urcs: [ready]\n": ("", "the key 'urcs' is missing", ""),
    "  core: {title": (
        "  main: {title: {en: Main}}\n  core: {title",
        "as it was before",
        "leave it",
    ),
    "groups:\n  core:": ("groups:\n  old: {remove: true}\n  core:", "no 'old' to remove", ""),
    "[LAMP]": ("[LAPM]", "commands has no 'LAPM' to take", "did you mean 'LAMP'?"),
    "  enums: [Colour]": ("  enums: []", "empty", ""),
}


def sister(folder: Path, text: str) -> Path:
    (folder / "families").mkdir()
    (folder / "families/SISTER.yaml").write_text(text, encoding="utf-8")
    path = folder / "small.yaml"
    path.write_text(SMALL.read_text(encoding="utf-8"), encoding="utf-8")
    return path


def test_what_it_takes_has_no_history_and_the_rest_is_its_own(tmp_path: Path) -> None:
    spec = load(sister(tmp_path, FAMILY), revision="SISTER")
    assert spec.name == "SISTER" and [*spec.revisions] == ["V2.0.0"]
    assert [*spec.commands] == ["LAMP"] and spec.commands["LAMP"].since == ""
    assert [*spec.groups] == ["main", "core"] and not spec.gone


@pytest.mark.parametrize("old", BROKEN)
def test_a_broken_family_is_refused_with_file_and_line(old: str, tmp_path: Path) -> None:
    new, *told = BROKEN[old]
    assert FAMILY.count(old) == 1
    with pytest.raises(SpecError, match=r"^SISTER\.yaml:\d+: ") as refused:
        load(sister(tmp_path, FAMILY.replace(old, new)), revision="SISTER")
    for words in told:
        assert words in str(refused.value)
    broke = yaml.load(FAMILY.replace(old, new), Loader=yaml.BaseLoader)
    assert LAYERS.is_valid(broke) == (old not in SEEN)


def test_no_revision_depends_on_what_comes_after_it(tmp_path: Path) -> None:
    """With the layers of later ones and the families away, each is what it was: the output follows from that alone."""
    every = found(COMMANDS)
    for name in every:
        spec, place = load(revision=name), tmp_path / name
        needed = {name} | {each for each in every if each in spec.revisions}
        for each in needed:
            file = place / every[each].relative_to(COMMANDS.parent)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(every[each].read_bytes())
        (place / "commands.yaml").write_bytes(COMMANDS.read_bytes())
        assert needed == {name} or not is_family(every[name])
        assert load(place / "commands.yaml", revision=name) == spec, name
