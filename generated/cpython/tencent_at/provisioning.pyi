# Copied from runtime/cpython/provisioning.pyi: edit that.
"""The types of the procedure, whose dialect has no words for them."""

from collections.abc import Callable, Generator
from typing import Any

Steps = Generator[Any, Any, Any]

def softap(
    modem: Any,
    ssid: str | bytes,
    password: str | bytes,
    timeout: int = 310000,
    stop: Callable[[], bool] | None = None,
) -> Steps: ...
def smartconfig(
    modem: Any, timeout: int = 310000, stop: Callable[[], bool] | None = None
) -> Steps: ...
