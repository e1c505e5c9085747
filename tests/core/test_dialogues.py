"""Every dialogue, on CPython and on both MicroPythons, cut at every place: the same events each time."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tencent_at import codec, link, row
from tests.core import replay
from tests.core.scripts import Script, all_scripts

SCRIPTS = all_scripts()
DRIVER = replay.Driver(codec, link, row)
ON_A_BOARD = """
import sys
sys.path.append({here!r})
import replay
import tcat
from tcat import row
driver = replay.Driver(tcat, tcat, row)
import scripts_{part} as part
for name, script, wanted in part.SCRIPTS:
    try:
        found = replay.check(driver, name, script, wanted)
    except Exception as error:
        sys.print_exception(error)
        found = name
    if found:
        print(found)
print("played", len(part.SCRIPTS))
"""


@pytest.mark.parametrize(
    ("name", "script", "wanted"), SCRIPTS, ids=[name for name, _, _ in SCRIPTS]
)
def test_on_cpython(name: str, script: Script, wanted: Script) -> None:
    assert replay.check(DRIVER, name, script, wanted) is None


@pytest.mark.parametrize("part", range(4))
def test_on_micropython(micropython: Any, part: int, tmp_path: Path) -> None:
    scripts = SCRIPTS[part::4]
    (tmp_path / f"scripts_{part}.py").write_text(f"SCRIPTS = {scripts!r}\n", encoding="utf-8")
    (tmp_path / "replay.py").write_text(
        Path(replay.__file__).read_text(encoding="utf-8"), encoding="utf-8"
    )
    code = ON_A_BOARD.format(here=str(tmp_path), part=part)
    ended = micropython.run(code, path=[*places(), tmp_path], heapsize="16m", timeout=110)
    assert ended.stdout == f"played {len(scripts)}\n", ended.stdout[:4000] + ended.stderr[:4000]
    assert ended.returncode == 0


def places() -> list[Any]:
    from boards.runtimes import TCAT

    return [TCAT]


def test_a_wrong_trace_is_noticed() -> None:
    name, script, wanted = SCRIPTS[0]
    assert replay.check(DRIVER, name, script, [*wanted, ("noise", b"x")])
