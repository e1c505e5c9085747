"""`shell`: a prompt with completion from the transcription, and answers decoded beside the raw line."""

from __future__ import annotations

import contextlib
import queue
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import typer
from prompt_toolkit import PromptSession
from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import HTML
from prompt_toolkit.history import FileHistory, History, InMemoryHistory
from prompt_toolkit.patch_stdout import patch_stdout
from rich.console import Console
from rich.markup import escape

from tencent_at.entries import Command, Field, Form
from tencent_at.wire import index
from tencent_at.wire.book import COMMANDS
from tencent_at.wire.masks import split_arguments
from tencent_at.wire.notation import read as read_bytes
from tencent_at.wire.reading import Line
from tencent_at.wire.words import explain, names

from ..desk.language import LANGUAGE, own, said
from ..desk.options import Session, session
from ..desk.output import note, standard_output, table
from ..desk.port import Tap, open_port, resolve, tapped
from ..desk.printer import Printer
from ..desk.typed import DiscreetHistory, HideSecrets
from .explain import show as show_meaning

__all__ = ["Shell", "ShellCompleter", "hint", "shell"]

HISTORY = ".tencent-at-history"
WORDS = {
    ":help": "these words; :help NAME tells about a command",
    ":explain": "a number or line: what it means, what to do",
    ":commands": "all commands",
    ":send": "bytes as they are, in the notation of captures (⏎ \\xNN)",
    ":abort": "end an open payload: +++",
    ":quit": "leave (Ctrl-D)",
}


class ShellCompleter(Completer):
    """Completes commands, then their arguments, from the transcription."""

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterable[Completion]:
        """What may stand at the cursor."""
        text = document.text_before_cursor
        if text.startswith(":"):
            yield from self._words(text)
        elif "=" in text and not text.endswith("=?"):
            yield from self._arguments(text)
        else:
            yield from self._commands(text)

    def _words(self, text: str) -> Iterable[Completion]:
        name, blank, rest = text.partition(" ")
        if not blank:
            for word, meaning in WORDS.items():
                if word.startswith(name):
                    yield Completion(word, -len(text), display_meta=said(meaning))
        elif name in (":help", ":explain"):
            for command in COMMANDS.values():
                if command.name.startswith(rest.upper()):
                    yield Completion(command.name, -len(rest), display_meta=own(command.title))

    def _commands(self, text: str) -> Iterable[Completion]:
        typed = text.upper()
        bare = typed if typed.startswith("AT") else f"AT+{typed.lstrip('+')}"
        lines = []
        for command in COMMANDS.values():
            for form in command.forms.values():
                if form.line.startswith(bare) or (bare != typed and typed in command.name):
                    lines.append((form.line, command))
        for line, command in sorted(lines, key=lambda entry: (len(entry[0]), entry[0])):
            yield Completion(line, -len(text), display_meta=own(command.title))

    def _arguments(self, text: str) -> Iterable[Completion]:
        argument, typed = at_argument(text)
        if argument is None or argument.secret:
            return
        if argument.const is not None:
            yield Completion(f"{argument.const},", -len(typed), display_meta="always so")
            return
        for value in choices(argument):
            if value.startswith(typed):
                meta = names(argument).get(value, "").replace("_", " ") or argument.title.en
                yield Completion(value, -len(typed), display_meta=meta)
        if not typed and argument.kind in ("string", "base64"):
            yield Completion('"', 0, display=f'"{argument.name}"', display_meta=argument.title.en)


def choices(argument: Field) -> list[str]:
    """What an argument may be, where that is a handful."""
    if argument.values or argument.words:
        return [*map(str, argument.values), *argument.words]
    if argument.kind == "int" and argument.high - argument.low < 4:
        return [str(number) for number in range(argument.low, argument.high + 1)]
    if argument.enum:
        return list(names(argument))
    return [] if argument.default is None else [str(argument.default)]


def at_argument(text: str) -> tuple[Field | None, str]:
    """The argument at the end of a line, and what of it is typed."""
    form = index.line(text)
    if not form or form.kind != "set":
        return None, ""
    values = split_arguments(text[len(form.line) :].encode())
    if len(values) > len(form.arguments):
        return None, ""
    return form.arguments[len(values) - 1], values[-1].decode("utf-8", "replace")


