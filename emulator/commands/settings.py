"""Module information and settings (manual 2.4, 6.5-6.7)."""

from __future__ import annotations

import ipaddress
from typing import Any

from ..flash import ModuleInfo
from ..module import Module, command
from ..spec import Form

FLASH_ERROR, NO_ADDRESS = 207, 204
FACTS = {
    "compiled": "Jul 19 2019 20:30:10",
    "sdk": "3.1.0",
    "firmware": "QCloud_AT_ESP_WiFi_v1.2.0",
}


@command("TCMODULE", "exec")
async def module_facts(module: Module, form: Form, values: list[Any]) -> None:
    """2.4."""
    info = module.flash.module
    facts = {
        **FACTS,
        "mac": module.mac,
        "hardware": info.name,
        "flash": f"{info.flash_size}MB",
    }
    _labelled(module, form, facts)
    module.ok(form)


@command("TCVER", "exec")
async def version(module: Module, form: Form, values: list[Any]) -> None:
    """6.7."""
    _labelled(module, form, {**FACTS, "mac": module.mac})
    module.say(b"Tencent Technology Co. Ltd.\r\n")
    module.ok(form)


def _labelled(module: Module, form: Form, facts: dict[str, str]) -> None:
    for name, label in form.labels:
        module.say(f"{label}: {facts.get(name, '')}\r\n".encode("latin-1"))


@command("TCMODINFOSET", "read")
async def module_info(module: Module, form: Form, values: list[Any]) -> None:
    """6.5."""
    info = module.flash.module
    numbers = (
        info.flash_size,
        info.led_gpio,
        info.fw_info_address,
        info.fw_base_address,
        info.fw_max_size,
        info.fixed_conn_id,
    )
    module.row(form, b'"%s",%d,%d,%d,%d,%d,%d' % (info.name.encode("latin-1"), *numbers))
    module.ok(form)


@command("TCMODINFOSET", "set")
async def set_module_info(module: Module, form: Form, values: list[Any]) -> None:
    """6.5."""
    module.ok(form)
    module.flash.module = ModuleInfo(values[0].decode("latin-1"), *values[1:])
    module.result(form, 0 if module.flash.save() else FLASH_ERROR)


@command("TCMQTTSRV", "read")
async def mqtt_server(module: Module, form: Form, values: list[Any]) -> None:
    """6.6: unquoted."""
    unset = "<null>" if module.quirks.null_server else ""
    module.row(form, (module.flash.mqtt_server or unset).encode("latin-1"))
    module.ok(form)


@command("TCMQTTSRV", "set")
async def set_mqtt_server(module: Module, form: Form, values: list[Any]) -> None:
    """6.6: its FAIL has no number."""
    module.ok(form)
    address = values[0].decode("latin-1")
    try:
        ipaddress.IPv4Address(address)
    except ValueError:
        module.result(form, NO_ADDRESS)
        return
    module.flash.mqtt_server = address
    module.flash.save()
    module.result(form)
