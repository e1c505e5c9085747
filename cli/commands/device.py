"""`device`: the identity with which the module connects: set, register, show, clear."""

from __future__ import annotations

import contextlib
from functools import reduce
from operator import xor
from typing import Annotated, Any

import typer

import tencent_at

from ..desk.exits import Exit, Stop
from ..desk.language import said
from ..desk.options import Json, session
from ..desk.output import facts, note, plain, print_json
from ..desk.port import opened
from ..desk.secrets import SecretFile, secret

__all__ = ["app", "bcc", "store"]

app = typer.Typer(no_args_is_help=True, help="The identity: set, register, show, clear.")
DEVICE_VARIABLE = "TENCENT_AT_DEVICE_SECRET"
PRODUCT_VARIABLE = "TENCENT_AT_PRODUCT_SECRET"
Product = Annotated[str, typer.Argument(help="Product id of the cloud console.", metavar="PRODUCT")]
Name = Annotated[str, typer.Argument(help="Name of the device in its product.", metavar="NAME")]


def bcc(text: str) -> int:
    """The module's checksum of a secret: XOR of its bytes (manual 2.1)."""
    return reduce(xor, text.encode(), 0)


def store(modem: tencent_at.Modem, product: str, name: str, device_secret: str) -> None:
    """Store an identity and read it back; Stop with Exit.WRONG where the module holds another."""
    modem.set_device_info(product, name, device_secret)
    found = modem.device_info()
    kept = (found.product_id, found.device_name, found.secret_bcc)
    if kept != (product, name, bcc(device_secret)):
        raise Stop(
            Exit.WRONG,
            f"the module kept {kept[0]} {plain(kept[1])} with BCC {kept[2]}, "
            f"not {product} {name} with BCC {bcc(device_secret)}",
            "Set it again; if it stays, the line loses bytes: tencent-at doctor.",
        )


@app.command("set")
def set_identity(
    context: typer.Context,
    product: Product,
    name: Name,
    secret_file: SecretFile = None,
    json: Json = False,
) -> None:
    """Store product id, device name and device secret, and verify them by checksum.

    The secret is asked for, or comes from TENCENT_AT_DEVICE_SECRET or --secret-file.
    """
    made = session(context)
    value = secret(made, "device secret", DEVICE_VARIABLE, secret_file)
    with opened(made) as modem:
        store(modem, product, name, value)
    _show({"product_id": product, "device_name": name, "secret_bcc": bcc(value)}, json)
    if not json:
        note("stored and verified", "green")


@app.command()
def register(
    context: typer.Context,
    product: Product,
    name: Name,
    secret_file: SecretFile = None,
    json: Json = False,
) -> None:
    """Obtain the device secret from the cloud with the product secret (dynamic registration).

    The product secret is asked for, or comes from TENCENT_AT_PRODUCT_SECRET or --secret-file.
    Wi-Fi must be joined.
    """
    made = session(context)
    value = secret(made, "product secret", PRODUCT_VARIABLE, secret_file)
    with opened(made) as modem:
        modem.set_product_info(product, value, name)
        if modem.product_info().secret_bcc != bcc(value):
            raise Stop(Exit.WRONG, "the module kept another product secret", "Try again.")
        modem.register()
        found = _identity(modem)
    _show(found, json)
    if not json:
        note("registered", "green")


@app.command()
def show(context: typer.Context, json: Json = False) -> None:
    """Show the stored identity; of the secret only its checksum. Exit code 8 when none is stored."""
    with opened(session(context)) as modem:
        found = _identity(modem)
        with contextlib.suppress(tencent_at.CommandRefused):
            row = modem.product_info()
            found["product_secret_bcc"] = row.secret_bcc
    _show(found, json)
    if found["product_id"] is None:
        raise Stop(
            Exit.WRONG,
            "" if json else "no identity is stored",
            "tencent-at device set PRODUCT NAME, or device register PRODUCT NAME",
        )


@app.command()
def clear(
    context: typer.Context,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Erase identity and OTA image, and restart the module."""
    if not yes:
        typer.confirm(said("Erase the identity in the module?"), abort=True, err=True)
    with opened(session(context)) as modem:
        modem.restore()
    note("cleared; the module restarts", "green")


def _identity(modem: tencent_at.Modem) -> dict[str, Any]:
    try:
        row = modem.device_info()
    except tencent_at.CommandRefused as error:
        if error.number != 207:
            raise
        return {"product_id": None, "device_name": None, "secret_bcc": None}
    return {
        "product_id": row.product_id,
        "device_name": row.device_name,
        "secret_bcc": row.secret_bcc,
    }


def _show(found: dict[str, Any], json: bool) -> None:
    if json:
        print_json(found)
    else:
        facts((name.replace("_", " "), value) for name, value in found.items())
