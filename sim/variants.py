"""Base scenarios with the settings of each point set on top, checked before anything runs (方案变体).

Every value goes through the scenario's own checks.  What is impossible is told all at once, where it was written: a value that no
scenario can have is told once, and a combination with the point that it belongs to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, get_origin

from pydantic import ValidationError

from sim import shipped
from sim.base import Fault, ScenarioError
from sim.design import VARY, Axis, Point, show
from sim.i18n import _, ngettext
from sim.nearest import closest
from sim.reading import SET
from sim.scenario import Scenario, check, from_dict, load
from sim.validation import alternatives, settle, step_type, type_at
from sim.yaml_tree import grow

__all__ = ["Base", "calm", "kind_of", "loaded", "unknown", "variants", "whole_paths"]

SHARED = ("name", "run.seed", "run.replications")
"""Settings that belong to a whole sweep."""


@dataclass(frozen=True)
class Base:
    """A scenario that is varied (基准方案).

    Attributes
    ----------
    scenario : Scenario
        As it is, without the settings of a point.
    path : Path or None
        Its file; None where it was given as it is.
    fixed : dict
        Settings set for every point.
    """

    scenario: Scenario
    path: Path | None
    fixed: dict[str, Any]

    def at(self, point: Mapping[str, Any]) -> Scenario:
        """The scenario at a point: what `sim.scenario.load` makes of it, in a tenth of the time.

        Raises
        ------
        ScenarioError
            With all faults at once.

        Examples
        --------
        >>> base, = loaded(["theory/mm1"], {}, [])
        >>> base.at({"bare.pools.desk.heads": 3}).bare.pools["desk"].heads
        3
        """
        with suppress(ValidationError, LookupError, TypeError, ValueError):
            found = Scenario.model_validate(_with(self.plain, point))
            if not any(check(found)):
                return found
        if self.path is None:
            return from_dict(self.scenario.resolved(), point)
        return load(self.path, {**self.fixed, **point})

    @cached_property
    def plain(self) -> dict[str, Any]:
        """All settings as the scenario's own checks take them, without ranges and sources."""
        plain: dict[str, Any] = settle(grow(self.scenario.resolved()))
        return plain


def _with(plain: Mapping[str, Any], point: Mapping[str, Any]) -> dict[str, Any]:
    """Plain settings with those of a point in place of what stands there; only the way to them is copied."""
    out = dict(plain)
    for path, value in point.items():
        *way, last = path.split(".")
        here: Any = out
        for step in way:
            place: Any = int(step) if isinstance(here, list) else step
            here[place] = list(here[place]) if isinstance(here[place], list | tuple) else dict(here[place])
            here = here[place]
        here[int(last) if isinstance(here, list) else last] = value
    return out


def loaded(scenarios: Sequence[Scenario | str | Path], fixed: Mapping[str, Any], faults: list[Fault],
           folder: Path | None = None) -> list[Base]:
    """The base scenarios; the faults of all of them are added to `faults`.

    Parameters
    ----------
    scenarios : sequence of Scenario, path or name of a shipped scenario
    fixed : mapping
        Path to value of settings that hold for all points.
    faults : list of Fault
    folder : Path, optional
        Where paths begin, tried before the current folder.
    """
    found = []
    for scenario in scenarios:
        try:
            if isinstance(scenario, Scenario):
                found.append(Base(from_dict(scenario.resolved(), fixed) if fixed else scenario, None, dict(fixed)))
                continue
            beside = folder / scenario if folder is not None else Path(scenario)
            path = beside if beside.is_file() else shipped.find(scenario) or Path(scenario)
            found.append(Base(load(path, fixed), path, dict(fixed)))
        except ScenarioError as error:
            faults.extend(fault for fault in error.faults if fault not in faults)
    return found


def kind_of(path: str) -> Any:
    """Type of the setting at a dotted path, `sim.validation.NOTHING` where there is none.

    Examples
    --------
    >>> kind_of("bare.pools") == kind_of("run.seeds")
    False
    """
    return type_at(Scenario, [int(step) if step.isdigit() else step for step in path.split(".")])


def whole_paths(paths: Sequence[str]) -> list[str]:
    """Those paths whose settings are whole numbers.

    Examples
    --------
    >>> whole_paths(["run.replications", "run.horizon", "bare.pools.desk.heads"])
    ['run.replications', 'bare.pools.desk.heads']
    """
    kinds = {path: alternatives(kind_of(path)) for path in paths}
    return [path for path, kind in kinds.items() if int in kind and float not in kind]


