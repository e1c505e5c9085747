# machine.UART for the tests, the same on the unix port and on the WebAssembly port. UART(n) is a
# non-blocking descriptor (socket, tty, FIFO): number $UARTn, or 3 + n where there is no getenv.
# Once warm, any/readinto/write allocate nothing, so they may run under micropython.heap_lock().
import io
import os
import select
import sys
import time

from micropython import const

_POLL = const(3)
_RD = const(1)
_WR = const(4)
_UNIX = sys.platform != "webassembly"
_files = {}


class UART(io.IOBase):
    def __init__(self, id, baudrate=9600, **kw):
        # Kept for good: the finaliser of a file object would close the descriptor.
        if id not in _files:
            fd = int(os.getenv("UART%d" % id)) if hasattr(os, "getenv") else 3 + id
            _files[id] = open(fd, "r+b", buffering=0)
        self._f = _files[id]
        self._p = select.poll()
        self._p.register(self._f, select.POLLOUT)
        for _ in self._p.ipoll(0):  # makes the tuple that ipoll reuses
            pass
        self._p.modify(self._f, select.POLLIN)
        self._buf = None
        self._idle = 0
        self.init(baudrate, **kw)

    def init(
        self,
        baudrate=9600,
        bits=8,
        parity=None,
        stop=1,
        *,
        timeout=0,
        timeout_char=0,
        rxbuf=256,
        **kw,
    ):
        self.baudrate = baudrate
        self._timeout = timeout
        self._timeout_char = timeout_char
        if self._buf is None or len(self._buf) != rxbuf:
            self._buf = bytearray(rxbuf)  # what was read ahead: buf[r:w]
            self._r = self._w = 0

    def any(self):
        if self._r == self._w:
            n = self._f.readinto(self._buf)
            self._r = 0
            self._w = n or 0
            if n:
                self._idle = 0
            elif _UNIX:  # a loop that spins on any() leaves the processor to the peer
                self._idle += 1
                if self._idle > 64:
                    time.sleep_us(50)
        return self._w - self._r

    def readinto(self, buf, n=-1):
        if n < 0 or n > len(buf):
            n = len(buf)
        i = 0
        t = time.ticks_ms()
        wait = self._timeout
        while i < n:
            k = self.any()
            if not k:
                left = wait - time.ticks_diff(time.ticks_ms(), t)
                if left <= 0:
                    break
                for _ in self._p.ipoll(left):
                    pass
                continue
            if k > n - i:
                k = n - i
            r = self._r
            src = self._buf
            for j in range(k):
                buf[i + j] = src[r + j]
            self._r = r + k
            i += k
            if i < n:
                t = time.ticks_ms()
                wait = self._timeout_char
        return i or None

    def read(self, n=-1):
        if n >= 0:
            b = bytearray(n)
            k = self.readinto(b)
            return bytes(b[:k]) if k else None
        out = b""
        while True:
            k = self.any()
            if not k:
                return out or None
            out += bytes(self._buf[self._r : self._w])
            self._r = self._w

    def readline(self):
        out = b""
        while not out.endswith(b"\n"):
            c = self.read(1)
            if c is None:
                break
            out += c
        return out or None

    def write(self, b):
        n = self._f.write(b)
        if n is None:
            n = 0
        if n != len(b):  # the other side is slow: a UART blocks, so do we
            m = memoryview(b)
            while n < len(b):
                k = self._f.write(m[n:])
                if k:
                    n += k
                else:
                    time.sleep_ms(1)
        return n

    def ioctl(self, req, arg):
        if req == _POLL:
            ret = arg & _WR
            if arg & _RD and self.any():
                ret |= _RD
            return ret
        return -22  # not 0: poll() asks for a file number first, and 0 would be one

    def flush(self):
        pass

    def txdone(self):
        return True

    def deinit(self):
        pass
