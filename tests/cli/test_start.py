"""What starting the command imports: a script that asks for the version waits for neither driver nor terminal."""

import subprocess
import sys

import pytest

from tencent_at_cli import command
from tests.cli.conftest import Cli

DRIVER = {"tencent_at", "serialx", "asyncio", "tencent_at_emulator", "prompt_toolkit"}


@pytest.mark.parametrize(
    ("words", "without"),
    [
        ("--version", DRIVER | {"typer", "rich"}),
        ("--help", DRIVER),
        ("", DRIVER),
        ("nonsense", DRIVER),
        ("explain --help", {"tencent_at_emulator", "prompt_toolkit"}),
    ],
)
def test_nothing_is_imported_that_is_not_needed(words: str, without: set[str]) -> None:
    code = (
        "import sys, tencent_at_cli.__main__\n"
        f"tencent_at_cli.__main__.main({words.split()!r})\n"
        "print('imported', *(name for name in sys.modules if '.' not in name))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    _, _, there = done.stdout.partition("imported ")
    assert there and not without & set(there.split()), done.stderr


@pytest.mark.parametrize(("panel", "name", "module"), [*command.COMMANDS, *command.GROUPS])
def test_the_sentence_in_the_help_is_the_commands_own(
    cli: Cli, panel: str, name: str, module: str
) -> None:
    """Read from the text without importing it, it is what the imported command says of itself."""
    if name == "emulate":  # whose help is the emulator's
        assert "pretend module" in cli("--help").out
        return
    shown = " ".join(cli(name, "--help").out.split())
    sentence = command._sentence(name, module)
    assert sentence and " ".join(sentence.split("\n\n")[0].split()) in shown


def test_a_name_that_is_nearly_right(cli: Cli) -> None:
    result = cli("dokter")
    assert result.code == 2 and "doctor" in result.err
