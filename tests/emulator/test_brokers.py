"""MQTT behind the module: the embedded cloud's listener, a real broker, and Tencent's credentials."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import shutil
import socket
import subprocess
import time
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import aiomqtt
import pytest
from amqtt.broker import Broker as RealBroker  # type: ignore[import-untyped]

from tencent_at_emulator import Emulator
from tencent_at_emulator.cloud.broker import Broker
from tencent_at_emulator.cloud.mqtt import BrokerAddress, BrokerUplink, credentials
from tencent_at_emulator.flash import Device
from tests.names import CLIENT, DATA, DEVICE, PRODUCT, SECRET
from tests.waiting import until_async


class Host:
    """A host in the same loop: says a line, waits for what should come."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.heard = b""

    async def until(self, expected: bytes) -> bytes:
        def came() -> bool:
            self.heard += self.emulator.read()
            return expected in self.heard

        await until_async(came)
        at = self.heard.index(expected) + len(expected)
        taken, self.heard = self.heard[:at], self.heard[at:]
        return taken

    async def say(self, line: str, expected: bytes) -> bytes:
        self.emulator.write(line.encode() + b"\r\n")
        return await self.until(expected)


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    asyncio.run(asyncio.wait_for(work(), 30))


@asynccontextmanager
async def guarded() -> AsyncIterator[tuple[Emulator, Host, int]]:
    """A connected module in the embedded cloud, and the port of its MQTT listener."""
    emulator = Emulator(loop=asyncio.get_running_loop(), boot=False)
    emulator.control.given("connected")
    broker = Broker(emulator.cloud)
    port = await broker.start()
    try:
        yield emulator, Host(emulator), port
    finally:
        await broker.close()
        emulator.close()


def test_a_client_watches_and_publishes() -> None:
    async def work() -> None:
        async with guarded() as (_, host, port), aiomqtt.Client("127.0.0.1", port) as client:
            await client.subscribe(f"{PRODUCT}/#", 1)
            await host.say(f'AT+TCMQTTSUB="{DATA}",1', b"+TCMQTTSUB:OK\r\n")
            await host.say(f'AT+TCMQTTPUB="{DATA}",1,"from the module"', b"+TCMQTTPUB:OK\r\n")
            message = await asyncio.wait_for(anext(aiter(client.messages)), 5)
            assert (str(message.topic), message.payload, message.qos) == (
                DATA,
                b"from the module",
                1,
            )
            await client.publish(DATA, b"from\r\noutside", 1)
            await host.until(f'+TCMQTTRCVPUB:"{DATA}",13,"from\r\noutside"\r\n'.encode())

    run(work)


def test_a_client_that_plays_a_device_is_served_like_one() -> None:
    async def work() -> None:
        async with (
            guarded() as (emulator, _, port),
            aiomqtt.Client("127.0.0.1", port) as client,
        ):
            await client.subscribe("$thing/down/property/P/D")
            request = b'{"method":"report","clientToken":"1","params":{"on":1}}'
            await client.publish("$thing/up/property/P/D", request, 1)
            message = await asyncio.wait_for(anext(aiter(client.messages)), 5)
            expected = b'{"method":"report_reply","clientToken":"1","code":0,"status":"success"}'
            assert message.payload == expected
            assert emulator.cloud.template.thing(("P", "D")).document.reported == {"on": 1}

    run(work)


def test_retained_wills_and_large_messages() -> None:
    async def work() -> None:
        async with guarded() as (_, _host, port):
            will = aiomqtt.Will("will", b"gone", 1)
            async with aiomqtt.Client("127.0.0.1", port) as watcher:
                await watcher.subscribe("will")
                client = aiomqtt.Client("127.0.0.1", port, will=will)
                async with client:
                    await client.publish("kept", bytes(100_000), 1, retain=True)
                    # Ends without DISCONNECT.
                    client._client._sock_close()
                    client._disconnected.set_result(None)
                message = await asyncio.wait_for(anext(aiter(watcher.messages)), 5)
                assert message.payload == b"gone"
                await watcher.subscribe("kept")
                message = await asyncio.wait_for(anext(aiter(watcher.messages)), 5)
                assert message.payload == bytes(100_000) and message.retain

    run(work)


