# Copied from runtime/cpython/outcome.pyi: edit that.
"""The types of what procedures share, whose dialect has no words for them."""

from collections.abc import Generator, Sequence
from typing import Any

def row(modem: Any, call: str, *kinds: type) -> Generator[Any, Any, Any]: ...

class Outcome:
    """Hears the URCs of these names from now until close()."""

    modem: Any
    names: tuple[str, ...]
    heard: list[tuple[str, Sequence[object]]]

    def __init__(self, modem: Any, *names: str) -> None: ...
    def __call__(self, name: str, values: Sequence[object]) -> None: ...
    def wait(self, ms: int) -> Generator[Any, Any, Any]: ...
    def close(self) -> None: ...
