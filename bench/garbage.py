"""Which calls of the board driver allocate how much, beside its text before.

python bench/garbage.py: bytes taken from a 32-bit heap by one call, none collected. Exit code 1: a limit is missed.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.sidebyside import Row, played, table

SCRIPT = """
import gc, json
import {package} as tcat
Modem = tcat.Modem
class Wire:
    said = b""
    def __init__(self): self.at = 0; self.answers = []
    def any(self): return len(self.said) - self.at
    def readinto(self, buf, n):
        i = 0
        while i < n:
            buf[i] = self.said[self.at]; self.at += 1; i += 1
        return n
    def write(self, data, off=0, n=0):
        if off + n == len(data) or not n:
            self.hear(self.answers.pop(0) if self.answers else b"OK\\r\\n")
        return n or len(data)
    def hear(self, data):
        self.said = data; self.at = 0
wire = Wire()
modem = Modem(wire)
sink = bytearray(1024)
long = b"x" * 1500
message = b'+TCMQTTRCVPUB:"CTQS08Y5LG/Dev01/control",100,"' + b"y" * 100 + b'"\\r\\n'
def cost(name, work, *answers):
    for _ in range(2):
        wire.answers = list(answers)
        gc.collect(); gc.disable()
        before = gc.mem_alloc()
        work()
        taken = gc.mem_alloc() - before
        gc.enable()
    print("=", json.dumps([name, taken]))
def heard(data):
    wire.hear(data); modem.poll()
ok = b"OK\\r\\n+TCMQTTPUB:OK\\r\\n"
cost("poll(), nothing there", modem.poll)
heard(b"")
modem.on_message = lambda buf, t, te, a, e: None
def said(data):
    wire.said = data; wire.at = 0
    modem.poll()
cost("poll(), a message of 100 bytes, callback", lambda: said(message))
cost("poll(), a line that is ignored", lambda: said(b"some text\\r\\n"))
cost("poll(), a URC", lambda: said(b"+TCMQTTDISCON,-103\\r\\n"))
modem.handlers = (lambda name, values: None,)
cost("the same, with a handler", lambda: said(b"+TCMQTTDISCON,-103\\r\\n"))
modem.handlers = ()
modem.on_message = None
def fetch():
    said(message); modem.receive(0)
modem.start()
cost("receive(), a message of 100 bytes", fetch)
cost("publish(), 20 bytes", lambda: modem.publish("CTQS08Y5LG/Dev01/data", b"x" * 20, 1), ok)
cost("publish(), 1,500 bytes", lambda: modem.publish("CTQS08Y5LG/Dev01/data", long, 1),
     b"OK\\r\\n>\\r\\n", b"+TCMQTTPUBL:OK\\r\\n")
cost("mqtt_state()", modem.mqtt_state, b"+TCMQTTSTATE:1\\r\\n\\r\\nOK\\r\\n")
data = b"OK\\r\\n+TCREADFWDATA:1024," + bytes(1024) + b"\\r\\n"
cost("read_firmware(1024)", lambda: modem.read_firmware(1024), data)
cost("the same into a buffer",
     lambda: modem.run(modem.call("read_firmware", (1024,), (), sink)), data)
if "{package}" == "tcat":
    spelled = tcat.encode(tcat.form("read_firmware"), (1024,), ())
else:
    spelled = "read_firmware"
cost("the same spelled once, as ota.fetch does",
     lambda: modem.run(modem.call(spelled, () if "{package}" == "tcat" else (1024,), (), sink)), data)
"""
NOTHING = 0, 0
BOUNDS = {
    "poll(), nothing there": NOTHING,
    "poll(), a message of 100 bytes, callback": NOTHING,
    "poll(), a line that is ignored": NOTHING,
    "poll(), a URC": NOTHING,
    "publish(), 20 bytes": (1200, 500),
    "publish(), 1,500 bytes": (1700, 500),
    "mqtt_state()": (800, 400),
    "the same spelled once, as ota.fetch does": (500, 200),
}


def main() -> int:
    before, now = (
        played("wasm", SCRIPT.replace("{package}", name)) for name in ("tcat_before", "tcat")
    )
    rows = []
    for name, taken in now.items():
        limit, aim = BOUNDS.get(name, (None, None))
        rows.append(Row(name, before.get(name), taken, taken, limit, aim, most=True))
    return table("Garbage of a call, bytes of a 32-bit heap", rows)


if __name__ == "__main__":
    sys.exit(main())
