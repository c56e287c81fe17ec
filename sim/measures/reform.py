"""Measures of a reform: what was handed over."""

from __future__ import annotations

from typing import Any

from sim.i18n import N_
from sim.measures.base import View, measure

__all__ = ["handed_over"]


@measure(N_("Handed over in a reform"), "改革移交数", group=N_("tiers"), unit=N_("tickets"), direction=0, of="whole")
def handed_over(view: View) -> Any:
    """Tickets and calls that waited at a desk or with a team that a reform ended and were handed over, in the measured interval.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> view = tiny(daily={"handed_over": 3})
    >>> handed_over(view)
    3.0
    """
    return float(view.daily("handed_over").sum())
