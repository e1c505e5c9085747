"""The line's speed: a restart undoes set_uart(), and the module is to be found again."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING

from .errors import ModuleError, PortError, Timeout
from .schemes import make_known

if TYPE_CHECKING:
    from .driver import Driver

log: logging.Logger = logging.getLogger("tencent_at")

BOOT = 115200  # what the module speaks after each restart (manual 1.3)
_KNOCK = 0.6  # seconds in which AT must be answered


async def answers(driver: Driver) -> bool:
    """Is AT answered at the port's speed? In the turn that the caller has."""
    for _ in range(2):
        driver._talk.doubt = False  # what came before is settled afterwards
        try:
            await driver._carry(driver._talk.checked_line("AT", ("ok",), None, _KNOCK))
            return True
        except ModuleError as error:
            if not isinstance(error, Timeout):
                return True
        finally:
            driver._talk.doubt = True
    return False


async def find(driver: Driver) -> None:
    """Where a raised speed is answered no more, look at the one of a restart, and raise it there again."""
    wanted = driver._baudrate
    if not driver._raised or await answers(driver):
        return
    await _at(driver, BOOT)
    if await answers(driver):
        log.warning("the module has fallen back to %d baud; %d is set again", BOOT, wanted)
        with contextlib.suppress(ModuleError):
            await driver._carry(driver._talk.checked_call("set_uart", (wanted,)))
    await _at(driver, wanted)


async def explain(driver: Driver) -> str:
    """Words for a module that is silent at a speed that is not the one of a restart; "" where that is no reason."""
    wanted = driver._baudrate
    way = str(getattr(driver._port, "url", driver._port))
    if wanted == BOOT or not make_known(way):
        return ""
    try:
        await _at(driver, BOOT)
        there = await answers(driver)
        await _at(driver, wanted)
    except PortError:
        return ""
    if not there:
        return ""
    return (
        f"at {wanted} baud nothing answers, but at {BOOT} it does: a restart undoes set_uart(). "
        f"Open the port at {BOOT}, then set_uart({wanted}) and set_baudrate({wanted})"
    )


async def _at(driver: Driver, baudrate: int) -> None:
    assert driver._connection is not None
    await driver._connection.set_baudrate(baudrate)
    driver._baudrate = baudrate
