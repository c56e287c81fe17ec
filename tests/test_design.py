"""Axes and points of a sweep: what can be written, what it means, and what is refused with the place where it stands."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.base import ScenarioError
from sim.design import Axis, axes_of, axis, listed, points
from sim.scenario import load
from sim.sweep_file import request
from sim.variants import loaded, variants, whole_paths
from sim.workers import content

HEADS, RATE = "bare.pools.desk.heads", "bare.classes.ticket.arrivals.rate"


def faults_of(call, *arguments, **options):
    with pytest.raises(ScenarioError) as caught:
        call(*arguments, **options)
    return caught.value.faults


# --- axes -------------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("text, values", [
    ("10,20,30", (10, 20, 30)),
    ("1..4", (1, 2, 3, 4)),
    ("1..4, 8", (1, 2, 3, 4, 8)),
    ("[1, 2 h]", (1, "2 h")),
    ("0.1..0.5:0.1", (0.1, 0.2, 0.3, 0.4, 0.5)),
    ("0..1:0.3", (0, 0.3, 0.6, 0.9)),
    ("10 min, 1 h", ("10 min", "1 h")),
    ("10..30 min:10 min", ("10 min", "20 min", "30 min")),
    ("10 min..30 min:10 min", ("10 min", "20 min", "30 min")),
    ("5%..15%:5%", ("5%", "10%", "15%")),
    ("0.9..1.1 per 1000 residents/day:0.1 per 1000 residents/day",
     ("0.9 per 1000 residents/day", "1 per 1000 residents/day", "1.1 per 1000 residents/day")),
    ("-2..0", (-2, -1, 0)),
    ("separate|merged", ("separate|merged",)),
    ("separate, merged", ("separate", "merged")),
    ("true,false", (True, False)),
    ("null, 3 days", (None, "3 days")),
    ("'1,000 s', 5 s", ("1,000 s", "5 s")),
    ("2 h", ("2 h",)),
    ("2025-01-01, 2025-07-01", ("2025-01-01", "2025-07-01")),
])
def test_values(text, values) -> None:
    found = axis(f"a.b={text}").values
    assert found == values
    assert [type(value) for value in found] == [type(value) for value in values]


@pytest.mark.parametrize("text, rule", [
    ("a.b", "path=values"), ("=3", "path=values"), ("a.b=", "path=values"), ("a.b=4..1", "lowest value"), ("a.b=1..1", "lowest value"),
    ("a.b=1..5:0", "more than 0"), ("a.b=1..5:-1", "more than 0"), ("a.b=1e400..2e400", "1e15"), ("a.b=1..x", "a range is written"),
    ("a.b=1 min..2 h", "one unit"), ("a.b=0.1..0.5,0.7", "the step is missing"), ("a.b=3,3", "stands twice"),
    ("a.b=1..1000000:1", "at most 100,000"), ("a.b=[1,[2]]", "only single values"), ("a.b=[1,2", "not valid YAML"),
    ("a.b={x: 1}", "only single values"),
])
def test_what_is_no_axis(text, rule) -> None:
    fault, = faults_of(axis, text)
    assert rule in fault.rule
    assert fault.file == "--vary"


def test_true_is_not_one_and_the_text_keeps_its_kind() -> None:
    assert axis("a=1,true").values == (1, True)
    assert listed("a", [np.int64(3), 4.5]).values == (3, 4.5)


def test_all_axes_are_judged_at_once() -> None:
    faults = []
    assert [one.path for one in axes_of({"a": "4..1", "b": [1, 2], "c": []}, faults)] == ["b"]
    assert [fault.path for fault in faults] == ["a", "c"]
    axes_of(["b=1", "b=2"], faults)
    assert "varied twice" in faults[-1].rule


@given(st.integers(-50, 50), st.integers(1, 40), st.integers(1, 9))
def test_a_range_holds_its_lowest_value_and_steps_up_to_its_highest(low, width, step) -> None:
    values = axis(f"a={low / 10}..{(low + width) / 10}:{step / 10}").values
    assert values[0] == low / 10
    assert np.diff(values) == pytest.approx(step / 10)
    assert values[-1] <= (low + width) / 10 < values[-1] + step / 10 + 1e-9
    assert all(len(str(value)) <= 5 for value in values)        # no 0.30000000000000004


# --- points -----------------------------------------------------------------------------------------------------------------

def test_grid_and_zip() -> None:
    axes = [axis("a=1,2"), axis("b=x,y"), axis("c=5")]
    assert [tuple(point.values()) for point in points(axes)] == [(1, "x", 5), (1, "y", 5), (2, "x", 5), (2, "y", 5)]
    assert [tuple(point.values()) for point in points(axes[:2], "zip")] == [(1, "x"), (2, "y")]
    fault, = faults_of(points, axes, "zip")
    assert fault.path == "c"


@pytest.mark.parametrize("design", ["latin_hypercube", "sobol"])
def test_sampled_points_fill_their_ranges_and_are_the_same_again(design) -> None:
    axes = [axis("a=0.5..0.9"), axis("b=2..5"), axis("c=10..20 min"), axis("d=x,y"), axis("e=2..5")]
    found = points(axes, design, samples=64, seed=3, whole=["b"])
    assert found == points(axes, design, samples=64, seed=3, whole=["b"])
    assert found != points(axes, design, samples=64, seed=4, whole=["b"])
    assert len(found) == 64
    places = np.array([point["a"] for point in found])
    assert ((places >= 0.5) & (places <= 0.9)).all()
    assert np.bincount(((places - 0.5) / 0.4 * 8).clip(0, 7.999).astype(int), minlength=8) == pytest.approx(8, abs=1)
    assert {point["b"] for point in found} == {2, 3, 4, 5}
    assert all(isinstance(point["b"], int) for point in found)
    assert any(isinstance(point["e"], float) for point in found)
    assert all(10 <= float(point["c"].removesuffix(" min")) <= 20 for point in found)
    assert sum(point["d"] == "x" for point in found) == 32


def test_a_latin_hypercube_takes_each_stretch_once() -> None:
    found = points([axis("a=0..1000000"), axis("b=0.0..1.0")], "latin_hypercube", samples=50, seed=9)
    for path, width in (("a", 1_000_000), ("b", 1.0)):
        assert sorted(int(50 * point[path] / width) for point in found) == list(range(50))


def test_sampled_points_that_would_repeat_are_given_once() -> None:
    assert len(points([axis("a=1..3")], "sobol", samples=32, whole=["a"])) == 3


def test_what_is_no_design() -> None:
    axes = [axis("a=0.1..0.5")]
    assert "step is missing" in faults_of(points, axes)[0].rule
    assert faults_of(points, axes, "latin")[0].nearest == ("latin_hypercube",)
    assert "number of points" in faults_of(points, axes, "sobol")[0].rule
    assert "nothing is varied" in faults_of(points, [])[0].rule
    assert "at most" in faults_of(points, [axis("a=1..400"), axis("b=1..400")])[0].rule


# --- scenarios at points ----------------------------------------------------------------------------------------------------

def variants_of(scenarios, vary, fixed=None):
    faults = []
    axes, bases = axes_of(vary, faults), loaded(scenarios, fixed or {}, faults)
    found = variants(bases, points(axes, faults=faults), axes, faults)
    if faults:
        raise ScenarioError(faults)
    return found


@pytest.mark.parametrize("name, point", [
    ("theory/mm1", {HEADS: 3, "run.horizon": "7 days"}),
    ("theory/trace", {"run.horizon": "1 day"}),
    ("theory/jackson", {"run.start": "2025-03-01"}),
    ("small/fragmented", {"feedback.true_fix": "80%", "organisation.centres.transfer": "90 min", "staff.grid_workers.heads": 30}),
    ("small/integrated", {"organisation.centres.mode": "separate", "organisation.supervision.lift": None}),
])
def test_the_quick_way_makes_what_load_makes(name, point) -> None:
    base, = loaded([name], {"run.warm_up": "1 day"}, [])
    slow = load(name, {"run.warm_up": "1 day", **point})
    assert content(base.at(point).resolved()) == content(slow.resolved())
    assert base.at(point).hash == slow.hash
    again, = loaded([slow], {}, [])
    assert content(again.at({}).resolved()) == content(slow.resolved())


def test_base_scenarios_are_never_changed() -> None:
    bases = loaded(["theory/mm1"], {}, [])
    before = content(bases[0].scenario.resolved())
    variants(bases, [{HEADS: 7}])
    assert content(bases[0].scenario.resolved()) == before


def test_a_value_that_no_scenario_can_have_is_told_once() -> None:
    found = faults_of(variants_of, ["theory/mm1"], [f"{HEADS}=1,-1", f"{RATE}=3 per hour,4", "bare.pools.desk.order=fcfs,prority"])
    assert {(fault.path, fault.value) for fault in found} == {(HEADS, -1), (RATE, 4), ("bare.pools.desk.order", "prority")}
    assert {fault.file for fault in found} == {"--vary"}
    assert next(fault for fault in found if fault.value == "prority").nearest == ("priority",)
    assert not any("(at" in fault.rule for fault in found)


def test_a_combination_that_is_impossible_is_told_with_its_point() -> None:
    fault, = faults_of(variants_of, ["small/integrated"], ["organisation.supervision.yellow=0.5,0.8", "organisation.supervision.red=0.7,0.9"])
    assert fault.path == "organisation.supervision.red"
    assert "(at organisation.supervision.yellow = 0.8, organisation.supervision.red = 0.7)" in fault.rule


def test_a_name_that_a_scenario_does_not_have_makes_no_new_one() -> None:
    fault, = faults_of(variants_of, ["theory/mm1"], ["bare.pools.dsk.heads=1,2"])
    assert fault.nearest == ("desk",)
    fault, = faults_of(variants_of, ["small/integrated", "small/fragmented"], ["issues.categories.nois.visible=0.3"])
    assert fault.nearest == ("noise",)
    assert "small-integrated, small-fragmented" in fault.rule


def test_a_misspelled_setting_and_what_all_points_share() -> None:
    found = faults_of(variants_of, ["theory/mm1"], ["run.horizn=3 days", "run.seed=1,2"])
    assert {(fault.path, fault.nearest) for fault in found} == {("run.horizn", ("horizon",)), ("run.seed", ())}


def test_a_fault_of_one_scenario_only_names_it() -> None:
    found = faults_of(variants_of, ["small/integrated", "small/fragmented"], ["staff.grid_workers.heads=8,24"])
    assert [fault.value for fault in found] == [8]
    assert "(in small-fragmented)" in found[0].rule


def test_whole_numbers_are_known_by_their_setting() -> None:
    assert whole_paths([HEADS, RATE, "feedback.true_fix", "staff.grid_workers.heads", "no.such"]) == [HEADS, "staff.grid_workers.heads"]


# --- files ------------------------------------------------------------------------------------------------------------------

def written(tmp_path, text):
    path = tmp_path / "sweep.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_sweep_file(tmp_path) -> None:
    found = request(written(tmp_path, f"""
