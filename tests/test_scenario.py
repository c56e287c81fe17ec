"""Scenarios: what is refused and how it is said; what changes nothing; sources; reading back what was written."""

import copy
import json
import pickle
import subprocess
import sys
import time
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from sim import schema
from sim.base import ScenarioError, Sourced
from sim.i18n import speaking
from sim.scenario import Scenario, from_dict, load
from sim.template import EXAMPLE, reference, template

SCENARIOS = Path(__file__).parent.parent / "scenarios"
SHIPPED = sorted(path.relative_to(SCENARIOS).as_posix() for path in SCENARIOS.rglob("*.yaml") if path.parent.name != "sweeps")
SMALL = from_dict(EXAMPLE)


@pytest.fixture
def base(tmp_path):
    """A folder with the example in base.yaml."""
    (tmp_path / "base.yaml").write_text(yaml.safe_dump(EXAMPLE, allow_unicode=True), encoding="utf-8")
    return tmp_path


def top(folder, text, *overrides):
    (folder / "top.yaml").write_text("extends: base.yaml\n" + text, encoding="utf-8")
    return load(folder / "top.yaml", overrides)


def faults_of(folder, text, *overrides):
    with pytest.raises(ScenarioError) as caught:
        top(folder, text, *overrides)
    return caught.value.faults


# --- what is refused ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("text, path, words, nearest", [
    ("rnu: {}", "rnu", "no such setting", "run"),
    ("run: {sead: 3}", "run.sead", "no such setting", "seed"),
    ("run.sead: 3", "run.sead", "no such setting", "seed"),
    ("run: {zzz: 3}", "run.zzz", "known are start", None),
    ("run: {warm_up: 60}", "run.warm_up", "duration with its unit", None),
    ("run: {horizon: 365 dys}", "run.horizon", "duration with its unit", None),
    ("run: {horizon: 0 s}", "run.horizon", "longer than nothing", None),
    ("run: {horizon: 0.5 s}", "run.horizon", "whole seconds", None),
    ("run: {horizon: 60 years, warm_up: 60 years}", "run.horizon", "68 years", None),
    ("run: {start: 2025-13-01}", "run.start", "date", None),
    ("run: {replications: 2.5}", "run.replications", "whole number", None),
    ("run: {replications: '5'}", "run.replications", "without quotation marks", None),
    ("run: {replications: 0}", "run.replications", "from 1 to 100,000", None),
    ("run: {seed: true}", "run.seed", "whole number", None),
    ("run: 5", "run", "block of settings is needed, such as start", None),
    ("city: {residents: -5}", "city.residents", "from 1 to", None),
    ("city: {spread: .nan}", "city.spread", "number is needed", None),
    ("issues: {categories: {disputes: {rate: 0.4}}}", "issues.categories.disputes.rate", "rate with its unit", None),
    ("issues: {categories: {disputes: {severity: {serious: 0.5}}}}", "issues.categories.disputes.severity", "add up to 1", None),
    ("issues: {categories: {disputes: {weekday: [1, 2]}}}", "issues.categories.disputes.weekday", "at least 7 values", None),
    ("issues: {categories: {new: {title: new}}}", "issues.categories.new.rate", "needed", None),
    ("issues: {categories: {a.b: null}}", "issues.categories.a.b", "letters, digits", None),
    ("issues: {categories: {disputes: {departments: {hosing: 1.0, housing: 0.0}}}}",
     "issues.categories.disputes.departments.hosing", "no such department", "housing"),
    ("issues: {categories: {disputes: {role: mediaton}}}", "issues.categories.disputes.role", "no such role", "mediation"),
    ("issues: {categories: {disputes: {subject: livelyhood}}}", "issues.categories.disputes.subject", "no such centre",
     "livelihood"),
    ("issues: {categories: {disputes: {role: null}}}", "issues.categories.disputes.role", "nobody may solve", None),
    ("departments: {housing: {heads: -1}}", "departments.housing.heads", "from 0 to", None),
    ("departments: {housing: {heads: 0}}", "departments.housing.heads", "nobody staffs", None),
    ("departments: {housing: {wage: 70000}}", "departments.housing.wage", "pay with its unit", None),
    ("departments: {housing: {shift: ofice}}", "departments.housing.shift", "no such shift", "office"),
    ("calendars: {shifts: {six_days: {hours: []}}}", "calendars.shifts.six_days.hours", "empty shift", None),
    ("calendars: {shifts: {six_days: {days: []}}}", "calendars.shifts.six_days.days", "empty shift", None),
    ("calendars: {holidays: chnia}", "calendars.holidays", "china, none", "china"),
    ("organisation: {centres: {mode: merge}}", "organisation.centres.mode", "separate, merged", "merged"),
    ("organisation: {signal: {pass_on: 1.2}}", "organisation.signal.pass_on", "from 0 to 1", None),
    ("organisation: {signal: {on: maybe}}", "organisation.signal.on", "true or false", None),
    ("organisation: {supervision: {lift: never}}", "organisation.supervision.lift", "or null", None),
    ("organisation: {authority: {by_category: {dispute: 0.5}}}", "organisation.authority.by_category.dispute", "no such category",
     "disputes"),
    ("bare: {pools: {}, classes: {}}", "bare.pools", "at least 1 values", None),
    ("city: null", "", "a city or a bare system", None),
    ("issues: {categories: {disputes: null, street_order: null, facilities: null}}", "issues.categories",
     "at least one category", None),
])
def test_a_fault_is_told_with_file_line_path_rule_and_nearest_key(base, text, path, words, nearest):
    faults = [fault for fault in faults_of(base, "\n\n" + text) if fault.path == path]
    assert len(faults) == 1
    fault = faults[0]
    assert words in fault.rule
    assert fault.file.endswith("top.yaml")
    assert fault.line == 4 or not path
    assert (fault.nearest or (None,))[0] == nearest


