"""Sensitivity: indices against functions whose answers are known, factors from declared ranges, and a sentence that claims no more."""

import json
import math

import numpy as np
import pytest
from test_charts import text_faults

from sim import load, run
from sim.base import ScenarioError
from sim.cells import Row, Taken
from sim.conclusion import difference_answer, seen
from sim.factors import Factor, Setting, declared, settings_at
from sim.indices import effects, saltelli, screening, sobol, trajectories
from sim.progress import Progress
from sim.results import RunFacts
from sim.scenario import from_dict
from sim.sensitivity import Sensitivity, Study, _ends, sensitivity, study
from sim.variants import loaded


def ishigami(x, a=7.0, b=0.1):
    """Ishigami and Homma (1990), on [-π, π]³."""
    x = (2 * x - 1) * math.pi
    return np.sin(x[..., 0]) + a * np.sin(x[..., 1]) ** 2 + b * x[..., 2] ** 4 * np.sin(x[..., 0])


def ishigami_indices(a=7.0, b=0.1):
    variance = a**2 / 8 + b * math.pi**4 / 5 + b**2 * math.pi**8 / 18 + 0.5
    one, two, both = 0.5 * (1 + b * math.pi**4 / 5) ** 2, a**2 / 8, b**2 * math.pi**8 * (1 / 18 - 1 / 50)
    return np.array([one, two, 0]) / variance, np.array([one + both, two, both]) / variance


def g_function(x, a):
    """Sobol's g-function on [0, 1]^k; the larger a, the less a factor matters."""
    return np.prod((np.abs(4 * x - 2) + a) / (1 + a), axis=-1)


def g_indices(a):
    parts = 1 / (3 * (1 + a) ** 2)
    variance = np.prod(1 + parts) - 1
    return parts / variance, parts * np.array([np.prod(1 + np.delete(parts, i)) for i in range(len(a))]) / variance


# --- Sobol ------------------------------------------------------------------------------------------------------------------

def test_the_known_indices_of_ishigami_are_those_of_the_literature() -> None:
    first, total = ishigami_indices()
    assert first == pytest.approx([0.3139, 0.4424, 0], abs=1e-4)
    assert total == pytest.approx([0.5576, 0.4424, 0.2437], abs=1e-4)


@pytest.mark.parametrize("seed", [1, 2])
def test_ishigami(seed) -> None:
    found = sobol(ishigami(saltelli(3, 4096, seed)), seed)
    first, total = ishigami_indices()
    assert found.first == pytest.approx(first, abs=0.02)
    assert found.total == pytest.approx(total, abs=0.02)


def test_g_function() -> None:
    a = np.array([0, 1, 4.5, 9, 99, 99, 99, 99.0])
    found = sobol(g_function(saltelli(8, 4096), a))
    first, total = g_indices(a)
    assert first[:2] == pytest.approx([0.7162, 0.1790], abs=1e-4)       # Saltelli et al. (2008)
    assert found.first == pytest.approx(first, abs=0.015)
    assert found.total == pytest.approx(total, abs=0.015)


@pytest.mark.slow
def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    first, total = g_indices(np.array([0, 1, 9.0]))
    held = []
    for seed in range(60):
        luck = np.random.default_rng(seed).random((200, 6))
        a, b = luck[:, None, :3], luck[:, None, 3:]         # plain random points, for which resampling is right
        points = np.concatenate([a, b, np.where(np.eye(3, dtype=bool)[None], b, a)], axis=1)
        found = sobol(g_function(points, np.array([0, 1, 9.0])), seed)
        held.append((found.total_low <= total) & (total <= found.total_high))
        held.append((found.first_low <= first) & (first <= found.first_high))
    assert np.mean(held) > 0.88


def test_what_never_varies_has_no_index_and_an_odd_value_costs_its_sample_only() -> None:
    assert np.isnan(sobol(np.full((16, 5), 0.1 + 0.2)).total).all()
    values = ishigami(saltelli(3, 1024))
    values[5, 2] = np.nan
    assert sobol(values).first == pytest.approx(ishigami_indices()[0], abs=0.05)


# --- Morris -----------------------------------------------------------------------------------------------------------------

