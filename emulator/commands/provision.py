"""Wi-Fi provisioning (manual 6.1-6.4)."""

from __future__ import annotations

from typing import Any

from ..module import Module, command
from ..spec import Form

STATE_ERROR = 208


@command("TCSTARTSMART", "exec")
async def start_smartconfig(module: Module, form: Form, values: list[Any]) -> None:
    """6.1."""
    module.ok(form)
    _start(module, form)


@command("TCSAP", "set")
async def start_softap(module: Module, form: Form, values: list[Any]) -> None:
    """6.3: the one command with two OKs."""
    module.ok(form)
    module.queue()
    _start(module, form)
    if not module.quirks.softap_one_ok:
        module.ok(form)


def _start(module: Module, form: Form) -> None:
    running = module.provisioning.kind is not None
    if module.result(form, STATE_ERROR if running else 0) == 0:
        module.provisioning.start(form.command)


@command("TCSAP", "read")
async def softap(module: Module, form: Form, values: list[Any]) -> None:
    """6.3."""
    module.ok(form)


@command("TCSTOPSMART", "exec")
@command("TCSTOPSAP", "exec")
async def stop(module: Module, form: Form, values: list[Any]) -> None:
    """6.2, 6.4: what was running reports first."""
    if module.provisioning.kind == {"TCSTOPSAP": "TCSAP"}.get(form.command, "TCSTARTSMART"):
        module.provisioning.stop()
    module.ok(form)
