"""Tables and headings: coloured and folded on a terminal, whole lines of plain text in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.cli.text import fold, pad, width

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["COLUMNS", "columns", "heading", "table", "text"]

COLUMNS = 100
"""A table on a terminal takes at most so many columns."""

GAP = "  "
BETWEEN = 3
"""Spaces between two columns on a terminal."""
NARROWEST = 12
"""The narrowest first column."""


def heading(text: str) -> None:
    """Print a heading with an empty line above."""
    print()
    if sys.stdout.isatty():
        from rich.text import Text

        _console().print(Text(text, style="bold"))
    else:
        print(text)


def text(words: str) -> None:
    """Print sentences: folded on a terminal, one line in a pipe."""
    print(fold(words, min(_console().width, COLUMNS)) if sys.stdout.isatty() else words)


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = (), styles: Sequence[str] = ()) -> None:
    """Print a table.

    Parameters
    ----------
    head : sequence of str
        Headings, already in the language in use.
    rows : sequence of sequences of str
        Cells.
    right : sequence of int
        Columns of numbers, at the right and never folded on a terminal.
    styles : sequence of str, optional
        Style of the last cell of each row, on a terminal.

    Examples
    --------
    >>> table(["Measure", "Share"], [["closed", "80%"], ["open", "5%"]], right=[1])
    Measure  Share
    closed     80%
    open        5%
    """
    if sys.stdout.isatty():
        _on_terminal(head, rows, right, styles)
        return
    wide = [max(width(cell) for cell in column) for column in zip(head, *rows, strict=True)]
    for row in (head, *rows):
        cells = [" " * (wide[i] - width(cell)) + cell if i in right else pad(cell, wide[i]) for i, cell in enumerate(row)]
        print(GAP.join(cells).rstrip())


def _on_terminal(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int], styles: Sequence[str]) -> None:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    console = _console()
    widths = columns(head, rows, right, console.width) if right else [None] * len(head)
    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for i, name in enumerate(head):
        made.add_column(name, justify="right" if i in right else "left", overflow="fold", width=widths[i])
    for i, row in enumerate(rows):
        made.add_row(*map(Text, row[:-1]), Text(row[-1], style=styles[i] if i < len(styles) else ""))
    if right:
        console.width = max(console.width, sum(map(int, filter(None, widths))) + BETWEEN * (len(head) - 1))
    console.print(made)


def columns(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int], space: int) -> list[int | None]:
    """Widths of the columns of a table of numbers: none of its numbers, nor a word of its last column, is ever cut off.

    Where space is short, first the headings of the numbers are folded, then the last column at its spaces, then the first; a
    table that is still too wide is left to the terminal to wrap.

    Examples
    --------
    >>> head, rows = ["Measure", "Before", "Verdict"], [["Time to resolution", "1.5", "not distinguishable"]]
    >>> columns(head, rows, [1], 80), columns(head, rows, [1], 40), columns(head, rows, [1], 20)
    ([18, 6, 19], [12, 3, 19], [12, 3, 15])
    """
    cells = [max((width(row[i]) for row in rows), default=0) for i in range(len(head))]
    full = [max(width(name), most) for name, most in zip(head, cells, strict=True)]
    space -= BETWEEN * (len(head) - 1)
    if sum(full) <= space:
        return list(full)
    found = [most if i in right else wide for i, (most, wide) in enumerate(zip(cells, full, strict=True))]
    last = len(head) - 1
    if last not in right and space - sum(found[1:]) < NARROWEST:
        found[last] = max((width(word) for row in (head, *rows) for word in row[last].split()), default=0)
    found[0] = min(full[0], max(NARROWEST, space - sum(found[1:])))
    return list(found)


def _console() -> Console:
    from rich.console import Console

    console = Console(highlight=False, emoji=False, markup=False)
    if console.width > COLUMNS:
        console.width = COLUMNS
    return console
