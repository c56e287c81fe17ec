"""Charts of a sweep, a sensitivity analysis, a staffing answer or a warm-up from their folder: its tables hold all they show."""

from __future__ import annotations

from collections.abc import Mapping
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.charts import staffing, sweep, tornado, warmup
from sim.i18n import _, language
from sim.measures import MEASURES
from sim.redraw.folder import Asked, Folder, Kind
from sim.staffing.targets import Quantity, Target, quantity

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["KINDS"]


def _facts(folder: Folder, **more: Any) -> SimpleNamespace:
    return SimpleNamespace(seed=folder.manifest["seed"], replications=folder.manifest["replications"], **more)


def _bases(folder: Folder) -> list[SimpleNamespace]:
    return [SimpleNamespace(scenario=side) for side in folder.scenarios.values()]


def _sweep(folder: Folder) -> Any:
    """A sweep as its charts see it."""
    about = folder.manifest["sweep"]
    summary = folder.table("summary")
    rows = summary[["measure", "group"]].drop_duplicates()
    plan = SimpleNamespace(axes=[SimpleNamespace(path=path) for path in about["vary"]], names=list(folder.scenarios), bases=_bases(folder),
                           measures=about["measures"], points=range(about["points"]), title=_titled(about.get("title")))
    return SimpleNamespace(summary=summary, differences=folder.table("differences"), points=folder.table("points"), plan=plan,
                           facts=_facts(folder), taken=SimpleNamespace(rows=list(rows.itertuples(index=False))))


def _titled(title: Mapping[str, str] | None) -> Any:
    return SimpleNamespace(text=lambda: title[language()]) if title else None


def _offers_of_sweep(folder: Folder) -> dict[str, str]:
    rows = folder.table("summary")[["measure", "group"]].drop_duplicates()
    return {key: MEASURES[key].title for key in rows[rows["group"] == "all"]["measure"] if key in MEASURES}


def _draw_sweep(folder: Folder, name: str, asked: Asked) -> tuple[Figure, pd.DataFrame]:
    found = _sweep(folder)
    return sweep.plot(found, name), sweep.frame(found, name)


def _offers_of_sensitivity(folder: Folder) -> dict[str, str]:
    words = {"tornado": _("Each setting alone, at both ends of its range"), "morris": _("Morris's screening"), "sobol": _("Sobol indices")}
    return {name: words[name] for name in tornado.CHARTS if (folder.place / f"{name}.csv").exists()}


def _draw_sensitivity(folder: Folder, name: str, asked: Asked) -> tuple[Figure, pd.DataFrame]:
    about = folder.manifest["sensitivity"]
    tables = {one: folder.table(one) if (folder.place / f"{one}.csv").exists() else pd.DataFrame() for one in tornado.CHARTS}
    bars = tables["tornado"]
    study = SimpleNamespace(measure=about["measure"], bases=_bases(folder), names=list(folder.scenarios))
    means = [float(bars["mean"].iloc[0] - bars["effect"].iloc[0])] if len(bars) else [float("nan")]
    found: Any = SimpleNamespace(study=study, facts=_facts(folder), places=range(sum(about["points"].values())), means=means, **tables)
    return tornado.plot(found, name), tables[name]


def _offers_of_staffing(folder: Folder) -> dict[str, str]:
    words = {"staff": _("What better service costs"), "demand": _("How much demand the staff stands"),
             "shifts": _("When the staff should work")}
    return {folder.kind: words[folder.kind]}


def _draw_staffing(folder: Folder, name: str, asked: Asked) -> tuple[Figure, pd.DataFrame]:
    data = folder.table("roster" if name == "shifts" else "curve")
    side = next(iter(folder.scenarios.values()))
    answer: Any = SimpleNamespace(question=name, scenario=side, facts=_facts(folder, points=folder.manifest["points"]))
    if name == "shifts":
        answer.roster, answer.aim = data, quantity(str(folder.manifest["aim"]))
    else:
        data["verdict"] = data["verdict"].fillna("")
        aims = data[["measure", "group", "target"]].drop_duplicates()
        answer.curve, answer.targets = data, [     # which side of it is good does not show in the chart
            Target(Quantity(row.measure, "" if row.group == "all" else row.group), 1, row.target) for row in aims.itertuples()]
    return staffing.plot(answer), data


def _offers_of_warmup(folder: Folder) -> dict[str, str]:
    return {f"warmup-{name}": _("Whether the warm-up of {name} is long enough").format(name=name) for name in folder.scenarios}


def _draw_warmup(folder: Folder, name: str, asked: Asked) -> tuple[Figure, pd.DataFrame]:
    key = name.removeprefix("warmup-")
    curves = folder.table("curves")
    titles = {one: side.label for one, side in folder.scenarios.items()}
    found: Any = SimpleNamespace(curves=curves, series=folder.table("series"), replications=folder.manifest["replications"],
                                 titles=titles)
    return warmup.plot(found, key), curves[curves["scenario"] == key]


KINDS = {
    **dict.fromkeys(("staff", "demand", "shifts"), Kind(_offers_of_staffing, _draw_staffing)),
    "sweep": Kind(_offers_of_sweep, _draw_sweep),
    "sensitivity": Kind(_offers_of_sensitivity, _draw_sensitivity),
    "warmup": Kind(_offers_of_warmup, _draw_warmup),
}
