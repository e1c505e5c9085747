"""The site as it is put together: every link leads somewhere, no page asks a foreign host, no advice is lost."""

from __future__ import annotations

import inspect
import json
import re
from pathlib import Path

import pytest

import tencent_at
from boards.runtimes import ROOT
from pages import made
from pages.contents import CHINESE, ENGLISH, LANGUAGES, PAGES
from pages.made import signs
from pages.reference import desktop
from pages.site import assembled, foreign
from tencent_at import enums


@pytest.fixture(scope="module", params=LANGUAGES)
def pages(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("site") / "pages"
    with (
        pytest.MonkeyPatch.context() as patch
    ):  # what the generator compares is its own tests' affair
        patch.setattr(made, "compared", lambda old, new: f"| {old} | {new} |\n")
        assembled(place, request.param)
    return place


def dead_links(folder: Path) -> list[str]:
    found = []
    for page in sorted(folder.glob("*.md")):
        text = page.read_text(encoding="utf-8")
        for target, anchor in re.findall(r"\]\(([^)#:\s]*)(#[^)]*)?\)", text):
            there = page.parent / target if target else page
            if not there.exists() and target != "../index.html" and target != "zh/index.html":
                found.append(f"{page.name}: {target}")
            elif anchor and there.suffix == ".md" and anchor[1:] not in anchors(there):
                found.append(f"{page.name}: {target}{anchor}")
    return found


def anchors(page: Path) -> set[str]:
    text = page.read_text(encoding="utf-8")
    titles = re.findall(r"^#+ (.*)$", text, re.M)
    named = {re.sub(r"[^\w\- ]", "", title.lower()).strip() for title in titles}
    return {*re.findall(r'<a id="([^"]+)', text), *(each.replace(" ", "-") for each in named)}


def test_every_link_leads_to_a_page(pages: Path) -> None:
    assert not dead_links(pages)


@pytest.mark.parametrize("folder", [ENGLISH, CHINESE], ids=LANGUAGES)
def test_what_is_written_links_to_what_is_there(folder: Path) -> None:
    made = {page.name for page in PAGES if not page.english}
    assert not [each for each in dead_links(folder) if each.split(": ")[1] not in made]


def test_all_pages_have_their_text(pages: Path) -> None:
    for page in PAGES:
        text = (pages / page.name).read_text(encoding="utf-8")
        assert text.lstrip("!").strip() and "{{" not in text, page.name


def test_a_dead_link_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "page.md").write_text("[more](nowhere.md)")
    assert dead_links(tmp_path) == ["page.md: nowhere.md"]


def test_every_written_page_is_in_the_list() -> None:
    assert {page.name for page in ENGLISH.glob("*.md")} <= {page.name for page in PAGES}


@pytest.mark.parametrize("language", LANGUAGES)
def test_all_advice_of_the_transcription_is_on_the_page_of_signs(language: str) -> None:
    manual = json.loads((ROOT / "generated" / "manual.json").read_text(encoding="utf-8"))
    page = signs(language)
    for table in manual["errors"].values():
        for number in set(table.get("advice", {})) & set(table["codes"]):
            said = table["advice"][number][language].replace("|", "\\|").replace("<", "&lt;")
            assert f"| `{number}` |" in page and said in page, number


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_reference_has_all_that_is_public(language: str) -> None:
    page = desktop(language)
    for name in tencent_at.__all__:
        if not inspect.ismodule(getattr(tencent_at, name)):
            assert f"### `{name}`" in page or name in enums.__all__, name
    for own in ("keep", "events", "update", "publish", "provision_softap"):
        assert f"`Modem.{own}`" in page, own


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
