"""The line: modules come to the ports, and each is given the identity that is meant for it, once."""

from __future__ import annotations

import contextlib
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import tencent_at
from tencent_at.wire.masks import Masks

from ..commands.device import store
from ..commands.wifi import wait_until_joined
from ..desk.exits import Exit, Stop
from ..desk.options import Session
from ..desk.port import opened
from .ledger import BEGUN, DONE, FREE, HELD, Ledger, Use, Used, now
from .orders import Unit
from .results import Book, Result
from .waiting import Waiting

__all__ = ["Line", "Work"]

NOTHING_STORED = 207  # manual 5.1


@dataclass
class Work:
    """What all ports of a line share. done: told each result. again: what was given may be given once more."""

    made: Session
    book: Book
    ledger: Ledger
    order: Path
    done: Callable[[Result], None]
    wifi: tuple[str, str] | None = None
    connect: bool = True
    swap: bool = False
    again: bool = False
    results: list[Result] = field(default_factory=list)

    def use(self, unit: Unit) -> Use | None:
        """What became of the unit's identity before, as the ledger knows it, or this order's results."""
        row = self.book.last(unit)
        known = self.ledger.last(unit.product_id, unit.device_name)
        if known or not row:
            return known
        state = {"yes": DONE, "begun": BEGUN}.get(
            row["ok"], HELD if row["given"] == "yes" else FREE
        )
        return Use(
            unit.product_id, unit.device_name, row["mac"], row["port"], state, row["time"],
            str(self.book.path),
        )  # fmt: skip

    def bound(self, unit: Unit) -> bool:
        """Was the unit begun before, so that only the module of then may have it?"""
        use = None if self.again else self.use(unit)
        return bool(use and use.state != FREE)

    def entry(self, result: Result, state: str) -> Use:
        """What the ledger keeps of a result."""
        return Use(
            result.product_id, result.device_name, result.mac, result.port, state, now(),
            str(self.order), result.again,
        )  # fmt: skip


@dataclass(frozen=True)
class Held:
    """The identity that a module holds."""

    product_id: str
    device_name: str
    bcc: int

    @property
    def key(self) -> str:
        """The identity, as one word."""
        return f"{self.product_id}/{self.device_name}"

    def is_of(self, unit: Unit) -> bool:
        """Is it this unit's, its secret included?"""
        return self.key == unit.key and unit.bcc in (None, self.bcc)


def held(modem: tencent_at.Modem) -> Held | None:
    """What a module holds; None where it holds nothing."""
    try:
        row = modem.device_info()
    except tencent_at.CommandRefused as error:
        if error.number != NOTHING_STORED:
            raise
        return None
    return Held(row.product_id, str(row.device_name), row.secret_bcc)


class Unfit(Exception):
    """The module at a port can be given none of the units that wait: the text says why."""


