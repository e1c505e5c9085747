"""`ports`: which serial ports there are."""

from __future__ import annotations

import serialx
import typer

from ..desk.options import Json
from ..desk.output import note, print_json, table

__all__ = ["ports"]

# Chips on the boards and adapters that usually carry this module.
CHIPS = {
    (0x1A86, 0x7523): "CH340",
    (0x1A86, 0x55D4): "CH9102",
    (0x10C4, 0xEA60): "CP210x",
    (0x0403, 0x6001): "FT232R",
    (0x0403, 0x6015): "FT231X",
    (0x067B, 0x2303): "PL2303",
}


def ports(context: typer.Context, json: Json = False) -> None:
    """List the serial ports of this computer."""
    rows = []
    for port in serialx.list_serial_ports():
        usb = f"{port.vid:04x}:{port.pid:04x}" if port.vid is not None and port.pid else ""
        chip = CHIPS.get((port.vid or 0, port.pid or 0), "")
        rows.append(
            {
                "device": str(port.device),
                "usb": usb,
                "chip": chip,
                "product": port.product or "",
                "maker": port.manufacturer or "",
                "serial": port.serial_number or "",
            }
        )
    rows.sort(key=lambda row: (not row["usb"], row["device"]))
    if json:
        print_json(rows)
    elif not rows:
        note("No serial ports. Other ways in: socket://host:port, rfc2217://host:port, emu://")
    else:
        table(
            ["port", "usb", "chip", "product", "maker", "serial"],
            [list(row.values()) for row in rows],
        )
