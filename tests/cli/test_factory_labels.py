"""Labels as pictures: what a reader of QR codes, which is nobody's of ours, reads from the sheet."""

import json
import pathlib

import pytest

from tencent_at_cli.desk.exits import Stop
from tencent_at_cli.factory.labels import Labels, draw
from tests.cli.conftest import Cli
from tests.cli.test_factory import an_order

zxingcpp = pytest.importorskip("zxingcpp")
Image = pytest.importorskip("PIL.Image")


def read(path: pathlib.Path) -> set[str]:
    """The texts of all codes of a picture."""
    with Image.open(path) as picture:
        return {found.text for found in zxingcpp.read_barcodes(picture)}


def labels(count: int) -> list[dict[str, str]]:
    names = [f"Unit-{n:03d}-" + "x" * (n % 30) for n in range(count)]
    mac = "3c:71:bf:33:af:fd"
    return [
        {"device_name": n, "product_id": "P" * 10, "mac": mac, "code": f"P;{n};{mac}"}
        for n in names
    ]


def test_every_code_of_a_sheet_is_read(tmp_path: pathlib.Path) -> None:
    made = labels(50)
    files = draw(tmp_path / "sheet.png", made, (50, 25))
    assert [file.name for file in files] == ["sheet.png", "sheet.1.png"]  # 33 fit on a page
    assert set().union(*map(read, files)) == {label["code"] for label in made}


def test_a_pdf_has_a_page_for_each_33(tmp_path: pathlib.Path) -> None:
    (file,) = draw(tmp_path / "sheet.PDF", labels(67), (50, 25))
    data = file.read_bytes()
    assert data.startswith(b"%PDF-") and data.count(b"/Type /Page\n") == 3


def test_what_cannot_be_drawn(tmp_path: pathlib.Path) -> None:
    for name, size in (
        ("sheet.gif", (50.0, 25.0)),
        ("a.png", (5.0, 5.0)),
        ("a.png", (500.0, 20.0)),
    ):
        with pytest.raises(Stop):
            draw(tmp_path / name, labels(1), size)


def test_the_command_draws_what_is_good(cli: Cli, tmp_path: pathlib.Path) -> None:
    order = an_order(tmp_path, {1: "/dev/there-is-none"}, count=2)
    sheet = tmp_path / "sheet.png"
    assert cli("factory", str(order), "--no-connect", "--sheet", str(sheet)).code == 8
    (code,) = read(sheet)
    label = json.loads(order.with_name("order.csv.labels.jsonl").read_text())
    assert code == label["code"] and code.startswith("CTQS08Y5LG;Unit0;")
    assert cli("factory", str(order), "--label-size", "wide").code == 2


def test_a_label_that_was_not_written_in_time_is_written_later(
    cli: Cli, tmp_path: pathlib.Path
) -> None:
    order = an_order(tmp_path, count=2)
    assert cli("factory", str(order), "--no-connect").code == 0
    path = order.with_name("order.csv.labels.jsonl")
    whole = path.read_text()
    path.write_text(whole[:-20])  # the machine went down
    assert cli("factory", str(order), "--no-connect").code == 0
    names = {each["device_name"] for each in Labels(path).all()}
    assert names == {"Unit0", "Unit1"}
    path.write_text("something else\n" + whole)
    result = cli("factory", str(order), "--no-connect")
    assert result.code == 2 and f"{path}:1: not a label" in result.err
