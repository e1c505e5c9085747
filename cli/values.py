"""The driver's rows, typed: bytes as text, rows as values."""

from __future__ import annotations

from tencent_at import row as rows

__all__ = ["row", "text"]


def text(raw: bytes) -> str:
    """Bytes as text: UTF-8, or one character a byte where it is not."""
    return rows.text(raw)


def row(raw: bytes) -> list[str | int]:
    """The values of an information row behind its head."""
    return rows.row(raw)
