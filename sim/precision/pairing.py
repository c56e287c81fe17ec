"""What it saves that all scenarios of a comparison have the same luck (配对的方差缩减)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from sim import statistics
from sim.i18n import _

if TYPE_CHECKING:
    from sim.results import Comparison

__all__ = ["pairing_sentence", "pairing_table"]

ALL = "all"


def pairing_table(comparison: Comparison, groups: bool = False) -> pd.DataFrame:
    """Variance of each difference with and without pairing (配对与不配对的方差).

    Parameters
    ----------
    comparison : Comparison
    groups : bool
        Also by category, place and pool; by default for the whole only.

    Returns
    -------
    DataFrame
        A row a measure and compared scenario: `scenario, base, measure, group, n` pairs, `correlation` of the two sides over
        replications, `apart` and `paired` (variance of a difference, in the measure's unit squared), `factor` (as many times more
        replications would be needed without pairing) and `unit`.  NaN as in `sim.statistics.Pairing`.
    """
    first = comparison.base.wide
    frames = []
    for result in comparison.results[1:]:
        shared = first.index[first.index.isin(result.wide.index)]
        shared = shared if groups else shared[shared.get_level_values("group") == ALL]
        found = statistics.pairing(first.loc[shared].to_numpy(float), result.wide.loc[shared].to_numpy(float))
        frames.append(shared.to_frame(index=False).assign(scenario=result.name, base=comparison.base.name, **found._asdict()))
    columns = ["scenario", "base", "measure", "group", *statistics.Pairing._fields, "unit"]
    return pd.concat(frames, ignore_index=True)[columns]


def pairing_sentence(table: pd.DataFrame) -> str:
    """The table in a sentence: the median over its measures; empty where nothing can be said.

    Examples
    --------
    >>> pairing_sentence(pd.DataFrame({"factor": [1.5, 2.5, float("inf"), float("nan")]}))
    'Pairing on the same luck saves replications: without it the differences would need 2.5 times as many (median of 3 measures).'
    """
    factors = table["factor"].dropna()
    middle = float(np.median(factors)) if len(factors) else np.nan
    if not np.isfinite(middle):
        return ""
    if middle < 1.05:
        return _("Pairing on the same luck saves no replications here (median of {number} measures).").format(number=len(factors))
    return _("Pairing on the same luck saves replications: without it the differences would need {factor} times as many (median of "
             "{number} measures).").format(factor=f"{middle:.2g}", number=len(factors))
