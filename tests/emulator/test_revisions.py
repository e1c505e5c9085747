"""The emulator as firmware 2.1.1 (V3.2.1): what differs from 1.2.0, as the revisions' history has it, byte for byte."""

from __future__ import annotations

import pytest

from tencent_at_emulator import Emulator, spec
from tencent_at_emulator.module import BEHAVIOURS

OWN = "CTQS08Y5LG/Dev01"
DATA = f"{OWN}/data"
NO, OTA, BAD = "+CME ERROR:208⏎", "+CME ERROR:200⏎", "+CME ERROR:204⏎"


class Desk:
    """A module of a revision on a clock that stands still."""

    def __init__(self, given: str, revision: str = "V3.2.1") -> None:
        self.emulator = Emulator(revision=revision, boot=False)
        self.emulator.control.given(given)
        self.control = self.emulator.control

    def ask(self, line: str | bytes, seconds: float = 1.0) -> str:
        data = line if isinstance(line, bytes) else line.encode() + b"\r\n"
        for at in range(0, len(data), 60):
            self.emulator.write(data[at : at + 60])
        return self.wait(seconds)

    def wait(self, seconds: float) -> str:
        self.emulator.advance(seconds)
        return self.emulator.read().decode("latin-1").replace("\r\n", "⏎")


def test_a_revision_that_there_is_none_of() -> None:
    with pytest.raises(
        ValueError, match=r"no revision 'V9'; there are: .*V3\.1\.3, .*V3\.2\.0, V3\.2\.1"
    ):
        Emulator(revision="V9")
    assert spec.load(revision="V3.1.3") is spec.load()


@pytest.mark.parametrize("revision", ["V3.1.3", "V3.2.0", "V3.2.1"])
def test_every_command_of_the_manual_is_answered(revision: str) -> None:
    """Whatever has no behaviour of its own answers as its reply says; nothing is left without an end."""
    manual = spec.load(revision=revision)
    for head, command in manual.commands.items():
        for kind in command.forms:
            if kind == "set" and (command.name, kind) not in BEHAVIOURS:
                pytest.fail(f"{head}: no behaviour")
            if kind != "set":
                desk = Desk("device set", revision)
                said = desk.ask(head + spec.SUFFIXES[kind], 20.0)
                assert said, (head, kind)
                assert not desk.emulator.module.troubles


def test_what_came_is_not_in_the_revision_before() -> None:
    for line in ("AT+TCMQTTPUBRAW=?", "AT+TCGWONLINE?"):
        assert Desk("", "V3.2.0").ask(line) == "ERR CODE:0x01090000⏎⏎ERROR⏎"
        assert Desk("").ask(line).endswith("OK⏎")


def test_versions() -> None:
    said = Desk("").ask("AT+TCVER")
    assert "Tencent Cloud IoT AT  version: QCloud_AT_ESP8266_v2.1.1⏎" in said
    assert said.index("AT  version") < said.index("SDK version: 3.2.1")
    assert "QCloud_AT_ESP8266_v2.0.0" in Desk("", "V3.2.0").ask("AT+TCVER")
    assert "QCloud_AT_ESP_WiFi_v1.2.0" in Desk("", "V3.1.3").ask("AT+TCVER")


def test_regions() -> None:
    desk = Desk("")
    assert desk.ask('AT+TCDEVINFOSET=1,"P","D","S"') == "OK⏎+TCDEVINFOSET:OK⏎"
    assert desk.ask("AT+TCDEVINFOSET?") == '+TCDEVINFOSET:1,"P","D",83,"ap-guangzhou"⏎⏎OK⏎'
    assert desk.ask('AT+TCPRDINFOSET=1,"P","S","D","na-ashburn"') == "OK⏎+TCPRDINFOSET:OK⏎"
    assert desk.ask("AT+TCPRDINFOSET?") == '+TCPRDINFOSET:1,"P",83,"D","na-ashburn"⏎⏎OK⏎'
    assert desk.ask("AT+TCDEVREG").endswith("+TCDEVREG:OK⏎")
    assert desk.ask("AT+TCDEVINFOSET?").endswith('"na-ashburn"⏎⏎OK⏎')
    assert desk.ask('AT+TCDEVINFOSET=1,"P","D","S","%s"' % ("x" * 25)) == BAD


def test_module_settings_lost_an_argument() -> None:
    desk = Desk("")
    assert desk.ask("AT+TCMODINFOSET?") == '+TCMODINFOSET:"ESP-WROOM-02D",2,0,1114112,909312,1⏎⏎OK⏎'
    assert desk.ask('AT+TCMODINFOSET="x",2,4,1118208,716800,1') == "OK⏎+TCMODINFOSET:OK⏎"
    assert desk.ask("AT+TCMODINFOSET?") == '+TCMODINFOSET:"x",2,4,1118208,716800,1⏎⏎OK⏎'
    assert desk.ask('AT+TCMODINFOSET="x",2,4,1118208,716800') == "⏎ERROR⏎"


