"""One look for all charts: colours, line styles, the bundled font, and files that appear whole.

Colours are those of Okabe and Ito (2008), which people with the usual colour blindness can tell apart; each organisation also
has a line style, a marker and a hatch of its own, so that a greyscale print reads as well.  Nothing here touches `pyplot`: a
figure is an object that is drawn, saved and forgotten.
"""

from __future__ import annotations

import os
import re
import uuid
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import matplotlib
import numpy as np
from matplotlib import font_manager
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.colors import LinearSegmentedColormap

from sim.charts.text import FONT

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from PIL.Image import Image

__all__ = ["BLACK", "BLUE", "GREEN", "GREY", "HEAT", "INK", "ORANGE", "PURPLE", "RULE", "SKY", "VERMILION", "YELLOW", "Side", "drawing", "save",
           "pixels", "save_as", "sides_of", "tidy", "vectors"]

BLUE, VERMILION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, YELLOW, BLACK = "#E69F00", "#56B4E9", "#F0E442", "#000000"
INK, GREY, RULE = "#222222", "#666666", "#CFCFCF"
SIDE_COLOURS = (VERMILION, BLUE, GREEN, PURPLE, ORANGE, SKY, BLACK, "#8C8C00")
SIDE_LINES: tuple[Any, ...] = (
    (0, (4, 1.6)),
    "solid",
    (0, (1, 1)),
    (0, (6, 1.5, 1, 1.5)),
    (0, (8, 2)),
    (0, (2, 2)),
    (0, (3, 1, 1, 1, 1, 1)),
    (0, (1, 3)),
)
SIDE_HATCHES = ("////", "", "....", "\\\\\\\\", "xxxx", "----", "++++", "oooo")
SIDE_MARKERS = ("o", "D", "s", "^", "v", "P", "X", "*")
HEAT = LinearSegmentedColormap.from_list("load", ["#FFFFFF", "#CFE4F2", "#6FAFD8", BLUE, "#003A5C"])
FAMILY = "Nine Dragons Sans SC"
FALLBACK = ("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Microsoft YaHei", "DejaVu Sans")
DPI = 300


@dataclass(frozen=True)
class Side:
    """One organisation in the charts; `number` fixes its colour, line, marker and hatch in every chart.

    Examples
    --------
    >>> Side("integrated", "Integrated", 1).colour
    '#0072B2'
    """

    key: str
    title: str
    number: int

    @property
    def colour(self) -> str:
        """Its colour."""
        return SIDE_COLOURS[self.number % len(SIDE_COLOURS)]

    @property
    def line(self) -> Any:
        """Its line style."""
        return SIDE_LINES[self.number % len(SIDE_LINES)]

    @property
    def hatch(self) -> str:
        """Its hatch in bars."""
        return SIDE_HATCHES[self.number % len(SIDE_HATCHES)]

    @property
    def marker(self) -> str:
        """Its marker."""
        return SIDE_MARKERS[self.number % len(SIDE_MARKERS)]


def sides_of(titles: dict[str, str]) -> list[Side]:
    """Sides in their order, from a mapping of key to title; a single side takes the second colour (blue).

    Examples
    --------
    >>> [side.number for side in sides_of({"a": "A", "b": "B"})]
    [0, 1]
    """
    alone = len(titles) == 1
    return [Side(key, title, number + alone) for number, (key, title) in enumerate(titles.items())]


@contextmanager
def drawing() -> Iterator[None]:
    """Settings of matplotlib for the length of one chart; they are as before afterwards."""
    if not any(entry.fname == str(FONT) for entry in font_manager.fontManager.ttflist):
        font_manager.fontManager.addfont(FONT)
    installed = {entry.name for entry in font_manager.fontManager.ttflist}
    settings = {
        "font.family": [FAMILY, *(name for name in FALLBACK if name in installed)],
        "font.size": 9.0,
        "text.color": INK,
        "axes.titlesize": 9.5,
        "axes.titlelocation": "left",
        "axes.labelsize": 9.0,
        "axes.labelcolor": GREY,
        "axes.edgecolor": GREY,
        "axes.linewidth": 0.7,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.axisbelow": True,
        "axes.unicode_minus": True,
        "axes.formatter.use_mathtext": False,
        "grid.color": RULE,
        "grid.linewidth": 0.5,
        "xtick.color": GREY,
        "ytick.color": GREY,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "xtick.labelsize": 8.0,
        "ytick.labelsize": 8.5,
        "hatch.linewidth": 0.7,
        "legend.frameon": False,
        "lines.linewidth": 1.7,
        "svg.hashsalt": "nine-dragons",
        "svg.fonttype": "path",
        "pdf.fonttype": 42,
        "savefig.dpi": DPI,
        "figure.dpi": 100,
        "text.usetex": False,
        "text.parse_math": False,
        "axes.prop_cycle": matplotlib.rcParamsDefault["axes.prop_cycle"],
    }
    with warnings.catch_warnings(), matplotlib.rc_context():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")
        warnings.filterwarnings("ignore", message="constrained_layout not applied")
        matplotlib.rcParams.update(cast("Any", settings))
        yield


