"""A cloud of our own: Tencent's topics and permissions, its system services, registration, upgrades."""

from __future__ import annotations

import base64
import hashlib
import json
import math
import random
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from ..clock import Clock
from ..flash import Device, Product
from ..task import Pending
from .documents import Document
from .gateway import Gateways
from .permissions import grants
from .router import Client, Message, Router, matches
from .template import DataTemplate, Key

__all__ = ["EmbeddedCloud", "EmbeddedUplink", "Offer"]

LATENCY = 0.01  # seconds one way and back


@dataclass(frozen=True, slots=True)
class Offer:
    """An upgrade: the message the cloud sends holds the four fields; ``data`` is what the URL serves."""

    version: str
    url: str
    md5: str
    size: int
    data: bytes = field(repr=False, default=b"")

    def message(self) -> bytes:
        """The payload on ``$ota/update/<pid>/<dev>`` (4.4)."""
        return _json(
            {
                "file_size": self.size,
                "md5sum": self.md5,
                "type": "update_firmware",
                "url": self.url,
                "version": self.version,
            }
        )


class EmbeddedCloud:
    """The service. Any device that names itself is let in unless told otherwise.

    ``open_topics`` lifts the permissions; ``allow`` lifts them for one topic filter. ``refuse_connect`` holds
    an SDK code until it is 0 again, ``registration`` one of the manual's 7.3. ``refuse_subscribe`` and
    ``no_ack``, which leaves any request unanswered, count down.
    """

    def __init__(self, clock: Clock, *, latency: float = LATENCY, seed: int = 0) -> None:
        self.clock = clock
        self.latency = latency
        self.random = random.Random(seed)
        self.wall: Callable[[], float] = time.time
        self.router = Router()
        self.immediate = False
        self.open_topics = False
        self.allowed: dict[bytes, str] = {}
        self.refuse_connect = 0
        self.refuse_subscribe = 0
        self.no_ack = 0
        self.ack_first = False
        self.registration = 0
        self.activated: set[Key] = set()
        self.offers: dict[Key, Offer] = {}
        self.offer_all: Offer | None = None
        self.shadows: dict[Key, Document] = {}
        self.template = DataTemplate(self._say, lambda: self.wall())
        self.gateways = Gateways()
        self.reports: list[tuple[str, str, dict[str, Any]]] = []

    def uplink(self) -> EmbeddedUplink:
        """A new module's way in."""
        return EmbeddedUplink(self)

    @contextmanager
    def at_once(self) -> Iterator[None]:
        """Within, the cloud answers without latency: for setting a scene."""
        self.immediate = True
        try:
            yield
        finally:
            self.immediate = False

    def publish(self, topic: bytes, payload: bytes, qos: int = 0, retain: bool = False) -> int:
        """Publish from the cloud's side, now; returns to how many it went."""
        return self.router.publish(None, Message(topic, payload, qos, retain))

    def allow(self, pattern: bytes, what: str = "both") -> None:
        """Permit ``pub``, ``sub`` or ``both`` on a topic filter, for every device."""
        self.allowed[pattern] = what

    def permits(self, device: Device, topic: bytes, what: str) -> bool:
        """Whether the device may publish (``pub``) to or subscribe (``sub``) to the topic."""
        if self.open_topics:
            return True
        if any(
            granted in (what, "both") and matches(pattern, topic)
            for pattern, granted in self.allowed.items()
        ):
            return True
        own = device.product_id, device.device_name
        granted = (grants("/".join(key)) for key in (own, *self.gateways.through(own)))
        return any(each.get(topic.decode("latin-1")) in (what, "both") for each in granted)

    def unanswered(self) -> bool:
        """Whether the request at hand goes without an answer; counts down."""
        if self.no_ack:
            self.no_ack -= 1
            return True
        return False

    def register(self, product: Product) -> int | str:
        """Dynamic registration (2.3): a fresh secret, or the code due."""
        if self.registration:
            return self.registration
        if (product.product_id, product.device_name) in self.activated:
            return 1021
        return base64.b64encode(self.random.randbytes(16)).decode("ascii")

    def offer(self, offer: Offer, device: Key | None = None) -> None:
        """Offer an upgrade to one device or to all: now to those that listen, else when they report."""
        if device is None:
            self.offer_all = offer
        else:
            self.offers[device] = offer
        for client in list(self.router.clients.values()):
            for pattern in client.filters:
                if pattern.startswith(b"$ota/update/"):
                    pid, dev = pattern.decode("latin-1").split("/")[2:4]
                    if device in (None, (pid, dev)):
                        self.publish(pattern, offer.message(), 1)

    # ---- what the cloud does with what devices say

    def heard(self, source: Client | None, message: Message) -> None:
        """A device or a client published: route it, and serve the topics of the system."""
        self.router.publish(source, message)
        if message.topic[:1] != b"$":
            return
        serve: dict[str, Callable[[Key, dict[str, Any] | None], None]] = {
            "$sys/operation": self._serve_time,
            "$shadow/operation": self._serve_shadow,
            "$ota/report": self._serve_ota,
            "$template/operation": self.template.template,
            "$thing/up/property": self.template.property,
            "$thing/up/event": self.template.event,
            "$thing/up/action": self.template.action,
        }
        head, *own = message.topic.decode("latin-1").rsplit("/", 2)
        if head in serve and len(own) == 2:
            with suppress(RecursionError):  # nested to the limit: read, and too deep to repeat
                serve[head]((own[0], own[1]), _object(message.payload))

    def _serve_time(self, key: Key, request: dict[str, Any] | None) -> None:
        if request is None:
            return
        resource = request.get("resource")
        if request.get("type") == "get" and isinstance(resource, list) and "time" in resource:
            self._say("$sys/operation/result", key, {"type": "get", "time": int(self.wall())})

    def _serve_shadow(self, key: Key, request: dict[str, Any] | None) -> None:
        if request is not None:
            document = self.shadows.setdefault(key, Document())
            answer = document.answer(request, self.wall())
            self._say("$shadow/operation/result", key, answer)

    def _serve_ota(self, key: Key, request: dict[str, Any] | None) -> None:
        if request is None:
            return
        self.reports.append((*key, request))
        del self.reports[:-100]
        if request.get("type") != "report_version":
            return
        answer = {"type": "report_version_rsp", "result_code": 0, "result_msg": "success"}
        self._say("$ota/update", key, answer)
        report = request.get("report")
        version = report.get("version") if isinstance(report, dict) else None
        offer = self.offers.get(key, self.offer_all)
        if offer is not None and offer.version != version:
            self.publish("/".join(("$ota/update", *key)).encode("latin-1"), offer.message(), 1)

    def _say(self, head: str, key: Key, content: dict[str, Any]) -> None:
        self.publish("/".join((head, *key)).encode("latin-1"), _json(content))


