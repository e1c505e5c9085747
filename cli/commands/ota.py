"""`ota`: wait for an upgrade, and take the image out of the module."""

from __future__ import annotations

import contextlib
import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
)

import tencent_at
from tencent_at.wire.words import decode_number

from ..desk.context import advice
from ..desk.exits import Exit, Stop
from ..desk.language import LANGUAGE, own, said
from ..desk.options import Json, Reopen, session
from ..desk.output import facts, note, plain, print_json, standard_error
from ..desk.port import calm, happenings, opened
from .mqtt import connected

__all__ = ["app"]

app = typer.Typer(no_args_is_help=True, help="Wait for an upgrade; download its image.")

STEP = 2048  # bytes a read


@app.command()
def watch(
    context: typer.Context,
    version: Annotated[str, typer.Argument(help="The version that is running now.")],
    save: Annotated[
        Path | None, typer.Option("--save", metavar="FILE", help="Download the image into a file.")
    ] = None,
    timeout: Annotated[
        float, typer.Option(metavar="SECONDS", min=0, help="Give up after so long, with code 9.")
    ] = 0,
    reopen: Reopen = True,
    json: Json = False,
) -> None:
    """Report the running version, wait for an upgrade, and with --save take its image.

    Ends when the module holds a new image; OTA is turned off again.
    """
    with opened(session(context), reopen=reopen) as modem:
        connected(modem)
        modem.set_ota(1, version)
        try:
            note(f"version {version} reported; waiting for an upgrade, Ctrl-C ends")
            values = _wait(modem, version, timeout, json)
            found = plain(modem.firmware_info()) if values[0] == "UPDATESUCCESS" else None
            if found and save:
                _save(modem, save)
                found["file"] = str(save)
        finally:
            with calm(), contextlib.suppress(tencent_at.ModuleError, tencent_at.PortError):
                modem.set_ota(0, version)
    if found:
        _show(found, json)
        return
    code = values[1] if len(values) > 1 else None
    meaning = decode_number(code, ["sdk", "cme"]) if isinstance(code, int) else []
    why = (
        getattr(meaning[0].meaning, LANGUAGE[0])
        if meaning
        else "the manual does not know this number"
    )
    known = advice("upgrade", code if isinstance(code, int) else None)
    raise Stop(
        Exit.FAILED,
        f"the upgrade failed with {code}: {why}",
        own(known) if known else getattr(meaning[0].advice, LANGUAGE[0]) if meaning else "",
    )


@app.command()
def download(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="Where the image goes.", dir_okay=False)],
    json: Json = False,
) -> None:
    """Download the image that the module holds, and check its MD5. Goes on where it broke off."""
    with opened(session(context)) as modem:
        found = plain(_save(modem, file))
    found["file"] = str(file)
    _show(found, json)


def _wait(
    modem: tencent_at.Modem, version: str, timeout: float, json: bool
) -> tuple[str | int, ...]:
    with standard_error().status(said("waiting …")) as status:
        for came in happenings(modem, timeout or None):
            if not isinstance(came, tencent_at.Event):
                continue
            if json:
                print_json({"event": came.name, "values": list(came.values)}, line=True)
            if came.name == "port_back":
                connected(modem)
                modem.set_ota(1, version)
            if came.name in ("port_back", "port_lost"):
                continue
            if came.name != "ota_status":
                note(came.name.replace("_", " "), "yellow")
                continue
            if came.values[0] != "ENTERUPDATE":
                return came.values
            status.update(said("the module downloads the image …"))
    raise Stop(Exit.WAITED, f"no upgrade in {timeout:g} s", "Start it in the console.")


def _save(modem: tencent_at.Modem, file: Path) -> Any:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    began = time.monotonic()
    with Progress(*columns, console=standard_error(), transient=True) as progress:
        task = progress.add_task(file.name, total=None)
        image = modem.download_firmware(
            file,
            STEP,
            lambda done, total: progress.update(task, completed=done, total=total),
        )
    seconds = time.monotonic() - began
    note(f"{image.size} bytes in {seconds:.1f} s, MD5 correct", "green")
    return image


def _show(found: dict[str, Any], json: bool) -> None:
    if json:
        print_json({name: value for name, value in found.items() if name != "extra"}, line=True)
    else:
        facts((name.replace("_", " "), value) for name, value in found.items() if name != "extra")
