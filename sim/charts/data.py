"""What the frames of all charts share: tidy tables with intervals, names of places and categories, days of the measured interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from sim.i18n import language
from sim.statistics import mean_interval

if TYPE_CHECKING:
    from sim.outcome import Outcome

__all__ = ["DAY", "averaged", "days_of", "is_city", "joined_frames", "named", "table_of"]

DAY = 86400


def table_of(rows: Sequence[Mapping[str, Any]], columns: Sequence[str]) -> pd.DataFrame:
    """A table of rows; empty with the right columns where there are none.

    Examples
    --------
    >>> list(table_of([], ("scenario", "mean")).columns)
    ['scenario', 'mean']
    """
    return pd.DataFrame(rows, columns=list(columns)) if rows else pd.DataFrame(columns=list(columns), dtype=float)


def joined_frames(frames: Sequence[pd.DataFrame], columns: Sequence[str]) -> pd.DataFrame:
    """Tables one under the other; an empty one with these columns where there are none."""
    return pd.concat(frames, ignore_index=True) if frames else table_of([], columns)


def averaged(values: np.ndarray, columns: Mapping[str, Sequence[Any]], *, least: float | None = None,
             most: float | None = None) -> pd.DataFrame:
    """Mean and 95% interval over the last axis (replications) beside the columns, row by row.

    Parameters
    ----------
    values : ndarray of float, shape (rows, replications)
    columns : mapping
        Columns that stand before them, one entry a row.
    least, most : float, optional
        What the interval cannot leave: shares lie between 0 and 1, counts are not negative.

    Examples
    --------
    >>> averaged(np.array([[0.0, 2.0]]), {"street": ["x"]}, least=0.0)[["mean", "low"]].to_numpy().tolist()
    [[1.0, 0.0]]
    """
    found = mean_interval(values)
    return pd.DataFrame({**columns, "mean": found.mean, "low": np.clip(found.low, least, None) if least is not None else found.low,
                         "high": np.clip(found.high, None, most) if most is not None else found.high})


def is_city(outcome: Outcome) -> bool:
    """Whether it is a district, and not a bare service system."""
    return bool(outcome.facts["kind"] == "city")


def days_of(outcome: Outcome) -> slice:
    """The days of the measured interval among those of the whole run."""
    return slice(outcome.facts["first_day"], max(outcome.facts["last_day"], outcome.facts["first_day"] + 1))


def named(result: Any, axis: str) -> list[str]:
    """How the labels of an axis are called in the language in use: streets, communities, categories.

    Parameters
    ----------
    result : Result
    axis : "street", "community" or "category"

    Returns
    -------
    list of str
        One a label, in their order; the labels themselves where the scenario has no titles for them.
    """
    labels: list[str] = list(result.outcomes[0].axes[axis])
    scenario = result.scenario
    if axis == "category":
        known = getattr(getattr(scenario, "issues", None), "categories", None) or {}
        return [str(getattr(known[label].title, language())) if label in known else label for label in labels]
    city = getattr(scenario, "city", None)
    if city is None:
        return labels
    from sim.city import places

    titles = [str(getattr(title, language())) for title in getattr(places(city), axis)]
    return titles if len(titles) == len(labels) else labels
