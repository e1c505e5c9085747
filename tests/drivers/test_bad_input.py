"""Bad input is refused with the argument's name, value, limit and section, and not one byte reaches the port."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest

import tencent_at
from tests.drivers.peer import Peer
from tests.names import PRODUCT, SECRET

TOPIC = "a/b"


def call_with_timeout(wait: Any, modem: Any) -> Any:
    return modem.command('AT+CWJAP="s","secret"', timeout=wait)


# What is called, and what the error must say.
CASES: dict[str, tuple[Callable[[Any], Any], list[str]]] = {
    "topic of 129 bytes": (
        lambda m: m.subscribe("t" * 129),
        ["topic", "129 bytes", "1 to 128", "ttt", "manual 3.5"],
    ),
    "topic of 129 bytes to publish to": (
        lambda m: m.publish("t" * 129, b"x"),
        ["publish", "topic", "129 bytes", "1 to 128", "manual 3.4"],
    ),
    "topic of 43 characters and 129 bytes": (
        lambda m: m.subscribe("字" * 43),
        ["topic", "129 bytes", "1 to 128", "manual 3.5"],
    ),
    "qos 2": (lambda m: m.subscribe(TOPIC, 2), ["qos", "0 to 1", "not 2", "manual 3.5"]),
    "qos 2 to publish": (
        lambda m: m.publish(TOPIC, b"x", 2),
        ["publish", "qos", "0 to 1", "not 2", "manual 3.4"],
    ),
    "empty topic": (lambda m: m.subscribe(""), ["topic", "1 to 128", "0 bytes", "''", "3.5"]),
    "empty payload": (lambda m: m.publish(TOPIC, b""), ["payload", "1 to 2048", "b''", "3.4"]),
    "CR LF": (
        lambda m: m.subscribe("a\r\nAT+RST"),
        ["topic", r"\r\n", "byte 1", "cannot travel", "manual 3.5"],
    ),
    "NUL": (lambda m: m.subscribe("a\0b"), ["topic", r"\x00", "byte 1", "manual 3.5"]),
    "NUL to publish": (
        lambda m: m.publish(TOPIC, b"ab\0c"),
        ["payload", r"\x00", "byte 2", "manual 3.4"],
    ),
    "CR LF to publish": (
        lambda m: m.publish(TOPIC, b"ab\r\nc"),
        ["payload", r"\r\n", "byte 2", "manual 3.4"],
    ),
    "payload of 2049 bytes": (
        lambda m: m.publish(TOPIC, b"x" * 2049),
        ["payload", "2049 bytes", "1 to 2048", "manual 3.4"],
    ),
    "a quote that the long form would damage": (
        lambda m: m.publish(TOPIC, "x" * 300 + '\\"'),
        ["payload", '\\\\"', "byte 300", "manual 3.4"],
    ),
    "keepalive 59": (
        lambda m: m.connect(keepalive=59),
        ["keepalive", "60 to 690", "not 59", "manual 3.1"],
    ),
    "product id of 11 bytes": (
        lambda m: m.set_device_info("P" * 11, "dev", SECRET),
        ["product_id", "11 bytes", "1 to 10", "PPP", "manual 2.1"],
    ),
    "a secret with a quote": (
        lambda m: m.set_device_info(PRODUCT, "dev", 'se"cret'),
        ["device_secret", "base64", "***", "manual 2.1"],
    ),
    "a secret too long": (
        lambda m: m.set_product_info(PRODUCT, "s3cr3t" * 6, "dev"),
        ["product_secret", "36 bytes", "1 to 32", "***", "manual 2.2"],
    ),
    "text for a number": (lambda m: m.connect(keepalive="100"), ["keepalive", "number", "'100'"]),
    "a number for text": (lambda m: m.subscribe(5), ["topic", "text or bytes", "5", "3.5"]),
    "None": (lambda m: m.subscribe(None), ["topic", "None", "text", "3.5"]),
    "a lone surrogate": (lambda m: m.subscribe("\ud800"), ["topic", "text", r"\ud800", "3.5"]),
    "a lone surrogate to publish": (
        lambda m: m.publish(TOPIC, "ab\ud800"),
        ["payload", r"\ud800", "character 2", "3.3"],
    ),
    "infinity": (lambda m: m.connect(keepalive=float("inf")), ["keepalive", "60 to 690", "inf"]),
    "nan": (lambda m: m.connect(keepalive=float("nan")), ["keepalive", "60 to 690", "nan"]),
    "an infinite decimal": (lambda m: m.subscribe(TOPIC, Decimal("Infinity")), ["qos", "0 to 1"]),
    "a huge number": (lambda m: m.subscribe(TOPIC, 10**5000), ["qos", "0 to 1", "that large"]),
    "a huge number for text": (lambda m: m.subscribe(10**5000), ["topic", "text or bytes", "int"]),
    "a list for text": (lambda m: m.subscribe([97]), ["topic", "text or bytes", "[97]"]),
    "a set for text": (lambda m: m.subscribe({97}), ["topic", "text or bytes", "{97}"]),
    "a dict to publish": (lambda m: m.publish(TOPIC, {97: 1}), ["payload", "text or bytes", "3.4"]),
    "a list to publish": (
        lambda m: m.publish(TOPIC, [1], escape=True),
        ["payload", "text or bytes", "[1]"],
    ),
    "a raw line with a surrogate": (
        lambda m: m.command('AT+CWJAP="s","secret\udc80"'),
        ["line", "UTF-8", "character 20"],
    ),
    "no raw line": (lambda m: m.command(None), ["line", "text or bytes"]),
    "a raw payload of a number": (lambda m: m.command("AT+X=1", payload=5), ["payload", "text or"]),
    **{
        f"a raw line's timeout {wait!r:.9}": (
            partial(call_with_timeout, wait),
            ["timeout", "0 to 86400"],
        )
        for wait in (float("nan"), float("inf"), None, -1, "5", 10**400)
    },
    "a step": (lambda m: m.read_firmware(1023), ["length", "steps of 4", "1023", "manual 4.3"]),
    "a line too long": (
        lambda m: m.set_module_info("," * 30, 2, 0, 0x111000, 0x111000, 5, "x"),
        ["fixed_conn_id", "number", "manual 6.5"],
    ),
    "no such test form": (lambda m: m.test("TCNOSUCH"), ["test", "TCNOSUCH", "manual 1.2"]),
    "json that is none": (lambda m: m.publish(TOPIC, json={1, 2}), ["json", "set", "3.3"]),
    "payload and json": (lambda m: m.publish(TOPIC, b"x", json=1), ["payload", "json", "3.3"]),
    "neither": (lambda m: m.publish(TOPIC), ["no payload", "3.3"]),
    "a raw line of two": (lambda m: m.command("AT\r\nAT"), ["line", r"\r", "byte 2"]),
    "a raw line that is none": (lambda m: m.command("+++"), ["begin with AT"]),
    "a raw line too long": (lambda m: m.command("AT+X=" + "1" * 255), ["260", "254"]),
    "a raw payload too long": (
        lambda m: m.command("AT+NEWL=2049", payload="x" * 2049),
        ["payload", "1 to 2048", "2049"],
    ),
    "an odd chunk": (lambda m: m.download_firmware("x", chunk=6), ["chunk", "multiple of 4", "6"]),
    "a large chunk": (lambda m: m.download_firmware("x", chunk=4100), ["chunk", "4096", "4100"]),
}


@pytest.fixture(scope="module")
def blocking() -> Any:
    peer = Peer()
    with tencent_at.open(peer, start=False) as modem:
        yield peer, modem


@pytest.mark.parametrize("case", CASES)
def test_it_is_refused_before_a_byte_is_written(blocking: Any, case: str) -> None:
    peer, modem = blocking
    call, words = CASES[case]
    with pytest.raises(tencent_at.InvalidArgument) as caught:
        call(modem)
    for word in words:
        assert word in str(caught.value)
    assert "cret" not in str(caught.value).replace("_secret", "")
    assert "s3cr3t" not in str(caught.value)
    assert peer.written == b""


@pytest.mark.parametrize("case", CASES)
def test_the_same_with_asyncio(case: str) -> None:
    async def main() -> None:
        peer = Peer()
        call, words = CASES[case]
        async with tencent_at.open_async(peer, start=False) as modem:
            with pytest.raises(tencent_at.InvalidArgument) as caught:
                await call(modem)
            for word in words:
                assert word in str(caught.value)
        assert peer.written == b""

    asyncio.run(main())


def test_wrong_arity_is_a_type_error_and_writes_nothing(blocking: Any) -> None:
    peer, modem = blocking
    for call in (
        lambda: modem.subscribe(),
        lambda: modem.subscribe("a", 0, 1),
        lambda: modem.connect(no_such=1),
    ):
        with pytest.raises(TypeError):
            call()
    with pytest.raises(tencent_at.InvalidArgument, match=r"topic|argument"):
        modem._call("subscribe")
    with pytest.raises(tencent_at.InvalidArgument, match=r"too many|takes"):
        modem._call("subscribe", "a", 0, 1)
    with pytest.raises(tencent_at.InvalidArgument, match="no such call"):
        modem._call("no_such_call", "secret")
    assert peer.written == b""


def test_a_refused_argument_leaves_the_modem_usable() -> None:
    peer = Peer()
    with tencent_at.open(peer) as modem:
        with pytest.raises(ValueError):
            modem.subscribe("")
        modem.attention()
    assert peer.lines[-1] == b"AT"