def test_morris_on_a_straight_function_gives_its_slopes() -> None:
    paths = trajectories(4, 6, seed=3)
    slopes = np.array([5.0, -2.0, 0.0, 0.5])
    found = screening(effects(paths, paths @ slopes))
    assert found.mu == pytest.approx(slopes)
    assert found.mu_star == pytest.approx(np.abs(slopes))
    assert found.sigma == pytest.approx(np.zeros(4), abs=1e-9)
    assert found.low == pytest.approx(found.high)


def test_morris_tells_interaction_and_bending_from_straight_effects() -> None:
    paths = trajectories(4, 200, seed=3)
    x = paths - 0.5
    found = screening(effects(paths, 10 * x[..., 0] * x[..., 1] + 3 * x[..., 2]))
    assert found.mu[:2] == pytest.approx([0, 0], abs=0.5)
    assert found.mu_star[:2] == pytest.approx([10 / 3] * 2, abs=0.3)    # |x| is 1/6 or 1/2, half the time each
    assert (found.sigma[:2] > 3).all()
    assert found.sigma[2:] == pytest.approx([0, 0], abs=1e-9)
    assert found.mu_star[3] == 0


def test_paths_stay_on_the_levels_and_move_each_factor_once() -> None:
    paths = trajectories(7, 30, levels=6, seed=1)
    assert np.isin((paths * 5).round(9), np.arange(6)).all()
    moved = np.abs(np.diff(paths, axis=1)) > 0
    assert (moved.sum(axis=1) == 1).all()
    assert (moved.sum(axis=2) == 1).all()
    assert np.abs(np.diff(paths, axis=1)).max() == pytest.approx(0.6)


def test_published_order_of_morris_function() -> None:
    """Morris (1991): twenty factors, of which the first ten matter, 8 to 10 straight and strong."""
    paths = trajectories(20, 40, seed=2)
    x = paths
    w = 2 * (x - 0.5)
    for i in (2, 4, 6):
        w[..., i] = 2 * (1.1 * x[..., i] / (x[..., i] + 0.1) - 0.5)
    beta1 = np.where(np.arange(20) < 10, 20.0, [(-1.0) ** (i + 1) for i in range(20)])
    beta2 = np.array([[-15.0 if i < 6 and j < 6 else (-1.0) ** (i + j) for j in range(20)] for i in range(20)])
    y = w @ beta1 + sum(beta2[i, j] * w[..., i] * w[..., j] for i in range(20) for j in range(i + 1, 20))
    y = y + sum(-10 * w[..., i] * w[..., j] * w[..., k] for i in range(5) for j in range(i + 1, 5) for k in range(j + 1, 5))
    y = y + sum(5 * w[..., i] * w[..., j] * w[..., k] * w[..., m] for i in range(4) for j in range(i + 1, 4)
                for k in range(j + 1, 4) for m in range(k + 1, 4))
    found = screening(effects(paths, y))
    assert set(np.argsort(found.mu_star)[-10:]) == set(range(10))
    assert (found.sigma[7:10] < found.mu_star[7:10] / 3).all()
    assert found.mu[7:10] == pytest.approx([40, 40, 40], abs=5)


# --- what is varied ---------------------------------------------------------------------------------------------------------

SHORT = {"warm_up": "1 day", "horizon": "3 days", "run_out": "1 day", "replications": 3}


def ranged(value, low, high, source="assumption"):
    return {"value": value, "range": [low, high], "source": source}


def desk(name="desk", heads=1, rate="4 per hour", mean=None, **more):
    """A counter; its mean service time and arrivals declare ranges."""
    return from_dict({"name": name, "title": {"en": name.title(), "zh": name}, "run": SHORT, "calendars": {"holidays": "none"}, "bare": {
        "pools": {"clerk": {"heads": heads}}, "classes": {"all": {
            "arrivals": {"kind": "poisson", "rate": ranged(rate, "2 per hour", "6 per hour")}, "entry": "clerk",
            "service": {"clerk": {"exponential": {"mean": mean or ranged("6 min", "3 min", "9 min", "measured")}}}}}}} | more)


RATE, MEAN = "bare.classes.all.arrivals.rate", "bare.classes.all.service.clerk.exponential.mean"
HOW = {"jobs": 1}        # equal runs of these tests are run once: conftest gives them a store


def bases_of(*scenarios):
    return loaded(scenarios, {}, [])


