"""`info`: module, versions, device, Wi-Fi, MQTT and OTA on one screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import typer
from rich.console import Group
from rich.table import Table
from rich.text import Text

import tencent_at

from ..desk.language import said
from ..desk.options import Json, session
from ..desk.output import note, pairs, plain, print_json, standard_output, word
from ..desk.port import opened
from .doctor import FIRMWARE

__all__ = ["gather", "info"]

T = TypeVar("T")
WIDE = 90  # columns of a terminal with room for two
TITLES = {
    "module": "Module",
    "versions": "Versions",
    "device": "Device",
    "wifi": "Wi-Fi",
    "mqtt": "MQTT",
    "ota": "OTA",
}


def info(context: typer.Context, json: Json = False) -> None:
    """Show module, versions, device, Wi-Fi, MQTT and OTA on one screen."""
    with opened(session(context)) as modem:
        found = gather(modem)
    if json:
        print_json(found)
    else:
        _show(found)
    if not found["versions"]["iot_sdk"] and found["versions"]["esp_at"]:
        note("a plain ESP-AT, without Tencent's commands", "yellow")
        note(f"→ {FIRMWARE}", "green")


def _show(found: dict[str, Any]) -> None:
    # Two columns where there is room for them.
    console = standard_output()
    blocks = []
    for name, title in TITLES.items():
        values = found[name]
        rows = _flat(values) if values else [("", said("none is stored"))]
        named = [(name.replace("_", " "), value) for name, value in rows]
        blocks.append(Group(Text(said(title), "bold"), pairs(named), ""))
    if console.width < WIDE:
        console.print(Group(*blocks))
        return
    grid = Table.grid(padding=(0, 6, 0, 0))
    grid.add_row(Group(*blocks[:3]), Group(*blocks[3:]))
    console.print(grid)


def gather(modem: tencent_at.Modem) -> dict[str, Any]:
    """All that the module tells about itself; what it refuses is left out, what is not there is None."""
    module, version, esp = _ask(modem.module), _ask(modem.version), _ask(modem.esp_version)
    device, joined = _ask(modem.device_info), _ask(modem.access_point)
    addresses = _ask(modem.addresses) or []
    state, connection = _ask(modem.mqtt_state), _ask(modem.connection)
    subscriptions = _ask(modem.subscriptions) or [] if state else []
    image = _ask(modem.firmware_info)
    found: dict[str, Any] = {
        "module": {
            "hardware": module and module.hardware,
            "mac": module and module.mac,
            "flash": module and module.flash,
            "free_memory": _ask(modem.free_memory),
        },
        "versions": {
            "firmware": (version and version.firmware) or (module and module.firmware),
            "iot_sdk": version and version.sdk,
            "esp_at": esp and esp.at,
            "compiled": version and version.compiled,
        },
        "device": device
        and {
            "product_id": device.product_id,
            "device_name": device.device_name,
            "secret_bcc": device.secret_bcc,
        },
        "wifi": {
            "mode": _ask(modem.wifi_mode),
            **_joined(joined),
            **{row.which: row.address for row in addresses},
        },
        "mqtt": {
            "state": state,
            "keepalive": connection and connection.keepalive,
            "reconnect": connection and bool(connection.reconnect),
            "server": _ask(modem.mqtt_server) or None,
            "subscriptions": [{"topic": row.topic, "qos": int(row.qos)} for row in subscriptions],
        },
        "ota": _ota(_ask(modem.ota), image),
    }
    made: dict[str, Any] = plain(found)
    return made


def _joined(joined: Any) -> dict[str, Any]:
    if not joined:
        return {"ssid": None}
    return {name: getattr(joined, name) for name in ("ssid", "bssid", "channel", "rssi")}


def _ota(ota: Any, image: Any) -> dict[str, Any]:
    return {
        "enabled": bool(ota.enabled) if ota else None,
        "version": (ota.version or None) if ota else None,
        "image": image and {"version": image.version, "size": image.size, "md5": image.md5},
    }


def _flat(values: dict[str, Any]) -> list[tuple[str, object]]:
    rows: list[tuple[str, object]] = []
    for name, value in values.items():
        if isinstance(value, dict):
            rows.append((name, ", ".join(f"{k} {word(v)}" for k, v in value.items())))
        elif isinstance(value, list):
            text = ", ".join(f"{v['topic']} (QoS {v['qos']})" for v in value)
            rows.append((name, text or None))
        else:
            rows.append((name, value))
    return rows


def _ask(question: Callable[[], T]) -> T | None:
    # The answer, or None where the module has none: nothing stored, not possible now, not known.
    try:
        return question()
    except (tencent_at.CommandRefused, tencent_at.CommandFailed, tencent_at.UnexpectedAnswer):
        return None
