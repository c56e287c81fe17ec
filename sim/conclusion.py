"""Does the conclusion flip?  One sentence that claims no more than was seen (结论是否翻转).

The conclusion is which of two scenarios does better on a measure at the values that the files state.  At every other point that was
tried it may stay, turn round, or be lost in chance; intervals hold together for all points (Holm), so that among many points a few
do not turn by luck alone.  What lies between the points was not tried, and the sentence says how they were chosen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim import statistics
from sim.i18n import _, ngettext

__all__ = ["Seen", "difference_answer", "range_answer", "seen"]


@dataclass(frozen=True)
class Seen:
    """What became of the conclusion at the points tried (结论状况).

    Attributes
    ----------
    base : int
        At the stated values: 1 the second scenario has more, -1 less, 0 not distinguishable.
    signs : tuple of int
        The same at every other point.
    replications : int
        Behind each point.
    """

    base: int
    signs: tuple[int, ...]
    replications: int

    @property
    def flips(self) -> list[int]:
        """Points, counted from 0, at which the conclusion is clearly the other way round."""
        return [number for number, sign in enumerate(self.signs) if self.base and sign == -self.base]

    @property
    def unclear(self) -> list[int]:
        """Points at which the two cannot be told apart."""
        return [number for number, sign in enumerate(self.signs) if sign == 0]


def seen(base: np.ndarray, others: np.ndarray) -> Seen:
    """What became of a difference.

    Parameters
    ----------
    base : ndarray of float, shape (replications,)
        Second scenario minus first at the stated values.
    others : ndarray of float, shape (points, replications)
        The same at the points tried.

    Examples
    --------
    >>> seen(np.array([1.0, 1.1, 0.9]), np.array([[1.0, 1.1, 1.2], [-3.0, -3.1, -3.2], [-1.0, 1.0, 0.1]])).signs
    (1, -1, 0)
    """
    alone = statistics.mean_interval(base)
    p = np.asarray(statistics.mean_interval(others).p)
    held = statistics.mean_interval(others, statistics.holm_levels(p))
    signs = np.where(held.low > 0, 1, np.where(held.high < 0, -1, 0))
    return Seen(1 if alone.low > 0 else -1 if alone.high < 0 else 0, tuple(int(sign) for sign in np.atleast_1d(signs)), len(base))


def difference_answer(found: Seen, *, base: str, other: str, measure: str, direction: int, how: str, points: Sequence[str]) -> str:
    """The answer for two scenarios, in the language in use.

    Parameters
    ----------
    found : Seen
    base, other, measure : str
        Titles; the second scenario is judged against the first.
    direction : int
        1: more is better; -1: less is better; 0: neither.
    how : str
        How the points were chosen.
    points : sequence of str
        What each point is called.

    Examples
    --------
    >>> print(difference_answer(Seen(1, (1, 1), 5), base="A", other="B", measure="satisfaction", direction=1, how="both ends",
    ...                         points=["a = 1", "a = 2"]))
    No flip was seen: B is better than A on “satisfaction” at the stated values and at all 2 points tried in the declared ranges (both ends).
    """
    said = {"base": base, "other": other, "measure": measure, "how": how, "number": len(found.signs), "word": _word(found.base, direction)}
    if found.replications < 2:
        return _("Whether the conclusion flips cannot be said: one replication decides nothing; take at least two.")
    if not found.base:
        way = -1 if direction < 0 else 1
        return _("There is no conclusion to flip: at the stated values {other} and {base} are not distinguishable on “{measure}”; of "
                 "the {number} points tried in the declared ranges ({how}) {other} is {one} at {first} and {two} at {second}.").format(
                     **said, one=_word(way, direction), two=_word(-way, direction), first=found.signs.count(way),
                     second=found.signs.count(-way))
    flips, unclear = found.flips, found.unclear
    if flips:
        return ngettext(
            "The conclusion flips: {other} is {word} than {base} on “{measure}” at the stated values, but {opposite} at {flips} of the "
            "{number} points tried in the declared ranges ({how}): {point}.",
            "The conclusion flips: {other} is {word} than {base} on “{measure}” at the stated values, but {opposite} at {flips} of the "
            "{number} points tried in the declared ranges ({how}), among them {point}.", len(flips)).format(
                **said, opposite=_word(-found.base, direction), flips=len(flips), point=points[flips[0]])
    if unclear:
        return _("No flip was seen, but the conclusion is not certain everywhere: {other} is {word} than {base} on “{measure}” at the "
                 "stated values and at {same} of the {number} points tried in the declared ranges ({how}), and not distinguishable "
                 "at {unclear}, such as {point}.").format(**said, same=len(found.signs) - len(unclear), unclear=len(unclear),
                                                          point=points[unclear[0]])
    return _("No flip was seen: {other} is {word} than {base} on “{measure}” at the stated values and at all {number} points tried in "
             "the declared ranges ({how}).").format(**said)


def range_answer(base: float, means: np.ndarray, *, title: str, measure: str, how: str, points: Sequence[str],
                 text: Sequence[str]) -> str:
    """The answer for one scenario: between which values the measure was seen.

    Parameters
    ----------
    base : float
        Mean at the stated values.
    means : ndarray of float
        Means at the points tried.
    title, measure, how : str
    points : sequence of str
        What each point is called.
    text : sequence of str
        Each value as a person reads it, the base first.

    Examples
    --------
    >>> print(range_answer(2.0, np.array([1.0, 3.0]), title="A", measure="wait", how="both ends", points=["a = 1", "a = 2"],
    ...                    text=["2 h", "1 h", "3 h"]))
    “wait” of A is 2 h at the stated values, and went from 1 h (a = 1) to 3 h (a = 2) over the 2 points tried in the declared ranges (both ends).
    """
    known = np.flatnonzero(~np.isnan(means))
    if not len(known):
        return _("“{measure}” of {title} is not defined at any of the {number} points tried.").format(
            measure=measure, title=title, number=len(means))
    low, high = known[np.argmin(means[known])], known[np.argmax(means[known])]
    return _("“{measure}” of {title} is {base} at the stated values, and went from {low} ({least}) to {high} ({most}) over the {number} "
             "points tried in the declared ranges ({how}).").format(
                 measure=measure, title=title, base=text[0], low=text[low + 1], high=text[high + 1], least=points[low],
                 most=points[high], number=len(means), how=how)


def _word(sign: int, direction: int) -> str:
    if not direction:
        return _("higher") if sign > 0 else _("lower")
    return _("better") if sign * direction > 0 else _("worse")
