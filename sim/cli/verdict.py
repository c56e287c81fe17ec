"""The verdict on a terminal: who stands against whom, and measure by measure which of them does better."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.cli import screen
from sim.i18n import N_, _, joined, ngettext
from sim.report.headlines import HEADLINES, WHERE_ANY, chosen
from sim.statistics import BETTER, HIGHER, LOWER, WORSE

if TYPE_CHECKING:
    from sim.results import Comparison, Result

__all__ = ["HEADLINES", "Shown", "answer", "print_comparison", "print_result"]

ANSWERS = (
    ("time_to_resolution_p50", N_("Half of all issues are truly resolved within {here} rather than {there}."),
     N_("The time within which half of all issues are truly resolved is not distinguishable.")),
    ("sojourn_mean", N_("A customer spends {here} in the system rather than {there} (mean)."),
     N_("The mean time that a customer spends in the system is not distinguishable.")),
)
"""The measure that answers a planner first, of a city and of a bare system, and what is said of it."""

SPANS = ((86400.0, N_("d")), (3600.0, N_("h")), (60.0, N_("min")), (1.0, N_("s")))


def print_comparison(result: Comparison) -> None:
    """Print heads, pay, issues and the verdict table of every compared scenario."""
    _print_sides(result.results)
    if result.issues_identical:
        print(_("Issues: identical on every side, one by one, in all {number} replications.").format(
            number=result.facts.replications))
    else:
        print(_("Caution: the issues are not the same on all sides, so a difference is not due to the organisation alone."))
    if not result.staff_equal:
        print(_("Caution: heads or pay are not the same on all sides, so a difference is not due to the organisation alone."))
    table = result.verdicts
    for side in result.results[1:]:
        rows = there(table[table["scenario"] == side.name].to_dict("records"))
        _print_verdicts(result.base, side, rows)
        if result.facts.replications > 1:
            print()
            screen.text(answer(side.title, rows, alone=result.issues_identical and result.staff_equal))
    print()
    if result.facts.replications < 2:
        print(_("One replication has no interval; take at least two for a verdict."))
    else:
        said = _("Means with 95% intervals over {number} replications; differences are paired, replication by replication.")
        print(said.format(number=result.facts.replications))
        print(_("Not distinguishable: the interval of the difference holds 0."))


def print_result(result: Result) -> None:
    """Print heads, pay and the measures of one scenario."""
    _print_sides([result])
    from sim.measures import MEASURES

    summary = result.summary
    rows = {row["measure"]: row for row in there(summary[summary["group"] == "all"].to_dict("records"))}
    cells = [_pair(MEASURES[key].title, row) for key in chosen(list(rows)) if (row := rows[key])]
    screen.table([_("Measure"), result.title, _("95% interval")], cells, right=(1, 2))
    print()
    print(ngettext("{number} replication.", "{number} replications.", result.facts.replications).format(
        number=result.facts.replications))


def there(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The rows without those of `WHERE_ANY` that are 0 on every side.

    Examples
    --------
    >>> [row["measure"] for row in there([{"measure": "surge_height", "mean": 0.0}, {"measure": "backlog", "mean": 0.0}])]
    ['backlog']
    """
    return [row for row in rows if row["measure"] not in WHERE_ANY or row["mean"] or row.get("base_mean")]


def answer(title: str, rows: Sequence[dict[str, Any]], alone: bool = True) -> str:
    r"""What the verdicts of one side come to, in a sentence or two that claim no more than they do.

    Parameters
    ----------
    title : str
        Of the side that is compared with the base.
    rows : sequence of dict
        Its rows of `Comparison.verdicts`.
    alone : bool
        Whether the sides had the same issues, heads and pay, so that only the organisation differs.

    Examples
    --------
    >>> row = {"measure": "sojourn_mean", "unit": "s", "base_mean": 90.0, "mean": 60.0, "verdict": "better"}
    >>> print(answer("One queue", [row]).replace(". ", ".\n"))
    One queue does better in 1 of 1 measures and worse in 0 (not distinguishable: 0; higher or lower, but neither better nor worse: 0).
    A customer spends 60.0 s in the system rather than 90.0 s (mean).
    """
    by_key = {row["measure"]: row for row in rows}
    said = [by_key[key]["verdict"] for key in chosen(list(by_key))]
    better, worse, neutral = said.count(BETTER), said.count(WORSE), said.count(HIGHER) + said.count(LOWER)
    sentences = [_("{other} does better in {better} of {number} measures and worse in {worse} (not distinguishable: {same}; higher "
                   "or lower, but neither better nor worse: {neutral}).").format(
        other=title, better=better, number=len(said), worse=worse, same=len(said) - better - worse - neutral, neutral=neutral)]
    for key, clear, unclear in ANSWERS:
        row = by_key.get(key)
        if row is None:
            continue
        shown = Shown.of(row["unit"], row["base_mean"], row["mean"])
        here, there = shown.named(row["mean"]), shown.named(row["base_mean"])
        if row["verdict"] not in (BETTER, WORSE):
            sentences.append(_(unclear))
        elif here != there:
            sentences.append(_(clear).format(here=here, there=there))
    if not alone:
        sentences.append(_("Mind the caution above: this is not due to the organisation alone."))
    return joined(sentences)


