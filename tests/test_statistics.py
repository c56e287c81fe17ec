"""Intervals, paired differences and Holm's rule against SciPy, published examples and their own definitions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from sim import statistics
from sim.statistics import (
    Interval,
    differences,
    holm,
    holm_levels,
    mean_interval,
    paired,
    pairing,
    running,
    simultaneous,
    verdict,
)

NAN, INF = float("nan"), float("inf")
numbers = st.floats(-1e6, 1e6).filter(lambda x: x == 0 or abs(x) > 1e-3)


@pytest.mark.parametrize("level", [0.9, 0.95, 0.999])
def test_interval_is_that_of_scipy(level):
    values = np.random.default_rng(7).lognormal(size=12)
    low, high = stats.t.interval(level, len(values) - 1, values.mean(), stats.sem(values))
    found = mean_interval(values, level)
    assert (found.mean, found.n) == (pytest.approx(values.mean(), rel=1e-12), 12)
    assert (found.low, found.high) == (pytest.approx(low, rel=1e-9), pytest.approx(high, rel=1e-9))
    assert found.p == pytest.approx(stats.ttest_1samp(values, 0).pvalue, rel=1e-9)


def test_interval_of_student_1908():
    """Student's own data: hours of sleep gained by ten patients, drug by drug; the mean difference is 1.58, t = 4.06."""
    first = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0]
    second = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
    found = paired(first, second)
    assert found.mean == pytest.approx(1.58)
    assert (found.low, found.high) == (pytest.approx(0.7001142, abs=1e-6), pytest.approx(2.4598858, abs=1e-6))
    assert found.p == pytest.approx(0.002833, abs=1e-6)


def test_nothing_one_and_equal_values():
    assert mean_interval([]).n == 0
    assert np.isnan(mean_interval([NAN, NAN]).mean)
    one = mean_interval([4.0, NAN])
    assert (one.mean, one.n) == (4.0, 1)
    assert np.isnan([one.low, one.high, one.p]).all()
    assert mean_interval([0.1] * 7) == Interval(0.1, 0.1, 0.1, 7, 0.0)
    assert mean_interval([0.0] * 3).p == 1.0


def test_a_value_without_bound_has_no_interval():
    """A percentile that is not reached in one replication is not reached on average."""
    found = mean_interval([INF, 2.0, 3.0])
    assert found.mean == INF
    assert np.isnan([found.low, found.high]).all()
    for base, other in (([1.0, 1.0], [INF, 1.0]), ([INF, INF, 1.0], [INF, 2.0, 3.0]), ([INF, INF], [1.0, 2.0])):
        found = paired(base, other)
        assert (np.isnan(found.mean), found.n) == (True, 0)
        assert verdict(found, -1) == statistics.NOT_DISTINGUISHABLE


def test_a_pair_with_an_undefined_side_is_left_out():
    found = paired([1.0, NAN, 3.0, 4.0], [2.0, 5.0, NAN, 6.0])
    assert (found.n, found.mean) == (2, 1.5)


def test_rounding_is_no_difference():
    """The same pay summed in another order differs in the last bits, and is the same pay."""
    pay = np.array([0.1 + 0.2, 1e9 + 0.1])
    found = paired(pay, [0.3, np.nextafter(1e9 + 0.1, INF)])
    assert found.mean == 0
    assert verdict(found, 0) == statistics.NOT_DISTINGUISHABLE


def test_tables_give_what_rows_give():
    table = np.random.default_rng(3).normal(size=(5, 6))
    table[1, 2], table[2], table[3, 1:] = NAN, 4.0, NAN
    whole = mean_interval(table)
    for row in range(5):
        np.testing.assert_equal(tuple(field[row] for field in whole), tuple(mean_interval(table[row])))


def test_sides_that_do_not_pair_are_refused():
    with pytest.raises(ValueError, match="equally many"):
        paired([1.0, 2.0], [1.0])
    with pytest.raises(ValueError, match="level"):
        mean_interval([1.0, 2.0], 95)


