"""Tables, verdicts and the result folder, on outcomes made by hand; and once on real runs."""

import hashlib
import json
import sys
from types import ModuleType, SimpleNamespace
from typing import NamedTuple

import numpy as np
import pandas as pd
import pytest

from sim import compare, folder, i18n, load, run, warm_up
from sim.folder import FolderError
from sim.results import Comparison, Result, RunFacts, titled
from sim.staffing import Effort, staff
from sim.store import Record

FACTS = RunFacts(seed=7, replications=3, jobs=2, started="2025-01-01T00:00:00+00:00", seconds=12.5, reused=1, total=6, model="m")
NAN = float("nan")


class Measure(NamedTuple):
    key: str
    group: str
    unit: str
    direction: int
    title: object


class Outcome:
    """An outcome whose bytes are its numbers: what it measures, its heads and its pay (CNY)."""

    def __init__(self, rows, heads, pay):
        self.rows, self.facts = rows, {"horizon": 73 * 86400}
        self.arrays = {"heads": np.array(heads), "pay": np.array(pay) * 1_000_000, "daily": np.array([[1, 2], [3, 4]]),
                       "backlog": np.array([[[5, 6]], [[7, 8]]])}
        self.axes = {"day": ["2025-01-01", "2025-01-02"], "daily_count": ["occurred", "closed"], "backlog_state": ["latent"],
                     "tier": ["grid", "district"]}

    @classmethod
    def from_bytes(cls, data):
        return cls(*json.loads(data))


@pytest.fixture(autouse=True)
def _by_hand(monkeypatch, request):
    """Measures that say what the outcome holds."""
    if request.cls is TestReal:
        return
    measures, outcome = ModuleType("sim.measures"), ModuleType("sim.outcome")
    measures.MEASURES = {
        "closing_rate": Measure("closing_rate", "work", "share", 1, {"en": "Closing rate", "zh": "结案率"}),
        "harm": Measure("harm", "truth", "days", -1, {"en": "Harm", "zh": "危害"}),
        "contacts": Measure("contacts", "intake", "1", 0, {"en": "Contacts", "zh": "来电来访"}),
    }
    measures.table = lambda outcome: [(measure, group, NAN if value is None else value, measures.MEASURES[measure].unit)
                                      for measure, group, value in outcome.rows]
    outcome.Outcome = Outcome
    monkeypatch.setitem(sys.modules, "sim.measures", measures)
    monkeypatch.setitem(sys.modules, "sim.outcome", outcome)


def scenario(name):
    return SimpleNamespace(title={"en": name.title(), "zh": "方案"}, hash=f"hash of {name}",
                           resolved=lambda: {"name": name, "title": {"en": name.title(), "zh": "方案"}})


def result(name, replications, heads=(2, 3), pay=(100, 50), issues="same"):
    """`replications` holds a list of (measure, group, value) for each."""
    records = tuple(Record(json.dumps([rows, heads, pay]).encode(), f"{issues} {number}", 10, 1.0)
                    for number, rows in enumerate(replications))
    return Result(name, scenario(name), records, FACTS._replace(replications=len(records)))


def rows(closing, harm, contacts=5.0, noise=1.0):
    return [("closing_rate", "all", closing), ("harm", "all", harm), ("contacts", "all", contacts), ("harm", "noise", noise)]


@pytest.fixture
def comparison():
    base = result("base", [rows(0.5, 10.0), rows(0.6, 12.0), rows(0.7, 14.0)])
    other = result("other", [rows(0.6, 10.5, 6.0), rows(0.7, 11.0, 6.1), rows(0.81, 14.6, 5.9, noise=None)])
    return Comparison([base, other])


# --- tables -----------------------------------------------------------------------------------------------------------------


def test_measures_are_tidy(comparison):
    found = comparison.measures
    assert found.columns.tolist() == ["scenario", "replication", "measure", "group", "value", "unit"]
    assert len(found) == 24
    assert found.iloc[4].tolist() == ["base", 1, "closing_rate", "all", 0.6, "share"]


def test_summary_has_mean_and_interval(comparison):
    found = comparison.summary.set_index(["scenario", "measure", "group"])
    assert found.columns.tolist() == ["mean", "low", "high", "n", "unit"]
    harm = found.loc["base", "harm", "all"]
    assert (harm["mean"], harm["n"], harm["unit"]) == (12.0, 3, "days")
    assert harm["high"] - 12 == pytest.approx(4.302653 * 2 / 3**0.5, rel=1e-6)
    assert found.loc["other", "harm", "noise"]["n"] == 2      # undefined in one replication


