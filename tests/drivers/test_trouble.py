"""What goes wrong on the line: late answers, busy modules, resets, lost prompts, messages cut short, echoes."""

from __future__ import annotations

import _thread
import asyncio
import pickle
import threading
import time
from collections.abc import Iterable

import pytest

import tencent_at
from tests.drivers.peer import Peer, idle
from tests.names import OK


class Slow:
    """Takes its time for AT+SLOW?, and is busy meanwhile, as the module is (manual 1.2)."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.until = 0.0

    def __call__(self, line: bytes) -> Iterable[bytes | float]:
        if time.monotonic() < self.until:
            return [b"ERR CODE:0x010b0000\r\n", b"\r\nbusy p...\r\n"]
        if line == b"AT+SLOW?":
            self.until = time.monotonic() + self.seconds
            return [self.seconds, b"+SLOW:1\r\n", OK]
        if line == b"AT+TCMQTTSTATE?":
            return [b"+TCMQTTSTATE:0\r\n", OK]
        return idle(line)


def test_a_late_answer_is_not_taken_for_the_next_commands() -> None:
    with tencent_at.open(Peer(Slow(0.3))) as modem:
        with pytest.raises(tencent_at.Timeout) as caught:
            modem.command("AT+SLOW?", timeout=0.1)
        assert "command" in str(caught.value)
        assert modem.mqtt_state() == 0
        assert modem.command("AT+TCMQTTSTATE?") == ["+TCMQTTSTATE:0"]


def test_a_time_out_is_both_ours_and_pythons() -> None:
    with tencent_at.open(Peer(), start=False) as modem:
        began = time.monotonic()
        with pytest.raises(TimeoutError):
            modem.command("AT+SILENT", timeout=0.1)
        assert 0.09 < time.monotonic() - began < 0.5


def test_a_busy_module_is_asked_again() -> None:
    busy = [b"ERR CODE:0x010b0000\r\n", b"\r\nbusy p...\r\n"]
    times = [0]

    def answer(line: bytes) -> Iterable[bytes | float]:
        if line == b"AT+TCMQTTSTATE?":
            times[0] += 1
            return busy if times[0] < 3 else [b"+TCMQTTSTATE:1\r\n", OK]
        return idle(line)

    peer = Peer(answer)
    with tencent_at.open(peer) as modem:
        assert modem.mqtt_state() == tencent_at.MqttState.CONNECTED
        times[0] = -100
        with pytest.raises(tencent_at.Busy, match="busy with an earlier command"):
            modem.mqtt_state()
    assert peer.lines.count(b"AT+TCMQTTSTATE?") == 3 + 6


def test_a_reset_under_a_call() -> None:
    def answer(line: bytes) -> Iterable[bytes | float]:
        if line.startswith(b"AT+TCMQTTCONN="):
            return [b"OK\r\n", 0.02, b"\xfe\x00\x8fboot garbage\xff\r\n", b"\r\nready\r\n"]
        return idle(line)

    with tencent_at.open(Peer(answer)) as modem:
        events = modem.events()
        with pytest.raises(tencent_at.ModuleReset, match="the module restarted"):
            modem.connect()
        ready = events.get(1)
        assert ready is not None and ready.name == "ready"
        modem.attention()
        assert modem.counts.noise == 1


def test_a_lost_prompt_ends_the_payload_before_the_next_command() -> None:
    def answer(line: bytes) -> Iterable[bytes | float]:
        return [b"OK\r\n"] if line.startswith(b"AT+TCMQTTPUBL=") else idle(line)

    peer = Peer(answer)
    with tencent_at.open(peer) as modem:
        with pytest.raises(tencent_at.Timeout):
            modem.command(
                'AT+TCMQTTPUBL="a",0,5', payload="hello", reply=("ok", "result"), timeout=0.1
            )
        modem.attention()
    at = peer.lines.index(b"+++")
    assert peer.lines[at - 1].startswith(b"AT+TCMQTTPUBL=")
    assert peer.lines[at + 1] == b"AT"
    assert b"hello" not in peer.written


def test_a_message_cut_short_by_nul_costs_only_itself() -> None:
    peer = Peer(lambda line: [OK])
    with tencent_at.open(peer, start=False) as modem:
        peer.say(b'+TCMQTTRCVPUB:"a/b",10,"abc\r\n')
        time.sleep(1.3)
        peer.say(b'+TCMQTTRCVPUB:"a/b",2,"hi"\r\n')
        assert modem.receive(1) == ("a/b", b"hi")
        modem.attention()
        assert modem.counts.bytes > 0


def test_a_message_between_two_lines_of_an_answer() -> None:
    payload = b'OK\r\n+TCMQTTDISCON,-103\r\n"quoted", \xff'
    message = b'+TCMQTTRCVPUB:"t",%d,"%s"\r\n' % (len(payload), payload)

    def answer(line: bytes) -> Iterable[bytes | float]:
        if line.startswith(b"AT+TCMQTTSUB="):
            return [b"OK\r\n", message[:20], 0.01, message[20:], b"+TCMQTTSUB:OK\r\n"]
        return idle(line)

    with tencent_at.open(Peer(answer)) as modem:
        events = modem.events()
        modem.subscribe("t", 1)
        assert modem.receive(1) == ("t", payload)
        assert events.get(0.05) is None


def test_a_message_in_one_piece_with_the_answer_before_it() -> None:
    peer = Peer(lambda line: [b'\r\nOK\r\n+TCMQTTRCVPUB:"t",2,"hi"\r\n+TCMQTTDISCON,-103\r\n+TCM'])
    with tencent_at.open(peer, start=False) as modem:
        events = modem.events()
        modem.attention()
        assert modem.receive(1) == ("t", b"hi")
        assert events.get(1) is not None


def test_an_echo_whole_or_damaged_is_no_answer() -> None:
    def answer(line: bytes) -> Iterable[bytes | float]:
        if line == b"AT+TCMQTTSTATE?":
            return [line + b"\r\n", b"AT+TCMQXXSTATE?\r\n", b"+TCMQTTSTATE:1\r\n", OK]
        return [line + b"\r\n", *idle(line)]

    with tencent_at.open(Peer(answer)) as modem:
        assert modem.mqtt_state() == 1


def test_a_port_that_goes_away_ends_calls_and_iterators() -> None:
    class Gone(Peer):
        def read(self, size: int, timeout: float = 0.0) -> bytes:
            data = super().read(size, timeout)
            if data == b"GONE":
                raise OSError(5, "device disconnected")
            return data

    peer = Gone()
    modem = tencent_at.open(peer)
    threading.Timer(0.1, peer.say, [b"GONE"]).start()
    with pytest.raises(tencent_at.PortError, match="the port is gone"):
        modem.command("AT+SILENT", timeout=5)
    with pytest.raises(tencent_at.PortError):
        modem.attention()
    with pytest.raises(tencent_at.PortError):
        modem.receive(5)
    modem.close()
    modem.close()
    with pytest.raises(tencent_at.PortError, match="closed"):
        modem.attention()


def test_closing_under_a_call() -> None:
    modem = tencent_at.open(Peer())
    threading.Timer(0.1, modem.close).start()
    with pytest.raises(tencent_at.PortError, match="closed"):
        modem.command("AT+SILENT", timeout=5)
    assert list(modem.messages()) == []
    assert modem.receive(1) is None


def test_a_module_that_does_not_answer_is_not_opened() -> None:
    peer = Peer(lambda line: [])
    with pytest.raises(tencent_at.Timeout):
        tencent_at.open(peer)
    assert peer.closed


def test_a_port_that_is_not_there() -> None:
    with pytest.raises(tencent_at.PortError, match="/no/such/port"):
        tencent_at.open("/no/such/port")
    with pytest.raises(tencent_at.PortError):
        tencent_at.open("nosuch://x")
    with pytest.raises(tencent_at.PortError, match="read and write"):
        tencent_at.open(5)


def test_ctrl_c_in_a_call_leaves_a_clean_line() -> None:
    with tencent_at.open(Peer(Slow(0.4))) as modem:
        threading.Timer(0.1, _thread.interrupt_main).start()
        with pytest.raises(KeyboardInterrupt):
            modem.command("AT+SLOW?", timeout=5)
        assert modem.mqtt_state() == 0


def test_refusals_say_what_they_mean() -> None:
    answers = {
        b"AT+TCMQTTSTATE?": b"+CME ERROR:208\r\n",
        b"AT+TCMQTTSRV?": b"ERR CODE:0x01090000\r\n\r\nERROR\r\n",
        b"AT+TCDEVREG": b"OK\r\n+TCDEVREG:FAIL,1021\r\n",
        b"AT+TCVER": b"\r\nERROR\r\n",
        b"AT+TCMODULE": b"+CME ERROR:4711\r\n",
        b'AT+CWJAP="a","12345678"': b"+CWJAP:2\r\n\r\nERROR\r\n",
    }
    with tencent_at.open(
        Peer(lambda line: [answers[line]] if line in answers else idle(line))
    ) as modem:
        with pytest.raises(tencent_at.CommandRefused) as refused:
            modem.mqtt_state()
        error = refused.value
        assert (error.number, error.table, error.command) == (208, "cme", "AT+TCMQTTSTATE?")
        assert error.section == "3.7" and "state" in error.en and "MQTT" in error.zh
        with pytest.raises(tencent_at.CommandRefused, match=r"0x01090000 .No such command"):
            modem.mqtt_server()
        with pytest.raises(tencent_at.CommandFailed) as failed:
            modem.register()
        assert failed.value.name == "ErrorCode_SDK_DeviceHasRegistered"
        with pytest.raises(tencent_at.CommandRefused) as plain:
            modem.version()
        assert plain.value.number is None
        with pytest.raises(tencent_at.CommandRefused, match=r"4711.*does not know"):
            modem.module()
        with pytest.raises(tencent_at.CommandRefused) as password:
            modem.join("a", "12345678")
        assert password.value.number == 2 and password.value.en


def test_an_answer_that_does_not_fit_says_whose_it_is() -> None:
    answers = {
        b"AT+TCMQTTSTATE?": b"+TCMQTTSTATE:up\r\n",
        b"AT+TCMQTTSUB?": b'+TCMQTTSUB:"a"\r\n',
        b"AT+TCFWINFO?": b'+TCFWINFO:"1.0"\r\n',
    }
    with tencent_at.open(
        Peer(lambda line: [answers[line], OK] if line in answers else idle(line))
    ) as modem:
        with pytest.raises(tencent_at.UnexpectedAnswer, match="'up' where a number") as caught:
            modem.mqtt_state()
        error = caught.value
        assert (error.call, error.command, error.section) == (
            "mqtt_state",
            "AT+TCMQTTSTATE?",
            "3.7",
        )
        copy = pickle.loads(pickle.dumps(error))
        assert (copy.call, copy.detail, str(copy)) == (error.call, error.detail, str(error))
        for call in ("subscriptions", "firmware_info"):
            with pytest.raises(tencent_at.UnexpectedAnswer, match="values, not") as caught:
                getattr(modem, call)()
            assert caught.value.call == call and str(caught.value).startswith(f"{call}: ")


def test_asyncio_time_outs_of_the_caller_leave_a_clean_line() -> None:
    async def main() -> None:
        async with tencent_at.open_async(Peer(Slow(0.2))) as modem:
            for _ in range(3):
                with pytest.raises(asyncio.TimeoutError):
                    await asyncio.wait_for(modem.command("AT+SLOW?"), 0.05)
                assert await modem.mqtt_state() == 0

    asyncio.run(main())


def test_a_message_under_way_is_not_cut_when_a_call_is_given_up() -> None:
    message = b'+TCMQTTRCVPUB:"t",600,"%s"\r\n' % (b"x" * 600)
    pieces: list[bytes | float] = []
    for i in range(0, len(message), 6):
        pieces += [message[i : i + 6], 0.004]

    def answer(line: bytes) -> Iterable[bytes | float]:
        return [0.01, *pieces] if line == b"AT+SILENT" else idle(line)

    with tencent_at.open(Peer(answer)) as modem:
        with pytest.raises(tencent_at.Timeout):
            modem.command("AT+SILENT", timeout=0.05)
        modem.attention()
        assert modem.receive(1) == ("t", b"x" * 600)
        assert modem.counts.bytes == 0