def test_all_faults_are_in_one_message(base):
    text = ("run: {seed: -1, sead: 1}\nrun.seed: 3\ndepartments: {housing: {heads: 0}, housing: {}}\ncity: {residents: many}\n"
            "issues: {categories: {disputes: {role: mediaton, rate: {value: 1 per 1000 residents/day, range: [3, 4]}}}}\n")
    faults = faults_of(base, text, "organisation.force.keep=2", "departmnts.x=1", "nonsense")
    assert {fault.path for fault in faults} >= {
        "run.seed", "run.sead", "departments.housing", "departments.housing.heads", "city.residents",
        "issues.categories.disputes.role", "issues.categories.disputes.rate.range", "organisation.force.keep",
        "departmnts", "nonsense"}
    assert [fault.file for fault in faults[-3:]] == ["--set"] * 3
    assert len(str(ScenarioError(faults)).splitlines()) == len(faults) + 1


def test_checks_between_blocks_run_though_a_block_has_faults(base):
    text = "departments: {housing: {heads: 0}}\nissues.categories.disputes.departments: {hosing: 1.0}\nrun: {seed: x}"
    assert {fault.path for fault in faults_of(base, text)} == {
        "departments.housing.heads", "issues.categories.disputes.departments", "issues.categories.disputes.departments.hosing",
        "run.seed"}


def test_a_fault_underneath_is_told_with_its_own_file_and_line(base):
    (base / "middle.yaml").write_text("extends: base.yaml\n\nrun:\n  seed: -1\n")
    (base / "top.yaml").write_text("extends: middle.yaml\nrun: {replications: 3}")
    with pytest.raises(ScenarioError) as caught:
        load(base / "top.yaml")
    fault = caught.value.faults[0]
    assert (fault.file.rsplit("/")[-1], fault.line, fault.path, fault.value) == ("middle.yaml", 4, "run.seed", -1)


def test_a_fault_in_a_row_is_told_with_its_line(base):
    (base / "grids.csv").write_text("grid,community,street,population,estate_class\nA,one,east,200,managed\n"
                                    "B,one,east,-3,managed\n")
    fault = faults_of(base, "city: {grids_csv: grids.csv}")[0]
    assert (fault.file.rsplit("/")[-1], fault.line, fault.path) == ("grids.csv", 3, "city.grids_csv.1.population")


