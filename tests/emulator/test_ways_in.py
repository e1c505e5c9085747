"""How a host gets to it: pty and link, TCP, standard input, emu://, the fixture, the control channel."""

from __future__ import annotations

import asyncio
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import serialx

import tencent_at_emulator
from tencent_at_emulator import Emulator, emu_url, running, running_many
from tencent_at_emulator.__main__ import main
from tencent_at_emulator.channel import answer, serve
from tests.ptys import heard, opened
from tests.waiting import until

OK = b"\r\nOK\r\n"


# ---- pty


def test_a_pty_with_a_stable_name(tmp_path: Path) -> None:
    link = tmp_path / "modem"
    with running(link, noise=False) as emulator:
        assert emulator.path == str(link) and link.is_symlink()
        with opened(emulator.path) as fd:
            heard(fd, b"\r\nready\r\n")
            os.write(fd, b"AT\r\n")
            assert heard(fd, OK) == b"AT\r\n" + OK
        with opened(emulator.path) as fd:  # a host may come and go
            os.write(fd, b"AT\r\n")
            heard(fd, OK)
    assert not link.is_symlink()


def test_a_link_replaces_a_stale_one_and_nothing_else(tmp_path: Path) -> None:
    link = tmp_path / "modem"
    link.symlink_to("/dev/pts/99999")
    with running(link):
        assert os.readlink(link) != "/dev/pts/99999"
    link.write_text("mine")
    with pytest.raises(FileExistsError), running(link):
        pass
    assert link.read_text() == "mine"
    link.unlink()
    link.symlink_to("/nowhere")
    with pytest.raises(FileExistsError), running(link):
        pass
    assert os.readlink(link) == "/nowhere"


def test_a_host_that_does_not_read_stops_nothing() -> None:
    with running(boot=False) as emulator:
        with opened(emulator.path) as fd:
            os.set_blocking(fd, False)
            line = b"AT+TCSAP?\r\n"
            for _ in range(3000):
                try:
                    os.write(fd, line)
                except BlockingIOError:
                    time.sleep(0.001)
            time.sleep(0.2)
            assert emulator.control.state()["running"]
        with opened(emulator.path) as fd:
            end = time.monotonic() + 5
            while time.monotonic() < end and select.select([fd], [], [], 0.2)[0]:
                os.read(fd, 65536)
            os.write(fd, b"\r\n")
            heard(fd, b"\r\n")
            os.write(fd, b"AT\r\n")
            heard(fd, OK)


def test_control_from_another_thread() -> None:
    with running(boot=False) as emulator:
        emulator.control.given('connected; subscribed "t" 0')
        with opened(emulator.path) as fd:
            assert emulator.control.cloud_publish("t", "hello") == 1
            assert heard(fd, b'"hello"\r\n') == b'+TCMQTTRCVPUB:"t",5,"hello"\r\n'
            emulator.control.drop_wifi()
            heard(fd, b"+TCMQTTDISCON,-103\r\n")
            emulator.control.restore_wifi()
            heard(fd, b"+TCMQTTRECONNECTED\r\n")
            emulator.control.power_cycle()
            heard(fd, b"\r\nready\r\n")
        with pytest.raises(ValueError, match="no provisioning"):
            emulator.control.provision()


# ---- emu://


def test_emu_with_blocking_calls() -> None:
    with serialx.serial_for_url("emu://?noise=0&stored=1", baudrate=115200, read_timeout=3) as port:
        heard = b""
        while not heard.endswith(b"WIFI GOT IP\r\n"):
            heard += port.read(1)
        assert heard == b"\r\nready\r\nWIFI CONNECTED\r\nWIFI GOT IP\r\n"
        port.write(b"AT\r\n")
        assert port.read(4) + port.read(2) + port.read(4) == b"AT\r\n" + OK
        port.write(b"AT\r\n")
        until(lambda: port.num_unread_bytes() >= 10)
        assert port.num_unread_bytes() == 10
        port.reset_read_buffer()
        assert port.num_unread_bytes() == 0


