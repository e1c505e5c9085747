"""Every dialogue of the transcription, and damaged ones: read, decoded, drawn and played without a stumble."""

import ast
import pathlib
import random
import time

import pytest

from tencent_at.wire.notation import read
from tencent_at.wire.reading import Line, Reading
from tencent_at.wire.tape import Tape
from tencent_at.wire.words import decode, explain
from tencent_at_cli.commands.report import model, page
from tencent_at_cli.desk.printer import Annotator

DIALOGUES = sorted(pathlib.Path(__file__).parents[2].glob("spec/dialogues/*.at"))


def bytes_of(path: pathlib.Path) -> list[tuple[str, bytes]]:
    rows = path.read_text(encoding="utf-8").splitlines()
    return [(row[0], read(row[2:])) for row in rows if row[:2] in ("> ", "< ")]


def lines_of(said: list[tuple[str, bytes]]) -> tuple[Line, ...]:
    lines: list[Line] = []
    wire = Reading(lines.append)
    for at, (way, data) in enumerate(said):
        wire.feed(way, data, float(at))
    wire.flush(echoes=True)
    return tuple(lines)


def test_there_are_dialogues() -> None:
    assert len(DIALOGUES) > 100


@pytest.mark.parametrize("path", DIALOGUES, ids=[path.stem for path in DIALOGUES])
def test_a_dialogue_is_understood(path: pathlib.Path) -> None:
    said = bytes_of(path)
    lines = lines_of(said)
    for way in "<>":  # not a byte is lost but what is masked
        there = b"".join(data for direction, data in said if direction == way)
        told = b"".join(line.data for line in lines if line.way == way)
        assert told == there or any(line.masked for line in lines)
    made = model(Tape("", 0, "", lines), path.name)
    assert sum(len(exchange["rows"]) for exchange in made["exchanges"]) >= len(lines)
    annotator = Annotator()
    unknown = [
        line.body
        for line in lines
        if (decoded := annotator.decode(line))
        and decoded.kind == "unknown"
        and line.kind != "message"
    ]
    rows = path.read_text(encoding="utf-8").splitlines()
    said_to_be = (ast.literal_eval(row[8:]) for row in rows if row.startswith("! noise "))
    noise = {each if isinstance(each, bytes) else each.encode() for each in said_to_be}
    if path.stem[:2] not in ("12", "13", "51", "91", "92") and "byte-lost" not in path.stem:
        assert [line for line in unknown if line not in noise] == []


def test_damaged_lines_are_no_trouble() -> None:
    chance = random.Random(11)
    every = [said for path in DIALOGUES for said in bytes_of(path)]
    for _ in range(4000):
        way, data = chance.choice(every)
        damaged = bytearray(data)
        for _ in range(chance.randrange(1, 4)):
            at = chance.randrange(len(damaged) + 1)
            what = chance.randrange(3)
            if what == 0:
                damaged[at:at] = bytes([chance.randrange(256)])
            elif what == 1:
                del damaged[at : at + chance.randrange(1, 4)]
            elif at < len(damaged):
                damaged[at] = chance.randrange(256)
        for line in lines_of([(way, bytes(damaged))]):
            decode(line.body, host=way == ">")
        explain(bytes(damaged).decode("utf-8", "replace"))


def test_a_long_capture_is_drawn_in_time() -> None:
    said = [entry for path in DIALOGUES for entry in bytes_of(path)] * 12
    began = time.monotonic()
    made = page(Tape("", 0, "", lines_of(said)), "long")
    assert len(made) > 1_000_000
    assert time.monotonic() - began < 30
