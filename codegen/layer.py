"""A layer: what a revision changed, laid over the transcription before it. spec/README.md describes the merge.

Mappings merge by key, lists of named things by name; anything else that a layer says takes the place of what was
there. `remove`, `replace`, `add`, `after` and `before` say the rest. A change that changes nothing is refused, and so
is a word that finds nothing to work on: what a layer says happened.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from codegen.family import family
from codegen.model import Gone
from codegen.paths import COMMANDS
from codegen.strict import Node, SpecError, read, shown, similar

Mapping = dict[str, Node]

PLACES = ("after", "before")


def lay(base: Node, change: Node) -> Node:
    """`base` with the layer `change` over it; SpecError names the layer's own line."""
    if isinstance(change.value, dict):
        return _over_mapping(base, change)
    if isinstance(base.value, list) and _named(base) and isinstance(change.value, list):
        return Node(_listed(base, change), change.where)
    _plain(change)
    if plain(base) == plain(change):
        raise change.fail("this is as it was before: a layer says what has changed, leave it out")
    return change


def _over_mapping(base: Node, change: Node) -> Node:
    made = change.mapping()
    if not made:
        raise change.fail("the mapping is empty, and changes nothing: leave it out")
    if "replace" in made:
        made["replace"].flag()
        whole = Node({key: node for key, node in made.items() if key != "replace"}, change.where)
        whole.filled()
        _plain(whole)
        if plain(base) == plain(whole):
            raise change.fail("this is as it was before: a layer says what has changed")
        return whole
    if isinstance(base.value, list):
        return Node(_words(base, change), change.where)
    if not isinstance(base.value, dict):
        _plain(change)
        return change
    merged = dict(base.value)
    for key, node in made.items():
        _entry(merged, key, node)
    return Node(merged, change.where)


def _entry(merged: Mapping, key: str, node: Node) -> None:
    # One key of a layer's mapping, worked into what was there.
    if removes(node):
        if key not in merged:
            raise node.fail(f"there is no {key!r} to remove{similar(key, merged)}")
        del merged[key]
        return
    node, place = _place(node)
    new = key not in merged
    if not new:
        if place is None or node.value:
            merged[key] = lay(merged[key], node)
    else:
        _plain(node)
        merged[key] = node
    if place is not None:
        _move(merged, key, new, *place)


def removes(node: Node) -> bool:
    """Is it {remove: true}?"""
    if not isinstance(node.value, dict) or "remove" not in node.value:
        return False
    if isinstance(node.value["remove"].value, list):  # words out of a list
        return False
    node.value["remove"].flag()
    others = [key for key in node.value if key not in ("remove", "name")]
    if others:
        raise node.fail(f"what is removed has nothing more to say: leave out {shown(others[0])}")
    return True


def _place(node: Node) -> tuple[Node, tuple[str, Node] | None]:
    # The entry without its `after` or `before`, and that.
    if not isinstance(node.value, dict):
        return node, None
    said = [(word, node.value[word]) for word in PLACES if word in node.value]
    if not said:
        return node, None
    if len(said) > 1:
        raise node.fail("after or before, not both")
    rest = {key: each for key, each in node.value.items() if key not in PLACES}
    return Node(rest, node.where), said[0]


def _move(merged: Mapping, key: str, new: bool, word: str, beside: Node) -> None:
    # Put the entry `key` beside another.
    order = list(merged)
    name = beside.text()
    if name not in merged or name == key:
        there = ", ".join(each for each in order if each != key)
        raise beside.fail(
            f"{word} what? there is no other {shown(name)}; there are: {there}{similar(name, order)}"
        )
    wanted = [each for each in order if each != key]
    wanted.insert(wanted.index(name) + (word == "after"), key)
    if wanted == order and not new:
        raise beside.fail(f"{key} stands {word} {name} anyhow: leave this out")
    entries = {each: merged[each] for each in wanted}
    merged.clear()
    merged.update(entries)


def _named(node: Node) -> bool:
    return any(isinstance(each.value, dict) for each in node.items())


def _name(node: Node) -> str:
    if not isinstance(node.value, dict) or "name" not in node.value:
        raise node.fail("what a layer lays over a list of named things has a name")
    return node.value["name"].text()


