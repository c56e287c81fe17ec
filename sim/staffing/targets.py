"""Targets 目标: a measure, a bound, and whether replications show that it is met."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from pydantic import TypeAdapter, ValidationError

from sim.i18n import N_, _, joined
from sim.measures import MEASURES, View
from sim.staffing.pools import StaffingError, near
from sim.units import Duration

if TYPE_CHECKING:
    from sim.outcome import Outcome

__all__ = ["MET", "MISSED", "UNDECIDED", "Quantity", "Shown", "Target", "quantity", "shown", "target"]

MET = N_("met")
MISSED = N_("missed")
UNDECIDED = N_("not decided")

_WORDS = {">=": 1, "=>": 1, "≥": 1, "<=": -1, "=<": -1, "≤": -1, ">": 1, "<": -1}
_SAID = re.compile(r"(?P<what>[^<>=≤≥]+?)\s*(?P<sign>>=|=>|<=|=<|≥|≤|>|<)\s*(?P<value>[^<>=≤≥]+)")
_AXES = ("pool", "pool_role", "pool_kind", "category", "severity", "tier", "street", "community", "estate_class", "pool_tier")
_ALIASES = {"grid_workers": "grid_team"}


@dataclass(frozen=True)
class Quantity:
    """A measure, of the whole scenario or of one group (指标).

    Attributes
    ----------
    key : str
        Key of the measure.
    group : str
        "" for the whole; else as in the tables, `pool:desk`, `category:noise`, or the part behind the colon where that is clear.
    """

    key: str
    group: str = ""

    @property
    def title(self) -> str:
        """Its name in the language in use, with the group."""
        name = MEASURES[self.key].title
        return f"{name} ({self.group})" if self.group else name

    @property
    def unit(self) -> str:
        """Unit of its values."""
        return MEASURES[self.key].unit

    @property
    def direction(self) -> int:
        """1: more is better; -1: less is; 0: neither."""
        return MEASURES[self.key].direction

    def __str__(self) -> str:
        return f"{self.key}[{self.group}]" if self.group else self.key

    def check(self, kind: str) -> None:
        """Refuse what a scenario of this kind, "city" or "bare", has no such measure of."""
        if kind not in MEASURES[self.key].kinds:
            mine = [key for key, one in MEASURES.items() if kind in one.kinds]
            what = _("{measure} cannot be measured in this scenario.").format(measure=self.key)
            raise StaffingError(joined([what, near(self.key, mine)]))

    def value(self, outcome: Outcome) -> float:
        """Its value in one replication.

        Raises
        ------
        StaffingError
            There is no such group.
        """
        measure = MEASURES[self.key]
        self.check(outcome.facts["kind"])
        if not self.group:
            return float(measure.function(View(outcome)))
        known: list[str] = []
        for axis in [axis for axis in _AXES if axis in measure.axes]:
            view = View(outcome, axis)
            try:
                found = np.atleast_1d(measure.function(view))
                groups = view.groups
            except KeyError:
                continue
            for group, number in zip(groups, found.tolist(), strict=True):
                if self.group in (f"{axis}:{group}", group) or _ALIASES.get(self.group) == group:
                    return float(number)
                known.append(f"{axis}:{group}")
        what = _("{measure} has no group {group}.").format(measure=self.key, group=self.group)
        raise StaffingError(joined([what, near(self.group, known, [name.partition(":")[2] for name in known])]) if known else what)


def quantity(said: str) -> Quantity:
    """A measure from text: `wait_mean`, `wait_mean[pool:desk]`.

    Raises
    ------
    StaffingError
        There is no such measure.

    Examples
    --------
    >>> quantity("wait_mean[desk]"), quantity("wait_mean").unit
    (Quantity(key='wait_mean', group='desk'), 's')
    >>> quantity("wait_men")
    Traceback (most recent call last):
    sim.staffing.pools.StaffingError: There is no measure wait_men. Did you mean wait_mean?
    """
    found = re.fullmatch(r"\s*([^\[\]\s]+)\s*(?:\[\s*([^\[\]]+?)\s*\])?\s*", said)
    key, group = (found[1], found[2] or "") if found else (said.strip(), "")
    if key not in MEASURES:
        what = _("There is no measure {name}.").format(name=key)
        close = near(key, list(MEASURES))
        raise StaffingError(joined([what, close if len(close) < 100 else _("See: nine-dragons list measures")]))
    return Quantity(key, "" if group == "all" else group)


class Shown(NamedTuple):
    """What replications show about a target (判定).

    Attributes
    ----------
    verdict : str
        `MET`, `MISSED` or `UNDECIDED`.
    mean : float
    bound : float
        One-sided confidence bound: the least (for "at least") or the most (for "at most") that the mean may be.
    n : int
        Replications that count.
    """

    verdict: str
    mean: float
    bound: float
    n: int


@dataclass(frozen=True)
class Target:
    """What a staffing shall reach (目标).

    Attributes
    ----------
    what : Quantity
    sign : int
        1: at least; -1: at most.
    value : float
        In the unit of the measure.
    """

    what: Quantity
    sign: int
    value: float

    @property
    def text(self) -> str:
        """In words, in the language in use."""
        return f"{self.what.title} {'≥' if self.sign > 0 else '≤'} {amount(self.value, self.what.unit)}"

    def margins(self, values: np.ndarray) -> np.ndarray:
        """By how much values are better than asked; negative where they are worse."""
        found: np.ndarray = self.sign * (np.asarray(values, float) - self.value)
        return found


def target(said: str | Target) -> Target:
    """A target from text (读取目标).

    Parameters
    ----------
    said : str
        `MEASURE >= VALUE` or `MEASURE <= VALUE`, with `[group]` behind the measure for one pool, category, ...  Times carry
        their unit, shares may be in percent.

    Raises
    ------
    StaffingError
        It is none.

    Examples
    --------
    >>> target("closing_rate >= 90%").value, target("wait_mean[pool:desk] <= 5 min").value
    (0.9, 300.0)
    """
    if isinstance(said, Target):
        return said
    found = _SAID.fullmatch(said.strip())
    if found is None:
        raise StaffingError(_("{said}: a target is needed, such as \"{one}\" or \"{two}\".").format(
            said=said, one="on_time_closing_rate >= 0.9", two="wait_mean[pool:desk] <= 5 min"))
    what = quantity(found["what"])
    return Target(what, _WORDS[found["sign"]], _read_value(said, found["value"].strip(), what.unit))


def _read_value(said: str, text: str, unit: str) -> float:
    if unit == "s":
        try:
            return float(TypeAdapter(Duration).validate_python(text if text != "0" else 0))
        except ValidationError:
            raise StaffingError(_("{said}: a time with its unit is needed, such as \"5 min\", \"2 h\" or \"3 days\".").format(
                said=said)) from None
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or (unit == "share" and not 0 <= value <= 1):
        rule = _("a share from 0 to 1, or a percentage") if unit == "share" else _("a number")
        raise StaffingError(_("{said}: {rule} is needed.").format(said=said, rule=rule))
    return value


def amount(value: float, unit: str) -> str:
    """A value with its unit as a person writes it.

    Examples
    --------
    >>> amount(0.9, "share"), amount(300.0, "s"), amount(93600.0, "s"), amount(12.0, "jobs")
    ('90%', '5 min', '26 h', '12 jobs')
    """
    if math.isnan(value):
        return "–"
    if unit == "share":
        return f"{100 * value:.4g}%"
    if unit == "s":
        size, word = next(((size, word) for size, word in ((172800, N_("days")), (3600, N_("h")), (60, N_("min")))
                           if abs(value) >= size), (1, N_("s")))
        return f"{value / min(size, 86400):.4g} {_(word)}"
    return f"{value:.4g} {_(unit)}"


def shown(target_: Target, values: Sequence[float] | np.ndarray, error: float) -> Shown:
    """Whether values show that a target is met, or that it is missed (判定是否达标).

    The mean over replications has a one-sided Student t bound.  `MET`: the bound on the bad side still meets the target; `MISSED`:
    the bound on the good side does not; either is wrong with a chance of at most `error`.

    Parameters
    ----------
    target_ : Target
    values : sequence of float
        One a replication.  NaN (nothing to measure) is left out.
    error : float, in (0, 0.5)

    Examples
    --------
    >>> goal = target("closing_rate >= 0.9")
    >>> [shown(goal, values, 0.05).verdict for values in ([0.95, 0.96, 0.94], [0.8, 0.82, 0.81], [0.85, 0.95, 0.92])]
    ['met', 'missed', 'not decided']
    """
    from scipy.special import stdtrit

    margins = target_.margins(np.asarray(values, float))
    margins = margins[~np.isnan(margins)]
    n = len(margins)
    if n == 0:
        return Shown(UNDECIDED, math.nan, math.nan, 0)
    mean = float(margins.mean())
    told = target_.value + target_.sign * mean
    if not math.isfinite(mean):
        return Shown(MET if mean > 0 else MISSED, told, told, n)
    if n == 1:
        return Shown(UNDECIDED, told, math.nan, 1)
    half = float(stdtrit(n - 1, 1 - error) * margins.std(ddof=1) / math.sqrt(n))
    verdict = MET if mean - half >= 0 else MISSED if mean + half < 0 else UNDECIDED
    return Shown(verdict, told, told - target_.sign * half, n)
