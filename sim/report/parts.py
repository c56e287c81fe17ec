"""One result's share of a report (报告中单个结果的部分)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from sim.report.document import Block, Figure, KeyFigures, Section, Table
from sim.report.reading import Kept

__all__ = ["Part"]


@dataclass
class Part:
    """What one result has to say.

    Attributes
    ----------
    kept : Kept
        The result.
    title : str
        What it is about.
    prefix : str
        Put before the keys of its sections, so that several results may share a report.
    question : str
        What was asked.
    sentences : list of str
        The answer, three sentences where there is so much to say.
    cautions : list of str
        What forbids to read more out of it.
    figures : KeyFigures or None
        Numbers that stand alone.
    picture : Figure or None
    table : Table or None
        Of the first page.
    sections : list of Section
        Everything else.
    """

    kept: Kept
    title: str
    prefix: str = ""
    question: str = ""
    sentences: list[str] = field(default_factory=list)
    cautions: list[str] = field(default_factory=list)
    figures: KeyFigures | None = None
    picture: Figure | None = None
    table: Table | None = None
    sections: list[Section] = field(default_factory=list)

    def add(self, key: str, title: str, level: int, blocks: Sequence[Block]) -> None:
        """Add a section, if there is anything in it."""
        if blocks:
            self.sections.append(Section(f"{self.prefix}{key}", title, level, tuple(blocks)))
