"""The line: echo by chunks, busy, queued and held-back bytes, PUBL's intake, pacing, boot."""

from __future__ import annotations

import pytest

from tencent_at_emulator import Emulator
from tencent_at_emulator.intake import clean
from tencent_at_emulator.session import received
from tests.names import DATA


def scene(words: str = "connected", **settings: int) -> Emulator:
    emulator = Emulator(boot=False, **settings)  # type: ignore[arg-type]
    emulator.control.given(words)
    return emulator


def say(emulator: Emulator, data: bytes, seconds: float = 0.0) -> bytes:
    emulator.write(data)
    emulator.advance(seconds)
    return emulator.read()


def test_a_boot_says_noise_and_ready_and_starts_with_echo_on() -> None:
    def booted(seed: int, noise: bool = True) -> bytes:
        emulator = Emulator(seed=seed, noise=noise)
        assert say(emulator, b"AT\r\n") == b""  # a booting module hears nothing
        said = say(emulator, b"", 1.0)
        assert say(emulator, b"AT\r\n") == b"AT\r\n\r\nOK\r\n"
        return said

    assert booted(3).endswith(b"\r\nready\r\n") and len(booted(3)) >= 49
    assert booted(3) == booted(3) != booted(4)
    assert booted(3, noise=False) == b"\r\nready\r\n"


def test_a_stored_access_point_is_joined_after_ready() -> None:
    emulator = Emulator(noise=False)
    emulator.control.store_access_point("tencent-at", "12345678")
    emulator.advance(2)
    assert emulator.read() == b"\r\nready\r\nWIFI CONNECTED\r\nWIFI GOT IP\r\n"


def test_a_stored_access_point_out_of_reach_is_joined_when_it_appears() -> None:
    emulator = Emulator(noise=False)
    emulator.control.store_access_point("tencent-at", "12345678")
    emulator.control.drop_wifi()
    emulator.advance(10)
    assert emulator.read() == b"\r\nready\r\n"
    emulator.control.restore_wifi()
    emulator.advance(2)
    assert emulator.read() == b"WIFI CONNECTED\r\nWIFI GOT IP\r\n"


def test_while_busy_each_chunk_is_answered_and_lost_and_not_echoed() -> None:
    emulator = scene("connected; echo on")
    emulator.control.no_ack()
    line = f'AT+TCMQTTPUB="{DATA}",1,"x"\r\n'.encode()
    assert say(emulator, line) == line + b"OK\r\n"
    busy = b"ERR CODE:0x010b0000\r\n\r\nbusy p...\r\n"
    assert say(emulator, b"AT\r\n") == busy
    assert say(emulator, b"x" * 150) == busy * 3
    emulator.advance(5)
    assert emulator.read() == b"+TCMQTTPUB:FAIL,202\r\n"
    assert say(emulator, b"AT\r\n") == b"AT\r\n\r\nOK\r\n"


def test_a_forced_restart() -> None:
    emulator = scene("connected")
    emulator.control.no_ack()
    say(emulator, f'AT+TCMQTTPUB="{DATA}",1,"x"\r\n'.encode())
    assert say(emulator, b"AT+RST\r\n", 1) == b"\r\nWill force to restart!!!\r\n\r\nready\r\n"


def test_two_commands_in_one_write() -> None:
    emulator = scene("")
    both = b"AT\r\nAT+TCMQTTSTATE?\r\n"
    assert say(emulator, both) == b"ERR CODE:0x010b0000\r\n\r\nbusy p...\r\n\r\nOK\r\n"
    emulator.control.quirk("busy-in-chunk", False)
    assert say(emulator, both) == b"\r\nOK\r\n+TCMQTTSTATE:0\r\n\r\nOK\r\n"


def test_a_line_in_single_bytes() -> None:
    emulator = scene("echo on")
    said = b"".join(say(emulator, bytes([byte])) for byte in b"AT+TCMQTTSTATE?\r\n")
    assert said == b"AT+TCMQTTSTATE?\r\n+TCMQTTSTATE:0\r\n\r\nOK\r\n"


def test_publ_in_one_write_at_every_length() -> None:
    emulator = scene(f'connected; subscribed "{DATA}" 1')
    for size in [*range(1, 200), 1019, 1020, 1021, 2046, 2047, 2048]:
        line = f'AT+TCMQTTPUBL="{DATA}",1,{size}\r\n'.encode()
        assert say(emulator, line) == b"OK\r\n>\r\n"
        payload = bytes(33 + at % 50 for at in range(size)).replace(b'"', b"~").replace(b",", b";")
        said = say(emulator, payload + b"\r\n", 0.05)
        assert said == received(DATA.encode(), payload) + b"+TCMQTTPUBL:OK\r\n", size


