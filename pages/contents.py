"""What the site holds: the pages in the order in which a reader meets them, in each language.

A page is written (docs/en, or a file of the repository; in Chinese docs/zh), or made from data (pages/made.py). What
has no Chinese is shown in English, and its title says so.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LANGUAGES = ("en", "zh")
ENGLISH, CHINESE = ROOT / "docs" / "en", ROOT / "docs" / "zh"


@dataclass(frozen=True)
class Page:
    """One page. name: its file in the site. english: the file that is written, from the root; "": all of it is made."""

    name: str
    english: str
    en: str
    zh: str

    def source(self, language: str) -> Path | None:
        """The written text in a language, English where there is no other; None where all is made."""
        if not self.english:
            return None
        chinese = CHINESE / self.name
        return chinese if language == "zh" and chinese.exists() else ROOT / self.english

    def title(self, language: str) -> str:
        """The title in the list."""
        if language == "en":
            return self.en
        return self.zh if not self.foreign else f"{self.zh}（英文）"

    @property
    def foreign(self) -> bool:
        """Is it written in English alone?"""
        return bool(self.english) and not (CHINESE / self.name).exists()


def _own(name: str, en: str, zh: str) -> Page:
    return Page(f"{name}.md", f"docs/en/{name}.md", en, zh)


SECTIONS: dict[tuple[str, str], list[Page]] = {
    ("Start", "入门"): [
        _own("desk", "Five minutes at a desk", "五分钟：在电脑上"),
        _own("pico", "Five minutes on a Pico", "五分钟：在 Pico 上"),
        _own("wiring", "Wires", "接线"),
        _own("systems", "Linux, macOS, Windows", "Linux、macOS、Windows"),
        _own("support", "Which module, which firmware", "支持哪些模组与固件"),
        _own("migration", "From other code", "从别的代码迁移"),
    ],
    ("Do", "实践"): [
        _own("asyncio", "asyncio", "asyncio"),
        _own("online", "Keep a device online", "保持在线"),
        _own("ota", "Update your firmware", "升级固件"),
        _own("provisioning", "Provisioning", "配网"),
        _own("factory", "A factory line", "产线"),
        _own("template", "The data template", "数据模板"),
        _own("testing", "Test your product", "测试自己的产品"),
        Page("own-firmware.md", "docs/own-firmware.md", "Test your own firmware", "测试自己的固件"),
    ],
    ("Understand", "弄懂"): [
        _own("symptoms", "When something is wrong", "出了问题"),
        _own("module", "What the module really does", "模组的真实行为"),
        Page("dialogues.md", "", "Who says what", "谁说了什么"),
        Page("revisions.md", "", "What changed between revisions", "各版手册的变化"),
        Page("errata.md", "spec/ERRATA.md", "Errata, all", "勘误全表"),
        Page("differential.md", "docs/differential.md", "Beside its text before", "与旧版逐一对照"),
        Page("design.md", "docs/design.md", "The design", "设计"),
    ],
    ("Look up", "查阅"): [
        Page("cli.md", "cli/README.md", "The command, its exit codes", "命令行与退出码"),
        Page("desktop.md", "", "Reference: tencent_at", "参考：tencent_at"),
        Page("board.md", "", "Reference: tcat", "参考：tcat"),
        Page("commands.md", "generated/docs/commands.md", "Command reference", "指令参考"),
        Page("boards.md", "docs/boards.md", "The driver on a board", "板上驱动"),
        Page("faults.md", "docs/faults.md", "Told of a fault", "故障时驱动说什么"),
        Page("benchmarks.md", "docs/benchmarks.md", "Benchmarks", "性能测量"),
        Page("emulator.md", "emulator/README.md", "The emulator", "模拟器"),
    ],
    ("Change", "改进"): [
        Page(
            "contributing.md",
            "CONTRIBUTING.md",
            "Add a command, a revision, a quirk, a family",
            "添加指令、版本、怪癖、模组系列",
        ),
        Page("spec.md", "spec/README.md", "The vocabulary of the transcription", "转写的词汇"),
    ],
}
PAGES = [page for pages in SECTIONS.values() for page in pages]
BILINGUAL = ("commands.md",)  # both languages stand in one text
