"""What the registries' libraries would cost in place of files that are written by hand here, as tables for docs/.

python bench/libraries.py brokers [NAME…]: MQTT brokers and codecs for the emulator. Each is installed in a folder of
its own and imported by a fresh interpreter that has asyncio already; a plain client of MQTT 3.1.1 connects, subscribes
at QoS 1 and gets its own messages back, or not. The last row is what the emulator has.
python bench/libraries.py others: what other files could lean on; size and import alone.

Needs the package index and two minutes.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUNS = 5

# Run before each trial: a client in nothing but sockets. `port` is free; `over()` prints what was found and ends.
PRELUDE = """
import asyncio, json, logging, os, socket, sys, threading, time
logging.disable(50)
with socket.create_server(("127.0.0.1", 0)) as free:
    port = free.getsockname()[1]
begun = time.perf_counter()

def imported():
    global begun
    found["import"] = (time.perf_counter() - begun) * 1000
    begun = time.perf_counter()

found = {"import": None, "start": None, "said": "", "dollar": ""}

def over():
    print(json.dumps(found), flush=True)
    os._exit(0)

def visit():
    try:
        while True:
            try:
                wire = socket.create_connection(("127.0.0.1", port), 1)
                break
            except OSError:
                if time.perf_counter() - begun > 10:
                    found["said"] = "never listened"
                    return
                time.sleep(0.001)
        wire.settimeout(3)
        wire.sendall(b"\\x10\\x0d\\x00\\x04MQTT\\x04\\x02\\x00\\x3c\\x00\\x01c")
        if wire.recv(4) != b"\\x20\\x02\\x00\\x00":
            found["said"] = "refuses 3.1.1"
            return
        found["start"] = (time.perf_counter() - begun) * 1000
        found["said"] = trip(wire, b"a/b")
        found["dollar"] = trip(wire, b"$thing/up/property/P/D")
    except OSError as error:
        found["said"] = f"{type(error).__name__} at the start"
    finally:
        over()

def trip(wire, topic):
    # Subscribe at QoS 1, publish at QoS 1, and have it back at QoS 1, with a number.
    try:
        name = bytes([0, len(topic)]) + topic
        wire.sendall(bytes([0x82, len(name) + 3, 0, 1]) + name + bytes([1]))
        granted = wire.recv(5)
        if granted != bytes([0x90, 3, 0, 1, 1]):
            return "hangs up" if not granted else f"SUBACK is {granted.hex()}"
        wire.sendall(bytes([0x32, len(name) + 6]) + name + bytes([0, 2]) + b"hi!!")
        heard = b""
        while b"hi!!" not in heard or bytes([0x40, 2, 0, 2]) not in heard:
            more = wire.recv(100)
            if not more:
                return "hangs up"
            heard += more
        at = heard.index(name) - 2
        if heard[at] != 0x32 or heard[at + 1] != len(name) + 6:
            return f"QoS {heard[at] >> 1 & 3}, a number of {heard[at + 1] - len(name) - 4} bytes"
        wire.sendall(bytes([0x40, 2]) + heard[at + 2 + len(name) : at + 4 + len(name)])
        return "yes"
    except TimeoutError:
        return "silence"
    except ConnectionError:
        return "hangs up"
"""


@dataclass(frozen=True)
class Candidate:
    """A package, what it is, and how to start it on ``port``."""

    name: str
    kind: str
    trial: str


def _async(imports: str, start: str) -> str:
    return f"""
{imports}
imported()
async def main():
    threading.Thread(target=visit, daemon=True).start()
    {start}
    await asyncio.sleep(20)
asyncio.run(main())
"""


CANDIDATES = (
    Candidate(
        "amqtt",
        "broker",
        _async(
            "from amqtt.broker import Broker",
            'await Broker({"listeners": {"default": {"type": "tcp", "bind": f"127.0.0.1:{port}"}}, "plugins":'
            ' {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}}).start()',
        ),
    ),
    Candidate("hbmqtt", "broker", "from hbmqtt.broker import Broker"),
    Candidate("moat-mqtt", "broker", "from moat.mqtt.broker import create_broker"),
    Candidate(
        "mqttools",
        "broker",
        "from mqttools import BrokerThread\nimported()\n"
        'BrokerThread([("127.0.0.1", port)]).start()\nvisit()',
    ),
    Candidate(
        "mqttd",
        "broker",
        _async(
            "from mqttd import MQTTApp",
            'await MQTTApp(host="127.0.0.1", port=port)._start_server()',
        ),
    ),
    Candidate(
        "iotcore",
        "broker (Rust), a process of its own",
        "from iotcore import Broker\nimported()\n"
        'broker = Broker(port=port, listen="127.0.0.1")\nthreading.Thread(target=broker.start).start()\nvisit()',
    ),
    Candidate(
        "moat-lib-mqtt",
        "broker, codec",
        "import anyio\nfrom moat.lib.mqtt.async_broker import AsyncMQTTBroker\nimported()\n"
        "threading.Thread(target=visit, daemon=True).start()\n"
        'anyio.run(AsyncMQTTBroker(("127.0.0.1", port)).serve)',
    ),
    Candidate("mqtt-codec", "codec", "import mqtt_codec.packet\nimported()\nover()"),
    Candidate("mqtt5", "codec (Rust), 5.0 only", "import mqtt5\nimported()\nover()"),
    Candidate(
        "mqttium",
        "codec, of a client: reads no CONNECT",
        "import mqttium.packets, mqttium.codec\nimported()\nover()",
    ),
    Candidate(
        "zmqtt",
        "codec of a client, both ways, in a private module",
        "from zmqtt._internal.packets.reader import PacketBuffer\nimported()\nover()",
    ),
)
OURS = Candidate(
    "our own",
    "packets, broker",
    _async(
        "from tencent_at_emulator.clock import LoopClock\n"
        "from tencent_at_emulator.cloud.embedded import EmbeddedCloud\n"
        "for name in ('packets', 'broker'): sys.modules.pop('tencent_at_emulator.cloud.' + name)\n"
        "begun = time.perf_counter()\n"
        "from tencent_at_emulator.cloud.broker import Broker",
        "await Broker(EmbeddedCloud(LoopClock(asyncio.get_running_loop()))).start(port)",
    ),
)


def attempt(candidate: Candidate, where: Path | None) -> dict[str, object]:
    """One run in a fresh interpreter: figures in milliseconds, and what the client met."""
    env = dict(os.environ)
    if where is not None:
        env["PYTHONPATH"] = str(where)
    code = PRELUDE + candidate.trial
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60, cwd="/"
    )
    for line in reversed(done.stdout.splitlines()):
        if line.startswith('{"import"'):
            return dict(json.loads(line))
    last = (done.stderr.strip().splitlines() or ["said nothing"])[-1]
    return {"import": None, "start": None, "said": last.partition(": ")[2][:50], "dollar": ""}


def measured(candidate: Candidate, where: Path | None) -> tuple[str, ...]:
    """Medians of import and start, and the client's verdict."""
    runs = [attempt(candidate, where) for _ in range(RUNS + 1)][1:]  # the first one compiles

    def median(name: str) -> str:
        values = [value for run in runs if isinstance(value := run[name], float)]
        return f"{statistics.median(values):.0f}" if values else "–"

    said, dollar = (str(runs[-1][name]) or "–" for name in ("said", "dollar"))
    return median("import"), median("start"), said, dollar


