"""The page a chart stands on: title, how to read it, key, axes, footnote; and labels beside the ends of lines."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import pairwise
from typing import Any

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from sim.charts.style import GREY, INK, Side, drawing
from sim.charts.text import spread, text_width, wrap

__all__ = ["Chart", "Page", "bar_key", "beside", "end_labels", "line_key", "settle", "shaped"]

MARGIN = 0.22  # inches around everything


_WANTED: ContextVar[float] = ContextVar("wanted", default=0.0)


@contextmanager
def shaped(width: float, height: float | None) -> Iterator[None]:
    """Pages that are made meanwhile have this shape: room is added to their width or height, nothing is made smaller.

    Parameters
    ----------
    width, height : float
        In one unit, above 0; without a height every page is as high as it likes.
    """
    before = _WANTED.set(height / width if height else 0.0)
    try:
        yield
    finally:
        _WANTED.reset(before)


class Chart(Figure):
    """A figure that a notebook shows by itself."""

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        with drawing():
            self.savefig(buffer, format="png", dpi=110)
        return buffer.getvalue()


class Page:
    """A figure with a title, a line that says how to read it, a key and a footnote; the rest is for the axes.

    Parameters
    ----------
    title, subtitle, note : str
        Texts, wrapped to the width.
    width, height : float
        Width of the figure and height of the part for the axes, in inches; header and footer are added to it.
    key : sequence of artists
        Handles with labels shown under the subtitle.
    """

    def __init__(
        self, title: str, subtitle: str = "", note: str = "", *, width: float = 8.0, height: float = 4.0, key: Sequence[Any] = ()
    ) -> None:
        width, height = _shape((title, subtitle, note), key, width, height)
        (title, subtitle, note), labels, columns, total = _fit((title, subtitle, note), key, width, height)
        for artist, label in zip(key, labels, strict=True):
            artist.set_label(label)
        heights = [_lines(title, 12.5), _lines(subtitle, 9.0)]
        self.figure = figure = Chart(figsize=(width, height))
        FigureCanvasAgg(figure)
        key_height = -(-len(labels) // columns) * 0.2
        foot = _lines(note, 7.5)
        figure.set_size_inches(width, total)
        y = total - MARGIN
        for text, size, colour, tall in ((title, 12.5, INK, heights[0]), (subtitle, 9.0, GREY, heights[1])):
            if text:
                figure.text(MARGIN / width, y / total, text, size=size, color=colour, va="top", linespacing=1.25)
            y -= tall
        if key:
            legend = figure.legend(
                handles=list(key),
                loc="upper left",
                bbox_to_anchor=(MARGIN / width, (y + 0.02) / total),
                ncols=columns,
                fontsize=9.0,
                borderaxespad=0.0,
                borderpad=0.0,
                handlelength=2.6,
                columnspacing=1.6,
                labelspacing=0.35,
                handletextpad=0.6,
            )
            legend.set_in_layout(False)
            y -= key_height
        if note:
            figure.text(MARGIN / width, MARGIN * 0.7 / total, note, size=7.5, color=GREY, va="bottom", linespacing=1.25)
        for text_artist in figure.texts:
            text_artist.set_in_layout(False)
        low = (MARGIN + foot) / total
        figure.set_layout_engine(
            "constrained",
            rect=(MARGIN / width, low, 1 - 2 * MARGIN / width, (y - 0.1) / total - low),
            w_pad=0.04,
            h_pad=0.05,
            wspace=0.04,
            hspace=0.05,
        )


def _lines(text: str, size: float) -> float:
    return (text.count("\n") + 1) * size * 1.42 / 72 + 0.04 if text else 0.0


def _fit(texts: tuple[str, str, str], key: Sequence[Any], width: float, height: float,
         ) -> tuple[tuple[str, str, str], list[str], int, float]:
    """Title, subtitle and note as wrapped; labels of the key, and its columns; height of the whole page, in inches."""
    inner = width - 2 * MARGIN - 0.15  # glyphs snap to pixels, which can make a line a little wider
    title, subtitle, note = (wrap(text, inner, size) if text else "" for text, size in zip(texts, (12.5, 9.0, 7.5), strict=True))
    labels = [wrap(str(artist.get_label()), inner - 0.6, 9.0, 1) for artist in key]
    widest = [text_width(label, 9.0) + 0.66 for label in labels]
    columns = next((n for n in range(len(key), 0, -1)
                    if sum(max(widest[part.start : part.stop]) for part in _columns(len(key), n)) <= inner), 1)
    head = _lines(title, 12.5) + _lines(subtitle, 9.0) + -(-len(key) // columns) * 0.2
    return (title, subtitle, note), labels, columns, MARGIN + head + 0.1 + height + _lines(note, 7.5) + MARGIN


def _shape(texts: tuple[str, str, str], key: Sequence[Any], width: float, height: float) -> tuple[float, float]:
    """Width and height of the axes' part, of a page of the shape that was asked for: nothing is made smaller, only room is added."""
    wanted = _WANTED.get()
    if not wanted:
        return width, height
    for _step in range(4):      # a wider page needs fewer lines for its texts
        total = _fit(texts, key, width, height)[-1]
        width = max(width, total / wanted)
    return width, height + max(0.0, width * wanted - _fit(texts, key, width, height)[-1])