def test_faults_are_told_in_chinese(base):
    with speaking("zh"):
        assert faults_of(base, "run: {seed: -1}")


@pytest.mark.parametrize("text, words", [
    ("pools: {desk: {heads: 0}}", "from 1 to"), ("pools: {desk: {heads: lots}}", "unlimited is needed, or a whole number"),
    ("pools: {desk: {order: fifo}}", "priority, fcfs"), ("classes: {all: {arrivals: {kind: poison}}}", "one of poisson"),
    ("classes: {all: {arrivals: {rate: 4}}}", "frequency with its unit"),
    ("classes: {all: {arrivals: {kind: null}}}", "this setting is needed"),
    ("classes: {all: {entry: dsk}}", "no such pool"), ("classes: {all: {service: {desk: {exponential: {mean: 3}}}}}", "duration"),
])
def test_bare_systems_are_checked_too(tmp_path, text, words):
    (tmp_path / "base.yaml").write_text(yaml.safe_dump({"bare": QUEUE}))
    with pytest.raises(ScenarioError, match=words):
        top(tmp_path, f"bare:\n  {text}")


QUEUE = {"pools": {"desk": {"heads": 2}},
         "classes": {"all": {"arrivals": {"kind": "poisson", "rate": "4 per hour"}, "entry": "desk",
                             "service": {"desk": {"exponential": {"mean": "10 min"}}}}}}


def test_a_bare_system_has_nothing_of_a_city():
    with pytest.raises(ScenarioError, match="bare system has no staff"):
        from_dict({"bare": QUEUE, "staff": {}})
    with pytest.raises(ScenarioError, match="bare system has no city"):
        from_dict({**EXAMPLE, "bare": QUEUE})
    assert set(from_dict({"bare": QUEUE}).resolved()) == {"name", "description", "run", "calendars", "bare"}


# --- putting together -----------------------------------------------------------------------------------------------------

def test_a_file_changes_what_it_says_and_nothing_else(base):
    scenario = top(base, "name: other\norganisation.signal.pass_on: 0.9\nrun: {replications: 2}", "run.seed=7")
    assert sorted(path for path, _there, _here in scenario.diff(SMALL)) == [
        "organisation.signal.pass_on", "run.replications", "run.seed"]
    assert (scenario.name, scenario.run.seed, scenario.organisation.signal.pass_on) == ("other", 7, 0.9)
    assert SMALL.diff(SMALL) == []


def test_name_and_title_are_not_inherited(base):
    scenario = top(base, "run: {seed: 2}")
    assert (scenario.name, scenario.title, scenario.description) == ("top", None, "")
    assert top(base, "", "name=mine").name == "mine"


def test_a_null_deletes_an_inherited_entry(base):
    scenario = top(base, "issues: {categories: {disputes: null}}\norganisation: {supervision: {lift: null}}")
    assert list(scenario.issues.categories) == ["facilities", "street_order"]
    assert scenario.organisation.supervision.lift is None


def test_a_deleted_setting_has_its_default_again(base):
    assert top(base, "run: {replications: null}").run.replications == Scenario().run.replications


def test_a_null_that_is_a_value_is_kept(base):
    (base / "middle.yaml").write_text("extends: base.yaml\norganisation: {supervision: {lift: 2.0}}")
    (base / "top.yaml").write_text("extends: middle.yaml\norganisation: {supervision: {lift: null}}")
    assert load(base / "top.yaml").organisation.supervision.lift is None


# --- ranges and sources ---------------------------------------------------------------------------------------------------

PATH = "organisation.signal.pass_on"


