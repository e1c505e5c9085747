"""The control channel: what it can be asked, and what it says of what was wrong."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from tencent_at_emulator import Emulator
from tencent_at_emulator.channel import answer, serve


def ask(emulator: Emulator, request: object) -> dict[str, object]:
    return dict(json.loads(answer([emulator], json.dumps(request).encode())))


def test_the_channel() -> None:
    emulator = Emulator(boot=False)
    assert ask(emulator, {"do": "given", "words": 'connected; subscribed "t" 0'})["ok"]
    assert ask(emulator, {"do": "cloud_publish", "topic": "t", "payload": "字"}) == {
        "ok": True,
        "result": 1,
    }
    ask(emulator, {"do": "cloud_publish", "topic": "t", "payload": {"base64": "AAE="}})
    assert emulator.read().startswith('+TCMQTTRCVPUB:"t",3,"字"\r\n+TCMQTTRCVPUB:"t",2,"'.encode())
    assert "result" in ask(
        emulator, {"do": "offer_ota", "data": {"base64": "AAE="}, "version": "2"}
    )


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"do": "call"}',
        b'{"do": "__class__"}',
        b'{"do": "state", "module": 1}',
        b'{"do": "state", "module": "0"}',
        b'{"do": "state", "more": 1}',
        b'{"do": "provision", "outcome": "success"}',
        b'{"do": "cloud_publish", "topic": "t", "payload": {"base64": "?"}}',
        b'{"do": "cloud_publish", "topic": "t", "payload": {"x": 1}}',
        b'{"do": "fault", "name": "lose", "value": []}',
        b'{"do": "given", "words": 5}',
        b'{"do": "given", "words": "nonsense"}',
        b'{"do": "happen", "words": "\\"unfinished"}',
        b'{"do": "access_points", "points": 7}',
        b'{"do": "access_points", "points": [1]}',
        b'{"do": "cloud_publish", "topic": 1, "payload": 2}',
        b'{"do": "cloud_publish", "topic": "t", "payload": "x", "qos": 3}',
        b'{"do": "fault", "name": "late", "value": 1e400}',
        b'{"do": "fault", "name": "out_chunk", "value": 1e400}',
        b'{"do": "fail_next", "code": "202"}',
        b'{"do": "store_access_point", "ssid": null, "password": ""}',
        b'{"do": "store_access_point", "ssid": "\\ud800", "password": ""}',
        b'{"do": "access_points", "points": [[null, null]]}',
        b'{"do": "provision", "ssid": 5}',
        b'{"do": "quirk", "name": null}',
        b'{"do": "quirk", "name": "cme-err", "on": "no"}',
        b'{"do": "open_topics", "on": "no"}',
        b'{"do": "allow", "topic": "t", "what": "all"}',
        b'{"do": "given", "words": "\\"\\\\x\\""}',
        b'{"do": "store_firmware", "data": {"base64": ""}, "version": null}',
        b'{"do": "store_firmware", "data": "text", "version": "1"}',
        b'{"do": "offer_ota", "data": {"base64": ""}, "version": "\\ud800"}',
        b"[" * 100000,
        b'{"a":' * 100000,
    ],
)
def test_the_channel_says_what_was_wrong(line: bytes) -> None:
    said = json.loads(answer([Emulator(boot=False)], line))
    assert said["ok"] is False and said["error"]


def test_the_channel_stays_open_after_a_refusal(tmp_path: Path) -> None:
    async def work() -> list[bytes]:
        async with serve([Emulator(boot=False)], tmp_path / "control"):
            reader, writer = await asyncio.open_unix_connection(str(tmp_path / "control"))
            for line in (b"[" * 100000, b'{"do": "fault", "name": "late", "value": 1e400}'):
                writer.write(line + b"\n")
            writer.write(b'{"do": "state"}\n')
            heard = [await reader.readline() for _ in range(3)]
            writer.close()
            return heard

    deep, endless, state = map(json.loads, asyncio.run(asyncio.wait_for(work(), 20)))
    assert deep == {"ok": False, "error": "the request is nested too deeply"}
    assert endless["error"] == "late: inf is not seconds from 0 to 86400"
    assert state["ok"]