def test_every_declared_range_is_a_factor_with_its_unit_and_source() -> None:
    found = {factor.name: factor for factor in declared(bases_of(desk()))}
    assert set(found) == {RATE, MEAN}
    assert (found[MEAN].source, found[MEAN].first.unit, found[MEAN].first.numbers) == ("measured", "min", (6, 3, 9))
    assert [found[MEAN].first.at(place) for place in (0.0, 0.25, 1.0)] == ["3 min", "4.5 min", "9 min"]
    assert found[RATE].first.at(0.5) == "4 per hour"
    assert found[MEAN].first.place == 0.5


@pytest.mark.parametrize("name", ["small/integrated", "small/fragmented"])
def test_every_factor_of_a_city_can_be_moved_anywhere(name) -> None:
    """Shares give way to one that moves, so no end of any range is impossible."""
    base, = bases_of(name)
    factors = declared([base])
    assert len(factors) > 250
    for number in range(0, len(factors), 3):
        places = [None] * len(factors)
        for place in (0.0, 1.0):
            places[number] = place
            settings = settings_at(factors, places, base, 0)
            assert factors[number].name in settings
            base.at(settings)


def test_all_factors_at_once_can_be_moved_together() -> None:
    base, = bases_of("small/integrated")
    factors = declared([base], without=["organisation.supervision", "staff"])
    luck = np.random.default_rng(1)
    made = {base.at(settings_at(factors, luck.random(len(factors)), base, 0)).hash for _time in range(10)}
    assert len(made) == 10      # each is a scenario without faults, and another one


def test_shares_give_way_in_proportion() -> None:
    base, = bases_of("small/integrated")
    factors = declared([base], ["residents.consultation_channels.phone"])
    found = settings_at(factors, [1.0], base, 0)
    stem = "residents.consultation_channels."
    assert found[stem + "phone"] == 0.8
    assert sum(found.values()) == pytest.approx(1)
    assert found[stem + "app"] / found[stem + "walk_in"] == pytest.approx(0.3 / 0.05)


def test_what_two_scenarios_state_alike_moves_in_both_and_what_they_do_not_in_each() -> None:
    left, right = desk("left"), desk("right", mean=ranged("5 min", "3 min", "9 min"))
    found = {factor.name: factor for factor in declared(bases_of(left, right))}
    assert set(found) == {RATE, f"{MEAN} [left]", f"{MEAN} [right]"}
    assert [len(side) for side in found[RATE].sides] == [1, 1]
    assert [len(side) for side in found[f"{MEAN} [right]"].sides] == [0, 1]


def test_paths_are_chosen_by_pattern_and_settings_may_move_together() -> None:
    small = bases_of("small/integrated")
    assert [factor.name for factor in declared(small, ["feedback"], ["feedback.look"])] == ["feedback.true_fix"]
    joined, = declared(small, ["issues.categories.*.visible"], together=True)
    assert (joined.name, joined.number) == ("issues.categories.*.visible", 6)
    settings = settings_at([joined], [0.0], small[0], 0)
    assert len(settings) == 6
    with pytest.raises(ScenarioError, match="no value with a range"):
        declared(small, ["feedback.true_fixx"])
    with pytest.raises(ScenarioError, match="no value declares a range"):
        declared(bases_of("theory/mm1"))
    with pytest.raises(ScenarioError, match="--without: nothing is left to vary"):
        study([desk()], "utilisation", without=["*"])


# --- the whole analysis -----------------------------------------------------------------------------------------------------

def test_tornado_moves_what_it_says() -> None:
    found = sensitivity(desk(), "utilisation", **HOW)
    assert found.methods == ("stated",) + ("tornado",) * 4
    table = found.tornado.set_index(["factor", "end"])
    assert table.loc[(MEAN, "low"), "value"] == "3 min"
    assert table.loc[(MEAN, "low"), "mean"] == pytest.approx(found.means[0] / 2, rel=0.02)      # the same customers, half the work
    assert table.loc[(MEAN, "low"), "effect"] == pytest.approx(table.loc[(MEAN, "low"), "mean"] - found.means[0])
    assert (table["low"] <= table["effect"]).all()
    one = run(desk(mean="9 min"), replications=3, **HOW)
    there = one.measures[(one.measures["measure"] == "utilisation") & (one.measures["group"] == "all")]["value"]
    assert table.loc[(MEAN, "high"), "mean"] == pytest.approx(there.mean())
    assert found.factors["source"].tolist() == ["assumption", "measured"]
    assert list(found.measures)[:6] == ["scenario", "replication", "measure", "group", "value", "unit"]