class Line:
    """The units that wait; each port takes the next one that fits its module."""

    def __init__(self, work: Work, units: list[Unit], ports: list[str]) -> None:
        self.work = work
        self.waiting = Waiting(units, work.bound)
        self.states: dict[str, str] = {}
        self.troubles: list[str] = []
        self.broken: Stop | None = None  # what can be kept no longer; the line has stopped
        self._lock = threading.RLock()
        self._stopping = threading.Event()
        own = [unit.port for unit in units if unit.port]
        self.ports = list(dict.fromkeys([*ports, *own]))
        self.threads = [
            threading.Thread(target=self._work, args=(port,), name=port, daemon=True)
            for port in self.ports
        ]

    def start(self) -> None:
        """Begin on all ports."""
        for thread in self.threads:
            thread.start()

    def stop(self) -> None:
        """Take no further units; those under way are finished."""
        self._stopping.set()

    @property
    def stopping(self) -> bool:
        """Was it told to stop?"""
        return self._stopping.is_set()

    @property
    def running(self) -> bool:
        """Is a unit under way?"""
        return any(thread.is_alive() for thread in self.threads)

    # ---- which unit ------------------------------------------------------------------------------

    def _take(self, port: str) -> Unit | None:
        with self._lock:
            return None if self.stopping else self.waiting.take(port)

    def fitting(self, port: str, unit: Unit, mac: str, holds: Held | None) -> Unit:
        """The unit for the module that is there, instead of the one that was taken. Raises Unfit."""
        with self._lock:
            self.waiting.give_back(unit)
            made = self._own(port, mac, holds) or self._next(port, mac)
            self.waiting.remove(made)
            return made

    def _own(self, port: str, mac: str, holds: Held | None) -> Unit | None:
        # The unit whose identity the module holds already; Unfit where it must not be overwritten.
        if not holds or self.work.again:
            return None
        unit = self.waiting.named(holds.key, port)
        use = self.work.use(unit) if unit else self.work.ledger.last(*holds.key.split("/", 1))
        if unit and holds.is_of(unit):
            if use and use.binds(mac):
                raise Unfit(f"the module {mac} holds {holds.key}, but {use}")
            return unit
        if not unit and use and use.state != FREE and use.mac == mac:
            raise Unfit(f"the module {mac} holds {holds.key} already: {use}")
        return None

    def _next(self, port: str, mac: str) -> Unit:
        fresh, reason = self.waiting.fresh(port), "no unit waits"
        if fresh:
            return fresh
        for unit in self.waiting.begun(port):
            use = self.work.use(unit)
            if use is None or (use.state == HELD and not use.binds(mac)):
                return unit
            reason = str(use)
        raise Unfit(f"nothing for the module {mac}: {reason}")

    # ---- a port ----------------------------------------------------------------------------------

    def _work(self, port: str) -> None:
        try:
            mac = self._turn(port)
            while self.work.swap and len(self.waiting) and self._swapped(port, mac):
                mac = self._turn(port)
        except Stop as error:  # what cannot be kept
            self.broken = self.broken or error
            self.stop()

    def _turn(self, port: str) -> str:
        # One module: the MAC that it has, or "?".
        unit = self._take(port)
        if unit is None:
            return "?"
        bound = self.work.bound(unit)
        run = Run(self, port, unit)
        try:
            run.all()
        except (Unfit, Used) as error:
            self._trouble(port, run, str(error))
            return run.result.mac or "?"
        except Unkept:
            self.waiting.give_back(run.unit)
            raise
        with self._lock:
            if (
                bound and not run.fits
            ):  # the port did not open, or the module was silent: nothing has changed
                self._trouble(port, run, run.result.problem)
            else:
                self.work.results.append(run.result)
                self.work.done(run.result)
        return run.result.mac or "?"

    def _trouble(self, port: str, run: Run, why: str) -> None:
        with self._lock:
            self.waiting.give_back(run.unit)
            self.troubles.append(f"{port}: {why}")
            self.states[port] = f"{why}: failed"

    def _swapped(self, port: str, mac: str) -> bool:
        # Waits for another module on the port; False when the line ends first.
        while not self._stopping.wait(1.0):
            self.states[port] = "waiting for the next module"
            with (
                contextlib.suppress(Stop, tencent_at.TencentAtError, OSError),
                opened(session_of(self.work.made, port, Masks(), None), url=port) as modem,
            ):
                if (modem.module().mac or "?") != mac:
                    return True
        return False


