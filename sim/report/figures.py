"""The charts of a result, drawn anew in the language of the report where that can be done (报告图形).

Those of a run or comparison need the kept outcomes.  Where these are gone (another version of the model, another store) the charts
that were written with the result stand in for them, and what the tables hold is drawn from the tables.
"""

from __future__ import annotations

import importlib
import math
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.charts.frames import HEADLINES
from sim.charts.style import drawing, pixels, vectors
from sim.i18n import N_, _, language
from sim.report.document import Figure
from sim.report.headlines import first_keys
from sim.report.lines import lines
from sim.report.reading import Kept
from sim.sources import model_hash
from sim.store import RunError

if TYPE_CHECKING:
    from sim.results import Comparison, Result

__all__ = ["Gallery", "gallery_of", "results_of"]

DPI = 180       # of a picture in a text document: 8 inches of it are printed 6.3 inches wide, at 230 dots an inch
COLOURS = 256
_TITLES = {
    "forest": N_("What changes"), "resolved": N_("Share truly resolved over time"), "backlog": N_("What is open, day by day"),
    "flow": N_("Who finds issues, and where they end"), "utilisation": N_("How busy the staff are"), "load": N_("When the work comes in"),
    "streets": N_("Streets by what residents feel"), "tornado": N_("What matters most"), "morris": N_("Morris's screening"),
    "sobol": N_("Sobol indices"), "staff": N_("What better service costs"), "demand": N_("How much demand the staff stands"),
    "shifts": N_("When the staff should work"),
}


class Gallery:
    """The charts of one result, each to be taken once (图库).

    Parameters
    ----------
    folder : Path
        Where drawn files go.
    prefix : str
        Put before their names.
    pixels : bool
        Whether a PNG is needed beside the SVG.
    """

    def __init__(self, folder: Path, prefix: str = "", *, pixels: bool = False) -> None:
        self.folder, self.prefix, self.pixels = folder, prefix, pixels
        self.notes: list[str] = []
        self._held: dict[str, Any] = {}

    def put(self, name: str, figure: Any) -> None:
        """Add a matplotlib figure, drawn when it is taken."""
        self._held[name] = figure

    def put_files(self, name: str, svg: Path) -> None:
        """Add a chart that was drawn before."""
        self._held[name] = svg

    def names(self) -> list[str]:
        """Those not taken yet."""
        return list(self._held)

    def take(self, name: str) -> Figure | None:
        """One of them as a block of a document; None where there is none of that name, or it was taken."""
        held = self._held.pop(name, None)
        if held is None:
            return None
        key = f"chart-{self.prefix}{name}".replace("_", "-").replace(".", "-").lower()
        if isinstance(held, Path):
            title = _(_TITLES[name]) if name in _TITLES else name
            return Figure(key, title, held, held.with_suffix(".png"), title)
        title, said = _said(held)
        svg, png = self.folder / f"{key}.svg", self.folder / f"{key}.png"
        with drawing():
            vectors(held, svg)
            if self.pixels:
                pixels(held, DPI, colours=COLOURS).save(png, format="png", dpi=(DPI, DPI))
        return Figure(key, title or name, svg, png, said or title or name)

    def several(self, names: Sequence[str]) -> list[Figure]:
        """Those of these names that there are; a name stands for all that begin with it and a hyphen too."""
        wanted = [held for name in names for held in self.names() if held == name or held.startswith(f"{name}-")]
        return [figure for name in dict.fromkeys(wanted) if (figure := self.take(name)) is not None]

    def rest(self) -> list[Figure]:
        """All that nobody has taken."""
        return [figure for name in self.names() if (figure := self.take(name)) is not None]


def _said(figure: Any) -> tuple[str, str]:
    """Title of a chart, and title with how to read it."""
    texts = [_unwrapped(text.get_text()) for text in getattr(figure, "texts", ()) if text.get_text()]
    return (texts[0] if texts else "", " ".join(texts[:2]))


def _unwrapped(text: str) -> str:
    """A text without the breaks that a chart's width made: Chinese is joined without a space."""
    lines_ = text.split("\n")
    out = lines_[0]
    for line in lines_[1:]:
        close = bool(out and line) and (ord(out[-1]) > 0x2E80 or ord(line[0]) > 0x2E80)
        out += ("" if close else " ") + line
    return out


