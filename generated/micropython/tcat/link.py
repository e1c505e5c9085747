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
_DATA = const(4)  # raw bytes of stated length, buf[start:end]
_TEXT = const(5)  # a free line that was owed, buf[start:end]
_MESSAGE = const(6)  # topic buf[topic:topic_end], payload buf[start:end]
_EVENT = const(7)  # a URC: name(), and codec.row(buf, start, end)
_NOISE = const(8)  # a line that nobody was owed, buf[start:end]; counted in `noise`
_LINE = const(9)  # inside: a line to classify in buf[start:end]

# How a command ended: `outcome`; 0 is well.
_REFUSED = const(1)  # `number` from `table`: "c" CME ERROR, "x" ERR CODE, "n" a reason before ERROR, "" ERROR alone
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

# What the framer knows of the line that begins at _first.
_NEW = const(0)
_PLAIN = const(1)
_BODY = const(2)  # its head is read: a counted field ends at _stop
_TORN = const(3)  # what is left of a line that was too long or damaged

_LONGEST = const(16384)  # bytes that a counted field may announce; more is a damaged number


class Link:
    """One module's side of the dialogue. `size`: bytes of the longest message with its head."""

    def __init__(self, size=2304):
        self.buf = bytearray(size)
        self.start = self.end = self.topic = self.topic_end = 0
        self.noise = self.dropped = 0  # lines that nobody was owed; bytes that found no room
        self.hex_data = False  # a quirk: firmware data as hex text (manual 4.3)
        self._first = self._last = self._seen = self._stop = self._skip = 0
        self._line = _NEW
        self._urc = 0
        self.abandon()

    def send(self, fields, args=(), kw={}):
        """The bytes to write for a call; from then on the module owes its answer, within `timeout` ms.

        Raises ValueError or TypeError for what cannot travel; then nothing is owed.
        """
        line, payload, wait = encode(fields, args, kw)
        self.abandon()
        self.timeout = int(fields[4]) + wait
        self._sent = line
        self._heads = fields[1]
        self.payload = payload
        self.pending = True
        for c in fields[3]:
            if c < 58:  # milliseconds to listen for what may come
                self.linger = self.linger * 10 + c - 48
            else:
                self._owes |= 1 << _LETTERS.find(bytes([c]))
        return line + b"\r\n"

    def abandon(self):
        """Forget the command under way; its late answer will be noise."""
        self.pending = False
        self._owes = self.linger = self.timeout = self.outcome = 0
        self._sent = self._heads = b""
        self.payload = self.number = None
        self.table = ""

    def receive(self, data, i, n):
        """Take data[i:n]; returns how far it got. Where that is short of n, ask for events and offer the rest."""
        buf = self.buf
        w = self._last
        k = self._first
        if self._skip:
            m = min(n - i, self._skip)
            self._skip -= m
            self.dropped += m
            i += m
        if k and w + n - i > len(buf):  # move what is unread to the front
            for j in range(k, w):
                buf[j - k] = buf[j]
            w -= k
            self._first = 0
            self._seen -= k
            self._stop -= k
            self.start -= k
            self.topic -= k
            self.topic_end -= k
        n = min(n, i + len(buf) - w)
        while i < n:
            buf[w] = data[i]
            w += 1
            i += 1
        self._last = w
        return n

    def partial(self):
        """Is the line that has begun still without its end?"""
        return self._last > self._first or self._skip > 0

    def cut(self):
        """Give up a line whose end will not come (a NUL in a message cuts it short, manual 5.1)."""
        self.dropped += self._last - self._first
        self.noise += 1
        self._first = self._last = self._seen = self._skip = 0
        self._line = _NEW

    def name(self):
        """The name of the URC that EVENT speaks of."""
        return text(URCS[self._urc : URCS.find(b",", self._urc)].lstrip(b"*!"))

    def next_event(self):
        """The next event; NOTHING until more bytes are received."""
        while True:
            if self.pending and not self._owes & _OWED:
                self.pending = False
                if not self.linger:
                    self._owes = 0
                return _DONE
            event = self._token()
            if event == _LINE:
                event = self._classify()
                if not event:
                    continue
            if event == _NOISE:
                self.noise += 1
            return event

    def lingers(self):
        """May an OK still come that belongs to the command just ended? Listen `linger` ms, then abandon()."""
        return not self.pending and self._owes

    # ---- the framer: where does the next token end? ----------------------------------------------------------

    def _token(self):
        buf = self.buf
        a = self._first
        w = self._last
        if self._line == _BODY:
            return self._body()
        if a == w:
            return _NOTHING
        if self._line == _NEW and buf[a] == 62 and self._owes & _OWES_PROMPT:
            self._first = a + 1
            self._owes &= ~_OWES_PROMPT
            return _PROMPT
        i = buf.find(b"\r\n", max(a, self._seen), w)
        if self._line == _NEW and buf[a] == 43:
            if self._counted(a, w if i < 0 else i):
                self._line = _BODY
                return self._body()
            a = self._first
        if i >= 0:
            torn = self._line == _TORN
            self.start = a
            self.end = i
            self._first = self._seen = i + 2
            self._line = _NEW
            return _NOISE if torn else _LINE
        self._seen = w - 1
        if w - a == len(buf):  # no room for its end
            self._line = _TORN
            self.dropped += w - 1
            buf[0] = buf[w - 1]
            self._first = self._seen = 0
            self._last = 1
        return _NOTHING

    def _counted(self, a, e):
        # Is buf[a:e] a head that announces a counted field, read to its end? Then topic, start and _stop are set.
        buf = self.buf
        colon = buf.find(b":", a, e)
        if colon < 0:
            return False
        self._first = a = self._plus(a)
        i = self._find(URCS, a, colon)
        b = self._blank(colon + 1, e)
        if i and URCS[i] == 42:  # *: "topic",length,"payload"
            q = b
            while True:
                q = buf.find(b'",', q + 1, e)
                if q < 0:
                    return False
                i = self._digits(q + 2, e)
                if i > q + 2 and buf.startswith(b',"', i) and i + 2 <= e:
                    break
            self.topic = b + 1
            self.topic_end = q
            self.start = i + 2
            self._tail = 3
        elif self._owes & _OWES_DATA and self._find(self._heads, a, colon):  # length,bytes
            i = self._digits(b, e)
            if i == b or i >= e or buf[i] != 44:
                return False
            self.start = i + 1
            self._tail = 2
            if self.hex_data:
                self.start = self._blank(i + 1, e)
                self._value *= 2
        else:
            return False
        self._stop = self.start + self._value
        return self._value <= _LONGEST

    def _body(self):
        buf = self.buf
        stop = self._stop
        end = stop + self._tail
        if end - self._first > len(buf):  # never enough room: let it pass
            self.dropped += self._last - self._first
            self._skip = end - self._last
            self._first = self._last = self._seen = self.start = self.end = 0
            self._line = _NEW
            return _NOISE
        if end > self._last:
            return _NOTHING
        if not buf.startswith(b'"\r\n' if self._tail == 3 else b"\r\n", stop):
            self._line = _TORN
            self._seen = stop
            return self._token()
        self.end = stop
        self._first = self._seen = end
        self._line = _NEW
        if self._tail == 3:
            return _MESSAGE
        self._owes &= ~_OWES_DATA
        return _DATA

    # ---- the classifier: doors in a fixed order --------------------------------------------------------------

    def _classify(self):
        # The event of the line buf[start:end]; NOTHING if it was a debt that needs no words.
        buf = self.buf
        a = self._blank(self.start, self.end)
        e = self.end
        while e > a and buf[e - 1] == 32:
            e -= 1
        self.start = a
        self.end = e
        owes = self._owes
        n = e - a
        if n == 0:
            return _NOTHING
        if n == 2 and buf.startswith(b"OK", a):
            if not owes & (_OWES_OK | _MAY_OK):
                return _NOISE
            self._owes = owes & ~(_OWES_OK if owes & _OWES_OK else _MAY_OK)
            return _NOTHING
        if n == len(self._sent) and buf.startswith(self._sent, a):
            return _NOTHING
        if self.pending:
            if n == 5 and buf.startswith(b"ERROR", a) or n == 4 and buf.startswith(b"FAIL", a):
                return self._ends(_REFUSED)
            if buf.startswith(b"busy ", a):
                return self._ends(_BUSY)
            if buf.startswith(b"ERR CODE:", a):
                self.number = self._number(a + 9, e)
                self.table = "x"
                return _NOTHING
        a = self._plus(a)
        if self.pending and buf.startswith(b"+CME ERR", a):
            self.number = self._number(buf.find(b":", a, e) + 1, e)
            self.table = "c"
            return self._ends(_REFUSED)
        b = a
        while b < e and buf[b] not in b":,=":
            b += 1
        t = self._blank(b + 1, e)
        ours = self.pending and self._find(self._heads, a, b)
        if ours:
            if owes & _OWES_RESULT:
                if e - t == 2 and buf.startswith(b"OK", t):
                    self._owes &= ~_OWES_RESULT
                    return _NOTHING
                if buf.startswith(b"FAIL", t):
                    self.number = self._number(t + 4, e)
                    return self._ends(_FAILED)
            if owes & (_OWES_ROW | _MAY_ROWS):
                self.start = t
                self._owes &= ~_OWES_ROW
                return _ROW
            if owes & _MAY_TEXT:
                return _TEXT
        i = self._find(URCS, a, b) if b == e or buf[a] == 43 else 0
        if i and URCS[i] != 42:
            self.start = min(t, e)
            self._urc = i
            if ours:  # a session cannot end that never began (manual 6.1)
                self._owes &= ~_OWES_RESULT
            if self.pending and URCS[i] == 33:  # !: the module has started
                self._ends(_RESET)
            return _EVENT
        if ours and owes & _MAY_REASON:
            self.number = self._number(t, e)
            self.table = "n"
            return _NOTHING
        return _TEXT if owes & _MAY_TEXT and self.pending else _NOISE

    def _ends(self, outcome):
        self.outcome = outcome
        self._owes &= _MAY_OK
        if outcome != _FAILED:
            self.linger = 0
        return _NOTHING

    # ---- reading in place: nothing here allocates ------------------------------------------------------------

    def _blank(self, i, e):
        # The first position from i on that holds no space.
        while i < e and self.buf[i] == 32:
            i += 1
        return i

    def _plus(self, a):
        # "+ NAME" is read as "+NAME" (manual 1.2): the plus sign moves up to the name.
        buf = self.buf
        if buf[a] == 43:
            while buf[a + 1] == 32:
                a += 1
            buf[a] = 43
        return a

    def _find(self, table, a, b):
        # The position behind the word buf[a:b] in a table of words that end in = or ? and entries that end in a comma.
        buf = self.buf
        i = 0
        while True:
            k = a
            while k < b and i < len(table) and table[i] == buf[k]:
                i += 1
                k += 1
            if k == b > a and (i == len(table) or table[i] in b"=?,"):
                return i + 1
            i = table.find(b",", i) + 1
            if not i:
                return 0

    def _digits(self, i, e):
        # Reads decimal digits from i on into _value; returns where they end.
        v = 0
        while i < e and 48 <= self.buf[i] <= 57 and v <= _LONGEST:
            v = v * 10 + self.buf[i] - 48
            i += 1
        self._value = v
        return i

    def _number(self, i, e):
        # The number in buf[i:e], behind blanks and commas; None if there is none.
        return integer(bytes(self.buf[i:e]).strip(b" ,:"))
