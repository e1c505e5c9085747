# Copied from runtime/shared/link.py: edit that.
"""The dialogue with the module, without I/O and without a clock: framer, classifier and pending debts.

    uart ─bytes─▶ receive ─▶ framer ─line─▶ classifier ─▶ debts paid, URC, or noise ─▶ next_event

A shell owns the port and the time. It writes what `send` gives it, hands in what arrives, and asks for events
until there are none. Manual 1.2, 1.3 and 5.
"""

from .codec import encode, integer, text
from .port import const
from .tables import URCS

# What next_event() returns. Bounds are positions in `buf`; they hold until the next next_event() or receive().
_NOTHING = const(0)  # receive more
_DONE = const(1)  # the command has ended: see `outcome`, `number`, `table`
_PROMPT = const(2)  # the module waits: write `payload` and CR LF in one write
_ROW = const(3)  # an information row, buf[start:end] behind its head
_DATA = const(4)  # raw bytes of stated length, sink[start:end]
_TEXT = const(5)  # a free line that was owed, buf[start:end]
_MESSAGE = const(6)  # topic buf[topic:topic_end], payload buf[start:end]
_EVENT = const(7)  # a URC: name(), and codec.row(buf, start, end)
_NOISE = const(8)  # a line that nobody was owed, buf[start:end]; counted in `noise`

# How a command ended: `outcome`; 0 is well.
# `number` is from `table`: "c" CME ERROR, "x" ERR CODE, "n" a reason before ERROR, "" ERROR alone.
_REFUSED = const(1)
_FAILED = const(2)  # +NAME:FAIL with `number`, or None where the module gave none
_BUSY = const(3)  # an earlier command still runs; the module threw this one away
_RESET = const(4)  # the module restarted

# Debts: one bit for each letter in the table's debts field.
_LETTERS = const(b"kpvrdmtKn")
_OWES_OK = const(1)
_OWES_PROMPT = const(2)
_OWES_RESULT = const(4)  # +NAME:OK or +NAME:FAIL
_OWES_ROW = const(8)
_OWES_DATA = const(16)  # a row that ends in raw bytes of stated length
_OWED = const(31)  # what must be paid; what follows is welcome
_MAY_ROWS = const(32)
_MAY_TEXT = const(64)
_MAY_OK = const(128)  # manual 6.3
_MAY_REASON = const(256)  # a number before ERROR

# The words of the AT core, and what each is (manual 1.2, 1.3).
_DOORS = b"OK=k,ERROR=e,FAIL=e,busy p...=b,busy s...=b,ERR CODE=x,+CME ERROR=c,+CME ERR=c,"

_LONGEST = const(16384)  # bytes that a counted field may announce; more is a damaged number


