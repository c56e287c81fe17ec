"""What shall be known how precisely, as a person writes it (精度目标)."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.base import Fault, PositiveDuration, ScenarioError
from sim.i18n import _
from sim.measures import MEASURES, View
from sim.nearest import closest

if TYPE_CHECKING:
    from sim.outcome import Outcome

__all__ = ["OPTION", "Target", "read_targets", "value_of"]

OPTION = "--precision"
DIFFERENCE = ("difference", "diff", "差异", "配对差异")

@dataclass(frozen=True)
class Target:
    """One interval that shall be narrow enough (精度目标).

    Attributes
    ----------
    measure : str
        Key of the measure.
    width : float, > 0
        Largest half-width (半宽): a share of the mean, or in the measure's unit.
    relative : bool
        Whether it is a share of the mean.
    side : str or None
        Name of the scenario; None means every one (of differences: every one but the base).
    difference : bool
        Whether it is the paired difference from the base, not the scenario's own mean.
    group : str
        Group of the measure, "all" or as in the tables: "street:S", "pool:P".

    Examples
    --------
    >>> target = Target("on_time_closing_rate", 0.005, difference=True)
    >>> str(target), target.limit(0.12)
    ('difference:on_time_closing_rate=0.005', 0.005)
    >>> Target("time_to_resolution_mean", 0.02, relative=True).limit(-50.0)
    1.0
    """

    measure: str
    width: float
    relative: bool = False
    side: str | None = None
    difference: bool = False
    group: str = "all"

    def __str__(self) -> str:
        what = "".join([f"{DIFFERENCE[0]}:" if self.difference else "", f"{self.side}:" if self.side else "", self.measure,
                        "" if self.group == "all" else f"@{self.group}"])
        return f"{what}={100 * self.width:g}%" if self.relative else f"{what}={self.width:g}"

    def limit(self, mean: Any) -> Any:
        """The largest half-width in the measure's unit, given the mean."""
        return self.width * abs(mean) if self.relative else self.width


def read_targets(words: Iterable[str] | str, sides: Sequence[str], kind: str = "city", *, swept: bool = False) -> tuple[Target, ...]:
    """Targets as a person writes them (精度要求).

    `[difference:][SCENARIO:]MEASURE[@GROUP]=WIDTH`, several separated by commas; `MEASURE[GROUP]` in brackets is the same.  The width
    is a share of the mean ("2%"), or absolute in the measure's unit: "0.005", for times "30 min", for shares "0.5pp" (percentage
    points, 0.5个百分点).  The measure is named by its key or its Chinese name.

    Parameters
    ----------
    words : iterable of str
        What was written, in any number of pieces.
    sides : sequence of str
        Names of the scenarios, the base first.
    kind : "city" or "bare"
        Of these scenarios.
    swept : bool
        Whether they are run at several points, so that any of them may be compared with another of its own.

    Raises
    ------
    ScenarioError
        With all faults at once.

    Examples
    --------
    >>> [str(target) for target in read_targets(["time_to_resolution_mean=2%, difference:结案率=0.5pp"], ["a", "b"])]
    ['time_to_resolution_mean=2%', 'difference:closing_rate=0.005']
    >>> read_targets(["closingrate=2%"], ["a"])
    Traceback (most recent call last):
    sim.base.ScenarioError: 1 fault in the scenario:
      --precision: closingrate=2%: there is no such measure; did you mean closing_rate?
    """
    faults: list[Fault] = []
    found: dict[Target, None] = {}
    for word in [words] if isinstance(words, str) else words:
        for text in re.split(r"[,;](?=[^,;]*=)", unicodedata.normalize("NFKC", word)):
            target = _target(text.strip(), sides, kind, faults, swept)
            if target is not None:
                found[target] = None
    if faults:
        raise ScenarioError(faults)
    return tuple(found)


