"""python -m codegen: render generated/, or check that it is what would be rendered."""

from __future__ import annotations

import argparse
import json
import keyword
import re
import sys
from pathlib import Path

from codegen import compare
from codegen.emit import PACKAGES, Files, manuals, others, render, schemas
from codegen.layer import after
from codegen.load import load
from codegen.model import Spec, as_json
from codegen.output import ForeignFiles, differences, write
from codegen.paths import COMMANDS, GENERATED
from codegen.steps import steps
from codegen.strict import SpecError


def arguments(argv: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m codegen", description=__doc__)
    parser.add_argument(
        "--spec", type=Path, default=COMMANDS, metavar="FILE", help="another transcription"
    )
    parser.add_argument(
        "--overlay",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="YAML laid over it; may be repeated",
    )
    parser.add_argument(
        "--revision",
        default="",
        metavar="R",
        help="this revision, edition or family (spec/revisions, spec/families) and no other",
    )
    parser.add_argument(
        "--package",
        default="tencent_at",
        metavar="NAME",
        help="what the desktop's package is called, instead of tencent_at",
    )
    parser.add_argument("--groups", metavar="A,B", help="only these feature groups")
    parser.add_argument(
        "--out",
        type=Path,
        default=GENERATED,
        metavar="DIR",
        help="where to, instead of generated/: an empty folder, or one that this generator made",
    )
    parser.add_argument(
        "--check",
        action="store_true",
        help="write nothing; print what differs; exit 1 if anything does",
    )
    parser.add_argument(
        "--compare",
        nargs=2,
        metavar=("A", "B"),
        help="print what changed between two revisions, editions or families, and stop",
    )
    parser.add_argument("--model", choices=["json"], help="print the model and stop")
    return parser.parse_args(argv)


def package(name: str) -> None:
    """SpecError where no package can be called so."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or keyword.iskeyword(name):
        raise SpecError(
            f"--package {name}: a name in Python, in small letters, such as tencent_at_m6315"
        )
    if name in sys.stdlib_module_names or name in ("tcat", "tencent_at_cli", "tencent_at_emulator"):
        raise SpecError(f"--package {name}: that name is taken, choose another")


def renamed(files: Files, name: str) -> Files:
    """The same files, with the desktop's package under another name: its modules know one another by place alone."""
    old = f"{PACKAGES['cpython']}/"
    return {path.replace(old, f"cpython/{name}/", 1): text for path, text in files.items()}


def everything(options: argparse.Namespace) -> bool:
    """Is all of it wanted, and not one revision, or a part?"""
    part = options.overlay or options.groups or options.revision or options.package != "tencent_at"
    return options.spec == COMMANDS and not part


def rendered(spec: Spec, options: argparse.Namespace) -> Files:
    """All files; with every revision, where nothing else is asked for."""
    if not everything(options):
        return renamed(render(spec), options.package)
    every = others()
    below = {name: after(name) for name in every}
    spoken = {name: (below[name], each) for name, each in every.items() if below[name]}
    changes = {"docs/revisions.md": compare.page(spec, every, below)}
    return {**render(spec, steps(spec, spoken)), **manuals(every), **schemas(), **changes}


def main(argv: list[str] | None = None) -> int:
    options = arguments(argv)
    try:
        package(options.package)
        if options.compare:
            sides = (load(options.spec, (), name) for name in options.compare)
            print(compare.table(*sides), end="")
            return 0
        spec = load(options.spec, tuple(options.overlay), options.revision)
        if options.groups:
            groups = tuple(options.groups.split(","))
            unknown = [name for name in groups if name not in spec.groups]
            if unknown:
                raise SpecError(
                    f"no group is called {unknown[0]!r}; there are: {', '.join(spec.groups)}"
                )
            spec = spec.only(groups)
    except (SpecError, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    if options.model:
        print(json.dumps(as_json(spec), ensure_ascii=False, indent=1))
        return 0
    try:
        files = rendered(spec, options)
    except SpecError as error:
        print(error, file=sys.stderr)
        return 2
    if not options.check:
        try:
            write(files, options.out)
        except (ForeignFiles, OSError) as error:
            print(error, file=sys.stderr)
            return 2
        return 0
    found = list(differences(files, options.out))
    sys.stdout.writelines(found)
    if found:
        print("generated/ is not what would be generated: run `make generate`", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
