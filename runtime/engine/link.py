"""The dialogue with the module, without I/O and without a clock: framer, classifier and pending debts.

    uart ─bytes─▶ receive ─▶ framer ─line─▶ classifier ─▶ debts paid, URC, or noise ─▶ next_event

A shell owns the port and the time. It writes what `send` gives it, hands in what arrives, and asks for events
until there are none. Manual 1.2, 1.3 and 5.
"""

from .port import const
from .tables import WORDS

# What next_event() returns. Bounds are positions in `buf`; they hold until the next next_event().
_NOTHING = const(0)  # receive more
_DONE = const(1)  # the command has ended: see `error`, `code`, `errors`
_PROMPT = const(2)  # the module waits: write the payload and CR LF in one write
_ROW = const(3)  # an information row, buf[start:end] behind its head
_DATA = const(4)  # raw bytes of stated length, data[:end]
_TEXT = const(5)  # a free line that was owed, buf[:end]
_MESSAGE = const(6)  # topic buf[topic:stop], payload buf[start:end]
_EVENT = const(7)  # a URC: its name in WORDS from `topic` to the comma, its row buf[start:end]
_NOISE = const(8)  # a line that nobody was owed, buf[:end]; counted in `noise`
_PAID = const(9)  # a line that says nothing more: a debt paid, an echo, a blank

# How a command ended: `error`; 0 is well.
# `code` is from the table `errors`: "c" CME ERROR, "x" ERR CODE, "n" a reason before ERROR, "" ERROR alone.
_FAILED = const(2)  # +NAME:FAIL with `code`, or None where the module gave none
_BUSY = const(3)  # an earlier command still runs; the module threw this one away
_RESET = const(4)  # the module restarted
_LATE = const(5)  # the answer did not come, or not whole
_SWALLOWED = const(7)  # a torn message may have swallowed the answer (6: a shell finds it damaged)

# Debts: one bit for each letter in the table's debts field.
_OWES_OK = const(1)
_OWES_PROMPT = const(2)
_OWES_RESULT = const(4)  # +NAME:OK or +NAME:FAIL
_OWES_ROW = const(8)
_OWES_DATA = const(16)  # a row that ends in raw bytes of stated length
_OWES_BOOT = const(2048)  # the sign of a restart that was asked for
_OWED = const(2079)  # what must be paid; the rest is welcome
_UNDERWAY = const(32)  # the command's end has not been told
_MAY_ROWS = const(1088)  # any number; or one, or none
_MAY_TEXT = const(128)
_MAY_OK = const(256)  # manual 6.3
_MAY_REASON = const(512)  # a number before ERROR

# Where the line that is being read may end: `_stop`.
_PLAIN = const(0)  # at any CR LF
_TORN = const(-1)  # the same, but its beginning is lost
_RAW = const(-2)  # at once: raw bytes went before. Above 0: behind the quote that ends a message
_PASSED = const(-3)  # at once: a message or raw bytes went before for which there was no room

# Bytes that have a meaning.
_LF = const(10)
_CR = const(13)
_SPACE = const(32)
_QUOTE = const(34)
_COLON = const(58)
_COUNTED = const(-6)  # the sign * of words whose line ends where a length says, as a door


