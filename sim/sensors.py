"""Sensors 智能感知: cameras, electronic fences, thermal imaging.  Alarms reach a desk; some of them are false.

The equipment stands in the city and is the same for every organisation: what each kind sees, how soon, how often it is right.  The
organisation says who watches it: every owner its own system in office hours, or one centre all of it day and night.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from sim.base import Block, Duration, Key, Probability, Title
from sim.calendars import finish
from sim.compiling import inlined
from sim.i18n import _

__all__ = ["NO_SENSOR", "SensorKind", "Sensors", "alarm_seconds", "chances", "faults", "is_dismissed", "noticed_at", "which_sensor"]


class SensorKind(Block):
    """A kind of sensor 感知设备, all devices of the city together."""

    title: Title
    """Name in English and Chinese."""
    sees: dict[Key, Probability] = Field(default_factory=dict)
    """Chance that it detects an issue of a category, by key of issues.categories, 0 to 1."""
    delay: Duration = 600.0
    """Mean time from the issue's occurrence to the alarm, s (exponential).  Assumption."""
    precision: Annotated[float, Field(gt=0, le=1)] = 0.85
    """Share of its alarms that are true, above 0 to 1.  Chizhou: 0.81, with 0.90 as the aim."""
    owner: Key | None = None
    """The centre that owns it while sensors are separate: a key of centres.subjects; it looks at alarms on its own categories only.
    Left out: nobody's in particular, and all of its alarms are looked at."""


class Sensors(Block):
    """Switch: who watches the sensors 感知平台.  Off: nobody.  Group: information."""

    on: bool = False
    """Whether anybody watches them."""
    mode: Literal["separate", "merged"] = "separate"
    """`separate`: every owner its own system, for its own categories; `merged`: one platform for all that can be seen."""
    hours: Literal["office", "always"] = "office"
    """`office`: alarms outside the hours of calendars.office are found when they begin; `always`: day and night."""
    recognised: Probability = 0.5
    """Chance that the clerk sees from the picture that an alarm is false, 0 to 1; otherwise somebody is sent.  Assumption."""


def chances(scenario: Any) -> np.ndarray:
    """Chance that a kind of sensor, where somebody watches it, detects an issue of a category.

    Returns
    -------
    ndarray of float, shape (categories, kinds)
        Kinds in the order of their keys; without any where nobody watches.
    """
    watch, kinds = scenario.organisation.sensors, scenario.sensors
    categories = scenario.issues.categories
    if not watch.on or not kinds:
        return np.zeros((len(categories), 0))
    separate = watch.mode == "separate"
    return np.array([[0.0 if separate and kind.owner is not None and kind.owner != one.subject else kind.sees.get(key, 0.0)
                      for kind in kinds.values()] for key, one in categories.items()])


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in the sensors of a scenario: (path, value, rule, candidates)."""
    if scenario.city is None:
        return
    categories, subjects = tuple(scenario.issues.categories), tuple(scenario.centres.subjects)
    for key, kind in scenario.sensors.items():
        for name in kind.sees:
            if name not in categories:
                yield f"sensors.{key}.sees.{name}", kind.sees[name], _("there is no such category in issues.categories"), categories
        if kind.owner is not None and kind.owner not in subjects:
            yield f"sensors.{key}.owner", kind.owner, _("there is no such centre in centres.subjects"), subjects


# --- rules ----------------------------------------------------------------------------------------------------------------

NO_SENSOR = -1


@inlined
def which_sensor(u: float, reached: Any) -> int:
    """The kind of sensor that detects an issue, the first in order where several would; NO_SENSOR where none does.

    Parameters
    ----------
    u : float
        Luck, uniform in (0, 1).
    reached : sequence of float
        Chance that it is detected by this kind or one before it.

    Examples
    --------
    >>> [which_sensor(u, [0.2, 0.5]) for u in (0.1, 0.4, 0.6)]
    [0, 1, -1]
    """
    for kind in range(len(reached)):
        if u < reached[kind]:
            return kind
    return NO_SENSOR


@inlined
def alarm_seconds(mean: float, luck: float) -> int:
    """Time from an issue's occurrence to a sensor's alarm (s); `luck` is exponential with mean 1.

    Examples
    --------
    >>> alarm_seconds(600.0, 0.5)
    300
    """
    return int(mean * luck + 0.5)


@inlined
def noticed_at(first: Any, start: Any, end: Any, done: Any, calendar: int, now: int) -> int:
    """When an alarm of this second reaches a desk: at once day and night (calendar -1), else when the office is open.

    Examples
    --------
    >>> [noticed_at([0, 2], [10, 30], [20, 40], [0, 10], 0, now) for now in (5, 10, 19, 20)], noticed_at([], [], [], [], -1, 5)
    ([10, 10, 19, 30], 5)
    """
    return now if calendar < 0 else finish(first, start, end, done, calendar, now, 1) - 1


@inlined
def is_dismissed(u: float, recognised: float) -> bool:
    """Whether the clerk sees that an alarm is false.

    Examples
    --------
    >>> is_dismissed(0.4, 0.5), is_dismissed(0.6, 0.5)
    (True, False)
    """
    return u < recognised
