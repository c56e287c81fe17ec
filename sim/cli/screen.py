"""Tables and headings: coloured and folded on a terminal, whole lines of plain text in a pipe."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from sim.cli.text import fold, pad, width

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["COLUMNS", "heading", "table", "text"]

COLUMNS = 100
"""A table on a terminal takes at most so many columns."""

GAP = "  "


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

    made = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for i, name in enumerate(head):
        most = max((width(row[i]) for row in rows), default=0)
        made.add_column(name, justify="right" if i in right else "left", overflow="fold", min_width=most if i in right else None)
    for i, row in enumerate(rows):
        made.add_row(*map(Text, row[:-1]), Text(row[-1], style=styles[i] if i < len(styles) else ""))
    _console().print(made)


def _console() -> Console:
    from rich.console import Console

    console = Console(highlight=False, emoji=False, markup=False)
    if console.width > COLUMNS:
        console.width = COLUMNS
    return console
