"""Who fares worst, who is overloaded, where the time goes: streets and communities, pools, stages (最差街道与社区、负荷、用时构成).

Which street is worst is a question about several at once.  The one with the highest mean is compared with every other, replication
by replication, at a level that holds for all of these comparisons together (Holm; as in comparisons with the best, Hsu 1984); only
if all intervals leave out 0 is it called the worst.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from sim.i18n import N_, _, joined, language, ngettext
from sim.measures import MEASURES
from sim.report.document import Block, Column, Paragraph, Table
from sim.report.grids import Two, comparison_table, interval, number
from sim.report.grids import table as grid
from sim.report.lines import Line, Mean, lines, means
from sim.report.reading import Kept
from sim.report.values import NONE, shown
from sim.statistics import paired, simultaneous

__all__ = ["Worst", "busiest", "group_titles", "name_of", "place_blocks", "pool_blocks", "stage_blocks", "stage_means", "worst"]

HARM = "harm"
AXES = {"street": N_("Street"), "community": N_("Community")}
MOST_PLACES = 15
MOST_POOLS = 12
BUSY = 0.85
"""A pool that is busy for more than this share of its rostered time has hardly a free hour when work comes in (assumption)."""


@dataclass(frozen=True)
class Worst:
    """The worst place of one side (最差地区).

    Attributes
    ----------
    group : str
        Key of the place.
    found : Mean
        Its measure.
    alike : tuple of str
        Places that cannot be told from it; empty where it is clearly the worst.
    decided : bool
        Whether there was more than one replication, and more than one place.
    """

    group: str
    found: Mean
    alike: tuple[str, ...]
    decided: bool


def worst(kept: Kept, scenario: str, axis: str, measure: str = HARM) -> Worst | None:
    """The place with the highest mean of a measure of which less is better; None where it was not measured there."""
    table = kept.of_group("summary", f"{axis}:")
    table = table[(table["scenario"] == scenario) & (table["measure"] == measure) & table["mean"].notna()]
    if not len(table):
        return None
    row = table.loc[table["mean"].idxmax()]
    found = Mean(measure, float(row["mean"]), float(row["low"]), float(row["high"]), int(row["n"]), str(row["unit"]))
    group = str(row["group"])
    wide = _wide(kept, scenario, axis, measure)
    others = [one for one in wide.index if one != group]
    if not others or group not in wide.index or wide.shape[1] < 2:
        return Worst(group, found, (), decided=False)
    apart = simultaneous(wide.loc[group].to_numpy(float), [wide.loc[one].to_numpy(float) for one in others])
    alike = tuple(one for one, interval in zip(others, apart, strict=True) if not interval.high < 0)
    return Worst(group, found, alike, decided=True)


def _wide(kept: Kept, scenario: str, axis: str, measure: str) -> pd.DataFrame:
    """Places down, replications across."""
    table = kept.of_group("measures", f"{axis}:")
    if not {"scenario", "measure", "replication", "value"} <= set(table):
        return pd.DataFrame()
    table = table[(table["scenario"] == scenario) & (table["measure"] == measure)]
    return table.pivot_table(index="group", columns="replication", values="value", sort=False)


def group_titles(kept: Kept) -> dict[str, str]:
    """Names of streets, communities, pools and categories in the language in use, by group; missing where nobody knows better."""
    said: dict[str, str] = {}
    for scenario in kept.scenarios.values():
        if scenario.city is not None:
            from sim.city import places

            city = places(scenario.city)
            for axis, names in (("street", city.street), ("community", city.community)):
                said |= {f"{axis}:{name.en}": str(getattr(name, language())) for name in names}
        for key, one in (scenario.issues.categories if scenario.city is not None else {}).items():
            said[f"category:{key}"] = str(getattr(one.title, language(), key)) if one.title else key
        pools = scenario.tables().pools
        said |= {f"pool:{key}": title.get(language(), key) for key, title in zip(pools.key, pools.title, strict=True)}
    return said


def name_of(group: str, titles: dict[str, str]) -> str:
    """A group's name in words."""
    return titles.get(group, group.partition(":")[2] or group)


def place_blocks(kept: Kept, titles: dict[str, str]) -> list[Block]:
    """Which street and which community fares worst, on each side, and the tables behind it."""
    blocks: list[Block] = []
    for axis in AXES:
        table = _places_table(kept, axis, titles)
        if table is None:
            continue
        blocks += [Paragraph(_worst_said(kept, name, axis, titles)) for name in kept.names]
        blocks.append(table)
    return blocks


