# Copied from runtime/engine/dialogue.py: edit that.
"""A command from its first byte to its outcome, for every shell: blocking or asyncio, on a board or at a desk.

What waits is a generator. It yields a number of milliseconds to wait for bytes; the shell gives what comes to
`link.receive` and answers with the milliseconds that are left (at least 1), or with 0 if the time ran out. Where it
yields 0, what the port holds is taken in, if there is any.
"""

from .codec import encode, field, form
from .dialect import const
from .link import Link  # noqa: F401, for the shells
from .tables import LINE as _LINE
from .tables import VERBATIM as _VERBATIM

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
_SWALLOWED = const(7)

# Debts of link.py: rows or lines of text; a row that may be missing; the sign of a restart; what must be paid; the end
# of the command.
_MANY = const(192)
_MAY_ROW = const(1024)
_OWES_BOOT = const(2048)
_AGAIN = const(4096)  # to be said anew after a restart
_OWED = const(2079)
_OWES_OK = const(1)
_PERHAPS = const(16384)
_UNDERWAY = const(32)

# Fields of a form (codec.py).
_CALL = const(0)
_ERRORS = const(5)
_LINGER = const(7)

_CR_LF = const(b"\r\n")
_QUIET = const(100)  # ms without a byte: the line is quiet
_STALLED = const(1000)  # ms without a byte inside a line: its end will not come
_GRACE = const(5000)  # ms that a call may take beyond its own time-out, to settle the line
_TRIES = const(6)  # a busy module is asked so often
_DEAF = const(3)  # questions that a module may leave unanswered
_MORE = const(
    512
)  # bytes taken in before a command beyond those that were there: a stream must not hold it
_LEAST = const(-200000)  # below any `partial`
_ABORTS = const(
    4
)  # bytes of a question and its line end: a payload still open and longer is ended by them


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
    any = int  # any(): how many bytes wait in the port; none, where a shell cannot tell
    # A doubt: an answer may still be under way, or a payload be awaited (then it stands here). The next call settles
    # it, and only then writes.
    doubt = True
    _echo = "attention"  # the form to say anew after a restart

    def call(
        self,
        call: str | tuple[str, bytearray, bytes | None, int],
        args: object = (),
        kw: object = (),
        data: object = None,
        default: str | None = None,
    ):
        """Generator: hold one dialogue; the value is what the module answered.

        call: a call's name, a form made on the spot (see codec.form), or what codec.encode made of either. default: the
        call that takes the arguments where they cannot travel in this one. The value is None for a form that only says
        OK and where there is nothing, the values of a row, a list of rows or of lines, or raw bytes. With `data`, a
        writable buffer, raw bytes are laid there and the value is their number.
        """
        while isinstance(call, str):
            made = call if " " in call else form(call)
            try:
                if default and len(args[-1]) > _LINE:
                    raise ValueError
                call = encode(made, args, kw)
            except (TypeError, ValueError):
                if not default:
                    from .refusal import refusal

                    raise ValueError(refusal(made, args, kw))
                call = default
                default = None
        link = self.link
        made = call[0]
        ms = call[3]
        self.timeout = ms + _GRACE  # what the whole call may take
        for _ in range(_TRIES):
            # What settling leaves to the command.
            if self.doubt and not (yield from self.clear(min(ms, _GRACE), "attention")):
                break
            result = yield from self.send(*call, data)
            if link.error != _BUSY:
                break
        if not link.error:
            owed = link.owed
            if owed & _OWES_BOOT:
                self.doubt = True
                yield from self.clear(0, self._echo)
            if owed & _AGAIN:
                self._echo = field(made, _CALL)
        if link.error:
            raise self.error(
                link.error, field(made, _CALL), link.code, link.errors or field(made, _ERRORS)
            )
        return result

    def publish(self, topic: str | bytes, payload: str | bytes, qos: int = 0):
        """Publish in the way that carries these bytes unchanged (manual 3.3, 3.4).

        As one line where the escaped line fits, else behind a prompt; ValueError, naming the byte or the length
        that cannot travel, before anything is written.
        """
        args = topic, qos, payload
        if _VERBATIM:
            return self.run(self._carry(args))
        return self.run(self.call("publish_short", args, (), None, "publish_long"))

    if _VERBATIM:

        def _carry(self, args: object):
            # The same where there is a third way, which changes no byte (manual 3.5).
            ways = [form("publish_short"), form("publish_long")]
            try:
                ways.append(form("publish_raw").replace(":q", ":p"))
            except AttributeError:  # at a desk the table is the first revision's
                pass
            for made in ways:
                try:
                    call = encode(made, args, ())
                    break
                except (TypeError, ValueError):
                    pass
            else:
                from .refusal import refusal

                raise ValueError(refusal(made, args, ()))
            return (yield from self.call(call))

    def send(self, form: str, line: bytearray, payload: bytes | None, wait: int, data: object):
        # Write a command and collect its answer; link.error says how it ended. wait: its time-out in ms.
        link = self.link
        noise = link.noise
        # What has come is taken in, and a line under way is let end: it must not swallow the answer.
        left = self.any() + _MORE
        while left > 0 and self.any() and (yield 0):
            self.pump()
            left -= link.count
        self.pump()
        left = _LEAST
        while link.partial and link.partial > left:
            left = link.partial
            rest = yield _STALLED
            self.timeout += rest - _STALLED - 1
            self.pump()
            if not rest or self.timeout <= wait:
                link.cut()
        self.doubt = payload or True
        link.doubt = noise != link.noise
        link.send(form, line, data)
        self.write(line)
        result = [] if 0 < link.owes & (_MANY | _MAY_ROW) < _MAY_ROW else None
        left = min(wait, self.timeout)
        while True:
            event = self.pump()
            if event == _NOTHING:
                if link.owes & _PERHAPS:
                    if left > _QUIET:
                        left = _QUIET
                    elif left <= 0:
                        link.owes &= ~_OWES_OK
                        continue
                if left <= 0 or not link.owes:
                    break
                wait = min(left, _STALLED)
                rest = yield wait
                if not rest and wait == _STALLED:
                    link.cut()
                rest -= wait + 1  # each step costs: a stream must not stop the clock
                left += rest
                self.timeout += rest
            elif event == _PROMPT:
                self.write(payload, _CR_LF)
            elif event == _DONE:  # listen a while for an OK that may come (manual 2.3, 6.3)
                left = link.owes and int(field(form, _LINGER) or _QUIET)
            else:
                from .row import value

                found = value(link, event, data)
                if result is None:
                    result = found
                elif found is not None:
                    result.append(found)
                left = max(left, min(_QUIET, self.timeout))  # an OK before it was not its own
        if link.owes & _UNDERWAY and link.owes & _OWED != _OWES_BOOT:
            link.error = _TIMEOUT
        elif not link.error:
            self.doubt = link.doubt
        elif link.error < _TIMEOUT and len(payload or line[2:]) > _ABORTS:
            self.doubt = True
        link.owes = 0
        return result

    def clear(self, wait: int, call: str):
        # Where an answer may be under way: end an open payload, then ask until the OK is the last thing that comes, but
        # for messages (manual 1.3). True if it was; else link.error says what stood in the way.
        link = self.link
        left = 0
        if self.doubt is not True:
            self.write(b"+++\r\n")
            left = _QUIET  # it is heard as a chunk of its own
            if len(self.doubt) == 2:  # where +++ goes unheard, AT would be taken for the payload
                call = "echo_off"
        deaf = _DEAF
        link.error = 0
        asked = False
        while self.timeout > wait and deaf:
            link.doubt = False
            self.pump()
            if link.doubt:
                asked = False
                left = _QUIET
            if left >= 0:
                rest = yield left
                rest -= 2 if rest < 2 else link.count >> 6  # a stream of messages must not hold it
                self.timeout += rest - left - 1
                left = rest
            elif asked and (link._stop or not link.partial):
                self.doubt = False
                return True
            else:
                yield from self.send(*encode(form(call), (), ()), None)
                asked = not self.doubt
                self.doubt = True  # until quiet is proved: giving up leaves it so
                deaf -= link.error == _TIMEOUT
                left = _QUIET
        link.error = link.error or _TIMEOUT

    def pump(self) -> int:
        # Handle messages, URCs and noise; returns the first event that belongs to the command, or NOTHING.
        link = self.link
        while True:
            event = link.next_event()
            if event < _MESSAGE:
                return event
            if event == _MESSAGE:
                i = link.start
                e = link.end
                if self.on_message and not link.owes and not self.inbox:
                    self.on_message(link.buf, link.topic, link.stop, i, e)
                else:
                    h = link.head
                    room = self.backlog - e + h
                    for kept in self.inbox:
                        room -= len(kept[0])
                    if room >= 0:
                        kept = bytes(memoryview(link.buf)[h:e])
                        self.inbox.append((kept, link.topic - h, link.stop - h, i - h, e - h))
                    else:
                        self.lost += 1
                        if self.on_lost:
                            self.on_lost(self.lost)
            elif event == _EVENT:
                link.doubt = link.doubt or not link.owes  # the line has no rest
                for handler in self.handlers:
                    from .row import value

                    handler(*value(link, event))
