"""What the scripts of these tests say again and again, and how a call may end."""

from __future__ import annotations

from tests.core.shell import Script

AT = b"AT\r\n"
BUSY = b"ERR CODE:0x010b0000\r\n\r\nbusy p...\r\n"
STATE = b"AT+TCMQTTSTATE?\r\n"
IS_ON = b"+TCMQTTSTATE:1\r\n\r\nOK\r\n"
TIMEOUT, BUSY_OUTCOME, REFUSED, SWALLOWED = 5, 3, 1, 7


def ended(shell: object, peer: Script) -> None:
    assert not peer.lines, f"never heard: {peer.lines}"
