"""Tables of a report, put together cell by cell (表格拼装)."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sim.i18n import _
from sim.report.document import Cell, Column, Table
from sim.report.lines import COLOURS, Line, Mean
from sim.report.values import MOST_DIGITS, NONE, Shown

__all__ = ["Two", "comparison_table", "interval", "means_table", "number", "same_unit", "table", "unit_cell"]

Two = str | tuple[Cell, str]
"""A text, or a value with how it is printed."""


def table(key: str, caption: str, columns: Sequence[Column], cells: Sequence[Sequence[Two]], *, notes: Sequence[str] = (),
          verdicts: Sequence[str] = (), appendix: bool = False) -> Table:
    """A table of a document.

    Examples
    --------
    >>> found = table("one", "One", [Column("a"), Column("b", "number")], [["x", (1.25, "1.2")]])
    >>> found.rows, found.texts
    ((('x', 1.25),), (('x', '1.2'),))
    """
    rows = tuple(tuple(cell if isinstance(cell, str) else cell[0] for cell in row) for row in cells)
    texts = tuple(tuple(cell if isinstance(cell, str) else cell[1] for cell in row) for row in cells)
    return Table(key, caption, tuple(columns), rows, texts, tuple(notes), tuple(verdicts), appendix)


def number(how: Shown, value: float, *, signed: bool = False) -> Two:
    """A number as a cell."""
    return how.value(value), how.number(value, signed=signed)


def interval(how: Shown, low: float, high: float, *, signed: bool = False) -> str:
    """An interval as a cell."""
    return how.between(low, high, signed=signed) or NONE


def unit_cell(how: Shown, *values: float) -> str:
    """The unit of a row; none where none of its values is a number."""
    return how.unit if how.unit and (not values or any(math.isfinite(value) for value in values)) else NONE


def comparison_table(key: str, caption: str, found: Sequence[Line], base: str, other: str, *, named: Sequence[str] = (),
                     head: str = "", notes: Sequence[str] = (), size: tuple[str, float] | None = None) -> Table:
    """Measures on two sides: means, difference, interval, verdict, a row a line.

    Parameters
    ----------
    key, caption : str
    found : sequence of Line
    base, other : str
        Titles.
    named : sequence of str
        What each row is called; by default the measures.
    head : str
        What stands above these names.
    notes : sequence of str
    size : (str, float), optional
        One unit for all rows, and how many of the measures' own unit it is.
    """
    ways = [line.shown if size is None else same_unit(line, *size) for line in found]
    digits = [how.digits for how in ways]
    most = max(digits, default=1)
    columns = [Column(head or _("Measure")), Column(_("Unit")), Column(base, "number", most), Column(other, "number", most),
               Column(_("Difference"), "number", most, signed=True), Column(_("From"), "number", most, signed=True),
               Column(_("To"), "number", most, signed=True), Column(_("Verdict"), "verdict")]
    cells = []
    for line, how, name in zip(found, ways, named or [line.title for line in found], strict=True):
        cells.append([name, unit_cell(how, line.base.mean, line.other.mean), number(how, line.base.mean), number(how, line.other.mean),
                      number(how, line.difference, signed=True), number(how, line.low, signed=True),
                      number(how, line.high, signed=True), _(line.verdict)])
    return table(key, caption, columns, cells, notes=notes, verdicts=[COLOURS.get(line.verdict, "") for line in found])


def same_unit(line: Line, unit: str, size: float) -> Shown:
    """How a line is printed in a given unit: two digits, and more where an end of the interval would read 0."""
    digits = 2
    for value in (line.difference, line.low, line.high):
        while math.isfinite(value) and value and digits < MOST_DIGITS and float(f"{value / size:.{digits}f}") == 0:
            digits += 1
    return Shown(_(unit), size, digits, _(unit))


def means_table(key: str, caption: str, found: Sequence[Mean], *, named: Sequence[str] = (), head: str = "",
                notes: Sequence[str] = ()) -> Table:
    """Measures of one side: mean and interval, a row a measure."""
    most = max((one.shown.digits for one in found), default=1)
    columns = [Column(head or _("Measure")), Column(_("Unit")), Column(_("Mean"), "number", most), Column(_("From"), "number", most),
               Column(_("To"), "number", most)]
    cells = [[name, unit_cell(one.shown, one.mean), number(one.shown, one.mean), number(one.shown, one.low), number(one.shown, one.high)]
             for one, name in zip(found, named or [one.title for one in found], strict=True)]
    return table(key, caption, columns, cells, notes=notes)
