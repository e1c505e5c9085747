"""WIRE 9: an upgrade from the cloud to the last byte, with what stands around the module."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

import pytest

from tests.emulator.wire.host import (
    CME,
    CONNECT,
    DEVICE,
    IMAGE,
    NAME,
    OK,
    PID,
    STATE,
    TOPIC,
    Host,
    module,
    rcvpub,
    result,
)
from tests.emulator.wire.outside import Cloud, connected, free_port, process, served, upgrade


def test_9_an_upgrade_from_a_cloud_message_to_the_last_byte() -> None:
    with served(IMAGE) as url, module("live") as (host, control):
        host.ask('AT+TCOTASET=1,"1.0.0"', result("TCOTASET"))
        assert control.cloud_publish(f"$ota/update/{PID}/{NAME}", upgrade(url, IMAGE)) == 1
        host.expect("+TCOTASTATUS:ENTERUPDATE⏎+TCOTASTATUS:UPDATESUCCESS⏎")
        md5 = hashlib.md5(IMAGE).hexdigest()
        host.ask("AT+TCFWINFO?", f'OK⏎+TCFWINFO:"1.3.0",{len(IMAGE)},"{md5}",716800⏎')
        image = b""
        while len(image) < len(IMAGE):
            host.send("AT+TCREADFWDATA=512⏎")
            count = int(host.until(",").removeprefix(b"OK\r\n+TCREADFWDATA:")[:-1])
            image += host.receive(count)
            host.expect("⏎")
        assert image == IMAGE
        host.ask("AT+TCREADFWDATA=512", STATE)
        host.ask('AT+TCOTASET=0,"1.0.0"', result("TCOTASET"))
        host.ask("AT+TCMQTTDISCONN", "+TCMQTTDISCON,2⏎", OK)
        host.quiet()


@pytest.mark.parametrize(
    "spoil",
    [
        lambda url: upgrade(url, IMAGE, md5sum="0" * 32),
        lambda url: upgrade(url.replace("image", "nothing"), IMAGE),
        lambda url: upgrade("http://127.0.0.1:1/image.bin", IMAGE),
    ],
    ids=["md5", "404", "no server"],
)
def test_9_an_upgrade_that_fails(spoil: Callable[[str], bytes]) -> None:
    with served(IMAGE) as url, module("live") as (host, control):
        host.ask('AT+TCOTASET=1,"1.0.0"', result("TCOTASET"))
        assert control.cloud_publish(f"$ota/update/{PID}/{NAME}", spoil(url)) == 1
        host.expect("+TCOTASTATUS:ENTERUPDATE⏎")
        fail = host.until("⏎", 10)
        assert fail.startswith(b"+TCOTASTATUS:UPDATEFAIL,")
        int(fail.removeprefix(b"+TCOTASTATUS:UPDATEFAIL,"))
        host.ask("AT+TCFWINFO?", CME.format(207))
        host.quiet()


def test_9_and_10_the_whole_way_over_tcp_with_a_broker() -> None:
    """From the boot to the last byte of an upgrade, with a cloud that is an MQTT client."""
    port, broker = free_port(), free_port()
    with (
        served(IMAGE) as url,
        process("--tcp", str(port), "--mqtt-port", str(broker), "--no-noise"),
        connected(port) as line,
    ):
        host = Host(line.fileno())
        host.until("⏎ready⏎")
        host.ask("ATE0", "ATE0⏎", OK)
        host.ask("AT+CWJAP?", "No AP⏎⏎OK⏎")
        host.ask('AT+CWJAP="tencent-at","12345678"', "WIFI CONNECTED⏎WIFI GOT IP⏎", OK)
        host.ask(DEVICE, result("TCDEVINFOSET"))
        host.ask(CONNECT, result("TCMQTTCONN"))
        cloud = Cloud(broker)
        cloud.subscribe(TOPIC)
        cloud.subscribe(f"$ota/report/{PID}/{NAME}")
        host.ask(f'AT+TCMQTTSUB="{PID}/{NAME}/control",0', result("TCMQTTSUB"))
        host.ask(f'AT+TCMQTTPUB="{TOPIC}",0,"up"', result("TCMQTTPUB"))
        assert cloud.message() == (TOPIC, b"up")
        cloud.publish(f"{PID}/{NAME}/control", b"down\x01\xff")
        host.expect(rcvpub(b"down\x01\xff", f"{PID}/{NAME}/control"))
        host.ask('AT+TCOTASET=1,"1.0.0"', result("TCOTASET"))
        topic, report = cloud.message()
        assert topic == f"$ota/report/{PID}/{NAME}"
        assert report == b'{"type":"report_version","report":{"version":"1.0.0"}}'
        cloud.publish(f"$ota/update/{PID}/{NAME}", upgrade(url, IMAGE))
        host.expect("+TCOTASTATUS:ENTERUPDATE⏎+TCOTASTATUS:UPDATESUCCESS⏎")
        md5 = hashlib.md5(IMAGE).hexdigest()
        host.ask("AT+TCFWINFO?", f'OK⏎+TCFWINFO:"1.3.0",{len(IMAGE)},"{md5}",716800⏎')
        host.ask("AT+TCREADFWDATA=4096", "OK⏎+TCREADFWDATA:4096,", IMAGE[:4096], "⏎")
        cloud.socket.close()
