"""What the options before the command say: which port, how loud, what to record."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tencent_at.wire.masks import Masks

__all__ = ["AS_JSON", "Json", "Reopen", "Session", "session"]

AS_JSON = [False]  # is JSON asked for? Then what is said beside it is JSON, too
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Reopen = Annotated[
    bool,
    typer.Option(
        "--reopen/--no-reopen", help="Open the port again when it goes and comes back.", metavar=""
    ),
]


def _masks() -> Masks:
    # They know the secrets of the environment from the beginning.
    from tencent_at.wire.masks import Masks

    made = Masks()
    for name, value in os.environ.items():
        if name.startswith("TENCENT_AT_") and name.endswith(("_SECRET", "_PASSWORD")):
            made.learn(value)
    return made


@dataclass
class Session:
    """The options, and the one masks through which all that is written goes."""

    port: str | None = None
    baud: int = 115200
    verbose: bool = False
    capture: Path | None = None
    language: str = "en"
    dtr: str | None = None
    rts: str | None = None
    one_language: bool = False  # was it asked for, and not the system's?
    revision: str | None = None
    masks: Masks = field(default_factory=_masks)

    @property
    def pins(self) -> dict[str, bool]:
        """The levels that DTR and RTS are to have."""
        return {
            name: level == "on"
            for name, level in (("dtr", self.dtr), ("rts", self.rts))
            if level is not None
        }


def session(context: typer.Context) -> Session:
    """The session of a command."""
    made = context.find_root().obj
    assert isinstance(made, Session)
    return made
