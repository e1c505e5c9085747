"""Every dialogue can be drawn, and every line of it is in the drawing."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from pages import drawings, recording
from pages.pictures import DIALOGUES, KEPT, LONGEST, PICTURES, drawn, kept, steps


@pytest.mark.parametrize("file", sorted(DIALOGUES.glob("*.at")), ids=lambda file: file.stem)
def test_a_dialogue_as_a_picture(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    picture = ElementTree.fromstring(drawn(text))
    said = [each.text or "" for each in picture.iter("{http://www.w3.org/2000/svg}text")][2:]
    assert len(said) == len(steps(text)) > 0
    for shown, (_, words) in zip(said, steps(text), strict=True):
        assert shown.endswith(words) or (shown.endswith("…") and words[: LONGEST - 1] in shown)


def test_what_is_shown_is_there() -> None:
    for name in PICTURES:
        assert (DIALOGUES / f"{name}.at").is_file()


def test_the_kept_pictures_are_what_would_be_drawn() -> None:
    there = {file.name: file.read_text(encoding="utf-8") for file in KEPT.glob("*.svg")}
    assert there == kept(), "make pictures"
    assert all(len(text) < 24_000 for text in there.values())


def test_the_recording_shows_what_the_demo_prints() -> None:
    # Two threads print: which line comes first may differ, the lines may not.
    lines = [line for _, line in recording.kept()]
    assert sorted(line for _, line in recording.printed()) == sorted(lines)
    shown = recording.shown((KEPT / "demo.svg").read_text(encoding="utf-8"))
    assert shown == [line for line in lines if line]


def test_each_constant_of_the_link_is_in_its_drawing() -> None:
    for name, (_, said) in drawings.constants("# What next_event() returns").items():
        assert name.strip("_") in drawings.flow()
        assert said
    for letter, count in drawings.owing().items():
        assert count or letter == "a", letter
    for name in drawings.constants("# How a command ended"):
        assert name.strip("_").lower() in drawings.states()
