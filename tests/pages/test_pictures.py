"""Every dialogue can be drawn, and every line of it is in the drawing."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from pages.pictures import DIALOGUES, LONGEST, PICTURES, drawn, steps


@pytest.mark.parametrize("file", sorted(DIALOGUES.glob("*.at")), ids=lambda file: file.stem)
def test_a_dialogue_as_a_picture(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    picture = ElementTree.fromstring(drawn(text))
    said = [each.text or "" for each in picture.iter("{http://www.w3.org/2000/svg}text")][2:]
    assert len(said) == len(steps(text)) > 0
    for shown, (_, words) in zip(said, steps(text), strict=True):
        assert shown.endswith(words) or (shown.endswith("…") and words[: LONGEST - 1] in shown)


def test_what_is_shown_is_there() -> None:
    for name in PICTURES.values():
        assert (DIALOGUES / f"{name}.at").is_file()
