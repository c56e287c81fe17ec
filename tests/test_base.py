"""Quantities are read with their unit, refused without it, and written so that they read back to the last bit."""

import datetime

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError

from sim.base import (
    Block,
    Date,
    Deadline,
    Due,
    Duration,
    Fault,
    Frequency,
    Heads,
    Key,
    Money,
    Name,
    PositiveDuration,
    Probability,
    Rate,
    ScenarioError,
    Shares,
    Title,
    refuse,
)
from sim.i18n import speaking


def read(kind, value):
    return TypeAdapter(kind, config={"strict": True}).validate_python(value)


def write(kind, value):
    return TypeAdapter(kind).dump_python(value, mode="json")


@pytest.mark.parametrize("kind, text, value", [
    (Duration, "15 min", 900), (Duration, "2 h", 7200), (Duration, "3 days", 259_200), (Duration, "1 day", 86_400),
    (Duration, "90 s", 90), (Duration, "1 week", 604_800), (Duration, "1.5 h", 5400), (Duration, "1,000 s", 1000),
    (Duration, "15 分钟", 900), (Duration, "2小时", 7200), (Duration, 0, 0), (Duration, "0 s", 0),
    (Deadline, "4 working hours", Due(14_400, True)), (Deadline, "3 working days", Due(86_400, True)),
    (Deadline, "24 h", Due(86_400, False)), (Deadline, "7 days", Due(604_800, False)),
    (Deadline, "5个工作日", Due(144_000, True)),
    (Rate, "0.9 per 1000 residents/day", 0.0009), (Rate, "0.9 per 1,000 residents and day", 0.0009),
    (Rate, "7 per 1000 residents/week", 0.001), (Rate, "每千人每日 0.9 件", 0.0009), (Rate, 0, 0),
    (Money, "72000 CNY/year", 72_000), (Money, "6,000 CNY/month", 72_000), (Money, "72000 元/年", 72_000),
    (Frequency, "6 per hour", 6 / 3600), (Frequency, "1 per 750 s", 1 / 750), (Frequency, "0.5/min", 0.5 / 60),
    (Probability, 0.15, 0.15), (Probability, "15%", 0.15), (Probability, 1, 1.0),
    (Date, "2025-02-28", datetime.date(2025, 2, 28)), (Name, 3, "3"), (Key, "day_desk", "day_desk"),
])
def test_quantities_are_read_with_their_unit(kind, text, value):
    assert read(kind, text) == value


@pytest.mark.parametrize("kind, wrong", [
    (Duration, 15), (Duration, 15.5), (Duration, "15"), (Duration, "15 parsecs"), (Duration, "-1 h"), (Duration, True),
    (Duration, None), (Duration, "4 working hours"), (Duration, "1e300 h"), (Duration, "15 min later"),
    (PositiveDuration, "0 s"), (PositiveDuration, 0),
    (Deadline, "4"), (Deadline, 4), (Deadline, "0 h"), (Deadline, "4 working weeks"),
    (Rate, 0.9), (Rate, "0.9"), (Rate, "0.9 per day"), (Rate, "0.9 per 0 residents/day"), (Rate, "0.9 per 1000 residents/hour"),
    (Rate, "-1 per 1000 residents/day"), (Money, 72_000), (Money, "72000"), (Money, "72000 EUR/year"), (Frequency, 6),
    (Frequency, "6 per resident"), (Frequency, "1 per 0 s"), (Probability, 1.01), (Probability, -0.1), (Probability, "101%"),
    (Probability, "0.5"), (Probability, float("nan")), (Probability, True), (Heads, -1), (Heads, 1.5), (Heads, "3"),
    (Heads, True),
    (Date, "2025-02-30"), (Date, 20250228), (Key, "a.b"), (Key, ""), (Key, "名"), (Shares, {"a": 0.5, "b": 0.4}), (Shares, {}),
])
def test_what_is_no_quantity_is_refused(kind, wrong):
    with pytest.raises(ValidationError):
        read(kind, wrong)


@given(st.floats(0, 2**31 - 1))
@example(31_536_000.0)
def test_durations_read_back_to_the_last_bit(seconds):
    assert read(Duration, write(Duration, seconds)) == seconds


@given(st.floats(0, 1000))
@example(0.0009)
@example(1e-300)
@example(999.9999999999999)
def test_rates_read_back_to_the_last_bit(rate):
    assert read(Rate, write(Rate, rate)) == rate
    assert read(Frequency, write(Frequency, rate)) == rate


@given(st.floats(0, 1e9))
def test_pay_reads_back_to_the_last_bit(pay):
    assert read(Money, write(Money, pay)) == pay


@given(st.integers(1, 2**31 - 1), st.booleans())
def test_time_limits_read_back(seconds, working):
    assert read(Deadline, write(Deadline, Due(seconds, working))) == Due(seconds, working)


@pytest.mark.parametrize("kind, value, text", [
    (Duration, 900.0, "15 min"), (Duration, 86_400.0, "1 day"), (Duration, 5400.0, "90 min"), (Duration, 0.0, "0 s"),
    (Rate, 0.0009, "0.9 per 1000 residents/day"), (Money, 72_000.0, "72000 CNY/year"), (Frequency, 6 / 3600, "6 per hour"),
    (Deadline, Due(28_800, True), "1 working day"), (Deadline, Due(14_400, True), "4 working hours"),
    (Deadline, Due(7200, False), "2 h"),
])
def test_quantities_are_written_as_people_write_them(kind, value, text):
    assert write(kind, value) == text


class Patrol(Block):
    round: Duration = 7200.0
    names: tuple[str, ...] = ()
    shares: dict[Key, Probability] = Field(default_factory=dict)


def test_a_block_is_frozen_and_knows_its_keys():
    with pytest.raises(ValidationError):
        Patrol().round = 1.0
    with pytest.raises(ValidationError):
        Patrol(rounds="2 h")
    assert Patrol(names=["a", "b"]).names == ("a", "b")


def test_the_order_of_keys_means_nothing():
    assert list(Patrol(shares={"b": 0.5, "a": 0.5}).shares) == ["a", "b"]


def test_a_title_has_two_languages():
    with speaking("zh"):
        assert Title(en="order", zh="秩序").text() == "秩序"
    assert Title.model_validate("秩序").en == "秩序"


def test_all_faults_are_in_one_message():
    error = ScenarioError([Fault("a.yaml", 3, "city.grid", 12, "unknown", ("grids",)),
                           Fault("--set", 0, "run.seed", -1, "too low")])
    with speaking("en"):
        assert str(error).splitlines() == [
            "2 faults in the scenario:",
            "  a.yaml:3: city.grid = 12: unknown; did you mean grids?",
            "  --set: run.seed = -1: too low"]


def test_a_block_can_refuse_in_its_own_words():
    class Even(Block):
        number: int

        def model_post_init(self, context, /):
            if self.number % 2:
                refuse("an even number is needed")

    with pytest.raises(ValidationError, match="an even number is needed"):
        Even(number=3)
