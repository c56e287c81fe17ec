"""The workbook, read back: numbers as printed, no formulas, filters, links, charts."""

import re
import zipfile
from datetime import datetime

import openpyxl
import pytest
from reports import INF, LONG, NAN, daily, differences, everything, parameters, utilisation

from sim.report import excel
from sim.report.document import Column, Document, Section, Table
from sim.report.excel import sheet_names
from sim.report.excel_charts import Plot, Series, plot
from sim.report.looks import number, printed

HEAD = 3


@pytest.fixture(scope="module", params=("en", "zh"))
def made(request, tmp_path_factory):
    """A report with everything in it, as it was meant and as it was written."""
    place = tmp_path_factory.mktemp(request.param)
    document = everything(request.param)
    excel.write(document, place / "report.xlsx")
    return document, openpyxl.load_workbook(place / "report.xlsx")


def tables_of(document):
    return [block for section in document.sections for block in section.blocks if isinstance(block, Table)]


def shown(value, form):
    """What Excel shows: sections for what is positive, negative and zero; quoted text; %, thousands, digits."""
    parts = form.split(";")
    part = parts[0] if value > 0 or len(parts) == 1 else parts[1] if value < 0 else parts[min(2, len(parts) - 1)]
    found = re.fullmatch(r'(?P<before>(?:"[^"]*"|[-+])*)(?P<body>(?:#,##)?0(?:\.0+)?)(?P<percent>%?)(?P<after>(?:"[^"]*")?)', part)
    digits = len(found["body"].partition(".")[2])
    text = f"{abs(value) * (100 if found['percent'] else 1):{',' if '#' in found['body'] else ''}.{digits}f}"
    sign = "-" if value < 0 and len(parts) == 1 else ""
    return sign + found["before"].replace('"', "") + text + found["percent"] + found["after"].replace('"', "")


def test_numbers_show_the_digits_of_the_report_and_keep_the_rest(made):
    document, book = made
    for table, sheet in zip(tables_of(document), book.worksheets[1:], strict=True):
        for i, (row, texts) in enumerate(zip(table.rows, table.texts, strict=True)):
            for j, (value, text) in enumerate(zip(row, texts, strict=True)):
                cell = sheet.cell(HEAD + 1 + i, j + 1)
                if number(value) is not None:
                    assert cell.value == pytest.approx(value, rel=1e-15)     # Excel keeps 16 digits
                    assert shown(cell.value, cell.number_format) == text
                elif not isinstance(value, str):
                    assert cell.value is None           # missing, nan, inf
                elif isinstance(cell.value, datetime):
                    assert cell.value.strftime("%Y-%m-%d") == text
                else:
                    assert (cell.value or "") == text


@pytest.mark.parametrize(("value", "text", "column"), [
    (0.2533, "25.3%", Column("a", "percent", 1)), (-1234.5, "−1,234.5", Column("a", "number", 3)),
    (0.02, "+0.02", Column("a", "number", 2, True)), (-0.0001, "0.0", Column("a", "number", 1, True)),
    (0.0, "0.00", Column("a", "number", 2, True)), (12.0, "12 h", Column("a", "number")),
    (1e6, "1,000,000", Column("a", "number")), (-0.031, "-3.1%", Column("a", "percent", 3)), (7, "7", Column("a")),
])
def test_a_number_format_is_read_from_the_print(value, text, column):
    assert shown(value, printed(value, text, column).format) == text


@pytest.mark.parametrize(("value", "text", "form"), [
    (0.5, "half of it", "0.0%"), (0.5, "50% [40%, 60%]", "0.0%"), (0.5, "17%", "0.0%"), (0.5, "", "0.0%"),
])
def test_where_the_print_does_not_tell_the_column_does(value, text, form):
    assert printed(value, text, Column("a", "percent", 1)).format == form


def test_nothing_is_a_formula_and_what_looks_like_one_is_kept_as_text(made):
    _document, book = made
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert not [cell for cell in cells if cell.data_type in ("f", "e")]
    odd = [cell for cell in cells if isinstance(cell.value, str) and cell.value[:1] in "=+-@" and cell.value]
    assert {cell.value for cell in odd} >= {"=1+1", "+86 592 12345", "-", "@all"}
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in odd)


