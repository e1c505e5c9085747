"""WIRE 2 and 3: the two printers, and which forms exist."""

from __future__ import annotations

import pytest

from tests.emulator.wire.host import CONNECT, ERROR, NO_SUCH, OK, STATE, TOPIC, module, play


def test_2_the_five_examples() -> None:
    play("device set", [("AT", OK), (CONNECT, "OK⏎+TCMQTTCONN:OK⏎")])
    play("connected", [("AT+TCMQTTSTATE?", "+TCMQTTSTATE:1⏎⏎OK⏎")])
    play("", [(f'AT+TCMQTTPUB="{TOPIC}",0,"x"', STATE), ("AT+TCNOSUCH", NO_SUCH)])


def test_2_a_result_line_that_fails_has_a_comma_before_its_code() -> None:
    with module("device set") as (host, control):
        control.fail_next(-103)
        host.ask(CONNECT, "OK⏎+TCMQTTCONN:FAIL,-103⏎")
        host.quiet()


QUERY_SET = (
    "TCDEVINFOSET TCPRDINFOSET TCMQTTCONN TCMQTTSUB TCMQTTUNSUB TCOTASET TCSAP TCMODINFOSET "
    "TCMQTTSRV"
).split()


SET_ONLY = ["TCMQTTPUB", "TCMQTTPUBL", "TCREADFWDATA"]


EXEC = "TCDEVREG TCRESTORE TCMQTTDISCONN TCSTARTSMART TCSTOPSMART TCSTOPSAP".split()


QUERY_ONLY = ["TCMQTTSTATE", "TCFWINFO"]


BARE = ["TCMODULE", "TCVER"]


LACKING = (
    [f"AT+{name}" for name in QUERY_SET]
    + [f"AT+{name}{form}" for name in SET_ONLY for form in ("", "?")]
    + [f"AT+{name}{form}" for name in EXEC for form in ("?", "=1", '="x"', "=")]
    + [f"AT+{name}{form}" for name in QUERY_ONLY for form in ("", "=1", "=")]
    + [f"AT+{name}{form}" for name in BARE for form in ("=?", "?", "=1")]
)


@pytest.mark.parametrize("words", ["", "connected", "connected; ota on"])
def test_3_a_form_a_command_lacks_is_a_plain_error(words: str) -> None:
    play(words, [(line, ERROR) for line in LACKING])


def test_3_a_command_that_does_not_exist() -> None:
    names = ["TCCERTADD", "TCSTOPCAP", "TCMQTTPUBX", "TCMQTT", "TCDEVINFO", "X", ""]
    forms = ["", "?", "=?", "=1", '="a",1']
    play("", [(f"AT+{name}{form}", NO_SUCH) for name in names[:6] for form in forms])
    play("", [("ATX", NO_SUCH), ("ATE2", NO_SUCH)])
