"""An asyncio application: one task keeps the connection, one publishes, one obeys."""

import asyncio
import json

import settings
import wiring
from tcat import Error
from tcat.aio import Modem
from tcat.keeper import Keeper


async def publish(modem, keeper):
    count = 0
    while True:
        await modem.up.wait()
        try:
            await modem.publish(settings.topic("data"), json.dumps({"count": count}), 1)
            count += 1
        except Error as error:
            keeper.suspect(error)
        await asyncio.sleep(1)


async def obey(modem):
    async for topic, payload in modem:
        print("ordered:", topic, payload)
        if payload == b"stop":
            return


async def main():
    modem = Modem(wiring.uart())
    await modem.start()
    keeper = Keeper(modem, [(settings.topic("control"), 1)], settings.SSID, settings.PASSWORD)
    tasks = [asyncio.create_task(keeper.keep()), asyncio.create_task(publish(modem, keeper))]
    await obey(modem)
    for task in tasks:
        task.cancel()
    modem.close()


asyncio.run(main())
