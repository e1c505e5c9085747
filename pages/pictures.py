"""Who says what, as a picture: a dialogue of spec/dialogues drawn as a sequence between program and module.

python -m pages.pictures FILE.at > FILE.svg
"""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DIALOGUES = ROOT / "spec" / "dialogues"
PICTURES = {  # title → the dialogue
    "Identity, connect, subscribe, publish, receive": "81-connect",
    "An update, from the offer to the last byte": "44-update",
    "A payload behind the prompt": "34-publish-long",
    "The link is lost and comes back": "54-reconnected",
}
LEFT, RIGHT, WIDTH = 60, 700, 760
STEP, TOP, SIZE = 24, 60, 12
LONGEST = 78  # signs of a line that fit
# sign of the dialogue → colour, and where it stands: an arrow to the right, to the left, or a word beside the program
SIGNS = {
    "call": ("#333", "word"),
    ">": ("#1a5fb4", "right"),
    "<": ("#26a269", "left"),
    "=": ("#333", "word"),
    "!": ("#a51d2d", "word"),
    "@": ("#865e3c", "module"),
}


def steps(text: str) -> list[tuple[str, str]]:
    """The lines of a dialogue that are drawn: sign and words."""
    found = []
    for line in text.splitlines():
        sign, _, words = line.partition(" ")
        if sign in SIGNS:
            found.append((sign, words))
    return found


def drawn(text: str) -> str:
    """A dialogue as SVG."""
    rows = steps(text)
    height = TOP + STEP * len(rows) + 20
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="monospace" '
        f'font-size="{SIZE}">',
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        *(_lane(x, name, height) for x, name in ((LEFT, "program"), (RIGHT, "module"))),
    ]
    for number, (sign, words) in enumerate(rows):
        parts.append(_step(TOP + STEP * number, *SIGNS[sign], sign, words))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _lane(x: int, name: str, height: int) -> str:
    return (
        f'<text x="{x}" y="24" text-anchor="middle" font-weight="bold">{name}</text>'
        f'<line x1="{x}" y1="32" x2="{x}" y2="{height - 8}" stroke="#aaa"/>'
    )


def _step(y: int, colour: str, where: str, sign: str, words: str) -> str:
    shown = words if len(words) <= LONGEST else words[: LONGEST - 1] + "…"
    if where == "module":
        return f'<text x="{RIGHT - 10}" y="{y}" text-anchor="end" fill="{colour}">{escape(shown)}</text>'
    if where == "word":
        lead = {"call": "", "=": "= ", "!": "event: "}[sign]
        bold = ' font-weight="bold"' if sign == "call" else ""
        return f'<text x="{LEFT + 10}" y="{y}" fill="{colour}"{bold}>{escape(lead + shown)}</text>'
    tip, back = (RIGHT, -7) if where == "right" else (LEFT, 7)
    return (
        f'<text x="{(LEFT + RIGHT) // 2}" y="{y - 3}" text-anchor="middle" fill="{colour}">{escape(shown)}</text>'
        f'<line x1="{LEFT}" y1="{y + 3}" x2="{RIGHT}" y2="{y + 3}" stroke="{colour}"/>'
        f'<path d="M{tip} {y + 3}l{back} -4v8z" fill="{colour}"/>'
    )


def page(place: Path) -> str:
    """The page of the pictures, which are written below `place`."""
    (place / "pictures").mkdir()
    text = "# Who says what\n\nDrawn from the dialogues by which drivers and emulator are judged. `⏎` is CR LF.\n"
    for title, name in PICTURES.items():
        said = (DIALOGUES / f"{name}.at").read_text(encoding="utf-8")
        (place / "pictures" / f"{name}.svg").write_text(drawn(said), encoding="utf-8")
        text += f"\n## {title}\n\n![{title}](pictures/{name}.svg)\n"
    return text


if __name__ == "__main__":
    for file in sys.argv[1:] or [sys.exit(__doc__)]:
        print(drawn(Path(file).read_text(encoding="utf-8")), end="")
