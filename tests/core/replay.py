# Plays dialogues to a Link, in the dialect that both runtimes speak; see test_dialogues.py.
# A script is a list of ("call", name, args), (">", bytes), ("<", bytes), ("silent", seconds), ("given up",);
# a trace is a list of what the link reported, in order.

OUTCOMES = "ok", "refused", "failed", "busy", "reset"
PERHAPS = 16384  # a debt of link.py: an OK that may be another's
TABLES = {"c": "cme", "x": "parser", "n": "reason", "": "error"}


class Driver:
    """The shared runtime of one package: its codec and link, and its row module."""

    def __init__(self, codec, link, row):
        self.form = codec.form
        self.encode = codec.encode
        self.Link = link.Link
        self.value = row.value


def pieces(data, first, step):
    """data cut once at `first`, or, where first is None, into pieces of `step` bytes."""
    if first is not None:
        return [part for part in (data[:first], data[first:]) if part]
    return [data[i : i + step] for i in range(0, len(data), step)]


def play(driver, script, first=None, step=1 << 20, size=2304):
    """The trace of one script. first: where the module's bytes are cut once, counted over the whole script."""
    link = driver.Link(size)
    trace = []
    out = b""
    said = 0
    payload = fields = result = None
    for what in script + [("silent", 0)]:
        if what[0] != "<":
            out += quiet(driver, link, payload, fields, result, trace)
        if what[0] == "call":
            fields = driver.form(what[1])
            result = []
            fields, line, payload, _ = driver.encode(fields, what[2], ())
            link.doubt = False
            link.send(fields, line, None)
            out += line
        elif what[0] == "given up":
            link.owes = 0
            trace.append(("timeout",))
        elif what[0] == "silent":
            if what[1] >= 1:
                link.cut()
        elif what[0] == ">":
            if out != what[1]:
                trace.append(("wrote", out))
            out = b""
        else:
            data = what[1]
            cut = first - said if first is not None and 0 <= first - said <= len(data) else None
            said += len(data)
            parts = pieces(data, cut, step if first is None else len(data) + 1)
            if first is not None and cut is None:
                parts = [data]
            for part in parts:
                link.receive(part, len(part))
                out += events(driver, link, payload, fields, result, trace)
    if out:
        trace.append(("wrote", out))
    return trace


def quiet(driver, link, payload, fields, result, trace):
    """Nothing follows: an OK that may be another's is taken, as a shell does."""
    if link.owes & PERHAPS:
        link.owes &= ~1
    return events(driver, link, payload, fields, result, trace)


def events(driver, link, payload, fields, result, trace):
    """Take the link's events into the trace; returns what the host writes to a prompt."""
    out = b""
    while True:
        event = link.next_event()
        if event == 0:
            return out
        if event == 1:
            trace.append(outcome(link, result))
        elif event == 2:
            out += payload + b"\r\n"
        elif event == 3:
            value = driver.value(link, event)
            if value is not None:
                result.append(value)
        elif event in (4, 5):
            value = driver.value(link, event)
            if value is not None:
                result.append([value])
        elif event == 6:
            topic = bytes(link.buf[link.topic : link.stop])
            trace.append(("message", topic, bytes(link.buf[link.start : link.end])))
        elif event == 7:
            trace.append(("event",) + driver.value(link, event))
        elif event == 8:
            trace.append(("noise", bytes(link.buf[link.start : link.end])))


def outcome(link, result):
    if link.error:
        word = OUTCOMES[link.error]
        if link.error == 1:
            return word, TABLES[link.errors], link.code
        return (word, "", link.code) if link.error == 2 else (word,)
    return "ok", list(result)


def check(driver, name, script, wanted, every=1):
    """Play a script whole, at every (or every n-th) single cut and in chunks; the first difference as text, or None."""
    total = sum(len(what[1]) for what in script if what[0] == "<")
    runs = [(None, 1 << 20), (None, 1), (None, 2), (None, 3), (None, 7)]
    runs += [(first, 0) for first in range(1, total, every)]
    for first, step in runs:
        trace = play(driver, script, first, step)
        if trace != wanted:
            return "%s, cut at %s, step %s:\n  %s\nwanted\n  %s" % (
                name,
                first,
                step,
                trace,
                wanted,
            )
    return None
