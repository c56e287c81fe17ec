"""Calendars 日历: shifts, public holidays with their make-up workdays 调休, working time W(t) and its inverse.

A shift 班次 is a weekly pattern of hours.  A public holiday takes the shift off (unless it works through holidays, as night and
24-hour desks do); a make-up workday 调休上班日 gives it the hours of a working day, though it falls on a weekend.  `build` lays
every shift out over the whole run as disjoint intervals; from then on working time is a matter of looking up an interval:

    W(t)            working seconds in [0, t)
    finish(t, w)    the second at which w working seconds after t are done: the smallest u >= t with W(u) - W(t) = w

The scalar functions take plain numbers and indexable sequences (lists or arrays), so that any engine can call or compile them.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import BeforeValidator, Field, PlainSerializer, WithJsonSchema

from sim.base import Block, Key, refuse
from sim.compiling import inlined
from sim.holidays import CHINA_YEARS, HOLIDAY, MAKE_UP, Holidays, day_kinds
from sim.i18n import _
from sim.tables import CalendarTables
from sim.timeline import NEVER
from sim.units import DAY, HOUR, MINUTE

__all__ = ["ALWAYS", "OFFICE", "Calendars", "Holidays", "Shift", "ShiftEnd", "build", "faults", "finish", "finish_many",
           "known_shift", "shift_of", "unknown_shift", "within_terms", "worked", "worked_many"]

WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
ALWAYS = "always"
"""Built-in shift: day and night, every day."""
OFFICE = "office"
"""Built-in shift: Monday to Friday 08:30-12:00 and 13:30-18:00, off on holidays, on on make-up days."""
ShiftEnd = Literal["rest", "overtime", "hand_over"]
"""What becomes of an unfinished job at the shift's end: it waits for its member's next shift, is finished now, or goes to
whoever is on."""
# --- settings -------------------------------------------------------------------------------------------------------------

def _days(value: Any) -> Any:
    """Numbers of weekdays, Monday 0, from "all", "Mon-Sat", "Sat" or a list of these."""
    if isinstance(value, tuple | list) and value and all(type(day) is int and 0 <= day < len(WEEKDAYS) for day in value):
        return tuple(value)
    chosen: set[int] = set()
    for part in (value if isinstance(value, tuple | list) else [value]):
        ends = str(part).split("-")
        if part == "all":
            chosen |= set(range(7))
        elif isinstance(part, str) and len(ends) <= 2 and all(end in WEEKDAYS for end in ends):
            first, last = WEEKDAYS.index(ends[0]), WEEKDAYS.index(ends[-1])
            chosen |= {(first + i) % 7 for i in range((last - first) % 7 + 1)}
        else:
            chosen.clear()
            break
    if not chosen:
        refuse(_('weekdays are needed, such as "Mon-Fri", "all", [Mon, Wed]; an empty shift is refused'))
    return tuple(sorted(chosen))


def _days_text(days: tuple[int, ...]) -> Any:
    if len(days) == 7:
        return "all"
    if len(days) > 1 and days == tuple(range(days[0], days[-1] + 1)):
        return f"{WEEKDAYS[days[0]]}-{WEEKDAYS[days[-1]]}"
    return [WEEKDAYS[day] for day in days]


_HOURS = re.compile(r"(\d{1,2}):(\d\d)\s*-\s*(\d{1,2}):(\d\d)")


def _hours(value: Any) -> Any:
    """Spans of seconds since midnight from "08:00-12:00"; one that ends at or before its start runs into the next day."""
    if isinstance(value, tuple | list) and value and all(isinstance(span, tuple | list) for span in value):
        return tuple(tuple(span) for span in value)
    spans: list[tuple[int, int]] = []
    for part in (value if isinstance(value, tuple | list) else [value]):
        found = _HOURS.fullmatch(part.strip()) if isinstance(part, str) else None
        if not found:
            spans = []
            break
        start, end = (int(found[i]) * HOUR + int(found[i + 1]) * MINUTE for i in (1, 3))
        if start >= DAY or end > DAY or int(found[2]) > 59 or int(found[4]) > 59 or start == end:
            spans = []
            break
        spans.append((start, end if end > start else end + DAY))
    if not spans:
        refuse(_('hours are needed, such as ["08:00-12:00", "14:00-18:00"], "20:00-06:00" or "00:00-24:00"; '
                 'an empty shift is refused'))
    return tuple(sorted(spans))


def _clock(second: int) -> str:
    second = second if second <= DAY else second - DAY
    return f"{second // HOUR:02}:{second % HOUR // MINUTE:02}"


def _hours_text(spans: tuple[tuple[int, int], ...]) -> list[str]:
    return [f"{_clock(start)}-{_clock(end)}" for start, end in spans]


Days = Annotated[tuple[int, ...], BeforeValidator(_days), PlainSerializer(_days_text, when_used="json"),
                 WithJsonSchema({"type": ["string", "array"], "examples": ["Mon-Sat", "all", ["Mon", "Wed"]]})]
Hours = Annotated[tuple[tuple[int, int], ...], BeforeValidator(_hours), PlainSerializer(_hours_text, when_used="json"),
                  WithJsonSchema({"type": ["string", "array"], "examples": [["08:00-12:00", "14:00-18:00"]]})]
class Shift(Block):
    """A shift 班次: when those who are in it work.

    Examples
    --------
    >>> Shift(days="Mon-Sat", hours=["08:00-12:00", "14:00-18:00"]).model_dump(mode="json")
    {'days': 'Mon-Sat', 'hours': ['08:00-12:00', '14:00-18:00'], 'holidays': 'rest'}
    """

    days: Days
    """Days of the week on which it starts: "Mon-Sat", "all", [Mon, Wed]."""
    hours: Hours
    """Hours of the day, one or more spans; one that ends at or before its start runs past midnight into the next day."""
    holidays: Literal["rest", "work"] = "rest"
    """`rest`: off on public holidays, on on make-up workdays (a shift of weekend days only stays off then); `work`: the weekly
    pattern all year, as for night duty and 24-hour desks."""


class Calendars(Block):
    """Calendars 日历: public holidays and shifts."""

    holidays: Literal["china", "none"] | Holidays = "china"
    """`china`: the public holidays and make-up workdays of the State Council's notices (2024 to 2026 are built in); `none`; or
    written out as `{holidays: [...], make_up: [...]}`."""
    shifts: dict[Key, Shift] = Field(default_factory=dict)
    """Shifts by name.  `office` (Mon-Fri 08:30-12:00, 13:30-18:00) and `always` (day and night) are built in."""
    office: Key = OFFICE
    """Name of the shift whose working time counts for time limits in working hours and days 工作时限."""


_BUILT_IN = {OFFICE: ((0, 1, 2, 3, 4), ((30600, 43200), (48600, 64800)), "rest"),
             ALWAYS: ((0, 1, 2, 3, 4, 5, 6), ((0, DAY),), "work")}


def shift_of(calendars: Calendars, name: str) -> Shift:
    """The shift of that name, written or built in.

    Examples
    --------
    >>> shift_of(Calendars(), "office").days
    (0, 1, 2, 3, 4)
    """
    if name in calendars.shifts:
        return calendars.shifts[name]
    days, hours, holidays = _BUILT_IN[name]
    return Shift.model_validate({"days": days, "hours": hours, "holidays": holidays})


def known_shift(calendars: Calendars, name: str) -> bool:
    """Whether there is a shift of that name."""
    return name in calendars.shifts or name in _BUILT_IN


def unknown_shift(calendars: Calendars, path: str, name: str) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """A fault where `path` names a shift that does not exist."""
    if not known_shift(calendars, name):
        yield path, name, _("there is no such shift in calendars.shifts"), (*calendars.shifts, *_BUILT_IN)


# --- laying out -----------------------------------------------------------------------------------------------------------------

def _duty_days(shift: Shift, weekday: np.ndarray, kinds: np.ndarray) -> np.ndarray:
    """Whether the shift starts on each day."""
    on = np.isin(weekday, shift.days)
    if shift.holidays == "rest":
        on &= kinds != HOLIDAY
        make_up = kinds == MAKE_UP
        on = on | make_up if min(shift.days) < 5 else on & ~make_up
    return on


def _training(on: np.ndarray, days: float, cohort: int, cohorts: int) -> np.ndarray:
    """`on` without the cohort's training days, which are spread evenly over its working days."""
    working = np.flatnonzero(on)
    number = min(round(days * len(on) / 365), len(working))
    if number > 0:
        at = ((np.arange(number) + (cohort + 0.5) / cohorts) * len(working) / number).astype(int)
        on = on.copy()
        on[working[at]] = False
    return on


