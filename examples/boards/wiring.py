"""The UART to the module, by board; docs/boards.md shows the wires."""

import sys

from machine import UART

SPEED = 115200
RXBUF = 2048  # what may arrive while your program does something else


def uart():
    if sys.platform == "rp2":  # Pico: GP4 to the module's RX, GP5 to its TX
        from machine import Pin

        return UART(1, SPEED, tx=Pin(4), rx=Pin(5), rxbuf=RXBUF)
    if sys.platform == "esp32":  # 17 to RX, 16 to TX
        return UART(2, SPEED, tx=17, rx=16, rxbuf=RXBUF)
    if sys.platform == "pyboard":  # STM32: PA2 (X3) to RX, PA3 (X4) to TX
        return UART(2, SPEED, timeout=0, rxbuf=RXBUF)
    return UART(0, SPEED, rxbuf=RXBUF)
