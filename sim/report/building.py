"""From result folders to one document (汇编报告)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from sim.i18n import _, joined, speaking
from sim.report.appendix import appendix, facts_of, limits, setup_blocks
from sim.report.comparing import comparison, single
from sim.report.document import Block, Bullets, Document, Paragraph, Section, Table
from sim.report.figures import Gallery, gallery_of
from sim.report.parts import Part
from sim.report.planning import WAYS
from sim.report.reading import Kept

__all__ = ["build"]

ORDER = ("compare", "run", "explain", "staff", "demand", "shifts", "sweep", "sensitivity", "warmup")
"""Which of several results answers first."""


def build(kept: Sequence[Kept], lang: str, folder: Path, *, store: Path | str | None = None, pixels: bool = False) -> Document:
    """A report of some results.

    Parameters
    ----------
    kept : sequence of Kept
        At least one.
    lang : str
        "en" or "zh".
    folder : Path
        Where its charts are drawn; must last until the document is written.
    store : path, optional
        Where finished runs are kept, for charts that need them.
    pixels : bool
        Whether charts are needed as PNG too.
    """
    with speaking(lang):
        ordered = sorted(kept, key=lambda one: ORDER.index(one.kind))
        notes: list[str] = []
        parts = []
        for place, one in enumerate(ordered):
            prefix = f"r{place}-" if place else ""
            gallery = gallery_of(one, folder, prefix=prefix, store=store, pixels=pixels)
            parts.append(_part(one, gallery, prefix))
            notes += [*gallery.notes, *one.notes()]
        first = parts[0]
        sections = [Section("answer", _("The answer"), 1, tuple(_answer(parts)))]
        sections.append(Section("question", _("Question and set-up"), 1, tuple(
            block for place, part in enumerate(parts)
            for block in (Paragraph(part.question), *setup_blocks(part.kept, part.prefix, ordered[:place])))))
        for part in parts:
            sections += _own(part, alone=len(parts) == 1)
        sections.append(Section("limits", _("Limits"), 1, tuple(limits(ordered, notes))))
        sections += appendix(ordered)
        subtitle = _("A simulation study with Nine Dragons")
        return Document(first.title, subtitle, lang, facts_of(ordered), tuple(_unique(sections)))


def _part(kept: Kept, gallery: Gallery, prefix: str) -> Part:
    make = {"compare": comparison, "run": single}.get(kept.kind) or WAYS[kept.kind]
    part = make(kept, gallery, prefix)
    part.add("charts", _("Further charts"), 1, gallery.rest())
    return part


def _answer(parts: Sequence[Part]) -> list[Block]:
    """The first page: three sentences, one picture, one table; of further results one sentence each."""
    first = parts[0]
    blocks: list[Block] = [Paragraph(sentence, strong=True) for sentence in first.sentences[:3]]
    if first.cautions:
        blocks.append(Paragraph(joined(first.cautions)))
    if len(parts) > 1:
        blocks.append(Bullets(tuple(f"{part.title}: {part.sentences[0]}" for part in parts[1:])))
    blocks += [block for block in (first.figures, first.picture, first.table) if block is not None]
    return blocks


def _own(part: Part, *, alone: bool) -> list[Section]:
    """Everything that one result has to say behind the first page."""
    if alone or not part.prefix:
        return part.sections
    head: list[Block] = [Paragraph(sentence, strong=True) for sentence in part.sentences[:3]]
    head += [Paragraph(joined(part.cautions))] if part.cautions else []
    head += [block for block in (part.picture, part.table) if block is not None]
    first = Section(f"{part.prefix}answer", part.title, 1, tuple(head))
    rest = [replace(section, level=2, blocks=tuple(_unsaid(section.blocks, part.sentences[:3]))) for section in part.sections]
    return [first, *(section for section in rest if section.blocks)]


def _unsaid(blocks: Sequence[Block], said: Sequence[str]) -> Iterator[Block]:
    """Blocks without the sentences that stand just above them."""
    for block in blocks:
        if isinstance(block, Bullets):
            left = tuple(item for item in block.items if item not in said)
            if left:
                yield replace(block, items=left)
        elif not (isinstance(block, Paragraph) and block.text in said):
            yield block


def _unique(sections: Sequence[Section]) -> list[Section]:
    """No two tables or sections with one key: links and sheets need their own."""
    seen: dict[str, int] = {}

    def once(key: str) -> str:
        seen[key] = seen.get(key, 0) + 1
        return key if seen[key] == 1 else f"{key}-{seen[key]}"

    return [replace(section, key=once(section.key), blocks=tuple(
        replace(block, key=once(block.key)) if isinstance(block, Table) else block for block in section.blocks)) for section in sections]
