"""Commands in a real terminal: keys, colours, resizing, Ctrl-C; the module is idle afterwards."""

import os
import pathlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

import tencent_at
import tencent_at_emulator
from tests.cli.conftest import Terminal
from tests.names import DATA

Start = Callable[..., Terminal]
CTRL_C, CTRL_D, TAB, ENTER = "\x03", "\x04", "\t", "\r"


@pytest.fixture
def emulator() -> Iterator[tencent_at_emulator.Emulator]:
    """A module on a pseudo terminal, joined and with an identity."""
    with tencent_at_emulator.running() as made:
        made.control.given("device set")
        made.control.open_topics()
        yield made


def idle(emulator: tencent_at_emulator.Emulator) -> None:
    """The module answers at once, nothing runs, no payload is open."""
    with tencent_at.open(emulator.path, start=False) as modem:
        began = time.monotonic()
        assert modem.command("AT", timeout=1) == []
        assert time.monotonic() - began < 1
        modem.attention()
    assert emulator.control.state()["provisioning"] is None


def test_sub_ends_with_ctrl_c(terminal: Start, emulator: tencent_at_emulator.Emulator) -> None:
    sub = terminal("--port", emulator.path, "sub", "./data")
    sub.see("Ctrl-C ends")
    emulator.control.cloud_publish(DATA, '{"temperature": 22.5}')
    sub.see('"temperature"')
    sub.resize(12, 40)
    emulator.control.cloud_publish(DATA, "after the resizing")
    sub.see("after the resizing")
    sub.type(CTRL_C)
    assert sub.end() == 130
    assert "Traceback" not in sub.written
    assert emulator.control.state()["subscriptions"] == {}
    idle(emulator)


@pytest.mark.parametrize("kind", ["softap", "smartconfig"])
def test_provisioning_is_stopped_by_ctrl_c(
    terminal: Start, emulator: tencent_at_emulator.Emulator, kind: str
) -> None:
    run = terminal(
        "--port", emulator.path, "provision", kind, TENCENT_AT_SOFTAP_PASSWORD="abcdefgh"
    )
    run.see("waiting for the app")
    run.see("4:59")
    assert emulator.control.state()["provisioning"]
    run.resize(20, 60)
    run.see("4:57")
    run.type(CTRL_C)
    assert run.end() == 130
    assert "Traceback" not in run.written
    idle(emulator)


def test_provisioning_shows_what_happens(
    terminal: Start, emulator: tencent_at_emulator.Emulator
) -> None:
    run = terminal("--port", emulator.path, "provision", "smartconfig")
    run.see("waiting for the app")
    emulator.control.provision("success", "tencent-at", "12345678")
    run.see("joined after")
    assert run.end() == 0


def test_a_publication_is_broken_off(
    terminal: Start, emulator: tencent_at_emulator.Emulator
) -> None:
    emulator.control.given("connected")
    emulator.control.no_ack(1)
    run = terminal("--port", emulator.path, "-v", "pub", "./data", "x" * 300, "--qos", "1")
    run.see("payload")
    run.read(0.3)
    run.type(CTRL_C)
    assert run.end() == 130
    idle(emulator)


def test_a_connection_attempt_is_broken_off(
    terminal: Start, emulator: tencent_at_emulator.Emulator
) -> None:
    emulator.control.no_ack(1)
    run = terminal("--port", emulator.path, "-v", "connect")
    run.see("AT+TCMQTTCONN")
    run.read(0.3)
    run.type(CTRL_C)
    assert run.end() == 130
    idle(emulator)


def test_an_update_is_no_longer_waited_for(
    terminal: Start, emulator: tencent_at_emulator.Emulator
) -> None:
    run = terminal("--port", emulator.path, "ota", "watch", "1.0.0")
    run.see("waiting for an upgrade")
    run.type(CTRL_C)
    assert run.end() == 130
    assert emulator.control.state()["ota"] == "off"
    idle(emulator)


def test_monitor(terminal: Start, emulator: tencent_at_emulator.Emulator) -> None:
    emulator.control.given(f'subscribed "{DATA}" 1')
    run = terminal("--port", emulator.path, "monitor")
    run.see("Ctrl-C ends")
    emulator.control.cloud_publish(DATA, "hello")
    run.see("A message arrived")
    assert "\x1b[35m" in run.written  # coloured
    run.type(CTRL_C)
    assert run.end() == 0


