"""CONTRIBUTING's walks, walked: what each says is touched is all that has to be, and what it says follows does."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from codegen import emit
from codegen.emit import Files, render
from codegen.load import load
from codegen.paths import COMMANDS, ROOT

HEADING = "**{}.**"
OVERLAYS = {
    "a command": """
commands:
  TCBEEP:
    section: "9.1"
    group: device
    title: {en: Beeps, zh: 鸣叫}
    set:
      call: beep
      args: [{name: times, kind: int, range: 1..9}]
      reply: [ok, result]
      errors: [cme]
""",
    "a revision of the manual": """
manual: {revision: V9.9.9}
revisions:
  V9.9.9: {date: "2030-01-01", en: A revision for the tests, zh: 测试用修订}
commands:
  TCMQTTSUB:
    set:
      args:
        - {name: depth, kind: int, range: 1..9, optional: true}
""",
    "an error table": """
errors:
  beeper:
    title: {en: Trouble with the beeper, zh: 蜂鸣器故障}
    section: "9.2"
    codes:
      7: {name: BEEPER_BROKEN, en: The beeper is broken, zh: 蜂鸣器已损坏}
    advice:
      7: {en: Buy a new one., zh: 换一个。}
commands:
  TCMQTTSUB:
    set:
      errors: [beeper, cme]
""",
}


def walk(name: str) -> str:
    """What CONTRIBUTING says of it."""
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    return text.partition(HEADING.format(name))[2].partition("\n**")[0].partition("\n## ")[0]


@cache
def plain() -> Files:
    return render(load(COMMANDS))


@pytest.fixture(params=OVERLAYS)
def walked(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[str, Files]:
    monkeypatch.setattr(
        emit, "formatted", lambda path, text: text
    )  # which takes nearly all the time
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(OVERLAYS[request.param], "utf-8")
    return request.param, render(load(COMMANDS, (overlay,)))


def test_what_follows_is_what_is_said(walked: tuple[str, Files]) -> None:
    name, files = walked
    changed = {file for file in plain().keys() | files if plain().get(file) != files.get(file)}
    (said,) = re.findall(r"Renders anew: (.+?)\.(?:\s|$)", walk(name), re.S)
    named = set(re.findall(r"`([^`]+)`", said))
    wanted = {file for file in changed if not any(file.endswith(each) for each in named)}
    assert not wanted, f"{name}: renders {sorted(wanted)} anew, which CONTRIBUTING does not say"
    idle = {each for each in named if not any(file.endswith(each) for file in changed)}
    assert not idle, f"{name}: CONTRIBUTING says that {sorted(idle)} are rendered anew"


FAMILY = """
manual: {title: A sister, revision: V1.0.0, module: S1, firmware: 1.0.0}
takes:
  groups: [device]
  states: [mqtt, ota]
  errors: [cme, sdk]
  enums: [TlsMode]
  answers: [OK, ERROR, FAIL]
  commands: [TCDEVINFOSET]
  urcs: [ready]
revisions:
  V1.0.0: {date: "2030-01-01", en: First, zh: 首版}
groups:
  esp: {title: {en: Core, zh: 核}, section: "1"}
"""


def test_a_family_renders_its_manual_and_changes_nothing_else(tmp_path: Path) -> None:
    spec = tmp_path / "spec"
    (spec / "families").mkdir(parents=True)
    (spec / "families/S1.yaml").write_text(FAMILY, "utf-8")
    (spec / "commands.yaml").write_bytes(COMMANDS.read_bytes())
    family = load(spec / "commands.yaml", revision="S1")
    assert load(spec / "commands.yaml") == load(COMMANDS)
    (said,) = re.findall(r"Renders anew: (.+?)\.(?:\s|$)", walk("a module family"), re.S)
    assert list(emit.manuals({"S1": family})) == [said.split("`")[1].replace("NAME", "S1")]
    assert "`docs/revisions.md`" in said


@pytest.mark.parametrize(
    "name", [*OVERLAYS, "a module family", "a quirk of the module", "a bug's fix"]
)
def test_what_a_walk_names_is_there(name: str) -> None:
    text = walk(name).partition("Renders anew")[0]
    assert text.strip(), f"{name}: no such walk"
    for path in re.findall(r"`((?:spec|emulator|tests|codegen|runtime|docs)/[\w./-]+)`", text):
        if "NN" not in path and "NAME" not in path:
            assert (ROOT / path).exists(), f"{name}: {path} is not there"