def test_a_difference_is_paired_and_shared_values_move_on_both_sides() -> None:
    found = sensitivity([desk("one"), desk("two", heads=2)], "utilisation", only=[MEAN], **HOW)
    assert found.means[1] == pytest.approx(found.means[0] / 2, rel=0.02)        # half the work on both sides
    rows = found.measures[found.measures["point"] == 1].pivot_table(index="replication", columns="scenario", values="value")
    assert (rows["two"] - rows["one"]).to_numpy() == pytest.approx(found.answers[1])


@pytest.mark.slow
def test_sobol_takes_the_few_that_matter() -> None:
    found = sensitivity(desk(), "utilisation", methods=["morris", "sobol"], paths=4, samples=8, few=1, replications=2, **HOW)
    assert found.methods.count("morris") == 12
    assert found.methods.count("sobol") == 8 * 3
    assert found.sobol["factor"].tolist() == found.morris["factor"].head(1).tolist()
    assert found.sobol["total"][0] == pytest.approx(1, abs=0.5)
    assert list(found.points["method"].unique()) == ["stated", "morris", "sobol"]
    assert found.plot("sobol") is not None
    with pytest.raises(ValueError, match="was not asked for"):
        found.plot("tornado")


def test_sobol_alone_screens_first_only_where_it_must() -> None:
    assert set(sensitivity(desk(), "utilisation", methods=["sobol"], samples=2, replications=1, **HOW).methods) == {"stated", "sobol"}
    found = sensitivity(desk(), "utilisation", methods=["sobol"], samples=2, few=1, replications=1, **HOW)
    assert set(found.methods) == {"stated", "tornado", "sobol"}


def test_what_cannot_be_asked() -> None:
    with pytest.raises(ValueError, match="no method 'fast'"):
        sensitivity(desk(), "utilisation", methods=["fast"])
    with pytest.raises(ValueError, match="one scenario or two"):
        sensitivity([desk()] * 3, "utilisation")
    with pytest.raises(ScenarioError) as caught:
        study([desk()], "utilization", only=["no.such"])
    assert [(fault.value, fault.path) for fault in caught.value.faults] == [("utilization", ""), (None, "no.such")]
    assert caught.value.faults[0].nearest == ("utilisation",)


def test_a_point_that_is_impossible_is_told_before_anything_runs() -> None:
    odd = {"organisation.supervision.yellow": ranged(0.9, 0.7, 1.2), "organisation.supervision.red": ranged(1.0, 0.8, 1.4)}
    city = load("small/integrated").resolved()
    for path, value in odd.items():
        city["organisation"]["supervision"][path.rsplit(".", 1)[1]] = value
    with pytest.raises(ScenarioError) as caught:
        sensitivity(from_dict(city), "harm", only=["organisation.supervision.yellow", "organisation.supervision.red"])
    assert {fault.path for fault in caught.value.faults} == {"organisation.supervision.red"}
    assert "(at organisation.supervision.red = 0.8); --without" in caught.value.faults[-1].rule


# --- the answer -------------------------------------------------------------------------------------------------------------

def said(base, others, direction=1):
    found = seen(np.array(base), np.array(others))
    return difference_answer(found, base="A", other="B", measure="M", direction=direction, how="at both ends",
                             points=[f"p{number}" for number in range(1, len(others) + 1)])


UP, DOWN, FLAT = [1.0, 1.1, 0.9, 1.05], [-1.0, -1.1, -0.9, -1.05], [1.0, -1.0, 0.5, -0.4]


