"""What a misspelt name was meant to be (相近名称).

Names here are made of words, `on_time_closing_rate`: whoever does not know one by heart leaves words out, or puts them in another
order, as often as letters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher, get_close_matches

__all__ = ["closest"]

_TYPO = 0.8         # so much alike, and it is a slip of the pen
_LEAST = 3          # letters; fewer are part of too many names


def closest(word: str, names: Iterable[str], n: int = 1, cutoff: float = 0.5) -> tuple[str, ...]:
    """The names that are most likely meant, the likeliest first; none where none is.

    A slip of the pen comes first, then names that hold all the words said, side by side before in any order, then what looks alike.

    Parameters
    ----------
    word : str
        What was said.
    names : iterable of str
        What there is.
    n : int, ≥ 1
        How many at most, where several hold the words; else there is one.
    cutoff : float, 0 to 1
        How much alike a name must look (`difflib.get_close_matches`).

    Examples
    --------
    >>> keys = ["open_tickets", "on_time_closing_rate", "on_time_dispatch_rate", "closing_rate"]
    >>> closest("on_time", keys, 3), closest("rate closing on time", keys), closest("closing_rte", keys), closest("xyzzy", keys)
    (('on_time_closing_rate', 'on_time_dispatch_rate'), ('on_time_closing_rate',), ('closing_rate',), ())
    """
    known = {name: _plain(name) for name in names}
    said = _plain(word)
    if not said:
        return ()
    slips = get_close_matches(said, list(known.values()), 1, max(cutoff, _TYPO))
    if slips:
        return (next(name for name, plain in known.items() if plain == slips[0]),)
    if len(said) >= _LEAST or not said.isascii():
        words = said.split("_")
        for holds in (_side_by_side, _in_any_order):
            found = [name for name, plain in known.items() if holds(words, plain)]
            if found:
                return tuple(sorted(found, key=lambda name: -SequenceMatcher(None, said, known[name]).ratio())[:n])
    alike = get_close_matches(said, list(known.values()), 1, cutoff)
    return tuple(name for name, plain in known.items() if plain in alike)[:1]


def _plain(name: str) -> str:
    return re.sub(r"[\s_-]+", "_", name.strip().lower())


def _side_by_side(words: Sequence[str], name: str) -> bool:
    said = "_".join(words)
    return f"_{said}_" in f"_{re.sub(r'[.:/@]', '_', name)}_" if said.isascii() else said in name


def _in_any_order(words: Sequence[str], name: str) -> bool:
    there = re.split(r"[_.:/@]", name)
    return all((len(word) >= _LEAST and get_close_matches(word, there, 1, _TYPO)) or word in there for word in words)
