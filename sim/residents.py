"""Residents 居民: how they hold the line, call back, ask again, report again and judge.

What differs by category (how many would report it, how soon they notice, by which channel) stands in the category.
"""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from pydantic import Field

from sim.base import Block, PositiveDuration, Probability, refuse
from sim.compiling import inlined
from sim.i18n import _
from sim.petitions import Petitions
from sim.trust import Trust

__all__ = ["ConsultationChannels", "Residents", "ScoreShares", "Scores", "asks_again", "call_back_seconds", "calls_back", "chosen",
           "is_evaluated", "may_ask", "patience_seconds", "repeat_seconds", "reports_again", "score_given", "score_table",
           "wait_to_ask"]

SCORES = (100, 80, 50, 0, -100)
"""Call-back scores 回访评分: very satisfied, satisfied, fair, not satisfied, very dissatisfied."""


class ConsultationChannels(Block):
    """Channels of consultations 咨询: shares that add up to 1."""

    phone: Probability = 0.85
    """By telephone 12345."""
    app: Probability = 0.1
    """By app."""
    walk_in: Probability = 0.05
    """In person."""

    def model_post_init(self, context: object, /) -> None:
        """Refuse shares that do not add up to 1."""
        total = self.phone + self.app + self.walk_in
        if abs(total - 1) > 1e-6:
            refuse(_("the shares must add up to 1, not to {total}").format(total=f"{total:.6g}"))


ScoreShares = Annotated[tuple[Probability, ...], Field(min_length=5, max_length=5)]
"""Shares of the scores 100, 80, 50, 0, -100."""


class Scores(Block):
    """Shares of the call-back scores 100, 80, 50, 0, -100 回访评分, each list adding up to 1.  Assumptions."""

    fixed_in_time: ScoreShares = (0.70, 0.20, 0.06, 0.03, 0.01)
    """Truly fixed, closed within the time limit."""
    fixed_late: ScoreShares = (0.40, 0.30, 0.15, 0.10, 0.05)
    """Truly fixed, closed late."""
    unfixed_in_time: ScoreShares = (0.05, 0.10, 0.20, 0.40, 0.25)
    """Not truly fixed 假性整改, closed within the time limit."""
    unfixed_late: ScoreShares = (0.02, 0.05, 0.13, 0.40, 0.40)
    """Not truly fixed, closed late."""

    def model_post_init(self, context: object, /) -> None:
        """Refuse shares that do not add up to 1."""
        for name in type(self).model_fields:
            total = sum(getattr(self, name))
            if abs(total - 1) > 1e-6:
                refuse(_("the shares of {name} must add up to 1, not to {total}").format(name=name, total=f"{total:.6g}"))


class Residents(Block):
    """Residents 居民: patience, persistence and judgement."""

    phone_patience: PositiveDuration = 180.0
    """How long a caller holds the line before hanging up, mean, s (exponential).  Assumption."""
    call_back: Probability = 0.6
    """Chance to call again after a busy line or hanging up, 0 to 1.  Assumption."""
    call_back_after: PositiveDuration = 1800.0
    """Mean time until they call again, s (exponential).  Assumption."""
    ask_again: Probability = 0.5
    """Chance to ask again while what was reported is not resolved 重复来电, 0 to 1.  Assumption."""
    ask_again_after: PositiveDuration = 259_200.0
    """Mean time until they ask again, s (lognormal, coefficient of variation 0.5).  Assumption."""
    asks_at_most: Annotated[int, Field(ge=0, le=100)] = 3
    """How often one person asks again at most, 0 to 100.  Assumption."""
    repeat: Probability = 0.6
    """Chance to report again after a false fix 重复投诉, 0 to 1.  Assumption; 9.6 to 19.6% of reports were repeats in Daying."""
    repeat_within: PositiveDuration = 1_209_600.0
    """Span within which they do, s (uniform).  Assumption: 14 days."""
    evaluated: Probability = 0.3
    """Share of closed tickets called back for a score 回访率, 0 to 1."""
    petitions: Petitions = Petitions()
    """Petitions upward."""
    trust: Trust = Trust()
    """Trust, and what moves it."""
    consultation_channels: ConsultationChannels = ConsultationChannels()
    """Channels of consultations."""
    score: Scores = Scores()
    """Scores 评价 by whether it was truly fixed and in time."""


