"""Result folders as a report reads them: the manifest, the tables, who the sides are (读取结果文件夹).

Every number comes from the CSV files.  A folder of an older or newer program is read as far as its tables go, and the report says
so; a table that somebody changed after it was written is used, and that is said too.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.folder import MANIFEST
from sim.i18n import _, language
from sim.results import titled
from sim.sources import model_hash
from sim.store import RunError

if TYPE_CHECKING:
    from sim.scenario import Scenario

__all__ = ["KINDS", "Kept", "ReportError", "read"]

SUMMARY = ("scenario", "measure", "group", "mean", "low", "high", "n", "unit")
DIFFERENCES = ("scenario", "base", "measure", "group", "base_mean", "mean", "difference", "low", "high", "n", "unit")
TORNADO = ("factor", "end", "value", "mean", "effect", "low", "high")

KINDS: dict[str, dict[str, tuple[str, ...]]] = {
    "compare": {"summary": SUMMARY, "differences": DIFFERENCES},
    "run": {"summary": SUMMARY},
    "sweep": {"summary": SUMMARY, "points": ("point",)},
    "sensitivity": {"points": ("point", "method", "mean", "low", "high")},
    "staff": {"curve": ("pay", "measure", "group", "target", "mean", "low", "high", "unit", "verdict", "chosen")},
    "demand": {"curve": ("factor", "measure", "group", "target", "mean", "low", "high", "unit", "verdict", "chosen")},
    "shifts": {"roster": ("pool", "shift", "now", "best")},
    "warmup": {"verdicts": ("scenario", "verdict", "cut", "warm_up", "run"), "series": ("scenario", "series", "verdict"),
               "curves": ("scenario", "series", "day", "mean", "smooth")},
    "explain": {"shares": ("measure", "mechanism", "share", "low", "high")},
}
"""What a report can be made of: kind of result, and the tables with the columns that it needs."""

_SIGNS = (("explain", "shares"), ("sensitivity", "factors"), ("staff", "judged"), ("shifts", "roster"), ("warmup", "curves"),
          ("sweep", "points"), ("compare", "differences"), ("demand", "curve"), ("run", "summary"))
_WORDS = frozenset({"scenario", "base", "measure", "group", "unit", "verdict", "factor", "end", "value", "source", "pool", "shift",
                    "series", "mechanism", "method", "target", "moved_by", "title"})
_NUMBERS = {"value": "replication", "factor": "chosen", "target": "chosen"}
"""Columns that hold words in some tables, and numbers in those that also have the column named."""
_FIGURES = ("mean", "low", "high", "n", "difference", "base_mean", "share", "effect", "target", "pay")


class ReportError(RunError):
    """A report cannot be made; the text says of every fault what it is."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