def results_of(kept: Kept, store: Path | str | None = None) -> Comparison | Result | None:
    """A run or comparison with its kept outcomes; None where any of them is gone."""
    from sim.results import Comparison
    from sim.session import Session

    seed, number = kept.manifest.get("seed"), kept.manifest.get("replications")
    if kept.model != model_hash():      # the same scenario may have been run again since, by other rules
        return None
    if kept.kind not in ("run", "compare") or len(kept.scenarios) < len(kept.names) or not isinstance(seed, int) or not isinstance(
            number, int):
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Session(seed=seed, store=store, progress=False) as session:
                found = []
                for name in kept.names:
                    keys = [session.task(kept.scenarios[name], place, name).key for place in range(number)]
                    records = [session.store.get(key) for key in keys]
                    if any(record is None for record in records):
                        return None
                    found.append(session.result(name, kept.scenarios[name], [record for record in records if record is not None]))
    except RunError:
        return None
    if len(found) == 1:
        return found[0]
    comparison = Comparison(found)
    for result in comparison.results:       # as the tables have them: they were made from the same replications
        result.__dict__["summary"] = kept.table("summary")[kept.table("summary")["scenario"] == result.name]
    if {"direction", "verdict"} <= set(kept.table("differences")):
        comparison.__dict__["differences"] = kept.table("differences")
    return comparison


def gallery_of(kept: Kept, folder: Path, *, prefix: str = "", store: Path | str | None = None, pixels: bool = False) -> Gallery:
    """The charts that a result has.

    Parameters
    ----------
    kept : Kept
    folder : Path
        Where drawn files go.
    prefix : str
        Put before their names.
    store : path, optional
        Where finished runs are kept.
    pixels : bool
        Whether PNG files are needed too.
    """
    gallery = Gallery(folder, prefix, pixels=pixels)
    if kept.kind == "compare":
        for name, figure in _forests(kept, first_keys(kept.of_group("differences")["measure"].tolist())).items():
            gallery.put(f"headlines-{name}", figure)
    if kept.kind in ("run", "compare"):
        results = results_of(kept, store)
        if results is not None:
            for name, figure in importlib.import_module("sim.charts").plot(results, None, lang=language()).items():
                gallery.put(name, figure)
        else:
            for name, figure in _forests(kept).items():
                gallery.put(name, figure)
            _stand_in(kept, gallery)
    else:
        made = importlib.import_module("sim.report.redrawing").redrawn(kept)
        for name, figure in made.items():
            gallery.put(name, figure)
        if not made:
            _stand_in(kept, gallery)
    return gallery


def _stand_in(kept: Kept, gallery: Gallery) -> None:
    """The charts that were written with the result."""
    held = [path for path in sorted((kept.folder / "charts").glob("*.svg")) if path.stem not in gallery.names() and
            not path.stem.startswith(("forest", "."))]
    for path in held:
        gallery.put_files(path.stem, path)
    if held and kept.kind not in ("run", "compare"):
        gallery.notes.append(_("The charts of {folder} are those that were drawn with the result, in its language.").format(
            folder=kept.name))
    elif held:
        gallery.notes.append(_("The runs of {folder} are not kept here any more, so most charts are those that were drawn with the result, in "
                               "its language.").format(folder=kept.name))
    elif kept.kind in ("run", "compare"):
        gallery.notes.append(_("The runs of {folder} are not kept here any more, so charts that need them are left out.").format(
            folder=kept.name))


def _forests(kept: Kept, measures: Sequence[str] = HEADLINES) -> Mapping[str, Any]:
    """Forest plots from the tables alone: of these measures where eight of them are there, else of all."""
    import pandas as pd

    from sim.charts import forest
    from sim.charts.style import sides_of

    titles = kept.titles()
    sides = sides_of(titles)
    made: dict[str, Any] = {}
    for side in sides[1:]:
        found = lines(kept, side.key)
        keys = [key for key in measures if key in found]
        rows = [{"measure": key, "title": line.title, "unit": line.unit, "direction": line.direction, "base": line.base.mean,
                 "other": line.other.mean, "difference": line.difference, "low": line.low, "high": line.high, "verdict": line.verdict}
                for key, line in found.items() if math.isfinite(line.difference) and (
                    key in keys if len(keys) >= 8 else line.direction != 0 or len(found) < 8)]
        data = pd.DataFrame(sorted(rows, key=lambda row: keys.index(row["measure"]) if row["measure"] in keys else 0),
                            columns=list(forest.COLUMNS))
        if len(data):
            note = _("{replications} replications, seed {seed}.").format(replications=kept.replications, seed=kept.manifest.get("seed", "–"))
            with drawing():
                made["forest" if len(sides) == 2 else f"forest-{side.key}"] = forest.draw(data, sides[0], side, note)
    return made
