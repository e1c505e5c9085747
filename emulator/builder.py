"""One way to make an emulator, whoever asks: the command line, a URL, a thread, a test."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from .cloud.uplink import Uplink
from .emulator import Emulator
from .faults import Faults
from .flash import Flash
from .quirks import Quirks

__all__ = ["build", "numbered"]


def build(
    loop: asyncio.AbstractEventLoop,
    at: int = 0,
    *,
    broker: str | None = None,
    flash: Flash | str | Path | None = None,
    seed: int = 0,
    quirks: Quirks | Iterable[str] = (),
    faults: Faults | Iterable[tuple[str, str]] = (),
    joined: bool = False,
    open_topics: bool = False,
    given: str | None = None,
    **settings: Any,
) -> Emulator:
    """Module number ``at`` of those that one order makes; raises ValueError for what there is none of.

    The number counts on the flash file's name and the seed. ``quirks`` are names (``no-NAME`` for off), ``faults``
    names and values; ``broker`` is ``mqtt://host:port``. ``joined``: an access point is stored, unless a flash file
    that exists decides for itself. ``given``: awake and silent, in a scene. ``settings`` are those of `Emulator`.
    """
    if isinstance(flash, str | Path):
        flash = numbered(flash, at)
        joined = joined and not Path(flash).exists()
    if broker is not None:
        settings["uplink"] = _uplink(loop, broker, seed + at)
    if given is not None:
        settings["boot"] = False
    made = Emulator(
        loop=loop,
        flash=flash,
        seed=seed + at,
        quirks=quirks if isinstance(quirks, Quirks) else None,
        faults=faults if isinstance(faults, Faults) else None,
        **settings,
    )
    try:
        for quirk in () if isinstance(quirks, Quirks) else quirks:
            made.quirks.set(quirk.removeprefix("no-"), not quirk.startswith("no-"))
        for name, value in () if isinstance(faults, Faults) else faults:
            made.faults.set(name, value or "1")
        if open_topics:
            made.cloud.open_topics = True
        if joined:
            made.store_first_access_point()
        if given is not None:
            made.control.given(given)
    except BaseException:
        made.close()
        raise
    return made


def numbered(path: str | Path, at: int) -> str:
    """PATH, PATH.1, PATH.2…"""
    return f"{path}.{at}" if at else str(path)


def _uplink(loop: asyncio.AbstractEventLoop, url: str, seed: int) -> Uplink:
    from .cloud.mqtt import BrokerAddress, BrokerUplink  # only now is its library needed

    return BrokerUplink(loop, BrokerAddress.parse(url), seed=seed)
