"""One module's way to a cloud, whichever cloud it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ..flash import Device, Product
from ..task import Pending

__all__ = ["Uplink"]


class Uplink(Protocol):
    """The link below the module's MQTT session. Codes are 0 or a number of the manual's 7.1 and 7.3."""

    lost: Callable[[], None]
    message: Callable[[bytes, bytes], None]

    def connect(self, device: Device, keepalive: int, clean: bool) -> Pending[int]:
        """Open the link; the answer may never come."""

    def disconnect(self) -> None:
        """End the link in order."""

    def abandon(self) -> None:
        """The link is gone at our end; the cloud finds out by itself. Also ends an open attempt."""

    def publish(self, topic: bytes, payload: bytes, qos: int) -> Pending[int]:
        """Send; at QoS 1 the answer is the PUBACK, and may never come."""

    def subscribe(self, topic: bytes, qos: int) -> Pending[int]:
        """Subscribe; -108 when the cloud refuses."""

    def unsubscribe(self, topic: bytes) -> Pending[int]:
        """Unsubscribe."""

    def inject(self, topic: bytes, payload: bytes, qos: int) -> int:
        """Publish from the cloud's side (the control channel); returns to how many it went, as far as known."""

    def register(self, product: Product) -> Pending[int | str]:
        """Register dynamically: the new device's secret, or a code of 7.3."""

    def gateway(self, what: str, product_id: str, device_name: str) -> Pending[int]:
        """Ask the gateway service about a sub-device (``cloud.gateway``); the answer may never come."""

    def sever(self) -> None:
        """Cut the link from outside, and keep it cut (the control channel's drop)."""

    def mend(self) -> None:
        """Let the link be possible again."""
