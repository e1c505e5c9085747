"""Eight units at once: identity, checksum, connection; failures, resuming, labels."""

import csv
import json
import pathlib

import pytest

from tests.cli.conftest import Cli


def an_order(
    path: pathlib.Path, ports: dict[int, str] | None = None, count: int = 8
) -> pathlib.Path:
    rows = ["product_id,device_name,device_secret,port"]
    for i in range(count):
        port = (ports or {}).get(i, f"emu://?stored=1&noise=0&seed={i}")
        rows.append(f"CTQS08Y5LG,Unit{i},c2VjcmV0LW9m{i:04d},{port}")
    order = path / "order.csv"
    order.write_text("\n".join(rows) + "\n")
    return order


def results(order: pathlib.Path) -> dict[str, dict[str, str]]:
    with order.with_name("order.csv.result.csv").open(newline="") as file:
        return {row["device_name"]: row for row in csv.DictReader(file)}


def test_eight_units(cli: Cli, tmp_path: pathlib.Path) -> None:
    order = an_order(tmp_path)
    result = cli("factory", str(order), "--json")
    assert result.code == 0, result.err
    assert result.lines[-1] == result.lines[-1] | {"units": 8, "good": 8, "failed": 0, "left": 0}
    rows = results(order)
    assert {row["ok"] for row in rows.values()} == {"yes"}
    assert len(rows) == 8 and all(row["mac"] for row in rows.values())
    labels = order.with_name("order.csv.labels.jsonl").read_text().splitlines()
    assert {json.loads(label)["device_name"] for label in labels} == set(rows)
    assert "c2VjcmV0" not in "".join(labels) + str(rows) + result.out + result.err


def test_a_failed_unit_never_stops_the_line(cli: Cli, tmp_path: pathlib.Path) -> None:
    bad = {2: "/dev/there-is-none", 5: "emu://?fault=mute-rate:1"}
    order = an_order(tmp_path, bad)
    assert cli("factory", str(order)).code == 8
    rows = results(order)
    assert {name for name, row in rows.items() if row["ok"] == "no"} == {"Unit2", "Unit5"}
    assert rows["Unit2"]["step"] == "open" and "there-is-none" in rows["Unit2"]["problem"]
    assert rows["Unit5"]["step"] == "handshake"
    # Again, with the two repaired: only they are done.
    text = order.read_text()
    for unit, port in bad.items():
        text = text.replace(port, f"emu://?stored=1&noise=0&seed={unit}")
    order.write_text(text)
    again = cli("factory", str(order), "--json")
    assert again.code == 0
    assert again.lines[-1] == again.lines[-1] | {"good": 2, "skipped": 6, "failed": 0}
    assert {row["ok"] for row in results(order).values()} == {"yes"}


def test_ports_shared_by_units(cli: Cli, tmp_path: pathlib.Path) -> None:
    order = tmp_path / "order.csv"
    order.write_text(
        "product_id,device_name,device_secret\n"
        + "".join(f"CTQS08Y5LG,Unit{i},c2VjcmV0LW9m{i:04d}\n" for i in range(3))
    )
    ports = ["--on", "emu://?stored=1&noise=0&seed=1", "--on", "emu://?stored=1&noise=0&seed=2"]
    first = cli("factory", str(order), *ports)
    assert first.code == 9  # one is left: each port holds one module
    assert cli("factory", str(order), *ports).code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "no column"),
        ("product_id,device_name\na,b\n", "no column device_secret"),
        ("product_id,device_name,device_secret\na,b,\n", ":2: no device_secret"),
        ("product_id,device_name,device_secret\na,b,c\na,b,d\n", ":3: a/b stands in row 2"),
    ],
)
def test_an_order_that_cannot_be_right(
    cli: Cli, tmp_path: pathlib.Path, text: str, said: str
) -> None:
    order = tmp_path / "order.csv"
    order.write_text(text)
    result = cli("factory", str(order), "--on", "emu://")
    assert result.code == 2
    assert said in result.err.replace("\n", "")


def test_a_secret_that_is_refused_is_not_told(cli: Cli, tmp_path: pathlib.Path) -> None:
    order = tmp_path / "order.csv"
    order.write_text("product_id,device_name,device_secret\nCTQS08Y5LG,Unit,not base64 !!\n")
    result = cli("factory", str(order), "--on", "emu://")
    assert result.code == 8
    assert "not base64" not in result.out + result.err + str(results(order))
