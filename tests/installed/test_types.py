"""What pyright says of the installed wheel, in a project that uses it: its names are public, its types complete."""

from __future__ import annotations

import ast
import json
import os
import pathlib
import shutil
import subprocess
import venv

import pytest

from boards import npm, runtimes
from tests.installed.conftest import PATIENCE, ROOT, Only

PYRIGHT = ROOT / "packaging/pyright"
USE = """
import tencent_at
from tencent_at.enums import {enums}
from tencent_at.errors import CommandFailed
from tencent_at.events import Disconnected
from tencent_at.records import DeviceInfo

NAMES = ({names})

def told(modem: tencent_at.Modem) -> str:
    if modem.mqtt_state() == tencent_at.MqttState.CONNECTED:
        return str(modem.device_info().device_name)
    for event in modem.events():
        if isinstance(event, tencent_at.events.Disconnected):
            return str(event.code)
    try:
        modem.publish("topic", b"payload", tencent_at.QoS.AT_LEAST_ONCE)
    except tencent_at.errors.CommandFailed as error:
        return error.advice.en + error.section + error.zh
    return tencent_at.records.DeviceInfo.__name__ + tencent_at.enums.QoS.__name__
"""
WRONG = (
    "\nimport tencent_at.aio\nreveal = tencent_at.logging\nnumber: int = tencent_at.explain('OK')\n"
)
GATEWAY = """
import tencent_at
from tencent_at.revisions import esp32, v3_2_1

def region(url: str) -> str | None:
    with tencent_at.open(url, revision="V3.2.1") as modem:
        modem.publish_raw("topic", 0, bytes(1))
        modem.bind_sub_device(v3_2_1.enums.Binding.BIND, "PRODUCT", "device", "c2VjcmV0")
        modem.set_module_info("name", 2, 0, 0x111000, 0)
        told: v3_2_1.Modem = modem
        return told.device_info().product_region

async def bound(url: str) -> list[esp32.records.BoundSubDevices]:
    async with tencent_at.open_async(url, revision="ESP32") as modem:
        return await modem.bound_sub_devices()

def asked(url: str) -> tencent_at.Modem:
    return tencent_at.open(url, revision=None)
"""
LACKING = """
tencent_at.open("first").publish_raw("topic", 0, bytes(1))
tencent_at.open("first", revision="V3.2.0").device_info().product_region
tencent_at.open("first", revision="V3.2.1").bound_sub_devices()
tencent_at.open("first", revision="V3.2.1").set_module_info("name", 2, 0, 1, 2, 3, 4)
"""


@pytest.fixture
def project(only: Only, tmp_path: pathlib.Path) -> pathlib.Path:
    """A project beside an environment in which the wheel is installed as pip does it."""
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    site = only("serialx")
    (there,) = home.glob("[Ll]ib/**/site-packages")
    there.rmdir()
    shutil.move(site, there)
    (tmp_path / "project").mkdir()
    return tmp_path / "project"


def judged(project: pathlib.Path, *words: str) -> str:
    """What pyright prints in the project, with the environment's Python first on the path."""
    assert npm.install(PYRIGHT) is None
    bin = project.parent / "venv" / ("Scripts" if os.name == "nt" else "bin")
    env = os.environ | {"PATH": f"{bin}{os.pathsep}{os.environ['PATH']}"}
    pyright = str(PYRIGHT / "node_modules/pyright/index.js")
    done = subprocess.run(
        [str(runtimes.node()), pyright, *words],
        cwd=project,
        env=env,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    return done.stdout


def test_all_that_is_public_is_public_for_a_checker(project: pathlib.Path) -> None:
    import tencent_at

    names = ", ".join(f"tencent_at.{name}" for name in tencent_at.__all__)
    text = USE.format(names=names, enums=", ".join(tencent_at.enums.__all__))
    (project / "use.py").write_text(text, encoding="utf-8")
    said = judged(project)
    assert "0 errors" in said, said
    (project / "use.py").write_text(text + WRONG, encoding="utf-8")
    said = judged(project)
    assert "reportPrivateImportUsage" in said and "2 errors" in said, said


def test_a_checker_sees_the_calls_of_the_revision_that_was_opened(project: pathlib.Path) -> None:
    import tencent_at

    if "ESP32" not in tencent_at.revisions.REVISIONS:
        pytest.skip("this package speaks one revision")
    (project / "use.py").write_text(GATEWAY, encoding="utf-8")
    said = judged(project)
    assert "0 errors" in said, said
    (project / "use.py").write_text(GATEWAY + LACKING, encoding="utf-8")
    said = judged(project)
    for word in ("publish_raw", "product_region", "bound_sub_devices", "6 positional"):
        assert word in said, (word, said)
    assert "4 errors" in said, said


def test_the_types_are_complete(project: pathlib.Path) -> None:
    found = json.loads(judged(project, "--verifytypes", "tencent_at", "--outputjson"))
    symbols = found["typeCompleteness"]["symbols"]
    unknown = {
        symbol["name"]: symbol["diagnostics"] for symbol in symbols if not symbol["isTypeKnown"]
    }
    assert len(symbols) > 500 and found["typeCompleteness"]["completenessScore"] == 1.0, unknown


@pytest.mark.parametrize(("name", "kind"), [("link", "Link"), ("dialogue", "Dialogue")])
def test_the_stub_of_the_engine_names_what_there_is(name: str, kind: str) -> None:
    def of(path: pathlib.Path) -> set[str]:
        (made,) = (
            node
            for node in ast.parse(path.read_text("utf-8")).body
            if isinstance(node, ast.ClassDef) and node.name == kind
        )
        found = set()
        for node in ast.walk(made):
            if isinstance(node, ast.FunctionDef):
                found.add(node.name)
            elif isinstance(node, ast.Attribute) and ast.unparse(node.value) == "self":
                found |= {node.attr} if isinstance(node.ctx, ast.Store) else set()
        for entry in made.body:
            for target in getattr(entry, "targets", [getattr(entry, "target", None)]):
                if isinstance(target, ast.Name):
                    found.add(target.id)
        return {each for each in found if not each.startswith("_")}

    package = ROOT / "generated/cpython/tencent_at"
    assert of(package / f"{name}.pyi") == of(package / f"{name}.py")