@dataclass(eq=False)
class Kept:
    """One result folder (结果文件夹).

    Attributes
    ----------
    folder : Path
    kind : str
        One of `KINDS`.
    manifest : dict
        As it was written; parts of it may be missing.
    """

    folder: Path
    kind: str
    manifest: dict[str, Any]
    _tables: dict[str, pd.DataFrame] = field(default_factory=dict)
    _groups: dict[tuple[str, str], pd.DataFrame] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name of the folder alone: reports name no place of the machine that made them."""
        return self.folder.resolve().name

    def table(self, name: str) -> pd.DataFrame:
        """One of its CSV files; empty where it has none of that name."""
        if name not in self._tables:
            path = self.folder / f"{name}.csv"
            self._tables[name] = _read(path) if path.is_file() else pd.DataFrame()
        return self._tables[name]

    def of_group(self, name: str, group: str = "all") -> pd.DataFrame:
        """The rows of one of its tables that belong to a group, or to all groups that begin so ("street:")."""
        if (name, group) not in self._groups:
            table = self.table(name)
            self._groups[name, group] = (table.iloc[:0] if "group" not in table else table[table["group"].str.startswith(group)]
                                         if group.endswith(":") else table[table["group"] == group])
        return self._groups[name, group]

    @cached_property
    def described(self) -> dict[str, dict[str, Any]]:
        """What the manifest says of each scenario, by name, in their order."""
        found = self.manifest.get("scenarios")
        sides = [side for side in found if isinstance(side, dict) and "name" in side] if isinstance(found, list) else []
        return {str(side["name"]): side for side in sides}

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names of the scenarios, the base first: those of the manifest, else those of the tables."""
        if self.described:
            return tuple(self.described)
        first = self.table("differences")
        named = [*first["base"].unique(), *first["scenario"].unique()] if "base" in first else []
        table = next((one for one in (self.table("summary"), self.table("verdicts")) if "scenario" in one), pd.DataFrame())
        return tuple(dict.fromkeys([*named, *(table["scenario"].unique() if "scenario" in table else ())]))

    def titles(self) -> dict[str, str]:
        """Title of each scenario in the language in use; its name where it has none, or one that another has too."""
        said = {name: titled(self.resolved(name).get("title"), name) for name in self.names}
        alike = list(said.values())
        return {name: title if alike.count(title) == 1 else name for name, title in said.items()}

    def resolved(self, name: str) -> dict[str, Any]:
        """A scenario with all its settings, as the manifest has it."""
        found = self.described.get(name, {}).get("resolved")
        return found if isinstance(found, dict) else {}

    @property
    def model(self) -> str:
        """Hash of the model's sources that made it; empty where the manifest does not say."""
        program = self.manifest.get("program")
        return str(program.get("model", "")) if isinstance(program, dict) else ""

    @property
    def bare(self) -> bool:
        """Whether it is about a bare service system, not about a city."""
        return bool(self.names) and "bare" in self.resolved(self.names[0])

    @cached_property
    def scenarios(self) -> dict[str, Scenario]:
        """Those scenarios that this version of the program can read, by name."""
        from sim.base import ScenarioError
        from sim.scenario import from_dict

        found = {}
        for name in self.names:
            try:
                found[name] = from_dict(self.resolved(name))
            except (ScenarioError, TypeError, ValueError, KeyError, AttributeError):
                continue
        return found

    @property
    def replications(self) -> int:
        """Replications of each scenario, or of each point; 0 where nobody says."""
        said = self.manifest.get("replications")
        table = self.table("summary")
        return said if isinstance(said, int) else int(table["n"].max()) if "n" in table and len(table) else 0

    @property
    def answers(self) -> list[str]:
        """The answer that was written with it, in the language in use; none where there is none."""
        said = self.manifest.get("answer")
        found = said.get(language(), []) if isinstance(said, dict) else []
        return [found] if isinstance(found, str) else [str(one) for one in found]

    def notes(self) -> list[str]:
        """What a reader must know of this folder: of another version, or changed since."""
        said = []
        if self.model != model_hash():
            said.append(_("{folder} was made by another version of the model than the one that made this report. Its numbers stand as "
                          "they were.").format(folder=self.name))
        changed = [f"{name}.csv" for name in sorted(self._tables) if not self._as_written(f"{name}.csv")]
        if changed:
            said.append(_("Changed after it was written, in {folder}: {files}.").format(folder=self.name,
                                                                                        files=", ".join(changed)))
        return said

    def _as_written(self, name: str) -> bool:
        files = self.manifest.get("files")
        digest = files.get(name) if isinstance(files, dict) else None
        path = self.folder / name
        return digest is None or not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() == digest


def read(folders: Iterable[Path | str]) -> list[Kept]:
    """Read result folders.

    Raises
    ------
    ReportError
        One is none, or is damaged; with what is wrong with all of them.

    Examples
    --------
    >>> read(["no/such/folder"])
    Traceback (most recent call last):
    sim.report.reading.ReportError: There is no folder no/such/folder.
    """
    found: list[Kept] = []
    faults: list[str] = []
    for folder in dict.fromkeys(Path(one) for one in folders):
        manifest = _manifest(folder, faults)
        if manifest is None:
            continue
        kept = Kept(folder, _kind(folder, manifest), manifest)
        if not kept.kind:
            faults.append(_("{folder}: this kind of result is not known here, and it has no table that could be shown.").format(
                folder=folder))
            continue
        wrong = list(_wrong(kept))
        faults += wrong
        if not wrong:
            found.append(kept)
    if faults:
        raise ReportError(faults)
    return found


