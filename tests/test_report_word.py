"""The Word report, read back: styles, fonts, captions, contents, tables, pictures, pages."""

import re
import shutil
import subprocess
from dataclasses import replace

import docx
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from reports import LONG, differences, everything, utilisation

from sim.report import word
from sim.report.document import Bullets, Column, Document, KeyFigures, Paragraph, Section, Table
from sim.report.looks import MARKS

LANGUAGES = ("en", "zh")


@pytest.fixture(scope="module", params=LANGUAGES)
def made(request, tmp_path_factory):
    """A report with everything in it, as it was meant and as it was written."""
    place = tmp_path_factory.mktemp(request.param)
    document = everything(request.param, place)
    word.write(document, place / "report.docx")
    return document, docx.Document(str(place / "report.docx"))


def written(document, place):
    word.write(document, place / "report.docx")
    return docx.Document(str(place / "report.docx"))


def text_of(element):
    return "".join(node.text or "" for node in element.iter(qn("w:t")))


def tables_of(found):
    return [table for table in found.tables if table.style.name == "Report Table"]


def test_every_style_has_a_latin_and_a_chinese_font_and_only_our_styles_are_there(made):
    document, found = made
    styles = [style for style in found.styles if style.element.get(qn("w:type")) != "numbering"]
    for style in [*styles]:
        if style.name == "Hyperlink":
            continue
        fonts = style.element.find(qn("w:rPr")).find(qn("w:rFonts"))
        assert fonts.get(qn("w:eastAsia")) in ("SimSun", "Microsoft YaHei"), style.name
        assert fonts.get(qn("w:ascii")) in ("Arial", "Times New Roman"), style.name
        assert not [name for name in fonts.attrib if "Theme" in name]
    assert {"Title", "Heading 1", "Heading 2", "Caption", "List Bullet", "Report Table"} <= {style.name for style in styles}
    assert len(styles) < 40
    body = found.styles["Body Text"].element.find(qn("w:rPr"))
    assert body.find(qn("w:rFonts")).get(qn("w:eastAsia")) == ("SimSun" if document.language == "zh" else "Microsoft YaHei")
    assert body.find(qn("w:lang")).get(qn("w:eastAsia")) == "zh-CN"


def test_no_paragraph_is_without_a_named_style(made):
    _document, found = made
    bare = [text_of(p) for p in found.element.body.iter(qn("w:p"))
            if p.find(qn("w:pPr")) is None or p.find(qn("w:pPr")).find(qn("w:pStyle")) is None]
    assert bare == []


def test_captions_are_numbered_fields_that_show_their_number(made):
    document, found = made
    zh = document.language == "zh"
    for word_, kind in ((("表" if zh else "Table"), "tables"), (("图" if zh else "Figure"), "figures")):
        blocks = [block for section in document.sections for block in section.blocks
                  if hasattr(block, "columns" if kind == "tables" else "png")]
        said = [p for p in found.paragraphs if p.style.name == "Caption" and p.text.startswith(word_)]
        assert [p.text for p in said] == [f"{word_} {i + 1}  {block.caption}" for i, block in enumerate(blocks)]
        assert all(f"SEQ {word_}" in "".join(node.text for node in p._p.iter(qn("w:instrText"))) for p in said)


def test_a_caption_stays_with_its_table_and_a_chart_with_its_caption(made):
    _document, found = made
    for p in found.paragraphs:
        below = p._p.getnext()
        if p.style.name == "Caption" and below is not None and below.tag == qn("w:tbl"):
            assert p.paragraph_format.keep_with_next
    assert found.styles["Figure"].paragraph_format.keep_with_next
    assert found.styles["Heading 1"].paragraph_format.keep_with_next


def test_contents_show_every_heading_with_its_number_and_lead_to_it(made):
    document, found = made
    box = found.element.body.find(qn("w:sdt"))
    links = list(box.iter(qn("w:hyperlink")))
    assert [text_of(link) for link in links] == [
        number + section.title for number, section in zip(("1", "2", "2.1", "3", "3.1", "3.2"), document.sections, strict=True)]
    marks = {mark.get(qn("w:name")) for mark in found.element.body.iter(qn("w:bookmarkStart"))}
    assert all(link.get(qn("w:anchor")) in marks for link in links)
    assert any("TOC " in (code.text or "") for code in box.iter(qn("w:instrText")))
    headings = [(p.style.name, p.text) for p in found.paragraphs if p.style.name.startswith("Heading")]
    assert headings == [(f"Heading {section.level}", section.title) for section in document.sections]


def test_cells_say_what_is_printed_and_verdicts_have_a_mark(made):
    document, found = made
    tables = [block for section in document.sections for block in section.blocks if isinstance(block, Table)]
    for table, there in zip(tables, tables_of(found), strict=True):
        rows = [[text_of(cell) for cell in row.iter(qn("w:tc"))] for row in there._tbl.iter(qn("w:tr"))]
        assert rows[0] == [column.name for column in table.columns]
        assert [[re.sub(f"^[{''.join(MARKS.values())}] ", "", cell) for cell in row] for row in rows[1:]] \
            == [list(row) for row in table.texts]
        told = next((i for i, column in enumerate(table.columns) if column.kind == "verdict"), 0)
        for row, verdict in zip(rows[1:], table.verdicts, strict=bool(table.verdicts)):
            assert row[told][:1] == MARKS[verdict] if verdict else row[told][:1] not in MARKS.values()


def test_marks_are_explained_where_no_column_has_the_words(tmp_path):
    found = written(Document("T", "", "en", (), (Section("s", "S", 1, (utilisation(False), differences(False))),)), tmp_path)
    notes = [p.text for p in found.paragraphs if p.style.name == "Table Note"]
    assert notes == ["● better   ◆ worse", *differences(False).notes]


