"""The types of the procedure, whose dialect has no words for them."""

from collections.abc import Callable, Generator
from typing import Any

Steps = Generator[Any, Any, Any]

def upgrade(modem: Any, running: str | bytes, timeout: int, image: Steps) -> Steps: ...
def read(modem: Any, n: int, sink: Any) -> Steps: ...
def take(
    modem: Any,
    target: Any,
    chunk: int,
    stored: int,
    progress: Callable[[int, int], object] | None,
    digest: Any,
    read: Callable[[Any, int, Any], Steps],
) -> Steps: ...
