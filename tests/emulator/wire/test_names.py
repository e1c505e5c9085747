"""WIRE 5 and 10: names in answers are raw: nothing is escaped, whatever stands in them."""

from __future__ import annotations

import pytest

from tencent_at_emulator import AccessPoint, Emulator
from tests.emulator.wire.host import OK, PID, Desk, wire

NAMES = [
    b"Home",
    b'1\\1"1,2\\\\2""2,,',
    b'"',
    b"\\",
    b",",
    b'",-40,"02:1c:5a:00:00:09",9)',
    b"end\\",
    b"\r\nOK\r\n",
    b"\r\n\r\nready",
    "Café 你好".encode(),
    "你好".encode("gbk"),
    "許功蓋".encode("big5"),
    bytes(range(1, 33)),
    b"\xff" * 32,
]


def escaped(name: bytes) -> bytes:
    """As a command spells it; CR LF cannot travel in one."""
    for byte in (b"\\", b'"', b","):
        name = name.replace(byte, b"\\" + byte)
    return name


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_a_network_is_listed_joined_and_shown_by_its_bytes(name: bytes) -> None:
    desk = Desk("wifi off")
    desk.emulator.air.points = [
        AccessPoint(name, b"12345678", "02:1c:5a:00:00:09", 9, -40),
        AccessPoint(b"Next", b"", "02:1c:5a:00:00:0a", 1, -41, 0),
    ]
    assert desk.say("AT+CWLAP⏎") == (
        b'+CWLAP:(3,"%s",-40,"02:1c:5a:00:00:09",9)\r\n'
        b'+CWLAP:(0,"Next",-41,"02:1c:5a:00:00:0a",1)\r\n\r\nOK\r\n' % name
    )
    if b"\r\n" in name:
        return
    joined = desk.say(b'AT+CWJAP="%s","12345678"\r\n' % escaped(name))
    assert joined == wire("WIFI CONNECTED⏎WIFI GOT IP⏎" + OK)
    row = b'+CWJAP:"%s","02:1c:5a:00:00:09",9,-40' % name
    assert desk.say("AT+CWJAP?⏎") == row + b",0,1,3\r\n\r\nOK\r\n"
    desk.control.quirk("cwjap-short")
    assert desk.say("AT+CWJAP?⏎") == row + b"\r\n\r\nOK\r\n"


@pytest.mark.parametrize("name", [each for each in NAMES if b"\r\n" not in each], ids=repr)
def test_device_names_topics_and_versions_are_shown_by_their_bytes(name: bytes) -> None:
    desk = Desk("wifi off")
    desk.say(b'AT+TCDEVINFOSET=1,"%s","%s","c2U="\r\n' % (PID.encode(), escaped(name)))
    assert desk.say("AT+TCDEVINFOSET?⏎").startswith(
        b'+TCDEVINFOSET:1,"%s","%s",' % (PID.encode(), name)
    )
    desk.say(b'AT+TCPRDINFOSET=1,"%s","c2U=","%s"\r\n' % (PID.encode(), escaped(name)))
    assert desk.say("AT+TCPRDINFOSET?⏎").endswith(b',"%s"\r\n\r\nOK\r\n' % name)
    if len(name) <= 30:
        line = b'AT+TCMODINFOSET="%s",2,0,1118208,1122304,716800,1\r\n' % escaped(name)
        assert desk.say(line) == b"OK\r\n+TCMODINFOSET:OK\r\n"
        assert desk.say("AT+TCMODINFOSET?⏎").startswith(b'+TCMODINFOSET:"%s",2,' % name)
    desk = Desk("connected")
    desk.say(b'AT+TCMQTTSUB="%s",1\r\n' % escaped(name), 1)
    assert desk.say("AT+TCMQTTSUB?⏎") == b'+TCMQTTSUB:"%s",1\r\n\r\nOK\r\n' % name
    desk.say(b'AT+TCOTASET=1,"%s"\r\n' % escaped(name), 1)
    assert desk.say("AT+TCOTASET?⏎") == b'+TCOTASET:1,"%s"\r\n\r\nOK\r\n' % name


def test_the_version_of_an_image_is_shown_by_its_bytes() -> None:
    desk = Desk()
    desk.control.store_firmware(bytes(8), '1,"2"\\')
    assert desk.say("AT+TCFWINFO?⏎").startswith(b'OK\r\n+TCFWINFO:"1,"2"\\",8,"')


def test_versions_as_they_stand() -> None:
    assert Desk().say("AT+TCVER⏎") == wire(
        "Tencent Cloud IoT SDK version: 3.1.0⏎"
        "Tencent Cloud IoT AT  version: QCloud_AT_ESP_WiFi_v1.2.0⏎"
        "Firmware compile time: Jul 19 2019 20:30:10⏎"
        "Tencent Technology Co. Ltd.⏎" + OK
    )
    assert wire("⏎Module FW version: QCloud_AT_ESP_WiFi_v1.2.0⏎") in Desk().say("AT+TCMODULE⏎")


def test_a_control_channel_puts_raw_names_into_the_air() -> None:
    emulator = Emulator(boot=False)
    emulator.control.access_points([(b"\xc4\xe3\xba\xc3", "12345678")])
    emulator.write(b"AT+CWLAP\r\n")
    assert b'(3,"\xc4\xe3\xba\xc3",-55,' in emulator.read()
