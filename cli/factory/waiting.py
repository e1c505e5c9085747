"""The units that wait: taken in the order's order, a port's own first, and last those that were begun before."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator

from .orders import Unit

__all__ = ["Waiting"]


class Waiting:
    """Units that no port has taken. bound: was a unit begun before, so that not every module may have it?"""

    def __init__(self, units: Iterable[Unit], bound: Callable[[Unit], object]) -> None:
        self._all: dict[str, Unit] = {}
        self._free: dict[str, deque[Unit]] = {}
        self._begun: dict[str, Unit] = {}
        for unit in units:
            self._all[unit.key] = unit
            if bound(unit):
                self._begun[unit.key] = unit
            else:
                self._free.setdefault(unit.port, deque()).append(unit)

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator[Unit]:
        return iter(list(self._all.values()))

    def take(self, port: str) -> Unit | None:
        """The next unit for a port: any that was not begun before, else one that was."""
        found = self.fresh(port) or next(iter(self.begun(port)), None)
        if found:
            self.remove(found)
        return found

    def fresh(self, port: str) -> Unit | None:
        """The next unit for a port that was not begun before; it stays."""
        for name in (port, ""):
            queue = self._free.get(name, deque())
            while queue and queue[0].key not in self._all:  # taken out of its turn
                queue.popleft()
            if queue:
                return queue[0]
        return None

    def begun(self, port: str) -> list[Unit]:
        """Those for a port that were begun before."""
        return [
            unit
            for unit in self._begun.values()
            if unit.key in self._all and unit.port in (port, "")
        ]

    def named(self, key: str, port: str) -> Unit | None:
        """The unit of an identity, where it waits for this port."""
        found = self._all.get(key)
        return found if found and found.port in (port, "") else None

    def remove(self, unit: Unit) -> None:
        """It waits no longer."""
        del self._all[unit.key]

    def give_back(self, unit: Unit) -> None:
        """It waits again, before all others."""
        self._all[unit.key] = unit
        if unit.key not in self._begun:
            self._free.setdefault(unit.port, deque()).appendleft(unit)
