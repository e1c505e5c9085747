from collections.abc import Callable, Generator, Sequence
from typing import Any

class Keeper:
    """Watches a modem and brings back what is missing, one bounded attempt at a time."""

    topics: Sequence[tuple[str, int]]
    up: bool | None
    reason: str | OSError | None
    attempts: int
    on_change: Callable[[bool, str | OSError | None], object] | None
    def __init__(
        self,
        modem: Any,
        topics: Sequence[tuple[str, int]] = (),
        ssid: str | None = None,
        password: str | None = None,
        check: int = 60000,
        reset: Callable[[int], object] | None = None,
        **connect: int,
    ) -> None: ...
    def suspect(self, reason: OSError | None = None) -> None: ...
    def wait_ms(self) -> int: ...
    def poll(self) -> bool | None: ...
    async def keep(self) -> None: ...
    def mend(self) -> Generator[Any, Any, bool | None]: ...
