"""The board examples, as they are, on the bench: to their end."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from boards import mpy, runtimes
from codegen.load import load
from tencent_at_emulator import Emulator
from tests.boards.conftest import Wired
from tests.boards.test_ota import digest, image
from tests.names import CONTROL
from tests.waiting import until

EXAMPLES = runtimes.ROOT / "examples" / "boards"


def serving(example: str) -> list[str]:
    """The packages that have the modules which the example imports."""
    text = (EXAMPLES / f"{example}.py").read_text(encoding="utf-8")
    wanted = set(re.findall(r"^from tcat\.(\w+) import", text, re.M))
    for names in re.findall(r"^from tcat import (.+)", text, re.M):
        wanted |= {name for name in names.split(", ") if name.islower()}
    spec = load()
    return [mpy.ALL, *(name for name in spec.packages if wanted <= set(spec.whole(name).modules))]


def on_each(example: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("package", serving(example))


@pytest.fixture
def place(package: str, tmp_path: Path) -> Path:
    """The directory that holds the package's tcat."""
    return mpy.sources(package, tmp_path / "package").parent


def start(
    wired: Wired, place: Path, name: str, then: str = "", **more: object
) -> subprocess.Popen[str]:
    process: subprocess.Popen[str] = wired.start(
        f"import {name}\n{then}",
        EXAMPLES,
        begin=f"import sys\nsys.path.append({str(place)!r})\n",
        **more,
    )
    return process


def end(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, out + err
    return str(out)


def test_every_example_is_played() -> None:
    ours = Path(__file__).read_text(encoding="utf-8")
    for file in EXAMPLES.glob("*.py"):
        if "import tcat" in (text := file.read_text(encoding="utf-8")) or "from tcat" in text:
            assert f'on_each("{file.stem}")' in ours, file
            assert len(serving(file.stem)) > 1, "no package but the whole has its modules"


@on_each("sensor")
def test_sensor(on_unix: Wired, module: Emulator, place: Path) -> None:
    process = start(on_unix, place, "sensor", "sensor.set_up()\nsensor.run()\n")
    until(lambda: CONTROL in module.control.state()["subscriptions"])
    module.control.cloud_publish(CONTROL, '{"every": 1}', 1)
    module.control.cloud_publish(CONTROL, '{"stop": 1}', 1)
    assert end(process) == "up\nordered: {'every': 1}\nordered: {'stop': 1}\n"


@on_each("sensor")
def test_sensor_says_why_it_never_comes_up(on_unix: Wired, module: Emulator, place: Path) -> None:
    """A wrong network is named at the first attempt."""
    module.control.given("wifi off")
    module.control.access_points([("Elsewhere", "12345678")])
    process = start(on_unix, place, "sensor", "sensor.set_up()\nsensor.run()\n")
    assert process.stdout is not None
    line = process.stdout.readline()
    process.kill()
    assert line.startswith("down: ") and "join" in line


@on_each("app_asyncio")
def test_asyncio_app(on_unix: Wired, module: Emulator, place: Path) -> None:
    process = start(on_unix, place, "app_asyncio")
    until(lambda: CONTROL in module.control.state()["subscriptions"])
    module.control.cloud_publish(CONTROL, "stop", 1)
    assert end(process) == f"ordered: {CONTROL} b'stop'\n"


@on_each("updater")
def test_updater(on_unix: Wired, module: Emulator, place: Path, tmp_path: Path) -> None:
    data = image(5_000)
    module.control.given("connected")
    module.control.offer_ota(data, "1.1.0")
    said = "5000 of 5000\nstored: 1.1.0 5000\n"
    assert end(start(on_unix, place, "updater", cwd=tmp_path)) == said
    assert digest((tmp_path / "new-firmware.bin").read_bytes()) == digest(data)
    # As if the run had been broken off half way.
    (tmp_path / "new-firmware.bin").write_bytes(data[:2500])
    assert end(start(on_unix, place, "updater", cwd=tmp_path)) == said
    assert digest((tmp_path / "new-firmware.bin").read_bytes()) == digest(data)


@on_each("first_boot")
def test_first_boot(on_unix: Wired, module: Emulator, place: Path) -> None:
    module.control.given("wifi off")
    process = start(on_unix, place, "first_boot")
    until(lambda: module.control.state()["provisioning"] or process.poll() is not None)
    module.control.provision("success")
    out = end(process)
    assert "WIFI_CONNECT_SUCCESS None None\njoined: Home\n" in out
