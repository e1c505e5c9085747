"""What was given is given once: by whatever order, at whatever port; registered, scanned, and found again."""

import pathlib

import pytest

from tencent_at_cli.factory.ledger import DONE, Ledger, Use
from tests.cli.conftest import Cli, Make, Module
from tests.cli.test_factory import results

HEAD = "product_id,device_name,device_secret\n"


def an_order(folder: pathlib.Path, *names: str, name: str = "order.csv") -> pathlib.Path:
    order = folder / name
    order.write_text(HEAD + "".join(f"CTQS08Y5LG,{each},c2VjcmV0LW9m\n" for each in names))
    return order


def holds(made: Module) -> str:
    """What the module holds, by its other side."""
    device = made.control.state()["device"]
    return str(device[1]) if device else ""


def test_a_second_order_cannot_give_an_identity_again(
    cli: Cli, module: Make, tmp_path: pathlib.Path
) -> None:
    first, second = module(seed=1), module(seed=2)
    order = an_order(tmp_path, "Unit0")
    assert cli("factory", str(order), "--on", first.url, "--no-connect").code == 0
    mac = results(order)["Unit0"]["mac"]
    other = an_order(tmp_path, "Unit0", "Unit1", name="other.csv")
    refused = cli("factory", str(other), "--on", second.url, "--no-connect")
    assert refused.code == 8 and holds(second) == "Unit1"
    (said,) = [line for line in refused.err.splitlines() if "Unit0 was given" in line]
    time = results(order)["Unit0"]["time"]
    assert mac in said and first.url in said and time[:16] in said and "order.csv" in said
    # On purpose, and only that one.
    words = ["factory", str(other), "--on", second.url, "--no-connect", "--only", "Unit0"]
    assert cli(*words, "--again").code == 0 and holds(second) == "Unit0"
    found = cli("factory", "--find", mac.upper().replace(":", "-"), "--json").json
    assert [use["state"] for use in found] == ["begun", "done"]
    found = cli("factory", "--find", "Unit0", "--json").json
    assert [(use["state"], use["again"]) for use in found][-1] == ("done", True)
    assert cli("factory", "--find", "00:00").code == 8


def test_a_result_file_that_was_lost_gives_nothing_again(
    cli: Cli, module: Make, tmp_path: pathlib.Path
) -> None:
    first, second = module(seed=1), module(seed=2)
    order = an_order(tmp_path, "Unit0")
    assert cli("factory", str(order), "--on", first.url, "--no-connect").code == 0
    order.with_name("order.csv.result.csv").unlink()
    assert cli("factory", str(order), "--on", second.url, "--no-connect").code == 8
    assert holds(second) == ""
    # The module that has it is known again, and not written to.
    sent: list[str] = []
    tape = tmp_path / "tape.jsonl"
    again = cli("--capture", str(tape), "factory", str(order), "--on", first.url, "--no-connect")
    sent = [path.read_text() for path in tmp_path.glob("tape*.jsonl")]
    assert again.code == 0 and sent and not any("TCDEVINFOSET=" in each for each in sent)
    assert results(order)["Unit0"]["ok"] == "yes"


def test_a_ledger_that_was_lost_leaves_what_the_results_say(
    cli: Cli, module: Make, tmp_path: pathlib.Path
) -> None:
    """A unit that was begun, and of which nothing more is known, is given to no other module."""
    second = module()
    order = an_order(tmp_path, "Unit0")
    head = "device_name,product_id,ok,step,problem,mac,bcc,port,seconds,time,given,again\r\n"
    row = "Unit0,CTQS08Y5LG,begun,begin,,3c:71:bf:00:00:01,9,/dev/ttyUSB7,0.0,2026-01-31,yes,no\r\n"
    order.with_name("order.csv.result.csv").write_text(head + row, newline="")
    refused = cli("factory", str(order), "--on", second.url, "--no-connect")
    assert refused.code == 8 and holds(second) == ""
    assert "3c:71:bf:00:00:01 at /dev/ttyUSB7" in refused.err and "--again" in refused.err


def test_a_module_keeps_what_it_was_given(cli: Cli, module: Make, tmp_path: pathlib.Path) -> None:
    made = module()
    order = an_order(tmp_path, "Unit0", "Unit1")
    words = ["factory", str(order), "--on", made.url, "--no-connect"]
    assert cli(*words).code == 9 and holds(made) == "Unit0"
    second = cli(*words)  # nobody has changed the module
    assert second.code == 8 and holds(made) == "Unit0"
    assert "holds CTQS08Y5LG/Unit0 already" in second.err
    assert "Unit1" not in results(order)