def test_differences_are_paired(comparison):
    found = comparison.differences.set_index(["measure", "group"])
    closing = found.loc["closing_rate", "all"]
    assert closing["difference"] == pytest.approx(0.31 / 3)
    assert closing["high"] - closing["low"] < 0.04       # the sides themselves spread over 0.2
    assert (closing["scenario"], closing["base"], closing["verdict"]) == ("other", "base", "better")
    assert found.loc["harm", "all"]["verdict"] == "not distinguishable"
    assert found.loc["contacts", "all"]["verdict"] == "higher"
    assert found.loc["harm", "noise"]["n"] == 2


def test_verdicts_show_each_measure_of_the_whole_once(comparison):
    found = comparison.verdicts
    assert found["measure"].tolist() == ["closing_rate", "harm", "contacts"]
    assert found["title"].tolist() == ["Closing rate", "Harm", "Contacts"]
    first = found.iloc[0]
    assert (first["subject"], first["unit"], first["scenario"], first["verdict"]) == ("work", "share", "other", "better")
    assert (first["base_mean"], first["mean"]) == (pytest.approx(0.6), pytest.approx(0.70333333))
    assert first["base_low"] < 0.6 < first["base_high"]
    assert first["difference_low"] < first["difference"] < first["difference_high"]
    with i18n.speaking("zh"):
        assert comparison.verdicts["title"].tolist() == ["结案率", "危害", "来电来访"]


def test_one_replication_decides_nothing():
    one = Comparison([result("base", [rows(0.1, 99.0)]), result("other", [rows(0.9, 1.0)])])
    assert set(one.differences["verdict"]) == {"not distinguishable, one replication"}
    assert one.verdicts["base_low"].isna().all()


def test_three_sides_are_judged_together(comparison):
    base, other = comparison.results
    third = result("third", [rows(0.51, 10.0), rows(0.6, 12.0), rows(0.7, 14.0)])
    found = Comparison([base, other, third]).differences
    both = found[found["measure"] == "closing_rate"].set_index("scenario")
    alone = comparison.differences.set_index(["measure", "group"]).loc["closing_rate", "all"]
    assert both.loc["other", "high"] - both.loc["other", "low"] > alone["high"] - alone["low"]
    assert both["verdict"].tolist() == ["better", "not distinguishable"]


def test_a_group_that_only_one_side_has_is_left_out():
    """Separate and merged grid teams have different pools, and no difference."""
    base = result("base", [[*rows(0.5, 1.0), ("harm", "patrol", 1.0)]] * 2)
    other = result("other", [[*rows(0.5, 1.0), ("harm", "merged", 1.0)]] * 2)
    found = Comparison([base, other])
    assert set(found.differences["group"]) == {"all", "noise"}
    assert {"patrol", "merged"} <= set(found.summary["group"])


def test_heads_pay_and_issues_of_both_sides(comparison):
    assert comparison.issues_identical
    assert comparison.staff_equal
    assert comparison.staff[["scenario", "heads", "pay", "pay_per_year"]].to_numpy().tolist() == [
        ["base", 5, 150.0, 750.0], ["other", 5, 150.0, 750.0]]
    other = result("other", [rows(1, 1)] * 3, heads=(2, 4), issues="others")
    found = Comparison([comparison.base, other])
    assert not found.issues_identical
    assert not found.staff_equal


def test_daily_is_tidy(comparison):
    found = comparison.base.daily
    assert found.columns.tolist() == ["scenario", "replication", "measure", "group", "value", "unit", "day"]
    first = found[found["replication"] == 0].set_index(["measure", "group", "day"])["value"]
    assert first["closed", "all", "2025-01-02"] == 4
    assert first["backlog_latent", "district", "2025-01-01"] == 6


def test_titles_in_the_language_in_use():
    assert titled("as it is", "key") == "as it is"
    assert titled(SimpleNamespace(en="District", zh="区"), "key") == "District"
    with i18n.speaking("zh"):
        assert titled({"en": "District", "zh": "区"}, "key") == "区"


# --- the folder -------------------------------------------------------------------------------------------------------------


def everything(place):
    return {path.relative_to(place).as_posix(): path.read_bytes() for path in place.rglob("*") if path.is_file()}


def same(file, table):
    pd.testing.assert_frame_equal(pd.read_csv(file, dtype=table.dtypes.to_dict(), keep_default_na=False, na_values=[""]), table)