def test_header_rows_repeat_rows_do_not_split_and_numbers_stand_right(made):
    document, found = made
    tables = [block for section in document.sections for block in section.blocks if isinstance(block, Table)]
    for table, there in zip(tables, tables_of(found), strict=True):
        rows = list(there._tbl.iter(qn("w:tr")))
        assert [row.find(qn("w:trPr")).find(qn("w:tblHeader")) is not None for row in rows] == [True] + [False] * (len(rows) - 1)
        assert all(row.find(qn("w:trPr")).find(qn("w:cantSplit")) is not None for row in rows)
        styles = [p.find(qn("w:pPr")).find(qn("w:pStyle")).get(qn("w:val")) for p in rows[-1].iter(qn("w:p"))]
        assert styles == ["TableNumber" if column.kind in ("number", "percent") else "TableText" for column in table.columns]
    assert found.styles["Table Number"].element.find(qn("w:pPr")).find(qn("w:jc")).get(qn("w:val")) == "right"


def test_tables_are_never_wider_than_their_page(made):
    _document, found = made
    widths = [(section.page_width - section.left_margin - section.right_margin) // 635 for section in found.sections]
    for table in found.tables:
        assert sum(int(one.get(qn("w:w"))) for one in table._tbl.iter(qn("w:gridCol"))) <= max(widths)
    upright = [table for table in tables_of(found) if len(table.columns) < 8]
    assert all(sum(int(one.get(qn("w:w"))) for one in table._tbl.iter(qn("w:gridCol"))) <= min(widths) for table in upright)


def test_a_wide_table_of_the_appendix_has_landscape_pages_and_takes_its_heading_along(made):
    document, found = made
    assert [section.orientation for section in found.sections] == [WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE, WD_ORIENT.PORTRAIT]
    assert found.sections[1].page_width > found.sections[1].page_height
    before, _aside = [i for i, child in enumerate(found.element.body) if child.find(f".//{qn('w:sectPr')}") is not None]
    heading = next(i for i, child in enumerate(found.element.body) if text_of(child) == document.sections[3].title
                   and child.tag == qn("w:p"))
    assert heading > before


def test_pictures_fit_the_page_keep_their_shape_and_can_be_heard(made):
    document, found = made
    page = found.sections[0]
    figure = document.sections[0].blocks[4]
    assert len(found.inline_shapes) == 2
    for shape in found.inline_shapes:
        assert shape.width <= page.page_width - page.left_margin - page.right_margin
        assert shape.width / shape.height == pytest.approx(8 / 4.2, rel=0.01)
        assert shape._inline.docPr.get("descr") == figure.alt


def test_the_file_says_what_it_is(made):
    document, found = made
    about = found.core_properties
    assert (about.title, about.subject, about.author) == (document.title, document.subtitle, "Nine Dragons")
    assert about.language == {"en": "en-GB", "zh": "zh-CN"}[document.language]
    assert about.comments == ""
    foot = found.sections[0].footer.paragraphs[0]
    assert foot.text == {"en": "Page 1 of 1", "zh": "第 1 页，共 1 页"}[document.language]
    codes = [code.text.strip() for code in foot._p.iter(qn("w:instrText"))]
    assert codes == ["PAGE", "NUMPAGES"]


def test_numbered_lists_begin_with_one_each(made):
    _document, found = made
    numbers = [p._p.pPr.numPr.numId.val for p in found.paragraphs if p.style.name == "List Number"]
    assert numbers[0] == numbers[1] != numbers[2]
    numbering = found.part.numbering_part.element
    for key in set(numbers):
        one = next(num for num in numbering.iter(qn("w:num")) if num.get(qn("w:numId")) == str(key))
        assert one.find(f".//{qn('w:startOverride')}").get(qn("w:val")) == "1"


def test_nothing_at_all_is_a_report_too(tmp_path):
    empty = Table("t", "T", (Column("a"), Column("b", "number")), (), ())
    found = written(Document("T", "", "zh", (), (Section("s", "S", 1, (empty, Bullets(()), KeyFigures(()))),)), tmp_path)
    assert [text_of(cell) for cell in found.element.body.iter(qn("w:tc"))] == ["a", "b", "–", ""]
    assert found.element.body.find(qn("w:sdt")) is None         # no contents for one heading


def test_what_xml_cannot_hold_is_left_out_and_what_it_must_escape_is_kept(tmp_path):
    odd = "A\x00<b> & \"c\"\nd\x1b"
    table = Table("t", odd, (Column(odd),), ((odd,),), ((odd,),))
    found = written(Document(odd, odd, "en", ((odd, odd),), (Section("s", odd, 1, (Paragraph(odd), table)),)), tmp_path)
    assert found.tables[1].cell(1, 0).text == 'A<b> & "c"\nd'


def test_a_file_that_fails_leaves_the_old_one(tmp_path):
    file = tmp_path / "report.docx"
    file.write_bytes(b"old")
    document = everything("en", tmp_path)
    (tmp_path / "chart.png").unlink()
    with pytest.raises(FileNotFoundError):
        word.write(document, file)
    assert file.read_bytes() == b"old"
    assert {path.name for path in tmp_path.iterdir()} == {"report.docx", "chart.svg"}


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("language", LANGUAGES)
def test_libreoffice_opens_it(language, tmp_path):
    document = everything(language, tmp_path)
    document = replace(document, title=LONG)
    word.write(document, tmp_path / "report.docx")
    subprocess.run(["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to", "pdf", "--outdir",
                    str(tmp_path), str(tmp_path / "report.docx")], check=True, capture_output=True, timeout=120)
    assert (tmp_path / "report.pdf").stat().st_size > 20_000
