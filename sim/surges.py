"""Surges 突发高峰: a typhoon, an epidemic, a festival.  From a day on there is more of some categories, and the wave ebbs away.

On its first days a surge stands at its full height; from then on what it adds is halved again and again.  More demand adds issues
and moves none, so both sides of a comparison meet the same wave, and without the surge the same days.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from sim.base import Block, Date, Key, NonNegativeFloat, PositiveDuration, Title
from sim.i18n import _

__all__ = ["DAY", "PRESETS", "Surge", "faults", "first_day", "surging"]

DAY = 86_400
Factor = Annotated[NonNegativeFloat, Field(le=1000)]
"""Factor on a rate, 0 to 1000; 1 changes nothing."""


class Surge(Block):
    """A surge 高峰: it multiplies the rates of categories from a day on, and fades."""

    title: Title | None = None
    """Name in English and Chinese; left out: its key."""
    on: bool = True
    """Whether it happens."""
    start: Date | None = None
    """The first day; left out: the day on which a third of the measured time is over."""
    days: Annotated[int, Field(ge=1, le=366)] = 1
    """Days at full height, 1 to 366."""
    half_life: PositiveDuration = 172_800.0
    """After these days, the time in which what the surge adds falls to half.  Assumption: 2 days."""
    factor: Factor = 1.0
    """Factor on the rate of every category that is not named in `categories`, at full height, 0 to 1000."""
    categories: dict[Key, Factor] = Field(default_factory=dict)
    """Factors on the rates of single categories, at full height, 0 to 1000."""
    consultations: Factor = 1.0
    """Factor on the rate of all consultations, at full height, 0 to 1000."""


def _value(value: Any, low: Any, high: Any, source: str) -> dict[str, Any]:
    return {"value": value, "range": [low, high], "source": source}


_FITOW = "assumption; Shanghai's water bureau on the day of typhoon Fitow, 2013: 16.65 times its usual tickets"
_LINE = "assumption; a hotline during an epidemic: 3 times its usual calls"
_GUESS = "assumption"

PRESETS: dict[str, dict[str, Any]] = {
    "typhoon": {
        "title": {"en": "typhoon", "zh": "台风"}, "days": 1, "half_life": _value("2 days", "1 day", "4 days", _GUESS),
        "factor": _value(3.0, 1.5, 5.0, _GUESS), "consultations": _value(3.0, 1.5, 5.0, _GUESS),
        "categories": {**{key: _value(15.0, 8.0, 20.0, _FITOW) for key in ("greening_water", "drainage", "trees")},
                       **{key: _value(6.0, 3.0, 10.0, _GUESS) for key in ("facilities", "safety")}}},
    "epidemic": {
        "title": {"en": "epidemic", "zh": "疫情"}, "days": 14, "half_life": _value("10 days", "5 days", "21 days", _GUESS),
        "factor": _value(1.0, 0.7, 1.5, _GUESS), "consultations": _value(3.0, 2.0, 5.0, _LINE),
        "categories": {**{key: _value(3.0, 2.0, 5.0, _LINE) for key in ("livelihood", "disputes", "estate")},
                       **{key: _value(0.5, 0.3, 1.0, _GUESS) for key in ("street_order", "parking")}}},
    "festival": {
        "title": {"en": "festival", "zh": "节庆"}, "days": 7, "half_life": _value("12 h", "6 h", "1 day", _GUESS),
        "factor": _value(1.2, 1.0, 1.5, _GUESS), "consultations": _value(1.0, 0.7, 1.5, _GUESS),
        "categories": {key: _value(2.5, 1.5, 4.0, _GUESS) for key in ("street_order", "parking", "environment", "noise")}}}
"""Surges that need not be written, as a file would hold them; categories that a scenario does not have are passed over."""


def surging(scenario: Any) -> list[Surge]:
    """The surges of a scenario that happen, in the order of their keys."""
    return [surge for _key, surge in sorted(scenario.surges.items()) if surge.on]


def first_day(surge: Surge, run: Any) -> int:
    """The first day of a surge, counted from 0 at the run's start; its own, or where a third of the measured time is over.

    Examples
    --------
    >>> from sim.scenario import RunSettings
    >>> run = RunSettings(start="2025-01-01", warm_up="10 days", horizon="30 days")
    >>> first_day(Surge(), run), first_day(Surge(start="2025-02-01"), run)
    (20, 31)
    """
    if surge.start is not None:
        return (surge.start - run.start).days
    return int((run.warm_up + run.horizon / 3) // DAY)


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in the surges of a scenario: (path, value, rule, candidates)."""
    if scenario.city is None:
        return
    run, known = scenario.run, tuple(scenario.issues.categories)
    last = run.start + datetime.timedelta(seconds=min(run.warm_up + run.horizon + run.run_out, 68 * 366 * DAY))
    for key, surge in scenario.surges.items():
        for name in surge.categories:
            if name not in known:
                yield (f"surges.{key}.categories.{name}", surge.categories[name],
                       _("there is no such category in issues.categories"), known)
        if surge.start is not None and not run.start <= surge.start <= last:
            rule = _("the surge must begin within the run, from {first} to {last}")
            yield f"surges.{key}.start", surge.start.isoformat(), rule.format(first=run.start, last=last), ()
