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
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

import sim
from sim.i18n import LANGUAGES, _, language, speaking
from sim.results import Comparison, Result, engines_of
from sim.sources import model_hash
from sim.store import RunError

if TYPE_CHECKING:
    from sim.staffing import Answer as StaffAnswer
    from sim.warmup import WarmUp

__all__ = ["MANIFEST", "FolderError", "free", "put_together", "read_manifest", "typed", "write", "write_answer"]

MANIFEST = "manifest.json"
LIBRARIES = ("simpy", "numba", "llvmlite", "numpy", "scipy", "pandas", "pydantic", "pyyaml", "matplotlib")

TABLES = ("measures.csv", "summary.csv", "differences.csv", "daily.csv", "points.csv", "judged.csv", "curve.csv", "curves.csv",
          "shares.csv")
"""Files that tell that a folder without a manifest holds results: of somebody else, or of a command that was killed."""


_TYPED: list[str] = []


@contextmanager
def typed(words: Sequence[str]) -> Iterator[None]:
    """Say in the manifests written inside a `with` block by which command they were made (所用命令).

    Examples
    --------
    >>> with typed(["run", "theory/mm1"]):
    ...     _program()["typed"]
    ['run', 'theory/mm1']
    """
    before, _TYPED[:] = list(_TYPED), words
    try:
        yield
    finally:
        _TYPED[:] = before


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
    draw = importlib.import_module("sim.charts").write if charts else None
    return _write(folder, _identity(results), dict(_tables(results)), {}, partial(draw, results) if draw else None, lang,
                  partial(_manifest, results))


def write_answer(answer: StaffAnswer | WarmUp, folder: Path | str, charts: bool = True, lang: str | None = None) -> Path:
    """Write the result folder of an answer: of `sim.staffing`, or of `sim.warmup`.

    Beside tables, charts and the manifest it has the scenario as it should be (`scenario.yaml`), where one was found.  The
    parameters are those of `write`.
    """
    asked: Any = answer if hasattr(answer, "question") else None        # a warm-up answers its own one question, and changes nothing
    draw = importlib.import_module("sim.charts.staffing" if asked else "sim.charts.warmup").write if charts else None
    texts = {"scenario.yaml": asked.changed.to_yaml()} if asked and asked.changes else {}
    tables = {f"{name}.csv": table for name, table in answer.tables.items()}
    return _write(folder, answer_identity(answer), tables, texts, partial(draw, answer) if draw else None, lang,
                  partial(_answer_manifest, answer))


def _write(folder: Path | str, identity: list[str], tables: Mapping[str, pd.DataFrame], texts: Mapping[str, str],
           draw: Callable[[Path], object] | None, lang: str | None, manifest: Callable[[dict[str, str]], dict[str, Any]]) -> Path:
    """Tables, texts, charts, then the manifest, which is made from names and digests of all files."""
    place = free(Path(folder), identity)
    place.mkdir(parents=True, exist_ok=True)
    before = read_manifest(place)
    files: dict[str, str] = {}
    for name, table in tables.items():
        files[name] = _put(place / name, partial(_csv, table))
    for name, text in texts.items():
        files[name] = _put(place / name, partial(_text, text))
    if draw is not None:
        with speaking(lang or language()), tempfile.TemporaryDirectory(prefix=".charts-", dir=place) as spare:
            draw(Path(spare))
            for made in sorted(path for path in Path(spare).rglob("*") if path.is_file()):
                name = f"charts/{made.relative_to(spare).as_posix()}"
                files[name] = _put(place / name, made.replace)
    _put(place / MANIFEST, partial(_text, json.dumps(manifest(files), ensure_ascii=False, indent=2) + "\n"))
    _remove_stale(place, before.get("files", {}), files)
    return place


