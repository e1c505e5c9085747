# Joined by codegen from the files named below: edit those.
"""Tencent IoT AT commands over a UART, for MicroPython: `from tcat import Modem, Error`."""

from struct import pack_into
from micropython import const
from time import sleep_ms, ticks_diff, ticks_ms

# ---- runtime/micropython/dialect.py
"""What the shared files need of MicroPython: constants that cost nothing, and copying without a slice."""


# ---- spec/commands.yaml (V3.1.3)
"""The command set as text: forms, and what a line may begin with (codegen/tables.py says how to read it)."""

_LINE = const(254)  # bytes of a command line without its CR LF
_LONGEST = const(2048)  # bytes of a payload behind a prompt
_ESCAPES = const(b'\\",')  # what has a backslash before it in quotes
_CLEANED = const(b'",')  # of which a payload loses the backslash
_BARE = const(0)  # a backslash stands for itself
_VERBATIM = const(0)  # some payload stays as it is
_WHEN = const(0)  # some argument depends on another

FORMS = (
    "\n"
    "device_info +TCDEVINFOSET?,+TCDEVINFO  rk   is:48:i\n"
    "set_device_info +TCDEVINFOSET= =1,product_id:s,device_name:s,device_secret:s kv  d\n"
    "product_info +TCPRDINFOSET?  rk   isi:48:\n"
    "set_product_info +TCPRDINFOSET= =1,product_id:s,product_secret:s,device_name:s kv  d\n"
    "register +TCDEVREG  kv 150 rcd\n"
    "module +TCMODULE  tk\n"
    "restore +TCRESTORE  kb 100\n"
    "connection +TCMQTTCONN?  rk\n"
    "connect +TCMQTTCONN= =1,command_timeout:m:5000,keepalive:i:240,clean_session:i:1,reconnect:i:1 kv  ds\n"
    "disconnect +TCMQTTDISCONN  k 100\n"
    "publish_short +TCMQTTPUB= topic:s,qos:i,payload:s kv 150 ds\n"
    "publish_long +TCMQTTPUBL= topic:s,qos:i,payload:r kpvK 250 ds  0\n"
    "subscriptions +TCMQTTSUB?  mk   :128:i\n"
    "subscribe +TCMQTTSUB= topic:s,qos:i:0 kv 150 ds\n"
    "unsubscriptions +TCMQTTUNSUB?  k\n"
    "unsubscribe +TCMQTTUNSUB= topic:s kv 150 ds\n"
    "mqtt_state +TCMQTTSTATE?  rk\n"
    "ota +TCOTASET?  rk   i:32:\n"
    "set_ota +TCOTASET= enabled:i,version:s kv 150 d\n"
    "firmware_info +TCFWINFO?  krf   :32:ix\n"
    "read_firmware +TCREADFWDATA= length:i kdf 100\n"
    "start_smartconfig +TCSTARTSMART  kv 100 pc\n"
    "stop_smartconfig +TCSTOPSMART  k 100\n"
    "softap +TCSAP?  k\n"
    "start_softap +TCSAP= ssid:s,password:s kvK 100 pc  500\n"
    "stop_softap +TCSTOPSAP  k 100\n"
    "module_info +TCMODINFOSET?  rk   :30:iiiiii\n"
    "set_module_info +TCMODINFOSET= module_name:s,flash_size:i,led_gpio:i,fw_info_address:i,fw_base_address:i,fw_max_size:i,fixed_conn_id:i:1 kv  d\n"
    "mqtt_server +TCMQTTSRV?  rk   <null>\n"
    "set_mqtt_server +TCMQTTSRV= address:s kv  d\n"
    "version +TCVER  tk\n"
    "attention   k 10\n"
    "echo_off E0  ka 10\n"
    "echo_on E1  ka 10\n"
    "reset +RST  kb 100\n"
    "factory_reset +RESTORE  kb 100\n"
    "esp_version +GMR  tk\n"
    "set_uart +UART_CUR= baud:i,=8,=1,=0,flow_control:i:0 k\n"
    "wifi_mode +CWMODE?  rk\n"
    "set_wifi_mode +CWMODE= mode:i k\n"
    "access_point +CWJAP?  tko   :32:xii\n"
    "join +CWJAP= ssid:s,password:s kn 300\n"
    "scan +CWLAP  mk 150  i:32:ixi\n"
    "leave +CWQAP  k\n"
    "addresses +CIPSTA?  mk\n"
    "ip_status +CIPSTATUS,STATUS  rk\n"
    "free_memory +SYSRAM?  rk\n"
    "test + command:n:=? tk\n"
)
WORDS = (
    b","
    b"\x02KOK0,"
    b"\x05RERROR1,"
    b"\x04LFAIL1,"
    b"\t.busy p...3,"
    b"\t.busy s...3,"
    b"\x08EERR CODE8,"
    b"\nR+CME ERROR9,"
    b"\x08R+CME ERR9,"
    b"\rB+TCMQTTRCVPUB*,"
    b"\x0eB+TCMQTTTRCVPUB*,"
    b"\x0eB+TCMQTTRCV PUB*,"
    b"\rN+TCMQTTDISCONdisconnected,"
    b"\x13G+TCMQTTRECONNECTINGreconnecting,"
    b"\x12D+TCMQTTRECONNECTEDreconnected,"
    b"\x0cS+TCOTASTATUSota_status,"
    b"\rT+TCSTARTSMARTsmartconfig_status,"
    b"\x06P+TCSAPsoftap_status,"
    b"\x05yready4ready,"
    b"\x0eDWIFI CONNECTEDwifi_connected,"
    b"\x0bPWIFI GOT IPwifi_got_ip,"
    b"\x0fTWIFI DISCONNECTwifi_disconnected,"
    b"\x18!Will force to restart!!!restarting,"
)

