"""Warm-up: MSER-5 by hand, by its definition, against another program and on series whose cut is known; verdicts and the chart."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from test_charts import text_faults

from sim import charts, warmup
from sim.outcome import margins
from sim.scenario import load
from sim.truncation import mser, welch, without_weekdays
from sim.warmup import ENOUGH, MORE_THAN_HALF, NOT_JUDGED, NOT_SETTLED, TOO_SHORT, assess

DAY = 86400
CITY = [name for name in warmup.SERIES if name not in warmup.OF_CUSTOMERS]


# --- MSER-5 ---------------------------------------------------------------------------------------------------------------

def test_mser_by_hand():
    """Batch means 0, 4, 6, 5, 5, 5, 5: sums of squares about their means over (7 - d)², the last three batches being left."""
    values = [0, 0, 0, 4, 4, 4, 6, 6, 6, *[5] * 12]
    found = mser(values, batch=3, last=3)
    # d = 0: mean 30/7, squares 152 - 900/7 = 23.43, over 49;  d = 1: mean 5, squares 2 over 36;  d = 2: mean 5.2, 0.8 over 25
    assert found.statistic[:4].tolist() == pytest.approx([(152 - 900 / 7) / 49, 2 / 36, 0.8 / 25, 0.0])
    assert found.statistic[4] == 0
    assert np.isnan(found.statistic[5:]).all()
    assert (found.cut, found.settled) == (9, True)      # three batches: of equal ones that which cuts least; 3 ≤ 7 / 2


def test_a_cut_beyond_the_middle_does_not_count():
    for cut, settled in ((50, True), (55, False)):
        found = mser([0.0] * cut + [7.0] * (100 - cut))
        assert (found.cut, found.settled) == (cut, settled)
    assert not mser(np.arange(200.0)).settled           # a backlog that grows to the end


def test_what_does_not_move_needs_no_cut():
    assert mser([3.3] * 100).cut == 0
    assert mser(np.zeros(53)).cut == 0
    assert mser([0.1 + 0.2] * 5 + [0.3] * 95).cut in (0, 5)


def test_too_few_batches_are_refused():
    with pytest.raises(ValueError, match="29 values make 5 batches of 5, and more than 5 are needed"):
        mser(range(29))


@given(arrays(float, st.integers(30, 90), elements=st.integers(-50, 50).map(float)))
def test_mser_is_its_definition(values):
    found = mser(values)
    batches = values[:len(values) // 5 * 5].reshape(-1, 5).mean(axis=1)
    k = len(batches)
    expected = [batches[d:].var() / (k - d) for d in range(k - 4)]
    np.testing.assert_allclose(found.statistic[:k - 4], expected, atol=1e-9)
    assert expected[found.cut // 5] == pytest.approx(min(expected), abs=1e-9)
    assert found.settled == (found.cut // 5 <= k / 2)


@given(arrays(float, 60, elements=st.integers(-50, 50).map(float)), st.floats(0.5, 20), st.floats(-100, 100))
def test_units_change_no_cut(values, factor, shift):
    one, other = mser(values), mser(values * factor + shift)
    assert other.statistic[:8] == pytest.approx(one.statistic[:8] * factor**2, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize(("noise", "bias", "cut", "settled"), [
    (0.9, 20, 85, True), (0.5, 5, 50, True), (0.95, 40, 405, False), (0.0, 30, 110, True), (0.5, 100, 95, True), (0.8, 60, 105, True)])
def test_the_cuts_of_another_program(noise, bias, cut, settled):
    """kim-convergence 0.1.0, `mser_m` with batches of five, on the same series: autoregressive noise and an exponential start."""
    rng = np.random.RandomState(1997)
    for phi, height in ((0.9, 20), (0.5, 5), (0.95, 40), (0.0, 30), (0.5, 100), (0.8, 60)):
        series = rng.normal(size=500)
        for place in range(1, 500):
            series[place] += phi * series[place - 1]
        series += 10 - height * np.exp(-np.arange(500) / 25)
        if (phi, height) == (noise, bias):
            assert mser(series)[:2] == (cut, settled)


def test_a_start_that_ends_is_cut_where_it_ends():
    """White's setting: a bias that falls to nothing on day 100, in noise a tenth of it; the cut lies within some batches of it."""
    rng = np.random.default_rng(1)
    cuts = []
    for _trial in range(200):
        series = rng.normal(10, 1, size=500)
        series[:100] -= np.linspace(10, 0, 100)
        cuts.append(mser(series).cut)
    assert 70 <= np.median(cuts) <= 105
    assert np.mean(np.array(cuts) <= 250) > 0.97


