"""Every command in every state: the first answer, typed from the manual's preconditions and spec/ERRATA.md.

Nothing here is derived from the transcription: the table is a second opinion.
"""

from __future__ import annotations

import pytest

from tencent_at_emulator import Emulator, Scene

STATES = {
    "unprovisioned": "",
    "idle": 'device set; product set; firmware "1.3.0" 12',
    "connected": 'connected; subscribed "CTQS08Y5LG/Dev01/data" 1; product set; firmware "1.3.0" 12',
    "reconnecting": "connected",
    "ota": 'connected; ota on; product set; firmware "1.3.0" 12',
    "downloading": "connected; ota on; downloading; product set",
    "provisioning": "device set; product set; provisioning softap",
}

OK, FRAMED, ERROR = "OK⏎", "⏎OK⏎", "⏎ERROR⏎"
NO = "+CME ERROR:208⏎"  # connection needed and absent, or present and forbidden
OTA = "+CME ERROR:200⏎"

# command: unprovisioned, idle, connected, reconnecting, ota, downloading, provisioning
DEVICE_ROW = '+TCDEVINFOSET:1,"CTQS08Y5LG","Dev01",116⏎'
PRODUCT_ROW = '+TCPRDINFOSET:1,"CTQS08Y5LG",116,"Dev01"⏎'
FIRMWARE = "OK⏎+TCFWINFO:"
TABLE: dict[str, list[str]] = {
    'AT+TCDEVINFOSET=1,"P","D","S"': [OK, OK, NO, OK, NO, NO, OK],
    "AT+TCDEVINFOSET?": [
        "+CME ERROR:207⏎",
        DEVICE_ROW,
        DEVICE_ROW,
        DEVICE_ROW,
        OTA,
        OTA,
        DEVICE_ROW,
    ],
    'AT+TCPRDINFOSET=1,"P","S","D"': [OK, OK, NO, OK, NO, NO, OK],
    "AT+TCPRDINFOSET?": [
        "+CME ERROR:207⏎",
        PRODUCT_ROW,
        PRODUCT_ROW,
        "+CME ERROR:207⏎",
        OTA,
        OTA,
        PRODUCT_ROW,
    ],
    "AT+TCDEVREG": [OK, OK, NO, OK, NO, NO, OK],
    "AT+TCMODULE": ["Module HW name:"] * 7,
    "AT+TCVER": ["Tencent Cloud IoT SDK version:"] * 7,
    "AT+TCRESTORE": [OK, OK, NO, OK, NO, NO, OK],
    "AT+TCMQTTCONN=1,5000,240,1,1": [OK, OK, NO, OK, NO, NO, OK],
    "AT+TCMQTTCONN?": ["+TCMQTTCONN:1,5000,240,1,1⏎⏎OK⏎"] * 7,
    "AT+TCMQTTDISCONN": [NO, NO, "+TCMQTTDISCON,2⏎⏎OK⏎", NO, OTA, OTA, NO],
    'AT+TCMQTTPUB="CTQS08Y5LG/Dev01/data",0,"x"': [NO, NO, OK, NO, OTA, OTA, NO],
    'AT+TCMQTTPUBL="CTQS08Y5LG/Dev01/data",0,5': [NO, NO, "OK⏎>⏎", NO, OTA, OTA, NO],
    'AT+TCMQTTSUB="CTQS08Y5LG/Dev01/control",0': [NO, NO, OK, NO, OTA, OTA, NO],
    "AT+TCMQTTSUB?": [
        FRAMED,
        FRAMED,
        '+TCMQTTSUB:"CTQS08Y5LG/Dev01/data",1⏎⏎OK⏎',
        FRAMED,
        FRAMED,
        FRAMED,
        FRAMED,
    ],
    'AT+TCMQTTUNSUB="CTQS08Y5LG/Dev01/data"': [NO, NO, OK, NO, OK, OK, NO],
    "AT+TCMQTTUNSUB?": [FRAMED] * 7,
    "AT+TCMQTTSTATE?": [
        "+TCMQTTSTATE:0⏎⏎OK⏎",
        "+TCMQTTSTATE:0⏎⏎OK⏎",
        "+TCMQTTSTATE:1⏎⏎OK⏎",
        "+TCMQTTSTATE:0⏎⏎OK⏎",
        "+TCMQTTSTATE:1⏎⏎OK⏎",
        "+TCMQTTSTATE:1⏎⏎OK⏎",
        "+TCMQTTSTATE:0⏎⏎OK⏎",
    ],
    'AT+TCOTASET=1,"1.0.0"': [NO, NO, OK, NO, OK, OTA, NO],
    'AT+TCOTASET=0,"1.0.0"': [NO, NO, OK, NO, OK, OTA, NO],
    "AT+TCOTASET?": [
        '+TCOTASET:0,""⏎⏎OK⏎',
        '+TCOTASET:0,""⏎⏎OK⏎',
        '+TCOTASET:0,""⏎⏎OK⏎',
        '+TCOTASET:0,""⏎⏎OK⏎',
        '+TCOTASET:1,"1.0.0"⏎⏎OK⏎',
        '+TCOTASET:1,"1.0.0"⏎⏎OK⏎',
        '+TCOTASET:0,""⏎⏎OK⏎',
    ],
    "AT+TCFWINFO?": [
        "+CME ERROR:207⏎",
        FIRMWARE,
        FIRMWARE,
        "+CME ERROR:207⏎",
        FIRMWARE,
        OTA,
        "+CME ERROR:207⏎",
    ],
    "AT+TCREADFWDATA=4": [
        "+CME ERROR:207⏎",
        "OK⏎+TCREADFWDATA:4,",
        "OK⏎+TCREADFWDATA:4,",
        "+CME ERROR:207⏎",
        "OK⏎+TCREADFWDATA:4,",
        OTA,
        "+CME ERROR:207⏎",
    ],
    "AT+TCSTARTSMART": [OK, OK, NO, OK, NO, NO, OK],
    "AT+TCSTOPSMART": [FRAMED, FRAMED, NO, FRAMED, NO, NO, FRAMED],
    'AT+TCSAP="a","12345678"': [FRAMED, FRAMED, NO, FRAMED, NO, NO, FRAMED],
    "AT+TCSAP?": [FRAMED] * 7,
    "AT+TCSTOPSAP": [
        FRAMED,
        FRAMED,
        NO,
        FRAMED,
        NO,
        NO,
        "+TCSAP:WIFI_CONNECT_FAILED,3,102⏎⏎OK⏎",
    ],
    'AT+TCMODINFOSET="M",2,0,1118208,1122304,716800,1': [OK, OK, NO, OK, NO, NO, OK],
    "AT+TCMODINFOSET?": ['+TCMODINFOSET:"ESP-WROOM-02D",2,0,1118208,1122304,716800,1⏎⏎OK⏎'] * 7,
    'AT+TCMQTTSRV="1.2.3.4"': [OK, OK, NO, OK, NO, NO, OK],
    "AT+TCMQTTSRV?": ["+TCMQTTSRV:<null>⏎⏎OK⏎"] * 7,
    "AT": [FRAMED] * 7,
    "ATE0": [FRAMED] * 7,
    "ATE1": [FRAMED] * 7,
    "AT+RST": [FRAMED] * 7,
    "AT+RESTORE": [FRAMED] * 7,
    "AT+GMR": ["AT version:"] * 7,
    "AT+UART_CUR=9600,8,1,0,0": [FRAMED] * 7,
    "AT+CWMODE=1": [FRAMED] * 7,
    "AT+CWMODE?": ["+CWMODE:1⏎⏎OK⏎"] * 7,
    "AT+CWJAP?": [*['+CWJAP:"Home",'] * 6, "No AP⏎⏎OK⏎"],
    "AT+CWLAP": ['+CWLAP:(3,"Home",'] * 7,
    "AT+CIPSTA?": [*['+CIPSTA:ip:"192.168.1.23"⏎'] * 6, '+CIPSTA:ip:"0.0.0.0"⏎'],
    "AT+CIPSTATUS": [*["STATUS:2⏎⏎OK⏎"] * 6, "STATUS:5⏎⏎OK⏎"],
    "AT+SYSRAM?": ["+SYSRAM:"] * 7,
}
TESTS = {
    "TCDEVINFOSET": '+TCDEVINFOSET:"TLS_MODE(1)","PRODUCT_ID","DEVICE_NAME","DEVICE_SECRET_BCC"',
    "TCPRDINFOSET": '+TCPRDINFOSET:"TLS_MODE(1)","PRODUCT_ID","PRODUCT_SECRET_BCC","DEVICE_NAME"',
    "TCDEVREG": "",
    "TCRESTORE": "+TCRESTORE: CLEAR CONFIG AND RESET",
    "TCMQTTCONN": "+TCMQTTCONN:<TLSMODE_SELECTED>,<CMDTIMEOUT_VALUE(1000-10000ms)>,"
    "<KEEPALIVE>(60-690s),<CLEAN_SESSION>(0/1),<RECONNECT>(0/1)",
    "TCMQTTDISCONN": "",
    "TCMQTTPUB": '+TCMQTTPUB: "TOPIC_NAME(maxlen 128)", "QOS(0/1)","PAYLOAD"',
    "TCMQTTPUBL": '+TCMQTTPUBL: "TOPIC_NAME(maxlen 128)", "QOS(0/1)","LEN(1-2048)"',
    "TCMQTTSUB": '+TCMQTTSUB:"TOPIC_NAME(maxlen 128)","QOS(0/1)"',
    "TCMQTTUNSUB": '+TCMQTTUNSUB:"TOPIC_NAME"',
    "TCMQTTSTATE": "",
    "TCOTASET": '+TCOTASET:1(ENABLE)/0(DISABLE),"FW_version"',
    "TCFWINFO": '+TCFWINFO:"FW_VERSION","FW_SIZE","FW_MD5","FW_MAX_SIZE_OF_MODULE"',
    "TCREADFWDATA": '+TCREADFWDATA:"LEN_FOR_READ"',
    "TCSTARTSMART": "+TCSTARTSMART: CMD FOR START SMARTCONFIG",
    "TCSTOPSMART": "+TCSTOPSMART:CMD TO STOP SMARTCONFIG",
    "TCSAP": "+TCSAP=<ssid>,<pwd>",
    "TCSTOPSAP": "+TCSTOPSAP:CMD TO STOP SOFTAP",
    "TCMODINFOSET": '+TCMODINFOSET:"MODULE NAME","FLASH_SIZE (2/4)","WIFI LED GPIO","FW INFO ADDR",'
    '"FW BASE ADDR","FW MAX SIZE","FIXED CONNID"',
    "TCMQTTSRV": '+TCMQTTSRV:"MQTT SERVER IP"',
}
# Which of ? = and nothing a command has; every other one is a plain ERROR.
FORMS = {
    **dict.fromkeys(
        "TCDEVINFOSET TCPRDINFOSET TCMQTTCONN TCMQTTSUB TCMQTTUNSUB TCOTASET TCSAP TCMODINFOSET "
        "TCMQTTSRV".split(),
        ("=?", "?", "="),
    ),
    **dict.fromkeys("TCMQTTPUB TCMQTTPUBL TCREADFWDATA".split(), ("=?", "=")),
    **dict.fromkeys(
        "TCDEVREG TCRESTORE TCMQTTDISCONN TCSTARTSMART TCSTOPSMART TCSTOPSAP".split(), ("=?", "")
    ),
    **dict.fromkeys("TCMQTTSTATE TCFWINFO".split(), ("=?", "?")),
    **dict.fromkeys("TCMODULE TCVER".split(), ("",)),
}


