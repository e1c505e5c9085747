"""Faults on request: a bad wire, a module that restarts, answers that come late or never.

All chance comes from one seeded generator, so a run with the same seed and the same input is the same run.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, fields

__all__ = ["FAULTS", "Faults"]

COUNT = 1_000_000
DELAY = 86400  # seconds


@dataclass
class Faults:
    """What is to go wrong. Everything is off at first; set attributes, or use ``set`` with text.

    Rates are chances per byte (``lose change add``, towards the host; ``lose_in change_in add_in``, towards
    the module), per line (``storm stray``), per command (``late_rate mute_rate``) or per boot (``boot_fails
    ready_damage``). Delays are seconds. Counts (``reboot_command reboot_byte reboot_out``) count from now, 1 is the
    next; they fire once.
    """

    lose: float = 0.0
    change: float = 0.0
    add: float = 0.0
    lose_in: float = 0.0
    change_in: float = 0.0
    add_in: float = 0.0
    out_chunk: int = 0
    out_delay: float = 0.0
    latency: float = 0.0
    late: float = 0.0
    late_rate: float = 1.0
    mute_rate: float = 0.0
    reboot_command: int = 0
    reboot_byte: int = 0
    reboot_out: int = 0
    boot_fails: float = 0.0
    ready_damage: float = 0.0
    stray: float = 0.0
    storm: float = 0.0
    storm_size: int = 1
    mqtt_loss: float = 0.0
    ack_loss: float = 0.0

    def __post_init__(self) -> None:
        self.random = random.Random(0)
        self.happened: dict[str, int] = {}

    def seed(self, seed: int) -> None:
        """Start the generator anew."""
        self.random.seed(seed)

    def set(self, name: str, value: float | str) -> None:
        """Set one fault by name; raises ValueError when there is none such, or the value is out of range."""
        attribute = str(name).replace("-", "_")
        if attribute not in FAULTS:
            raise ValueError(f"no fault {name!r}; there are: {', '.join(FAULTS)}")
        setattr(self, attribute, _checked(attribute, value))

    def clear(self) -> None:
        """Everything off again; the generator and the counts stay."""
        for field in fields(self):
            setattr(self, field.name, field.default)

    def strikes(self, rate: float, name: str) -> bool:
        """Roll the dice; what strikes is counted under ``name`` in ``happened``."""
        if rate <= 0 or self.random.random() >= rate:
            return False
        self.count(name)
        return True

    def count(self, name: str) -> None:
        """Note that a fault happened."""
        self.happened[name] = self.happened.get(name, 0) + 1

    def outgoing(self, data: bytes) -> bytes:
        """Damage bytes on their way to the host."""
        return self._damage(data, self.lose, self.change, self.add, "")

    def incoming(self, data: bytes) -> bytes:
        """Damage bytes on their way to the module."""
        return self._damage(data, self.lose_in, self.change_in, self.add_in, "_in")

    def _damage(self, data: bytes, lose: float, change: float, add: float, way: str) -> bytes:
        if not (lose or change or add):
            return data
        damaged = bytearray()
        for byte in data:
            if self.strikes(add, "add" + way):
                damaged.append(self.random.randrange(256))
            if self.strikes(lose, "lose" + way):
                continue
            damaged.append(
                byte ^ self.random.randrange(1, 256)
                if self.strikes(change, "change" + way)
                else byte
            )
        return bytes(damaged)


FAULTS = {field.name: str(field.type) for field in fields(Faults)}
DELAYS = ("late", "out_delay", "latency")


def _checked(name: str, value: float | str) -> float:
    if FAULTS[name] == "int":
        most, wanted = COUNT, f"a whole number from 0 to {COUNT}"
    elif name in DELAYS:
        most, wanted = DELAY, f"seconds from 0 to {DELAY}"
    else:
        most, wanted = 1, "a chance from 0 to 1"
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    whole = FAULTS[name] == "int"
    if not 0 <= number <= most or (whole and number != int(number)):
        raise ValueError(f"{name}: {value!r} is not {wanted}")
    return int(number) if whole else number
