"""The bench proves itself: each way in which other tests use MicroPython, on a stand-in driver."""

import json
import pathlib
import socket
import threading

import pytest

from boards import runtimes
from boards.runtimes import Board, MicroPython, Pty

SAMPLES = pathlib.Path(__file__).parent / "samples"
ATDRV = SAMPLES / "atdrv.py"
Wire = tuple[socket.socket, socket.socket]

SCRIPT = """
import machine, sys, atdrv
d = atdrv.AT(machine.UART(0, 115200))
print(d.cmd(b'AT'))
sys.exit(3)
"""
ANSWER = r"b'AT\r\nOK\r\n'"


def modem(sock: socket.socket) -> None:
    """Echoes each line and answers OK, in a thread, until the other end closes."""

    def serve() -> None:
        held = b""
        try:
            while got := sock.recv(4096):
                *lines, held = (held + got).split(b"\r\n")
                for line in lines:
                    sock.sendall(line + b"\r\nOK\r\n")
        except OSError:
            pass

    threading.Thread(target=serve, daemon=True).start()


def test_a_script_talks_to_a_socket(micropython: MicroPython, uart_pair: Wire) -> None:
    ours, theirs = uart_pair
    modem(ours)
    done = micropython.run(SCRIPT, uart=[theirs], path=[SAMPLES])
    assert (done.returncode, done.stdout.strip(), done.stderr) == (3, ANSWER, "")


def test_a_file_with_arguments(micropython: MicroPython, tmp_path: pathlib.Path) -> None:
    (tmp_path / "script.py").write_text("import sys\nprint(sys.argv[1:])\n")
    done = micropython.run(tmp_path / "script.py", "one", 2)
    assert (done.returncode, done.stdout) == (0, "['one', '2']\n")


def test_silence_ends_in_a_time_out(micropython: MicroPython, uart_pair: Wire) -> None:
    script = "import machine, atdrv\natdrv.AT(machine.UART(0, 9600)).cmd(b'AT', 200)\n"
    done = micropython.run(script, uart=[uart_pair[1]], path=[SAMPLES])
    assert done.returncode == 1
    assert "ETIMEDOUT" in done.stdout + done.stderr  # the unix port prints it to stdout


def test_asyncio_streams(unix: MicroPython, uart_pair: Wire) -> None:
    ours, theirs = uart_pair
    modem(ours)
    done = unix.run(
        """
import asyncio, machine
async def main():
    u = machine.UART(0, 115200)
    s = asyncio.StreamReader(u)
    u.write(b'AT\\r\\n')
    print(await s.readline(), await s.readline())
    try:
        await asyncio.wait_for_ms(s.readline(), 50)
    except asyncio.TimeoutError:
        print('timeout')
asyncio.run(main())
""",
        uart=[theirs],
    )
    assert (done.returncode, done.stdout) == (0, "b'AT\\r\\n' b'OK\\r\\n'\ntimeout\n"), done


def test_a_script_talks_to_a_pty(micropython: MicroPython, uart_pty: Pty) -> None:
    process = micropython.start(SCRIPT, uart=[uart_pty.slave], path=[SAMPLES])
    assert uart_pty.read(4) == b"AT\r\n"
    uart_pty.write(b"AT\r\nOK\r\n")
    assert process.wait(10) == 3


def test_a_script_talks_to_tcp(micropython: MicroPython) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        with socket.create_connection(server.getsockname(), 10) as theirs:
            ours, _ = server.accept()
            with ours:
                modem(ours)
                done = micropython.run(SCRIPT, uart=[theirs], path=[SAMPLES])
    assert done.returncode == 3, done


def test_nothing_is_allocated(micropython: MicroPython, uart_pair: Wire) -> None:
    ours, theirs = uart_pair
    ours.sendall(b"0123456789abcdef")
    done = micropython.run(
        """
import machine, micropython
u = machine.UART(0, 115200, timeout=500); b = bytearray(16); k = 0
micropython.heap_lock()
try: k = u.readinto(b); u.write(b)
finally: micropython.heap_unlock()
print(k)
""",
        uart=[theirs],
    )
    assert done.stdout == "16\n", done


def test_an_allocation_is_noticed(micropython: MicroPython) -> None:
    done = micropython.run("""
import micropython
b = k = 0
micropython.heap_lock()
try: b = bytearray(64)
except MemoryError: k = 1
finally: micropython.heap_unlock()
print(k)
""")
    assert done.stdout == "1\n", done


def test_compiled_on_both(
    micropython: MicroPython, tmp_path: pathlib.Path, uart_pair: Wire
) -> None:
    made = runtimes.compile_mpy(SAMPLES, tmp_path)
    assert made == [tmp_path / "atdrv.mpy"]
    modem(uart_pair[0])
    assert micropython.run(SCRIPT, uart=[uart_pair[1]], path=[tmp_path]).returncode == 3


