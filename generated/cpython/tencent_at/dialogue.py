# Copied from runtime/shared/dialogue.py: edit that.
"""A command from its first byte to its outcome, for every shell: blocking or asyncio, on a board or at a desk.

What waits is a generator. It yields bytes to write, or a number of milliseconds to wait for bytes; the shell
answers a wait with True if something came (and gave it to `link.receive`), and False if the time ran out.
"""

from . import codec
from .link import Link
from .port import const, ticks_add, ticks_diff, ticks_ms, unhexlify

# The events and outcomes of link.py that are handled here.
_NOTHING = const(0)
_DONE = const(1)
_PROMPT = const(2)
_ROW = const(3)
_DATA = const(4)
_MESSAGE = const(6)
_EVENT = const(7)
_NOISE = const(8)
_BUSY = const(3)
_TIMEOUT = const(5)  # an outcome beside those of link.py: the module did not pay in time

_QUIET = const(60)  # ms without a byte: the line is quiet
_STALLED = const(1000)  # ms without a byte inside a line: its end will not come
_RETRIES = const(5)  # a busy module is asked so often again
_BUSY_PAUSE = const(250)  # ms between two questions to a module that is still busy
_PATIENCE = const(32000)  # ms: longer than any command may keep the module busy


class Dialogue:
    """What the shells have in common. A shell adds the port, and raises what its `_error(outcome, fields)` makes.

    on_message(buf, topic, topic_end, start, end): called with the bounds of topic and payload in `buf`; copy what
    you keep. Without it, and under a command, messages wait in `inbox`.
    on_event(name, values): called for every other URC, after the command under way.
    watchers: functions that are called so at once; they may not start a command.
    """

    on_message = on_event = on_noise = None
    watchers = ()
    backlog = 16  # how many items the inbox keeps
    lost = 0  # how many found no room

    def __init__(self, size: int) -> None:
        self.link = Link(size)
        self.inbox = []  # messages and URCs that came while a command was under way, oldest first
        self._dirty = False  # an answer may still be under way: ask AT until the line is quiet
        self._open = 0  # the length of a payload that the module may still wait for
        self._calling = False

    def call(
        self, call, args: tuple = (), kw: dict = {}, sink: bytearray | memoryview | None = None
    ):
        """Generator: hold one dialogue; the value is what the module answered.

        call: a call's name, or a form made on the spot (see codec.form). None for a form that only says OK, the
        values of a row, a list of rows or of lines, or raw bytes. With a `sink`, a writable buffer, raw bytes are
        laid there and the value is their number.
        """
        fields = call
        if call == "test":
            fields = codec.test_form(*args)
            args = ()
        elif isinstance(call, str):
            fields = codec.form(call)
        if fields is None:
            raise ValueError("no such command: %s" % call)
        link = self.link
        if self._dirty:
            codec.encode(fields, args, kw)  # what cannot travel is refused before a byte is written
            yield from self._settle(fields)
        self._pump()
        end = ticks_add(ticks_ms(), 5 * _STALLED)
        while link.partial():  # a line that will not end must not swallow the answer
            if not (yield _STALLED) or ticks_diff(end, ticks_ms()) < 0:
                link.cut()
            self._pump()
        if link.lingers():
            end = ticks_add(ticks_ms(), link.linger)
            while self._pump() == _NOTHING and link.lingers() and (yield from self._more(end)):
                pass
            link.abandon()
        tries = 0
        while True:
            link.sink = sink
            result = yield from self._ask(link.send(fields, args, kw), fields[3])
            if link.outcome != _BUSY or tries == _RETRIES:
                break
            tries += 1
            yield from self._silence(_QUIET * tries)
        if link.outcome:
            raise self._error(link.outcome, fields)
        return result

    def publish(self, topic: str | bytes, payload: str | bytes, qos: int = 0):
        """Generator: publish in the way that carries these bytes unchanged (manual 3.3, 3.4).

        As one line where the escaped line fits, else behind a prompt; ValueError, naming the byte or the length
        that cannot travel, before anything is written.
        """
        if isinstance(payload, str):
            payload = payload.encode()
        call = "publish_short"
        try:
            codec.encode(codec.form(call), (topic, qos, payload), {})
        except ValueError:
            call = "publish_long"
        return (yield from self.call(call, (topic, qos, payload)))

    def _ask(self, out: bytes, debts: bytes):
        # Write a command and collect its answer; link.outcome says how it ended.
        link = self.link
        many = b"m" in debts
        result = [] if many or b"t" in debts else None
        self._calling = self._dirty = True
        self._open = len(link.payload or b"")
        try:
            yield out
            end = ticks_add(ticks_ms(), link.timeout)
            while True:
                event = self._pump()
                if event == _NOTHING:
                    if not (yield from self._more(end)):
                        link.abandon()
                        link.outcome = _TIMEOUT
                        return None
                elif event == _DONE:
                    self._dirty = False
                    self._open = 0
                    return result
                elif event == _PROMPT:
                    yield link.payload + b"\r\n"
                elif event == _DATA:
                    result = link.end if link.sink else bytes(link.data)
                    if link.hex_data:
                        result = self._unhex(link.data, link.sink)
                elif event == _ROW:
                    row = codec.row(link.buf, link.start, link.end)
                    if many:
                        result.append(row)
                    else:
                        result = row
                elif not many:
                    result.append(codec.text(link.buf[link.start : link.end]))
        finally:
            self._calling = False
            link.sink = None

    def _unhex(self, data: bytearray, sink: bytearray | memoryview | None) -> bytes | int:
        # Firmware data that came as hex text (manual 4.3), as it should have come.
        try:
            raw = unhexlify(data)
        except ValueError:  # damaged: as if nothing had been read
            raw = b""
        if not sink:
            return raw
        n = min(len(raw), len(sink))
        sink[:n] = raw[:n]
        return n

    def _more(self, end: int):
        # Wait for bytes until `end`; a line that stays without its end is given up on the way.
        left = ticks_diff(end, ticks_ms())
        while left > 0:
            if (yield min(left, _STALLED)):
                return True
            if left >= _STALLED and self.link.partial():
                self.link.cut()
            left = ticks_diff(end, ticks_ms())

    def _silence(self, ms: int):
        # Wait until nothing has come for so long, no line half read; one that never rests is left alone in the end.
        link = self.link
        end = ticks_add(ticks_ms(), _PATIENCE)
        while ticks_diff(end, ticks_ms()) > 0:
            self._pump()
            if not (yield _STALLED if link.partial() else ms):
                if not link.partial():
                    return
                link.cut()

    def _settle(self, fields: list[bytes]):
        # After a time-out: end an open payload, then ask AT until its OK is the last thing that comes (manual 1.3).
        link = self.link
        # Where +++ goes unheard, the question must not be taken for the payload itself: AT is one of two bytes.
        attention = codec.form("echo_off" if self._open == 2 else "attention")
        if self._open:
            yield b"+++\r\n"
        end = ticks_add(ticks_ms(), _PATIENCE)
        silent = 0
        while silent < 3 and ticks_diff(end, ticks_ms()) > 0:
            yield from self._silence(_QUIET)
            noise = link.noise
            yield from self._ask(link.send(attention), b"")
            ended = link.outcome
            self._dirty = True  # until quiet is proved: who gives up in between leaves it unsettled
            yield from self._silence(_BUSY_PAUSE if ended == _BUSY else _QUIET)
            if ended == 0 and noise == link.noise:
                self._dirty = False
                return
            silent += ended == _TIMEOUT
        raise self._error(ended or _TIMEOUT, fields)

    # ---- what nobody asked for -------------------------------------------------------------------------------

    def _pump(self) -> int:
        # Handle messages, URCs and noise; returns the first event that belongs to the command, or NOTHING.
        link = self.link
        while True:
            event = link.next_event()
            if event == _MESSAGE:
                i = link.topic
                if self.on_message and not self._calling:
                    self.on_message(link.buf, i, link.topic_end, link.start, link.end)
                else:
                    self._keep((bytes(link.buf[i : link.end]), link.topic_end - i, link.start - i))
            elif event == _EVENT:
                item = link.name(), codec.row(link.buf, link.start, link.end)
                for watcher in self.watchers:
                    watcher(*item)
                if self.on_event:
                    self._keep(item)
            elif event < _NOISE:
                return event
            elif self.on_noise:
                self.on_noise(link)

    def _keep(self, item: tuple) -> None:
        if len(self.inbox) < self.backlog:
            self.inbox.append(item)
        else:
            self.lost += 1

    def deliver(self) -> int:
        """Hand what waits in the inbox to the callbacks; returns how many there were."""
        n = 0
        while self.inbox and not self._calling:
            item = self.inbox[0]
            if len(item) == 3 and not self.on_message:
                break
            self.inbox.pop(0)
            n += 1
            if len(item) == 3:
                self.on_message(item[0], 0, item[1], item[2], len(item[0]))
            elif self.on_event:
                self.on_event(*item)
        return n
