"""A report as a workbook: the answer and an index first, then a sheet for every table, with native charts (Excel 报告).

Cells are numbers that can be reckoned with, shown to the digit as the report prints them.  No cell is a formula: a text that begins
like one stays text.  What is missing or not finite is empty.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib import import_module
from math import ceil
from pathlib import Path
from typing import Any

from sim.i18n import _, speaking
from sim.report import looks
from sim.report.document import Document, KeyFigures, Paragraph, Table
from sim.report.excel_charts import dates, draw, plot
from sim.report.looks import FILLS, MARKS, SHADE, TINTS, WORDS, clean, cut, number, printed, verdict_column, width
from sim.report.word_styles import LANGUAGES

__all__ = ["sheet_names", "write"]

_FONTS = {"en": "Arial", "zh": "Microsoft YaHei"}
_TOP = 2
"""Row of the header on a sheet, from 0."""
_WIDEST, _NARROWEST = 70.0, 8.0
_MANY, _WIDEST_OF_MANY = 4, 42.0
"""In a table of more columns than these none is wider, so that a printed page can be read."""
_BESIDE = 25
"""Behind more rows than these a chart stands beside its table, before at the top of it."""
_FRONT = (6.0, 62.0, 42.0, 18.0)
"""Widths of the columns of the first sheet."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write(document: Document, path: Path) -> None:
    """Write a report as a workbook; `sim.report.writing` puts it in its place whole.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     write(Document("A report", "", "en", ()), Path(place) / "report.xlsx")
    ...     (Path(place) / "report.xlsx").stat().st_size > 3000
    True
    """
    with speaking(document.language):
        _save(document, path)


def _save(document: Document, path: Path) -> None:
    font = _FONTS[document.language]
    options = {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": False,
               "default_format_properties": {"font_name": font, "font_size": 10}}
    book = import_module("xlsxwriter").Workbook(str(path), options)
    book.set_properties({"title": clean(document.title), "subject": clean(document.subtitle), "author": "Nine Dragons", "comments": "",
                         "created": datetime.now(UTC).replace(tzinfo=None, microsecond=0)})
    book.set_custom_property("Language", LANGUAGES[document.language])
    workbook = _Workbook(book, document, font)
    workbook.front()
    for i in range(len(workbook.tables)):
        workbook.table(i)
    book.close()


def sheet_names(captions: list[str], first: str) -> list[str]:
    """Names of sheets: numbered as the tables of the report, at most 31 letters, each only once, nothing that Excel forbids.

    Parameters
    ----------
    captions : list of str
        What the tables show.
    first : str
        Name of the first sheet, which is not among the captions.

    Examples
    --------
    >>> sheet_names(["Who waits: why?", "[All] settings of both organisations"], "Answer")
    ['Answer', '1 Who waits why', '2 All settings of both organis…']
    """
    found = [cut(_allowed(first), 31)]
    found += [cut(f"{i + 1} {_allowed(caption)}".strip(), 31).strip("'") for i, caption in enumerate(captions)]
    return found


def _allowed(text: str) -> str:
    return " ".join(re.sub(r"[\[\]:*?/\\]", " ", clean(text)).split()).strip("'")