def put_together(folder: Path | str, identity: list[str], tables: Mapping[str, pd.DataFrame], draw: Callable[[Path], object] | None,
                 lang: str | None, manifest: Callable[[dict[str, str]], dict[str, Any]]) -> Path:
    """Write a result folder of any command from its tables (结果文件夹).

    Parameters
    ----------
    folder : path
        Made if it does not exist; the next free name where it holds another command's results.
    identity : list of str
        What was asked, and of which scenarios.
    tables : mapping of str to DataFrame
        By file name.
    draw : callable or None
        Given a folder, draws the charts into it.
    lang : str or None
        Language of the charts.
    manifest : callable
        Makes the manifest from the SHA-256 of all files by name.
    """
    return _write(folder, identity, tables, {}, draw, lang, manifest)


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
        "program": _program() | {"model": facts.model, "engine": " + ".join(engines_of(results.results))},
        "command": _identity(results),
        "seed": facts.seed, "replications": facts.replications, "jobs": facts.jobs,
        "started": facts.started, "wall_seconds": round(facts.seconds, 3),
        "runs": {"total": facts.total, "reused": facts.reused,
                 "engines": engines_of(results.results),
                 "computing_seconds": round(sum(record.seconds for result in results.results for record in result.records), 3),
                 "events": sum(record.events for result in results.results for record in result.records)},
        "libraries": _libraries(),
        "scenarios": [{"name": result.name, "hash": result.scenario.hash, "heads": result.heads, "pay": result.pay,
                       "issues": [record.issues for record in result.records], "resolved": result.scenario.resolved()}
                      for result in results.results],
    }
    if isinstance(results, Comparison):
        found |= {"issues_identical": results.issues_identical, "staff_equal": results.staff_equal}
    return found | _precision(results.precision) | {"files": files}


def answer_identity(answer: Any) -> list[str]:
    """What makes the answer to one question replace that to another."""
    return [answer.question, answer.scenario.name] if hasattr(answer, "question") else ["warmup", *answer.titles]


def _answer_manifest(answer: Any, files: dict[str, str]) -> dict[str, Any]:
    facts = answer.facts._asdict() if hasattr(answer.facts, "_asdict") else asdict(answer.facts)
    scenarios = answer.scenarios if hasattr(answer, "scenarios") else (answer.scenario,)
    said, precise = {}, getattr(answer, "precision", None)
    for lang in LANGUAGES:
        with speaking(lang):
            said[lang] = answer.sentences if isinstance(answer.sentences, list) else answer.sentences()
    return {"program": _program() | {"model": model_hash()}, "command": answer_identity(answer), **facts, "answer": said,
            "changes": getattr(answer, "changes", {}), **({"aim": str(answer.aim)} if hasattr(answer, "aim") else {}),
            **_precision(precise), "libraries": _libraries(),
            "scenarios": [{"name": one.name, "hash": one.hash, "resolved": one.resolved()} for one in scenarios], "files": files}


def _precision(judged: Any) -> dict[str, Any]:
    """How a precision was reached; nothing where none was asked for.  No sentences: a manifest is the same in every language."""
    return {} if judged is None else {"precision": {key: judged.as_dict()[key] for key in ("reached", "targets")}}


def _program() -> dict[str, Any]:
    return {"name": "nine-dragons", "version": sim.__version__} | ({"typed": list(_TYPED)} if _TYPED else {})


def _libraries() -> dict[str, str | None]:
    return {"python": platform.python_version(), **{name: _version(name) for name in LIBRARIES}}


def _version(library: str) -> str | None:
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def _csv(table: pd.DataFrame, path: Path) -> None:
    table.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def _text(text: str, path: Path) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


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


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a folder; empty where there is none that can be read (结果清单)."""
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
        What was asked ("run", "compare", "staff" ...), and the scenarios' names as the results have them
        (`sim.experiment.distinct`).

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
    known = read_manifest(folder)
    if known:
        return bool(known.get("command") != identity)
    return any((folder / name).exists() for name in (MANIFEST, *TABLES))


def _remove_stale(folder: Path, before: Any, now: dict[str, str]) -> None:
    """Remove what the last results had and these have not, if nobody has changed it since."""
    for name, digest in (before.items() if isinstance(before, dict) else ()):
        path = folder / name
        if name in now or not path.resolve().is_relative_to(folder.resolve()) or not path.is_file():
            continue
        if hashlib.sha256(path.read_bytes()).hexdigest() == digest:
            path.unlink()