def _listed(base: Node, change: Node) -> list[Node]:
    # A list of named things, changed by name.
    entries = {_name(each): each for each in base.items()}
    seen: set[str] = set()
    for each in change.items():
        name = _name(each)
        if name in seen:
            raise each.fail(f"the name {name!r} is here twice")
        seen.add(name)
        if removes(each):
            _entry(entries, name, each)
            continue
        if name not in entries:
            _entry(entries, name, each)
            continue
        rest = Node({k: v for k, v in each.mapping().items() if k != "name"}, each.where)
        if not rest.value:
            raise each.fail(f"{name} is there already, and nothing of it changes: leave it out")
        _entry(entries, name, rest)
    return list(entries.values())


def _words(base: Node, change: Node) -> list[Node]:
    # A list of words, changed by {add: […], remove: […]}; or a list of named things by the same.
    f = change.fields()
    new = f.get("add", Node.unique, [])
    old = f.get("remove", Node.unique, [])
    f.done()
    there = [each.text() for each in base.items()]
    for each in old:
        if each.text() not in there:
            raise each.fail(f"there is no {each.text()!r} to remove{similar(each.text(), there)}")
    for each in new:
        if each.text() in there:
            raise each.fail(f"{each.text()!r} is there already: leave it out")
    gone = {each.text() for each in old}
    return [each for each in base.items() if each.text() not in gone] + new


def _plain(node: Node) -> None:
    # What is new stands by itself: there is nothing in it for the words of a layer to work on.
    if isinstance(node.value, dict):
        for word in ("remove", "replace", "add", *PLACES):
            if word in node.value:
                raise node.value[word].fail(
                    f"{word!r} works on what was there before, and this is new: leave it out"
                )
        for each in node.value.values():
            _plain(each)
    elif isinstance(node.value, list):
        for each in node.value:
            _plain(each)


def plain(node: Node) -> object:
    """The values alone, in order."""
    if isinstance(node.value, dict):
        return [(key, plain(each)) for key, each in node.value.items()]
    if isinstance(node.value, list):
        return [plain(each) for each in node.value]
    return node.value


# ---- What a layer brought, and what it took ----------------------------------------------------------------------


def things(root: Node) -> Iterator[tuple[str, Node]]:
    """Everything that a revision can bring or take: its path, and the node."""
    for part in ("commands", "urcs", "errors", "reasons", "enums", "groups"):
        for name, each in _items(root, part):
            yield f"{part}.{name}", each
            inner: Iterable[tuple[str, Node]] = ()
            if part == "commands":
                inner = _forms(each)
            elif part == "urcs":
                inner = _fields(each, "fields")
            elif part in ("errors", "reasons"):
                inner = ((f"codes.{code}", node) for code, node in _items(each, "codes"))
            elif part == "enums":
                inner = ((f"values.{code}", node) for code, node in _items(each, "values"))
            yield from ((f"{part}.{name}.{rest}", node) for rest, node in inner)


def _items(node: Node, key: str) -> list[tuple[str, Node]]:
    inside = node.value.get(key) if isinstance(node.value, dict) else None
    return list(inside.value.items()) if inside and isinstance(inside.value, dict) else []


def _forms(command: Node) -> Iterator[tuple[str, Node]]:
    for kind in ("test", "read", "set", "exec"):
        form = command.value.get(kind) if isinstance(command.value, dict) else None
        if form is None:
            continue
        yield kind, form
        for key in ("args", "row"):
            yield from ((f"{kind}.{path}", node) for path, node in _fields(form, key))
        yield from ((f"{kind}.text.{name}", node) for name, node in _items(form, "text"))


def _fields(owner: Node, key: str) -> Iterator[tuple[str, Node]]:
    inside = owner.value.get(key) if isinstance(owner.value, dict) else None
    for each in inside.value if inside and isinstance(inside.value, list) else ():
        if not isinstance(each.value, dict) or "name" not in each.value:
            continue
        path = f"{key}.{each.value['name'].value}"
        yield path, each
        values = each.value.get("values")
        for word in values.value if values and isinstance(values.value, list) else ():
            yield f"{path}.values.{word.value}", word


def dated(before: Node, after: Node, since: str, until: str) -> list[Gone]:
    """Write into what is new since when it is there, carry over what was known, and tell what is gone."""
    old, new = dict(things(before)), dict(things(after))
    for path, node in new.items():
        if path in old:
            node.since = old[path].since
        elif all(each in old for each in _around(path, new)):
            node.since = since
    lost = [path for path in old if path not in new]
    return [
        Gone(path, _since(path, old), until)
        for path in lost
        if all(each in new for each in _around(path, old))
    ]


def _around(path: str, things: Mapping) -> list[str]:
    # The paths of the things that the one at `path` is part of, the nearest first.
    parts = path.split(".")
    return [each for n in range(len(parts) - 1, 0, -1) if (each := ".".join(parts[:n])) in things]


