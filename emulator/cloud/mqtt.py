"""A real MQTT broker behind the module, with the names and passwords Tencent's service expects."""

from __future__ import annotations

import asyncio
import base64
import binascii
import contextlib
import hashlib
import hmac
import random
import string
import time
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

import aiomqtt

from ..flash import Device, Product
from ..task import Pending

__all__ = ["BrokerAddress", "BrokerUplink", "Credentials", "credentials"]

METHODS = {"hmacsha1": hashlib.sha1, "hmacsha256": hashlib.sha256}
APP_ID = "12010126"
FOREVER = 0x7FFFFFFF  # expiry of the signature: no end
LAST_WORDS = 1.0  # seconds at most, before a disconnect
UNKNOWN, NO_SUCH_HOST, NOT_CONNECTED, SUBSCRIBE_REFUSED, NO_REGISTRATION = (
    -104,
    -602,
    -603,
    -108,
    1011,
)
# CONNACK return codes 1 to 5 in the numbers of 7.1.
REFUSED = {1: -113, 2: -114, 3: -115, 4: -116, 5: -117}
# What paho makes of them: its numbers for the same five reasons.
REFUSED_V5 = {132: -113, 133: -114, 136: -115, 134: -116, 135: -117}


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where the broker listens: ``mqtt://host:port``, or ``mqtts://`` for TLS.

    ``?hmac=sha256`` signs passwords with SHA-256 instead of SHA-1.
    """

    host: str
    port: int = 1883
    tls: bool = False
    method: str = "hmacsha1"

    @classmethod
    def parse(cls, url: str) -> BrokerAddress:
        """Read a URL; raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in ("mqtt", "mqtts") or not parts.hostname:
            raise ValueError(f"{url}: a broker is mqtt://host:port")
        tls = parts.scheme == "mqtts"
        method = f"hmac{parse_qs(parts.query).get('hmac', ['sha1'])[-1]}"
        if method not in METHODS:
            raise ValueError(f"{url}: hmac is sha1 or sha256")
        return cls(parts.hostname, parts.port or (8883 if tls else 1883), tls, method)


@dataclass(frozen=True, slots=True)
class Credentials:
    """Client id, user name, password."""

    client_id: str
    user: str
    password: str


def credentials(
    device: Device, connection_id: str, expiry: int = FOREVER, method: str = "hmacsha1"
) -> Credentials:
    """What the service expects of a device with a secret.

    The password is the hex HMAC of the user name under the base64-decoded secret, a semicolon, the method
    (``hmacsha1`` or ``hmacsha256``). A secret that is no base64 is taken as it stands.
    """
    client_id = f"{device.product_id}{device.device_name}"
    user = f"{client_id};{APP_ID};{connection_id};{expiry}"
    secret = device.secret.encode("latin-1")
    with contextlib.suppress(binascii.Error):
        secret = base64.b64decode(secret, validate=True)
    password = hmac.new(secret, user.encode("latin-1"), METHODS[method]).hexdigest()
    return Credentials(client_id, user, f"{password};{method}")