class Link:
    """One module's side of the dialogue. `size`: bytes of the longest message with its head."""

    hex_data = False  # a quirk: firmware data as hex text (manual 4.3)
    sink = None  # where the raw bytes of an answer go; None: into memory of their own

    def __init__(self, size: int = 2304) -> None:
        self.buf = bytearray(size)
        self.start = self.end = self.topic = self.topic_end = 0
        self.noise = -1  # lines that nobody was owed
        self.dropped = 0  # bytes that found no room
        self._last = 0
        self.cut()
        self.abandon()

    def send(
        self, fields: list[bytes], args: tuple[object, ...] = (), kw: dict[str, object] = {}
    ) -> bytes:
        """The bytes to write for a call; from then on the module owes its answer, within `timeout` ms.

        Raises ValueError for what cannot travel; then nothing is owed.
        """
        line, payload, wait = encode(fields, args, kw)
        self.abandon()
        self.timeout = int(fields[4] or 5000) + wait
        self._sent = line
        self._heads = fields[1]
        self.payload = payload
        self.pending = True
        for c in fields[3]:
            if c < 58:  # milliseconds to listen for what may come
                self.linger = self.linger * 10 + c - 48
            else:
                self._owes |= 1 << _LETTERS.find(bytes((c,)))
        return line + b"\r\n"

    def abandon(self) -> None:
        """Forget the command under way; its late answer will be noise."""
        self.pending = False
        self._owes = self.linger = self.timeout = self.outcome = 0
        self._sent = self._heads = b""
        self.payload = self.number = None
        self.table = ""

    def receive(self, data: bytes | bytearray, i: int, n: int) -> int:
        """Take data[i:n]; returns how far it got. Where that is short of n, ask for events and offer the rest."""
        into = self.buf
        w = self._last
        room = len(into) - w
        if self._left:  # counted bytes on their way past buf
            into = self._into
            w = self._at
            room = self._left
        if n > i + room:
            n = i + room
        if self._left:
            self._left -= n - i
            self._at += n - i
        else:
            self._last += n - i
        if into:
            while i < n:
                into[w] = data[i]
                w += 1
                i += 1
        else:
            self.dropped += n - i
        return n

    def partial(self) -> bool:
        """Is the line that has begun still without its end?"""
        return self._last + self._left > 0

    def cut(self) -> None:
        """Give up a line whose end will not come (a NUL in a message cuts it short, manual 5.1)."""
        self.noise += 1
        self.dropped += self._last
        self._last = self._left = self._at = 0
        self._into = None
        self._events = self._read()

    def next_event(self) -> int:
        """The next event; NOTHING until more bytes are received."""
        for event in self._events:
            return event
        self.cut()  # an interrupt from the keyboard has ended the framer: begin anew
        return _NOTHING

    def lingers(self) -> bool:
        """May an OK still come that belongs to the command just ended? Listen `linger` ms, then abandon()."""
        return not self.pending and self._owes > 0

    def name(self) -> str:
        """The name of the URC that EVENT speaks of."""
        return text(URCS[self._urc : URCS.find(b",", self._urc)].lstrip(b"*!"))

    def _read(self):
        # The framer: where does the next token end? A generator of events, whose positions are its own.
        buf = self.buf
        a = seen = 0  # where the line begins, and up to where it holds no CR LF
        torn = False  # the line's beginning is lost
        raw = -1  # so many bytes went past buf; the line end behind them is awaited
        while True:
            w = self._last
            event = _NOTHING
            if a == w:  # all is read: begin anew at the front
                a = seen = w = self._last = 0
            if self.pending and not self._owes & _OWED:
                self.pending = False
                if not self.linger:
                    self._owes = 0
                yield _DONE
                continue
            if not w:
                yield _NOTHING
                continue
            i = buf.find(b"\r\n", seen, w)
            if torn or raw >= 0:
                pass
            elif buf[a] == 62 and self._owes & _OWES_PROMPT:
                self._owes -= _OWES_PROMPT
                a += 1
                yield _PROMPT
                continue
            elif buf[a] == 43:
                if buf[a + 1] == 32 and a + 1 < w:  # "+ NAME" is read as "+NAME" (manual 1.2)
                    a += 1
                    buf[a] = 43
                    continue
                event = self._counted(a, w if i < 0 else i)
            if event:
                stop = self.end
                if event == _DATA:
                    raw = stop - self.start
                    i = self.start
                    if raw > len(self.data):
                        torn = True
                        raw = -1
                        seen = i
                        continue
                    a = seen = min(w, stop)
                    self._left = stop - a
                    self._at = a - i
                    self._into = self.data
                    for j in range(i, a):
                        self.data[j - i] = buf[j]
                    continue
                i = stop + 3
                if i - a > len(buf):  # never enough room: let it pass
                    self.dropped += w - a
                    self._left = i - w
                    self._into = None
                    self.start = self.end = 0
                    a = w
                    event = _NOISE
                elif i > w:
                    i = -1
                elif buf.startswith(b'"\r\n', stop):
                    a = seen = i
                else:
                    torn = True
                    seen = stop
                    continue
            elif i >= 0:
                self.start = a
                self.end = i
                a = seen = i + 2
                event = _NOISE
                if raw >= 0:
                    if self.start == i:
                        self._owes &= ~_OWES_DATA
                        self.start = 0
                        self.end = raw
                        event = _DATA
                    raw = -1
                elif torn:
                    torn = False
                else:
                    event = self._classify()
            if i >= 0:
                if event == _NOISE:
                    self.noise += 1
                if a == w:
                    a = seen = self._last = 0
                if event:
                    yield event
            elif a:  # move what is unread to the front
                for j in range(a, w):
                    buf[j - a] = buf[j]
                self._last = w - a
                seen = max(0, seen - a)
                a = 0
            elif w < len(buf):
                seen = w - 1
                yield _NOTHING
            else:  # no room for its end
                torn = True
                self.dropped += w - 1
                buf[0] = buf[w - 1]
                seen = 0
                self._last = 1

    def _counted(self, a: int, e: int) -> int:
        # Is buf[a:e] a head that announces a counted field, read to its end? Then topic, start and end are set.
        buf = self.buf
        b = buf.find(b":", a, e)
        if b < 0:
            return _NOTHING
        event = _NOTHING
        i = self._find(URCS, a, b)
        if i and URCS[i] == 42:  # *: "topic",length,"payload"
            event = _MESSAGE
        elif self._owes & _OWES_DATA and self._find(self._heads, a, b):  # length,bytes
            event = _DATA
        b += 1
        while b < e and buf[b] == 32:
            b += 1
        self.topic = b + 1
        if event == _DATA:
            b -= 2
        while event:
            if event == _MESSAGE:
                b = buf.find(b'",', b + 1, e)
                if b < 0:
                    break
            i = b + 2
            v = 0
            while i < e and 48 <= buf[i] <= 57 and v <= _LONGEST:
                v = v * 10 + buf[i] - 48
                i += 1
            if i > b + 2 and i < e and buf[i] == 44 and v <= _LONGEST:
                self.start = i + 1
                if event == _DATA:
                    self.data = self.sink
                    if self.hex_data:
                        while i + 1 < e and buf[i + 1] == 32:
                            i += 1
                        if i + 1 == e:
                            break
                        self.start = i + 1
                        v *= 2
                    if self.hex_data or not self.data:
                        self.data = bytearray(v)
                elif i + 1 < e and buf[i + 1] == 34:
                    self.topic_end = b
                    self.start = i + 2
                else:
                    continue
                self.end = self.start + v
                return event
            if event == _DATA:
                break
        return _NOTHING

    def _classify(self) -> int:
        # The event of the line buf[start:end], doors in a fixed order; NOTHING if it was a debt that needs no words.
        buf = self.buf
        a = self.start
        e = self.end
        while buf[a] == 32:
            a += 1
        while e > a and buf[e - 1] == 32:
            e -= 1
        self.start = a
        self.end = e
        owes = self._owes
        if a == e or e - a == len(self._sent) and buf.startswith(self._sent, a):
            return _NOTHING
        b = a
        while b < e and buf[b] not in b":,=":
            b += 1
        t = b + 1
        while t < e and buf[t] == 32:
            t += 1
        event = _NOTHING
        ended = 0
        ours = self.pending and self._find(self._heads, a, b)
        i = self._find(_DOORS, a, b)
        door = _DOORS[i] if i else 0
        if door == 107 and b == e:  # OK
            if not owes & (_OWES_OK | _MAY_OK):
                return _NOISE
            self._owes = owes & ~(_OWES_OK if owes & _OWES_OK else _MAY_OK)
            return _NOTHING
        if not self.pending:
            door = 0
        if door == 101 and b == e:  # ERROR, FAIL
            ended = _REFUSED
        elif door == 98 and owes & _OWES_OK:  # behind its OK a command is not thrown away
            ended = _BUSY
        elif door == 120:
            self.table = "x"
        elif door == 99:
            self.table = "c"
            ended = _REFUSED
        elif ours and owes & _OWES_RESULT and e - t == 2 and buf.startswith(b"OK", t):
            self._owes -= _OWES_RESULT
            return _NOTHING
        elif ours and owes & _OWES_RESULT and buf.startswith(b"FAIL", t):
            t += 4
            self.number = None
            ended = _FAILED
        elif ours and owes & (_OWES_ROW | _MAY_ROWS):
            self.start = t
            self._owes &= ~_OWES_ROW
            return _ROW
        elif ours and owes & _MAY_TEXT:
            return _TEXT
        else:
            i = self._find(URCS, a, b) if b == e or buf[a] == 43 else 0
            if i and URCS[i] != 42:
                self.start = min(t, e)
                self._urc = i
                event = _EVENT
                if ours and buf.startswith(b"SUCCESS", e - 7):  # so it began (manual 6.1)
                    self._owes &= ~_OWES_RESULT
                if self.pending and URCS[i] == 33:  # !: the module has started
                    ended = _RESET
            elif ours and owes & _MAY_REASON:
                self.table = "n"
            else:
                return _TEXT if owes & _MAY_TEXT and self.pending else _NOISE
        if ended:
            self.outcome = ended
            self._owes &= _MAY_OK
            if ended != _FAILED:
                self.linger = 0
        if event == _NOTHING:
            i = integer(bytes(buf[t:e]).strip(b" ,:"))
            if i is not None:
                self.number = i
        return event

    def _find(self, table: bytes, a: int, b: int) -> int:
        # The position behind the word buf[a:b] in a table of words that end in = or ? and entries that end in a comma.
        i = 0
        while True:
            k = a
            while k < b and i < len(table) and table[i] == self.buf[k]:
                i += 1
                k += 1
            if k == b > a and (i == len(table) or table[i] in b"=?,"):
                return i + 1
            i = table.find(b",", i) + 1
            if not i:
                return 0
