"""`doctor`: step by step from the port to the cloud; what is wrong, and what to do."""

from __future__ import annotations

import contextlib
import json as json_text
import re
import time
from datetime import datetime, timezone
from typing import Annotated, Any

import typer
from rich.text import Text

import tencent_at
from tencent_at.watch import CAUSES, SUPPLY, boot

from ..desk.exits import Exit, Stop
from ..desk.language import LANGUAGE, said
from ..desk.options import Json, Session, session
from ..desk.output import (
    harmless,
    padded,
    plain,
    print_json,
    standard_error,
    standard_output,
    still,
)
from ..desk.port import Modem, Tap, calm, happenings, open_port, opened, resolve, tapped
from .wifi import joined

__all__ = ["FIRMWARE", "Finding", "doctor"]

RATES = (115200, 9600, 57600, 38400, 19200, 74880, 230400, 460800, 921600)
GOOD, POOR, BAD, SKIPPED = "good", "poor", "bad", "skipped"
SIGNS = {GOOD: ("✓", "green"), POOR: ("!", "yellow"), BAD: ("✗", "red"), SKIPPED: ("–", "dim")}
ROM_RATE, ROM_TIME = 74880, 4.0  # baud that the boot ROM speaks, seconds it is listened to
BOOTS = f"It does not finish its boot. {SUPPLY} Let GPIO0 go, and GPIO15 be low."
EXTERNAL = CAUSES[2]
PULLED = (
    "Its reset or enable pin is pulled again and again: look at EN and RST, and at what hangs on the adapter's DTR and "
    f"RTS (--dtr off --rts off). {SUPPLY}"
)
KNOCKS = (0.5, 1.2)  # seconds to wait for the answer to each AT
SILENT = (
    "Is a module connected? Check power and ground, that TX and RX are crossed, and that EN is high: one that is held "
    "in reset is as silent as none."
)
LOOP = (
    "TX and RX touch, or the adapter repeats what is sent, and the module's own TX is not connected. Take the module "
    "off: if they still come back, it is the wire."
)
FIRMWARE = (
    "Flash Tencent's QCloud AT firmware for this module (github.com/tencentyun/qcloud-iot-esp-wifi); a plain ESP-AT "
    "has Wi-Fi, and none of the commands that begin with AT+TC."
)
WEAK = -75  # dBm
CLOCK_OFF = 120  # seconds
ANSWER = 4.0  # seconds for the cloud to tell the time
TESTED = "1.2.0"  # the firmware whose wire behaviour this program was written for


class Finding(dict[str, Any]):
    """What one step found: step, state, text, advice."""


