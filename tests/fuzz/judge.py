"""What must hold of every case, judged by what the module sent and when; nothing here asks the driver.

For each call, with *dirt* for hurt pieces, lines from nowhere and boots:

- it ends as documented, within its time-out and 5 s, in a bounded number of steps, with bounded memory;
- it ends well, or with a refusal, only once an answer to *itself* has come ("crossed" otherwise); dirt that looks
  like one excuses it ("bounded", counted), and the next call with it ("next", counted), no further;
- without dirt while it ran it ends exactly as its own answer says ("wrong" otherwise), and where no dirt has been at
  all it writes nothing but its own lines ("chatty").

Events: none that the module did not say.
Messages: what is handed over stands in the stream, at a line's beginning, whole, in order, and inside nothing else
("invented"); what was sent unhurt is handed over, or something was counted as lost ("unaccounted").
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise

from tests.fuzz.book import Ended, Message, plays
from tests.fuzz.case import Held, Record, debts
from tests.fuzz.damage import DIRTY, OWN
from tests.fuzz.module import Heard, Sent
from tests.fuzz.probes import BY_LINE, PROBES

GRACE = 5000  # ms beyond a call's own time-out
SILENCE = 900  # ms, about, that end a line whose end did not come
MEMORY = 12_000  # bytes that a link may hold beside its line buffer, for the longest raw answer
# What the module says where a driver reports these, blanks left out (manual 5).
SAYS = {
    "disconnected": b"+TCMQTTDISCON",
    "reconnecting": b"+TCMQTTRECONNECTING",
    "reconnected": b"+TCMQTTRECONNECTED",
    "ota_status": b"+TCOTASTATUS",
    "smartconfig_status": b"+TCSTARTSMART",
    "softap_status": b"+TCSAP",
    "ready": b"ready",
    "wifi_connected": b"WIFICONNECTED",
    "wifi_got_ip": b"WIFIGOTIP",
    "wifi_disconnected": b"WIFIDISCONNECT",
    "restarting": b"Willforcetorestart!!!",
}
DOCUMENTED = frozenset(("ok", "refused", "failed", "busy", "reset", "timeout", "swallowed"))
_WELL = re.compile(rb"OK|SUCCESS")
_ILL = re.compile(rb"ERR|FAIL|CME|busy|ready|>")  # > lures a payload out, which is refused
_RESULT = re.compile(rb"\s*\+ ?\w+ ?: ?(OK|SUCCESS|FAIL.*|WIFI_CONNECT_SUCCESS)\s*")
_COUNTED = re.compile(rb'RCV ?PUB[:=].*?", *0*(\d{1,4}), *"')
_EDGES = b"\r\n\0"


@dataclass(slots=True)
class Verdict:
    """found: (kind, what) of each breach. counts: what is allowed, and counted apart."""

    found: list[tuple[str, str]] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def judge(record: Record) -> Verdict:
    """Everything that is wrong with a case that was played."""
    verdict = Verdict()
    if record.broke is not None:
        verdict.found.append(("exception", f"{type(record.broke).__name__}: {record.broke}"))
        return verdict
    before: str = ""  # how the call before excuses this one
    line = b""
    for held in record.held:
        _bounds(held, verdict)
        before = _answers(record, held, before, verdict)
        if before == "next" and (held.line == line or debts(held.call)[0] == "k"):
            before = "blind"  # a stranger's answer looked just like its own
        line = held.line
    _memory(record, verdict)
    _messages(record, verdict)
    _events(record, verdict)
    return verdict


def _bounds(held: Held, verdict: Verdict) -> None:
    if held.ended[0] not in DOCUMENTED:
        kind = "endless" if held.ended[0] == "endless" else "undocumented"
        verdict.found.append((kind, f"{held.call}: {held.ended}"))
        return
    took = held.over - held.began
    if took > debts(held.call)[1] + GRACE:
        verdict.found.append(("late", f"{held.call}: {held.ended} after {took:.0f} ms"))


def _memory(record: Record, verdict: Verdict) -> None:
    shell = record.shell
    link = shell.link
    size = sum(len(each) for each in vars(link).values() if isinstance(each, bytes | bytearray))
    if size > len(link.buf) + MEMORY:
        verdict.found.append(("memory", f"the link holds {size} bytes"))


# ---- answers -------------------------------------------------------------------------------------------------


def _answers(record: Record, held: Held, before: str, verdict: Verdict) -> str:
    """Judge how a call ended; returns how far it excuses the next one."""
    heard = record.shell.module.heard
    own = [each for each in heard[slice(*held.heard)] if each.line == held.line and each.clean]
    expected = _expected(record, held, own)
    dirt = _dirt(record, held)
    word = held.ended[0]
    right = held.ended == expected
    if record.case.mood and (held.probe or held is record.held[-1 - _probes(record)]):
        return "stray"  # how it should end nobody can say
    if word in ("ok", "refused", "failed"):
        sign = _lure(held.line) if word == "ok" else _ILL
        since = next(
            (each.given for each in heard[slice(*held.heard)] if each.line == held.line), -1
        )
        lures = [each for each in dirt if since >= 0 and _near(record, each, sign, since)]
        if "b" in debts(held.call)[0]:
            lures = dirt  # it asks for a restart: whatever tells of one will do
        proved = _proved(own, "v" in debts(held.call)[0], word, held.given[1])
        if proved and dirt and not right and not _anothers(record, held, own, since):
            verdict.counts["hurt"] += 1
        elif not (proved and right):
            return _crossed(held, expected, lures, before, verdict, bool(dirt))
        if word == "ok" and lures:
            return "stray"
    elif not (right or dirt or before or _in_boot(record, held)):
        verdict.found.append(("wrong", f"{held.call}: {held.ended}, not {expected}"))
    if not dirt and not before and word == "ok":
        _chatty(record, held, verdict)
    return ""


@cache
def _lure(line: bytes) -> re.Pattern[bytes]:
    """What looks like a good answer to a line, or like a row of it."""
    head = line[2:].strip().rstrip(b"?").partition(b"=")[0] or b"OK"
    return re.compile(_WELL.pattern + b"|" + re.escape(head).replace(rb"\+", rb"\+ *"))


def _probes(record: Record) -> int:
    return sum(held.probe > 0 for held in record.held)


def _anothers(record: Record, held: Held, own: list[Heard], since: int) -> bool:
    """Is something in the outcome that the module said to another command, unhurt?"""
    shell = record.shell
    numbers = {shell.module.heard.index(each) for each in own}
    value = repr(held.ended)
    for each in shell.came:
        if each.kind == OWN and each.told and each.told not in numbers:
            line = each.data.strip(_EDGES)
            if since <= each.end <= held.given[1] and line not in (b"OK", b"ERROR"):
                unique = str(shell.module.heard[each.told].unique)
                if line and (repr(line)[2:-1] in value or unique in value):
                    return True
    return False


def _expected(record: Record, held: Held, own: list[Heard]) -> Ended | None:
    if held.probe and own:
        return PROBES[record.case.probes[held.probe - 1]].ended(own[-1].unique)
    if own and held.line in BY_LINE and own[-1].at >= record.shell.module.restarts():
        return BY_LINE[held.line].ended(own[-1].unique)  # asked again, behind a restart
    return held.expected


def _crossed(
    held: Held,
    expected: Ended | None,
    lures: list[Sent],
    before: str,
    verdict: Verdict,
    dirt: bool,
) -> str:
    """It ended by no answer of its own: whose fault is it, and how far does it excuse the next call?"""
    right = held.ended == expected
    if lures:
        verdict.counts["bounded"] += 1
        return (
            "stray" if held.ended[0] == "ok" else ""
        )  # an error leaves a doubt: it must be settled
    if before in ("stray", "blind"):
        verdict.counts["next" if before == "stray" else "blind"] += 1
        return "next"
    if before == "next" and right:
        verdict.counts["early"] += 1
        return "next"
    kind = "beyond" if before == "next" else "crossed"
    what = f"{held.call}: {held.ended}, not by an answer of its own ({expected})"
    verdict.found.append((kind + (" under dirt" if dirt else ""), what))
    return ""


def _proved(own: list[Heard], owed: bool, word: str, given: int) -> bool:
    """Has a last word of the call's own answers come, of the kind that the outcome says?"""
    for heard in own:
        results = [each for each in heard.clean if owed and _RESULT.fullmatch(each[0])]
        last = results or [each for each in heard.clean if _word(each[0], word)]
        for clean, sent in last:
            came = sent.start if sent.kind == DIRTY else sent.end  # hurt, it may be two lines
            if sent.end >= 0 and came <= given and _word(clean, word) and _whole(clean, sent):
                return True
    return False


