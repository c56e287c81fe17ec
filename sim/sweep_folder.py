"""The result folder of a sweep or of a sensitivity analysis: tables, charts, manifest (扫描结果文件夹).

As `sim.folder` writes that of a run: files appear whole or not at all, the manifest last, and nobody else's results are replaced.
"""

from __future__ import annotations

import importlib
import json
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import folder as files
from sim.i18n import LANGUAGES

if TYPE_CHECKING:
    from sim.sensitivity import Sensitivity
    from sim.sweep import Sweep

__all__ = ["identity", "write"]

TABLES = ("points", "factors", "measures", "summary", "differences", "tornado", "morris", "sobol")


def identity(found: Sweep | Sensitivity | Any) -> list[str]:
    """What makes results of one command replace those of another; `found` may be a plan or a study too.

    Examples
    --------
    >>> from types import SimpleNamespace
    >>> identity(SimpleNamespace(names=("town",), measure="harm"))
    ['sensitivity', 'harm', 'town']
    """
    about: Any = getattr(found, "plan", None) or getattr(found, "study", None) or found
    if hasattr(about, "measure"):
        return ["sensitivity", about.measure, *about.names]
    return ["sweep", about.name, *about.names, *(one.path for one in about.axes)]


def write(found: Sweep | Sensitivity, folder: Path | str, charts: bool = True, lang: str | None = None) -> Path:
    """Write the result folder of a sweep or a sensitivity analysis; see `sim.folder.write`."""
    held = {name: getattr(found, name, None) for name in TABLES}
    tables = {f"{name}.csv": table for name, table in held.items() if table is not None and (len(table) or name == "measures")}
    module = "sim.charts.sweep" if hasattr(found, "plan") else "sim.charts.tornado"
    draw = partial(importlib.import_module(module).write, found) if charts else None
    return files.put_together(folder, identity(found), tables, draw, lang, partial(_manifest, found))


def _manifest(found: Any, made: dict[str, str]) -> dict[str, Any]:
    facts = found.facts
    about: Any = found.plan if hasattr(found, "plan") else found.study
    said: dict[str, Any] = {
        "program": files._program() | {"model": facts.model}, "command": identity(found),
        "seed": facts.seed, "replications": facts.replications, "jobs": facts.jobs, "started": facts.started,
        "wall_seconds": round(facts.seconds, 3), "runs": {"total": facts.total, "reused": facts.reused},
        "libraries": files._libraries(),
        "scenarios": [{"name": name, "hash": base.scenario.hash, "resolved": base.scenario.resolved()}
                      for name, base in zip(about.names, about.bases, strict=True)]}
    if hasattr(found, "plan"):
        said["sweep"] = {"design": about.design, "vary": [one.path for one in about.axes], "points": len(about.points),
                         "measures": about.measures, "groups": about.groups,
                         "title": {lang: about.title.text(lang) for lang in LANGUAGES} if about.title else None}
    else:
        said["sensitivity"] = {"measure": about.measure, "factors": [one.name for one in about.factors],
                               "points": {name: found.methods.count(name) for name in dict.fromkeys(found.methods)}}
        said["answer"] = {lang: found.answer(lang) for lang in LANGUAGES}
    if getattr(found, "precision", None) is not None:
        said["precision"] = {"reached": found.precision.reached,
                             "targets": json.loads(found.precision.table.to_json(orient="records"))}
    return said | {"files": made}
