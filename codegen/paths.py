"""Where things lie."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUNTIME = ROOT / "runtime"
GENERATED = ROOT / "generated"
SCHEMA = ROOT / "spec" / "commands.schema.json"
COMMANDS = ROOT / "spec" / "commands.yaml"