def _print_sides(sides: Sequence[Result]) -> None:
    rows = [[side.title, f"{side.heads:,}", _("{pay} CNY").format(pay=f"{side.pay:,.2f}")] for side in sides]
    screen.heading(_("Organisations"))
    screen.table([_("Scenario"), _("Heads"), _("Pay in the measured period")], rows, right=(1, 2))
    print()


def _print_verdicts(base: Result, side: Result, rows: list[dict[str, Any]]) -> None:
    by_key = {row["measure"]: row for row in rows}
    cells, styles = [], []
    for key in chosen(list(by_key)):
        row = by_key[key]
        shown = Shown.of(row["unit"], row["base_mean"], row["mean"])
        cells.append([
            shown.headed(row["title"]),
            shown.interval(row["base_mean"], row["base_low"], row["base_high"]),
            shown.interval(row["mean"], row["low"], row["high"]),
            shown.interval(row["difference"], row["difference_low"], row["difference_high"], sign=True),
            _(row["verdict"]),
        ])
        styles.append({BETTER: "green", WORSE: "red"}.get(row["verdict"], ""))
    screen.heading(_("{other} against {base}").format(other=side.title, base=base.title))
    screen.table([_("Measure"), base.title, side.title, _("Difference"), _("Verdict")], cells, right=(1, 2, 3), styles=styles)


def _pair(title: str, row: dict[str, Any]) -> list[str]:
    shown = Shown.of(row["unit"], row["mean"])
    low, high = row["low"], row["high"]
    if row["unit"] == "share":
        low, high = max(0.0, low), min(1.0, high)
    ends = "–" if math.isnan(row["low"]) else f"{shown.amount(low)} … {shown.amount(high)}"
    return [shown.headed(title), shown.amount(row["mean"]), ends]


class Shown(NamedTuple):
    """How the values of a row are shown: in which unit, and how many of the measure's own unit that is.

    Shares are shown in %, and their differences in percentage points; times in the largest unit that both sides together fill.

    Examples
    --------
    >>> share, time = Shown.of("share"), Shown.of("s", 7200.0, 90000.0)
    >>> share.amount(0.1234), share.amount(-0.05, sign=True), share.interval(0.8, 0.79, 0.81)
    ('12.3%', '-5.0 pp', '80.0% ±1.0')
    >>> time.headed("Wait"), time.amount(7200.0), time.interval(7200.0, 7000.0, 7400.0)
    ('Wait (h)', '2.0', '2.0 ±0.1')
    >>> time.amount(float("nan")), time.amount(float("inf"))
    ('–', 'not reached')
    """

    unit: str
    size: float

    @classmethod
    def of(cls, unit: str, *values: float) -> Shown:
        """The way that suits these values."""
        if unit == "share":
            return cls(unit, 0.01)
        if unit != "s":
            return cls(unit, 1.0)
        largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
        return next((cls(name, size) for size, name in SPANS if largest >= 2 * size), cls(SPANS[-1][1], SPANS[-1][0]))

    def headed(self, title: str) -> str:
        """Title of a row with the unit of its values."""
        return title if self.unit in ("share", "", "1") else _("{title} ({unit})").format(title=title, unit=_(self.unit))

    def amount(self, value: float, sign: bool = False) -> str:
        """A value, or a difference with its sign."""
        if math.isnan(value):
            return "–"
        if math.isinf(value):
            return _("not reached")
        if self.unit == "share":
            return f"{100 * value:{'+' if sign else ''}.1f}" + (" " + _("pp") if sign else "%")
        return _digits(value / self.size, sign)

    def named(self, value: float) -> str:
        """A value with its unit behind it.

        Examples
        --------
        >>> Shown.of("s", 7200.0).named(7200.0), Shown.of("share").named(0.5)
        ('2.0 h', '50.0%')
        """
        plain = self.unit in ("share", "", "1") or not math.isfinite(value)
        return self.amount(value) if plain else f"{self.amount(value)} {_(self.unit)}"

    def interval(self, mean: float, low: float, high: float, sign: bool = False) -> str:
        """A mean with half the width of its interval, where it has one."""
        half = (high - low) / 2 / self.size
        if not math.isfinite(mean) or not math.isfinite(half):
            return self.amount(mean, sign)
        return f"{self.amount(mean, sign)} ±{self._half(half, mean)}"

    def _half(self, half: float, mean: float) -> str:
        """Half-width with as many digits behind the point as the mean has, and more where it would read 0."""
        decimals = 1 if self.unit == "share" else len(_digits(mean / self.size, sign=False).partition(".")[2])
        while 0 < half < 0.5 * 10.0 ** -decimals and decimals < 4:
            decimals += 1
        return f"{half:,.{decimals}f}"


def _digits(value: float, sign: bool) -> str:
    """About three digits that count."""
    plus = "+" if sign else ""
    if value == 0:
        return "0"
    size = abs(value)
    decimals = 0 if size >= 100 else 1 if size >= 1 else min(2 - math.floor(math.log10(size)), 4)
    return f"{value:{plus},.{decimals}f}"
