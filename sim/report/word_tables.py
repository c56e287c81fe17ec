"""Tables of a Word report: header rows that repeat, rows that do not split, numbers under each other, verdicts (Word 表格)."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import quoteattr

from sim.i18n import _
from sim.report.document import KeyFigure, Table
from sim.report.looks import FILLS, MARKS, TINTS, WORDS, clean, spread, verdict_column, width
from sim.report.word_xml import paragraph, run

__all__ = ["cards", "facts", "grid", "letters", "notes"]

_HALF_POINTS, _APPENDIX, _SMALLEST = 17, 15, 11
"""Sizes of text in tables, in those of the appendix, and the smallest."""
_LETTER = 5.2
"""Width of a letter in twentieths of a point, for each half point of its size."""
_SHORT = 10
"""A table of so many rows at most stays on one page."""
_KEEP = "<w:keepNext/>"


def _size(table: Table) -> int:
    return _APPENDIX if table.appendix else _HALF_POINTS


def letters(table: Table, dxa: int) -> float:
    """How many letters of a table's text fit a width in twentieths of a point.

    Examples
    --------
    >>> letters(Table("t", "T", (), (), ()), 8840)
    100.0
    """
    return dxa / (_LETTER * _size(table))


def grid(table: Table, dxa: int) -> str:
    """A table of the report, as XML.

    Parameters
    ----------
    table : Table
        What it shows.
    dxa : int
        Width of the page between its margins, in twentieths of a point.
    """
    shares, size = spread(table, letters(table, dxa))
    widths = [int(share * _LETTER * _size(table)) for share in shares]
    small = max(_SMALLEST, int(_size(table) * size))
    look = f'<w:sz w:val="{small}"/><w:szCs w:val="{small}"/>' if small < _HALF_POINTS else ""
    tight = '<w:spacing w:before="15" w:after="15"/>' if table.appendix else ""
    right = [column.kind in ("number", "percent") for column in table.columns]
    head = "".join(_cell(w, _heading(column.name, r, look)) for w, column, r in zip(widths, table.columns, right, strict=True))
    rows = [f'<w:tr><w:trPr><w:cantSplit/><w:tblHeader/></w:trPr>{head}</w:tr>']
    texts = table.texts or (("–",) + ("",) * (len(table.columns) - 1),)
    told, short = verdict_column(table), len(texts) <= _SHORT
    for i, row in enumerate(texts):
        verdict = table.verdicts[i] if i < len(table.verdicts) else ""
        follows = (i < len(texts) - 1 and short) or (i == len(texts) - 1 and bool(notes(table)))
        rows.append("<w:tr><w:trPr><w:cantSplit/></w:trPr>" + "".join(
            _value(widths[j], text, right[j], look, (_KEEP if follows else "") + tight, verdict if j == (told or 0) else "",
                   verdict if told is None or j == told else "")
            for j, text in enumerate(row)) + "</w:tr>")
    return _table("ReportTable", widths, "".join(rows), caption=table.caption)


def _heading(name: str, right: bool, look: str) -> str:
    return paragraph("TableHeading", run(name, look), '<w:jc w:val="right"/>' if right else "")


def _value(dxa: int, text: str, right: bool, look: str, keep: str, mark: str, verdict: str) -> str:
    """One cell: its mark, its text; the fill of its row's verdict."""
    bold = f'<w:b/><w:color w:val="{TINTS[mark]}"/>' if mark in MARKS else ""
    inside = (run(MARKS[mark] + " ", bold + look) if mark in MARKS else "") + run(text, look)
    return _cell(dxa, paragraph("TableNumber" if right else "TableText", inside, keep), FILLS.get(verdict, ""))


def _cell(dxa: int, inside: str, fill: str = "") -> str:
    shade = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
    return f'<w:tc><w:tcPr><w:tcW w:w="{dxa}" w:type="dxa"/>{shade}</w:tcPr>{inside}</w:tc>'


