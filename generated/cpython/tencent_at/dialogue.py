# Copied from runtime/engine/dialogue.py: edit that.
"""A command from its first byte to its outcome, for every shell: blocking or asyncio, on a board or at a desk.

What waits is a generator. It yields a number of milliseconds to wait for bytes; the shell gives what comes to
`link.receive` and answers with the milliseconds that are left (at least 1), or with 0 if the time ran out.
"""

from .codec import encode, form
from .link import Link  # noqa: F401, for the shells
from .port import const
from .tables import WORDS

# The events and outcomes of link.py that are handled here.
_NOTHING = const(0)
_DONE = const(1)
_PROMPT = const(2)
_ROW = const(3)
_DATA = const(4)
_TEXT = const(5)
_MESSAGE = const(6)
_EVENT = const(7)
_BUSY = const(3)
_TIMEOUT = const(5)  # an outcome beside those of link.py: the module did not pay in time

# Debts of link.py: rows or lines of text; a row that may be missing; the end of the command.
_MANY = const(192)
_MAY_ROW = const(1024)
_UNDERWAY = const(32)

_QUIET = const(100)  # ms without a byte: the line is quiet
_STALLED = const(1000)  # ms without a byte inside a line: its end will not come
_TRIES = const(6)  # a busy module is asked so often
_PATIENCE = const(
    2000
)  # steps, of 100 ms or a line each: longer than any command may keep the module busy
_DEAF = const(700)  # steps that an unanswered question counts for


class Dialogue:
    """What the shells have in common. A shell adds the port: write(data), run(generator), and
    error(outcome, call, number, tables), which makes what is raised.

    on_message(buf, topic, stop, start, end): called with the bounds of topic and payload in `buf`; copy what
    you keep. Without it, and under a command, messages wait in `inbox`.
    handlers: functions (name, values) that are called with every other URC, at once; they may not start a command.
    """

    on_message = None
    handlers = ()
    backlog = 4096  # how many bytes the inbox keeps, heads included
    lost = 0  # how many messages found no room
    on_lost = None  # called with `lost` whenever it grows; it may not start a command
    # An answer may still be under way, or a payload be awaited (then it stands here): ask AT until the line is quiet.
    _dirty = True

    def call(self, call: str | list[str], args: object = (), kw: object = (), data: object = None):
        """Generator: hold one dialogue; the value is what the module answered.

        call: a call's name, or a form made on the spot (see codec.form). The value is None for a form that only says
        OK and where there is nothing, the values of a row, a list of rows or of lines, or raw bytes. With `data`, a
        writable buffer, raw bytes are laid there and the value is their number.
        """
        if isinstance(call, str):
            call = form(call)
        try:
            encoded = encode(call, args, kw)
        except (TypeError, ValueError):
            from .refusal import refusal

            raise ValueError(refusal(call, args, kw))
        link = self.link
        for _ in range(_TRIES):
            if self._dirty and not (yield from self._settle()):
                break
            result = yield from self._ask(call, *encoded, data)
            if link.error != _BUSY:
                break
        if link.error:
            raise self.error(link.error, call[0], link.code, link.errors or call[5])
        return result

    def publish(self, topic: str | bytes, payload: str | bytes, qos: int = 0):
        """Publish in the way that carries these bytes unchanged (manual 3.3, 3.4).

        As one line where the escaped line fits, else behind a prompt; ValueError, naming the byte or the length
        that cannot travel, before anything is written.
        """
        call = "publish_short"
        args = topic, qos, payload
        try:
            encode(form(call), args, ())
        except (TypeError, ValueError):
            call = "publish_long"
        return self.run(self.call(call, args))

    def _ask(self, form: list[str], line: bytes, payload: bytes | None, wait: int, data: object):
        # Write a command and collect its answer; link.error says how it ended.
        link = self.link
        ms = form[4].split("+")
        left = _STALLED * 5
        while self._pump() or link.partial and left > 0:
            rest = yield _STALLED
            left += rest - _STALLED - 1
            if not rest:
                break
        link.cut()  # a line that will not end must not swallow the answer
        self._dirty = payload or True
        self.write(link.send(form, line, data))
        result = [] if 0 < link.owes & (_MANY | _MAY_ROW) < _MAY_ROW else None
        left = int(ms[0] or 5000) + wait
        while True:
            event = self._pump()
            if event == _NOTHING:
                if left <= 0 or not link.owes:
                    break
                wait = min(left, _STALLED)
                rest = yield wait
                left += rest - wait - 1  # each step costs: a stream must not stop the clock
                if not rest and wait == _STALLED:
                    link.cut()
            elif event == _PROMPT:
                self.write(payload + b"\r\n")
            elif event == _DONE:  # listen a while for an OK that may come (manual 6.3)
                left = int(ms[-1] or 0)
            else:
                from .row import value

                found = value(link, event, WORDS, data)
                if result is None:
                    result = found
                elif found is not None:
                    result.append(found)
        if link.owes & _UNDERWAY:
            link.owes = 0
            link.error = _TIMEOUT
        else:
            self._dirty = link.error == _BUSY
        return result

    def _settle(self):
        # After a time-out: end an open payload, then ask AT until its OK is the last thing that comes (manual 1.3).
        # True if it was; else link.error says what stood in the way.
        link = self.link
        attention = form("attention")
        if self._dirty is not True:
            self.write(b"+++" + b"\r\n")
            if len(self._dirty) == 2:  # where +++ goes unheard, AT would be taken for the payload
                attention = form("echo_off")
        steps = _PATIENCE
        link.error = 0
        noise = None  # what was noise when AT was asked, if it was answered
        while steps > 0:
            steps -= 1
            self._pump()
            if not (yield _QUIET):
                if noise == link.noise and not link.partial:
                    self._dirty = False
                    return True
                noise = link.noise
                yield from self._ask(attention, *encode(attention, (), ()), None)
                self._dirty = True  # until quiet is proved: giving up leaves it so
                if link.error:
                    noise = None
                    if link.error == _TIMEOUT:
                        steps -= _DEAF
        link.error = link.error or _TIMEOUT

    def _pump(self) -> int:
        # Handle messages, URCs and noise; returns the first event that belongs to the command, or NOTHING.
        link = self.link
        while True:
            event = link.next_event()
            i = link.start
            e = link.end
            if event == _MESSAGE:
                if self.on_message and not link.owes and not self.inbox:
                    self.on_message(link.buf, link.topic, link.stop, i, e)
                else:
                    room = self.backlog - e
                    for kept in self.inbox:
                        room -= len(kept[0])
                    if room >= 0:
                        self.inbox.append((bytes(link.buf[:e]), link.topic, link.stop, i, e))
                    else:
                        self.lost += 1
                        if self.on_lost:
                            self.on_lost(self.lost)
            elif event > _MESSAGE:
                if event == _EVENT:
                    for handler in self.handlers:
                        from .row import value

                        handler(*value(link, event, WORDS))
            else:
                return event
