"""What a user installs: mip packages, flashing with its self-check, stubs that mypy understands, group builds."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import textwrap
import tty
from pathlib import Path
from typing import TypeAlias

import pytest

from boards import runtimes
from tencent_at_emulator import Emulator
from tests.boards.test_ota import image
from tests.names import CONTROL
from tests.waiting import until

PACKAGES = ("tcat", "tcat-mqtt", "tcat-keeper", "tcat-ota", "tcat-provision")
Popen: TypeAlias = "subprocess.Popen[str]"
MPY = runtimes.HERE / "mpy.py"
USE = """
from collections.abc import Generator
import tcat
from tcat import aio, ota, provisioning, keeper

modem = tcat.Modem(None)
modem.subscribe("a/b", 1)
modem.connect(keepalive=60)
rows: list[list[str | bytes | int]] = modem.scan()
modem.run(ota.fetch(modem, bytearray(8)))
modem.run(provisioning.softap(modem, "s", "p"))
kept = keeper.Keeper(modem, [("a", 1)], keepalive=60)

async def main() -> None:
    other = aio.Modem(None)
    await other.start()
    state: list[str | int] = await other.mqtt_state()
    async for topic, payload in other:
        print(topic.upper(), payload.hex(), state)
    await kept.keep()
"""


def test_what_mip_installs_from_source_is_there() -> None:
    """And it is all that is there."""
    urls = json.loads((runtimes.TCAT / "package.json").read_text())["urls"]
    assert {target for target, _ in urls} == {source for _, source in urls}
    there = {f"tcat/{file.name}" for file in (runtimes.TCAT / "tcat").glob("*.py")}
    assert there == {source for _, source in urls}


def test_mip(board: runtimes.Board) -> None:
    done = board("mip", "install", "--no-mpy", runtimes.TCAT / "package.json")
    assert done.returncode == 0, done.stdout + done.stderr
    done = board(
        "exec", "import tcat; from tcat import ota; print(tcat.Modem.__name__, tcat.__file__)"
    )
    assert done.stdout.strip() == "Modem /lib/tcat/__init__.py", done


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `make mpy` builds."""
    place = tmp_path_factory.mktemp("mpy")
    subprocess.run([sys.executable, str(MPY), str(place)], check=True, timeout=110)
    return place


def test_a_compiled_package_for_each(compiled: Path) -> None:
    assert {file.stem for file in compiled.glob("*.json")} == set(PACKAGES)
    for file in compiled.glob("*.json"):
        package = json.loads(file.read_text())
        assert package["mpy"] == 6
        for target, source in package["urls"]:
            assert (compiled / source).read_bytes()[:2] == b"M\6"
            assert target.startswith("tcat/") and target.endswith(".mpy")


@pytest.mark.parametrize("name", PACKAGES)
def test_a_package_is_imported(
    name: str, compiled: Path, micropython: runtimes.MicroPython
) -> None:
    """Every module of it, on both runtimes; the asyncio one where there is an asyncio."""
    modules = sorted(file.stem for file in (compiled / name / "tcat").iterdir())
    lines = [f"import tcat.{module}" for module in modules if module not in ("__init__", "aio")]
    if "aio" in modules and micropython.kind == "unix":
        lines.append("import tcat.aio")
    done = micropython.run(
        "\n".join(["import tcat", *lines, "print(tcat.__file__, len(tcat.FORMS) > 500)", ""]),
        path=[compiled / name],
    )
    assert done.stdout == f"{compiled / name}/tcat/__init__.mpy True\n", done.stderr


README = (runtimes.ROOT / "README.md").read_text(encoding="utf-8").partition("## On a board\n")[2]
EXAMPLE = README.partition("```python\n")[2].partition("```")[0]
JOBS = {
    "tcat-keeper": """
        import tcat.keeper
        keeper = tcat.keeper.Keeper(modem, [("CTQS08Y5LG/Dev01/control", 1)], "my network", "my password")
        while not keeper.poll():
            pass
        print(modem.receive(), keeper.up)
    """,
    "tcat-ota": """
        import io, tcat.ota
        target = io.BytesIO()
        modem.start(), modem.join("my network", "my password"), modem.connect()
        print(modem.run(tcat.ota.update(modem, "1.0.0", target, 60000)), len(target.getvalue()))
    """,
    "tcat-provision": """
        import tcat.provisioning
        modem.start()
        print(modem.run(tcat.provisioning.softap(modem, "set me up", "12345678"))[0])
    """,
}


def on_uart_1(runtime: runtimes.MicroPython, module: Emulator, script: str, path: Path) -> Popen:
    """Start a script whose UART(1) is the module's port."""
    with socket.socket() as nothing, open(module.path, "r+b", buffering=0) as port:
        tty.setraw(port.fileno())
        return runtime.start(script, uart=[nothing.fileno(), port.fileno()], path=[path])


def ended(process: Popen) -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    return out


