"""Settings as scales of a chart, and measures in a unit that reads well (图表刻度)."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.charts.text import number, percent, text_width
from sim.i18n import N_, _

__all__ = ["Scale", "Unit", "scale_of", "short", "unit_of"]

_QUANTITY = re.compile(r"\s*([-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(.*?)\s*")
_SPANS = ((86400.0, N_("d")), (3600.0, N_("h")), (60.0, N_("min")), (1.0, N_("s")))


@dataclass(frozen=True)
class Scale:
    """One setting as an axis of a chart.

    Attributes
    ----------
    path : str
        Dotted path of the setting.
    values : tuple
        Its values as written, in order: numbers from low to high, words as they come.
    numbers : tuple of float
        Where they stand; counted from 0 where they are no numbers of one unit.
    numeric, whole : bool
        Are they numbers, and whole ones?
    unit : str
        Unit of the numbers; empty where there is none.
    """

    path: str
    values: tuple[Any, ...]
    numbers: tuple[float, ...]
    numeric: bool
    whole: bool
    unit: str

    @property
    def ticks(self) -> list[str]:
        """The values as text, without the unit that the axis names."""
        if self.numeric:
            return [number(value) for value in self.numbers]
        words = {True: "true", False: "false", None: "null"}
        return [words[value] if value is None or isinstance(value, bool) else str(value) for value in self.values]

    @property
    def last(self) -> str:
        """The last steps of the path, enough to know it again."""
        return ".".join(self.path.split(".")[-2:])

    @property
    def label(self) -> str:
        """Path and unit."""
        return f"{self.path} ({self.unit})" if self.unit else self.path

    def place(self, value: Any) -> int:
        """Which of the values it is."""
        return next(place for place, one in enumerate(self.values) if repr(one) == repr(value))

    def at(self, value: Any) -> float:
        """Where it stands."""
        return self.numbers[self.place(value)]


def scale_of(path: str, values: Sequence[Any]) -> Scale:
    """The scale of a setting, from all values that it takes.

    Examples
    --------
    >>> scale_of("run.horizon", ["20 days", "3 days", "20 days"]).numbers
    (3.0, 20.0)
    >>> scale_of("organisation.centres.mode", ["separate", "merged"]).ticks
    ['separate', 'merged']
    """
    found = list({repr(value): value for value in (one.item() if isinstance(one, np.generic) else one for one in values)}.values())
    read = [_QUANTITY.fullmatch(str(value)) if not isinstance(value, bool) and value is not None else None for value in found]
    units = {match[2] for match in read if match}
    if all(read) and len(units) == 1 and not units & {":"}:
        pairs = sorted(((float(match[1]), value) for match, value in zip(read, found, strict=True) if match), key=lambda pair: pair[0])
        numbers = tuple(pair[0] for pair in pairs)
        return Scale(path, tuple(pair[1] for pair in pairs), numbers, True, all(one == int(one) for one in numbers), units.pop())
    return Scale(path, tuple(found), tuple(map(float, range(len(found)))), False, False, "")


@dataclass(frozen=True)
class Unit:
    """How values of a measure are written.

    Attributes
    ----------
    size : float
        What one of this unit is in the measure's own.
    name : str
        As an axis says it; empty where there is none.
    share : bool
        In per cent.
    """

    size: float
    name: str
    share: bool = False

    def text(self, value: float, signed: bool = False) -> str:
        """A value in this unit, without its name.

        Examples
        --------
        >>> Unit(60.0, "min").text(90.0), Unit(1.0, "", True).text(-0.25), Unit(1.0, "").text(2.0, signed=True)
        ('1.5', '−25%', '+2')
        """
        if math.isinf(value):
            return "∞"
        text = percent(value) if self.share else number(value / self.size)
        return "+" + text if signed and value > 0 else text


def unit_of(unit: str, values: np.ndarray) -> Unit:
    """A unit that reads well for values of a measure; times in the largest that the largest fills twice.

    Examples
    --------
    >>> unit_of("s", np.array([100.0, 9000.0])).name, unit_of("share", np.array([0.5])).share
    ('h', True)
    """
    if unit == "share":
        return Unit(1.0, "", True)
    if unit != "s":
        return Unit(1.0, "" if unit in ("", "1") else _(unit))
    top = max((abs(value) for value in np.ravel(values) if math.isfinite(value)), default=0.0)
    size, name = next((span for span in _SPANS if top >= 2 * span[0]), _SPANS[-1])
    return Unit(size, _(name))


def short(path: str, width: float, size: float) -> str:
    """A dotted path that fits: leading steps give way to "…".

    Examples
    --------
    >>> short("issues.categories.noise.visible", 1.2, 9.0)
    '…noise.visible'
    """
    steps = path.split(".")
    said = path
    while text_width(said, size) > width and len(steps) > 1:
        steps = steps[1:]
        said = "…" + ".".join(steps)
    return said
