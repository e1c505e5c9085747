"""What no file says, on planted trees."""

import pathlib
import subprocess

import pytest

from tests.architecture.unsaid import unsaid


@pytest.mark.parametrize(
    "words",
    [
        ("see https://", "py", "pi.org/project/x"),
        ("https://registry.np", "mjs.org/x/-/x.tgz"),
        ("http://de", "b.debian.org/debian"),
        ("https://files.python", "hosted.org/packages"),
        ("in /wo", "rk/main/spec"),
        ('"/ho', 'me/me/.venv"'),
        ("/ro", "ot/.cache"),
    ],
)
def test_what_no_file_says_is_named(tmp_path: pathlib.Path, words: tuple[str, ...]) -> None:
    (tmp_path / "README.md").write_text("# Title\n\n" + "".join(words) + "\n")
    (complaint,) = unsaid(tmp_path)
    assert complaint.startswith("README.md:3: ")


def test_what_may_be_said_is_left_alone(tmp_path: pathlib.Path) -> None:
    (tmp_path / "README.md").write_text("pip install tencent-at, from PyPI; ./work/ at ~/work/\n")
    assert unsaid(tmp_path) == []


def test_what_git_ignores_is_not_read(tmp_path: pathlib.Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True, timeout=30)
    (tmp_path / ".gitignore").write_text("made/\n")
    (tmp_path / "made").mkdir()
    for name in ("made/a.txt", "b.txt"):
        (tmp_path / name).write_text("/ho" + "me/me\n")
    assert [line.split(":")[0] for line in unsaid(tmp_path)] == ["b.txt"]