def unknown(bases: Sequence[Base], axes: Sequence[Axis]) -> Iterator[Fault]:
    """Axes that cannot be varied: what all points share, and a pool, category, department … that a scenario does not have.

    Set there, such an entry would be a new one.  A setting that no block knows is left to the scenario's own checks.
    """
    for one in axes:
        if one.path in SHARED:
            yield one.fault(_("all points share this, so that they can be compared pair by pair; it cannot be varied"))
            continue
        missing = {base.scenario.name: found for base in bases if (found := _missing(base.scenario, one.path)) is not None}
        if missing:
            step, here = next(iter(missing.values()))
            near = closest(step, sorted(here))
            rule = _("{scenario} has no {name} there").format(scenario=", ".join(missing), name=step)
            if not near and here:
                rule = _("{rule}; there are {names}").format(rule=rule, names=", ".join(sorted(here)[:20]))
            yield one.fault(rule, None, near)


def _missing(scenario: Scenario, path: str) -> tuple[str, dict[str, Any]] | None:
    """The first step of a path that names an entry which the scenario does not have, and the entries that it has there."""
    kind: Any = Scenario
    here: Any = scenario.model_dump(mode="json")
    for step in path.split("."):
        if isinstance(here, dict):
            if step not in here:
                return (step, here) if any(get_origin(choice) is dict for choice in alternatives(kind)) else None
            kind, here = step_type(kind, step), here[step]
        elif isinstance(here, list) and step.isdigit() and int(step) < len(here):
            kind, here = step_type(kind, int(step)), here[int(step)]
        else:
            return None
    return None


def variants(bases: Sequence[Base], points: Sequence[Point], axes: Sequence[Axis] = (),
             faults: list[Fault] | None = None) -> list[list[Scenario]]:
    """Every base scenario at every point.

    Parameters
    ----------
    bases : sequence of Base
    points : sequence of dict
    axes : sequence of Axis
        Where the settings were given, for faults.
    faults : list of Fault, optional
        Where faults are added; without it they are raised.

    Returns
    -------
    list of list of Scenario
        Point by point, base by base.

    Raises
    ------
    ScenarioError
        With the faults of all points at once, each told once.
    """
    found: list[list[Scenario]] = []
    wrong: dict[tuple[Any, ...], tuple[Fault, list[int], set[str]]] = {}
    said = list(unknown(bases, axes))
    out = {fault.path for fault in said}
    for number, point in enumerate(points):
        found.append([])
        for base in bases:
            try:
                found[-1].append(base.at({path: value for path, value in point.items() if path not in out}))
            except ScenarioError as error:
                for fault in error.faults:
                    key = (fault.file, fault.line, fault.path, repr(fault.value), fault.rule)
                    _first, told, names = wrong.setdefault(key, (fault, [], set()))
                    names.add(base.scenario.name)
                    if told[-1:] != [number]:
                        told.append(number)
    said += [_told(fault, [points[number] for number in numbers], points, axes,
                   "" if len(names) == len(bases) else ", ".join(sorted(names))) for fault, numbers, names in wrong.values()]
    if faults is None and said:
        raise ScenarioError(said)
    if faults is not None:
        faults.extend(said)
    return found


def _told(fault: Fault, where: Sequence[Point], points: Sequence[Point], axes: Sequence[Axis], names: str) -> Fault:
    """A fault as it is told: at the axis that it is about, with the scenarios, and with the point if other settings count too."""
    if names:
        fault = replace(fault, rule=_("{rule} (in {scenario})").format(rule=fault.rule, scenario=names))
    about = next((one for one in axes if _touch(one.path, fault.path)), None)
    if about is not None and fault.file in (SET, ""):
        fault = replace(fault, file=about.file, line=about.line)
    elif fault.file == SET:
        fault = replace(fault, file=VARY)
    if len(where) == len(points):
        return fault
    if about is not None:
        values = {repr(point.get(about.path)) for point in where}
        if all(repr(point.get(about.path)) not in values for point in points if point not in where):
            return fault
    rest = len(where) - 1
    rule = _("{rule} (at {point})").format(rule=fault.rule, point=show(where[0])) if not rest else ngettext(
        "{rule} (at {point}, and at {number} more point)", "{rule} (at {point}, and at {number} more points)", rest).format(
            rule=fault.rule, point=show(where[0]), number=rest)
    return replace(fault, rule=rule)


def _touch(left: str, right: str) -> bool:
    """Is one of two paths the other, or above it?"""
    return left == right or left.startswith(right + ".") or (bool(right) and right.startswith(left + "."))


def calm(scenario: Scenario) -> Scenario:
    """The same scenario without public holidays and surges, with equal months, and without the run-out, which is not looked at (平稳对照).

    Examples
    --------
    >>> from sim import load
    >>> twin = calm(load("small/integrated"))
    >>> twin.calendars.holidays, twin.run.run_out, {month for one in twin.issues.categories.values() for month in one.month}
    ('none', 0.0, {1.0})
    """
    said: dict[str, Any] = {"calendars.holidays": "none", "run.run_out": 0}
    said |= {f"issues.categories.{name}.month": [1.0] * 12 for name in scenario.issues.categories}
    said |= {"surges": {}} if scenario.surges else {}
    return from_dict(scenario.resolved(), said)
