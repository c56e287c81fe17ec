"""One city, one replication, one core: issues and events per second, peak memory, and how they grow with the city.

Each run has a process of its own, so that peak memory is its own.  Run by hand:

    python benchmarks/city.py year                  # Jimei, a whole year, both sides
    python benchmarks/city.py growth                # 0.1, 1 and 5 million residents, a month measured
    python benchmarks/city.py overload              # a queue that grows to a backlog of 50,000, against one that does not
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT))      # also where the package is not installed
JIMEI = ROOT / "scenarios" / "jimei"
ONE_RUN = """
import json, resource, sys, time
from sim.draws import Draws
from sim.engine_simpy import simulate
from sim.outcome import count
from sim.scenario import load
path, overrides = sys.argv[1], sys.argv[2:]
tables = load(path, overrides).tables()
start = time.process_time()
draws = Draws(tables, 1, 0)
drawn = time.process_time()
timeline = simulate(tables, draws)
simulated = time.process_time()
after_engine = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
count(timeline, tables)
counted = time.process_time()
print(json.dumps({"arrivals": len(draws.time), "rows": len(timeline), "draws": drawn - start, "engine": simulated - drawn,
                  "count": counted - simulated, "engine_MB": after_engine / 1024,
                  "peak_MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}))
"""


def one_run(path: Path, *overrides: str) -> dict:
    """Figures of one replication in a process of its own (CPU seconds, megabytes)."""
    done = subprocess.run([sys.executable, "-c", ONE_RUN, str(path), *overrides], cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout)


def tell(name: str, figures: dict) -> None:
    """One line a run."""
    whole = figures["draws"] + figures["engine"] + figures["count"]
    print(f"{name:24} {figures['arrivals']:>10,} arrivals {figures['rows']:>12,} rows  draws {figures['draws']:6.2f} s  engine "
          f"{figures['engine']:7.2f} s  count {figures['count']:6.2f} s   {figures['arrivals'] / whole:8,.0f} arrivals/s "
          f"{figures['rows'] / whole:10,.0f} rows/s   peak {figures['peak_MB']:6.0f} MB (engine {figures['engine_MB']:.0f})", flush=True)


def year() -> None:
    """The reference city, both sides."""
    for side in ("fragmented", "integrated"):
        tell(side, one_run(JIMEI / f"{side}.yaml"))


def growth() -> None:
    """Ten times the residents with ten times the places and staff, in turn, three rounds; then five million."""
    month = ("run.warm_up=10 days", "run.horizon=30 days", "run.run_out=10 days")
    paths, whole = {factor: _scaled(factor) for factor in (0.1, 1.0, 5.0)}, {0.1: [], 1.0: [], 5.0: []}
    for factor in (0.1, 1.0) * 3 + (5.0,):
        figures = one_run(paths[factor], *month)
        tell(f"{factor} million residents", figures)
        whole[factor].append(figures["draws"] + figures["engine"] + figures["count"])
    middle = {factor: statistics.median(seconds) for factor, seconds in whole.items()}
    print(f"CPU time, medians: ten times the residents {middle[1.0] / middle[0.1]:.2f} times, fifty times "
          f"{middle[5.0] / middle[0.1]:.1f} times")


def _scaled(factor: float) -> Path:
    """Jimei with every place and every post multiplied, in a folder of its own that is removed at exit."""
    import atexit
    import tempfile

    from sim.scenario import load

    settings = load(JIMEI / "integrated.yaml").resolved()
    city = settings["city"]
    city["residents"] = _times(city["residents"], factor)
    streets = city["streets"]
    city["streets"] = max(1, round((len(streets) if isinstance(streets, list) else streets) * factor))
    city["communities"], city["grids"] = (_times(city[key], factor) for key in ("communities", "grids"))
    for post in [*settings["staff"].values(), *settings["departments"].values()]:
        if isinstance(post, dict) and "heads" in post:
            post["heads"] = _times(post["heads"], factor)
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    path = Path(folder.name) / "scaled.yaml"
    path.write_text(json.dumps(settings, ensure_ascii=False), "utf-8")
    return path


def _times(value, factor: float):
    if isinstance(value, dict):
        return _times(value["value"], factor)
    return max(1, round(value * factor))


def overload() -> None:
    """A single pool at 150% of its capacity until 50,000 wait, and the same customers at 75%."""
    scenario = ROOT / "scenarios" / "theory" / "mmc.yaml"
    from sim.scenario import load

    tables = load(scenario).tables()
    heads = int(tables.pools.first_member[-1])
    mean = tables.bare.service[0][0]["mean"]
    per_hour = heads * 3600 / mean
    for load_share, customers in ((1.5, 150_000), (0.75, 150_000)):
        horizon = int(customers / (per_hour * load_share))
        key = next(iter(load(scenario).resolved()["bare"]["classes"]))
        figures = one_run(scenario, f"bare.classes.{key}.arrivals.rate={per_hour * load_share} per hour",
                          f"run.horizon={horizon} h", "run.warm_up=0 s", "run.run_out=0 s")
        tell(f"load {load_share:.0%}", figures)


def main() -> None:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=("year", "growth", "overload"))
    {"year": year, "growth": growth, "overload": overload}[parser.parse_args().what]()


if __name__ == "__main__":
    main()
