"""The result folder: tables, charts, and a manifest that says where they came from (结果文件夹).

Files appear whole or not at all: each is written beside its place and then moved there, the manifest last.  Tables are CSV in
UTF-8 with a byte order mark, so that Excel shows Chinese; nothing in them depends on when or how fast they were computed.

Only what a manifest lists is ever replaced or removed.  A folder that holds another command's results is left alone, and the
next free name is taken (`integrated-2`).
"""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import platform
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import pandas as pd

import sim
from sim.i18n import _, language, speaking
from sim.results import Comparison, Result
from sim.store import RunError

__all__ = ["MANIFEST", "FolderError", "free", "write"]

MANIFEST = "manifest.json"
LIBRARIES = ("simpy", "numpy", "scipy", "pandas", "pydantic", "pyyaml", "matplotlib")


class FolderError(RunError):
    """The result folder cannot be written."""


def write(results: Result | Comparison, folder: Path | str, charts: bool = True, lang: str | None = None) -> Path:
    """Write a result folder.

    Parameters
    ----------
    results : Result or Comparison
        What to write.
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
        A file cannot be replaced, most often because another program has it open.
    """
    place = free(Path(folder), _identity(results))
    place.mkdir(parents=True, exist_ok=True)
    before = _read(place)
    files: dict[str, str] = {}
    for name, table in _tables(results):
        files[name] = _put(place / name, partial(_csv, table))
    if charts:
        with speaking(lang or language()), tempfile.TemporaryDirectory(prefix=".charts-", dir=place) as spare:
            importlib.import_module("sim.charts").write(results, Path(spare))
            for made in sorted(path for path in Path(spare).rglob("*") if path.is_file()):
                name = f"charts/{made.relative_to(spare).as_posix()}"
                files[name] = _put(place / name, made.replace)
    manifest = json.dumps(_manifest(results, files), ensure_ascii=False, indent=2) + "\n"
    _put(place / MANIFEST, lambda path: path.write_text(manifest, encoding="utf-8", newline="\n"))
    _remove_stale(place, before.get("files", {}), files)
    return place


def _tables(results: Result | Comparison) -> Iterator[tuple[str, pd.DataFrame]]:
    yield "measures.csv", results.measures
    yield "summary.csv", results.summary
    if isinstance(results, Comparison):
        yield "differences.csv", results.differences
    yield "daily.csv", results.daily


def _identity(results: Result | Comparison) -> list[str]:
    """What makes results of one command replace those of another: the kind and the scenarios' names."""
    return ["compare" if isinstance(results, Comparison) else "run", *(result.name for result in results.results)]


def _manifest(results: Result | Comparison, files: dict[str, str]) -> dict[str, Any]:
    facts = results.facts
    found: dict[str, Any] = {
        "program": {"name": "nine-dragons", "version": sim.__version__, "model": facts.model, "engine": "simpy"},
        "command": _identity(results),
        "seed": facts.seed, "replications": facts.replications, "jobs": facts.jobs,
        "started": facts.started, "wall_seconds": round(facts.seconds, 3),
        "runs": {"total": facts.total, "reused": facts.reused,
                 "computing_seconds": round(sum(record.seconds for result in results.results for record in result.records), 3),
                 "events": sum(record.events for result in results.results for record in result.records)},
        "libraries": {"python": platform.python_version(), **{name: _version(name) for name in LIBRARIES}},
        "scenarios": [{"name": result.name, "hash": result.scenario.hash, "heads": result.heads, "pay": result.pay,
                       "issues": [record.issues for record in result.records], "resolved": result.scenario.resolved()}
                      for result in results.results],
    }
    if isinstance(results, Comparison):
        found |= {"issues_identical": results.issues_identical, "staff_equal": results.staff_equal}
    return found | {"files": files}


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def _csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def _put(path: Path, fill: Callable[[Path], object]) -> str:
    """Make a file whole: fill a spare one beside it, then move it into place; its SHA-256."""
    path.parent.mkdir(exist_ok=True)
    with _spare(path) as spare:
        fill(spare)
        with spare.open("rb+") as file:
            os.fsync(file.fileno())
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        try:
            spare.replace(path)
        except PermissionError as error:
            raise FolderError(_("{file} cannot be replaced. If another program (Excel?) has it open, close it and start the same "
                                "command again; finished runs are kept.").format(file=path)) from error
    return digest


@contextmanager
def _spare(path: Path) -> Iterator[Path]:
    spare = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        yield spare
    finally:
        spare.unlink(missing_ok=True)


def _read(folder: Path) -> dict[str, Any]:
    """The manifest of a folder; empty where there is none that can be read."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def free(folder: Path, identity: list[str]) -> Path:
    """The folder, or the next of its name that does not hold other results: where `write` will write.

    Parameters
    ----------
    folder : Path
        Where results should go.
    identity : list of str
        "run" or "compare", and the scenarios' names as the results have them (`sim.experiment.distinct`).

    Examples
    --------
    >>> free(Path("no/such/folder"), ["run", "town"]).name
    'folder'
    """
    number, place = 1, folder
    while _taken(place, identity):
        number += 1
        place = folder.with_name(f"{folder.name}-{number}")
    return place


def _taken(folder: Path, identity: list[str]) -> bool:
    """Whether writing here would overwrite what is not this command's."""
    if not folder.is_dir():
        return False
    known = _read(folder)
    if known:
        return bool(known.get("command") != identity)
    return any((folder / name).exists() for name in (MANIFEST, "measures.csv", "summary.csv", "differences.csv", "daily.csv"))


def _remove_stale(folder: Path, before: Any, now: dict[str, str]) -> None:
    """Remove what the last results had and these have not, if nobody has changed it since."""
    for name, digest in (before.items() if isinstance(before, dict) else ()):
        path = folder / name
        if name in now or not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
            continue
        if hashlib.sha256(path.read_bytes()).hexdigest() == digest:
            path.unlink()
