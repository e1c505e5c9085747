# Copied from runtime/cpython/firmware.py: edit that.
"""Fetching a firmware image from the module: what to ask next, and what to do with the answer. No I/O but the file."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Generator
from pathlib import Path
from typing import IO, Any

from . import records
from .errors import CommandRefused, FirmwareDamaged, InvalidArgument, ModuleError, Timeout

_LARGEST = 4096  # bytes a read (manual 4.3)
_TRIES = 3  # how often a read that fails is begun anew without a byte gained

Wish = tuple[Any, ...]


class Download:
    """One download. Ask step() for the next call, give it the answer (or the ModuleError), until it says None.

    The module hands out the image from its beginning whenever TCFWINFO is asked, so a part that is already stored
    is read again, compared, and kept.
    """

    info: records.FirmwareInfo

    def __init__(
        self,
        target: str | os.PathLike[str] | IO[bytes],
        chunk: int = 1024,
        progress: Callable[[int, int], object] | None = None,
    ) -> None:
        if chunk not in range(4, _LARGEST + 1, 4):
            raise InvalidArgument(
                f"download_firmware: chunk must be 4 to {_LARGEST}, a multiple of 4, not {chunk!r} (manual 4.3)"
            )
        self._path: Path | None = Path(target) if isinstance(target, (str, os.PathLike)) else None
        self._file: Any = None
        if self._path is None:
            self._file = target
        self._chunk = chunk
        self._progress = progress
        self._work = self._steps()
        self._begun = False

    def __enter__(self) -> Download:
        return self

    def __exit__(self, *exc: object) -> None:
        self._work.close()
        if self._path and self._file is not None:
            self._file.close()
            if self._part.exists() and not self._part.stat().st_size:
                self._part.unlink()

    def step(self, answer: Any) -> Wish | None:
        """The next call, as (name, arguments…); None when the image is stored and whole.

        answer: what the last call returned, or the ModuleError that it raised; raises it again where it is final.
        """
        try:
            if not self._begun:
                self._begun = True
                return next(self._work)
            if isinstance(answer, ModuleError):
                return self._work.throw(answer)
            if isinstance(answer, Exception):
                raise answer
            return self._work.send(answer)
        except StopIteration:
            return None

    def _steps(self) -> Generator[Wish, Any, None]:
        old = self._open()
        gained = stored = 0
        tries = 0
        while True:
            try:
                self.info = records.FirmwareInfo.from_row((yield ("firmware_info",)))
                done = yield from self._read(old, stored)
            except (CommandRefused, Timeout) as error:
                stored = self._stored
                if (
                    not self._worth_a_try(error)
                    or (tries := 0 if stored > gained else tries + 1) >= _TRIES
                ):
                    raise
                gained = max(gained, stored)
                old = 0
                continue
            self._finish(done)
            return

    def _worth_a_try(self, error: ModuleError) -> bool:
        # A read was damaged or refused on the way; not so where nothing is stored at all.
        return hasattr(self, "info") and self._reading and error.number not in (205, 208)

    _reading = False
    _stored = 0  # bytes that this download has written

    def _read(self, old: int, written: int) -> Generator[Wish, Any, str]:
        # The image from its beginning: bytes that an earlier run stored are compared, ours are skipped.
        size = self.info.size
        digest = hashlib.md5(usedforsecurity=False)
        at = 0
        self._reading = True
        while at < size:
            data = yield "read_firmware", min(self._chunk, (size - at + 3) & ~3)
            if not data:
                raise FirmwareDamaged(
                    f"the image ends after {at} bytes; {size} were announced (manual 4.3)"
                )
            digest.update(data)
            if at < old and not self._same(data[: old - at], at):
                old = at
                self._file.seek(at)
                self._file.truncate()
            new = data[max(0, max(old, written) - at) :]
            if new:
                self._file.write(new)
            at += len(data)
            self._stored = max(self._stored, at)
            if self._progress is not None:
                self._progress(min(at, size), size)
        self._reading = False
        if at != size:
            raise FirmwareDamaged(f"the image has {at} bytes; {size} were announced (manual 4.3)")
        return digest.hexdigest()

    def _same(self, data: bytes, at: int) -> bool:
        self._file.seek(at)
        return bool(self._file.read(len(data)) == data)

    def _open(self) -> int:
        # Open the part beside the target; how many bytes are in it?
        if self._path is None:
            return 0
        part = self._part
        self._file = part.open("r+b" if part.exists() else "w+b")
        return int(self._file.seek(0, os.SEEK_END))

    @property
    def _part(self) -> Path:
        assert self._path is not None
        return self._path.with_name(self._path.name + ".part")

    def _finish(self, md5: str) -> None:
        if self._path is not None:
            self._file.truncate(self.info.size)
            self._file.flush()
            os.fsync(self._file.fileno())
            self._file.close()
        if md5 != self.info.md5.lower():
            if self._path is not None:
                with contextlib.suppress(OSError):
                    self._part.unlink()
            raise FirmwareDamaged(
                f"the image's MD5 is {md5}; {self.info.md5} was announced (manual 4.2)"
            )
        if self._path is not None:
            os.replace(self._part, self._path)
