"""The table of docs/plausibility.md: what runs of Jimei give, beside published figures.

    python tools/plausibility.py                       run both sides ten times, and write the table
    python tools/plausibility.py --replications 3      fewer
    python tools/plausibility.py --marks               write the figures and their marks alone, without any run

Finished replications are taken from the store.  A figure is marked before anything is run: `input` where scenarios/jimei took a setting
from its source, `calibrated` where a setting was chosen so that the result comes near it, `held out` where nothing was.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "plausibility.md"
BEGIN, END = "<!-- table: tools/plausibility.py -->", "<!-- end of table -->"
SIDES = ("jimei/fragmented", "jimei/integrated")
DAY, YEAR = 86_400, 365
INPUT, CALIBRATED, HELD_OUT = "input", "calibrated", "held out"
PASSED_ON = 5       # so many replications are looked at event by event, for hand-overs

if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))


class Run(NamedTuple):
    """One replication: its kept counts, its measures, and what only its events tell (None where they were not looked at)."""

    outcome: Any
    measures: dict[str, float]
    events: dict[str, float] | None
    grids: int
    workers: int


class Figure(NamedTuple):
    """A published figure.

    Attributes
    ----------
    low, high : float
        What was published, from the least to the most, in the unit of `value`.
    value : callable
        The same of one replication; nan where it is not known.
    form : str
        Format of a number.
    """

    what: str
    mark: str
    source: str
    low: float
    high: float
    value: Callable[[Run], float]
    form: str = ".1%"


def issues(run: Run, name: str) -> float:
    """A count of issues, all categories together."""
    return _sum(run, "issues_by_category", "issue_count", name)


def tickets(run: Run, name: str) -> float:
    """A count of tickets, all categories together."""
    return _sum(run, "tickets_by_category", "ticket_count", name)


def daily(run: Run, name: str) -> float:
    """A count of a mean day of the measured interval."""
    days = slice(run.outcome.facts["first_day"], run.outcome.facts["last_day"])
    return float(run.outcome.arrays["daily"][days, run.outcome.axes["daily_count"].index(name)].mean())


def _sum(run: Run, array: str, axis: str, name: str) -> float:
    return float(run.outcome.arrays[array][:, list(run.outcome.axes[axis]).index(name)].sum())


def patrol_hours(run: Run) -> float:
    """Hours that grid workers patrol in the measured interval."""
    pools, names = run.outcome.arrays["pools"], list(run.outcome.axes["pool_count"])
    teams = [number for number, kind in enumerate(run.outcome.axes["pool_kind"]) if kind == "grid_team"]
    rostered, busy = (float(pools[teams, names.index(name)].sum()) for name in ("rostered_seconds", "busy_seconds"))
    return (rostered - busy) / 3600


def answered_at_once(run: Run) -> float:
    """Of the jobs of the district's desks and the calls that found them taken, the share that began within 20 s."""
    axes, pools = run.outcome.axes, run.outcome.arrays["pools"]
    desks = [number for number, key in enumerate(axes["pool"]) if str(key).startswith("desk/district/")]
    from sim.outcome import WAIT_EDGES

    soon = run.outcome.arrays["pool_waits"][desks][:, :int(np.searchsorted(WAIT_EDGES, 20))].sum()
    came = [list(axes["pool_count"]).index(name) for name in ("joined", "blocked")]
    return float(soon / pools[desks][:, came].sum())


def closed_within(days: float, category: str | None = None) -> Callable[[Run], float]:
    """Share of the tickets closed within so many days of registration."""
    def share(run: Run) -> float:
        at, edges, ends = _closing(run, category)
        return float(at[:int(np.searchsorted(edges, days * DAY))].sum() / ends)
    return share


def median_days(category: str | None = None) -> Callable[[Run], float]:
    """Days within which half of the tickets are closed (the bin's middle)."""
    def middle(run: Run) -> float:
        at, edges, ends = _closing(run, category)
        place = int(np.searchsorted(at.cumsum(), ends / 2))
        return float((edges[place] + edges[min(place + 1, len(edges) - 1)]) / 2 / DAY)
    return middle


