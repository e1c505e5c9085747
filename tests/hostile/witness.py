"""What the module makes of bytes that were written: the emulator's own reader, which shares nothing with the driver."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from tencent_at_emulator import Emulator
from tencent_at_emulator.module import Module
from tencent_at_emulator.reader import Request, parameters, read, value


@dataclass
class Heard:
    """The command lines that reached the module's parser, the payloads that it took, and whether it is idle again."""

    lines: list[bytes] = field(default_factory=list)
    payloads: list[bytes | None] = field(default_factory=list)
    left: bytes = b""


def hear(writes: Iterable[bytes], given: str = "device set; connected") -> Heard:
    """Lay what was written before a module, with a pause behind each write; AT alone is a question, and not kept.

    A payload is written to who asked for it: what follows a refusal would not have been.
    """
    emulator = Emulator(boot=False, noise=False)
    emulator.control.given(given)
    emulator.control.open_topics()
    heard, module = Heard(), emulator.module
    run, take = Module._run, Module.take

    def spied(line: bytes) -> None:
        if line.upper() != b"AT":
            heard.lines.append(line)
        run(module, line)

    async def taken(length: int) -> bytes | None:
        payload = await take(module, length)
        heard.payloads.append(payload)
        return payload

    module.lines.run = spied
    module.take = taken  # type: ignore[method-assign]
    for data in writes:
        emulator.write(data)
        emulator.advance(0.2)
        if b"ERROR" in emulator.read():
            break
    emulator.advance(60)
    heard.left = bytes(module.lines.buffer)
    emulator.close()
    return heard


def arguments(line: bytes) -> tuple[str, str, list[int | bytes]]:
    """A line as the module reads it: command, form, and the parameters, each as what it looks like."""
    spec = Emulator(boot=False).module.spec
    request: Request = read(spec, line)
    form = request.command.forms[request.form]
    parts: list[bytes] = parameters(request.rest) if request.form == "set" else []
    known: list[Any] = [arg for arg in form.args]
    assert len(parts) <= len(known), f"more parameters than the command has: {line!r}"
    return (
        request.command.name,
        request.form,
        [value(a, p) for a, p in zip(known, parts, strict=False)],
    )
