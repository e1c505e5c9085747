"""A device's document: what it reported, what is wanted of it, and the get/update/delta talk about both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

__all__ = ["Document"]

PARTS = ("reported", "desired")
REFUSED = 5005  # a version that is not the current one, or a request that is none


@dataclass
class Document:
    """What `$shadow` and `$template` keep; ``version`` counts the changes, ``changed`` is in milliseconds."""

    reported: dict[str, Any] = field(default_factory=dict)
    desired: dict[str, Any] = field(default_factory=dict)
    version: int = 0
    changed: int = 0

    def change(self, state: dict[str, Any], now: float) -> None:
        """One change: values for ``reported``, ``desired`` or both. None takes a name out, or a whole part."""
        for part in PARTS:
            kept: dict[str, Any] = getattr(self, part)
            values = state.get(part)
            if isinstance(values, dict):
                kept.update(values)
                for name in [name for name, value in kept.items() if value is None]:
                    del kept[name]
            elif part in state and values is None:
                kept.clear()
        self.version += 1
        self.changed = int(now * 1000)

    def delta(self) -> dict[str, Any]:
        """What is wanted and not reported so."""
        return {
            name: value
            for name, value in self.desired.items()
            if name not in self.reported or self.reported[name] != value
        }

    def answer(self, request: dict[str, Any], now: float) -> dict[str, Any]:
        """Carry out a ``get`` or an ``update``; the answer has its keys in the service's order."""
        kind, state = request.get("type"), request.get("state")
        refused = kind != "get"
        shown: dict[str, Any] | None = self._state()
        if kind == "update" and isinstance(state, dict) and self._is_current(request):
            self.change(state, now)
            told = {part: state[part] for part in PARTS if isinstance(state.get(part), dict)}
            refused, shown = False, told or None  # only what this request set
        answer = {
            "payload": {"state": shown, "timestamp": self.changed, "version": self.version},
            "result": REFUSED if refused else 0,
            "timestamp": self.changed if kind == "update" else int(now),
            "type": kind,
        }
        if "clientToken" in request:  # a number comes back as text
            answer = {"clientToken": str(request["clientToken"]), **answer}
        return answer

    def push(self, now: float) -> dict[str, Any]:
        """What the service sends by itself when something is wanted of the device."""
        payload = {"state": self.delta(), "timestamp": self.changed, "version": self.version}
        return {"payload": payload, "timestamp": int(now), "type": "delta"}

    def _state(self) -> dict[str, Any]:
        parts = {"delta": self.delta(), "desired": self.desired, "reported": self.reported}
        return {part: dict(values) for part, values in parts.items() if values}

    def _is_current(self, request: dict[str, Any]) -> bool:
        return request.get("version", 0) in (0, self.version)  # 0: whatever it is