def _closing(run: Run, category: str | None) -> tuple[np.ndarray, np.ndarray, float]:
    from sim.outcome import TIME_EDGES, TIMES

    names = list(run.outcome.axes["category"])
    rows = slice(None) if category is None else slice(names.index(category), names.index(category) + 1)
    times = run.outcome.arrays["times_by_category"][rows].sum(axis=0)
    closed, unclosed = times[TIMES.index("closed")], times[TIMES.index("unclosed")]
    return closed, TIME_EDGES, float(closed.sum() + unclosed.sum())


def disputes_at_the_grass_roots(run: Run) -> float:
    """Disputes resolved by grid or community, of those resolved."""
    axes = run.outcome.axes
    flow = run.outcome.arrays["flow"][list(axes["category"]).index("disputes")].sum(axis=(0, 1))
    ends = list(axes["ended_at"])
    tiers = [float(flow[ends.index(tier)]) for tier in ("grid", "community", "street", "district")]
    return sum(tiers[:2]) / sum(tiers)


def measure(name: str) -> Callable[[Run], float]:
    """A measure as the summary shows it."""
    return lambda run: run.measures[name]


def event(name: str) -> Callable[[Run], float]:
    """What was counted event by event."""
    return lambda run: run.events[name] if run.events else float("nan")


FIGURES = (
    Figure("Issues per 1,000 residents and year", INPUT, "Kunming's grid 2024: 285; Boston's 311: 310; Zhejiang's grid 2022: 184 (and a hotline)",
           184, 310, lambda run: issues(run, "occurred") / run.outcome.facts["residents"] * 1000, ".0f"),
    Figure("Found by grid workers, per patrol hour", HELD_OUT, "Kunming 2024: 1.31 reports", 1.31, 1.31,
           lambda run: issues(run, "found_by_staff") / patrol_hours(run), ".3f"),
    Figure("Found by grid workers, per grid and year", INPUT, "Zhejiang 2022: 142 items, by a rate that helped to set demand", 142, 142,
           lambda run: issues(run, "found_by_staff") / run.grids, ".0f"),
    Figure("Found by grid workers, per worker and year", HELD_OUT, "Zhejiang 2020 and 2022: about 37", 37, 37,
           lambda run: issues(run, "found_by_staff") / run.workers, ".0f"),
    Figure("Found first by staff", HELD_OUT, "share of reports by staff: an unnamed city 2017 52%, Jiangmen 86%, Tianmen 96%, Kunming 98%",
           0.522, 0.976, measure("proactive_discovery_rate")),
    Figure("Resolved by the grid worker on the spot", INPUT, "Kunming: 17% of light cases", 0.17, 0.17, event("on_the_spot")),
    Figure("Residents' contacts that become a dispatched ticket", INPUT,
           "Jiangyin 40%, Beijing 41%, Bozhou 42%, Hengdong 44%, an unnamed city 47%", 0.40, 0.473, event("contacts_dispatched")),
    Figure("Tickets whose issue has one already", HELD_OUT, "Boston, a sample of 2015 to 2024: 3.4% duplicates", 0.034, 0.034,
           measure("duplicate_rate")),
    Figure("Reports registered", HELD_OUT, "Tianmen 2016: 94.5% (two organisations' own)", 0.945, 0.945, measure("registration_rate")),
    Figure("Answered at once at the district's desks", HELD_OUT, "Hangzhou 2020: 91% within 15 s", 0.9127, 0.9127, answered_at_once),
    Figure("Returned or refused, of those dispatched", INPUT, "Sanmenxia 6.3% returned; Bozhou 11.4% sent a second time", 0.0625, 0.114,
           measure("return_rate")),
    Figure("Hand-overs a ticket", HELD_OUT, "BPI Challenge 2013, an IT help line: 1.25", 1.25, 1.25, event("hand_overs"), ".2f"),
    Figure("Handed over at all", HELD_OUT, "the same: 50.6%", 0.506, 0.506, event("any_hand_over")),
    Figure("Sent to A, to B, and to A again", HELD_OUT, "the same: 15.6%", 0.156, 0.156, measure("ping_pong_share")),
    Figure("Tickets closed within 1 day", HELD_OUT, "Boston 2015 to 2024: 64.3%", 0.643, 0.643, closed_within(1)),
    Figure("Tickets closed within 7 days", HELD_OUT, "the same: 84.8%", 0.848, 0.848, closed_within(7)),
    Figure("Tickets closed within 30 days", HELD_OUT, "the same: 95.9%", 0.959, 0.959, closed_within(30)),
    Figure("Median days to closing", HELD_OUT, "the same: 0.47", 0.472, 0.472, median_days(), ".2f"),
    Figure("Median days to closing, public facilities", HELD_OUT, "one case of Jimei: about 4", 4, 4, median_days("facilities"), ".1f"),
    Figure("Closed in time", HELD_OUT, "Tianmen 76%, Boston 90.5%, Licheng 95%, Suzhou 99.4%, Fuzhou 99.9%", 0.758, 0.999,
           measure("on_time_closing_rate")),
    Figure("Closed", HELD_OUT, "Zhejiang 91.2%, Tianmen 93.7%, Licheng 98.1%, Suzhou 98.4%, Kunming 99.7%", 0.912, 0.998, measure("closing_rate")),
    Figure("Open tickets over a month's tickets", HELD_OUT, "Yichun, May 2023: 3.9% of those dispatched still going round", 0.039, 0.039,
           lambda run: daily(run, "open_tickets") / (30 * daily(run, "registered"))),
    Figure("Truly resolved", INPUT, "Gaohang, checked on the ground: about 80%; Beijing, by call-back 2019 to 2021: 53 to 89%", 0.53, 0.89,
           measure("true_resolution_rate")),
    Figure("Closed less truly resolved", INPUT, "Gaohang: 100% against 80%", 0.20, 0.20, measure("reporting_gap")),
    Figure("Repeats", CALIBRATED, "Daying county: 9.6 to 19.6% of reports", 0.096, 0.196, measure("repeat_rate")),
    Figure("Sent back by a check", HELD_OUT, "Fuzhou: 0.05 to 0.11% (only what its own checks sent back)", 0.0005, 0.0011,
           measure("rework_rate"), ".2%"),
    Figure("Satisfied", HELD_OUT, "Beijing 65 to 92%, Gaohang 75 to 80%, Daying 76 to 90%, Hengdong 84%, Suzhou 98%", 0.65, 0.977,
           measure("satisfaction")),
    Figure("Disputes resolved by grid or community", INPUT, "Luzhai's town: 57% in the village, 27% in the town, 16% at court", 0.57, 0.57,
           disputes_at_the_grass_roots),
)