def _word(clean: bytes, word: str) -> bool:
    return bool((_WELL if word == "ok" else _ILL).search(clean)) and not (
        word == "ok" and b"FAIL" in clean
    )


def _whole(clean: bytes, sent: Sent) -> bool:
    # Is the line still in the piece, apart from what may be at a line's edges?
    if sent.kind == OWN:
        return True
    said = clean.strip(_EDGES)
    head, colon, _ = said.partition(b":")
    if colon and head + colon in sent.image:
        return True  # hurt behind its head, and still its own
    return any(line.strip(_EDGES) == said for line in sent.data.split(b"\r\n"))


def _dirt(record: Record, held: Held) -> list[Sent]:
    """What was hurt or strange of the bytes that came while the call ran."""
    first, last = held.given
    return [
        each
        for each in record.shell.came
        if each.kind != OWN
        and each.start <= last
        and (each.end > first or each.start == each.end == first)
    ]


def _near(record: Record, sent: Sent, sign: re.Pattern[bytes], given: int) -> bool:
    # Does a hurt piece, with what touches it, look like such an answer, in a line that ends since the command was
    # written?
    data = sent.data
    came = record.shell.came
    at = came.index(sent)
    if not data.endswith(b"\r\n"):
        data += came[at + 1].data if at + 1 < len(came) else b""
    elif sent.end <= given:
        return False
    if at and not came[at - 1].data.endswith(b"\n"):  # it has cut a line in two
        data = came[at - 1].data + data
    return bool(sign.search(data))


