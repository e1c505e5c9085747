"""Labels: a line of JSON for each good unit, and sheets of them as pictures, each with a QR code."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..desk.exits import Exit, Stop
from ..desk.files import text

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["Labels", "draw"]

DPI = 300
_MM = DPI / 25.4
_PAGE = 210.0, 297.0  # A4, in mm
_MARGIN = 8.0  # mm that no printer reaches
_SAID = "device_name", "product_id", "mac", "code"
_BEGINS = b'{"device_name": "'
_KINDS = {".png": "PNG", ".pdf": "PDF"}


class Labels:
    """The label file: a line for each good unit, as long as the result file says that it is good."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._file = path.open("a", encoding="utf-8", newline="\n")
        except OSError as error:
            raise Stop(Exit.ERROR, f"{path}: {error.strerror or error}") from None
        data = path.read_bytes()
        torn = data.rpartition(b"\n")[2]
        if torn.startswith(_BEGINS) or _BEGINS.startswith(
            torn
        ):  # a machine went down; it comes again
            self._file.truncate(len(data) - len(torn))
        self._known = {label["code"] for label in self.all()}

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def add(self, row: Mapping[str, str], again: bool = False) -> None:
        """The label of a good unit, unless it is there; again: all the same."""
        code = f"{row['product_id']};{row['device_name']};{row['mac']}"
        if code in self._known and not again:
            return
        self._known.add(code)
        label = {name: row[name] for name in _SAID[:-1]} | {"code": code}
        self._file.write(json.dumps(label, ensure_ascii=False) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    def all(self) -> list[dict[str, str]]:
        """The labels of the file, each once."""
        found: dict[str, dict[str, str]] = {}
        for number, line in enumerate(text(self.path).split("\n"), 1):
            if not line.strip():
                continue
            try:
                label = json.loads(line)
                found[label["code"]] = {name: str(label[name]) for name in _SAID}
            except (ValueError, KeyError, TypeError):
                what = f"{self.path}:{number}: not a label of this command"
                raise Stop(Exit.USAGE, what, "Put it aside, or give --labels FILE.") from None
        return list(found.values())


def draw(path: Path, labels: list[dict[str, str]], size: tuple[float, float]) -> list[Path]:
    """Sheets of labels of so many mm: one PDF, or a PNG for each page. The files; Stop where it cannot be."""
    kind = _KINDS.get(path.suffix.lower())
    if not kind:
        raise Stop(Exit.USAGE, f"{path}: a sheet is .png or .pdf")
    try:
        import PIL.Image
        import segno
    except ImportError as error:
        text_ = f"labels are not drawn here: {error}"
        raise Stop(Exit.USAGE, text_, "pip install 'tencent-at[labels]'") from None
    del PIL, segno
    pages = list(_pages(labels, size))
    if kind == "PDF":
        return [_saved(pages[0], path, kind, save_all=True, append_images=pages[1:])]
    names = [path] + [path.with_name(f"{path.stem}.{n}{path.suffix}") for n in range(1, len(pages))]
    return [_saved(page, name, kind) for page, name in zip(pages, names, strict=True)]


def _saved(page: Image, path: Path, kind: str, **more: Any) -> Path:
    try:
        page.save(path, kind, resolution=DPI, dpi=(DPI, DPI), **more)
    except OSError as error:
        raise Stop(Exit.ERROR, f"{path}: {error.strerror or error}") from None
    return path


def _pages(labels: list[dict[str, str]], size: tuple[float, float]) -> Iterator[Image]:
    from PIL import Image

    across, down = (int((page - 2 * _MARGIN) // mm) for page, mm in zip(_PAGE, size, strict=True))
    if across < 1 or down < 1 or min(size) < 10:
        raise Stop(Exit.USAGE, "a label is at least 10 mm wide and high, and fits on A4")
    each = across * down
    for start in range(0, max(len(labels), 1), each):
        page = Image.new("L", (_dots(_PAGE[0]), _dots(_PAGE[1])), 255)
        for at, label in enumerate(labels[start : start + each]):
            row, column = divmod(at, across)
            corner = _MARGIN + column * size[0], _MARGIN + row * size[1]
            page.paste(_label(label, size), (_dots(corner[0]), _dots(corner[1])))
        yield page


def _label(label: dict[str, str], size: tuple[float, float]) -> Image:
    # The code on the left, as large as whole dots let it be; what people read on the right.
    import segno
    from PIL import Image, ImageDraw, ImageFont

    width, height = _dots(size[0]), _dots(size[1])
    made = Image.new("L", (width, height), 255)
    rows = list(segno.make(label["code"], micro=False, error="m").matrix_iter(border=4))
    code = Image.frombytes(
        "L", (len(rows), len(rows)), bytes(0 if dark else 255 for row in rows for dark in row)
    )
    scale = max(min(height, width // 2) // len(rows), 1)
    code = code.resize((len(rows) * scale, len(rows) * scale), Image.Resampling.NEAREST)
    made.paste(code, (0, (height - code.height) // 2))
    pen = ImageDraw.Draw(made)
    left, room = code.width, width - code.width - _dots(1)
    for at, line in enumerate((label["device_name"], label["product_id"], label["mac"])):
        points = height // 6
        while points > 8 and pen.textlength(line, ImageFont.load_default(points)) > room:
            points -= 1
        pen.text((left, height // 6 + at * height // 4), line, 0, ImageFont.load_default(points))
    return made


def _dots(mm: float) -> int:
    return round(mm * _MM)