@pytest.mark.parametrize("text, said", [
    ("", Sourced(0.8, (0.6, 0.9), "a study")),
    (f"{PATH}: 0.8", Sourced(0.8, (0.6, 0.9), "a study")),
    (f"{PATH}: 80%", Sourced(0.8, (0.6, 0.9), "a study")),
    (f"{PATH}: 0.7", Sourced(0.7, (0.6, 0.9), "set in top.yaml")),
    (f"{PATH}: 0.95", Sourced(0.95, None, "set in top.yaml")),
    (f"{PATH}: {{value: 0.7, source: mine}}", Sourced(0.7, None, "mine")),
])
def test_a_value_set_anew_keeps_its_range_and_not_its_source(base, text, said):
    (base / "base.yaml").write_text(yaml.safe_dump({**EXAMPLE, "organisation": {"signal": {
        "pass_on": {"value": 0.8, "range": [0.6, 0.9], "source": "a study"}}}}))
    scenario = top(base, text)
    assert scenario.sources[PATH] == said
    span = None if said.source == "mine" else (0.6, 0.9)
    assert top(base, text, f"{PATH}=0.65").sources[PATH] == Sourced(0.65, span, "set by --set")


@pytest.mark.parametrize("ends, words", [
    ("[0.9, 0.95]", "must hold the value"), ("[0.9, 0.6]", "lowest value"),
    ("[0.6, 1.2]", "1.2 is not valid here: must be from 0 to 1"),
    ("[0.6, x]", "x is not valid here"),
])
def test_a_range_holds_its_value_and_is_valid(base, ends, words):
    fault = faults_of(base, f"organisation: {{signal: {{pass_on: {{value: 0.8, range: {ends}}}}}}}")[0]
    assert (words in fault.rule, fault.path, fault.line) == (True, PATH + ".range", 2)


def test_quantities_have_ranges_too(base):
    scenario = top(base, "organisation: {signal: {hop_time: {value: 4 h, range: [30 min, 1 day], source: assumption}}}")
    assert scenario.sources["organisation.signal.hop_time"].range == ("30 min", "1 day")
    assert "organisation.signal.hop_time" in scenario.assumptions()
    words = "organisation: {centres: {mode: {value: merged, range: [merged, separate]}}}"
    assert "have a range" in faults_of(base, words)[0].rule
    assert "hold the value" in faults_of(base, "organisation: {signal: {hop_time: {value: 4 h, range: [5 h, 1 day]}}}")[0].rule


# --- what changes nothing -------------------------------------------------------------------------------------------------

def leaves(value, path=()):
    if isinstance(value, dict):
        for key, below in value.items():
            yield from leaves(below, (*path, key))
    else:
        yield path, value


LEAVES = list(leaves(SMALL._plain()))


@settings(deadline=None, max_examples=60)
@given(st.sampled_from(LEAVES))
def test_overriding_with_the_same_value_changes_nothing(leaf):
    path, value = leaf
    again = from_dict(EXAMPLE, {".".join(path): value}) if path != ("city", "streets") else from_dict(EXAMPLE)
    assert again.hash == SMALL.hash
    assert again.diff(SMALL) == []


def shuffled(value, order):
    if isinstance(value, dict):
        keys = sorted(value)
        order.shuffle(keys)
        return {key: shuffled(value[key], order) for key in keys}
    return [shuffled(item, order) for item in value] if isinstance(value, list) else value


@settings(deadline=None, max_examples=30)
@given(st.randoms(use_true_random=False))
def test_the_order_of_keys_changes_nothing(order):
    again = from_dict(shuffled(copy.deepcopy(EXAMPLE), order))
    assert again == SMALL
    assert again.hash == SMALL.hash
    assert json.dumps(again.resolved()) == json.dumps(SMALL.resolved())


@settings(deadline=None, max_examples=60)
@given(st.lists(st.tuples(st.sampled_from([path for path, value in LEAVES if isinstance(value, float)]), st.floats(0, 1)),
                max_size=4),
       st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20))
def test_writing_then_reading_is_the_identity(tmp_path_factory, changes, words):
    try:
        scenario = from_dict({**EXAMPLE, "description": words}, {".".join(path): value for path, value in changes})
    except ScenarioError:
        return
    file = tmp_path_factory.getbasetemp() / "written.yaml"
    file.write_text(scenario.to_yaml(), encoding="utf-8")
    again = load(file)
    assert again == scenario
    assert (again.hash, again.sources, again.to_yaml()) == (scenario.hash, scenario.sources, scenario.to_yaml())
    assert Scenario.from_resolved(json.loads(json.dumps(scenario.resolved()))) == scenario