def test_the_same_client_id_throws_the_module_off() -> None:
    async def work() -> None:
        async with guarded() as (emulator, host, port):
            await host.say(f'AT+TCMQTTSUB="{DATA}",1', b"+TCMQTTSUB:OK\r\n")
            with pytest.raises(aiomqtt.MqttError):
                async with aiomqtt.Client("127.0.0.1", port, identifier=CLIENT) as client:
                    await host.until(b"+TCMQTTDISCON,-103\r\n")
                    await host.until(b"+TCMQTTRECONNECTING\r\n")
                    await host.until(b"+TCMQTTRECONNECTED\r\n")
                    # And is thrown off in its turn.
                    await anext(aiter(client.messages))
            emulator.control.cloud_publish(DATA, "still subscribed")
            await host.until(b'"still subscribed"\r\n')

    run(work)


@pytest.mark.parametrize(
    "rubbish",
    [b"\x10\xff\xff\xff\xff\xff", b"GET / HTTP/1.1\r\n\r\n", b"\x30\x02\x00\x05", bytes(100)],
)
def test_rubbish_ends_one_connection_only(rubbish: bytes) -> None:
    async def work() -> None:
        async with guarded() as (_, _host, port):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(rubbish)
            assert await asyncio.wait_for(reader.read(), 5) == b""
            writer.close()
            async with aiomqtt.Client("127.0.0.1", port) as client:
                await client.publish("still", b"there", 1)

    run(work)


# ---- credentials


def test_credentials_are_what_the_service_expects() -> None:
    made = credentials(Device(PRODUCT, DEVICE, SECRET), "abcde", 1600000000)
    assert made.client_id == CLIENT
    assert made.user == f"{CLIENT};12010126;abcde;1600000000"
    expected = hmac.new(b"dsd dsd ", made.user.encode(), hashlib.sha1).hexdigest()
    assert made.password == f"{expected};hmacsha1"
    made = credentials(Device("P", "D", SECRET), "abcde", 1, "hmacsha256")
    expected = hmac.new(b"dsd dsd ", b"PD;12010126;abcde;1", hashlib.sha256).hexdigest()
    assert made.password == f"{expected};hmacsha256"


def test_addresses() -> None:
    assert BrokerAddress.parse("mqtt://h:1") == BrokerAddress("h", 1)
    assert BrokerAddress.parse("mqtts://h") == BrokerAddress("h", 8883, True)
    assert BrokerAddress.parse("mqtt://h?hmac=sha256") == BrokerAddress(
        "h", 1883, False, "hmacsha256"
    )
    with pytest.raises(ValueError, match="sha1 or sha256"):
        BrokerAddress.parse("mqtt://h?hmac=md5")
    with pytest.raises(ValueError, match="mqtt://host:port"):
        BrokerAddress.parse("http://h")


# ---- a real broker


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def amqtt_on(port: int) -> RealBroker:
    plugins: dict[str, Any] = {
        "amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}
    }
    listener = {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}}
    return RealBroker({"listeners": listener, "plugins": plugins})


@asynccontextmanager
async def against(port: int) -> AsyncIterator[tuple[Emulator, Host]]:
    loop = asyncio.get_running_loop()
    uplink = BrokerUplink(loop, BrokerAddress("127.0.0.1", port))
    emulator = Emulator(loop=loop, boot=False, uplink=uplink)
    emulator.control.given("device set")
    emulator.module.updater.download_time = None
    try:
        yield emulator, Host(emulator)
    finally:
        emulator.close()
        await asyncio.sleep(0.05)


async def main_job(host: Host, port: int) -> None:
    await host.say("AT+TCMQTTCONN=1,5000,240,1,1", b"OK\r\n+TCMQTTCONN:OK\r\n")
    await host.say(f'AT+TCMQTTSUB="{DATA}",1', b"OK\r\n+TCMQTTSUB:OK\r\n")
    await host.say(f'AT+TCMQTTPUB="{DATA}",1,"short"', b"+TCMQTTPUB:OK\r\n")
    await host.say(f'AT+TCMQTTPUBL="{DATA}",0,1500', b"OK\r\n>\r\n")
    await host.say("x" * 1500, b"+TCMQTTPUBL:OK\r\n")
    await host.until(b'",1500,"' + b"x" * 1500 + b'"\r\n')
    async with aiomqtt.Client("127.0.0.1", port) as client:
        await client.publish(DATA, b"from outside", 1)
        await host.until(b'"from outside"\r\n')
    await host.say(f'AT+TCMQTTUNSUB="{DATA}"', b"+TCMQTTUNSUB:OK\r\n")