class _Workbook:
    """The workbook while it is filled."""

    def __init__(self, book: Any, document: Document, font: str) -> None:
        self.book, self.document, self.font = book, document, font
        self.tables = [(section, block) for section in document.sections for block in section.blocks if isinstance(block, Table)]
        self.names = sheet_names([table.caption for _section, table in self.tables], _("Answer"))
        self.sheets = [book.add_worksheet(name) for name in self.names]
        self.formats: dict[tuple[tuple[str, Any], ...], Any] = {}
        self.spare: Any = None          # the hidden sheet, where a chart needs one
        self.kept = 0

    def look(self, **properties: Any) -> Any:
        """A cell format; equal ones are one."""
        key = tuple(sorted(properties.items()))
        if key not in self.formats:
            self.formats[key] = self.book.add_format(
                {"font_name": self.font, "font_size": 10, "font_color": "#" + looks.INK, "valign": "top", **properties})
        return self.formats[key]

    def _text(self, sheet: Any, row: int, column: int, text: str, **properties: Any) -> None:
        """A text, whatever it begins with."""
        text = clean(text)[:32767]
        if text.startswith(_FORMULA):
            properties["quote_prefix"] = True
        if text:
            sheet.write_string(row, column, text, self.look(**properties))
        else:
            sheet.write_blank(row, column, None, self.look(**properties))

    def _line(self, sheet: Any, row: int, columns: int, room: float, text: str, **properties: Any) -> None:
        """A sentence over several columns; the row is as high as it needs."""
        text, size = clean(text), properties.get("font_size", 10)
        if columns > 1:
            sheet.merge_range(row, 0, row, columns - 1, "", self.look(text_wrap=True, **properties))
        self._text(sheet, row, 0, text, text_wrap=True, **properties)
        lines = sum(max(1, ceil(width(part) * size / 10 * 1.12 / room)) for part in text.split("\n"))
        sheet.set_row(row, (size * 1.6) * lines + 3)

    def front(self) -> None:
        """The first sheet: the answer, and where everything is."""
        sheet = self.sheets[0]
        for column, wide in enumerate(_FRONT):
            sheet.set_column(column, column, wide)
        room = sum(_FRONT)
        self._line(sheet, 0, 4, room, self.document.title, bold=True, font_size=18, font_color="#1F4E79")
        self._line(sheet, 1, 4, room, self.document.subtitle, font_color="#" + looks.QUIET, font_size=11)
        row = 3
        for block in self.document.sections[0].blocks if self.document.sections else ():
            if isinstance(block, Paragraph):
                self._line(sheet, row, 4, room, block.text, bold=block.strong, font_size=11)
                row += 1
            elif isinstance(block, KeyFigures):
                row = self._figures(sheet, row + 1, block)
        row = self._index(sheet, row + 1)
        for name, text in self.document.facts:
            sheet.merge_range(row, 0, row, 1, "", self.look(font_color="#" + looks.QUIET))
            self._text(sheet, row, 0, name, font_color="#" + looks.QUIET)
            self._text(sheet, row, 2, text)
            row += 1
        sheet.hide_gridlines(2)
        sheet.activate()
        self._printed(sheet, room)

    def _figures(self, sheet: Any, row: int, block: KeyFigures) -> int:
        """Numbers that stand alone: name, value, interval, verdict; the row after them."""
        for figure in block.figures:
            fill = {"bg_color": "#" + FILLS[figure.verdict]} if figure.verdict in FILLS else {}
            tint = {"font_color": "#" + TINTS[figure.verdict]} if figure.verdict in TINTS else {}
            sheet.merge_range(row, 0, row, 1, "", self.look(bottom=1, bottom_color="#" + looks.RULE))
            self._text(sheet, row, 0, figure.name, bottom=1, bottom_color="#" + looks.RULE)
            told = f"{figure.value}   {figure.below}".strip()
            self._text(sheet, row, 2, told, bold=True, text_wrap=True, bottom=1, bottom_color="#" + looks.RULE, **tint)
            sheet.set_row(row, 15 * ceil(width(told) * 1.12 / _FRONT[2]) + 3)
            said = f"{MARKS[figure.verdict]} {_(WORDS[figure.verdict])}" if figure.verdict in MARKS else ""
            self._text(sheet, row, 3, said, bottom=1, bottom_color="#" + looks.RULE, text_wrap=True, **fill, **tint)
            row += 1
        return row + 1

    def _index(self, sheet: Any, row: int) -> int:
        """Every table with a link to its sheet; the row after them."""
        if not self.tables:
            return row
        for column, name in enumerate((_("No."), _("Table"), _("Part of the report"), _("Rows"))):
            self._text(sheet, row, column, name, bold=True, bg_color="#" + SHADE, bottom=1, align="right" if column == 3 else "left")
        for i, (section, table) in enumerate(self.tables):
            row += 1
            sheet.write_number(row, 0, i + 1, self.look(align="left"))
            sheet.write_url(row, 1, _link(self.names[i + 1]), self.look(font_color="#1F4E79", underline=1, text_wrap=True),
                            clean(table.caption))
            self._text(sheet, row, 2, section.title, text_wrap=True)
            sheet.write_number(row, 3, len(table.rows), self.look(num_format="#,##0"))
            sheet.set_row(row, 16 * max(1, ceil(width(table.caption) / (_FRONT[1] - 3)), ceil(width(section.title) / (_FRONT[2] - 3))))
        return row + 2

    def table(self, i: int) -> None:
        """A sheet with its table, notes, chart."""
        sheet, table = self.sheets[i + 1], self.tables[i][1]
        told = verdict_column(table)
        extra = told is None and any(table.verdicts)
        count = len(table.columns) + extra
        self._text(sheet, 0, 0, table.caption, bold=True, font_size=13, font_color="#1F4E79")
        sheet.set_row(0, 22)
        sheet.write_url(1, 0, _link(self.names[0]), self.look(font_color="#1F4E79", underline=1), "← " + self.names[0])
        room = sum(self._columns(sheet, table, extra))
        for row in range(len(table.rows)):
            self._row(sheet, table, row)
            if extra:
                verdict = table.verdicts[row] if row < len(table.verdicts) else ""
                self._text(sheet, _TOP + 1 + row, count - 1, _(WORDS[verdict]) if verdict in WORDS else "", align="left",
                           indent=1)
        last = _TOP + len(table.rows)
        sheet.autofilter(_TOP, 0, max(last, _TOP + 1), count - 1)
        sheet.freeze_panes(_TOP + 1, int(table.columns[0].kind == "text" and count > 3))
        self._colours(sheet, table, count - 1 if extra else told)
        row = last + 2
        for note in table.notes:
            self._line(sheet, row, count, max(room, 20.0), note, font_color="#" + looks.QUIET)
            row += 1
        self._printed(sheet, room, count)
        self._chart(sheet, table, row + 1, count)
        sheet.ignore_errors({"number_stored_as_text": f"A1:XFD{last + 1}"})

    def _columns(self, sheet: Any, table: Table, extra: bool) -> list[float]:
        """Header and widths of the columns."""
        found, height = [], 1
        names = [column.name for column in table.columns] + ([_("Verdict")] if extra else [])
        for j, name in enumerate(names):
            own = j < len(table.columns)
            cells = [row[j] for row in table.texts] if own else [_(WORDS[v]) for v in table.verdicts if v in WORDS]
            longest = max((width(cell) for cell in cells), default=0)
            wide = min(max(longest * 1.05 + 3, min(width(name) * 1.1, 22.0) + 4, _NARROWEST), _widest(table))
            right = own and table.columns[j].kind in ("number", "percent")
            self._text(sheet, _TOP, j, name, bold=True, bg_color="#" + SHADE, bottom=1, text_wrap=True, valign="bottom",
                       **({"align": "right"} if right else {"align": "left", "indent": int(j > 0)}))
            sheet.set_column(j, j, wide)
            height = max(height, ceil(width(name) * 1.1 / max(wide - 3, 1)))
            found.append(wide)
        sheet.set_row(_TOP, 16 * height + 2)
        return found

    def _row(self, sheet: Any, table: Table, row: int) -> None:
        at, days = _TOP + 1 + row, dates(table)
        height, widest = 1, _widest(table)
        for j, (value, text, column) in enumerate(zip(table.rows[row], table.texts[row], table.columns, strict=True)):
            found = number(value)
            if found is not None:
                sheet.write_number(at, j, found, self.look(num_format=printed(found, text, column).format))
            elif isinstance(value, str) and j == 0 and days:
                sheet.write_datetime(at, j, datetime.fromisoformat(value), self.look(num_format="yyyy-mm-dd", align="left"))
            elif isinstance(value, str):
                right = {"align": "right"} if column.kind in ("number", "percent") else {"align": "left", "indent": int(j > 0)}
                long = {"text_wrap": True} if width(value) * 1.05 + 3 > widest or "\n" in value else {}
                height = max(height, sum(ceil(max(width(part), 1) * 1.05 / (widest - 2)) for part in value.split("\n")) if long else 1)
                self._text(sheet, at, j, value, **right, **long)
        if height > 1:
            sheet.set_row(at, 15 * height + 2)

    def _colours(self, sheet: Any, table: Table, column: int | None) -> None:
        """Fill the cells of a verdict by its word; whoever edits a word sees the colour follow."""
        if column is None or not table.rows:
            return
        said = {(_(WORDS[verdict]) if column >= len(table.columns) else str(row[column]), verdict)
                for row, verdict in zip(table.rows, table.verdicts, strict=False) if verdict in FILLS}
        for word, verdict in sorted(said):
            quoted = word.replace('"', '""')
            look = self.book.add_format({"bg_color": "#" + FILLS[verdict], "font_color": "#" + TINTS[verdict], "bold": verdict != "same"})
            sheet.conditional_format(_TOP + 1, column, _TOP + len(table.rows), column,
                                     {"type": "cell", "criteria": "==", "value": f'"{quoted}"', "format": look})

    def _chart(self, sheet: Any, table: Table, row: int, count: int) -> None:
        chosen = plot(table)
        if chosen is None:
            return
        chart = draw(self.book, sheet, table, chosen, _TOP, self.font, self._keep)
        beside = len(table.rows) > _BESIDE
        sheet.insert_chart(_TOP if beside else row, count + 1 if beside else 0, chart,
                           {"description": table.caption, "object_position": 2})
        if beside:
            sheet.print_area(0, 0, row, count - 1)
        else:
            sheet.fit_to_pages(1, 1)        # a chart is not torn in two

    def _keep(self, name: str, values: Sequence[float]) -> str:
        """Put numbers for a chart on a hidden sheet; where they are."""
        if self.spare is None:
            self.spare = self.book.add_worksheet(sheet_names([], _("Chart data"))[0])
            self.spare.hide()
        column, self.kept = self.kept, self.kept + 1
        self.spare.write_string(0, column, clean(name))
        self.spare.write_column(1, column, values)
        letter = import_module("xlsxwriter.utility").xl_col_to_name(column, True)
        return f"='{self.spare.name}'!{letter}$2:{letter}${len(values) + 1}"

    def _printed(self, sheet: Any, room: float, count: int = 0) -> None:
        """How a sheet is printed: A4, as wide as the page, the header again on every page."""
        sheet.set_paper(9)
        if count and room > 100:
            sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.5, right=0.5, top=0.7, bottom=0.6)
        sheet.set_header("&R&8" + cut(clean(self.document.title), 100).replace("&", "&&"))
        sheet.set_footer("&C&8&P / &N")
        if count:
            sheet.repeat_rows(_TOP)


def _widest(table: Table) -> float:
    return _WIDEST if len(table.columns) <= _MANY else _WIDEST_OF_MANY


def _link(name: str) -> str:
    quoted = name.replace("'", "''")
    return f"internal:'{quoted}'!A1"
