"""A report as a Word file: real styles, numbered captions, contents, native tables (Word 报告).

The file opens as it is meant to look: captions, contents and footers hold their values already, so neither Word nor LibreOffice has
to be asked to compute them.  Appendix tables that are too wide for the page stand on landscape pages of their own.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sim.i18n import _, speaking
from sim.report.document import Block, Bullets, Document, Figure, KeyFigures, Paragraph, Section, Table
from sim.report.looks import clean, spread, wanted
from sim.report.word_styles import LANGUAGES, NUMBERS, styled
from sim.report.word_tables import cards, facts, grid, letters, notes
from sim.report.word_xml import bookmarked, contents, element, field, paragraph, run

__all__ = ["write"]

_EMU = 635
"""Of the library's unit of length, in a twentieth of a point."""
_SHORT_EDGE, _LONG_EDGE, _MARGIN, _FOOT = 11906, 16838, 1134, 1134
_WIDTH = {False: _SHORT_EDGE - 2 * _MARGIN, True: _LONG_EDGE - 2 * _MARGIN}
"""Of the page between its margins, upright and landscape, in twentieths of a point."""
_TALLEST, _FIRST = 10200, 4900
"""How high a chart may be, and on the first page."""
_LARGER, _SLIM = 1.25, 0.55
"""How much larger than drawn a chart may be; and how much of the page's width it keeps where it has to be lower."""
_FEW = 4


def write(document: Document, path: Path) -> None:
    """Write a report as a Word file; `sim.report.writing` puts it in its place whole.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     write(Document("A report", "", "en", ()), Path(place) / "report.docx")
    ...     (Path(place) / "report.docx").stat().st_size > 5000
    True
    """
    with speaking(document.language):
        _save(document, path)


def _save(document: Document, path: Path) -> None:
    pages = _Pages(document)
    pages.front()
    for i, (section, sides) in enumerate(zip(document.sections, _sides(document.sections), strict=True)):
        pages.section(section, sides, first=i == 0)
        if i == 0 and len(document.sections) > 2:
            pages.contents()
    pages.made.save(str(path))


def _landscape(block: Block) -> bool:
    """Whether a block needs a page on its side: a wide table that is only looked up in, or one that would be too small to read."""
    if not isinstance(block, Table):
        return False
    room = letters(block, _WIDTH[False])
    _widths, size = spread(block, room)
    return size < 0.75 or (block.appendix and len(block.columns) > _FEW and (size < 1 or wanted(block) > 1.25 * room))


def _sides(sections: tuple[Section, ...]) -> list[list[bool]]:
    """For the heading and each block of each section, whether it stands on a landscape page; text goes with the table it leads to."""
    texts = Paragraph | Bullets
    found = [[False, *(_landscape(block) for block in section.blocks)] for section in sections]
    below = False
    for section, sides in zip(reversed(sections), reversed(found), strict=True):
        if any(sides):          # tables of one kind do not turn the page to and fro
            sides[1:] = [aside or (isinstance(block, Table) and block.appendix and len(block.columns) > _FEW)
                         for aside, block in zip(sides[1:], section.blocks, strict=True)]
        if section.level == 1 and below and all(isinstance(block, texts) for block in section.blocks):
            sides[:] = [True] * len(sides)
        for i in range(len(sides) - 2, -1, -1):
            if sides[i + 1] and (i == 0 or isinstance(section.blocks[i - 1], texts)):
                sides[i] = True
        below = sides[0] and section.level == 2
    return found


def _numbers(sections: tuple[Section, ...]) -> list[str]:
    """Numbers of the headings, as Word will count them."""
    found, one, two = [], 0, 0
    for section in sections:
        if section.level == 1:
            one, two = one + 1, 0
            found.append(str(one))
        else:
            two += 1
            found.append(f"{one}.{two}")
    return found


