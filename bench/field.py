"""A bad day in the field, again and again: python bench/field.py [RUNS]. Blocking and asyncio, on the unix port.

Each run publishes 60 messages under a Keeper while bytes are lost, changed and added both ways, the module resets in
the middle of commands, Wi-Fi and MQTT go and come. A run is well when the script ends by itself with what is
documented; anything else is printed.
"""

from __future__ import annotations

import os
import random
import sys
import time
import tty
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

import tencent_at_emulator  # noqa: E402
from boards import runtimes  # noqa: E402

BLOCKING = """
import machine, time
from tcat import Modem, Error
from tcat.keeper import Keeper
modem = Modem(machine.UART(0, 115200, rxbuf=512))
keeper = Keeper(modem, [("CTQS08Y5LG/Dev01/control", 1)], "Home", "12345678", check=2000)
said = 0
kinds = set()
longest = 0
while said < 60:
    start = time.ticks_ms()
    if keeper.poll():
        try:
            modem.publish("CTQS08Y5LG/Dev01/data", b"%d " % said + b"x" * (said % 30 * 40), said & 1)
            said += 1
        except Error as error:
            kinds.add(error.args[0])
            keeper.suspect(error)
    longest = max(longest, time.ticks_diff(time.ticks_ms(), start))
    while modem.receive(0):
        pass
    time.sleep_ms(150)
print("ended", said, sorted(kinds), longest)
"""
ASYNCIO = """
import asyncio, machine, random
from tcat import Error
from tcat.aio import Modem
from tcat.keeper import Keeper
async def main():
    modem = Modem(machine.UART(0, 115200, rxbuf=512))
    while True:
        try:
            await modem.start()
            break
        except Error:
            pass
    keeper = Keeper(modem, [("CTQS08Y5LG/Dev01/control", 1)], "Home", "12345678", check=2000)
    asyncio.create_task(keeper.keep())
    said = 0
    kinds = set()
    while said < 60:
        await modem.up.wait()
        try:
            work = modem.publish("CTQS08Y5LG/Dev01/data", b"%d " % said + b"x" * (said % 30 * 40), said & 1)
            await asyncio.wait_for_ms(work, random.randrange(5, 8000))
            said += 1
        except asyncio.TimeoutError:
            kinds.add(0)
        except Error as error:
            kinds.add(error.args[0])
            keeper.suspect(error)
        await asyncio.sleep_ms(150)
    print("ended", said, sorted(kinds), 0)
asyncio.run(main())
"""
FAULTS = [
    ("lose", 0.02),
    ("change", 0.01),
    ("add", 0.01),
    ("lose_in", 0.02),
    ("change_in", 0.01),
    ("reboot_byte", 60),
    ("reboot_command", 2),
    ("mute_rate", 0.3),
    ("late", 2.0),
]
PATIENCE = 100.0


def run(seed: int) -> tuple[int, str, bool, float]:
    """(seed, what the script said, is it well, seconds)."""
    chance = random.Random(seed)
    start = time.monotonic()
    with (
        tencent_at_emulator.running(boot=False, seed=seed) as emulator,
        runtimes.MicroPython("unix") as runtime,
    ):
        control = emulator.control
        control.given("device set")
        fd = os.open(emulator.path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(fd)
        process = runtime.start(ASYNCIO if seed % 2 else BLOCKING, uart=[fd])
        os.close(fd)
        for _ in range(6):
            time.sleep(chance.uniform(0.2, 1.0))
            if chance.random() < 0.7:
                control.fault(*chance.choice(FAULTS))
            else:
                lose, back = chance.choice(
                    [
                        (control.drop_wifi, control.restore_wifi),
                        (control.drop_mqtt, control.restore_mqtt),
                        (control.power_cycle, lambda: None),
                    ]
                )
                lose()
                time.sleep(chance.uniform(0.5, 2.0))
                back()
            time.sleep(chance.uniform(0.5, 1.5))
            control.clear_faults()
        try:
            out, err = process.communicate(timeout=PATIENCE)
        except Exception:
            process.kill()
            out, err = process.communicate()
            out = f"HANGS, {control.state()}\n{out}"
    well = process.returncode == 0 and out.startswith("ended 60 ")
    return seed, (out + err).strip(), well, time.monotonic() - start


def main() -> int:
    runs = int(sys.argv[1]) if sys.argv[1:] else 20
    first = int(sys.argv[2]) if sys.argv[2:] else 0
    bad = 0
    with ThreadPoolExecutor(4) as pool:
        for seed, said, well, seconds in pool.map(run, range(first, first + runs)):
            bad += not well
            print(
                f"{seed:4} {'asyncio ' if seed % 2 else 'blocking'} {seconds:5.1f} s  {said}",
                flush=True,
            )
    print(f"{runs - bad} of {runs} are well")
    return int(bad > 0)


if __name__ == "__main__":
    sys.exit(main())
