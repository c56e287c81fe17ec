"""Measures of quotas: what is made up to meet them."""

from __future__ import annotations

from typing import Any

from sim.i18n import N_
from sim.measures.base import View, measure


@measure(N_("Made-up reports"), "虚报数", group=N_("intake"), unit=N_("per day"), direction=-1, of="whole")
def fabricated(view: View) -> Any:
    """Reports that grid workers made up to meet a quota, mean over the days of the measured interval.

    Examples
    --------
    >>> from sim.measures.base import tiny
    >>> fabricated(tiny(daily={"fabricated": 5}))
    5.0
    """
    return float(view.daily("fabricated").mean())
