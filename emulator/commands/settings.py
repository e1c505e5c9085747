"""Module information and settings (manual 2.4, 6.5-6.7)."""

from __future__ import annotations

import ipaddress
from dataclasses import asdict, replace
from typing import Any

from ..module import Module, command
from ..spec import Form

FLASH_ERROR, NO_ADDRESS = 207, 204


@command("TCMODULE", "exec")
async def module_facts(module: Module, form: Form, values: list[Any]) -> None:
    """2.4."""
    info = module.flash.module
    facts = {
        **module.generation.facts,
        "mac": module.mac,
        "hardware": info.name,
        "flash": f"{info.flash_size}MB",
    }
    _labelled(module, form, facts)
    module.ok(form)


@command("TCVER", "exec")
async def version(module: Module, form: Form, values: list[Any]) -> None:
    """6.7."""
    _labelled(module, form, {**module.generation.facts, "mac": module.mac})
    module.say(b"Tencent Technology Co. Ltd.\r\n")
    module.ok(form)


def _labelled(module: Module, form: Form, facts: dict[str, str]) -> None:
    for name, label in form.labels:
        module.say(f"{label}: {facts.get(name, '')}\r\n".encode("latin-1"))


@command("TCMODINFOSET", "read")
async def module_info(module: Module, form: Form, values: list[Any]) -> None:
    """6.5."""
    info = module.flash.module
    module.fields(form, {**asdict(info), "module_name": info.name.encode("latin-1")})
    module.ok(form)


@command("TCMODINFOSET", "set")
async def set_module_info(module: Module, form: Form, values: list[Any]) -> None:
    """6.5."""
    module.ok(form)
    given = form.named(values)
    name = given.pop("module_name").decode("latin-1")
    module.flash.module = replace(module.flash.module, name=name, **given)
    module.result(form, 0 if module.flash.save() else FLASH_ERROR)


@command("TCMQTTSRV", "read")
async def mqtt_server(module: Module, form: Form, values: list[Any]) -> None:
    """6.6: unquoted."""
    unset = "<null>" if module.quirks.null_server else ""
    server = module.server if module.generation.any_server else module.flash.mqtt_server
    module.row(form, (server or unset).encode("latin-1"))
    module.ok(form)


@command("TCMQTTSRV", "set")
async def set_mqtt_server(module: Module, form: Form, values: list[Any]) -> None:
    """6.6: its FAIL has no number."""
    module.ok(form)
    address = values[0].decode("latin-1")
    if module.generation.any_server:  # kept until the next restart
        module.server = address
        module.result(form)
        return
    try:
        ipaddress.IPv4Address(address)
    except ValueError:
        module.result(form, NO_ADDRESS)
        return
    module.flash.mqtt_server = address
    module.flash.save()
    module.result(form)