def test_the_shell(terminal: Start, emulator: tencent_at_emulator.Emulator) -> None:
    shell = terminal("--port", emulator.path, "shell")
    shell.see("Tab completes, :help")
    shell.type("AT+TCMQTTST" + TAB)
    shell.see("AT+TCMQTTSTATE?")
    shell.see("MQTT connection state")  # the title, in the menu and below
    shell.type(CTRL_C)
    shell.type("AT+TCMQTTSTATE?" + ENTER)
    shell.see("state=0 (disconnected)")
    shell.resize(20, 70)
    shell.type("AT+TCNOSUCH" + ENTER)
    shell.see("No such command")
    shell.type("AT+TCMQTTCONN=1,")
    shell.see("command_timeout")  # the hint below names the argument
    shell.type(CTRL_C)
    shell.type(":help TCMQTTSUB" + ENTER)
    shell.see("Subscribes to a topic")
    shell.type(CTRL_D)
    assert shell.end() == 0
    assert "Traceback" not in shell.written
    idle(emulator)


def test_an_open_payload_is_ended(terminal: Start, emulator: tencent_at_emulator.Emulator) -> None:
    emulator.control.given("connected")
    for leave in (CTRL_C, CTRL_D):
        shell = terminal("--port", emulator.path, "shell")
        shell.see("Tab completes, :help")
        shell.type('AT+TCMQTTPUBL="a",1,10' + ENTER)
        shell.see("payload>")
        shell.type(leave)
        shell.see("+++")
        if leave == CTRL_C:
            shell.type("AT" + ENTER)
            shell.read(1.0)
            shell.type(CTRL_D)
        assert shell.end() == 0
        idle(emulator)


def test_a_payload_is_sent_from_the_shell(
    terminal: Start, emulator: tencent_at_emulator.Emulator
) -> None:
    emulator.control.given(f'subscribed "{DATA}" 1')
    shell = terminal("--port", emulator.path, "shell")
    shell.see("Tab completes, :help")
    shell.type(f'AT+TCMQTTPUBL="{DATA}",1,5' + ENTER)
    shell.see("payload>")
    shell.type("hello" + ENTER)
    shell.see("Publish a long message: done")
    shell.type(":quit" + ENTER)
    assert shell.end() == 0


def test_factory_can_be_interrupted(terminal: Start, tmp_path: "os.PathLike[str]") -> None:
    order = os.path.join(tmp_path, "order.csv")
    with open(order, "w") as file:
        file.write("product_id,device_name,device_secret,port\n")
        for i in range(2):
            port = f"emu://?fault=mute-rate:1&seed={i}"
            file.write(f"CTQS08Y5LG,Unit{i},c2VjcmV0LW9m,{port}\n")
    run = terminal("factory", order)
    run.see("handshake")
    run.type(CTRL_C)
    run.see("no further ones")
    assert run.end(30) == 8


def test_a_port_that_is_pulled_out(terminal: Start) -> None:
    with tencent_at_emulator.running() as emulator:
        emulator.control.given("device set")
        run = terminal("--port", emulator.path, "sub", "./data", "--no-reopen")
        run.see("Ctrl-C ends")
    assert run.end() == 3
    assert "Traceback" not in run.written


def test_a_port_that_is_pulled_out_is_waited_for(terminal: Start, tmp_path: pathlib.Path) -> None:
    port = tmp_path / "module"  # by a name of its own: the next test may get the same pty
    with tencent_at_emulator.running() as emulator:
        port.symlink_to(emulator.path)
        emulator.control.given("device set")
        run = terminal("--port", str(port), "sub", "./data")
        run.see("Ctrl-C ends")
        port.unlink()
    run.see("opening it again")
    run.see("still trying to open it")
    run.type(CTRL_C)
    assert run.end() == 130
    assert "Traceback" not in run.written


def test_completion() -> None:
    words = {
        "_TENCENT_AT_COMPLETE": "complete_bash",
        "COMP_WORDS": "tencent-at wi",
        "COMP_CWORD": "1",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tencent_at_cli"],
        env=os.environ | words,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout.split() == ["wifi"]