def _worst_said(kept: Kept, scenario: str, axis: str, titles: dict[str, str]) -> str:
    found = worst(kept, scenario, axis)
    side = kept.titles()[scenario]
    if found is None:
        return _("“{side}”: nothing was measured by {axis}.").format(side=side, axis=_(AXES[axis]).lower())
    facts = {"side": side, "place": name_of(found.group, titles), "value": found.found.text, "number": len(found.alike)}
    if not found.decided:
        return {"street": _("“{side}”: of all streets, most harm was counted in {place}, {value}; whether it is the worst cannot be said from "
                            "this."),
                "community": _("“{side}”: of all communities, most harm was counted in {place}, {value}; whether it is the worst cannot be "
                               "said from this.")}[axis].format(**facts)
    if not found.alike:
        return {"street": _("“{side}”: {place} fares worst of all streets, with a harm of {value}; every other street has clearly less."),
                "community": _("“{side}”: {place} fares worst of all communities, with a harm of {value}; every other community has clearly "
                               "less.")}[axis].format(**facts)
    facts["alike"] = _few([name_of(one, titles) for one in found.alike])
    return {"street": _("“{side}”: {place} has the highest mean harm of all streets, {value}, but is not distinguishable from {alike}."),
            "community": _("“{side}”: {place} has the highest mean harm of all communities, {value}, but is not distinguishable from "
                           "{alike}.")}[axis].format(**facts)


def _few(names: Sequence[str], most: int = 3) -> str:
    between = "、" if language() == "zh" else ", "
    if len(names) <= most:
        return between.join(names)
    rest = len(names) - most
    return between.join(names[:most]) + ngettext(" and {rest} more", " and {rest} more", rest).format(rest=rest)


def _places_table(kept: Kept, axis: str, titles: dict[str, str]) -> Table | None:
    """Places by harm, the worst of the last side first: mean and interval on every side."""
    sides = kept.titles()
    table = kept.of_group("summary", f"{axis}:")
    table = table[(table["measure"] == HARM) & table["scenario"].isin(kept.names)]
    if not len(table):
        return None
    unit = str(table["unit"].iloc[0])
    how = shown(unit, *table["mean"])
    by = {(row.scenario, row.group): row for row in table.itertuples()}
    last = table[table["scenario"] == kept.names[-1]].set_index("group")["mean"]
    order = sorted(dict.fromkeys(table["group"]), key=lambda group: -float(last.get(group, -math.inf)))
    cells: list[list[Two]] = []
    for group in order[:MOST_PLACES]:
        row: list[Two] = [name_of(group, titles)]
        for name in kept.names:
            one = by.get((name, group))
            row += [(None, NONE), NONE] if one is None else [number(how, one.mean), interval(how, one.low, one.high)]
        cells.append(row)
    columns = [Column(_(AXES[axis]))]
    for name in kept.names:
        columns += [Column(sides[name], "number", how.digits), Column(_("95% interval"))]
    caption = {"street": _("Streets by harm ({unit})"), "community": _("Communities by harm ({unit})")}[axis].format(unit=how.unit)
    notes = [_("The worst under “{last}” first.").format(last=sides[kept.names[-1]])] if len(kept.names) > 1 else []
    if len(order) > MOST_PLACES:
        notes.append(_("The {shown} worst of {all}.").format(shown=MOST_PLACES, all=len(order)))
    return grid(f"places-{axis}", caption, columns, cells, notes=notes)


# --- pools ----------------------------------------------------------------------------------------------------------------

def busiest(kept: Kept, scenario: str) -> list[tuple[str, Mean, Mean | None]]:
    """Pools of a side with utilisation and mean wait, the busiest first."""
    table = kept.of_group("summary", "pool:")
    table = table[table["scenario"] == scenario]
    busy = table[(table["measure"] == "utilisation") & table["mean"].notna()].sort_values("mean", ascending=False, kind="stable")
    waits = {row.group: _mean(row) for row in table[table["measure"] == "wait_mean"].itertuples()}
    return [(str(row.group), _mean(row), waits.get(row.group)) for row in busy.itertuples()]


def _mean(row: Any) -> Mean:
    return Mean(row.measure, float(row.mean), float(row.low), float(row.high), int(row.n), row.unit)


def pool_blocks(kept: Kept, titles: dict[str, str]) -> list[Block]:
    """Who is overloaded, on each side: sentences, then the pools that are busiest or wait longest."""
    blocks: list[Block] = []
    for place, scenario in enumerate(kept.names):
        pools = busiest(kept, scenario)
        if not pools:
            continue
        side = kept.titles()[scenario]
        blocks.append(Paragraph(_load_said(pools, side, titles)))
        waiting = sorted((one for one in pools if one[2] is not None and math.isfinite(one[2].mean)),
                         key=lambda one: -one[2].mean if one[2] is not None else 0.0)
        half = MOST_POOLS // 2
        kept_pools = list({one[0]: one for one in [*pools[:half], *waiting[:half]]}.values())
        how = shown("s", *(one[2].mean for one in kept_pools if one[2] is not None))
        cells: list[list[Two]] = []
        for group, busy, wait in kept_pools:
            row: list[Two] = [name_of(group, titles), number(busy.shown, busy.mean), interval(busy.shown, busy.low, busy.high)]
            row += [(None, NONE), NONE] if wait is None else [number(how, wait.mean), interval(how, wait.low, wait.high)]
            cells.append(row)
        columns = [Column(_("Pool")), Column(_("Utilisation (%)"), "number", 1), Column(_("95% interval")),
                   Column(_("Wait, mean ({unit})").format(unit=how.unit), "number", how.digits), Column(_("95% interval"))]
        blocks.append(grid(f"pools-{place}", _("Pools of “{side}”: the busiest, and those with the longest wait").format(side=side),
                           columns, cells))
    return blocks


