"""`make docs`: the pages in English and in Chinese as a site that asks no foreign host.

What is in it says contents.py. Links that lead elsewhere in the repository become plain words.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

from pages import made, pictures, reference
from pages.contents import BILINGUAL, LANGUAGES, PAGES, ROOT, SECTIONS, Page

HOME = {
    "en": """# tencent-at

Drivers for Tencent Cloud's IoT AT commands on the ESP8266 Wi-Fi module, for MicroPython boards and for desktop Python,
with a command line tool and a pretend module to try them on: neither hardware nor a cloud account is needed.

[中文](zh/index.html){ .md-button }

![make demo](pictures/demo.svg)
""",
    "zh": """# tencent-at

面向 ESP8266 WiFi 模组腾讯云物联网 AT 指令集的驱动，可用于 MicroPython 开发板与电脑上的 Python，
附命令行工具与假模组：既不需要硬件，也不需要云账号。

[English](../index.html){ .md-button }

![make demo](pictures/demo.svg)
""",
}
FOREIGN = "!!! note\n    本页尚无中文，以下为英文原文。\n\n"
MADE: dict[str, Callable[[str], str]] = {
    "dialogues.md": pictures.page,
    "revisions.md": made.revisions,
    "desktop.md": reference.desktop,
    "board.md": reference.board,
}
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s#]*)(#[^)]*)?\)")
_PICTURE = re.compile(r"!\[([^\]]*)\]\((?:[^)\s]*/)?pictures/([^)\s/]+)\)")
_PART = re.compile(r"^\{\{ (\w+) \}\}$", re.M)


def assembled(place: Path, language: str) -> None:
    """All pages of a language, in one folder, their links turned to one another."""
    place.mkdir(parents=True)
    pictures.write(place / "pictures")
    shutil.copytree(ROOT / "docs" / "benchmarks", place / "benchmarks")
    sources = {each.resolve(): page.name for page in PAGES if (each := page.source(language))}
    if language == "zh":  # what a page in English links to is here, too
        english = {each.resolve(): page.name for page in PAGES if (each := page.source("en"))}
        sources = {**english, **sources}
    for page in PAGES:
        (place / page.name).write_text(_text(page, language, sources), encoding="utf-8")
    (place / "index.md").write_text(HOME[language] + home(language), encoding="utf-8")


def _text(page: Page, language: str, sources: dict[Path, str]) -> str:
    source = page.source(language)
    if source is None:
        return MADE[page.name](language)
    text = _PART.sub(lambda found: made.PARTS[found[1]](language), turned(source, sources))
    unread = language == "zh" and page.foreign and page.name not in BILINGUAL
    return FOREIGN + text if unread else text


def home(language: str) -> str:
    """The list of all pages."""
    number = LANGUAGES.index(language)
    return "".join(
        f"\n## {titles[number]}\n\n"
        + "".join(f"- [{page.title(language)}]({page.name})\n" for page in pages)
        for titles, pages in SECTIONS.items()
    )


def turned(source: Path, sources: dict[Path, str]) -> str:
    """A page's text, with links to other pages, and words in place of links that lead elsewhere."""
    made_here = {page.name for page in PAGES if not page.english}

    def link(found: re.Match[str]) -> str:
        words, target, anchor = found[1], found[2], found[3] or ""
        if not target or target.startswith("http"):
            return found[0]
        page = sources.get((source.parent / target).resolve())
        if page is None and target not in made_here:
            return words
        return f"[{words}]({page or target}{anchor})"

    text = _PICTURE.sub(r"![\1](pictures/\2)", source.read_text(encoding="utf-8"))
    return _LINK.sub(link, text)


def settings(place: Path, language: str) -> str:
    """What zensical is told; no font and no script comes from elsewhere."""
    number = LANGUAGES.index(language)
    nav = ", ".join(
        f"{{ {json.dumps(titles[number])} = ["
        + ", ".join(f"{{ {json.dumps(p.title(language))} = {json.dumps(p.name)} }}" for p in pages)
        + "] }"
        for titles, pages in SECTIONS.items()
    )
    words = {"en": ("Home", "Dark", "Light"), "zh": ("首页", "深色", "浅色")}[language]
    palettes = "".join(
        f'[[project.theme.palette]]\nmedia = "(prefers-color-scheme: {media})"\nscheme = "{scheme}"\n'
        f'toggle.icon = "lucide/{icon}"\ntoggle.name = "{name}"\n'
        for media, scheme, icon, name in (
            ("light", "default", "sun", words[1]),
            ("dark", "slate", "moon", words[2]),
        )
    )
    others = "".join(
        f'[[project.extra.alternate]]\nname = "{name}"\nlink = "{link}"\nlang = "{lang}"\n'
        for name, link, lang in (
            ("English", "./index.html" if language == "en" else "../index.html", "en"),
            ("中文", "./zh/index.html" if language == "en" else "./index.html", "zh"),
        )
    )
    return (
        f'[project]\nsite_name = "tencent-at"\ndocs_dir = "{place.name}"\nsite_dir = "site-{language}"\n'
        "use_directory_urls = false\n"
        f"nav = [{{ {json.dumps(words[0])} = {json.dumps('index.md')} }}, {nav}]\n"
        f'[project.theme]\nlanguage = "{language}"\nfont = false\n'
        'features = ["content.code.copy", "navigation.top", "search.highlight"]\n'
        + palettes
        + others
    )


class Asked(HTMLParser):
    """What a page makes a browser fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.urls: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        if tag in ("script", "img", "iframe", "source") or (
            tag == "link" and values.get("rel") in ("stylesheet", "icon", "preload", "preconnect")
        ):
            self.urls.append(values.get("src") or values.get("href") or "")


def foreign(site: Path) -> list[str]:
    """What the built pages, and the pictures on them, would fetch from elsewhere."""
    found = []
    for file in sorted([*site.rglob("*.html"), *site.rglob("*.svg")]):
        text = file.read_text(encoding="utf-8")
        page = Asked()
        page.feed(text)
        urls = page.urls
        if file.suffix == ".svg":
            urls = re.findall(r"(?:url\(|href=\"|@import )[\"']?([^\"')\s]+)", text)
        found += [f"{file.relative_to(site)}: {u}" for u in urls if re.match(r"(https?:)?//", u)]
    return found


def built(build: Path, language: str) -> int:
    """Build one language; the exit code."""
    assembled(build / f"pages-{language}", language)
    told = build / f"{language}.toml"
    told.write_text(settings(build / f"pages-{language}", language), encoding="utf-8")
    tool = Path(sys.executable).with_name("zensical")
    return subprocess.run([tool, "build", "--strict", "-f", told], cwd=build).returncode


def main() -> int:
    build = ROOT / "build" / "docs"
    shutil.rmtree(build, ignore_errors=True)
    if not Path(sys.executable).with_name("zensical").exists():
        print(
            "zensical is missing: make docs installs it, with Python 3.11 or later", file=sys.stderr
        )
        return 1
    for language in LANGUAGES:
        if code := built(build, language):
            return code
    site = (build / "site-en").rename(build / "site")
    (build / "site-zh").rename(site / "zh")
    asked = foreign(site)
    for line in asked:
        print(f"asks a foreign host: {line}", file=sys.stderr)
    print(f"open {site / 'index.html'}")
    return int(bool(asked))


if __name__ == "__main__":
    sys.exit(main())
