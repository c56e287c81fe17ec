"""A result folder as charts are drawn from it: manifest, tables, scenarios, and what was asked for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd

from sim.base import ScenarioError
from sim.experiment import distinct
from sim.i18n import _, joined
from sim.results import titled
from sim.scenario import Scenario, from_dict
from sim.store import RunError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["Asked", "Folder", "Kind", "RedrawError", "near"]


class RedrawError(RunError):
    """A chart cannot be drawn from this folder; the text is for the user and says everything that is wrong."""


class Asked(NamedTuple):
    """Which events a chart shows, as the user said it; None: the one with most to see.

    Attributes
    ----------
    issue : int or None
        Number of an issue on the first side.
    pool : str or None
        Key or title of a pool.
    day : str or None
        A date, or the number of a measured day from 1.
    replication : int
        From 0.
    """

    issue: int | None = None
    pool: str | None = None
    day: str | None = None
    replication: int = 0


@dataclass
class Folder:
    """A result folder that charts can be drawn from.

    Attributes
    ----------
    place : Path
    manifest : mapping
    of : Kind
        How folders of its command are read.
    how : mapping
        What a session takes: jobs, engine, store, progress.
    notes : list of str
        What there is to say about how the last chart came about.
    """

    place: Path
    manifest: Mapping[str, Any]
    of: Kind
    how: Mapping[str, Any]
    notes: list[str] = field(default_factory=list)

    @property
    def kind(self) -> str:
        """The command that made it."""
        return str(self.manifest["command"][0])

    def said(self, name: str) -> str:
        """What the manifest says of one thing, as a footnote prints it."""
        return str(self.manifest.get(name, "–"))

    def part(self, name: str) -> Mapping[str, Any]:
        """A part of the manifest; empty where it has none."""
        found = self.manifest.get(name)
        return found if isinstance(found, dict) else {}

    @property
    def bare(self) -> bool:
        """Whether it is about a bare service system, not about a city."""
        return "bare" in self.manifest["scenarios"][0]["resolved"]

    def titles(self) -> dict[str, str]:
        """Titles of the scenarios in the language in use, by name; their names where titles do not tell them apart."""
        sides = self.manifest["scenarios"]
        found = {str(side["name"]): titled(side["resolved"].get("title"), str(side["name"])) for side in sides}
        return found if len(set(found.values())) == len(found) else {name: name for name in found}

    def table(self, name: str, *, needed: bool = True) -> pd.DataFrame:
        """One of its tables; where it is not needed and not there, an empty one.

        Raises
        ------
        RedrawError
            It is needed and cannot be read.
        """
        path = self.place / f"{name}.csv"
        if not needed and not path.exists():
            return pd.DataFrame()
        try:
            return pd.read_csv(path, encoding="utf-8-sig")
        except (OSError, ValueError):
            raise RedrawError(_("{file} is not there or cannot be read, and the chart needs it.").format(file=path)) from None

    @cached_property
    def scenarios(self) -> dict[str, Scenario]:
        """The scenarios by the names that the tables have."""
        found = {}
        for side in self.manifest["scenarios"]:
            try:
                found[str(side["name"])] = from_dict(side["resolved"])
            except ScenarioError as error:
                said = _("The scenario {name} of this result is none for this version of the program; run it again. {why}")
                raise RedrawError(said.format(name=side["name"], why=error)) from None
        return dict(zip(distinct(list(found)), found.values(), strict=True)) if len(found) > 1 else found

    def offers(self) -> dict[str, str]:
        """Charts by name, with what each shows, in the language in use."""
        return self.of.offers(self)

    def draw(self, name: str, asked: Asked) -> tuple[Figure, pd.DataFrame]:
        """One chart, with the table that it shows, in the language in use.

        Raises
        ------
        RedrawError
            There is no such chart, issue, pool or day.
        """
        self.notes.clear()
        return self.of.draw(self, name, asked)

    def unknown(self, name: str) -> str | None:
        """What is wrong with the name of a chart; None where it is one."""
        if self.of.thinkable is not None and name in self.of.thinkable(self):       # whether there is data is seen when it is drawn
            return None
        known = list(self.offers())
        if name in known:
            return None
        return joined([_("{folder} offers no chart {name}.").format(folder=self.place.as_posix(), name=name), near(name, known)])


class Kind(NamedTuple):
    """How folders of one command are read: what they offer, one chart, and names that need no look at the data."""

    offers: Callable[[Folder], dict[str, str]]
    draw: Callable[[Folder, str, Asked], tuple[Any, pd.DataFrame]]
    thinkable: Callable[[Folder], tuple[str, ...]] | None = None


def near(name: str, known: Sequence[str]) -> str:
    """A sentence that helps whoever misspelt a name: the nearest one, else all of them.

    Examples
    --------
    >>> near("pol", ["pool", "life"]), near("xyz", ["pool", "life"])
    ('Did you mean pool?', 'There are: pool, life.')
    """
    close = get_close_matches(name, known, n=1)
    return _("Did you mean {nearest}?").format(nearest=close[0]) if close else _("There are: {names}.").format(names=", ".join(known))