def test_noise_alone_is_cut_little():
    rng = np.random.default_rng(2)
    cuts = np.array([mser(rng.normal(size=400)).cut for _trial in range(300)])
    assert np.median(cuts) <= 40
    assert np.mean(cuts > 200) < 0.1


def test_an_empty_queue_fills_as_theory_says():
    """M/M/1 at 0.9 from empty, averaged over 400 runs: cut near where the expected number reaches its level, not in the first weeks."""
    rng = np.random.default_rng(3)
    runs, steps = 400, 3000
    held, path = np.zeros(runs), np.empty(steps)
    for step in range(steps):
        held = np.maximum(held + rng.choice([1, -1], p=[0.9 / 1.9, 1 / 1.9], size=runs), 0)
        path[step] = held.mean()
    found = mser(path)
    assert found.settled
    assert 300 <= found.cut <= 1500
    assert path[found.cut:].mean() == pytest.approx(9 * 1.0, rel=0.1)        # the walk at its jumps: about 9


# --- Welch, and weekdays --------------------------------------------------------------------------------------------------

def test_welch_by_hand():
    """Window 1: the first value alone, then the mean of three."""
    assert welch([3.0, 6.0, 9.0, 0.0], 1).tolist() == [3.0, 6.0, 5.0]
    assert welch([3.0, 6.0, 9.0, 0.0], 0).tolist() == [3.0, 6.0, 9.0, 0.0]
    assert welch([1.0, 2.0], 5).tolist() == []


@given(arrays(float, 30, elements=st.floats(-100, 100)), st.integers(0, 12))
def test_welch_is_its_definition(values, window):
    expected = [values[i - min(i, window):i + min(i, window) + 1].mean() for i in range(30 - window)]
    np.testing.assert_allclose(welch(values, window), expected, atol=1e-9)


def test_weeks_are_taken_off_and_nothing_else():
    week = np.tile([9.0, 8, 8, 8, 7, 1, 1], 20)
    climb = np.where(np.arange(140) < 21, -5.0, 0.0)
    assert without_weekdays(week + climb) == pytest.approx(6 + climb)
    short = np.arange(50.0)
    assert without_weekdays(short) is short
    assert mser(week + climb).cut != 21         # the weeks hide it, for five does not divide seven
    assert mser(without_weekdays(week + climb)).cut == 25


# --- verdicts -------------------------------------------------------------------------------------------------------------

def outcome(series: dict[str, np.ndarray], days: int, warm_up: float, kind: str = "city") -> margins.Outcome:
    """An outcome with these days, the others quiet, and a run-out that must not be looked at."""
    quiet = np.full(days, 40.0)
    whole = {name: np.concatenate([np.round(series.get(name, quiet)), [10**6] * 30]).astype(np.int64) for name in CITY}
    states, counts = list(margins.BACKLOG_STATES), list(margins.DAILY_COUNTS)
    backlog = np.zeros((days + 30, len(states), 4), np.int64)
    daily = np.zeros((days + 30, len(counts)), np.int64)
    for name, values in whole.items():
        if name in states:
            backlog[:, states.index(name), 0], backlog[:, states.index(name), 3] = values // 3, values - values // 3
        else:
            daily[:, counts.index(name)] = values
    dates = [str(np.datetime64("2025-01-01") + day) for day in range(days + 30)]
    return margins.Outcome({"backlog": backlog, "daily": daily},
                           {"backlog_state": states, "daily_count": counts, "day": dates, "tier": ["grid", "community", "street", "district"]},
                           {"kind": kind, "warm_up": warm_up * DAY, "first_day": int(warm_up), "last_day": days})


def made(name: str = "town", *, days: int = 400, warm_up: float = 60, kind: str = "city", replications: int = 3, **series: Any) -> Any:
    held = {key: np.asarray(values, float) for key, values in series.items()}
    return SimpleNamespace(name=name, title=name.title(), scenario=SimpleNamespace(title=name.title()), facts=None, outcomes=tuple(
        outcome({key: values + shift for key, values in held.items()}, days, warm_up, kind)
        for shift in np.arange(replications) - (replications - 1) / 2))


def climbing(days: int, until: int, height: float = 1000.0) -> np.ndarray:
    return np.minimum(np.arange(days) / until, 1.0) * height


