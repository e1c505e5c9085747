"""The emulator that a program holds: the rig, and the control of what happens to it."""

from __future__ import annotations

from functools import cached_property

from .control import Control
from .rig import Rig

__all__ = ["Emulator"]


class Emulator(Rig):
    """A module on a desk, with `control` for its other side.

    emulator = Emulator(boot=False)
    emulator.write(b"AT\\r\\n")
    emulator.read()                  # b"AT\\r\\n\\r\\nOK\\r\\n"
    """

    @cached_property
    def control(self) -> Control:
        """Everything that can happen to the module."""
        return Control(self)
