"""The result file: what it must survive, and what is refused with advice."""

import csv
import pathlib
import subprocess
import sys

import pytest

from tencent_at_cli.factory.orders import Unit
from tencent_at_cli.factory.results import BEGUN, Book, Result, escaped, unescaped
from tests.cli.conftest import Cli
from tests.cli.test_factory import an_order, results

NAMES = ["=1+2", "+49", "-1", "@SUM", "'quoted", "''", "plain", "a=b", "设备", 'a"b', "a,b", "a;b"]


@pytest.mark.parametrize("name", NAMES)
def test_no_cell_is_a_formula_and_each_is_read_back(tmp_path: pathlib.Path, name: str) -> None:
    assert unescaped(escaped(name)) == name
    path = tmp_path / "r.csv"
    book = Book(path)
    book.begin(Result(name, "p", mac="aa:bb", given=True))
    book.close()
    with path.open(newline="", encoding="utf-8") as file:  # what a spreadsheet sees
        cells = list(csv.reader(file))[1]
    assert not cells[0].startswith(("=", "+", "-", "@"))
    again = Book(path)
    row = again.last(Unit("p", name))
    again.close()
    assert row and row["device_name"] == name and row["ok"] == BEGUN


def test_a_torn_last_line_is_dropped_and_the_rest_is_whole(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "r.csv"
    book = Book(path)
    book.begin(Result("Unit0", "p", given=True))
    book.add(Result("Unit0", "p", ok=True, bcc=1, given=True))
    book.close()
    whole = path.read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    for cut in range(last, len(whole)):
        path.write_bytes(whole[:cut])
        book = Book(path)
        row = book.last(Unit("p", "Unit0"))
        book.add(Result("Unit1", "p", ok=True))
        book.close()
        assert row and row["ok"] == BEGUN
        again = Book(path)
        assert len(again.rows) == 2
        again.close()


FOREIGN = {
    "another table": b"a,b\r\n1,2\r\n",
    "saved by a spreadsheet": b"device_name;product_id;ok\r\n",
    "a picture": b"\x89PNG\r\n\x1a\n\0\0\n",
    "a line": b"something\n",
    "no line end": b"something",
}


@pytest.mark.parametrize("foreign", FOREIGN)
def test_a_foreign_file_is_refused_and_left_as_it_is(
    cli: Cli, tmp_path: pathlib.Path, foreign: str
) -> None:
    order = an_order(tmp_path, count=1)
    path = order.with_name("order.csv.result.csv")
    path.write_bytes(FOREIGN[foreign])
    result = cli("factory", str(order))
    assert result.code == 2
    assert str(path) in result.err and "--result FILE" in result.err.replace("\n", " ")
    assert path.read_bytes() == FOREIGN[foreign]


def test_a_damaged_row_is_named(cli: Cli, tmp_path: pathlib.Path) -> None:
    order = an_order(tmp_path, count=2)
    assert cli("factory", str(order), "--no-connect").code == 0
    path = order.with_name("order.csv.result.csv")
    lines = path.read_bytes().split(b"\r\n")
    path.write_bytes(b"\r\n".join([*lines[:2], lines[2][:20], *lines[3:]]))
    result = cli("factory", str(order), "--no-connect")
    assert result.code == 2 and f"{path}:3 is damaged" in result.err


def test_a_file_that_another_line_holds_is_refused(cli: Cli, tmp_path: pathlib.Path) -> None:
    order = an_order(tmp_path, count=1)
    path = order.with_name("order.csv.result.csv")
    held = Book(path)
    result = cli("factory", str(order))
    held.close()
    assert result.code == 1
    assert "Close the program that has it open" in result.err
    assert cli("factory", str(order)).code == 0


def test_no_identity_is_written_when_the_results_cannot_be(
    cli: Cli, tmp_path: pathlib.Path
) -> None:
    """The file can be no longer than it is: its head fits, the first begun row does not."""
    order = an_order(tmp_path, count=1)
    script = (
        "import resource, signal, sys; from tencent_at_cli.__main__ import main\n"
        "from tencent_at_cli.factory import line\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "line.store = lambda *a: print('WRITTEN')\n"
        "begin = line.Book.begin\n"
        "def limited(book, result):\n"
        "    resource.setrlimit(resource.RLIMIT_FSIZE, (book.path.stat().st_size + 9,) * 2)\n"
        "    begin(book, result)\n"
        "line.Book.begin = limited\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    words = [sys.executable, "-c", script, "factory", str(order)]
    ended = subprocess.run(words, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 1, ended
    assert "WRITTEN" not in ended.stdout
    assert "cannot be written: File too large" in ended.stderr.replace("\n", " ")
    assert not any(row["ok"] == "yes" for row in results(order).values())


def test_a_place_where_nothing_can_be_written_stops_the_line_before_it_begins(
    cli: Cli, tmp_path: pathlib.Path
) -> None:
    order = an_order(tmp_path, count=1)
    result = cli("factory", str(order), "--result", str(tmp_path / "no" / "r.csv"))
    assert result.code == 1
    assert "the result file cannot be written: No such file" in result.err
    folder = cli("factory", str(order), "--result", str(tmp_path))
    assert folder.code == 1 and "Is a directory" in folder.err
