"""Working time: a shift on a weekday, a holiday, a make-up day, across midnight, over a month's end; W(t) and its inverse."""

import datetime
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from sim import calendars as cal
from sim.calendars import Calendars, Holidays, Shift, build
from sim.holidays import day_kinds
from sim.timeline import NEVER

HOUR, DAY = 3600, 86400
D = datetime.date


def spans(shift, start, days, *, holidays="china", **keys):
    """Work intervals as (day of the run, hour), for people."""
    tables = build(Calendars(shifts={"s": shift}, holidays=holidays), [("s", -1)], start, days * DAY, **keys)
    return [(a / HOUR, b / HOUR) for a, b in zip(tables.start.tolist(), tables.end.tolist(), strict=True)]


def lists(tables):
    return tables.first.tolist(), tables.start.tolist(), tables.end.tolist(), tables.worked.tolist()


def test_a_day_shift_with_a_break_works_mornings_and_afternoons_and_rests_on_sunday():
    shift = Shift(days="Mon-Sat", hours=["08:00-12:00", "14:00-18:00"])
    assert spans(shift, D(2025, 1, 4), 3) == [(8, 12), (14, 18), (56, 60), (62, 66)]      # Saturday, (Sunday), Monday


def test_a_night_shift_runs_across_midnight_and_is_on_already_when_the_run_starts():
    night = Shift(days="all", hours=["20:00-06:00"], holidays="work")
    assert spans(night, D(2025, 1, 6), 2) == [(0, 6), (20, 30), (44, 48)]


def test_a_friday_night_shift_ends_on_saturday_morning():
    night = Shift(days="Mon-Fri", hours=["22:00-02:00"])
    assert spans(night, D(2025, 1, 10), 3) == [(0, 2), (22, 26)]


def test_day_and_night_is_one_interval():
    assert spans(Shift(days="all", hours=["00:00-24:00"], holidays="work"), D(2025, 1, 27), 10) == [(0, 240)]
    assert lists(build(Calendars(), [("always", -1)], D(2025, 1, 1), 5 * DAY)) == ([0, 1], [0], [5 * DAY], [0])


