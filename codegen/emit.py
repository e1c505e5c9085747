"""model.Spec → the files under generated/: copies of runtime/, and templates rendered and formatted."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import black
import black.mode
import jinja2

from codegen import facade, join, manual, names, tables
from codegen.layer import found
from codegen.load import load
from codegen.model import Spec, as_json
from codegen.paths import COMMANDS, ROOT, RUNTIME, SCHEMA, SHELLS
from codegen.schema import layered
from codegen.steps import Step

ENGINE = RUNTIME / "engine"
PROCEDURES = RUNTIME / "procedures"
TEMPLATES = Path(__file__).parent / "templates"
PACKAGES = {"cpython": "cpython/tencent_at", "micropython": "micropython/tcat"}
CORE = ("dialect", "tables", "codec", "link", "dialogue", "modem")  # one module on a board
LIMITED = ("refusal",)  # modules that need the table's constants, which the core keeps to itself
DIALECT = "from micropython import const"  # the part of it that other modules need
ABOVE = "# Joined by codegen from the files named below: edit those.\n"
ABOVE_THE_CORE = f"""{ABOVE}\
\"\"\"Tencent IoT AT commands over a UART, for MicroPython: `from tcat import Modem, Error`.\"\"\"

"""
MODE = black.Mode(line_length=100, target_versions={black.mode.TargetVersion.PY310})

VERSION = re.search(r'^version = "(.+)"', (ROOT / "pyproject.toml").read_text("utf-8"), re.M)[1]  # type: ignore[index]

Files = dict[str, str]

# A part of the core, as a module of its own names it: on a board they are one, the package.
FROM_THE_CORE = re.compile(rf"^from \.({'|'.join(CORE)}) import ", re.M)


def render(spec: Spec, more: Sequence[Step] = ()) -> Files:
    """Every generated file: path below generated/ → text. more: what the desktop's package speaks beside `spec`."""
    files = {**copies(), **rendered(spec, more)}
    for step in more:
        files |= revision(step)
    files["manual.json"] = manual_json(spec)
    return boards(files)


def others() -> dict[str, Spec]:
    """Every other revision, edition and family."""
    return {name: load(revision=name) for name in found(COMMANDS)}


def manuals(specs: Mapping[str, Spec]) -> Files:
    """The manual of each: manuals/NAME.json."""
    return {f"manuals/{spec.name}.json": manual_json(spec) for spec in specs.values()}


def revision(step: Step) -> Files:
    """The package of a revision, within the desktop's."""
    files: Files = {}
    templates = environment()
    for template in sorted((TEMPLATES / "revision").glob("*.j2")):
        name = template.name.removesuffix(".j2")
        path = f"{PACKAGES['cpython']}/revisions/{step.place}/{name}"
        text = templates.get_template(f"revision/{template.name}").render(
            spec=step.facade, step=step
        )
        files[path] = formatted(path, text)
    return files


def schemas() -> Files:
    """What editors hold a layer against."""
    whole = json.loads(SCHEMA.read_text(encoding="utf-8"))
    return {"layer.schema.json": json.dumps(layered(whole), ensure_ascii=False, indent=1) + "\n"}


def manual_json(spec: Spec) -> str:
    return json.dumps(as_json(spec), ensure_ascii=False, indent=1) + "\n"


def boards(files: Files) -> Files:
    """The same, but with the core of the board's package as one module."""
    package = PACKAGES["micropython"]
    core = formatted(f"{package}/__init__.py", core_of(files, files[f"{package}/tables.py"]))
    gone = {f"{package}/{name}.py" for name in CORE}
    left = {name: text for name, text in files.items() if name not in gone}
    made = with_limits(with_procedures(left), files[f"{package}/tables.py"])
    return {**made, f"{package}/__init__.py": core}


def with_procedures(files: Files) -> Files:
    """The same, but with each procedure in the board's module that it belongs to, or as one that a board reads."""
    left = dict(files)
    joined_to = {name: shell for shell, names in SHELLS.items() for name in names}
    for name in sorted(path.stem for path in PROCEDURES.glob("*.py")):
        path = f"{PACKAGES['micropython']}/{joined_to.get(name, name)}.py"
        names = (*SHELLS.get(joined_to.get(name, ""), ()), joined_to.get(name, name))
        parts = [part_of(each, files[f"{PACKAGES['micropython']}/{each}.py"]) for each in names]
        for each in names:
            left.pop(f"{PACKAGES['micropython']}/{each}.py", None)
        left[path] = formatted(path, ABOVE + join.joined(parts, [DIALECT], ["dialect"]))
    return left


