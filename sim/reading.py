"""Reading scenario files: a file, what it extends underneath, the rows of the CSV files it names, and what is set on top.

`extends` puts other files underneath (from the folder of the file, else the shipped scenario of that name), dotted keys at the
top of a file reach into blocks, `--set path=value` comes last.  A value that names a `.csv` file becomes that file's rows.
Nothing has a meaning yet: that is given by the blocks of `sim.scenario`.
"""

from __future__ import annotations

import csv
import difflib
import io
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

import yaml

from sim import shipped
from sim.base import Fault, ScenarioError
from sim.i18n import _
from sim.yaml_tree import LARGEST, Node, parse, plain, scalar

__all__ = ["SET", "merge", "read", "with_reform"]

LARGEST_CSV = 20_000_000
"""The largest CSV file that is read, bytes."""
MOST_FILES = 32
"""The most files that one scenario may extend."""
SET = "--set"
"""What stands for the file where a value was set on the command line."""

_PROSE = ("title", "description", "source", "en", "zh", "name", "extends")


def _open(path: Path, shown: str, limit: int, at: Fault | None) -> str:
    """Text of a file of at most `limit` bytes."""
    def stop(rule: str, nearest: Sequence[str] = ()) -> NoReturn:
        if at is not None:
            raise ScenarioError([Fault(at.file, at.line, at.path, at.value, rule, tuple(nearest))])
        raise ScenarioError([Fault(shown, 0, "", None, rule, tuple(nearest))])

    if not path.is_file():
        kin = [item.name for item in path.parent.glob("*" + path.suffix)] if path.parent.is_dir() else []
        near = difflib.get_close_matches(path.name, sorted(kin), 1)
        if not near and at is not None and at.path in ("extends", "reform.to"):
            near = [name for name in [shipped.nearest(str(at.value))] if name is not None]
        stop(_("this is a folder, not a file") if path.is_dir() else _("there is no such file"), near)
    try:
        with path.open("rb") as stream:
            data = stream.read(limit + 1)
        if len(data) > limit:
            stop(_("the file is larger than {number} bytes").format(number=limit))
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        rule = _("the file is not UTF-8 text (byte {number}); in Excel, save it as “CSV UTF-8”") if path.suffix.lower() == ".csv" else \
            _("the file is not UTF-8 text (byte {number}); save it as UTF-8")
        stop(rule.format(number=error.start))
    except OSError as error:
        stop(_("the file cannot be read: {problem}").format(problem=error.strerror))


def _shown(path: Path) -> str:
    """The path as short as it can be said from here."""
    try:
        return path.resolve().relative_to(Path.cwd()).as_posix()
    except ValueError:
        return Path(os.path.normpath(path)).as_posix()


# --- rows -----------------------------------------------------------------------------------------------------------------

def _rows(node: Node, folder: Path, path: str, faults: list[Fault]) -> Node:
    """The rows of the CSV file that a node names: a list of mappings from column to cell; empty cells are left out."""
    file = folder / node.value
    shown = _shown(file)
    try:
        text = _open(file, shown, LARGEST_CSV, Fault(node.file, node.line, path, node.value, ""))
    except ScenarioError as error:
        faults.extend(error.faults)
        return Node(None, node.file, node.line)
    reader = csv.reader(io.StringIO(text))
    rows: list[Node] = []
    columns: list[str] = []
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not columns:
                columns = [cell.strip() for cell in cells]
                if len(columns) == 1 and re.search("[;\t，；]", columns[0]):
                    faults.append(Fault(shown, reader.line_num, path, None, _("the columns are not separated by commas (,)")))
                    break
                twice = sorted({column for column in columns if columns.count(column) > 1})
                if twice:
                    faults.append(Fault(shown, reader.line_num, path, None,
                                        _("the column {name} stands twice").format(name=twice[0])))
            elif len(cells) != len(columns):
                faults.append(Fault(shown, reader.line_num, path, None, _("{number} cells where the header has {columns}").format(
                    number=len(cells), columns=len(columns))))
            else:
                row = {column: scalar(cell.strip()) for column, cell in zip(columns, cells, strict=True) if cell.strip()}
                rows.append(Node(row, shown, reader.line_num))
    except csv.Error as error:
        faults.append(Fault(shown, reader.line_num, path, None, _("this is not valid CSV: {problem}").format(problem=error)))
    if not rows and not faults:
        faults.append(Fault(shown, 1, path, None, _("the file has no rows")))
    return Node(rows or None, node.file, node.line)     # without rows, what they would be for raises no further faults


