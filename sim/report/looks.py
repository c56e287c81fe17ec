"""What Word and Excel share: colours and marks of verdicts, clean text, how wide a text is, and how a number was printed (版式).

A verdict is told by its word and by a mark, the shape it has in the charts too, before it is told by a colour: a report is often
printed in grey.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any
from unicodedata import combining, east_asian_width

from sim.i18n import N_
from sim.report.document import Column, Table

__all__ = ["FILLS", "INK", "MARKS", "QUIET", "RULE", "SHADE", "TINTS", "WORDS", "Printed", "clean", "cut", "number", "printed",
           "spread", "verdict_column", "wanted", "width"]

MARKS = {"better": "●", "worse": "◆", "same": "○"}
"""The shapes of `sim.charts.forest`; all three are in every Chinese font."""
WORDS = {"better": N_("better"), "worse": N_("worse"), "same": N_("not distinguishable")}
FILLS = {"better": "DDF1EA", "worse": "F7E6EF", "same": "F2F2F2"}
TINTS = {"better": "00694D", "worse": "8A3A66", "same": "555555"}
"""Darker shades of the charts' green and purple, to be read as text."""
INK, QUIET, RULE, SHADE = "222222", "666666", "BFBFBF", "E9EEF2"

_AIR = 1.6
"""How much wider than its text a column may be: numbers that stand far apart are hard to read along."""

_BOLD, _DIGITS, _PIECE, _LONGEST = 1.2, 1.1, 26, 160
"""Bold letters and digits are so much wider; a word is broken only if it is longer; a longer text asks for no more room."""

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_WORD = re.compile(r"[^\s\-，、。；：（）]+[\-，、。；：（）]*")
_PRINTED = re.compile(r"(?P<sign>[-+−]?)(?P<whole>\d{1,3}(?:,\d{3})+|\d+)(?:\.(?P<part>\d+))?(?P<after>.*)", re.DOTALL)


def clean(text: str) -> str:
    r"""Text without the characters that XML cannot hold.

    Examples
    --------
    >>> clean("Harbour\x00 grid")
    'Harbour grid'
    """
    return _FORBIDDEN.sub("", text)


def width(text: str) -> int:
    """Width of the longest line of a text, in Latin letters; a Chinese character is two wide.

    Examples
    --------
    >>> width("grid"), width("网格")
    (4, 4)
    """
    return max((sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in line) for line in text.split("\n")),
               default=0)


def _unbroken(text: str) -> int:
    """Width of the longest piece in which no line breaks: a word; two Chinese characters."""
    return max((min(width(word), 4) if any(east_asian_width(c) in "WF" for c in word) else width(word)
                for word in _WORD.findall(text)), default=0)


