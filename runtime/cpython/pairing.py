"""Wi-Fi provisioning at a desk: what an app's access point led to, and what its numbers mean."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from . import provisioning
from .errors import look_up
from .hands import Procedure
from .secret import Secret

if TYPE_CHECKING:
    from .meaning import Meaning

Stop = Callable[[], bool]


class Provisioned(NamedTuple):
    """How it ended. state: WIFI_CONNECT_SUCCESS; WIFI_CONNECT_FAILED or FAIL, with the numbers of the manual's 7.4;
    STOPPED, TIMEOUT, or RESET where the module restarted."""

    state: str
    code: int | None = None
    sub_code: int | None = None

    @property
    def joined(self) -> bool:
        """Has the module joined the access point?"""
        return self.state == "WIFI_CONNECT_SUCCESS"

    @property
    def meaning(self) -> Meaning | None:
        """What the code means; None without one, or with one the manual does not know."""
        return look_up(self.code, ["provisioning"])[1]

    @property
    def reason(self) -> Meaning | None:
        """What the sub-code means."""
        return look_up(self.sub_code, ["sub"])[1]


def softap(
    ssid: str | bytes, password: str | bytes, timeout: float, stop: Stop | None
) -> Procedure:
    """The procedure of softAP; timeout in seconds."""
    hidden = Secret(password) if isinstance(password, str) else password
    return Procedure(
        lambda hands: provisioning.softap(hands, ssid, hidden, int(timeout * 1000), stop)
    )


def smartconfig(timeout: float, stop: Stop | None) -> Procedure:
    """The procedure of SmartConfig."""
    return Procedure(lambda hands: provisioning.smartconfig(hands, int(timeout * 1000), stop))
