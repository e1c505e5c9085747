# Real MicroPython, for the tests, the size table and the demo.