@pytest.mark.parametrize("base, others, direction, words", [
    (UP, [UP, UP], 1, "No flip was seen: B is better than A on “M” at the stated values and at all 2 points tried in the declared ranges ("),
    (UP, [UP, UP], -1, "No flip was seen: B is worse than A"),
    (UP, [UP, UP], 0, "No flip was seen: B is higher than A"),
    (UP, [UP, DOWN], 1, "The conclusion flips: B is better than A on “M” at the stated values, but worse at 1 of the 2 points tried"),
    (DOWN, [UP, DOWN, UP], -1, "but worse at 2 of the 3 points tried in the declared ranges (at both ends), among them p1."),
    (UP, [UP, FLAT], 1, "No flip was seen, but the conclusion is not certain everywhere: B is better than A on “M” at the stated values"),
    (UP, [UP, FLAT], 1, "and at 1 of the 2 points tried in the declared ranges (at both ends), and not distinguishable at 1, such as p2."),
    (FLAT, [UP, DOWN, UP], 1, "There is no conclusion to flip: at the stated values B and A are not distinguishable on “M”"),
    (FLAT, [UP, DOWN, UP], 1, "tried in the declared ranges (at both ends) B is better at 2 and worse at 1."),
    ([1.0], [[1.0]], 1, "one replication decides nothing"),
    (UP, [[np.nan] * 4, UP], 1, "not distinguishable at 1"),
])
def test_the_sentence(base, others, direction, words) -> None:
    assert words in said(base, others, direction)


def test_luck_alone_seldom_flips_a_conclusion_among_many_points() -> None:
    luck = np.random.default_rng(2)
    flips = [len(seen(luck.normal(3, 1, 5), luck.normal(0, 1, (300, 5))).flips) for _study in range(100)]
    assert np.mean(np.array(flips) > 0) < 0.08         # uncorrected, each study would show about seven


def test_the_sentence_of_a_real_analysis_speaks_of_what_was_tried() -> None:
    slow, fast = desk("slow"), desk("fast", heads=2)
    text = sensitivity([slow, fast], "wait_mean", **HOW).answer()
    assert text.startswith("No flip was seen")
    assert "(2 settings one at a time, at both ends)" in text
    alone = sensitivity(slow, "wait_mean", **HOW).answer()
    assert "went from" in alone
    assert f"{RATE} = " in alone or f"{MEAN} = " in alone


def test_the_conclusion_that_flips_is_found() -> None:
    """One quick clerk is better than two slow ones until the slow ones may be as quick."""
    quick = desk("quick", mean="6 min")
    two = desk("two", heads=2, mean=ranged("15 min", "5 min", "15 min"), rate="4 per hour")
    found = sensitivity([quick, two], "sojourn_mean", only=[MEAN], replications=8, **HOW)
    assert found.seen.base == 1
    assert found.answer().startswith("The conclusion flips: Two is worse than Quick")
    assert f"{MEAN} [two] = 5 min" in found.answer() or f"{MEAN} = 5 min" in found.answer()


# --- written and drawn ------------------------------------------------------------------------------------------------------

def test_the_result_folder(tmp_path) -> None:
    found = sensitivity([desk("one"), desk("two", heads=2)], "utilisation", replications=2, **HOW)
    place = found.write(tmp_path / "out", lang="zh")
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["files"]) == {"points.csv", "factors.csv", "measures.csv", "tornado.csv",
                                      *(f"charts/tornado.{kind}" for kind in ("png", "svg", "csv"))}
    assert manifest["answer"]["en"] == found.answer("en")
    assert found.write(tmp_path / "out") == place


def drawn(number, sides=1, spoil=None):
    """An analysis of many factors whose answers are made up."""
    setting = Setting("a.b", "2 min", "1 min", "3 min", False, (2, 1, 3), "min")
    factors = tuple(Factor(f"issues.categories.street_order_and_so_on.setting_{n}.mean", ((setting,),) * sides) for n in range(number))
    bases = tuple(bases_of(*[desk("one"), desk("two")][:sides]))
    made = Study(bases, ("one", "two")[:sides], "wait_mean", factors, 1, 4)
    blocks = [("stated", np.full((1, number), np.nan)), ("tornado", _ends(number)),
              ("morris", trajectories(number, 4).reshape(-1, number)), ("sobol", saltelli(number, 8).reshape(-1, number))]
    places = np.concatenate([block for _name, block in blocks])
    luck = np.random.default_rng(3)
    values = 600 + 300 * np.nan_to_num(places, nan=0.5) @ luck.normal(size=number)
    values = values.repeat(sides)[:, None, None] + luck.normal(0, 30, (len(places) * sides, 1, 4))
    if spoil is not None:
        values[:] = spoil
    return Sensitivity(made, tuple(name for name, block in blocks for _row in block), places,
                       Taken((Row("wait_mean", "all", "s"),), values, RunFacts(1, 4, 1, "", 1.0, 0, 1, "model")))


