"""`make docs`: the pages, and those made from the manual's data, as a site that asks no foreign host.

Written: docs/en. Made: what goes wrong, by sign. Links that lead elsewhere become plain words.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

from pages import pictures

ROOT = Path(__file__).resolve().parents[1]
WRITTEN = ROOT / "docs" / "en"
NAV = {  # title in the list → page, or file of the repository
    "Five minutes at a desk": "desk.md",
    "Five minutes on a Pico": "pico.md",
    "asyncio": "asyncio.md",
    "Keep a device online": "online.md",
    "Update your firmware": "ota.md",
    "Provisioning": "provisioning.md",
    "A factory line": "factory.md",
    "The data template": "template.md",
    "Test your product": "testing.md",
    "From other code": "migration.md",
    "Linux, macOS, Windows": "systems.md",
    "When something is wrong": "troubleshooting.md",
    "Who says what": "dialogues.md",
    "What the module really does": "spec/ERRATA.md",
    "The driver on a board": "docs/boards.md",
    "Told of a fault": "docs/faults.md",
    "The emulator": "emulator/README.md",
    "The command, its exit codes": "cli/README.md",
    "Command reference": "generated/docs/commands.md",
    "The vocabulary of the transcription": "spec/README.md",
    "Add a command, a revision, a quirk": "./CONTRIBUTING.md",
    "The design": "docs/design.md",
}
HOME = """# tencent-at

Drivers for Tencent Cloud's IoT AT commands on the ESP8266, and a pretend module to try them on.

"""
MADE = "troubleshooting.md", "dialogues.md"
_LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s#]*)(#[^)]*)?\)")


def symptoms(manual: dict[str, Any]) -> str:
    """The page that begins with what is seen: numbers and lines of the module, and what to do."""
    parts = [
        "# When something is wrong",
        "`tencent-at doctor` looks by itself; `tencent-at explain -- -103` says one alone.",
    ]
    parts += [
        "## Lines",
        *_table((name, each) for name, each in manual["answers"].items() if each.get("advice")),
    ]
    for table in manual["errors"].values():
        advised = table.get("advice", {})
        rows = [
            (number, {**each, "title": each, "advice": advised[number]})
            for number, each in table["codes"].items()
            if number in advised
        ]
        if rows:
            parts += [f"## {table['title']['en']} (manual {table['section']})", *_table(rows)]
    return "\n\n".join(parts) + "\n"


def _table(rows: Any) -> list[str]:
    lines = ["| you see | it means | what to do |", "|---|---|---|"]
    for name, each in rows:
        cells = f"`{name}`", f"{each['title']['en']} · {each['title']['zh']}", each["advice"]["en"]
        lines.append(
            "| "
            + " | ".join(cell.replace("|", "\\|").replace("<", "&lt;") for cell in cells)
            + " |"
        )
    return ["\n".join(lines)]


def assembled(place: Path) -> None:
    """All pages, in one folder, their links turned to one another."""
    place.mkdir(parents=True)
    manual = json.loads((ROOT / "generated" / "manual.json").read_text(encoding="utf-8"))
    pages = {title: where for title, where in NAV.items() if where not in MADE}
    sources = {
        (WRITTEN / where if "/" not in where else ROOT / where).resolve(): name_of(where)
        for where in pages.values()
    }
    for source, name in sources.items():
        (place / name).write_text(turned(source, sources), encoding="utf-8")
    (place / "troubleshooting.md").write_text(symptoms(manual), encoding="utf-8")
    (place / "dialogues.md").write_text(pictures.page(place), encoding="utf-8")
    home = "".join(f"- [{title}]({name_of(where)})\n" for title, where in NAV.items())
    (place / "index.md").write_text(HOME + home, encoding="utf-8")


def name_of(where: str) -> str:
    """The page's name in the site."""
    path = Path(where)
    return (path.parent.name if path.stem == "README" else path.stem).lower() + ".md"


def turned(source: Path, sources: dict[Path, str]) -> str:
    """A page's text, with links to other pages, and words in place of links that lead elsewhere."""

    def link(found: re.Match[str]) -> str:
        words, target, anchor = found[1], found[2], found[3] or ""
        if not target or target.startswith("http"):
            return found[0]
        page = sources.get((source.parent / target).resolve())
        if page is None and target not in MADE:
            return words
        return f"[{words}]({page or target}{anchor})"

    return _LINK.sub(link, source.read_text(encoding="utf-8"))


def settings(place: Path) -> str:
    """What zensical is told; no font and no script comes from elsewhere."""
    nav = ", ".join(f"{{ {json.dumps(t)} = {json.dumps(name_of(w))} }}" for t, w in NAV.items())
    palettes = "".join(
        f'[[project.theme.palette]]\nmedia = "(prefers-color-scheme: {media})"\nscheme = "{scheme}"\n'
        f'toggle.icon = "lucide/{icon}"\ntoggle.name = "{name}"\n'
        for media, scheme, icon, name in (
            ("light", "default", "sun", "Dark"),
            ("dark", "slate", "moon", "Light"),
        )
    )
    return (
        f'[project]\nsite_name = "tencent-at"\ndocs_dir = "{place.name}"\nsite_dir = "site"\n'
        "use_directory_urls = false\n"
        f'nav = [{{ "Home" = "index.md" }}, {nav}]\n'
        '[project.theme]\nlanguage = "en"\nfont = false\n'
        'features = ["content.code.copy", "navigation.top", "search.highlight"]\n' + palettes
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
    """What the built pages would fetch from elsewhere."""
    found = []
    for file in sorted(site.rglob("*.html")):
        page = Asked()
        page.feed(file.read_text(encoding="utf-8"))
        found += [
            f"{file.relative_to(site)}: {u}" for u in page.urls if re.match(r"(https?:)?//", u)
        ]
    return found


def main() -> int:
    build = ROOT / "build" / "docs"
    shutil.rmtree(build, ignore_errors=True)
    assembled(build / "pages")
    (build / "zensical.toml").write_text(settings(build / "pages"), encoding="utf-8")
    tool = Path(sys.executable).with_name("zensical")
    if not tool.exists():
        print(
            "zensical is missing: make docs installs it, with Python 3.11 or later", file=sys.stderr
        )
        return 1
    done = subprocess.run([tool, "build", "--strict", "-f", build / "zensical.toml"], cwd=build)
    if done.returncode:
        return done.returncode
    asked = foreign(build / "site")
    for line in asked:
        print(f"asks a foreign host: {line}", file=sys.stderr)
    print(f"open {build / 'site' / 'index.html'}")
    return int(bool(asked))


if __name__ == "__main__":
    sys.exit(main())
