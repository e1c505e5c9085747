# Copied from runtime/cpython/dialogue.pyi: edit that.
"""The types of the engine's dialogue, whose dialect has no words for them; a test holds the names against it."""

from collections.abc import Callable, Generator
from typing import Any

class Dialogue:
    """What the shells have in common: generators that yield milliseconds and are answered with what is left of them."""

    any: Callable[[], int]
    backlog: int
    handlers: tuple[Callable[[str, list[str | int]], object], ...]
    lost: int
    on_lost: Callable[[int], object] | None
    on_message: Callable[[bytearray, int, int, int, int], object] | None
    timeout: int

    doubt: bytes | bool
    _echo: str

    def call(
        self,
        call: str | tuple[str, bytearray, bytes | None, int],
        args: object = (),
        kw: object = (),
        data: object = None,
        default: str | None = None,
    ) -> Generator[int, int, Any]: ...
    def publish(
        self, topic: str | bytes, payload: str | bytes, qos: int = 0
    ) -> Generator[int, int, Any]: ...
    def send(
        self, form: str, line: bytearray, payload: bytes | None, wait: int, data: object
    ) -> Generator[int, int, Any]: ...
    def clear(self, wait: int, call: str) -> Generator[int, int, Any]: ...
    def pump(self) -> int: ...
