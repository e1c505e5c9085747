# Copied from runtime/procedures/outcome.py: edit that.
"""What procedures share: a row that is looked at, and a URC that is waited for. No clock, no port.

A procedure is a generator over a `modem`: what a board's shell is, and what hands.py is at a desk. It has call(),
handlers, and error(kind, call, number, tables), which makes what is raised and is what is caught.
"""

from .dialect import TYPE_CHECKING, const

if TYPE_CHECKING:
    from collections.abc import Generator, Sequence
    from typing import Any

    Steps = Generator[Any, Any, Any]

_DAMAGED = const(6)  # the kind of an error beside those of the link


def row(modem: "Any", call: str, *kinds: type) -> "Steps":
    """Generator: the values that `call` reads, of which the first have these kinds; else error(_DAMAGED)."""
    values = yield from modem.call(call)
    for i, kind in enumerate(kinds):
        if not (values and values[i:] and isinstance(values[i], kind)):
            raise modem.error(_DAMAGED, call, None, "")
    return values


class Outcome:
    """Hears the URCs of these names from now until close(); wait() is a generator for whoever carries it out.

    One that should begin with a state, and does not, is damaged and counts as not heard; "ready" has no state.
    """

    def __init__(self, modem: "Any", *names: str) -> None:
        self.modem = modem
        self.names = names
        self.heard: "list[tuple[str, Sequence[object]]]" = []  # (name, values), oldest first
        modem.handlers += (self,)

    def __call__(self, name: str, values: "Sequence[object]") -> None:
        if name in self.names and (
            name == "ready" or values and values[0] and isinstance(values[0], str)
        ):
            self.heard.append((name, values))

    def wait(self, ms: int) -> "Steps":
        """Generator: (name, values) of the next URC, or (None, None) after `ms`."""
        while True:
            self.modem.pump()
            if self.heard:
                return self.heard.pop(0)
            if ms <= 0:
                return None, None
            rest = min(ms, 1000)
            ms -= rest + 1  # each step costs: a stream must not stop the time
            ms += yield rest

    def close(self) -> None:
        self.modem.handlers = tuple([h for h in self.modem.handlers if h is not self])