scenarios: theory/mm1
set: {{run.horizon: 3 days}}
vary:
  {RATE}: 3..4 per hour:0.5 per hour
  {HEADS}: [1, 2]
measures: wait_mean
base: {{{HEADS}: 1}}
"""))
    assert [one.path for one in found.axes] == [RATE, HEADS]        # in the order of the file
    assert found.axes[0] == Axis(RATE, ("3 per hour", "3.5 per hour", "4 per hour"), found.axes[0].span, found.file, 5)
    assert (found.scenarios, found.fixed, found.measures, found.base) == (
        ["theory/mm1"], {"run.horizon": "3 days"}, ["wait_mean"], {HEADS: 1})


def test_points_from_a_table(tmp_path) -> None:
    (tmp_path / "points.csv").write_text(f"{HEADS},{RATE}\n1,3 per hour\n2,5 per hour\n", encoding="utf-8")
    found = request(written(tmp_path, "scenarios: theory/mm1\npoints: points.csv\n"))
    assert found.rows == [{HEADS: 1, RATE: "3 per hour"}, {HEADS: 2, RATE: "5 per hour"}]
    assert found.design == "list"


def test_all_faults_of_a_file_come_at_once_with_their_lines(tmp_path) -> None:
    found = faults_of(request, written(tmp_path, f"""scenarios: theory/mm1
