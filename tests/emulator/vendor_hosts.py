"""Host programs that go about it as the vendor's do, as drivers of raw AT lines over a serial port.

Each is written here from what such a host sends, waits for and takes for an answer: the test tool's modes IE and
WIFI (whole lines, words looked for anywhere in them, payloads escaped even behind a prompt), the C sample (the OK
ends a command, results are events), the RTOS driver (an expected word anywhere, messages by their length).
"""

from __future__ import annotations

import json
import os
import select
import time
from collections.abc import Callable
from typing import Any

from tests.names import DEVICE, OWN, PASSWORD, PRODUCT, SECRET, SSID

LIMIT = 10.0  # seconds for anything; nothing here takes one


class Port:
    """Bytes from a serial line, up to a mark or by number."""

    def __init__(self, fd: int) -> None:
        self.fd = fd
        self.kept = b""

    def write(self, data: bytes) -> None:
        assert os.write(self.fd, data) == len(data)

    def _more(self, until: float) -> None:
        left = until - time.monotonic()
        assert left > 0, f"nothing came any more; unread: {self.kept!r}"
        if select.select([self.fd], [], [], left)[0]:
            self.kept += os.read(self.fd, 65536)

    def line(self, seconds: float = LIMIT) -> str:
        """Up to CR LF; empty lines are not shown."""
        until = time.monotonic() + seconds
        while True:
            line, end, rest = self.kept.partition(b"\r\n")
            if not end:
                self._more(until)
                continue
            self.kept = rest
            if line:
                return line.decode()

    def take(self, count: int, seconds: float = LIMIT) -> bytes:
        until = time.monotonic() + seconds
        while len(self.kept) < count:
            self._more(until)
        taken, self.kept = self.kept[:count], self.kept[count:]
        return taken


def escaped(text: str) -> str:
    return text.replace('"', r"\"").replace(",", r"\,")


# ---- the test tool


