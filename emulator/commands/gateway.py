"""Sub-devices of a gateway (V3.2.1, 7)."""

from __future__ import annotations

from typing import Any

from ..cloud.gateway import BIND, OFFLINE, ONLINE, UNBIND
from ..module import INVALID, Module, command
from ..spec import Form
from ..task import Pending

NO_ANSWER, TIMED_OUT = -1001, 202


@command("TCGWBIND", "set")
async def bind(module: Module, form: Form, values: list[Any]) -> None:
    """7.1: a secret to bind, none to unbind."""
    given = form.named(values)
    unbind = given["mode"] == 1
    if unbind == ("device_secret" in given):
        module.cme(INVALID)
        return
    await _ask(module, form, given, UNBIND if unbind else BIND)


@command("TCGWONLINE", "set")
async def set_online(module: Module, form: Form, values: list[Any]) -> None:
    """7.2: from then on the topics of the sub-device may be used."""
    given = form.named(values)
    what = OFFLINE if given["mode"] == 1 else ONLINE
    if await _ask(module, form, given, what):
        return
    device = _device(given)
    if what == ONLINE:
        module.session.sub_devices[device] = None
    else:
        module.session.sub_devices.pop(device, None)


@command("TCGWONLINE", "read")
async def online(module: Module, form: Form, values: list[Any]) -> None:
    """7.2: one quoted text with a comma in it; nothing while unconnected."""
    if module.session.connected:
        for product, name in module.session.sub_devices:
            module.row(form, b'"%s,%s"' % (product, name))
    module.ok(form)


def _device(given: dict[str, Any]) -> tuple[bytes, bytes]:
    return given["product_id"], given["device_name"]


async def _ask(module: Module, form: Form, given: dict[str, Any], what: str) -> int:
    module.ok(form)
    if module.fail_next is not None:
        return module.result(form)
    session = module.session
    topic = module.updater.topic("operation/result", "$gateway")
    if topic not in session.subscriptions:
        code = await module.within(session.subscribe(topic, 0), module.command_timeout)
        if code:
            return module.result(form, code)
    product, name = (part.decode("latin-1") for part in _device(given))
    answer: Pending[int] = session.uplink.gateway(what, product, name)
    code = await module.within(answer, module.timing.gateway)
    return module.result(form, NO_ANSWER if code is None else code)
