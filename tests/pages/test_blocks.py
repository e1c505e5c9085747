"""Each block of Python, shell and MicroPython that a reader may paste does what its page says."""

from __future__ import annotations

import fnmatch
import re
from itertools import chain
from pathlib import Path

import pytest

from boards.runtimes import ROOT
from pages.blocks import CARRIED_OUT, DATA, BadPage, Block, blocks
from pages.contents import CHINESE
from pages.contents import PAGES as CONTENTS
from pages.translate import filled, pairs
from tencent_at import CommandFailed, CommandRefused
from tests.pages.conftest import Player

PAGES = sorted((ROOT / "docs" / "en").glob("*.md"))
README = ROOT / "README.md"


def texts(file: Path) -> list[str]:
    return [block.text for block in blocks(file) if block.mark("not run") is None]


def carried_out(file: Path) -> list[Block]:
    return [block for block in blocks(file) if block.language in CARRIED_OUT]


@pytest.mark.parametrize("page", [*PAGES, README], ids=lambda page: page.stem)
def test_every_block_is_carried_out_or_says_why_not(page: Path) -> None:
    for block in blocks(page):
        if block.language not in (*CARRIED_OUT, *DATA):
            assert block.mark("not run"), f"{block.where}: {block.language} says no `not run`"


@pytest.mark.parametrize(
    "page", [page for page in [*PAGES, README] if carried_out(page)], ids=lambda page: page.stem
)
def test_the_blocks_of_a_page(page: Path, player: Player) -> None:
    said = ""
    elsewhere = set(chain(*map(texts, PAGES))) if page == README else set()
    for block in blocks(page):
        if block.text in elsewhere and block.mark("output") is None:
            continue  # its page carries it out
        if block.mark("output") is not None:
            assert like(said, block.text), f"{block.where}: it printed\n{said}"
        elif block.mark("file") is not None:
            player.play(block)
        elif block.language in CARRIED_OUT and block.mark("not run") is None:
            said = player.play(block)


def like(said: str, shown: str) -> bool:
    """Is what was said what is shown, in which `…` stands for any text, and blanks at a line's end for none?"""
    pattern = "".join(
        "*" if sign == "…" else f"[{sign}]" if sign in "[*?" else sign for sign in trimmed(shown)
    )
    return fnmatch.fnmatchcase(trimmed(said), pattern)


def trimmed(text: str) -> str:
    return re.sub(r"[ \t]+$", "", text, flags=re.M).strip()


def test_output_is_compared() -> None:
    assert like("a [b] 12 s\nc  \n", "a [b] … s\nc\n")
    assert not like("a [b] 12 s\nd\n", "a [b] … s\nc\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("<!-- runs: no -->\n```sh\ntrue\n```\n", "no such mark: 'runs'"),
        ("```sh\ntrue\n", "the block has no end"),
        ("<!-- given: connected -->\n\nText.\n", "directly above"),
    ],
)
def test_a_page_that_cannot_be_read_says_where(tmp_path: Path, text: str, said: str) -> None:
    page = tmp_path / "page.md"
    page.write_text(text)
    with pytest.raises(BadPage, match=re.escape(said)):
        blocks(page)


@pytest.mark.parametrize(
    "text",
    [
        "```python\nimport tencent_at\ntencent_at.open('/dev/ttyUSB0').join('Home', 'wrong password')\n```",
        "```python\nundefined\n```",
        "<!-- until: more -->\n```python\nprint('less')\n```",
        "```sh\nfalse\ntrue\n```",
        "<!-- board -->\n```python\nimport tcat\ntcat.no_such_thing\n```",
    ],
)
def test_a_block_that_does_not_work_is_noticed(player: Player, text: str) -> None:
    page = player.place / "page.md"
    page.write_text(text + "\n")
    with pytest.raises((AssertionError, NameError, CommandFailed, CommandRefused)):
        player.play(blocks(page)[0])


@pytest.mark.parametrize(
    ("english", "chinese"),
    list(pairs()),
    ids=lambda page: page.stem,
)
def test_chinese_pages_have_the_blocks_of_the_english_ones(english: Path, chinese: Path) -> None:
    assert filled(english, chinese) == chinese.read_text(
        encoding="utf-8"
    ), "python -m pages.translate"


def test_every_written_page_is_there_in_chinese() -> None:
    english = {page.name for page in (ROOT / "docs" / "en").glob("*.md")}
    assert (
        english <= {page.name for page in CHINESE.glob("*.md")} <= {page.name for page in CONTENTS}
    )


def test_a_block_that_is_missing_is_noticed(tmp_path: Path) -> None:
    english, chinese = tmp_path / "en.md", tmp_path / "zh.md"
    english.write_text("```sh\ntrue\n```\n\n```sh\nfalse\n```\n")
    chinese.write_text("```\n```\n")
    with pytest.raises(ValueError, match=r"lacks the block of en.md:5"):
        filled(english, chinese)
    chinese.write_text("```\n```\n" * 3)
    with pytest.raises(ValueError, match="more blocks"):
        filled(english, chinese)


def test_both_readmes_show_the_same_figures() -> None:
    ours, theirs = (
        re.findall(r"^\| [^|]+ \| ([\d][^|]*) \| ", (ROOT / name).read_text("utf-8"), re.M)
        for name in ("README.md", "README.zh.md")
    )
    assert ours == theirs and len(ours) == 6