def tidy(axes: Axes, grid: str = "y") -> None:
    """Thin grid lines along one axis ("x", "y") and no tick marks across it."""
    axes.grid(True, axis=grid)  # type: ignore[arg-type]
    axes.tick_params(axis="both", length=0 if grid == "both" else 2.5)
    axes.tick_params(axis=grid, length=0)  # type: ignore[arg-type]


def save(figure: Figure, data: pd.DataFrame, folder: Path, name: str) -> list[Path]:
    """Write `name`.png (300 dpi), `name`.svg and `name`.csv; whole or not at all; equal data gives equal bytes.

    Parameters
    ----------
    figure : Figure
    data : DataFrame
        What the chart shows; floats are written with ten significant digits.
    folder : Path
        Made where it is missing.
    name : str
        File name without ending.

    Returns
    -------
    list of Path
        The three files: PNG, SVG, CSV.
    """
    return save_as(figure, data, [folder / f"{name}.{kind}" for kind in ("png", "svg")], folder / f"{name}.csv")


def save_as(figure: Figure, data: pd.DataFrame, pictures: Sequence[Path], table: Path, width: float | None = None) -> list[Path]:
    """Write a chart in one or several formats, and what it shows; whole or not at all; equal data gives equal bytes.

    Parameters
    ----------
    figure : Figure
    data : DataFrame
        Floats are written with ten significant digits.
    pictures : sequence of Path
        Their endings say the format: .png (300 dpi), .svg or .pdf.
    table : Path
        The CSV.
    width : float, optional
        Width on paper in inches, the height to scale; by default that in which it was laid out.

    Returns
    -------
    list of Path
        Pictures, then the table.
    """
    scale = width / float(figure.get_size_inches()[0]) if width else 1.0
    with drawing():
        for path in pictures:
            _whole(path, partial(_WRITERS[path.suffix], figure, scale))
    _whole(table, lambda draft: data.to_csv(draft, index=False, float_format="%.10g", lineterminator="\n", encoding="utf-8-sig"))
    return [*pictures, table]


def _whole(path: Path, write: Callable[[Path], object]) -> None:
    """Fill a draft beside the place, then move it there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}")
    try:
        write(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _at(figure: Figure, dpi: float) -> Iterator[None]:
    """A figure with so many dots to the inch, and the canvas that it had, afterwards too."""
    before, canvas = figure.dpi, figure.canvas
    figure.dpi = dpi
    try:
        yield
    finally:
        figure.dpi = before
        if figure.canvas is not canvas:
            figure.set_canvas(canvas)


def _png(figure: Figure, scale: float, path: Path) -> None:
    pixels(figure, DPI * scale).save(path, format="png", dpi=(DPI, DPI), compress_level=3)


def pixels(figure: Figure, dpi: float, *, colours: int | None = None) -> Image:
    """A figure as dots.

    Parameters
    ----------
    figure : Figure
    dpi : float
        Dots to the inch.
    colours : int, optional
        How many colours are enough: a third of the bytes with 256 of them, no dot visibly another.
    """
    import PIL.Image

    with _at(figure, dpi):      # the canvas itself: `savefig` would draw everything twice
        canvas: Any = figure.canvas
        canvas.draw()
        picture = PIL.Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")      # nothing shines through
    return picture.quantize(colours, method=PIL.Image.Quantize.MAXCOVERAGE, dither=PIL.Image.Dither.NONE) if colours else picture


def _svg(figure: Figure, scale: float, path: Path) -> None:
    vectors(figure, path, scale)


def vectors(figure: Figure, path: Path, scale: float = 1.0) -> None:
    """Write a figure as SVG, once drawn; equal data gives equal bytes."""
    with _at(figure, DPI):      # of what is drawn as dots; it sets those of the page itself
        FigureCanvasSVG(figure).print_svg(path, metadata={"Date": None, "Creator": None})
    if scale != 1.0:
        text = path.read_text(encoding="utf-8")
        sized = re.sub(r'(?<=\s)(width|height)="([\d.]+)pt"', lambda found: f'{found[1]}="{float(found[2]) * scale:.6g}pt"', text, count=2)
        path.write_text(sized, encoding="utf-8", newline="\n")


def _pdf(figure: Figure, scale: float, path: Path) -> None:
    """As matplotlib writes it, on a page of another size: everything on it is scaled alike."""
    from matplotlib.backends.backend_mixed import MixedModeRenderer
    from matplotlib.backends.backend_pdf import Op, PdfFile, RendererPdf

    width, height = figure.get_size_inches()
    with _at(figure, 72):
        file = PdfFile(path, metadata={"CreationDate": None, "Creator": None, "Producer": None})
        try:
            file.newPage(width * scale, height * scale)
            file.output(scale, 0, 0, scale, 0, 0, Op.concat_matrix)
            renderer: Any = MixedModeRenderer(figure, width, height, DPI, RendererPdf(file, DPI, height, width))
            figure.draw(renderer)
            renderer.finalize()
            file.finalize()
        finally:
            file.close()


_WRITERS: dict[str, Callable[[Figure, float, Path], None]] = {".png": _png, ".svg": _svg, ".pdf": _pdf}