@settings(deadline=None, max_examples=40)
@given(st.lists(st.tuples(st.sampled_from([".".join(path) for path, _value in LEAVES]),
                          st.none() | st.integers(-5, 5) | st.floats() | st.text(max_size=5) | st.lists(st.integers(), max_size=2)
                          | st.dictionaries(st.text(max_size=3), st.integers(), max_size=1)), max_size=3))
def test_whatever_is_set_gives_a_scenario_or_faults(changes):
    try:
        found = from_dict(EXAMPLE, dict(changes))
    except ScenarioError as error:
        found = error
    assert isinstance(found, Scenario) or (found.faults and str(found))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_scenarios_read_back(name, tmp_path):
    scenario = load(SCENARIOS / name)
    (tmp_path / "x.yaml").write_text(scenario.to_yaml(), encoding="utf-8")
    assert load(tmp_path / "x.yaml") == scenario
    assert Scenario.from_resolved(scenario.resolved()) == scenario


# --- the hash -------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("path, value, same", [
    ("name", "other", True), ("title", "other", True), ("description", "other", True), ("run.seed", 9, True),
    ("run.replications", 9, True), ("departments.housing.title", "other", True),
    ("issues.categories.disputes.title", "other", True), ("run.horizon", "300 days", False), ("run.start", "2025-02-01", False),
    ("issues.scale", 1.1, False), ("city.residents", 8001, False),
    ("organisation.queue_order", "fcfs", False),
])
def test_the_hash_knows_what_affects_a_run(path, value, same):
    assert (from_dict(EXAMPLE, {path: value}).hash == SMALL.hash) is same


def test_a_scenario_travels_to_another_process():
    again = pickle.loads(pickle.dumps(SMALL))
    assert (again == SMALL, again.hash) == (True, SMALL.hash)


def test_sources_do_not_change_the_hash():
    sourced = from_dict(EXAMPLE, {"city.residents": {"value": 8000, "source": "a census"}})
    assert (sourced.hash, sourced == SMALL) == (SMALL.hash, False)


# --- schema, template, reference ------------------------------------------------------------------------------------------

def test_the_shipped_schema_is_up_to_date():
    """If this fails: nine-dragons schema > scenarios/schema.json."""
    assert json.loads((SCENARIOS / "schema.json").read_text(encoding="utf-8")) == json.loads(json.dumps(schema.json_schema()))


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_files_name_the_schema(name):
    first = (SCENARIOS / name).read_text(encoding="utf-8").splitlines()[0]
    assert first.startswith("# yaml-language-server: $schema=")
    assert ((SCENARIOS / name).parent / first.partition("=")[2]).resolve() == (SCENARIOS / "schema.json").resolve()


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_template_is_a_scenario_that_explains_itself(tmp_path, lang):
    text = template(lang)
    (tmp_path / "new.yaml").write_text(text, encoding="utf-8")
    assert load(tmp_path / "new.yaml") == SMALL
    assert text.count("#") > 150
    assert max(len(line) for line in text.splitlines()) < 200


def test_every_setting_has_a_manual():
    rows = reference("en")
    assert len({row[0] for row in rows}) == len(rows) > 200
    assert [row[0] for row in rows if not row[3]] == []


# --- speed ----------------------------------------------------------------------------------------------------------------

def test_loading_is_light():
    code = ("import sys, sim.scenario; print([m for m in ('simpy', 'numba', 'matplotlib', 'pandas') if m in sys.modules])")
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=SCENARIOS.parent)
    assert out.stdout.strip() == "[]"


def test_loading_is_quick():
    load(SCENARIOS / "jimei" / "integrated.yaml")
    start = time.process_time()
    load(SCENARIOS / "jimei" / "integrated.yaml").tables()
    assert time.process_time() - start < 1
