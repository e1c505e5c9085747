# Copied from runtime/cpython/secret.py: edit that.
"""Secrets out of sight: text that does not show itself, and a port's logger that is told to be discreet."""

from __future__ import annotations

import functools
import logging
from collections.abc import Iterable, Iterator
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
# keep the context in which the port was opened. Each module of serialx has a logger of its own, and a filter
# is asked by its own logger alone: they are told once, those of modules that nobody has imported yet as well.
_ours: ContextVar[bool] = ContextVar("tencent_at_bytes", default=False)


class unlogged:
    """Within it, and in callbacks registered within it, serialx does not log bytes."""

    def __enter__(self) -> None:
        self._token = _ours.set(True)

    def __exit__(self, *exc: object) -> None:
        _ours.reset(self._token)


@functools.cache
def hush() -> None:
    """Have the loggers of serialx ask whose bytes it moves. To be called before a port is opened."""
    import serialx

    for name in ("serialx", *_modules(serialx.__path__, "serialx.")):
        logging.getLogger(name).addFilter(_discreet)


def _modules(path: Iterable[str], prefix: str) -> Iterator[str]:
    # The names of a package's modules; none is imported.
    import pkgutil

    for found in pkgutil.iter_modules(path, prefix):
        yield found.name
        if found.ispkg:
            spec = found.module_finder.find_spec(found.name, None)
            places = spec.submodule_search_locations if spec is not None else None
            yield from _modules(places or (), f"{found.name}.")


def _discreet(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG or not _ours.get()
