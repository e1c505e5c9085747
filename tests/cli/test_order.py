"""Messages and events come to the command in the order in which the module said them."""

from __future__ import annotations

from typing import Any

import tencent_at
from tencent_at_cli.desk.port import Modem, happenings
from tests.drivers.peer import Peer


def test_in_order() -> None:
    peer: Any = Peer()
    modem = Modem(peer, 115200, reopen=False)
    try:
        peer.say(
            b'+TCMQTTRCVPUB:"t",1,"1"\r\n+TCMQTTDISCON,2\r\n+TCMQTTRCVPUB:"t",1,"2"\r\n'
            b'+TCMQTTRECONNECTED\r\n+TCMQTTRCVPUB:"t",1,"3"\r\n'
        )
        told = []
        for item in happenings(modem, 30):
            told.append(item.text if isinstance(item, tencent_at.Message) else item.name)
            if len(told) == 5:
                break
        assert told == ["1", "disconnected", "2", "reconnected", "3"]
        assert modem.receive(0) is None  # nothing waits for a reader that never comes
    finally:
        modem.close()
