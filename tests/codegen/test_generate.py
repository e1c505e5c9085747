"""What the generator promises: a complete model, no drift, no chance, in little time."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from codegen import join
from codegen.paths import COMMANDS

ROOT = COMMANDS.parents[1]


def run(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "codegen", *map(str, words)]
    settings = {**os.environ, **environment}
    return subprocess.run(
        command, cwd=ROOT, env=settings, capture_output=True, text=True, timeout=60
    )


def tree(folder: Path) -> dict[str, bytes]:
    files = (
        path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts
    )
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def test_the_model() -> None:
    model = json.loads(run("--model", "json").stdout)
    commands = {name: c for name, c in model["commands"].items() if name.startswith("TC")}
    assert len(commands) == 22
    assert sum(len(command["forms"]) for command in commands.values()) == 51
    assert sum(len(table["codes"]) for table in model["errors"].values()) == 104
    assert model == json.loads((ROOT / "generated/manual.json").read_text(encoding="utf-8"))
    assert {"group", "section", "forms"} <= set(commands["TCMQTTPUBL"])
    assert "TCMQTTRCVPUB" in model["urcs"]


def test_nothing_has_drifted() -> None:
    done = run("--check")
    assert done.returncode == 0, done.stdout + done.stderr


def test_chance_plays_no_part(tmp_path: Path) -> None:
    for seed in ("1", "2"):
        assert run("--out", tmp_path / seed, PYTHONHASHSEED=seed).returncode == 0
    assert tree(tmp_path / "1") == tree(tmp_path / "2") != {}


@pytest.mark.parametrize("fault", ["edited", "missing", "stray"])
def test_check_notices(fault: str, tmp_path: Path) -> None:
    out = tmp_path / "generated"
    shutil.copytree(ROOT / "generated", out, ignore=shutil.ignore_patterns("__pycache__"))
    victim = out / "cpython/tencent_at/tables.py"
    if fault == "edited":
        victim.write_text(
            victim.read_text(encoding="utf-8").replace("topic:s", "topic:r", 1), encoding="utf-8"
        )
    elif fault == "missing":
        victim.unlink()
    else:
        (out / "micropython/tcat/extra.py").write_text("# by hand\n", encoding="utf-8")
    done = run("--check", "--out", out)
    assert done.returncode == 1
    sign = {
        "edited": "+",
        "missing": "missing: cpython/tencent_at/tables.py",
        "stray": "stray: micropython/tcat/extra.py",
    }
    assert sign[fault] in done.stdout
    assert "make generate" in done.stderr


def test_the_tables_are_the_same_bytes() -> None:
    files = tree(ROOT / "generated")
    board = files["micropython/tcat/__init__.py"]
    limits, forms, tables = files["cpython/tencent_at/tables.py"].partition(b"FORMS = (")
    assert b"publish_long" in tables and forms + tables in board
    for name, value in re.findall(rb"^([A-Z]+) = (\S+)  #", limits, re.M):
        assert b"_%s = const(%s)" % (name, value) in board or name in (b"VERBATIM", b"WHEN")


def test_every_file_says_where_it_comes_from() -> None:
    for name, data in tree(ROOT / "generated").items():
        if name.endswith((".py", ".pyi", ".md")) and data:
            assert b"edit th" in data.split(b"\n")[0], name


def test_groups(tmp_path: Path) -> None:
    assert run("--groups", "mqtt", "--out", tmp_path).returncode == 0
    tables = (tmp_path / "micropython/tcat/__init__.py").read_text(encoding="utf-8")
    assert "subscribe" in tables and "start_softap" not in tables
    refused = run("--groups", "mqtt,otta", "--out", tmp_path)
    assert refused.returncode == 2 and "no group is called 'otta'" in refused.stderr


def test_a_bad_overlay_is_named(tmp_path: Path) -> None:
    overlay = tmp_path / "more.yaml"
    overlay.write_text("commands:\n  TCMQTTPUB:\n    set:\n      colour: red\n", encoding="utf-8")
    done = run("--overlay", overlay)
    assert done.returncode == 2 and done.stderr.startswith("more.yaml:4: unknown key 'colour'")


def part(name: str, text: str) -> join.Part:
    return join.Part(name, f"runtime/{name}.py", text)


def test_modules_are_joined() -> None:
    one = part(
        "one", '"""One."""\n\nfrom time import sleep\n\n# Numbers.\n_A = const(1)\n_B = const(2)\n'
    )
    two = part(
        "two", "from .one import f\nfrom . import rest\n\n# Of one.\n_A = const(1)\n_C = const(3)\n"
    )
    assert join.joined([one, two]) == (
        "from time import sleep\nfrom . import rest\n\n"
        '# ---- runtime/one.py\n"""One."""\n\n\n# Numbers.\n_A = const(1)\n_B = const(2)\n\n'
        "# ---- runtime/two.py\n\n_C = const(3)\n\n"
    )


def test_what_only_types_need_stays_behind() -> None:
    text = (
        "from .dialect import TYPE_CHECKING, const\nfrom .other import TYPE_CHECKING\n\n"
        "if TYPE_CHECKING:\n    from typing import Any\n\n    Pair = tuple[Any, Any]\n\n"
        'TYPE_CHECKING = False\n_A = const(1)\n\n\ndef f(a: "Any") -> "Pair":\n    return a, _A\n'
    )
    assert join.untyped(text) == (
        'from .dialect import const\n_A = const(1)\n\n\ndef f(a: "Any") -> "Pair":\n    return a, _A\n'
    )


def test_what_cannot_be_joined() -> None:
    with pytest.raises(join.Clash, match=r"_A is 1 in runtime/one\.py and 2 in runtime/two\.py"):
        join.joined([part("one", "_A = 1\n"), part("two", "_A = 2\n")])


def methods(text: str, name: str) -> dict[str, tuple[str, str | None, str]]:
    """Name → parameters, docstring and result of a class's methods."""
    (found,) = (node for node in ast.parse(text).body if getattr(node, "name", "") == name)
    return {
        node.name: (
            ast.unparse(node.args),
            ast.get_docstring(node),
            ast.unparse(node.returns or node),
        )
        for node in ast.walk(found)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name[0] != "_"
    }


def test_one_facade() -> None:
    """Blocking and asyncio methods say the same, word for word; the board's stubs take the same arguments."""
    desktop = (ROOT / "generated/cpython/tencent_at/commands.py").read_text(encoding="utf-8")
    blocking, waiting = methods(desktop, "Commands"), methods(desktop, "AsyncCommands")
    assert blocking == waiting and len(blocking) > 45
    for name in ("__init__", "aio"):
        stub = (ROOT / f"generated/micropython/tcat/{name}.pyi").read_text(encoding="utf-8")
        there = methods(stub, "Modem")
        for call, (parameters, _, _) in blocking.items():
            names = [part.partition(":")[0] for part in parameters.split(", ")]
            assert names == [part.partition(":")[0] for part in there[call][0].split(", ")], call