class EmbeddedUplink:
    """One module's link to the embedded cloud. Implements ``Uplink``."""

    def __init__(self, cloud: EmbeddedCloud) -> None:
        self.cloud = cloud
        self.lost: Callable[[], None] = lambda: None
        self.message: Callable[[bytes, bytes], None] = lambda topic, payload: None
        self.severed = False
        self._client: Client | None = None
        self._device: Device | None = None
        self._attempt: Callable[[], None] | None = None
        self._under_way: deque[Callable[[], None]] = deque()  # publishes, oldest first
        self._life = 0

    def connect(self, device: Device, keepalive: int, clean: bool) -> Pending[int]:
        answer: Pending[int] = Pending()
        self.abandon()

        def attempt() -> None:
            if self.severed:
                self._attempt = attempt
            elif self.cloud.unanswered():
                return
            elif self.cloud.refuse_connect:
                answer.resolve(self.cloud.refuse_connect)
            else:
                kept = self._open(device, clean)
                answer.resolve(0)
                for message in kept:
                    self._deliver(message)

        self._later(attempt)
        return answer

    def _open(self, device: Device, clean: bool) -> list[Message]:
        """Enter; returns what was kept for this device meanwhile."""
        name = f"{device.product_id}{device.device_name}"
        self._device = device
        self.cloud.activated.add((device.product_id, device.device_name))
        kept: list[Message] = []
        self._client = Client(name, kept.append, self._cut, clean)
        self.cloud.router.attach(self._client)
        self._client.deliver = self._deliver
        return kept

    def disconnect(self) -> None:
        # What was published before the DISCONNECT arrives before it; nothing comes back any more.
        if self._client is not None:
            self._client.deliver = lambda message: None
            while self._under_way:
                self._under_way.popleft()()
        self.abandon()

    def abandon(self) -> None:
        self._life += 1
        self._attempt = None
        self._under_way.clear()
        client, self._client = self._client, None
        if client is not None:
            self.cloud.router.detach(client)
        if client is not None and self._device is not None:
            self.cloud.gateways.left((self._device.product_id, self._device.device_name))

    def publish(self, topic: bytes, payload: bytes, qos: int) -> Pending[int]:
        answer: Pending[int] = Pending()
        if qos == 0:
            answer.resolve(0)

        def arrived() -> None:
            client, device, cloud = self._client, self._device, self.cloud
            if client is None or device is None or not cloud.permits(device, topic, "pub"):
                return
            acked = qos == 1 and not cloud.unanswered()
            if acked and cloud.ack_first:
                answer.resolve(0)
            cloud.heard(client, Message(topic, payload, qos))
            if acked:
                answer.resolve(0)

        self._under_way.append(arrived)
        self._later(lambda: self._under_way.popleft()())
        return answer

    def subscribe(self, topic: bytes, qos: int) -> Pending[int]:
        answer: Pending[int] = Pending()

        def arrived() -> None:
            if self._client is None or self._device is None or self.cloud.unanswered():
                return
            if self.cloud.refuse_subscribe:
                self.cloud.refuse_subscribe -= 1
                answer.resolve(-108)
            elif not self.cloud.permits(self._device, topic, "sub"):
                answer.resolve(-108)
            else:
                answer.resolve(0)
                self.cloud.router.subscribe(self._client, topic, qos)

        self._later(arrived)
        return answer

    def unsubscribe(self, topic: bytes) -> Pending[int]:
        answer: Pending[int] = Pending()

        def arrived() -> None:
            if self._client is not None and not self.cloud.unanswered():
                self.cloud.router.unsubscribe(self._client, topic)
                answer.resolve(0)

        self._later(arrived)
        return answer

    def inject(self, topic: bytes, payload: bytes, qos: int) -> int:
        return self.cloud.publish(topic, payload, qos)

    def register(self, product: Product) -> Pending[int | str]:
        answer: Pending[int | str] = Pending()
        if not self.severed:
            self._later(lambda: answer.resolve(self.cloud.register(product)))
        return answer

    def gateway(self, what: str, product_id: str, device_name: str) -> Pending[int]:
        answer: Pending[int] = Pending()

        def arrived() -> None:
            if self._device is not None and not self.cloud.unanswered():
                own = self._device.product_id, self._device.device_name
                answer.resolve(self.cloud.gateways.ask(own, what, (product_id, device_name)))

        self._later(arrived)
        return answer

    def sever(self) -> None:
        self.severed = True
        self._cut()

    def mend(self) -> None:
        self.severed = False
        attempt, self._attempt = self._attempt, None
        if attempt is not None:
            self._later(attempt)

    def _cut(self) -> None:
        if self._client is not None:
            self.abandon()
            self.lost()

    def _deliver(self, message: Message) -> None:
        if self._client is not None:
            self.message(message.topic, message.payload)

    def _later(self, happening: Callable[[], None]) -> None:
        life = self._life

        def due() -> None:
            if life == self._life:
                happening()

        if self.cloud.immediate:
            due()
        else:
            self.cloud.clock.call_later(self.cloud.latency, due)


def md5_of(data: bytes) -> str:
    """The MD5 in lower-case hex, as an upgrade message carries it."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def _json(content: dict[str, Any]) -> bytes:
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    return text.encode("utf-8", "replace")  # half a surrogate cannot be said


def _object(payload: bytes) -> dict[str, Any] | None:
    """A JSON object, or None for anything else: NaN and numbers beyond a double are no JSON."""
    try:
        content = json.loads(payload, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) else None


def _finite(text: str) -> float:
    if not math.isfinite(value := float(text)):
        raise ValueError(text)
    return value
