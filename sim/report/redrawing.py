"""Charts of the planner's questions, drawn anew from the tables of their folder (由表格重绘图形)."""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pandas as pd

from sim.charts.style import drawing, sides_of
from sim.i18n import _, ngettext
from sim.measures import MEASURES
from sim.report.lines import measure_title
from sim.report.reading import Kept

__all__ = ["axes_of", "mechanism_title", "redrawn"]


def redrawn(kept: Kept) -> dict[str, Any]:
    """The charts of a result as figures, by name, in the language in use; none where the tables do not suffice."""
    draw = _DRAW.get(kept.kind)
    if draw is None:
        return {}
    try:
        with drawing():
            return draw(kept)
    except (ImportError, KeyError, ValueError, TypeError, AttributeError, IndexError):      # tables of another version: the report goes without
        return {}


def axes_of(kept: Kept) -> list[str]:
    """What a sweep varied: the columns of its points."""
    return [str(column) for column in kept.table("points").columns if column != "point"]


def _sweep(kept: Kept) -> dict[str, Any]:
    module, scales = importlib.import_module("sim.charts.sweep"), importlib.import_module("sim.charts.scales")
    points, summary, differences = kept.table("points"), kept.of_group("summary"), kept.of_group("differences")
    axes = axes_of(kept)
    ways = [scales.scale_of(path, points[path].tolist()) for path in axes]
    sides = sides_of(kept.titles())
    note = _("{replications} replications at each of {points} points, seed {seed}; the same luck everywhere.").format(
        replications=kept.replications, points=len(points), seed=kept.manifest.get("seed", "–"))
    other = differences.rename(columns={"low": "difference_low", "high": "difference_high"})
    columns = ["scenario", "point", "base", "base_point", "difference", "difference_low", "difference_high", "direction", "verdict"]
    made = {}
    for key in dict.fromkeys(summary["measure"]):
        data = summary[summary["measure"] == key][["scenario", "point", *axes, "mean", "low", "high", "unit"]]
        part = other[other["measure"] == key].reindex(columns=columns)
        data = data.merge(part, on=["scenario", "point"], how="left")
        made[str(key)] = module.draw(data, ways, sides, measure_title(str(key)), note)
    from sim.cells import headlines

    asked = (kept.manifest.get("sweep") or {}).get("measures")
    shown = list(made) if asked else headlines(list(made))
    return {key: figure for key, figure in made.items() if key in shown}


def _sensitivity(kept: Kept) -> dict[str, Any]:
    module = importlib.import_module("sim.charts.tornado")
    points, key = kept.table("points"), str((kept.manifest.get("sensitivity") or {})["measure"])
    known = MEASURES[key]
    titles = list(kept.titles().values())
    title = (_("{measure}: {scenario} minus {base}").format(measure=known.title, scenario=titles[1], base=titles[0])
             if len(titles) == 2 else f"{known.title}: {titles[0]}")
    note = _("{replications} replications at each of {points} points, seed {seed}; the same luck everywhere.").format(
        replications=kept.replications, points=len(points), seed=kept.manifest.get("seed", "–"))
    ways: dict[str, Callable[[pd.DataFrame], Any]] = {
        "tornado": lambda table: module.draw_tornado(table, float(points["mean"].iloc[0]), known.unit, title, note, gap=len(titles) == 2),
        "morris": lambda table: module.draw_morris(table, known.unit, title, note),
        "sobol": lambda table: module.draw_sobol(table, title, note)}
    return {name: draw(kept.table(name)) for name, draw in ways.items() if len(kept.table(name))}


def _targets(curve: pd.DataFrame) -> list[Any]:
    """The targets of a staffing answer, as its charts take them."""
    found = []
    for (key, group, value), rows in curve.groupby(["measure", "group", "target"], sort=False):
        what = SimpleNamespace(key=key, group="" if group == "all" else group, unit=rows["unit"].iloc[0],
                               title=measure_title(key) + (f" [{group}]" if group != "all" else ""))
        found.append(SimpleNamespace(what=what, value=float(value)))
    return found


