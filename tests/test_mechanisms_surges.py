"""Surges: more of some categories from a day on, the wave ebbs away, nobody else moves; recovery, the chart and `--surge`."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from script import city_settings, simulate

from sim.base import ScenarioError
from sim.charts import backlog
from sim.charts.style import drawing, sides_of
from sim.cli.main import main
from sim.cli.surging import surge_settings
from sim.draws import Draws
from sim.draws.city import day_factors
from sim.measures.surges import recovery_day
from sim.outcome import count
from sim.scenario import from_dict, load
from sim.surges import PRESETS
from sim.timeline import Event
from sim.warmup import calm

WAVE = {"surges.wave": {"start": "2025-01-08", "days": 2, "half_life": "1 day", "factor": 3.0, "categories": {"waste": 9.0}}}
RATE = "2 per 1000 residents/day"
RUN = {"run.horizon": "6 days", "issues.categories.noise.rate": RATE, "issues.categories.waste.rate": RATE}


def test_the_wave_stands_and_ebbs() -> None:
    """Two days at three times (waste: nine times) the rate, then what is added halves each day; consultations as ever."""
    tables = from_dict(city_settings(), RUN | WAVE).tables()
    noise, waste, question, _ = (day_factors(tables, (1, 2), stream, stream, 6).tolist() for stream in range(4))
    assert noise == [1.0, 1.0, 3.0, 3.0, 2.0, 1.5]
    assert waste == [1.0, 1.0, 9.0, 9.0, 5.0, 3.0]
    assert question == [1.0] * 6


def test_two_surges_multiply_and_an_ebb_may_lie_below() -> None:
    """An epidemic halves what a festival trebles; both fade."""
    more = {"surges.plague": {"start": "2025-01-08", "days": 2, "half_life": "1 day", "factor": 0.5}}
    tables = from_dict(city_settings(), RUN | WAVE | more).tables()
    assert day_factors(tables, (1, 2), 0, 0, 6).tolist() == [1.0, 1.0, 1.5, 1.5, 2.0 * 0.75, 1.5 * 0.875]


def test_a_surge_adds_issues_and_moves_none() -> None:
    """Until it begins everything happens as without it, row by row; afterwards every issue of the calm run is still there."""
    def told(changes: dict[str, object]) -> tuple[Draws, np.ndarray]:
        tables = from_dict(city_settings(), RUN | changes).tables()
        draws = Draws(tables, 5, 0)
        return draws, simulate(tables, draws).rows

    (calm_draws, calm_rows), (draws, rows), (_, off) = told({}), told(WAVE), told({**WAVE, "surges.wave.on": False})
    first = 2 * 86400
    there = dict(zip(draws.subject.tolist(), draws.time.tolist(), strict=True))
    assert all(there[name] == time for name, time in zip(calm_draws.subject.tolist(), calm_draws.time.tolist(), strict=True))
    assert len(draws.time) > 1.5 * len(calm_draws.time)
    assert (rows[rows[:, 0] < first] == calm_rows[calm_rows[:, 0] < first]).all()
    assert (off == calm_rows).all()
    arisen = rows[rows[:, 1] == Event.OCCURRED][:, 0] // 86400
    assert np.bincount(arisen, minlength=6)[2:4].min() > np.bincount(arisen, minlength=6)[:2].max()


def test_the_date_left_out_is_when_a_third_of_the_measured_time_is_over() -> None:
    changes = {**RUN, "run.warm_up": "2 days", "surges.wave.factor": 2.0}
    assert from_dict(city_settings(), changes).tables().city.demand.surge_first.tolist() == [4]


def test_what_is_impossible_is_said() -> None:
    """A date outside the run and a category that there is not, together, each with its path."""
    wrong = {**RUN, "surges.wave": {"start": "2024-12-31", "categories": {"wste": 2.0}}}
    with pytest.raises(ScenarioError) as caught:
        from_dict(city_settings(), wrong)
    told = str(caught.value)
    assert "surges.wave.start = '2024-12-31': the surge must begin within the run, from 2025-01-06 to 2025-01-12" in told
    assert "surges.wave.categories.wste = 2.0: there is no such category in issues.categories; did you mean waste?" in told


def test_recovery_is_counted_to_the_day() -> None:
    """Usual is 8 or 12, the band reaches up to 14: a quiet day in the wave does not end it, a week that begins at 16 may."""
    usual = [8, 12] * 14
    assert recovery_day(np.array([*usual, 20, 40, 9, 60, 16, *[10] * 9]), 28) == 4.0
    assert recovery_day(np.array([*usual, 12, 13, 40, 70, 16, *[10] * 9]), 28) == 4.0
    assert recovery_day(np.array([*usual, *usual]), 28) == 0.0
    assert math.isinf(recovery_day(np.array([*usual, *[30] * 20]), 28))
    assert math.isnan(recovery_day(np.array([30.0]), 0))


def test_the_outcome_knows_its_surges_and_other_outcomes_are_as_before() -> None:
    tables = from_dict(city_settings(), RUN | WAVE).tables()
    outcome = count(simulate(tables, Draws(tables, 5, 0)), tables)
    assert outcome.facts["surge_days"] == [2]
    plain = from_dict(city_settings(), RUN).tables()
    assert "surge_days" not in count(simulate(plain, Draws(plain, 5, 0)), plain).facts


def test_surges_by_name_fit_the_scenario() -> None:
    """Of a named surge only the categories that are there; a scenario's own surge of that name goes first, and is switched on."""
    small = load("small/integrated")
    for name in PRESETS:
        said = load("small/integrated", surge_settings(small, [f"{name}=2025-03-04"])).surges[name]
        assert set(said.categories) <= set(small.issues.categories)
        assert said.on
        assert said.start.isoformat() == "2025-03-04"
    own = load("small/integrated", ["surges.typhoon.on=false", "surges.typhoon.factor=7"])
    assert load("small/integrated", ["surges.typhoon.factor=7", *surge_settings(own, ["typhoon"])]).surges["typhoon"].factor == 7.0
    assert load("small/integrated", surge_settings(small, ["typhoon"])).sources["surges.typhoon.factor"].range == (1.5, 5.0)


