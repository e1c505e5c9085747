"""The fixtures by the emulator's own name: `-p tencent_at_emulator.pytest_plugin`.

They stand in packaging/fixtures, where pytest finds them without importing the emulator.
"""

pytest_plugins = ("tencent_at_fixtures",)
