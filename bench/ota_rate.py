"""How much of the line an OTA uses: image bytes a second, their share of what 8N1 can carry, and the share of the
time in which the line carries anything at all, question and answer.

python bench/ota_rate.py [BYTES]: both shells on the unix port, .mpy, at 115200 and 921600, chunks of 256 to 4096.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
import tty
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import tencent_at_emulator  # noqa: E402
from boards import runtimes  # noqa: E402

# What goes to and fro around each chunk, but for the two numbers.
OVERHEAD = len(b"AT+TCREADFWDATA=\r\nOK\r\n+TCREADFWDATA:,\r\n")

BLOCKING = """
import machine, time
from tcat import Modem, ota
modem = Modem(machine.UART(0, {baud}, rxbuf=2048), 2304, 256)
class Flash:
    def write(self, data): pass
modem.start()
start = time.ticks_ms()
modem.run(ota.fetch(modem, Flash(), {chunk}))
print(time.ticks_diff(time.ticks_ms(), start))
"""
ASYNCIO = """
import asyncio, machine, time
from tcat import ota
from tcat.aio import Modem
class Flash:
    def write(self, data): pass
async def main():
    modem = Modem(machine.UART(0, {baud}, rxbuf=2048), 2304, 256)
    await modem.start()
    start = time.ticks_ms()
    await modem.run(ota.fetch(modem, Flash(), {chunk}))
    print(time.ticks_diff(time.ticks_ms(), start))
asyncio.run(main())
"""


def measure(script: str, baud: int, chunk: int, data: bytes, place: Path) -> float:
    """Milliseconds that the image took."""
    with tencent_at_emulator.running(boot=False, noise=False, baud=baud) as emulator:
        emulator.control.store_firmware(data, "1.0")
        emulator.module.echo = False
        fd = os.open(emulator.path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(fd)
        with runtimes.MicroPython("unix") as runtime:
            text = script.format(baud=baud, chunk=chunk)
            done = runtime.run(text, uart=[fd], path=[place], timeout=110)
        os.close(fd)
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    return float(done.stdout)


def main() -> None:
    size = int(sys.argv[1]) if sys.argv[1:] else 60_000
    data = random.Random(1).randbytes(size)
    with tempfile.TemporaryDirectory() as folder:
        runtimes.compile_mpy(runtimes.TCAT / "tcat", Path(folder) / "tcat", options=["-O3"])
        print(f"{'shell':10}{'baud':>8}{'chunk':>7}{'bytes/s':>9}{'image':>9}{'line':>9}")
        for name, script in (("blocking", BLOCKING), ("asyncio", ASYNCIO)):
            for baud in (115200, 921600):
                for chunk in (256, 1024, 4096):
                    seconds = measure(script, baud, chunk, data, Path(folder)) / 1000
                    rows = -(-size // chunk)
                    busy = (size + rows * (OVERHEAD + 2 * len(str(chunk)))) * 10 / baud / seconds
                    print(
                        f"{name:10}{baud:8}{chunk:7}{size / seconds:9.0f}"
                        f"{size * 10 / baud / seconds:9.1%}{busy:9.1%}",
                        flush=True,
                    )


if __name__ == "__main__":
    main()
