"""Rows that arrive without their values: they count as answers that did not come, and raise nothing but Error."""

from __future__ import annotations

import pytest

from boards import runtimes
from tests.boards.conftest import ALONE, DAMAGED, FAILED, PLUGGED

SCRIPTED = PLUGGED + """
class Scripted:
    # Says what stands behind the beginning of each command, one after the other and then the last again; else OK.
    def __init__(self, **answers):
        self.answers = {"AT+" + head: said for head, said in answers.items()}
        self.sent = []
        self.out = b""
    def any(self):
        return len(self.out)
    def readinto(self, into, n):
        into[:n] = self.out[:n]
        self.out = self.out[n:]
        return n
    def write(self, data):
        for head, said in self.answers.items():
            if data.startswith(head.encode()):
                self.sent.append(head)
                self.out += said.pop(0) if said[1:] else said[0]
                return
        self.out += b"\\r\\nOK\\r\\n"
def attempt(work):
    try:
        return modem.run(work)
    except Error as error:
        return error.args
"""
INFO = '+TCFWINFO:"1.3.0",{}\r\n'


def said(micropython: runtimes.MicroPython, script: str) -> str:
    done = micropython.run(SCRIPTED + script, path=ALONE)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


KEPT = """
from tcat.keeper import Keeper
modem = plugged(Scripted({answers}))
keeper = Keeper(modem, [("a/b", 1)], "Home", "12345678")

print(keeper.poll(), keeper.reason and keeper.reason.args, modem.uart._f.sent)
"""


@pytest.mark.parametrize("row", ["", "x", '"5"'])
@pytest.mark.parametrize(
    ("call", "head", "row_head"),
    [("ip_status", "CIPSTATUS", "STATUS"), ("mqtt_state", "TCMQTTSTATE", "+TCMQTTSTATE")],
)
def test_a_keeper_tries_again(
    call: str, head: str, row_head: str, row: str, micropython: runtimes.MicroPython
) -> None:
    answers = {"CIPSTATUS": "STATUS:2\r\n\r\nOK\r\n"}
    answers[head] = f"{row_head}:{row}\r\n\r\nOK\r\n"
    given = ", ".join(f"{name}=[{answer.encode()!r}]" for name, answer in answers.items())
    out = said(micropython, KEPT.format(answers=given))
    assert out.startswith(f"False ({DAMAGED}, '{call}', None, '') "), out


def test_a_row_without_a_topic_names_none(micropython: runtimes.MicroPython) -> None:
    given = (
        r'CIPSTATUS=[b"STATUS:2\r\n\r\nOK\r\n"], TCMQTTSTATE=[b"+TCMQTTSTATE:1\r\n\r\nOK\r\n"], '
        r'**{"TCMQTTSUB?": [b"+TCMQTTSUB:\r\n\r\nOK\r\n"], '
        r'"TCMQTTSUB=": [b"\r\nOK\r\n+TCMQTTSUB:OK\r\n"]}'
    )
    out = said(micropython, KEPT.format(answers=given))
    assert out.startswith("True None "), out
    assert "AT+TCMQTTSUB=" in out


@pytest.mark.parametrize("rest", ["", '17x,"aa",5', "16,5,5", '"16","aa",5'])
def test_firmware_that_is_not_described(rest: str, micropython: runtimes.MicroPython) -> None:
    row = INFO.format(rest)
    out = said(
        micropython,
        f"""
from tcat import ota
modem = plugged(Scripted(TCFWINFO=[{("OK" + chr(13) + chr(10) + row).encode()!r}]))
print(attempt(ota.fetch(modem, bytearray(20))), len(modem.uart._f.sent))
modem = plugged(Scripted(TCFWINFO=[b"OK\\r\\n+TCFWINFO:\\r\\n"]))
print(attempt(ota.fetch(modem, bytearray(20))), len(modem.uart._f.sent))
""",
    )
    assert out == f"({DAMAGED}, 'firmware_info', None, '') 6\n" * 2


def test_firmware_that_is_described_in_the_end(micropython: runtimes.MicroPython) -> None:
    out = said(
        micropython,
        r"""
from tcat import ota
modem = plugged(Scripted(
    TCFWINFO=[b'OK\r\n+TCFWINFO:\r\n', b'OK\r\n+TCFWINFO:"1",4,"e2fc714c4727ee9395f324cd2e7f331f"\r\n'],
    TCREADFWDATA=[b"OK\r\n+TCREADFWDATA:4,abcd\r\n"],
))
print(attempt(ota.fetch(modem, bytearray(4))))
""",
    )
    assert out == "['1', 4, 'e2fc714c4727ee9395f324cd2e7f331f']\n"


@pytest.mark.parametrize("state", ["", "7", ",5"])
def test_an_update_goes_on_after_an_empty_state(
    state: str, micropython: runtimes.MicroPython
) -> None:
    out = said(
        micropython,
        rf"""
from tcat import ota
modem = plugged(Scripted(TCOTASET=[
    b"OK\r\n+TCOTASET:OK\r\n+TCOTASTATUS:{state}\r\n+TCOTASTATUS:ENTERUPDATE\r\n"
    b"+TCOTASTATUS:{state}\r\n+TCOTASTATUS:UPDATEFAIL,2x\r\n",
    b"OK\r\n+TCOTASET:OK\r\n"]))
print(attempt(ota.update(modem, "1.0.0", bytearray(8), 500)))
""",
    )
    assert out == f"({FAILED}, 'ota', None, 'dc')\n"


def test_provisioning_hears_no_empty_outcome(micropython: runtimes.MicroPython) -> None:
    out = said(
        micropython,
        r"""
from tcat.provisioning import softap
started = b"OK\r\n+TCSAP:OK\r\n"
modem = plugged(Scripted(TCSAP=[started], TCSTOPSAP=[b"+TCSAP:\r\nOK\r\n"]))
print(attempt(softap(modem, "name", "12345678", 100)))
modem = plugged(Scripted(TCSAP=[started + b"+TCSAP:\r\n"]))
print(attempt(softap(modem, "name", "12345678", 100)))
modem = plugged(Scripted(TCSAP=[started + b"+TCSAP:\r\n+TCSAP:,5\r\n+TCSAP:FAIL,202\r\n"]))
print(attempt(softap(modem, "name", "12345678", 500)))
""",
    )
    assert out == "('TIMEOUT', None, None)\n" * 2 + "('FAIL', 202, None)\n"


def test_an_image_of_which_nothing_comes(micropython: runtimes.MicroPython) -> None:
    out = said(
        micropython,
        r"""
from tcat import ota
modem = plugged(Scripted(
    TCFWINFO=[b'OK\r\n+TCFWINFO:"1",8,"aa"\r\n'], TCREADFWDATA=[b"OK\r\n+TCREADFWDATA:0,\r\n"]
))
print(attempt(ota.fetch(modem, bytearray(8))), len(modem.uart._f.sent))
""",
    )
    assert out == f"({FAILED}, 'read_firmware', None, '') 12\n"
