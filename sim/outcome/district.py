"""What happens to the district as a whole, and to no single issue: assessments, trust."""

from __future__ import annotations

import numpy as np

from sim.outcome.margins import ASSESSMENT_COUNTS, TRUST_COUNTS, tally
from sim.tables import Tables
from sim.timeline import Event, Timeline

__all__ = ["district_margins"]


def district_margins(timeline: Timeline, tables: Tables) -> dict[str, np.ndarray]:
    """Assessments in the measured interval, by department and by street; trust at the end, by community."""
    city = tables.city
    departments, streets = (len(city.department), len(city.street)) if city else (0, 0)
    kind, time = np.where(timeline.column("issue") < 0, timeline.column("kind"), 0), timeline.column("time")
    measured = (time >= tables.warm_up) & (time < tables.warm_up + tables.horizon)
    scored = timeline.column("value")[measured & (kind == Event.ASSESSED)]
    listed = timeline.column("value")[measured & (kind == Event.LISTED)] + departments
    unit = np.concatenate([scored % 1024, listed])
    first, second = np.zeros((2, len(unit)), np.int64)
    first[:len(scored)], second[len(scored):] = 1, 1
    points = np.concatenate([scored // 1024, np.zeros(len(listed), np.int64)])
    table = tally(unit, departments + streets, {"assessed": first, "points": points, "listed": second}, ASSESSMENT_COUNTS)
    said = timeline.column("value")[kind == Event.TRUSTED]
    asked = {"asked": np.ones(len(said), np.int64), "trust": said % 4096}
    trust = tally(said // 4096, len(city.community) if city else 0, asked, TRUST_COUNTS)
    return {"trust_by_community": trust, "assessments_by_department": table[:departments], "assessments_by_street": table[departments:]}
