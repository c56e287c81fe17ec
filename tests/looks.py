"""Whether the texts of a chart can be read: none lies on another, none is cut off at the edge."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from matplotlib.text import Text

from sim import charts


@contextmanager
def drawn_texts() -> Iterator[list[tuple[str, Any]]]:
    """Every text that is really drawn, with the rectangle it takes (pixels)."""
    found: list[tuple[str, Any]] = []
    draw = Text.draw

    def watch(self: Text, renderer: Any, *rest: Any, **options: Any) -> None:
        if self.get_visible() and self.get_text().strip():
            found.append((self.get_text(), Text.get_window_extent(self, renderer)))
        draw(self, renderer, *rest, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Text, "draw", watch)
        yield found


def text_faults(figure: Any) -> list[str]:
    """Texts cut off at the figure's edge, and pairs of texts that overlap."""
    with charts.drawing(), drawn_texts() as found:
        figure.draw_without_rendering()
    width, height = figure.canvas.get_width_height()
    faults = [
        f"cut off: {words!r} {box.extents.round()}"
        for words, box in found
        if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1
    ]
    for place, (words, box) in enumerate(found):
        for others, other in found[place + 1 :]:
            if min(box.x1, other.x1) - max(box.x0, other.x0) > 1 and min(box.y1, other.y1) - max(box.y0, other.y0) > 1.5:
                faults.append(f"overlap: {words!r} and {others!r}")
    return faults
