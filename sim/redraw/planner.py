"""Charts of the planner's questions from their folder: its tables hold all that they show (规划问题的图形).

Of a sweep, a sensitivity analysis, a staffing answer, a warm-up, an explanation; `sim.report` draws with the same functions.  The
modules of charts are loaded when they are needed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.i18n import N_, _, language, ngettext
from sim.measures import MEASURES
from sim.mechanisms import part_title
from sim.redraw.folder import Asked, Folder, Kind

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["KINDS", "axes_of", "mechanism_title", "post_titles"]

SENSITIVITY = {"tornado": N_("Each setting alone, at both ends of its range"), "morris": N_("Morris's screening"),
               "sobol": N_("Sobol indices")}
STAFFING = {"staff": N_("What better service costs"), "demand": N_("How much demand the staff stands"),
            "shifts": N_("When the staff should work")}
_GROUPED = re.compile(r"([^\[\]\s]+)(?:\[([^\[\]]+)\])?")


def _title(key: str, group: str = "") -> str:
    """Name of a measure in the language in use, with its group; its key where this version does not know it."""
    name = MEASURES[key].title if key in MEASURES else key
    return f"{name} ({group})" if group not in ("", "all") else name


def _everywhere(folder: Folder) -> str:
    return _("{replications} replications at each of {points} points, seed {seed}; the same luck everywhere.").format(
        replications=folder.said("replications"), points=len(folder.table("points")), seed=folder.said("seed"))


# --- sweep ----------------------------------------------------------------------------------------------------------------

def axes_of(folder: Folder) -> list[str]:
    """What a sweep varied: the columns of its points."""
    return [str(column) for column in folder.table("points").columns if column != "point"]


def _offers_of_sweep(folder: Folder) -> dict[str, str]:
    rows = folder.table("summary")
    return {key: _title(key) for key in dict.fromkeys(rows[rows["group"] == "all"]["measure"])}


def _draw_sweep(folder: Folder, name: str, asked: Asked) -> tuple[Figure, pd.DataFrame]:
    from sim.charts import scales, style, sweep

    points, axes = folder.table("points"), axes_of(folder)
    data = sweep.framed(folder.table("summary"), folder.table("differences", needed=False), axes, name)
    ways = [scales.scale_of(path, points[path].tolist()) for path in axes]
    head: Mapping[str, str] = folder.part("sweep").get("title") or {}
    title = f"{head[language()]}: {_title(name)}" if language() in head else _title(name)
    return sweep.draw(data, ways, style.sides_of(folder.titles()), title, _everywhere(folder)), data


# --- sensitivity ----------------------------------------------------------------------------------------------------------

def _offers_of_sensitivity(folder: Folder) -> dict[str, str]:
    return {name: _(words) for name, words in SENSITIVITY.items() if len(folder.table(name, needed=False))}


def _draw_sensitivity(folder: Folder, name: str, asked: Asked) -> tuple[Figure, pd.DataFrame]:
    from sim.charts import tornado

    points, data, note = folder.table("points"), folder.table(name), _everywhere(folder)
    measure, titles = str(folder.part("sensitivity")["measure"]), list(folder.titles().values())
    gap, unit = len(titles) == 2, MEASURES[measure].unit
    title = _("{measure}: {scenario} minus {base}").format(measure=_title(measure), scenario=titles[1], base=titles[0]) if gap else \
        f"{_title(measure)}: {titles[0]}"
    if name == "tornado":
        return tornado.draw_tornado(data, float(points["mean"].iloc[0]), unit, title, note, gap=gap), data
    return (tornado.draw_morris(data, unit, title, note) if name == "morris" else tornado.draw_sobol(data, title, note)), data


# --- staffing -------------------------------------------------------------------------------------------------------------

def _offers_of_staffing(folder: Folder) -> dict[str, str]:
    return {folder.kind: _(STAFFING[folder.kind])}


def _draw_staffing(folder: Folder, name: str, asked: Asked) -> tuple[Figure, pd.DataFrame]:
    from sim.charts import staffing, style

    note = _("{points} settings tried with {replications} replications in all, seed {seed}; the same luck for all.").format(
        points=folder.said("points"), replications=folder.said("replications"), seed=folder.said("seed"))
    if name == "shifts":
        roster, aim = folder.table("roster"), _GROUPED.fullmatch(folder.said("aim"))
        with style.drawing():
            return staffing.roster(roster, _title(aim[1], aim[2] or "") if aim else folder.said("aim"), note, post_titles(folder)), roster
    curve = folder.table("curve").fillna({"verdict": ""})
    with style.drawing():
        if name == "demand":
            return staffing.demand(curve, _targets(curve), note), curve
        return staffing.frontier(curve, _targets(curve), note, bare=folder.bare), curve


def post_titles(folder: Folder) -> dict[str, str]:
    """What posts and pools are called in the language in use, by their names in the tables."""
    from sim.staffing.pools import titles_of

    return titles_of(next(iter(folder.scenarios.values()))) if folder.scenarios else {}


def _targets(curve: pd.DataFrame) -> list[Any]:
    """The targets of an answer as its charts take them; which side of one is good does not show in a chart."""
    found = []
    for row in curve.drop_duplicates(["measure", "group", "target"]).itertuples():
        group = "" if row.group == "all" else str(row.group)
        what = SimpleNamespace(key=row.measure, group=group, unit=row.unit, title=_title(str(row.measure), group))
        found.append(SimpleNamespace(what=what, value=float(row.target)))
    return found


# --- warm-up --------------------------------------------------------------------------------------------------------------

def _offers_of_warmup(folder: Folder) -> dict[str, str]:
    return {f"warmup-{name}": _("Whether the warm-up of {name} is long enough").format(name=name) for name in folder.titles()}


def _draw_warmup(folder: Folder, name: str, asked: Asked) -> tuple[Figure, pd.DataFrame]:
    from sim.charts import style, warmup

    key, number = name.removeprefix("warmup-"), folder.manifest.get("replications", 0)
    curves, series = (table[table["scenario"] == key] for table in (folder.table("curves"), folder.table("series")))
    note = ngettext("Mean of {number} replication.", "Mean of {number} replications.", number).format(number=number)
    with style.drawing():
        return warmup.draw(curves, series, folder.titles()[key], note), curves


# --- explanation ----------------------------------------------------------------------------------------------------------

def mechanism_title(folder: Folder, group: str, mechanism: str = "") -> str:
    """What a row of shares is called: its mechanism, else its group, with the mechanism where it has but one."""
    parts = {str(part.get("part")): tuple(part.get("mechanisms", ())) for part in folder.part("explain").get("parts", ())}
    return part_title(group, mechanism, parts.get(group, ()))


def _offers_of_explanation(folder: Folder) -> dict[str, str]:
    return {f"waterfall-{key}": _("{measure}: what brings the difference").format(measure=_title(key))
            for key in dict.fromkeys(folder.table("shares")["measure"])}


def _draw_explanation(folder: Folder, name: str, asked: Asked) -> tuple[Figure, pd.DataFrame]:
    from sim.charts import waterfall

    key = name.removeprefix("waterfall-")
    rows = folder.table("shares")
    rows = rows[rows["measure"] == key]
    rows = rows.assign(mechanism=rows["mechanism"].astype(object).where(rows["mechanism"].notna(), ""))
    whole = folder.table("summary")
    titles = [mechanism_title(folder, row.group, row.mechanism) for row in rows.itertuples()]
    data = waterfall.steps(whole[whole["measure"] == key].iloc[0], rows, titles, list(folder.titles().values()))
    how, unit, direction = folder.part("explain"), str(rows["unit"].iloc[0]), int(rows["direction"].iloc[0])
    note = waterfall.footnote(how.get("mixtures"), how.get("pairs_of_orders"), folder.said("replications"), folder.said("seed"))
    return waterfall.draw(data, unit, _title(key), direction, note), data


KINDS = {
    **dict.fromkeys(("staff", "demand", "shifts"), Kind(_offers_of_staffing, _draw_staffing)),
    "sweep": Kind(_offers_of_sweep, _draw_sweep),
    "sensitivity": Kind(_offers_of_sensitivity, _draw_sensitivity),
    "warmup": Kind(_offers_of_warmup, _draw_warmup),
    "explain": Kind(_offers_of_explanation, _draw_explanation),
}