def test_the_first_sheet_has_the_answer_and_leads_to_every_other(made):
    document, book = made
    first = book.worksheets[0]
    assert first.title == {"en": "Answer", "zh": "结论"}[document.language]
    said = {cell.value for row in first.iter_rows() for cell in row}
    assert {block.text for block in document.sections[0].blocks if hasattr(block, "strong")} <= said
    assert {document.title, document.subtitle, "−27.8 h   −30.1 … −25.4 h"} <= said
    links = [cell.hyperlink.location for row in first.iter_rows() for cell in row if cell.hyperlink]
    assert links == [f"'{sheet.title}'!A1" for sheet in book.worksheets[1:]]
    assert all(sheet["A2"].hyperlink.location == f"'{first.title}'!A1" for sheet in book.worksheets[1:])


def test_sheets_can_be_filtered_scrolled_and_printed(made):
    document, book = made
    for table, sheet in zip(tables_of(document), book.worksheets[1:], strict=True):
        extra = not any(column.kind == "verdict" for column in table.columns) and any(table.verdicts)
        last = openpyxl.utils.get_column_letter(len(table.columns) + extra)
        assert sheet.auto_filter.ref == f"A{HEAD}:{last}{HEAD + len(table.rows)}"
        assert sheet.freeze_panes in (f"A{HEAD + 1}", f"B{HEAD + 1}")
        assert sheet.print_title_rows == f"${HEAD}:${HEAD}"
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.page_setup.fitToWidth in (None, 1)
        assert [cell.value for cell in sheet[HEAD]][:len(table.columns)] == [column.name for column in table.columns]
        notes = {cell.value for row in sheet.iter_rows(min_row=HEAD + len(table.rows) + 1) for cell in row}
        assert set(table.notes) <= notes


def test_a_verdict_has_its_word_and_a_colour_that_follows_the_word(made):
    document, book = made
    better, worse, same = {"en": ("better", "worse", "not distinguishable"), "zh": ("更好", "更差", "无显著差异")}[document.language]
    one, two = book.worksheets[1:3]
    assert [row[0].value for row in one.iter_rows(HEAD + 1, HEAD + 5, 8, 8)] == [better, better, worse, same, None]
    assert [row[0].value for row in two.iter_rows(HEAD + 1, HEAD + 5, 4, 4)] == [worse, better, None, None, None]
    rules = {rule.formula[0] for found in one.conditional_formatting for rule in found.rules}
    assert rules == {f'"{said}"' for said in (better, worse, same)}


