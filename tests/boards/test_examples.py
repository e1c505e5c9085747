"""The board examples, as they are, on the bench: to their end."""

from __future__ import annotations

from pathlib import Path

from boards import runtimes
from tencent_at_emulator import Emulator
from tests.boards.conftest import Wired
from tests.boards.test_ota import digest, image
from tests.boards.test_session import TOPIC, until

EXAMPLES = runtimes.ROOT / "examples" / "boards"


def start(wired: Wired, name: str, **more: object) -> object:
    return wired.start(
        f"import {name}\n",
        EXAMPLES,
        begin=f"import sys\nsys.path.append({str(runtimes.TCAT)!r})\n",
        **more,
    )


def end(process: object) -> str:
    out, err = process.communicate(timeout=60)  # type: ignore[attr-defined]
    assert process.returncode == 0, out + err  # type: ignore[attr-defined]
    return str(out)


def test_sensor(on_unix: Wired, module: Emulator) -> None:
    process = on_unix.start(
        "import sensor\nsensor.set_up()\nsensor.run()\n",
        EXAMPLES,
        begin=f"import sys\nsys.path.append({str(runtimes.TCAT)!r})\n",
    )
    until(lambda: TOPIC in module.control.state()["subscriptions"])
    module.control.cloud_publish(TOPIC, '{"every": 1}', 1)
    module.control.cloud_publish(TOPIC, '{"stop": 1}', 1)
    assert end(process) == "up\nordered: {'every': 1}\nordered: {'stop': 1}\n"


def test_asyncio_app(on_unix: Wired, module: Emulator) -> None:
    process = start(on_unix, "app_asyncio")
    until(lambda: TOPIC in module.control.state()["subscriptions"])
    module.control.cloud_publish(TOPIC, "stop", 1)
    assert end(process) == f"ordered: {TOPIC} b'stop'\n"


def test_updater(on_unix: Wired, module: Emulator, tmp_path: Path) -> None:
    data = image(5_000)
    module.control.given("connected")
    module.control.offer_ota(data, "1.1.0")
    assert end(start(on_unix, "updater", cwd=tmp_path)) == "5000 of 5000\nstored: 1.1.0 5000\n"
    assert digest((tmp_path / "new-firmware.bin").read_bytes()) == digest(data)
    # As if the run had been broken off half way.
    (tmp_path / "new-firmware.bin").write_bytes(data[:2500])
    assert end(start(on_unix, "updater", cwd=tmp_path)) == "5000 of 5000\nstored: 1.1.0 5000\n"
    assert digest((tmp_path / "new-firmware.bin").read_bytes()) == digest(data)


def test_first_boot(on_unix: Wired, module: Emulator) -> None:
    module.control.given("wifi off")
    process = start(on_unix, "first_boot")
    until(lambda: module.control.state()["provisioning"])
    module.control.provision("success")
    out = end(process)
    assert "WIFI_CONNECT_SUCCESS None None\njoined: Home\n" in out
