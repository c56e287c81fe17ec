"""Public holidays 法定节假日 and make-up workdays 调休: which days are off, and which weekends are worked in their place.

The dates of mainland China are announced each autumn for the year to come; 2024 to 2026 are built in, others can be written.
"""

from __future__ import annotations

import datetime
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

from sim.base import Block, Date, refuse
from sim.i18n import _

__all__ = ["CHINA", "CHINA_YEARS", "HOLIDAY", "MAKE_UP", "Holidays", "day_kinds"]

HOLIDAY, MAKE_UP = 1, 2
"""Kinds of days beside the usual ones (0): codes of `day_kinds`."""
CHINA_YEARS = (2024, 2026)
"""First and last year whose public holidays are built in."""


_Span = tuple[int, int, int, int]
_Day = tuple[int, int]

CHINA: dict[int, tuple[tuple[_Span, ...], tuple[_Day, ...]]] = {
    2024: (((1, 1, 1, 1), (2, 10, 2, 17), (4, 4, 4, 6), (5, 1, 5, 5), (6, 10, 6, 10), (9, 15, 9, 17), (10, 1, 10, 7)),
           ((2, 4), (2, 18), (4, 7), (4, 28), (5, 11), (9, 14), (9, 29), (10, 12))),
    2025: (((1, 1, 1, 1), (1, 28, 2, 4), (4, 4, 4, 6), (5, 1, 5, 5), (5, 31, 6, 2), (10, 1, 10, 8)),
           ((1, 26), (2, 8), (4, 27), (9, 28), (10, 11))),
    2026: (((1, 1, 1, 3), (2, 15, 2, 23), (4, 4, 4, 6), (5, 1, 5, 5), (6, 19, 6, 21), (9, 25, 9, 27), (10, 1, 10, 7)),
           ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10))),
}
"""By year, public holidays (first and last: month, day, month, day) and make-up workdays (month, day): the yearly notices of the
State Council's General Office 国务院办公厅关于部分节假日安排的通知 (国办发明电 2023 No. 7, 2024 No. 12, 2025 No. 7)."""


def _date_span(value: Any) -> Any:
    """First and last day from "2025-01-28 to 2025-02-04" or a single date."""
    if isinstance(value, tuple | list) and len(value) == 2 and all(isinstance(day, datetime.date) for day in value):
        return tuple(value)
    parts = value.split(" to ") if isinstance(value, str) else [value]
    try:
        days = [part if isinstance(part, datetime.date) else datetime.date.fromisoformat(part.strip()) for part in parts]
    except (AttributeError, ValueError):
        days = []
    if len(days) not in (1, 2) or days[0] > days[-1] or (days[-1] - days[0]).days > 366:
        refuse(_('a date or a span of dates is needed, such as 2025-10-01 or "2025-10-01 to 2025-10-08"'))
    return days[0], days[-1]


def _date_span_text(days: tuple[datetime.date, datetime.date]) -> str:
    return str(days[0]) if days[0] == days[1] else f"{days[0]} to {days[1]}"


DateSpan = Annotated[tuple[datetime.date, datetime.date], BeforeValidator(_date_span),
                     PlainSerializer(_date_span_text, return_type=str, when_used="json"),
                     WithJsonSchema({"type": "string", "examples": ["2025-10-01", "2025-10-01 to 2025-10-08"]})]


class Holidays(Block):
    """Public holidays 法定节假日 written out, in place of the built-in ones."""

    holidays: tuple[DateSpan, ...] = ()
    """Days off: dates or spans of dates ("2025-10-01 to 2025-10-08")."""
    make_up: tuple[Date, ...] = ()
    """Make-up workdays 调休上班日: days worked like a weekday, though they fall on a weekend."""


def day_kinds(holidays: str | Holidays, start: datetime.date, days: int) -> np.ndarray:
    """Kind of each day: 0 usual, 1 public holiday, 2 make-up workday.

    Parameters
    ----------
    holidays : "china", "none" or Holidays
    start : date
        First day.
    days : int
        Number of days.

    Returns
    -------
    ndarray of int8, shape (days,)

    Examples
    --------
    >>> day_kinds("china", datetime.date(2025, 9, 27), 6).tolist()      # Saturday, make-up Sunday, Mon, Tue, National Day
    [0, 2, 0, 0, 1, 1]
    """
    kinds = np.zeros(days, np.int8)
    first = start.toordinal()

    def mark(low: datetime.date, high: datetime.date, kind: int) -> None:
        kinds[max(0, low.toordinal() - first):max(0, high.toordinal() - first + 1)] = kind

    if isinstance(holidays, Holidays):
        for low, high in holidays.holidays:
            mark(low, high, HOLIDAY)
        for day in holidays.make_up:
            mark(day, day, MAKE_UP)
    elif holidays == "china":
        for year, (spans, make_up) in CHINA.items():
            for month, first_day, last_month, last_day in spans:
                mark(datetime.date(year, month, first_day), datetime.date(year, last_month, last_day), HOLIDAY)
            for month, worked_day in make_up:
                mark(datetime.date(year, month, worked_day), datetime.date(year, month, worked_day), MAKE_UP)
    return kinds
