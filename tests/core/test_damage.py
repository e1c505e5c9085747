"""Damaged dialogues: bytes lost, changed, added or doubled. A damaged line is noise, never an exception.

Random bytes find nothing here; dialogues with a few bytes wrong do.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tencent_at import codec, link, row
from tests.core import replay
from tests.core.scripts import Script, all_scripts

SCRIPTS = all_scripts()
DRIVER = replay.Driver(codec, link, row)
ROUNDS = 40  # damaged versions of each dialogue
SPICE = b'\r\n>",:+ \x00\xff0O'


def damaged(data: bytes, rng: random.Random) -> bytes:
    """data with one to four wounds."""
    wounded = bytearray(data)
    for _ in range(rng.randint(1, 4)):
        if not wounded:
            break
        at = rng.randrange(len(wounded))
        wound = rng.randrange(5)
        if wound == 0:
            del wounded[at : at + rng.randint(1, 6)]
        elif wound == 1:
            wounded[at] = rng.choice(SPICE)
        elif wound == 2:
            wounded[at:at] = bytes(rng.choice(SPICE) for _ in range(rng.randint(1, 3)))
        elif wound == 3:
            wounded[at] ^= 1 << rng.randrange(8)
        else:
            wounded[at:at] = wounded[at : at + rng.randint(1, 30)]
    return bytes(wounded)


def wounded_scripts(seed: int, size: int) -> list[Script]:
    rng = random.Random(seed)
    picked = []
    for _ in range(size):
        _, script, _ = rng.choice(SCRIPTS)
        picked.append([(s, damaged(d[0], rng)) if s == "<" else (s, *d) for s, *d in script])
    return picked


def test_the_wounds_hurt() -> None:
    """Most wounds change what is heard: the tests below do not play healthy dialogues."""
    rng = random.Random(7)
    hurt = 0
    for _, script, wanted in SCRIPTS:
        wounded = [(s, damaged(d[0], rng)) if s == "<" else (s, *d) for s, *d in script]
        hurt += replay.play(DRIVER, wounded) != wanted
    assert hurt > len(SCRIPTS) * 0.8


@pytest.mark.parametrize("seed", range(8))
def test_damage_is_noise(seed: int) -> None:
    """Nothing raises; every cut gives the same events; after the damage the link works again."""
    for script in wounded_scripts(seed, ROUNDS * len(SCRIPTS) // 8):
        whole = replay.play(DRIVER, script)
        for step in (1, 7):
            assert replay.play(DRIVER, script, None, step) == whole, script


def recover(heard: link.Link, rubbish: bytes) -> list[tuple[Any, ...]]:
    """What an AT gives after rubbish, once the line has been quiet."""
    heard.receive(rubbish, len(rubbish))
    while heard.next_event():
        pass
    heard.cut()
    assert not heard.partial
    trace: list[tuple[Any, ...]] = []
    fields = codec.form("attention")
    heard.send(fields, b"AT\r\n", None)
    answer = b"\r\nOK\r\n"
    heard.receive(answer, len(answer))
    replay.events(DRIVER, heard, None, fields, [], trace)
    replay.quiet(DRIVER, heard, None, fields, [], trace)
    return trace


@pytest.mark.parametrize(
    "rubbish",
    [
        b"x" * 100_000,
        b'+TCMQTTRCVPUB:"t",2000,"abc',
        b'+TCMQTTRCVPUB:"t",99999999999,"abc"\r\n',
        b'+TCMQTTRCVPUB:"t",16000,"' + b"y" * 20_000,
        b'+TCMQTTRCVPUB:"' + b"t" * 5000,
        b"+" * 3000,
        b"+ " * 3000 + b"\r\n",
        b"+CME ERROR:" + b"9" * 500 + b"\r\n",
        b"ERR CODE:0xzz\r\n" * 50,
        b"\r" * 4000,
        b">" * 4000,
        b"\x00" * 4000 + b"\r\n",
    ],
    ids=lambda rubbish: f"{rubbish[:24]!r}-{len(rubbish)}",
)
def test_rubbish_is_dropped_and_counted(rubbish: bytes) -> None:
    heard = link.Link(2304)
    assert recover(heard, rubbish) == [("ok", [])]
    assert heard.noise > 0 or heard.dropped > 0


def test_the_same_on_micropython(micropython: Any, tmp_path: Path) -> None:
    """A sample of the wounded dialogues gives the same trace on a board as here."""
    scripts = wounded_scripts(99, 150)
    wanted = [replay.play(DRIVER, script) for script in scripts]
    (tmp_path / "wounded.py").write_text(
        f"SCRIPTS = {scripts!r}\nWANTED = {wanted!r}\n", encoding="utf-8"
    )
    (tmp_path / "replay.py").write_text(
        Path(replay.__file__).read_text(encoding="utf-8"), encoding="utf-8"
    )
    code = (
        f"import sys\nsys.path.append({str(tmp_path)!r})\n"
        "import replay, tcat, wounded\nfrom tcat import row\ndriver = replay.Driver(tcat, tcat, row)\n"
        "for script, wanted in zip(wounded.SCRIPTS, wounded.WANTED):\n"
        "    found = replay.play(driver, script)\n"
        "    if found != wanted:\n        print(script, found, wanted)\n"
        "print('played', len(wounded.SCRIPTS))\n"
    )
    ended = micropython.run(
        code, path=["generated/micropython", tmp_path], heapsize="16m", timeout=100
    )
    assert ended.stdout == "played 150\n", ended.stdout[:3000] + ended.stderr[:3000]
