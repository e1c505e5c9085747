"""What the shared files need of MicroPython: constants that cost nothing, and copying without a slice."""

from struct import pack_into  # noqa: F401

from micropython import const  # noqa: F401

TYPE_CHECKING = False