def module_in(state: str) -> Emulator:
    emulator = Emulator(boot=False)
    Scene(emulator).given(STATES[state])
    if state == "reconnecting":
        emulator.control.drop_mqtt()
        emulator.advance(0.1)
    emulator.read()
    return emulator


def bytes_of(text: str) -> bytes:
    return text.replace("⏎", "\r\n").encode()


def first(emulator: Emulator, line: str) -> bytes:
    emulator.write(line.encode() + b"\r\n")
    return emulator.read()


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("line", TABLE)
def test_first_answer(line: str, state: str) -> None:
    answer = first(module_in(state), line)
    expected = bytes_of(TABLE[line][list(STATES).index(state)])
    assert answer.startswith(expected), answer
    if expected.startswith((b"+CME", b"\r\nERR")):
        assert answer == expected


def test_the_table_has_every_form_of_the_wire_page() -> None:
    lines = {
        line.removeprefix("AT+").split("=")[0].split("?")[0]
        for line in TABLE
        if line.startswith("AT+TC")
    }
    assert lines == set(FORMS) and len(FORMS) == 22
    assert sum(len(forms) for forms in FORMS.values()) == 51


@pytest.mark.parametrize("state", STATES)
def test_every_test_form_in_every_state(state: str) -> None:
    emulator = module_in(state)
    for name, text in TESTS.items():
        expected = bytes_of(f"{text}⏎" if text else "") + b"\r\nOK\r\n"
        assert first(emulator, f"AT+{name}=?") == expected


