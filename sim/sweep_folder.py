"""The result folder of a sweep or of a sensitivity analysis: tables, charts, manifest (扫描结果文件夹).

As `sim.folder` writes that of a run: files appear whole or not at all, the manifest last, and nobody else's results are replaced.
"""

from __future__ import annotations

import importlib
import json
import platform
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import folder as files
from sim.i18n import LANGUAGES, language, speaking

if TYPE_CHECKING:
    from sim.sensitivity import Sensitivity
    from sim.sweep import Sweep

__all__ = ["identity", "write"]


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
    """Write a result folder.

    Parameters
    ----------
    found : Sweep or Sensitivity
    folder : path
        Made if it does not exist.
    charts : bool
        Whether to draw the charts.
    lang : str, optional
        Language of the charts, "en" or "zh"; by default the one in use.

    Returns
    -------
    Path
        The folder that was written: `folder`, or the next free name if that one holds another command's results.

    Raises
    ------
    FolderError
        A file cannot be replaced.
    """
    place = files.free(Path(folder), identity(found))
    place.mkdir(parents=True, exist_ok=True)
    before = files.read_manifest(place)
    made: dict[str, str] = {}
    for name in ("points", "factors", "measures", "summary", "differences", "tornado", "morris", "sobol"):
        table = getattr(found, name, None)
        if table is not None and (len(table) or name == "measures"):
            made[f"{name}.csv"] = files._put(place / f"{name}.csv", partial(files._csv, table))
    if charts:
        module = importlib.import_module("sim.charts.sweep" if hasattr(found, "plan") else "sim.charts.tornado")
        with speaking(lang or language()), tempfile.TemporaryDirectory(prefix=".charts-", dir=place) as spare:
            for path in sorted(module.write(found, Path(spare))):
                made[f"charts/{path.name}"] = files._put(place / "charts" / path.name, path.replace)
    text = json.dumps(_manifest(found, made), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    files._put(place / files.MANIFEST, lambda path: path.write_text(text, encoding="utf-8", newline="\n"))
    files._remove_stale(place, before.get("files", {}), made)
    return place


def _manifest(found: Any, made: dict[str, str]) -> dict[str, Any]:
    facts = found.facts
    about: Any = found.plan if hasattr(found, "plan") else found.study
    said: dict[str, Any] = {
        "program": files._program() | {"model": facts.model}, "command": identity(found),
        "seed": facts.seed, "replications": facts.replications, "jobs": facts.jobs, "started": facts.started,
        "wall_seconds": round(facts.seconds, 3), "runs": {"total": facts.total, "reused": facts.reused},
        "libraries": {"python": platform.python_version(), **{name: files._version(name) for name in files.LIBRARIES}},
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
