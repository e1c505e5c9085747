"""The pages, and the parts of pages, that are made from the transcription's data."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from typing import Any

from pages.contents import ROOT

MANUALS = ("V3.1.3", "V3.2.0", "V3.2.1", "ESP32")
FAMILIES = ("M6315",)  # each from a transcription of its own
WORDS = {
    "support": {
        "en": "| manual | module | firmware | what it brought |",
        "zh": "| 手册 | 模组 | 固件 | 新增内容 |",
    },
    "sees": {
        "en": "| you see | it means | what to do |",
        "zh": "| 看到 | 含义 | 怎么办 |",
    },
    "lines": {"en": "Lines", "zh": "应答行"},
    "section": {"en": "manual", "zh": "手册"},
    "revisions": {
        "en": "# What changed between revisions\n\n"
        "What `python -m codegen --compare OLD NEW` prints, in both languages.",
        "zh": "# 各版手册的变化\n\n即 `python -m codegen --compare OLD NEW` 打印的内容，中英对照。",
    },
}


def manual(name: str = "V3.1.3") -> dict[str, Any]:
    """The model of a manual, as the generator wrote it."""
    where = "manual.json" if name == MANUALS[0] else f"manuals/{name}.json"
    found: dict[str, Any] = json.loads((ROOT / "generated" / where).read_text(encoding="utf-8"))
    return found


def cell(text: str) -> str:
    """Text that may stand in a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


def support(language: str) -> str:
    """A row for each manual."""
    lines = [WORDS["support"][language], "|---|---|---|---|"]
    for name in (*MANUALS, *FAMILIES):
        each = manual(name)
        about = each["revisions"][each["manual"]["revision"]]["words"][language]
        known = each["manual"]
        row = (
            name,
            known["module"],
            known.get("firmwares", known["firmware"]).replace("..", "–"),
            about,
        )
        lines.append(f"| {' | '.join(cell(part) for part in row)} |")
    return "\n".join(lines)


def signs(language: str) -> str:
    """What is seen, as numbers and lines of the module, and what to do."""
    found = manual()
    lines = ((name, each) for name, each in found["answers"].items() if each.get("advice"))
    parts = [f"## {WORDS['lines'][language]}", _table(lines, language)]
    for table in found["errors"].values():
        advised = table.get("advice", {})
        rows = [
            (number, {"title": each, "advice": advised[number]})
            for number, each in table["codes"].items()
            if number in advised
        ]
        if rows:
            where = f"{WORDS['section'][language]} {table['section']}"
            parts += [f"## {table['title'][language]} ({where})", _table(rows, language)]
    return "\n\n".join(parts) + "\n"


def _table(rows: Iterable[tuple[str, Any]], language: str) -> str:
    lines = [WORDS["sees"][language], "|---|---|---|"]
    for name, each in rows:
        cells = f"`{name}`", each["title"][language], each["advice"][language]
        lines.append(f"| {' | '.join(cell(text) for text in cells)} |")
    return "\n".join(lines)


@cache
def compared(old: str, new: str) -> str:
    """The generator's own table of what changed, in both languages. Takes seconds."""
    words = [sys.executable, "-m", "codegen", "--compare", old, new]
    return subprocess.run(words, cwd=ROOT, check=True, capture_output=True, text=True).stdout


def revisions(language: str) -> str:
    """Each manual beside the one before it, as the generator compares them."""
    parts = [WORDS["revisions"][language]]
    for old, new in pairwise(MANUALS):
        parts += [f"## {old} → {new}", compared(old, new)]
    return "\n\n".join(parts) + "\n"


PARTS = {"support": support, "signs": signs}
