"""What a report says of the planner's questions: sweep, sensitivity, staffing, warm-up, explanation (规划问题的内容)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from sim.i18n import N_, _, joined, ngettext
from sim.measures import MEASURES
from sim.report.document import Block, Bullets, Column, Paragraph, Table
from sim.report.figures import Gallery
from sim.report.grids import Two, interval, number, table, unit_cell
from sim.report.lines import COLOURS, measure_title
from sim.report.parameters import Parameter, written
from sim.report.parts import Part
from sim.report.places import group_titles
from sim.report.reading import Kept
from sim.report.redrawing import axes_of, mechanism_title, post_titles
from sim.report.values import NONE, Shown, plain, shown
from sim.statistics import Interval, verdict

__all__ = ["WAYS"]

MOST_ROWS = 40
MOST_FACTORS = 15


def _answered(kept: Kept, gallery: Gallery, prefix: str, title: str, question: str) -> Part:
    """A part whose answer was written with the result."""
    part = Part(kept, title, prefix)
    part.question = question
    part.sentences = kept.answers or [_("The answer was not written with this result; see the tables.")]
    part.picture = next(iter(gallery.several(gallery.names()[:1])), None)
    return part


# --- sweep ----------------------------------------------------------------------------------------------------------------

def sweep(kept: Kept, gallery: Gallery, prefix: str = "") -> Part:
    """A measure over the points of a sweep."""
    summary, differences = kept.of_group("summary"), kept.of_group("differences")
    keys = [str(key) for key in dict.fromkeys(summary["measure"])]
    axes, points = axes_of(kept), kept.table("points")
    part = Part(kept, _("Sweep over {axes}").format(axes=", ".join(axes)), prefix)
    part.question = _("What do {measures} become over {number} points of {axes}?").format(
        measures=_few([measure_title(key) for key in keys]), number=len(points), axes=", ".join(axes))
    first = keys[0]
    part.sentences = [_range_said(kept, first), _against_said(differences, first, kept)]
    if len(keys) > 1:
        part.sentences.append(_against_said(differences, keys[1], kept))
    part.picture = next(iter(gallery.several([first] if first in gallery.names() else gallery.names()[:1])), None)
    part.table = _points_table(kept, first, "headlines")
    blocks: list[Block] = []
    for key in keys:
        blocks += [Paragraph(joined([_range_said(kept, key), _against_said(differences, key, kept)])), *gallery.several([key])]
        if key != first:
            blocks.append(_points_table(kept, key, f"points-{key.replace('_', '-')}"))
    part.add("sweep", _("Sweep"), 1, blocks)
    return part


def _at(kept: Kept, row: Any) -> str:
    """A point in words."""
    values = kept.table("points").set_index("point").loc[row.point]
    said = ", ".join(f"{path} = {_as_written(values[path])}" for path in axes_of(kept))
    return f"{kept.titles().get(row.scenario, row.scenario)}, {said}" if len(kept.names) > 1 else said


def _as_written(value: Any) -> str:
    """A value of a setting with its unit in the language in use."""
    return written(Parameter("", value if isinstance(value, str) else float(value))) if not isinstance(value, bool) else str(value)


def _range_said(kept: Kept, key: str) -> str:
    """Between which means a measure was seen; nothing is claimed of what lies between the points."""
    rows = kept.of_group("summary")
    rows = rows[(rows["measure"] == key) & rows["mean"].notna()]
    if not len(rows):
        return _("“{measure}” is not defined at any point.").format(measure=measure_title(key))
    low, high = (rows.loc[index] for index in (rows["mean"].idxmin(), rows["mean"].idxmax()))

    def said(row: Any) -> str:
        how = shown(str(row["unit"]), *rows["mean"], difference=(row["mean"], row["low"], row["high"]))
        between = how.between(row.low, row.high, signed=False)
        return _("{mean} (95% interval {between})").format(mean=how.text(row["mean"]), between=between) if between else how.text(row["mean"])

    return _("The means of “{measure}” go from {low} ({least}) to {high} ({most}) over the points tried.").format(
        measure=measure_title(key), low=said(low), high=said(high), least=_at(kept, low), most=_at(kept, high))


def _against_said(differences: pd.DataFrame, key: str, kept: Kept) -> str:
    """How many points are clearly different from what they are compared with."""
    rows = differences[differences["measure"] == key] if "measure" in differences else differences
    if not len(rows):
        return _("“{measure}” was not compared between points.").format(measure=measure_title(key))
    said = [_verdict(row) for row in rows.itertuples()]
    counts = [(word, said.count(word)) for word in ("better", "worse", "higher", "lower") if said.count(word)]
    same = len(said) - sum(count for _word, count in counts)
    parts = [_("{number} {word}").format(number=count, word=_(word)) for word, count in counts] + [
        _("{number} not distinguishable").format(number=same)] * bool(same)
    text = _("“{measure}”, each point against what it is compared with: {counts}, of {all}").format(
        measure=measure_title(key), counts=_(", ").join(parts), all=len(said))
    clear = [row for row, word in zip(rows.itertuples(), said, strict=True) if word in ("better", "worse", "higher", "lower")]
    if not clear:
        return _("{text}.").format(text=text)
    row = max(clear, key=lambda one: abs(one.difference))
    how = shown(str(row.unit), row.base_mean, row.mean, difference=(row.difference, row.low, row.high))
    return _("{text}; the largest clear difference is {gap} (95% interval {between}) at {point}.").format(
        text=text, gap=how.gap(row.difference), between=how.between(row.low, row.high), point=_at(kept, row))


def _verdict(row: Any) -> str:
    known = MEASURES.get(row.measure)
    direction = getattr(row, "direction", known.direction if known else 0)
    return verdict(Interval(row.difference, row.low, row.high, int(row.n), math.nan), int(direction))


def _points_table(kept: Kept, key: str, name: str) -> Table:
    """A row a scenario and point."""
    rows = kept.of_group("summary")
    rows = rows[rows["measure"] == key]
    differences = kept.of_group("differences")
    differences = differences[differences["measure"] == key] if "measure" in differences else differences
    against = {(row.scenario, row.point): row for row in differences.itertuples()}
    axes, titles = axes_of(kept), kept.titles()
    how = shown(str(rows["unit"].iloc[0]), *rows["mean"], difference=tuple(differences.get("difference", ())))
    cells: list[list[Two]] = []
    colours = []
    for place, (_index, row) in enumerate(rows.iterrows()):
        if place >= MOST_ROWS:
            break
        other = against.get((row["scenario"], row["point"]))
        word = _verdict(other) if other is not None else ""
        cells.append([titles.get(row["scenario"], row["scenario"]), *(_as_written(row[path]) for path in axes), number(how, row["mean"]),
                      interval(how, row["low"], row["high"]),
                      *([number(how, other.difference, signed=True), interval(how, other.low, other.high, signed=True), _(word)]
                        if other is not None else [(None, NONE), NONE, NONE])])
        colours.append(COLOURS.get(word, ""))
    unit = f" ({how.unit})" if how.unit else ""
    columns = [Column(_("Scenario")), *(Column(path) for path in axes), Column(_("Mean") + unit, "number", how.digits),
               Column(_("95% interval")), Column(_("Difference"), "number", how.digits, signed=True), Column(_("95% interval")),
               Column(_("Verdict"), "verdict")]
    notes = [_("The first {shown} of {all} rows.").format(shown=MOST_ROWS, all=len(rows))] if len(rows) > MOST_ROWS else []
    return table(name, _("{measure} at each point").format(measure=measure_title(key)), columns, cells, notes=notes, verdicts=colours)


# --- sensitivity ----------------------------------------------------------------------------------------------------------

def sensitivity(kept: Kept, gallery: Gallery, prefix: str = "") -> Part:
    """Which of the declared ranges matter most."""
    key = str((kept.manifest.get("sensitivity") or {}).get("measure", ""))
    titles = list(kept.titles().values())
    part = _answered(kept, gallery, prefix, _("Sensitivity of “{measure}”").format(measure=measure_title(key) or NONE),
                     _("Which of the declared ranges matter most for “{measure}”, and does the conclusion hold within them?").format(
                         measure=measure_title(key) or NONE))
    unit = MEASURES[key].unit if key in MEASURES else ""
    tornado, points = kept.table("tornado"), kept.table("points")
    stated = points.iloc[0]
    how = shown(unit, float(stated["mean"]), difference=(float(stated["mean"]), float(stated["low"]), float(stated["high"])))
    signed = len(titles) == 2
    between = how.between(stated["low"], stated["high"], signed=signed)
    value = how.gap(stated["mean"]) if signed else how.text(stated["mean"])
    part.sentences.append((_("At the stated values “{other}” minus “{base}” is {value} ({between}).") if signed else
                           _("At the stated values it is {value} ({between}).")).format(
        value=value, between=_("95% interval {between}").format(between=between) if between else _("no interval"),
        other=titles[-1], base=titles[0]))
    if len(tornado):
        part.sentences.append(_tornado_said(tornado, unit))
        part.table = _tornado_table(tornado, unit, "headlines")
    blocks: list[Block] = [Paragraph(sentence) for sentence in part.sentences]
    for name, title, columns in (
            ("morris", N_("Morris's screening"), ("mu_star", "low", "high", "sigma")),
            ("sobol", N_("Sobol indices"), ("first", "first_low", "first_high", "total", "total_low", "total_high"))):
        found = kept.table(name)
        if len(found):
            blocks += [*gallery.several([name]), _indices_table(found, name, _(title), columns, unit if name == "morris" else "")]
    part.add("sensitivity", _("Sensitivity"), 1, [*blocks, *gallery.rest()])
    return part


def _tornado_said(tornado: pd.DataFrame, unit: str) -> str:
    """The setting that moves the answer most, as far as an interval shows that it does."""
    clear = tornado[(tornado["low"] > 0) | (tornado["high"] < 0)]
    if not len(clear):
        return _("No setting, moved alone to either end of its range, changes the answer distinguishably ({number} ends tried).").format(
            number=len(tornado))
    row = clear.loc[clear["effect"].abs().idxmax()]
    how = shown(unit, difference=(row["effect"], row["low"], row["high"]))
    end = {"low": _("the low end"), "high": _("the high end")}.get(str(row["end"]), str(row["end"]))
    return _("Of {number} ends tried {clear} change the answer distinguishably; most of all {factor} at {end} of its range, by {gap} (95% "
             "interval {between}, together for all ends).").format(
        number=len(tornado), clear=len(clear), factor=row["factor"], end=end, gap=how.gap(row["effect"]),
        between=how.between(row["low"], row["high"]))


def _tornado_table(tornado: pd.DataFrame, unit: str, name: str) -> Table:
    rows = tornado.head(2 * MOST_FACTORS)
    how = shown(unit, *rows["mean"], difference=tuple(rows["effect"]))
    ends = {"low": _("the low end"), "high": _("the high end")}
    cells = [[row.factor, ends.get(str(row.end), str(row.end)), _as_written(row.value), number(how, row.mean), number(how, row.effect, signed=True),
              interval(how, row.low, row.high, signed=True),
              _("distinguishable") if row.low > 0 or row.high < 0 else _("not distinguishable")] for row in rows.itertuples()]
    unit_said = f" ({how.unit})" if how.unit else ""
    columns = [Column(_("Setting")), Column(_("End of its range")), Column(_("Value")), Column(_("Answer") + unit_said, "number", how.digits),
               Column(_("Effect"), "number", how.digits, signed=True), Column(_("95% interval")), Column(_("Verdict"))]
    return table(name, _("The answer at both ends of each range, the most moving first"), columns, cells)


def _indices_table(found: pd.DataFrame, name: str, title: str, columns: Sequence[str], unit: str) -> Table:
    have = [column for column in columns if column in found]
    how = shown(unit, *found[have[0]]) if unit else Shown("", 1.0, 3, "")
    words = {"mu_star": "μ*", "low": _("From"), "high": _("To"), "sigma": "σ", "first": _("First order"), "first_low": _("From"),
             "first_high": _("To"), "total": _("Total"), "total_low": _("From"), "total_high": _("To")}
    cells: list[list[Two]] = [[str(row["factor"]), *(number(how, float(row[column])) for column in have)]
                              for _index, row in found.head(MOST_FACTORS).iterrows()]
    return table(name, title + (f" ({how.unit})" if how.unit else ""),
                 [Column(_("Setting")), *(Column(words[column], "number", how.digits) for column in have)], cells)


# --- staffing -------------------------------------------------------------------------------------------------------------

def staffing(kept: Kept, gallery: Gallery, prefix: str = "") -> Part:
    """How many people, how much demand, which shifts."""
    title = kept.titles().get(kept.names[0], kept.names[0]) if kept.names else kept.name
    heads = {"staff": (_("Staffing of “{title}”"), _("How many people does “{title}” need to meet its targets, at the least pay?")),
             "demand": (_("Largest demand of “{title}”"), _("How much demand does the staff of “{title}” stand?")),
             "shifts": (_("Shifts of “{title}”"), _("In which shifts should the staff of “{title}” work?"))}[kept.kind]
    part = _answered(kept, gallery, prefix, heads[0].format(title=title), heads[1].format(title=title))
    part.table = _roster_table(kept) if kept.kind == "shifts" else _curve_table(kept)
    blocks: list[Block] = [*gallery.rest()]
    if len(kept.table("pools")):
        blocks.append(_tightest_table(kept.table("pools"), group_titles(kept)))
    part.add("staffing", {"staff": _("Staffing"), "demand": _("Demand"), "shifts": _("Shifts")}[kept.kind], 1,
             [Bullets(tuple(part.sentences)), *blocks])
    return part


def _curve_table(kept: Kept) -> Table:
    """What was tried, by what it costs."""
    curve = kept.table("curve")
    fixed = ("pay", "measure", "group", "target", "mean", "low", "high", "n", "unit", "verdict", "efficient", "chosen")
    ways = [str(column) for column in curve.columns if column not in fixed]
    words = {"met": _("met"), "missed": _("missed"), "not decided": _("not decided")}
    titles = post_titles(kept)
    cells: list[list[Two]] = []
    for row in curve.head(MOST_ROWS).to_dict("records"):
        how = shown(str(row["unit"]), row["mean"], row["target"])
        cells.append([*((_value(row[way]), _text(row[way])) for way in ways), (float(row["pay"]), plain(float(row["pay"]), 0)),
                      measure_title(str(row["measure"])), unit_cell(how), number(how, row["target"]), number(how, row["mean"]),
                      interval(how, row["low"], row["high"]), words.get(str(row["verdict"]), _("looked at only")),
                      _("answer") if str(row["chosen"]) == "True" else ""])
    columns = [*(Column(_("Demand (multiple)") if way == "factor" else titles.get(way, way), "number", 2 if way == "factor" else 0) for way in ways),
               Column(_("Heads") if kept.bare else _("Pay (CNY a year)"), "number", 0), Column(_("Measure")), Column(_("Unit")),
               Column(_("Target"), "number", 2), Column(_("Mean"), "number", 2), Column(_("95% interval")), Column(_("Judged")),
               Column(_("Chosen"))]
    notes = [_("The first {shown} of {all} rows.").format(shown=MOST_ROWS, all=len(curve))] if len(curve) > MOST_ROWS else []
    return table("headlines", _("What was tried, by what it costs"), columns, cells, notes=notes)


def _value(value: Any) -> Any:
    try:
        return float(value)
    except (TypeError, ValueError):
        return str(value)


def _text(value: Any) -> str:
    found = _value(value)
    return plain(found, 0 if found == round(found) else 2) if isinstance(found, float) and math.isfinite(found) else str(value)


def _roster_table(kept: Kept) -> Table:
    titles = post_titles(kept)
    cells: list[list[Two]] = [
        [titles.get(str(row.pool), str(row.pool)), str(row.shift), (int(row.now), str(row.now)), (int(row.best), str(row.best))]
        for row in kept.table("roster").itertuples()]
    return table("headlines", _("Heads by shift, as they are and as they should be"),
                 [Column(_("Pool")), Column(_("Shift")), Column(_("now"), "number", 0), Column(_("best"), "number", 0)], cells)


def _tightest_table(pools: pd.DataFrame, titles: dict[str, str]) -> Table:
    pools = pools.head(MOST_FACTORS)
    wait = shown("s", *pools["wait_mean"]) if "wait_mean" in pools else shown("s")
    busy = Shown("%", 0.01, 1, "")
    cells: list[list[Two]] = [[titles.get(f"pool:{row['pool']}", str(row["pool"])), (int(row["heads"]), str(int(row["heads"]))),
                               number(busy, float(row["utilisation"])), number(wait, float(row["wait_mean"])),
                               (float(row["margin"]), plain(float(row["margin"]), 2))]
                              for row in pools.to_dict("records")]
    return table("tightest", _("What each pool had to do, the tightest first"),
                 [Column(_("Pool")), Column(_("Heads"), "number", 0), Column(_("Utilisation (%)"), "number", 1),
                  Column(_("Wait, mean ({unit})").format(unit=wait.unit), "number", wait.digits),
                  Column(_("Margin (roots of the load)"), "number", 2)], cells)


# --- warm-up --------------------------------------------------------------------------------------------------------------

def warmup(kept: Kept, gallery: Gallery, prefix: str = "") -> Part:
    """Whether the warm-up is long enough."""
    titles = kept.titles()
    part = _answered(kept, gallery, prefix, _("Warm-up"), _("Is the warm-up of {titles} long enough?").format(
        titles=_few([f"“{title}”" for title in titles.values()])))
    cells: list[list[Two]] = []
    for row in kept.table("verdicts").to_dict("records"):
        cut = float(row["cut"])
        cells.append([titles.get(str(row["scenario"]), str(row["scenario"])), _(str(row["verdict"])),
                      (cut, plain(cut, 0)) if math.isfinite(cut) else (None, NONE), (float(row["warm_up"]), plain(float(row["warm_up"]), 0)),
                      (float(row["run"]), plain(float(row["run"]), 0))])
    part.table = table("headlines", _("Verdict on the warm-up"), [
        Column(_("Scenario")), Column(_("Verdict")), Column(_("Settled after (days)"), "number", 0),
        Column(_("Warm-up in the file (days)"), "number", 0), Column(_("Run (days)"), "number", 0)], cells)
    part.add("warmup", _("Warm-up"), 1, [Bullets(tuple(part.sentences)), *gallery.rest()])
    return part


# --- explanation ----------------------------------------------------------------------------------------------------------

def explanation(kept: Kept, gallery: Gallery, prefix: str = "") -> Part:
    """Which mechanism brings what."""
    shares = kept.table("shares")
    keys = [str(key) for key in dict.fromkeys(shares["measure"])]
    titles = list(kept.titles().values())
    part = _answered(kept, gallery, prefix, _("Which mechanism brings what"), _(
        "Of the difference between {titles}, which mechanism brings how much?").format(titles=_few([f"“{one}”" for one in titles])))
    said = [_shares_said(kept, shares[shares["measure"] == key], key) for key in keys]
    part.sentences = [kept.answers[0], said[0], *kept.answers[1:]] if kept.answers else said[:3]
    part.table = _shares_table(kept, shares[shares["measure"] == keys[0]], keys[0], "headlines")
    blocks: list[Block] = []
    for key in keys:
        rows = shares[shares["measure"] == key]
        blocks.append(Paragraph(_shares_said(kept, rows, key)))
        blocks += gallery.several([key, f"waterfall-{key}"])
        if key != keys[0]:
            blocks.append(_shares_table(kept, rows, key, f"shares-{key.replace('_', '-')}"))
    part.add("mechanisms", _("Which mechanism brings what"), 1, [*blocks, *gallery.rest()])
    return part


def _unit(rows: pd.DataFrame, key: str) -> str:
    return str(rows["unit"].iloc[0]) if "unit" in rows else MEASURES[key].unit if key in MEASURES else ""


def _shares_said(kept: Kept, rows: pd.DataFrame, key: str) -> str:
    """The clear shares of a measure, the largest first: of groups of mechanisms where there are any, so that none counts twice."""
    groups = rows[rows["mechanism"] == ""]
    rows = groups if len(groups) else rows
    clear = rows[(rows["low"] > 0) | (rows["high"] < 0)]
    if not len(clear):
        return _("“{measure}”: no share of a mechanism is distinguishable from nothing.").format(measure=measure_title(key))
    found = []
    for row in clear.reindex(clear["share"].abs().sort_values(ascending=False, kind="stable").index).head(3).to_dict("records"):
        how = shown(_unit(rows, key), difference=(row["share"], row["low"], row["high"]))
        found.append(_("{mechanism} {gap} (95% interval {between})").format(
            mechanism=mechanism_title(kept, row), gap=how.gap(row["share"]), between=how.between(row["low"], row["high"])))
    return ngettext("“{measure}”: {number} share is distinguishable from nothing: {shares}.",
                    "“{measure}”: {number} shares are distinguishable from nothing, the largest: {shares}.", len(clear)).format(
        measure=measure_title(key), number=len(clear), shares=_("; ").join(found))


def _shares_table(kept: Kept, rows: pd.DataFrame, key: str, name: str) -> Table:
    unit = _unit(rows, key)
    how = shown(unit, difference=tuple(rows["share"])) if not len(rows) else shown(unit, *rows["share"], difference=tuple(rows["share"]))
    cells: list[list[Two]] = []
    colours = []
    for row in rows.to_dict("records"):
        direction = int(row.get("direction", MEASURES[key].direction if key in MEASURES else 0))
        word = verdict(Interval(row["share"], row["low"], row["high"], int(row.get("n", 2)), math.nan), direction)
        cells.append([mechanism_title(kept, row), number(how, row["share"], signed=True),
                      interval(how, row["low"], row["high"], signed=True), _(word)])
        colours.append(COLOURS.get(word, ""))
    unit_said = f" ({how.points})" if how.points else ""
    return table(name, _("What each mechanism brings: {measure}").format(measure=measure_title(key)),
                 [Column(_("Mechanism")), Column(_("Share of the difference") + unit_said, "number", how.digits, signed=True),
                  Column(_("95% interval")), Column(_("Verdict"), "verdict")], cells, verdicts=colours)


def _few(names: Sequence[str], most: int = 4) -> str:
    said = _(", ").join(names[:most])
    return said if len(names) <= most else _("{names} and {number} more").format(names=said, number=len(names) - most)


WAYS: dict[str, Callable[[Kept, Gallery, str], Part]] = {
    "sweep": sweep, "sensitivity": sensitivity, "staff": staffing, "demand": staffing, "shifts": staffing, "warmup": warmup,
    "explain": explanation}
"""What is said of each kind of result."""