class BrokerUplink:
    """One module's connection to a broker. Implements ``Uplink``; lives in an asyncio loop."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        address: BrokerAddress,
        *,
        seed: int = 0,
    ) -> None:
        self.loop = loop
        self.address = address
        self.random = random.Random(seed)
        self.clock: Callable[[], float] = time.time
        self.lost: Callable[[], None] = lambda: None
        self.message: Callable[[bytes, bytes], None] = lambda topic, payload: None
        self.severed = False
        self._client: aiomqtt.Client | None = None
        self._session: asyncio.Task[None] | None = None
        self._ending: asyncio.Task[None] | None = None
        self._work: set[asyncio.Task[None]] = set()
        self._again: Callable[[], None] | None = None

    def connect(self, device: Device, keepalive: int, clean: bool) -> Pending[int]:
        self.abandon()
        answer: Pending[int] = Pending()
        letters = string.ascii_letters + string.digits
        names = credentials(
            device, "".join(self.random.choices(letters, k=5)), FOREVER, self.address.method
        )

        def attempt() -> None:
            if self.severed:
                self._again = attempt
            else:
                self._session = self.loop.create_task(self._run(names, keepalive, clean, answer))

        attempt()
        return answer

    async def _run(
        self, names: Credentials, keepalive: int, clean: bool, answer: Pending[int]
    ) -> None:
        client = aiomqtt.Client(
            self.address.host,
            self.address.port,
            identifier=names.client_id,
            username=names.user,
            password=names.password,
            clean_session=clean,
            keepalive=keepalive,
            protocol=aiomqtt.ProtocolVersion.V311,
            tls_params=aiomqtt.TLSParameters() if self.address.tls else None,
            timeout=60.0,
        )
        opened = False
        if self._ending is not None:
            # The service throws off the older of two connections with one name; let the older one end.
            await asyncio.wait([self._ending], timeout=2.0)
        try:
            async with client:
                opened = True
                self._client = client
                answer.resolve(0)
                async for message in client.messages:
                    self.message(str(message.topic).encode(), message.payload)
        except aiomqtt.MqttError as error:
            answer.resolve(_code(error))
        finally:
            if self._client is client:
                self._client = None
        if self._session is asyncio.current_task():  # an end that nobody here asked for
            self._over(opened)

    def _over(self, opened: bool) -> None:
        self._session = None
        if opened:
            self.lost()

    def disconnect(self) -> None:
        session, self._session = self._session, None
        under_way, self._work = self._work, set()
        if session is not None:
            self._ending = self.loop.create_task(_after(under_way, session))
        self.abandon()

    def abandon(self) -> None:
        self._again = None
        self._client = None
        session, self._session = self._session, None
        if session is not None:
            session.cancel()
            self._ending = session
        for task in list(self._work):
            task.cancel()

    def publish(self, topic: bytes, payload: bytes, qos: int) -> Pending[int]:
        answer: Pending[int] = Pending()
        if qos == 0:
            answer.resolve(0)
        client = self._client
        if client is not None:
            self._start(lambda: client.publish(_text(topic), payload, qos), answer, _done)
        return answer

    def subscribe(self, topic: bytes, qos: int) -> Pending[int]:
        answer: Pending[int] = Pending()
        client = self._client

        def granted(codes: Any) -> int:
            return SUBSCRIBE_REFUSED if any(_number(code) >= 0x80 for code in codes) else 0

        if client is not None:
            self._start(lambda: client.subscribe(_text(topic), qos), answer, granted)
        return answer

    def unsubscribe(self, topic: bytes) -> Pending[int]:
        answer: Pending[int] = Pending()
        client = self._client
        if client is not None:
            self._start(lambda: client.unsubscribe(_text(topic)), answer, _done)
        return answer

    def inject(self, topic: bytes, payload: bytes, qos: int) -> int:
        """Publish through the module's own connection, in the cloud's stead; returns 1, or 0 unconnected."""
        client = self._client
        if client is None:
            return 0
        self._start(lambda: client.publish(_text(topic), payload, qos), Pending(), _done)
        return 1

    def register(self, product: Product) -> Pending[int | str]:
        """A broker knows no registration: refused as a product that does not support it."""
        return Pending.of(NO_REGISTRATION)

    def gateway(self, what: str, product_id: str, device_name: str) -> Pending[int]:
        """A broker has no gateway service, and nobody answers."""
        return Pending()

    def sever(self) -> None:
        self.severed = True
        if self._client is not None:
            self.abandon()
            self.lost()

    def mend(self) -> None:
        self.severed = False
        again, self._again = self._again, None
        if again is not None:
            again()

    def _start(
        self,
        request: Callable[[], Coroutine[Any, Any, Any]],
        answer: Pending[int],
        verdict: Callable[[Any], int],
    ) -> None:
        async def carried() -> None:
            try:
                answer.resolve(verdict(await request()))
            except (aiomqtt.MqttError, ValueError):
                return  # no answer: the module's command runs into its time-out

        task = self.loop.create_task(carried())
        self._work.add(task)
        task.add_done_callback(self._work.discard)


async def _after(work: set[asyncio.Task[None]], session: asyncio.Task[None]) -> None:
    """End a session in order: what was published before goes out first."""
    if work:
        await asyncio.wait(work, timeout=LAST_WORDS)
    for task in (*work, session):
        task.cancel()
    await asyncio.wait([session])


def _text(topic: bytes) -> str:
    return topic.decode("utf-8", "replace")


def _done(got: Any) -> int:
    return 0


def _number(code: Any) -> int:
    return int(getattr(code, "value", code))


def _code(error: aiomqtt.MqttError) -> int:
    reason = getattr(error, "rc", None)
    if reason is not None:
        number = _number(reason)
        return REFUSED.get(number, REFUSED_V5.get(number, UNKNOWN))
    text = str(error)
    return NO_SUCH_HOST if "Name or service" in text or "name resolution" in text else NOT_CONNECTED
