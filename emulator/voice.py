"""What the module says: the two printers, the kinds of lines, and the faults that fall between them (1.3)."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from .faults import Faults
from .power import Power
from .quirks import Quirks
from .spec import Form
from .spelling import spell

__all__ = ["STRAYS", "Voice"]

STRAYS = (
    b"\r\nOK\r\n",
    b"OK\r\n",
    b"\r\nERROR\r\n",
    b"\r\nFAIL\r\n",
    b"+CME ERROR:208\r\n",
    b"ERR CODE:0x01090000\r\n",
    b"\r\nready\r\n",
    b"+TCMQTTSTATE:0\r\n",
    b"+TCMQTTPUB:OK\r\n",
    b"\r\nbusy p...\r\n",
)


class Voice:
    """One line is one write. ``out`` gets the bytes; ``out_time`` is how long those it has take to leave the line."""

    power: Power

    def __init__(self, faults: Faults, quirks: Quirks) -> None:
        self.faults = faults
        self.quirks = quirks
        self.out: Callable[[bytes], None] = lambda data: None
        self.out_time: Callable[[], float] = lambda: 0.0
        self.muted = False
        self.fail_next: int | None = None
        self._strays: list[tuple[int, bytes]] = []

    def say(self, line: bytes) -> None:
        """Write one line; one line is one write."""
        if not self.power.running or self.muted:
            return
        self._storm()
        if self.faults.strikes(self.faults.stray, "stray"):
            self.put(self.faults.random.choice(STRAYS))
        if self.power.running:
            self.put(spell(line, self.quirks))
            self._count_down()

    def stray(self, line: bytes, lines: int = 0) -> None:
        """Say this as it stands, though nobody is owed it: now, or behind so many lines."""
        if lines <= 0:
            self.put(line)
        else:
            self._strays.append((lines, line))

    def _count_down(self) -> None:
        counted = [(left - 1, line) for left, line in self._strays]
        self._strays = [each for each in counted if each[0] > 0]
        for left, line in counted:
            if left <= 0:
                self.put(line)

    def put(self, data: bytes) -> None:
        """Bytes on the line, up to where a restart is due (fault reboot-out)."""
        left = self.faults.reboot_out
        if not self.power.running:
            return
        if not left:
            self.out(data)
        elif len(data) < left:
            self.faults.reboot_out -= len(data)
            self.out(data)
        else:
            self.faults.reboot_out = 0
            self.faults.count("reboot_out")
            self.out(data[:left])
            self.power.die(self.out_time())

    def _storm(self) -> None:
        if self.faults.storm:
            for _ in range(self.faults.storm_size):
                if self.faults.strikes(self.faults.storm, "storm"):
                    count = self.faults.happened["storm"]
                    self.put(b'+TCMQTTRCVPUB:"storm",%d,"%d"\r\n' % (len(str(count)), count))

    def ok(self, form: Form) -> None:
        """The OK of this form: bare, or framed by CR LF."""
        self.say(b"\r\nOK\r\n" if form.framed else b"OK\r\n")

    def error(self) -> None:
        """The AT core's error."""
        self.say(b"\r\nERROR\r\n")

    def unknown(self, code: int) -> None:
        self.say(b"ERR CODE:0x01%02x0000\r\n" % code)
        self.error()

    def cme(self, code: int) -> None:
        """A CME error; never followed by ERROR."""
        self.say(b"+CME ERROR:%d\r\n" % code)

    def row(self, form: Form, fields: bytes) -> None:
        """An information line."""
        self.say(b"+%s:%s\r\n" % (form.command.encode(), fields))

    def fields(self, form: Form, values: Mapping[str, bytes | int]) -> None:
        """An information line with those of the values that the manual's row has, in its order: bytes quoted."""
        shown = (values[name] for name in form.row if name in values)
        self.row(form, b",".join(b"%d" % v if isinstance(v, int) else b'"%s"' % v for v in shown))

    def result(self, form: Form, code: int = 0) -> int:
        """The result line; returns the code it carried, which the control channel may have forced."""
        if self.fail_next is not None:
            code, self.fail_next = self.fail_next, None
        name = form.command.encode()
        if code == 0:
            self.say(b"+%s:OK\r\n" % name)
        elif not form.numbered:
            self.say(b"+%s:FAIL\r\n" % name)
        else:
            self.say(b"+%s:FAIL,%d\r\n" % (name, code))
        return code