def _since(path: str, things: Mapping) -> str:
    for each in (path, *_around(path, things)):
        node = things[each]
        told = node.value.get("since") if isinstance(node.value, dict) else None
        if node.since or told:
            return node.since or str(told.value if told else "")
    return ""


# ---- Layers on one another ---------------------------------------------------------------------------------------


class Layers:
    """The layers between a transcription and one revision of it, and what they took."""

    def __init__(self, path: Path, revision: str, overlays: tuple[Path, ...]) -> None:
        self.gone: list[Gone] = []
        self.name = ""
        self.laid: list[Node] = []
        self.path = path
        self.base = read(path)
        own = _revision(self.base)
        files: list[Path] = []
        if revision and revision != own:
            files = self._chain(revision, own)
            self.name = revision
        if files and is_family(files[0]):
            self.laid.append(read(files.pop(0)))
            self.base = lay(*family(self.base, self.laid[0]))
        self.files = [*files, *overlays]

    def _chain(self, revision: str, own: str) -> list[Path]:
        # The files from the first layer, or the family, to the one that is called `revision`.
        there = found(self.path)
        names: list[Path] = []
        where = "--revision"
        while revision != own:
            if revision not in there or there[revision] in names:
                known = [own, *there]
                hint = similar(revision, known)
                raise SpecError(
                    f"{where}: no revision, edition or family is called {revision!r};"
                    f" there are: {', '.join(known)}{hint}"
                )
            names.insert(0, there[revision])
            if is_family(there[revision]):
                break
            root = read(there[revision])
            after = root.fields().need("after", lambda node: node)
            revision, where = after.text(), after.where
        return names

    def root(self) -> Node:
        """All of it as one tree."""
        root = self.base
        for file in self.files:
            root = self._laid(root, read(file))
        return root

    def _laid(self, root: Node, layer: Node) -> Node:
        entries = dict(layer.mapping())
        entries.pop("after", None)
        _judged(layer)
        self.laid.append(layer)
        made = lay(root, Node(entries, layer.where))
        until, since = _revision(root), _revision(made)
        if since != until:
            self.gone = [*self.gone, *dated(root, made, since, until)]
        return made

    def blamed(self, error: SpecError) -> SpecError:
        """A fault that shows where the last layer says nothing is the layer's all the same: the base alone is sound."""
        if not self.laid:
            return error
        said = str(error)
        files = {layer.where.rpartition(":")[0] for layer in self.laid}
        if said.partition(":")[0] in files:
            return error
        layer = self.laid[-1]
        for name, node in _removals(layer):
            if repr(name) in said:
                return node.fail(f"with {name!r} removed: {said}")
        return layer.fail(f"with this layer: {said}")


def _judged(layer: Node) -> None:
    # `since` follows from the layer.
    if "since" in (layer.value if isinstance(layer.value, dict) else ()):
        raise layer.mapping()["since"].fail(
            "since when a thing is there follows from the layer: leave it out"
        )
    inside = layer.value.values() if isinstance(layer.value, dict) else layer.value
    for each in inside if not isinstance(inside, str) else ():
        _judged(each)


def _removals(node: Node) -> Iterator[tuple[str, Node]]:
    if isinstance(node.value, dict):
        for key, each in node.value.items():
            if isinstance(each.value, dict) and "remove" in each.value:
                yield key, each
            yield from _removals(each)
    elif isinstance(node.value, list):
        for each in node.value:
            if isinstance(each.value, dict) and {"remove", "name"} <= each.value.keys():
                yield str(each.value["name"].value), each
            yield from _removals(each)


def _revision(root: Node) -> str:
    manual = root.value.get("manual") if isinstance(root.value, dict) else None
    node = manual.value.get("revision") if manual and isinstance(manual.value, dict) else None
    return str(node.value) if node else ""


def found(path: Path) -> dict[str, Path]:
    """The revisions, editions and families beside a transcription: name → file."""
    folders = (path.parent / "revisions", path.parent / "families")
    return {file.stem: file for folder in folders for file in sorted(folder.glob("*.yaml"))}


def is_family(path: Path) -> bool:
    """Does it stand by itself, beside the transcription, and not over it?"""
    return path.parent.name == "families"


def after(name: str) -> str:
    """What a revision or edition is laid over; "" for a family, which stands by itself."""
    file = found(COMMANDS)[name]
    if is_family(file):
        return ""
    return read(file).fields().need("after", Node.text)
