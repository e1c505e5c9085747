"""The plain ESP-AT commands a host needs (1.3)."""

from __future__ import annotations

from typing import Any

from ..checks import EMPTY
from ..module import Module, command
from ..spec import Form

ADDRESSES = ("192.168.1.23", "192.168.1.1", "255.255.255.0")
FACTS = {
    "at": "1.2.0.0(Jul 19 2019 15:34:10)",
    "sdk": "v3.1-dev-311-g824cd8c8",
    "compiled": "Jul 19 2019 16:02:33",
    "bin": "1.2.0(ESP-WROOM-02D)",
}


@command("AT", "exec")
async def attention(module: Module, form: Form, values: list[Any]) -> None:
    """1.3."""
    module.ok(form)


@command("ATE0", "exec")
@command("ATE1", "exec")
async def set_echo(module: Module, form: Form, values: list[Any]) -> None:
    """1.3: ATE0 is itself echoed, for echo comes before parsing."""
    module.echo = form.command == "ATE1"
    module.ok(form)


@command("RST", "exec")
async def reset(module: Module, form: Form, values: list[Any]) -> None:
    """1.3: OK, then a boot."""
    module.ok(form)
    await module.restart()


@command("RESTORE", "exec")
async def factory_reset(module: Module, form: Form, values: list[Any]) -> None:
    """1.3: the access point and the Wi-Fi mode are forgotten."""
    module.ok(form)
    module.flash.access_point = None
    module.flash.wifi_mode = 1
    module.flash.save()
    await module.restart()


@command("GMR", "exec")
async def versions(module: Module, form: Form, values: list[Any]) -> None:
    """1.3."""
    for name, label in form.labels:
        module.say(f"{label}:{FACTS.get(name, '')}\r\n".encode("latin-1"))
    module.ok(form)


@command("UART_CUR", "set")
async def set_uart(module: Module, form: Form, values: list[Any]) -> None:
    """1.3: until the next boot."""
    module.ok(form)
    if (left := module.out_time()) > 0:  # the OK leaves at the old speed
        await module.sleep(left)
    module.baud = values[0]
    module.rate_changed(module.baud)


@command("CWMODE", "read")
async def wifi_mode(module: Module, form: Form, values: list[Any]) -> None:
    """1.3."""
    module.row(form, b"%d" % module.flash.wifi_mode)
    module.ok(form)


@command("CWMODE", "set")
async def set_wifi_mode(module: Module, form: Form, values: list[Any]) -> None:
    """1.3."""
    module.flash.wifi_mode = values[0]
    module.flash.save()
    if values[0] == 2:
        module.station.leave()
    module.ok(form)


@command("CWJAP", "read")
async def access_point(module: Module, form: Form, values: list[Any]) -> None:
    """1.3: the name as it is, nothing escaped; three numbers behind it (quirk cwjap-short)."""
    point = module.station.joined
    if point is None:
        module.say(b"No AP\r\n")
    else:
        fields = (point.ssid, point.bssid.encode("ascii"), point.channel, point.rssi)
        more = b"" if module.quirks.cwjap_short else b",0,1,3"
        module.row(form, b'"%s","%s",%d,%d%s' % (*fields, more))
    module.ok(form)


EMPTY["CWJAP", "password"] = "join_open"  # of a network that has none


@command("CWJAP", "set")
async def join(module: Module, form: Form, values: list[Any]) -> None:
    """1.3: a reason before ERROR when it fails."""
    ssid, password = values
    if module.flash.wifi_mode == 2:
        module.error()
        return
    reason = module.station.try_join(ssid, password)
    if reason:
        module.station.leave()
        module.row(form, b"%d" % reason)
        module.say(b"\r\nFAIL\r\n" if module.quirks.cwjap_fail else b"\r\nERROR\r\n")
        return
    module.station.join(ssid, password)
    module.remember(ssid, password)
    module.ok(form)


@command("CWLAP", "exec")
async def scan(module: Module, form: Form, values: list[Any]) -> None:
    """1.3: names as they are, nothing escaped."""
    for point in module.station.air.visible():
        fields = (
            point.encryption,
            point.ssid,
            point.rssi,
            point.bssid.encode("ascii"),
            point.channel,
        )
        module.row(form, b'(%d,"%s",%d,"%s",%d)' % fields)
    module.ok(form)


@command("CWQAP", "exec")
async def leave(module: Module, form: Form, values: list[Any]) -> None:
    """1.3: the line WIFI DISCONNECT comes after the OK."""
    module.ok(form)
    module.station.leave()


@command("CIPSTA", "read")
async def addresses(module: Module, form: Form, values: list[Any]) -> None:
    """1.3."""
    joined = module.station.joined is not None
    for name, address in zip(("ip", "gateway", "netmask"), ADDRESSES, strict=True):
        shown = address if joined else "0.0.0.0"
        module.row(form, f'{name}:"{shown}"'.encode("ascii"))
    module.ok(form)


@command("CIPSTATUS", "exec")
async def ip_status(module: Module, form: Form, values: list[Any]) -> None:
    """1.3."""
    module.say(b"STATUS:%d\r\n" % (2 if module.station.joined is not None else 5))
    module.ok(form)


@command("CIPMODE", "read")
@command("CIPMUX", "read")
async def switch(module: Module, form: Form, values: list[Any]) -> None:
    """What hosts of other makers ask and set before anything else; it changes nothing here."""
    module.row(form, b"%d" % module.switches.get(form.command, 0))
    module.ok(form)


@command("CIPMODE", "set")
@command("CIPMUX", "set")
async def set_switch(module: Module, form: Form, values: list[Any]) -> None:
    """Until the next boot."""
    module.switches[form.command] = values[0]
    module.ok(form)


@command("TCLOG", "set")
async def set_log(module: Module, form: Form, values: list[Any]) -> None:
    """The vendor's tool turns the module's own log down; nothing is logged here."""
    module.ok(form)


@command("SYSRAM", "read")
async def free_memory(module: Module, form: Form, values: list[Any]) -> None:
    """1.3."""
    module.row(form, b"%d" % (20144 if module.session.connected else 28512))
    module.ok(form)