class Run:
    """One module at one port: what it is, which unit fits it, and how it went."""

    def __init__(self, line: Line, port: str, unit: Unit) -> None:
        self.line = line
        self.work = line.work
        self.port = port
        self.unit = unit
        self.fits = False  # is it known which unit the module is?
        self.begun = False  # is it kept that the identity is about to be written?
        self.result = self._result()

    def _result(self) -> Result:
        unit, use = self.unit, self.work.use(self.unit)
        self._before = use if use and use.state != FREE else None
        return Result(unit.device_name, unit.product_id, port=self.port, bcc=unit.bcc or 0,
                      given=self._before is not None, again=self.work.again)  # fmt: skip

    def all(self) -> None:
        """Do it; what goes wrong is in the result. Raises Unfit and Used, and Unkept where the line must stop."""
        began = time.monotonic()
        masks = Masks()
        for value in (
            self.unit.device_secret,
            self.unit.product_secret,
            *(self.work.wifi or ())[1:],
        ):
            masks.learn(value)
        try:
            self._open(masks)
            self.result.ok = True
        except (Unfit, Used, Unkept):
            raise
        except Exception as error:  # a failed unit never stops the line
            text = str(error) or type(error).__name__
            for each in (masks, self.work.made.masks):
                text = each.shown(text.encode("utf-8", "replace")).decode("utf-8", "replace")
            self.result.problem = text
        self.result.seconds = round(time.monotonic() - began, 2)
        self.result.time = now()
        if self.begun:
            state = DONE if self.result.ok else HELD if self.result.given else FREE
            kept(self.work.ledger.end, self.work.entry(self.result, state))
        self.line.states[self.port] = (
            f"{self.unit.device_name}: {'done' if self.result.ok else 'failed'}"
        )

    def _step(self, name: str) -> None:
        self.result.step = name
        self.line.states[self.port] = f"{self.unit.device_name}: {name}"

    def _open(self, masks: Masks) -> None:
        self._step("open")
        own = session_of(
            self.work.made, self.port, masks, tape_of(self.work.made.capture, self.unit)
        )
        with opened(own, url=self.port, start=False) as modem:
            self._step("handshake")
            modem.start()
            mac, step = modem.module().mac or "", self.result.step
            holds = held(modem)
            fitting = self.line.fitting(self.port, self.unit, mac, holds)
            if fitting != self.unit:
                self.unit, self.result = fitting, self._result()
                self.result.step = step
                masks.learn(fitting.device_secret or fitting.product_secret)
            self.result.mac, self.fits = mac, True
            if modem.mqtt_state():
                modem.disconnect()
            try:
                self._prepare(modem, holds)
            except Exception:
                with contextlib.suppress(tencent_at.TencentAtError):
                    found = held(modem)
                    elsewhere = self._before is not None and self._before.binds(mac)
                    self.result.given = elsewhere or bool(found and found.key == self.unit.key)
                raise

    def _prepare(self, modem: tencent_at.Modem, holds: Held | None) -> None:
        unit = self.unit
        if unit.product_secret:
            self._join(modem)
        self._begin()
        if holds and holds.is_of(unit) and not self.work.again:
            self.result.bcc = holds.bcc
        elif unit.product_secret:
            self._step("register")
            self._register(modem)
        else:
            self._step("identity")
            store(modem, unit.product_id, unit.device_name, unit.device_secret)
        if not unit.product_secret:
            self._join(modem)
        if self.work.connect:
            self._step("connect")
            wait_until_joined(modem)
            modem.connect()
            modem.disconnect()
        self._step("done")

    def _begin(self) -> None:
        # On the disk before a byte of the identity is written, in the ledger and beside the order.
        self._step("begin")
        self.result.given, self.result.time = True, now()
        kept(self.work.ledger.begin, self.work.entry(self.result, BEGUN))
        try:
            kept(self.work.book.begin, self.result)
        except Unkept:
            with contextlib.suppress(Stop):  # nothing was written
                self.work.ledger.end(self.work.entry(self.result, FREE))
            raise
        self.begun = True

    def _register(self, modem: tencent_at.Modem) -> None:
        wait_until_joined(modem)
        modem.set_product_info(
            self.unit.product_id, self.unit.product_secret, self.unit.device_name
        )
        modem.register()
        found = held(modem)
        if not found or not found.is_of(self.unit):
            raise Stop(Exit.WRONG, "the module holds another identity than was registered")
        self.result.bcc = found.bcc

    def _join(self, modem: tencent_at.Modem) -> None:
        if self.work.wifi:
            self._step("wifi")
            modem.set_wifi_mode(1)
            modem.join(*self.work.wifi)


class Unkept(Stop):
    """What must be on the disk cannot be put there: the line stops."""


def kept(keep: Callable[..., None], what: object) -> None:
    """Keep something; Unkept where that fails."""
    try:
        keep(what)
    except Stop as error:
        raise Unkept(error.code, str(error), error.advice) from None


def session_of(made: Session, port: str, masks: Masks, tape: Path | None) -> Session:
    """A port's own session: its secrets alone are looked for in its lines, however long the order is."""
    return Session(
        port, made.baud, made.verbose, tape, made.language, made.dtr, made.rts, masks=masks
    )


def tape_of(capture: Path | None, unit: Unit) -> Path | None:
    """With --capture FILE each unit has a file of its own."""
    name = re.sub(r"[^\w.-]", "_", unit.device_name)
    return capture and capture.with_name(f"{capture.stem}.{name}{capture.suffix}")
