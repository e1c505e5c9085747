"""Bytes of strangers never reach a terminal raw: messages, names of access points and devices, log lines, captures."""

import dataclasses
import json
import pathlib
import unicodedata
from collections.abc import Callable

import pytest

import tencent_at_emulator
from tencent_at.wire.notation import harmless
from tencent_at_cli import command
from tencent_at_emulator.wifi import AccessPoint
from tests.cli.conftest import Cli, Make, Module, Terminal
from tests.cli.meanwhile import soon, within
from tests.names import DATA

OSC = "\x1b]0;owned\x07"
CSI, C1 = "\x1b[2J\x1b[31m", "\x9b2J\x90q\x9c"
TURNED = "\u202egpj.exe\u2066\u2028\u200e"
EVIL = f"{OSC}{CSI}{C1}{TURNED}\x7f\b\r"
NAMED = "D\x1b[31m\u202e".encode().decode("latin-1")
SAFE = "\n\t"
TURNS = "LRE RLE LRO RLO PDF LRI RLI FSI PDI".split()


def steering(text: str) -> list[str]:
    """The signs of a text that no terminal should get: controls, line ends of Unicode, and what turns the order."""
    return [
        sign
        for sign in text
        if sign not in SAFE
        and (
            unicodedata.category(sign) in ("Cc", "Zl", "Zp")
            or unicodedata.bidirectional(sign) in TURNS
            or sign in "\u200e\u200f\u061c"
        )
    ]


def haunted(module: Make, given: str = "connected") -> Module:
    """A module whose surroundings have such names, and that says such lines by itself."""
    made = module(given)
    inside = made.control.emulator
    name = EVIL.encode()[:32]
    points = [AccessPoint(name, b"12345678"), AccessPoint(b"Home", b"12345678")]

    def work() -> None:
        inside.air.points = points
        inside.module.station.place(points[0])
        if inside.flash.device:
            inside.flash.device = dataclasses.replace(inside.flash.device, device_name=NAMED)

    made.control.call(work)
    made.control.stray(EVIL + "\r\n")
    return made


def said(made: Module) -> None:
    made.control.cloud_publish(DATA, EVIL)
    made.control.cloud_publish(DATA, json.dumps({"text": EVIL}, ensure_ascii=False))
    made.control.stray(f"+TCOTASTATUS:{EVIL},{EVIL}\r\n")


def taped(folder: pathlib.Path) -> str:
    head = {"capture": 1, "port": EVIL, "baud": 115200, "started": "2026-01-31T12:00:00+00:00"}
    lines = [
        ("<", "line", f"+TCMQTTCONN:{EVIL}"),
        (">", "command", f"AT+{EVIL}"),
        ("<", "ok", "OK"),
    ]
    rows = [{"t": 0, "way": w, "kind": k, "data": d + "\u23ce"} for w, k, d in lines]
    tape = folder / "tape.jsonl"
    text = "".join(json.dumps(row) + "\n" for row in (head, *rows))
    tape.write_text(text, encoding="utf-8")
    return str(tape)


# What each command is asked; @ stands for a capture, $ for a file that there is not yet.
WORDS = {
    "ports": "ports",
    "info": "info",
    "doctor": "doctor",
    "explain": f"explain +TCMQTTRCVPUB:{EVIL} +CWJAP:{EVIL} {EVIL}",
    "wifi scan": "wifi scan",
    "wifi join": f"wifi join {EVIL[:8]} --open",
    "wifi status": "wifi status",
    "wifi leave": "wifi leave",
    "device show": "device show",
    "device set": f"device set CTQS08Y5LG D{CSI}",
    "device register": f"device register CTQS08Y5LG D{CSI}",
    "device clear": "device clear --yes",
    "connect": "connect",
    "disconnect": "disconnect",
    "pub": f"pub {EVIL[:6]} text",
    "sub": "sub CTQS08Y5LG/Dev01/data -n 2 --timeout 8",
    "shell": "shell",
    "monitor": "monitor --seconds 1.5",
    "capture": "-v capture $ --seconds 1.5",
    "replay": "replay @",
    "report": "report @ $",
    "factory": "factory @",
    "demo": "demo",
    "emulate": "emulate --nonsense",
    "provision softap": f"provision softap {CSI} --timeout 1",
    "provision smartconfig": "provision smartconfig --timeout 1",
    "ota watch": "ota watch 1.0.0 --timeout 1",
    "ota download": "ota download --to $",
}
NO_JSON = (
    "capture",
    "report",
    "shell",
    "emulate",
    "demo",
    "ota download",
    "device clear",
    "wifi leave",
)