# --- events ---------------------------------------------------------------------------------------------------------------

def told(timeline: Any, tables: Any) -> dict[str, float]:
    """What only the events of a run tell, of tickets registered and contacts made in its measured interval.

    A hand-over takes a ticket from desk to desk or, after its first dispatch, to another unit.
    """
    from sim.timeline import Event, Purpose

    columns = {name: timeline.column(name) for name in ("time", "kind", "issue", "ticket", "place", "value")}
    measured = (columns["time"] >= tables.warm_up) & (columns["time"] < tables.warm_up + tables.horizon)
    kind, ticket = columns["kind"], columns["ticket"]
    opened = ticket[measured & (kind == Event.REGISTERED)]
    moved = np.bincount(ticket[np.isin(kind, [Event.SENT, Event.TRANSFERRED])], minlength=int(ticket.max()) + 1)
    at = np.flatnonzero(kind == Event.DISPATCHED)
    at = at[np.argsort(ticket[at], kind="stable")]
    elsewhere = (ticket[at][1:] == ticket[at][:-1]) & (columns["place"][at][1:] != columns["place"][at][:-1])
    changes = (moved + np.bincount(ticket[at][1:][elsewhere], minlength=len(moved)))[opened]
    spot = measured & (kind == Event.JOINED) & (columns["value"] == Purpose.ON_THE_SPOT)
    resolved = (timeline.issue_stream < len(tables.city.category))[columns["issue"][measured & (kind == Event.RESOLVED)]].sum()
    return {"hand_overs": float(changes.mean()), "any_hand_over": float((changes > 0).mean()),
            "on_the_spot": float(spot.sum() / resolved), "contacts_dispatched": _dispatched_contacts(columns, measured)}


