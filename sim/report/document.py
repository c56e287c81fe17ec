"""What a report says, before it has a format (报告文档).

`sim.report` fills a `Document` from a result folder; one writer a format turns it into HTML, Word, Excel or PDF.  A writer decides
how things look and nothing else: every sentence, number and order of parts is in here, so that all formats say the same.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Block", "Bullets", "Column", "Document", "Figure", "KeyFigure", "KeyFigures", "Paragraph", "Section", "Table"]

Cell = str | float | int | None


@dataclass(frozen=True)
class Column:
    """A column of a table.

    Attributes
    ----------
    name : str
        What stands above it, in the language of the report, with its unit where it has one.
    kind : str
        "text", "number", "percent" (values are shares, 0.253 is shown as 25.3%), or "verdict".
    digits : int
        Digits after the point, of the shown number.
    signed : bool
        Whether a plus is shown: for differences.
    """

    name: str
    kind: str = "text"
    digits: int = 2
    signed: bool = False


@dataclass(frozen=True)
class Table:
    """A table: one value a cell, None where there is none; `texts` are the same cells as they are printed.

    Attributes
    ----------
    key : str
        Its name in files and anchors, of a-z, 0-9 and -.
    caption : str
        What it shows, one line.
    columns : tuple of Column
        From left to right.
    rows : tuple of tuples
        Plain values: text, whole numbers, numbers.
    texts : tuple of tuples of str
        The printed cells, the same shape.
    notes : tuple of str
        Said below it.
    verdicts : tuple of str
        One a row, "better", "worse", "same" or "": how a row is coloured; empty where rows have no verdict.
    appendix : bool
        Whether it is long and only looked up in.
    """

    key: str
    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    texts: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()
    verdicts: tuple[str, ...] = ()
    appendix: bool = False


@dataclass(frozen=True)
class Figure:
    """A chart.

    Attributes
    ----------
    key : str
        Its name in files and anchors.
    caption : str
        What it shows, one line; the sentence beside it stands in a paragraph.
    svg, png : Path
        The drawn chart.
    alt : str
        What it shows to whoever cannot see it.
    """

    key: str
    caption: str
    svg: Path
    png: Path
    alt: str


@dataclass(frozen=True)
class Paragraph:
    """Running text; `strong` for the sentences of the answer."""

    text: str
    strong: bool = False


@dataclass(frozen=True)
class Bullets:
    """A list of sentences."""

    items: tuple[str, ...]
    numbered: bool = False


@dataclass(frozen=True)
class KeyFigure:
    """One number that stands alone: its name, its value as printed, what is said below it (an interval), and its verdict."""

    name: str
    value: str
    below: str = ""
    verdict: str = ""


@dataclass(frozen=True)
class KeyFigures:
    """A row of numbers that stand alone."""

    figures: tuple[KeyFigure, ...]


Block = Paragraph | Bullets | Table | Figure | KeyFigures


@dataclass(frozen=True)
class Section:
    """A part of a report: its title, how deep it lies (1 or 2), what is in it."""

    key: str
    title: str
    level: int
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Document:
    """A whole report.

    Attributes
    ----------
    title, subtitle : str
        Printed first.
    language : str
        "en" or "zh".
    facts : tuple of (str, str)
        Short facts below the title: date, replications, seed, version.
    sections : tuple of Section
        The first is the first page: the answer in three sentences, one picture, one table.
    """

    title: str
    subtitle: str
    language: str
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...] = field(default_factory=tuple)
