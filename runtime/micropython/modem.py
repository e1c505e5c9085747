"""The blocking shell: a Modem over a machine.UART, one method for each command form of the table."""

from time import sleep_ms

from .codec import form, text
from .dialogue import Dialogue
from .port import const, ticks_diff, ticks_ms

_STALLED = const(1000)  # ms without a byte inside a line: its end will not come


class Error(OSError):
    """The module said no, or nothing: args are (kind, call, number, tables).

    kind: "refused" (number from CME ERROR, or None), "failed" (number from +NAME:FAIL, or None), "busy", "reset",
    "timeout", "damaged" (its answer lacks values, or they are of the wrong kind; only what this package's generators
    ask for is looked at so). tables: letters of the error tables to look the number up in, see tcat.errors.explain.
    """


def row(modem, call, *kinds):
    """Generator: the values that `call` reads, of which the first have these kinds; else Error("damaged")."""
    values = yield from modem.call(call)
    for i, kind in enumerate(kinds):
        if not (values and values[i:] and isinstance(values[i], kind)):
            raise Error("damaged", call, None, "")
    return values


class Modem(Dialogue):
    """The module on `uart` (any object with any, readinto and write).

    Every form of the table is a method by its call name: `modem.subscribe("a/b", 1)`, `modem.connect(keepalive=60)`;
    `modem.test("TCMQTTPUB")` is the test form of a command. A call returns None, the values of a row, a list of rows
    or lines, or bytes; it raises ValueError or TypeError before a byte is written, or Error.
    size: bytes for the longest message with its head. chunk: bytes taken from the UART at a time.
    """

    def __init__(self, uart, size=2304, chunk=64):
        Dialogue.__init__(self, size)
        self.uart = uart
        self._chunk = bytearray(chunk)
        self._have = self._taken = self._heard = 0

    def __getattr__(self, call):
        if call != "test" and not form(call):
            raise AttributeError(call)
        return lambda *args, **kw: self.run(self.call(call, args, kw))

    def publish(self, topic, payload, qos=0):
        """Publish so that bytes or text arrive unchanged; ValueError names what cannot travel (manual 3.3, 3.4)."""
        return self.run(Dialogue.publish(self, topic, payload, qos))

    def start(self):
        """Make sure that the module listens: settle the line, turn the echo off."""
        self._dirty = True
        return self.echo_off()

    def run(self, work):
        """Carry out one of this package's generators (session, ota, provisioning) and return its value."""
        if self._calling:
            raise RuntimeError("a callback may not start a command while another runs")
        try:
            wish = next(work)
            while True:
                wish = work.send(
                    self._wait(wish) if isinstance(wish, int) else self.uart.write(wish)
                )
        except StopIteration as end:
            return end.value
        finally:
            work.close()

    def poll(self):
        """Take in what has come and hand messages and URCs to the callbacks. Never waits."""
        while self._wait(0):
            self._pump()
        if self.link.partial() and ticks_diff(ticks_ms(), self._heard) > _STALLED:
            self.link.cut()
        if self.inbox:
            self.deliver()

    def receive(self, timeout=None):
        """The next message as (topic, payload), or None after `timeout` ms (None: wait for ever)."""
        start = ticks_ms()
        while True:
            self.poll()
            message = self._message()
            if message:
                return message
            if timeout is not None and ticks_diff(ticks_ms(), start) >= timeout:
                return None
            sleep_ms(1)

    def _message(self):
        # The oldest message in the inbox.
        for item in self.inbox:
            if len(item) == 3:
                self.inbox.remove(item)
                return text(item[0][: item[1]]), item[0][item[2] :]

    def _wait(self, ms):
        # Give the link what the UART holds, once something is there; False if nothing came within `ms`.
        start = ticks_ms()
        while self._taken == self._have:
            n = min(self.uart.any(), len(self._chunk))
            if n:
                self._have = self.uart.readinto(self._chunk, n) or 0
                self._taken = 0
                self._heard = ticks_ms()
            elif ticks_diff(ticks_ms(), start) >= ms:
                return False
            else:
                sleep_ms(1)
        self._taken = self.link.receive(self._chunk, self._taken, self._have)
        return True

    def _error(self, outcome, fields):
        kind = "refused failed busy reset timeout".split()[outcome - 1]
        return Error(kind, text(fields[0]), self.link.number, self.link.table or text(fields[5]))