replication: 5
design: gird
vary:
  {HEADS}: 4..1
  {RATE}: 0.5..
samples: many
"""))
    assert [(fault.line, fault.path) for fault in found] == [
        (2, "replication"), (3, "design"), (5, HEADS), (6, RATE), (7, "samples")]
    assert [fault.nearest for fault in found[:2]] == [("replications",), ("grid",)]


@pytest.mark.parametrize("text, line, rule", [
    ("scenarios: x\n", 1, "nothing is varied"),
    ("scenarios: x\npoints:\n- {a.b: 1}\n- {a.c: 1}\n", 4, "same settings"),
    ("scenarios: x\npoints:\n- {a.b: 1}\n- {a.b: 1}\n", 4, "stands twice"),
    ("scenarios: x\npoints:\n- {a.b: [1]}\n", 3, "only single values"),
    ("scenarios: x\nvary: {a.b: 1}\npoints:\n- {a.b: 1}\n", 3, "not both"),
    ("scenarios: x\nvary: {a.b: 1}\ndesign: list\n", 3, "belongs to points"),
    ("scenarios: []\nvary: {a.b: 1}\n", 1, "at least 1"),
])
def test_what_is_no_sweep_file(tmp_path, text, line, rule) -> None:
    fault = faults_of(request, written(tmp_path, text))[0]
    assert (fault.line, rule in fault.rule) == (line, True), fault
