"""Notation, masking, the reading of both directions, captures."""

import json
import pathlib
import random

import pytest

from tencent_at.wire import notation, tape
from tencent_at.wire.masks import SECRETS, Masks, spans
from tencent_at.wire.reading import FROM_HOST, FROM_MODULE, Line, Reading
from tests.cli.conftest import Cli


def test_the_notation_loses_nothing() -> None:
    chance = random.Random(5)
    samples = [bytes(range(256)), "⏎ \\ \\x41 字\r\n\n\r \u2028".encode(), b"\\\r\n", b"\xe2\x8f"]
    samples += [chance.randbytes(chance.randrange(80)) for _ in range(500)]
    for data in samples:
        text = notation.spell(data)
        assert notation.read(text) == data
        assert text.isprintable()
        assert json.loads(json.dumps(text)) == text


MASKED = [
    (b'AT+TCDEVINFOSET=1,"p","d","ZHNkIGRzZCA="\r\n', b'AT+TCDEVINFOSET=1,"p","d",***\r\n'),
    (b'AT+TCPRDINFOSET=1,"p","ZHNkIGRzZCA=","d"', b'AT+TCPRDINFOSET=1,"p",***,"d"'),
    (b'at+cwjap="Home","a\\,b\\"c\\\\"\r\n', b'at+cwjap="Home",***\r\n'),
    (b'AT+CWJAP="Home","a,b",1\r\n', b'AT+CWJAP="Home",***\r\n'),
    (b'AT+CWJAP_DEF="Home","secret!"', b'AT+CWJAP_DEF="Home",***'),
    (b'noise AT+TCSAP="x","y"', b'noise AT+TCSAP="x",***'),
    (b'AT+TCDEVINFOSET=1,"p","d"', b'AT+TCDEVINFOSET=1,"p","d"'),
    (b"AT+CWJAP=?", b"AT+CWJAP=?"),
    (b'+CWJAP:"Home","aa:bb",6,-55', b'+CWJAP:"Home","aa:bb",6,-55'),
    (b"+TCSAP=<ssid>,<pwd>", b"+TCSAP=<ssid>,<pwd>"),
]


@pytest.mark.parametrize(("line", "wanted"), MASKED)
def test_masking(line: bytes, wanted: bytes) -> None:
    assert Masks().shown(line) == wanted


def test_what_was_masked_once_is_masked_everywhere() -> None:
    masks = Masks()
    masks.shown(b'AT+CWJAP="Home","pa\\,ss"')
    assert masks.shown(b"echo pa,ss pa\\,ss") == b"echo *** ***"
    assert masks.shown(b'+TCMQTTRCVPUB:"t",5,"pa,ss"', counted=True).endswith(b'5,"*****"')


def test_a_counted_field_keeps_its_length() -> None:
    """An image or a message may hold what looks like a command: it is masked, and as long as it was."""
    page = b'write AT+CWJAP="Home","12345678"\nand go on'
    line = b"+TCREADFWDATA:%d,%s\r\n" % (len(page), page)
    shown = Masks().shown(line, counted=True)
    assert b"12345678" not in shown and len(shown) == len(line)


def test_masked_again_changes_nothing() -> None:
    masks = Masks()
    once = masks.shown(b'AT+TCDEVINFOSET=1,"p","d","ZHNkIGRzZCA="')
    assert masks.shown(once) == once


def test_every_secret_of_the_transcription_has_a_place() -> None:
    assert set(SECRETS) >= {b"TCDEVINFOSET", b"TCPRDINFOSET", b"TCSAP", b"CWJAP"}
    assert spans(b'AT+CWJAP="a","b"') == [(13, 16)]