@pytest.mark.parametrize(
    ("length", "writes", "answer"),
    [
        (5, [b"hello\r\n"], b"+TCMQTTPUBL:OK\r\n"),
        (5, [b"hel", b"lo\r\n"], b"+TCMQTTPUBL:OK\r\n"),
        (5, [b"hello"], b"+CME ERROR:204\r\n"),
        (5, [b"hello\r"], b"+CME ERROR:204\r\n"),
        (5, [b"hello\n\r"], b"+CME ERROR:204\r\n"),
        (5, [b"hell\r\n"], b"+CME ERROR:204\r\n"),
        (5, [b"+++\r\n"], b"+CME ERROR:204\r\n"),
        (3, [b"+++\r\n"], b"+CME ERROR:204\r\n"),
        (8, [b"5 of8", b"+++\r\n"], b"+CME ERROR:204\r\n"),
        (10, [b"5 of8", b"+++\r\n"], b"+CME ERROR:204\r\n"),
        (5, [b"5 of8", b"+++\r\n"], b"+CME ERROR:204\r\n"),
        (60, [b"x" * 57 + b"+++\r\n"], b"+TCMQTTPUBL:OK\r\n"),
        (63, [b"x" * 60 + b"+++\r\n"], b"+CME ERROR:204\r\n"),
        (50, [b"+++\r\n"], b"+CME ERROR:204\r\n"),
        (50, [b"line\r\nline", b"+++\r\n"], b"+CME ERROR:204\r\n"),
        (10, [b"line\r\nline\r\n"], b"+TCMQTTPUBL:OK\r\n"),
    ],
)
def test_publ_intake(length: int, writes: list[bytes], answer: bytes) -> None:
    emulator = scene("connected")
    say(emulator, f'AT+TCMQTTPUBL="{DATA}",0,{length}\r\n'.encode())
    for data in writes[:-1]:
        assert say(emulator, data) == b""
    assert say(emulator, writes[-1], 0.1) == answer
    assert say(emulator, b"AT\r\n") == b"\r\nOK\r\n"


def test_publ_waits_twenty_seconds_from_the_last_byte() -> None:
    emulator = scene("connected")
    say(emulator, f'AT+TCMQTTPUBL="{DATA}",0,100\r\n'.encode())
    for _ in range(5):
        assert say(emulator, b"abc", 19.9) == b""
    emulator.advance(0.2)
    assert emulator.read() == b"+CME ERROR:204\r\n"


def test_commands_right_behind_a_payload_are_queued() -> None:
    emulator = scene("connected; echo on")
    say(emulator, f'AT+TCMQTTPUBL="{DATA}",1,3\r\n'.encode())
    assert say(emulator, b"abc\r\nAT\r\n") == b""
    assert say(emulator, b"AT+TCMQTTSTATE?\r\n") == b""
    emulator.advance(0.1)
    assert emulator.read() == b"+TCMQTTPUBL:OK\r\n\r\nOK\r\n+TCMQTTSTATE:1\r\n\r\nOK\r\n"
    emulator.control.quirk("queue-behind-payload", False)
    say(emulator, f'AT+TCMQTTPUBL="{DATA}",1,3\r\n'.encode())
    assert say(emulator, b"abc\r\n") + say(emulator, b"AT\r\n").replace(b"AT\r\n", b"") == (
        b"ERR CODE:0x010b0000\r\n\r\nbusy p...\r\n"
    )


def test_a_long_queue_behind_a_payload() -> None:
    emulator = scene(f'connected; subscribed "{DATA}" 1')
    say(emulator, f'AT+TCMQTTPUBL="{DATA}",1,3\r\n'.encode())
    line = f'AT+TCMQTTPUB="{DATA}",0,"{"x" * 100}"\r\n'.encode()
    said = say(emulator, b"abc\r\n" + line * 20, 1)
    assert said.count(b"+TCMQTTPUB:OK\r\n") == 20 and b"ERR" not in said


def test_one_extra_line_end_spoils_the_next_command_only() -> None:
    emulator = scene("connected")
    say(emulator, f'AT+TCMQTTPUBL="{DATA}",0,3\r\n'.encode())
    assert say(emulator, b"abc\r\n\r\n", 0.1) == b"+TCMQTTPUBL:OK\r\n"
    assert say(emulator, b"AT\r\n") == b"ERR CODE:0x01030000\r\n\r\nERROR\r\n"
    assert say(emulator, b"AT\r\n") == b"\r\nOK\r\n"


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        (rb'{"a":1,"b":"c"}', rb'{"a":1,"b":"c"}'),
        (rb"\"", rb' "'),
        (rb"\"\"\"\"", rb' "" ' rb' "" '),
        (rb"\,\,", rb" , ,"),
        (rb"a\nb\\c", rb"a\nb\\c"),
        (b"ab\0cd", b"ab"),
        (rb"\\"[:1], rb"\\"[:1]),
    ],
)
def test_cleaning(raw: bytes, cleaned: bytes) -> None:
    assert clean(raw) == cleaned


