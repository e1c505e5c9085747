# Copied from runtime/engine/link.py: edit that.
"""The dialogue with the module, without I/O and without a clock: framer, classifier and pending debts.

    uart ─bytes─▶ receive ─▶ framer ─line─▶ classifier ─▶ debts paid, URC, or noise ─▶ next_event

A shell owns the port and the time. It writes what `send` gives it, hands in what arrives, and asks for events
until there are none. Manual 1.2, 1.3 and 5.

The framer works on chunks: buf[at:fill] has come and is not told yet, and `read` is how far its line has been searched
for its end. Bytes whose number is known are not searched; nothing is looked at twice.

What stands below next_event() is the link's own. Its names, as several above, are such as the firmware of every board
has anyway (open, sort, match, …): a name of ours takes 17 bytes of heap.
"""

from .codec import field
from .dialect import const, pack_into
from .tables import WORDS

# What next_event() returns. Bounds are positions in `buf`; they hold until the next next_event().
# The line is buf[head:end], without its CR LF.
_NOTHING = const(0)  # receive more
_DONE = const(1)  # the command has ended: see `error`, `code`, `errors`
_PROMPT = const(2)  # the module waits: write the payload and CR LF in one write
_ROW = const(3)  # an information row, buf[start:end] behind its head
_DATA = const(4)  # raw bytes of stated length, data[:end]
_TEXT = const(5)  # a free line that was owed, buf[start:end]
_MESSAGE = const(6)  # topic buf[topic:stop], payload buf[start:end]
_EVENT = const(7)  # a URC: its name in WORDS from `topic` to the comma, its row buf[start:end]
_NOISE = const(8)  # a line that nobody was owed, buf[start:end]; counted in `noise`
_PAID = const(9)  # a line that says nothing more: a debt paid, an echo, a blank; not told

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
_OK_FIRST = const(8192)  # the module says its OK before its row
_OK_AND_ROW = const(9)
_ROW_OR_FIRST = const(8200)
_PERHAPS = const(16384)  # an OK that may be another's has come: taken where nothing follows
_TOLD = const(32768)  # a row or a text was told

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
_STAR = const(42)  # in WORDS: the line ends where a length says
_PLUS = const(43)
_COMMA = const(44)
_ZERO = const(48)
_NINE = const(57)
_COLON = const(58)
_PROMPT_SIGN = const(62)
_QUESTION_MARK = const(63)
_CR_LF = const(b"\r\n")
_QUOTE_COMMA = const(b'",')

# Doors of WORDS, less _ZERO: the number behind ERR CODE; the least that is an event's name; a counted line.
_PARSER = const(8)
_IS_NAMED = const(48)
_NO_DOOR = const(-4)
_SAYS_OK = const(48)
_SAYS_FAIL = const(49)
_COUNTED = const(-6)

# Fields of a form (codec.py).
_HEADS = const(1)
_DEBTS = const(3)

_DIGITS = const(5)  # of a length; more are damage
_NEVER = const(1 << 28)  # `search`: the line has no counted field


