"""The report: what it holds, that nothing in it runs or reaches out, and how a browser shows it."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tracemalloc

import pytest

from tencent_at.wire.reading import FROM_HOST, FROM_MODULE, Line, Reading
from tencent_at.wire.tape import Tape, play, read
from tencent_at_cli.commands.report import drawn, model, page
from tests.cli.conftest import Cli

CHROMIUM = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), ""
)
EVIL = b'</script><script>document.title="run"</script><img src=x onerror=document.title="run">'


def a_tape(*exchanges: tuple[str, bytes]) -> Tape:
    lines: list[Line] = []
    wire = Reading(lines.append)
    for at, (way, data) in enumerate(exchanges):
        wire.feed(way, data, at / 10)
    return Tape("/dev/ttyUSB0", 115200, "2026-01-31T12:00:00+00:00", tuple(lines))


TAPE = a_tape(
    (FROM_HOST, b"AT+TCMQTTCONN=1,5000,240,1,1\r\n"),
    (FROM_MODULE, b"OK\r\n+TCMQTTCONN:OK\r\n"),
    (FROM_HOST, b'AT+TCMQTTPUB="a",1,"b"\r\n'),
    (FROM_MODULE, b'OK\r\n+TCMQTTRCVPUB:"a",%d,"%s"\r\n+TCMQTTPUB:OK\r\n' % (len(EVIL), EVIL)),
    (FROM_HOST, b'AT+TCMQTTPUBL="a",0,7\r\n'),
    (FROM_MODULE, b"OK\r\n>\r\n"),
    (FROM_HOST, b'{"a":1}\r\n'),
    (FROM_MODULE, b"+TCMQTTPUBL:FAIL,-103\r\n+TCMQTTDISCON,-103\r\n"),
    (FROM_HOST, b'AT+CWJAP="Home","12345678"\r\n'),
    (FROM_MODULE, b"+CWJAP:2\r\n\r\nERROR\r\n"),
    (FROM_HOST, b"AT+TCMQTTSTATE?\r\n"),
)


def test_the_model() -> None:
    made = model(TAPE, "a.jsonl")
    assert [exchange["outcome"] for exchange in made["exchanges"]] == [
        *("ok", "ok", "failed", "refused", "open")
    ]
    assert made["exchanges"][3]["why"]["en"] == "Wrong password"
    assert made["counts"] == made["counts"] | {"commands": 5, "problems": 2, "unanswered": 1}
    clouds = [
        (row["from"], row["label"])
        for exchange in made["exchanges"]
        for row in exchange["rows"]
        if row["kind"] == "cloud"
    ]
    assert clouds[:5] == [
        ("module", "connect"),
        ("cloud", "accepted"),
        ("module", "publish"),
        ("cloud", "message a"),
        ("cloud", "acknowledged"),
    ]


def test_what_is_refused_never_reached_the_cloud() -> None:
    refused = a_tape(
        (FROM_HOST, b'AT+TCMQTTPUB="a",1,"b"\r\n'), (FROM_MODULE, b"+CME ERROR:208\r\n")
    )
    (exchange,) = model(refused, "")["exchanges"]
    assert [row["kind"] for row in exchange["rows"]] == ["command", "error"]


def test_the_page_needs_nothing_else() -> None:
    made = page(TAPE, "<b>name</b>.jsonl")
    assert not re.search(r"""(src|href)=["']?(https?:|//)|@import|url\(""", made)
    assert "default-src 'none'" in made
    assert "<title>&lt;b&gt;name" in made
    assert EVIL.decode() not in made and "12345678" not in made
    data = re.search(r'<script id="data" type="application/json">(.*?)</script>', made, re.DOTALL)
    assert data and json.loads(data[1])["port"] == "/dev/ttyUSB0"


def browse(file: pathlib.Path, *flags: str, part: str = "") -> "subprocess.CompletedProcess[str]":
    words = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"]
    words += ["--disable-background-networking", f"--user-data-dir={file.parent / 'profile'}"]
    words += [
        "--window-size=1300,2400",
        "--virtual-time-budget=2000",
        *flags,
        f"{file.as_uri()}{part}",
    ]
    return subprocess.run(words, capture_output=True, text=True, timeout=100)


@pytest.fixture
def written(tmp_path: pathlib.Path) -> pathlib.Path:
    if not CHROMIUM:
        pytest.skip("there is no Chromium here")
    file = tmp_path / "report.html"
    file.write_text(page(TAPE, "a.jsonl"), encoding="utf-8")
    return file


