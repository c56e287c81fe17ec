"""What a report says of a comparison, or of one scenario alone (对比与单方案的内容).

The first page answers in three sentences: what planners ask first, what residents live with, and how the headline measures stand,
with what speaks against it.
"""

from __future__ import annotations

from collections.abc import Sequence

from sim.i18n import N_, _, joined, ngettext
from sim.measures import MEASURES
from sim.report.document import Block, Bullets, KeyFigure, KeyFigures, Paragraph, Table
from sim.report.figures import Gallery
from sim.report.grids import comparison_table, means_table, number, table, unit_cell
from sim.report.headlines import KEY, chosen, first_keys
from sim.report.lines import COLOURS, Line, Mean, compared, lines, means, most_telling, subject_title
from sim.report.parts import Part
from sim.report.places import group_titles, name_of, place_blocks, pool_blocks, stage_blocks, stage_means
from sim.report.reading import Kept
from sim.report.values import NONE, Shown

__all__ = ["comparison", "single"]

THEMES: tuple[tuple[str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("finding", N_("Finding out"), ("discovery", "intake"), ()),
    ("handling", N_("Handling"), ("routing", "work"), ("survival", "lamps")),
    ("residents", N_("What residents get"), ("truth", "residents", "customers"), ("resolved",)),
    ("tiers", N_("Which tier does what"), ("tiers",), ("flow", "tiers")),
    ("backlog", N_("Backlog and cost"), ("backlog", "cost"), ("backlog", "calendar")),
)
"""Themes of the results: key, title, groups of measures, charts."""
TIME_CHARTS = ("stages", "gantt")
LOAD_CHARTS = ("utilisation", "load")
PLACE_CHARTS = ("streets", "equity")
SHORT_UNIT = 5      # letters
KEY_FIGURES = ("time_to_resolution_p50", "true_resolution_rate", "on_time_closing_rate", "harm", "sojourn_mean", "utilisation")


def comparison(kept: Kept, gallery: Gallery, prefix: str = "") -> Part:
    """Several scenarios beside the first."""
    titles, others = kept.titles(), list(kept.names[1:])
    base = titles[kept.names[0]]
    found = {other: lines(kept, other) for other in others}
    heads = {other: [found[other][key] for key in chosen(list(found[other]))] for other in others}
    bare = kept.bare
    part = Part(kept, _("{others} against {base}").format(others=" / ".join(titles[other] for other in others), base=base), prefix)
    part.question = _question(kept)
    part.sentences = [joined([_first(found[other], base, titles[other]) for other in others]),
                      joined([_second(found[other], base, titles[other]) for other in others]),
                      joined([_third(heads[other], base, titles[other]) for other in others])]
    part.cautions = cautions(kept)
    if len(others) == 1:
        part.figures = _key_figures(found[others[0]], base)
    part.picture = next(iter(gallery.several(["headlines"])), None)
    part.table = _first_table(kept, found)
    wide = group_titles(kept)
    part.add("results", _("Results by theme"), 1, [Paragraph(_(
        "Each row is the mean over the replications on both sides, the paired difference with its 95% interval from … to …, and the verdict "
        "that the interval allows: better or worse where it leaves out 0 and the measure has a direction; higher or lower where it has none; "
        "else not distinguishable.")), *gallery.several(["headlines", "forest"])])
    for key, title, subjects, charts in THEMES:
        named = _("Customers") if bare and key == "residents" else _(title)
        part.add(key, named, 2, _theme(kept, found, subjects, gallery.several(charts), key))
    part.add("categories", _("Kinds of issues"), 2, _categories(kept, others, wide))
    part.add("time", _("Where the extra time goes"), 1, [
        *(block for other in others for block in stage_blocks(kept, other)), *gallery.several(TIME_CHARTS)])
    part.add("load", _("Who is overloaded"), 1, [*pool_blocks(kept, wide), *gallery.several(LOAD_CHARTS)])
    part.add("places", _("Which street and which community fares worst"), 1, [
        *place_blocks(kept, wide), *_subject_blocks(kept, found, ("equity",)), *gallery.several(PLACE_CHARTS)])
    return part


def _question(kept: Kept) -> str:
    titles = kept.titles()
    base, *others = (titles[name] for name in kept.names)
    same = kept.manifest.get("issues_identical") is True and kept.manifest.get("staff_equal") is True
    text = (_("How does {others} serve its customers beside {base}?") if kept.bare else
            _("Does {others} serve the district better than {base}, with the same issues, the same heads and the same pay?") if same else
            _("How does {others} serve the district beside {base}?"))
    return text.format(others=" / ".join(f"“{one}”" for one in others), base=f"“{base}”")


def cautions(kept: Kept) -> list[str]:
    """What forbids to lay a difference at the organisation's door alone."""
    said = []
    if kept.manifest.get("issues_identical") is False:
        said.append(_("Caution: the issues are not the same on all sides, so a difference is not due to the organisation alone."))
    if kept.manifest.get("staff_equal") is False:
        said.append(_("Caution: heads or pay are not the same on all sides, so a difference is not due to the organisation alone."))
    if kept.replications == 1:
        said.append(_("Caution: one replication has no interval, so nothing is decided; take at least two, better twenty."))
    return said


def _first(found: dict[str, Line], base: str, other: str) -> str:
    """What planners ask first."""
    line = next((found[key] for key in KEY if key in found and found[key].difference == found[key].difference), None)
    line = line or next(iter(found.values()), None)
    return compared(line, base, other) if line else _("Nothing could be compared.")


def _second(found: dict[str, Line], base: str, other: str) -> str:
    """What residents live with; in a bare system who was lost, else the next measure."""
    key = next((key for key in ("harm", "lost_share", "wait_mean") if key in found), None)
    return compared(found[key], base, other) if key else _("Harm to residents was not measured.")


def _third(heads: Sequence[Line], base: str, other: str) -> str:
    """How the headline measures stand, and what speaks against."""
    said = [line.verdict for line in heads]
    counts = {word: said.count(word) for word in ("better", "worse", "higher", "lower")}
    neutral = counts["higher"] + counts["lower"]
    if said and all(word == "not distinguishable, one replication" for word in said):
        return _("Of {number} headline measures none can be judged from one replication.").format(number=len(said))
    text = _("Of {number} headline measures “{other}” does better in {better} and worse in {worse} (not distinguishable: {same}; higher or "
             "lower, but neither better nor worse: {neutral})").format(
        number=len(said), other=other, better=counts["better"], worse=counts["worse"], neutral=neutral,
        same=len(said) - counts["better"] - counts["worse"] - neutral)
    line = most_telling(heads, "worse")
    if line is None:
        return _("{text}.").format(text=text)
    how = line.shown
    return _("{text}; the clearest loss is “{title}”, {here} against {there} ({gap}).").format(
        text=text, title=line.title, here=how.text(line.other.mean), there=how.text(line.base.mean), gap=line.gap)


def _key_figures(found: dict[str, Line], base: str) -> KeyFigures:
    figures = []
    for key in [key for key in KEY_FIGURES if key in found][:4]:
        line = found[key]
        how = line.shown
        between = how.between(line.low, line.high)
        below = (_("{there} under “{base}”; difference {gap} ({between})") if between else _("{there} under “{base}”; no interval")).format(
            base=base, there=how.number(line.base.mean), gap=how.number(line.difference, signed=True), between=between)
        figures.append(KeyFigure(*_headed(line.title, how, line.other.mean), below, COLOURS.get(line.verdict, "")))
    return KeyFigures(tuple(figures))


def _headed(title: str, how: Shown, value: float) -> tuple[str, str]:
    """Name and value of a number that stands alone: a long unit stands with the name."""
    if len(how.unit) <= SHORT_UNIT:
        return title, how.text(value)
    return _("{title} ({unit})").format(title=title, unit=how.unit), how.number(value)


def _first_table(kept: Kept, found: dict[str, dict[str, Line]]) -> Table:
    """The table of the first page."""
    titles = kept.titles()
    others = list(found)
    keys = first_keys([key for key in found[others[0]] if all(key in found[other] for other in others)])
    caption = _("The headline measures")
    if len(others) == 1:
        return comparison_table("headlines", caption, [found[others[0]][key] for key in keys], titles[kept.names[0]], titles[others[0]])
    from sim.report.document import Column

    cells = []
    for key in keys:
        first = found[others[0]][key]
        how = first.shown
        row = [first.title, unit_cell(how), number(how, first.base.mean)]
        for other in others:
            line = found[other][key]
            row += [number(how, line.other.mean), f"{how.gap(line.difference)} ({how.between(line.low, line.high) or NONE}) {_(line.verdict)}"]
        cells.append(row)
    columns = [Column(_("Measure")), Column(_("Unit")), Column(titles[kept.names[0]], "number", 2)]
    for other in others:
        columns += [Column(titles[other], "number", 2), Column(_("Difference, 95% interval, verdict"))]
    return table("headlines", caption, columns, cells)


def _theme(kept: Kept, found: dict[str, dict[str, Line]], subjects: Sequence[str], charts: Sequence[Block], key: str) -> list[Block]:
    return [*_subject_blocks(kept, found, subjects, key), *charts]


def _subject_blocks(kept: Kept, found: dict[str, dict[str, Line]], subjects: Sequence[str], key: str = "equity") -> list[Block]:
    """Sentences and a table for groups of measures."""
    titles = kept.titles()
    blocks: list[Block] = []
    base = titles[kept.names[0]]
    for place, (other, measured) in enumerate(found.items()):
        rows = [line for line in measured.values() if line.key in MEASURES and MEASURES[line.key].group in subjects]
        idle = [line.title for line in rows if line.idle]
        rows = [line for line in rows if not line.idle]
        if not rows:
            continue
        notes = [_("Left out, as they are 0 on both sides in every replication, or have no value on either: {measures}.").format(
            measures=_(", ").join(idle))] if idle else []
        blocks.append(Paragraph(_theme_said(rows, base, titles[other])))
        caption = _("{subjects}: “{other}” against “{base}”").format(subjects=" / ".join(
            subject_title(one) for one in subjects if any(MEASURES[row.key].group == one for row in rows)), other=titles[other], base=base)
        blocks.append(comparison_table(f"{key}-{place}", caption, rows, base, titles[other], notes=notes))
    return blocks


def _theme_said(rows: Sequence[Line], base: str, other: str) -> str:
    """A theme in a few sentences: the clearest gain, the clearest loss, and what cannot be told."""
    said = [compared(line, base, other, plain=True) for word in ("better", "worse")
            if (line := most_telling(rows, word)) is not None]
    if not said and (line := most_telling(rows, "higher") or most_telling(rows, "lower")) is not None:
        said.append(compared(line, base, other, plain=True))
    same = sum(line.verdict.startswith("not distinguishable") for line in rows)
    if same == len(rows):
        return _("None of these {number} measures is distinguishable.").format(number=len(rows)) if len(rows) > 1 else compared(
            rows[0], base, other, plain=True)
    if same:
        said.append(ngettext("Not distinguishable: {same} of {number} measures.", "Not distinguishable: {same} of {number} measures.",
                             same).format(same=same, number=len(rows)))
    return joined(said)


def _categories(kept: Kept, others: Sequence[str], titles: dict[str, str]) -> list[Block]:
    """By kind of issue: how many are truly resolved."""
    groups = list(dict.fromkeys(kept.of_group("differences", "category:")["group"]))
    sides = kept.titles()
    blocks: list[Block] = []
    base = sides[kept.names[0]]
    for place, other in enumerate(others):
        for key in ("time_to_resolution_mean", "true_resolution_rate", "sojourn_mean"):
            by = {group: line for group in groups if (line := lines(kept, other, group).get(key)) is not None}
            if len(by) < 2:
                continue
            names = [name_of(group, titles) for group in by]
            worse = [name for name, line in zip(names, by.values(), strict=True) if line.verdict == "worse"]
            better = [name for name, line in zip(names, by.values(), strict=True) if line.verdict == "better"]
            title = next(iter(by.values())).title
            between = _(", ")
            said = [_("“{title}” by kind of issue:").format(title=title)]
            every = _("all {number} of them").format(number=len(by))
            for found, text in ((better, _("better with “{other}” for {names};")), (worse, _("worse with “{other}” for {names};"))):
                said += [text.format(other=sides[other], names=every if len(found) == len(by) else between.join(found))] if found else []
            said.append(_("not distinguishable: {number} of {all}.").format(number=len(by) - len(better) - len(worse), all=len(by)))
            blocks += [Paragraph(joined(said)),
                       comparison_table(f"categories-{key.replace('_', '-')}-{place}", _("{title} by kind of issue").format(title=title),
                                        list(by.values()), base, sides[other], named=names, head=_("Kind of issue"))]
    return blocks


# --- one scenario ---------------------------------------------------------------------------------------------------------

RUN_SAID: dict[str, str] = {
    "time_to_resolution_p50": N_("Half of all issues are truly resolved within {value}."),
    "true_resolution_rate": N_("Of all issues {value} are truly resolved."),
    "harm": N_("Residents live with issues for {value}, weighted by severity."),
    "sojourn_mean": N_("A customer spends {value} in the system on average."),
    "utilisation": N_("Staff are busy for {value} of their rostered time."),
    "wait_mean": N_("A job waits {value} on average until it is started."),
}


def single(kept: Kept, gallery: Gallery, prefix: str = "") -> Part:
    """One scenario alone: nothing is better or worse here."""
    scenario = kept.names[0]
    title = kept.titles()[scenario]
    found = means(kept, scenario)
    keys = [key for key in RUN_SAID if key in found][:3]
    part = Part(kept, title, prefix)
    text = _("How does “{title}” serve its customers?") if kept.bare else _("How does “{title}” serve the district?")
    part.question = text.format(title=title)
    part.sentences = [_(RUN_SAID[key]).format(value=found[key].text) for key in keys] or [
        f"{one.title}: {one.text}" for one in list(found.values())[:3]]
    part.cautions = cautions(kept)
    part.picture = next((one for name in ("resolved", "streets", "utilisation", "backlog") if (one := gallery.take(name))), None)
    heads = [found[key] for key in first_keys(list(found))]
    part.figures = KeyFigures(tuple(KeyFigure(*_headed(one.title, one.shown, one.mean), _interval(one)) for one in heads[:4]))
    part.table = means_table("headlines", _("The headline measures"), heads)
    wide = group_titles(kept)
    part.add("results", _("Results by theme"), 1, [Paragraph(_(
        "Means over the replications with their 95% intervals, from … to …. With one scenario there is nothing to compare, so nothing is "
        "called better or worse."))])
    for key, name, subjects, charts in THEMES:
        named = _("Customers") if kept.bare and key == "residents" else _(name)
        rows = [one for one in found.values() if one.key in MEASURES and MEASURES[one.key].group in subjects]
        blocks: list[Block] = [means_table(f"{key}-0", " / ".join(subject_title(one) for one in subjects if any(
            MEASURES[row.key].group == one for row in rows)), rows)] if rows else []
        part.add(key, named, 2, [*blocks, *gallery.several(charts)])
    rows = stage_means(kept, scenario)
    part.add("time", _("Where the time goes"), 1, [*_stage_said(rows), *gallery.several(TIME_CHARTS)])
    part.add("load", _("Who is overloaded"), 1, [*pool_blocks(kept, wide), *gallery.several(LOAD_CHARTS)])
    part.add("places", _("Which street and which community fares worst"), 1, [*place_blocks(kept, wide), *gallery.several(PLACE_CHARTS)])
    return part


def _stage_said(rows: Sequence[Mean]) -> list[Block]:
    if not rows:
        return []
    largest = sorted(rows, key=lambda one: -one.mean)[:3]
    said = _("The largest means:")
    return [Paragraph(said), Bullets(tuple(f"{one.title}: {one.text}" for one in largest)),
            means_table("stages-0", _("Where the time of an issue goes"), rows)]


def _interval(one: Mean) -> str:
    between = one.shown.between(one.low, one.high, signed=False)
    return _("95% interval {between}").format(between=between) if between else _("no interval")