class Doctor:
    """Goes through the steps and keeps what it finds."""

    def __init__(self, made: Session, quiet: bool) -> None:
        self.made = made
        self.quiet = quiet
        self.findings: list[Finding] = []
        self.connected_here = False

    def say(self, step: str, state: str, text: str, advice: str = "") -> None:
        """Keep a finding, and print it."""
        text, advice = said(text), said(advice)
        self.findings.append(Finding(step=step, state=state, text=text, advice=advice))
        if self.quiet:
            return
        sign, colour = SIGNS[state]
        shown = harmless(text, lines=False)
        made = Text.assemble((f"{sign} ", colour), (padded(said(step), 10), "bold"), shown)
        standard_output().print(made)
        if advice:
            standard_output().print(Text(f"             → {advice}", "green"))

    @property
    def healthy(self) -> bool:
        """Was nothing bad?"""
        return all(finding["state"] != BAD for finding in self.findings)

    def skip(self, *steps: str) -> None:
        """Say that steps could not be taken."""
        for step in steps:
            self.say(step, SKIPPED, "not looked at")

    def run(self, url: str, connect: bool) -> None:
        """All steps; those after one that failed are skipped."""
        rest = ["echo", "firmware", "identity", "wifi", "mqtt", "clock"]
        baud = self.find_rate(url)
        if baud is None:
            self.skip(*rest)
            return
        self.made.baud = baud
        with opened(self.made, url=url, start=False) as modem:
            try:
                self.echo(modem)
                self.firmware(modem)
                named = self.identity(modem)
                online = self.wifi(modem)
                if not (named and online):
                    self.skip("mqtt", "clock")
                elif self.mqtt(modem, connect):
                    self.clock(modem)
                    self.leave_as_found(modem)
                else:
                    self.skip("clock")
            except (tencent_at.ModuleError, tencent_at.PortError) as error:
                restarted = isinstance(error, tencent_at.ModuleReset)
                advice = SUPPLY if restarted else "Check the cable, ground and power supply."
                self.say("line", BAD, str(error), advice)
            if modem.unstable:
                self.say("restarts", BAD, *split(modem.unstable))

    # ---- the port and its speed

    def find_rate(self, url: str) -> int | None:
        """The baud rate at which something answers AT; None after saying why not."""
        try:
            port = open_port(url, self.made.baud, self.made.pins)
        except Stop as error:
            self.say("port", BAD, str(error), error.advice)
            return None
        port.close()
        self.say("port", GOOD, f"{url.split('?')[0]} opens")
        is_line = "://" not in url
        rates = [self.made.baud, *(rate for rate in RATES if rate != self.made.baud)]
        heard: dict[int, bytes] = {}
        for rate in rates if is_line else rates[:1]:
            answer = self.knock(url, rate)
            if b"OK" in answer or b"ERR CODE" in answer or b"busy" in answer:
                self.rate_found(rate)
                return rate
            heard[rate] = answer
        rom = boot(b"".join(heard.values())) or (self.rom(url) if is_line else "")
        if rom:
            self.say(
                "boot", BAD, f"{rom}, and does not answer", PULLED if EXTERNAL in rom else BOOTS
            )
        elif is_line and not any(heard.values()) and self.held(url):
            pass
        else:
            self.say("baud", BAD, *self.silence(heard, is_line))
        return None

    def held(self, url: str) -> bool:
        """Does a module that is silent answer once the adapter's DTR and RTS let it go? Then say so."""
        if self.made.pins:
            return False
        for names in (("rts",), ("dtr",), ("rts", "dtr")):
            with contextlib.suppress(Stop):
                answer = self.knock(url, self.made.baud, dict.fromkeys(names, False))
                if b"OK" in answer or boot(answer):
                    pins = " and ".join(name.upper() for name in names)
                    options = " ".join(f"--{name} off" for name in names)
                    text = f"held in reset by the adapter's {pins}: it answers once that is off"
                    self.say("reset", BAD, text, f"Give {options}.")
                    return True
        return False

    def rate_found(self, rate: int) -> None:
        """Say at which rate the module answers."""
        if rate == self.made.baud:
            self.say("baud", GOOD, f"answers AT at {rate}")
        else:
            text = f"answers at {rate}, not at {self.made.baud}"
            self.say("baud", POOR, text, f"Give --baud {rate}.")

    def silence(self, heard: dict[int, bytes], is_line: bool) -> tuple[str, str]:
        """What it means that nothing answered, and what to do."""
        came = {rate: data for rate, data in heard.items() if data}
        sent = b"AT\r\n" * len(KNOCKS)
        if came and all(data in (sent, sent[: len(data)]) for data in came.values()):
            return "only what was sent comes back, and no answer to it", LOOP
        if came:
            rate = max(came, key=lambda rate: len(came[rate]))
            text = f"something came (at {rate}), but no answer to AT"
            return text, "Is it this firmware, and is the wire short enough? tencent-at monitor."
        text = f"nothing connected, or it is off: not one byte at {' '.join(map(str, heard))}"
        if not is_line:
            return text, "Does the other end of this URL lead to the module?"
        return text, SILENT

    def rom(self, url: str) -> str:
        """What the boot ROM says, at its own speed, of a module that restarts again and again; "" if nothing."""
        said = bytearray()
        with contextlib.suppress(Stop, tencent_at.PortError), tapped(self.made, url) as wire:
            tap = Tap(open_port(url, ROM_RATE, self.made.pins), wire)
            try:
                end = time.monotonic() + ROM_TIME
                while time.monotonic() < end:
                    said += tap.read(4096)
                    still(lambda: f"listening at {ROM_RATE} baud", "the boot ROM")
            finally:
                tap.close()
        return boot(bytes(said))

    def knock(self, url: str, rate: int, pins: dict[str, bool] | None = None) -> bytes:
        """What comes when AT is sent, twice, at a rate; once more to a module that was only starting."""
        status = standard_error().status(said(f"trying {rate} baud …"))
        answer = bytearray()
        with contextlib.nullcontext() if self.quiet else status, tapped(self.made, url) as wire:
            tap = Tap(open_port(url, rate, pins or self.made.pins), wire)
            try:
                waits = list(KNOCKS)
                for wait in waits:
                    tap.write(b"AT\r\n")
                    end = time.monotonic() + wait
                    while time.monotonic() < end and b"OK\r\n" not in answer:
                        answer += tap.read(4096)
                        still(lambda: f"no answer yet at {rate} baud", "the module's speed")
                    silent = b"ready\r\n" in answer and b"OK\r\n" not in answer
                    if silent and len(waits) == len(KNOCKS):
                        waits.append(wait)  # it was starting
            except tencent_at.PortError as error:
                self.say("baud", BAD, str(error), "Plug it in again.")
            finally:
                tap.close()
        return bytes(answer)

    # ---- the module

    def echo(self, modem: tencent_at.Modem) -> None:
        """Settle the line, turn the echo off."""
        began = time.monotonic()
        modem.start()
        for _ in range(3):
            modem.attention()
        noise = modem.counts.noise
        if noise > 3:
            text = f"works, but {noise} lines were damaged or unexpected"
            self.say("echo", POOR, text, "Shorten the wires; check ground and power.")
        else:
            self.say("echo", GOOD, f"off; four answers in {time.monotonic() - began:.2f} s")

    def firmware(self, modem: tencent_at.Modem) -> None:
        """Is it the Tencent firmware, and which?"""
        try:
            version = modem.version()
        except tencent_at.CommandRefused as error:
            unknown = error.table == "parser" or error.number is None
            text = "an ESP-AT without the Tencent commands" if unknown else str(error)
            self.say("firmware", BAD, text, FIRMWARE)
            return
        found = re.search(r"\d+\.\d+\.\d+", version.firmware or "")
        text = f"{version.firmware}, SDK {version.sdk}"
        if found and tuple(map(int, found[0].split("."))) < tuple(map(int, TESTED.split("."))):
            self.say("firmware", POOR, text, f"Older than {TESTED}: later commands may be missing.")
        else:
            self.say("firmware", GOOD, text)

    def identity(self, modem: tencent_at.Modem) -> bool:
        """Is an identity stored?"""
        try:
            row = modem.device_info()
        except tencent_at.CommandRefused as error:
            advice = "tencent-at device set PRODUCT NAME (or device register)"
            if error.number == 200:
                self.say("identity", POOR, "OTA is on, so it cannot be read")
                return True
            self.say("identity", BAD, "none is stored", advice)
            return False
        text = f"{row.product_id}/{plain(row.device_name)}, checksum of the secret {row.secret_bcc}"
        self.say("identity", GOOD, text)
        return True

    def wifi(self, modem: tencent_at.Modem) -> bool:
        """Is Wi-Fi joined, how strong, with an address?"""
        mode = modem.wifi_mode()
        found = joined(modem)
        if not found["joined"]:
            why = "the module is an access point only" if mode == 2 else "not joined"
            self.say("wifi", BAD, why, "tencent-at wifi scan, then tencent-at wifi join NAME")
            return False
        address = str(found.get("ip", "0.0.0.0"))
        text = f"{found['ssid']} at {found['rssi']} dBm, address {address}"
        if address == "0.0.0.0":
            self.say("wifi", BAD, text, "The access point gives no address: look at its DHCP.")
            return False
        if found["rssi"] < WEAK:
            self.say("wifi", POOR, text, "The signal is weak: move closer, turn the antenna.")
        else:
            self.say("wifi", GOOD, text)
        return True

    # ---- the cloud

    def mqtt(self, modem: tencent_at.Modem, connect: bool) -> bool:
        """Is MQTT connected, or can it be?"""
        if modem.mqtt_state():
            self.say("mqtt", GOOD, "connected")
            return True
        if not connect:
            self.say("mqtt", SKIPPED, "not connected; --offline forbids to try")
            return False
        began = time.monotonic()
        try:
            modem.connect()
        except (tencent_at.CommandFailed, tencent_at.CommandRefused) as error:
            meant = error.zh if LANGUAGE[0] == "zh" else error.en
            what = f"{error.number}: {meant or said('an unknown number')}"
            self.say("mqtt", BAD, what, getattr(error.advice, LANGUAGE[0]))
            return False
        self.connected_here = True
        self.say("mqtt", GOOD, f"connected in {time.monotonic() - began:.2f} s")
        return True

    def leave_as_found(self, modem: tencent_at.Modem) -> None:
        """Disconnect where it was this that connected."""
        if self.connected_here:
            with calm(), contextlib.suppress(tencent_at.ModuleError):
                modem.disconnect()

    def clock(self, modem: Modem) -> None:
        """Ask the cloud for the time; compare it with this computer's."""
        row = modem.device_info() if not _ota_is_on(modem) else None
        if row is None:
            self.skip("clock")
            return
        own = f"{row.product_id}/{plain(row.device_name)}"
        answers = f"$sys/operation/result/{own}"
        kept = {entry.topic for entry in modem.subscriptions()}
        try:
            modem.subscribe(answers, 0)
            modem.publish(f"$sys/operation/{own}", '{"type":"get","resource":["time"]}')
            cloud = _time_from(modem, answers)
        except tencent_at.ModuleError as error:
            self.say("clock", POOR, f"the cloud does not tell the time: {error}")
            return
        finally:
            with calm(), contextlib.suppress(tencent_at.ModuleError):
                if answers not in kept:
                    modem.unsubscribe(answers)
        if cloud is None:
            text = "the cloud did not answer; a private server may not tell the time"
            self.say("clock", POOR, text)
            return
        shown = datetime.fromtimestamp(cloud, timezone.utc).strftime("%Y-%m-%d %H:%M:%S UTC")
        off = abs(cloud - time.time())
        if off > CLOCK_OFF:
            text = f"the cloud says {shown}; this computer is {off:.0f} s away from it"
            self.say("clock", POOR, text, "Set this computer's clock; the round trip works.")
        else:
            self.say("clock", GOOD, f"a message went to the cloud and back: {shown}")


