"""Orders as people make them: read whatever made them, or refused by naming file, line and what is wrong."""

import pathlib

import pytest

from tencent_at_cli.desk.exits import Stop
from tencent_at_cli.factory.orders import read_units

_NAMES = "product_id,device_name,device_secret"
HEAD = "product_id,device_name,device_secret\n"
PLAIN = HEAD + "CTQS08Y5LG,Unit0,c2VjcmV0\nCTQS08Y5LG,Unit1,c2VjcmV1\n"
WANTED = [("CTQS08Y5LG", "Unit0", "c2VjcmV0"), ("CTQS08Y5LG", "Unit1", "c2VjcmV1")]

MADE = {
    "plain": PLAIN.encode(),
    "byte order mark": PLAIN.encode("utf-8-sig"),
    "UTF-16 of a spreadsheet": PLAIN.replace(",", "\t").encode("utf-16"),
    "UTF-16, the other way round": b"\xfe\xff" + PLAIN.encode("utf-16-be"),
    "UTF-16 that does not say so": PLAIN.encode("utf-16-le"),
    "UTF-32": PLAIN.encode("utf-32"),
    "CR LF": PLAIN.replace("\n", "\r\n").encode(),
    "CR alone": PLAIN.replace("\n", "\r").encode(),
    "semicolons": PLAIN.replace(",", ";").encode(),
    "tabs": PLAIN.replace(",", "\t").encode(),
    "full-width commas, GBK": PLAIN.replace(",", "，").encode("gbk"),
    "sep=": ("sep=;\n" + PLAIN.replace(",", ";")).encode(),
    "capitals": PLAIN.replace(_NAMES, "ProductID,DEVICE NAME,Device-Secret").encode(),
    "Chinese heads in GBK": PLAIN.replace(_NAMES, "产品ID,设备名称,设备密钥").encode("gbk"),
    "trailing commas": PLAIN.replace("\n", ",,,\n").encode(),
    "blank lines": PLAIN.replace("\n", "\n\n ,,\n").encode(),
    "no line end": PLAIN.rstrip("\n").encode(),
    "blanks": PLAIN.replace(",", " , ").encode(),
    "quotes": PLAIN.replace("Unit0", '"Unit0"').encode(),
    "another column": PLAIN.replace("\n", ",说明\n").encode("gbk"),
}  # fmt: skip


@pytest.mark.parametrize("made", MADE)
def test_an_order_is_read_whatever_made_it(tmp_path: pathlib.Path, made: str) -> None:
    order = tmp_path / "order.csv"
    order.write_bytes(MADE[made])
    units = read_units(order)
    assert [(u.product_id, u.device_name, u.device_secret) for u in units] == WANTED


WRONG: dict[str, tuple[str | bytes, str]] = {
    "line numbers are the file's": (HEAD + '"a\n",b,c\n\n\n"d",b,\n', ":6: no device_secret"),
    "a line below blank ones": (HEAD + "\n\r\n\na,b,\n", ":5: no device_secret"),
    "below sep=": ("sep=,\n" + HEAD + "a,b,\n", ":3: no device_secret"),
    "a cell too many": (HEAD + "a,b,c,d\n", ":2: 4 cells where the head has 3"),
    "one column twice": ("product_id,ProductId,device_name\n", "two columns product_id"),
    "an open quote": (HEAD + 'a,b,"c\na,c,d\n', ":2: unexpected end"),
    "an empty product secret": (
        "product_id,device_name,product_secret\na,b,\n",
        ":2: no product_secret",
    ),
    "a twin further down": (HEAD + "a,b,c\n\na,b,d\n", ":4: a/b stands in row 2"),
    "a NUL": (HEAD + "a,\0b,c\n", ":2: a NUL"),
    "a picture": (b"\x89PNG\r\n\x1a\n\xff\xff", ":1: not UTF-8 and not GBK"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_named_with_its_line(tmp_path: pathlib.Path, wrong: str) -> None:
    text, said = WRONG[wrong]
    order = tmp_path / "order.csv"
    order.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(Stop) as stopped:
        read_units(order)
    assert any(
        f"{order}{each}" in str(stopped.value) or each in str(stopped.value) for each in said
    )
    assert str(order) in str(stopped.value)


def test_the_secret_that_is_known_goes_before_the_one_that_obtains_it(
    tmp_path: pathlib.Path,
) -> None:
    order = tmp_path / "order.csv"
    order.write_text("product_id,device_name,device_secret,product_secret\np,a,s,t\np,b,,t\n")
    first, second = read_units(order)
    assert (first.device_secret, first.product_secret) == ("s", "")
    assert (second.device_secret, second.product_secret, second.bcc) == ("", "t", None)
    assert "s" not in repr(first).split("device_name")[1].split("port")[0].replace("'a'", "")


def test_a_long_order_is_read_once_through(tmp_path: pathlib.Path) -> None:
    order = tmp_path / "order.csv"
    order.write_text(HEAD + "".join(f"p,unit{i},s\n" for i in range(20_000)))
    units = read_units(order)
    assert len(units) == 20_000 and units[-1].row == 20_001