def test_holm_textbook():
    """The usual worked example: of 0.01, 0.04, 0.03 and 0.005 the first and the last are rejected at 0.05, the others not."""
    given_p = [0.01, 0.04, 0.03, 0.005]
    expected = [0.03, 0.06, 0.06, 0.02]
    assert holm(given_p).tolist() == pytest.approx(expected)
    assert holm(given_p[::-1]).tolist() == pytest.approx(expected[::-1])
    np.testing.assert_allclose(holm([0.02, NAN, 0.03]), [0.04, NAN, 0.04])
    np.testing.assert_allclose(holm([[0.01, 0.04], [NAN, NAN]]), [[0.02, 0.04], [NAN, NAN]])


@given(arrays(float, (3, 5), elements=numbers), arrays(float, 5, elements=numbers))
def test_simultaneous_intervals_say_what_holms_rule_says(others, base):
    found = simultaneous(base, list(others))
    plain = [paired(base, other) for other in others]
    rejected = holm([interval.p for interval in plain]) <= 0.05
    for interval, ordinary, distinct in zip(found, plain, rejected, strict=True):
        if abs(interval.p - 0.05) > 1e-9:
            assert (interval.low > 0 or interval.high < 0) == distinct
        assert interval.low <= ordinary.low + 1e-9 * abs(ordinary.low)
        assert interval.mean == ordinary.mean


def test_one_other_scenario_needs_no_adjustment():
    base, other = [1.0, 2.0, 4.0], [2.0, 2.5, 4.5]
    assert simultaneous(base, [other])[0] == pytest.approx(paired(base, other))


def test_simultaneous_levels_step_down():
    """Three scenarios, p of 0.0001, 0.03 and 0.04: only the first passes (0.03 > 0.05 / 2); the third cannot overtake."""
    base = np.zeros(6)
    shape = np.array([-1.0, -1, -1, 1, 1, 1])
    error = shape.std(ddof=1) / np.sqrt(6)
    others = [error * -stats.t.ppf(p / 2, 5) + shape for p in (0.04, 0.0001, 0.03)]
    found = simultaneous(base, others)
    assert [interval.low > 0 for interval in found] == [False, True, False]
    assert [interval.p for interval in found] == pytest.approx([0.06, 0.0003, 0.06], rel=1e-6)
    half = [(interval.high - interval.low) / 2 / error for interval in found]
    assert half == pytest.approx([stats.t.ppf(1 - alpha / 2, 5) for alpha in (0.05 / 2, 0.05 / 3, 0.05 / 2)], rel=1e-9)


def test_undefined_rows_do_not_count_for_holm():
    found = simultaneous([[1.0, 2.0, 4.0]], [[[2.0, 2.5, 4.5]], [[NAN, NAN, NAN]]])
    assert found[0].low == pytest.approx(paired([1.0, 2.0, 4.0], [2.0, 2.5, 4.5]).low)
    assert np.isnan(found[1].mean).all()


@pytest.mark.parametrize(("low", "high", "direction", "said"), [
    (1, 3, 1, "better"), (1, 3, -1, "worse"), (1, 3, 0, "higher"),
    (-3, -1, 1, "worse"), (-3, -1, -1, "better"), (-3, -1, 0, "lower"),
    (-1, 3, 1, "not distinguishable"), (0, 3, 1, "not distinguishable"), (-3, 0, 1, "not distinguishable"),
    (NAN, NAN, 1, "not distinguishable"),
])
def test_verdict(low, high, direction, said):
    assert verdict(Interval((low + high) / 2, low, high, 5, NAN), direction) == said
    assert said in statistics.VERDICTS


def test_one_replication_says_nothing():
    assert verdict(paired([1.0], [99.0]), 1) == "not distinguishable, one replication"


def test_intervals_hold_the_truth_as_often_as_they_say():
    """Of 2000 intervals of 5 values each, about 95% hold the mean; fixed seed, bound at 99.9%."""
    sample = np.random.default_rng(1).normal(3, 2, size=(2000, 5))
    found = mean_interval(sample)
    held = int(((found.low <= 3) & (found.high >= 3)).sum())
    assert stats.binom.ppf(0.0005, 2000, 0.95) <= held <= stats.binom.ppf(0.9995, 2000, 0.95)


def test_holm_as_r_adjusts():
    """`p.adjust(1:5 / 100, "holm")` in R."""
    assert holm([0.01, 0.02, 0.03, 0.04, 0.05]).tolist() == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])