def test_the_folder_of_a_comparison(comparison, tmp_path):
    place = comparison.write(tmp_path / "results" / "verdict", charts=False)
    assert place == tmp_path / "results" / "verdict"
    found = everything(place)
    assert sorted(found) == ["daily.csv", "differences.csv", "manifest.json", "measures.csv", "summary.csv"]
    for name in ("measures", "summary", "differences", "daily"):
        assert found[f"{name}.csv"].startswith(b"\xef\xbb\xbf")       # Excel reads it as UTF-8
        assert b"\r" not in found[f"{name}.csv"]
        same(place / f"{name}.csv", getattr(comparison, name))


def test_the_manifest_says_where_the_numbers_come_from(comparison, tmp_path):
    place = comparison.write(tmp_path / "out", charts=False)
    found = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    assert (found["seed"], found["replications"], found["wall_seconds"], found["started"]) == (7, 3, 12.5, FACTS.started)
    assert found["runs"] == {"total": 6, "reused": 1, "engines": {"simpy": 6}, "computing_seconds": 6.0, "events": 60}
    assert found["program"]["engine"] == "simpy"
    assert found["command"] == ["compare", "base", "other"]
    assert [side["resolved"]["name"] for side in found["scenarios"]] == ["base", "other"]
    assert [side["hash"] for side in found["scenarios"]] == ["hash of base", "hash of other"]
    assert found["program"]["model"] == "m"
    assert {"python", "numpy", "simpy", "scipy"} <= found["libraries"].keys()
    assert found["issues_identical"] is found["staff_equal"] is True
    for name, digest in found["files"].items():
        assert hashlib.sha256((place / name).read_bytes()).hexdigest() == digest


def test_tables_are_the_same_bytes_each_time(comparison, tmp_path):
    first, second = (everything(comparison.write(tmp_path / name, charts=False)) for name in ("a", "b"))
    assert first == second


def test_a_single_run_has_no_differences(comparison, tmp_path):
    found = everything(comparison.base.write(tmp_path / "out", charts=False))
    assert sorted(found) == ["daily.csv", "manifest.json", "measures.csv", "summary.csv"]


def test_the_same_command_replaces_its_files_and_no_others(comparison, tmp_path):
    place = comparison.write(tmp_path / "out", charts=False)
    (place / "notes.txt").write_text("mine")
    base, _other = comparison.results
    again = Comparison([base, result("other", [rows(0.9, 1.0)] * 3)])
    assert again.write(place, charts=False) == place
    assert (place / "notes.txt").read_text() == "mine"
    same(place / "summary.csv", again.summary)


def test_another_commands_folder_is_left_alone(comparison, tmp_path):
    place = comparison.write(tmp_path / "out", charts=False)
    before = everything(place)
    second = comparison.base.write(place, charts=False)
    assert second == tmp_path / "out-2"
    assert everything(place) == before
    assert comparison.base.write(place, charts=False) == second      # and again the same


def test_tables_of_somebody_else_are_left_alone(comparison, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "measures.csv").write_text("not ours")
    assert comparison.write(tmp_path / "out", charts=False) == tmp_path / "out-2"
    assert (tmp_path / "out" / "measures.csv").read_text() == "not ours"


def test_an_unreadable_manifest_is_somebody_elses(comparison, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "manifest.json").write_text("{")
    assert comparison.write(tmp_path / "out", charts=False) == tmp_path / "out-2"


def test_charts_come_whole_and_old_ones_go(comparison, tmp_path, monkeypatch):
    charts = ModuleType("sim.charts")
    names = ["forest.png", "forest.csv"]
    seen = []

    def write(results, place):
        seen.append(i18n.language())
        for name in names:
            (place / name).write_text(name)

    charts.write = write
    monkeypatch.setitem(sys.modules, "sim.charts", charts)
    place = comparison.write(tmp_path / "out", lang="zh")
    assert sorted(path.name for path in (place / "charts").iterdir()) == ["forest.csv", "forest.png"]
    (place / "charts" / "mine.png").write_text("mine")
    names[:] = ["flow.png"]
    comparison.write(place)
    assert sorted(path.name for path in (place / "charts").iterdir()) == ["flow.png", "mine.png"]
    assert seen == ["zh", "en"]
    assert not [path for path in place.iterdir() if path.name.startswith(".")]


def test_a_chart_that_the_user_changed_stays(comparison, tmp_path, monkeypatch):
    charts = ModuleType("sim.charts")
    charts.write = lambda results, place: (place / "forest.png").write_text("drawn")
    monkeypatch.setitem(sys.modules, "sim.charts", charts)
    place = comparison.write(tmp_path / "out")
    (place / "charts" / "forest.png").write_text("drawn over by hand")
    comparison.write(place, charts=False)
    assert (place / "charts" / "forest.png").read_text() == "drawn over by hand"


