"""What the scenarios themselves call uncertain: every value that declares a range, as a factor between 0 and 1 (不确定因素).

A value that two scenarios state alike is one factor and moves in both.  Where they state different values the difference belongs to
the organisations, and each has a factor of its own.  Shares that add up to 1 give way: what is not moved itself keeps its proportions.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sim.base import Due, Fault, ScenarioError, Sourced
from sim.i18n import _
from sim.scenario import Scenario
from sim.validation import NOTHING, alternatives, reread
from sim.variants import Base, kind_of

__all__ = ["Factor", "Setting", "declared", "settings_at"]

_QUANTITY = re.compile(r"\s*([-+]?(?:[\d,]+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(\D.*?)?\s*")
ONLY = "--only"
WITHOUT = "--without"


@dataclass(frozen=True)
class Setting:
    """One value with its range (带取值范围的参数).

    Attributes
    ----------
    path : str
        Dotted path.
    value, low, high : object
        As written.
    whole : bool
        A whole number.
    numbers : tuple of float
        Value, low and high in the unit of `unit`.
    unit : str
        What stands behind a number that is written; empty for plain numbers.
    """

    path: str
    value: Any
    low: Any
    high: Any
    whole: bool
    numbers: tuple[float, float, float]
    unit: str

    @property
    def place(self) -> float:
        """Where the value lies in its range, 0 to 1."""
        value, low, high = self.numbers
        return (value - low) / (high - low)

    def at(self, place: float) -> Any:
        """The value at a place of its range, as a scenario file has it."""
        _value, low, high = self.numbers
        if place in (0.0, 1.0):
            return self.high if place else self.low
        number = float(f"{low + place * (high - low):.6g}")
        if self.whole:
            number = round(number)
        return f"{number:.12g}{'' if self.unit == '%' else ' '}{self.unit}" if self.unit else number


@dataclass(frozen=True)
class Factor:
    """What is moved as one (因素).

    Attributes
    ----------
    name : str
        Path of the setting; with the scenario's name where only that one moves though others have it; with `*` where several
        settings move together.
    sides : tuple of tuple of Setting
        What moves in each scenario.
    source : str
        What the file says of it.
    """

    name: str
    sides: tuple[tuple[Setting, ...], ...]
    source: str = ""

    @property
    def first(self) -> Setting:
        """The setting that stands for it."""
        return next(setting for side in self.sides for setting in side)

    @property
    def number(self) -> int:
        """How many settings move."""
        return len({setting.path for side in self.sides for setting in side})


def declared(bases: Sequence[Base], only: Sequence[str] = (), without: Sequence[str] = (), *, together: bool = False,
             faults: list[Fault] | None = None) -> list[Factor]:
    """The factors of one scenario or of two.

    Parameters
    ----------
    bases : sequence of Base
    only, without : sequence of str
        Paths to take or to leave out; `*` stands for anything, and a path stands for all below it.
    together : bool
        Settings that differ only in the name of a category, department, role … are one factor.
    faults : list of Fault, optional
        Where faults are added; without it they are raised.

    Examples
    --------
    >>> from sim.variants import loaded
    >>> small = loaded(["small/integrated"], {}, [])
    >>> [factor.name for factor in declared(small, ["feedback"])]
    ['feedback.true_fix', 'feedback.look']
    >>> declared(small, ["issues.categories.*.visible"], together=True)[0].number
    6
    """
    found: list[Fault] = []
    ranged = [{path: made for path, said in base.scenario.sources.items() if (made := _setting(path, said)) is not None}
              for base in bases]
    paths = list(dict.fromkeys(path for of_one in ranged for path in of_one))
    for pattern in (*only, *without):
        if not any(_named(path, pattern) for path in paths):
            found.append(Fault(ONLY, 0, pattern, None, _("no value with a range has that path")))
    kept = [path for path in paths if (not only or any(_named(path, one) for one in only))
            and not any(_named(path, one) for one in without)]
    factors = [factor for path in kept for factor in _of(path, bases, ranged)]
    if not factors and not found:
        rule = _("nothing is left to vary: all values with a range are left out") if paths else _("no value declares a range")
        where = (WITHOUT if without else ONLY) if paths else bases[0].scenario.name if bases else ""
        found.append(Fault(where, 0, "", None, rule))
    if faults is None and found:
        raise ScenarioError(found)
    if faults is not None:
        faults.extend(found)
    return _joined(factors, bases) if together else factors


def _named(path: str, pattern: str) -> bool:
    return fnmatch.fnmatchcase(path, pattern) or fnmatch.fnmatchcase(path, pattern + ".*")


def _of(path: str, bases: Sequence[Base], ranged: Sequence[Mapping[str, Setting]]) -> Iterator[Factor]:
    """One factor if all scenarios that have the value state it alike, else one for each that declares a range."""
    values = [_stated(base.scenario, path) for base in bases]
    having = [number for number, value in enumerate(values) if value is not NOTHING]
    moving = [number for number in having if path in ranged[number]]
    first = ranged[moving[0]][path]
    source = bases[moving[0]].scenario.sources[path].source or ""
    if all(values[number] == values[moving[0]] for number in having) and all(
            ranged[number][path].numbers == first.numbers for number in moving):
        yield Factor(path, tuple((first,) if number in having else () for number in range(len(bases))), source)
        return
    for number in moving:
        sides = tuple((ranged[number][path],) if other == number else () for other in range(len(bases)))
        yield Factor(f"{path} [{bases[number].scenario.name}]", sides, bases[number].scenario.sources[path].source or "")


def _stated(scenario: Scenario, path: str) -> Any:
    """What stands at a path, NOTHING where there is no such setting."""
    here: Any = scenario
    for step in path.split("."):
        if isinstance(here, dict):
            here = here.get(step, NOTHING)
        elif isinstance(here, list | tuple) and step.isdigit():
            here = here[int(step)] if int(step) < len(here) else NOTHING
        else:
            here = getattr(here, step, NOTHING)
        if here is NOTHING:
            break
    return here


def _joined(factors: Sequence[Factor], bases: Sequence[Base]) -> list[Factor]:
    """Factors whose paths differ only in names that the file gave, as one."""
    groups: dict[str, list[Factor]] = {}
    for factor in factors:
        path, mark, rest = factor.name.partition(" [")
        shared = _shares(bases[next(number for number, side in enumerate(factor.sides) if side)].scenario, path)
        alone = shared is not None and shared[0][1]     # a share of the groups themselves: together they would only push each other
        groups.setdefault((path if alone else _pattern(path)) + mark + rest, []).append(factor)
    return [of_one[0] if len(of_one) == 1 else
            Factor(name, tuple(tuple(setting for factor in of_one for setting in factor.sides[number])
                               for number in range(len(bases))), of_one[0].source) for name, of_one in groups.items()]


def _pattern(path: str) -> str:
    """A path with `*` for every name that the file gave, but for the last step, which may be a share of its own."""
    steps = path.split(".")
    out = []
    for number, step in enumerate(steps):
        given = any(getattr(kind, "__origin__", None) is dict for kind in alternatives(kind_of(".".join(steps[:number]))))
        out.append("*" if number and given and number + 1 < len(steps) else step)
    return ".".join(out)


def _setting(path: str, said: Sourced) -> Setting | None:
    """A value with a range that has a width."""
    if said.range is None:
        return None
    kind = kind_of(path)
    written = (said.value, *said.range)
    read = [reread(kind, value) for value in written]
    if any(value is NOTHING for value in read):
        return None
    if any(isinstance(value, Due) for value in read):
        if len({value.working for value in read}) > 1:
            return None
        read = [value.seconds for value in read]
    sizes = [float(value) for value in read]
    if sizes[1] >= sizes[2]:
        return None
    for value, size in zip(written[1:] + written[:1], sizes[1:] + sizes[:1], strict=True):
        match = _QUANTITY.fullmatch(value) if isinstance(value, str) else None
        if match and match[2] and size:
            one = size / float(match[1].replace(",", ""))
            scaled = [size / one for size in sizes]
            return Setting(path, *written, False, (scaled[0], scaled[1], scaled[2]), match[2])
    whole = int in alternatives(kind) and float not in alternatives(kind)
    return Setting(path, *written, whole, (sizes[0], sizes[1], sizes[2]), "")


# --- settings of a point --------------------------------------------------------------------------------------------------

def settings_at(factors: Sequence[Factor], places: Sequence[float | None], base: Base, side: int) -> dict[str, Any]:
    """The settings of one scenario at a point: value by path.

    Parameters
    ----------
    factors : sequence of Factor
    places : sequence of float or None
        Where each factor lies in its range; None leaves it where the file has it.
    base : Base
    side : int
        Which of the scenarios `base` is.
    """
    moved: dict[str, Any] = {}
    for factor, place in zip(factors, places, strict=True):
        if place is not None:
            moved |= {setting.path: setting.at(place) for setting in factor.sides[side]}
    groups: dict[tuple[str, str], dict[str, float]] = {}
    for path in moved:
        found = _shares(base.scenario, path)
        if found is not None:
            groups[found[0]] = found[1]
    out = dict(moved)
    for (above, below), shares in groups.items():
        named = {key: ".".join(filter(None, (above, key, below))) for key in shares}
        out |= {named[key]: value for key, value in _giving_way(shares, {key: float(_number(moved[named[key]])) for key in shares
                                                                        if named[key] in moved}).items()}
    return out


def _number(value: Any) -> float:
    """A share as a number, also when it is written in per cent."""
    return float(value.strip().rstrip("%")) / 100 if isinstance(value, str) else float(value)


def _shares(scenario: Scenario, path: str) -> tuple[tuple[str, str], dict[str, float]] | None:
    """The shares that add up to 1 of which a setting is one: where they are, and their values by name."""
    steps = path.split(".")
    for deep in (1, 2):
        above, key, below = ".".join(steps[:-deep]), steps[-deep], ".".join(steps[len(steps) - deep + 1:])
        here = _stated(scenario, above) if above else NOTHING
        entries = here if isinstance(here, dict) else None
        if entries is None and deep == 1 and hasattr(type(here), "model_fields"):
            entries = {name: getattr(here, name) for name in type(here).model_fields}
        if not isinstance(entries, dict) or key not in entries:
            continue
        values = {name: getattr(entry, below, None) if below else entry for name, entry in entries.items()}
        shares = {name: float(value) for name, value in values.items() if isinstance(value, float | int)
                  and not isinstance(value, bool)}
        if key in shares and len(shares) > 1 and len(shares) == len(values) and abs(sum(shares.values()) - 1) < 1e-6 \
                and all(0 <= share <= 1 for share in shares.values()):
            return (above, below), shares
    return None


def _giving_way(shares: Mapping[str, float], moved: Mapping[str, float]) -> dict[str, float]:
    """All shares when some are moved: the rest in proportion; where nothing is left for it, all in proportion.

    Examples
    --------
    >>> _giving_way({"a": 0.5, "b": 0.3, "c": 0.2}, {"a": 0.75})
    {'a': 0.75, 'b': 0.15, 'c': 0.1}
    >>> _giving_way({"a": 0.5, "b": 0.5}, {"a": 0.9, "b": 0.6})
    {'a': 0.6, 'b': 0.4}
    """
    rest = {key: share for key, share in shares.items() if key not in moved}
    left, kept = 1 - sum(moved.values()), sum(rest.values())
    out = {**{key: share * left / kept for key, share in rest.items()}, **moved} if left >= 0 and kept > 0 else {**rest, **moved}
    total = sum(out.values())
    return {key: round(out[key] / total, 9) for key in shares}
