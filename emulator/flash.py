"""What the module keeps over a restart: identity, settings, the access point, the firmware image."""

from __future__ import annotations

import base64
import json
import stat
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

from .paths import write

__all__ = ["AccessPointKey", "Device", "Firmware", "Flash", "ModuleInfo", "Product"]

REGION = "ap-guangzhou"


@dataclass(frozen=True, slots=True)
class Device:
    """Device information (manual 2.1), as text decoded latin-1 so that every byte survives."""

    product_id: str
    device_name: str
    secret: str
    region: str = REGION


@dataclass(frozen=True, slots=True)
class Product:
    """Product information (2.2)."""

    product_id: str
    secret: str
    device_name: str
    region: str = REGION


@dataclass(frozen=True, slots=True)
class ModuleInfo:
    """Module settings (6.5); addresses and sizes in bytes, flash size in MB."""

    name: str = "ESP-WROOM-02D"
    flash_size: int = 2
    led_gpio: int = 0
    fw_info_address: int = 0x111000
    fw_base_address: int = 0x112000
    fw_max_size: int = 716800
    fixed_conn_id: int = 1


@dataclass(frozen=True, slots=True)
class AccessPointKey:
    """The access point to join after a boot."""

    ssid: str
    password: str


@dataclass(frozen=True, slots=True)
class Firmware:
    """An image that was downloaded for the host (4)."""

    version: str
    md5: str
    data: bytes = field(repr=False)
    own: bool = False  # it was the module's


@dataclass
class Flash:
    """The contents; ``save`` writes them to ``path``, all or nothing. Without a path they live in memory."""

    path: Path | None = None
    device: Device | None = None
    product: Product | None = None
    module: ModuleInfo = field(default_factory=ModuleInfo)
    access_point: AccessPointKey | None = None
    wifi_mode: int = 1
    mqtt_server: str | None = None
    firmware: Firmware | None = None

    @classmethod
    def load(cls, path: str | Path) -> Flash:
        """Read ``path``; a missing file is an empty flash, anything but one we wrote raises ValueError."""
        made = cls(path=Path(path))
        try:
            if not stat.S_ISREG(Path(path).stat().st_mode):
                raise ValueError(f"{path}: no flash file: it is no plain file")
            raw = json.loads(Path(path).read_text("utf-8"))
            made._fill(raw)
        except FileNotFoundError:
            return made
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            raise ValueError(f"{path}: no flash file: {error!r}") from error
        return made

    def _fill(self, raw: Any) -> None:
        known = {each.name for each in fields(self)} - {"path"}
        if not isinstance(raw, dict) or set(raw) - known or not raw:
            raise ValueError("something else stands in it")
        self.device = Device(**raw["device"]) if raw.get("device") else None
        self.product = Product(**raw["product"]) if raw.get("product") else None
        self.module = ModuleInfo(**raw.get("module", {}))
        self.access_point = (
            AccessPointKey(**raw["access_point"]) if raw.get("access_point") else None
        )
        self.wifi_mode = int(raw.get("wifi_mode", 1))
        self.mqtt_server = raw.get("mqtt_server")
        image = raw.get("firmware")
        if image:
            data = base64.b64decode(image["data"], validate=True)
            self.firmware = Firmware(image["version"], image["md5"], data, bool(image.get("own")))

    def save(self) -> bool:
        """Write the file, for this user alone; False when the disk refuses."""
        if self.path is None:
            return True
        image = self.firmware
        content = {
            "device": asdict(self.device) if self.device else None,
            "product": asdict(self.product) if self.product else None,
            "module": asdict(self.module),
            "access_point": asdict(self.access_point) if self.access_point else None,
            "wifi_mode": self.wifi_mode,
            "mqtt_server": self.mqtt_server,
            "firmware": image
            and {
                "version": image.version,
                "md5": image.md5,
                "own": image.own,
                "data": base64.b64encode(image.data).decode("ascii"),
            },
        }
        try:
            write(self.path, json.dumps(content, ensure_ascii=False, indent=1))
        except OSError:
            return False
        return True

    def forget_identity(self) -> None:
        """What TCRESTORE clears (2.5): device, product and image, not the module settings."""
        self.device = self.product = self.firmware = None