def step(days: int, until: int, height: float = 1000.0) -> np.ndarray:
    return np.where(np.arange(days) < until, 0.0, height)


def test_long_enough():
    found = assess([made(latent=step(400, 40))])
    row = found.verdicts.iloc[0]
    assert (row["verdict"], row["series"], row["cut"], row["warm_up"], row["run"]) == (ENOUGH, "latent", 40, 60, 400)
    assert found.needed == 40
    assert found.sentences()[0] == ("Town: the warm-up of 60 days is long enough; the slowest series, “Issues that nobody knows of”, "
                                    "takes 40 days to settle.")
    assert found.series.set_index("series").loc["latent", "level"] == 1000
    assert found.series["series"].tolist() == CITY


def test_too_short():
    found = assess([made(known=step(400, 100), latent=step(400, 40))])
    row = found.verdicts.iloc[0]
    assert (row["verdict"], row["series"], row["cut"]) == (TOO_SHORT, "known", 100)
    assert row["shift"] == pytest.approx(-40 / 340)
    assert "takes 100 days to settle; measured from day 60 its mean is off by 12%. Set run.warm_up to at least 100 days." in \
        found.sentences()[0]


def test_a_cut_that_moves_nothing_is_no_reason():
    """The series rests at 1000 but for the 62nd day: the cut lies after it, yet the mean is the same but for 0.01%."""
    values = np.full(400, 1000.0)
    values[61] = 950
    found = assess([made(waiting=values)])
    row = found.series.set_index("series").loc["waiting"]
    assert (row["verdict"], row["cut"], row["settled"]) == (ENOUGH, 65, True)
    assert abs(row["shift"]) < warmup.TOLERANCE
    assert found.verdicts["verdict"].tolist() == [ENOUGH]
    assert found.needed == 0


def test_chance_is_no_reason():
    """A slow stationary series often seems unsettled or late; over replications the shift is not told from 0 but in one of a hundred."""
    rng = np.random.default_rng(5)
    loud = [0, 0]
    for _trial in range(150):
        noise = rng.normal(size=(5, 455))
        for day in range(1, 455):
            noise[:, day] = 0.97 * noise[:, day - 1] + np.sqrt(1 - 0.97**2) * noise[:, day]
        cut, settled, _statistic = mser(noise.mean(axis=0))
        loud[0] += not settled or cut > 90
        loud[1] += warmup._judged(500 + 80 * noise, "bare", 90.0)["verdict"] != ENOUGH
    assert loud[0] > 45
    assert loud[1] < 5


def test_a_cut_of_every_series_beyond_the_warm_up_that_moves_nothing():
    values = np.full(400, 1000.0)
    values[61] = 950
    found = assess([made(**dict.fromkeys(CITY, values))])
    assert found.verdicts["cut"].tolist() == [65]
    assert found.needed == 60
    assert found.sentences()[0] == ("Town: the warm-up of 60 days is long enough; a longer one would move the mean of no series by more "
                                    "than 1% and by more than chance.")


def test_it_does_not_settle():
    found = assess([made(waiting=climbing(400, 400)), made("city", latent=step(400, 100))])
    assert found.verdicts["verdict"].tolist() == [NOT_SETTLED, TOO_SHORT]
    assert found.needed is None
    assert found.worst["scenario"] == "town"
    assert "“Jobs that wait” has not settled by its middle" in found.sentences()[0]


def test_tickets_that_get_lost_do_not_decide():
    found = assess([made(open_tickets=climbing(400, 400), latent=step(400, 20))])
    assert found.verdicts["verdict"].tolist() == [ENOUGH]
    assert found.sentences()[0].endswith("so “Open tickets” grows as long as the run goes on: compare it between runs of equal "
                                         "length only.")
    table = found.series.set_index("series")
    assert (table.loc["open_tickets", "decides"], table.loc["open_tickets", "settled"]) == (False, False)
    assert table["worst"].sum() == 1


def test_more_than_half_of_the_run():
    found = assess([made(days=100, warm_up=60, latent=step(100, 20))])
    assert found.verdicts["verdict"].tolist() == [MORE_THAN_HALF]
    assert "more than half of the run of 100 days; 20 days would do" in found.sentences()[0]


