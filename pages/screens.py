"""`make screenshots`: the built site as a browser shows it, for a person to look at, into build/docs/screens.

Needs a chromium on the path (or at CHROMIUM) and what `make docs` built. A frame of 400 pixels stands for a phone: no
window of a desktop's browser is as narrow.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from pages.contents import ROOT

SITE = ROOT / "build" / "docs" / "site"
SCREENS = ROOT / "build" / "docs" / "screens"
SHOWN = ("index", "desk", "wiring", "symptoms", "dialogues", "desktop", "revisions")
WIDTHS = {400: 1000, 1280: 1000}
SCHEMES = {"light": [], "dark": ["--force-dark-mode"]}
FRAME = '<body style="margin:0"><iframe src="{url}" style="border:0;width:{width}px;height:{height}px"></iframe>'


def shot(browser: str, page: Path, width: int, scheme: str, out: Path) -> None:
    """One page as a PNG. Raises CalledProcessError, TimeoutExpired where the browser fails."""
    height = WIDTHS[width]
    frame = out.with_suffix(".html")
    frame.write_text(FRAME.format(url=page.as_uri(), width=width, height=height), encoding="utf-8")
    words = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars"]
    words += ["--allow-file-access-from-files", "--virtual-time-budget=3000", *SCHEMES[scheme]]
    words += [f"--window-size={max(width, 500)},{height}", f"--screenshot={out}", frame.as_uri()]
    subprocess.run(words, check=True, capture_output=True, timeout=60)
    frame.unlink()


def main() -> int:
    browser = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chrome")
    if browser is None or not SITE.exists():
        print("needs a chromium (CHROMIUM=/path/to/it), and `make docs` before", file=sys.stderr)
        return 1
    SCREENS.mkdir(parents=True, exist_ok=True)
    for language, folder in (("en", SITE), ("zh", SITE / "zh")):
        for name in SHOWN:
            for width in WIDTHS:
                scheme = "dark" if (name, width) in (("desk", 1280), ("symptoms", 400)) else "light"
                out = SCREENS / f"{name}-{language}-{width}-{scheme}.png"
                shot(browser, folder / f"{name}.html", width, scheme, out)
                print(out.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
