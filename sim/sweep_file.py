"""A sweep written down: SWEEP.yaml, which scenarios, over which values, compared with what (扫描文件).

Like a scenario it is read strictly, may extend another file, and all its faults are told at once.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, ValidationError

from sim.base import Block, Fault, Name, ScenarioError, Title
from sim.design import Axis, Point, listed
from sim.i18n import _
from sim.reading import read
from sim.validation import found_faults, settle
from sim.yaml_tree import Node, mark, plain

__all__ = ["Request", "SweepFile", "request"]

SCENARIO = "scenario"
"""In `base`, what names the scenario to compare with."""


class SweepFile(Block):
    """What a sweep file may hold."""

    name: Name = "sweep"
    """Short name for the result folder."""
    title: Title | None = None
    """Name in English and Chinese, for the charts."""
    description: str = ""
    """What it is for."""
    scenarios: tuple[Name, ...] | Name = Field(min_length=1)
    """Scenario files, or names of shipped scenarios; a file beside this one comes first."""
    set: dict[str, Any] = Field(default_factory=dict)
    """Settings that hold at every point: dotted path to value."""
    vary: dict[str, Any] = Field(default_factory=dict)
    """Settings that are varied: dotted path to values, as a list or as text such as `10, 20, 30`, `1..4`, `0.1..0.5:0.1`."""
    points: tuple[dict[str, Any], ...] | None = None
    """Points written out (or a CSV file with a column a path), in place of `vary`."""
    design: Literal["grid", "zip", "latin_hypercube", "sobol", "list"] | None = None
    """How points are made of the values; `grid` where it is left out, `list` with `points`."""
    samples: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Points of a sampled design."""
    sample_seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1
    """Seed of a sampled design; the luck of the runs has another."""
    replications: Annotated[int, Field(ge=1, le=100_000)] | None = None
    """Replications of every scenario at every point; those of the first scenario where it is left out."""
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None
    """Seed of the runs; that of the first scenario where it is left out."""
    measures: tuple[Name, ...] | Name | None = None
    """Measures to keep; all where it is left out."""
    groups: bool = False
    """Also by category, place and pool."""
    base: dict[str, Any] | Name | None = None
    """What is compared with: a scenario's name, or `{scenario: NAME, path: value, …}`."""


@dataclass
class Request:
    """A sweep as it was asked for, in a file or in words (扫描请求).

    Attributes
    ----------
    scenarios : list
        Scenarios, files or names.
    fixed : dict
        Settings for all points, by path.
    axes : list of Axis
    rows : list of dict
        Points that were listed.
    design, samples, sample_seed, replications, seed, measures, groups, name, title
        As in `SweepFile`.
    base : dict or None
        Coordinates of what is compared with: "scenario" and paths.
    folder : Path or None
        Where names of scenario files begin.
    file, lines : str, dict
        Where it stands, for faults: line by key.
    """

    scenarios: list[Any] = field(default_factory=list)
    fixed: dict[str, Any] = field(default_factory=dict)
    axes: list[Axis] = field(default_factory=list)
    rows: list[Point] = field(default_factory=list)
    design: str = "grid"
    samples: int | None = None
    sample_seed: int = 1
    replications: int | None = None
    seed: int | None = None
    measures: list[str] | None = None
    groups: bool = False
    base: dict[str, Any] | None = None
    name: str = "sweep"
    title: Title | None = None
    folder: Path | None = None
    file: str = ""
    lines: dict[str, int] = field(default_factory=dict)

    def fault(self, path: str, rule: str, value: Any = None, near: tuple[str, ...] = ()) -> Fault:
        """A fault at one key of the request."""
        option = {"measures": "--measure"}.get(path, "--" + path)
        return Fault(self.file or option, self.lines.get(path, 0), path if self.file else "", value, rule, near)


def request(path: str | Path, overrides: Mapping[str, Any] | None = None) -> Request:
    """A sweep file, read and checked as far as it goes by itself.

    Parameters
    ----------
    path : str or Path
    overrides : mapping, optional
        Key to value, set on top of the file: {"replications": 3}.

    Raises
    ------
    ScenarioError
        With all faults at once.
    """
    faults: list[Fault] = []
    try:
        tree = read(path, overrides or {}, faults)
    except ScenarioError as error:
        raise ScenarioError([*faults, *error.faults]) from None
    settled = settle(tree, SweepFile)
    made: SweepFile | None = None
    try:
        made = SweepFile.model_validate(settled)
    except ValidationError as error:
        faults.extend(found_faults(error, tree, SweepFile))
    axes = _axes(tree, faults)
    rows = _rows(tree, faults)
    if tree.value.get("vary") is None and tree.value.get("points") is None:
        faults.append(Fault(tree.file, tree.line, "vary", None, _("nothing is varied: give at least one setting with its values")))
    elif rows and tree.value.get("vary") is not None:
        faults.append(_at(tree, "points", _("either vary or points, not both")))
    if made is not None and made.design is not None and (made.design == "list") != bool(rows):
        faults.append(_at(tree, "design", _("the design list belongs to points, all others to vary"), made.design))
    if faults or made is None:
        raise ScenarioError(sorted(faults, key=lambda fault: (fault.file, fault.line)))
    base = {SCENARIO: made.base} if isinstance(made.base, str) else made.base
    return Request(
        scenarios=[made.scenarios] if isinstance(made.scenarios, str) else list(made.scenarios), fixed=dict(made.set), axes=axes,
        rows=rows, design="list" if rows else made.design or "grid", samples=made.samples, sample_seed=made.sample_seed,
        replications=made.replications, seed=made.seed,
        measures=[made.measures] if isinstance(made.measures, str) else list(made.measures) if made.measures else None,
        groups=made.groups, base=base, name=made.name, title=made.title, folder=Path(path).parent, file=tree.file,
        lines={key: node.line for key, node in tree.value.items()})


def _at(tree: Node, key: str, rule: str, value: Any = None) -> Fault:
    node = mark(tree, (key,))
    return Fault(node.file, node.line, key, value, rule)


def _axes(tree: Node, faults: list[Fault]) -> list[Axis]:
    """What stands under `vary`, in the order of the file."""
    found = []
    node = tree.value.get("vary")
    for path, child in node.value.items() if node is not None and isinstance(node.value, dict) else ():
        try:
            found.append(listed(path, plain(child), child.file, child.line))
        except ScenarioError as error:
            faults.extend(error.faults)
    return found


def _rows(tree: Node, faults: list[Fault]) -> list[Point]:
    """What stands under `points`; each point must set what the first one sets."""
    node = tree.value.get("points")
    rows: list[Point] = []
    for child in node.value if node is not None and isinstance(node.value, list) else ():
        row = plain(child)
        if not isinstance(row, dict):
            continue        # told by the block's own check
        for path, value in row.items():
            if isinstance(value, dict | list):
                faults.append(Fault(child.file, child.line, path, value,
                                    _("only single values can be varied: numbers, quantities and words")))
        odd = sorted(set(row) ^ set(rows[0])) if rows else []
        if odd:
            near = tuple(difflib.get_close_matches(odd[0], sorted({*row, *rows[0]} - {odd[0]}), 1, 0.8))
            faults.append(Fault(child.file, child.line, odd[0], None, _("every point sets the same settings as the first"), near))
        elif row in rows:
            faults.append(Fault(child.file, child.line, "points", None, _("this point stands twice")))
        rows.append({path: row[path] for path in rows[0]} if rows and not odd else row)
    return rows
