"""Secrets come in by prompt, file, standard input or environment: never needed in argv, never written out."""

from __future__ import annotations

import getpass
import os
import sys
from typing import Annotated

import typer

from .exits import Exit, Stop
from .files import one_line
from .language import said
from .options import Session
from .output import can_be_asked, note

__all__ = ["SecretFile", "secret"]

SecretFile = Annotated[
    str | None,
    typer.Option("--secret-file", metavar="FILE", help="Read the secret from a file; - is stdin."),
]


def secret(session: Session, what: str, variable: str, file: str | None = None) -> str:
    """The secret called `what`: from the file, else from the environment, else asked for without echo."""
    if file is not None:
        value = one_line(file)
        if value != value.strip():  # an editor's, or the secret's own: nobody can know
            raise Stop(
                Exit.USAGE,
                f"{file}: the {what} begins or ends with a blank",
                f"Take it out of the file; if it belongs to the secret, set {variable}.",
            )
    elif os.environ.get(variable):
        value = os.environ[variable]
        note(f"{what} from {variable}")
    elif can_be_asked():
        value = getpass.getpass(f"{said(what[0].upper() + what[1:])}: ", sys.stderr)
    else:
        raise Stop(
            Exit.USAGE,
            f"no {what}",
            f"Set {variable}, or give --secret-file FILE (- is standard input).",
        )
    value = value.strip("\r\n")
    if not value:
        raise Stop(Exit.USAGE, f"the {what} is empty")
    session.masks.learn(value)
    try:
        value.encode()
    except UnicodeEncodeError:
        raise Stop(Exit.USAGE, f"the {what} is not UTF-8") from None
    return value
