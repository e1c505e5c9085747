"""Ways in that other packages bring: the scheme of a URL, and the entry point that makes it known to serialx.

Whoever brings one names it in the group `tencent_at.schemes`: scheme → a function without arguments that registers it
with serialx, and returns whether such a port is a serial line: with a speed, and with DTR and RTS.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from .errors import PortError

if TYPE_CHECKING:  # what it is imported for is seldom wanted
    from importlib.metadata import EntryPoint, EntryPoints

GROUP = "tencent_at.schemes"
_NO_LINES = "socket", "tcp"  # serialx's own


def brought() -> tuple[str, ...]:
    """The schemes that installed packages bring."""
    return tuple(sorted(_entries().names))


def make_known(url: str) -> bool:
    """Make the scheme of `url` known to serialx; returns whether the port is a serial line: with a speed, DTR and RTS.

    Raises PortError where the package is there, but not what it needs; its text says what to install.
    """
    scheme, colon, _ = url.partition("://")
    if not colon:
        return True
    return _registered(scheme)


@cache  # registered once; what fails is tried again
def _registered(scheme: str) -> bool:
    entry = next(iter(_entries().select(name=scheme)), None)
    if entry is None:
        return scheme not in _NO_LINES
    try:
        return bool(entry.load()())
    except ImportError as error:
        raise PortError(f"{scheme}:// does not work here ({error}): {_wanted(entry)}") from None


def _entries() -> EntryPoints:
    from importlib.metadata import entry_points

    return entry_points(group=GROUP)


def _wanted(entry: EntryPoint) -> str:
    package = entry.dist.name if entry.dist else "its package"
    extras = f"[{','.join(entry.extras)}]" if entry.extras else ""
    return f'pip install "{package}{extras}"'