class Tool:
    """Sends a line, collects lines until one equals what it waits for, or holds a word of failure."""

    FAILURES = ("ERROR", "FAIL", "busy")

    def __init__(self, port: Port) -> None:
        self.port = port
        self.events: dict[str, Callable[[str], None]] = {}
        self.topics: dict[str, Callable[[dict[str, Any]], None]] = {}
        self.results: list[dict[str, Any]] = []
        self.replies: list[dict[str, Any]] = []
        self.deltas: list[dict[str, Any]] = []
        self.events["+TCMQTTRCVPUB"] = self.message
        for word in ("+TCMQTTDISCON", "+TCMQTTRECONNECTING", "+TCMQTTRECONNECTED"):
            self.events[word] = lambda line: None

    def next(self) -> str | None:
        """The next line, or None when it was an event."""
        line = self.port.line()
        for word, handler in self.events.items():
            if word in line:
                handler(line)
                return None
        return line

    def until(self, ready: Callable[[], Any]) -> None:
        """Events until then; it shrugs at lines that are none."""
        while not ready():
            self.next()

    def command(self, line: str, ok: str) -> str:
        self.port.write(line.encode() + b"\r\n")
        shown = ""
        while (said := self.next()) != ok:
            if said is None:
                continue
            assert not any(word in said for word in self.FAILURES), (line, shown, said)
            if said != line:
                shown += said + "\n"
        return shown

    def message(self, line: str) -> None:
        topic, _length, payload = line.split(":", 1)[1].split(",", 2)
        self.topics[topic.strip('"')](json.loads(payload[1:-1]))

    def publish(self, topic: str, qos: int, text: str) -> None:
        line = f'AT+TCMQTTPUB="{topic}",{qos},"{escaped(text)}"'
        if len(line) <= 254:
            self.command(line, "+TCMQTTPUB:OK")
            return
        text = escaped(text)  # the module takes the backslashes out again
        self.command(f'AT+TCMQTTPUBL="{topic}",{qos},{len(text)}', ">")
        self.command(text, "+TCMQTTPUBL:OK")

    def subscribe(self, topic: str, handler: Callable[[dict[str, Any]], None]) -> None:
        self.topics[topic] = handler
        self.command(f'AT+TCMQTTSUB="{topic}",0', "+TCMQTTSUB:OK")

    def is_connected(self) -> bool:
        return self.command("AT+TCMQTTSTATE?", "OK").split(":", 1)[1].strip() == "1"

    def identify(self) -> None:
        if self.is_connected():
            self.command("AT+TCMQTTDISCONN", "OK")
        line = f'AT+TCDEVINFOSET=1,"{PRODUCT}","{DEVICE}","{SECRET}"'
        self.command(line, "+TCDEVINFOSET:OK")

    # ---- Wi-Fi

    def has_address(self) -> bool:
        self.command("AT+CWJAP?", "OK")
        return '+CIPSTA:ip:"0.0.0.0"' not in self.command("AT+CIPSTA?", "OK")

    def join(self) -> None:
        while not self.has_address():
            self.command("AT+CWMODE=1", "OK")
            self.command(f'AT+CWJAP="{SSID}","{PASSWORD}"', "OK")

    # ---- mode IE

    def on_template(self, content: dict[str, Any]) -> None:
        state, _version = content["payload"]["state"], content["payload"]["version"]
        if content["type"] == "delta":
            self.deltas.append(state)
        else:
            self.results.append(content)

    def explorer(self, rounds: int, between: Callable[[], None] = lambda: None) -> None:
        self.identify()
        self.command("AT+TCMQTTCONN=1,5000,240,1,1", "+TCMQTTCONN:OK")
        self.subscribe(f"$template/operation/result/{OWN}", self.on_template)
        self.subscribe(f"$thing/down/event/{OWN}", self.replies.append)
        self.event(1)
        self.publish(f"$template/operation/{OWN}", 1, '{"type":"get", "clientToken":"token-1"}')
        self.until(lambda: self.results)
        self.publish(f"$template/operation/{OWN}", 1, '{"desired":null, "clientToken":"token-2"}')
        self.until(lambda: len(self.results) == 2)
        self.update(3)
        for at in range(rounds):
            between()
            self.update(10 + at)
            self.event(20 + at)
        for topic in self.topics:
            self.command(f'AT+TCMQTTUNSUB="{topic}"', "+TCMQTTUNSUB:OK")
        self.command("AT+TCMQTTDISCONN", "OK")

    def event(self, number: int) -> None:
        text = (
            '{\n        "method": "event_post",\n        "version": "1.0",\n        "eventId": "low_voltage",\n'
            '        "params": {\n            "voltage": %f\n        },\n        "clientToken": "token-%d"}'
        )
        count = len(self.replies)
        self.publish(f"$thing/up/event/{OWN}", 0, text % (2.5, number))
        self.until(lambda: len(self.replies) > count)

    def update(self, number: int) -> None:
        text = (
            '{\t"type": "update",\n        "state": {\n            "reported": {\n'
            '                "brightness": %d,\n                "color": 1,\n'
            '                "power_switch":0\n            }\n        },\n'
            '        "version":0,\n        "clientToken": "token-%d" }'
        )
        count = len(self.results)
        self.publish(f"$template/operation/{OWN}", 0, text % (number, number))
        self.until(lambda: len(self.results) > count)


# ---- the C sample


