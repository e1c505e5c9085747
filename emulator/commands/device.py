"""Device identity and dynamic registration (manual 2)."""

from __future__ import annotations

from functools import reduce
from operator import xor
from typing import Any

from ..flash import Device, Product
from ..module import Module, command
from ..spec import Form

NOT_STORED = 207
TIMED_OUT = 202
NO_ROUTE = -8


def bcc(secret: str) -> int:
    """The checksum shown in place of a secret (1.2): XOR of its bytes."""
    return reduce(xor, secret.encode("latin-1"), 0)


def _shown(kept: Device | Product) -> dict[str, bytes | int]:
    return {
        "tls_mode": 1,
        "product_id": kept.product_id.encode("latin-1"),
        "device_name": kept.device_name.encode("latin-1"),
        "secret_bcc": bcc(kept.secret),
        "product_region": kept.region.encode("latin-1"),
    }


@command("TCDEVINFOSET", "read")
async def device_info(module: Module, form: Form, values: list[Any]) -> None:
    """2.1: the secret shows as its checksum."""
    device = module.flash.device
    if device is None:
        module.cme(NOT_STORED)
        return
    module.fields(form, _shown(device))
    module.ok(form)


@command("TCDEVINFOSET", "set")
async def set_device_info(module: Module, form: Form, values: list[Any]) -> None:
    """2.1: kept in flash."""
    module.ok(form)
    module.flash.device = Device(*(part.decode("latin-1") for part in values[1:]))
    module.result(form, 0 if module.flash.save() else NOT_STORED)


@command("TCPRDINFOSET", "read")
async def product_info(module: Module, form: Form, values: list[Any]) -> None:
    """2.2: the checksum stands before the name."""
    product = module.flash.product
    if product is None:
        module.cme(NOT_STORED)
        return
    module.fields(form, _shown(product))
    module.ok(form)


@command("TCPRDINFOSET", "set")
async def set_product_info(module: Module, form: Form, values: list[Any]) -> None:
    """2.2: the secret stands before the name."""
    module.ok(form)
    module.flash.product = Product(*(part.decode("latin-1") for part in values[1:]))
    module.result(form, 0 if module.flash.save() else NOT_STORED)


@command("TCDEVREG", "exec")
async def register(module: Module, form: Form, values: list[Any]) -> None:
    """2.3: asks the cloud, ten seconds at most; the secret goes to flash."""
    module.ok(form)
    product = module.flash.product
    if product is None:
        module.result(form, NOT_STORED)
        return
    if module.station.joined is None:
        module.result(form, NO_ROUTE)
        return
    pending = module.session.uplink.register(product)
    answer = await module.within(pending, module.timing.register)
    if isinstance(answer, str):
        module.flash.device = Device(
            product.product_id, product.device_name, answer, product.region
        )
        answer = 0 if module.flash.save() else NOT_STORED
    module.result(form, TIMED_OUT if answer is None else answer)


@command("TCRESTORE", "exec")
async def restore(module: Module, form: Form, values: list[Any]) -> None:
    """2.5: forgets the identity and restarts."""
    module.ok(form)
    module.flash.forget_identity()
    module.flash.save()
    await module.restart()
