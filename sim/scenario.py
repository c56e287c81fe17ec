"""A scenario 场景: all blocks together; reading, checking, writing, comparing.

A scenario describes a city with its organisation, or a bare service system.  It is frozen: overrides make another one.
Two scenarios with the same `hash` give the same runs, whatever their names, titles and sources.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import yaml
from pydantic import Field, PrivateAttr, ValidationError

from sim import (
    assessment,
    bare,
    calendars,
    case_owners,
    centres,
    city,
    departments,
    escalation,
    estates,
    feedback,
    grid_workers,
    issues,
    organisation,
    padding,
    participation,
    reform,
    residents,
    root_causes,
    screening,
    sensors,
    staff,
    supervision,
    surges,
    three_ways,
    triage,
    trust,
)
from sim.absence import Absence
from sim.bare import Bare
from sim.base import Block, Date, Duration, Fault, Key, PositiveDuration, ScenarioError, Sourced, Title
from sim.calendars import Calendars
from sim.centres import Centres
from sim.city import City
from sim.departments import Department
from sim.feedback import Feedback
from sim.grid_workers import GridWorkers
from sim.i18n import _
from sim.issues import Issues
from sim.organisation import Organisation
from sim.reading import SET, read, with_reform
from sim.reform import Reform
from sim.repair import mended
from sim.residents import Residents
from sim.sensors import SensorKind
from sim.staff import Staff
from sim.surges import Surge
from sim.units import LONGEST
from sim.validation import error_paths, found_faults, noun_faults, numbers, settle
from sim.yaml_tree import FLOAT, Node, grow, mark

if TYPE_CHECKING:
    from sim.tables import Tables

__all__ = ["CITY_BLOCKS", "Dumper", "RunSettings", "Scenario", "check", "from_dict", "load"]

CITY_BLOCKS = ("departments", "issues", "residents", "grid_workers", "centres", "staff", "feedback", "organisation", "surges", "sensors", "absence",
               "reform")
"""Blocks that only a city has."""
OWN = ("name", "title", "description")
"""What a file says of itself and does not inherit."""
_NOUNS = (calendars, city, issues, residents, grid_workers, centres, departments, triage, escalation, supervision, feedback,
          screening, root_causes, assessment, three_ways, case_owners, trust, staff, organisation, bare, surges, sensors, estates,
          participation, padding, reform)
_LABELS = {"title", "name_en", "name_zh"}


class RunSettings(Block):
    """How it is run 运行: when it starts, how long it goes on, how often."""

    start: Date = Field(default=datetime.date(2025, 1, 1))
    """The first day; the clock starts at its midnight."""
    warm_up: Duration = 5_184_000.0
    """How long it runs before anything is measured, so that queues and open issues have built up.  Whole seconds."""
    horizon: PositiveDuration = 31_536_000.0
    """How long it is measured.  Whole seconds."""
    run_out: Duration = 2_592_000.0
    """How long it goes on after the horizon, unmeasured, so that late issues have time to end.  Whole seconds."""
    replications: Annotated[int, Field(ge=1, le=100_000)] = 5
    """How many replications, each with luck of its own, 1 to 100,000."""
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] = 1
    """The seed of all luck, a whole number from 0 up; scenarios with the same seed share their issues."""


class Scenario(Block):
    """A whole scenario; made by `load` or `from_dict`."""

    name: Key = "scenario"
    """Short name for tables and folders; the file's name where it is left out."""
    title: Title | None = None
    """Name in English and Chinese."""
    description: str = ""
    """What it is for, in a sentence or two."""
    run: RunSettings = Field(default_factory=RunSettings)
    """How it is run."""
    calendars: Calendars = Field(default_factory=Calendars)
    """Public holidays and shifts."""
    city: City | None = None
    """The city; exactly one of `city` and `bare`."""
    bare: Bare | None = None
    """A bare service system in place of a city."""
    departments: dict[Key, Department] = Field(default_factory=dict)
    """Departments by key."""
    issues: Issues = Field(default_factory=Issues)
    """What arises."""
    residents: Residents = Field(default_factory=Residents)
    """How residents report, wait and judge."""
    grid_workers: GridWorkers = Field(default_factory=GridWorkers)
    """How grid workers are divided and patrol."""
    centres: Centres = Field(default_factory=Centres)
    """The desks' work."""
    staff: Staff = Field(default_factory=Staff)
    """Heads, pay and shifts."""
    feedback: Feedback = Field(default_factory=Feedback)
    """How often work is a true fix."""
    organisation: Organisation = Field(default_factory=Organisation)
    """The switchboard: which mechanisms are on."""
    surges: dict[Key, Surge] = Field(default_factory=dict)
    """Surges of demand by key: a typhoon, an epidemic, a festival."""
    sensors: dict[Key, SensorKind] = Field(default_factory=dict)
    """Kinds of sensors by key, the same for every organisation: cameras, electronic fences, thermal imaging."""
    absence: Absence = Field(default_factory=Absence)
    """Leave, sickness and turnover of staff, the same for every organisation."""
    reform: Reform | None = None
    """A reform in the middle of the run; none where left out."""

    _sources: dict[str, Sourced] = PrivateAttr(default_factory=dict)

    @property
    def sources(self) -> dict[str, Sourced]:
        """Range and source by path, of all values that have them."""
        return self._sources

    @property
    def label(self) -> str:
        """The title in the active language, else the name."""
        return self.title.text() if self.title is not None else self.name

    def assumptions(self) -> dict[str, Sourced]:
        """Values that rest on no document, by path: assumptions, values set by hand, and those without a source."""
        start = ("assum", "假设", "假定", "set in ", "set by ", _("set in {file}").split("{")[0], _("set by --set"))
        return {path: said for path, said in self._sources.items() if (said.source or "").lower().strip().startswith(start)
                or not said.source}

    def _plain(self) -> dict[str, Any]:
        """All settings with their defaults, JSON-able, without sources."""
        out: dict[str, Any] = self.model_dump(mode="json")
        idle = (*CITY_BLOCKS, "city") if self.city is None else ("bare",)
        return {key: value for key, value in out.items() if key not in idle and (value is not None or key not in (*OWN, "reform"))}

    def resolved(self) -> dict[str, Any]:
        """The whole scenario as plain values: every default filled in, quantities with units, ranges and sources beside values.

        `from_dict(scenario.resolved())` is the same scenario.
        """
        out = self._plain()
        for path, said in sorted(self._sources.items(), key=lambda item: -item[0].count(".")):
            *way, last = path.split(".")
            place: Any = out
            for step in way:
                place = place[int(step)] if isinstance(place, list) else place.get(step)
                if place is None:
                    break
            spot: Any = int(last) if isinstance(place, list) else last
            if place is None or (isinstance(place, dict) and spot not in place):
                continue
            place[spot] = {"value": place[spot]} | ({"range": list(said.range)} if said.range else {}) | (
                {"source": said.source} if said.source else {})
        return out

    @classmethod
    def from_resolved(cls, data: Mapping[str, Any]) -> Scenario:
        """The scenario that `resolved` described."""
        return from_dict(data)

    def to_yaml(self) -> str:
        """The whole scenario as YAML; reading it gives the same scenario."""
        return yaml.dump(self.resolved(), Dumper=Dumper, allow_unicode=True, sort_keys=False, default_flow_style=None, width=120)

    @cached_property
    def hash(self) -> str:
        """SHA-256 of everything that affects a run: not names, titles, sources, seed and number of replications."""
        plain = _without(self._plain(), _LABELS)
        for key in OWN:
            plain.pop(key, None)
        plain["run"] = {key: value for key, value in plain["run"].items() if key not in ("seed", "replications")}
        text = json.dumps(plain, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def diff(self, other: Scenario) -> list[tuple[str, Any, Any]]:
        """Where this scenario differs from another: (path, value there, value here); None where there is no such setting."""
        here, there = dict(_leaves(self._plain(), "")), dict(_leaves(other._plain(), ""))
        paths = [path for path in dict.fromkeys([*there, *here]) if path.split(".")[0] not in OWN]
        return [(path, there.get(path), here.get(path)) for path in paths if there.get(path) != here.get(path)]

    def tables(self) -> Tables:
        """The scenario as arrays, for draws, engines and measures."""
        from sim.transition import tabulated
        return tabulated(self)


class Dumper(yaml.SafeDumper):
    """Writes text that our reader would take for a number in quotation marks, and no aliases."""

    def ignore_aliases(self, data: Any) -> bool:    # noqa: D102
        return True


Dumper.add_implicit_resolver("tag:yaml.org,2002:float", re.compile(FLOAT.pattern + "$"), list("-+.0123456789"))


def _without(value: Any, keys: set[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without(child, keys) for key, child in value.items() if key not in keys}
    return [_without(child, keys) for child in value] if isinstance(value, list) else value


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    rows = isinstance(value, list) and any(isinstance(item, dict) for item in value)
    if (isinstance(value, dict) and value) or rows:
        for key, child in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _leaves(child, f"{path}.{key}" if path else str(key))
    else:
        yield path, value


# --- making one -----------------------------------------------------------------------------------------------------------

def load(path: str | Path, overrides: Sequence[str] | Mapping[str, Any] = ()) -> Scenario:
    """Read a scenario file, with what it extends, and check it.

    Parameters
    ----------
    path : str or Path
        A file, or the name of a shipped scenario such as "small/integrated".
    overrides : sequence of str, or mapping
        Each "dotted.path=value", or path to value; later ones win.

    Returns
    -------
    Scenario

    Raises
    ------
    ScenarioError
        With all faults at once.
    """
    faults: list[Fault] = []
    try:
        tree, after = with_reform(read(_found(path), overrides, faults), overrides, faults)
    except ScenarioError as error:
        raise ScenarioError([*faults, *error.faults]) from None
    items = {key: node for key, node in tree.value.items() if key not in OWN or node.file in (tree.file, SET)}
    if "name" not in items:
        slug = re.sub(r"[^A-Za-z0-9_-]+", "_", Path(path).stem).strip("_-")[:64]
        items["name"] = Node(slug or "scenario", tree.file, 0)
    return reform.unchanged(_made(Node(items, tree.file, tree.line), faults), after and _made(after, []), mark(tree, ("reform",)))


def from_dict(data: Mapping[str, Any], overrides: Mapping[str, Any] | None = None) -> Scenario:
    """A scenario from nested dicts, as a file would hold them.

    Parameters
    ----------
    data : mapping
        Blocks by name.
    overrides : mapping, optional
        Dotted path to value.

    Raises
    ------
    ScenarioError
        With all faults at once.

    Examples
    --------
    >>> queue = {"pools": {"clerk": {"heads": 1}},
    ...          "classes": {"all": {"arrivals": {"kind": "poisson", "rate": "4 per hour"}, "entry": "clerk",
    ...                              "service": {"clerk": {"exponential": {"mean": "10 min"}}}}}}
    >>> from_dict({"name": "desk", "bare": queue}).bare.pools["clerk"].heads
    1
    """
    plain = {key: value for key, value in data.items() if key != "extends"}
    for path, value in (overrides or {}).items():
        plain = _set(plain, path.split("."), value)
    return _made(grow(plain), [])


def _set(data: Mapping[str, Any], steps: Sequence[str], value: Any) -> dict[str, Any]:
    below = data.get(steps[0])
    if len(steps) > 1:
        value = _set(below if isinstance(below, Mapping) else {}, steps[1:], value)
    return {**data, steps[0]: value}


def _found(path: str | Path) -> Path:
    from sim.shipped import find

    return find(path) or Path(path)


def _made(tree: Node, faults: list[Fault]) -> Scenario:
    """The scenario of a tree, or all its faults."""
    plain = settle(tree, Scenario)
    scenario: Scenario | None = None
    wrong: list[Fault] = []
    try:
        scenario = Scenario.model_validate(plain)
    except ValidationError as error:
        wrong = found_faults(error, tree, Scenario)
    faults = [*faults, *wrong]
    sources = numbers(tree, Scenario, faults)
    if scenario is not None:
        faults.extend(noun_faults(check(scenario), tree))
    else:
        faults.extend(_further(plain, wrong, tree))
    if faults or scenario is None:
        raise ScenarioError(sorted(faults, key=lambda fault: (fault.file == SET, fault.file, fault.line)))
    written = scenario.model_dump(mode="json")
    for path, said in sources.items():
        scenario._sources[path] = Sourced(_value(written, path.split(".")), said.range, said.source)
    return scenario


def _further(plain: dict[str, Any], wrong: Sequence[Fault], tree: Node) -> list[Fault]:
    """The faults between blocks of a scenario that has faults within blocks; those that may follow from these are left out."""
    said, here = [fault.path for fault in wrong], plain
    for _round in range(3):
        try:
            scenario = Scenario.model_validate(here)
        except ValidationError as error:
            here = mended(here, Scenario, error_paths(error, here))
            continue
        found: list[Fault] = []
        # A stand-in may be odder than the checks expect; what they found until then is told.
        with suppress(Exception):
            found.extend(noun_faults(check(scenario), tree))
        return [fault for fault in found if not any(_follows(fault.path, path, plain) for path in said)]
    return []


def _follows(fault: str, path: str, plain: dict[str, Any]) -> bool:
    """May a fault follow from the one at `path`?  What is written below that still speaks for itself."""
    if fault.startswith(path + "."):
        with suppress(KeyError, IndexError, TypeError, ValueError):
            _value(plain, fault.split("."))
            return False
        return True
    return fault == path or not fault or path.startswith(fault + ".")


def _value(plain: Any, steps: Sequence[str]) -> Any:
    for step in steps:
        plain = plain[int(step)] if isinstance(plain, list) else plain[step]
    return plain


def check(scenario: Scenario) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in a scenario as a whole: (path, value, rule, candidates)."""
    if scenario.city is None and scenario.bare is None:
        yield "", None, _("a scenario needs a city or a bare system"), ()
        return
    if scenario.bare is not None:
        for key in ("city", *CITY_BLOCKS):
            if key in scenario.model_fields_set and getattr(scenario, key) is not None:
                yield key, None, _("a bare system has no {block}").format(block=key), ()
        if scenario.city is not None:
            return
    run = scenario.run
    for key in ("warm_up", "horizon", "run_out"):
        if getattr(run, key) != int(getattr(run, key)):
            yield f"run.{key}", getattr(run, key), _("whole seconds are needed"), ()
    if run.warm_up + run.horizon + run.run_out > LONGEST:
        yield "run.horizon", None, _("warm-up, horizon and run-out together are at most 68 years"), ()
    for noun in _NOUNS:
        rules = getattr(noun, "faults", None)
        if rules is not None:
            yield from rules(scenario)
            yield from reform.of_after(rules, scenario)
