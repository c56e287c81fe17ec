"""Texts of the charts: how wide they are, where they break, how numbers are written, how labels keep apart."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from matplotlib import font_manager

__all__ = ["FONT", "number", "percent", "spread", "text_width", "wrap"]

FONT = Path(__file__).parent / "fonts" / "NineDragonsSansSC-Regular.otf"
_CHINESE = r"\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef"
_CLOSING = "，。；：、）》」！？"
_PIECES = re.compile(rf"[{_CHINESE}][{_CLOSING}%]*|\s+|[^\s{_CHINESE}]+[{_CLOSING}]*")


@lru_cache(maxsize=8192)
def _advance(character: str) -> float:
    font = font_manager.get_font(str(FONT))
    if not font.get_char_index(ord(character)):
        return 1.05
    font.set_size(100, 72)
    return font.load_char(ord(character)).linearHoriAdvance / 65536 / 100


def text_width(text: str, size: float) -> float:
    """Width of one line of text in inches at a font size in points.

    Examples
    --------
    >>> text_width("集美", 36.0)
    1.0
    """
    return round(sum(_advance(character) for character in text) * size / 72, 4)


def wrap(text: str, width: float, size: float, most: int = 9) -> str:
    """Text broken into lines no wider than `width`, at spaces and between Chinese characters; too long a word is cut.

    Parameters
    ----------
    text : str
        One line, or several that stay apart.
    width : float
        Inches, above 0.
    size : float
        Font size in points.
    most : int
        Lines at most; what is beyond ends in "…".

    Examples
    --------
    >>> wrap("Market regulation", 0.8, 9.0).split(chr(10))
    ['Market', 'regulation']
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for piece in _PIECES.findall(paragraph):
            if line and text_width((line + piece).rstrip(), size) > width:
                lines.append(line.rstrip())
                line = "" if piece.isspace() else piece
            else:
                line += piece
            while len(line) > 1 and text_width(line.rstrip(), size) > width:
                cut = next(n for n in range(len(line), 0, -1) if n == 1 or text_width(line[:n], size) <= width)
                lines.append(line[:cut])
                line = line[cut:]
        lines.append(line.rstrip())
    if len(lines) > most:
        last = lines[most - 1]
        while last and text_width(last + "…", size) > width:
            last = last[:-1]
        lines = [*lines[: most - 1], last + "…"]
    return "\n".join(lines)


def number(value: float) -> str:
    """A number as a planner would write it: three significant digits, thousands separated.

    Examples
    --------
    >>> number(12345.6), number(0.01234), number(3.0), number(-41.26)
    ('12,346', '0.0123', '3', '−41.3')
    """
    if value != value:
        return "–"
    if abs(value) >= 100:
        text = f"{value:,.0f}"
    elif abs(value) < 1e-4:
        text = "0" if value == 0 else f"{value:.1e}"
    else:
        text = f"{value:.3g}"
    return text.replace("-", "−")


def percent(share: float) -> str:
    """A share as a percentage; one digit behind the point below 10% and above 99%.

    Examples
    --------
    >>> percent(0.5), percent(0.034), percent(1.0), percent(0.997)
    ('50%', '3.4%', '100%', '99.7%')
    """
    if share != share:
        return "–"
    if share in (0.0, 1.0):
        return f"{share:.0%}"
    return (f"{share:.1%}" if abs(share) < 0.0995 or 0.99 < share < 0.9995 else f"{share:.0%}").replace("-", "−")


def spread(wanted: Sequence[float], gap: float, low: float = float("-inf"), high: float = float("inf")) -> list[float]:
    """Positions as near as can be to those wanted, `gap` apart and, where there is room, between `low` and `high`.

    Examples
    --------
    >>> spread([1.0, 1.1, 5.0], 1.0, 0.0, 10.0)
    [0.55, 1.55, 5.0]
    """
    order = sorted(range(len(wanted)), key=lambda n: wanted[n])
    groups: list[tuple[list[int], float]] = []  # members, centre
    for item in order:
        members, centre = [item], wanted[item]
        while True:
            half = (len(members) - 1) / 2 * gap
            centre = min(max(centre, low + half), high - half) if high - low >= 2 * half else (low + high) / 2
            if not groups:
                break
            before, middle = groups[-1]
            if centre - half - (middle + (len(before) - 1) / 2 * gap) >= gap - 1e-9:
                break
            groups.pop()
            members = before + members
            centre = sum(wanted[n] - place * gap for place, n in enumerate(members)) / len(members) + (len(members) - 1) / 2 * gap
        groups.append((members, centre))
    placed = [0.0] * len(wanted)
    for members, centre in groups:
        for place, item in enumerate(members):
            placed[item] = round(centre + (place - (len(members) - 1) / 2) * gap, 9)
    return placed
