"""Which settings are varied, over which values, in which combinations: the points of a sweep (试验设计).

An axis is a setting and its values: `10, 20, 30`, `1..4` (in steps of 1), `0.1..0.5:0.1`, `10..60 min:10 min`, words such as
`separate, merged`.  A design makes points of the axes: every combination, value by value side by side, a Latin hypercube or a Sobol
sequence over the ranges, or a list written out.  Values stay as they were written, so that the scenario's own checks judge them.
"""

from __future__ import annotations

import difflib
import itertools
import math
import re
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np

from sim.base import Fault, ScenarioError
from sim.i18n import N_, _
from sim.yaml_tree import parse, plain, scalar

__all__ = ["DESIGNS", "MOST_POINTS", "VARY", "Axis", "Point", "axes_of", "axis", "fill", "listed", "points", "show"]

DESIGNS = {
    "grid": N_("every combination of the values"),
    "zip": N_("the first values of all settings together, then the second, and so on"),
    "latin_hypercube": N_("points spread over the ranges, each stretch of a range taken once"),
    "sobol": N_("points of a scrambled Sobol sequence over the ranges; a power of 2 is best"),
    "list": N_("the points as they are listed"),
}
"""Designs by name, with what they do."""

SAMPLED = ("latin_hypercube", "sobol")
"""Designs that draw points from ranges, with a seed of their own."""

MOST_POINTS = 100_000
"""The most points of one sweep."""
VARY = "--vary"
"""What stands for the file where an axis was given on the command line."""

Point = dict[str, Any]
"""A value, as written, by path of its setting."""

_NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"\s*({_NUMBER})\s*([^\d\s.:,][^:,]*?)?\s*\.\.\s*({_NUMBER})\s*([^\d\s.:,][^:,]*?)?\s*"
                    rf"(?::\s*({_NUMBER})\s*([^\d\s.:,][^:,]*?)?\s*)?")


@dataclass(frozen=True)
class Axis:
    """One setting that is varied, with its values (变动参数).

    Attributes
    ----------
    path : str
        Dotted path of the setting.
    values : tuple
        As they are written in a scenario: numbers, texts with a unit, words; empty where only a range without steps is known.
    span : tuple of (Decimal, Decimal, str) or None
        Lowest and highest value of a range, and its unit; None for values that were listed.
    file, line : str, int
        Where it stands, for faults.
    """

    path: str
    values: tuple[Any, ...]
    span: tuple[Decimal, Decimal, str] | None = None
    file: str = VARY
    line: int = 0

    def fault(self, rule: str, value: Any = None, near: Sequence[str] = ()) -> Fault:
        """A fault that stands where the axis does."""
        return Fault(self.file, self.line, self.path, value, rule, tuple(near))


# --- reading one axis -----------------------------------------------------------------------------------------------------

def axis(text: str) -> Axis:
    """An axis from the text of `--vary`.

    Parameters
    ----------
    text : str
        "path=values": values with commas between them, each a value or a range LOW..HIGH or LOW..HIGH:STEP.  A unit behind the last
        number of a range holds for all of it.

    Raises
    ------
    ScenarioError
        If it cannot be read.

    Examples
    --------
    >>> axis("bare.pools.desk.heads=1..3, 5").values
    (1, 2, 3, 5)
    >>> axis("residents.phone_patience=1..3 min:1 min").values
    ('1 min', '2 min', '3 min')
    >>> axis("organisation.centres.mode=separate,merged").values
    ('separate', 'merged')
    """
    path, sign, said = text.partition("=")
    path = path.strip()
    if not sign or not path or not said.strip():
        raise ScenarioError([Fault(VARY, 0, path, None, _("write it as path=values, such as bare.pools.desk.heads=1..4"))])
    return listed(path, said)


def axes_of(vary: Mapping[str, Any] | Sequence[str], faults: list[Fault]) -> list[Axis]:
    """Axes from texts "path=values" or from a mapping of path to values; what is wrong is added to `faults`.

    Examples
    --------
    >>> axes_of({"run.seed": [1, 2]}, []) == axes_of(["run.seed=1,2"], [])
    True
    """
    found: list[Axis] = []
    for item in vary.items() if isinstance(vary, Mapping) else vary:
        try:
            one = axis(item) if isinstance(item, str) else listed(item[0], item[1])
        except ScenarioError as error:
            faults.extend(error.faults)
            continue
        if any(one.path == other.path for other in found):
            faults.append(one.fault(_("this setting is varied twice")))
        else:
            found.append(one)
    return found