def hint(text: str) -> str:
    """The line below the prompt: how the command is written, and about the argument at the cursor."""
    form = index.line(text)
    if not form:
        return "Tab completes · :help · Ctrl-D leaves"
    command = COMMANDS[form.command]
    if form.kind != "set":
        return f"{command.title.en} ({command.section})"
    names = ",".join(f"<{argument.name}>" for argument in form.arguments)
    argument, _ = at_argument(text)
    if not argument:
        return f"{command.title.en} ({command.section}) · {form.line}{names}"
    facts = [own(argument.title), argument.limits, "secret: not kept" if argument.secret else ""]
    about = ", ".join(fact for fact in facts if fact)
    return f"{argument.name}: {about} · {names} ({command.section})"


class Shell:
    """The port, a thread that prints what comes, and what the words do."""

    def __init__(self, made: Session, tap: Tap, console: Console) -> None:
        self.made = made
        self.tap = tap
        self.console = console
        self.patience = 0.5  # seconds to wait for an answer before the next line is taken
        self.over = threading.Event()
        self.lost = ""
        self.lines: queue.SimpleQueue[Line] = queue.SimpleQueue()
        self._payload = threading.Event()
        self._answered = threading.Event()
        self._owed: set[str] = set()
        self._reader = threading.Thread(target=self._read, name="shell reader", daemon=True)

    def start(self) -> None:
        """Begin to listen."""
        self._reader.start()

    def stop(self) -> None:
        """Stop listening; an open payload is ended."""
        if self._payload.is_set() and not self.lost:
            with contextlib.suppress(OSError):
                self.tap.write(b"+++\r\n")
                time.sleep(0.2)
        self.over.set()
        self._reader.join(2)

    def heard(self, line: Line) -> None:
        """A line of the wire: remember whether a payload is asked for, or the answer is whole."""
        if line.kind == "prompt":
            self._payload.set()
            self._answered.set()
        elif line.kind == "payload":
            self._payload.clear()
        elif line.kind == "error" and not line.body.startswith(b"ERR CODE"):
            self._payload.clear()
            self._answered.set()
        elif line.kind in ("ok", "result"):
            self._owed -= {line.kind} if b"FAIL" not in line.body else self._owed
            if not self._owed:
                self._answered.set()

    @property
    def wants_payload(self) -> bool:
        """Does the module wait for a payload?"""
        return self._payload.is_set()

    def _read(self) -> None:
        quiet = 0.0
        while not self.over.is_set():
            try:
                data = self.tap.read(4096)
            except Exception as error:
                self.lost = str(error) or type(error).__name__
                self.over.set()
                return
            if data:
                quiet = time.monotonic()
            elif self.tap.wire.waits and time.monotonic() - quiet > 0.3:
                self.tap.wire.flush()

    def send(self, text: str, patience: float = 0.5) -> None:
        """Write a line, or the payload that the module waits for; wait for the answer, not too long."""
        form = index.line(text)
        owed = form.reply if form else ("ok",)
        self._owed = {"result"} if self.wants_payload else {"ok", "result"} & set(owed)
        self._answered.clear()
        self.tap.write(text.encode("utf-8", "surrogateescape") + b"\r\n")
        limit = longest(form) + 1 if form else 5.0
        self._answered.wait(min(patience, limit))
        time.sleep(0.05)

    def do(self, text: str) -> bool:
        """Carry out what was typed; False at the end."""
        if self.wants_payload and text != ":abort":
            self.send(text, self.patience)
            return True
        word, _, rest = text.partition(" ")
        if not text:
            return True
        if word in (":quit", ":q", ":exit", "exit", "quit"):
            return False
        if word in (":help", ":h", "help", "?"):
            self.help(rest.strip())
        elif word == ":commands":
            self.commands()
        elif word == ":explain":
            self.explain(rest)
        elif word == ":abort":
            self._payload.clear()
            self.send("+++")
        elif word == ":send":
            self.tap.write(read_bytes(rest))
            time.sleep(0.3)
        elif word.startswith(":"):
            note(f"{word}: no such word; :help", "yellow")
        else:
            self.command(text)
        return True

    def command(self, text: str) -> None:
        """Send a command; a name alone becomes its line."""
        if not text.upper().startswith("AT"):
            found = COMMANDS.get(text.rstrip("?=").upper())
            if not found:
                note("Commands begin with AT; :help tells more", "yellow")
                return
            text = found.forms.get("exec", next(iter(found.forms.values()))).line
        self.send(text, self.patience)

    def help(self, name: str) -> None:
        """Tell about the words, or about a command."""
        if not name:
            table(["", ""], [(word, said(meaning)) for word, meaning in WORDS.items()])
            return
        form = index.line(name)
        command = COMMANDS.get(form.command if form else name.upper())
        if not command:
            note(f"{name}: no such command", "yellow")
            return
        self.about(command)

    def about(self, command: Command) -> None:
        """Tell about a command."""
        out = self.console
        out.print(f"[bold]{command.name}[/]  {escape(command.title.en)}  {command.title.zh}  "
                  f"[dim]manual {command.section}[/]")  # fmt: skip
        out.print(escape(command.about.en))
        out.print(escape(command.about.zh), style="dim")
        for form in command.forms.values():
            out.print(f"  [cyan]{escape(written(form))}[/]")
            for argument in form.arguments:
                values = " ".join(
                    f"{v}={names(argument)[v]}" if v in names(argument) else v
                    for v in choices(argument)
                )
                facts = [own(argument.title), argument.limits, values]
                facts += [said("secret")] if argument.secret else []
                facts += (
                    [said(f"default {argument.default}")] if argument.default is not None else []
                )
                text = " · ".join(fact for fact in facts if fact)
                out.print(f"      {argument.name}  [dim]{escape(text)}[/]")

    def commands(self) -> None:
        """List the commands."""
        rows: list[tuple[Any, ...]] = [
            (command.section, command.name, own(command.title), " ".join(command.forms))
            for command in COMMANDS.values()
        ]
        table(["manual", "command", "", "forms"], rows)

    def explain(self, text: str) -> None:
        """Explain a number or a line."""
        for meaning in explain(text):
            show_meaning(text, meaning, ["zh"] if LANGUAGE[0] == "zh" else ["en", "zh"])