def test_compiled_bytes_know_nothing_of_the_place(tmp_path: pathlib.Path) -> None:
    for place in ("one", "another"):
        package = tmp_path / place / "pack"
        package.mkdir(parents=True)
        (package / "__init__.py").write_text("def f():\n    return 1\n")
        runtimes.compile_mpy(package, tmp_path / place / "out")
    one, another = (tmp_path / place / "out/__init__.mpy" for place in ("one", "another"))
    assert one.read_bytes() == another.read_bytes()
    assert b"pack/__init__.py" in one.read_bytes()


def test_what_does_not_compile_is_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / "bad.py").write_text("def f(:\n")
    with pytest.raises(RuntimeError, match=r"bad\.py"):
        runtimes.compile_mpy(tmp_path, tmp_path)


def test_the_heap_of_an_import_repeats_to_the_byte(
    tmp_path: pathlib.Path, wasm: MicroPython
) -> None:
    runtimes.compile_mpy(SAMPLES, tmp_path)
    one, two = (runtimes.heap_after_import("atdrv", [tmp_path]) for _ in range(2))
    assert one == two > 0
    assert runtimes.heap_after("x = bytearray(4096)", []) == pytest.approx(4096, abs=128)
    counted_before = runtimes.heap_after("import atdrv", [tmp_path], before="import atdrv")
    assert counted_before < 64


def test_flash_with_mpremote(board: Board) -> None:
    modem(board.uart)
    done = board("cp", ATDRV, ":")
    assert done.returncode == 0, done
    code = (
        "import atdrv, machine; d = atdrv.AT(machine.UART(0)); print(atdrv.__file__, d.cmd(b'AT'))"
    )
    done = board("exec", code)
    assert done.stdout.strip() == f"atdrv.py {ANSWER}", done


def test_flash_compiled(board: Board, tmp_path: pathlib.Path) -> None:
    (made,) = runtimes.compile_mpy(SAMPLES, tmp_path)
    assert board("mkdir", ":lib").returncode in (0, 1)  # it may be there
    assert board("cp", made, ":lib/").returncode == 0
    done = board("exec", "import atdrv; print(atdrv.__file__)")
    assert done.stdout.strip() == "/lib/atdrv.mpy", done


def test_mip(board: Board, tmp_path: pathlib.Path) -> None:
    (tmp_path / "atdrv.py").write_bytes(ATDRV.read_bytes())
    package = {"urls": [["atdrv.py", "atdrv.py"]], "deps": [], "version": "1"}
    (tmp_path / "package.json").write_text(json.dumps(package))
    done = board("mip", "install", tmp_path / "package.json")
    assert done.returncode == 0, done
    done = board("exec", "import atdrv; print(atdrv.__file__)")
    assert done.stdout.strip() == "/lib/atdrv.py", done


def test_a_run_that_does_not_end_is_ended(micropython: MicroPython) -> None:
    with pytest.raises(TimeoutError, match="did not end in 1 s"):
        micropython.run("import time\nprint('began')\nwhile True: time.sleep_ms(10)\n", timeout=1)


def test_a_read_that_does_not_end_is_ended(uart_pty: Pty) -> None:
    with pytest.raises(TimeoutError, match="0 of 1 bytes"):
        uart_pty.read(1, timeout=0.05)


def test_a_path_too_large_is_refused_at_once(tmp_path: pathlib.Path, wasm: MicroPython) -> None:
    for number in range(10):
        (tmp_path / f"{number}.bin").write_bytes(bytes(900_000))
    done = wasm.run("print('never')\n", path=[tmp_path])
    assert done.returncode != 0
    assert f"{tmp_path} is too large to copy" in done.stderr


@pytest.mark.parametrize("kind", runtimes.KINDS)
def test_each_missing_runtime_fails_when_required(
    kind: str, pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One runtime must not hide that the other is missing."""
    pytester.makeconftest((runtimes.ROOT / "tests/conftest.py").read_text())
    pytester.makepyfile("def test_it(micropython): pass")
    there = {"unix": ["true"], "wasm": ["true"]}
    del there[kind]
    monkeypatch.setattr(runtimes, "_found", there)
    monkeypatch.setenv("MICROPYTHON_REQUIRED", "1")
    done = pytester.runpytest_inprocess("-p", "no:cacheprovider")
    done.assert_outcomes(passed=1, errors=1)
    done.stdout.fnmatch_lines([f"*MicroPython ({kind}) is missing. Install *"])
    monkeypatch.setenv("MICROPYTHON_REQUIRED", "0")
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1, skipped=1)
