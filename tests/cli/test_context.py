"""Advice that knows what was under way: the same number says something else behind another command."""

from __future__ import annotations

import pytest

import tencent_at
from tencent_at_cli.commands.provision import _result
from tencent_at_cli.desk import complaint, language


@pytest.mark.parametrize(
    ("call", "number", "english", "chinese"),
    [
        ("publish_short", 202, "right to publish", "权限"),
        ("publish_long", 202, "right to publish", "权限"),
        ("publish_long", 204, "lost", "丢了字节"),
        ("connect", 202, "Wi-Fi is joined", "WiFi"),
    ],
)
def test_a_number_behind_a_call(
    call: str,
    number: int,
    english: str,
    chinese: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    error = tencent_at.CommandFailed(call, number, ["cme"])
    complaint.say(error, 6, None)
    assert english in " ".join(capsys.readouterr().err.split())
    monkeypatch.setattr(language, "LANGUAGE", ["zh"])
    advice = complaint._advice(error, "zh")
    assert chinese in advice


def test_a_provisioning_that_failed_by_the_password() -> None:
    assert "password" in _result(("WIFI_CONNECT_FAILED", 10, 204), 1.0)["advice"]
    assert "password" not in _result(("WIFI_CONNECT_FAILED", 3, 204), 1.0).get("advice", "")