class Link:
    """One module's side of the dialogue. `size`: bytes of the longest message with its head."""

    def __init__(self, size: int) -> None:
        self.buf = bytearray(size)
        self.noise = 0  # lines that nobody was owed
        self.doubt = (
            False  # a line came that nobody was owed, or not in the module's order: whose was it?
        )
        self.dropped = 0  # bytes that found no room
        self.owes = 0  # debts; set to 0, it gives up the command: its late answer is noise
        self.partial = 0  # bytes of a line without its end yet; below 0: bytes to come past `buf`
        self.input = self.code = None
        self.errors = ""
        self.error = self.start = self.end = self.topic = self.stop = 0
        self._stop = self.offset = self.count = 0

    def send(self, form: list[str], line: bytes, data: bytearray | memoryview | None) -> bytes:
        """The bytes to write for an encoded call; from then on the module owes its answer.

        data: where the raw bytes of the answer go; None: into memory of their own.
        """
        if self._stop == _RAW:  # the end of raw bytes that nobody waits for
            self._stop = _TORN
        self.line = line
        self.form = form
        self.data = data
        self.error = 0
        self.code = None
        self.errors = ""
        self.owes = _UNDERWAY
        for c in form[3]:
            self.owes |= 1 << "kpvrd-mtKnoba".find(c)
        return line + b"\r\n"

    def cut(self) -> None:
        """Give up a line whose end will not come (a NUL in a message cuts it short, manual 5.1; so does a restart)."""
        n = self.partial
        stop = self._stop
        if n > 0 and not stop and self.owes & _UNDERWAY and self.buf.find(b"\r\n", 0, n) > 0:
            # A row that went on in vain (row.py): each line by itself.
            self.form = self.form[:6]
            self.partial = 0
            self.receive(bytes(self.buf[:n]), n)
            return
        if stop:
            self._line(-1)
        if n:
            self.noise += 1
            self.dropped += max(n, 0)
            self.partial = 0
        else:
            self._stop = stop

    def receive(self, data: bytes | bytearray, n: int) -> None:
        """Take data[:n], once all before it has been taken in: after next_event() has returned NOTHING."""
        self.input = data
        self.offset = 0
        self.count = n

    def next_event(self) -> int:
        """The next event; NOTHING until more bytes are received."""
        # The framer: where does the next line, message or prompt end?
        owes = self.owes
        if owes & (_UNDERWAY | _OWED) == _UNDERWAY:
            self.owes = owes & _MAY_OK
            return _DONE
        buf = self.buf
        data = self.input
        i = self.offset
        n = self.count
        w = self.partial
        event = _NOTHING
        while i < n and not event:
            c = data[i]
            i += 1
            if w < 0:
                if self._stop == _RAW:
                    self.data[self.end + w] = c
                else:
                    self.dropped += 1
                w += 1
                continue
            if w == len(buf):  # no room for the line's end
                self.dropped += w - 1
                buf[0] = buf[w - 1]
                w = 1
                self._stop = _TORN
            buf[w] = c
            w += 1
            if w == 2 and c != _LF and (buf[0] == _CR or not buf[0]) and not self._stop:
                self.dropped += c == _CR or not c  # NUL and CR at a line's edges are the wire's own
                buf[0] = c
                w = 1
            if c == _LF and w > 1 and buf[w - 2] == _CR and w > self._stop + 1:
                event = self._line(w - 2)
                w = 0
            elif c == 62 and w == 1 and owes & _OWES_PROMPT:
                self.owes = owes - _OWES_PROMPT
                event = _PROMPT
                w = 0
            elif c == 32 and w == 2 and buf[0] == 43:  # "+ NAME" is read as "+NAME" (manual 1.2)
                w = 1
            elif c == 44 and buf[0] == 43 and not self._stop:
                w = self._counted(w)
        if event == _NOISE:
            self.noise += 1
            self.doubt = True
        self.offset = i
        self.partial = w
        return event

    def _counted(self, w: int) -> int:
        # What `partial` becomes, now that buf[:w] may be the head of a counted field: `+NAME:"topic",5,` or `+NAME:5,`.
        buf = self.buf
        i = w - 1
        size = 0
        scale = 1
        while 48 <= buf[i - 1] <= 57 and scale < 100000:  # more digits are damage
            i -= 1
            size += (buf[i] - 48) * scale
            scale *= 10
        if scale > 1:
            if buf[i - 1] == 44 and buf[i - 2] == 34 and WORDS[self._find(WORDS)] == 42:  # *
                k = self.start
                while buf[k] == _SPACE:
                    k += 1
                self.stop = i - 2
                self.topic = k + 1 if buf[k] == _QUOTE and buf[self.start - 1] == _COLON else i
                self.start = w + 1
                self.end = self._stop = w + 1 + size
                if w + size + 4 > len(buf):  # never enough room: let it pass
                    self._stop = _PASSED
                    return -size - 2
            elif self.owes & _OWES_DATA and self._find(self.form[1].encode()):
                # No more than was asked for takes memory: that is the line's first number.
                if not self.data and size <= int(self.line.split(b"=")[1]):
                    self.data = bytearray(size)
                self.end = size
                self._stop = _PASSED if size > len(self.data or b"") else _RAW
                return -size
        return w

    def _line(self, e: int) -> int:
        # The event of the line buf[:e], doors in a fixed order.
        buf = self.buf
        owes = self.owes
        stop = self._stop
        self._stop = _PLAIN
        if (
            stop > 0
            and e == stop + 1
            and buf[stop] == buf[self.start - 1] == _QUOTE
            and self.topic < self.stop
        ):
            return _MESSAGE
        self.start = 0
        if stop == _RAW and not e:
            self.owes = owes & ~_OWES_DATA
            return _DATA
        door = 0
        if not stop:
            while e and (buf[e - 1] == _CR or not buf[e - 1]):
                e -= 1
            buf[e] = _CR
            buf[e + 1] = _LF
            if not e or owes & _UNDERWAY and e == len(self.line) and buf.startswith(self.line):
                return _PAID
            self.topic = self._find(WORDS)
            door = WORDS[self.topic] - 48
        self.end = e
        if stop or door == _COUNTED:
            # Bytes whose number was told did not come, or others did: the answer may be among them, and is neither to
            # be believed nor to be waited for.
            if owes & _UNDERWAY and stop != _TORN and (stop != _PASSED or e):
                self.owes = 0
                self.error = _LATE if stop == _RAW else _SWALLOWED
            return _NOISE
        if owes & _UNDERWAY:
            ended = -1
            ours = self._find(self.form[1].encode())
            t = self.start
            while buf[t] == _SPACE:
                t += 1
            if door == _RESET and owes & _OWES_BOOT:
                self.owes = _UNDERWAY
            elif 0 < door < 10:
                if door != _BUSY or owes & _OWES_OK:  # behind its OK a command is not thrown away
                    ended = door & 7
                if door > 7:
                    self.errors = "c" if door & 1 else "x"
            elif ours:
                if owes & _OWES_RESULT:
                    # It settles the OK too, which is welcome still (firmware 1.1.0 sends none, manual 2.3).
                    owes = (owes | (owes & _OWES_OK) << 8) & ~_OWES_OK
                    if e - t == 2 and buf[t + 1] == 75:  # OK
                        self.owes = owes - _OWES_RESULT
                        return _PAID
                    if buf[t] == 70 and e - t > 3 and buf[t + 3] == 76:  # FAIL
                        t += 4 + (buf[t + 4] == 44)
                        ended = _FAILED
                    elif buf[e - 1] == 83:  # SUCCESS: so it began (manual 6.1)
                        self.owes = owes - _OWES_RESULT
                elif owes & (_OWES_ROW | _MAY_ROWS):
                    self.owes &= ~_OWES_ROW
                    return _ROW
                elif owes & _MAY_REASON:
                    self.errors = "n"
                    ended = 0
                elif owes & _MAY_TEXT:
                    return _TEXT
            if ended > 0:
                self.error = ended
                self.owes = (owes & _MAY_OK) * (ended == _FAILED) | _UNDERWAY
            if ended >= 0:
                try:
                    self.code = int(bytes(buf[t:e]), 0)
                except ValueError:
                    pass
                if ended != _RESET:
                    return _PAID
        if not door and owes & (_OWES_OK | _MAY_OK):
            # In an order that is not the module's: before its row, behind a result.
            if (
                owes & _OWES_ROW
                and self.form[3] > "r"
                or not owes & _OWES_OK
                and "K" not in self.form[3]
            ):
                self.doubt = True
            self.owes = owes & ~(_OWES_OK if owes & _OWES_OK else _MAY_OK)
            return _PAID
        if door == _RESET or door > 48:
            return _EVENT
        return _TEXT if owes & _MAY_TEXT else _NOISE

    def _find(self, names: bytes) -> int:
        # The line's head in a table of words that end in = or ? and entries that end in a comma: the position behind
        # it there, and `start` behind it in buf; or 0.
        buf = self.buf
        i = 0
        while True:
            k = 0
            while i < len(names) and names[i] == buf[k]:
                i += 1
                k += 1
            if (
                k
                and (i == len(names) or names[i] in b"=?,")
                and (buf[k] in b":,=" or buf[k] == _CR and buf[k + 1] == _LF)
            ):
                self.start = k + 1
                return min(i, len(names) - 2) + 1
            i = names.find(b",", i) + 1
            if not i:
                return 0
