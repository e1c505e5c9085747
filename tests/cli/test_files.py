"""Files that people make on any system, wherever the command takes one."""

import codecs
import pathlib

import pytest

from tencent_at.wire.tape import read
from tencent_at_cli.desk.exits import Stop
from tencent_at_cli.desk.files import message, one_line, text
from tests.cli.conftest import Cli, Make
from tests.names import DATA, DEVICE, PRODUCT, SECRET

SPELT: dict[str, tuple[str, str]] = {  # what follows the value, and in which encoding
    "plain": ("", "utf-8"),
    "LF": ("\n", "utf-8"),
    "CR LF": ("\r\n", "utf-8"),
    "blank lines": ("\r\n\r\n \r\n", "utf-8"),
    "byte order mark": ("\r\n", "utf-8-sig"),
    "UTF-16": ("\r\n", "utf-16"),
    "UTF-16, the other way": ("\n", "utf-16-be"),
}


def spelt(how: str, value: str) -> bytes:
    """A value in a file as somebody's editor or shell leaves it."""
    end, encoding = SPELT[how]
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    return (mark + value + end).encode(encoding)


@pytest.mark.parametrize("how", SPELT)
@pytest.mark.parametrize("stdin", [False, True])
def test_a_secret_is_read_whatever_made_its_file(
    cli: Cli, module: Make, tmp_path: pathlib.Path, how: str, stdin: bool
) -> None:
    file = tmp_path / "secret"
    file.write_bytes(spelt(how, SECRET))
    words = ["--port", module().url, "device", "set", PRODUCT, DEVICE, "--json", "--secret-file"]
    result = cli(*words, "-" if stdin else str(file), input=file.read_bytes())
    assert result.code == 0 and result.json["secret_bcc"] == 116, result.err


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"a\nb\n", "2 lines where one is wanted"),
        (b"secret \n", "begins or ends with a blank"),
        (b"\t secret", "begins or ends with a blank"),
        ("密码".encode("gbk"), ":1: not UTF-8"),
        (b"a\n\xff", ":2: not UTF-8"),
        (b"sec\0ret!!", ":1: a NUL"),
        (codecs.BOM_UTF16_LE + b"a", "not UTF-16"),
        (b"\r\n", "is empty"),
    ],
)
def test_a_secret_that_cannot_be_meant_so_is_named(
    cli: Cli, tmp_path: pathlib.Path, data: bytes, said: str
) -> None:
    file = tmp_path / "secret"
    file.write_bytes(data)
    words = ["--port", "emu://?noise=0", "device", "set", PRODUCT, DEVICE, "--secret-file"]
    result = cli(*words, str(file))
    assert result.code == 2 and said in result.err
    assert "secret" not in result.err.replace(str(file), "").replace("device secret", "").replace(
        "belongs to the secret", ""
    )


DOCUMENT = '{"text":"字"}'


@pytest.mark.parametrize("how", SPELT)
@pytest.mark.parametrize("as_json", [False, True])
def test_a_message_is_read_whatever_made_its_file(
    cli: Cli, module: Make, tmp_path: pathlib.Path, how: str, as_json: bool
) -> None:
    made = module(f'connected; subscribed "{DATA}" 1')
    file = tmp_path / "message"
    file.write_bytes(spelt(how, DOCUMENT))
    words = ["--port", made.url, "pub", DATA, "--file", str(file)] + ["--as-json"] * as_json
    tape = tmp_path / "tape.jsonl"
    result = cli("--capture", str(tape), *words)
    assert result.code == 0, result.err
    (came,) = [line.data for line in read(tape).lines if line.kind == "message"]
    assert came.endswith(b'%d,"%s"\r\n' % (len(DOCUMENT.encode()), DOCUMENT.encode()))
    assert (how == "plain") == (f"{file}:" not in result.err)  # what was left out is said


def test_bytes_that_are_no_text_are_a_message_as_they_are(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "message"
    for data in (
        b"",
        b"\xff\xfe\x00",
        b"\xff\xfe\x00\xd8",
        b"\xef\xbb\xbf\xff",
        bytes(range(256)),
        b"a\0b\0",
    ):
        file.write_bytes(data)
        assert message(file) == (data, "")


def test_no_text_has_a_byte_of_itself_in_its_error(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "f"
    file.write_bytes(b"hidden\xffhidden")
    for reader in (text, one_line):
        with pytest.raises(Stop) as stopped:
            reader(file)
        assert "hidden" not in str(stopped.value) and "ff" not in str(stopped.value)
