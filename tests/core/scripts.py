"""spec/dialogues/*.at as scripts and traces that replay.py understands on every runtime."""

from __future__ import annotations

from typing import Any

from tests.spec.dialogues import (
    Call,
    Dialogue,
    Event,
    Happening,
    HostBytes,
    ModuleBytes,
    Outcome,
    Silence,
    load,
)

Script = list[tuple[Any, ...]]
REASONS = ("join",)  # reason tables: the link calls each of them "reason"


def octets(value: object) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode()


def script(dialogue: Dialogue) -> tuple[Script, Script]:
    """What happens, and the trace that must come of it."""
    said: Script = []
    wanted: Script = []
    for step in dialogue.steps:
        if isinstance(step, Call):
            said.append(("call", step.name, step.args))
        elif isinstance(step, HostBytes | ModuleBytes):
            sign = ">" if isinstance(step, HostBytes) else "<"
            if said and said[-1][0] == sign:
                said[-1] = (sign, said[-1][1] + step.data)
            else:
                said.append((sign, step.data))
        elif isinstance(step, Outcome):
            wanted.append(outcome(step))
            if step.ended == "timeout":
                said.append(("given up",))
        elif isinstance(step, Event):
            wanted.append(event(step))
        elif isinstance(step, Silence):
            said.append(("silent", step.seconds))
        else:
            assert isinstance(step, Happening)
    return said, wanted


def outcome(step: Outcome) -> tuple[Any, ...]:
    if step.ended in ("ok", "row", "rows", "text"):
        rows = [step.row] if step.ended == "row" else step.rows
        return "ok", [list(row) for row in rows]
    if step.ended == "refused":
        return "refused", "reason" if step.table in REASONS else step.table, step.number
    if step.ended == "failed":
        return "failed", "", step.number
    return (step.ended,)


def event(step: Event) -> tuple[Any, ...]:
    if step.name in ("message", "noise"):
        return step.name, *map(octets, step.values)
    return "event", step.name, list(step.values)


def all_scripts() -> list[tuple[str, Script, Script]]:
    """(name, script, wanted trace) of every dialogue that a driver runs."""
    return [(dialogue.name, *script(dialogue)) for dialogue in load(only="driver")]
