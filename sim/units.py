"""Quantities as people write them: text with a unit, a plain number inside.

Quantities are written with their unit ("15 min", "0.9 per 1000 residents/day") and are plain numbers inside: seconds, events per
resident and day, CNY per year.  A bare number where a unit is needed is refused, since nobody can tell what it means; only zero
needs none.  Each type reads what it writes, to the last bit.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Sequence
from typing import Annotated, Any, NamedTuple, NoReturn

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema
from pydantic_core import PydanticCustomError

from sim.i18n import _

__all__ = ["Date", "Deadline", "Due", "Duration", "Frequency", "Heads", "Key", "Money", "Name", "NonNegativeFloat",
           "PositiveDuration", "PositiveFloat", "Probability", "Rate", "Shares", "refuse"]

MINUTE, HOUR, DAY, WEEK = 60, 3600, 86400, 604800
WORKING_DAY = 8 * HOUR
"""A working day 工作日 of a deadline, s."""
LONGEST = 2**31 - 1
"""The longest duration there is (68 years), s: what fits the clock of a run."""


def refuse(rule: str) -> NoReturn:
    """Refuse the value at hand, inside a validator of a block; the rule is shown to the person, so translate it first.

    Examples
    --------
    >>> refuse("shares add up to 1")
    Traceback (most recent call last):
    pydantic_core._pydantic_core.PydanticCustomError: shares add up to 1
    """
    raise PydanticCustomError("rule", "{rule}", {"rule": rule})


_NUMBER = r"[-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?:[eE][-+]?\d+)?|[-+]?\.\d+"
_DURATION = re.compile(rf"({_NUMBER})\s*([^\s\d]+(?:\s+[^\s\d]+)?)")
_RATE = re.compile(rf"({_NUMBER})\s*per\s+(?:({_NUMBER})\s+)?(?:residents?|people|inhabitants?)\s*(?:/|per|and|a)\s*([a-z]+)")
_RATE_ZH = re.compile(rf"(?:每\s*({_NUMBER}|千|万)?\s*(?:居民|人)\s*每?\s*([日天周年]))\s*({_NUMBER})\s*[件次起]?")
_MONEY = re.compile(rf"({_NUMBER})\s*(?:CNY|RMB|yuan|元)\s*(?:/|per|a|每)\s*(year|month|年|月)")
_FREQUENCY = re.compile(rf"({_NUMBER})\s*(?:per|/)\s*(?:({_NUMBER})\s*)?([^\s\d]+)")

_UNITS: dict[str, int] = {}
for _names, _seconds in (("s sec secs second seconds 秒", 1), ("min mins minute minutes 分钟 分", MINUTE),
                         ("h hr hrs hour hours 小时 时", HOUR), ("d day days 天 日", DAY), ("week weeks 周", WEEK),
                         ("year years 年", 365 * DAY)):
    _UNITS.update(dict.fromkeys(_names.split(), _seconds))
_WORKING: dict[str, int] = {}
for _names, _seconds in (("working min|working mins|working minute|working minutes|工作分钟", MINUTE),
                         ("working h|working hour|working hours|wh|工作小时|工作时", HOUR),
                         ("working day|working days|wd|工作日|个工作日", WORKING_DAY)):
    _WORKING.update(dict.fromkeys(_names.split("|"), _seconds))


def _number(text: str) -> float:
    return float(text.replace(",", ""))


def _plain(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _duration(value: Any) -> float:
    """Seconds from text with a unit."""
    if _plain(value) and value == 0:
        return 0.0
    if isinstance(value, str):
        found = _DURATION.fullmatch(value.strip())
        if found and found[2] in _UNITS:
            seconds = _number(found[1]) * _UNITS[found[2]]
            if not 0 <= seconds <= LONGEST:
                refuse(_("a duration from 0 s to 68 years is needed"))
            return seconds
    refuse(_('a duration with its unit is needed, such as "15 min", "2 h", "3 days"; units: s, min, h, days, weeks'))


def _positive_duration(value: Any) -> float:
    seconds = _duration(value)
    if seconds <= 0:
        refuse(_("a duration longer than nothing is needed"))
    return seconds


def _short(number: float) -> str:
    """The shortest text that reads back as this number: no ".0", no exponent where it can be helped."""
    return str(int(number)) if number == int(number) and abs(number) < 1e15 else repr(number)


def _reads(text: str, value: float, read: Callable[[str], float]) -> bool:
    """Does this text read back as the value, to the last bit?"""
    try:
        return read(text) == value
    except PydanticCustomError:
        return False


def _written(value: float, units: Sequence[tuple[float, str]], read: Callable[[str], float]) -> str:
    """The value in the first unit that gives a whole number, else the first that gives a short one, else the last."""
    for longest, whole in ((12, True), (6, False)):
        for size, unit in units:
            number = _short(value / size)
            text = f"{number} {unit.removesuffix('s') if number == '1' and unit != 's' else unit}"
            if len(number) <= longest and (not whole or number.isdigit()) and _reads(text, value, read):
                return text
    return f"{value!r} {units[-1][1]}"


def _duration_text(seconds: float) -> str:
    if seconds == 0:
        return "0 s"
    return _written(seconds, ((DAY, "days"), (HOUR, "h"), (MINUTE, "min"), (1, "s")), _duration)


_ZERO = {"type": ["string", "number"], "minimum": 0, "maximum": 0}
"""For editors: text, or the bare number zero."""
_DURATION_SCHEMA = {**_ZERO, "pattern": r"^[-+0-9.,eE]+ *[A-Za-z\u4e00-\u9fff]+$", "examples": ["15 min", "2 h", "3 days"]}

Duration = Annotated[float, BeforeValidator(_duration), PlainSerializer(_duration_text, return_type=str, when_used="json"),
                     WithJsonSchema(_DURATION_SCHEMA)]
"""Seconds, 0 or more; written with a unit: "15 min"."""

PositiveDuration = Annotated[float, BeforeValidator(_positive_duration),
                             PlainSerializer(_duration_text, return_type=str, when_used="json"), WithJsonSchema(_DURATION_SCHEMA)]
"""Seconds, more than 0; written with a unit."""


class Due(NamedTuple):
    """A time limit 时限: seconds, counted in working time or around the clock."""

    seconds: int
    working: bool


def _deadline(value: Any) -> Due:
    if isinstance(value, Due):
        return value
    if isinstance(value, str):
        found = _DURATION.fullmatch(value.strip())
        unit = " ".join(found[2].split()) if found else ""
        if found and (unit in _WORKING or unit in _UNITS):
            seconds = _number(found[1]) * (_WORKING.get(unit) or _UNITS[unit])
            if not 1 <= seconds <= LONGEST:
                refuse(_("a time limit from 1 s to 68 years is needed"))
            return Due(round(seconds), unit in _WORKING)
    refuse(_('a time limit with its unit is needed, such as "4 working hours", "3 working days", "24 h", "7 days"'))


def _deadline_text(due: Due) -> str:
    if due.working:
        for size, unit in ((WORKING_DAY, "working days"), (HOUR, "working hours"), (MINUTE, "working minutes")):
            if due.seconds % size == 0:
                return f"{due.seconds // size} {unit if due.seconds != size else unit.removesuffix('s')}"
        return f"{due.seconds / MINUTE!r} working minutes"
    return _duration_text(due.seconds)


Deadline = Annotated[Due, BeforeValidator(_deadline), PlainSerializer(_deadline_text, return_type=str, when_used="json"),
                     WithJsonSchema({"type": "string", "examples": ["4 working hours", "3 working days", "24 h", "7 days"]})]
"""`Due`: whole seconds and whether they are working time; a working day is 8 working hours."""


def _rate(value: Any) -> float:
    """Events per resident and day."""
    if _plain(value) and value == 0:
        return 0.0
    if isinstance(value, str):
        text = value.strip()
        if found := _RATE.fullmatch(text):
            count, base, unit = found[1], found[2], found[3]
        elif found := _RATE_ZH.fullmatch(text):
            count, base, unit = found[3], {"千": "1000", "万": "10000"}.get(found[1], found[1]), found[2]
        else:
            count, base, unit = "", "", ""
        if unit in _UNITS and _UNITS[unit] >= DAY:
            people = _number(base) if base else 1.0
            rate = _number(count) / people / (_UNITS[unit] // DAY) if people > 0 else -1.0
            if not 0 <= rate <= 1000:
                refuse(_("a rate from 0 to 1000 per resident and day is needed"))
            return rate
    refuse(_('a rate with its unit is needed, such as "0.9 per 1000 residents/day"; spans: day, week, year'))


def _rate_text(rate: float) -> str:
    for digits in range(1, 17):
        text = f"{float(f'{rate * 1000:.{digits}g}'):.15g} per 1000 residents/day"
        if _reads(text, rate, _rate):
            return text
    return f"{rate!r} per resident/day"


Rate = Annotated[float, BeforeValidator(_rate), PlainSerializer(_rate_text, return_type=str, when_used="json"),
                 WithJsonSchema({**_ZERO, "examples": ["0.9 per 1000 residents/day", "3 per 1000 residents/week"]})]
"""Events per resident and day; written "0.9 per 1000 residents/day"."""


def _frequency(value: Any) -> float:
    """Events per second."""
    if isinstance(value, str):
        found = _FREQUENCY.fullmatch(value.strip())
        if found and found[3] in _UNITS:
            span = (_number(found[2]) if found[2] else 1.0) * _UNITS[found[3]]
            rate = _number(found[1]) / span if span > 0 else -1.0
            if not 0 <= rate <= 1000:
                refuse(_("a frequency from 0 to 1000 per second is needed"))
            return rate
    if _plain(value) and value == 0:
        return 0.0
    refuse(_('a frequency with its unit is needed, such as "6 per hour", "1 per 750 s"; units: s, min, h, days, weeks'))


def _frequency_text(rate: float) -> str:
    for size, unit in ((HOUR, "hour"), (DAY, "day"), (MINUTE, "min")):
        for digits in range(1, 13):
            text = f"{float(f'{rate * size:.{digits}g}'):.12g} per {unit}"
            if _reads(text, rate, _frequency):
                return text
    return f"{rate!r} per s"


Frequency = Annotated[float, BeforeValidator(_frequency), PlainSerializer(_frequency_text, return_type=str, when_used="json"),
                      WithJsonSchema({**_ZERO, "examples": ["6 per hour", "1 per 750 s"]})]
"""Events per second (bare systems); written "6 per hour"."""


def _money(value: Any) -> float:
    """CNY per year."""
    if _plain(value) and value == 0:
        return 0.0
    if isinstance(value, str) and (found := _MONEY.fullmatch(value.strip())):
        pay = _number(found[1]) * (12 if found[2] in ("month", "月") else 1)
        if not 0 <= pay <= 1e9:
            refuse(_("a pay from 0 to 1,000,000,000 CNY/year is needed"))
        return pay
    refuse(_('a pay with its unit is needed, such as "72000 CNY/year", "6000 CNY/month"'))


def _money_text(pay: float) -> str:
    return f"{_short(pay)} CNY/year"


Money = Annotated[float, BeforeValidator(_money), PlainSerializer(_money_text, return_type=str, when_used="json"),
                  WithJsonSchema({**_ZERO, "examples": ["72000 CNY/year"]})]
"""CNY per year; written "72000 CNY/year"."""


def _share(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(rf"({_NUMBER})\s*%", value.strip()):
        return float(f"{_number(value.strip()[:-1]) / 100:.15g}")
    return value


Probability = Annotated[float, BeforeValidator(_share), Field(ge=0, le=1),
                        WithJsonSchema({"anyOf": [{"type": "number", "minimum": 0, "maximum": 1},
                                                  {"type": "string", "pattern": r"^[0-9.]+ ?%$"}]})]
"""A chance or share from 0 to 1; "15%" is 0.15."""

PositiveFloat = Annotated[float, Field(gt=0)]
NonNegativeFloat = Annotated[float, Field(ge=0)]
Heads = Annotated[int, Field(ge=0, le=10_000_000)]
"""A whole number of people, 0 or more."""

Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_\-]*$", max_length=64)]
"""A name that other settings refer to: letters, digits, "_" and "-"; no dots, as they part the steps of a path."""


def _adds_up(shares: dict[str, float]) -> dict[str, float]:
    if abs(sum(shares.values()) - 1) > 1e-6:
        refuse(_("the shares must add up to 1, not to {total}").format(total=f"{sum(shares.values()):.6g}"))
    return shares


Shares = Annotated[dict[Key, Probability], AfterValidator(_adds_up)]
"""Shares by key that add up to 1."""


def _date(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return datetime.date.fromisoformat(value)
        except ValueError:
            pass
    elif isinstance(value, datetime.date) and not isinstance(value, datetime.datetime):
        return value
    refuse(_("a date is needed, such as 2025-01-01"))


Date = Annotated[datetime.date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
"""A day, written 2025-01-01."""


def _name(value: Any) -> Any:
    return str(value) if _plain(value) else value


Name = Annotated[str, BeforeValidator(_name), Field(min_length=1, max_length=200),
                 WithJsonSchema({"type": ["string", "number"]})]
"""A name as it stands in a table: any text; a number is taken as its digits."""
