# machine.UART for the bench, as unhelpful as the real ones (MicroPython 1.22 to 1.29): it takes what it has room for,
# loses what it has no room for and tells nobody, and no byte comes or goes faster than the line.
#
#   UART(n)          is wired to the descriptor $UARTn (3 + n where there is no getenv), or to what was plugged in
#   plug(n, peer)    an object with any(), readinto(buf, n) and write(data), on the line from now on; where it has a
#                    `baudrate`, and the UART another one, the bytes of either side are garbled
#   port = "stm32"   which port's UARTs are made from now on: rp2 (a Pico; the default), stm32 or esp32
#   busy(ms)         the program does something else for so long; interrupts still come
#   flash(ms)        a sector of the flash is erased or written: on rp2 no interrupt comes
#
# Descriptors are served by other programs, in real time: what the machine of the bench itself is late is no fault of a
# board, so between two looks no more comes than there is room for (unless the program wrote, or was busy()). With
# virtual/time.py there is no such leniency, and taking in a byte costs what it costs a Pico.
# Once warm, any/readinto/write allocate nothing, so they may run under micropython.heap_lock().
import io
import os
import sys
import time
from time import sleep_us, ticks_add, ticks_diff, ticks_us

from micropython import const

_POLL = const(3)
_RD = const(1)
_WR = const(4)
_SLICE = const(50000)  # µs: with it, no product below leaves 31 bits up to 2 Mbaud
_UNIX = sys.platform != "webassembly"
_ALL = const(0x3FFFFFFF)
_SHIFTED = const(2)  # bytes on their way out of a FIFO

# txbuf, FIFO, rxbuf; what init() leaves out goes back to these on rp2 and stm32
_PORTS = {"rp2": (256, 32, 256), "stm32": (0, 1, 64), "esp32": (256, 128, 256)}

port = "rp2"
per_byte = 50  # µs that the program needs for a byte of a message, on a Pico
per_look = 90  # and for a look whether there is one: an idle poll() takes two, and 0.21 ms
pass_us = getattr(time, "pass_us", None)  # the clock is virtual
_files = {}
_uarts = {}


def plug(id, peer):
    _files[id] = peer


def busy(ms):
    for uart in _uarts.values():
        uart._serve()
    time.sleep_ms(ms)
    for uart in _uarts.values():
        uart._serve(_ALL)


def flash(ms):
    for uart in _uarts.values():
        uart._serve()
    time.sleep_ms(ms)
    for uart in _uarts.values():
        if (
            uart.port == "rp2"
        ):  # the transmitter gets no more than its FIFO holds, and so does the program
            left = uart._level - uart._fifo - _SHIFTED
            uart._serve(_ALL, uart._fifo)
            uart._level = max(uart._level, left)
        else:
            uart._serve(_ALL)


