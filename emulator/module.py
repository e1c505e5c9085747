"""The module itself: its state, and the order of its checks. No I/O, and time only by its clock."""

from __future__ import annotations

import logging
import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from .checks import Complaint, Crash, checked
from .clock import Clock
from .cloud.uplink import Uplink
from .faults import Faults
from .flash import AccessPointKey, Flash
from .generation import of
from .lines import Lines
from .ota import Fetcher, Updater
from .power import Power, Timing
from .provisioning import Provisioning
from .quirks import Quirks
from .reader import Request, Unknown, read
from .session import Session
from .spec import Form, Spec
from .task import Pending, Task
from .voice import Voice
from .wifi import AccessPoint, Air, Station

__all__ = ["BEHAVIOURS", "Behaviour", "Module", "Timing", "Value", "command", "mac", "state_guard"]

LOG = logging.getLogger("tencent_at_emulator")

T = TypeVar("T")
Value = int | bytes
Behaviour = Callable[["Module", Form, list[Any]], Awaitable[None]]

Guard = Callable[["Module"], int]

BEHAVIOURS: dict[tuple[str, str], Behaviour] = {}
GUARDS: dict[tuple[str, str], Guard] = {}

END = b"\r\n"
INVALID = 204
BOOT = 115200  # baud (1.3)


def command(name: str, *forms: str) -> Callable[[Behaviour], Behaviour]:
    """Register a behaviour for forms of a command."""

    def registered(behaviour: Behaviour) -> Behaviour:
        for form in forms:
            BEHAVIOURS[name, form] = behaviour
        return behaviour

    return registered


def state_guard(name: str, form: str) -> Callable[[Guard], Guard]:
    """Register what a form looks at before its parameters: 0, or the number of the refusal."""

    def registered(guard: Guard) -> Guard:
        GUARDS[name, form] = guard
        return guard

    return registered


def mac(number: int) -> str:
    """The hardware address of module ``number``: as many in a row as there are numbers, 0 the manual's (2.4)."""
    return "3c:71:bf:" + ((0x33AFFD + number) & 0xFFFFFF).to_bytes(3, "big").hex(":")


