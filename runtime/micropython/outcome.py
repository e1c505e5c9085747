"""What the generators of this package share: a row that is looked at, and a URC that is waited for."""

from time import ticks_add, ticks_diff, ticks_ms

from . import Error

DAMAGED = 6  # the kind of an Error beside those of the link


def row(modem, call, *kinds):
    """Generator: the values that `call` reads, of which the first have these kinds; else Error(DAMAGED)."""
    values = yield from modem.call(call)
    for i, kind in enumerate(kinds):
        if not (values and values[i:] and isinstance(values[i], kind)):
            raise Error(DAMAGED, call, None, "")
    return values


class Outcome:
    """Hears the URCs of these names from now until close(); wait() is a generator for Modem.run().

    One that should begin with a state, and does not, is damaged and counts as not heard; "ready" has no state.
    """

    def __init__(self, modem, *names):
        self.modem = modem
        self.names = names
        self.heard = []  # (name, values), oldest first
        modem.handlers += (self,)

    def __call__(self, name, values):
        if name in self.names and (
            name == "ready" or values and values[0] and isinstance(values[0], str)
        ):
            self.heard.append((name, values))

    def wait(self, ms):
        """Generator: (name, values) of the next URC, or (None, None) after `ms`."""
        end = ticks_add(ticks_ms(), ms)
        while True:
            self.modem._pump()
            if self.heard:
                return self.heard.pop(0)
            left = ticks_diff(end, ticks_ms())
            if left <= 0:
                return None, None
            yield min(left, 1000)

    def close(self):
        self.modem.handlers = tuple([h for h in self.modem.handlers if h is not self])
