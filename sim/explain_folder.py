"""The result folder of an explanation: tables, charts, manifest (归因结果文件夹).

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
    from sim.explain import Explanation, Plan

__all__ = ["identity", "write"]


def identity(plan: Plan) -> list[str]:
    """What makes results of one command replace those of another: the scenarios and what is given a share.

    Examples
    --------
    >>> from sim.explain import planned
    >>> identity(planned("small/fragmented", "small/integrated"))[:4]
    ['explain', 'small-fragmented', 'small-integrated', 'people']
    """
    return ["explain", *plan.names, *(part.key for part in plan.game.parts)]


def write(found: Explanation, folder: Path | str, charts: bool = True, lang: str | None = None) -> Path:
    """Write the result folder of an explanation; what is given, what comes back and what goes wrong are as in `sim.folder.write`."""
    draw = partial(importlib.import_module("sim.charts.waterfall").write, found) if charts else None
    tables = {f"{name}.csv": table for name, table in found.tables.items()}
    return files.put_together(folder, identity(found.plan), tables, draw, lang, partial(_manifest, found))


def _manifest(found: Explanation, made: dict[str, str]) -> dict[str, Any]:
    facts, plan = found.facts, found.plan
    said: dict[str, Any] = {
        "program": files._program() | {"model": facts.model}, "command": identity(plan),
        "seed": facts.seed, "replications": facts.replications, "jobs": facts.jobs, "started": facts.started,
        "wall_seconds": round(facts.seconds, 3), "runs": {"total": facts.total, "reused": facts.reused},
        "libraries": files._libraries(),
        "explain": plan.how(), "answer": {lang: found.answer(lang) for lang in LANGUAGES},
        "scenarios": [{"name": name, "hash": one.hash, "resolved": one.resolved()}
                      for name, one in zip(plan.names, (plan.game.base, plan.game.other), strict=True)]}
    if found.precision is not None:
        said["precision"] = {"reached": found.precision.reached,
                             "targets": json.loads(found.precision.table.to_json(orient="records"))}
    return said | {"files": made}