def _manifest(folder: Path, faults: list[str]) -> dict[str, Any] | None:
    """The manifest, or None with a fault."""
    if not folder.exists():
        faults.append(_("There is no folder {folder}.").format(folder=folder.as_posix()))
    elif not folder.is_dir():
        faults.append(_("{folder} is a file; name the result folder, such as results/NAME.").format(folder=folder))
    elif not (folder / MANIFEST).is_file():
        inside = sorted(one.parent.name for one in folder.glob(f"*/{MANIFEST}"))[:5]
        hint = _(" Did you mean one of those in it: {names}?").format(names=", ".join(inside)) if inside else ""
        faults.append(_("{folder} is no result folder: it has no {file}.").format(folder=folder, file=MANIFEST) + hint)
    else:
        try:
            found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            faults.append(_("{file} is damaged ({why}); make the result again with the command that made it.").format(
                file=folder / MANIFEST, why=error))
        else:
            if isinstance(found, dict):
                return found
            faults.append(_("{file} is damaged ({why}); make the result again with the command that made it.").format(
                file=folder / MANIFEST, why=_("it holds no object")))
    return None


def _kind(folder: Path, manifest: Mapping[str, Any]) -> str:
    """What kind of result it is: as the manifest says, else by its tables."""
    command = manifest.get("command")
    said = str(command[0]) if isinstance(command, list) and command else ""
    said = {"extend": "compare"}.get(said, said)
    if said in KINDS:
        return said
    return next((kind for kind, name in _SIGNS if (folder / f"{name}.csv").is_file()), "")


def _wrong(kept: Kept) -> Iterable[str]:
    """What is wrong with the tables that a report needs."""
    for name, columns in KINDS[kept.kind].items():
        path = kept.folder / f"{name}.csv"
        if not path.is_file():
            yield _("{file} is missing; make the result again with the command that made it.").format(file=path)
            continue
        try:
            table = kept.table(name)
        except ReportError as error:
            yield str(error)
            continue
        missing = [column for column in columns if column not in table]
        if missing:
            yield _("{file} has no column {columns}.").format(file=path, columns=", ".join(missing))
        elif words := [column for column in columns if column in _FIGURES and not pd.api.types.is_numeric_dtype(table[column])]:
            yield _("{file} has words where there must be numbers, in {columns}.").format(file=path, columns=", ".join(words))
        elif not len(table):
            yield _("{file} has no rows.").format(file=path)


def _read(path: Path) -> pd.DataFrame:
    """A table as it was written: words stay words, numbers are read to the last bit."""
    try:
        table = pd.read_csv(path, encoding="utf-8-sig", dtype=str, keep_default_na=False)
    except (OSError, UnicodeDecodeError, ValueError, pd.errors.ParserError, pd.errors.EmptyDataError) as error:
        raise ReportError([_("{file} cannot be read: {why}").format(file=path, why=error)]) from error
    numbers = {name for name, sign in _NUMBERS.items() if sign in table}
    return pd.DataFrame({column: values if column in _WORDS - numbers else _typed(values) for column, values in table.items()})


def _typed(values: pd.Series) -> pd.Series:
    """Words as whole numbers, numbers or truths, if all of them are such; empty ones are no number."""
    words = set(values)
    if words and words <= {"True", "False"}:
        return values == "True"
    for kind, made in ((int, values), (float, values.where(values != "", "nan"))):
        try:
            return pd.Series([kind(one) for one in made], index=values.index, dtype=kind)
        except (ValueError, OverflowError):
            continue
    return values
