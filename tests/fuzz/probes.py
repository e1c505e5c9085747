"""Calls whose answers nobody else gives: each carries a number of its own, so that a stranger's answer shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.fuzz.book import Ended

OK = b"\r\nOK\r\n"
SET_OK = b"OK\r\n"


@dataclass(frozen=True, slots=True)
class Probe:
    """line: what the host writes. said: the module's answers to it (and to a payload), for a number. ended: how the
    call must end, for that number. unique: does the outcome show the number?"""

    call: str
    args: tuple[object, ...]
    line: bytes
    said: Callable[[int], tuple[tuple[bytes, ...], ...]]
    ended: Callable[[int], Ended]
    unique: bool = True
    payload: bytes = b""


def _raw(number: int) -> bytes:
    # Eight bytes that hold what a careless reader would fall for.
    return b"\r\nO%c\n>+%c" % (number & 0xFF, number >> 8 & 0xFF)


PROBES = (
    Probe(
        "free_memory",
        (),
        b"AT+SYSRAM?\r\n",
        lambda n: ((b"+SYSRAM:%d\r\n" % n, OK),),
        lambda n: ("ok", [[n]]),
    ),
    Probe(
        "connection",
        (),
        b"AT+TCMQTTCONN?\r\n",
        lambda n: ((b"+TCMQTTCONN:1,%d,240,1,1\r\n" % n, OK),),
        lambda n: ("ok", [[1, n, 240, 1, 1]]),
    ),
    Probe(
        "firmware_info",
        (),
        b"AT+TCFWINFO?\r\n",
        lambda n: ((SET_OK, b'+TCFWINFO:"1.3.0",%d,"00ff",716800\r\n' % n),),
        lambda n: ("ok", [["1.3.0", n, "00ff", 716800]]),
    ),
    Probe(
        "unsubscribe",
        ("probe",),
        b'AT+TCMQTTUNSUB="probe"\r\n',
        lambda n: ((b"+CME ERROR:%d\r\n" % n,),),
        lambda n: ("refused", "cme", n),
    ),
    Probe(
        "set_ota",
        (0, "9.9"),
        b'AT+TCOTASET=0,"9.9"\r\n',
        lambda n: ((SET_OK, b"+TCOTASET:FAIL,%d\r\n" % n),),
        lambda n: ("failed", n),
    ),
    Probe(
        "esp_version",
        (),
        b"AT+GMR\r\n",
        lambda n: ((b"AT version:%d\r\n" % n, OK),),
        lambda n: ("ok", [[f"AT version:{n}"]]),
    ),
    Probe(
        "publish_long",
        ("probe", 1, b"OK\n+++"),
        b'AT+TCMQTTPUBL="probe",1,6\r\n',
        lambda n: ((SET_OK, b">\r\n"), (b"+TCMQTTPUBL:FAIL,%d\r\n" % n,)),
        lambda n: ("failed", n),
        payload=b"OK\n+++\r\n",
    ),
    Probe(
        "read_firmware",
        (8,),
        b"AT+TCREADFWDATA=8\r\n",
        lambda n: ((SET_OK, b"+TCREADFWDATA:8,%s\r\n" % _raw(n)),),
        lambda n: ("ok", [[_raw(n)]]),
    ),
    Probe(
        "subscriptions",
        (),
        b"AT+TCMQTTSUB?\r\n",
        lambda n: ((b'+TCMQTTSUB:"a,b",1\r\n', b'+TCMQTTSUB:"%d",0\r\n' % n, OK),),
        lambda n: ("ok", [["a,b", 1], [str(n), 0]]),
    ),
    # From here on nothing in the answer tells whose it is, but success from failure.
    Probe(
        "subscribe",
        ("probe", 1),
        b'AT+TCMQTTSUB="probe",1\r\n',
        lambda n: ((SET_OK, b"+TCMQTTSUB:OK\r\n"),),
        lambda n: ("ok", []),
        False,
    ),
    Probe(
        "set_wifi_mode", (2,), b"AT+CWMODE=2\r\n", lambda n: ((OK,),), lambda n: ("ok", []), False
    ),
    Probe(
        "leave",
        (),
        b"AT+CWQAP\r\n",
        lambda n: ((b"\r\nERROR\r\n",),),
        lambda n: ("refused", "error", None),
        False,
    ),
    Probe(
        "unsubscriptions",
        (),
        b"AT+TCMQTTUNSUB?\r\n",
        lambda n: ((b"ERR CODE:0x01090000\r\n", b"\r\nERROR\r\n"),),
        lambda n: ("refused", "parser", 0x01090000),
        False,
    ),
)
UNIQUE = tuple(probe for probe in PROBES if probe.unique)
BY_LINE = {probe.line: probe for probe in PROBES}
