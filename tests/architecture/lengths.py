"""A file is read as a whole: at most 400 lines, where a person edits it."""

import pathlib

from tests.architecture.tree import Complaints, edited_files

MOST = 400


def long_files(root: pathlib.Path) -> Complaints:
    complaints = []
    for file in edited_files(root):
        lines = len(file.read_bytes().splitlines())
        if lines > MOST:
            name = file.relative_to(root).as_posix()
            complaints.append(
                f"{name}: {lines} lines, but at most {MOST} are read as a whole: split it by subject"
            )
    return complaints