def _note(kept: Kept) -> str:
    return _("{points} settings tried with {replications} replications in all, seed {seed}; the same luck for all.").format(
        points=kept.manifest.get("points", "–"), replications=kept.manifest.get("replications", "–"), seed=kept.manifest.get("seed", "–"))


def _staff(kept: Kept) -> dict[str, Any]:
    module, curve = importlib.import_module("sim.charts.staffing"), kept.table("curve").fillna({"verdict": ""})
    return {"staff": module.frontier(curve, _targets(curve), _note(kept), bare=kept.bare)}


def _demand(kept: Kept) -> dict[str, Any]:
    module, curve = importlib.import_module("sim.charts.staffing"), kept.table("curve").fillna({"verdict": ""})
    return {"demand": module.demand(curve, _targets(curve), _note(kept))}


def _shifts(kept: Kept) -> dict[str, Any]:
    module, curve = importlib.import_module("sim.charts.staffing"), kept.table("curve")
    aim = measure_title(str(curve["measure"].iloc[0])) if "measure" in curve and len(curve) else "–"
    return {"shifts": module.roster(kept.table("roster"), aim, _note(kept))}


def _warmup(kept: Kept) -> dict[str, Any]:
    module, made = importlib.import_module("sim.charts.warmup"), {}
    number = kept.replications
    note = ngettext("Mean of {number} replication.", "Mean of {number} replications.", number).format(number=number)
    titles = kept.titles()
    for name in kept.names:
        curves, series = (table[table["scenario"] == name] for table in (kept.table("curves"), kept.table("series")))
        made[f"warmup-{name}"] = module.draw(curves, series, titles[name], note)
    return made


def _explain(kept: Kept) -> dict[str, Any]:
    """Waterfalls: those that were written hold what they show, all but the titles in the language in use."""
    module, made = importlib.import_module("sim.charts.waterfall"), {}
    titles, shares, summary = list(kept.titles().values()), kept.table("shares"), kept.table("summary")
    note = _("{replications} replications, seed {seed}.").format(replications=kept.replications, seed=kept.manifest.get("seed", "–"))
    for whole in summary.to_dict("records"):
        key = str(whole["measure"])
        ends = [{"part": "", "title": title, "level": level, "start": whole[level], "end": whole[level], "low": math.nan, "high": math.nan,
                 "share": math.nan, "half_width": math.nan, "verdict": ""} for title, level in zip(titles, ("base", "other"), strict=True)]
        rows, at = [ends[0]], {"": float(whole["base"])}
        for row in shares[shares["measure"] == key].to_dict("records"):
            within, share = bool(row["mechanism"]), float(row["share"])
            start = at.setdefault(row["group"], at[""]) if within else at[""]
            low, high = start + float(row["low"]), start + float(row["high"])
            rows.append({"part": row["mechanism"] or row["group"], "title": mechanism_title(row), "level": "mechanism" if within else "group",
                         "start": start, "end": start + share, "low": low, "high": high, "share": share, "half_width": (high - low) / 2,
                         "verdict": row["verdict"]})
            at[row["group"]] = start + share if within else start
            at[""] = at[""] if within else start + share
        known = MEASURES[key]
        made[f"waterfall-{key}"] = module.draw(pd.DataFrame([*rows, ends[1]]), known.unit, known.title, int(known.direction), note)
    return made


def mechanism_title(row: Mapping[str, Any]) -> str:
    """What a row of shares is called: its mechanism, else its group."""
    said = {"mechanism": str(row.get("mechanism") or ""), "group": str(row.get("group") or "")}
    try:
        found: str = importlib.import_module("sim.explain.words").part_title(said)
    except (ImportError, AttributeError, KeyError):
        found = said["mechanism"] or said["group"]
    return found or "–"


_DRAW: dict[str, Callable[[Kept], dict[str, Any]]] = {
    "sweep": _sweep, "sensitivity": _sensitivity, "staff": _staff, "demand": _demand, "shifts": _shifts, "warmup": _warmup, "explain": _explain}