def _target(text: str, sides: Sequence[str], kind: str, faults: list[Fault], swept: bool) -> Target | None:
    before = len(faults)

    def refuse(rule: str, word: str = "", candidates: Iterable[str] = ()) -> None:
        near = closest(word, candidates, 3)
        faults.append(Fault(OPTION, 0, "", None, f"{text}: {rule}", near))

    what, equals, width = (part.strip() for part in text.rpartition("="))
    if not equals or not what or not width:
        refuse(_("write it as measure=half-width, such as time_to_resolution_mean=2% or on_time_closing_rate=0.005"))
        return None
    named, _at, group = (part.strip() for part in re.sub(r"\[([^\[\]]+)\]$", r"@\1", what).partition("@"))
    *said, name = (part.strip() for part in named.split(":"))
    difference = bool(said) and said[0].lower() in DIFFERENCE and said[0] not in sides
    said = said[1:] if difference else said
    key = _measure(name)
    if key is None:
        names = {told: told for told in MEASURES} | {_chinese(told): told for told in MEASURES}
        refuse(_("there is no such measure"), name, names)
    elif kind not in MEASURES[key].kinds:
        refuse(_("a city has no such measure") if kind == "city" else _("a bare service system has no such measure"))
    if len(said) > 1:
        refuse(_("write it as difference:SCENARIO:MEASURE=half-width, SCENARIO:MEASURE=half-width or MEASURE=half-width"))
    elif said and said[0] not in sides:
        refuse(_("there is no scenario {name}; there are {names}").format(name=said[0], names=", ".join(sides)), said[0],
               [*sides, DIFFERENCE[0]])
    elif difference and len(sides) < 2 and not swept:
        refuse(_("a difference needs two scenarios, and there is only one"))
    elif difference and said and said[0] == sides[0] and not swept:
        refuse(_("{name} is the base, from which the differences of the others are taken").format(name=said[0]))
    read = _width(width, MEASURES[key].unit if key else "")
    if isinstance(read, str):
        refuse(read)
    if len(faults) > before or isinstance(read, str) or key is None:
        return None
    return Target(key, *read, said[0] if said else None, difference, group or "all")


def _chinese(key: str) -> str:
    measure = MEASURES[key]
    return unicodedata.normalize("NFKC", measure.chinese.format(**measure.fill))


def _measure(name: str) -> str | None:
    """Key of a measure named by its key or its Chinese name."""
    key = name.lower().replace(" ", "_").replace("-", "_")
    return key if key in MEASURES else next((told for told in MEASURES if name == _chinese(told)), None)


def _width(text: str, unit: str) -> tuple[float, bool] | str:
    """Half-width and whether it is a share of the mean; or what is wrong with it."""
    found = re.fullmatch(r"([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(%|pp|percentage points?|个?百分点)?", text)
    if found is None:
        return _duration(text, unit)
    value = float(found[1])
    if not 0 < value < math.inf:
        return _("the half-width must be above 0")
    if found[2] == "%":
        return (value / 100, True) if value < 100 else _("a share of the mean must be below 100%")
    if found[2] and unit and unit != "share":
        return _("percentage points fit shares only; the unit of this measure is {unit}").format(unit=unit)
    return value / 100 if found[2] else value, False


def _duration(text: str, unit: str) -> tuple[float, bool] | str:
    from pydantic import TypeAdapter, ValidationError

    rule = _("the half-width must be a share of the mean, such as 2%, or a number in the measure's unit, such as 0.005")
    if unit not in ("s", ""):
        return rule
    try:
        return float(TypeAdapter(PositiveDuration).validate_python(text)), False
    except ValidationError:
        return rule + _("; for times also with a unit, such as 30 min")


def value_of(outcome: Outcome, measure: str, group: str = "all") -> float:
    """One measure of one replication, for the whole of it or for one group.

    Raises
    ------
    ScenarioError
        There is no such group; with the nearest one.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> value_of(tiny(tickets={"due": 4, "closed": 3}).outcome, "closing_rate", "category:one")
    0.75
    """
    known = MEASURES[measure]
    if group == "all":
        return float(known.function(View(outcome)))
    groups: list[str] = []
    for axis in known.axes:
        try:
            view = View(outcome, axis)
            values = np.atleast_1d(known.function(view))
        except KeyError:
            continue
        for name, value in zip(view.groups, values.tolist(), strict=True):
            if group == f"{axis}:{name}":
                return float(value)
            groups.append(f"{axis}:{name}")
    near = closest(group, groups, 2)
    rule = _("{measure} is not given by {group}").format(measure=measure, group=group)
    raise ScenarioError([Fault(OPTION, 0, "", None, rule, near)])
