"""One package speaks every revision: the default asks nothing, None asks the module, what is not there is refused."""

from __future__ import annotations

import asyncio
import pickle
import subprocess
import sys
from collections.abc import Iterable

import pytest

import tencent_at
from tencent_at.revision import each, of
from tencent_at.wire.masks import Masks
from tests.drivers.peer import AsyncPeer, Peer, idle

FRAMED = b"\r\nOK\r\n"
GATEWAY = "emu://?given=device set;connected&open=1&revision=V3.2.1"


def answering(firmware: str, call: bytes = b"AT+TCVER") -> list[bytes]:
    """What a module does that tells its firmware in answer to `call`, and else knows the core only."""
    return [call, f"Tencent Cloud IoT AT version: QCloud_AT_{firmware}\r\n".encode() + FRAMED]


def module(firmware: str, call: bytes = b"AT+TCVER") -> Peer:
    asked, said = answering(firmware, call)

    def answer(line: bytes) -> Iterable[bytes | float]:
        if line == asked:
            return [said]
        return [b"\r\nERROR\r\n"] if line.startswith(b"AT+") else idle(line)

    return Peer(answer)


def test_the_default_asks_for_nothing() -> None:
    peer = Peer()
    with tencent_at.open(peer) as modem:
        assert modem.revision == tencent_at.revisions.DEFAULT and type(modem) is tencent_at.Modem
    assert not any(b"+" in line for line in peer.lines)


def test_what_a_revision_brings_is_imported_with_it() -> None:
    code = (
        "import sys, tencent_at; "
        "assert not [n for n in sys.modules if n.startswith('tencent_at.revisions.')]"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(
    ("firmware", "name", "doubt"),
    [
        ("ESP8266_v1.1.0", "V3.1.3", ""),
        ("ESP8266_v1.2.0", "V3.1.3", ""),
        ("ESP8266_v2.0.0", "V3.2.0", ""),
        ("ESP8266_v2.1.1", "V3.2.1", ""),
        ("ESP8266_v2.2.0", "ESP32", ""),
        ("ESP32C3_v2.4.0(965ecb9)", "ESP32", ""),
        ("ESP32_v3.0.0", "ESP32", "firmware 3.0"),
        ("ESP8266_v0.9.0", "V3.1.3", "firmware 0.9"),
        ("none", "V3.1.3", "does not say"),
    ],
)
def test_none_asks_the_module(firmware: str, name: str, doubt: str) -> None:
    if name not in tencent_at.revisions.REVISIONS:
        pytest.skip("spoken by another package")
    with tencent_at.open(module(firmware), revision=None) as modem:
        assert modem.revision == name and type(modem) is of(name).modem()
        assert isinstance(modem, tencent_at.Modem)
        assert doubt in modem.doubt and bool(modem.doubt) == bool(doubt)
        assert type(modem.awaitable) is of(name).async_modem()

    async def other() -> None:
        peer = AsyncPeer(module(firmware, b"AT+TCMODULE").answer)
        async with tencent_at.open_async((peer, peer), revision=None) as modem:
            assert modem.revision == name and doubt in modem.doubt

    asyncio.run(other())


def test_none_needs_to_ask() -> None:
    peer = Peer()
    with pytest.raises(tencent_at.InvalidArgument, match="start=False forbids"):
        tencent_at.open(peer, revision=None, start=False)
    with pytest.raises(tencent_at.InvalidArgument, match=r"one of V3\.1\.3, .*: 'V9'"):
        tencent_at.open(peer, revision="V9")
    assert not peer.written


def test_a_call_that_the_revision_lacks_is_refused_before_a_byte() -> None:
    peer = Peer()
    with tencent_at.open(peer) as modem:
        before = peer.written
        with pytest.raises(tencent_at.NoSuchCall, match=r"V3\.1\.3 has no such call, V3\.2\.1 has"):
            modem.publish_raw("t", 0, b"x")  # type: ignore[attr-defined]
        with pytest.raises(tencent_at.InvalidArgument, match=r"V3\.2\.1 has \(manual 7\.1\)"):
            modem._call("bind_sub_device", 0, "P", "D", "cw==")
        with pytest.raises(tencent_at.InvalidArgument, match=r"no TCGWBIND, V3\.2\.1 has"):
            modem.test("TCGWBIND")
        with pytest.raises(TypeError, match="product_region"):
            modem.set_device_info("P", "D", "cw==", product_region="x")  # type: ignore[call-arg]
        assert not hasattr(modem, "bind_sub_device") and not hasattr(modem, "whatever")
        with pytest.raises(AttributeError, match="'Modem' object has no attribute 'whatever'"):
            modem.whatever  # type: ignore[attr-defined]  # noqa: B018
        assert peer.written == before


def test_a_gateway_speaks() -> None:
    with tencent_at.open(GATEWAY, revision="V3.2.1") as modem:
        kinds = tencent_at.revisions.v3_2_1.enums
        info = modem.device_info()
        assert info.product_region == "ap-guangzhou" and info.device_name == "Dev01"
        assert isinstance(info, tencent_at.records.DeviceInfo)
        assert modem.test("TCGWBIND")
        with pytest.raises(tencent_at.CommandFailed) as caught:
            modem.set_sub_device_online(kinds.Presence.ONLINE, "NOSUCH", "none")
        again = pickle.loads(pickle.dumps(caught.value))
        assert caught.value.table == "gateway" and caught.value.section == "7.2"
        assert again.en == caught.value.en != "" and str(again) == str(caught.value)


def test_the_same_awaited() -> None:
    async def run() -> None:
        async with tencent_at.open_async(GATEWAY, revision="V3.2.1") as modem:
            assert await modem.online_sub_devices() == []
            assert (await modem.version()).firmware == "QCloud_AT_ESP8266_v2.1.1"

    asyncio.run(run())


def test_an_event_means_what_its_revision_says() -> None:
    peer = Peer()
    with tencent_at.open(peer, revision="V3.2.0") as modem, modem.events() as events:
        peer.say(b"+TCOTASTATUS:UPDATEFAIL,211\r\n+TCOTASTATUS:UPDATERESET\r\n")
        failed, reset = events.take(5), events.take(5)
        assert isinstance(failed, tencent_at.events.OtaStatus) and failed.meaning
        assert failed.meaning.advice.en and failed.revision == "V3.2.0"
        assert isinstance(reset, tencent_at.events.OtaStatus) and reset.state == "UPDATERESET"


def test_secrets_of_every_revision_are_masked() -> None:
    for revision in each():
        for form in revision.forms.values():
            if any(argument.secret for argument in form.arguments):
                values = ",".join(
                    f'"{"hidden" + argument.name}"' if argument.kind != "int" else "0"
                    for argument in form.arguments
                )
                shown = Masks().sent(f"{form.line}{values}\r\n".encode())
                for argument in form.arguments:
                    name = f"hidden{argument.name}".encode()
                    assert argument.kind == "int" or (name in shown) != argument.secret, shown


def test_explain_knows_what_later_revisions_brought() -> None:
    assert "sub-device" in tencent_at.explain('AT+TCGWBIND=0,"a","b","c2VjcmV0"')
    assert tencent_at.explain("+TCGWBIND:FAIL,806").endswith("Already bound")
    assert "binary" in tencent_at.explain('AT+TCMQTTPUBRAW="t",0,1')
