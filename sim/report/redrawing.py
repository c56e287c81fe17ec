"""Charts of the planner's questions in a report: `sim.redraw.planner` draws them from the tables that the report has read (由表格重绘图形)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

import pandas as pd

from sim.cells import headlines
from sim.redraw import planner
from sim.redraw.folder import Asked, Folder
from sim.report.reading import Kept

if TYPE_CHECKING:
    from sim.scenario import Scenario

__all__ = ["axes_of", "mechanism_title", "post_titles", "redrawn"]


class _Read(Folder):
    """A result folder that a report has read: tables may be missing, and so may any part of the manifest."""

    def __init__(self, kept: Kept) -> None:
        super().__init__(kept.folder, kept.manifest | {"command": [kept.kind], "replications": kept.replications}, planner.KINDS[kept.kind], {})
        self._kept = kept

    @cached_property
    def bare(self) -> bool:
        return self._kept.bare

    @cached_property
    def scenarios(self) -> dict[str, Scenario]:
        return self._kept.scenarios

    def titles(self) -> dict[str, str]:
        return self._kept.titles()

    def table(self, name: str, *, needed: bool = True) -> pd.DataFrame:
        return self._kept.table(name).copy()


def redrawn(kept: Kept) -> dict[str, Any]:
    """The charts of a result as figures, by name, in the language in use; none where the tables do not suffice."""
    if kept.kind not in planner.KINDS:
        return {}
    folder = _Read(kept)
    try:
        names = list(folder.offers())
        if kept.kind == "sweep" and not folder.part("sweep").get("measures"):
            names = headlines(names)
        return {name: folder.draw(name, Asked())[0] for name in names}
    except (ImportError, KeyError, ValueError, TypeError, AttributeError, IndexError):      # tables of another version: the report goes without
        return {}


def axes_of(kept: Kept) -> list[str]:
    """What a sweep varied: the columns of its points."""
    return planner.axes_of(_Read(kept))


def post_titles(kept: Kept) -> dict[str, str]:
    """What posts and pools are called, by their names in the tables."""
    return planner.post_titles(_Read(kept))


def mechanism_title(kept: Kept, row: Mapping[str, Any]) -> str:
    """What a row of shares is called: its mechanism, else its group."""
    return planner.mechanism_title(_Read(kept), str(row.get("group") or ""), str(row.get("mechanism") or "")) or "–"