def test_a_failure_leaves_whole_files(comparison, tmp_path, monkeypatch):
    """While a file cannot be written, the one that was there stays, and no spare is left behind."""
    place = comparison.write(tmp_path / "out", charts=False)
    before = everything(place)

    def torn(table, path):
        path.write_text("half a ta")
        raise OSError("the disk is full")

    monkeypatch.setattr(folder, "_csv", torn)
    with pytest.raises(OSError, match="full"):
        comparison.write(place, charts=False)
    assert everything(place) == before


def test_a_file_that_is_open_elsewhere(comparison, tmp_path, monkeypatch):
    """Windows does not replace a file that Excel shows."""
    def denied(path, target):
        raise PermissionError(13, "Permission denied", str(target))

    monkeypatch.setattr(type(tmp_path), "replace", denied)
    with pytest.raises(FolderError, match="Excel"):
        comparison.write(tmp_path / "out", charts=False)


def test_a_manifest_cannot_make_us_remove_other_files(comparison, tmp_path):
    outside = tmp_path / "precious.txt"
    outside.write_text("precious")
    place = comparison.write(tmp_path / "out", charts=False)
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    digest = hashlib.sha256(b"precious").hexdigest()
    manifest["files"] |= {"../precious.txt": digest, str(outside): digest}
    (place / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    comparison.write(place, charts=False)
    assert outside.read_text() == "precious"


# --- real runs --------------------------------------------------------------------------------------------------------------


class TestReal:
    """The small city, a month of it."""

    @pytest.fixture(scope="class")
    @classmethod
    def found(cls):
        short = ["run.horizon=30 days", "run.warm_up=10 days", "run.run_out=10 days"]
        sides = [load("small/fragmented", short), load("small/integrated", short)]
        return compare(sides, replications=2, jobs=1, store=":memory:")

    def test_sides_share_issues_heads_and_pay(self, found):
        assert found.issues_identical
        assert found.staff_equal
        assert found.staff["heads"].tolist() == [found.base.heads] * 2
        assert found.base.heads > 50

    def test_verdicts(self, found):
        assert len(found.verdicts) > 20
        assert found.verdicts["measure"].is_unique
        assert {"closing_rate", "true_resolution_rate", "satisfaction"} <= set(found.verdicts["measure"])

    def test_folder(self, found, tmp_path):
        place = found.write(tmp_path / "out", charts=False)
        assert pd.read_csv(place / "measures.csv").shape == found.measures.shape
        assert (place / "daily.csv").stat().st_size > 1000

    @pytest.mark.slow
    def test_an_answer_has_a_folder_too(self, tmp_path):
        """In whatever language it was asked for, with the words in both; the next answer to the question takes its place."""
        short = ["run.warm_up=1 day", "run.horizon=4 days", "run.run_out=6 h"]
        how = {"jobs": 1, "store": ":memory:", "effort": Effort(first=6, most=12)}
        answer = staff(load("theory/mmc", short), ["desk=5..8"], ["wait_mean <= 90 s"], **how)
        place = answer.write(tmp_path / "out", charts=False, lang="zh")
        manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
        assert set(manifest["files"]) == {"judged.csv", "curve.csv", "pools.csv", "scenario.yaml"}
        assert manifest["command"] == ["staff", "mmc"]
        assert manifest["changes"] == answer.changes == {"bare.pools.desk.heads": 6}
        assert manifest["answer"]["en"] == answer.sentences
        assert "desk" in manifest["answer"]["zh"][0]
        assert load(place / "scenario.yaml").bare.pools["desk"].heads == 6
        none = staff(load("theory/mmc", short), ["desk=4..5"], ["wait_mean <= 1 s"], **how)
        assert none.write(tmp_path / "out", charts=False) == place
        assert not (place / "scenario.yaml").exists()
        early = warm_up(["theory/mm1"], replications=2, jobs=1, store=":memory:")
        assert early.write(tmp_path / "out", charts=False) == tmp_path / "out-2"
        assert {"verdicts.csv", "series.csv", "curves.csv"} <= {path.name for path in (tmp_path / "out-2").iterdir()}


def test_python_names_are_there():
    import sim

    assert {"load", "run", "compare", "extend", "warm_up", "__version__", "sweep", "staffing", "sensitivity"} <= set(dir(sim))
    assert sim.run is run
    assert callable(sim.sweep.sweep)
    assert callable(sim.staffing.staff)
    assert callable(sim.sensitivity.sensitivity)
    assert sim.__version__
    with pytest.raises(AttributeError, match="nonsense"):
        sim.nonsense  # noqa: B018
