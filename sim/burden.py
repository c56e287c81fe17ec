"""Burden 基层负担: time that communities lose to forms and parallel platforms, and its relief 减负."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from sim.base import Block

__all__ = ["Burden", "lost_share"]


class Burden(Block):
    """Switch: forms and parallel platforms 填表与多头报送.  Off: all of their hours are for the community.  Group: people."""

    on: bool = False
    """Whether community staff and the clerks of community desks lose time."""
    share: Annotated[float, Field(ge=0, le=0.9)] = 0.25
    """Share of every working interval that is lost, 0 to 0.9: at its beginning for one half of the members, at its end for the other.
    Assumption: 0.25, 0.1 to 0.4; one report counts more than 40 platforms to fill.  Relief 减负 is a smaller share."""


def lost_share(burden: Burden) -> float:
    """Share of their time that communities lose.

    Examples
    --------
    >>> lost_share(Burden(on=True, share=0.2)), lost_share(Burden(share=0.2))
    (0.2, 0.0)
    """
    return burden.share if burden.on else 0.0