def longest(form: Form) -> float:
    """Seconds that a form's answer may take."""
    named = [arg.high / 1000 for arg in form.arguments if arg.name == form.timeout_argument]
    return form.timeout + sum(named)


def written(form: Form) -> str:
    """How a form is written."""
    return form.line + ",".join(f"<{argument.name}>" for argument in form.arguments)


def shell(context: typer.Context) -> None:
    """Type commands; see the answers decoded beside the raw lines.

    Tab completes commands and arguments, the line below tells how a command is written, :help tells
    more. The history keeps no secrets. Input that is no terminal is carried out line by line.
    """
    made = session(context)
    url = resolve(made)
    made.verbose = False
    console = standard_output()
    printer = Printer(console, made.language, deltas=True)
    holder: list[Shell] = []

    def show(line: Line) -> None:
        printer(line)
        if holder:
            holder[0].heard(line)

    with tapped(made, url, show) as wire:
        tap = Tap(open_port(url, made.baud, made.pins), wire)
        running = Shell(made, tap, console)
        holder.append(running)
        running.start()
        try:
            if sys.stdin.isatty():
                _converse(running)
            else:
                _carry_out(running)
        finally:
            running.stop()
            tap.close()
    if running.lost:
        note(f"the port is gone: {running.lost}", "red")
        raise typer.Exit(3)


def _converse(running: Shell) -> None:
    path = Path.home() / HISTORY
    try:
        inner: History = FileHistory(str(path))
        path.touch(mode=0o600)
    except OSError:
        inner = InMemoryHistory()
    prompt: PromptSession[str] = PromptSession(
        history=DiscreetHistory(inner, running.made.masks),
        completer=ShellCompleter(),
        auto_suggest=AutoSuggestFromHistory(),
        bottom_toolbar=lambda: _toolbar(running, prompt),
        complete_while_typing=True,
        input_processors=[HideSecrets()],
    )
    note("Tab completes, :help helps, Ctrl-D leaves")
    while not running.over.is_set():
        try:
            with patch_stdout(raw=True):
                sign = "payload> " if running.wants_payload else "> "
                text = prompt.prompt(sign)
        except KeyboardInterrupt:
            if running.wants_payload:
                running.do(":abort")
            continue
        except EOFError:
            return
        if not running.do(text if running.wants_payload else text.strip()):
            return


def _toolbar(running: Shell, prompt: PromptSession[str]) -> HTML:
    text = prompt.default_buffer.text
    if running.wants_payload:
        return HTML(said("the module waits for the payload; Ctrl-C ends it"))
    safe = hint(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return HTML(safe)


def _carry_out(running: Shell) -> None:
    running.patience = 60.0
    for text in sys.stdin:
        if running.over.is_set() or not running.do(text.rstrip("\r\n")):
            return
    time.sleep(0.3)
