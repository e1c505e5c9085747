"""The command in Chinese: no text of its source lacks its Chinese, and none is shown in English."""

from __future__ import annotations

import argparse
import ast
import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from tencent_at_cli.desk import language
from tests.cli.texts import ROOT, texts

CATALOGUE: dict[str, str] = json.loads((ROOT / "cli/chinese.json").read_text(encoding="utf-8"))
# The driver's and the emulator's files whose errors a person at the command meets.
MET = [
    *(
        f"runtime/cpython/{name}.py"
        for name in "check connection download driver errors fields reopening schemes speed watch".split()
    ),
    "runtime/cpython/wire/tape.py",
    "runtime/cpython/message.py",
    *(
        f"emulator/{name}.py"
        for name in "__main__ ways serial_port ports paths asking faults quirks control channel".split()
    ),
]
# Words of files, a data base and the wire; what is only put together from texts; names.
NO_TEXT = re.compile(
    r"\s*create table|create index|insert into|select |pragma |begin immediate|where |.*replace\(replace"
    r"|product_id, device_name, (mac|device_secret)|tencent-at \{\}$|emu:$|(inappropriate ioctl|access is denied"
    r"|no such|not find|shell reader|tencent-at$)$|[\[\] a-z/✓✗\n-]*\{\}(\[/\])?$|.*\[bold\]\{\}\[/\]  |.*\[dim\]"
    r"|module \{\} has no attribute|<\{\}|\{\} on \{\}|[\W\d_]*(\{\}[\W\d_]*)*$|the tap failed",
    re.DOTALL,
)
BIN = Path(sys.executable).parent / "tencent-at"


def _keys(path: Path) -> list[str]:
    return [text for text in texts(path) if not NO_TEXT.match(text)]


def _has(text: str) -> bool:
    return text.strip() in CATALOGUE or text in CATALOGUE


@pytest.mark.parametrize(
    "path", [*sorted((ROOT / "cli").rglob("*.py")), *(ROOT / name for name in MET)], ids=str
)
def test_every_text_of_the_source_has_its_chinese(path: Path) -> None:
    assert [text for text in _keys(path) if not _has(text)] == []


def test_the_help_of_every_command_has_its_chinese() -> None:
    missing = []
    for path in sorted((ROOT / "cli/commands").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
                continue
            if [argument.arg for argument in node.args.args][:1] != ["context"]:
                continue
            paragraphs = inspect.cleandoc(ast.get_docstring(node) or "").split("\n\n")
            text = "\n\n".join(" ".join(each.split()) for each in paragraphs)
            missing += [text] * (bool(text) and text not in CATALOGUE)
    assert missing == []


def test_what_typer_and_argparse_say_has_its_chinese() -> None:
    # They mark their texts themselves, for gettext.
    files = [Path(argparse.__file__), *sorted(Path(typer.__file__).parent.rglob("*.py"))]
    said = {
        argument.value
        for path in files
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "ngettext")
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    }
    assert len(said) > 30 and sorted(text for text in said if not _has(text)) == []


def test_no_chinese_lacks_a_value_or_has_one_too_many() -> None:
    wrong = []
    for english, chinese in CATALOGUE.items():
        places = len(re.findall(r"\{\}|%[sdr]", english))
        used = {int(number) for number in re.findall(r"\{(\d+)(?:!s)?\}", chinese)}
        wrong += [english] * (bool(used) and max(used) >= places)
        raw = re.findall(r"%\(\w+\)\w|\{\w+(?:!r)?\}", english)
        wrong += [english] * any(each not in chinese for each in raw)
    assert wrong == []


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "zh_TW"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "zh_CN", "LC_ALL": ""}, "zh"),
        ({"LC_ALL": "zh_CN.UTF-8", "TENCENT_AT_LANGUAGE": "en"}, "en"),
    ],
)
def test_the_language_of_the_system(environment: dict[str, str], expected: str) -> None:
    assert language.from_environment(environment) == expected


def test_values_stand_where_the_chinese_wants_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(language, "LANGUAGE", ["zh"])
    assert language.said("7 lines in a b.jsonl; tencent-at report a b.jsonl") == (
        "a b.jsonl 中有 7 行；tencent-at report a b.jsonl"
    )
    # A value that is a text is turned, too; one that is not stays as it is, whatever it says.
    assert language.said("no Wi-Fi password") == "没有WiFi 密码"
    assert language.said("joining done") == "正在连接 done"
    assert language.said("/x/done: Permission denied") == "/x/done: 没有权限"
    assert language.said("what nobody wrote") == "what nobody wrote"


def spoken(*words: str, code: int = 0, **environment: str) -> str:
    """What the command says in Chinese, on both streams."""
    made = {**os.environ, "LANG": "zh_CN.UTF-8", "PYTHONUTF8": "1", "COLUMNS": "200", **environment}
    for name in ("LC_ALL", "LC_MESSAGES", "TENCENT_AT_LANGUAGE", "TENCENT_AT_PORT"):
        made.pop(name, None)
    done = subprocess.run([BIN, *words], env=made, capture_output=True, text=True, timeout=60)
    assert done.returncode == code, done.stderr
    return done.stdout + done.stderr


def english(shown: str) -> list[str]:
    """Texts of the catalogue that are shown in English."""
    shown = " ".join(re.sub(r"[│╭╰─╮╯]", " ", shown).split())
    pieces = {
        piece: chinese
        for text, chinese in CATALOGUE.items()
        for piece in re.split(r"\{.*?\}|%\S+|\n\n", text)
        if len(piece) > 14 and " " in piece.strip() and piece not in chinese
    }
    return [piece for piece in pieces if piece.strip() in shown]


@pytest.mark.parametrize(
    ("words", "code", "has"),
    [
        (["--help"], 0, "退出码"),
        (["emulate", "--help"], 0, "入口"),
        (["pub", "--help"], 0, "发布消息"),
        (["wifi", "--help"], 0, "扫描、连接"),
        (["device", "set", "--help"], 0, "必填"),
        (["nonsense"], 2, "没有命令"),
        (["pub", "--nonsense"], 2, "没有选项"),
        (["info", "--port"], 2, "需要一个值"),
        (["--port", "/no/such/port", "info"], 3, "tencent-at ports 列出现有端口"),
        (["--port", "emu://", "doctor", "--offline"], 8, "设备信息"),
        (["--port", "emu://", "info"], 0, "没有存"),
        (["--port", "emu://", "demo"], 0, "逐字节一致"),
        (["--port", "emu://", "device", "show"], 8, "没有存设备信息"),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, list) else "",
)
def test_what_is_said_is_chinese(words: list[str], code: int, has: str) -> None:
    shown = spoken(*words, code=code)
    assert has in shown and english(shown) == [], shown
