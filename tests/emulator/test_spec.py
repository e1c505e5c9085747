"""The emulator reads manual.json; here the transcription is read another way, and both must say the same."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

from tencent_at_emulator import spec

ROOT = Path(__file__).resolve().parents[2]
YAML: dict[str, Any] = yaml.load(
    (ROOT / "spec/commands.yaml").read_text(encoding="utf-8"), Loader=yaml.BaseLoader
)
BESIDE = {"CIPMODE", "CIPMUX", "TCLOG"}  # known to the module, and to no manual of this set


def number(text: str) -> int:
    return int(text, 0)


def argument(entry: dict[str, Any]) -> spec.Arg:
    limits = entry.get("range") or entry.get("bytes")
    least, most = map(number, limits.split("..")) if limits else (None, None)
    if "host_multiple" in entry:
        least = 0  # which lengths are wise is the host's concern
    values = [entry["const"]] if "const" in entry else entry.get("values", [])
    return spec.Arg(
        entry["name"],
        entry["kind"],
        least,
        most,
        frozenset(map(number, values)) or None,
        number(entry["multiple"]) if "multiple" in entry else None,
        entry.get("optional") == "true",
        False,
        entry.get("complaint") == "core",
    )


def form(name: str, kind: str, entry: dict[str, Any], group: dict[str, Any]) -> spec.Form:
    framed = entry.get("ok", group.get("ok", "bare" if kind == "set" else "framed")) == "framed"
    text = entry.get("text", "")
    requires = {
        state: frozenset([wanted] if isinstance(wanted, str) else wanted)
        for state, wanted in entry.get("requires", {}).items()
    }
    return spec.Form(
        name,
        kind,
        tuple(map(argument, entry.get("args", ()))),
        tuple(entry["reply"]),
        tuple(field["name"] for field in entry.get("row", ())),
        framed,
        text if isinstance(text, str) else "",
        () if isinstance(text, str) else tuple(text.items()),
        tuple(requires.items()),
        (),
        tuple(entry.get("maybe", ())),
        entry.get("fail") != "bare",
        entry.get("complaint") == "core",
    )


def test_the_forms_are_those_of_the_transcription() -> None:
    read = {command.name: command for command in spec.load().commands.values()}
    assert read.keys() == YAML["commands"].keys() | BESIDE
    forms = 0
    for name, entry in YAML["commands"].items():
        group = YAML["groups"][entry["group"]]
        for kind in {"test", "read", "set", "exec"} & entry.keys():
            assert read[name].forms.pop(kind) == form(name, kind, entry[kind], group), (name, kind)
            forms += 1
        assert read[name].forms == {} and read[name].group == entry["group"]
        assert read[name].core == (group.get("complaint") == "core")
    assert forms > 60
    spec._load.cache_clear()  # its forms are taken apart


def test_the_heads_are_how_lines_begin() -> None:
    for head, command in spec.load().commands.items():
        if command.name in BESIDE:
            assert head == f"AT+{command.name}"
            continue
        plain = any("line" in YAML["commands"][command.name][kind] for kind in command.forms)
        assert head == (command.name if plain else f"AT+{command.name}")


def test_states_and_errors_are_those_of_the_transcription() -> None:
    read = spec.load()
    assert read.refusals == {name: number(e["refusal"]) for name, e in YAML["states"].items()}
    for table, entry in YAML["errors"].items():
        codes = {}
        for code, meaning in entry["codes"].items():
            low, _, high = code.partition("..")
            for each in range(number(low), number(high or low) + 1):
                codes[each] = meaning.get("name", str(each))
        assert read.errors[table] == codes


def test_neither_emulator_nor_command_needs_yaml() -> None:
    code = (
        "import sys; sys.modules['yaml'] = None\n"
        "import tencent_at_emulator.pytest_plugin, tencent_at_emulator.__main__\n"
        "import tencent_at_emulator.spec, tencent_at_cli.command, tencent_at_cli.commands.shell\n"
        "print(len(tencent_at_emulator.spec.load().commands))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == str(len(YAML["commands"]) + len(BESIDE)), done.stderr