class Module(Voice):
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
        super().__init__(faults or Faults(), quirks or Quirks())
        self.spec = spec
        self.generation = generation = of(spec.firmware, spec.revision, spec.chip)
        self.clock = clock
        self.flash = flash
        self.timing = timing or Timing()
        self.random = random.Random(seed)
        self.rate_changed: Callable[[int], None] = lambda baud: None
        self.cut: Callable[[], None] = lambda: None
        self.station = Station(clock, air, self._say_wifi)
        self.station.changed = self._wifi_changed
        self.session = Session(clock, uplink, self.say, self._has_wifi, self.quirks, generation)
        self.updater = Updater(clock, flash, self.session, fetcher, self.say, generation)
        self.updater.restart = lambda: self.power.on()
        self.provisioning = Provisioning(clock, self.say, self._provisioned, self._provision)
        self.provisioning.says_fail = generation.says_fail
        self.power = Power(
            clock,
            self.timing,
            self.faults,
            self.random,
            put=self.put,
            talk=lambda noise: self.out(noise),
            stop=self._stop,
            begun=self._begun,
        )
        self.lines = Lines(
            clock,
            self.quirks,
            echo=self._echo,
            say=self.say,
            run=self._run,
            busy=lambda: self._task is not None or not self.power.running,
            refuse=self.unknown,
            force=self._force,
            idle_time=idle_time,
            line_end_within=generation.line_end_within,
        )
        self.mac = mac(0)
        self.echo = True
        self.baud = self.boot_baud = BOOT
        self.commands = 0
        self.bytes_in = 0
        self.new_access_point: AccessPoint | None = None
        self.switches: dict[str, int] = {}
        self.server = ""  # where it is not kept in flash
        self.troubles: list[str] = []
        self._task: Task | None = None
        self._under_way = ""

    # ---- power

    def wake(self) -> None:
        """Be awake at once and without a word."""
        self.power.wake()
        self.echo = True

    def _begun(self) -> None:
        """Ready: Wi-Fi if an access point is stored."""
        self.echo = True
        life = self.power.life

        def join() -> None:
            key = self.flash.access_point
            station = self.flash.wifi_mode != 2
            if life == self.power.life and station and key and self.station.joined is None:
                self.station.keep_joining(key)

        if self.flash.access_point is not None:
            self.clock.call_later(self.timing.wifi, join)

    def _stop(self) -> None:
        """What goes with the power."""
        if self._task is not None:
            self._task.cancel()
            self._task = None
        self.lines.clear()
        self.cut()
        self.muted = False
        self.switches.clear()
        self.server = ""
        self.station.power_off()
        self.updater.stop()
        self.updater.offset = 0
        self.session.drop()
        self.session.settings = type(self.session.settings)()
        self.provisioning.cancel()
        if self.baud != self.boot_baud:
            self.baud = self.boot_baud
            self.rate_changed(self.baud)

    def _force(self) -> None:
        """A restart in the middle of a command: it says nothing more, what it has said leaves the line."""
        self.power.die(self.out_time())

    # ---- what comes in

    def receive(self, chunk: bytes) -> None:
        """A chunk of at most sixty bytes; lost while the module boots."""
        if not self.power.running:
            return
        self.bytes_in += len(chunk)
        if not self._fault_restart("reboot_byte", len(chunk)):
            self.lines.receive(chunk)

    def _echo(self, chunk: bytes) -> None:
        if self.echo:
            self.put(chunk)

    # ---- one command

    def _run(self, line: bytes) -> None:
        try:
            request = read(self.spec, line)
        except Unknown as unknown:
            self.unknown(unknown.code)
            return
        form = request.command.forms.get(request.form)
        if form is None:
            self.error()
            return
        self.commands += 1
        if self._fault_restart("reboot_command", 1):
            return
        self._under_way = f"{form.command} {form.form}"
        self._task = Task(self._perform(form, request), self._ended, self._failed)
        self._task.start()

    def _ended(self) -> None:
        self._task = None
        self.muted = False
        self.lines.go_on()

    def _failed(self, error: Exception) -> None:
        """A behaviour of ours broke: an error on the wire, and a report; the module is free again."""
        name = f"{self._under_way}: {type(error).__name__}: {error}"
        self.troubles.append(name)
        LOG.error("%s", name, exc_info=error)
        self.muted = False
        self.error()
        self._ended()

    async def _perform(self, form: Form, request: Request) -> None:
        faults = self.faults
        if faults.late and faults.strikes(faults.late_rate, "late"):
            await self.sleep(faults.late)
        self.muted = faults.strikes(faults.mute_rate, "mute")
        if form.form == "test":
            self._test(form)
            return
        refusal = 0 if form.when else self._refusal(form)
        if refusal:
            self.cme(refusal)
            return
        try:
            values = checked(form, request, self.quirks) if form.form == "set" else []
        except Crash:
            self.power.on()
            return
        except Complaint as complaint:
            self._complain(complaint)
            return
        given = form.named(values)
        if form.when and all(given.get(name) == value for name, value in form.when):
            refusal = self._refusal(form)
            if refusal:
                self.cme(refusal)
                return
        if self.fail_next is not None and form.reply == ("ok", "result") and not form.maybe:
            self.ok(form)
            self.result(form, 0)
            return
        behaviour = BEHAVIOURS.get((form.command, form.form), _generic)
        await behaviour(self, form, values)

    def _complain(self, complaint: Complaint) -> None:
        if complaint.index is not None:
            self.say(b"ERR CODE:0x0108%04x\r\n" % complaint.index)
        if complaint.core:
            self.error()
        else:
            self.cme(INVALID)

    def _test(self, form: Form) -> None:
        if form.text:
            self.say(form.text.encode() + END)
        self.ok(form)

    def state_of(self, name: str) -> str | None:
        """The value of one of the transcription's states; None for one this emulator does not know."""
        if name == "mqtt":
            if self.generation.reconnecting_refuses and self.session.state != "off":
                return "connected" if self.session.connected else self.session.state
            return "connected" if self.session.connected else "disconnected"
        return self.updater.state if name == "ota" else None

    def _refusal(self, form: Form) -> int:
        """Connection first, then OTA (7.2): the order in which the transcription lists its states."""
        requires = dict(form.requires)
        for name, number in self.spec.refusals.items():
            state = self.state_of(name)
            if name in requires and state is not None and state not in requires[name]:
                return number
        guard = GUARDS.get((form.command, form.form))
        return guard(self) if guard is not None else 0

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
        return await self.lines.take(length)

    def queue(self) -> None:
        """From here on commands wait instead of being answered busy (3.4, 6.3, quirk queue-behind-payload)."""
        self.lines.queueing = True

    async def restart(self) -> None:
        """Boot by command, once what was said has left the line."""
        if (left := self.out_time()) > 0:
            await self.sleep(left)
        self.power.on()

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
        self.power.on()
        return True

    def _has_wifi(self) -> bool:
        return self.station.joined is not None

    def _wifi_changed(self, up: bool) -> None:
        if not up:
            self.session.uplink.abandon()
            self.session.lost()

    def _say_wifi(self, line: bytes) -> None:
        """A WIFI line; while provisioning runs its event handler is another's (quirk provisioning-silent)."""
        if self.provisioning.kind is None or not self.quirks.provisioning_silent:
            self.say(line)

    def _provision(self) -> None:
        if self.quirks.provisioning_leaves:
            self.station.leave()

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
            if (
                await module.take(
                    next(v for a, v in zip(form.args, values, strict=False) if a.kind == "raw")
                )
                is None
            ):
                module.cme(204)
                return
            module.queue()
        elif word == "result":
            module.result(form)
