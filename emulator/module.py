"""The module itself: its state, the order of its checks, its two printers. No I/O, and time only by its clock."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from .clock import Clock, Timer
from .cloud.uplink import Uplink
from .faults import Faults
from .flash import AccessPointKey, Flash
from .intake import Intake
from .ota import Fetcher, Updater
from .provisioning import Provisioning
from .quirks import Quirks
from .reader import LINE_LIMIT, Absent, Malformed, Request, Unknown, parameters, read, value
from .session import Session
from .spec import Arg, Form, Spec
from .spelling import spell
from .task import Pending, Task
from .wifi import AccessPoint, Air, Station

__all__ = ["BEHAVIOURS", "Behaviour", "Module", "Timing", "Value", "command", "mac"]

T = TypeVar("T")
Value = int | bytes
Behaviour = Callable[["Module", Form, list[Any]], Awaitable[None]]

BEHAVIOURS: dict[tuple[str, str], Behaviour] = {}

END = b"\r\n"
HELD_LIMIT = 4096  # bytes that wait behind a payload
OVERFLOW_IDLE = 0.05  # seconds of silence after which an endless line is refused
NOT_MODULE_ERRORS = ("TCDEVINFOSET", "TCPRDINFOSET", "TCMQTTCONN")
MORE_THAN_A_RESULT = ("TCMQTTPUBL", "TCSAP")
WITHOUT_CODE = ("TCMQTTSRV",)
FORCE = b"AT+RST\r\n"


def command(name: str, *forms: str) -> Callable[[Behaviour], Behaviour]:
    """Register a behaviour for forms of a command."""

    def registered(behaviour: Behaviour) -> Behaviour:
        for form in forms:
            BEHAVIOURS[name, form] = behaviour
        return behaviour

    return registered


@dataclass
class Timing:
    """How long the module takes, in seconds."""

    boot: float = 0.25  # from power to ready
    wifi: float = 0.3  # from ready to WIFI CONNECTED
    register: float = 10.0  # the limit of TCDEVREG


def mac(number: int) -> str:
    """The hardware address of module ``number``: as many in a row as there are numbers, 0 the manual's (2.4)."""
    return "3c:71:bf:" + ((0x33AFFD + number) & 0xFFFFFF).to_bytes(3, "big").hex(":")


