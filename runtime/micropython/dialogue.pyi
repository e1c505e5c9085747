from collections.abc import Callable, Generator
from typing import Any

class Link:
    """What the line did: `noise` lines that nobody was owed, `dropped` bytes that found no room."""

    noise: int
    dropped: int
    outcome: int
    number: int | None

class Dialogue:
    link: Link
    inbox: list[tuple[Any, ...]]
    watchers: tuple[Callable[[str, list[str | int]], object], ...]
    backlog: int
    lost: int
    on_message: Callable[[bytearray, int, int, int, int], object] | None
    on_event: Callable[[str, list[str | int]], object] | None
    on_noise: Callable[[Link], object] | None
    def call(
        self,
        call: str,
        args: tuple[Any, ...] = (),
        kw: dict[str, Any] = {},
        sink: bytearray | memoryview | None = None,
    ) -> Generator[Any, Any, Any]: ...