DIALOGUE = [
    (FROM_HOST, b'AT+CWJAP="Home","12345678"\r\n'),
    (FROM_MODULE, b'AT+CWJAP="Home","12345678"\r\n\r\nOK\r\n'),
    (FROM_HOST, b'AT+TCMQTTPUBL="t",1,9\r\n'),
    (FROM_MODULE, b"OK\r\n>\r\n"),
    (FROM_HOST, b"a\r\nAT\r\nbc\r\n"),
    (FROM_MODULE, b'+TCMQTTRCVPUB:"t",9,"a\r\nAT\r\nbc"\r\n+TCMQTTPUBL:OK\r\n'),
    (FROM_HOST, b"AT+TCREADFWDATA=4\r\n"),
    (FROM_MODULE, b"OK\r\n+TCREADFWDATA:4,\r\n\r\n\r\n"),
    (FROM_HOST, b'AT+TCMQTTPUBL="t",1,9\r\n'),
    (FROM_MODULE, b"+CME ERROR:208\r\n"),
    (FROM_HOST, b"AT\r\n"),
    (FROM_MODULE, b"\r\nOK\r\n"),
]
KINDS = (
    "command echo blank ok command ok prompt payload message result command ok data "
    "command error command blank ok"
).split()


def test_what_the_lines_are() -> None:
    lines: list[Line] = []
    wire = Reading(lines.append)
    for way, data in DIALOGUE:
        wire.feed(way, data, 0.0)
    assert [line.kind for line in lines] == KINDS
    assert b"12345678" not in b"".join(line.data for line in lines)
    assert lines[7].data == b"a\r\nAT\r\nbc\r\n"


@pytest.mark.parametrize("size", [1, 2, 3, 7])
def test_it_does_not_matter_where_the_bytes_are_cut(size: int) -> None:
    lines: list[Line] = []
    wire = Reading(lines.append)
    for way, data in DIALOGUE:
        for at in range(0, len(data), size):
            wire.feed(way, data[at : at + size], 0.0)
    kinds = [line.kind for line in lines if line.kind != "blank"]
    wanted = [kind for kind in KINDS if kind != "blank"]
    if size == 1:  # a prompt is read at once; its line end is a blank line
        assert kinds == wanted
    assert [k for k in kinds if k != "prompt"] == [k for k in wanted if k != "prompt"]


def test_an_echo_that_never_ends_keeps_its_secret() -> None:
    lines: list[Line] = []
    wire = Reading(lines.append)
    wire.feed(FROM_MODULE, b'AT+CWJAP="Home","1234', 0.0)
    wire.flush()
    assert lines == []
    wire.flush(echoes=True)
    assert lines[0].data == b'AT+CWJAP="Home",***'


DAMAGED = [
    b'AT+TCDEVINFOSET=1,"P","D","dGVzdHNlY3JldA=="',  # lost its beginning, somewhere
    b'AT+TCDEVxNFOSET=1,"P","D","dGVzdHNlY3JldA=="',
    b'AT+TCDEVINFOSET=1,"P"x"D","dGVzdHNlY3JldA=="',
    b'AT+TCDEVINFOSET:1,"P","D","dGVzdHNlY3JldA=="',
    b'ATxTCDEVINFOSET=1,"P","D","dGVzdHNlY3JldA=="',
]


@pytest.mark.parametrize("echo", DAMAGED)
@pytest.mark.parametrize("later", [False, True])
def test_a_damaged_echo_keeps_its_secret(echo: bytes, later: bool) -> None:
    secret = b"dGVzdHNlY3JldA=="
    chance = random.Random(7)
    for lost in range(len(echo)):
        for hole in (0, chance.randrange(len(echo))):
            lines: list[Line] = []
            wire = Reading(lines.append)
            wire.feed(FROM_HOST, DAMAGED[0] + b"\r\n", 0.0)
            if later:
                wire.feed(FROM_HOST, b"AT\r\n", 0.0)
            came = echo[:hole] + b"~" * (hole > 0) + echo[hole + 1 * (hole > 0) :]
            wire.feed(FROM_MODULE, came[lost:] + b"\r\n", 0.0)
            shown = b"".join(line.data for line in lines if line.way == FROM_MODULE)
            parts = [secret[at : at + 4] for at in range(len(secret) - 3)]
            assert not [part for part in parts if part in shown], (came[lost:], shown)


