"""`report`: a capture as one HTML page, a sequence diagram of host, module and cloud."""

from __future__ import annotations

import html
import json as json_text
import webbrowser
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Annotated, Any

import typer

from tencent_at.entries import Text
from tencent_at.manual import REVISION
from tencent_at.wire.notation import spell
from tencent_at.wire.reading import FROM_HOST, Line
from tencent_at.wire.tape import Tape, play
from tencent_at.wire.words import Decoded

from ..desk.exits import Exit, Stop
from ..desk.language import LANGUAGE, said
from ..desk.options import Json
from ..desk.output import note, print_json
from ..desk.printer import Annotator

__all__ = ["model", "page", "report"]

HOST, MODULE, CLOUD = "host", "module", "cloud"
# What a command makes the module say to the cloud, and what the cloud says when it succeeds.
BEHIND = {
    "connect": (Text("connect", "连接"), Text("accepted", "已接受")),
    "disconnect": (Text("disconnect", "断开"), Text()),
    "publish_short": (Text("publish", "发布"), Text("acknowledged", "已确认")),
    "publish_long": (Text("publish", "发布"), Text("acknowledged", "已确认")),
    "subscribe": (Text("subscribe", "订阅"), Text("granted", "已授权")),
    "unsubscribe": (Text("unsubscribe", "退订"), Text("done", "完成")),
    "register": (Text("register", "注册"), Text("device secret", "设备密钥")),
    "set_ota": (Text("report version", "上报版本"), Text()),
}
# Events that begin in the cloud.
FROM_CLOUD = {
    "message": Text("message", "消息"),
    "ota_status": Text("upgrade", "升级"),
    "reconnected": Text("link is back", "链路恢复"),
}
MOST = 20_000  # lines that the page shows unless it is told otherwise
COUNTED = "commands", "problems", "unanswered", "messages", "events", "sent", "received"
LONGEST = 4096  # characters of one line that the page keeps


