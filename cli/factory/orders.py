"""Orders: which identities are to be given, as a CSV file that people make with whatever they have."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ..commands.device import bcc
from ..desk.exits import Exit, Stop
from ..desk.files import text

__all__ = ["Unit", "read_units", "table_of"]

_NEEDED = ("product_id", "device_name")
_SECRETS = ("device_secret", "product_secret")
_COLUMNS = (*_NEEDED, *_SECRETS, "port", "serial")
# A head is read without its capitals, blanks and signs: Device Name, deviceName and DEVICE-NAME are device_name.
_NAMES = {name.replace("_", ""): name for name in _COLUMNS} | {
    "产品id": "product_id",
    "设备名称": "device_name",
    "设备密钥": "device_secret",
    "产品密钥": "product_secret",
    "串口": "port",
    "序列号": "serial",
}
_SEPARATORS = ",;\t，；|"
_ADVICE = "Columns: product_id, device_name, device_secret (or product_secret), and port and serial if you like."


@dataclass(frozen=True)
class Unit:
    """A row of the order: which identity, and on which port (any, where it says none).

    Its device secret is known, or the module obtains it with the product secret.
    """

    product_id: str
    device_name: str
    device_secret: str = field(default="", repr=False)
    product_secret: str = field(default="", repr=False)
    port: str = ""
    serial: str = ""
    row: int = 0

    @property
    def key(self) -> str:
        """The identity, as one word."""
        return f"{self.product_id}/{self.device_name}"

    @property
    def bcc(self) -> int | None:
        """The checksum of the device secret; None where only the module will know it."""
        return bcc(self.device_secret) if self.device_secret else None


def read_units(path: Path) -> list[Unit]:
    """The units of an order; Stop, naming file, line and what is wrong, where one cannot be right."""
    rows = table_of(text(path, chinese=True), str(path))
    _, head = next(rows, (1, []))
    columns = _columns(path, head)
    units: list[Unit] = []
    seen: dict[str, int] = {}
    for number, row in rows:
        where = f"{path}:{number}"
        if any(row[len(head) :]):
            raise Stop(Exit.USAGE, f"{where}: {len(row)} cells where the head has {len(head)}")
        values = {name: row[at] if at < len(row) else "" for name, at in columns.items()}
        unit = _unit(where, values, number)
        if unit.key in seen:
            text_ = f"{where}: {unit.key} stands in row {seen[unit.key]} already"
            raise Stop(Exit.USAGE, text_)
        seen[unit.key] = number
        units.append(unit)
    return units


def _columns(path: Path, head: list[str]) -> dict[str, int]:
    # Which column holds what.
    found: dict[str, int] = {}
    for at, cell in enumerate(head):
        name = _NAMES.get(re.sub(r"[\W_]+", "", cell).casefold())
        if name in found:
            raise Stop(Exit.USAGE, f"{path}: two columns {name}", _ADVICE)
        if name:
            found[name] = at
    missing = [name for name in _NEEDED if name not in found]
    missing += [] if any(name in found for name in _SECRETS) else [_SECRETS[0]]
    if missing:
        raise Stop(Exit.USAGE, f"{path}: no column {', '.join(missing)}", _ADVICE)
    return found


def _unit(where: str, values: dict[str, str], number: int) -> Unit:
    empty = [name for name in _NEEDED if not values[name]]
    if not any(values.get(name) for name in _SECRETS):
        empty.append(next(name for name in _SECRETS if name in values))
    if empty:
        raise Stop(Exit.USAGE, f"{where}: no {', '.join(empty)}")
    for name, value in values.items():
        if not value.isprintable():
            raise Stop(Exit.USAGE, f"{where}: {name} holds what cannot be printed")
    if values.get("device_secret"):
        values["product_secret"] = ""
    return Unit(**values, row=number)


def table_of(whole: str, name: str) -> Iterator[tuple[int, list[str]]]:
    """The rows of a CSV text that are not blank, each with the line of the file on which it begins."""
    first = 0
    said = re.match(r"sep=(.)\n", whole)  # a word of Excel's
    if said:
        first, whole = 1, whole[said.end() :]
    head = whole.lstrip("\n").partition("\n")[0]
    separator = said[1] if said else max(_SEPARATORS, key=head.count)
    reader = csv.reader(
        io.StringIO(whole, newline=""), delimiter=separator, skipinitialspace=True, strict=True
    )
    begins = 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield first + begins, cells
            begins = reader.line_num + 1
    except csv.Error as error:
        text_ = f"{name}:{first + begins}: {error}"
        raise Stop(Exit.USAGE, text_, "Is a quotation mark open, or one too many?") from None
