# Copied from runtime/micropython/ota.pyi: edit that.
from collections.abc import Callable, Generator
from typing import Any, Protocol

class Writable(Protocol):
    def write(self, data: memoryview, /) -> object: ...

Target = Writable | bytearray | memoryview

def update(
    modem: Any,
    running: str,
    target: Target,
    timeout: int = 0,
    chunk: int = 0,
    progress: Callable[[int, int], object] | None = None,
    hex: bool = False,
) -> Generator[Any, Any, str | None]: ...
def fetch(
    modem: Any,
    target: Target,
    chunk: int = 0,
    stored: int = 0,
    progress: Callable[[int, int], object] | None = None,
    hex: bool = False,
) -> Generator[Any, Any, list[Any]]: ...
