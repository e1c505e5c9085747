"""What no host should send: damaged dialogues, random bytes. The module stays, stays small, and answers AT."""

from __future__ import annotations

import random

import pytest

from tencent_at_emulator import Emulator
from tests.names import DATA, OWN
from tests.spec import dialogues

ALL = dialogues.load_all()
STATES = [
    "",
    "connected",
    "connected; ota on",
    "connected; ota on; downloading",
    "provisioning softap",
]


def still_there(emulator: Emulator) -> None:
    """It answers the next AT, once what it waits for is over; and it holds nothing large."""
    module = emulator.module
    assert (
        len(module.lines.buffer) < 5000
        and len(module.lines._held) <= 4096
        and len(emulator.line._out) == 0
    )
    emulator.advance(400)
    emulator.read()
    emulator.write(b"\r\n")
    emulator.advance(30)
    emulator.read()
    emulator.write(b"AT\r\n")
    emulator.advance(1)
    assert emulator.read().endswith(b"\r\nOK\r\n")


def damaged(data: bytes, chance: random.Random) -> bytes:
    made = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(made) + 1)
        kind = chance.randrange(5)
        if kind == 0:
            made[at:at] = bytes([chance.randrange(256)])
        elif kind == 1:
            del made[at : at + chance.randint(1, 4)]
        elif kind == 2 and at < len(made):
            made[at] ^= 1 << chance.randrange(8)
        elif kind == 3:
            made[at:at] = chance.choice(
                [b'"', b",", b"\\", b"\r\n", b"\0", b"=", b"?", b"+++\r\n", b"0x"]
            )
        else:
            made[at:at] = made[: chance.randrange(len(made) + 1)]
    return bytes(made)


@pytest.mark.parametrize("seed", range(6))
def test_damaged_dialogues(seed: int) -> None:
    chance = random.Random(seed)
    for state in STATES:
        emulator = Emulator(boot=False, seed=seed)
        emulator.control.given(state)
        for dialogue in ALL:
            for step in dialogue.steps:
                if isinstance(step, dialogues.HostBytes):
                    emulator.write(damaged(step.data, chance))
                    emulator.advance(chance.choice([0.0, 0.001, 0.1, 6.0]))
            emulator.read()
        still_there(emulator)


@pytest.mark.parametrize("seed", range(4))
def test_random_bytes(seed: int) -> None:
    chance = random.Random(seed)
    for state in STATES:
        emulator = Emulator(boot=False, seed=seed, baud=115200 if seed % 2 else None)
        emulator.control.given(state)
        for _ in range(100):
            emulator.write(chance.randbytes(chance.randint(1, 300)))
            emulator.advance(chance.choice([0.0, 0.01, 1.0]))
            emulator.read()
        emulator.advance(60)
        still_there(emulator)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("byte", [b"x", b"\r", b"\n", b"\0", b"A", b'"', b"\\"])
def test_a_megabyte_without_a_line_end(state: str, byte: bytes) -> None:
    emulator = Emulator(boot=False)
    emulator.control.given(state)
    if state == "connected":
        emulator.write(b'AT+TCMQTTPUBL="t",0,2048\r\n')
    for _ in range(64):
        emulator.write(byte * 16384)
        assert len(emulator.module.lines.buffer) < 5000
    emulator.advance(1)
    emulator.write(b"AT\r\n")
    emulator.advance(1)
    assert emulator.read().endswith((b"\r\nOK\r\n", b"\r\nERROR\r\n", b"204\r\n"))
    emulator.write(b"AT\r\n")
    assert emulator.read() == b"\r\nOK\r\n"


def test_random_messages_from_the_cloud() -> None:
    chance = random.Random(1)
    emulator = Emulator(boot=False)
    emulator.control.given(f'connected; subscribed "{DATA}" 1; ota on')
    for _ in range(300):
        payload = chance.randbytes(chance.randint(0, 4000)).replace(b"\0", b"1")
        emulator.control.cloud_publish(DATA, payload)
        assert emulator.read().endswith(payload + b'"\r\n')
        emulator.control.cloud_publish(f"$ota/update/{OWN}", payload)
        assert emulator.read() == b""