# ---- runtime/engine/codec.py
"""Values to bytes: command lines (manual 1.2, 3.3, 3.4). row.py goes the other way."""


_CHUNK = const(60)  # bytes that the module takes at a time
_USUAL = const(50)  # tenths of a second: a time-out that the table does not tell

# Fields of a form, in their order (codegen/tables.py says what they hold); 0 is the call.
_HEADS = const(1)
_ARGS = const(2)
_TENTHS = const(4)

# Kinds of an argument.
_CONST = const(0)
_NUMBER = const(105)
_NAME = const(110)  # of a command, and what follows it
_SURE = const(112)  # the same as the next, where no CR LF may end it early
_AS_IS = const(113)  # a payload of which the module changes no byte
_PAYLOAD = const(114)

_LETTER = const(65)  # a command's name has letters and _
_QUOTE = const(34)
_COMMA = const(44)
_BACKSLASH = const(92)


read: str = (
    ""  # the form that was read last: most are wanted again (a name that every firmware has)
)


def form(call: str) -> str:
    """The line of a call in the table, or AttributeError."""
    global read
    found = read
    if not found.startswith(call + " "):
        i = FORMS.find("\n%s " % call) + 1
        if not i:
            raise AttributeError(call)
        read = found = FORMS[i : FORMS.find("\n", i)]
    return found


def field(form: str, n: int) -> str:
    """Field `n` of a form; empty where the form ends before it."""
    i = 0
    while n:
        n -= 1
        i = form.find(" ", i) + 1
        if not i:
            return ""
    n = form.find(" ", i)
    return form[i:] if n < 0 else form[i:n]


