"""The ledger of a station: every identity that was ever given here, whatever the order; by name and by module."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import typer

from ..desk.exits import Exit, Stop

__all__ = ["BEGUN", "DONE", "FREE", "HELD", "Ledger", "Use", "Used", "place"]

VARIABLE = "TENCENT_AT_LEDGER"
# What may have become of an identity: about to be written; in the module and proved; perhaps in it; not in it.
BEGUN, DONE, HELD, FREE = "begun", "done", "held", "free"
_APPLICATION = 0x54434154  # TCAT: whose file it is
_TABLE = """
create table if not exists uses (
  id integer primary key, product_id text not null, device_name text not null, mac text not null,
  port text not null, state text not null, time text not null, source text not null, again integer not null
)"""
_COLUMNS = "product_id, device_name, mac, port, state, time, source, again"


@dataclass(frozen=True)
class Use:
    """What became of an identity: on which module, at which port, when, by which order."""

    product_id: str
    device_name: str
    mac: str
    port: str
    state: str
    time: str
    source: str = ""
    again: bool = False

    def __str__(self) -> str:
        was = {BEGUN: "begun", DONE: "given", HELD: "given, not proved,", FREE: "tried"}[self.state]
        place_ = f"{self.product_id}/{self.device_name} was {was} on {self.mac or 'a module'}"
        return f"{place_} at {self.port}, {self.time}" + (f" ({self.source})" * bool(self.source))

    def binds(self, mac: str) -> bool:
        """Must the identity be given to no other module than the one of then? `mac` is the one at hand."""
        return self.state != FREE and (not mac or self.mac != mac)


class Used(Exception):
    """An identity that was given before: the text names unit, MAC, port and time."""


def place(file: Path | None) -> Path:
    """Where the ledger is: as asked, or one for each user of this computer."""
    named = os.environ.get(VARIABLE)
    return file or (Path(named) if named else Path(typer.get_app_dir("tencent-at"), "ledger.db"))


class Ledger:
    """The ledger, shared by all lines of this station that run at the same time. Stop where it cannot be used."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.RLock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._broken(error.strerror or str(error)) from None
        with self._whole():
            self._base = sqlite3.connect(
                path, timeout=30, isolation_level=None, check_same_thread=False
            )
            self._base.execute("pragma synchronous = extra")
            found = self._base.execute("pragma application_id").fetchone()[0]
            tables = self._base.execute("select count(*) from sqlite_master").fetchone()[0]
            if found != _APPLICATION and tables:
                raise self._broken("is the data base of another program")
            self._base.execute(_TABLE)
            self._base.execute("create index if not exists by_name on uses (product_id, device_name)")  # fmt: skip
            self._base.execute(f"pragma application_id = {_APPLICATION}")

    def close(self) -> None:
        """Close it."""
        self._base.close()

    def last(self, product_id: str, device_name: str) -> Use | None:
        """What became of an identity in the end."""
        found = self._uses("where product_id = ? and device_name = ?", product_id, device_name)
        return found[-1] if found else None

    def find(self, what: str) -> list[Use]:
        """All that was done to the module of a MAC, or with a device's name."""
        bare = "".join(sign for sign in what if sign.isalnum()).lower()
        return self._uses(
            "where replace(replace(lower(mac), ':', ''), '-', '') = ? or device_name = ?",
            bare,
            what,
        )

    def begin(self, use: Use) -> None:
        """Keep that an identity is about to be written; Used where another module may have it, unless `again`."""
        with self._whole(), self._alone():
            before = self.last(use.product_id, use.device_name)
            if before and not use.again and before.binds(use.mac):
                raise Used(str(before))
            self._write(use)

    def end(self, use: Use) -> None:
        """Keep what became of it."""
        with self._whole(), self._alone():
            self._write(use)

    def _write(self, use: Use) -> None:
        values = [getattr(use, name) for name in _COLUMNS.split(", ")]
        self._base.execute(
            f"insert into uses ({_COLUMNS}) values ({', '.join('?' * len(values))})", values
        )

    def _uses(self, where: str, *values: str) -> list[Use]:
        with self._whole():
            asked = f"select {_COLUMNS} from uses {where} order by id"
            with self._lock:
                rows = self._base.execute(asked, values).fetchall()
        return [
            Use(**dict(zip(_COLUMNS.split(", "), row, strict=True)) | {"again": bool(row[-1])})
            for row in rows
        ]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # Asked and kept as one: no other line comes in between, and it is on the disk at the end.
        with self._lock:
            self._base.execute("begin immediate")
            try:
                yield
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._base.execute("rollback")
                raise
            self._base.execute("commit")

    @contextmanager
    def _whole(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._broken(str(error)) from None

    def _broken(self, why: str) -> Stop:
        return Stop(
            Exit.ERROR,
            f"{self.path}: the ledger cannot be used: {why}",
            f"Nothing is given that it does not keep. Mend it, or name another: --ledger FILE ({VARIABLE}).",
        )


def now() -> str:
    """The time, as people and programs read it."""
    return datetime.now().astimezone().isoformat(timespec="seconds")
