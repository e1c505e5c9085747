# Plays dialogues to a Link, in the dialect that both runtimes speak; see test_dialogues.py.
# A script is a list of ("call", name, args), (">", bytes), ("<", bytes), ("given up",); a trace is a
# list of what the link reported, in order.

OUTCOMES = "ok", "refused", "failed", "busy", "reset"
TABLES = {"c": "cme", "x": "parser", "n": "reason", "": "error"}


def pieces(data, first, step):
    """data cut once at `first`, or, where first is None, into pieces of `step` bytes."""
    if first is not None:
        return [part for part in (data[:first], data[first:]) if part]
    return [data[i : i + step] for i in range(0, len(data), step)]


def play(Link, codec, script, first=None, step=1 << 20, size=2304):
    """The trace of one script. first: where the module's bytes are cut once, counted over the whole script."""
    link = Link(size)
    trace = []
    out = b""
    said = 0
    fields = result = None
    for what in script:
        if what[0] == "call":
            fields = codec.test_form(*what[2]) if what[1] == "test" else codec.form(what[1])
            result = []
            out += link.send(fields, () if what[1] == "test" else what[2])
        elif what[0] == "given up":
            link.abandon()
            trace.append(("timeout",))
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
                at = 0
                while at < len(part):
                    at = link.receive(part, at, len(part))
                    out += events(link, codec, fields, result, trace)
    if out:
        trace.append(("wrote", out))
    return trace


def events(link, codec, fields, result, trace):
    """Take the link's events into the trace; returns what the host writes to a prompt."""
    out = b""
    while True:
        event = link.next_event()
        if event == 0:
            return out
        if event == 1:
            trace.append(outcome(link, fields, result))
        elif event == 2:
            out += link.payload + b"\r\n"
        elif event == 3:
            result.append(codec.row(link.buf, link.start, link.end))
        elif event == 4:
            result.append([bytes(link.data[: link.end])])
        elif event == 5:
            if b"m" not in fields[3]:
                result.append([codec.text(link.buf[link.start : link.end])])
        elif event == 6:
            topic = bytes(link.buf[link.topic : link.topic_end])
            trace.append(("message", topic, bytes(link.buf[link.start : link.end])))
        elif event == 7:
            trace.append(("event", link.name(), codec.row(link.buf, link.start, link.end)))
        else:
            trace.append(("noise", bytes(link.buf[link.start : link.end])))


def outcome(link, fields, result):
    if link.outcome:
        word = OUTCOMES[link.outcome]
        if link.outcome == 1:
            return word, TABLES[link.table], link.number
        return (word, "", link.number) if link.outcome == 2 else (word,)
    return "ok", list(result)


def check(Link, codec, name, script, wanted, every=1):
    """Play a script whole, at every (or every n-th) single cut and in chunks; the first difference as text, or None."""
    total = sum(len(what[1]) for what in script if what[0] == "<")
    runs = [(None, 1 << 20), (None, 1), (None, 2), (None, 3), (None, 7)]
    runs += [(first, 0) for first in range(1, total, every)]
    for first, step in runs:
        trace = play(Link, codec, script, first, step)
        if trace != wanted:
            return "%s, cut at %s, step %s:\n  %s\nwanted\n  %s" % (
                name,
                first,
                step,
                trace,
                wanted,
            )
    return None
