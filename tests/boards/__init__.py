# The board driver on real MicroPython, against the emulator.