def test_pub_unescapes_and_cannot_carry_nul() -> None:
    emulator = scene(f'connected; subscribed "{DATA}" 1')
    line = rf'AT+TCMQTTPUB="{DATA}",1,"\"\,\\\x\{{"'.encode() + b"\r\n"
    assert b'5,"",\\x{"\r\n' in say(emulator, line, 0.1)
    assert say(emulator, f'AT+TCMQTTPUB="{DATA}",1,"a\0b"\r\n'.encode()) == (
        b"ERR CODE:0x01080002\r\n+CME ERROR:204\r\n"
    )


def test_a_line_is_one_write() -> None:
    emulator = scene("connected")
    writes: list[bytes] = []
    emulator.listen(writes.append)
    emulator.write(f'AT+TCMQTTPUBL="{DATA}",1,3\r\n'.encode())
    assert writes == [b"OK\r\n", b">\r\n"]


def test_pacing_takes_the_time_a_uart_takes() -> None:
    emulator = scene("echo on", baud=9600)
    byte = 10 / 9600
    emulator.write(b"AT\r\n")
    emulator.advance(13.9 * byte)  # four bytes and ten idle byte times
    assert emulator.read() == b""
    emulator.advance(0.2 * byte + 10.5 * byte)
    assert emulator.read() == b"AT\r\n\r\nOK\r\n"
    emulator.write(b"x" * 240)
    emulator.advance(60.5 * byte)
    assert emulator.read() == b""
    emulator.advance(60 * byte + 0.01)
    assert 55 <= len(emulator.read()) <= 70


def test_an_endless_line_is_bounded_and_refused() -> None:
    emulator = scene("")
    for _ in range(1024):
        emulator.write(b"x" * 1024)
    assert len(emulator.module.lines.buffer) < 400
    emulator.advance(1)
    assert emulator.read() == b"ERR CODE:0x01030000\r\n\r\nERROR\r\n"
    assert say(emulator, b"AT\r\n") == b"\r\nOK\r\n"
    emulator.write(b"x" * 1_000_000 + b"\r\n")
    assert emulator.read() == b"ERR CODE:0x01030000\r\n\r\nERROR\r\n"
    assert say(emulator, b"AT\r\n") == b"\r\nOK\r\n"


def test_unread_output_is_bounded() -> None:
    emulator = scene("echo on")
    for _ in range(3000):
        emulator.write(b"AT\r\n" * 100)
    assert emulator.lost_output > 0
    assert len(emulator.read()) <= 1 << 20
    assert emulator.control.state()["dropped"] > 0


def test_uart_cur_changes_the_pace_until_the_next_boot() -> None:
    emulator = scene("", baud=115200)
    emulator.write(b"AT+UART_CUR=9600,8,1,0,0\r\n")
    emulator.advance(0.1)
    assert emulator.read() == b"\r\nOK\r\n" and emulator.line.baud == 9600
    emulator.control.power_cycle()
    assert emulator.line.baud == 115200


def test_wifi_commands() -> None:
    emulator = Emulator(boot=False)
    emulator.write(b"ATE0\r\n")
    listed = say(emulator, b"AT+CWLAP\r\n")
    assert b'+CWLAP:(3,"tencent-at",-45,"0e:4a:12:01:02:03",6)\r\n' in listed
    assert r'"Café "5", left\right",'.encode() in listed
    assert say(emulator, b'AT+CWJAP="tencent-at","wrong"\r\n') == b"+CWJAP:2\r\n\r\nERROR\r\n"
    awkward = (
        rb'AT+CWJAP="Caf' + "é".encode() + rb' \"5\"\, left\\right","pass\"\,\\word"' + b"\r\n"
    )
    assert say(emulator, awkward) == b"WIFI CONNECTED\r\nWIFI GOT IP\r\n\r\nOK\r\n"
    assert say(emulator, b'AT+CWJAP="tencent-at","12345678"\r\n') == (
        b"WIFI DISCONNECT\r\nWIFI CONNECTED\r\nWIFI GOT IP\r\n\r\nOK\r\n"
    )
    assert say(emulator, b"AT+CWQAP\r\n") == b"\r\nOK\r\nWIFI DISCONNECT\r\n"
    assert say(emulator, b"AT+CWJAP?\r\n") == b"No AP\r\n\r\nOK\r\n"
