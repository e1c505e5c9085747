"""The judge lets nothing through: a broken transcription is refused, by loader and, where it can, by schema."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from codegen.emit import render
from codegen.load import load
from codegen.model import Wire
from codegen.paths import ROOT
from codegen.strict import SpecError, read
from tests.codegen.broken import CASES, Row

SMALL = Path(__file__).with_name("small.yaml")
GOOD = SMALL.read_text(encoding="utf-8")
SCHEMA = json.loads((ROOT / "spec/commands.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def broken(row: Row, folder: Path) -> Path:
    old, new, _, _ = row
    assert GOOD.count(old) == 1, f"{old!r} is in small.yaml {GOOD.count(old)} times"
    path = folder / "small.yaml"
    path.write_text(GOOD.replace(old, new), encoding="utf-8")
    return path


def names(row: Row) -> str:
    return f"{row[0].strip()[:24]} > {row[1].strip()[:32]}".encode("unicode_escape").decode()


def test_there_are_enough() -> None:
    assert len(CASES) >= 130 and len({row[:2] for row in CASES}) == len(CASES)


def test_the_small_one_is_sound() -> None:
    assert len(render(load(SMALL))) > 40
    assert [error.message for error in VALIDATOR.iter_errors(tree(GOOD))] == []


@pytest.mark.parametrize("row", CASES, ids=map(names, CASES))
def test_refused_with_file_line_and_advice(row: Row, tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"^small\.yaml:\d+: ") as refused:
        load(broken(row, tmp_path))
    said = str(refused.value)
    assert row[2] in said and "\n" not in said and len(said) < 700
    where = int(said.split(":")[1])
    begins = GOOD[: GOOD.index(row[0])].count("\n") + 1
    ends = begins + row[1].count("\n") + 1
    # On the line, or where the entry begins that lacks something; of two rivals the complaint names both.
    rival = re.search(r"is already at small\.yaml:(\d+)", said)
    assert any(
        begins - 10 <= line <= ends + 9 for line in (where, int(rival[1]) if rival else where)
    )


@pytest.mark.parametrize("row", CASES, ids=map(names, CASES))
def test_the_schema_agrees(row: Row, tmp_path: Path) -> None:
    """What it refuses the loader refuses, too (above); what the row says that it sees, it sees."""
    try:
        broke = tree(broken(row, tmp_path).read_text(encoding="utf-8"))
    except yaml.YAMLError:
        assert row[3] == "Y"
        return
    assert VALIDATOR.is_valid(broke) == (row[3] in "-Y")


def tree(text: str) -> Any:
    return yaml.load(text, Loader=yaml.BaseLoader)


def test_no_key_may_be_missing_or_misspelt_or_of_another_shape(tmp_path: Path) -> None:
    """Every key, one after another, misspelt, or with a list, a mapping or nothing behind it: never a traceback."""
    path = tmp_path / "small.yaml"
    refused = 0
    for found in re.finditer(r"(?m)(?<=[ {])([a-z_]+|[A-Z]+|[0-9.]+): |^([a-z]+):", GOOD):
        for new in (f"{found[0][:1]}q{found[0][1:]}", f"{found[0]} []\n", f"{found[0]} {{}}\n", ""):
            text = GOOD[: found.start()] + new + GOOD[found.end() :]
            path.write_text(text, encoding="utf-8")
            try:
                load(path)
            except SpecError as error:
                assert re.match(r"small\.yaml:\d+: ", str(error)), str(error)
                refused += 1
    assert refused > 400


TEXTS = [
    '"',
    "'",
    '"""',
    "\\",
    "\\N{x}",
    "a\\",
    "{{ spec }}",
    "{% x %}",
    "#",
    "|",
    "`",
    "%s",
    "{0}",
    "😀",
    "*/ -->",
    "a" * 200,
]


@pytest.mark.parametrize("text", TEXTS)
def test_texts_are_harmless(text: str, tmp_path: Path) -> None:
    """Whatever stands in a title goes into docstrings, tables and strings, and means itself there."""
    quoted = json.dumps(text, ensure_ascii=False)
    path = tmp_path / "small.yaml"
    spoilt = re.sub(r"(en|zh): [^,}]+", lambda found: f"{found[1]}: {quoted}", GOOD)
    path.write_text(spoilt, encoding="utf-8")
    files = render(load(path))
    namespace: dict[str, Any] = {"__name__": "enums"}
    source = files["cpython/tencent_at/commands.py"].partition("class Commands")[2]
    exec("class Protocol: ...\nAny = Colour = records = None\nclass Commands" + source, namespace)
    for shell in ("Commands", "AsyncCommands"):
        said = namespace[shell].set_lamp.__doc__
        assert (
            said.startswith(f"{text}. AT+LAMP= (manual 2.1).\n")
            and f"place: {text}; 1 to 16" in said
        )
    model = json.loads(files["manual.json"])
    assert model["commands"]["LAMP"]["title"] == {"en": text, "zh": text}


def test_the_caps_are_the_engine_s() -> None:
    table = render(load(SMALL))["cpython/tencent_at/tables.py"]
    assert f"LINE = {Wire.line} " in table and f"LONGEST = {Wire.payload} " in table


@pytest.mark.parametrize("revision", ["small.yaml", "layer.yaml"])
def test_a_layer_s_fault_is_the_layer_s(revision: str, tmp_path: Path) -> None:
    layer = tmp_path / "layer.yaml"
    layer.write_text("commands:\n  LAMP:\n    set:\n      timeout: -1\n", encoding="utf-8")
    assert read(layer).where == "layer.yaml:1"
    with pytest.raises(SpecError, match=r"^layer\.yaml:4: seconds are wanted"):
        load(SMALL, (layer,))