def cut(text: str, letters: int) -> str:
    """Text of at most so many letters (UTF-16 units, as Excel counts them); where some are left out, the last is an ellipsis.

    Examples
    --------
    >>> cut("Waiting, travel and hand-overs", 12)
    'Waiting, tr…'
    """
    if _units(text) <= letters:
        return text
    while text and _units(text) > letters - 1:
        text = text[:-1]
    return text.rstrip() + "…"


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def number(value: Any) -> float | int | None:
    """A cell as a number; None for texts, for what is missing, and for what is not finite.

    Examples
    --------
    >>> number(2), number(float("nan")), number("2"), number(True)
    (2, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    if isinstance(value, Integral):
        return int(value)
    return float(value) if math.isfinite(value) else None


@dataclass(frozen=True)
class Printed:
    """How a number was printed, so that a spreadsheet prints it likewise.

    Attributes
    ----------
    digits : int
        Digits after the point.
    percent, signed, grouped : bool
        Whether it is a share shown in percent, has a plus, has commas between thousands.
    minus : str
        The sign of what is below 0: a hyphen or a minus.
    after : str
        What follows the digits: a unit.
    bare : bool
        Whether it has no sign at all, as what is rounded to zero.
    """

    digits: int
    percent: bool = False
    signed: bool = False
    grouped: bool = False
    minus: str = "-"
    after: str = ""
    bare: bool = False

    @property
    def format(self) -> str:
        """As a number format of Excel: positive; negative; zero."""
        body = ("#,##0" if self.grouped else "0") + ("." + "0" * self.digits if self.digits else "")
        body += ("%" if self.percent else "") + _quoted(self.after)
        minus = "-" if self.minus == "-" else _quoted(self.minus)
        if self.bare:
            return f"{body};{body}"
        if not self.signed and minus == "-":
            return body
        return f"{'+' if self.signed else ''}{body};{minus}{body};{body}"

    def text(self, value: float) -> str:
        """The number as it is printed so.

        Examples
        --------
        >>> Printed(1, percent=True, signed=True).text(0.0253)
        '+2.5%'
        """
        shown = value * 100 if self.percent else value
        digits = f"{abs(shown):{',' if self.grouped else ''}.{self.digits}f}"
        sign = "" if self.bare else self.minus if value < 0 else "+" if self.signed and value > 0 else ""
        return sign + digits + ("%" if self.percent else "") + self.after


def _quoted(text: str) -> str:
    return '"' + text.replace('"', "") + '"' if text else ""


def printed(value: float | int, text: str, column: Column) -> Printed:
    """How a cell was printed, read from the print itself; where that does not tell, as its column says.

    Parameters
    ----------
    value : float or int
        The cell.
    text : str
        As it is printed.
    column : Column
        Where it stands.

    Examples
    --------
    >>> printed(0.0253, "+2.5%", Column("difference", "number")).format
    '+0.0%;-0.0%;0.0%'
    >>> printed(1234.5, "1,234.5 h", Column("time", "number")).format
    '#,##0.0" h"'
    >>> printed(0.5, "about a half", Column("share", "percent", 1)).format
    '0.0%'
    """
    usual = Printed(column.digits, column.kind == "percent", column.signed)
    if column.kind == "text" and isinstance(value, int):
        usual = Printed(0)
    found = _PRINTED.fullmatch(text.strip())
    if not found:
        return usual
    after = found["after"]
    if len(after) > 12 or re.search(r"\d", after):         # an interval behind it, not a unit
        return usual
    one = Printed(len(found["part"] or ""), after.startswith("%"), found["sign"] == "+" or column.signed, "," in found["whole"],
                  "−" if found["sign"] == "−" else "-", after.removeprefix("%"),
                  not found["sign"] and not (found["whole"] + (found["part"] or "")).strip("0"))
    shown = found["sign"] + found["whole"] + ("." + found["part"] if found["part"] else "") + after
    return one if _same(one.text(value), shown) else usual


def _same(one: str, other: str) -> bool:
    """Whether two prints are the same; a half may be rounded either way."""
    digits = [int(re.sub(r"\D", "", text) or 0) for text in (one, other)]
    return abs(digits[0] - digits[1]) <= 1 and re.sub(r"\d", "", one) == re.sub(r"\d", "", other)


def verdict_column(table: Table) -> int | None:
    """Number of the column that says the verdict in words; None where no column does."""
    return next((i for i, column in enumerate(table.columns) if column.kind == "verdict"), None)


def spread(table: Table, letters: float, gap: float = 2.0) -> tuple[list[float], float]:
    """Widths of a table's columns, and how much of its text's size is left so that they fit.

    Numbers never break; words break only where the table would not fit otherwise, and then the text becomes smaller.

    Parameters
    ----------
    table : Table
        What is to fit.
    letters : float
        Width of the page in letters of the table's text at its usual size.
    gap : float
        What a column needs beside its text, in letters.

    Returns
    -------
    (list of float, float)
        Widths, `letters` together or less where little is in them, and the size, 1 or less: 0.8 means that a fifth smaller text makes
        the table fit.

    Examples
    --------
    >>> widths, size = spread(Table("t", "T", (Column("place"), Column("h", "number")), (("Harbour", 1.5),), (("Harbour", "1.50"),)), 20.0)
    >>> [round(one) for one in widths], size
    ([12, 8], 1.0)
    """
    return _shared(*_needs(table, gap), letters)


def wanted(table: Table, gap: float = 2.0) -> float:
    """Width at which no text of a table is broken, in letters; very long texts may be.

    Examples
    --------
    >>> wanted(Table("t", "T", (Column("place"), Column("h", "number")), (("Harbour", 1.5),), (("Harbour", "1.50"),)))
    15.4
    """
    return round(sum(_needs(table, gap)[1]), 1)


def _needs(table: Table, gap: float) -> tuple[list[float], list[float]]:
    """Least widths of the columns, and those they wish for."""
    least, wish = [], []
    mark = 0 if verdict_column(table) is not None or not any(table.verdicts) else 2
    for i, column in enumerate(table.columns):
        cells = [row[i] for row in table.texts]
        extra = gap + (mark if i == 0 else 2 if column.kind == "verdict" else 0)
        digits = column.kind in ("number", "percent")
        whole = max((width(cell) for cell in cells), default=0) * (_DIGITS if digits else 1)
        piece = whole if digits else min(max((_unbroken(cell) for cell in cells), default=0), _PIECE)
        name = min(_unbroken(column.name), _PIECE) * _BOLD
        least.append(extra + max(piece, name, 3))
        wish.append(max(least[-1], extra + min(max(whole, min(width(column.name) * _BOLD, max(12, name))), _LONGEST)))
    return least, wish


def _shared(least: Sequence[float], wish: Sequence[float], letters: float) -> tuple[list[float], float]:
    """What each gets: its wish and some air where all can have it; else its least, and of the rest the more the longer it is.

    The rest goes by the root of what is still wished for: where texts are broken into lines, twice the text in a column that is a
    little wider is about as high.
    """
    if sum(wish) <= letters:
        air = min(letters / sum(wish), _AIR)
        return [one * air for one in wish], 1.0
    size = min(letters / sum(least), 1.0)
    found = [one * size for one in least]
    for _turn in range(len(found)):
        rest, open_ = letters - sum(found), [i for i, one in enumerate(found) if one < wish[i] - 1e-9]
        if rest < 1e-9 or not open_:
            break
        total = sum((wish[i] - found[i]) ** 0.5 for i in open_)
        found = [min(one + rest * (wish[i] - one) ** 0.5 / total, wish[i]) if i in open_ else one for i, one in enumerate(found)]
    return found, size