class _Pages:
    """The Word document while it is filled."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.made: Any = styled(document.language)
        self.aside = False          # whether the present page is landscape
        self.headings = self.tables = self.figures = self.pictures = 0
        self._fill_properties()
        page = self.made.sections[0]
        page.page_width, page.page_height = _SHORT_EDGE * _EMU, _LONG_EDGE * _EMU
        page.left_margin = page.right_margin = page.top_margin = _MARGIN * _EMU
        page.bottom_margin = _FOOT * _EMU
        page.header_distance = page.footer_distance = _FOOT // 2 * _EMU
        page.different_first_page_header_footer = True
        _fill(page.header, "Header", run(document.title))
        for foot in (page.footer, page.first_page_footer):
            _fill(foot, "Footer", _page_of_pages())

    def _fill_properties(self) -> None:
        about = self.made.core_properties
        about.title, about.subject = clean(self.document.title)[:255], clean(self.document.subtitle)[:255]
        about.author = about.last_modified_by = "Nine Dragons"
        about.comments = about.keywords = about.category = ""
        about.language = LANGUAGES[self.document.language]
        about.created = about.modified = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
        about.revision = 1

    def add(self, xml: str) -> None:
        """Put an element behind what is there."""
        self.made.element.body[-1].addprevious(element(xml))

    def turn(self, aside: bool) -> None:
        """Begin a new page of the other orientation, if the present one is not so."""
        if aside == self.aside:
            return
        page = self.made.add_section()
        self.made.paragraphs[-1].style = self.made.styles["Table End"]
        edges = (_LONG_EDGE, _SHORT_EDGE) if aside else (_SHORT_EDGE, _LONG_EDGE)
        page.orientation = int(aside)
        page.page_width, page.page_height = edges[0] * _EMU, edges[1] * _EMU
        page.different_first_page_header_footer = False
        self.aside = aside

    def front(self) -> None:
        """Title, subtitle, facts."""
        self.add(paragraph("Title", run(self.document.title)))
        if self.document.subtitle:
            self.add(paragraph("Subtitle", run(self.document.subtitle)))
        if self.document.facts:
            self.add(facts(self.document.facts, _WIDTH[False]))

    def contents(self) -> None:
        """The table of contents, on the page after the answer."""
        self.turn(False)
        entries = [(section.level, number, section.title, f"_Toc{i + 1:06}")
                   for i, (section, number) in enumerate(zip(self.document.sections, _numbers(self.document.sections), strict=True))]
        self.add(contents(_("Contents"), entries))

    def section(self, section: Section, sides: list[bool], first: bool) -> None:
        """A heading and what is below it."""
        self.turn(sides[0])
        self.headings += 1
        self.add(paragraph(f"Heading{section.level}", bookmarked(f"_Toc{self.headings:06}", self.headings, run(section.title))))
        for aside, block in zip(sides[1:], section.blocks, strict=True):
            self.turn(aside)
            self._block(block, first)

    def _block(self, block: Block, first: bool) -> None:
        if isinstance(block, Paragraph):
            self.add(paragraph("Answer" if block.strong else "BodyText", run(block.text)))
        elif isinstance(block, Bullets):
            self._bullets(block)
        elif isinstance(block, KeyFigures):
            if block.figures:
                self.add(cards(block.figures, _WIDTH[self.aside]))
                self.add(paragraph("TableEnd", ""))
        elif isinstance(block, Table):
            self._table(block)
        else:
            self._figure(block, _FIRST if first else _TALLEST)

    def _bullets(self, block: Bullets) -> None:
        numbering = ""
        if block.numbered:          # each list begins with 1
            root = self.made.part.numbering_part.element
            key = len(root.findall(root[0].tag.replace("abstractNum", "num"))) + 1
            root.append(element(f'<w:num w:numId="{key}"><w:abstractNumId w:val="{NUMBERS}"/><w:lvlOverride w:ilvl="0">'
                                '<w:startOverride w:val="1"/></w:lvlOverride></w:num>'))
            numbering = f'<w:numPr><w:ilvl w:val="0"/><w:numId w:val="{key}"/></w:numPr>'
        for item in block.items:
            self.add(paragraph("ListNumber" if block.numbered else "ListBullet", run(item), numbering))

    def _table(self, table: Table) -> None:
        self.tables += 1
        self.add(_caption(_("Table"), self.tables, table.caption, "<w:keepNext/>"))
        self.add(grid(table, _WIDTH[self.aside]))
        for note in notes(table):
            self.add(paragraph("TableNote", run(note)))
        self.add(paragraph("TableEnd", ""))

    def _figure(self, figure: Figure, tallest: int) -> None:
        self.figures += 1
        shape = self.made.add_paragraph(style="Figure").add_run().add_picture(str(figure.png))
        fits = min(_WIDTH[self.aside] * _EMU / shape.width, _LARGER)
        scale = min(fits, tallest * _EMU / shape.height)
        if scale < _SLIM * fits:        # too high to be read so: it gets the page that it needs
            scale = min(fits, _TALLEST * _EMU / shape.height)
        shape.width, shape.height = int(shape.width * scale), int(shape.height * scale)
        about = shape._inline.docPr
        about.set("name", clean(figure.key))
        about.set("descr", clean(figure.alt))
        about.set("title", clean(figure.caption))
        self.add(_caption(_("Figure"), self.figures, figure.caption))


def _caption(word: str, number: int, text: str, properties: str = "") -> str:
    return paragraph("Caption", run(f"{word} ") + field(f"SEQ {word} \\* ARABIC", str(number)) + run(f"  {text}"), properties)


def _page_of_pages() -> str:
    parts = re.split(r"(\{pages?\})", _("Page {page} of {pages}"))
    fields = {"{page}": field("PAGE", "1"), "{pages}": field("NUMPAGES", "1")}
    return "".join(fields.get(part) or run(part) for part in parts if part)


def _fill(place: Any, style: str, inside: str) -> None:
    """Replace the one paragraph of a header or footer."""
    old = place.paragraphs[0]._p
    old.addprevious(element(paragraph(style, inside)))
    old.getparent().remove(old)