def test_short_runs():
    """Under fifty days single days take the place of batches; under ten nothing can be said."""
    found = assess([made(days=30, warm_up=10, latent=step(30, 7))])
    assert (found.verdicts["verdict"].item(), found.verdicts["cut"].item()) == (ENOUGH, 7)
    never = assess([made(days=9, warm_up=2, latent=step(9, 3))])
    assert never.verdicts["verdict"].tolist() == [NOT_JUDGED]
    assert never.needed is None
    assert "a run of 9 days is too short to judge" in never.sentences()[0]


def test_the_worst_over_scenarios():
    found = assess([made("a", latent=step(400, 20)), made("b", resolved=step(400, 120)), made("c", latent=step(400, 90))])
    assert found.verdicts["verdict"].tolist() == [ENOUGH, TOO_SHORT, TOO_SHORT]
    assert (found.worst["scenario"], found.worst["series"], found.needed) == ("b", "resolved", 120)


def test_a_bare_system_has_customers():
    found = assess([made(kind="bare", waiting=step(400, 100), resolved=step(400, 10))])
    assert found.series["series"].tolist() == list(warmup.OF_CUSTOMERS)
    assert found.verdicts["series"].tolist() == ["customers_waiting"]


def test_the_ensemble_mean_and_welch_are_in_the_curves():
    found = assess([made(latent=step(400, 40), replications=5)])
    curve = found.curves[found.curves["series"] == "latent"]
    assert len(curve) == 400
    assert curve["mean"].iloc[[0, 39, 40, 399]].tolist() == [0.0, 0.0, 1000.0, 1000.0]
    assert curve["smooth"].iloc[40] == pytest.approx(1000 * 11 / 21)
    assert curve["smooth"].isna().sum() == 10
    assert curve["date"].iloc[31] == "2025-02-01"
    assert found.replications == 5


def test_running_them_first():
    class Session:
        def task(self, scenario: Any, replication: int, name: str | None = None) -> Any:
            assert (scenario.calendars.holidays, scenario.run.run_out) == ("none", 0)
            return SimpleNamespace(key=(name, replication))

        def run(self, tasks: Any, finished: Any = None) -> Any:
            return {task.key: task.key for task in reversed(list(tasks))}

        def result(self, name: str, scenario: Any, records: Any) -> Any:
            assert records == [(name, number) for number in range(4)]
            return made(name, latent=step(400, 100 if name == "b" else 20), replications=len(records))

    found = warmup.warm_up(Session(), {"a": load("small/integrated"), "b": load("theory/mm1")}, 4)
    assert found.verdicts["verdict"].tolist() == [ENOUGH, TOO_SHORT]
    assert found.replications == 4


# --- the chart ------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("lang", ["en", pytest.param("zh", marks=pytest.mark.slow)])
@pytest.mark.parametrize("case", [
    {"latent": step(400, 40), "open_tickets": climbing(400, 400)}, {"days": 9, "warm_up": 2}, {"kind": "bare", "waiting": step(400, 390)},
    {"name": "Wholly Municipal Works " * 9, "latent": step(400, 40)}, {"days": 1, "warm_up": 0}])
def test_texts_of_the_chart(case, lang):
    figure = assess([made(**case)]).plot(lang=lang)
    assert text_faults(figure) == []


def test_what_the_chart_shows(tmp_path):
    found = assess([made(latent=step(400, 40), open_tickets=climbing(400, 400)), made("city", latent=step(400, 100))])
    figure = found.plot()
    assert figure.texts[0].get_text() == "Warm-up: City"           # the worst
    noisy = np.random.default_rng(7).normal(size=400).cumsum() / 20 + 500
    assert "known and not ended: no clear cut" in [axes.get_title("left") for axes in assess([made(known=noisy)]).plot().axes][1]
    panels = [axes for axes in found.plot("town").axes if axes.get_visible()]
    assert len(panels) == len(CITY)
    titles = [axes.get_title("left") for axes in panels]
    assert titles[0] == "Issues that nobody knows of: 40 days"
    assert titles[-1] == "Open tickets: does not settle"
    lines = panels[0].lines
    assert lines[0].get_ydata().tolist() == [0.0] * 40 + [1000.0] * 360
    assert lines[2].get_xdata() == [40, 40]
    assert panels[-1].lines[2].get_linestyle() == "--"
    with pytest.raises(ValueError, match="no scenario 'village': choose one of town, city"):
        found.plot("village")
    files = charts.save(figure, found.curves, tmp_path, "warm-up")
    again = charts.save(found.plot(), found.curves, tmp_path / "again", "warm-up")
    assert [file.read_bytes() for file in files] == [file.read_bytes() for file in again]
