# Runs the main job on MicroPython, over UART 0 (on a Pico: UART(0, 115200, rxbuf=2048), see docs/boards.md).
import sys

import machine
import main_job
import tcat

uart = machine.UART(0, 115200, rxbuf=2048)
whole = main_job.run(tcat.Modem(uart), lambda modem: modem.receive(10000), print)
sys.exit(0 if whole else 1)
