"""The packages: folders named by what they are, imported by names that belong to this project.

generated/cpython/tencent_at -> tencent_at
emulator                     -> tencent_at_emulator, with generated/manual.json beside it
cli                          -> tencent_at_cli
packaging/fixtures           -> tencent_at_fixtures, which pytest loads in every project: one file, apart from the rest
"""

import pathlib
import shutil

from setuptools import find_namespace_packages, setup
from setuptools.command.build_py import build_py

FOLDERS = {
    "tencent_at": "generated/cpython/tencent_at",
    "tencent_at_emulator": "emulator",
    "tencent_at_cli": "cli",
}
GENERATED = pathlib.Path("generated")


class BuildWithManual(build_py):
    """In a wheel the manual lies beside the emulator; in a work tree it stays in generated/."""

    def run(self) -> None:
        super().run()
        if not self.editable_mode:
            for source, copy in self.manuals():
                copy.parent.mkdir(exist_ok=True)
                shutil.copyfile(source, copy)

    def manuals(self) -> list[tuple[pathlib.Path, pathlib.Path]]:
        """That of V3.1.3 and, below manuals/, those of the other revisions."""
        sources = [GENERATED / "manual.json", *sorted(GENERATED.glob("manuals/*.json"))]
        room = pathlib.Path(self.build_lib, "tencent_at_emulator")
        return [(source, room / source.relative_to(GENERATED)) for source in sources]

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        outputs: list[str] = super().get_outputs(include_bytecode)
        return [*outputs, *(str(copy) for _, copy in self.manuals())]


def packages() -> list[str]:
    """The packages and those within them; a room that is not built yet is left out."""
    names = []
    for name, folder in FOLDERS.items():
        if pathlib.Path(folder).is_dir():
            inner = find_namespace_packages(folder, exclude=["*__pycache__*"])
            names += [name, *(f"{name}.{package}" for package in inner)]
    return names


setup(
    packages=packages(),
    package_dir={**FOLDERS, "": "packaging/fixtures"},
    py_modules=["tencent_at_fixtures"],
    package_data={"": ["py.typed", "*.json", "**/*.html", "**/*.css", "**/*.js"]},
    cmdclass={"build_py": BuildWithManual},
)
