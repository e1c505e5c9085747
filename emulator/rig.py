"""One emulated module with everything around it: line, flash, air, cloud."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from pathlib import Path

from . import commands as commands  # registers the behaviours
from .clock import Clock, FakeClock, LoopClock
from .cloud.embedded import EmbeddedCloud, EmbeddedUplink, Offer
from .cloud.uplink import Uplink
from .faults import Faults
from .fetch import HttpFetcher, MemoryFetcher
from .flash import Flash, ModuleInfo
from .images import ImageServer
from .line import Line
from .module import BOOT, Module, Timing, mac
from .ota import Fetcher
from .quirks import Quirks
from .spec import Spec, load
from .wifi import Air

__all__ = ["Rig"]

UNREAD = 1 << 20  # bytes kept for a reader that does not come


class Rig:
    """A module and its surroundings. ``write`` is the host's transmit line, ``read`` its receive line.

    Without arguments it runs on a clock of its own that stands still: call ``advance``. With ``loop`` it lives
    in that asyncio loop, in real time. ``boot=False`` starts it awake and silent. ``fetch_anywhere`` lets the module
    download images from other machines, too. ``revision`` names the manual whose firmware it is (``V3.2.1``).
    """

    def __init__(
        self,
        *,
        loop: asyncio.AbstractEventLoop | None = None,
        clock: Clock | None = None,
        flash: Flash | str | Path | None = None,
        air: Air | None = None,
        cloud: EmbeddedCloud | None = None,
        uplink: Uplink | None = None,
        fetcher: Fetcher | None = None,
        faults: Faults | None = None,
        quirks: Quirks | None = None,
        timing: Timing | None = None,
        spec: Spec | None = None,
        revision: str | None = None,
        baud: int | None = None,
        seed: int = 0,
        boot: bool = True,
        noise: bool = True,
        fetch_anywhere: bool = False,
    ) -> None:
        if clock is None:
            clock = LoopClock(loop) if loop is not None else FakeClock()
        self.clock = clock
        self.flash = flash if isinstance(flash, Flash) else Flash.load(flash) if flash else Flash()
        self.air = air or Air()
        self.cloud = cloud or EmbeddedCloud(clock, seed=seed)
        self.faults = faults or Faults()
        self.faults.seed(seed)
        self.quirks = quirks or Quirks()
        self.line = Line(clock, self.faults, baud)
        if fetcher is None:
            fetcher = (
                HttpFetcher(loop, anywhere=fetch_anywhere)
                if loop is not None
                else MemoryFetcher(self.cloud)
            )
        self.fetcher = fetcher
        self.module = Module(
            spec or load(revision=revision),
            clock,
            self.flash,
            self.air,
            uplink or self.cloud.uplink(),
            fetcher,
            faults=self.faults,
            quirks=self.quirks,
            timing=timing,
            idle_time=lambda: self.line.idle_time,
            seed=random.Random(seed).randrange(1 << 32),
        )
        self.module.baud = self.module.boot_baud = baud or BOOT
        if self.flash.module == ModuleInfo():
            self.flash.module = self.module.generation.module_info
        self.module.mac = mac(seed)
        self.module.power.noise = noise
        self.module.out = self.line.send
        self.module.rate_changed = self._rate_changed
        self.module.out_time = lambda: self.line.out_time
        self.module.cut = self.line.cut
        self.line.to_module = self.module.receive
        self.line.to_host = self._to_host
        self.path: str = ""
        self.mqtt_port = 0
        self.lost_output = 0
        self._images: ImageServer | None = None
        self._offer: Offer | None = None
        self.module.updater.reported = self._reported
        self._embedded = isinstance(self.module.session.uplink, EmbeddedUplink)
        self._paced = baud is not None
        self._unread = bytearray()
        self._reader: Callable[[bytes], None] | None = None
        if boot:
            self.module.power.on()
        else:
            self.module.wake()

    def write(self, data: bytes) -> None:
        """Bytes from the host, as one write."""
        self.line.feed(data)

    def read(self) -> bytes:
        """All bytes for the host since the last call, when nobody else listens."""
        data = bytes(self._unread)
        self._unread.clear()
        return data

    def listen(self, reader: Callable[[bytes], None] | None) -> None:
        """Give output to ``reader`` from now on, what is unread first; None: keep it for ``read``."""
        self._reader = reader
        if reader is not None and self._unread:
            reader(self.read())

    def unlisten(self, reader: Callable[[bytes], None]) -> None:
        """Keep output for ``read`` again, unless somebody else listens by now."""
        if self._reader == reader:
            self._reader = None

    def serve_image(self, data: bytes, version: str) -> str:
        """A URL from which this emulator's module can download ``data``."""
        if isinstance(self.fetcher, MemoryFetcher):
            return f"http://cloud.invalid/{version}.bin"
        if self._images is None:
            self._images = ImageServer()
        return self._images.add(data, version)

    def offer(self, offer: Offer) -> None:
        """Offer an upgrade: now if the module listens, else when it reports its version."""
        self._offer = offer
        if self._embedded:
            self.cloud.offer(offer)
        elif self.module.updater.state != "off":
            self._reported(self.module.updater.version)

    def _reported(self, version: str) -> None:
        # The embedded cloud answers a report by itself. Behind a broker nobody does, and many brokers
        # refuse topics that begin with a dollar sign: the offer reaches the module without one.
        if self._offer is not None and not self._embedded and self._offer.version != version:
            topic, payload = self.module.updater.topic("update"), self._offer.message()
            self.clock.call_later(0.0, lambda: self.module.session.uplink.message(topic, payload))

    def close(self) -> None:
        """Power off, and stop what serves images."""
        self.module.power.off()
        if self._images is not None:
            self._images.close()
            self._images = None

    def store_first_access_point(self) -> None:
        """Let the module join the first access point in the air after a boot."""
        point = self.air.points[0]
        self.module.remember(point.ssid, point.password)

    def advance(self, seconds: float) -> None:
        """Let time pass on a clock that stands still; TypeError on a real one."""
        if not isinstance(self.clock, FakeClock):
            raise TypeError("the emulator runs on real time")
        self.clock.advance(seconds)

    def _to_host(self, data: bytes) -> None:
        if self._reader is not None:
            self._reader(data)
            return
        room = UNREAD - len(self._unread)
        self.lost_output += max(len(data) - room, 0)
        self._unread += data[:room]

    def _rate_changed(self, baud: int) -> None:
        if self._paced:
            self.line.baud = baud