def _dispatched_contacts(columns: dict[str, np.ndarray], measured: np.ndarray) -> float:
    """Tickets dispatched that a resident's contact opened / contacts of residents that were answered, questions among them."""
    from sim.timeline import Event

    kind = columns["kind"]
    first = np.flatnonzero(np.isin(kind, [Event.CONTACTED, Event.DISCOVERED, Event.SEEN_AGAIN, Event.REGISTERED]))
    first = first[np.argsort(columns["issue"][first], kind="stable")]
    before = np.roll(first, 1)
    by_resident = (kind[first] == Event.REGISTERED) & (kind[before] != Event.SEEN_AGAIN) & (columns["issue"][first] == columns["issue"][before])
    by_resident &= (kind[before] == Event.CONTACTED) | ((kind[before] == Event.DISCOVERED) & (columns["value"][before] == 1))
    opened = np.zeros(int(columns["ticket"].max()) + 2, bool)
    opened[columns["ticket"][first[by_resident]]] = True
    sent = measured & (kind == Event.DISPATCHED) & (columns["value"] == 0) & opened[columns["ticket"]]
    calls = (measured & (kind == Event.CONTACTED)).sum() - (measured & np.isin(kind, [Event.BLOCKED, Event.HUNG_UP])).sum()
    return float(sent.sum() / calls)


# --- runs and the table -------------------------------------------------------------------------------------------------------

def runs_of(replications: int) -> list[list[Run]]:
    """The replications of both sides."""
    import sim
    from sim.draws import Draws
    from sim.engine_numba import simulate
    from sim.measures import values
    from sim.outcome import Outcome

    found = []
    for result in sim.compare(SIDES, replications=replications, engine="compiled", progress=True).results:
        tables = result.scenario.tables()
        heads, grids = result.scenario.staff.grid_workers.heads, len(tables.city.grid) if tables.city else 0
        one = []
        for number, record in enumerate(result.records):
            seen = told(simulate(tables, Draws(tables, result.facts.seed, number)), tables) if number < PASSED_ON else None
            outcome = Outcome.from_bytes(record.outcome)
            one.append(Run(outcome, values(outcome), seen, grids, heads))
        found.append(one)
    return found


def table(sides: Sequence[Sequence[Run]] | None) -> list[str]:
    """The lines of the table; without runs, the figures and their marks alone."""
    lines = ["| figure | mark | published | fragmented | integrated | against what was published |", "|---|---|---|--:|--:|---|"]
    for figure in FIGURES:
        cells = [_cell(figure, side) for side in sides] if sides else ["", ""]
        word = ", ".join(dict.fromkeys(_word(figure, side) for side in sides)) if sides else ""
        lines.append(f"| {figure.what} | {figure.mark} | {figure.source} | {' | '.join(cells)} | {word} |")
    return lines


def _mean(figure: Figure, side: Sequence[Run]) -> tuple[float, float]:
    from sim.statistics import mean_interval

    found = mean_interval([figure.value(run) for run in side])
    return float(found.mean), float(found.high - found.low) / 2


def _cell(figure: Figure, side: Sequence[Run]) -> str:
    mean, half = _mean(figure, side)
    return f"{mean:{figure.form}} ±{half:{figure.form}}"


def _word(figure: Figure, side: Sequence[Run]) -> str:
    mean, _half = _mean(figure, side)
    if figure.low <= mean <= figure.high:
        return "within"
    bound = figure.low if mean < figure.low else figure.high
    if figure.form.endswith("%") and bound > 0.05:
        return f"{(mean - bound) * 100:+.0f} pp"
    return f"{mean / bound:.2g} times"


def main() -> None:
    """Write the table into the page."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--replications", type=int, default=10)
    asked.add_argument("--marks", action="store_true")
    said = asked.parse_args()
    lines = table(None if said.marks else runs_of(said.replications))
    before, _begin, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n" + "\n".join(lines) + f"\n\n{END}{after}", encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
