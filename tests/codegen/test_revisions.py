"""Every revision, edition and family: its dialogues are spoken by what is rendered of it alone, on both sides."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import black
import pytest

from codegen.emit import render
from codegen.layer import found
from codegen.load import load
from codegen.paths import COMMANDS
from tests.core import replay
from tests.core.scripts import script
from tests.spec import dialogues

REVISIONS = list(found(COMMANDS))
PLAY = """
import sys
sys.path[:0] = {path!r}
import replay
from scripts import SCRIPTS
{driver}
for name, script, wanted in SCRIPTS:
    found = replay.check(driver, name, script, wanted, {every})
    if found:
        print(found)
print("played", len(SCRIPTS))
"""
DESKTOP = "from tencent_at import codec, link, row\ndriver = replay.Driver(codec, link, row)"
BOARD = "import tcat\nfrom tcat import row\ndriver = replay.Driver(tcat, tcat, row)"


def spoken(name: str) -> list[dialogues.Dialogue]:
    """The dialogues of a revision's own, and of those below it."""
    own = list(dialogues.load_all(dialogues.DIALOGUES / name))
    below = [
        each
        for each in REVISIONS
        if load(revision=name).revisions.keys() >= {each} and each != name
    ]
    told = {form for each in own for form in each.covers}
    return own + [
        each
        for lower in below
        for each in dialogues.load_all(dialogues.DIALOGUES / lower)
        if not told & set(each.covers)
    ]


@pytest.fixture(scope="module", params=REVISIONS)
def revision(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What is rendered of it, with its scripts and the player beside it."""
    place = tmp_path_factory.mktemp(request.param)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(black, "format_str", lambda text, mode: text)  # how it looks plays no part
        files = render(load(revision=request.param))
    scripts = [(each.name, *script(each)) for each in spoken(request.param)]
    files["scripts.py"] = f"SCRIPTS = {scripts!r}\n"
    files["replay.py"] = Path(replay.__file__).read_text(encoding="utf-8")
    for name, text in files.items():
        path = place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    assert len(scripts) >= 5
    return place


def test_a_desktop_speaks_it(revision: Path) -> None:
    path = [str(revision), str(revision / "cpython")]
    code = PLAY.format(path=path, driver=DESKTOP, every=1)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert done.stdout.startswith("played ") and not done.stderr, done.stdout + done.stderr


def test_a_board_speaks_it(revision: Path, micropython: Any) -> None:
    code = PLAY.format(path=[], driver=BOARD, every=7)
    path = [revision, revision / "micropython"]
    done = micropython.run(code, path=path, heapsize="16m", timeout=120)
    assert done.stdout.startswith("played "), done.stdout + done.stderr


@pytest.mark.parametrize("name", REVISIONS)
def test_each_new_form_has_its_dialogue(name: str) -> None:
    """What came with this revision, or has other arguments or values than before, is spoken."""
    covered = {
        form for each in dialogues.load_all(dialogues.DIALOGUES / name) for form in each.covers
    }
    spec = load(revision=name)
    for command in spec.commands.values():
        for kind, form in command.forms.items():
            fields = (*form.args, *form.row)
            new = spec.manual["revision"] in (command.since, form.since, *(f.since for f in fields))
            assert not new or f"{command.name} {kind}" in covered, (command.name, kind)
    for urc in spec.urcs.values():
        words = [since for field in urc.fields for since in field.newer.values()]
        if spec.manual["revision"] in (urc.since, *words):
            assert f"urc {urc.name}" in covered, urc.name
