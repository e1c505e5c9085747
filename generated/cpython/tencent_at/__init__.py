# Copied from runtime/cpython/__init__.py: edit that.
"""Tencent IoT AT commands for desktop Python.

    with tencent_at.open("/dev/ttyUSB0") as modem:
        modem.join("Home", "password")
        modem.connect()
        modem.subscribe("PRODUCT/DEVICE/data", 1)
        for message in modem.messages():
            print(message.topic, message.text)

The same with `async with tencent_at.open_async(url) as modem:` and `await`. Loggers: "tencent_at" for what is dropped
or fails, "tencent_at.wire" (DEBUG) for the bytes, secrets masked.
"""

import logging
from typing import TYPE_CHECKING, Any

from . import enums, errors, revisions
from .aio import AsyncModem
from .conversation import Counts
from .enums import *  # noqa: F403
from .errors import (
    AnswerSwallowed,
    Busy,
    CommandFailed,
    CommandRefused,
    FirmwareDamaged,
    InvalidArgument,
    ModuleError,
    ModuleReset,
    NoSuchCall,
    PortError,
    PortTimeout,
    TencentAtError,
    Timeout,
    UnexpectedAnswer,
    Unstable,
)
from .keeper import AsyncKeeper, Keeper
from .message import Message
from .modem import Modem
from .opening import open, open_async
from .pairing import Provisioned
from .reopening import AnotherModule
from .secret import Secret
from .urc import Event
from .wire import explain

if TYPE_CHECKING:
    from . import events, records


def __getattr__(name: str) -> Any:
    # What the module answers and says is made into records when the first is wanted.
    if name in ("events", "records"):
        from importlib import import_module

        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


logging.getLogger("tencent_at").addHandler(logging.NullHandler())

__all__ = [
    "AnotherModule",
    "AnswerSwallowed",
    "AsyncKeeper",
    "AsyncModem",
    "Busy",
    "CommandFailed",
    "CommandRefused",
    "Counts",
    "Event",
    "FirmwareDamaged",
    "InvalidArgument",
    "Keeper",
    "Message",
    "Modem",
    "ModuleError",
    "ModuleReset",
    "NoSuchCall",
    "PortError",
    "PortTimeout",
    "Provisioned",
    "Secret",
    "TencentAtError",
    "Timeout",
    "UnexpectedAnswer",
    "Unstable",
    "enums",
    "errors",
    "events",
    "explain",
    "open",
    "open_async",
    "records",
    "revisions",
]
__all__ += enums.__all__
