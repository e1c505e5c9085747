"""The gateway service: which sub-devices are bound to a gateway, and which are online through it (V3.2.1, 7)."""

from __future__ import annotations

from .template import Key

__all__ = ["Gateways"]

NOT_BOUND, NEVER_ONLINE = -1, -222
BIND, UNBIND, ONLINE, OFFLINE = "bind", "unbind", "online", "offline"


class Gateways:
    """By gateway; any secret is taken. ``refuse`` holds a code of 8.5 until it is 0 again."""

    def __init__(self) -> None:
        self.refuse = 0
        self._bound: dict[Key, set[Key]] = {}
        self._online: dict[Key, set[Key]] = {}

    def ask(self, gateway: Key, what: str, device: Key) -> int:
        """Carry out one request of a gateway: 0, or the code due. To bind or unbind twice is no failure."""
        if self.refuse:
            return self.refuse
        bound = self._bound.setdefault(gateway, set())
        online = self._online.setdefault(gateway, set())
        if what == BIND:
            bound.add(device)
        elif what == UNBIND:
            bound.discard(device)
            online.discard(device)
        elif device not in bound:
            return NOT_BOUND
        elif what == ONLINE:
            online.add(device)
        elif device not in online:
            return NEVER_ONLINE
        else:
            online.remove(device)
        return 0

    def through(self, gateway: Key) -> set[Key]:
        """The sub-devices that are online."""
        return self._online.get(gateway, set())

    def left(self, gateway: Key) -> None:
        """The gateway's link has ended, and with it the presence of its sub-devices."""
        self._online.pop(gateway, None)
