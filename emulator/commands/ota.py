"""Firmware update as the host sees it (manual 4)."""

from __future__ import annotations

from typing import Any

from ..module import Module, command, state_guard
from ..spec import Form

TIMED_OUT, EMPTY, NO_FIRMWARE, FLASH_ERROR, AT_THE_END = 202, 205, 207, 207, 208
WORD = 4  # bytes: the unit in which flash is read


@command("TCOTASET", "read")
async def ota(module: Module, form: Form, values: list[Any]) -> None:
    """4.1: the row comes before the OK."""
    updater = module.updater
    fields = b'%d,"%s"' % (updater.state != "off", updater.version.encode("latin-1"))
    if module.quirks.row_after_ok:
        module.ok(form)
        module.row(form, fields)
    else:
        module.row(form, fields)
        module.ok(form)


@command("TCOTASET", "set")
async def set_ota(module: Module, form: Form, values: list[Any]) -> None:
    """4.1: enabling subscribes and reports; the download is the background's."""
    module.ok(form)
    enabled, version = values
    updater = module.updater
    if not enabled:
        updater.end_task()
        updater.stop()
        updater.version = version.decode("latin-1")
        module.result(form)
        return
    answer = updater.start(version.decode("latin-1"))
    code = await module.within(answer, module.command_timeout)
    if code is None:
        updater.stop()
    module.result(form, TIMED_OUT if code is None else code)


@command("TCFWINFO", "read")
async def firmware_info(module: Module, form: Form, values: list[Any]) -> None:
    """4.2: OK first, then the row; the offset goes back to 0."""
    image = module.flash.firmware
    if image is None:
        module.cme(NO_FIRMWARE)
        return
    if image.own:
        module.cme(AT_THE_END)
        return
    if not image.data:
        module.cme(EMPTY)
        return
    module.updater.offset = 0
    fields = b'"%s",%d,"%s",%d' % (
        image.version.encode("latin-1"),
        len(image.data),
        image.md5.encode("ascii"),
        module.flash.module.fw_max_size,
    )
    if module.quirks.row_before_ok:
        module.row(form, fields)
        module.ok(form)
    else:
        module.ok(form)
        module.row(form, fields)


@state_guard("TCREADFWDATA", "set")
def nothing_to_read(module: Module) -> int:
    """4.3: asked before the length is looked at."""
    image = module.flash.firmware
    if image is None:
        return NO_FIRMWARE
    return AT_THE_END if module.updater.offset >= len(image.data) else 0


@command("TCREADFWDATA", "set")
async def read_firmware(module: Module, form: Form, values: list[Any]) -> None:
    """4.3: OK first, then raw bytes by count, or a refusal behind the OK."""
    image, updater = module.flash.firmware, module.updater
    assert image is not None  # the guard has looked
    module.ok(form)
    if module.fail_next is not None:
        code, module.fail_next = module.fail_next, None
        module.cme(code)
        return
    if updater.offset % WORD:
        module.cme(FLASH_ERROR)
        return
    data = image.data[updater.offset : updater.offset + values[0]]
    updater.offset += len(data)
    shown = data.hex().upper().encode() if module.quirks.hex_firmware else data
    module.row(form, b"%d,%s" % (len(data), shown))