class Sample:
    """A command ends with OK; results and messages are lines of a table, whenever they come."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self.seen: dict[str, str] = {}
        self.queue: list[tuple[str, dict[str, Any]]] = []
        self.number = 0

    def event(self, line: str) -> bool:
        for head in ("+TCMQTTRCVPUB:", "+TCMQTTSUB:", "+TCMQTTSTATE:", "+TCMQTTCONN:"):
            if line.startswith(head):
                self.seen[head] = line
                if head == "+TCMQTTRCVPUB:":
                    topic, _, payload = line[len(head) :].split(",", 2)
                    self.queue.append((topic.strip('"'), json.loads(payload[1:-1])))
                return True
        return False

    def execute(self, line: str) -> list[str]:
        self.port.write(line.encode() + b"\r\n")
        shown: list[str] = []
        while True:
            said = self.port.line()
            if self.event(said):
                continue
            if said.startswith("OK"):
                return shown
            assert "ERROR" not in said and "FAIL" not in said and "busy" not in said, (line, said)
            shown.append(said)

    def wait(self, head: str) -> str:
        while head not in self.seen:
            assert self.event(self.port.line())
        return self.seen.pop(head)

    def connected(self) -> bool:
        self.execute("AT+TCMQTTSTATE?")
        return self.wait("+TCMQTTSTATE:") == "+TCMQTTSTATE:1"

    def subscribe(self, topic: str) -> None:
        self.execute(f'AT+TCMQTTSUB="{topic}",0')
        assert self.wait("+TCMQTTSUB:") == "+TCMQTTSUB:OK"

    def publish(self, topic: str, content: dict[str, Any]) -> None:
        """Commas with a blank behind, each quote and comma escaped; long ones go raw behind a prompt."""
        text = json.dumps(content, separators=(", ", ":"))
        line = f'AT+TCMQTTPUB="{topic}",0,"{escaped(text)}"'
        if len(line) <= 254:
            self.execute(line)
            result = "+TCMQTTPUB:OK"
        else:
            self.execute(f'AT+TCMQTTPUBL="{topic}",0,{len(text)}')
            assert self.port.line() == ">"
            self.port.write(text.encode() + b"\r\n")
            result = "+TCMQTTPUBL:OK"
        while (said := self.port.line()) != result:
            assert self.event(said), said

    def request(self, method: str, **more: Any) -> dict[str, Any]:
        """To the property topic; returns the reply with its own token."""
        token = f"{PRODUCT}-{self.number}"
        self.number += 1
        assert self.connected()
        self.publish(f"$thing/up/property/{OWN}", {"method": method, "clientToken": token, **more})
        return self.reply("property", token)

    def reply(self, what: str, token: str) -> dict[str, Any]:
        while True:
            for at, (topic, content) in enumerate(self.queue):
                if topic == f"$thing/down/{what}/{OWN}" and content["clientToken"] == token:
                    del self.queue[at]
                    assert content["code"] == 0, content
                    return content
            assert self.event(self.port.line())

    def told(self, what: str) -> dict[str, Any]:
        """The next control or action."""
        while not any(content["method"] == what for _, content in self.queue):
            assert self.event(self.port.line())
        at = [content["method"] for _, content in self.queue].index(what)
        return self.queue.pop(at)[1]


# ---- the RTOS driver


class Tiny:
    """Sends, and looks for a word in all that comes; a message is taken by its length, wherever it stands."""

    def __init__(self, port: Port) -> None:
        self.port = port
        self.mail: list[tuple[str, bytes]] = []
        self.text = b""

    def pump(self) -> None:
        """One byte, as a parser on an interrupt's ring buffer gets them."""
        self.text += self.port.take(1)
        if not self.text.endswith(b"+TCMQTTRCVPUB:"):
            return
        self.text = self.text[: -len(b"+TCMQTTRCVPUB:")]
        topic = b""
        while (byte := self.port.take(1)) != b",":
            topic += byte
        length = b""
        while (byte := self.port.take(1)) != b",":
            length += byte
        payload = self.port.take(int(length) + 2)
        self.mail.append((topic.decode().replace('"', ""), payload[1:-1]))

    def send(self, data: bytes, expected: bytes) -> None:
        self.text = b""
        self.port.write(data)
        while expected not in self.text:
            self.pump()
            assert b"ERROR\r\n" not in self.text and b"FAIL" not in self.text, (data, self.text)

    def execute(self, line: str, expected: str = "OK\r\n") -> None:
        self.send(line.encode() + b"\r\n", expected.encode())

    def message(self) -> tuple[str, dict[str, Any]]:
        while not self.mail:
            self.pump()
        topic, payload = self.mail.pop(0)
        return topic, dict(json.loads(payload))
