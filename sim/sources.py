"""Which sources decide outcomes, and the hash of them (模型源码指纹).

Kept runs and compiled code are both filed under this hash: an edited rule makes all of them miss, an edited chart none.
"""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

__all__ = ["NOT_MODEL", "model_hash"]

NOT_MODEL = frozenset({
    "__init__", "__main__", "app", "cells", "charts", "cli", "cluster", "conclusion", "design", "engines", "events_csv",
    "experiment", "explain", "explain_folder", "factors", "folder", "i18n", "indices", "locale", "measures", "mechanisms",
    "nearest", "precision", "processes", "progress", "queueing", "redraw", "report", "results", "scenarios", "schema",
    "selection", "sensitivity", "session", "shapley", "shipped", "sources", "staffing", "statistics", "store", "store_claims",
    "store_file", "store_sharing", "store_tidy", "story", "study", "sweep", "sweep_file", "sweep_folder", "template", "variants",
    "truncation", "warmup"})
"""What cannot move an outcome: how runs are started, kept, averaged, drawn and told.  Everything else, known or new, counts, both
engines and the compiled counting too: they give the same outcome, and should one ever not, mending it makes kept runs miss."""


@cache
def model_hash(package: Path | None = None) -> str:
    """Hash of the sources that decide outcomes (模型源码指纹).

    Parameters
    ----------
    package : Path or None
        Folder of the package; None for this one.

    Examples
    --------
    >>> len(model_hash())
    64
    """
    package = package or Path(__file__).parent
    found = hashlib.sha256()
    for path in sorted(package.rglob("*"), key=lambda path: path.relative_to(package).as_posix()):
        inside = path.relative_to(package)
        if path.suffix not in (".py", ".csv", ".json") or inside.parts[0].removesuffix(".py") in NOT_MODEL:
            continue
        name, source = inside.as_posix(), path.read_bytes().replace(b"\r\n", b"\n")
        found.update(f"{name} {len(source)}\n".encode() + source)
    return found.hexdigest()
