"""What a firmware does that no manual says: that of 1.x (V3.1.3), and that of 2.x (V3.2.0 and later)."""

from __future__ import annotations

from dataclasses import dataclass, field

from .flash import ModuleInfo

__all__ = ["FIRST", "Generation", "of"]


@dataclass(frozen=True, slots=True)
class Generation:
    """The defaults are those of 1.x."""

    facts: dict[str, str]
    module_info: ModuleInfo = field(default_factory=ModuleInfo)
    subscriptions: int = 10
    too_many: int = -107
    inner_topics: bool = False  # topics of the firmware's own take slots, and show in TCMQTTSUB?
    reconnecting_refuses: bool = False  # neither connected nor disconnected while it reconnects
    ota_task: bool = False  # ends with the outcome; broken off it says UPDATEFAIL,208
    retries: int = 0  # of a broken download
    check_failed: int = 203
    any_server: bool = False  # a host name, in RAM alone
    ends_at_nul: bool = True  # TCMQTTPUBL
    line_end_within: float | None = None  # seconds; behind a payload. None: by the end of its burst
    own_image: str = "\0"  # how the name of an image begins that is the module's own
    says_fail: bool = True  # a provisioning that took too long has a second line


FIRST = Generation(
    {
        "compiled": "Jul 19 2019 20:30:10",
        "sdk": "3.1.0",
        "firmware": "QCloud_AT_ESP_WiFi_v1.2.0",
    }
)
COMPILED = {"2.0.0": "Jun 17 2020 16:25:27", "2.1.1": "Sep 10 2020 11:04:36"}


def of(firmware: str, revision: str, chip: str) -> Generation:
    """That of a firmware (``2.1.1``), the revision that it speaks (``V3.2.1``) and the chip that it is for."""
    if firmware.split(".")[0] in ("0", "1"):
        return FIRST
    return Generation(
        {
            "compiled": COMPILED.get(firmware, COMPILED["2.1.1"]),
            "sdk": revision[1:] if revision.startswith("V") else "3.2.1",
            "firmware": f"QCloud_AT_{chip}_v{firmware}",
        },
        module_info=ModuleInfo(fw_base_address=0x110000, fw_max_size=909312),
        subscriptions=12,
        too_many=202,
        inner_topics=True,
        reconnecting_refuses=True,
        ota_task=True,
        retries=3,
        check_failed=205,
        any_server=True,
        ends_at_nul=False,
        line_end_within=1.0,
        says_fail=False,
        own_image=f"{chip}_QCLOUD_AT",
    )
