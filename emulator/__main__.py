"""The command line: one or many modules, on ptys, TCP ports or standard input and output."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from .builder import build
from .channel import serve
from .clock import LoopClock
from .cloud.broker import Broker
from .cloud.embedded import EmbeddedCloud, Offer, md5_of
from .emulator import Emulator
from .faults import FAULTS
from .quirks import QUIRKS
from .ways import Ways

__all__ = ["main"]

PORTS = 65535


def parser(say: Callable[[str], str] = str) -> argparse.ArgumentParser:
    """The options, for this command and for whoever offers it under another name; `say` puts a text into a language."""

    class Said(argparse.HelpFormatter):
        def start_section(self, heading: str | None) -> None:
            super().start_section(heading and say(heading))

        def add_text(self, text: str | None) -> None:
            super().add_text(text and say(text))

        def add_argument(self, action: argparse.Action) -> None:
            action.help = action.help and say(action.help)
            super().add_argument(action)

    made = argparse.ArgumentParser(
        prog="tencent-at emulate",
        description="A pretend ESP8266 with a cloud behind it.",
        formatter_class=Said,
    )
    ways = made.add_argument_group(
        "ways in", "One of five; without any, a pty whose name is printed."
    )
    way = ways.add_mutually_exclusive_group()
    way.add_argument(
        "--link", metavar="PATH", help="symbolic link to the pty (PATH.1… with --count)"
    )
    way.add_argument(
        "--tcp", metavar="PORT", type=int, help="listen on loopback (PORT+1… with --count)"
    )
    way.add_argument(
        "--serial", metavar="PORT", help="be the module at the end of a wire: /dev/ttyUSB0, COM3"
    )
    way.add_argument(
        "--rfc2217",
        metavar="PORT",
        type=int,
        help="the same by RFC 2217, where the host sets the speed, too",
    )
    way.add_argument("--stdio", action="store_true", help="speak on standard input and output")
    ways.add_argument("--count", metavar="N", type=int, default=1, help="so many modules")
    ways.add_argument(
        "--control",
        metavar="PATH",
        help="local socket for the control channel (PATH of --link and .control), or a TCP port on loopback",
    )
    ways.add_argument(
        "--ready-file", metavar="FILE", help="write the ways in there, as JSON, when all are open"
    )
    module = made.add_argument_group("the module")
    module.add_argument(
        "--revision",
        metavar="NAME",
        help="of the manual: V3.2.1 makes it firmware 2.1.1; without it 1.2.0 (V3.1.3)",
    )
    module.add_argument(
        "--flash", metavar="FILE", help="keep what the module stores (FILE.1… with --count)"
    )
    module.add_argument(
        "--baud",
        metavar="RATE",
        type=int,
        help="pace the line like a UART; with --serial its speed",
    )
    module.add_argument("--seed", metavar="N", type=int, default=0, help="for all that is chance")
    module.add_argument(
        "--joined",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="an access point is stored: join it at boot; a FLASH that exists decides for itself",
    )
    module.add_argument("--no-noise", action="store_true", help="boot without the ROM's noise")
    module.add_argument(
        "--fault", metavar="NAME=VALUE", action="append", default=[], help=", ".join(FAULTS)
    )
    module.add_argument(
        "--quirk",
        metavar="NAME",
        action="append",
        default=[],
        help=f"NAME or no-NAME: {', '.join(QUIRKS)}",
    )
    cloud = made.add_argument_group("the cloud")
    cloud.add_argument("--broker", metavar="URL", help="a real broker: mqtt://host:port")
    cloud.add_argument(
        "--mqtt-port", metavar="PORT", type=int, help="the embedded cloud as MQTT broker"
    )
    cloud.add_argument("--open-topics", action="store_true", help="permit every topic")
    cloud.add_argument("--ota", metavar="FILE", help="offer this image when OTA is enabled")
    cloud.add_argument(
        "--fetch-anywhere",
        action="store_true",
        help="let the module download images from other machines than this",
    )
    cloud.add_argument("--ota-version", metavar="V", default="2.0.0", help="its version (2.0.0)")
    return made


def main(argv: Sequence[str] | None = None, say: Callable[[str], str] = str) -> int:
    """Run until interrupted; returns the exit code. say: puts a text into the language of whoever reads it."""
    options = parser(say).parse_args(argv)
    try:
        _check(options)
        asyncio.run(_run(options, say))
    except (OSError, ValueError) as error:
        print(f"tencent-at emulate: {say(str(error))}", file=sys.stderr)
        return 2
    return 0


def _check(options: argparse.Namespace) -> None:
    if options.count < 1:
        raise ValueError(f"--count {options.count}: one module at least")
    for way in ("stdio", "serial"):
        if getattr(options, way) and options.count != 1:
            raise ValueError(f"--{way} has room for one module")
    for name, port, last in (
        ("--tcp", options.tcp, PORTS - options.count + 1),
        ("--rfc2217", options.rfc2217, PORTS - options.count + 1),
        ("--mqtt-port", options.mqtt_port, PORTS),
    ):
        if port is not None and not 0 <= port <= last:
            raise ValueError(f"{name} {port}: a port is 1 to {last}, or 0 for any that is free")
    if options.flash:
        flash = Path(options.flash)
        if flash.is_dir():
            raise ValueError(f"--flash {flash}: a directory; name a file in it, {flash / 'flash'}")
        if not flash.parent.is_dir():
            raise ValueError(f"--flash {flash}: there is no directory {flash.parent}; make it")


async def _run(options: argparse.Namespace, say: Callable[[str], str]) -> None:
    loop = asyncio.get_running_loop()
    over = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        with contextlib.suppress(NotImplementedError):
            loop.add_signal_handler(number, over.set)
    cloud = EmbeddedCloud(LoopClock(loop), seed=options.seed)
    async with contextlib.AsyncExitStack() as stack:
        ways = Ways(options, loop, stack, say)
        emulators = [_module(options, loop, cloud, at, stack) for at in range(options.count)]
        if options.ota:
            data = Path(options.ota).read_bytes()
            url = emulators[0].serve_image(data, options.ota_version)
            for emulator in emulators:
                emulator.offer(Offer(options.ota_version, url, md5_of(data), len(data), data))
        if options.mqtt_port is not None:
            broker = Broker(cloud)
            stack.push_async_callback(broker.close)
            where = sys.stderr if options.stdio else sys.stdout
            ways.more["mqtt"] = f"mqtt://127.0.0.1:{await broker.start(options.mqtt_port)}"
            print(ways.more["mqtt"], file=where, flush=True)
        if control := options.control or (f"{options.link}.control" if options.link else None):
            await stack.enter_async_context(serve(emulators, control))
            ways.more["control"] = control
        for at, emulator in enumerate(emulators):
            await ways.open(emulator, at)
        ways.ready()
        waiting = [asyncio.ensure_future(event.wait()) for event in (over, *ways.ended)]
        await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
        for task in waiting:
            task.cancel()
    for why in filter(None, ways.whys):
        if not over.is_set():
            raise OSError(why)


def _module(
    options: argparse.Namespace,
    loop: asyncio.AbstractEventLoop,
    cloud: EmbeddedCloud,
    at: int,
    stack: contextlib.AsyncExitStack,
) -> Emulator:
    emulator = build(
        loop,
        at,
        cloud=cloud,
        broker=options.broker,
        flash=options.flash,
        seed=options.seed,
        revision=options.revision,
        baud=None if options.serial else options.baud,
        noise=not options.no_noise,
        joined=options.joined,
        open_topics=options.open_topics,
        fetch_anywhere=options.fetch_anywhere,
        quirks=options.quirk,
        faults=[
            (name, value) for name, _, value in (each.partition("=") for each in options.fault)
        ],
    )
    if options.serial and options.baud:  # the wire paces by itself
        emulator.module.baud = emulator.module.boot_baud = options.baud
    stack.callback(emulator.close)
    return emulator


if __name__ == "__main__":
    sys.exit(main())
