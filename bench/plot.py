"""Lines in an SVG, for the page that `make bench` writes: no library, for this is all that is drawn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

WIDTH, HEIGHT, LEFT = 640, 340, 70
COLOURS = ("#1b6ca8", "#c8553d", "#2a9d4a", "#8a5fbf")


def lines(series: Mapping[str, Sequence[tuple[float, float]]], unit: str, across: str) -> str:
    """The series as lines from 0 on. unit: of what is drawn upwards; across: what is drawn sideways."""
    top = 20 + 14 * len(series)
    most = max(value for points in series.values() for _, value in points) * 1.1
    last = max(at for points in series.values() for at, _ in points)

    def place(at: float, value: float) -> tuple[float, float]:
        x = LEFT + at / last * (WIDTH - LEFT - 20)
        return round(x, 1), round(top + (1 - value / most) * (HEIGHT - top - 40), 1)

    drawn = []
    for number, (title, points) in enumerate(series.items()):
        colour = COLOURS[number % len(COLOURS)]
        path = " ".join("{},{}".format(*place(*point)) for point in points)
        drawn += [
            f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>',
            *(
                '<circle cx="{}" cy="{}" r="3" fill="{}"/>'.format(*place(*p), colour)
                for p in points
            ),
            f'<text x="{LEFT + 8}" y="{14 + 14 * number}" fill="{colour}">{title}</text>',
        ]
    drawn += [
        f'<text x="{place(at, 0)[0]}" y="{HEIGHT - 22}" text-anchor="middle">{at:,.0f}</text>'
        for at in (0, last / 2, last)
    ]
    drawn += [
        f'<text x="{WIDTH - 20}" y="{HEIGHT - 6}" text-anchor="end">{across}</text>',
        f'<text x="8" y="{top + 6}">{most:.3g} {unit}</text>',
        f'<text x="8" y="{HEIGHT - 40}">0</text>',
        f'<path d="M{LEFT},{top} V{HEIGHT - 40} H{WIDTH - 20}" fill="none" stroke="#999"/>',
    ]
    body = "\n".join(drawn)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif"'
        f' font-size="12">\n<rect width="100%" height="100%" fill="white"/>\n{body}\n</svg>\n'
    )