def test_emu_with_asyncio() -> None:
    async def work() -> None:
        url = 'emu://desk?given=connected; subscribed "t" 1&quirk=space-after-colon'
        reader, writer = await serialx.open_serial_connection(url, baudrate=115200)
        writer.write(b"AT+TCMQTTSTATE?\r\n")
        assert await asyncio.wait_for(reader.readuntil(OK), 3) == b"+TCMQTTSTATE: 1\r\n" + OK
        emu_url.module("desk").cloud_publish("t", "x")
        assert await asyncio.wait_for(reader.readline(), 3) == b'+TCMQTTRCVPUB: "t",1,"x"\r\n'
        writer.close()
        # A named module keeps its power.
        reader, writer = await serialx.open_serial_connection("emu://desk", baudrate=115200)
        writer.write(b"AT+TCMQTTSTATE?\r\n")
        assert b": 1\r\n" in await asyncio.wait_for(reader.readuntil(OK), 3)
        writer.close()

    asyncio.run(asyncio.wait_for(work(), 20))


@pytest.mark.parametrize(
    "url", ["emu://?nonsense=1", "emu://?quirk=nonsense", "emu://?fault=nonsense:1"]
)
def test_emu_says_what_it_does_not_know(url: str) -> None:
    with pytest.raises(ValueError, match="nonsense"):
        serialx.serial_for_url(url, baudrate=115200).open()


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("emu://?baud=0", "^baud: 0 is not a rate from 50 to 5000000"),
        ("emu://?baud=-9600", "^baud: -9600 is not a rate"),
        ("emu://?baud=fast", "^baud: 'fast' is not a whole number"),
        ("emu://?seed=x", "^seed: 'x' is not a whole number"),
    ],
)
def test_emu_refuses_numbers_in_words(url: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        serialx.serial_for_url(url, baudrate=115200).open()


# ---- fixtures


def test_the_fixture(tencent_at_emulator: Emulator) -> None:
    with opened(tencent_at_emulator.path) as fd:
        heard(fd, b"\r\nready\r\n")
        os.write(fd, b"AT\r\n")
        heard(fd, OK)


def test_the_fixture_for_several(tencent_at_emulators: Callable[..., Emulator]) -> None:
    one, two = tencent_at_emulators(boot=False), tencent_at_emulators(boot=False, seed=2)
    assert one.path != two.path
    one.control.given("connected")
    assert (one.control.state()["mqtt"], two.control.state()["mqtt"]) == ("up", "off")


# ---- the command line


@contextmanager
def command(*arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        [sys.executable, "-m", "tencent_at_emulator", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=10)


def line_of(process: subprocess.Popen[bytes]) -> str:
    assert process.stdout is not None
    return process.stdout.readline().decode().strip()


def test_links_for_many_a_control_socket_and_an_orderly_end(tmp_path: Path) -> None:
    link, control = tmp_path / "modem", tmp_path / "control"
    with command(
        "--link", str(link), "--count", "3", "--control", str(control), "--no-noise"
    ) as process:
        assert [line_of(process) for _ in range(3)] == [f"{link}", f"{link}.1", f"{link}.2"]
        for path in (f"{link}", f"{link}.2"):
            with opened(path) as fd:
                heard(fd, b"\r\nready\r\n")
        with socket.socket(socket.AF_UNIX) as end:
            end.connect(str(control))
            end.sendall(
                b'{"do": "given", "module": 2, "words": "connected"}\n{"do": "state", "module": 2}\n'
            )
            with end.makefile() as lines:
                assert json.loads(lines.readline()) == {"ok": True, "result": None}
                assert json.loads(lines.readline())["result"]["mqtt"] == "up"
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert list(tmp_path.iterdir()) == []


def test_tcp() -> None:
    with command("--tcp", "0", "--no-noise", "--baud", "115200") as process:
        url = line_of(process)
        assert url.startswith("socket://127.0.0.1:")
        with serialx.serial_for_url(url, baudrate=115200, read_timeout=3) as port:
            heard = b""
            while not heard.endswith(b"\r\nready\r\n"):
                heard += port.read(1)
            port.write(b"ATE0\r\n")
            while not heard.endswith(OK):
                heard += port.read(1)
            assert heard.endswith(b"ATE0\r\n" + OK)


def test_standard_input_and_output() -> None:
    with command("--stdio", "--no-noise") as process:
        assert process.stdin is not None and process.stdout is not None
        heard(process.stdout.fileno(), b"\r\nready\r\n")
        process.stdin.write(b"AT\r\n")
        process.stdin.flush()
        heard(process.stdout.fileno(), b"AT\r\n" + OK)
        process.stdin.close()
        assert process.wait(10) == 0
        process.stdin = None


def test_standard_input_may_be_a_file(tmp_path: Path) -> None:
    lines = tmp_path / "lines"
    lines.write_bytes(b"AT\r\n" * 50000)
    for path in (os.devnull, str(lines)):
        with open(path, "rb") as file:
            done = subprocess.run(
                [sys.executable, "-m", "tencent_at_emulator", "--stdio", "--no-noise"],
                stdin=file,
                capture_output=True,
                timeout=20,
            )
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--mqtt-port", "99999"], "--mqtt-port 99999: a port is 1 to 65535, or 0"),
        (["--mqtt-port", "-1"], "--mqtt-port -1: a port is"),
        (["--tcp", "65535", "--count", "2"], "--tcp 65535: a port is 1 to 65534, or 0"),
        (["--count", "0"], "--count 0: one module at least"),
        (["--flash", "."], "--flash .: a directory; name a file in it, flash"),
        (["--flash", "no/such"], "--flash no/such: there is no directory no; make it"),
    ],
)
def test_options_out_of_range(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err.startswith(f"tencent-at emulate: {words}")


def test_an_update_and_a_listener_by_option(tmp_path: Path) -> None:
    image = tmp_path / "image.bin"
    image.write_bytes(b"firmware")
    link = tmp_path / "modem"
    arguments = ["--ota", str(image), "--ota-version", "9", "--mqtt-port", "0", "--no-noise"]
    with command("--link", str(link), *arguments) as process:
        assert line_of(process).startswith("mqtt://127.0.0.1:")
        with opened(line_of(process)) as fd:
            heard(fd, b"\r\nready\r\n")
            os.write(fd, b"ATE0\r\n")
            heard(fd, OK)
            os.write(fd, b'AT+CWJAP="tencent-at","12345678"\r\n')
            heard(fd, b"WIFI GOT IP\r\n" + OK)
            for line, expected in (
                (b'AT+TCDEVINFOSET=1,"P","D","c2VjcmV0"\r\n', b"+TCDEVINFOSET:OK\r\n"),
                (b"AT+TCMQTTCONN=1,5000,240,1,1\r\n", b"+TCMQTTCONN:OK\r\n"),
                (b'AT+TCOTASET=1,"1"\r\n', b"+TCOTASTATUS:UPDATESUCCESS\r\n"),
                (b"AT+TCFWINFO?\r\n", b'+TCFWINFO:"9",8,'),
            ):
                os.write(fd, line)
                heard(fd, expected)


@pytest.mark.parametrize(
    "arguments",
    [
        ["--fault", "nonsense"],
        ["--quirk", "nonsense"],
        ["--broker", "x"],
        ["--flash", "/"],
        ["--stdio", "--count", "2"],
        ["--baud", "0"],
        ["--fault", "lose=nan"],
    ],
)
def test_wrong_options_end_with_two_and_a_line(arguments: list[str]) -> None:
    with command(*arguments) as process:
        _, errors = process.communicate(timeout=20)
        assert process.returncode == 2 and errors.startswith(b"tencent-at emulate: ")
        assert errors.count(b"\n") == 1


# ---- the control channel


def ask(emulator: Emulator, request: object) -> dict[str, object]:
    return dict(json.loads(answer([emulator], json.dumps(request).encode())))


def test_the_channel() -> None:
    emulator = Emulator(boot=False)
    assert ask(emulator, {"do": "given", "words": 'connected; subscribed "t" 0'})["ok"]
    assert ask(emulator, {"do": "cloud_publish", "topic": "t", "payload": "字"}) == {
        "ok": True,
        "result": 1,
    }
    ask(emulator, {"do": "cloud_publish", "topic": "t", "payload": {"base64": "AAE="}})
    assert emulator.read().startswith('+TCMQTTRCVPUB:"t",3,"字"\r\n+TCMQTTRCVPUB:"t",2,"'.encode())
    assert "result" in ask(
        emulator, {"do": "offer_ota", "data": {"base64": "AAE="}, "version": "2"}
    )


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"do": "call"}',
        b'{"do": "__class__"}',
        b'{"do": "state", "module": 1}',
        b'{"do": "state", "module": "0"}',
        b'{"do": "state", "more": 1}',
        b'{"do": "provision", "outcome": "success"}',
        b'{"do": "cloud_publish", "topic": "t", "payload": {"base64": "?"}}',
        b'{"do": "cloud_publish", "topic": "t", "payload": {"x": 1}}',
        b'{"do": "fault", "name": "lose", "value": []}',
        b'{"do": "given", "words": 5}',
        b'{"do": "given", "words": "nonsense"}',
        b'{"do": "happen", "words": "\\"unfinished"}',
        b'{"do": "access_points", "points": 7}',
        b'{"do": "access_points", "points": [1]}',
        b'{"do": "cloud_publish", "topic": 1, "payload": 2}',
        b'{"do": "cloud_publish", "topic": "t", "payload": "x", "qos": 3}',
        b'{"do": "fault", "name": "late", "value": 1e400}',
        b'{"do": "fault", "name": "out_chunk", "value": 1e400}',
        b'{"do": "fail_next", "code": "202"}',
        b'{"do": "store_access_point", "ssid": null, "password": ""}',
        b'{"do": "store_access_point", "ssid": "\\ud800", "password": ""}',
        b'{"do": "access_points", "points": [[null, null]]}',
        b'{"do": "provision", "ssid": 5}',
        b'{"do": "quirk", "name": null}',
        b'{"do": "quirk", "name": "cme-err", "on": "no"}',
        b'{"do": "open_topics", "on": "no"}',
        b'{"do": "allow", "topic": "t", "what": "all"}',
        b'{"do": "given", "words": "\\"\\\\x\\""}',
        b'{"do": "store_firmware", "data": {"base64": ""}, "version": null}',
        b'{"do": "store_firmware", "data": "text", "version": "1"}',
        b'{"do": "offer_ota", "data": {"base64": ""}, "version": "\\ud800"}',
        b"[" * 100000,
        b'{"a":' * 100000,
    ],
)
def test_the_channel_says_what_was_wrong(line: bytes) -> None:
    said = json.loads(answer([Emulator(boot=False)], line))
    assert said["ok"] is False and said["error"]


