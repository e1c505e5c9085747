"""The types of the procedure, whose dialect has no words for them."""

from collections.abc import Generator, Mapping, Sequence
from typing import Any

Steps = Generator[Any, Any, Any]

class Upkeep:
    """What is to be there, and one attempt at it."""

    up: bool | None
    reason: Any
    attempts: int
    lost: tuple[str, ...]
    back: tuple[str, ...]
    modem: Any

    def __init__(
        self,
        modem: Any,
        topics: Sequence[tuple[str | bytes, int]],
        access_point: tuple[Any, Any] | None,
        check: int,
        connect: Mapping[str, object],
    ) -> None: ...
    def hears(self, name: str, reason: object) -> bool: ...
    def attempt(self) -> Steps: ...
    def failed(self, error: Exception) -> int: ...
    def listen(self) -> Steps: ...
    def restore(self) -> Steps: ...
    def change(self, up: bool, reason: object) -> None: ...
    def changed(self) -> None: ...
