"""A firmware image on its way into a file: the part beside it, what of it is there already, and its end."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import IO, Any

from . import firmware, records
from .errors import FirmwareDamaged, InvalidArgument
from .hands import Hands, Procedure, Trouble

CHUNK = 4096  # bytes a read, and the most there may be (manual 4.3)

Target = str | os.PathLike[str] | IO[bytes]
Progress = Callable[[int, int], object]


class Download:
    """One download, to be used in a `with` block. fetch() and update() are procedures; finish() makes it the file.

    The module hands out the image from its beginning whenever TCFWINFO is asked, so a part that an earlier run has
    stored is read again, compared, and kept as far as it is the same.
    """

    def __init__(
        self, target: Target, chunk: int = CHUNK, progress: Progress | None = None
    ) -> None:
        if chunk not in range(4, CHUNK + 1, 4):
            raise InvalidArgument(
                f"download_firmware: chunk must be 4 to {CHUNK}, a multiple of 4, not {chunk!r} (manual 4.3)"
            )
        self._path = Path(target) if isinstance(target, (str, os.PathLike)) else None
        self._target = target
        self._file: Any = None
        self._chunk = chunk
        self._progress = progress
        self._digest = hashlib.md5(usedforsecurity=False)
        self._old = self._at = 0  # bytes of an earlier run that may be the same; bytes of this one

    def __enter__(self) -> Download:
        if self._path is None:
            self._file = self._target
            return self
        self._file = self._part.open("r+b" if self._part.exists() else "w+b")
        self._old = int(self._file.seek(0, os.SEEK_END))
        return self

    def __exit__(self, *exc: object) -> None:
        if self._path is not None:
            self._file.close()
            if self._part.exists() and not self._part.stat().st_size:
                self._part.unlink()

    def fetch(self) -> Procedure:
        """Take the image that the module has."""
        return Procedure(self._fetch, self._told)

    def update(self, version: str | bytes, timeout: float) -> Procedure:
        """Wait for an upgrade, and take its image. timeout: seconds; 0 looks once."""
        return Procedure(
            lambda hands: firmware.upgrade(hands, version, int(timeout * 1000), self._fetch(hands)),
            self._told,
        )

    def finish(self, row: list[Any] | None) -> records.FirmwareInfo | None:
        """The image is whole: rename the part. row: what a procedure returned."""
        if row is None:
            return None
        if self._path is not None:
            self._file.truncate(self._at)
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
            os.replace(self._part, self._path)
        return records.FirmwareInfo.from_row(row)

    def write(self, data: bytes | memoryview) -> None:
        """The next bytes of the image."""
        size = len(data)
        if self._at + size <= self._old:
            self._file.seek(self._at)
            if self._file.read(size) == data:
                self._at += size
                return
        if self._old:  # it differs, or ends within
            self._file.seek(self._at)
            self._file.truncate()
            self._old = 0
        self._file.write(data)
        self._at += size

    def _fetch(self, hands: Hands) -> Generator[Any, Any, Any]:
        return firmware.take(
            hands, self, self._chunk, 0, self._progress, self._digest, firmware.read
        )

    def _told(self, trouble: Trouble) -> Exception | None:
        if trouble.args[1] == "md5":
            if self._path is not None:
                self._file.close()
                with contextlib.suppress(OSError):
                    self._part.unlink()
            return FirmwareDamaged(
                f"the image's MD5 is {self._digest.hexdigest()}, not the one that was announced (manual 4.2)"
            )
        if trouble.args[1] == "firmware_info":
            return FirmwareDamaged("the module has another image than at first (manual 4.2)")
        if trouble.args[1] == "read_firmware":
            return FirmwareDamaged(
                f"the image ends after {self._at} bytes, before its announced size (manual 4.3)"
            )
        return None

    @property
    def _part(self) -> Path:
        assert self._path is not None
        return self._path.with_name(self._path.name + ".part")