def test_the_channel_stays_open_after_a_refusal(tmp_path: Path) -> None:
    async def work() -> list[bytes]:
        async with serve([Emulator(boot=False)], tmp_path / "control"):
            reader, writer = await asyncio.open_unix_connection(str(tmp_path / "control"))
            for line in (b"[" * 100000, b'{"do": "fault", "name": "late", "value": 1e400}'):
                writer.write(line + b"\n")
            writer.write(b'{"do": "state"}\n')
            heard = [await reader.readline() for _ in range(3)]
            writer.close()
            return heard

    deep, endless, state = map(json.loads, asyncio.run(asyncio.wait_for(work(), 20)))
    assert deep == {"ok": False, "error": "the request is nested too deeply"}
    assert endless["error"] == "late: inf is not seconds from 0 to 86400"
    assert state["ok"]


# ---- many, and none


def test_sixteen_modules_at_once() -> None:
    """One process, sixteen ptys, one cloud: each host's own messages come back to it."""
    with running_many(16, boot=False) as emulators, ExitStack() as stack:
        emulators[0].control.open_topics()
        fds = [stack.enter_context(opened(emulator.path)) for emulator in emulators]

        def all_say(line: Callable[[int], str], expected: Callable[[int], bytes]) -> None:
            for at, fd in enumerate(fds):
                os.write(fd, line(at).encode() + b"\r\n")
            for at, fd in enumerate(fds):
                heard(fd, expected(at))

        all_say(lambda at: 'AT+CWJAP="tencent-at","12345678"', lambda at: b"GOT IP\r\n" + OK)
        all_say(
            lambda at: f'AT+TCDEVINFOSET=1,"P","D{at}","c2VjcmV0"',
            lambda at: b"+TCDEVINFOSET:OK\r\n",
        )
        all_say(lambda at: "AT+TCMQTTCONN=1,5000,240,1,1", lambda at: b"+TCMQTTCONN:OK\r\n")
        all_say(lambda at: f'AT+TCMQTTSUB="P/D{at}/data",1', lambda at: b"+TCMQTTSUB:OK\r\n")
        for number in range(20):
            all_say(
                lambda at: f'AT+TCMQTTPUB="P/D{at}/data",0,"{at}-{number}"',  # noqa: B023
                lambda at: f',"{at}-{number}"\r\n'.encode(),  # noqa: B023
            )
        all_say(lambda at: 'AT+TCMQTTSUB="all",1', lambda at: b"+TCMQTTSUB:OK\r\n")
        os.write(fds[0], b'AT+TCMQTTPUB="all",0,"to all"\r\n')
        for fd in fds:
            heard(fd, b'"to all"\r\n')


