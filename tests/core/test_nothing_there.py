""" "Nothing there" is an answer: every query in its empty, unset or unconnected form, by both drivers' public methods.

What comes with OK is a value; a CME number stays an exception.
"""

from __future__ import annotations

import asyncio
import re
from typing import Any

import pytest

import tencent_at
from codegen.load import load
from tests.drivers.peer import Peer, idle
from tests.names import OK

ZEROS = b"".join(b'+CIPSTA:%s:"0.0.0.0"\r\n' % name for name in (b"ip", b"gateway", b"netmask"))
ADDRESSES = [["ip", "0.0.0.0"], ["gateway", "0.0.0.0"], ["netmask", "0.0.0.0"]]
# Call → what the module answers, and what that is at a desk (its repr) and on a board.
NOTHING: dict[str, tuple[bytes, str, object]] = {
    "device_info": (b"+CME ERROR:207\r\n", "207", 207),
    "product_info": (b"+CME ERROR:207\r\n", "207", 207),
    "firmware_info": (b"+CME ERROR:207\r\n", "207", 207),
    "module": (OK, r"Module\(hardware=None, .*lines=\(\)\)", []),
    "version": (OK, r"Version\(sdk=None, .*lines=\(\)\)", []),
    "esp_version": (OK, r"EspVersion\(at=None, .*lines=\(\)\)", []),
    "connection": (
        b"+TCMQTTCONN:1,5000,240,1,1\r\n" + OK,
        r"Connection\(.*keepalive=240.*",
        [1, 5000, 240, 1, 1],
    ),
    "subscriptions": (OK, r"\[\]", []),
    "unsubscriptions": (OK, "None", None),
    "mqtt_state": (b"+TCMQTTSTATE:0\r\n" + OK, "<MqttState.DISCONNECTED: 0>", [0]),
    "ota": (b'+TCOTASET:0,""\r\n' + OK, r"Ota\(enabled=0, version='', .*", [0, ""]),
    "softap": (OK, "None", None),
    "module_info": (
        b'+TCMODINFOSET:"",2,0,0,0,0,1\r\n' + OK,
        r"ModuleInfo\(module_name='', .*",
        ["", 2, 0, 0, 0, 0, 1],
    ),
    "mqtt_server": (b"+TCMQTTSRV:<null>\r\n" + OK, "None", None),
    "wifi_mode": (b"+CWMODE:1\r\n" + OK, "<WifiMode.STATION: 1>", [1]),
    "access_point": (b"No AP\r\n" + OK, "None", None),
    "scan": (OK, r"\[\]", []),
    "addresses": (ZEROS + OK, r"\[Addresses\(which='ip', address='0.0.0.0'.*\]", ADDRESSES),
    "ip_status": (b"STATUS:5\r\n" + OK, "<IpStatus.NOT_JOINED: 5>", [5]),
    "free_memory": (b"+SYSRAM:0\r\n" + OK, "0", [0]),
}
MORE = {
    "mqtt_server": b"+TCMQTTSRV:\r\n" + OK,
    "access_point": OK,
}
ON_A_BOARD = """
from tcat import Error, Modem
class Wire:
    said = b""
    def any(self):
        return len(self.said)
    def readinto(self, into, n):
        into[:n], self.said = self.said[:n], self.said[n:]
        return n
    def write(self, data):
        self.said += answer if data != b"AT\\r\\n" else b"\\r\\nOK\\r\\n"
        return len(data)
modem = Modem(Wire())
modem.doubt = False
for call, answer in {calls!r}:
    try:
        print(repr(getattr(modem, call)()))
    except Error as error:
        print(error.args[2])
"""


def queries() -> list[str]:
    """Every form that asks and takes no arguments."""
    return [
        form.call
        for command in load().commands.values()
        for kind, form in command.forms.items()
        if form.call and (kind == "read" or form.row or form.labels) and not form.args
    ]


def said(call: str, answer: bytes) -> Peer:
    line = tencent_at.manual.FORMS[call].line.encode()
    return Peer(lambda came: [answer] if came == line else idle(came))


def judge(call: str, found: Any) -> None:
    assert re.fullmatch(NOTHING[call][1], found), found


def test_no_query_is_forgotten() -> None:
    assert sorted(NOTHING) == sorted(queries())


@pytest.mark.parametrize("call", NOTHING)
def test_at_a_desk(call: str) -> None:
    for answer in [NOTHING[call][0], *([MORE[call]] if call in MORE else [])]:
        with tencent_at.open(said(call, answer)) as modem:
            try:
                found = repr(getattr(modem, call)())
            except tencent_at.CommandRefused as error:
                found = str(error.number)
        judge(call, found)


@pytest.mark.parametrize("call", NOTHING)
def test_with_asyncio(call: str) -> None:
    async def main() -> str:
        async with tencent_at.open_async(said(call, NOTHING[call][0])) as modem:
            try:
                return repr(await getattr(modem, call)())
            except tencent_at.CommandRefused as error:
                return str(error.number)

    judge(call, asyncio.run(main()))


def test_on_a_board(micropython: Any) -> None:
    calls = [(call, answer) for call, (answer, _, _) in NOTHING.items()] + list(MORE.items())
    done = micropython.run(ON_A_BOARD.format(calls=calls), timeout=60)
    wanted = [str(NOTHING[call][2]) for call, _ in calls]
    assert done.stdout.splitlines() == wanted, done.stdout + done.stderr


def test_labels_with_any_blanks() -> None:
    lines = b"Tencent Cloud IoT AT  version: QCloud_AT_ESP_WiFi_v1.1.0\r\n  Firmware  compile time : now\r\n"
    with tencent_at.open(said("version", lines + OK)) as modem:
        found = modem.version()
    assert found.firmware == "QCloud_AT_ESP_WiFi_v1.1.0" and found.compiled == "now"
