"""Names in the file system that others may have taken: what of ours may be replaced, and what is left alone."""

from __future__ import annotations

import os
import re
import secrets
import socket
import stat
from pathlib import Path

__all__ = ["listener", "point", "write"]

# What a pty of an earlier run may have been called.
_PTY = re.compile(r"/dev/(pts/\d+|ttys\d+|tty[p-za-e][0-9a-f])")
OURS_ALONE = 0o600


def point(link: Path, path: str) -> None:
    """Make a symbolic link, or move one that leads to a pty, in one step; FileExistsError for anything else."""
    if link.is_symlink():
        target = os.readlink(link)
        if not _PTY.fullmatch(target):
            raise FileExistsError(
                f"{link}: a link of that name leads to {target}, which is no pty; choose another name"
            )
    elif link.exists():
        raise FileExistsError(
            f"{link}: there is a file of that name, and it is no link; choose another name"
        )
    beside = link.with_name(f"{link.name}.{secrets.token_hex(4)}")
    beside.symlink_to(path)
    os.replace(beside, link)


def listener(path: Path) -> socket.socket:
    """A local socket at ``path``, for this user alone.

    Replaces one that nobody listens on any more; FileExistsError for anything else of that name.
    """
    try:
        found = os.lstat(path)
    except FileNotFoundError:
        pass
    else:
        if not stat.S_ISSOCK(found.st_mode):
            raise FileExistsError(
                f"{path}: there is a file of that name, and it is no socket; choose another name"
            )
        if found.st_uid != os.getuid() or _answers(path):
            raise FileExistsError(
                f"{path}: somebody else listens on a socket of that name; choose another name"
            )
        path.unlink()
    made = socket.socket(socket.AF_UNIX)
    mask = os.umask(0o777 & ~OURS_ALONE)
    try:
        made.bind(str(path))
    except OSError:
        made.close()
        raise
    finally:
        os.umask(mask)
    return made


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(str(path))
        except ConnectionRefusedError:
            return False
        except OSError:
            return True  # of another kind, or too busy to answer
    return True


def write(path: Path, text: str) -> None:
    """Put ``text`` into a file that only this user can read, all or nothing; a link to it stays a link."""
    path = Path(os.path.realpath(path))
    beside = path.with_name(f"{path.name}.{secrets.token_hex(4)}.new")
    try:
        fd = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, OURS_ALONE)
        with open(fd, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
