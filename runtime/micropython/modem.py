"""The blocking shell: a Modem over a machine.UART, one method for each command form of the table."""

from time import sleep_ms, ticks_diff, ticks_ms

from .codec import field, form
from .dialect import const
from .dialogue import Dialogue
from .link import Link

_STALLED = const(
    1000
)  # ms without a byte inside a line: its end will not come. A port that takes none is stuck
_STUCK = const(8)  # the kind of an Error
_TAIL = const(
    32
)  # the module wants a payload's CR LF in one piece with bytes before it (manual 3.4)
_AT_ONCE = const(288)  # what every port with a buffer of the usual size takes at once
_SPILL = const(64)  # bytes that may wait in the UART while something is written


class Error(OSError):
    """The module said no, or nothing: args are (kind, call, number, tables).

    kind: 1 refused (number from CME ERROR, or None), 2 failed (number from +NAME:FAIL, or None), 3 busy, 4 reset,
    5 time-out, 6 damaged (its answer lacks values, or they are of the wrong kind; only what this package's generators
    ask for is looked at so), 7 swallowed (a torn message may hold the answer; the command may have been carried out),
    8 stuck (the UART took no byte for a second: wiring, flow control). tables: letters of the error tables to look
    the number up in, see tcat.errors.explain.
    """


class Modem(Dialogue):
    """The module on `uart`: any object with any(), readinto(buf, n) and write(data) or, where that returned less than
    was given (a number, 0, None), write(data, offset, n), as streams have it.

    Every form of the table is a method by its call name: `modem.subscribe("a/b", 1)`, `modem.connect(keepalive=60)`;
    `modem.test("TCMQTTPUB")` is the test form of a command. A call returns None, the values of a row, a list of rows
    or lines, or bytes; it raises ValueError before a byte is written, or Error, and is over at the latest 5 s behind
    its time-out, whatever the line says: 5 s, where spec/commands.yaml tells no other.
    size: bytes for the longest message with its head. chunk: bytes taken from the UART at a time, 64 at most where
    poll() should be brief. inbox: bytes, heads included, for messages that wait; what finds no room is counted in
    `lost` and told to on_lost(lost).
    on_wait: called without arguments at least every 100 ms while anything waits (but within one uart.write): feed a
    watchdog there. What it raises ends the call. It may not start a command.
    """

    error = Error
    on_wait = None

    def __init__(self, uart, size=2304, chunk=256, inbox=4096):
        self.link = Link(size)
        self.inbox = []
        self.backlog = inbox
        self.uart = uart
        self.any = uart.any
        self.input = bytearray(chunk)
        self.link.receive(self.input, 0)
        self._heard = 0

    def __getattr__(self, call):
        line = form(call)
        return lambda *args, **kw: self.run(self.call(line, args, kw))

    def start(self):
        """Make sure that the module listens: settle the line, turn the echo off. After a restart it may be back at
        115200: where it is silent at another speed of the UART, it is looked for there."""
        self.doubt = True
        try:
            return self.echo_off()
        except Error as error:
            from .speed import find

            self.run(find(self, error))

    def run(self, call):
        """Carry out one of this package's generators (keeper, ota, provisioning) and return its value."""
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

    def write(self, data, end=b""):
        """Hand all of `data` and `end` to the UART, as one burst; what comes meanwhile is kept for the link."""
        link = self.link
        at = 0
        start = ticks_ms()
        while True:
            n = len(data) - at
            if n > (_TAIL if at else _AT_ONCE):
                n -= _TAIL
            elif end:
                data = data[at:] + end
                end = b""
                at = 0
                n = len(data)
            n = self.uart.write(data, at, n) if n < len(data) else self.uart.write(data)
            if n:
                at += n
                start = ticks_ms()
            elif ticks_diff(ticks_ms(), start) > _STALLED:
                raise Error(_STUCK, field(link.form, 0), None, "")
            if at == len(data) and not end:
                return
            n = self.uart.any()
            if n > _SPILL:
                part = bytearray(n)
                self.uart.readinto(part, n)
                part = bytes(link.input[link.offset : link.count]) + part
                link.receive(part, len(part))
            if self.on_wait:
                self.on_wait()

    def poll(self):
        """Take in what has come and hand messages and URCs to the callbacks. Never waits: what comes meanwhile is left
        for the next time, but for what a chunk holds."""
        while self.inbox and self.on_message:
            self.on_message(*self.inbox.pop(0))
        left = self.uart.any()
        while self.pump() or left > 0 and self.wait(0):
            left -= self.link.count
        if ticks_diff(ticks_ms(), self._heard) > _STALLED:
            self.link.cut()

    def receive(self, timeout=None):
        """The next message as (topic, payload), or None after `timeout` ms (None: wait for ever).

        The topic is bytes where it is no UTF-8.
        """
        start = ticks_ms()
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
            left = _STALLED if timeout is None else timeout - ticks_diff(ticks_ms(), start)
            if left <= 0:
                return None
            self.wait(min(left, _STALLED))

    def wait(self, timeout):
        """Take in what the UART holds, once something is there; the ms that are left, or 0 if nothing came."""
        start = ticks_ms()
        while True:
            if self.on_wait:
                self.on_wait()
            n = min(self.uart.any(), len(self.input))
            left = timeout - ticks_diff(ticks_ms(), start)
            if n:
                self.link.receive(self.input, self.uart.readinto(self.input, n) or 0)
                self._heard = ticks_ms()
                return max(left, 1)
            if left <= 0:
                return 0
            sleep_ms(1)
