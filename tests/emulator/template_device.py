"""A device that talks to the data-template service through a module, for the tests of it."""

from __future__ import annotations

import json
from typing import Any

from tencent_at_emulator import Emulator
from tests.names import OWN

DOWN = [f"$thing/down/{what}/{OWN}" for what in ("property", "event", "action")]
RESULT = f"$template/operation/result/{OWN}"
NOW = 1600000000.25


class Device:
    """A module with all the service's topics subscribed, without any permission beyond Tencent's own."""

    def __init__(self, *topics: str) -> None:
        self.emulator = Emulator(boot=False)
        self.emulator.control.given("connected")
        self.emulator.control.open_topics(False)
        self.emulator.cloud.wall = lambda: NOW
        for topic in topics or (*DOWN, RESULT):
            said = self.say(f'AT+TCMQTTSUB="{topic}",0'.encode())
            assert said == b"OK\r\n+TCMQTTSUB:OK\r\n"

    def say(self, line: bytes) -> bytes:
        self.emulator.write(line + b"\r\n")
        self.emulator.advance(0.1)
        return self.emulator.read()

    def heard(self, said: bytes) -> list[tuple[str, dict[str, Any]]]:
        """(topic, content) of every message, by the length that each states."""
        found = []
        while b"+TCMQTTRCVPUB:" in said:
            head, said = said.split(b"+TCMQTTRCVPUB:", 1)[1].split(b',"', 1)
            topic, _, length = head.rpartition(b",")
            found.append((topic.decode().strip('"'), dict(json.loads(said[: int(length)]))))
            said = said[int(length) :]
        return found

    def publish(self, topic: str, payload: bytes) -> list[tuple[str, dict[str, Any]]]:
        said = self.say(
            b'AT+TCMQTTPUBL="%s/%s",1,%d' % (topic.encode(), OWN.encode(), len(payload))
        )
        assert said == b"OK\r\n>\r\n"
        said = self.say(payload)
        assert b"+TCMQTTPUBL:OK\r\n" in said
        return self.heard(said)

    def ask(self, topic: str, **request: Any) -> dict[str, Any]:
        """The one answer to a request."""
        ((where, content),) = self.publish(topic, json.dumps(request).encode())
        expected = topic.replace("/up/", "/down/").replace("/operation", "/operation/result")
        assert where == f"{expected}/{OWN}"
        return content

    def property(self, **request: Any) -> dict[str, Any]:
        return self.ask("$thing/up/property", **request)

    def event(self, **request: Any) -> dict[str, Any]:
        return self.ask("$thing/up/event", **request)

    def template(self, **request: Any) -> dict[str, Any]:
        return self.ask("$template/operation", **request)