def listed(path: str, said: Any, file: str = VARY, line: int = 0) -> Axis:
    """An axis from what stands behind its path: a text with commas, a list, or one value.

    Raises
    ------
    ScenarioError
        If it cannot be read.

    Examples
    --------
    >>> listed("feedback.true_fix", ["80%", "85%..95%:5%"]).values
    ('80%', '85%', '90%', '95%')
    """
    made = Axis(path, (), None, file, line)
    said = _value(said, made, many=True) if isinstance(said, str) and said.lstrip().startswith("[") else said
    parts = _parts(said) if isinstance(said, str) else list(said) if isinstance(said, list | tuple) else [said]
    values: list[Any] = []
    span: tuple[Decimal, Decimal, str] | None = None
    for part in parts:
        if isinstance(part, dict | list | tuple):
            raise ScenarioError([made.fault(_("only single values can be varied: numbers, quantities and words"), part)])
        if isinstance(part, np.generic):
            part = part.item()
        if not isinstance(part, str) or ".." not in part:
            values.append(_value(part, made))
            continue
        steps, span = _range(part, made)
        if len(parts) > 1 and not steps:
            raise ScenarioError([made.fault(_no_step(part), part)])
        values.extend(steps)
    if not values and span is None:
        raise ScenarioError([made.fault(_("no values are given"))])
    twice = next((value for number, value in enumerate(values) if _same(value, values[:number])), None)
    if twice is not None:
        raise ScenarioError([made.fault(_("this value stands twice"), twice)])
    return replace(made, values=tuple(values), span=span if len(parts) == 1 else None)


def _parts(text: str) -> list[str]:
    """What stands between commas; quotation marks keep a comma."""
    return [part.strip() for part in re.findall(r"""(?:"[^"]*"|'[^']*'|[^,])+""", text)] if text.strip() else []


def _value(part: Any, made: Axis, many: bool = False) -> Any:
    if not isinstance(part, str):
        return part
    if part.lstrip()[:1] in ("[", "{", '"', "'"):
        try:
            part = plain(parse(part, made.file))
        except ScenarioError as error:
            raise ScenarioError([made.fault(fault.rule, part) for fault in error.faults]) from None
        if isinstance(part, dict | list) and not many:
            raise ScenarioError([made.fault(_("only single values can be varied: numbers, quantities and words"), part)])
        return part
    return scalar(part)


def _same(value: Any, others: Sequence[Any]) -> bool:
    return any(value == other and isinstance(value, bool) == isinstance(other, bool) for other in others)


def _no_step(text: str) -> str:
    return _("the step is missing: write LOW..HIGH:STEP, such as {example}").format(example=f"{text.strip()}:0.1")


def _range(text: str, made: Axis) -> tuple[list[Any], tuple[Decimal, Decimal, str]]:
    """The values of LOW..HIGH:STEP, none if it has no step and its ends are not whole; with its ends and its unit."""
    def refuse(rule: str) -> ScenarioError:
        return ScenarioError([made.fault(rule, text)])

    found = _RANGE.fullmatch(text)
    if found is None:
        raise refuse(_("a range is written LOW..HIGH or LOW..HIGH:STEP, such as 0.1..0.5:0.1 or 10..60 min:10 min"))
    low, high, step = (Decimal(found[number]) if found[number] else None for number in (1, 3, 5))
    assert low is not None
    assert high is not None
    units = {" ".join(found[number].split()) for number in (2, 4, 6) if found[number]}
    if len(units) > 1:
        raise refuse(_("one unit is needed for all of a range, and here are {units}").format(units=", ".join(sorted(units))))
    unit = units.pop() if units else ""
    if max(abs(low), abs(high)) > 10**15:
        raise refuse(_("numbers beyond {number} are not meant").format(number="1e15"))
    if low >= high:
        raise refuse(_("the lowest value of a range comes first"))
    if step is not None and step <= 0:
        raise refuse(_("a step is more than 0"))
    if step is None:
        if low != low.to_integral_value() or high != high.to_integral_value():
            return [], (low, high, unit)
        if high - low >= MOST_POINTS:
            return [], (low, high, unit)
        step = Decimal(1)
    if (high - low) / step >= MOST_POINTS:
        raise refuse(_("at most {number} points are allowed").format(number=f"{MOST_POINTS:,}"))
    return [_written(low + step * number, unit) for number in range(int((high - low) / step) + 1)], (low, high, unit)


def _written(number: Decimal | float, unit: str) -> Any:
    """A number with its unit, as a scenario file has it."""
    whole = number == int(number)
    text = f"{int(number)}" if whole else f"{Decimal(number).normalize():f}" if isinstance(number, Decimal) else f"{number:.12g}"
    if unit:
        return f"{text}%" if unit == "%" else f"{text} {unit}"
    return int(number) if whole else float(text)


# --- points ---------------------------------------------------------------------------------------------------------------

