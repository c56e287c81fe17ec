"""Numbers as a report prints them: one unit and so many digits a row, the same for means, differences and intervals (数值格式).

A number is printed as it stands in the CSV files, rounded; nothing is computed anew, so that whoever looks it up finds it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from sim.i18n import N_, _

__all__ = ["NONE", "Shown", "plain", "shown"]

NONE = "–"
MOST_DIGITS = 6
_SPANS = ((86400.0, N_("d")), (3600.0, N_("h")), (60.0, N_("min")), (1.0, N_("s")))
_WITHOUT = ("", "1")


@dataclass(frozen=True)
class Shown:
    """How the numbers of a row are printed (数值显示方式).

    Attributes
    ----------
    unit : str
        In words, in the language of the report; empty where there is none.
    size : float
        How many of the measure's own unit that is.
    digits : int
        Digits behind the point.
    points : str
        Unit of a difference.

    Examples
    --------
    >>> share = shown("share", 0.8123, 0.7, difference=(0.1123, 0.1, 0.1246))
    >>> share.text(0.8123), share.gap(0.1123), share.between(0.1, 0.1246)
    ('81.2%', '+11.2 pp', '+10.0 to +12.5')
    >>> time = shown("s", 7200.0, 90000.0)
    >>> time.text(7200.0), time.number(7200.0), time.text(float("inf"))
    ('2.0 h', '2.0', 'not reached')
    """

    unit: str
    size: float
    digits: int
    points: str

    def value(self, value: float) -> float | None:
        """The number in the printed unit; None where there is none that could be printed."""
        return value / self.size if math.isfinite(value) else None

    def number(self, value: float, *, signed: bool = False) -> str:
        """The number alone."""
        if math.isnan(value):
            return NONE
        if math.isinf(value):
            return _("not reached")
        return plain(value / self.size, self.digits, signed=signed)

    def text(self, value: float) -> str:
        """A mean with its unit."""
        return self._with(self.number(value), self.unit) if math.isfinite(value) else self.number(value)

    def gap(self, value: float) -> str:
        """A difference with its sign and unit."""
        return self._with(self.number(value, signed=True), self.points) if math.isfinite(value) else self.number(value)

    def between(self, low: float, high: float, *, signed: bool = True) -> str:
        """Both ends of an interval, without the unit; empty where there is none."""
        if not (math.isfinite(low) and math.isfinite(high)):
            return ""
        return _("{low} to {high}").format(low=self.number(low, signed=signed), high=self.number(high, signed=signed))

    @staticmethod
    def _with(number: str, unit: str) -> str:
        return f"{number}{unit}" if unit == "%" else f"{number} {unit}" if unit else number


def shown(unit: str, *values: float, difference: tuple[float, ...] = ()) -> Shown:
    """The way that suits these values: shares in %, times in the largest unit that they fill twice, about three digits that count.

    Parameters
    ----------
    unit : str
        Of the measure.
    *values : float
        Means, in that unit.
    difference : tuple of float
        A difference and the ends of its interval.  There are so many digits that none of them reads 0 unless it is, that an interval
        that leaves out 0 is seen to, and that both its ends do not read the same.
    """
    finite = [abs(value) for value in values if math.isfinite(value)]
    largest = max(finite, default=max((abs(value) for value in difference if math.isfinite(value)), default=0.0))
    name, size = unit, 1.0
    if unit == "share":
        name, size = "%", 0.01
    elif unit == "s":
        name, size = next(((word, span) for span, word in _SPANS if largest >= 2 * span), (_SPANS[-1][1], 1.0))
    digits = _digits(largest / size, 1 if unit == "share" else 0)
    for value in difference:
        while math.isfinite(value) and value and digits < MOST_DIGITS and float(f"{value / size:.{digits}f}") == 0:
            digits += 1
    while len(difference) == 3 and digits < MOST_DIGITS and _as_one(difference[1] / size, difference[2] / size, digits):
        digits += 1
    word = "" if unit in _WITHOUT else name if name == "%" else _(name)
    return Shown(word, size, digits, _("pp") if unit == "share" else word)


def _as_one(low: float, high: float, digits: int) -> bool:
    """Whether the ends of an interval that has some width would read the same."""
    return math.isfinite(low) and math.isfinite(high) and high - low > 1e-9 * abs(high) and f"{low:.{digits}f}" == f"{high:.{digits}f}"


def _digits(size: float, least: int) -> int:
    if size == 0 or size >= 100:
        return least
    return max(least, 1 if size >= 1 else min(2 - math.floor(math.log10(size)), 4))


def plain(value: float, digits: int, *, signed: bool = False) -> str:
    """A number with thousands separated and a real minus sign.

    Examples
    --------
    >>> plain(-1234.56, 1), plain(0.04, 1, signed=True), plain(2.0, 0, signed=True)
    ('−1,234.6', '0.0', '+2')
    """
    rounded = float(f"{value:.{digits}f}")
    return f"{rounded:{'+' if signed and rounded else ''},.{digits}f}".replace("-", "−") if rounded else f"{0:.{digits}f}"
