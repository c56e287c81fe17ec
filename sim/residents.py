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

__all__ = ["ConsultationChannels", "Residents", "ScoreShares", "Scores", "chosen", "score_table"]

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