def encode(form: str, args: "Sequence[Any]", kw: "Named") -> "Encoded":
    """(form, line, payload, ms): the form, which has learnt its head where that is an argument, the command line with
    its CR LF, the raw payload that follows the prompt (or None), and the time-out.

    What would break the wire raises ValueError or TypeError without a word: refusal.py has them.
    """
    value: "Any" = field(form, _HEADS)
    i = value.find(",")
    if i > 0:
        value = value[:i]
    line = bytearray(("AT" + value).encode())
    payload: bytes | None = None
    ms = int(field(form, _TENTHS) or _USUAL) * 100
    names = field(form, _ARGS)
    i = taken = named = 0
    if _WHEN:
        numbers: list[object] = []  # the arguments so far, numbers as text
    while i < len(names):
        e = names.find(",", i)
        if e < 0:
            e = len(names)
        k = names.find(":", i, e)
        kind = _CONST
        if k < 0:
            value = names[i + 1 : e]  # =1 is always 1
        else:
            kind = ord(names[k + 1])
            if _WHEN and names.find("@", k, e) > 0:
                value = names[k + 3 : e].rstrip("!").split("@")
                given = taken < len(args) or names[i:k] in kw
                if given != (numbers[int(value[0])] == value[1]) and (given or names[e - 1] == "!"):
                    raise ValueError
                if not given:
                    break
            if taken < len(args):
                value = args[taken]
                taken += 1
            else:
                value = names[i:k]
                if value in kw:
                    value = kw[value]
                    named += 1
                elif e - k == 3:  # optional: the line ends here
                    break
                else:
                    value = int(names[k + 3 : e])
            if kind < _NAME:
                if abs(value) >> 32:  # TypeError for what is no whole number
                    raise ValueError
                if kind > _NUMBER:
                    ms += value
                value = str(value + 0)  # True is 1
        if _WHEN:
            numbers.append(value)
        if i:
            line.append(_COMMA)
        i = e + 1
        if isinstance(value, str):
            value = value.encode()
        elif type(value) is not bytes:  # what is like it has ideas of its own
            value = bytes(memoryview(value))
        if kind >= _NAME:
            size = len(value)
            if not 0 < size <= _LONGEST:
                raise ValueError
            if _VERBATIM and _NAME < kind < _PAYLOAD:
                if value.split(b"\0", 1)[0].find(b"+++\r\n") >= 0:
                    raise ValueError
                if kind == _SURE:
                    for k in range(_CHUNK, size, _CHUNK):
                        if value[k - 2 : k] == b"\r\n":
                            raise ValueError
            elif 0 in value or value.find(b"\r\n") >= 0 or kind == _NAME and min(value) < _LETTER:
                raise ValueError
            if kind == _NAME:  # the head of the answer
                value += names[k + 3 :].encode()
                form = form.replace("+ ", "+" + value.decode() + " ")
            elif kind <= _PAYLOAD:
                # With its CR LF a chunk of its own, which is the way out of the payload.
                if size % _CHUNK == 3 and value[-3:] + b"\r\n" == b"+++\r\n":
                    raise ValueError
                if not _VERBATIM or kind == _PAYLOAD:
                    for c in _CLEANED:
                        if value.find(bytes((_BACKSLASH, c))) >= 0:
                            raise ValueError
                payload = value
                value = str(size).encode()
            else:
                line.append(_QUOTE)
                if _BACKSLASH in value or _QUOTE in value or _COMMA in value:
                    if _BARE and (value + b'"').find(b'\\"') >= 0:
                        raise ValueError
                    for c in _ESCAPES:
                        value = value.replace(bytes((c,)), bytes((_BACKSLASH, c)))
        line += value
        if kind > _PAYLOAD:
            line.append(_QUOTE)
    if taken < len(args) or named < len(kw) or len(line) > _LINE:
        raise ValueError
    line += b"\r\n"
    return form, line, payload, ms


# ---- runtime/engine/link.py
"""The dialogue with the module, without I/O and without a clock: framer, classifier and pending debts.

    uart ─bytes─▶ receive ─▶ framer ─line─▶ classifier ─▶ debts paid, URC, or noise ─▶ next_event

A shell owns the port and the time. It writes what `send` gives it, hands in what arrives, and asks for events
until there are none. Manual 1.2, 1.3 and 5.

The framer works on chunks: buf[at:fill] has come and is not told yet, and `read` is how far its line has been searched
for its end. Bytes whose number is known are not searched; nothing is looked at twice.

What stands below next_event() is the link's own. Its names, as several above, are such as the firmware of every board
has anyway (open, sort, match, …): a name of ours takes 17 bytes of heap.
"""


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
_STAR = const(42)  # in WORDS: the line ends where a length says
_PLUS = const(43)
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


# ---- runtime/engine/dialogue.py
"""A command from its first byte to its outcome, for every shell: blocking or asyncio, on a board or at a desk.

What waits is a generator. It yields a number of milliseconds to wait for bytes; the shell gives what comes to
`link.receive` and answers with the milliseconds that are left (at least 1), or with 0 if the time ran out. Where it
yields 0, what the port holds is taken in, if there is any.
"""


_TIMEOUT = const(5)  # an outcome beside those of link.py: the module did not pay in time

# Debts of link.py: rows or lines of text; a row that may be missing; the sign of a restart; what must be paid; the end
# of the command.
_MANY = const(192)
_MAY_ROW = const(1024)
_AGAIN = const(4096)  # to be said anew after a restart

# Fields of a form (codec.py).
_CALL = const(0)
_ERRORS = const(5)
_LINGER = const(7)

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


# ---- runtime/micropython/modem.py
"""The blocking shell: a Modem over a machine.UART, one method for each command form of the table."""


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
