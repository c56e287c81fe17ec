"""What mechanisms cost: CPU time per issue on the compiled engine, each mechanism alone and all of them, against the core set.

The core set is Jimei under one centre as it is shipped; draws and counting are included.  All mechanisms together shall cost at most twice as
much per issue.  Run by hand:

    python benchmarks/mechanisms.py                     # the core set against all, five rounds in turn
    python benchmarks/mechanisms.py --each              # and each mechanism on its own
    python benchmarks/mechanisms.py --days 365 --rounds 3
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from copy import deepcopy
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))      # also where the package is not installed

from sim import engine_numba, measures  # noqa: E402
from sim.draws import Draws, in_replication, key_of  # noqa: E402
from sim.scenario import from_dict, load  # noqa: E402
from sim.surges import PRESETS  # noqa: E402
from sim.tables import Stream  # noqa: E402

CORE = ROOT / "scenarios" / "jimei" / "integrated.yaml"
FULL = ROOT / "scenarios" / "jimei" / "full_after.yaml"
ON = {"on": True}
BOUND = 2.0


def mechanisms() -> dict[str, dict[str, Any]]:
    """What each mechanism changes, by dotted path."""
    helpers = load(FULL).resolved()["organisation"]["participation"]["helpers"]
    cameras = {"title": {"en": "cameras", "zh": "摄像头"}, "sees": {"street_order": 0.3, "environment": 0.3, "parking": 0.3, "facilities": 0.1},
               "delay": "20 min", "precision": 0.7}
    fences = {"title": {"en": "e-fences", "zh": "电子围栏"}, "sees": {"safety": 0.3, "greening_water": 0.3}, "delay": "5 min", "precision": 0.5}
    typhoon = {key: value for key, value in PRESETS["typhoon"].items() if key != "categories"}
    return {
        "screening": {"organisation.screening": ON}, "root_causes": {"organisation.root_causes": ON},
        "sensors": {"sensors": {"cameras": cameras, "fences": fences}, "organisation.sensors": {**ON, "mode": "merged", "hours": "always"}},
        "burden": {"organisation.burden": ON}, "assessment": {"organisation.assessment": ON}, "three_ways": {"organisation.three_ways": ON},
        "case_owners": {"organisation.case_owners": ON}, "pre_emption": {"organisation.pre_emption": ON},
        "emergencies": {"organisation.emergencies": {**ON, "bar": 2.0}},
        "participation": {"organisation.participation": {**ON, "helpers": helpers}}, "padding": {"organisation.padding": ON},
        "petitions": {"residents.petitions": {"false_closing": 0.05, "overdue": 0.05}}, "trust": {"residents.trust": {"gain": 0.02, "loss": 0.05}},
        "absence": {"absence": ON}, "estates": {"city.estate_classes.managed.solves": {"estate": 0.4, "environment": 0.2}},
        "surges": {"surges": {"typhoon": typhoon}}}


def changed(settings: dict[str, Any], *changes: dict[str, Any]) -> Any:
    """A copy of a scenario with changes by dotted path; what is there already is kept where a block is given in part."""
    data = deepcopy(settings)
    for change in changes:
        for path, value in change.items():
            here, *steps = data, *path.split(".")
            for step in steps[:-1]:
                here = here.setdefault(step, {})
            old = here.get(steps[-1])
            here[steps[-1]] = {**old, **value} if isinstance(old, dict) else value
    return from_dict(data).tables()


def cost(tables: Any, replication: int) -> tuple[float, int, int]:
    """CPU seconds of a replication, issues that arose, rows."""
    start = time.process_time()
    tables = in_replication(tables, key_of(1, replication))
    draws = Draws(tables, 1, replication, compiled=True)
    outcome, rows = engine_numba.outcome(tables, draws)
    measures.values(outcome)
    return time.process_time() - start, int((tables.city.demand.kind[draws.stream] == Stream.ISSUES).sum()), rows


def main() -> None:
    """Run what is asked for, in turn, and say whether the bound is kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--days", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--each", action="store_true")
    asked = parser.parse_args()
    core = load(CORE, [f"run.horizon={asked.days} days"]).resolved()
    known = mechanisms()
    worlds = {"core": changed(core), "all": changed(core, *known.values())}
    if asked.each:
        worlds |= {name: changed(core, change) for name, change in known.items()}
    cost(worlds["core"], 0)
    found: dict[str, list[tuple[float, int, int]]] = {name: [] for name in worlds}
    for replication in range(asked.rounds):
        for name, tables in worlds.items():
            found[name].append(cost(tables, replication))
    each = {name: [seconds / issues for seconds, issues, _ in runs] for name, runs in found.items()}
    for name, runs in found.items():
        ratio = statistics.median(here / base for here, base in zip(each[name], each["core"], strict=True))
        print(f"{name:14} {runs[0][1]:>9,} issues {runs[0][2]:>11,} rows {statistics.median(each[name]) * 1e6:8.2f} µs CPU an issue"
              f"   {ratio:5.2f} times the core set")
    ratio = statistics.median(here / base for here, base in zip(each["all"], each["core"], strict=True))
    print(f"all mechanisms: {ratio:.2f} times the core set; at most {BOUND:g} asked")


if __name__ == "__main__":
    main()