def test_what_failed_behind_its_identity_is_its_modules(
    cli: Cli, module: Make, tmp_path: pathlib.Path
) -> None:
    first, second = module("wifi off", 1), module("wifi off", 2)
    order = an_order(tmp_path, "Unit0")
    assert cli("factory", str(order), "--on", first.url).code == 8  # no Wi-Fi
    assert results(order)["Unit0"] == results(order)["Unit0"] | {"ok": "no", "given": "yes"}
    other = cli("factory", str(order), "--on", second.url)
    assert other.code == 8 and holds(second) == ""
    assert cli("factory", str(order), "--on", first.url, "--no-connect").code == 0


def test_what_the_module_refused_is_free(cli: Cli, module: Make, tmp_path: pathlib.Path) -> None:
    first, second = module(seed=1), module(seed=2)
    order = tmp_path / "order.csv"
    order.write_text(HEAD + "CTQS08Y5LG,Unit,not base64 !!\n")
    assert cli("factory", str(order), "--on", first.url, "--no-connect").code == 8
    assert results(order)["Unit"]["given"] == "no"
    order.write_text(HEAD + "CTQS08Y5LG,Unit,c2VjcmV0LW9m\n")
    assert cli("factory", str(order), "--on", second.url, "--no-connect").code == 0


def test_a_product_secret_registers_the_device(
    cli: Cli, module: Make, tmp_path: pathlib.Path
) -> None:
    made = module()
    order = tmp_path / "order.csv"
    order.write_text("product_id,device_name,product_secret\nCTQS08Y5LG,Unit0,cHJvZHVjdA==\n")
    result = cli("factory", str(order), "--on", made.url, "--json")
    assert result.code == 0, result.err
    assert holds(made) == "Unit0" and result.lines[0]["bcc"]
    assert cli("factory", str(order), "--on", made.url, "--json").lines[-1]["skipped"] == 1


def test_scanned_one_at_a_time(cli: Cli, module: Make, tmp_path: pathlib.Path) -> None:
    made = module()
    order = tmp_path / "order.csv"
    order.write_text(
        "serial,product_id,device_name,device_secret\n"
        "SN-1,CTQS08Y5LG,Unit1,c2VjcmV0\nSN-2,CTQS08Y5LG,Unit2,c2VjcmV0\n"
    )
    words = ["factory", str(order), "--on", made.url, "--no-connect", "--scan", "--json"]
    result = cli(*words, input=b"SN-2\r\nSN-9\r\nSN-2\r\n")
    assert holds(made) == "Unit2" and result.code == 8  # SN-9 is nobody's
    assert "SN-9" in result.err and "Unit2 is done already" in result.err
    assert [line["device_name"] for line in result.lines[:-1]] == ["Unit2"]
    assert cli(*words[:2], "--scan").code == 2


@pytest.mark.parametrize("damage", [b"this is no data base, and long enough to show it" * 40, b""])
def test_a_ledger_that_is_none(cli: Cli, tmp_path: pathlib.Path, damage: bytes) -> None:
    ledger = tmp_path / "ledger.db"
    ledger.write_bytes(damage)
    order = an_order(tmp_path, "Unit0")
    words = ["factory", str(order), "--on", "emu://?noise=0", "--no-connect", "--ledger"]
    result = cli(*words, str(ledger))
    assert result.code == (1 if damage else 0), result.err
    if damage:
        assert (
            f"{ledger}: the ledger cannot be used" in result.err and "--ledger FILE" in result.err
        )
        assert not order.with_name("order.csv.result.csv").exists()


def test_two_lines_at_once_share_the_ledger(tmp_path: pathlib.Path) -> None:
    path = tmp_path / "ledger.db"
    first, second = Ledger(path), Ledger(path)
    use = Use("p", "Unit0", "aa", "COM3", "begun", "then", "a.csv")
    first.begin(use)
    with pytest.raises(Exception, match=r"p/Unit0 was begun on aa at COM3, then \(a.csv\)"):
        second.begin(Use("p", "Unit0", "bb", "COM4", "begun", "now"))
    first.end(Use("p", "Unit0", "aa", "COM3", DONE, "then"))
    assert [each.state for each in second.find("AA")] == ["begun", "done"]
    first.close()
    second.close()