def _table(style: str, widths: Sequence[int], rows: str, caption: str = "") -> str:
    alt = f"<w:tblCaption w:val={quoteattr(clean(caption))}/>" if caption else ""
    return (f'<w:tbl><w:tblPr><w:tblStyle w:val="{style}"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:tblLayout w:type="fixed"/>'
            f'<w:tblLook w:val="0020" w:firstRow="{int(style == "ReportTable")}" w:lastRow="0" w:firstColumn="0" w:lastColumn="0" '
            f'w:noHBand="1" w:noVBand="1"/>{alt}</w:tblPr><w:tblGrid>'
            + "".join(f'<w:gridCol w:w="{one}"/>' for one in widths) + f"</w:tblGrid>{rows}</w:tbl>")


def notes(table: Table) -> tuple[str, ...]:
    """What is said below a table: its notes, and what the marks mean where no column says it in words.

    Examples
    --------
    >>> from sim.report.document import Column
    >>> notes(Table("t", "T", (Column("a"),), (("x",), ("y",)), (("x",), ("y",)), verdicts=("better", "")))
    ('● better',)
    """
    if verdict_column(table) is not None or not any(table.verdicts):
        return table.notes
    return (*table.notes, "   ".join(f"{MARKS[key]} {_(WORDS[key])}" for key in MARKS if key in table.verdicts))


def facts(rows: Sequence[tuple[str, str]], dxa: int) -> str:
    """Short facts, two in a row, as XML."""
    wide = any(width(name) + width(text) > 44 for name, text in rows)
    per = 1 if wide else 2
    longest = max((width(name) for name, _text in rows), default=0)
    first = min(max(int((longest + 3) * _LETTER * _HALF_POINTS), 900), dxa // (2 * per))
    widths = [first, dxa // per - first] * per
    cells = [_cell(first, paragraph("FactName", run(name))) + _cell(widths[1], paragraph("FactText", run(text)))
             for name, text in rows]
    cells += [_cell(first, paragraph("FactName", "")) + _cell(widths[1], paragraph("FactText", ""))] * (-len(cells) % per)
    lines = ("".join(cells[i:i + per]) for i in range(0, len(cells), per))
    return _table("ReportFacts", widths, "".join(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{line}</w:tr>" for line in lines))


def cards(figures: Sequence[KeyFigure], dxa: int) -> str:
    """Numbers that stand alone, up to four in a row, as XML."""
    per = len(figures) if len(figures) <= 4 else 3 if len(figures) in (5, 6, 9) else 4
    one = dxa // per
    room = (one - 220) / 190
    size = int(min(34, max(18, 34 * room / max(width(figure.value) + 2 * (figure.verdict in MARKS) for figure in figures))))
    cells = [_cell(one, _card(figure, f'<w:sz w:val="{size}"/><w:szCs w:val="{size}"/>'), FILLS.get(figure.verdict, ""))
             for figure in figures]
    cells += [_cell(one, paragraph("KeyBelow", ""))] * (-len(cells) % per)
    lines = ("".join(cells[i:i + per]) for i in range(0, len(cells), per))
    return _table("ReportFigures", [one] * per, "".join(f"<w:tr><w:trPr><w:cantSplit/></w:trPr>{line}</w:tr>" for line in lines))


def _card(figure: KeyFigure, look: str) -> str:
    tint = f'<w:color w:val="{TINTS[figure.verdict]}"/>' if figure.verdict in TINTS else ""
    word = run(f"{MARKS[figure.verdict]} {_(WORDS[figure.verdict])}", f"<w:b/>{tint}") if figure.verdict in MARKS else ""
    return (paragraph("KeyName", run(figure.name)) + paragraph("KeyValue", run(figure.value, tint + look))
            + (paragraph("KeyBelow", run(figure.below), _KEEP if word else "") if figure.below or not word else "")
            + (paragraph("KeyBelow", word) if word else ""))
