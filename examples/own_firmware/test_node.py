"""The firmware of node.c against a pretend module: pytest starts it, and plays the cloud. docs/own-firmware.md."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tencent_at_emulator import Emulator, running

HERE = Path(__file__).resolve().parent
CONTROL = "CTQS08Y5LG/Dev01/control"


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> str:
    """node.c, compiled; without a C compiler there is nothing to test, and pytest's report says so."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        pytest.skip("no C compiler here (cc, gcc or clang): the firmware in C was not tested")
    made = tmp_path_factory.mktemp("node") / "node"
    words = [compiler, "-std=c99", "-Wall", "-Wextra", "-Werror", "-o", str(made)]
    subprocess.run([*words, str(HERE / "node.c")], check=True, timeout=60)
    return str(made)


@pytest.fixture
def module() -> Iterator[Emulator]:
    with running(boot=False) as emulator:
        emulator.store_first_access_point()
        emulator.control.given("echo on")
        yield emulator


class Firmware:
    """The firmware, running: its output line by line."""

    def __init__(self, node: str, module: Emulator) -> None:
        words = [node, module.path]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)

    def says(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def ends(self) -> int:
        return self.process.wait(30)


@pytest.fixture
def firmware(node: str, module: Emulator) -> Iterator[Callable[[], Firmware]]:
    started: list[Firmware] = []

    def start() -> Firmware:
        started.append(Firmware(node, module))
        return started[-1]

    yield start
    for each in started:
        each.process.kill()
        each.process.communicate(timeout=10)


Start = Callable[[], Firmware]


def test_the_lamp_does_as_the_cloud_says(module: Emulator, firmware: Start) -> None:
    node = firmware()
    assert node.says() == "up"
    assert module.control.cloud_publish(CONTROL, "lamp on") == 1
    assert node.says() == "lamp on"
    module.control.cloud_publish(CONTROL, "x\r\n+TCMQTTDISCON,-103")  # a payload is no line
    module.control.cloud_publish(CONTROL, "lamp off")
    assert node.says() == "lamp off"
    module.control.cloud_publish(CONTROL, "off")
    assert node.ends() == 0


def test_it_lives_through_a_lost_link(module: Emulator, firmware: Start) -> None:
    node = firmware()
    assert node.says() == "up"
    module.control.drop_mqtt()
    assert node.says() == "link lost"
    module.control.restore_mqtt()
    assert node.says() == "link back"
    module.control.cloud_publish(CONTROL, "lamp on")
    assert node.says() == "lamp on"


def test_a_refusal_is_not_taken_for_success(module: Emulator, firmware: Start) -> None:
    module.control.refuse_connect(-117)
    node = firmware()
    assert "+TCMQTTCONN:FAIL,-117" in node.says() and node.ends() == 2


def test_a_message_in_the_middle_of_an_answer(module: Emulator, firmware: Start) -> None:
    module.control.fault("storm", 1)
    assert firmware().says() == "up"
