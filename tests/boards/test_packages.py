"""What a user installs: mip packages, flashing with its self-check, stubs that mypy understands, group builds."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from boards import runtimes

PACKAGES = sorted(runtimes.TCAT.glob("package*.json"))
MPY = runtimes.HERE / "mpy.py"
USE = """
from collections.abc import Generator
import tcat
from tcat import aio, ota, provisioning, session

modem = tcat.Modem(None)
modem.subscribe("a/b", 1)
modem.connect(keepalive=60)
rows: list[list[str | int]] = modem.scan()
modem.run(ota.fetch(modem, bytearray(8)))
modem.run(provisioning.softap(modem, "s", "p"))
kept = session.Session(modem, [("a", 1)], keepalive=60)

async def main() -> None:
    other = aio.Modem(None)
    await other.start()
    state: list[str | int] = await other.mqtt_state()
    async for topic, payload in other:
        print(topic.upper(), payload.hex(), state)
    await kept.keep()
"""


@pytest.mark.parametrize("file", PACKAGES, ids=[file.stem for file in PACKAGES])
def test_a_package_names_files_that_are_there(file: Path) -> None:
    for target, source in json.loads(file.read_text())["urls"]:
        assert (runtimes.TCAT / source).is_file()
        assert target.startswith("tcat/")


@pytest.mark.parametrize("file", PACKAGES, ids=[file.stem for file in PACKAGES])
def test_a_package_has_what_its_modules_import(file: Path) -> None:
    package = dict(json.loads(file.read_text())["urls"])
    for source in package.values():
        text = (runtimes.TCAT / source).read_text()
        wanted = re.findall(r"^ *from \.(\w*) import (\w+)", text, re.M)
        for name in {module or name for module, name in wanted}:
            if name[0].islower():
                assert f"tcat/{name}.py" in package or name == "form", (source, name)


@pytest.mark.parametrize("name", ["package", "package-ota"])
def test_mip(name: str, board: runtimes.Board) -> None:
    done = board("mip", "install", "--no-mpy", runtimes.TCAT / f"{name}.json")
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
    assert {file.name for file in compiled.glob("*.json")} == {file.name for file in PACKAGES}
    for file in compiled.glob("*.json"):
        package = json.loads(file.read_text())
        assert package["mpy"] == 6
        for target, source in package["urls"]:
            assert (compiled / source).read_bytes()[:2] == b"M\6"
            assert target.startswith("tcat/") and target.endswith(".mpy")


@pytest.mark.parametrize("name", ["package", "package-provision"])
def test_mip_compiled(name: str, board: runtimes.Board, compiled: Path) -> None:
    done = board("mip", "install", compiled / f"{name}.json")
    assert done.returncode == 0, done.stdout + done.stderr
    done = board(
        "exec",
        "import tcat; from tcat import provisioning, row, refusal;"
        "print('join ' in tcat.FORMS, tcat.__file__)",
    )
    assert done.stdout.strip() == f"{name == 'package'} /lib/tcat/__init__.mpy", done


ROM = """
import gc, sys, vfs
with open(sys.argv[1], "rb") as file:
    image = file.read()
vfs.mount(vfs.VfsRom(image), "/rom")
sys.path.insert(0, "/rom/lib")
import tcat, tcat.row
print(tcat.__file__, tcat.form("connect")[1])
"""


def test_romfs(compiled: Path, micropython: runtimes.MicroPython) -> None:
    """The image is small, and holds what MicroPython imports."""
    image = compiled / "tcat.romfs"
    assert 4_000 < image.stat().st_size < 24_000
    done = micropython.run(ROM, image, path=[image.parent])
    assert done.stdout == "/rom/lib/tcat/__init__.mpy +TCMQTTCONN=\n", done


@pytest.mark.parametrize("options", [[], ["--source"], ["--groups", "mqtt,ota"]])
def test_flash(options: list[str], board: runtimes.Board) -> None:
    words = [sys.executable, str(runtimes.HERE / "flash.py"), board.name, *options]
    done = subprocess.run(words, capture_output=True, text=True, timeout=90)
    assert done.returncode == 0, done.stdout + done.stderr
    files, works = done.stdout.splitlines()
    assert (".py," if "--source" in options else ".mpy, ABI 6") in files
    assert works.startswith("tcat works: /lib/tcat/__init__.")


def test_flash_says_what_is_wrong() -> None:
    words = [sys.executable, str(runtimes.HERE / "flash.py"), "/dev/no-such-port"]
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
