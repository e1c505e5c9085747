"""Drawings from the code's own tables: the byte flow, what a module may owe, and the wires of three boards."""

from __future__ import annotations

import re
from html import escape
from textwrap import wrap

from pages.contents import ROOT
from tencent_at import tables

LINK = ROOT / "runtime" / "engine" / "link.py"
LETTERS = "kpvrd-mtKnobaf"  # of a form's debts; the bit is the letter's place (Link.send)
_CONST = re.compile(r"^(_[A-Z_]+) = const\((-?\d+)\)(?:  # (.*))?$", re.M)
INK, BLUE, GREEN, RED, GREY = "#222", "#1a5fb4", "#1b7f4d", "#a51d2d", "#888"


def constants(head: str) -> dict[str, tuple[int, str]]:
    """Those of link.py in the paragraph that begins with a comment: name → number and comment."""
    text = LINK.read_text(encoding="utf-8")
    paragraph = text[text.index(head) :].split("\n\n")[0]
    return {name: (int(number), said) for name, number, said in _CONST.findall(paragraph)}


def svg(width: int, height: int, parts: list[str], size: int = 13) -> str:
    """A picture on white."""
    begin = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'font-family="monospace" font-size="{size}">'
    )
    return "\n".join(
        [begin, f'<rect width="{width}" height="{height}" fill="#fff"/>', *parts, "</svg>", ""]
    )


def words(
    x: float, y: float, text: str, ink: str = INK, anchor: str = "start", extra: str = ""
) -> str:
    """A line of text."""
    return f'<text x="{x:g}" y="{y:g}" fill="{ink}" text-anchor="{anchor}"{extra}>{escape(text)}</text>'


def box(x: int, y: int, width: int, height: int, title: str, ink: str = INK) -> str:
    """A box with its title inside."""
    return (
        f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="4" fill="none" stroke="{ink}"/>'
        + words(x + width / 2, y + height / 2 + 5, title, ink, "middle")
    )


def arrow(x: int, y: int, tip: int, ink: str = INK) -> str:
    """A horizontal arrow."""
    back = -7 if tip > x else 7
    return (
        f'<line x1="{x}" y1="{y}" x2="{tip}" y2="{y}" stroke="{ink}"/>'
        f'<path d="M{tip} {y}l{back} -4v8z" fill="{ink}"/>'
    )


def flow() -> str:
    """From the UART to what a line is: the events that Link.next_event() returns, with what the source says of each."""
    events = constants("# What next_event() returns")
    ends = constants("# Where the line that is being read")
    step, top, left = 30, 66, 330
    parts = [
        box(10, top, 70, 30, "UART"),
        arrow(80, top + 15, 110),
        box(110, top, 90, 30, "framer", BLUE),
        arrow(200, top + 15, 215),
        box(215, top, 80, 30, "doors", BLUE),
    ]
    parts.append(
        words(10, 24, "Bytes become lines, lines pay debts", INK, extra=' font-weight="bold"')
    )
    for number, (name, (_, said)) in enumerate(events.items()):
        y = top + 15 + step * number
        ink = {"_NOISE": RED, "_MESSAGE": GREEN, "_EVENT": GREEN}.get(name, INK)
        parts.append(f'<path d="M295 {top + 15}L315 {y}" fill="none" stroke="{GREY}"/>')
        parts += [arrow(315, y, left, ink), words(left + 8, y + 5, name.strip("_"), ink)]
        parts.append(words(left + 95, y + 5, said, GREY))
    y = top + 80
    parts.append(words(10, y, "a line may end", BLUE))
    for name, (_, said) in ends.items():
        y += 22
        parts.append(words(10, y, name.strip("_"), BLUE))
        for piece in wrap(said.split(". ")[0], 26):
            parts.append(words(82, y, piece, GREY))
            y += 18
        y -= 18
    return svg(1060, top + 30 + step * len(events), parts)


def owing() -> dict[str, int]:
    """Letter → how many forms of the table have this debt."""
    debts = [line.split(" ")[3] for line in tables.FORMS.splitlines() if line]
    return {letter: sum(letter in each for each in debts) for letter in LETTERS if letter != "-"}