def _in_boot(record: Record, held: Held) -> bool:
    begin, end = record.shell.module._boot
    return bool(held.began <= end and held.over >= begin)


def _chatty(record: Record, held: Held, verdict: Verdict) -> None:
    wrote = [data for _, data in record.shell.wrote[slice(*held.wrote)]]
    if any(each.kind != OWN and each.start <= held.given[0] for each in record.shell.came):
        return
    if any(each.ended[0] != "ok" for each in record.held[: record.held.index(held)]):
        return  # what ended otherwise left a doubt
    if record.case.dialogue.startswith("90-variants") or "b" in debts(held.call)[0]:
        return  # and so may answers in another order; a restart is waited for with AT
    if any(wound[0] == "lines" for wound in record.case.wounds):
        return
    if b"busy" in b"".join(each.data for each in record.shell.came):
        return
    probe = PROBES[record.case.probes[held.probe - 1]] if held.probe else None
    if probe is not None:
        wanted = [probe.line] + ([probe.payload] if probe.payload else [])
    else:
        turns = plays()[record.case.dialogue].turns
        wanted = [
            part.heard
            for turn in turns
            if turn.call == held.call and turn.args == held.args
            for part in turn.parts
            if part.heard
        ][: len(wrote)]
    if wrote != wanted:
        verdict.found.append(("chatty", f"{held.call}: wrote {wrote}"))


# ---- messages ------------------------------------------------------------------------------------------------


