"""Which table of a workbook has a native chart, and which: read from the table's columns (Excel 图表).

=======================================================  ===================================================================
columns                                                  chart
=======================================================  ===================================================================
dates, then numbers                                      a line for each column
growing numbers, then numbers                            points joined by lines, with error bars where there are intervals
names, then a value with its interval                    bars with error bars
names, then shares                                       bars
=======================================================  ===================================================================

An interval stands behind its value: in two columns, of which by name and by value one is the low and one the high end; or in one, as
text, "1.2 to 3.4".  What has no unit in common has no axis in common: of several columns those are drawn that have the first one's,
and nothing of a table whose rows have units of their own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sim.report.document import Table
from sim.report.looks import QUIET, RULE, number, printed

__all__ = ["Plot", "Series", "dates", "draw", "plot"]

_COLOURS = ("D55E00", "0072B2", "009E73", "CC79A7", "E69F00", "56B4E9")
"""Those of the charts, in the same order: the first organisation has the first."""
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_NUMBER = re.compile(r"[-+−]?\d[\d,]*(?:\.\d+)?")
_UNIT = re.compile(r"[(（]([^()（）]*)[)）]\s*$")
_BARS, _LINES = 40, 6
_UNITS = ("unit", "单位")
_LOW, _HIGH = ("low", "from", "least", "下", "自", "低", "最小"), ("high", "to", "most", "upper", "上", "至", "高", "最大")


@dataclass(frozen=True)
class Series:
    """A column that is drawn; `low` and `high` are the columns of its interval, where it has one: the same one if it is a text."""

    value: int
    low: int | None = None
    high: int | None = None

    def ends(self, table: Table, row: int) -> tuple[float, float] | None:
        """Both ends of the interval in a row; None where there is none, or where the value lies outside."""
        value = number(table.rows[row][self.value])
        if self.low is None or self.high is None or value is None:
            return None
        if self.low != self.high:
            low, high = number(table.rows[row][self.low]), number(table.rows[row][self.high])
            return (low, high) if low is not None and high is not None and low <= value <= high else None
        text = table.texts[row][self.low]
        found = [float(one.replace(",", "").replace("−", "-")) for one in _NUMBER.findall(text)]
        step = 10.0 ** -max((len(one.partition(".")[2]) for one in _NUMBER.findall(text)), default=0)
        if len(found) != 2 or not found[0] - step <= value <= found[1] + step:
            return None
        return min(found[0], value), max(found[1], value)


@dataclass(frozen=True)
class Plot:
    """A chart: "line", "scatter" or "bar", how many columns name its categories, and what it draws."""

    kind: str
    names: int
    series: tuple[Series, ...]


def dates(table: Table) -> bool:
    """Whether the first column holds days, and nothing else.

    Examples
    --------
    >>> from sim.report.document import Column
    >>> dates(Table("t", "T", (Column("day"),), (("2025-01-01",),), (("2025-01-01",),)))
    True
    """
    return bool(table.rows) and all(isinstance(row[0], str) and _DATE.fullmatch(row[0]) for row in table.rows)


def plot(table: Table) -> Plot | None:
    """The chart that suits a table; None where none does.

    Parameters
    ----------
    table : Table
        Any table of a report.

    Examples
    --------
    >>> from sim.report.document import Column
    >>> rows = (("a", 2.0, 1.0, 3.0), ("b", 5.0, 4.0, 7.0))
    >>> columns = (Column("team"), Column("h", "number"), Column("low", "number"), Column("high", "number"))
    >>> plot(Table("t", "T", columns, rows, tuple(tuple(str(cell) for cell in row) for row in rows)))
    Plot(kind='bar', names=1, series=(Series(value=1, low=2, high=3),))
    """
    if len(table.rows) < 2 or _mixed(table):
        return None
    numbers = [i for i, column in enumerate(table.columns) if column.kind in ("number", "percent")]
    if dates(table):
        drawn = _one_axis(table, [Series(i) for i in numbers if i])
        return Plot("line", 1, drawn) if drawn and len(table.rows) >= 5 else None
    found = _one_axis(table, [one for one in _intervals(table, numbers) if _alike(table, one.value)])
    if 0 in numbers:
        steps = [number(row[0]) for row in table.rows]
        grows = all(a is not None and b is not None and a < b for a, b in pairwise(steps))
        return Plot("scatter", 1, found) if grows and found and found[0].value > 0 else None
    names = _names(table) if len(table.rows) <= _BARS else 0
    bars = found or _one_axis(table, [Series(i) for i in numbers if _shares(table, i)])
    return Plot("bar", names, bars) if names and bars else None


def _one_axis(table: Table, found: list[Series]) -> tuple[Series, ...]:
    """Those that have the unit of the first, and are differences if that is one."""
    def axis(one: Series) -> tuple[str, bool, bool]:
        column = table.columns[one.value]
        unit = _UNIT.search(column.name)
        return unit[1] if unit else "", column.kind == "percent", column.signed
    return tuple(one for one in found if axis(one) == axis(found[0]))[:_LINES]


def _mixed(table: Table) -> bool:
    """Whether a column of units holds more than one."""
    units = [i for i, column in enumerate(table.columns) if column.name.strip().lower() in _UNITS]
    return any(len({row[i] for row in table.rows}) > 1 for i in units)


def _alike(table: Table, i: int) -> bool:
    """Whether all cells of a column are printed in one unit."""
    looks = Counter((one.percent, one.after) for row, text in zip(table.rows, table.texts, strict=True)
                    if (value := number(row[i])) is not None and (one := printed(value, text[i], table.columns[i])))
    return len(looks) == 1


def _intervals(table: Table, numbers: list[int]) -> list[Series]:
    """Columns that are followed by their interval."""
    found: list[Series] = []
    for i in numbers:
        behind = [column.name.lower() for column in table.columns[i + 1:i + 3]]
        if i + 1 in numbers and i + 2 in numbers and any(w in behind[0] for w in _LOW) and any(w in behind[1] for w in _HIGH):
            one = Series(i, i + 1, i + 2)
        elif behind and table.columns[i + 1].kind == "text":
            one = Series(i, i + 1, i + 1)
        else:
            continue
        rows = [row for row in range(len(table.rows)) if number(table.rows[row][i]) is not None and _told(table, one, row)]
        ends = [one.ends(table, row) for row in rows]
        if len(ends) >= 2 and all(ends) and any(end and end[0] < end[1] for end in ends):
            found.append(one)
    return found


def _told(table: Table, one: Series, row: int) -> bool:
    """Whether a row has an interval at all, be it a wrong one."""
    return any(_NUMBER.search(table.texts[row][i]) for i in (one.low, one.high) if i is not None)


def _names(table: Table) -> int:
    """How many columns of text at the left tell the rows apart; 0 if they do not."""
    for count in (1, 2, 3):
        if len(table.columns) < count or table.columns[count - 1].kind != "text":
            return 0
        if len({row[:count] for row in table.rows}) == len(table.rows):
            return count
    return 0


def _shares(table: Table, i: int) -> bool:
    """Whether a column holds shares of something: none below 0, none far above 1."""
    column = table.columns[i]
    unit = _UNIT.search(column.name)
    whole = 1.0 if column.kind == "percent" else 100.0 if unit and unit[1].strip() == "%" else 0.0
    values = [value for row in table.rows if (value := number(row[i])) is not None]
    return not column.signed and len(values) >= 2 and all(0 <= value <= 1.5 * whole for value in values)


def draw(book: Any, sheet: Any, table: Table, chosen: Plot, top: int, font: str, keep: Callable[[str, Sequence[float]], str]) -> Any:
    """The chart, for the library to put on a sheet.

    Parameters
    ----------
    book, sheet
        The library's workbook, and the sheet the table stands on.
    table : Table
        What it shows.
    chosen : Plot
        As `plot` chose.
    top : int
        Row of the sheet in which the table's header stands, from 0.
    font : str
        Name of the font.
    keep : callable
        Puts numbers that no table holds somewhere in the workbook, under a name, and says where: LibreOffice and WPS draw error bars
        from cells only.
    """
    last = top + len(table.rows)
    chart = book.add_chart({"type": chosen.kind, **({"subtype": "straight_with_markers"} if chosen.kind == "scatter" else {})})
    for k, one in enumerate(chosen.series):
        colour = "#" + _COLOURS[k if len(chosen.series) > 1 else 1]
        chart.add_series({
            "name": [sheet.name, top, one.value], "categories": [sheet.name, top + 1, 0, last, chosen.names - 1],
            "values": [sheet.name, top + 1, one.value, last, one.value], **_look(chosen, colour, table, one, font),
            **({} if one.low is None else {"y_error_bars": _bars(table, one, keep)})})
    first = chosen.series[0].value
    text = {"name": font, "size": 9}
    value_axis = {"num_format": _format(table, first), "num_font": text, "line": {"color": "#" + QUIET},
                  "major_gridlines": {"visible": True, "line": {"color": "#" + RULE, "width": 0.5}},
                  "name": table.columns[first].name if len(chosen.series) == 1 else "", "name_font": {**text, "bold": False}}
    name_axis = {"num_font": text, "name": table.columns[0].name, "name_font": {**text, "bold": False},
                 "major_gridlines": {"visible": False}}
    if chosen.kind == "bar":
        chart.set_y_axis({**name_axis, "reverse": True, "name": "", "label_position": "low"})
        chart.set_x_axis({**value_axis, "label_position": "high", "line": {"none": True}, "major_tick_mark": "none"})
    else:
        chart.set_x_axis({**name_axis, "label_position": "low", "num_format": "yyyy-mm-dd" if chosen.kind == "line" else "General",
                          **({"date_axis": True} if chosen.kind == "line" else {})})
        chart.set_y_axis(value_axis)
    chart.set_title({"name": table.caption, "name_font": {"name": font, "size": 11, "bold": True}, "overlay": False})
    chart.set_legend({"none": True} if len(chosen.series) == 1 else {"position": "bottom", "font": text})
    height = 130 + 22 * len(table.rows) * max(1, len(chosen.series)) if chosen.kind == "bar" else 380
    chart.set_size({"width": 780, "height": min(max(height, 240), 1400)})
    return chart


def _look(chosen: Plot, colour: str, table: Table, one: Series, font: str) -> dict[str, Any]:
    if chosen.kind == "bar":
        label = {} if one.low is not None else {"data_labels": {"value": True, "num_format": _format(table, one.value),
                                                                "font": {"name": font, "size": 9}}}
        return {"fill": {"color": colour}, "gap": 60, **label}
    dot = {"type": "circle", "size": 5, "fill": {"color": colour}, "border": {"color": colour}}
    marker = dot if chosen.kind == "scatter" else {"type": "none"}
    return {"line": {"color": colour, "width": 1.75}, "marker": marker}


def _format(table: Table, i: int) -> str:
    """How most of a column's numbers are printed."""
    looks = Counter(printed(value, text[i], table.columns[i]).format for row, text in zip(table.rows, table.texts, strict=True)
                    if (value := number(row[i])) is not None)
    return looks.most_common(1)[0][0] if looks else "General"


def _bars(table: Table, one: Series, keep: Callable[[str, Sequence[float]], str]) -> dict[str, Any]:
    """Error bars: how far the ends are from the value."""
    above, below = [], []
    for i, row in enumerate(table.rows):
        value, ends = number(row[one.value]), one.ends(table, i)
        above.append(ends[1] - value if ends and value is not None else 0.0)
        below.append(value - ends[0] if ends and value is not None else 0.0)
    name = f"{table.caption}: {table.columns[one.value].name}"
    return {"type": "custom", "plus_values": keep(f"{name} +", above), "minus_values": keep(f"{name} −", below),
            "line": {"color": "#333333", "width": 1}}
