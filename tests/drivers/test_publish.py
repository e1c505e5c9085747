"""What publish() accepts arrives byte for byte at each revision's emulator; what it refuses is not begun."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tencent_at
from tencent_at.conversation import Conversation
from tencent_at.message import publication
from tencent_at.revision import of
from tencent_at.revisions import REVISIONS
from tencent_at_emulator import Emulator

STEP = 0.01  # seconds of the emulator's clock
PIECES = [b"\0", b'\\"', b"\\,", b"\\\\", b"\r\n", b"\n", b"+++", b"+++\r\n", b'"', b",", b"\xff"]
PAYLOADS = st.lists(
    st.one_of(st.sampled_from(PIECES), st.binary(max_size=4), st.integers(1, 70).map(bytes)),
    max_size=40,
).map(b"".join)


class Line:
    """A dialogue with a module that keeps what it published, on a clock that is a number."""

    def __init__(self, revision: str) -> None:
        self.revision = of(revision)
        self.emulator = Emulator(revision=revision, boot=False)
        self.emulator.control.given("device set;connected")
        self.emulator.cloud.open_topics = True
        cloud: Any = self.emulator.cloud
        self.told = cloud.heard
        cloud.heard = self.heard
        self.arrived: list[bytes] = []
        self.written = b""
        self.talk = Conversation(self.write, lambda item: None, revision=self.revision)

    def heard(self, source: Any, message: Any) -> None:
        self.arrived.append(message.payload)
        self.told(source, message)

    def write(self, data: bytes) -> None:
        self.written += data
        for at in range(0, len(data), 60):  # as the module takes it
            self.emulator.write(data[at : at + 60])

    def publish(self, payload: bytes) -> None:
        work: Any = self.talk.call(publication("a/b", payload, 0, False, self.revision))
        left: float | None = None
        try:
            while True:
                wait = left = work.send(left) / 1000
                data = self.emulator.read()
                while not data and left > 0:
                    self.emulator.advance(STEP)
                    left -= STEP
                    data = self.emulator.read()
                if data:
                    self.talk.link.receive(data, len(data))
                left = max(left, STEP) * 1000 if data else 0
                assert wait >= 0
        except StopIteration:
            self.emulator.advance(1.0)  # until it has arrived


@pytest.mark.parametrize("revision", [name for name in REVISIONS if name != "ESP32"])
def test_what_publish_accepts_arrives_byte_for_byte(revision: str) -> None:
    line = Line(revision)

    @settings(max_examples=150, deadline=None, derandomize=True, database=None)
    @given(PAYLOADS)
    def holds(payload: bytes) -> None:
        line.arrived.clear()
        line.written = b""
        try:
            line.publish(payload)
        except tencent_at.InvalidArgument:
            assert not line.written and not line.arrived
        else:
            assert line.arrived == [payload]

    holds()


@pytest.mark.parametrize(
    ("payload", "line"),
    [
        (b"plain", b'AT+TCMQTTPUB="a/b",0,"plain"'),
        (b"x" * 300, b'AT+TCMQTTPUBL="a/b",0,300'),
        (b"a\0b", b'AT+TCMQTTPUBRAW="a/b",0,3'),
        (b'"' * 200 + b'\\"', b'AT+TCMQTTPUBRAW="a/b",0,202'),
        (b"\\," * 100, b'AT+TCMQTTPUBRAW="a/b",0,200'),
        (b"a\r\nb", b'AT+TCMQTTPUBRAW="a/b",0,4'),
        (b"\0+++\r\n", b'AT+TCMQTTPUBRAW="a/b",0,6'),
        (bytes(range(256)) * 8, b'AT+TCMQTTPUBRAW="a/b",0,2048'),
        (b"x" * 118 + b"\r\n", b'AT+TCMQTTPUBRAW="a/b",0,120'),
    ],
)
def test_publish_picks_the_way_that_changes_nothing(payload: bytes, line: bytes) -> None:
    if "V3.2.1" not in REVISIONS:
        pytest.skip("this package speaks another revision")
    module = Line("V3.2.1")
    module.publish(payload)
    assert module.arrived == [payload]
    assert line in module.written.split(b"\r\n")


@pytest.mark.parametrize(
    ("payload", "why"),
    [
        (b"+++\r\nx", r"b'\+\+\+\\r\\n' \(byte 0\)"),
        (b"x" * 58 + b"\r\ny", r"b'\\r\\n' \(byte 58\).*publish_raw sends it all the same"),
        (b"\0" + b"x" * 2048, "1 to 2048 bytes, not 2049"),
        (b"\0" * 60 + b"+++", r"end in \+\+\+"),
    ],
)
def test_what_may_break_is_refused_by_name(payload: bytes, why: str) -> None:
    if "V3.2.1" not in REVISIONS:
        pytest.skip("this package speaks another revision")
    module = Line("V3.2.1")
    with pytest.raises(tencent_at.InvalidArgument, match=f"publish: payload.*{why}"):
        module.publish(payload)
    assert not module.written