def test_every_module_has_a_hardware_address_of_its_own() -> None:
    def address(emulator: Emulator) -> bytes:
        emulator.write(b"AT+TCMODULE\r\n")
        return emulator.read().split(b"Mac addr: ")[1].split(b"\r\n")[0]

    alone = [address(Emulator(boot=False, seed=seed)) for seed in (0, 1, 0, -1, 1 << 80)]
    assert alone[0] == alone[2] == b"3c:71:bf:33:af:fd"
    assert alone[1] == b"3c:71:bf:33:af:fe" and alone[3] == b"3c:71:bf:33:af:fc"
    with running_many(16, boot=False) as emulators:
        addresses = [emulator.module.mac for emulator in emulators]
    assert addresses[0] == "3c:71:bf:33:af:fd" and len(set(addresses)) == 16


def test_a_listener_beside_a_pty_and_a_broker_behind_another() -> None:
    """Two modules in two clouds of which one is the other's broker."""
    with running(boot=False, mqtt_port=0) as one, opened(one.path) as watching:
        one.control.given('connected; subscribed "CTQS08Y5LG/Dev02/data" 1')
        broker = f"mqtt://127.0.0.1:{one.mqtt_port}"
        with running(boot=False, broker=broker) as two, opened(two.path) as fd:
            two.control.given("")
            for line, expected in (
                (b'AT+TCDEVINFOSET=1,"CTQS08Y5LG","Dev02","c2VjcmV0"', b"+TCDEVINFOSET:OK\r\n"),
                (b"AT+TCMQTTCONN=1,5000,240,1,1", b"+TCMQTTCONN:OK\r\n"),
                (b'AT+TCMQTTPUB="CTQS08Y5LG/Dev02/data",1,"across"', b"+TCMQTTPUB:OK\r\n"),
            ):
                os.write(fd, line + b"\r\n")
                heard(fd, expected)
            heard(watching, b',6,"across"\r\n')


def test_an_idle_emulator_uses_no_processor() -> None:
    with running(boot=False) as emulator:
        emulator.control.given('connected; subscribed "t" 1')
        before = time.process_time()
        time.sleep(1.0)
        assert time.process_time() - before < 0.02


def test_the_public_names() -> None:
    for name in tencent_at_emulator.__all__:
        assert hasattr(tencent_at_emulator, name)