def test_a_raw_publish_changes_no_byte() -> None:
    behind = b"\0\\,\xff" + bytes(range(1, 10))
    for command, sent, came in (
        ("PUBRAW", b'a\\"b\\,c', b'a\\"b\\,c'),
        ("PUBL", b'a\\"b\\,c', b'a "b ,c'),  # cleaned up to the first NUL, published whole
    ):
        desk = Desk(f'connected; subscribed "{DATA}" 0')
        session = desk.emulator.module.session
        got: list[bytes] = []
        session.heard = lambda topic, data, got=got: got.append(data) is None  # type: ignore[misc]
        asked = desk.ask(f'AT+TCMQTT{command}="{DATA}",0,{len(sent + behind)}')
        assert asked == "OK⏎>⏎"
        assert desk.ask(sent + behind + b"\r\n").endswith(f"+TCMQTT{command}:OK⏎")
        assert got == [came + behind], command


def test_what_breaks_a_raw_payload_off() -> None:
    line = f'AT+TCMQTTPUBRAW="{DATA}",0,40'
    for broken in (b"abc+++\r\nd", b"abc\r\n"):
        desk = Desk("connected")
        assert desk.ask(line) == "OK⏎>⏎" and desk.ask(broken) == BAD
    desk = Desk("connected")
    assert desk.ask(line) == "OK⏎>⏎" and desk.ask(b"\0bc+++\r\nd") == ""
    assert desk.wait(20.0) == BAD
    desk = Desk("connected")
    assert desk.ask(line) == "OK⏎>⏎" and desk.ask(b"x" * 40, 0.9) == ""  # CR LF within a second
    assert desk.ask(b"\r\n", 1.0) == "+TCMQTTPUBRAW:OK⏎"


@pytest.mark.parametrize(
    ("line", "reconnecting", "on", "downloading"),
    [
        ('AT+TCDEVINFOSET=1,"P","D","S"', NO, NO, NO),
        (f'AT+TCMQTTPUB="{DATA}",0,"x"', NO, "OK⏎", "OK⏎"),
        (f'AT+TCMQTTPUBL="{DATA}",0,5', NO, "OK⏎>⏎", OTA),
        (f'AT+TCMQTTSUB="{DATA}",0', NO, "OK⏎", OTA),
        (f'AT+TCMQTTUNSUB="{DATA}"', NO, "OK⏎", OTA),
        ("AT+TCRESTORE", NO, NO, NO),
        ('AT+TCOTASET=1,"2"', NO, "OK⏎", OTA),
        ('AT+TCOTASET=2,"2"', BAD, BAD, BAD),
    ],
)
def test_states(line: str, reconnecting: str, on: str, downloading: str) -> None:
    for given, first in (
        ("connected", reconnecting),
        ("ota on", on),
        ("ota on; downloading", downloading),
    ):
        desk = Desk(given)
        if given == "connected":
            desk.control.drop_mqtt()
            desk.wait(0.1)
        assert desk.ask(line, 0.05).startswith(first), given


def test_ota_ends_with_its_outcome() -> None:
    desk = Desk("connected")
    assert desk.ask('AT+TCOTASET=1,"1.0.0"') == "OK⏎+TCOTASET:OK⏎"
    assert f'"$ota/update/{OWN}",1' in desk.ask("AT+TCMQTTSUB?")
    assert desk.ask('AT+TCOTASET=1,"1.0.0"') == "OK⏎+TCOTASET:OK⏎"  # reports again
    desk.control.offer_ota(b"image", "2.0.0")
    assert desk.wait(9.0) == "+TCOTASTATUS:ENTERUPDATE⏎+TCOTASTATUS:UPDATESUCCESS⏎"
    assert desk.control.state()["ota"] == "off"
    assert desk.ask("AT+TCFWINFO?").startswith('OK⏎+TCFWINFO:"2.0.0",5,')


def test_ota_is_tried_again_but_for_a_wrong_checksum() -> None:
    for broken, said in (
        ({"size": 9}, "+TCOTASTATUS:ENTERUPDATE⏎" * 4 + "+TCOTASTATUS:UPDATEFAIL,-3⏎"),
        ({"md5": "0" * 32}, "+TCOTASTATUS:ENTERUPDATE⏎+TCOTASTATUS:UPDATEFAIL,205⏎"),
    ):
        desk = Desk("connected")
        desk.ask('AT+TCOTASET=1,"1.0.0"')
        desk.control.offer_ota(b"image", "2.0.0", **broken)
        assert desk.wait(30.0) == said


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('AT+TCOTASET=0,"1"', "OK⏎+TCOTASTATUS:UPDATEFAIL,208⏎+TCOTASET:OK⏎"),
        ("AT+TCMQTTDISCONN", "+TCMQTTDISCON,2⏎+TCOTASTATUS:UPDATEFAIL,208⏎⏎OK⏎"),
    ],
)
def test_a_download_is_broken_off(line: str, said: str) -> None:
    assert Desk("ota on; downloading").ask(line) == said


