# A clock that stands still until somebody sleeps, reads it or uses the UART: put this directory on the path before
# boards/lib, and tests no longer depend on how fast this machine is. Only for what runs alone: blocking calls and a
# peer that is plugged in (machine.plug), no asyncio and no descriptor with a program at its other end.
from utime import *  # noqa: F403

_us = 0  # of the running millisecond
_ms = 0


def pass_us(us):
    """Let time pass."""
    global _us, _ms
    us += _us
    _us = us % 1000
    _ms = (_ms + us // 1000) & 0x3FFFFFFF


def ticks_ms():
    pass_us(4)
    return _ms


def ticks_us():
    pass_us(4)
    return ((_ms & 0xFFFFF) * 1000 + _us) & 0x3FFFFFFF


def sleep_ms(ms):
    pass_us(ms * 1000)


def sleep_us(us):
    pass_us(us)


def sleep(seconds):
    pass_us(int(seconds * 1000000))
