"""Many emulators in one process, each with an address of its own; an idle one costs nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import ExitStack

from tencent_at_emulator import Emulator, running, running_many
from tests.names import OK
from tests.ptys import heard, opened


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