class Link:
    """One module's side of the dialogue. `size`: bytes of the longest message with its head."""

    def __init__(self, size: int) -> None:
        self.buf = bytearray(size)
        self.size = size
        # noise: lines that nobody was owed. doubt: one was nobody's, or not in the module's order: whose was it?
        # dropped: bytes that found no room. owes: debts; set to 0, it gives up the command: its late answer is noise.
        # partial: after NOTHING, bytes of a line without its end yet; below 0: bytes to come past `buf`; left: these.
        # search: how far the line has been searched for what makes it a counted one.
        self.noise = self.doubt = self.dropped = self.owes = self.partial = self.left = 0
        self.at = self.fill = self.read = self.search = self.start = self.end = self.error = 0
        self.head = self.topic = self.stop = 0
        self._stop = self.offset = self.count = 0
        self.form = ""
        self.input = b""  # copied whole, by `format`: a slice of it would be an object
        self.key = bytearray(
            3
        )  # how an entry of WORDS begins: a comma, the length, the last character
        self.key[0] = _COMMA
        self.name = b":"  # how the last message began: most need no look into the table

    def send(self, form: str, line: bytes | bytearray, data: bytearray | memoryview | None) -> None:
        """From now on the module owes the answer to a line, CR LF included, that the shell writes.

        data: where the raw bytes of the answer go; None: into memory of their own.
        """
        if self._stop == _RAW:  # the end of raw bytes that nobody waits for
            self._stop = _TORN
        self.line = line
        self.data = data
        self.error = 0
        self.code = None
        self.errors = ""
        if form is not self.form:  # or it is asked again
            self.form = form
            self.keys = field(form, _HEADS).encode()
            self.owed = _UNDERWAY
            for c in field(form, _DEBTS):
                self.owed |= 1 << "kpvrd-mtKnobaf".find(c)
        self.owes = self.owed

    def cut(self) -> None:
        """Give up a line whose end will not come (a NUL in a message cuts it short, manual 5.1; so does a restart)."""
        a = self.at
        w = self.fill
        self.partial = 0
        if self._stop:
            self.torn(self._stop)
        elif self.owes & _UNDERWAY and self.buf.find(_CR_LF, a, w) >= 0:
            # A row that went on in vain (row.py): each line by itself.
            self.form = ""
            self.read = self.search = a
            return
        if w > a or self.left:
            self.noise += 1
            self.dropped += w - a
            self.left = self._stop = self.at = self.fill = self.read = self.search = 0

    def receive(self, data: bytes | bytearray, n: int) -> None:
        """Take data[:n], once all before it has been taken in: after next_event() has returned NOTHING.

        Where `data` is always of one size, taking it in makes no object.
        """
        if len(data) != len(self.input):
            self.format = "%ds" % len(data)
        self.input = data
        self.offset = 0
        self.count = n

    def next_event(self) -> int:
        """The next event; NOTHING until more bytes are received."""
        while True:
            owes = self.owes
            if owes & (_UNDERWAY | _OWED) == _UNDERWAY:
                self.owes = owes & _MAY_OK
                return _DONE
            if self.at < self.fill:
                event = self.split(owes)
                if event == _PAID:
                    continue
                if event:
                    if event == _NOISE:
                        self.noise += 1
                        self.doubt = True
                    return event
            if self.offset == self.count:
                self.partial = self.fill - self.at or -self.left
                return _NOTHING
            self.extend()

    def extend(self) -> None:
        # Bytes of the input into `buf`, or past it.
        i = self.offset
        n = self.count
        if self.left:
            self.offset = i + self.copy(self.input, i, n)
            return
        buf = self.buf
        a = self.at
        w = self.fill
        if a == w:
            a = w = self.at = self.read = self.search = 0
        size = len(self.input)
        if w + size > self.size:
            if a:  # to the front
                try:
                    buf[: w - a] = buf[a:w]
                except MemoryError:  # the heap is locked
                    for k in range(w - a):
                        buf[k] = buf[a + k]
                w -= a
                self.read -= a
                self.search -= a
                self.at = 0
                if self._stop > 0:  # positions of a message: look at its head again
                    self._stop = self.search = 0
            if w == self.size:  # no room for the line's end
                self.dropped += w - 1
                buf[0] = buf[w - 1]
                w = 1
                self.read = 0
                self._stop = _TORN
        if w + size <= self.size and not i:  # with what is behind n
            pack_into(self.format, buf, w, self.input)
        else:
            n = min(n - i, self.size - w)
            try:
                buf[w : w + n] = self.input[i : i + n]
            except MemoryError:
                for k in range(n):
                    buf[w + k] = self.input[i + k]
        self.fill = w + n
        self.offset = i + n

    def copy(self, data: bytes | bytearray, i: int, n: int) -> int:
        # Take data[i:n], as far as it goes past `buf`; the number of its bytes.
        n = min(n - i, self.left)
        if self._stop == _RAW:
            at = self.end - self.left
            if data is self.input and not i and len(data) <= self.left:
                # with what is behind n: more comes there
                pack_into(self.format, self.data, at, data)
            else:
                self.data[at : at + n] = memoryview(data)[i : i + n]
        else:
            self.dropped += n
        self.left -= n
        return n

    def split(self, owes: int) -> int:
        # The event of the line, message or prompt that begins at `at`; NOTHING while it has no end.
        buf = self.buf
        a = self.at
        w = self.fill
        i = self.read
        e = -2
        stop = self._stop
        if not stop:
            c = buf[a]
            if i == a and c <= _PROMPT_SIGN:
                # NUL and CR at the edges of a line are the wire's own; so is a late prompt, which has no line end.
                while a + 1 < w:
                    d = buf[a + 1]
                    if c == _PLUS:  # "+ NAME" is read as "+NAME" (manual 1.2)
                        if d != _SPACE:
                            break
                        buf[a + 1] = d = _PLUS
                    else:
                        if (
                            owes & _OWES_PROMPT or d != _PLUS and d != c
                            if c == _PROMPT_SIGN
                            else c and c != _CR or d == _LF
                        ):
                            break
                        self.dropped += not d or d == _CR
                    a += 1
                    c = d
                self.at = self.search = i = a
            if c == _PLUS:
                if self.search < _NEVER:
                    e = buf.find(_CR_LF, i, w)
                    self.open(a, w if e < 0 else e)
                    stop = self._stop
                    if stop:
                        a = i = self.at
                        w = self.fill
                        e = -2
            elif c == _PROMPT_SIGN and owes & _OWES_PROMPT:
                self.at = self.read = self.search = a + 1
                self.owes = owes - _OWES_PROMPT
                return _PROMPT
        if e == -2:
            e = buf.find(_CR_LF, max(stop, i), w)
        if e < 0:
            self.read = w - 1 if w > a else a
            return _NOTHING
        self.at = self.read = self.search = e + 2
        if e == a and not stop:  # a blank
            return _PAID
        self._stop = _PLAIN
        self.head = a
        if (
            stop > 0
            and e == stop + 1
            and buf[stop] == buf[self.start - 1] == _QUOTE
            and self.topic < self.stop
        ):
            return _MESSAGE
        return self.sort(a, e, stop)

    def open(self, a: int, e: int) -> None:
        # Is buf[a:e] the head of a counted field, or does it begin with one: `+NAME:"topic",5,` or `+NAME:5,`? Then
        # `_stop` says where it ends.
        buf = self.buf
        i = self.search
        raw = False
        if self.owes & _OWES_DATA:
            k = self._head(a, e)
            raw = k < e and self.match(a, k)
            if raw:
                i = k + 1
                while i < e and buf[i] == _SPACE:
                    i += 1
        while True:
            if not raw:
                i = buf.find(_QUOTE_COMMA, i, e) + 2
                if i < 2:
                    self.search = e - 1
                    return
                k = a + len(self.name) - 1
                if buf.find(self.name, a, k + 1) < 0:
                    k = self._head(a, e)
                    if WORDS[self.index(a, k)] != _STAR:
                        self.search = _NEVER
                        return
                    try:
                        self.name = bytes(buf[a : k + 1])
                    except MemoryError:  # the heap is locked
                        pass
            n = i
            size = 0
            while n < e and n - i < _DIGITS and _ZERO <= buf[n] <= _NINE:
                size = size * 10 + buf[n] - _ZERO
                n += 1
            if i < n < e and buf[n] == _COMMA:
                break
            if raw:
                return
            if n == e:  # the number's end has not come
                self.search = i - 2
                return
        n += 1
        stop = _PASSED
        if raw:
            # No more than was asked for takes memory: that is the line's first number.
            if not self.data and size <= int(self.line[self.line.find(b"=") + 1 :]):
                self.data = bytearray(size)
            if size <= len(self.data or b""):
                stop = _RAW
            self.end = size
        elif n - a + size + 4 > self.size:  # never enough room: let it pass
            size += 2
        else:
            self.stop = i - 2
            self.topic = i  # none, unless the line goes on as it must
            if buf[k] == _COLON:
                while buf[k + 1] == _SPACE:
                    k += 1
                if buf[k + 1] == _QUOTE:
                    self.topic = k + 2
            self.start = n + 1
            self.end = self._stop = n + 1 + size
            return
        # What is there of it goes past `buf` at once.
        self._stop = stop
        self.left = size
        self.at = self.read = self.search = n + self.copy(buf, n, self.fill)

    def torn(self, stop: int) -> None:
        # Bytes whose number was told did not come, or others did: the answer may be among them, and is neither to be
        # believed nor to be waited for.
        if self.owes & _UNDERWAY and stop != _TORN:
            self.owes = 0
            self.error = _LATE if stop == _RAW else _SWALLOWED

    def sort(self, a: int, e: int, stop: int) -> int:
        # The event of the line buf[a:e], doors in a fixed order.
        buf = self.buf
        owes = self.owes
        self.start = a
        if stop == _RAW and e == a:
            if owes & _OWES_OK:
                self.doubt = True
            self.owes = owes & ~_OWES_DATA
            return _DATA
        while e > a and (buf[e - 1] == _CR or not buf[e - 1]):
            e -= 1
        self.end = e
        if stop:
            if stop != _PASSED or e > a:
                self.torn(stop)
            return _NOISE
        if owes & _UNDERWAY and e - a == len(self.line) - 2 and self.line.find(buf[a:e]) == 0:
            return _PAID
        k = e if e - a < 3 else self._head(a, e)
        self.topic = t = self.index(a, k)
        door = WORDS[t] - _ZERO
        if k < e and buf[a] != _PLUS and door != _PARSER:
            self.topic = 0  # the words of the AT core are whole lines
            door = _NO_DOOR
        if door == _COUNTED:
            self.torn(_PLAIN)
            return _NOISE
        ours = owes & _UNDERWAY and door and self.match(a, k)
        if buf.find(b"\n", a, e) >= 0 and not (ours and owes & (_OWES_ROW | _MAY_ROWS)):
            return _NOISE  # two lines, of which one has lost its end
        if owes & _UNDERWAY:
            ended = -1
            t = k + 1
            while t < e and buf[t] == _SPACE:
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
                    said = t < e and WORDS[self.index(t, min(t + 4, e))]
                    if said == _SAYS_OK:
                        self.owes = owes - _OWES_RESULT
                        return _PAID
                    if said == _SAYS_FAIL:
                        t += 4 + (buf[t + 4] == _COMMA)
                        ended = _FAILED
                    elif buf.find(b"SUCCESS", max(e - 7, t), e) >= 0:  # so it began (manual 6.1)
                        self.owes = owes - _OWES_RESULT
                elif owes & (_OWES_ROW | _MAY_ROWS):
                    if owes & (_OK_AND_ROW | _OK_FIRST) == _OK_AND_ROW | _OK_FIRST:
                        self.doubt = True
                    self.owes = owes & ~_OWES_ROW | _TOLD
                    self.start = min(k + 1, e)
                    return _ROW
                elif owes & _MAY_REASON:
                    self.errors = "n"
                    ended = 0
                elif owes & _MAY_TEXT:
                    door = _NO_DOOR  # a test form's text may begin as a URC does
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
            if owes & _ROW_OR_FIRST == _OWES_ROW or not (owes & _OWES_OK or self.owed & _MAY_OK):
                self.doubt = True
            if owes & (_OWED | _PERHAPS) == _OWES_OK and (
                self.doubt or owes & (_MAY_ROWS | _MAY_TEXT) and not owes & _TOLD
            ):
                self.owes = owes | _PERHAPS
            else:
                self.owes = owes & ~(_OWES_OK if owes & _OWES_OK else _MAY_OK)
            return _PAID
        if door == _RESET or door > _IS_NAMED:
            self.start = min(k + 1, e)
            return _EVENT
        if not owes & _MAY_TEXT:
            return _NOISE
        self.owes = owes | _TOLD
        return _TEXT

    def _head(self, a: int, e: int) -> int:
        # Where the head of the line buf[a:e] ends; e where it has none.
        i = self.buf.find(b":", a, e)
        if i >= 0:
            e = i
        i = self.buf.find(b",", a, e)
        return e if i < 0 else i

    def match(self, a: int, k: int) -> bool:
        # Is buf[a:k] one of the heads that the command's answer may have?
        heads = self.keys
        head = self.buf[a:k]
        i = heads.rfind(head)
        j = i + k - a
        return (
            i >= 0
            and k > a
            and (not i or heads[i - 1] == _COMMA)
            and (j == len(heads) or heads[j] == _COMMA or _COLON < heads[j] <= _QUESTION_MARK)
        )

    def index(self, a: int, k: int) -> int:
        # Where the sign of the word buf[a:k] stands in WORDS; or 0. It makes no object.
        buf = self.buf
        key = self.key
        key[1] = min(k - a, 255)
        key[2] = buf[k - 1]
        i = WORDS.find(key)
        while i >= 0:
            i += 3
            j = a
            while WORDS[i] == buf[j]:
                i += 1
                j += 1
                if j == k:
                    return i
            i = WORDS.find(key, i)
        return 0
