"""The command: its parts put together, its options, and how errors become words and exit codes."""

from __future__ import annotations

import inspect
import io
import pkgutil
import re
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Annotated, Any, get_args, get_type_hints

import typer
from typer.core import TyperCommand, TyperGroup

from .desk import complaint, exits
from .desk import options as options_of
from .desk.exits import Exit, Stop
from .desk.language import LANGUAGE, choose, said
from .desk.options import Session

# What a command needs is imported when it runs: driver and port library take longer than all the rest.
__all__ = ["app", "run", "to_front"]

GLOBAL = {
    **dict.fromkeys(
        ("--port", "--baud", "--capture", "--dtr", "--rts", "--lang", "--language", "--revision"),
        True,
    ),
    **dict.fromkeys(("-v", "--verbose"), False),
}
VALUES = {
    "--port": "Such as /dev/ttyUSB0, COM3 or emu://; tencent-at ports lists what there is.",
    "--baud": "Such as 115200.",
    "--lang": "en or zh",
}
LOOK, NETWORK, WORK, BENCH = "Look", "Set up", "Work", "Bench"
COMMANDS = [
    # panel, command, module
    (LOOK, "ports", "ports"),
    (LOOK, "info", "info"),
    (LOOK, "doctor", "doctor"),
    (LOOK, "explain", "explain"),
    (WORK, "connect", "mqtt"),
    (WORK, "disconnect", "mqtt"),
    (WORK, "pub", "mqtt"),
    (WORK, "sub", "mqtt"),
    (WORK, "shell", "shell"),
    (BENCH, "monitor", "monitor"),
    (BENCH, "capture", "capture"),
    (BENCH, "replay", "replay"),
    (BENCH, "report", "report"),
    (BENCH, "factory", "factory"),
    (BENCH, "demo", "demo"),
    (BENCH, "emulate", "emulate"),
]
GROUPS = [
    (NETWORK, "wifi", "wifi"),
    (NETWORK, "provision", "provision"),
    (NETWORK, "device", "device"),
    (WORK, "ota", "ota"),
    (BENCH, "cloud", "cloud"),
]


# Beside what a function says of its command: "explain -117" is no option; the emulator has options of its own.
SETTINGS: dict[str, dict[str, Any]] = {
    "explain": {"context_settings": {"ignore_unknown_options": True}},
    "emulate": {
        "add_help_option": False,
        "context_settings": {"ignore_unknown_options": True, "allow_extra_args": True},
    },
}


class Usage(typer.Context.formatter_class):  # type: ignore[valid-type,misc]
    """How a command is called, in the language that was chosen."""

    def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
        """Write it."""
        super().write_usage(prog, args, prefix or said("Usage:") + " ")


class Root(TyperGroup):
    """The command group that turns errors into a sentence, advice and an exit code.

    Its commands are names with a sentence, for the help, until one is called.
    """

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        panels = [LOOK, NETWORK, WORK, BENCH]
        for panel, name, module in sorted(
            [*COMMANDS, *GROUPS], key=lambda entry: panels.index(entry[0])
        ):
            help = said(_sentence(name, module))
            self.add_command(TyperCommand(name, help=help, rich_help_panel=said(panel)))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """The command that is called, made now."""
        if args and args[0] in self.commands:
            self.commands[args[0]] = _spoken(_made(args[0]))
        return super().resolve_command(ctx, args)

    def get_help(self, ctx: Any) -> str:
        """The help, in the language that was chosen."""
        self.epilog = exits.epilog()
        _spoken(self)
        return str(super().get_help(ctx))

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        try:
            return super().invoke(ctx)
        except (Exception, KeyboardInterrupt) as error:
            code = exits.exit_for(error)
            if code is None:
                raise
            complaint.say(error, code, ctx.find_root().obj)
            raise typer.Exit(int(code)) from None


ABOUT = (
    "Speak with an ESP8266 that has the Tencent Cloud IoT AT firmware.\n\n"
    "These options may stand before or behind the command. Secrets are asked for, read from a file "
    "or from the environment, and never printed."
)

app = typer.Typer(
    name="tencent-at",
    cls=Root,
    no_args_is_help=True,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    pretty_exceptions_show_locals=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version

        print(f"tencent-at {version('tencent-at')}")
        raise typer.Exit


def _ports() -> list[str]:
    import serialx

    from tencent_at.schemes import brought

    return [
        *(str(port.device) for port in serialx.list_serial_ports() if port.vid),
        *(f"{name}://" for name in brought()),
    ]


@app.callback(help=ABOUT)
def options(
    context: typer.Context,
    port: Annotated[
        str | None,
        typer.Option(
            envvar="TENCENT_AT_PORT",
            metavar="URL",
            autocompletion=_ports,
            help="/dev/ttyUSB0, COM3, socket://host:port, rfc2217://host:port, or emu://",
        ),
    ] = None,
    baud: Annotated[
        int, typer.Option(envvar="TENCENT_AT_BAUD", metavar="RATE", help="Line speed.", min=110)
    ] = 115200,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Print the wire, decoded, on standard error.")
    ] = False,
    capture: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Record the wire, for replay and report.", dir_okay=False
        ),
    ] = None,
    language: Annotated[
        str | None,
        typer.Option(
            "--lang",
            "--language",
            envvar="TENCENT_AT_LANGUAGE",
            metavar="en|zh",
            help="Of all that is said; else as LC_ALL, LC_MESSAGES or LANG have it.",
        ),
    ] = None,
    dtr: Annotated[
        str | None,
        typer.Option(
            envvar="TENCENT_AT_DTR", metavar="on|off", help="Level of DTR once the port is open."
        ),
    ] = None,
    rts: Annotated[
        str | None,
        typer.Option(
            envvar="TENCENT_AT_RTS",
            metavar="on|off",
            help="The same of RTS: off where the module's EN hangs on it and it stays in reset.",
        ),
    ] = None,
    revision: Annotated[
        str | None,
        typer.Option(
            envvar="TENCENT_AT_REVISION",
            metavar="NAME",
            help="Of the manual, such as V3.2.1: what the module speaks.",
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", is_eager=True, callback=_version, help="Print the version.")
    ] = False,
) -> None:
    if language not in (None, "en", "zh"):
        raise typer.BadParameter("en or zh", param_hint="--lang")
    for name, level in (("--dtr", dtr), ("--rts", rts)):
        if level not in (None, "on", "off"):
            raise typer.BadParameter("on or off", param_hint=name)
    spoken = language or LANGUAGE[0]
    context.obj = Session(port, baud, verbose, capture, spoken, dtr, rts, bool(language), revision)