def _columns(number: int, columns: int) -> list[range]:
    """Which entries of a key stand in which column, as matplotlib parts them: down each column, the first columns longer."""
    least, more = divmod(number, columns)
    starts = [column * least + min(column, more) for column in range(columns + 1)]
    return [range(low, high) for low, high in pairwise(starts)]


def line_key(sides: Sequence[Side], *, marker: bool = False) -> list[Line2D]:
    """Key entries of organisations drawn as lines, or as markers."""
    return [
        Line2D(
            [],
            [],
            color=side.colour,
            linestyle="none" if marker else side.line,
            linewidth=1.9,
            marker=side.marker if marker else "",
            markersize=6,
            label=side.title,
        )
        for side in sides
    ]


def bar_key(sides: Sequence[Side]) -> list[Patch]:
    """Key entries of organisations drawn as bars."""
    return [Patch(facecolor=side.colour, hatch=side.hatch, edgecolor="white", linewidth=0, label=side.title) for side in sides]


def end_labels(axes: Axes, labels: Sequence[tuple[float, str, str]], *, size: float = 8.5,
               gap: float = 1.3) -> Callable[[], None]:
    """Labels at the right edge of the axes, each beside its value; call what is returned once the figure has its final layout.

    Parameters
    ----------
    axes : Axes
    labels : sequence of (value on the y axis, text, colour)
    size : float
        Points.
    gap : float
        Height of a label with the room around it, in lines: 1.3 for one line of text.
    """
    notes = [
        axes.annotate(
            text,
            xy=(1.0, value),
            xycoords=("axes fraction", "data"),
            xytext=(5, 0),
            textcoords="offset points",
            va="center",
            ha="left",
            size=size,
            color=colour,
            annotation_clip=False,
        )
        for value, text, colour in labels
    ]

    def keep_apart() -> None:
        points = 72 / axes.figure.dpi
        box = axes.get_window_extent()
        wanted = [axes.transData.transform((0, value))[1] * points for value, _text, _colour in labels]
        for note, at, place in zip(notes, wanted, spread(wanted, size * gap, box.y0 * points, box.y1 * points), strict=True):
            note.xyann = (5, place - at)

    return keep_apart


def beside(axes: Axes, place: float, text: str, size: float, distance: float, colour: str = INK) -> None:
    """A text to the right of the axes, at the height `place` of the data and `distance` points away."""
    axes.annotate(
        text,
        xy=(1, place),
        xycoords=("axes fraction", "data"),
        xytext=(distance, 0),
        textcoords="offset points",
        va="center",
        size=size,
        color=colour,
        annotation_clip=False,
    )


def settle(page: Page, *after: Callable[[], None]) -> Figure:
    """Fix the layout of a page, then let `after` move labels apart; the finished figure.

    Positions are rounded: the layout's solver may differ in the last bits from run to run, and equal data shall give equal files.
    """
    figure = page.figure
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
    figure.set_layout_engine("none")
    for axes in figure.axes:
        left, bottom, width, height = (round(value, 4) for value in axes.get_position(original=True).bounds)
        axes.set_position((left, bottom, width, height))
    for step in after:
        step()
    return figure
