"""What cannot travel is refused before a byte: by name, place and what would be right."""

from __future__ import annotations

import array

import pytest

from tencent_at import dialogue
from tests.core.shell import Script, make


@pytest.mark.parametrize(
    ("payload", "named"),
    [
        (b"", "1 to 2048 bytes"),
        (b"a\0b", "byte 1"),
        (b"ab\r\nc", "byte 2"),
        (b"z" * 2049, "1 to 2048 bytes, not 2049"),
        (b"z" * 300 + b'\\"', "byte 300"),
        (b"z" * 301 + b"\\,", "byte 301"),
        (b"z" * 300 + b"+++", "+++ at a length of 303"),
    ],
)
def test_what_cannot_travel_is_refused_before_a_byte(payload: bytes, named: str) -> None:
    shell = make(dialogue, Script())
    with pytest.raises(ValueError, match="publish_long: payload") as refused:
        (shell.publish("a/b", payload))
    assert named in str(refused.value)
    assert shell.written == []


def test_memory_is_counted_in_bytes() -> None:
    shell = make(dialogue, Script())
    with pytest.raises(ValueError, match="not 3000"):
        (shell.publish("t", memoryview(array.array("H", [65] * 1500))))


@pytest.mark.parametrize(
    ("call", "args", "named"),
    [
        ("subscribe", ("", 1), "topic must be 1 to 254 bytes, not 0"),
        ("subscribe", ("a\r\nb", 1), "topic cannot carry b'\\\\r\\\\n' \\(byte 1\\)"),
        ("subscribe", ("a\0b", 1), "topic cannot carry b'\\\\x00' \\(byte 1\\)"),
        ("subscribe", ("t" * 250, 1), "254 bytes"),
        ("subscribe", ("t", "x"), "qos must be a number"),
        ("subscribe", ("t", None), "qos must be a number"),
        ("subscribe", (), "topic is missing"),
        ("subscribe", (None,), "topic must be text or bytes"),
        ("subscribe", (1,), "topic must be text or bytes"),
        ("subscribe", ([97],), "topic must be text or bytes"),
        ("subscribe", ("t", "1"), "qos must be a number"),
        ("subscribe", ("t", 0.5), "qos must be a number"),
        ("subscribe", ("\udc80",), "topic must be text that UTF-8 can spell"),
        ("subscribe", ("t", 1, 2), "1 arguments too many"),
        ("test", ("TCMQTTPUB=1,2",), "command must be a command's name, like TCMQTTPUB"),
        ("test", ("TC MQTT",), "command must be a command's name"),
        ("test", ("TC,MQTT",), "command must be a command's name"),
        ("publish_long", ("t", 0, b"z" * 57 + b"+++" + b"+++"), "payload cannot end in"),
        ("publish_long", ("t", 0, b'\\"'), "payload cannot carry"),
        ("set_device_info", ("CTQS08Y5LG", "d", "top\0secret"), "device_secret cannot carry"),
    ],
)
def test_bad_arguments_name_what_and_where(call: str, args: tuple[object, ...], named: str) -> None:
    """What would break the wire; the manual's ranges are the desktop's, see tests/drivers/test_bad_input.py."""
    shell = make(dialogue, Script())
    with pytest.raises(ValueError, match=f"{call}: .*{named}") as refused:
        shell.do(call, *args)
    assert "secret" not in str(refused.value).replace("device_secret", "")
    assert shell.written == []


def test_a_name_that_no_argument_has() -> None:
    shell = make(dialogue, Script())
    with pytest.raises(ValueError, match="connect: there is no argument keepalife"):
        shell.do("connect", keepalife=60)
    with pytest.raises(AttributeError, match="conect"):
        shell.do("conect")