def _sentence(name: str, module: str) -> str:
    # What the help says of a command, read without importing it.
    text = (pkgutil.get_data(__package__, f"commands/{module}.py") or b"").decode()
    found = re.search(rf'^def {name}\(.*?"""(.*?)"""', text, re.DOTALL | re.MULTILINE)
    found = found or re.search(
        r'^app = typer\.Typer\(.*?help="(.*?)"', text, re.DOTALL | re.MULTILINE
    )
    return _unwrapped(found[1]) if found else ""


def _made(name: str) -> Any:
    # The command or group of this name, with all that it imports.
    panel, _, module = next(entry for entry in (*COMMANDS, *GROUPS) if entry[1] == name)
    found = import_module(f".commands.{module}", __package__)
    holder = typer.Typer(rich_markup_mode="rich", add_completion=False)
    holder.callback()(lambda: None)
    if (panel, name, module) in GROUPS:
        for command in found.app.registered_commands:
            _bare_flags(command.callback)
            command.help = _unwrapped(command.callback.__doc__ or "")
        holder.add_typer(found.app, name=name, rich_help_panel=panel)
    else:
        function = getattr(found, name)
        _bare_flags(function)
        settings: dict[str, Any] = {"help": _unwrapped(function.__doc__ or "")}
        settings |= SETTINGS.get(name, {})
        holder.command(name, rich_help_panel=panel, **settings)(function)
    return typer.main.get_group(holder).commands[name]


def _spoken(command: Any) -> Any:
    # The command, and those in it, with their help in the language that was chosen.
    if LANGUAGE[0] == "en":
        return command
    context = typer.Context(command)
    command.context_class.formatter_class = Usage
    context.help_option_names = ["-h", "--help"]
    for holder in (command, *command.params, command.get_help_option(context)):
        for name in ("help", "epilog", "rich_help_panel"):
            if isinstance(text := getattr(holder, name, None), str):
                setattr(holder, name, said(text))
    for inner in getattr(command, "commands", {}).values():
        _spoken(inner)
    return command


def _bare_flags(function: Any) -> None:
    # A flag is shown in the help without the type that it does not take.
    hints = get_type_hints(function, include_extras=True)
    for hint in hints.values():
        if get_args(hint)[:1] == (bool,):
            for extra in get_args(hint)[1:]:
                extra.metavar = ""
    function.__annotations__ = hints


def _unwrapped(docstring: str) -> str:
    # Each paragraph on one line, for a terminal of any width.
    paragraphs = inspect.cleandoc(docstring).split("\n\n")
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)


def to_front(arguments: Sequence[str]) -> list[str]:
    """The arguments with the options of the whole command moved before it."""
    front, rest = [], []
    waiting = list(arguments)
    while waiting:
        word = waiting.pop(0)
        if word == "--" or word == "emulate":
            rest += [word, *waiting]
            break
        name = word.split("=", 1)[0]
        if name not in GLOBAL or ("=" in word and not GLOBAL[name]):
            rest.append(word)
            continue
        front.append(word)
        if GLOBAL[name] and "=" not in word:
            if not waiting or (name == "--port" and waiting[0].startswith("-")):
                raise Stop(Exit.USAGE, f"{name} needs a value", VALUES.get(name, ""))
            front.append(waiting.pop(0))
    return front + rest


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    _bare_flags(options)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal that lacks a sign gets its number
            stream.reconfigure(errors="backslashreplace")
    given = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in given[: given.index("--") if "--" in given else None]
    options_of.AS_JSON[0] = as_json
    choose(given)
    code: Any
    try:
        given = to_front(given)
    except Stop as error:
        complaint.say(error, error.code, None)
        return int(error.code)
    try:
        alone = not as_json and LANGUAGE[0] == "en"
        code = app(given, prog_name="tencent-at", standalone_mode=alone)
        sys.stdout.flush()
    except SystemExit as end:
        if end.code == 1 and complaint.closed(end.__context__):
            return complaint.unwritten(end)
        code = end.code
    except OSError as error:
        return complaint.unwritten(error)
    except Exception as error:
        if not (hasattr(error, "exit_code") or isinstance(error, typer.Abort)):
            raise
        return complaint.misused(error)
    try:
        sys.stdout.flush()
    except OSError as error:
        return complaint.unwritten(error)
    return int(code or 0) if isinstance(code, int | None) else int(Exit.ERROR)