def test_amqtt_the_main_job_loss_and_return() -> None:
    async def work() -> None:
        port = free_port()
        broker = amqtt_on(port)
        await broker.start()
        async with against(port) as (emulator, host):
            await main_job(host, port)
            await host.say(f'AT+TCMQTTSUB="{DATA}",1', b"+TCMQTTSUB:OK\r\n")
            await broker.shutdown()
            await host.until(b"+TCMQTTDISCON,-103\r\n")
            await host.until(b"+TCMQTTRECONNECTING\r\n")
            broker = amqtt_on(port)
            await broker.start()
            await host.until(b"+TCMQTTRECONNECTED\r\n")
            async with aiomqtt.Client("127.0.0.1", port) as client:
                await asyncio.sleep(0.1)
                await client.publish(DATA, b"after", 1)
                await host.until(b'"after"\r\n')
            emulator.control.offer_ota(b"image", "2.0.0")
            await host.say('AT+TCOTASET=1,"1.0.0"', b"+TCOTASET:OK\r\n")
            await host.until(b"+TCOTASTATUS:ENTERUPDATE\r\n")
            await host.until(b"+TCOTASTATUS:UPDATESUCCESS\r\n")
            await host.say('AT+TCOTASET=0,"1.0.0"', b"+TCOTASET:OK\r\n")
            await host.say("AT+TCMQTTDISCONN", b"+TCMQTTDISCON,2\r\n\r\nOK\r\n")
        await broker.shutdown()

    run(work)


def test_what_was_said_before_a_disconnect_goes_out_first() -> None:
    async def work() -> None:
        port = free_port()
        broker = amqtt_on(port)
        await broker.start()
        async with against(port) as (emulator, host), aiomqtt.Client("127.0.0.1", port) as client:
            await client.subscribe(DATA)
            heard = aiter(client.messages)
            for number in range(5):
                await host.say("AT+TCMQTTCONN=1,5000,240,1,1", b"+TCMQTTCONN:OK\r\n")
                emulator.write(f'AT+TCMQTTPUB="{DATA}",0,"{number}"\r\n'.encode())
                emulator.write(b"AT+TCMQTTDISCONN\r\n")
                await host.until(b"+TCMQTTDISCON,2\r\n\r\nOK\r\n")
                message = await asyncio.wait_for(anext(heard), 5)
                assert message.payload == b"%d" % number
        await broker.shutdown()

    run(work)


def test_nobody_there() -> None:
    async def work() -> None:
        async with against(free_port()) as (_, host):
            await host.say("AT+TCMQTTCONN=1,5000,240,1,1", b"OK\r\n+TCMQTTCONN:FAIL,-603\r\n")
            await host.say("AT+TCMQTTSTATE?", b"+TCMQTTSTATE:0\r\n")

    run(work)


def test_a_broker_that_says_nothing_is_a_time_out() -> None:
    async def work() -> None:
        with socket.create_server(("127.0.0.1", 0)) as mute:
            async with against(mute.getsockname()[1]) as (_, host):
                await host.say("AT+TCMQTTCONN=1,1000,240,1,1", b"OK\r\n+TCMQTTCONN:FAIL,202\r\n")

    run(work)


# Code 1, the wrong level, is missing: the client library then tries the older level by itself.
@pytest.mark.parametrize(("code", "shown"), [(2, -114), (3, -115), (4, -116), (5, -117)])
def test_refusals_have_the_numbers_of_the_manual(code: int, shown: int) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(bytes([0x20, 2, 0, code]))
        await asyncio.sleep(0.2)
        writer.close()

    async def work() -> None:
        server = await asyncio.start_server(refuse, "127.0.0.1", 0)
        async with against(server.sockets[0].getsockname()[1]) as (_, host):
            expected = f"OK\r\n+TCMQTTCONN:FAIL,{shown}\r\n".encode()
            await host.say("AT+TCMQTTCONN=1,5000,240,1,1", expected)
        server.close()

    run(work)


@contextmanager
def mosquitto(port: int) -> Iterator[None]:
    program = shutil.which("mosquitto") or shutil.which("mosquitto", path="/usr/sbin")
    if program is None:
        pytest.skip("mosquitto is not installed")
    process = subprocess.Popen([program, "-p", str(port)], stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        process.wait(10)


def test_mosquitto_the_main_job() -> None:
    async def work() -> None:
        async with against(port) as (_, host):
            await main_job(host, port)

    port = free_port()
    with mosquitto(port):
        run(work)