@pytest.mark.parametrize("name", ["tcat-mqtt", "tcat"])
def test_the_readme_s_example_runs_word_for_word(
    name: str, compiled: Path, micropython: runtimes.MicroPython, module: Emulator
) -> None:
    module.control.access_points([("Home", "12345678")])
    script = f"secret = 'ZHNkIGRzZCA='\n{EXAMPLE}print(topic, payload)\n"
    process = on_uart_1(micropython, module, script, compiled / name)
    until(lambda: CONTROL in module.control.state()["subscriptions"])
    module.control.cloud_publish(CONTROL, "on", 1)
    assert ended(process) == f"{CONTROL} b'on'\n"


@pytest.mark.parametrize("name", JOBS)
def test_a_package_has_the_words_of_its_purpose(
    name: str, compiled: Path, micropython: runtimes.MicroPython, module: Emulator
) -> None:
    module.control.access_points([("my network", "my password")])
    begin = "import machine, tcat\nmodem = tcat.Modem(machine.UART(1, 115200))\n"
    script = begin + textwrap.dedent(JOBS[name])
    process = on_uart_1(micropython, module, script, compiled / name)
    if name == "tcat-keeper":
        until(lambda: CONTROL in module.control.state()["subscriptions"])
        module.control.cloud_publish(CONTROL, "on", 1)
        assert ended(process) == f"('{CONTROL}', b'on') True\n"
    elif name == "tcat-ota":
        until(lambda: module.control.state()["mqtt"] == "up")
        module.control.offer_ota(image(3000), "1.1.0")
        assert ended(process) == "1.1.0 3000\n"
    else:
        until(lambda: module.control.state()["provisioning"])
        module.control.provision("success", "my network", "my password")
        assert ended(process) == "WIFI_CONNECT_SUCCESS\n"


@pytest.mark.parametrize("name", ["tcat", "tcat-provision"])
def test_mip_compiled(name: str, board: runtimes.Board, compiled: Path) -> None:
    done = board("mip", "install", compiled / f"{name}.json")
    assert done.returncode == 0, done.stdout + done.stderr
    done = board(
        "exec",
        "import tcat; from tcat import provisioning, row, refusal;"
        "print('scan ' in tcat.FORMS, tcat.__file__)",
    )
    assert done.stdout.strip() == f"{name == 'tcat'} /lib/tcat/__init__.mpy", done


ROM = """
import gc, sys, vfs
with open(sys.argv[1], "rb") as file:
    image = file.read()
vfs.mount(vfs.VfsRom(image), "/rom")
sys.path.insert(0, "/rom/lib")
import tcat, tcat.row
print(tcat.__file__, tcat.field(tcat.form("connect"), 1))
"""


def test_romfs(compiled: Path, micropython: runtimes.MicroPython) -> None:
    """The image is small, and holds what MicroPython imports."""
    image = compiled / "tcat.romfs"
    assert (compiled / "tcat-mqtt.romfs").stat().st_size < image.stat().st_size / 2
    assert 4_000 < image.stat().st_size < 24_000
    done = micropython.run(ROM, image, path=[image.parent])
    assert done.stdout == "/rom/lib/tcat/__init__.mpy +TCMQTTCONN=\n", done


@pytest.mark.parametrize("options", [[], ["--source"], ["--package", "tcat-ota"]])
def test_flash(options: list[str], board: runtimes.Board) -> None:
    words = [sys.executable, str(runtimes.HERE / "flash.py"), board.name, *options]
    done = subprocess.run(words, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stdout + done.stderr
    files, works = done.stdout.splitlines()
    assert (".py," if "--source" in options else ".mpy, ABI 6") in files
    assert works.startswith("tcat works: /lib/tcat/__init__.")


@pytest.mark.parametrize("more", [[], ["--package", "tcat-moon"]])
def test_flash_says_what_is_wrong(more: list[str]) -> None:
    words = [sys.executable, str(runtimes.HERE / "flash.py"), "/dev/no-such-port", *more]
    done = subprocess.run(words, capture_output=True, text=True, timeout=90)
    assert done.returncode == 1
    assert done.stderr.startswith("flash: ") and done.stderr.count("\n") == 1


@pytest.mark.parametrize("wrong", ["", "modem.subscribe(5)", "modem.no_such_call()"])
def test_stubs(wrong: str, tmp_path: Path) -> None:
    (tmp_path / "use.py").write_text(f"{USE}\n{wrong}\n")
    words = [sys.executable, "-m", "mypy", "--strict", "--no-incremental", "use.py"]
    environment = {"MYPYPATH": str(runtimes.TCAT), "PATH": ""}
    done = subprocess.run(
        words, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=110
    )
    assert (done.returncode == 0) == (not wrong), done.stdout


def test_a_build_of_some_groups(tmp_path: Path, wasm: runtimes.MicroPython) -> None:
    words = [sys.executable, "-m", "codegen", "--groups", "mqtt,ota", "--out", str(tmp_path)]
    subprocess.run(words, cwd=runtimes.ROOT, check=True, timeout=60)
    done = wasm.run(
        "from tcat import FORMS\nprint(['\\n%s ' % n in FORMS for n in ('connect', 'set_ota', 'echo_off', 'join')])\n",
        path=[tmp_path / "micropython"],
    )
    assert done.stdout == "[True, True, True, False]\n", done.stderr