def visible(dom: str) -> str:
    """The diagram of the page as it is, without rows that are hidden."""
    diagram = dom[dom.index('id="diagram"') : dom.index('id="nothing"')]
    hidden = re.sub(r"<button[^>]*display: none.*?</button>", "", diagram, flags=re.DOTALL)
    return re.sub(r"<[^>]+>", " ", re.sub(r"</?mark>", "", hidden))


def test_in_a_browser(written: pathlib.Path) -> None:
    dom = browse(written, "--dump-dom").stdout
    assert "<title>a.jsonl · tencent-at</title>" in dom  # nothing of the payload ran
    shown = visible(dom)
    for text in (
        "Connect to the MQTT service",
        "refused",
        "Wrong password",
        "no answer",
        "acknowledged",
    ):
        assert text in shown
    assert "document.title" in shown  # the payload, as text


def test_searching(written: pathlib.Path) -> None:
    shown = visible(browse(written, "--dump-dom", part="#search=wrong%20password").stdout)
    assert "+CWJAP:2" in shown and "TCMQTTCONN" not in shown


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_picture(written: pathlib.Path, scheme: str) -> None:
    picture = written.with_name(f"{scheme}.png")
    flags = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []
    browse(written, f"--screenshot={picture}", *flags)
    assert picture.read_bytes().startswith(b"\x89PNG") and picture.stat().st_size > 30_000


def test_the_command(cli: Cli, tmp_path: pathlib.Path) -> None:
    tape = tmp_path / "t.jsonl"
    assert cli("--port", "emu://?noise=0&stored=1", "--capture", str(tape), "demo").code == 0
    assert cli("report", str(tape)).code == 0
    assert "AT+TCMQTTPUBL" in (tmp_path / "t.html").read_text()
    assert cli("report", str(tape), "--json").json["counts"]["problems"] == 0
    assert cli("report", str(tape), "-o", str(tmp_path / "no" / "x.html")).code == 2
    assert cli("report", str(tmp_path / "none")).code == 2


def a_long_tape(path: pathlib.Path, commands: int) -> pathlib.Path:
    """A capture of three lines for each command, and one that was refused at its end."""
    with path.open("w", encoding="utf-8") as file:
        file.write(
            '{"capture": 1, "port": "COM3", "baud": 115200, "started": "2026-01-31T12:00:00+00:00"}\n'
        )
        for at in range(commands):
            for way, kind, data in (
                (">", "command", "AT+CIPSTA?⏎"),
                ("<", "blank", "⏎"),
                ("<", "ok", "OK⏎"),
            ):
                file.write(json.dumps({"t": at, "way": way, "kind": kind, "data": data}) + "\n")
    return path


def test_the_first_lines_are_shown_and_all_are_counted(cli: Cli, tmp_path: pathlib.Path) -> None:
    tape = a_long_tape(tmp_path / "a.jsonl", 100)
    made = cli("report", str(tape), "--lines", "31", "--json").json
    whole = cli("report", str(tape), "--json").json
    assert made["counts"] == whole["counts"] and made["counts"]["commands"] == 100
    assert made["left_out"] == 269 and sum(len(e["rows"]) for e in made["exchanges"]) == 31
    shown = cli("report", str(tape), "--lines", "31")
    assert "300 lines, 269 left out" in shown.err


def test_a_long_capture_takes_no_more_memory_than_a_short_one(tmp_path: pathlib.Path) -> None:
    """Ten times the lines: the memory that is held stays what the lines shown take, and each line costs the same."""
    peaks, calls = [], []
    for commands in (200, 2000):
        path = a_long_tape(tmp_path / f"{commands}.jsonl", commands)
        tape, lines = play(path)
        drawn(tape, [], "")  # what is made once
        tracemalloc.start()
        drawn(tape, lines, "", 60)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        count = 0

        def counted(frame: object, event: str, arg: object) -> None:
            nonlocal count
            count += event == "call"

        tape, lines = play(path)
        before = sys.getprofile()
        sys.setprofile(counted)
        drawn(tape, lines, "", 60)
        sys.setprofile(before)
        calls.append(count)
    assert peaks[1] < peaks[0] * 1.5, peaks
    assert calls[1] < calls[0] * 10.5, calls


@pytest.mark.parametrize("how", ["utf-8-sig", "utf-16"])
def test_a_capture_that_an_editor_saved_is_read(tmp_path: pathlib.Path, how: str) -> None:
    path = a_long_tape(tmp_path / "a.jsonl", 2)
    text = path.read_text(encoding="utf-8").replace("\n", "\r\n") + "\r\n"
    path.write_bytes(text.encode(how))
    assert [line.data for line in read(path).lines][:3] == [b"AT+CIPSTA?\r\n", b"\r\n", b"OK\r\n"]