def test_every_absent_form_is_a_plain_error() -> None:
    emulator = module_in("unprovisioned")
    for name, forms in FORMS.items():
        for form in ("=?", "?", "=", ""):
            if form not in forms:
                assert first(emulator, f"AT+{name}{form}") == b"\r\nERROR\r\n", name + form


OVER = "x" * 129
# state, line, answer
LIMITS = [
    ("idle", 'AT+TCDEVINFOSET=1,"12345678901","D","S"', "+CME ERROR:204⏎"),
    ("idle", 'AT+TCDEVINFOSET=1,"1234567890","D","S"', OK),
    ("idle", f'AT+TCDEVINFOSET=1,"P","{"d" * 49}","S"', "+CME ERROR:204⏎"),
    ("idle", f'AT+TCDEVINFOSET=1,"P","{"d" * 48}","S"', OK),
    ("idle", f'AT+TCDEVINFOSET=1,"P","D","{"s" * 45}"', "+CME ERROR:204⏎"),
    ("idle", f'AT+TCDEVINFOSET=1,"P","D","{"s" * 44}"', OK),
    ("idle", 'AT+TCDEVINFOSET=2,"P","D","S"', "+CME ERROR:204⏎"),
    ("idle", f'AT+TCPRDINFOSET=1,"P","{"s" * 33}","D"', "+CME ERROR:204⏎"),
    ("idle", f'AT+TCPRDINFOSET=1,"P","{"s" * 32}","D"', OK),
    ("idle", "AT+TCMQTTCONN=1,1000,60,0,0", OK),
    ("idle", "AT+TCMQTTCONN=1,10000,690,1,1", OK),
    ("idle", "AT+TCMQTTCONN=1,999,240,1,1", "+CME ERROR:204⏎"),
    ("idle", "AT+TCMQTTCONN=1,5000,240,1", "ERR CODE:0x01080004⏎+CME ERROR:204⏎"),
    ("idle", "AT+TCMQTTCONN=", "ERR CODE:0x01080000⏎⏎ERROR⏎"),
    ("idle", "AT+TCMQTTCONN=1,,240,1,1", "+CME ERROR:204⏎"),
    ("idle", "AT+TCMQTTCONN=,5000,240,1,1", "⏎ERROR⏎"),
    ("idle", "AT+TCMQTTCONN=1,0x1388,0xF0,1,1", OK),
    ("idle", "AT+TCMQTTCONN=1,+5000,240,1,1", "ERR CODE:0x01080001⏎+CME ERROR:204⏎"),
    ("idle", "AT+TCMQTTCONN=1, 5000,240,1,1", "ERR CODE:0x01080001⏎+CME ERROR:204⏎"),
    ("idle", "AT+TCMQTTCONN=1,4294967296,240,1,1", "+CME ERROR:204⏎"),
    ("idle", 'AT+TCDEVINFOSET="1","P","D","S"', "ERR CODE:0x01080000⏎⏎ERROR⏎"),
    ("idle", 'AT+TCDEVINFOSET=1,"P"x,"D","S"', "ERR CODE:0x01080001⏎+CME ERROR:204⏎"),
    ("idle", 'AT+TCDEVINFOSET=1,"P","a"b","S"', "ERR CODE:0x01080002⏎+CME ERROR:204⏎"),
    ("idle", 'AT+TCDEVINFOSET=1,"P","D","S\\"', "ERR CODE:0x01080003⏎+CME ERROR:204⏎"),
    ("idle", 'AT+TCMODINFOSET="M",2,0,1118209,1122304,716800,1', "+CME ERROR:204⏎"),
    ("idle", 'AT+TCMODINFOSET="M",2,0,1114112,1122304,716800,1', "+CME ERROR:204⏎"),
    ("idle", 'AT+TCMODINFOSET="M",3,0,1118208,1122304,716800,1', "+CME ERROR:204⏎"),
    ("idle", 'AT+TCMODINFOSET="M",2,17,1118208,1122304,716800,1', "+CME ERROR:204⏎"),
    ("idle", 'AT+TCMODINFOSET="M",2,0,1118208,1122304,716801,1', "+CME ERROR:204⏎"),
    ("idle", 'AT+TCMODINFOSET="M",2,0,x,1122304,716800,1', "ERR CODE:0x01080003⏎⏎ERROR⏎"),
    (
        "idle",
        "AT+TCMODINFOSET=M,2,0,1118208,1122304,716800,1",
        "ERR CODE:0x01080000⏎+CME ERROR:204⏎",
    ),
    ("idle", 'AT+TCSAP="a",12345678', "ERR CODE:0x01080001⏎⏎ERROR⏎"),
    ("idle", f'AT+TCSAP="a","{"p" * 33}"', "+CME ERROR:204⏎"),
    ("idle", 'AT+TCMQTTSRV="1.2.3.4","x"', "+CME ERROR:204⏎"),
    ("connected", f'AT+TCMQTTSUB="{OVER}",0', "+CME ERROR:204⏎"),
    ("connected", f'AT+TCMQTTSUB="{OVER[:128]}",0', OK),
    ("connected", 'AT+TCMQTTSUB="t"', "ERR CODE:0x01080001⏎+CME ERROR:204⏎"),
    ("connected", 'AT+TCMQTTSUB="t",2', "+CME ERROR:204⏎"),
    ("connected", 'AT+TCMQTTSUB="t",0,0', "+CME ERROR:204⏎"),
    ("connected", 'AT+TCMQTTPUB="t",0,"a","b"', "+CME ERROR:204⏎"),
    ("connected", 'AT+TCMQTTPUB="t",0,"a,b"', "ERR CODE:0x01080002⏎+CME ERROR:204⏎"),
    ("connected", 'AT+TCMQTTPUB="t",0,"a\\,b"', OK),
    ("connected", 'AT+TCMQTTPUBL="t",0,0', "+CME ERROR:204⏎"),
    ("connected", 'AT+TCMQTTPUBL="t",0,2048', "OK⏎>⏎"),
    ("connected", 'AT+TCMQTTPUBL="t",0,2049', "+CME ERROR:204⏎"),
    ("connected", 'AT+TCOTASET=1,"123456789012345678901234567890123"', "+CME ERROR:204⏎"),
    ("idle", "AT+TCREADFWDATA=4096", "OK⏎+TCREADFWDATA:12,"),
    ("idle", "AT+TCREADFWDATA=4097", "+CME ERROR:204⏎"),
    ("idle", "AT+TCREADFWDATA=0", "OK⏎+TCREADFWDATA:0,⏎"),
    ("idle", "AT+TCREADFWDATA=-4", "+CME ERROR:204⏎"),
    # The state comes before the parameters.
    ("idle", 'AT+TCMQTTPUB="t",7,a,b,c', NO),
    ("connected", "AT+TCMQTTCONN=x", NO),
    ("ota", "AT+TCMQTTSUB=x", OTA),
    ("ota", "AT+TCMQTTCONN=x", NO),
    # Lines.
    ("idle", "at+tcmqttstate?", "+TCMQTTSTATE:0⏎⏎OK⏎"),
    ("idle", "AT+TCMQTTSTATE ?", "ERR CODE:0x01090000⏎⏎ERROR⏎"),
    ("idle", "AT+TCMQTTSTATE?x", "⏎ERROR⏎"),
    ("idle", "ATX", "ERR CODE:0x01090000⏎⏎ERROR⏎"),
    ("idle", "", "ERR CODE:0x01030000⏎⏎ERROR⏎"),
    ("idle", " AT", "ERR CODE:0x01030000⏎⏎ERROR⏎"),
    ("idle", "AT+" + "X" * 252, "ERR CODE:0x01030000⏎⏎ERROR⏎"),
    ("idle", "AT+" + "X" * 251, "ERR CODE:0x01090000⏎⏎ERROR⏎"),
    ("idle", "AT+CWJAP=x,y", "ERR CODE:0x01080000⏎⏎ERROR⏎"),
    ("idle", "AT+CWMODE=4", "⏎ERROR⏎"),
    ("idle", "AT+CWMODE=1,1", "⏎ERROR⏎"),
]


@pytest.mark.parametrize(("state", "line", "answer"), LIMITS)
def test_limits_and_malformed_lines(state: str, line: str, answer: str) -> None:
    said = first(module_in(state), line)
    expected = bytes_of(answer)
    if answer in (OK, "OK⏎>⏎") or answer.endswith(","):
        assert said.startswith(expected), said
    else:
        assert said == expected