class UART(io.IOBase):
    def __init__(self, id, baudrate=115200, *args, **kw):
        # Kept for good: the finaliser of a file object would close the descriptor.
        if id not in _files:
            fd = int(os.getenv("UART%d" % id)) if hasattr(os, "getenv") else 3 + id
            _files[id] = open(fd, "r+b", buffering=0)
        self.id = id
        self._f = _files[id]
        self._peer = hasattr(self._f, "any")
        self.port = port
        self._txbuf, self._fifo, self._rxbuf = _PORTS[port]
        self.cts = True  # False: the other side takes nothing
        self.overrun = 0  # bytes that found no room
        self.idle = 0  # µs that the line had rested when the bytes were taken that were taken last
        self._idle = 0
        self._level = 0  # bytes that have not left yet
        self._buf = None
        self._in = bytearray(64)
        self.init(baudrate, *args, **kw)
        _uarts[id] = self

    def init(
        self,
        baudrate=115200,
        bits=8,
        parity=None,
        stop=1,
        *,
        timeout=0,
        timeout_char=0,
        rxbuf=None,
        txbuf=None,
        **kw,
    ):
        defaults = _PORTS[self.port]
        if rxbuf is None:
            rxbuf = self._rxbuf if self.port == "esp32" else defaults[2]
        if txbuf is None:
            txbuf = self._txbuf if self.port == "esp32" else defaults[0]
        if self.port == "stm32":
            txbuf = 0
        self.baudrate = baudrate
        self._rxbuf = rxbuf
        self._txbuf = txbuf
        self._timeout = timeout
        # At least as long as a character.
        self._timeout_char = max(
            timeout_char, 13000 // baudrate + (2 if self.port == "stm32" else 1)
        )
        self._room = txbuf + self._fifo + _SHIFTED
        self._size = rxbuf
        if self._buf is None or len(self._buf) != rxbuf + self._fifo:
            self._buf = bytearray(rxbuf + self._fifo)
        self._r = self._n = 0  # where the oldest byte lies, and how many there are
        # What came until then is in the buffer; what had left until then has left.
        self._come = self._gone = ticks_us()

    def __repr__(self):
        return (
            "UART(%d, baudrate=%d, bits=8, parity=None, stop=1, txbuf=%d, rxbuf=%d, timeout=%d, timeout_char=%d)"
            % (self.id, self.baudrate, self._txbuf, self._rxbuf, self._timeout, self._timeout_char)
        )

    # ---- the line

    def _serve(self, most=-1, room=_ALL):
        # Let the time since the last call have passed on the line. most: so many bytes may have come meanwhile;
        # room: for so many of them there is room, where it is less than the buffer has.
        now = ticks_us()
        rate = self.baudrate // 100
        left = ticks_diff(now, self._gone)
        while left > 0 and self._level and self.cts:
            k = min(left, _SLICE) * rate // 100000
            if not k:
                break
            k = min(k, self._level)
            spent = k * 100000 // rate
            self._level -= k
            self._gone = ticks_add(self._gone, spent)
            left -= spent
        if not self.cts:
            self._gone = now
        if most == -2 and not pass_us:  # the program writes, and does not read
            most = len(self._buf) * 3 // 4
        elif most < 0:
            most = _ALL if pass_us else len(self._buf) - self._n
        left = ticks_diff(now, self._come)
        while left > 0:
            k = min(min(left, _SLICE) * rate // 100000, most, 64)
            if not k:
                if not most:
                    self._come = now
                break
            spent = k * 100000 // rate
            self._come = ticks_add(self._come, spent)
            left -= spent
            got = self._take(k)
            most -= got
            idle = got < k
            at = self._r + self._n
            if pass_us and got <= room and at + got <= len(self._buf) >= self._n + got:
                self._buf[at : at + got] = memoryview(self._in)[:got]  # quicker, but garbage
                self._n += got
                room -= got
                got = 0
            for i in range(got):
                if not room or self._n == len(self._buf):
                    self.overrun += 1
                    continue
                room -= 1
                at = self._r + self._n
                if at >= len(self._buf):
                    at -= len(self._buf)
                self._buf[at] = self._in[i]
                self._n += 1
            if idle:  # the line was idle: the next byte begins from now on
                self._come = now
                break

    def _take(self, n):
        # Up to n bytes from the other side into _in.
        f = self._f
        if not self._peer:
            return f.readinto(self._in, n) or 0
        n = min(n, f.any())
        if n:
            n = f.readinto(self._in, n) or 0
            if getattr(f, "baudrate", self.baudrate) != self.baudrate:
                for i in range(n):
                    self._in[i] = (self._in[i] * 5 + 0x83) & 0xFF | 0x80
        return n

    def _give(self, buf, off, n):
        f = self._f
        if not self._level:
            now = ticks_us()
            self.idle = ticks_diff(now, self._gone)
            self._gone = now
        else:
            self.idle = 0
        self._level += n
        if self._peer:
            data = bytes(memoryview(buf)[off : off + n])
            if getattr(f, "baudrate", self.baudrate) != self.baudrate:
                data = bytes([(c * 5 + 0x83) & 0xFF | 0x80 for c in data if c & 1])
            f.write(data)
            return
        while n:
            k = f.write(buf, off, n) or 0
            off += k
            n -= k
            if n:  # the program at the other end is late
                time.sleep_ms(1)

    # ---- what a program sees

    def any(self):
        if pass_us:
            pass_us(per_look)
        self._serve()
        if self._n:
            self._idle = 0
        elif _UNIX and not pass_us:  # a loop that spins on any() leaves the processor to the peer
            self._idle += 1
            if self._idle > 64:
                sleep_us(50)
        return self._n if self._n < self._size else self._size

    def readinto(self, buf, n=-1):
        if n < 0 or n > len(buf):
            n = len(buf)
        i = 0
        wait = self._timeout
        t = ticks_us()
        while i < n:
            k = self.any()
            if not k:
                # rp2 and stm32 wait for the next byte even where they need not; esp32 gives what is there
                if self.port == "esp32" and i or ticks_diff(ticks_us(), t) >= wait * 1000:
                    break
                sleep_us(20)
                continue
            if k > n - i:
                k = n - i
            r = self._r
            src = self._buf
            size = len(src)
            if pass_us and r + k <= size:
                buf[i : i + k] = memoryview(src)[r : r + k]
                r = (r + k) % size
            else:
                for j in range(k):
                    buf[i + j] = src[r]
                    r += 1
                    if r == size:
                        r = 0
            self._r = r
            self._n -= k
            i += k
            t = ticks_us()
            wait = self._timeout_char
        if pass_us:
            pass_us(i * per_byte)
        return i or None

    def read(self, n=-1):
        if n >= 0:
            b = bytearray(n)
            k = self.readinto(b)
            return bytes(b[:k]) if k else None
        out = b""
        while True:
            part = self.read(self.any() or 1)
            if not part:
                return out or None
            out += part

    def readline(self):
        out = b""
        while not out.endswith(b"\n"):
            c = self.read(1)
            if c is None:
                break
            out += c
        return out or None

    def write(self, buf, off=-1, n=-1):
        # As mp_stream_write: write(buf), write(buf, n), write(buf, off, n).
        size = len(buf)
        if n < 0:
            off, n = 0, off
        off = min(off, size)
        n = size - off if n < 0 or n > size - off else n
        self._serve(-2)
        done = 0
        byte_us = 10000000 // self.baudrate
        wait = self._timeout
        while done < n:
            room = self._room - self._level
            if self.port == "stm32":  # the program waits for each byte
                if not self.cts:
                    self._sleep(1000 * (2 * self._timeout_char if done else self._timeout))
                    break
                room = n - done
            k = min(room, n - done)
            if k > 0:
                self._give(buf, off + done, k)
                done += k
                wait = self._timeout_char
                if self.port == "stm32":
                    self._drain(_SHIFTED)
                continue
            if self.port == "esp32":  # as long as it takes
                self._sleep(byte_us * 32)
                continue
            # The transmit interrupt comes when the FIFO has drained to 4: that is when there is room again.
            until = byte_us * (self._fifo - 4)
            if until > wait * 1000 or not self.cts:
                self._sleep(wait * 1000)
                break
            self._sleep(until)
        return done or None

    def _sleep(self, us):
        sleep_us(us)
        self._serve(-2)

    def _drain(self, level):
        while self._level > level:
            self._sleep(100)

    def ioctl(self, req, arg):
        if req == _POLL:
            ret = 0
            if arg & _RD and self.any():
                ret |= _RD
            if arg & _WR:
                self._serve()
                if self._room > self._level and self.cts:
                    ret |= _WR
            return ret
        return -22  # not 0: poll() asks for a file number first, and 0 would be one

    def flush(self):
        left = self._room * 10000 // self.baudrate + 10  # ms
        self._serve()
        while self._level:
            if left <= 0:
                raise OSError(110)
            left -= 1
            self._sleep(1000)

    def txdone(self):
        self._serve()
        return not self._level

    def deinit(self):
        pass
