# Copied from runtime/cpython/__init__.py: edit that.
"""Tencent IoT AT commands for desktop Python: `from tencent_at import Modem`."""

from .errors import (
    Busy,
    CommandFailed,
    CommandRefused,
    InvalidArgument,
    ModuleError,
    ModuleReset,
    TencentAtError,
    Timeout,
    UnexpectedAnswer,
)
from .modem import Event, Message, Modem

__all__ = [
    "Busy",
    "CommandFailed",
    "CommandRefused",
    "Event",
    "InvalidArgument",
    "Message",
    "Modem",
    "ModuleError",
    "ModuleReset",
    "TencentAtError",
    "Timeout",
    "UnexpectedAnswer",
]