@pytest.mark.parametrize("lang", ["zh", pytest.param("en", marks=pytest.mark.slow)])
@pytest.mark.parametrize("options", [{"number": 1}, {"number": 6, "sides": 2}, {"number": 60}, {"number": 3, "spoil": np.nan},
                                     {"number": 3, "spoil": 5.0}, {"number": 3, "sides": 2, "spoil": np.inf}], ids=str)
def test_no_text_overlaps_or_is_cut_off(options, lang) -> None:
    found = drawn(**options)
    figures = found.plot(lang=lang)
    assert list(figures) == ["tornado", "morris", "sobol"]
    assert {name: told for name, figure in figures.items() if (told := text_faults(figure))} == {}
    assert found.answer(lang)


# --- how precisely ----------------------------------------------------------------------------------------------------------

@pytest.mark.slow
def test_replications_are_added_until_every_point_is_precise() -> None:
    found = sensitivity(desk(), "utilisation", precision="utilisation=10%", replications=3, **HOW)
    judgement = found.precision
    assert judgement.reached
    assert judgement.needed > 3
    assert found.facts.replications == judgement.n == judgement.needed + 5
    assert (judgement.table["half_width"] <= 0.1 * judgement.table["mean"]).all()
    assert judgement.table["scenario"].tolist() == [f"desk {number}" for number in range(5)]
    assert found.taken.array.shape[-1] == judgement.n
    plain = sensitivity(desk(), "utilisation", replications=judgement.n, **HOW)
    assert plain.tornado.equals(found.tornado)


@pytest.mark.slow
def test_a_difference_is_that_of_two_scenarios_or_of_each_point_from_the_stated_one() -> None:
    alone = sensitivity(desk(), "utilisation", precision="difference:utilisation=2pp", replications=3, **HOW)
    assert alone.precision.reached
    assert alone.precision.table["scenario"].tolist() == [f"desk {number}" for number in range(1, 5)]
    two = sensitivity([desk(), desk("other", heads=2)], "utilisation", replications=3, **HOW,
                      precision=["difference:utilisation=3pp", "other:utilisation=20%"])
    table = two.precision.table
    assert two.precision.reached
    assert set(table.loc[table["difference"], "scenario"]) == set(table.loc[~table["difference"], "scenario"])
    assert all(name.startswith("other ") for name in table["scenario"])
    points = two.points
    assert ((points["high"] - points["low"]) / 2 <= 0.03).all()


@pytest.mark.slow
def test_sobol_points_and_those_that_chose_them_have_as_many_replications() -> None:
    how = {"methods": ["sobol"], "few": 1, "samples": 2, "replications": 3, "precision": "utilisation=15%"}
    found = sensitivity(desk(), "utilisation", **how, **HOW)
    assert set(found.methods) == {"stated", "tornado", "sobol"}
    assert (found.points["n"] == found.precision.n).all()
    assert len(found.precision.table) == len(found.places)
    again = sensitivity(desk(), "utilisation", **how, **HOW)
    assert again.points.equals(found.points)
    assert (again.facts.reused, again.facts.total) == (found.facts.total, found.facts.total)
    kept = sensitivity(desk(), "utilisation", **how, store=":memory:", **HOW)
    assert kept.points.equals(found.points)
    assert kept.facts.reused == 0


def test_a_precision_out_of_reach_ends_where_it_is_told_to() -> None:
    found = sensitivity(desk(), "utilisation", precision="utilisation=0.1%", at_most=6, replications=3, **HOW)
    assert (found.precision.reached, found.facts.replications) == (False, 6)


def test_what_is_wrong_with_a_precision_is_told_before_anything_runs() -> None:
    for words, message in (("utilsation=2%", "did you mean utilisation"), (["utilisation=0", "other:utilisation=2%"], "2 faults")):
        with pytest.raises(ScenarioError, match=message):
            sensitivity(desk(), "utilisation", precision=words, progress=Never(), **HOW)


class Never(Progress):
    """Nothing may begin."""

    def begin(self, total, reused, jobs):
        raise AssertionError("it began")
