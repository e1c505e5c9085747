"""Known secrets, every command with full tracing, and a search through all that was written."""

import base64
import pathlib
import re
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest

from tests import names
from tests.cli.conftest import Cli, Module, Terminal
from tests.cli.meanwhile import soon, within
from tests.cli.test_ota import IMAGE

WIFI = 'Wi-Fi, "pass"\\word'
SOFTAP = "Zugang-5ecret"
DEVICE = base64.b64encode(b"device-5ecret").decode()
PRODUCT = base64.b64encode(b"product-5ecret").decode()
SECRETS = (WIFI, SOFTAP, DEVICE, PRODUCT, "Tippfehler99")


def spellings() -> list[str]:
    """The secrets as they are, escaped as on the wire, escaped again as in JSON, in base64, per cent, and in parts."""
    made = set(SECRETS)
    for secret in SECRETS:
        escaped = re.sub(r'([\\",])', r"\\\1", secret)
        made |= {
            escaped,
            *(text.replace("\\", "\\\\").replace('"', '\\"') for text in (secret, escaped)),
        }
        made |= {secret[:6], secret[-6:]}
        made |= {quote(secret, safe=""), quote_plus(secret, safe=""), secret.encode().hex()}
        # Wherever in a longer text it began: what three beginnings have in common.
        for before in range(3):
            coded = base64.b64encode(b"\0" * before + secret.encode()).decode()
            made.add(coded[4 if before else 0 : len(coded) // 4 * 4 - 4])
    return sorted(made)


def test_no_secret_is_written(
    cli: Cli,
    module: Callable[..., Module],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: pathlib.Path,
) -> None:
    made = module("wifi off")
    made.control.access_points([("Home", WIFI)])
    for name, value in (
        ("WIFI_PASSWORD", WIFI),
        ("SOFTAP_PASSWORD", SOFTAP),
        ("DEVICE_SECRET", DEVICE),
        ("PRODUCT_SECRET", PRODUCT),
    ):
        monkeypatch.setenv(f"TENCENT_AT_{name}", value)
    order = tmp_path / "order.csv"
    order.write_text(f"product_id,device_name,device_secret\nCTQS08Y5LG,Unit,{DEVICE}\n")
    escaped = re.sub(r'([\\",])', r"\\\1", WIFI)
    script = (
        f'AT+CWJAP="Home","{escaped}"\nAT+CWJAP="Home","Tippfehler99",\nAT+TCSAP="x","{SOFTAP}"\n'
        f'AT+TCSTOPSAP\nAT+TCDEVINFOSET=1,"CTQS08Y5LG","Dev01","{DEVICE}"\n:help CWJAP\n'
        f'AT+TCPRDINFOSET=1,"CTQS08Y5LG","{PRODUCT}","Dev01"\n'
    )
    written = []
    number = 0

    def run(*words: str, input: bytes = b"", codes: tuple[int, ...] = (0,)) -> None:
        nonlocal number
        number += 1
        tape = tmp_path / f"{number}.jsonl"
        result = cli("-v", "--port", made.url, "--capture", str(tape), *words, input=input)
        assert result.code in codes, (words, result)
        written.append(result.out + result.err)

    run("wifi", "scan")
    run("wifi", "join", "Home")
    run("wifi", "join", "Nowhere", codes=(5,))
    run("wifi", "join", "Home")
    run("device", "set", names.PRODUCT, names.DEVICE)
    run("device", "set", names.PRODUCT, "x" * 49, codes=(2,))
    run("device", "register", names.PRODUCT, "Dev02")
    run("device", "set", names.PRODUCT, names.DEVICE)
    run("device", "show", "--json")
    run("info")
    run("doctor")
    run("connect")
    run("pub", "./data", f"my secret is {DEVICE}")
    soon(
        lambda: made.control.cloud_publish(names.DATA, DEVICE),
        0.1,
        within(made, "subscriptions"),
    )
    run("sub", "./data", "-n", "1", "--timeout", "20", "--json")
    soon(lambda: made.control.offer_ota(IMAGE, "2.0.0"), 0.2, within(made, "ota"))
    run("ota", "watch", "1.0.0", "--timeout", "20", "--save", str(tmp_path / "image"))
    run("disconnect")
    soon(lambda: made.control.provision("success", "Home", WIFI), 0.3, within(made, "provisioning"))
    run("provision", "softap", "--timeout", "15")
    run("provision", "smartconfig", "--timeout", "1", codes=(9,))
    run("shell", input=script.encode())
    run("wifi", "join", "Home")  # provisioning has left it
    run("factory", str(order))
    run("factory", str(order), "--json", "--ssid", "Home", "--again")
    run("demo", "--ssid", "Home", "--product", names.PRODUCT, "--name", names.DEVICE)
    run("demo", "--ssid", "Home", "--product", names.PRODUCT, "--name", names.DEVICE, "--json")
    run("monitor", "--seconds", "0.5")
    run("capture", str(tmp_path / "m.jsonl"), "--seconds", "0.5")
    run("explain", f'AT+TCDEVINFOSET=1,"a","b","{DEVICE}"')
    for at in range(1, number):
        tape = tmp_path / f"{at}.jsonl"
        if tape.exists():
            written.append(cli("report", str(tape)).err)
            written.append(cli("replay", str(tape)).out)
    run("device", "clear", "--yes")

    order.unlink()
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "image"]
    assert len(files) > 40
    everything = "\n".join(written) + "\n".join(
        path.read_text("utf-8", "replace") for path in files
    )
    assert "***" in everything
    assert [text for text in spellings() if text in everything] == []


def test_a_secret_typed_at_a_prompt_is_not_shown(terminal: Callable[..., Terminal]) -> None:
    shell = terminal("--port", "emu://?noise=0", "-v", "wifi", "join", "tencent-at")
    shell.see("Wi-Fi password:")
    shell.type("12345678\r")
    assert shell.end() == 0
    assert "12345678" not in shell.written


def test_a_secret_typed_in_the_shell_is_not_shown_and_not_kept(
    terminal: Callable[..., Terminal], tmp_path: pathlib.Path
) -> None:
    shell = terminal("--port", "emu://?noise=0", "shell", HOME=str(tmp_path))
    shell.see(">")
    shell.read(1.0)
    shell.type('AT+CWJAP="tencent-at","12345678"')
    shell.see("••••••••")
    shell.type("\r")
    shell.see("WIFI GOT IP")
    shell.type("\x04")
    assert shell.end() == 0
    assert "12345678" not in shell.written
    history = (tmp_path / ".tencent-at-history").read_text()
    assert "AT+CWJAP" in history and "12345678" not in history