def test_the_modules_own_image() -> None:
    desk = Desk("connected")
    desk.ask('AT+TCOTASET=1,"1.0.0"')
    desk.control.offer_ota(b"image", "ESP8266_QCLOUD_AT_v2.2")
    desk.emulator.module.updater.download_time = 0.1
    assert desk.wait(1.0).endswith("UPDATESUCCESS⏎+TCOTASTATUS:UPDATERESET⏎")
    assert "ready" not in desk.wait(0.5) and desk.wait(3.0) == "⏎ready⏎"
    assert desk.ask("ATE0").endswith("OK⏎") and desk.ask("AT+TCFWINFO?") == NO


def test_a_gateway_and_its_sub_devices() -> None:
    desk, sub = Desk("connected"), '"CTQS08Y5LG","Sub1"'
    desk.emulator.cloud.open_topics = False
    topic = "CTQS08Y5LG/Sub1/data"
    assert desk.ask("AT+TCGWONLINE?") == "⏎OK⏎"
    assert desk.ask(f"AT+TCGWONLINE=0,{sub}") == "OK⏎+TCGWONLINE:FAIL,-1⏎"
    assert desk.ask(f"AT+TCGWBIND=0,{sub}") == BAD
    assert desk.ask(f'AT+TCGWBIND=1,{sub},"c2VjcmV0"') == BAD
    for _ in range(2):  # a second time is no failure
        assert desk.ask(f'AT+TCGWBIND=0,{sub},"c2VjcmV0"') == "OK⏎+TCGWBIND:OK⏎"
    assert desk.ask(f'AT+TCMQTTSUB="{topic}",0') == "OK⏎+TCMQTTSUB:FAIL,-108⏎"
    assert desk.ask(f"AT+TCGWONLINE=1,{sub}") == "OK⏎+TCGWONLINE:FAIL,-222⏎"
    assert desk.ask(f"AT+TCGWONLINE=0,{sub}") == "OK⏎+TCGWONLINE:OK⏎"
    assert desk.ask(f'AT+TCMQTTSUB="{topic}",0') == "OK⏎+TCMQTTSUB:OK⏎"
    assert desk.ask("AT+TCGWONLINE?") == '+TCGWONLINE:"CTQS08Y5LG,Sub1"⏎⏎OK⏎'
    assert f'"$gateway/operation/result/{OWN}",0' in desk.ask("AT+TCMQTTSUB?")
    desk.control.gateway(802)
    assert desk.ask(f"AT+TCGWBIND=1,{sub}") == "OK⏎+TCGWBIND:FAIL,802⏎"
    desk.control.gateway()
    desk.control.no_ack(1)
    assert desk.ask(f"AT+TCGWBIND=1,{sub}", 19.0) == "OK⏎"
    assert desk.wait(2.0) == "+TCGWBIND:FAIL,-1001⏎"
    desk.ask("AT+TCMQTTDISCONN")
    assert desk.ask("AT+TCGWONLINE?") == "⏎OK⏎" and desk.ask(f"AT+TCGWBIND=1,{sub}") == NO
    assert desk.ask(f'AT+TCGWBIND=x,{sub},"s"') == NO  # the state is asked first


def test_twelve_subscriptions_the_firmwares_own_among_them() -> None:
    desk = Desk("ota on")
    for number in range(11):
        assert desk.ask(f'AT+TCMQTTSUB="t/{number}",0') == "OK⏎+TCMQTTSUB:OK⏎"
    assert desk.ask('AT+TCMQTTSUB="t/x",0') == "OK⏎+TCMQTTSUB:FAIL,202⏎"


def test_the_server_is_a_name_and_gone_with_the_power() -> None:
    desk = Desk("")
    assert desk.ask('AT+TCMQTTSRV="broker.example"') == "OK⏎+TCMQTTSRV:OK⏎"
    assert desk.ask("AT+TCMQTTSRV?") == "+TCMQTTSRV:broker.example⏎⏎OK⏎"
    desk.ask("AT+RST", 3.0)
    assert "<null>" in desk.ask("AT+TCMQTTSRV?")


def test_an_open_softap_and_its_time_out() -> None:
    desk = Desk("")
    assert desk.ask('AT+TCSAP="x"') == "⏎OK⏎+TCSAP:OK⏎⏎OK⏎"
    assert desk.wait(301.0) == "+TCSAP:WIFI_CONNECT_FAILED,3,103⏎"
    assert desk.ask('AT+TCSAP="x","1234567"') == BAD
    assert desk.ask('AT+TCSAP="x","12345678",13') == "⏎OK⏎+TCSAP:OK⏎⏎OK⏎"


def test_a_behaviour_that_breaks_is_an_error_and_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(module: object, form: object, values: object) -> None:
        raise KeyError("region")

    monkeypatch.setitem(BEHAVIOURS, ("TCGWONLINE", "read"), broken)
    desk = Desk("connected")
    assert desk.ask("AT+TCGWONLINE?") == "⏎ERROR⏎"
    assert desk.control.state()["troubles"] == ["TCGWONLINE read: KeyError: 'region'"]
    assert desk.ask("AT") == "⏎OK⏎"