def _load_said(pools: Sequence[tuple[str, Mean, Mean | None]], side: str, titles: dict[str, str]) -> str:
    """Who is overloaded, in sentences."""
    over = [name_of(group, titles) for group, busy, _wait in pools if busy.low > BUSY]
    group, busy, _wait = pools[0]
    said = [_("“{side}”: the pool with the highest mean utilisation is {pool}, {value}.").format(
        side=side, pool=name_of(group, titles), value=busy.text)]
    if over:
        said.append(_("Busy for more than {limit:.0%} of the rostered time, with the whole interval: {pools}.").format(
            limit=BUSY, pools=_few(over)))
    elif math.isnan(busy.low):
        said.append(_("Without an interval nobody can be called overloaded or not."))
    else:
        said.append(_("No pool is busy for more than {limit:.0%} of the rostered time with its whole interval.").format(limit=BUSY))
    waits = [(name, wait) for name, _busy, wait in pools if wait is not None and math.isfinite(wait.mean)]
    if waits:
        name, wait = max(waits, key=lambda one: one[1].mean)
        said.append(_("The longest mean wait is that at {pool}: {value}.").format(pool=name_of(name, titles), value=wait.text))
    return joined(said)


# --- stages ---------------------------------------------------------------------------------------------------------------

def stages(keys: Sequence[str]) -> list[str]:
    """Of measures those that say where the time of an issue goes."""
    return [key for key in keys if key.startswith("time_") and key in MEASURES and MEASURES[key].group == "time"]


def stage_blocks(kept: Kept, other: str) -> list[Block]:
    """Where the time goes on two sides: which stages are clearly longer and shorter, and the table."""
    found = lines(kept, other)
    rows = [found[key] for key in stages(list(found))]
    if not rows:
        return []
    titles = kept.titles()
    base = titles[kept.names[0]]
    said = _life_said(kept, [line.key for line in rows], other)
    for sign, text in ((-1, N_("Clearly shorter under “{other}”: {stages}.")), (1, N_("Clearly longer under “{other}”: {stages}."))):
        clear = sorted((line for line in rows if (line.low > 0) - (line.high < 0) == sign), key=lambda line: -abs(line.difference))
        if clear:
            between = "；" if language() == "zh" else "; "
            said.append(_(text).format(other=titles[other], stages=between.join(f"{line.title} ({line.gap})" for line in clear[:3])))
    if all(math.isnan(line.low) for line in rows):
        said.append(_("With one replication no stage can be called longer or shorter."))
    elif not any(line.low > 0 or line.high < 0 for line in rows):
        said.append(_("No single stage is distinguishable."))
    caption = _("Where the time of an issue goes: “{other}” against “{base}”").format(other=titles[other], base=base)
    return [Paragraph(joined(said)), comparison_table(f"stages-{list(kept.names).index(other)}", caption, rows, base, titles[other],
                                                      size=("h", 3600.0))]


def _life_said(kept: Kept, keys: Sequence[str], other: str) -> list[str]:
    """The whole life of an issue on two sides: the sum of its stages, replication by replication."""
    table = kept.of_group("measures")
    if not {"scenario", "measure", "replication", "value"} <= set(table):
        return []
    sums = table[table["measure"].isin(keys)].groupby(["scenario", "replication"], sort=True)["value"].sum()
    names = (kept.names[0], other)
    if not all(name in sums.index.get_level_values(0) for name in names) or len(sums[names[0]]) != len(sums[other]):
        return []
    there, here = (sums[name].to_numpy(float) for name in names)
    found, titles = paired(there, here), kept.titles()
    whole = Line("", "all", "s", Mean("", float(there.mean()), math.nan, math.nan, found.n, "s"),
                 Mean("", float(here.mean()), math.nan, math.nan, found.n, "s"), found.mean, found.low, found.high, found.n, -1)
    facts = {"other": titles[other], "base": titles[names[0]], "here": whole.shown.text(whole.other.mean),
             "there": whole.shown.text(whole.base.mean), "gap": whole.gap}
    return [{"better": _("An issue lives {here} under “{other}” and {there} under “{base}”, all stages together: shorter ({gap})."),
             "worse": _("An issue lives {here} under “{other}” and {there} under “{base}”, all stages together: longer ({gap}).")}.get(
                 whole.verdict, _("An issue lives {here} under “{other}” and {there} under “{base}”, all stages together: not "
                                  "distinguishable ({gap}).")).format(**facts)]


def stage_means(kept: Kept, scenario: str) -> list[Mean]:
    """Where the time goes on one side."""
    found = means(kept, scenario)
    return [found[key] for key in stages(list(found))]