def score_table(scores: Scores) -> np.ndarray:
    """Cumulative shares over the scores 100, 80, 50, 0, -100, by truly fixed (0/1) and in time (0/1).

    Returns
    -------
    ndarray of float, shape (2, 2, 5)

    Examples
    --------
    >>> score_table(Scores())[1, 1].round(2).tolist()
    [0.7, 0.9, 0.96, 0.99, 1.0]
    """
    table = np.cumsum([[scores.unfixed_late, scores.unfixed_in_time], [scores.fixed_late, scores.fixed_in_time]], axis=2)
    table[..., -1] = 1.0
    return table


# --- rules ----------------------------------------------------------------------------------------------------------------


@inlined
def chosen(cumulative: Any, u: float) -> int:
    """Which of several outcomes a uniform number picks: the first whose cumulative share reaches it, else the last.

    Examples
    --------
    >>> [chosen([0.7, 0.9, 1.0], u) for u in (0.1, 0.8, 0.95)]
    [0, 1, 2]
    """
    last = len(cumulative) - 1
    for outcome in range(last):
        if u <= cumulative[outcome]:
            return outcome
    return last


@inlined
def patience_seconds(mean: float, luck: float) -> int:
    """How long a caller holds the line (s); `luck` is exponential with mean 1.

    Examples
    --------
    >>> patience_seconds(180.0, 0.5)
    90
    """
    return int(luck * mean + 0.5)


@inlined
def calls_back(u: float, chance: float) -> bool:
    """Whether somebody who was not answered will call again, or gives up.

    Examples
    --------
    >>> calls_back(0.59, 0.6), calls_back(0.61, 0.6)
    (True, False)
    """
    return u < chance


@inlined
def call_back_seconds(mean: float, luck: float) -> int:
    """After how long (s); `luck` is exponential with mean 1.

    Examples
    --------
    >>> call_back_seconds(1800.0, 2.0)
    3600
    """
    return int(luck * mean + 0.5)


@inlined
def may_ask(ask: int, at_most: int) -> bool:
    """Whether a resident turns to the desk for the `ask`-th time (0 the report itself): nobody asks again more than `at_most` times.

    Examples
    --------
    >>> may_ask(0, 0), may_ask(3, 3), may_ask(4, 3)
    (True, True, False)
    """
    return ask <= at_most


@inlined
def asks_again(u: float, chance: float) -> bool:
    """Whether a resident who was answered will ask again 重复来电 while it is still there.

    Examples
    --------
    >>> asks_again(0.49, 0.5), asks_again(0.51, 0.5)
    (True, False)
    """
    return u < chance


@inlined
def wait_to_ask(mean: float, luck: float) -> int:
    """After how long they ask again (s); `luck` is a factor with mean 1.

    Examples
    --------
    >>> wait_to_ask(259200.0, 0.5)
    129600
    """
    return int(luck * mean + 0.5)


@inlined
def reports_again(u: float, chance: float) -> bool:
    """Whether somebody reports again 重复投诉 what is still there when its ticket was closed.

    Examples
    --------
    >>> reports_again(0.59, 0.6), reports_again(0.61, 0.6)
    (True, False)
    """
    return u < chance


@inlined
def repeat_seconds(within: float, luck: float) -> int:
    """After how long they do (s); `luck` is uniform in (0, 1).

    Examples
    --------
    >>> repeat_seconds(1209600.0, 0.25)
    302400
    """
    return int(luck * within + 0.5)


@inlined
def is_evaluated(u: float, share: float) -> bool:
    """Whether a closed ticket is called back for a score 回访.

    Examples
    --------
    >>> is_evaluated(0.29, 0.3), is_evaluated(0.31, 0.3)
    (True, False)
    """
    return u < share


@inlined
def score_given(table: Any, resolved: bool, in_time: bool, u: float) -> int:
    """The score 评价 that a resident gives, by whether it was truly fixed and closed in time; `table` is that of `score_table`.

    Examples
    --------
    >>> [score_given(score_table(Scores()), resolved, True, 0.8) for resolved in (True, False)]
    [80, -100]
    """
    return SCORES[chosen(table[1 if resolved else 0][1 if in_time else 0], u)]
