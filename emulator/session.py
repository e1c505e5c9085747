"""The MQTT session the module holds: connecting, losing, reconnecting, and the URCs that tell of it (3, 5)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from .clock import Clock, Timer
from .cloud.router import matches
from .cloud.uplink import Uplink
from .flash import Device
from .generation import FIRST, Generation
from .quirks import Quirks
from .task import Pending

__all__ = ["Settings", "Session"]

NO_CONNECTION, GIVEN_UP, LATE, NOT_SUBSCRIBED = -103, -106, -111, -121


@dataclass(frozen=True, slots=True)
class Settings:
    """What TCMQTTCONN sets (3.1): milliseconds, seconds, and two switches."""

    tls_mode: int = 1
    command_timeout: int = 5000
    keepalive: int = 240
    clean: int = 1
    reconnect: int = 1


class Session:
    """States: ``off``, ``connecting``, ``up``, ``reconnecting``. ``say`` prints a line; ``up`` asks for Wi-Fi.

    ``heard`` is offered each message first and returns True to keep it from the host (the OTA topic).
    """

    RETRY = 1.5  # seconds between two attempts
    LIMIT = 120.0  # seconds after which reconnecting is given up

    def __init__(
        self,
        clock: Clock,
        uplink: Uplink,
        say: Callable[[bytes], None],
        has_wifi: Callable[[], bool],
        quirks: Quirks,
        generation: Generation = FIRST,
    ) -> None:
        self.generation = generation
        self.sub_devices: dict[tuple[bytes, bytes], None] = {}  # online through us, in their order
        self.clock = clock
        self.uplink = uplink
        self.say = say
        self.has_wifi = has_wifi
        self.quirks = quirks
        self.state = "off"
        self.settings = Settings()
        self.subscriptions: dict[bytes, int] = {}
        self.heard: Callable[[bytes, bytes], bool] = lambda topic, payload: False
        self.back: Callable[[], None] = lambda: None
        self.awaited: Pending[int] | None = None  # the acknowledgement of a publish
        self._late = False  # the time-out of an earlier publish is still to be told
        self._device: Device | None = None
        self._timer: Timer | None = None
        self._since = 0.0
        self._tried: float | None = None  # when the attempt under way began
        uplink.lost = self.lost
        uplink.message = self._message

    @property
    def connected(self) -> bool:
        """What TCMQTTSTATE? reports, and what the commands' preconditions ask (3.7)."""
        return self.state == "up"

    def connect(self, device: Device, settings: Settings) -> Pending[int]:
        """Begin; the answer is 0 or an SDK code, and may come after the command has given up waiting."""
        self.drop()
        self.settings, self._device = settings, device
        self.state = "connecting"
        answer = self.uplink.connect(device, settings.keepalive, bool(settings.clean))

        def opened(code: int) -> None:
            if self.state == "connecting":
                self.state = "off" if code else "up"

        answer.then(opened)
        return answer

    def disconnect(self) -> None:
        """By command: the URC, and nothing is kept."""
        self.uplink.disconnect()
        self.drop()
        self.say(b"+TCMQTTDISCON,2\r\n")

    def drop(self) -> None:
        """Forget the session without a word, as a restart does."""
        self.uplink.abandon()
        self.awaited, self._late = None, False
        self._stop()
        self.state = "off"
        self.subscriptions.clear()
        self.sub_devices.clear()

    def lost(self) -> None:
        """The link is gone."""
        self._tried = None
        if self.state == "connecting":
            self.state = "off"
        if self.state != "up":
            return
        self.say(b"+TCMQTTDISCON,%d\r\n" % NO_CONNECTION)
        if not self.settings.reconnect:
            if self.quirks.double_discon:
                self.say(b"+TCMQTTDISCON,%d\r\n" % NO_CONNECTION)
            self.drop()
            return
        self.state = "reconnecting"
        self._since = self.clock.now()
        self._timer = self.clock.call_later(self.RETRY, self._retry)

    def _retry(self) -> None:
        self._timer = None
        if self.state != "reconnecting" or self._device is None:
            return
        if self.clock.now() - self._since >= self.LIMIT:
            self.drop()
            self.say(b"+TCMQTTDISCON,%d\r\n" % GIVEN_UP)
            return
        self.say(b"+TCMQTTRECONNECTING\r\n")
        self._timer = self.clock.call_later(self.RETRY, self._retry)
        now, patience = self.clock.now(), self.settings.command_timeout / 1000
        if self.has_wifi() and (self._tried is None or now - self._tried >= patience):
            self._tried = now
            keepalive, clean = self.settings.keepalive, bool(self.settings.clean)
            self.uplink.connect(self._device, keepalive, clean).then(self._retried)

    def _retried(self, code: int) -> None:
        self._tried = None
        if self.state != "reconnecting" or code:
            return
        self._stop()
        self.state = "up"
        self.back()
        self._resubscribe(list(self.subscriptions.items()))

    def _resubscribe(self, left: list[tuple[bytes, int]]) -> None:
        """One after the other; then the URC."""
        if self.state != "up":
            return
        if left:
            (topic, qos), rest = left[0], left[1:]
            answer = self.uplink.subscribe(topic, qos)
            answer.then(lambda code: self._resubscribe(rest))
            if self.quirks.wrong_acks and self.awaited is not None:
                answer.then(self.awaited.resolve)
            # An answer that does not come must not keep the URC back.
            self.clock.call_later(self.settings.command_timeout / 1000, lambda: answer.resolve(0))
        else:
            self.say(b"+TCMQTTRECONNECTED\r\n")

    def publish(self, topic: bytes, payload: bytes, qos: int) -> Pending[int]:
        """0 once it is acknowledged; with the quirk wrong-acks now and then on the word of something else."""
        answer = self.uplink.publish(topic, payload, qos)
        if qos and self.quirks.wrong_acks:
            if self._late:
                self._late = False
                return Pending.of(LATE)
            self.awaited = answer
        return answer

    def gave_up(self) -> None:
        """A publish was not acknowledged in time."""
        self.awaited = None
        self._late = self.quirks.wrong_acks

    def subscribe(self, topic: bytes, qos: int) -> Pending[int]:
        """0, -107 (2.x: 202) when there are ten (twelve), -108 when refused; a second time the old QoS stays."""
        if topic in self.subscriptions:
            qos = self.subscriptions[topic]
        elif len(self.subscriptions) >= self.generation.subscriptions:
            return Pending.of(self.generation.too_many)
        answer = self.uplink.subscribe(topic, qos)

        def granted(code: int) -> None:
            if code == 0 and self.connected:
                self.subscriptions[topic] = qos

        answer.then(granted)
        return answer

    def unsubscribe(self, topic: bytes) -> Pending[int]:
        """0, or -121 for a topic that was not subscribed."""
        if topic not in self.subscriptions:
            return Pending.of(NOT_SUBSCRIBED)
        answer = self.uplink.unsubscribe(topic)

        def gone(code: int) -> None:
            if code == 0:
                self.subscriptions.pop(topic, None)

        answer.then(gone)
        return answer

    def _message(self, topic: bytes, payload: bytes) -> None:
        if self.heard(topic, payload):
            return
        if self.connected and any(matches(pattern, topic) for pattern in self.subscriptions):
            self.say(received(topic, payload))

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def received(topic: bytes, payload: bytes) -> bytes:
    """The URC of a message (5.1): the length counts, nothing is escaped, a NUL cuts the line."""
    shown, nul, _ = payload.partition(b"\0")
    line = b'+TCMQTTRCVPUB:"%s",%d,"%s' % (topic, len(payload), shown)
    return line if nul else line + b'"\r\n'
