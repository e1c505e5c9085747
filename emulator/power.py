"""Off, booting, running: the silence of a boot, the ROM's talk in it, and ``ready`` (1.3)."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from .clock import Clock
from .faults import Faults

__all__ = ["Power", "Timing"]

QUICKEST, SLOWEST = 0.2, 1.0  # seconds from power to ready
ALONE = 0.05  # seconds, at least, between what was said before a restart and the ROM's talk
READY = b"\r\nready\r\n"


@dataclass
class Timing:
    """How long the module takes, in seconds."""

    boot: float | None = None  # from power to ready; None: 0.2 to 1, by chance
    wifi: float = 0.3  # from ready to WIFI CONNECTED
    register: float = 10.0  # the limit of TCDEVREG
    gateway: float = 20.0  # of TCGWBIND and TCGWONLINE


class Power:
    """``life`` counts the boots, so that what an earlier one had begun can be told from what this one does.

    ``put`` writes bytes as they are, ``talk`` those of the ROM; ``stop`` is called when the power goes, ``begun``
    when the module is ready.
    """

    def __init__(
        self,
        clock: Clock,
        timing: Timing,
        faults: Faults,
        chance: random.Random,
        *,
        put: Callable[[bytes], None],
        talk: Callable[[bytes], None],
        stop: Callable[[], None],
        begun: Callable[[], None],
    ) -> None:
        self.clock = clock
        self.timing = timing
        self.faults = faults
        self.random = chance
        self.put = put
        self.talk = talk
        self.stop = stop
        self.begun = begun
        self.noise = True
        self.running = False
        self.life = 0

    def on(self) -> None:
        """Boot: silence, the ROM's noise somewhere in it, ``ready``. A running module loses its power first."""
        self.off()
        life = self.life
        boot = self.timing.boot
        if boot is None:
            boot = self.random.uniform(QUICKEST, SLOWEST)
        if self.noise:
            noise = self._rom_noise()
            when = self.random.uniform(min(ALONE, boot), boot * 0.9)
            self.clock.call_later(when, lambda: self.talk(noise) if life == self.life else None)
        self.clock.call_later(boot, lambda: self._ready(life))

    def _ready(self, life: int) -> None:
        if life != self.life:
            return
        if self.faults.strikes(self.faults.boot_fails, "boot_fails"):
            self.on()
            return
        self.running = True
        damaged = self.faults.strikes(self.faults.ready_damage, "ready_damage")
        self.put(self._damaged(READY) if damaged else READY)
        self.begun()

    def _damaged(self, line: bytes) -> bytes:
        at = self.random.randrange(len(line))
        return (
            line[:at]
            + bytes([self.random.randrange(256)])[: self.random.randrange(2)]
            + line[at + 1 :]
        )

    def wake(self) -> None:
        """Be awake at once and without a word."""
        self.running = True

    def die(self, leaving: float = 0.0) -> None:
        """Fall silent, even in the middle of a word, and boot so many seconds later."""
        life = self.life
        self.running = False
        self.clock.call_later(leaving, lambda: self.on() if life == self.life else None)

    def off(self) -> None:
        """Everything that is not in flash is gone; nothing more is said."""
        self.life += 1
        self.running = False
        self.stop()

    def _rom_noise(self) -> bytes:
        # 74880 baud read at 115200: any byte may come of it.
        return bytes(self.random.choices(range(256), k=self.random.randint(40, 90)))
