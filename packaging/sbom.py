"""What somebody gets who installs the wheels in DIR: python packaging/sbom.py DIR. `make dist`

DIR/sbom.cdx.json is a bill of materials (CycloneDX 1.6) of the whole command on this machine's kind of system: each
package with version, licence and who needs it, as `cyclonedx-py` reads them from an environment made for it alone.
That environment holds what packaging/requirements/cli.txt pins, by hash, and the two wheels.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
OURS = ("tencent-at", "tencent-at-cli")
PATIENCE = 600.0


def run(*words: str | Path) -> None:
    subprocess.run([sys.executable, "-m", *words], check=True, timeout=PATIENCE)


def main(folder: Path) -> int:
    bill = folder / "sbom.cdx.json"
    with tempfile.TemporaryDirectory() as place:
        venv.create(place, with_pip=False)
        python = Path(place, "Scripts" if sys.platform == "win32" else "bin", "python")
        install = ("pip", "--python", python, "install", "--quiet", "--disable-pip-version-check")
        run(*install, "--require-hashes", "-r", ROOT / "packaging/requirements/cli.txt")
        run(*install, "--no-deps", "--no-index", "--find-links", folder, *OURS)
        reading = (
            "cyclonedx_py",
            "environment",
            "--output-reproducible",
            "--sv",
            "1.6",
            "--of",
            "JSON",
        )
        whole = ("--pyproject", ROOT / "packaging/cli/pyproject.toml", "-o", bill)
        run(*reading, *whole, python)
    print(f"{bill}: {bill.stat().st_size:,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1] if sys.argv[1:] else "dist")))