def installed(name: str, where: Path) -> tuple[str, int, float, str] | str:
    """Version, distributions, megabytes and pins; or what the installer said."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--target", str(where), name]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        words = [line.strip() for line in done.stderr.splitlines() if " is invalid" in line]
        return f"does not install{': ' if words else ''}{''.join(words[:1])}"
    infos = list(where.glob("*.dist-info"))
    size = sum(
        file.stat().st_size
        for file in where.rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    )
    version, pins = "?", []
    for info in infos:
        lines = (info / "METADATA").read_text(encoding="utf-8").split("\n\n")[0].splitlines()
        if info.name.lower().replace("_", "-").startswith(name.lower() + "-"):
            version = next(line[9:] for line in lines if line.startswith("Version: "))
            wants = [line[15:] for line in lines if line.startswith("Requires-Dist: ")]
            pins = [want for want in wants if "==" in want.split(";")[0] and "extra" not in want]
    return version, len(infos), size / 1e6, ", ".join(pins) or "–"


def row(*cells: object) -> None:
    print("| " + " | ".join(map(str, cells)) + " |", flush=True)


def brokers(names: list[str]) -> None:
    row(
        "package",
        "version",
        "what",
        "installs",
        "MB",
        "pins",
        "import ms",
        "start ms",
        "3.1.1",
        "$thing",
    )
    row(*["---"] * 10)
    for candidate in CANDIDATES:
        if names and candidate.name not in names:
            continue
        with tempfile.TemporaryDirectory() as folder:
            got = installed(candidate.name, Path(folder))
            if isinstance(got, str):
                row(candidate.name, "", candidate.kind, got, "", "", "", "", "", "")
                continue
            version, count, size, pins = got
            figures = measured(candidate, Path(folder))
            row(candidate.name, version, candidate.kind, count, f"{size:.1f}", pins, *figures)
    files = [ROOT / "emulator/cloud" / name for name in ("packets.py", "broker.py")]
    size = sum(file.stat().st_size for file in files) / 1e6
    row(OURS.name, "", OURS.kind, 0, f"{size:.2f}", "–", *measured(OURS, None))


# Our file, the package, what it would be imported as.
OTHERS = (
    ("emulator/fetch.py", "httpx", "httpx"),
    ("emulator/images.py", "aiohttp", "aiohttp.web"),
    ("emulator/cloud/router.py", "paho-mqtt", "paho.mqtt.matcher, paho.mqtt.client"),
    ("emulator/channel.py", "jsonrpcserver", "jsonrpcserver"),
    ("emulator/clock.py", "async-solipsism", "async_solipsism"),
    ("cli/desk/bridge.py", "pyserial", "serial.rfc2217"),
    ("cli/commands/report.py", "jinja2", "jinja2"),
    ("codegen/strict.py", "strictyaml", "strictyaml"),
    ("codegen/load.py", "pydantic", "pydantic"),
)


def others() -> None:
    row("our file", "lines", "package", "version", "installs", "MB", "pins", "import ms")
    row(*["---"] * 8)
    for ours, name, module in OTHERS:
        lines = len((ROOT / ours).read_text().splitlines())
        with tempfile.TemporaryDirectory() as folder:
            got = installed(name, Path(folder))
            if isinstance(got, str):
                row(ours, lines, name, "", got, "", "", "")
                continue
            version, count, size, pins = got
            trial = Candidate(name, "", f"import {module}\nimported()\nover()")
            load = measured(trial, Path(folder))[0]
            row(ours, lines, name, version, count, f"{size:.1f}", pins, load)


def main(arguments: list[str]) -> None:
    match arguments:
        case ["brokers", *names]:
            brokers(names)
        case ["others"]:
            others()
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
