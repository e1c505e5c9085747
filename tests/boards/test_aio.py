"""The asyncio shell: iterated messages, awaited commands, cancellation at every point."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tencent_at_emulator import Emulator
from tests.boards.conftest import BUSY, FAILED, REFUSED, RESET, TIMEOUT, Wired
from tests.boards.test_ota import image
from tests.names import CONTROL
from tests.waiting import until

BEGIN = """
import asyncio, machine, time
from tcat import Error
from tcat.aio import Modem
async def begin():
    modem = Modem(machine.UART(0, 115200))
    await modem.start()
    return modem
"""


def test_messages_are_iterated_over(on_unix: Wired, module: Emulator, tcat: Path) -> None:
    module.control.given("connected")
    said = on_unix(
        """
        async def main():
            modem = await begin()
            await modem.subscribe("CTQS08Y5LG/Dev01/control", 1)
            await modem.subscribe("CTQS08Y5LG/Dev01/data", 1)
            async def speak():
                for i in range(3):
                    await modem.publish("CTQS08Y5LG/Dev01/data", b"%d" % i * (i * 200 + 1), 1)
            asyncio.create_task(speak())
            n = 0
            async for topic, payload in modem:
                print(topic, len(payload), payload[:1])
                n += 1
                if n == 3: break
            print(await modem.receive(50), await modem.mqtt_state())
            try:
                await modem.subscribe("a\\r\\nb", 1)
            except ValueError as error:
                print(error)
            try:
                await modem.connect()
            except Error as error:
                print(error.args)
        asyncio.run(main())
        """,
        tcat,
        begin=BEGIN,
    )
    assert said.split("\n") == [
        "CTQS08Y5LG/Dev01/data 1 b'0'",
        "CTQS08Y5LG/Dev01/data 201 b'1'",
        "CTQS08Y5LG/Dev01/data 401 b'2'",
        "None [1]",
        "subscribe: topic cannot carry b'\\r\\n' (byte 1)",
        "(1, 'connect', 208, 'c')",
        "",
    ]


def test_cancelled_anywhere(on_unix: Wired, module: Emulator) -> None:
    """A late answer is never taken for the next command's."""
    module.control.given("connected")
    said = on_unix(
        """
        async def main():
            modem = await begin()
            right = 0
            for ms in range(0, 44, 2):
                try:
                    await asyncio.wait_for_ms(modem.publish("CTQS08Y5LG/Dev01/data", b"x" * 500, 1), ms)
                except asyncio.TimeoutError:
                    pass
                task = asyncio.create_task(modem.subscribe("CTQS08Y5LG/Dev01/control", 1))
                await asyncio.sleep_ms(ms % 7)
                task.cancel()
                right += await modem.mqtt_state() == [1] and (await modem.ip_status())[0] in (2, 3)
            print(right)
        asyncio.run(main())
        """,
        begin=BEGIN,
        timeout=90,
    )
    assert said == "22\n"


def test_kept_up(on_unix: Wired, module: Emulator) -> None:
    process = on_unix.start(
        """
        from tcat.keeper import Keeper
        async def main():
            modem = await begin()
            keeper = Keeper(modem, [("CTQS08Y5LG/Dev01/control", 1)], "Home", "12345678")
            asyncio.create_task(keeper.keep())
            await modem.up.wait()
            print("up")
            await modem.down.wait()
            print("down", keeper.reason)
            await modem.up.wait()
            print("up")
            async for topic, payload in modem:
                print(payload)
                break
        asyncio.run(main())
        """,
        begin=BEGIN,
    )
    until(lambda: CONTROL in module.control.state()["subscriptions"])
    module.control.power_cycle()
    until(lambda: not module.control.state()["subscriptions"])
    until(lambda: CONTROL in module.control.state()["subscriptions"])
    module.control.cloud_publish(CONTROL, "stop", 1)
    out, err = process.communicate(timeout=30)
    assert out == "up\ndown ready\nup\nb'stop'\n", out + err


def test_an_update(on_unix: Wired, module: Emulator, tcat: Path) -> None:
    data = image(300_000, 2)
    module.control.store_firmware(data, "1.3.0")
    said = on_unix(
        """
        from tcat import ota
        import hashlib
        class Flash:
            size = 0
            def write(self, data): self.size += len(data)
        async def main():
            modem = await begin()
            flash = Flash()
            info = await modem.run(ota.fetch(modem, flash, 4096))  # checks the MD5
            print(info[0], flash.size)
        asyncio.run(main())
        """,
        tcat,
        begin=BEGIN.replace("115200", "2000000, rxbuf=4200"),
    )
    assert said == "1.3.0 300000\n"


def test_a_callback_that_raises_stops_nothing(on_unix: Wired, module: Emulator) -> None:
    module.control.given("connected")
    said = on_unix(
        """
        async def main():
            modem = await begin()
            await modem.subscribe("CTQS08Y5LG/Dev01/data", 1)
            modem.on_message = lambda buf, t, te, a, e: 1 // 0
            await modem.publish("CTQS08Y5LG/Dev01/data", "x", 1)
            await asyncio.sleep_ms(50)
            print(await modem.mqtt_state())
        asyncio.run(main())
        """,
        begin=BEGIN,
    )
    assert said.endswith("ZeroDivisionError: divide by zero\n[1]\n")


ROUGH = """
from tcat.keeper import Keeper
async def main():
    modem = await begin()
    keeper = Keeper(modem, [("CTQS08Y5LG/Dev01/control", 1)], "Home", "12345678", check=2000)
    asyncio.create_task(keeper.keep())
    said = 0
    kinds = set()
    while said < 25:
        await modem.up.wait()
        try:
            work = modem.publish("CTQS08Y5LG/Dev01/data", b"%d " % said + b"x" * (said * 40), 1)
            await asyncio.wait_for_ms(work, 3000)
            said += 1
        except asyncio.TimeoutError:
            kinds.add(0)
            keeper.suspect()
        except Error as error:
            kinds.add(error.args[0])
            keeper.suspect(error)
            await asyncio.sleep_ms(10)
    print(sorted(kinds))
asyncio.run(main())
"""


@pytest.mark.parametrize("fault", [("lose", 0.05), ("reboot_byte", 70)], ids=["loss", "resets"])
def test_the_field(fault: tuple[str, float], on_unix: Wired, module: Emulator) -> None:
    process = on_unix.start(ROUGH, begin=BEGIN)
    until(lambda: CONTROL in module.control.state()["subscriptions"])
    for _ in range(3):
        module.control.fault(*fault)
        time.sleep(1.2)
        module.control.clear_faults()
        time.sleep(0.3)
    out, err = process.communicate(timeout=90)
    assert process.returncode == 0, out + err
    assert set(eval(out)) <= {0, REFUSED, FAILED, BUSY, RESET, TIMEOUT}


def test_a_watchdog_is_fed(on_unix: Wired, module: Emulator) -> None:
    """At least every 100 ms while anything waits: for a message, for an answer that does not come."""
    module.control.fault("mute_rate", 1)
    said = on_unix(
        """
        async def main():
            modem = Modem(machine.UART(0, 115200))
            fed = []
            modem.on_wait = lambda: fed.append(time.ticks_ms())
            try:
                await modem.start()
            except Error as error:
                print(error.args[0])
            print(await modem.receive(1000))
            pauses = [b - a for a, b in zip(fed, fed[1:])]
            print(len(pauses) > 30, sorted(pauses)[len(pauses) * 9 // 10] <= 100)
        asyncio.run(main())
        """,
        begin=BEGIN,
    )
    assert said == f"{TIMEOUT}\nNone\nTrue True\n"