def _load_rows(node: Node, folder: Path, path: str, faults: list[Fault]) -> None:
    """Replace every CSV file that is named under a node by its rows."""
    for key, child in node.value.items() if isinstance(node.value, dict) else ():
        where = f"{path}.{key}" if path else key
        if not isinstance(child.value, str):
            _load_rows(child, folder, where, faults)
        elif child.value.lower().endswith(".csv") and key not in _PROSE:
            node.value[key] = _rows(child, folder, where, faults)


# --- several files --------------------------------------------------------------------------------------------------------

def merge(under: Node, over: Node) -> Node:
    """Two trees as one: mappings are joined key by key, everything else is replaced by what lies on top.

    Examples
    --------
    >>> plain(merge(parse("{a: {b: 1, c: 2}, d: [1]}", "x"), parse("{a: {b: 3}, d: [4]}", "y")))
    {'a': {'b': 3, 'c': 2}, 'd': [4]}
    """
    if isinstance(under.value, dict) and isinstance(over.value, dict):
        items = dict(under.value)
        for key, child in over.value.items():
            items[key] = merge(items[key], child) if key in items else child
        return Node(items, over.file, over.line, inherited=True)
    sourced = over.sourced
    if sourced is None and under.sourced is not None and not isinstance(over.value, dict | list):
        sourced = under.sourced
    return Node(over.value, over.file, over.line, sourced=sourced, inherited=True)


def _spread(root: Node, faults: list[Fault]) -> Node:
    """The tree of a file with its dotted top-level keys put where they belong."""
    dotted = [key for key in root.value if "." in key]
    if not dotted:
        return root
    tree = Node({key: child for key, child in root.value.items() if "." not in key}, root.file, root.line)
    for key in sorted(dotted):
        tree = _put(tree, key, root.value[key], faults)
    return tree


def _put(tree: Node, path: str, node: Node, faults: list[Fault]) -> Node:
    """The tree with `node` at a dotted path; two values of one file at one place are a fault."""
    steps = path.split(".")
    if not all(steps):
        faults.append(Fault(node.file, node.line, path, None, _("a dotted path has a name between any two dots")))
        return tree
    branch = node
    for step in reversed(steps):
        branch = Node({step: branch}, node.file, node.line)
    for spot, left, right in _clashes(tree, branch, ()):
        faults.append(Fault(right.file, right.line, ".".join(spot), plain(right),
                            _("this setting stands twice in one file (also in line {line})").format(line=left.line)))
    return _join(tree, branch)


def _join(left: Node, right: Node) -> Node:
    """As `merge`, within one file: nothing counts as inherited."""
    if isinstance(left.value, dict) and isinstance(right.value, dict):
        items = dict(left.value)
        for key, child in right.value.items():
            items[key] = _join(items[key], child) if key in items else child
        return Node(items, left.file, left.line)
    return right


def _clashes(left: Node, right: Node, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Node, Node]]:
    if isinstance(left.value, dict) and isinstance(right.value, dict):
        for key, child in right.value.items():
            if key in left.value:
                yield from _clashes(left.value[key], child, (*path, key))
    else:
        yield path, left, right