def split(text: str) -> tuple[str, str]:
    """What is wrong, and what helps."""
    what, _, advice = text.partition(". ")
    return what, advice


def _ota_is_on(modem: tencent_at.Modem) -> bool:
    with contextlib.suppress(tencent_at.ModuleError):
        return bool(modem.ota().enabled)
    return False


def _time_from(modem: Modem, topic: str) -> int | None:
    for came in happenings(modem, ANSWER):
        if isinstance(came, tencent_at.Message) and came.topic == topic:
            with contextlib.suppress(ValueError, KeyError, TypeError):
                return int(json_text.loads(came.payload)["time"])
    return None


def doctor(
    context: typer.Context,
    offline: Annotated[
        bool, typer.Option("--offline", help="Do not connect MQTT where it is not connected.")
    ] = False,
    json: Json = False,
) -> None:
    """Find out what is wrong: port, baud rate, echo, firmware, identity, Wi-Fi, MQTT, clock.

    Says in words what it finds and what to do. Exit code 8 when something is wrong. MQTT is left as
    it was found.
    """
    made = session(context)
    patient = Doctor(made, quiet=json)
    patient.run(resolve(made), not offline)
    if json:
        print_json({"healthy": patient.healthy, "findings": patient.findings, "baud": made.baud})
    if not patient.healthy:
        raise Stop(Exit.WRONG)
