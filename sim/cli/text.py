"""Text on a terminal, where a Chinese character is two columns wide."""

from __future__ import annotations

from unicodedata import combining, east_asian_width

__all__ = ["fold", "pad", "width"]

# What may not begin a line of Chinese text.
_NEVER_FIRST = "，。；：、！？）》」』”’…,.;:!?)"


def width(text: str) -> int:
    """Columns that a text takes on a terminal.

    Examples
    --------
    >>> width("grid"), width("网格")
    (4, 4)
    """
    return sum(0 if combining(c) else 2 if east_asian_width(c) in "WF" else 1 for c in text)


def pad(text: str, columns: int) -> str:
    """Text filled with spaces up to a width.

    Examples
    --------
    >>> pad("网格", 6) + "|"
    '网格  |'
    """
    return text + " " * max(0, columns - width(text))


def _pieces(word: str) -> list[str]:
    """Parts between which a line may break: Chinese characters stand alone, other writing stays together."""
    pieces: list[str] = []
    open_run = False
    for c in word:
        wide = east_asian_width(c) in "WF"
        if pieces and (c in _NEVER_FIRST or (open_run and not wide)):
            pieces[-1] += c
        else:
            pieces.append(c)
        open_run = not wide
    return pieces


def fold(text: str, columns: int) -> str:
    """Text broken into lines of at most so many columns, Chinese between characters, other words at spaces.

    Examples
    --------
    >>> print(fold("Calls are answered in turn.", 12))
    Calls are
    answered in
    turn.
    >>> print(fold("网格员发现问题，即时上报。", 12))
    网格员发现问
    题，即时上
    报。
    """
    lines = [""]
    for paragraph in text.split("\n"):
        for word in paragraph.split():
            gap = " " if lines[-1] else ""
            for piece in _pieces(word):
                if lines[-1] and width(lines[-1]) + len(gap) + width(piece) > columns:
                    lines.append(piece)
                else:
                    lines[-1] += gap + piece
                gap = ""
        lines.append("")
    return "\n".join(lines[:-1])
