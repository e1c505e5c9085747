"""A pretend ESP8266 that speaks the Tencent Cloud IoT AT command set V3.1.3, with a cloud behind it.

with tencent_at_emulator.running() as emulator:
    port = serial.Serial(emulator.path, 115200)
    emulator.control.cloud_publish("CTQS08Y5LG/Dev01/data", "hello")
"""

from .background import Background, running, running_many
from .clock import Clock, FakeClock, LoopClock
from .control import Control
from .emulator import Emulator
from .faults import Faults
from .flash import Flash
from .module import Timing
from .quirks import Quirks
from .scene import Scene
from .wifi import AccessPoint, Air

try:
    from . import emu_url
except ImportError:  # no serialx: no emu://
    pass
else:
    emu_url.register()

pytest_plugins = ("tencent_at_fixtures",)  # for `-p tencent_at_emulator`

__all__ = [
    "AccessPoint",
    "Air",
    "Background",
    "Clock",
    "Control",
    "Emulator",
    "FakeClock",
    "Faults",
    "Flash",
    "LoopClock",
    "Quirks",
    "Scene",
    "Timing",
    "running",
    "running_many",
]