def states() -> str:
    """The line's states: nothing owed, owed, in doubt; with each debt, and each way in which a command ends."""
    debts = constants("# Debts: one bit for each letter")
    ends = constants("# How a command ended")
    count = owing()
    rows = []
    for name, (number, said) in debts.items():
        letters = [x for i, x in enumerate(LETTERS) if number >> i & 1 and x != "-"]
        if name.startswith(("_OWES", "_MAY")):
            forms = sum(count[letter] for letter in letters)
            rows.append((name.strip("_").lower().replace("_", " "), forms, said))
    step, top = 26, 96
    bottom = top + step * len(rows) + 20
    parts = [
        words(10, 24, "What the module owes is the state of the line", extra=' font-weight="bold"'),
        box(10, 50, 120, 32, "clean", GREEN),
        arrow(130, 66, 250),
        words(190, 60, "send", anchor="middle"),
        f'<rect x="250" y="50" width="560" height="{bottom - 50}" rx="4" fill="none" stroke="{BLUE}"/>',
        words(262, 71, "under way: each line pays a debt, in any order", BLUE),
        words(798, 71, "forms", GREY, "end"),
    ]
    for number, (name, forms, said) in enumerate(rows):
        y = top + step * number
        parts += [words(262, y, name, INK), words(380, y, said, GREY)]
        parts.append(words(798, y, str(forms), INK, "end"))
    parts += [arrow(250, bottom - 30, 70), f'<path d="M70 {bottom - 30}V82" stroke="{INK}"/>']
    parts.append(words(80, bottom - 38, "all paid", GREEN))
    y = bottom + 40
    parts += [
        f'<path d="M530 {bottom}V{y - 8}" stroke="{RED}"/>',
        box(470, y - 8, 120, 32, "doubt", RED),
        arrow(470, y + 8, 10 + 60, RED),
        f'<path d="M40 {y + 8}V82" stroke="{RED}"/><line x1="70" y1="{y + 8}" x2="40" y2="{y + 8}" stroke="{RED}"/>',
        words(80, y, "settled: AT until it is quiet", RED),
    ]
    for name, (_, said) in {"_REFUSED": (1, "ERROR, a CME error, ERR CODE"), **ends}.items():
        y += 24
        parts += [
            words(470, y + 20, name.strip("_").lower(), RED),
            words(570, y + 20, said.split(" (")[0], GREY),
        ]
    return svg(1110, y + 40, parts)


BOARDS = {  # file → title, and its rows: the board's pin, the module's
    "pico": ("Raspberry Pi Pico", "GP4  (UART1 TX)", "GP5  (UART1 RX)", "GP6"),
    "esp32": ("ESP32", "GPIO17  (UART2 TX)", "GPIO16  (UART2 RX)", "GPIO4"),
    "pyboard": ("Pyboard (STM32)", "X3  PA2  (UART2 TX)", "X4  PA3  (UART2 RX)", "X5"),
}


def wires(board: str) -> str:
    """A board, the module with both its pinouts, and the supply."""
    title, tx, rx, spare = BOARDS[board]
    rows = [
        (tx, "RX   GPIO3   or GPIO13", BLUE),
        (rx, "TX   GPIO1   or GPIO15 (10k to GND)", GREEN),
        ("GND", "GND", INK),
        (f"{spare}  (optional)", "RST  10k to 3.3 V", GREY),
    ]
    bare = [
        "EN     10k to 3.3 V",
        "GPIO0  10k to 3.3 V",
        "GPIO2  10k to 3.3 V",
        "GPIO15 10k to GND",
    ]
    step, top = 30, 70
    parts = [
        f'<rect x="10" y="40" width="240" height="{step * 4 + 24}" rx="6" fill="#eef6ee" stroke="{INK}"/>',
        words(130, 32, title, anchor="middle", extra=' font-weight="bold"'),
        f'<rect x="420" y="40" width="330" height="{step * 9 + 8}" rx="6" fill="#eef2fa" stroke="{INK}"/>',
        words(585, 32, "ESP8266 module", anchor="middle", extra=' font-weight="bold"'),
    ]
    for number, (left, right, ink) in enumerate(rows):
        y = top + step * number
        dash = ' stroke-dasharray="5 4"' if ink == GREY else ""
        parts += [words(240, y, left, INK, "end"), words(432, y, right, INK)]
        parts.append(
            f'<path d="M250 {y - 5}H420" stroke="{ink}" stroke-width="2"{dash} fill="none"/>'
        )
    y = top + step * 4
    parts += [
        words(432, y, "VCC  3.3 V", RED),
        f'<path d="M250 {y + 45}H335V{y - 5}H420" stroke="{RED}" stroke-width="2" fill="none"/>',
        f'<rect x="10" y="{y + 20}" width="240" height="86" rx="6" fill="#fdf0ee" stroke="{INK}"/>',
        words(240, y + 50, "3.3 V regulator, 500 mA", RED, "end"),
        words(240, y + 88, "GND", INK, "end"),
        f'<path d="M250 {y + 83}H300V{top + step * 2 - 5}" stroke="{INK}" stroke-width="2" fill="none"/>',
        words(20, y + 126, "100 µF and 100 nF from 3.3 V to GND, at the module", GREY),
    ]
    for number, said in enumerate(bare):
        parts.append(words(432, y + 30 + 24 * number, said, GREY))
    return svg(760, top + step * 8 + 60, parts)
