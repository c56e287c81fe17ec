"""A report as one page that needs nothing else (HTML 报告): charts inside, tables that sort, readable on a phone and on paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup, escape

from sim.i18n import _, speaking
from sim.report.document import Document, Figure, Table
from sim.report.svg import defined, inlined

__all__ = ["page", "write"]

PLACE = Path(__file__).parent / "page"
MARKS = {"better": "▲", "worse": "▼", "same": "●"}
_CODE = re.compile(r"`([^`]*)`")


def write(document: Document, path: Path) -> None:
    """Write a report as HTML."""
    path.write_text(page(document), encoding="utf-8", newline="\n")


def page(document: Document, *, lettered: bool = True) -> str:
    """The whole page as text.

    Parameters
    ----------
    document : Document
    lettered : bool
        Whether the letters of charts are drawn as outlines, so that they show without a font.

    Examples
    --------
    >>> from sim.report.document import Paragraph, Section
    >>> made = page(Document("A < B", "", "en", (), (Section("answer", "The answer", 1, (Paragraph("`x` is 1."),)),)))
    >>> "<h1>A &lt; B</h1>" in made, "<code>x</code> is 1." in made
    (True, True)
    """
    environment = Environment(loader=FileSystemLoader(PLACE), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    glyphs: dict[str, str] = {}
    charts = {block.key: inlined(block.svg.read_text(encoding="utf-8"), block.key, glyphs if lettered else None)
              for section in document.sections for block in section.blocks if isinstance(block, Figure)}
    looked_up = {section.key for section in document.sections if any(isinstance(block, Table) and block.appendix for block in section.blocks)}
    with speaking(document.language):
        return environment.get_template("report.html.j2").render(
            document=document, style=Markup(_text("report.css")), script=Markup(_text("report.js")), letters=Markup(defined(glyphs)),  # noqa: S704
            chart=lambda block: Markup(charts[block.key]), kind_of=lambda block: type(block).__name__, coded=_coded,  # noqa: S704
            breakable=_breakable, numbered=_numbering(), words=_words(), looked_up=looked_up)


def _text(name: str) -> str:
    return (PLACE / name).read_text(encoding="utf-8")


def _words() -> dict[str, Any]:
    return {"contents": _("Contents"), "skip": _("To the answer"), "sort": _("Sort by"), "marks": {"": "", **MARKS},
            "said": {"better": _("better"), "worse": _("worse"), "same": _("not distinguishable"), "": ""},
            "made": _("Made by Nine Dragons from the tables of the result folder; every number stands there with all its digits.")}


def _numbering() -> Callable[[str, str], str]:
    """Captions with a running number."""
    counts = {"figure": 0, "table": 0}
    heads = {"figure": _("Figure {number}: {caption}"), "table": _("Table {number}: {caption}")}

    def numbered(kind: str, caption: str) -> str:
        counts[kind] += 1
        return heads[kind].format(number=counts[kind], caption=caption)
    return numbered


def _coded(text: str) -> Markup:
    """A text in which what stands between backticks is code."""
    parts = _CODE.split(text)
    return Markup("").join(Markup("<code>{}</code>").format(part) if place % 2 else escape(part) for place, part in enumerate(parts))


def _breakable(text: str) -> Markup:
    """A cell whose dotted path may break at its dots, with code where there are backticks."""
    if "`" in text:
        return _coded(text)
    if " " not in text and text.count(".") > 1:
        return Markup(".<wbr>").join(text.split("."))
    return escape(text)
