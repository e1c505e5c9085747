"""The walls, on planted trees."""

import pathlib

import pytest

from tests.architecture.tree import plant
from tests.architecture.walls import forbidden_imports

BAD_IMPORTS = [
    ("emulator/a.py", "import tencent_at"),
    ("emulator/a.py", "import tencent_at.link as l"),
    ("emulator/a.py", "from tcat import link"),
    ("emulator/a.py", "def f():\n    from runtime.engine import link"),
    ("emulator/a.py", "import codegen"),
    ("emulator/a.py", "import generated.cpython.tencent_at"),
    ("emulator/a.py", "import emulator.b"),
    ("emulator/a.py", "import requests"),
    ("emulator/a.py", "import pytest"),
    ("emulator/a.py", "import yaml"),
    ("emulator/pytest_plugin.py", "import pytest"),
    ("emulator/a.py", "from .. import runtime"),
    ("emulator/web/a.py", "from ...runtime import link"),
    ("emulator/a.py", "import importlib\nimportlib.import_module('tencent_at')"),
    ("emulator/a.py", "x = __import__('tencent_at')"),
    ("emulator/a.py", "from importlib import import_module\nimport_module('..runtime')"),
    ("codegen/a.py", "import emulator"),
    ("codegen/a.py", "from tencent_at_emulator import wire"),
    ("codegen/a.py", "import tencent_at"),
    ("codegen/a.py", "import generated"),
    ("codegen/a.py", "from runtime.engine import codec"),
    ("codegen/a.py", "from ..runtime.engine import codec"),
    ("runtime/engine/a.py", "import time"),
    ("runtime/engine/a.py", "from micropython import const"),
    ("runtime/engine/a.py", "from __future__ import annotations"),
    ("runtime/engine/a.py", "try:\n    import typing\nexcept ImportError:\n    pass"),
    ("runtime/engine/a.py", "from ..cpython import modem"),
    ("runtime/cpython/a.py", "import serial"),
    ("runtime/cpython/a.py", "import tencent_at_emulator"),
    ("runtime/micropython/a.py", "import dataclasses"),
    ("runtime/micropython/a.py", "import enum"),
    ("generated/cpython/tencent_at/a.py", "import yaml"),
    ("generated/cpython/tencent_at/a.py", "from .. import codec"),
    ("generated/micropython/tcat/a.py", "import re"),
    ("generated/micropython/tcat/a.py", "import typing"),
]


@pytest.mark.parametrize(("name", "source"), BAD_IMPORTS)
def test_a_forbidden_import_is_named(tmp_path: pathlib.Path, name: str, source: str) -> None:
    plant(tmp_path, {name: source})
    (complaint,) = forbidden_imports(tmp_path)
    assert complaint.startswith(f"{name}:")
    assert ": imports " in complaint and ", but " in complaint


GOOD_IMPORTS = [
    ("emulator/a.py", "import asyncio, aiomqtt, serialx, paho.mqtt.client\nfrom . import b"),
    ("emulator/a.py", "from __future__ import annotations\nfrom tencent_at_emulator import wire"),
    ("emulator/web/a.py", "from ..wire import Wire"),
    ("codegen/a.py", "import yaml, jinja2, black, jsonschema\nfrom . import model"),
    ("runtime/engine/a.py", "from . import codec\nfrom .tables import FORMS"),
    ("runtime/cpython/a.py", "import serialx, enum, typing\nfrom .link import Link"),
    ("runtime/micropython/a.py", "import time, machine, asyncio\nfrom .link import Link"),
    ("generated/cpython/tencent_at/a.py", "import dataclasses\nfrom . import link"),
    ("generated/cpython/tencent_at/inner/a.py", "from .. import link"),
    ("generated/micropython/tcat/a.py", "from micropython import const\nfrom . import link"),
]


@pytest.mark.parametrize(("name", "source"), GOOD_IMPORTS)
def test_an_allowed_import_is_left_alone(tmp_path: pathlib.Path, name: str, source: str) -> None:
    plant(tmp_path, {name: source})
    assert forbidden_imports(tmp_path) == []
