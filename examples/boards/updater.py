"""Looks for an upgrade and stores it, going on where an earlier run was broken off."""

import os

import settings
import wiring
from tcat import Error, Modem, ota

FILE = "new-firmware.bin"


def stored():
    try:
        return os.stat(FILE)[6]
    except OSError:
        return 0


def progress(done, size):
    if done == size:
        print("%d of %d" % (done, size))


def main():
    modem = Modem(wiring.uart())
    modem.start()
    if modem.mqtt_state()[0] == 0:
        modem.connect()
    with open(FILE, "ab") as file:
        if stored():  # the module still holds the image whose beginning is here
            version = modem.run(ota.fetch(modem, file, 1024, stored(), progress))[0]
        else:
            version = modem.run(ota.update(modem, settings.VERSION, file, 30000, 1024, progress))
    print("stored:", version, stored())


try:
    main()
except Error as error:
    print("no update:", error.args)