def test_an_echo_with_many_holes_is_not_shown_while_its_secret_is_under_way() -> None:
    lines: list[Line] = []
    wire = Reading(lines.append)
    wire.feed(FROM_HOST, DAMAGED[0] + b"\r\n", 0.0)
    wire.feed(FROM_MODULE, b"GVz~HNl~3Jl~A==\r\nOK\r\n+TCDEVINFOSET:OK\r\n", 0.0)
    assert [line.data for line in lines[1:]] == [b"***\r\n", b"OK\r\n", b"+TCDEVINFOSET:OK\r\n"]


def test_answers_are_shown_though_they_share_letters_with_a_secret() -> None:
    masks = Masks()
    masks.learn("12345678")
    for line in (b'+TCMQTTCONN:"1234"\r\n', b"ERR CODE:0x12340000\r\n", b"OK\r\n", b"\r\n"):
        assert masks.received(line) == line
    assert masks.received(b"noise 1234\r\n") == b"***\r\n"


def test_a_capture_is_read_as_it_was_written(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "a.jsonl"
    lines: list[Line] = []
    with tape.TapeWriter(path, "emu://x?stored=1", 115200) as writer:

        def keep(line: Line) -> None:
            lines.append(line)
            writer.line(line)

        wire = Reading(keep)
        for way, data in DIALOGUE:
            wire.feed(way, data, 0.0)
    read = tape.read(path)
    assert [line.data for line in read.lines] == [line.data for line in lines]
    assert [line.kind for line in read.lines] == [line.kind for line in lines]
    assert read.port == "emu://x" and read.baud == 115200
    path.write_text(path.read_text() + '{"t": 1.0, "wa')  # torn
    assert len(tape.read(path).lines) == len(lines)


def test_any_byte_that_came_is_read_back(tmp_path: pathlib.Path) -> None:
    """A message of each byte, a line of each byte, and signs that hold 0x85 or end lines elsewhere."""
    path = tmp_path / "a.jsonl"
    lines: list[Line] = []
    messages = [bytes([byte]) for byte in range(256)] + "慅 … \x85 \u2028 \x1c 字".encode().split()
    with tape.TapeWriter(path) as writer:

        def keep(line: Line) -> None:
            lines.append(line)
            writer.line(line)

        wire = Reading(keep)
        for message in messages:
            wire.feed(FROM_MODULE, b'+TCMQTTRCVPUB:"t",%d,"%s"\r\n' % (len(message), message), 0.0)
            wire.feed(FROM_MODULE, b"x%sy\r\n" % message, 0.0)
        wire.flush(echoes=True)
    assert len(lines) >= 2 * len(messages)
    assert [line.data for line in tape.read(path).lines] == [line.data for line in lines]


@pytest.mark.parametrize("text", ["", "no json\n", "{}\n", '{"capture": 9}\n', "\x89PNG\n"])
def test_what_is_no_capture_is_refused(tmp_path: pathlib.Path, text: str) -> None:
    path = tmp_path / "a"
    path.write_text(text)
    with pytest.raises(tape.NoTape):
        tape.read(path)


@pytest.mark.parametrize("time", ["1e300", "-1e300", "NaN", "Infinity", "9" * 400, "null"])
@pytest.mark.parametrize("command", ["report", "replay"])
def test_a_time_that_is_none_is_refused_in_words(
    cli: Cli, tmp_path: pathlib.Path, time: str, command: str
) -> None:
    capture = tmp_path / "capture"
    row = '{"t":' + time + ',"way":">","kind":"command","data":"AT"}\n'
    capture.write_text('{"capture":1}\n' + row + row)
    result = cli("--port", "emu://?noise=0", command, str(capture))
    assert result.code == 2
    assert f"{capture}:2: not a line of a" in result.err and result.err.count("\n") == 1
