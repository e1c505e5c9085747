"""The board's packages by revision: each is built and imported, and encodes what its own table says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import black
import pytest

import tencent_at_emulator
from boards import mpy, runtimes
from codegen.layer import found
from codegen.paths import COMMANDS
from tests.boards.conftest import Wired

ENCODE = r"""
import tcat


def line(call, *args, **kw):
    # A call as it would be written, or what is wrong with it.
    form = tcat.form(call)
    try:
        _, line, payload, _ = tcat.encode(form, args, kw)
    except (TypeError, ValueError):
        from tcat.refusal import refusal

        return refusal(form, args, kw)
    return bytes(line).decode().strip() + (f" {len(payload)}" if payload else "")


SUB = "PRODUCT", "device"
print(line("bind_sub_device", 0, *SUB, "c2VjcmV0"))
print(line("bind_sub_device", 1, *SUB))
print(line("bind_sub_device", 0, *SUB))
print(line("bind_sub_device", 1, *SUB, "c2VjcmV0"))
print(line("bind_sub_device", 0, product_id="P", device_name="d", device_secret="cw=="))
print(line("bind_sub_device", 0, product_id="P", device_name="d"))
print(line("bind_sub_device", True, *SUB))
print(line("bind_sub_device", "0", *SUB, "c2VjcmV0"))
print(line("bind_sub_device", 0, *SUB, "c2VjcmV0", "more"))
print(line("publish_raw", "t", 0, b'\0\\"\\,\\\\\xff\r\n'))
print(line("publish_raw", "t", 0, b"+++\r\n"))
print(line("publish_raw", "t", 0, b"\0+++\r\n"))
print(line("publish_raw", "t", 0, b"x" * 60 + b"+++"))
print(line("publish_raw", "t", 0, b"x" * 2049))
print(line("publish_raw", "t", 0, b""))
print(line("publish_long", "t", 0, b'a\\"'))
print(line("publish_long", "t", 0, b"a\0"))
print(line("publish_short", "t", 0, b"a\0"))
print(line("set_device_info", "P", "d", "cw==", "na-ashburn"))
print(line("set_device_info", "P", "d", "cw=="))
"""
SAID = r"""
AT+TCGWBIND=0,"PRODUCT","device","c2VjcmV0"
AT+TCGWBIND=1,"PRODUCT","device"
bind_sub_device: device_secret must be given with mode 0
bind_sub_device: device_secret goes with mode 0 alone
AT+TCGWBIND=0,"P","d","cw=="
bind_sub_device: device_secret must be given with mode 0
AT+TCGWBIND=1,"PRODUCT","device"
bind_sub_device: mode must be a number, and a whole one
bind_sub_device: 1 arguments too many
AT+TCMQTTPUBRAW="t",0,10 10
publish_raw: payload cannot carry b'+++\r\n' (byte 0)
AT+TCMQTTPUBRAW="t",0,6 6
publish_raw: payload cannot end in +++ at a length of 63 bytes (manual 3.4)
publish_raw: payload must be 1 to 2048 bytes, not 2049
publish_raw: payload must be 1 to 2048 bytes, not 0, which may crash the module
publish_long: payload cannot carry b'\\"' (byte 1)
publish_long: payload cannot carry b'\x00' (byte 1)
publish_short: payload cannot carry b'\x00' (byte 1)
AT+TCDEVINFOSET=1,"P","d","cw==","na-ashburn"
AT+TCDEVINFOSET=1,"P","d","cw=="
"""
IMPORT = """
import os, sys
wanted = %r
places = list(sys.path)
for place in places:
    try:
        os.stat(place + "/tcat")
    except OSError:
        continue
    sys.path[:] = [place] + places
    import tcat
    for name in wanted.pop(0):
        __import__("tcat." + name)
    print(tcat.form("attention"))
    for name in list(sys.modules):
        if name.split(".")[0] == "tcat":
            del sys.modules[name]
"""


@pytest.fixture(scope="module")
def plain() -> Any:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(black, "format_str", lambda text, mode: text)  # how it looks plays no part
        yield


def test_what_a_revision_lets_travel(plain: Any, micropython: Any, tmp_path: Path) -> None:
    mpy.sources("tcat", tmp_path, "V3.2.1")
    done = micropython.run(ENCODE, path=[tmp_path])
    assert done.stdout.splitlines() == SAID.splitlines()[1:], done.stdout + done.stderr


PUBLISHED = [
    b"plain",
    b"a\0b",
    b'\\",' * 60,
    b"\\," * 100,
    b"a\r\nb",
    b"\0+++\r\n",
    bytes(range(256)) * 8,
    b"x" * 300,
]
REFUSED = [b"+++\r\nx", b"x" * 58 + b"\r\ny", b"\0" * 2049, b"\0" * 60 + b"+++", b""]


def test_what_publish_accepts_arrives(plain: Any, micropython: Any, tmp_path: Path) -> None:
    mpy.sources("tcat-mqtt", tmp_path, "V3.2.1")
    arrived = []
    with tencent_at_emulator.running(boot=False, noise=False, revision="V3.2.1") as emulator:
        emulator.control.given("device set;connected")
        emulator.control.open_topics()
        cloud: Any = emulator.cloud
        told = cloud.heard

        def heard(source: Any, message: Any) -> None:
            arrived.append(message.payload)
            told(source, message)

        cloud.heard = heard
        script = f"""
for payload in {PUBLISHED!r}:
    modem.publish("a/b", payload, 1)
for payload in {REFUSED!r}:
    try:
        modem.publish("a/b", payload)
        print("sent", payload)
    except ValueError as error:
        print(error)
print(modem.mqtt_state())
"""
        out = Wired(micropython, emulator)(script, path=tmp_path)
    assert arrived == PUBLISHED
    *refusals, state = out.splitlines()
    assert state == "[1]" and len(refusals) == len(REFUSED)
    assert all(each.startswith("publish_raw: payload ") for each in refusals), refusals


@pytest.mark.parametrize("revision", list(found(COMMANDS))[:1])
def test_each_package_is_built_and_imported(
    plain: Any, revision: str, micropython: Any, tmp_path: Path
) -> None:
    names = [mpy.ALL, mpy.names(revision)[-1]]
    wanted = []
    for name in names:
        folder = tmp_path / name / "tcat"
        runtimes.compile_mpy(mpy.sources(name, tmp_path / f"{name}-source", revision), folder)
        wanted.append([f.stem for f in sorted(folder.glob("*.mpy")) if f.stem != "__init__"])
    done = micropython.run(IMPORT % wanted, path=[tmp_path / name for name in names])
    assert done.stdout.splitlines() == ["attention   k 10"] * len(names), done.stdout + done.stderr
