"""Pieces of WordprocessingML that the library has no words for: fields, bookmarks, numbered captions, contents (Word 域与题注)."""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from sim.report.looks import clean

__all__ = ["bookmarked", "contents", "element", "field", "paragraph", "run"]

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def element(xml: str) -> Any:
    """The element that a text in the `w:` namespace stands for.

    Examples
    --------
    >>> element('<w:p/>').tag.endswith("}p")
    True
    """
    head = min(i for i in (xml.find(" "), xml.find(">"), xml.find("/>")) if i > 0)
    return import_module("docx.oxml").parse_xml(f'{xml[:head]} xmlns:w="{_W}"{xml[head:]}')


def run(text: str, properties: str = "") -> str:
    r"""Text as a run; a new line in it stays one.

    Parameters
    ----------
    text : str
        Any text.
    properties : str
        Run properties as XML, in the order of the schema.

    Examples
    --------
    >>> run("A & B")
    '<w:r><w:t xml:space="preserve">A &amp; B</w:t></w:r>'
    """
    inside = "<w:br/>".join(f'<w:t xml:space="preserve">{escape(line)}</w:t>' for line in clean(text).split("\n"))
    return f"<w:r>{f'<w:rPr>{properties}</w:rPr>' if properties else ''}{inside}</w:r>"


def paragraph(style: str, inside: str, properties: str = "") -> str:
    """A paragraph of a style, of runs.

    Examples
    --------
    >>> paragraph("TableText", "")
    '<w:p><w:pPr><w:pStyle w:val="TableText"/></w:pPr></w:p>'
    """
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{properties}</w:pPr>{inside}</w:p>'


def field(code: str, shown: str) -> str:
    """A field with what it shows until it is computed anew.

    Examples
    --------
    >>> "PAGE" in field("PAGE", "1")
    True
    """
    return ('<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
            f'<w:r><w:instrText xml:space="preserve"> {escape(code)} </w:instrText></w:r>'
            f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run(shown)}<w:r><w:fldChar w:fldCharType="end"/></w:r>')


def bookmarked(name: str, number: int, inside: str) -> str:
    """Runs that a link can lead to.

    Examples
    --------
    >>> bookmarked("_Toc1", 1, "")
    '<w:bookmarkStart w:id="1" w:name="_Toc1"/><w:bookmarkEnd w:id="1"/>'
    """
    return f'<w:bookmarkStart w:id="{number}" w:name={quoteattr(name)}/>{inside}<w:bookmarkEnd w:id="{number}"/>'


def contents(heading: str, entries: Sequence[tuple[int, str, str, str]]) -> str:
    """A table of contents that is filled already.

    It has no page numbers until Word or LibreOffice is asked to update it (F9): only they know where a page ends, and a wrong number
    is worse than none.  Entries are links.

    Parameters
    ----------
    heading : str
        What stands above it.
    entries : sequence of (int, str, str, str)
        Level, number of the heading, its text, name of its bookmark.

    Examples
    --------
    >>> contents("Contents", [(1, "1", "The answer", "_Toc1")]).count("w:hyperlink")
    2
    """
    start = ('<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> TOC \\o "1-2" \\h \\z \\u '
             '</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>')
    lines = []
    for i, (level, number, text, name) in enumerate(entries):
        link = (f'<w:hyperlink w:anchor="{name}" w:history="1">{run(number)}<w:r><w:tab/></w:r>{run(text)}</w:hyperlink>')
        lines.append(paragraph(f"TOC{level}", (start if i == 0 else "") + link))
    end = paragraph("TableEnd", '<w:r><w:fldChar w:fldCharType="end"/></w:r>')
    return ('<w:sdt><w:sdtPr><w:docPartObj><w:docPartGallery w:val="Table of Contents"/><w:docPartUnique/></w:docPartObj></w:sdtPr>'
            f"<w:sdtContent>{paragraph('TOCHeading', run(heading))}{''.join(lines)}{end}</w:sdtContent></w:sdt>")
