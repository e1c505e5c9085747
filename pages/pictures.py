"""All pictures. Here, who says what: a dialogue of spec/dialogues drawn as a sequence between program and module.

python -m pages.pictures              draw what is kept in docs/pictures anew; `make pictures` records the demo before
python -m pages.pictures FILE.at      one dialogue, to standard output
"""

from __future__ import annotations

import sys
from html import escape
from pathlib import Path

from pages import drawings, recording
from pages.contents import ROOT

KEPT = ROOT / "docs" / "pictures"
DIALOGUES = ROOT / "spec" / "dialogues"
PICTURES = {  # the dialogue → the title in both languages
    "81-connect": (
        "Identity, connect, subscribe, publish, receive",
        "身份、连接、订阅、发布、接收",
    ),
    "44-update": ("An update, from the offer to the last byte", "升级：从通知到最后一个字节"),
    "34-publish-long": ("A payload behind the prompt", "提示符之后的消息体"),
    "54-reconnected": ("The link is lost and comes back", "断线与恢复"),
}
HEAD = {
    "en": "# Who says what\n\n"
    "Drawn from the code's own tables, and from the dialogues by which drivers and emulator are "
    "judged. `⏎` is CR LF.\n\n![The byte flow](pictures/flow.svg)\n\n![The line's states](pictures/states.svg)\n",
    "zh": "# 谁说了什么\n\n按代码自身的表格，以及评判驱动与模拟器的对话绘制。`⏎` 即 CR LF。\n\n"
    "![字节流](pictures/flow.svg)\n\n![线路的状态](pictures/states.svg)\n",
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


def kept() -> dict[str, str]:
    """Name and text of each picture that is kept in the repository."""
    return {
        "demo.svg": recording.drawn(recording.kept()),
        "flow.svg": drawings.flow(),
        "states.svg": drawings.states(),
        **{f"wires-{board}.svg": drawings.wires(board) for board in drawings.BOARDS},
    }


def write(place: Path) -> None:
    """All pictures, into a folder."""
    place.mkdir()
    for name in PICTURES:
        said = (DIALOGUES / f"{name}.at").read_text(encoding="utf-8")
        (place / f"{name}.svg").write_text(drawn(said), encoding="utf-8")
    for name, text in kept().items():
        (place / name).write_text(text, encoding="utf-8")


def page(language: str) -> str:
    """The page that shows them."""
    number = ("en", "zh").index(language)
    text = HEAD[language]
    for name, titles in PICTURES.items():
        text += f"\n## {titles[number]}\n\n![{titles[number]}](pictures/{name}.svg)\n"
    return text


if __name__ == "__main__":
    if sys.argv[1:] == ["--record"]:
        recording.keep(recording.printed())
    elif sys.argv[1:]:
        print(drawn(Path(sys.argv[1]).read_text(encoding="utf-8")), end="")
        sys.exit()
    for name, text in kept().items():
        (KEPT / name).write_text(text, encoding="utf-8")
