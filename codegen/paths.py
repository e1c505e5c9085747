"""Where things lie."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
RUNTIME = ROOT / "runtime"
GENERATED = ROOT / "generated"
SCHEMA = ROOT / "spec" / "commands.schema.json"
COMMANDS = ROOT / "spec" / "commands.yaml"
# A board's shells, and the procedures that are joined to them: a module of its own costs more than it holds.
SHELLS = {"ota": ("firmware",), "keeper": ("upkeep",)}
