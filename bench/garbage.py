"""Which calls of the board driver allocate how much: bytes taken from a 32-bit heap by one call, none collected."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from boards import runtimes  # noqa: E402

SCRIPT = """
import gc
import tcat
from tcat import Modem
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
    print("%-44s %6d" % (name, taken))
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
spelled = tcat.encode(tcat.form("read_firmware"), (1024,), ())
cost("the same spelled once, as ota.fetch does",
     lambda: modem.run(modem.call(spelled, (), (), sink)), data)
"""


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        runtimes.compile_mpy(runtimes.TCAT / "tcat", Path(folder) / "tcat", options=["-O3"])
        with runtimes.MicroPython("wasm") as runtime:
            done = runtime.run(SCRIPT, path=[folder])
    print(done.stdout + done.stderr, end="")


if __name__ == "__main__":
    main()