def with_limits(files: Files, tables: str) -> Files:
    """The same, but with the table's constants in the board's modules that need them."""
    place = PACKAGES["micropython"]
    constants = "\n".join(line for line in tables.splitlines() if re.match(r"_\w+ = const\(", line))
    left = dict(files)
    for name in LIMITED:
        path = f"{place}/{name}.py"
        parts = [
            join.Part("tables", part_of("tables", tables).origin, f"\n{constants}\n"),
            part_of(
                name,
                re.sub(
                    r"^from \. import (?=[A-Z]+ as _)",
                    "from .tables import ",
                    files[path],
                    flags=re.M,
                ),
            ),
        ]
        left[path] = formatted(path, ABOVE + join.joined(parts, [DIALECT], ["dialect"]))
    return left


def core_of(files: Files, tables: str) -> str:
    text_of = {name: files.get(f"{PACKAGES['micropython']}/{name}.py", tables) for name in CORE}
    text_of["tables"] = tables
    return ABOVE_THE_CORE + join.joined([part_of(name, text_of[name]) for name in CORE])


def part_of(name: str, text: str) -> join.Part:
    head, _, text = text.partition("\n")
    origin = re.sub(r"# \w+ (?:by \w+ )?from |: edit that\.", "", head)
    return join.Part(name, origin, text)


def board_package(spec: Spec, name: str) -> Files:
    """The sources of a board's package: file → text. Its core has the package's words, and no others."""
    package = spec.whole(name)
    files, place = with_procedures(copies()), PACKAGES["micropython"]
    template = "engine/tables.py.j2"
    words = environment().get_template(template)
    part = spec.only(package.groups, package.also)
    tables = words.render(spec=part, steps=(), board=True, template=f"codegen/templates/{template}")
    modules = [
        *(path.stem for path in ENGINE.glob("*.py") if path.stem not in CORE),
        *package.modules,
    ]
    files = with_limits(files, tables)
    made = {f"{module}.py": files[f"{place}/{module}.py"] for module in sorted(modules)}
    return {"__init__.py": core_of(files, tables), **made}


def copies() -> Files:
    """The runtime, as it is, into both packages."""
    files: Files = {}
    for room, package in PACKAGES.items():
        for source in ("engine", "procedures", room):
            for path in sorted((RUNTIME / source).rglob("*")):
                if path.suffix not in (".py", ".pyi", ".typed"):
                    continue
                name = path.relative_to(RUNTIME / source).as_posix()
                origin = f"runtime/{source}/{name}"
                text = path.read_text(encoding="utf-8")
                if room == "micropython" and path.suffix == ".py":
                    text = for_a_board(path.stem, text)
                files[f"{package}/{name}"] = (
                    f"# Copied from {origin}: edit that.\n{text}" if text else text
                )
    return files


def for_a_board(name: str, text: str) -> str:
    """A module of the runtime as a board has it: without what only a checker reads, the core as one module."""
    text = join.untyped(text)
    if name in CORE:
        return text
    return FROM_THE_CORE.sub("from . import ", text.replace("from .dialect import const", DIALECT))


def environment() -> jinja2.Environment:
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    made.filters["repr"] = repr
    made.filters.update(camel=names.camel, doc=facade.doc, cell=facade.cell)
    made.globals.update(names=facade, json=json, manual=manual, tables=tables, version=VERSION)
    return made


def rendered(spec: Spec, more: Sequence[Step] = ()) -> Files:
    """One file for each template; those of the engine go into both packages."""
    files: Files = {}
    templates = environment()
    for template in sorted(TEMPLATES.rglob("*.j2")):
        name = template.relative_to(TEMPLATES).as_posix()
        if name.startswith("revision/"):
            continue
        words: dict[str, object] = {"spec": spec, "template": f"codegen/templates/{name}"}
        for path in targets(name.removesuffix(".j2")):
            words["board"] = path.startswith(PACKAGES["micropython"])
            words["steps"] = () if words["board"] else more
            files[path] = formatted(path, templates.get_template(name).render(words))
    return files


def targets(name: str) -> Iterator[str]:
    room, _, rest = name.partition("/")
    if room == "engine":
        yield from (f"{package}/{rest}" for package in PACKAGES.values())
    elif room == "docs":
        yield name
    elif rest.startswith("beside/"):
        yield f"{room}/{rest.removeprefix('beside/')}"
    else:
        yield f"{PACKAGES[room]}/{rest}"


def formatted(path: str, text: str) -> str:
    """Python in black's shape, and compiled once, so that a slip of a template is found here."""
    if path.endswith(".py"):
        text = black.format_str(text, mode=MODE)
        compile(text, path, "exec")
    elif path.endswith(".pyi"):
        text = black.format_str(text, mode=black.Mode(line_length=100, is_pyi=True))
    elif path.endswith(".json"):
        text = json.dumps(json.loads(text), indent=2) + "\n"
    return text