def _without(hours: np.ndarray, share: float, side: int) -> np.ndarray:
    """Hours of a day without the share that is lost at the beginning (side 0) or at the end (1) of each interval."""
    cut = np.floor((hours[:, 1] - hours[:, 0]) * share + 0.5).astype(np.int64)
    return np.column_stack([hours[:, 0] + cut * (side == 0), hours[:, 1] - cut * (side == 1)])


def build(calendars: Calendars, wanted: Sequence[tuple[str, int]], start: datetime.date, end: int, *, training_days: float = 0.0,
          cohorts: int = 2, lost: Sequence[tuple[float, int]] = ()) -> CalendarTables:
    """Work intervals over the seconds [0, end) of every calendar wanted.

    Parameters
    ----------
    calendars : Calendars
    wanted : sequence of (str, int)
        Shift and training cohort; cohort -1 trains never.
    start : date
        The day whose midnight is second 0.
    end : int
        Length of the run, s.
    training_days : float
        Working days a year that a member of a cohort spends in training 培训, spread evenly; cohorts train on different days.
    cohorts : int
        Number of cohorts.
    lost : sequence of (float, int)
        For each calendar the share of every working interval that is lost to other things, and whether at its beginning (0) or its
        end (1).  None is lost where left out.

    Returns
    -------
    CalendarTables
        One calendar for each wanted, in that order.

    Examples
    --------
    >>> tables = build(Calendars(), [("office", -1)], datetime.date(2025, 1, 1), 3 * DAY)     # Wednesday is New Year's Day
    >>> (tables.start // HOUR).tolist(), tables.worked.tolist()
    ([32, 37, 56, 61], [0, 12600, 28800, 41400])
    """
    days = -(-end // DAY) + 2
    weekday = (start.weekday() - 1 + np.arange(days)) % 7
    kinds = day_kinds(calendars.holidays, start - datetime.timedelta(days=1), days)
    first, starts, ends, done, keys = [0], [], [], [], []
    for (name, cohort), (share, side) in zip(wanted, lost or [(0.0, 0)] * len(wanted), strict=True):
        shift = shift_of(calendars, name)
        on = _duty_days(shift, weekday, kinds)
        if cohort >= 0:
            on = _training(on, training_days, cohort, cohorts)
        midnight = (np.flatnonzero(on).astype(np.int64) - 1) * DAY
        hours = _without(np.asarray(shift.hours, np.int64), share, side)
        low, high = _disjoint((midnight[:, None] + hours[:, 0]).ravel(), (midnight[:, None] + hours[:, 1]).ravel(), end)
        length = high - low
        first.append(first[-1] + len(low))
        starts.append(low)
        ends.append(high)
        done.append(np.cumsum(length) - length)
        keys.append((name if cohort < 0 else f"{name}~{cohort + 1}") + (f"-{'late' if side == 0 else 'early'}" if share else ""))
    none = [np.empty(0, np.int64)]
    joined = (np.concatenate(part or none) for part in (starts, ends, done))
    return CalendarTables(tuple(keys), np.asarray(first, np.int64), *joined)


def _disjoint(low: np.ndarray, high: np.ndarray, end: int) -> tuple[np.ndarray, np.ndarray]:
    """The union of intervals within [0, end), ascending; touching ones become one."""
    low, high = np.clip(low, 0, end), np.clip(high, 0, end)
    kept = np.argsort(low, kind="stable")
    kept = kept[low[kept] < high[kept]]
    low, high = low[kept], np.maximum.accumulate(high[kept]) if len(kept) else high[kept]
    begins = np.ones(len(low), bool)
    begins[1:] = low[1:] > high[:-1]
    return low[begins], np.concatenate([high[:-1][begins[1:]], high[-1:]])


# --- working time ---------------------------------------------------------------------------------------------------------

@inlined
def worked(first: Any, start: Any, end: Any, done: Any, c: int, t: int) -> int:
    """W(t): working seconds of calendar `c` in [0, t).

    `first`, `start`, `end`, `done` are `first`, `start`, `end`, `worked` of `CalendarTables`; `t` is a second, 0 or later.

    Examples
    --------
    >>> [worked([0, 2], [10, 30], [20, 40], [0, 10], 0, t) for t in (5, 15, 25, 35, 99)]
    [0, 5, 10, 15, 20]
    """
    low, high = first[c], first[c + 1]
    before = low
    while low < high:
        middle = (low + high) // 2
        if start[middle] <= t:
            low = middle + 1
        else:
            high = middle
    if low == before:
        return 0
    k = low - 1
    return done[k] + (t if t < end[k] else end[k]) - start[k]


@inlined
def finish(first: Any, start: Any, end: Any, done: Any, c: int, t: int, work: int) -> int:
    """W^-1: the second at which `work` working seconds of calendar `c` after `t` are done; NEVER if not within the run.

    With no work it is `t` itself, on duty or not.  Work that fills an interval ends at the interval's end.

    Examples
    --------
    >>> [finish([0, 2], [10, 30], [20, 40], [0, 10], 0, 15, work) for work in (0, 5, 6, 15, 16)]
    [15, 20, 31, 40, 2147483647]
    """
    if work <= 0:
        return t
    target = worked(first, start, end, done, c, t) + work
    low, high = first[c], first[c + 1]
    before = low
    while low < high:
        middle = (low + high) // 2
        if done[middle] < target:
            low = middle + 1
        else:
            high = middle
    if low == before:
        return NEVER
    k = low - 1
    second = start[k] + target - done[k]
    return second if second <= end[k] else NEVER


_WIDE = np.int64(2**40)


def worked_many(tables: CalendarTables, c: Any, t: Any) -> np.ndarray:
    """`worked` for arrays of calendars and seconds (broadcast together), int64.

    Examples
    --------
    >>> tables = build(Calendars(), [("always", -1), ("office", -1)], datetime.date(2025, 1, 2), DAY)
    >>> worked_many(tables, [0, 1], 9 * HOUR).tolist()
    [32400, 1800]
    """
    c, t = np.broadcast_arrays(np.asarray(c, np.int64), np.asarray(t, np.int64))
    owner = np.repeat(np.arange(len(tables.key)), np.diff(tables.first))
    k = np.searchsorted(owner * _WIDE + tables.start, c * _WIDE + t, side="right") - 1
    none = k < tables.first[c]
    if not len(tables.start):
        return np.zeros(c.shape, np.int64)
    k = np.where(none, 0, k)
    return np.where(none, 0, tables.worked[k] + np.minimum(t, tables.end[k]) - tables.start[k])


def within_terms(tables: CalendarTables, calendar: np.ndarray, begins: np.ndarray, until: np.ndarray, span: tuple[int, int]) -> np.ndarray:
    """Working seconds of members within a span of time, each from the second in which they begin until they leave (int64).

    Examples
    --------
    >>> tables = build(Calendars(), [("always", -1)], datetime.date(2025, 1, 2), DAY)
    >>> within_terms(tables, np.array([0, 0]), np.array([0, 3600]), np.array([7200, 9 * 10**8]), (0, 36000)).tolist()
    [7200, 32400]
    """
    low, high = (np.clip(times, *span) for times in (begins, until))
    return np.asarray(worked_many(tables, calendar, high) - worked_many(tables, calendar, low), np.int64)


def finish_many(tables: CalendarTables, c: Any, t: Any, work: Any) -> np.ndarray:
    """`finish` for arrays of calendars, seconds and work (broadcast together), int64.

    Examples
    --------
    >>> tables = build(Calendars(), [("office", -1)], datetime.date(2025, 1, 2), 2 * DAY)
    >>> finish_many(tables, 0, 9 * HOUR, [0, HOUR, 4 * HOUR]).tolist()       # 4 h: a break of 90 minutes lies between
    [32400, 36000, 52200]
    """
    c, t, work = np.broadcast_arrays(np.asarray(c, np.int64), np.asarray(t, np.int64), np.asarray(work, np.int64))
    if not len(tables.start):
        return np.where(work <= 0, t, NEVER)
    target = worked_many(tables, c, t) + work
    owner = np.repeat(np.arange(len(tables.key)), np.diff(tables.first))
    k = np.searchsorted(owner * _WIDE + tables.worked, c * _WIDE + target, side="left") - 1
    none = k < tables.first[c]
    k = np.where(none, 0, k)
    second = tables.start[k] + target - tables.worked[k]
    return np.where(work <= 0, t, np.where(none | (second > tables.end[k]), NEVER, second))


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is wrong with the calendars of a scenario: (path, value, rule, candidates)."""
    calendars: Calendars = scenario.calendars
    yield from unknown_shift(calendars, "calendars.office", calendars.office)
    if calendars.holidays == "china":
        run = scenario.run
        last = run.start + datetime.timedelta(seconds=max(0.0, run.warm_up + run.horizon + run.run_out - 1))
        if run.start.year < CHINA_YEARS[0] or last.year > CHINA_YEARS[1]:
            rule = _("Chinese public holidays are built in from {first} to {last}, and the run lasts from {start} to {end}: "
                     "write the holidays out, or use none")
            yield ("calendars.holidays", "china",
                   rule.format(first=CHINA_YEARS[0], last=CHINA_YEARS[1], start=run.start, end=last), ())
