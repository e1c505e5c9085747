# Copied from runtime/micropython/provisioning.pyi: edit that.
from collections.abc import Callable, Generator
from typing import Any

Ended = tuple[str, int | None, int | None]

def softap(
    modem: Any,
    ssid: str,
    password: str,
    timeout: int = 310000,
    stop: Callable[[], bool] | None = None,
) -> Generator[Any, Any, Ended]: ...
def smartconfig(
    modem: Any, timeout: int = 310000, stop: Callable[[], bool] | None = None
) -> Generator[Any, Any, Ended]: ...
