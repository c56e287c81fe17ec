"""One chart from a result folder alone (由结果文件夹重绘图表).

The manifest says what was run.  Tables are read from the folder; outcomes come from the store, and are simulated again where they are
not kept any more; charts of single events simulate one replication.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from sim.folder import read_manifest
from sim.i18n import _
from sim.redraw.folder import Asked, Folder, Kind, RedrawError

__all__ = ["KINDS", "Asked", "Folder", "RedrawError", "opened"]

KINDS = {"run": "runs", "compare": "runs", "sweep": "planner", "sensitivity": "planner", "staff": "planner", "demand": "planner",
         "shifts": "planner", "warmup": "planner", "explain": "planner"}
"""The commands whose folders can be read, and the module that does it, which is loaded when it is needed."""


def opened(place: Path | str, **how: Any) -> Folder:
    """A result folder, to draw charts from.

    Parameters
    ----------
    place : path
    **how
        What `sim.session.Session` takes: jobs, engine, store, progress.

    Raises
    ------
    RedrawError
        It is no result folder, or one of a kind without charts.

    Examples
    --------
    >>> opened("no/such/folder")
    Traceback (most recent call last):
    sim.redraw.folder.RedrawError: There is no folder no/such/folder.
    """
    place = Path(place)
    if not place.exists():
        raise RedrawError(_("There is no folder {folder}.").format(folder=place.as_posix()))
    manifest = read_manifest(place) if place.is_dir() else {}
    if not manifest.get("command") or not isinstance(manifest.get("scenarios"), list):
        raise RedrawError(_("{folder} is no result folder: it has no manifest.json that a command of this program wrote.").format(
            folder=place.as_posix()))
    if manifest["command"][0] not in KINDS:
        raise RedrawError(_("From results of {command} no single chart can be drawn; theirs are in {folder}.").format(
            command=manifest["command"][0], folder=f"{place.as_posix()}/charts"))
    kind: Kind = import_module(f"sim.redraw.{KINDS[manifest['command'][0]]}").KINDS[manifest["command"][0]]
    return Folder(place, manifest, kind, how)
