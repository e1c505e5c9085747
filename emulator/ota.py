"""Firmware update on the module's side: report, download, check, store, tell (4.4, dialogue 44-update)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any, Protocol

from .clock import Clock, Timer
from .flash import Device, Firmware, Flash
from .generation import FIRST, Generation
from .session import Session
from .task import Pending

__all__ = ["Fetcher", "Updater"]

OVER_SIZE, FLASH_ERROR, BROKEN_OFF = 201, 207, 208
RESET = 2.0  # seconds from UPDATERESET to the restart
MALFORMED_URL, CLOSED = -7, -3


class Fetcher(Protocol):
    """Gets a file from a URL."""

    def fetch(self, url: str, limit: int) -> Pending[bytes | int]:
        """The body, at most ``limit`` bytes and one; or a code of 7.1 (-3 to -11)."""


class Updater:
    """States: ``off``, ``on``, ``downloading``. ``say`` prints a line."""

    PAUSE = 0.1  # seconds, at least, between +TCOTASET:OK and ENTERUPDATE
    SPEED = 200_000  # bytes per second that the flash takes

    def __init__(
        self,
        clock: Clock,
        flash: Flash,
        session: Session,
        fetcher: Fetcher,
        say: Callable[[bytes], None],
        generation: Generation = FIRST,
    ) -> None:
        self.generation = generation
        self.restart: Callable[[], None] = lambda: None
        self.tries = 0
        self.clock = clock
        self.flash = flash
        self.session = session
        self.fetcher = fetcher
        self.say = say
        self.state = "off"
        self.version = ""
        self.offset = 0
        self.reported: Callable[[str], None] = lambda version: None
        self.fail_with = 0
        self.download_time: float | None = None  # seconds; None: by the size
        self._order: dict[str, Any] = {}
        self._life = 0
        self._not_before = 0.0
        self._timer: Timer | None = None
        session.heard = self.heard
        session.back = self._back

    def topic(self, head: str, service: str = "$ota") -> bytes:
        """``$ota/<head>/<pid>/<dev>`` of this device."""
        device = self.flash.device or Device("", "", "")
        return f"{service}/{head}/{device.product_id}/{device.device_name}".encode("latin-1")

    def listen(self) -> Pending[int]:
        """Subscribe the OTA topic while OTA is enabled."""
        if self.state == "off":
            return Pending.of(0)
        if self.generation.inner_topics:
            return self.session.subscribe(self.topic("update"), 1)
        return self.session.uplink.subscribe(self.topic("update"), 1)

    def _back(self) -> None:
        self.listen()

    def start(self, version: str) -> Pending[int]:
        """Enable: subscribe and report the running version; 0, or the code of the subscription."""
        self.state, self.version = "on", version
        answer: Pending[int] = Pending()

        def listening(code: int) -> None:
            if code == 0:
                self._not_before = self.clock.now() + self.PAUSE
                self.report({"type": "report_version", "report": {"version": version}})
                self.reported(version)
            else:
                self.state = "off"
            answer.resolve(code)

        self.listen().then(listening)
        return answer

    def stop(self) -> None:
        """Disable, and give up what is under way."""
        if self.state != "off" and self.session.connected:
            if self.generation.inner_topics:
                self.session.unsubscribe(self.topic("update"))
            else:
                self.session.uplink.unsubscribe(self.topic("update"))
        self.state = "off"
        self._life += 1
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def end_task(self) -> None:
        """Where OTA is a task of its own (2.x): end it; a download says that it was broken off."""
        if not self.generation.ota_task:
            return
        downloading = self.state == "downloading"
        self.stop()
        if downloading:
            self.flash.firmware = None
            self.say(b"+TCOTASTATUS:UPDATEFAIL,%d\r\n" % BROKEN_OFF)

    def report(self, content: dict[str, Any]) -> None:
        """Tell the cloud on ``$ota/report/<pid>/<dev>``."""
        payload = json.dumps(content, separators=(",", ":")).encode()
        self.session.uplink.publish(self.topic("report"), payload, 1)

    def heard(self, topic: bytes, payload: bytes) -> bool:
        """A message came; True when it is the cloud's word about updates and OTA is enabled."""
        if self.state == "off" or topic != self.topic("update"):
            return False
        try:
            order = json.loads(payload)
        except ValueError:
            return True
        wanted = isinstance(order, dict) and order.get("type") == "update_firmware"
        if wanted and self.state == "on" and self._timer is None:
            wait = max(self._not_before - self.clock.now(), 0.0)
            self._timer = self.clock.call_later(wait, lambda: self._enter(order))
        return True

    def _enter(self, order: dict[str, Any]) -> None:
        self._timer = None
        if self.state != "on":
            return
        self.tries = 0
        self._download(order)

    def _download(self, order: dict[str, Any]) -> None:
        self.state = "downloading"
        self._order = order
        self.offset = 0
        self.flash.firmware = None
        self.say(b"+TCOTASTATUS:ENTERUPDATE\r\n")
        self._progress(order, "downloading", 0)
        life = self._life
        limit = self.flash.module.fw_max_size

        def arrived(got: bytes | int) -> None:
            if life == self._life:
                size = 0 if isinstance(got, int) else len(got)
                time = size / self.SPEED if self.download_time is None else self.download_time
                self._timer = self.clock.call_later(time, lambda: self._arrived(order, got, limit))

        url, size = order.get("url"), order.get("file_size")
        if not isinstance(url, str) or "://" not in url:
            arrived(MALFORMED_URL)
        elif isinstance(size, int) and size > limit:
            arrived(OVER_SIZE)
        else:
            self.fetcher.fetch(url, limit).then(arrived)

    def break_off(self, code: int) -> None:
        """Fail with a code of 7.1 or 7.2: the download under way, else the next."""
        self.fail_with = code
        if self.state == "downloading":
            self._life += 1
            if self._timer is not None:
                self._timer.cancel()
            self._arrived(self._order, b"", 0)

    def _arrived(self, order: dict[str, Any], got: bytes | int, limit: int) -> None:
        self._timer = None
        code = self.fail_with or (got if isinstance(got, int) else self._store(order, got, limit))
        if code and code != self.generation.check_failed and self.tries < self.generation.retries:
            self.tries += 1
            self._download(order)
            return
        self.fail_with = 0
        self.state = "on"
        if self.generation.ota_task:
            self.stop()
        if code:
            self.flash.firmware = None
            self._progress(order, "fail", code)
            self.say(b"+TCOTASTATUS:UPDATEFAIL,%d\r\n" % code)
        else:
            self._progress(order, "done", 0)
            self.say(b"+TCOTASTATUS:UPDATESUCCESS\r\n")
            if self.flash.firmware is not None and self.flash.firmware.own:
                self.say(b"+TCOTASTATUS:UPDATERESET\r\n")
                self._timer = self.clock.call_later(RESET, self.restart)

    def _store(self, order: dict[str, Any], data: bytes, limit: int) -> int:
        size, md5 = order.get("file_size"), order.get("md5sum")
        if len(data) > limit:
            return OVER_SIZE
        if isinstance(size, int) and len(data) < size:
            return CLOSED
        found = hashlib.md5(data, usedforsecurity=False).hexdigest()
        if size != len(data) or not isinstance(md5, str) or md5.lower() != found:
            return self.generation.check_failed
        name = str(order.get("url")).rsplit("/", 1)[-1]
        own = name.startswith(self.generation.own_image)
        self.flash.firmware = Firmware(str(order.get("version", "")), found, data, own)
        return 0 if self.flash.save() else FLASH_ERROR

    def _progress(self, order: dict[str, Any], state: str, code: int) -> None:
        progress = {"state": state, "percent": "0", "result_code": str(code), "result_msg": ""}
        self.report(
            {
                "type": "report_progress",
                "report": {"progress": progress, "version": str(order.get("version", ""))},
            }
        )