class Model:
    """Rows of the diagram, gathered into exchanges: a command and all that came until the next."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.lines = 0
        self.last = 0.0
        self.exchanges: list[dict[str, Any]] = []  # of the first lines; the rest is counted
        self.counts = dict.fromkeys(COUNTED, 0)
        self._exchange: dict[str, Any] = {"outcome": "none"}  # the one under way
        self.annotator = Annotator()
        self.count = 0
        self._call = ""
        self._unacknowledged = False  # published at QoS 0
        self._awaited = False  # has the module something under way with the cloud?

    def add(self, line: Line) -> None:
        """One line of the wire, and what it lets us infer about the cloud."""
        decoded = self.annotator.decode(line)
        self.lines += 1
        self.last = max(self.last, line.time)
        if line.kind in ("command", "abort") or not self.exchanges:
            self._begin(line, decoded)
        exchange = self._exchange
        if decoded and decoded.kind == "event" and decoded.name in FROM_CLOUD:
            self._infer(exchange, line, CLOUD, MODULE, FROM_CLOUD[decoded.name], decoded)
        if line.kind == "result" and self._awaited:
            self._answered(exchange, line, decoded)
        self._put(exchange, self._row(line, decoded))
        self._outcome(exchange, line, decoded)
        if line.kind == "payload" or (line.kind == "ok" and self._asks_behind_ok()):
            self._asked(exchange, line)

    def _begin(self, line: Line, decoded: Decoded | None) -> None:
        is_command = line.kind in ("command", "abort")
        self._call = decoded.name if decoded and is_command else ""
        fields = {name: value for name, value, _ in decoded.fields} if decoded else {}
        self._unacknowledged = fields.get("qos", "").startswith("0") and "publish" in self._call
        self._awaited = False
        title = (
            decoded.title
            if decoded and is_command
            else Text("Before the first command", "首条命令之前")
        )
        self.judge()
        self._exchange = {
            "title": both(title),
            "line": readable(line) if is_command else "",
            "section": decoded.section if decoded and is_command else "",
            "t": line.time,
            "end": line.time,
            "outcome": "open" if is_command else "none",
            "why": both(Text()),
            "rows": [],
        }
        if self.shows:
            self.exchanges.append(self._exchange)

    @property
    def shows(self) -> bool:
        """Is the line among the first, which are shown?"""
        return self.lines <= self.most

    def judge(self) -> None:
        """Count how the command under way has ended; nothing more belongs to it."""
        outcome = self._exchange["outcome"]
        self.counts["commands"] += outcome != "none"
        self.counts["problems"] += outcome in ("refused", "failed", "busy")
        self.counts["unanswered"] += outcome == "open"

    def _put(self, exchange: dict[str, Any], row: dict[str, Any]) -> None:
        is_message = row.get("name") == "message"
        self.counts["messages"] += row["kind"] in ("message", "event") and is_message
        self.counts["events"] += row["kind"] == "event" and not is_message
        self.counts["sent"] += row.get("bytes", 0) * (row["from"] == HOST)
        inward = row["from"] == MODULE and row["to"] == HOST
        self.counts["received"] += row.get("bytes", 0) * inward
        if self.shows:
            exchange["rows"].append(row)

    def _asks_behind_ok(self) -> bool:
        form = self.annotator.asked
        return self._call in BEHIND and form is not None and "prompt" not in form.reply

    def _asked(self, exchange: dict[str, Any], line: Line) -> None:
        if self._call in BEHIND:
            self._infer(exchange, line, MODULE, CLOUD, BEHIND[self._call][0], None)
            self._awaited = True

    def _answered(self, exchange: dict[str, Any], line: Line, decoded: Decoded | None) -> None:
        self._awaited = False
        said = BEHIND[self._call][1]
        bad = bool(decoded and decoded.bad)
        if bad:
            said = Text("refused or lost", "被拒或丢失")
        if said.en and not (self._unacknowledged and not bad):
            self._infer(exchange, line, CLOUD, MODULE, said, decoded if bad else None)

    def _infer(
        self,
        exchange: dict[str, Any],
        line: Line,
        origin: str,
        target: str,
        label: Text,
        decoded: Decoded | None,
    ) -> None:
        topic = next((v for n, v, _ in decoded.fields if n == "topic"), "") if decoded else ""
        self._put(
            exchange,
            {
                "id": self._next(),
                "t": line.time,
                "from": origin,
                "to": target,
                "kind": "cloud",
                "label": f"{label.en} {topic}".strip(),
                "label_zh": f"{label.zh} {topic}".strip(),
                "inferred": True,
                "bad": bool(decoded and decoded.bad),
            },
        )

    def _row(self, line: Line, decoded: Decoded | None) -> dict[str, Any]:
        to_module = line.way == FROM_HOST
        shown = readable(line)
        row: dict[str, Any] = {
            "id": self._next(),
            "t": line.time,
            "from": HOST if to_module else MODULE,
            "to": MODULE if to_module else HOST,
            "kind": "event" if decoded and decoded.kind == "event" else line.kind,
            "label": shown if len(shown) <= 200 else shown[:160] + " …",
            "text": spell(line.data)[:LONGEST],
            "bytes": len(line.data),
        }
        if line.masked:
            row["masked"] = True
        if decoded and decoded.kind != "unknown":
            row |= {
                "title": both(decoded.title),
                "meaning": both(decoded.meaning),
                "advice": both(decoded.advice),
                "section": decoded.section,
                "name": decoded.name,
                "fields": [[name, value, both(title)] for name, value, title in decoded.fields],
            }
            if decoded.bad:
                row["bad"] = True
        document = _document(line)
        if document:
            row["document"] = document
        return row

    def _next(self) -> int:
        self.count += 1
        return self.count

    def _outcome(self, exchange: dict[str, Any], line: Line, decoded: Decoded | None) -> None:
        if line.way == FROM_HOST or exchange["outcome"] == "none" or line.kind in ("blank", "echo"):
            return
        if decoded and decoded.kind == "event" and exchange["outcome"] == "ok":
            return
        if decoded and decoded.bad and decoded.kind == "error" and decoded.meaning.en:
            exchange["why"] = both(decoded.meaning)
        if line.kind == "error" or (line.kind == "result" and decoded and decoded.bad):
            busy = line.body.startswith(b"busy")
            exchange["outcome"] = (
                "failed" if line.kind == "result" else "busy" if busy else "refused"
            )
            if decoded and decoded.meaning.en:
                exchange["why"] = both(decoded.meaning)
        elif line.kind in ("ok", "result", "data") and exchange["outcome"] in ("open", "ok"):
            exchange["outcome"] = "ok"
        else:
            return
        exchange["end"] = line.time


def both(text: Text) -> dict[str, str]:
    """A text in both languages."""
    return {"en": text.en, "zh": text.zh or text.en}


def readable(line: Line) -> str:
    """The line for people."""
    return spell(line.body.strip(b"\r\n"), readable=True)


def _document(line: Line) -> str:
    # The payload of a message or publication, laid out where it is JSON.
    body = line.data
    if line.kind == "message":
        start = body.find(b',"', body.find(b'",') + 2)
        body = body[start + 2 : -3]
    elif line.kind != "payload":
        return ""
    try:
        value = json_text.loads(body)
    except ValueError:
        return spell(body.strip(b"\r\n"), readable=True)[:LONGEST]
    return json_text.dumps(value, ensure_ascii=False, indent=2)[:LONGEST]


def model(tape: Tape, name: str, most: int = MOST) -> dict[str, Any]:
    """All that the page shows, as plain values."""
    return drawn(tape, tape.lines, name, most)


def drawn(tape: Tape, lines: Iterable[Line], name: str, most: int = MOST) -> dict[str, Any]:
    """All that the page shows, of lines that come one after another: the first so many, and what all amount to."""
    made = Model(most)
    for line in lines:
        made.add(line)
    made.judge()
    return {
        "name": name,
        "port": tape.port,
        "baud": tape.baud,
        "started": tape.started,
        "revision": REVISION,
        "seconds": round(made.last, 3),
        "lines": made.lines,
        "left_out": max(made.lines - most, 0),
        "exchanges": made.exchanges,
        "counts": made.counts,
    }


def page(tape: Tape, name: str) -> str:
    """The page of a capture."""
    return laid_out(model(tape, name))


def laid_out(values: dict[str, Any]) -> str:
    """The page that shows these values."""
    data = json_text.dumps(values, ensure_ascii=False, separators=(",", ":"))
    safe = data.replace("<", "\\u003c").replace("\u2028", "\\u2028").replace("\u2029", "\\u2029")
    made = _part("report.html")
    for place, text in (
        ("/*style*/", _part("report.css")),
        ("/*script*/", _part("report.js")),
        ("<!--title-->", html.escape(values["name"])),
        ('lang="en"', f'lang="{LANGUAGE[0]}"'),
        ("/*data*/", safe),
    ):
        made = made.replace(place, text, 1)
    return made


def _part(name: str) -> str:
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def report(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A capture.", exists=True, dir_okay=False)],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="FILE.html unless given.")
    ] = None,
    most: Annotated[
        int, typer.Option("--lines", metavar="N", min=1, help="Show the first N lines.")
    ] = MOST,
    show: Annotated[bool, typer.Option("--open", help="Open it in the browser.")] = False,
    json: Json = False,
) -> None:
    """Make one HTML page of a capture: a sequence diagram of host, module and cloud.

    Every line is decoded; the page can be searched and needs no network. --json prints what the
    page shows instead.
    """
    tape, lines = play(file)
    values = drawn(tape, lines, file.name, most)
    if json:
        print_json(values)
        return
    target = output or file.with_suffix(".html")
    try:
        target.write_text(laid_out(values), encoding="utf-8", newline="\n")
    except OSError as error:
        raise Stop(Exit.USAGE, f"{target}: {error.strerror}") from None
    rest = said(f", {values['left_out']} left out: --lines N") if values["left_out"] else ""
    note(f"{target}: {values['lines']} lines{rest}", "green")
    if show:
        webbrowser.open(target.resolve().as_uri())
