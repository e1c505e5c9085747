"""A sensor that publishes and obeys: {"every": 5} changes its pace, {"stop": 1} ends it."""

import json
import time

import settings
import wiring
from tcat import Error, Modem
from tcat.keeper import Keeper

modem = Modem(wiring.uart())
keeper = Keeper(modem, [(settings.topic("control"), 1)], settings.SSID, settings.PASSWORD)
keeper.on_change = lambda up, reason: print("up" if up else "down: %s" % reason)


def measure():
    return {"celsius": 21.5, "ms": time.ticks_ms()}


def set_up():
    """Once in a device's life: who it is."""
    modem.start()
    try:
        modem.device_info()
    except Error:
        modem.set_device_info(settings.PRODUCT_ID, settings.DEVICE_NAME, settings.DEVICE_SECRET)


def run():
    every = 10
    last = time.ticks_add(time.ticks_ms(), -every * 1000)
    while True:
        if keeper.poll() and time.ticks_diff(time.ticks_ms(), last) >= every * 1000:
            last = time.ticks_ms()
            try:
                modem.publish(settings.topic("data"), json.dumps(measure()), 1)
            except Error as error:
                print("not published:", error.args)
                keeper.suspect(error)
        message = modem.receive(20)
        if message:
            order = json.loads(message[1])
            print("ordered:", order)
            if "stop" in order:
                return
            every = order.get("every", every)


if __name__ == "__main__":
    set_up()
    run()