def test_columns_are_wide_enough_for_chinese(tmp_path):
    excel.write(Document("T", "", "zh", (), (Section("s", "S", 1, (utilisation(True), parameters(True, 3))),)), tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    assert book.worksheets[1].column_dimensions["A"].width >= 2 * len(LONG)
    assert 8 <= book.worksheets[2].column_dimensions["C"].width <= 14


def test_names_of_sheets_are_short_allowed_and_different():
    long = "同一标题" * 12
    names = sheet_names([long, long, "a/b:c*d?[e]\\f", "'quoted'", "ANSWER", "", "𝒜" * 40], "Answer")
    assert len({name.lower() for name in names}) == len(names) == 8
    assert all(0 < len(name.encode("utf-16-le")) // 2 <= 31 for name in names)
    assert not any(re.search(r"[\[\]:*?/\\]|^'|'$", name) for name in names)


INTERVAL = (Column("team"), Column("wait (h)", "number", 1), Column("95% interval"), Column("busy (%)", "number", 0),
            Column("95% interval"))


def table_of(columns, rows, units=False):
    texts = tuple(tuple("" if value is None else str(value) for value in row) for row in rows)
    return Table("t", "T", tuple(columns), tuple(rows), texts)


@pytest.mark.parametrize(("table", "chosen"), [
    (daily(False), Plot("line", 1, (Series(1), Series(2)))),
    (daily(False, 4), None),
    (utilisation(False), Plot("bar", 1, (Series(1),))),
    (utilisation(False, 41), None),                                                  # too many bars to be read
    (differences(False), None),                                                      # hours and shares
    (parameters(False, 5), None),
    (table_of(INTERVAL, [("a", 2.0, "1.0 to 3.0", 90, "80 to 95"), ("b", 4.0, "3.5至4.1", 70, "60 to 75")]),
     Plot("bar", 1, (Series(1, 2, 2),))),                                            # the second column has another unit
    (table_of(INTERVAL[:3], [("a", 2.0, "1.0 to 3.0"), ("b", 4.0, "–"), ("c", 5.0, "−5.0 to 5.0")]), Plot("bar", 1, (Series(1, 2, 2),))),
    (table_of(INTERVAL[:3], [("a", 2.0, "3.0 to 9.0"), ("b", 4.0, "3.5 to 4.1")]), None),       # not its interval
    (table_of(INTERVAL[:3], [("a", 2.0, "1.0 to 3.0"), ("a", 4.0, "3.5 to 4.1")]), None),       # names do not tell rows apart
    (table_of((Column("heads", "number", 0), Column("wait", "number"), Column("low", "number"), Column("high", "number")),
              [(1, 5.0, 4.0, 6.0), (2, 3.0, 2.0, 4.0)]), Plot("scatter", 1, (Series(1, 2, 3),))),
    (table_of((Column("a"), Column("x", "number"), Column("y", "number"), Column("z", "number")),
              [("p", 5.0, 4.0, 6.0), ("q", 3.0, 2.0, 4.0)]), None),                  # looks like an interval and is called otherwise
    (table_of((Column("a"), Column("mean", "number"), Column("Unit")), [("p", 5.0, "h"), ("q", 3.0, "%")]), None),
    (table_of((Column("a"),), []), None),
])
def test_which_chart_suits_a_table(table, chosen):
    assert plot(table) == chosen


def test_charts_are_native_and_draw_the_intervals(tmp_path):
    rows = [("a", 2.0, "1.0 to 3.5"), ("b", 4.0, "–"), ("c", 5.0, "4.0 to 5.5")]
    excel.write(Document("T", "", "en", (), (Section("s", "S", 1, (table_of(INTERVAL[:3], rows), daily(False)),),)),
                tmp_path / "t.xlsx")
    with zipfile.ZipFile(tmp_path / "t.xlsx") as file:
        bars, lines = (file.read(f"xl/charts/chart{i}.xml").decode() for i in (1, 2))
    assert "<c:errBars>" in bars
    assert "<c:lineChart>" in lines
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    spare = book["Chart data"]
    assert spare.sheet_state == "hidden"
    assert [[cell.value for cell in row] for row in spare.iter_rows(2, 4)] == [[1.5, 1], [0, 0], [0.5, 1]]


def test_the_file_says_what_it_is(made):
    document, book = made
    assert (book.properties.title, book.properties.subject, book.properties.creator) == (document.title, document.subtitle, "Nine Dragons")
    assert book.custom_doc_props["Language"].value == {"en": "en-GB", "zh": "zh-CN"}[document.language]


def test_what_is_odd_does_no_harm(tmp_path):
    odd = "A\x00<b>&\"c\"\nd" * 9000
    table = Table("t", "& 'x'", (Column(odd[:50]), Column("n", "number")), ((odd, NAN), (odd, INF), (None, "text")),
                  ((odd, ""), (odd, ""), ("", "text")), ("=note",))
    empty = Table("e", "E", (Column("a"),), (), ())
    excel.write(Document("T & Co", "", "en", (), (Section("s", "S", 1, (table, empty)),)), tmp_path / "t.xlsx")
    book = openpyxl.load_workbook(tmp_path / "t.xlsx")
    sheet = book.worksheets[1]
    assert sheet["A4"].value.startswith('A<b>&"c"')
    assert [sheet[f"B{i}"].value for i in (4, 5, 6)] == [None, None, "text"]


def test_a_file_that_fails_leaves_the_old_one(tmp_path, monkeypatch):
    (tmp_path / "t.xlsx").write_bytes(b"old")
    monkeypatch.setattr(excel, "plot", lambda table: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        excel.write(everything("en"), tmp_path / "t.xlsx")
    assert (tmp_path / "t.xlsx").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["t.xlsx"]
