"""The line, killed at every stage of a unit and started again: no identity is ever on two modules."""

import contextlib
import os
import pathlib
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator

import pytest

import tencent_at
from tencent_at_cli.__main__ import main
from tencent_at_cli.desk.output import standard_error
from tencent_at_cli.desk.port import Tap
from tencent_at_cli.factory.ledger import Ledger
from tests.waiting import until

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
# The stages of a unit: from shortly before its identity is begun to more than it has.
STAGES = range(int(os.environ.get("FROM_STAGE", "10")), 40)


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Two modules in a process of their own, that outlive whatever is done at this end."""
    link = tmp_path_factory.mktemp("modules") / "m"
    words = ["emulate", "--link", str(link), "--count", "2", "--no-noise", "--joined"]
    process = subprocess.Popen(
        [sys.executable, "-m", "tencent_at_cli", *words], stdout=subprocess.DEVNULL
    )
    second = link.with_name("m.1")
    until(lambda: link.exists() and second.exists())
    assert main(["ports"]) == 0  # put together once, for all children
    yield str(link), str(second)
    process.terminate()
    process.wait()


def line(folder: pathlib.Path, port: str, *more: str) -> int:
    """Run the line at one port, in a child; its exit code, or minus the signal that ended it."""
    return child(folder, port, lambda: None, *more)


def child(folder: pathlib.Path, port: str, prepare: Callable[[], None], *more: str) -> int:
    words = ["factory", str(folder / "order.csv"), "--on", port, "--no-connect"]
    pid = os.fork()
    if not pid:
        with contextlib.suppress(BaseException), open(folder / "said", "a") as said:
            sys.stdout = sys.stderr = said
            standard_error.cache_clear()
            prepare()
            code = main([*words, "--ledger", str(folder / "ledger.db"), *more])
            said.flush()
            os._exit(code)
        os._exit(99)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def killed_at(stage: int) -> Callable[[], None]:
    """The process ends before (even) or behind (odd) the so-manieth thing that leaves a trace anywhere."""
    count = 0

    def counted(function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object) -> object:
            nonlocal count
            count += 1
            if count * 2 == stage + 2:
                os.kill(os.getpid(), signal.SIGKILL)
            made = function(*arguments)
            if count * 2 == stage + 1:
                os.kill(os.getpid(), signal.SIGKILL)
            return made

        return call

    def prepare() -> None:
        for owner, name in ((Tap, "write"), (Ledger, "_write"), (os, "fsync")):
            setattr(owner, name, counted(getattr(owner, name)))

    return prepare


def held(port: str) -> str:
    """What a module says that it holds."""
    with tencent_at.open(port) as modem:
        try:
            return str(modem.device_info().device_name)
        except tencent_at.CommandRefused:
            return ""


@pytest.mark.timeout(600)
def test_killed_at_every_stage(modules: tuple[str, str], tmp_path: pathlib.Path) -> None:
    first, second = modules
    begun = []
    for stage in STAGES:
        folder = tmp_path / str(stage)
        folder.mkdir()
        rows = [f"CTQS08Y5LG,Stage{stage}Unit{n},c2VjcmV0LW9m{n:04d}" for n in range(2)]
        head = "product_id,device_name,device_secret\n"
        (folder / "order.csv").write_text(head + "\n".join(rows) + "\n")
        code = child(folder, first, killed_at(stage))
        said = (folder / "said").read_text
        before = held(first)
        # Another module comes to the line, then the first one comes back.
        line(folder, second)
        assert held(second) != before, (stage, said())
        line(folder, first)
        both = held(first), held(second)
        assert both[0] != both[1], (stage, both, said())
        begun.append("was begun on" in " ".join(said().split()))
        if code == 9:  # the line was not killed any more: one unit done, one left
            break
        assert code == -signal.SIGKILL, (stage, code, said())
    else:
        raise AssertionError("a unit has more stages than were tried")
    assert not begun[0] and begun.count(True) > 5, begun