@given(st.lists(st.floats(1e-6, 1), min_size=1, max_size=6))
def test_holm_levels_reject_what_holm_rejects(p):
    level = 1 - holm_levels(p)
    for one, alpha, adjusted in zip(p, level, holm(p), strict=True):
        if abs(adjusted - 0.05) > 1e-9:
            assert (one <= alpha + 1e-15) == (adjusted <= 0.05)
    assert (level >= 0.05 / len(p) - 1e-12).all()
    assert (level <= 0.05 + 1e-12).all()


def test_paired_by_hand():
    """Differences 2, 4, 3, 5, 1: mean 3, standard deviation √2.5, half-width 2.776 · √2.5 / √5 = 1.963."""
    found = paired([10, 20, 30, 40, 50], [12, 24, 33, 45, 51])
    assert (found.mean, found.n) == (3.0, 5)
    assert found.high - found.mean == pytest.approx(2.776445 * np.sqrt(0.5), rel=1e-6)
    assert found.p == pytest.approx(stats.ttest_rel([12, 24, 33, 45, 51], [10, 20, 30, 40, 50]).pvalue, rel=1e-9)


def test_pairing_by_hand():
    """Variances 5/3 and 3/2, of the difference 1/6: apart the difference would vary nineteen times as much."""
    base, other = [1.0, 2.0, 3.0, 4.0], [2.0, 3.5, 3.5, 5.0]
    found = pairing(base, other)
    assert found.n == 4
    assert found[1:] == pytest.approx((np.corrcoef(base, other)[0, 1], 19 / 6, 1 / 6, 19.0))
    table = pairing([base, [NAN, 1.0, 2.0, 3.0]], [other, [9.0, 3.0, 2.0, 1.0]])
    assert table.n.tolist() == [4, 3]
    assert table.factor.tolist() == pytest.approx([19.0, 0.5])           # opposite luck: pairing harms
    assert table.correlation[1] == -1


def test_pairing_without_movement():
    assert pairing([1.0, 2.0], [3.0, 4.0]).factor == INF                # the difference is always 2
    still = pairing([1.0, 1.0, 1.0], [2.0, 2.0, 2.0])
    assert (still.apart, still.paired) == (0.0, 0.0)
    assert np.isnan([still.factor, still.correlation]).all()
    assert np.isnan(pairing([1.0], [2.0])[1:]).all()
    assert np.isnan(pairing([1.0, INF, 2.0], [2.0, 3.0, 4.0])[1:]).all()


@given(arrays(float, (2, 6), elements=numbers))
def test_pairing_adds_up(values):
    """var(Y - X) = var(X) + var(Y) - 2 r sd(X) sd(Y)."""
    found = pairing(*values)
    variances = values.var(axis=1, ddof=1)
    assert found.apart == pytest.approx(variances.sum(), rel=1e-9, abs=1e-9)
    if variances.min() > 1e-6 * variances.max():
        expected = variances.sum() - 2 * found.correlation * np.sqrt(variances.prod())
        assert found.paired == pytest.approx(expected, abs=1e-6 * (variances.sum() + 1))


@given(arrays(float, 7, elements=st.one_of(numbers, st.just(NAN))))
def test_running_is_the_interval_of_each_beginning(values):
    mean, error, n = running(values)
    for last in range(1, 8):
        found = mean_interval(values[:last])
        assert n[last - 1] == found.n
        scale = np.nanmax(np.abs(values[:last]), initial=1.0)
        assert mean[last - 1] == pytest.approx(found.mean, abs=1e-12 * scale, nan_ok=True)
        half = stats.t.ppf(0.975, found.n - 1) * error[last - 1] if found.n > 1 else NAN
        assert half == pytest.approx((found.high - found.low) / 2, rel=1e-6, abs=1e-6 * scale, nan_ok=True)


def test_running_to_a_value_without_bound():
    _mean, error, n = running([[1.0, 2.0, INF, 3.0], [4.0, 4.0, 4.0, 4.0]])
    np.testing.assert_array_equal(error, [[NAN, np.sqrt(0.25), NAN, NAN], [NAN, 0, 0, 0]])
    assert n.tolist() == [[1, 2, 3, 4], [1, 2, 3, 4]]
    assert running([])[2].tolist() == []


def test_differences():
    np.testing.assert_array_equal(differences([1.0, NAN, 0.3], [3.0, 1.0, 0.1 + 0.2]), [2.0, NAN, 0.0])
