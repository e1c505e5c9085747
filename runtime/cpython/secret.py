"""Secrets out of sight: text that does not show itself, and a port's logger that is told to be discreet."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Secret(str):
    """Text that shows itself as ***; the wire gets what it holds. Use it where tracebacks print local variables."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'***'"

    def __str__(self) -> str:
        return "***"

    def __format__(self, spec: str) -> str:
        return format("***", spec)


# serialx logs the bytes it moves, at DEBUG. Ours are logged once, masked, by trace.py: while our bytes are under
# way, what it says at DEBUG is dropped. A context variable marks them: the callbacks that a loop runs for a port
# keep the context in which the port was opened.
_ours: ContextVar[bool] = ContextVar("tencent_at_bytes", default=False)


@contextmanager
def unlogged() -> Iterator[None]:
    """Within it, and in callbacks registered within it, serialx does not log bytes."""
    for name in list(logging.root.manager.loggerDict):
        if name == "serialx" or name.startswith("serialx."):
            logger = logging.getLogger(name)
            if _discreet not in logger.filters:
                logger.addFilter(_discreet)
    token = _ours.set(True)
    try:
        yield
    finally:
        _ours.reset(token)


def _discreet(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG or not _ours.get()
