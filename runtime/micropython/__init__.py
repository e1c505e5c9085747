"""Tencent IoT AT commands over a UART, for MicroPython: `from tcat import Modem, Error`."""

from .modem import Error, Modem  # noqa: F401
