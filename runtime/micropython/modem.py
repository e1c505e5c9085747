"""The blocking shell: a Modem over a machine.UART, one method for each command form of the table."""

from time import sleep_ms, ticks_diff, ticks_ms

from .codec import form
from .dialogue import Dialogue
from .link import Link
from .port import const

_STALLED = const(1000)  # ms without a byte inside a line: its end will not come


class Error(OSError):
    """The module said no, or nothing: args are (kind, call, number, tables).

    kind: 1 refused (number from CME ERROR, or None), 2 failed (number from +NAME:FAIL, or None), 3 busy, 4 reset,
    5 time-out, 6 damaged (its answer lacks values, or they are of the wrong kind; only what this package's generators
    ask for is looked at so). tables: letters of the error tables to look the number up in, see tcat.errors.explain.
    """


class Modem(Dialogue):
    """The module on `uart` (any object with any, readinto and write).

    Every form of the table is a method by its call name: `modem.subscribe("a/b", 1)`, `modem.connect(keepalive=60)`;
    `modem.test("TCMQTTPUB")` is the test form of a command. A call returns None, the values of a row, a list of rows
    or lines, or bytes; it raises ValueError before a byte is written, or Error.
    size: bytes for the longest message with its head. chunk: bytes taken from the UART at a time.
    """

    error = Error
    _heard = 0

    def __init__(self, uart, size=2304, chunk=64):
        self.link = Link(size)
        self.inbox = []
        self.uart = uart
        self.write = uart.write
        self.input = bytearray(chunk)

    def __getattr__(self, call):
        form(call)
        return lambda *args, **kw: self.run(self.call(call, args, kw))

    def start(self):
        """Make sure that the module listens: settle the line, turn the echo off."""
        self._dirty = True
        return self.echo_off()

    def run(self, call):
        """Carry out one of this package's generators (session, ota, provisioning) and return its value."""
        if self.link.owes:
            raise RuntimeError("on_message")
        left = None
        try:
            while True:
                left = self.wait(call.send(left))
        except StopIteration as end:
            return end.value
        finally:
            call.close()
            self.link.owes = 0

    def poll(self):
        """Take in what has come and hand messages and URCs to the callbacks. Never waits."""
        while self.inbox and self.on_message:
            self.on_message(*self.inbox.pop(0))
        while self._pump() or self.wait(0):
            pass
        if ticks_diff(ticks_ms(), self._heard) > _STALLED:
            self.link.cut()

    def receive(self, timeout=None):
        """The next message as (topic, payload), or None after `timeout` ms (None: wait for ever).

        The topic is bytes where it is no UTF-8.
        """
        while True:
            self.poll()
            if self.inbox:
                buf, topic, stop, start, end = self.inbox.pop(0)
                topic = buf[topic:stop]
                try:
                    topic = topic.decode()
                except UnicodeError:
                    pass
                return topic, buf[start:end]
            if timeout == 0:
                return None
            left = self.wait(timeout or _STALLED)
            timeout = timeout and left

    def wait(self, timeout):
        """Take in what the UART holds, once something is there; the ms that are left, or 0 if nothing came."""
        start = ticks_ms()
        while True:
            n = min(self.uart.any(), len(self.input))
            left = timeout - ticks_diff(ticks_ms(), start)
            if n:
                self.link.receive(self.input, self.uart.readinto(self.input, n) or 0)
                self._heard = ticks_ms()
                return max(left, 1)
            if left <= 0:
                return 0
            sleep_ms(1)