class Module:
    """One ESP8266. ``receive`` takes what the line delivers, ``out`` is given each line that it writes."""

    def __init__(
        self,
        spec: Spec,
        clock: Clock,
        flash: Flash,
        air: Air,
        uplink: Uplink,
        fetcher: Fetcher,
        *,
        faults: Faults | None = None,
        quirks: Quirks | None = None,
        timing: Timing | None = None,
        idle_time: Callable[[], float] = lambda: 0.0,
        seed: int = 0,
    ) -> None:
        self.spec = spec
        self.clock = clock
        self.flash = flash
        self.faults = faults or Faults()
        self.quirks = quirks or Quirks()
        self.timing = timing or Timing()
        self.idle_time = idle_time
        self.random = random.Random(seed)
        self.out: Callable[[bytes], None] = lambda data: None
        self.rate_changed: Callable[[int], None] = lambda baud: None
        self.station = Station(clock, air, self.say)
        self.station.changed = self._wifi_changed
        self.session = Session(clock, uplink, self.say, self._has_wifi, self.quirks)
        self.updater = Updater(clock, flash, self.session, fetcher, self.say)
        self.provisioning = Provisioning(clock, self.say, self._provisioned)
        self.noise = True
        self.running = False
        self.mac = mac(0)
        self.echo = True
        self.baud = 115200
        self.commands = 0
        self.bytes_in = 0
        self.fail_next: int | None = None
        self.new_access_point: AccessPoint | None = None
        self._life = 0
        self._buffer = bytearray()
        self._from = 0
        self._overflow: Timer | None = None
        self._task: Task | None = None
        self._intake: Intake | None = None
        self._queueing = False
        self._behind = b""
        self._held = bytearray()
        self._parsing = False
        self._muted = False

    # ---- power

    def power_on(self) -> None:
        """Boot: the ROM's noise, ``ready``, and Wi-Fi if an access point is stored (1.3)."""
        self.power_off()
        life = self._life
        if self.noise:
            self.out(self._rom_noise())

        def ready() -> None:
            if life != self._life:
                return
            self.wake()
            self.say(b"\r\nready\r\n")
            if self.flash.access_point is not None:
                self.clock.call_later(self.timing.wifi, join)

        def join() -> None:
            key = self.flash.access_point
            station = self.flash.wifi_mode != 2
            if life == self._life and station and key is not None and self.station.joined is None:
                self.station.keep_joining(key)

        self.clock.call_later(self.timing.boot, ready)

    def wake(self) -> None:
        """Be awake at once and without a word."""
        self.running = True
        self.echo = True

    def power_off(self) -> None:
        """Everything that is not in flash is gone; nothing more is said."""
        self._life += 1
        self.running = False
        if self._task is not None:
            self._task.cancel()
            self._task = None
        if self._intake is not None:
            self._intake.cancel()
            self._intake = None
        self._forget_overflow()
        self._queueing = self._muted = False
        self._behind = b""
        self._held.clear()
        self._buffer.clear()
        self._from = 0
        self.station.power_off()
        self.updater.stop()
        self.updater.offset = 0
        self.session.drop()
        self.session.settings = type(self.session.settings)()
        self.provisioning.cancel()
        if self.baud != 115200:
            self.baud = 115200
            self.rate_changed(self.baud)

    def _rom_noise(self) -> bytes:
        # 74880 baud read at 115200: any byte may come of it.
        return bytes(self.random.choices(range(256), k=self.random.randint(40, 90)))

    # ---- what comes in

    def receive(self, chunk: bytes) -> None:
        """A chunk of at most sixty bytes: echoed, parsed, collected or thrown away, as the state has it."""
        if not self.running:
            return
        self.bytes_in += len(chunk)
        if self._fault_restart("reboot_byte", len(chunk)):
            return
        if self._intake is not None:
            self._intake.feed(chunk)
        elif self._task is not None:
            self._receive_busy(chunk)
        else:
            if self.echo:
                self.out(chunk)
            self._buffer += chunk
            self._parse()

    def _receive_busy(self, chunk: bytes) -> None:
        if FORCE in chunk:
            self.say(b"\r\nWill force to restart!!!\r\n")
            self.power_on()
        elif self._queueing and self.quirks.queue_behind_payload:
            self._held += chunk[: HELD_LIMIT - len(self._held)]
        else:
            self.say(b"ERR CODE:0x010b0000\r\n")
            self.say(b"\r\nbusy p...\r\n")

    def _parse(self) -> None:
        if self._parsing:
            return
        self._parsing = True
        try:
            while self.running and self._task is None:
                self._forget_overflow()
                end = self._buffer.find(END, self._from)
                if end < 0:
                    self._bound()
                    break
                line = bytes(self._buffer[:end])
                del self._buffer[: end + 2]
                self._from = 0
                self._run(line)
        finally:
            self._parsing = False

    def _bound(self) -> None:
        """Keep an endless line from growing; after a silence it is refused as too long."""
        if len(self._buffer) > LINE_LIMIT + 1:
            # One byte over the limit is enough to refuse it; the last may be half of a CR LF.
            nothing_new = self._from >= len(self._buffer)
            del self._buffer[LINE_LIMIT : len(self._buffer) - 1]
            self._from = LINE_LIMIT + nothing_new
        if len(self._buffer) > LINE_LIMIT:
            self._overflow = self.clock.call_later(OVERFLOW_IDLE, self._refuse_endless)

    def _forget_overflow(self) -> None:
        if self._overflow is not None:
            self._overflow.cancel()
            self._overflow = None

    def _refuse_endless(self) -> None:
        self._overflow = None
        if self._task is None and len(self._buffer) > LINE_LIMIT:
            self._buffer.clear()
            self._from = 0
            self._unknown(3)

    # ---- one command

    def _run(self, line: bytes) -> None:
        try:
            request = read(self.spec, line)
        except Unknown as unknown:
            self._unknown(unknown.code)
            return
        form = request.command.forms.get(request.form)
        if form is None:
            self.error()
            return
        self.commands += 1
        if self._fault_restart("reboot_command", 1):
            return
        self._task = Task(self._perform(form, request), self._ended)
        self._task.start()

    def _ended(self) -> None:
        self._task = None
        self._muted = False
        self._queueing = False
        behind = self._behind + bytes(self._held)
        self._behind = b""
        self._held.clear()
        if behind:
            self._buffer[:0] = behind
            # Commands behind a payload wait their turn; anything else spoils the next one.
            self._from = 0 if behind[:2].upper() == b"AT" else len(self._buffer)
            if self._from:
                return
        self._parse()

    async def _perform(self, form: Form, request: Request) -> None:
        faults = self.faults
        if faults.late and faults.strikes(faults.late_rate, "late"):
            await self.sleep(faults.late)
        self._muted = faults.strikes(faults.mute_rate, "mute")
        if form.form == "test":
            self._test(form)
            return
        refusal = self._refusal(form)
        if refusal:
            self.cme(refusal)
            return
        values = self._values(form, request)
        if values is None:
            return
        forced = self.fail_next is not None and "result" in form.reply
        if forced and form.command not in MORE_THAN_A_RESULT:
            self.ok(form)
            self.result(form, 0)
            return
        behaviour = BEHAVIOURS.get((form.command, form.form), _generic)
        await behaviour(self, form, values)

    def _test(self, form: Form) -> None:
        if form.text:
            self.say(form.text.encode() + END)
        self.ok(form)

    def state_of(self, name: str) -> str | None:
        """The value of one of the transcription's states; None for one this emulator does not know."""
        if name == "mqtt":
            return "connected" if self.session.connected else "disconnected"
        return self.updater.state if name == "ota" else None

    def _refusal(self, form: Form) -> int:
        """Connection first, then OTA (7.2): the order in which the transcription lists its states."""
        requires = dict(form.requires)
        for name, number in self.spec.refusals.items():
            state = self.state_of(name)
            if name in requires and state is not None and state not in requires[name]:
                return number
        return 0

    def _values(self, form: Form, request: Request) -> list[Any] | None:
        """The parameters, left to right: parse, then range; None when one was refused."""
        if form.form != "set":
            return []
        raw = parameters(request.rest)
        values: list[Any] = []
        for index, arg in enumerate(form.args):
            if index >= len(raw) and arg.optional:
                break
            try:
                number = value(arg, raw[index] if index < len(raw) else b"")
            except Malformed:
                self.say(b"ERR CODE:0x0108%04x\r\n" % index)
                self._refuse(request, index, arg)
                return None
            except Absent:
                if not arg.is_number and self.quirks.empty_string_crash:
                    self.power_on()
                else:
                    self._refuse(request, index, arg)
                return None
            if number == b"" and self.quirks.empty_string_crash:
                self.power_on()
                return None
            if not arg.allows(number):
                self.error() if request.command.plain else self.cme(204)
                return None
            values.append(number)
        if len(raw) > len(form.args):
            self.error() if request.command.plain else self.cme(204)
            return None
        return values

    def _refuse(self, request: Request, index: int, arg: Arg) -> None:
        """Which of the two complaints an unreadable parameter gets (1.3, dialogue 13-malformed)."""
        name = request.command.name
        core = (
            request.command.plain
            or (name in NOT_MODULE_ERRORS and index == 0)
            or (name == "TCMODINFOSET" and arg.is_number)
            or name == "TCSAP"
        )
        if core:
            self.error()
        else:
            self.cme(204)

    # ---- what goes out

    def say(self, line: bytes) -> None:
        """Write one line; one line is one write."""
        if not self.running or self._muted:
            return
        life = self._life
        self._storm()
        if life == self._life:
            self.out(spell(line, self.quirks))

    def _storm(self) -> None:
        if self.faults.storm:
            for _ in range(self.faults.storm_size):
                if self.faults.strikes(self.faults.storm, "storm"):
                    count = self.faults.happened["storm"]
                    self.out(b'+TCMQTTRCVPUB:"storm",%d,"%d"\r\n' % (len(str(count)), count))

    def ok(self, form: Form) -> None:
        """The OK of this form: bare, or framed by CR LF."""
        self.say(b"\r\nOK\r\n" if form.framed else b"OK\r\n")

    def error(self) -> None:
        """The AT core's error."""
        self.say(b"\r\nERROR\r\n")

    def _unknown(self, code: int) -> None:
        self.say(b"ERR CODE:0x01%02x0000\r\n" % code)
        self.error()

    def cme(self, code: int) -> None:
        """A CME error; never followed by ERROR."""
        self.say(b"+CME ERROR:%d\r\n" % code)

    def row(self, form: Form, fields: bytes) -> None:
        """An information line."""
        self.say(b"+%s:%s\r\n" % (form.command.encode(), fields))

    def result(self, form: Form, code: int = 0) -> int:
        """The result line; returns the code it carried, which the control channel may have forced."""
        if self.fail_next is not None:
            code, self.fail_next = self.fail_next, None
        name = form.command.encode()
        if code == 0:
            self.say(b"+%s:OK\r\n" % name)
        elif form.command in WITHOUT_CODE:
            self.say(b"+%s:FAIL\r\n" % name)
        else:
            self.say(b"+%s:FAIL,%d\r\n" % (name, code))
        return code

    # ---- what behaviours wait for

    async def sleep(self, seconds: float) -> None:
        """Let the module's time pass."""
        over: Pending[None] = Pending()
        self.clock.call_later(seconds, lambda: over.resolve(None))
        await over

    async def within(self, pending: Pending[T], seconds: float) -> T | None:
        """The value, or None when it does not come in time."""
        either: Pending[T | None] = Pending()
        pending.then(either.resolve)
        if not either.done:
            timer = self.clock.call_later(seconds, lambda: either.resolve(None))
            await either
            timer.cancel()
        return await either

    async def take(self, length: int) -> bytes | None:
        """The raw payload after a prompt; None when it was broken off."""
        intake = self._intake = Intake(self.clock, length, self.idle_time())
        if self._buffer:
            early = bytes(self._buffer)
            self._buffer.clear()
            intake.feed(early)
        payload = await intake.done
        self._intake = None
        self._behind = intake.surplus
        return payload

    def queue(self) -> None:
        """From here on commands wait instead of being answered busy (3.4, 6.3, quirk queue-behind-payload)."""
        self._queueing = True

    @property
    def command_timeout(self) -> float:
        """Seconds, from the millisecond argument of TCMQTTCONN."""
        return self.session.settings.command_timeout / 1000

    # ---- what happens to it

    def _fault_restart(self, name: str, count: int) -> bool:
        left = getattr(self.faults, name)
        if not left:
            return False
        setattr(self.faults, name, max(left - count, 0))
        if left > count:
            return False
        self.faults.count(name)
        self.power_on()
        return True

    def _has_wifi(self) -> bool:
        return self.station.joined is not None

    def _wifi_changed(self, up: bool) -> None:
        if not up:
            self.session.uplink.abandon()
            self.session.lost()

    def _provisioned(self) -> None:
        air, point = self.station.air, self.new_access_point
        if point is not None and point not in air.points:
            air.points.append(point)
        point = point or self.station.joined or next(iter(air.visible()), None)
        if point is not None:
            self.remember(point.ssid, point.password)
            if self.station.joined != point:
                self.station.join(point.ssid, point.password)

    def remember(self, ssid: bytes, password: bytes) -> bool:
        """Store the access point to join after a boot; False when the flash refuses."""
        key = AccessPointKey(ssid.decode("latin-1"), password.decode("latin-1"))
        self.flash.access_point = key
        return self.flash.save()


async def _generic(module: Module, form: Form, values: list[Any]) -> None:
    """A command the transcription knows and this emulator does not: it answers as its reply says."""
    for word in form.reply:
        if word == "ok":
            module.ok(form)
        elif word == "prompt":
            module.say(b">\r\n")
            if await module.take(next(each for each in values if isinstance(each, int))) is None:
                module.cme(204)
                return
            module.queue()
        elif word == "result":
            module.result(form)