def _messages(record: Record, verdict: Verdict) -> None:
    shell = record.shell
    heard = [
        (bytes(data[topic:stop]), bytes(data[start:end]))
        for data, topic, stop, start, end in shell.inbox
    ]
    sent = [each for each in shell.came if each.message is not None and each.kind != DIRTY]
    if heard == [each.message for each in sent]:
        return
    stream = b"".join(each.data for each in shell.came)
    unhurt = [each for each in sent if _intact(each, stream)]
    at = 0
    found: list[tuple[int, int]] = []
    for message in heard:
        place = _place(stream, message, at, unhurt, shell.came)
        if place is None:
            verdict.found.append(("invented", f"{message} is not in {stream[at : at + 200]!r}"))
            return
        found.append(place)
        at = place[1]
    ends = {end for _, end in found}
    # A value may have a torn line in it.
    told = repr([held.ended for held in record.held if held.ended != held.expected])
    missing = [
        each
        for each in unhurt
        if each.end not in ends and repr(text(each.message[0]))[1:-1] not in told
        # One that a stray head made the inside of another whole message stands in that one.
        and not any(start < each.end - len(each.image) and each.end < end for start, end in found)
        # A copy that was hurt may have been taken for it: what counts is how many there are.
        and heard.count(each.message) < sum(other.message == each.message for other in unhurt)
    ]
    if missing:
        verdict.counts["lost"] += len(missing)
        if not (shell.link.noise or shell.link.dropped):
            verdict.found.append(("unaccounted", f"{missing[0].message}"))
        elif not any(each.kind != OWN and each.start <= missing[0].start for each in shell.came):
            verdict.found.append(("lost", f"{missing[0].message}, and nothing before it was hurt"))


def _events(record: Record, verdict: Verdict) -> None:
    """No event that the module did not say, and none more often than that."""
    if record.shell.events:
        stream = b"".join(each.data for each in record.shell.came).replace(b" ", b"")
        for name, times in Counter(record.shell.events).items():
            if times > stream.count(SAYS[name]):
                verdict.found.append(("invented", f"{times} times the event {name}"))


def text(data: bytes) -> str:
    """Bytes as an answer has them that is text."""
    try:
        return data.decode()
    except UnicodeError:
        return data.decode("latin-1")


def _intact(sent: Sent, stream: bytes) -> bool:
    start = sent.end - len(sent.image)
    return stream[start : sent.end] == sent.image and (start == 0 or stream[start - 1] in b"\n")


def _reach(torn: Sent) -> int:
    """How far a message reaches that came with too few bytes, as far as its own length says."""
    counted = _COUNTED.search(torn.data)
    return (
        torn.end
        if counted is None
        else max(torn.end, torn.start + counted.end() + int(counted[1]) + 2)
    )


def _place(
    stream: bytes, message: Message, at: int, unhurt: list[Sent], came: list[Sent]
) -> tuple[int, int] | None:
    """Where a message stands, at or behind `at`: at a line's beginning, and not within another."""
    begins = {b.start for a, b in pairwise(came) if b.at - a.at > SILENCE}
    topic, payload = message
    # What a torn message swallowed the head of is no message any more: nobody can tell what stands in it.
    torn = [(each.start, _reach(each)) for each in came if each.kind != OWN and b"RCV" in each.data]
    outer = [
        each
        for each in unhurt
        if each.kind == OWN
        and not any(begin < each.end - len(each.image) <= reach for begin, reach in torn)
    ]
    wanted = re.compile(
        rb'\+ *TCMQTT(?:T?RCVPUB|RCV PUB)[:=] *"%s", *0*%d, *"%s"\r\n'
        % (re.escape(topic), len(payload), re.escape(payload))
    )
    for match in wanted.finditer(stream, at):
        start, end = match.span()
        if start and stream[start - 1] not in b"\n>\0\r" and start not in begins:
            continue
        inside = any(each.end - len(each.image) < start and end < each.end for each in outer)
        if not inside:
            return start, end
    return None
