# A stand-in for the driver: writes one line, reads up to the OK.
import time


class AT:
    def __init__(self, uart):
        self.uart = uart
        self.buf = bytearray(64)

    def cmd(self, line, timeout=1000):
        self.uart.write(line)
        self.uart.write(b"\r\n")
        n = 0
        t = time.ticks_ms()
        while time.ticks_diff(time.ticks_ms(), t) < timeout:
            if self.uart.any():
                c = self.uart.read(1)
                self.buf[n] = c[0]
                n += 1
                if n >= 4 and self.buf[n - 4 : n] == b"OK\r\n":
                    return bytes(self.buf[:n])
        raise OSError(110)