def test_every_command_is_asked() -> None:
    names = {name for _, name, _ in command.COMMANDS}
    for _, name, _ in command.GROUPS:
        names |= {f"{name} {each}" for each in command._made(name).commands}
    assert names - set(WORDS) <= {each for each in names if each.startswith("cloud")}


@pytest.mark.parametrize("form", ["", "-v --json"])
@pytest.mark.parametrize("name", WORDS)
def test_nothing_that_steers_comes_out(
    cli: Cli,
    module: Make,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: pathlib.Path,
    name: str,
    form: str,
) -> None:
    forms = [each for each in form.split() if each != "--json" or name not in NO_JSON]
    for variable in ("SOFTAP_PASSWORD", "DEVICE_SECRET", "PRODUCT_SECRET"):
        monkeypatch.setenv(f"TENCENT_AT_{variable}", "YWJjZGVm")
    made = haunted(module, "" if name.startswith("provision") else "connected")
    replaced = {"@": taped(tmp_path), "$": str(tmp_path / "made")}
    words = [replaced.get(word, word) for word in WORDS[name].split(" ")]
    where = ["--port", made.url] if name not in ("ports", "explain", "emulate", "demo") else []
    if name in ("sub", "monitor", "capture"):
        soon(
            lambda: said(made),
            0.4,
            within(made, "subscriptions") if name == "sub" else lambda: True,
        )
    line = f"AT+{EVIL}\n+++\nAT+CWJAP?\nAT+CWLAP\n:help CWJAP\n:scan\n"
    result = cli(*where, *words, *forms, input=line.encode())
    assert "Traceback" not in result.err
    assert not steering(result.out + result.err), result
    assert result.out + result.err or name in ("ports", "monitor")
    if name == "sub":
        assert r"\u202e" in result.out and "owned" in result.out, result
    if "--json" in forms and result.out:
        for text in result.out.splitlines() if name in ("sub", "monitor", "pub") else [result.out]:
            json.loads(text)


def test_a_payload_goes_into_a_pipe_as_it_is(cli: Cli, module: Make) -> None:
    made = haunted(module)
    soon(lambda: made.control.cloud_publish(DATA, EVIL), 0.3, within(made, "subscriptions"))
    assert EVIL in cli("--port", made.url, "sub", DATA, "-n", "1", "--timeout", "8", "--raw").out


def test_and_onto_a_terminal_harmless(terminal: Callable[..., Terminal]) -> None:
    with tencent_at_emulator.running(given="connected", open_topics=True) as emulator:
        run = terminal("--port", emulator.path, "sub", DATA, "-n", "1", "--raw")
        run.see("Ctrl-C ends")
        emulator.control.cloud_publish(DATA, EVIL + "字")
        run.see("字")
        assert run.end() == 0
    assert OSC not in run.written and r"\x1b]0;owned\x07" in run.written


def test_what_is_harmless_stays() -> None:
    for text in ("字 café 👨‍👩‍👧 é Ж\n\tx", "a\\x1b", ""):
        assert harmless(text) == text
    assert harmless("a\nb\tc", lines=False) == r"a\x0ab\x09c"
    assert not steering(harmless("".join(map(chr, range(0xD800))) + "\U000e0041\ufeff"))