def test_the_office_rests_on_a_holiday_and_works_on_a_make_up_weekend():
    office = cal.shift_of(Calendars(), "office")
    # Sunday 26 January 2025 makes up for the Spring Festival, 28 January to 4 February.
    worked = {int(a // 24) for a, _b in spans(office, D(2025, 1, 25), 15)}
    assert worked == {1, 2, 11, 12, 13, 14}        # 26, 27 January; 5 to 8 February, of which the 8th is a make-up Saturday
    assert spans(office, D(2025, 1, 26), 1) == [(8.5, 12), (13.5, 18)]


def test_a_shift_that_works_through_holidays_keeps_its_week_and_knows_no_make_up_days():
    weekly = Shift(days="Mon-Fri", hours=["08:00-16:00"], holidays="work")
    assert {int(a // 24) for a, _b in spans(weekly, D(2025, 1, 25), 9)} == {2, 3, 4, 5, 6}


def test_a_weekend_shift_rests_on_make_up_days():
    weekend = Shift(days="Sat-Sun", hours=["08:00-16:00"])
    assert [a for a, _b in spans(weekend, D(2025, 2, 8), 2)] == [32]        # Saturday 8 February is a working day that year


def test_months_and_years_end_without_a_seam():
    night = Shift(days="all", hours=["23:00-01:00"], holidays="work")
    assert spans(night, D(2024, 2, 28), 3) == [(0, 1), (23, 25), (47, 49), (71, 72)]           # 29 February 2024 is there
    office = cal.shift_of(Calendars(), "office")
    assert {int(a // 24) for a, _b in spans(office, D(2024, 12, 30), 4)} == {0, 1, 3}          # Mon, Tue, (New Year), Thu


@pytest.mark.parametrize("year, holidays, make_up", [(2024, 28, 8), (2025, 28, 5), (2026, 33, 6)])
def test_built_in_holidays_are_those_of_the_notices(year, holidays, make_up):
    start, days = D(year, 1, 1), 366 if year == 2024 else 365
    kinds = day_kinds("china", start, days)
    assert ((kinds == 1).sum(), (kinds == 2).sum()) == (holidays, make_up)
    weekend = np.array([(start + datetime.timedelta(days=i)).weekday() >= 5 for i in range(days)])
    assert weekend[kinds == 2].all()                # a make-up day is a weekend by nature


def test_working_days_of_the_year_are_those_of_the_notices():
    for year, working in ((2024, 251), (2025, 248), (2026, 248)):
        tables = build(Calendars(), [("office", -1)], D(year, 1, 1), (366 if year == 2024 else 365) * DAY)
        assert (tables.end - tables.start).sum() == working * 8 * HOUR


def test_holidays_can_be_written_out_or_left_out():
    own = Holidays(holidays=["2030-10-01 to 2030-10-03", D(2030, 10, 7)], make_up=["2030-10-05"])
    assert day_kinds(own, D(2030, 9, 30), 9).tolist() == [0, 1, 1, 1, 0, 2, 0, 1, 0]
    assert own.model_dump(mode="json") == {"holidays": ["2030-10-01 to 2030-10-03", "2030-10-07"], "make_up": ["2030-10-05"]}
    assert day_kinds("none", D(2025, 10, 1), 8).sum() == 0


def test_hours_that_overlap_count_once():
    assert spans(Shift(days="all", hours=["08:00-12:00", "10:00-13:00", "13:00-14:00"]), D(2025, 1, 2), 1) == [(8, 14)]


def test_cohorts_train_on_different_days_spread_over_the_year():
    tables = build(Calendars(), [("office", -1), ("office", 0), ("office", 1)], D(2025, 1, 1), 365 * DAY, training_days=6)
    days = [set((tables.start[tables.first[c]:tables.first[c + 1]] // DAY).tolist()) for c in range(3)]
    lost = [sorted(days[0] - days[c]) for c in (1, 2)]
    assert [len(one) for one in lost] == [6, 6]
    assert not set(lost[0]) & set(lost[1])
    assert all(40 <= b - a <= 85 for one in lost for a, b in pairwise(one))
    assert tables.key == ("office", "office~1", "office~2")


def test_training_of_half_a_year_is_half_as_long():
    tables = build(Calendars(), [("office", 0)], D(2025, 1, 1), 182 * DAY, training_days=6)
    plain = build(Calendars(), [("office", -1)], D(2025, 1, 1), 182 * DAY)
    assert (plain.end - plain.start).sum() - (tables.end - tables.start).sum() == 3 * 8 * HOUR


@pytest.mark.parametrize("wrong", [
    {"days": [], "hours": ["08:00-12:00"]}, {"days": "Mon-Fri", "hours": []}, {"days": "Monday", "hours": ["08:00-12:00"]},
    {"days": "Mon", "hours": ["08:00"]}, {"days": "Mon", "hours": ["25:00-26:00"]}, {"days": "Mon", "hours": ["08:00-08:00"]},
    {"days": "Mon", "hours": ["08:75-09:00"]}, {"days": "Mon", "hours": ["08:00-12:00"], "holidays": "maybe"}, {"days": "Mon"},
    {"days": [True], "hours": ["08:00-12:00"]}, {"days": "Mon", "hours": [8]}, {"days": 3, "hours": ["08:00-12:00"]},
])
def test_impossible_shifts_are_refused(wrong):
    with pytest.raises(ValidationError):
        Shift.model_validate(wrong)


@pytest.mark.parametrize("days, hours", [("Mon-Sat", ["08:00-12:00", "14:00-18:00"]), ("all", ["20:00-06:00"]),
                                         (["Mon", "Wed"], ["00:00-24:00"]), ("Fri-Mon", ["22:00-00:00"]), ("Sun", "09:30-17:15")])
def test_shifts_are_written_as_they_are_read(days, hours):
    shift = Shift(days=days, hours=hours)
    assert Shift.model_validate(shift.model_dump(mode="json")) == shift


@st.composite
def tables_and_times(draw):
    """Random calendars, with seconds that often fall on the edges of intervals."""
    begin = draw(st.dates(D(2024, 1, 2), D(2026, 10, 1)))
    days = draw(st.integers(1, 40))
    clock = st.integers(0, 23).map(lambda hour: f"{hour:02}:00")
    hours = draw(st.lists(st.tuples(clock, clock).filter(lambda pair: pair[0] != pair[1]).map("-".join), min_size=1, max_size=3))
    shift = Shift(days=draw(st.sampled_from(["all", "Mon-Fri", "Sat", "Sat-Sun", "Mon-Sat"])), hours=hours,
                  holidays=draw(st.sampled_from(["rest", "work"])))
    end = days * DAY - draw(st.sampled_from([0, 1, 5000]))
    tables = build(Calendars(shifts={"s": shift}), [("always", -1), ("s", -1), ("office", 0)], begin, end, training_days=20)
    edges = [0, *tables.start.tolist(), *tables.end.tolist()]
    second = st.one_of(st.integers(0, end), st.sampled_from(edges))
    return tables, draw(st.integers(0, 2)), draw(second), draw(st.one_of(st.integers(0, 3 * DAY), st.just(0))), end


@given(tables_and_times())
def test_work_done_after_finish_is_the_work_asked_for_and_not_a_second_earlier(case):
    tables, c, t, work, end = case
    plain = lists(tables)
    first, start, stop, _done = plain
    at = cal.finish(*plain, c, t, work)
    before = cal.worked(*plain, c, t)
    if at == NEVER:
        assert cal.worked(*plain, c, end) - before < work
    else:
        assert at >= t
        assert cal.worked(*plain, c, at) - before == work
        assert work == 0 or cal.worked(*plain, c, at - 1) - before == work - 1
    assert cal.worked_many(tables, c, t) == before
    assert cal.finish_many(tables, c, t, work) == at
    seconds = sum(max(0, min(b, t) - a) for a, b in zip(start[first[c]:first[c + 1]], stop[first[c]:first[c + 1]], strict=True))
    assert before == seconds


@given(tables_and_times())
def test_intervals_are_disjoint_ascending_and_within_the_run(case):
    tables, _c, _t, _work, end = case
    for c in range(3):
        part = slice(tables.first[c], tables.first[c + 1])
        start, stop = tables.start[part], tables.end[part]
        assert (start < stop).all()
        assert (start[1:] > stop[:-1]).all()
        assert not len(start) or (start[0] >= 0 and stop[-1] <= end)
        assert (tables.worked[part] == np.cumsum(stop - start) - (stop - start)).all()


def test_a_calendar_without_any_work_never_finishes():
    tables = build(Calendars(shifts={"s": Shift(days="Sun", hours=["08:00-09:00"])}), [("s", -1)], D(2025, 1, 6), DAY)
    assert cal.finish(*lists(tables), 0, 5, 1) == NEVER
    assert cal.finish_many(tables, 0, [5, 5], [0, 1]).tolist() == [5, NEVER]
    assert cal.worked_many(tables, 0, [5, 50_000]).tolist() == [0, 0]
