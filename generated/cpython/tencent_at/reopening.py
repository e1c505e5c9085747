# Copied from runtime/cpython/reopening.py: edit that.
"""A port that went is opened again, with growing pauses, as long as it leads to the same module."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import TYPE_CHECKING, Any

import serialx

from .errors import ModuleError, PortError
from .urc import Event

if TYPE_CHECKING:
    from .driver import Driver

log: logging.Logger = logging.getLogger("tencent_at")

FIRST = 0.5  # seconds until the first attempt; each further one waits twice as long
LAST = 10.0  # but no longer than this


class AnotherModule(PortError):
    """Where the port was, there is another adapter or another module now. Nothing is continued with it."""


def adapter(url: object) -> serialx.SerialPortInfo | None:
    """What the system knows about the USB adapter of a device; None for what is no device, or unknown."""
    url = getattr(url, "url", url)
    if callable(url) or "://" in str(url):
        return None
    try:
        path = os.path.realpath(str(url))
        for port in serialx.list_serial_ports():
            names = str(port.device), port.resolved_device
            if path in names or str(url) in names:
                return port if port.vid is not None else None
    except Exception:
        log.debug("the system does not list its ports", exc_info=True)
    return None


def compare(was: serialx.SerialPortInfo | None, now: serialx.SerialPortInfo | None) -> None:
    """AnotherModule where two adapters differ for certain."""
    if was is None or now is None:
        return
    for what, before, after in (
        ("USB serial number", was.serial_number, now.serial_number),
        ("USB vendor", was.vid, now.vid),
        ("USB product", was.pid, now.pid),
    ):
        if before and after and before != after:
            raise AnotherModule(
                f"{now.device} is another adapter now: its {what} is {after}, and was {before}"
            )


def moved(was: serialx.SerialPortInfo | None) -> str | None:
    """Where the adapter is now that was known by its serial number; None where it is not to be found."""
    if was is None or serialx.is_non_unique_serial(was.serial_number):
        return None
    try:
        for port in serialx.list_serial_ports():
            same = (port.vid, port.pid, port.serial_number, port.interface_num)
            if same == (was.vid, was.pid, was.serial_number, was.interface_num):
                return str(port.device)
    except Exception:
        log.debug("the system does not list its ports", exc_info=True)
    return None


def can_reopen(port: Any) -> bool:
    """Can it be opened more than once? A URL or a function can, an object cannot."""
    made = callable(port) and not hasattr(port, "read")
    return isinstance(port, str) or hasattr(port, "__fspath__") or made


class Reopening:
    """Opens a driver's port again. away: why it is not open; attempts: in vain, in a row."""

    def __init__(self, driver: Driver) -> None:
        self.away: PortError | None = None
        self.attempts: int = 0
        self._driver = driver
        self._adapter: serialx.SerialPortInfo | None = None
        self._mac: str | None = None
        self._task: asyncio.Task[None] | None = None

    async def learn(self) -> None:
        """Note which adapter this is, and which module, so that another can be told from it."""
        loop = asyncio.get_running_loop()
        if self._adapter is None:
            self._adapter = await loop.run_in_executor(None, adapter, self._driver._port)

    async def learn_module(self) -> None:
        """Note the module's MAC, where it tells one. In the turn that the caller has."""
        if self._mac is None:
            self._mac = await self._ask_mac()

    async def _ask_mac(self) -> str | None:
        try:
            lines = await self._driver._carry(self._driver._talk.checked_call("module", ()))
        except ModuleError:
            return None
        for line in lines:
            name, _, value = line.partition(":")
            if "mac" in name.lower() and value.strip():
                return str(value.strip().lower())
        return None

    def begin(self, gone: PortError) -> None:
        """The port is gone: open it again, as soon as it can be."""
        self.away = gone
        if self._task is None or self._task.done():
            log.warning("%s; it is opened again as soon as it can be", gone)
            self._driver._hear(Event("port_lost", (str(gone),)))
            self._task = asyncio.get_running_loop().create_task(self._run())

    async def close(self) -> None:
        """Try no more."""
        if self._task is not None and self._task is not asyncio.current_task():
            self._task.cancel()
            await asyncio.wait([self._task])

    async def _run(self) -> None:
        pause = FIRST
        self.attempts = 0
        while True:
            await asyncio.sleep(pause)
            pause = min(pause * 2, LAST)
            try:
                await self._attempt()
            except AnotherModule as error:
                log.warning("%s", error)
                self.away = None
                self._driver._end(error, lost=True)
                return
            except (PortError, ModuleError) as error:
                self.attempts += 1
                self._say(error)
                continue
            except Exception as error:
                log.exception("the port is given up")
                self.away = None
                self._driver._end(PortError(f"the port cannot be opened: {error}"), lost=True)
                return
            self.attempts = 0
            return

    def _say(self, error: Exception) -> None:
        if str(error) != str(self.away):
            log.warning("the port is not back: %s", error)
        self.away = PortError(str(error))

    async def _attempt(self) -> None:
        driver = self._driver
        try:
            await driver._disconnect()
        except Exception as error:  # it is gone: closing it may fail as it likes
            log.debug("closing: %s", type(error).__name__)
        found = await asyncio.get_running_loop().run_in_executor(None, self._look)
        if found is not None:
            log.warning("the adapter is at %s now", found)
            if hasattr(driver._port, "url"):
                driver._port.url = found
            else:
                driver._port = found
        async with driver._turn:
            try:
                await driver._connect()
                driver._gone = None
                driver._afresh()
                if driver._begun:
                    await driver._begin()
                    mac = await self._ask_mac() if self._mac is not None else None
                    if mac is not None and mac != self._mac:
                        raise AnotherModule(
                            f"another module answers now: its MAC is {mac}, and was {self._mac}"
                        )
                driver._check_open()  # it may have gone again
            except BaseException as error:
                driver._gone = PortError(str(error))
                raise
        self.away = None
        log.warning("the port is open again")
        driver._hear(Event("port_back", (f"{driver._baudrate}",)))

    def _look(self) -> str | None:
        # Where the adapter is now, if elsewhere. Raises AnotherModule.
        url = self._driver._port  # or a function; its `url`, where it has one, tells which adapter
        now = adapter(url)
        try:
            compare(self._adapter, now)
        except AnotherModule:
            found = moved(self._adapter)
            if found is None:
                raise
            return found
        if now is None and self._adapter is not None:
            return moved(self._adapter)
        return None
