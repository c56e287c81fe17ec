"""Assessment 考评: monthly scores that move effort and refusal, and streets that are listed for supervision 挂牌督办.

Departments are scored by streets, communities and grid leads, streets by those above them, from what they experienced since the last time:
work done in time, work that had to be done again, tickets sent back.  A share of the score is the unit's own opinion of itself.  Whoever
scores below the bar tries harder and refuses less until the next time; a street below it is listed, tries harder and is checked more often.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import Field

from sim.base import Block, PositiveDuration, Probability
from sim.compiling import inlined
from sim.i18n import _
from sim.screening import SHORTEST

__all__ = ["NO_SCORE", "Assessment", "checks_of", "effort_of", "faults", "is_listed", "pressure", "refusal_of", "said_of_score", "score_of",
           "scored_as"]


class Assessment(Block):
    """Switch: assessment 考评 (oversight).  Off: nobody is scored."""

    on: bool = False
    """Whether departments and streets are scored."""
    every: PositiveDuration = 2_592_000.0
    """Time from one assessment to the next, s, an hour at least; the first comes when it has passed once.  Chuzhou: every month."""
    self_share: Probability = 0.3
    """Weight of a unit's own score 自评 against that of others 互评, 0 to 1.  Jimei scores both ways; assumption 0.3; 0 to 0.5."""
    self_bias: Probability = 0.15
    """How much better than others a unit scores itself (1 at most), 0 to 1.  Assumption 0.15; 0 to 0.4."""
    bar: Annotated[float, Field(gt=0, le=1)] = 0.8
    """The bar: a score below it is felt, 0 to 1.  Jinhua passes 90% closed and 70% closed in time; assumption 0.8; 0.6 to 0.9."""
    effort: Annotated[float, Field(ge=0, le=10)] = 0.2
    """How much a department with no points at all adds to the chance of a true fix until the next time, 0 to 10; in proportion to what is
    missing to the bar.  Assumption 0.2; 0 to 0.5."""
    refusal_cut: Probability = 0.8
    """Share of its refusals that it gives up, likewise, 0 to 1.  Assumption 0.8; 0 to 1."""
    listed_effort: Annotated[float, Field(ge=1, le=10)] = 1.05
    """Factor on the chance of a true fix of a street that is listed 挂牌督办, 1 to 10.  Assumption 1.05; 1 to 1.2."""
    listed_checks: Probability = 0.8
    """Share of the work in a listed street that is checked at least, 0 to 1.  Assumption 0.8; 0.5 to 1."""


def faults(scenario: Any) -> Iterator[tuple[str, Any, str, tuple[str, ...]]]:
    """What is impossible in the assessment of a scenario: (path, value, rule, candidates)."""
    if scenario.city is None:
        return
    rule: Assessment = scenario.organisation.assessment
    if rule.every < SHORTEST:
        yield "organisation.assessment.every", rule.every, _("an hour at least must lie between two rounds"), ("1 h",)


# --- rules ----------------------------------------------------------------------------------------------------------------
# Units are numbered: departments first, then streets (whatever the street, its communities and grids do).

NO_SCORE = -1.0
"""Nobody has experienced anything of a unit."""


@inlined
def scored_as(department: int, street: int, departments: int) -> int:
    """Number of the unit that gets the points: a department (-1 none), or the street where the issue lies.

    Examples
    --------
    >>> scored_as(2, 1, 9), scored_as(-1, 1, 9)
    (2, 10)
    """
    return department if department >= 0 else departments + street


@inlined
def score_of(done: int, in_time: int, rework: int, returns: int, self_share: float, self_bias: float) -> float:
    """A unit's score, 0 to 1: the mean of three shares (in time, not to be done again, not sent back), weighed with what it thinks of itself.

    Parameters
    ----------
    done, in_time, rework, returns : int
        Since the last time: parts of the work done, of these in time; sent back to be done again; returned or refused.

    Examples
    --------
    >>> score_of(4, 2, 1, 0, 0.0, 0.0), score_of(4, 2, 1, 0, 0.5, 0.1), score_of(0, 0, 0, 0, 0.5, 0.1), score_of(0, 0, 0, 3, 0.0, 0.1)
    (0.75, 0.8, -1.0, 0.3333333333333333)
    """
    if done + returns == 0:
        return NO_SCORE
    on_time = in_time / done if done > 0 else 0.0
    again = min(rework, done) / done if done > 0 else 0.0
    others = (on_time + (1.0 - again) + (1.0 - returns / (done + returns))) / 3.0
    own = others + self_bias
    return (1.0 - self_share) * others + self_share * (own if own < 1.0 else 1.0)


@inlined
def pressure(score: float, bar: float) -> float:
    """What a unit feels of its score: the part that is missing to the bar, 0 to 1; nothing without a score.

    Examples
    --------
    >>> pressure(0.4, 0.8), pressure(0.9, 0.8), pressure(NO_SCORE, 0.8)
    (0.5, 0.0, 0.0)
    """
    return (bar - score) / bar if 0.0 <= score < bar else 0.0


@inlined
def is_listed(score: float, bar: float) -> bool:
    """Whether a street is listed for supervision 挂牌督办 until the next time.

    Examples
    --------
    >>> is_listed(0.7, 0.8), is_listed(0.8, 0.8), is_listed(NO_SCORE, 0.8)
    (True, False, False)
    """
    return 0.0 <= score < bar


@inlined
def effort_of(felt: float, gain: float) -> float:
    """Factor on the chance of a true fix of a department that feels so much.

    Examples
    --------
    >>> effort_of(0.5, 0.2), effort_of(0.0, 0.2)
    (1.1, 1.0)
    """
    return 1.0 + gain * felt


@inlined
def refusal_of(felt: float, cut: float) -> float:
    """Factor on its refusals.

    Examples
    --------
    >>> refusal_of(0.5, 0.8), refusal_of(0.0, 0.8)
    (0.6, 1.0)
    """
    return 1.0 - cut * felt


@inlined
def checks_of(usual: float, listed: float) -> float:
    """Share of the work that is checked: as usual, or as in a listed street (0 where it is not) if that is more.

    Examples
    --------
    >>> checks_of(0.5, 0.8), checks_of(0.5, 0.0)
    (0.8, 0.5)
    """
    return listed if listed > usual else usual


@inlined
def said_of_score(unit: int, score: float) -> int:
    """`value` of a row ASSESSED: unit (below 1024) and points of 1000.

    Examples
    --------
    >>> said_of_score(3, 0.75) % 1024, said_of_score(3, 0.75) // 1024
    (3, 750)
    """
    return unit + 1024 * int(1000.0 * score + 0.5)
