"""What happens at the module's other side while a command runs."""

import threading
import time
from collections.abc import Callable

from tests.cli.conftest import Module
from tests.waiting import until


def soon(
    work: Callable[[], object], seconds: float = 0.8, when: Callable[[], object] = lambda: True
) -> threading.Thread:
    """Do something on the module's other side, so long after something is true."""

    def later() -> None:
        until(when)
        time.sleep(seconds)
        work()

    thread = threading.Thread(target=later, daemon=True)
    thread.start()
    return thread


def within(made: Module, name: str) -> Callable[[], object]:
    """Is a thing of the module's state there, and on?"""
    return lambda: made.control.state()[name] not in (None, "off", {}, [])
