"""--compare: what a revision changed, in English and Chinese; and one revision rendered under a name of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from codegen.paths import GENERATED
from tests.codegen.test_generate import run


def test_it_tells_every_kind_of_change() -> None:
    done = run("--compare", "V3.1.3", "V3.2.1")
    assert done.returncode == 0, done.stderr
    head, rule, *rows = done.stdout.splitlines()
    assert head.startswith("| V3.1.3 → V3.2.1 |") and rule == "|---|---|---|"
    assert all(row.count("|") == 4 for row in rows)
    for wanted in (
        "| `TCMQTTPUBRAW` (3.5) | new: Publish a binary message | 新增：发布二进制消息 |",
        "| `TCMQTTSUB` | section `3.5` → `3.6` | 章节 `3.5` → `3.6` |",
        "| `TCMQTTDISCONN` | needs `mqtt: connected, ota: off` → `mqtt: connected` |",
        "| `TCMODINFOSET?` | field `fw_info_address` gone: ",
        "| `TCSAP=` | argument `password`: `string, 1 to 32 bytes` → `string, 8 to 32 bytes, optional` |",
        "UPDATEFAIL UPDATERESET` |",
        "| cme 211 | new: Update of the module itself failed | 新增：模组自身升级失败 |",
        "| table cme | section `7.2` → `8.2` |",
    ):
        assert wanted in done.stdout, wanted


def test_the_other_way_round_what_was_new_is_gone() -> None:
    said = run("--compare", "V3.2.1", "V3.2.0").stdout
    assert "| `TCGWBIND` (7.1) | gone: Bind a sub-device | 删除：绑定子设备 |" in said
    assert run("--compare", "V3.2.1", "V3.2.1").stdout.splitlines()[2:] == ["| | nothing | 无 |"]
    unknown = run("--compare", "V3.1.3", "V3.3.0")
    assert unknown.returncode == 2 and "no revision, edition or family is called" in unknown.stderr


def test_a_revision_as_a_package_of_its_own(tmp_path: Path) -> None:
    words = ("--revision", "ESP32", "--package", "tencent_at_esp32", "--out", tmp_path)
    assert run(*words).returncode == 0
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'cpython')!r})\n"
        "import tencent_at_esp32 as one, tencent_at as other\n"
        "from tencent_at_esp32 import events, meanings, wire\n"
        "print(one.manual.REVISION, other.manual.REVISION)\n"
        "print(hasattr(one.Modem, 'set_sub_device'), hasattr(other.Modem, 'set_sub_device'))\n"
        "print(meanings.TABLES['gateway'].codes[809].zh, one.Storing(1).name)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout == "ESP32 V3.1.3\nTrue False\n再次绑定 DELETE\n", done.stderr
    for name in ("class", "os", "tcat", "Upper", "a-b"):
        refused = run("--package", name, "--out", tmp_path)
        assert refused.returncode == 2 and refused.stderr.startswith(f"--package {name}: ")


def test_a_page_has_each_beside_the_one_before_it() -> None:
    page = (GENERATED / "docs/revisions.md").read_text(encoding="utf-8")
    tables = [line for line in page.splitlines() if " → " in line and "what changed" in line]
    assert [line.split(" | ")[0].strip("| ") for line in tables] == [
        "V3.1.3 → V3.2.0",
        "V3.2.0 → V3.2.1",
        "V3.2.1 → ESP32",
        "V3.1.3 → M6315",
    ]
    assert run("--compare", "V3.2.0", "V3.2.1").stdout in page
