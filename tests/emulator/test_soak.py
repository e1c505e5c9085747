"""A soak: each message is delivered unchanged or reported failed; none is lost in silence, none comes twice.

SOAK=N sets the number of publishes.
"""

from __future__ import annotations

import os
import random

from tencent_at_emulator import Emulator, Timing
from tencent_at_emulator.cloud.router import Client, Message
from tests.names import DATA

COUNT = int(os.environ.get("SOAK", "100000"))
FAULTS = {
    "mqtt-loss": 0.01,
    "ack-loss": 0.02,
    "late": 0.05,
    "late-rate": 0.05,
    "mute-rate": 0.01,
    "storm": 0.02,
    "lose": 0.0005,
}
OVER = (b":OK\r\n", b"\r\n+CME ERROR", b"ERROR\r\n", b"FAIL,202\r\n", b"ready\r\n")


class Host:
    """As plain as a host can be: one line at a time, and no second try for a message."""

    def __init__(self, emulator: Emulator, chance: random.Random) -> None:
        self.emulator = emulator
        self.chance = chance

    def say(self, data: bytes, *ends: bytes, patience: float = 12.0) -> bytes:
        self.emulator.read()
        self.emulator.write(data)
        heard, waited = self.emulator.read(), 0.0
        while not any(end in heard for end in ends) and waited < patience:
            step = 0.011 if waited < 0.1 else 0.5
            self.emulator.advance(step)
            waited += step
            heard += self.emulator.read()
        return heard

    def publish(self, payload: bytes) -> bool:
        """True when the module said that it was delivered."""
        topic = DATA.encode()
        if self.chance.random() < 0.5:
            escaped = payload.replace(b"\\", b"\\\\").replace(b'"', b'\\"').replace(b",", b"\\,")
            line = b'AT+TCMQTTPUB="%s",1,"%s"\r\n' % (topic, escaped)
            return b"+TCMQTTPUB:OK\r\n" in self.say(line, *OVER)
        line = b'AT+TCMQTTPUBL="%s",1,%d\r\n' % (topic, len(payload))
        if b">" not in self.say(line, b">\r\n", *OVER[1:]):
            self.say(b"+++\r\n", b"ERROR", b"204\r\n")
            return False
        return b"+TCMQTTPUBL:OK\r\n" in self.say(payload + b"\r\n", *OVER)

    def recover(self) -> None:
        """Make sure of echo and connection; the module may have restarted."""
        for _ in range(50):
            self.emulator.advance(1.0)
            self.say(b"ATE0\r\n", b"OK\r\n", patience=2.0)
            if b"STATE:1" in self.say(b"AT+TCMQTTSTATE?\r\n", b"OK\r\n", patience=2.0):
                return
            self.say(
                b"AT+TCMQTTCONN=1,1000,240,1,1\r\n", b"CONN:OK", b"FAIL", b"ERROR", patience=3.0
            )
        raise AssertionError("never connected again")


def soak(count: int, seed: int) -> tuple[int, int]:
    """So many publishes; returns how many were reported delivered, and how many failed."""
    chance = random.Random(seed)
    emulator = Emulator(boot=False, seed=seed, timing=Timing(boot=0.05, wifi=0.05), noise=False)
    emulator.control.given('connected; stored "Home" "12345678"')
    arrived: dict[bytes, int] = {}

    def watch(source: Client | None, message: Message) -> None:
        if message.topic == DATA.encode():
            arrived[message.payload] = arrived.get(message.payload, 0) + 1

    emulator.cloud.router.watch = watch
    host = Host(emulator, chance)
    sent: dict[bytes, bool] = {}
    for number in range(count):
        if number % 1000 == 0:
            emulator.control.clear_faults()
            for name, value in FAULTS.items():
                emulator.control.fault(name, value)
            emulator.control.fault("reboot-command", chance.randint(100, 900))
        payload = b'{"n":%d,"t":"a \xe5\xad\x97"}' % number
        sent[payload] = host.publish(payload)
        if not sent[payload]:
            host.recover()
    assert set(arrived) <= set(sent), "a message came that nobody sent"
    assert set(arrived.values()) == {1}, "a message came twice"
    assert all(
        payload in arrived for payload, told in sent.items() if told
    ), "told delivered, and lost"
    delivered = sum(sent.values())
    assert len(emulator.faults.happened) >= 6
    return delivered, count - delivered


def test_soak() -> None:
    delivered, failed = soak(COUNT, seed=5)
    assert delivered > COUNT * 0.85 and failed > COUNT * 0.01