@pytest.mark.parametrize(("files", "surge", "said"), [
    (["small/integrated"], "typhon", "There is no surge typhon; there are typhoon, epidemic, festival. Did you mean typhoon?"),
    (["small/integrated"], "typhoon=2020-01-01", "the surge must begin within the run"),
    (["theory/mm1"], "typhoon", "a bare system has no surges")])
def test_a_surge_that_cannot_be_is_refused(files: list[str], surge: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", *files, "--surge", surge, "--quiet", "--lang", "en"]) == 2
    told = capsys.readouterr()
    assert said in told.err
    assert not told.out


def test_the_warm_up_is_judged_without_surges() -> None:
    assert calm(load("small/integrated", ["surges.wave.factor=3"])).surges == {}


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_chart_marks_where_a_surge_begins_and_ends(lang: str) -> None:
    """A dotted line in every panel, a diamond where open issues are back; without surges neither."""
    from sim.i18n import speaking

    days = pd.DataFrame({"scenario": "a", "tier": "known", "title": "known", "day": range(9), "date": None, "mean": np.arange(9.0),
                         "low": np.nan, "high": np.nan})
    wave = days.assign(surge=[0, 0, 1, *[0] * 6], back=[*[0] * 6, 1, 0, 0])
    with speaking(lang), drawing():
        plain, marked = (backlog.draw(frame, sides_of({"a": "a"})) for frame in (days, wave))
    lines, more = ([line for line in figure.axes[0].get_lines() if line.get_visible()] for figure in (plain, marked))
    assert [line.get_linestyle() for line in more if list(line.get_xdata()) == [2.0, 2.0]] == [":"]
    assert [list(line.get_xdata()) for line in more if line.get_marker() == "D"] == [[6.0]]
    assert not [line for line in lines if line.get_marker() == "D" or line.get_linestyle() == ":"]