def points(axes: Sequence[Axis], design: str = "grid", *, samples: int | None = None, seed: int = 1,
           whole: Sequence[str] = (), faults: list[Fault] | None = None) -> list[Point]:
    """The points of a design, in a fixed order (试验点).

    Parameters
    ----------
    axes : sequence of Axis, one or more
    design : str
        "grid", "zip", "latin_hypercube" or "sobol".
    samples : int, ≥ 1
        Points of a sampled design; not for the others.
    seed : int, ≥ 0
        Seed of a sampled design; it has nothing to do with the seed of the runs.
    whole : sequence of str
        Paths of settings that are whole numbers: a sampled design rounds them.
    faults : list of Fault, optional
        Where faults are added; without it they are raised.

    Returns
    -------
    list of dict
        Value by path.  Points that a sampled design would repeat (few whole numbers) are given once.

    Examples
    --------
    >>> axes = [axis("a=1,2"), axis("b=x,y")]
    >>> points(axes)
    [{'a': 1, 'b': 'x'}, {'a': 1, 'b': 'y'}, {'a': 2, 'b': 'x'}, {'a': 2, 'b': 'y'}]
    >>> points(axes, "zip")
    [{'a': 1, 'b': 'x'}, {'a': 2, 'b': 'y'}]
    """
    found: list[Fault] = [] if faults is None else faults
    before = len(found)
    where = axes[0] if axes else Axis("", ())
    known = [name for name in DESIGNS if name != "list"]
    if not axes:
        found.append(Fault(VARY, 0, "", None, _("nothing is varied: give at least one setting with its values")))
    elif design not in known:
        near = difflib.get_close_matches(design, known, 1, 0.4)
        found.append(replace(where.fault(_("one of {words} is needed").format(words=", ".join(known)), design, near), path="design"))
    elif design in SAMPLED and (samples is None or not 1 <= samples <= MOST_POINTS):
        rule = _("this design needs the number of points, from 1 to {number}").format(number=f"{MOST_POINTS:,}")
        found.append(replace(where.fault(rule, samples), path="samples"))
    elif design not in SAMPLED:
        found.extend(one.fault(_no_step("{}..{} {}".format(*one.span).strip())) for one in axes if one.span and not one.values)
        number = math.prod(len(one.values) for one in axes) if design == "grid" else max(len(one.values) for one in axes)
        if number > MOST_POINTS:
            found.append(where.fault(_("at most {number} points are allowed").format(number=f"{MOST_POINTS:,}"), number))
        odd = [one for one in axes if len(one.values) != len(axes[0].values)] if design == "zip" else []
        found.extend(one.fault(_("{number} values, and {first} has {other}: side by side they must be equally many").format(
            number=len(one.values), first=axes[0].path, other=len(axes[0].values))) for one in odd)
    if len(found) > before:
        if faults is None:
            raise ScenarioError(found)
        return []
    if design in SAMPLED:
        return _once(_sampled(axes, design, samples or 1, seed, whole))
    rows = itertools.product(*(one.values for one in axes)) if design == "grid" else zip(*(one.values for one in axes), strict=True)
    return [dict(zip((one.path for one in axes), row, strict=True)) for row in rows]


def _once(found: Sequence[Point]) -> list[Point]:
    return list({tuple((path, repr(value)) for path, value in point.items()): point for point in reversed(found)}.values())[::-1]


def _sampled(axes: Sequence[Axis], design: str, samples: int, seed: int, whole: Sequence[str]) -> list[Point]:
    columns = [[_at(one, place, one.path in whole) for place in column]
               for one, column in zip(axes, fill(design, len(axes), samples, seed).T, strict=True)]
    return [dict(zip((one.path for one in axes), row, strict=True)) for row in zip(*columns, strict=True)]


def fill(design: str, dimensions: int, samples: int, seed: int) -> np.ndarray:
    """Places in the unit cube, by SciPy's quasi-Monte Carlo.

    Parameters
    ----------
    design : str
        "latin_hypercube" or "sobol".
    dimensions, samples : int, ≥ 1
    seed : int, ≥ 0

    Returns
    -------
    ndarray of float, shape (samples, dimensions), in [0, 1)

    Examples
    --------
    >>> places = fill("latin_hypercube", 1, 4, seed=1)
    >>> sorted(int(4 * place) for place in places[:, 0])
    [0, 1, 2, 3]
    """
    from scipy.stats import qmc  # half a second, so only when it is needed

    made = (qmc.Sobol if design == "sobol" else qmc.LatinHypercube)(dimensions, seed=np.random.default_rng(seed))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The balance properties", category=UserWarning)
        return np.asarray(made.random(samples))


def _at(one: Axis, place: float, whole: bool) -> Any:
    """The value at a place in [0, 1) of an axis: of its range, else of its list."""
    if one.span is None:
        return one.values[min(int(place * len(one.values)), len(one.values) - 1)]
    low, high, unit = one.span
    if whole:
        first, last = math.ceil(low), math.floor(high)
        return _written(Decimal(min(first + int(place * (last - first + 1)), last)), unit)
    width = float(high - low)
    digits = max(0, 4 - math.floor(math.log10(width)))      # a range in at least 10,000 steps
    return _written(min(max(round(float(low) + place * width, digits), float(low)), float(high)), unit)


def show(point: Mapping[str, Any]) -> str:
    """A point as a person would write it.

    Examples
    --------
    >>> show({"bare.pools.desk.heads": 2, "run.horizon": "3 days"})
    'bare.pools.desk.heads = 2, run.horizon = 3 days'
    """
    words = {True: "true", False: "false", None: "null"}
    return ", ".join(f"{path} = {words.get(value, value) if value is None or isinstance(value, bool) else value}"
                     for path, value in point.items())
