"""What no file says: hosts of registries, paths of somebody's machine."""

import pathlib
import re

from tests.architecture.tree import Complaints, files_in_the_repository

# Written in pieces, so that this file does not say it either.
_HOSTS = (r"py" r"pi\.org", r"python" r"hosted\.org", r"npm" r"js\.(org|com)", r"deb\." r"debian")
_FOLDERS = ("wo" + "rk", "ho" + "me", "ro" + "ot")
UNSAID = (
    (re.compile("|".join(_HOSTS)), "the host of a package registry"),
    (re.compile(r"(?<![\w.~)}-])/(" + "|".join(_FOLDERS) + ")/"), "a path of somebody's machine"),
)


def unsaid(root: pathlib.Path) -> Complaints:
    complaints = []
    for file in files_in_the_repository(root):
        lines = file.read_bytes().decode("utf-8", "replace").split("\n")
        for number, line in enumerate(lines, 1):
            for pattern, what in UNSAID:
                found = pattern.search(line)
                if found:
                    place = f"{file.relative_to(root).as_posix()}:{number}"
                    complaints.append(f"{place}: {found[0]!r} is {what}")
    return complaints
