"""The site as it is put together: every link leads somewhere, no page asks a foreign host, no advice is lost."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from boards.runtimes import ROOT
from pages.site import NAV, WRITTEN, assembled, foreign, symptoms


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("site") / "pages"
    assembled(place)
    return place


def dead_links(folder: Path) -> list[str]:
    found = []
    for page in sorted(folder.glob("*.md")):
        for target in re.findall(r"\]\(([^)#:\s]+)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                found.append(f"{page.name}: {target}")
    return found


def test_every_link_leads_to_a_page(pages: Path) -> None:
    assert not dead_links(pages)


def test_what_is_written_links_to_what_is_there() -> None:
    assert not dead_links(WRITTEN)


def test_a_dead_link_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("[more](nowhere.md)")
    assert dead_links(tmp_path) == ["page.md: nowhere.md"]


def test_every_written_page_is_in_the_list() -> None:
    assert {page.name for page in WRITTEN.glob("*.md")} <= set(NAV.values())


def test_all_advice_of_the_transcription_is_on_the_page_of_signs() -> None:
    manual = json.loads((ROOT / "generated" / "manual.json").read_text(encoding="utf-8"))
    page = symptoms(manual)
    for table in manual["errors"].values():
        for number in set(table.get("advice", {})) & set(table["codes"]):
            said = table["advice"][number]["en"].replace("|", "\\|").replace("<", "&lt;")
            assert f"| `{number}` |" in page and said in page, number


@pytest.mark.parametrize(
    "tag",
    [
        '<script src="https://cdn.example/x.js"></script>',
        '<link rel="stylesheet" href="//cdn.example/x.css">',
        '<img src="http://example/x.png">',
    ],
)
def test_a_foreign_host_is_noticed(tmp_path: Path, tag: str) -> None:
    (tmp_path / "page.html").write_text(f"<html>{tag}</html>")
    assert len(foreign(tmp_path)) == 1


def test_what_is_only_a_link_asks_nobody(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text('<a href="https://example/">there</a><img src="here.png">')
    assert not foreign(tmp_path)