class _Reader:
    """Reads a file and all that it extends, each file once."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        self.done: dict[Path, Node] = {}
        self.chain: list[Path] = []

    def read(self, path: Path, at: Fault | None = None) -> Node:
        key, shown = path.resolve(), _shown(path)
        if key in self.chain:
            ring = " → ".join(_shown(item) for item in [*self.chain[self.chain.index(key):], key])
            self.faults.append(Fault(at.file if at else shown, at.line if at else 0, "extends", None,
                                     _("the files extend each other in a ring: {ring}").format(ring=ring)))
            return Node({}, shown, 0)
        if key in self.done:
            return self.done[key]
        if len(self.done) + len(self.chain) >= MOST_FILES:
            raise ScenarioError([Fault(shown, 0, "extends", None,
                                       _("a scenario extends at most {number} files").format(number=MOST_FILES))])
        root = parse(_open(path, shown, LARGEST, at), shown, self.faults)
        if not isinstance(root.value, dict):
            raise ScenarioError([Fault(shown, root.line, "", None, _("a scenario is a list of settings, each `key: value`"))])
        root = _spread(root, self.faults)
        _load_rows(root, path.parent, "", self.faults)
        self.chain.append(key)
        tree: Node | None = None
        for base, fault in self.bases(root):
            beside = path.parent / base
            below = self.read(beside if beside.exists() else shipped.own(base) or beside, fault)
            tree = below if tree is None else merge(tree, below)
        self.chain.pop()
        root.value.pop("extends", None)
        tree = root if tree is None else merge(tree, root)
        self.done[key] = tree
        return tree

    def bases(self, root: Node) -> Iterator[tuple[str, Fault]]:
        """Names of the files that this one extends, the lowest first."""
        node = root.value.get("extends")
        if node is None:
            return
        for item in node.value if isinstance(node.value, list) else [node]:
            fault = Fault(item.file, item.line, "extends", plain(item), "")
            if isinstance(item.value, str) and item.value.strip():
                yield item.value, fault
            else:
                self.faults.append(Fault(item.file, item.line, "extends", plain(item),
                                         _("the name of a file or a list of names is needed")))


def read(path: str | Path, overrides: Sequence[str] | Mapping[str, Any] = (), faults: list[Fault] | None = None, at: Fault | None = None) -> Node:
    """The tree of a scenario: the file, what it extends underneath, and what is set on top.

    Parameters
    ----------
    path : str or Path
    overrides : sequence of str, or mapping
        Each "dotted.path=value", or path to value; later ones win.
    faults : list of Fault, optional
        Where faults are added that do not stop the reading; without it they are raised.
    at : Fault, optional
        Where the file is named, if not on the command line.

    Returns
    -------
    Node

    Raises
    ------
    ScenarioError
        If a file cannot be read at all.
    """
    found: list[Fault] = [] if faults is None else faults
    tree = _Reader(found).read(Path(path), at)
    for text in overrides.items() if isinstance(overrides, Mapping) else overrides:
        if isinstance(text, str):
            name, sign, value = text.partition("=")
            name = name.strip()
            if not sign or not name or name == "extends":
                found.append(Fault(SET, 0, name, None, _("write it as path=value, such as organisation.signal.pass_on=0.9")))
                continue
            try:
                node = parse("- " + value if value.strip() else "- null", SET, found).value[0]
            except ScenarioError as error:
                found.extend(Fault(SET, 0, name, None, fault.rule) for fault in error.faults)
                continue
        else:
            name, given = text
            node = parse(yaml.safe_dump([given], allow_unicode=True), SET, found).value[0]
        _flatten(node)
        branch = _put(Node({}, SET, 0), name, node, found)
        _load_rows(branch, Path(), "", found)
        tree = Node(merge(tree, branch).value, tree.file, tree.line)
    if faults is None and found:
        raise ScenarioError(found)
    return tree


def with_reform(tree: Node, overrides: Sequence[str] | Mapping[str, Any], faults: list[Fault]) -> tuple[Node, Node | None]:
    """A scenario's tree with the organisation after its reform in it, where a file is named for that; and the tree of that file.

    What is set on top of the scenario is set on top of that file as well, but for the organisation itself.
    """
    block = tree.value.get("reform")
    named = block.value.get("to") if block is not None and isinstance(block.value, dict) else None
    if block is None or named is None or not isinstance(named.value, str):
        return tree, None
    at = Fault(named.file, named.line, "reform.to", named.value, "")
    beside = (Path() if named.file == SET else Path(named.file).parent) / named.value
    path = beside if beside.exists() else shipped.own(named.value) or beside
    same = [text for text in overrides.items() if not _of_organisation(text[0])] if isinstance(overrides, Mapping) else [
        text for text in overrides if not _of_organisation(text)]
    other: Node | None = None
    try:
        other = read(path, dict(same) if isinstance(overrides, Mapping) else same, faults, at)      # type: ignore[arg-type]
        if other.value.get("reform") is not None:
            faults.append(Fault(named.file, named.line, "reform.to", named.value, _("that file has a reform itself: name one without")))
            other = None
    except ScenarioError as error:
        faults.extend(error.faults)
    # Where the file is no use, the organisation of before stands in for it, so that whatever else is wrong is said as well.
    to = other or tree
    items, after = dict(block.value), to.value.get("organisation", Node({}, to.file, to.line))
    items["organisation"] = merge(after, items["organisation"]) if "organisation" in items else after
    del items["to"]
    return Node({**tree.value, "reform": Node(items, block.file, block.line)}, tree.file, tree.line), other


def _of_organisation(text: Any) -> bool:
    return str(text).strip().split("=")[0].split(".")[0].strip() in ("organisation", "reform")


def _flatten(node: Node) -> None:
    """What was set on the command line stands in no line."""
    node.line = 0
    for child in node.value.values() if isinstance(node.value, dict) else node.value if isinstance(node.value, list) else ():
        _flatten(child)
