"""Queueing formulas against published tables, limits that must hold, and the tests' own closed forms, written independently."""

from __future__ import annotations

import math

import pytest
import theory_values as theory
from hypothesis import given
from hypothesis import strategies as st

from sim import queueing as q

LOADS = st.floats(0.01, 60.0)


@pytest.mark.parametrize(("servers", "blocked", "load"), [
    (1, 0.01, 0.0101), (5, 0.01, 1.361), (10, 0.01, 4.461), (20, 0.01, 12.03), (50, 0.01, 37.90), (100, 0.01, 84.06),
    (10, 0.001, 3.092), (10, 0.05, 6.216), (100, 0.001, 75.24)])
def test_erlang_b_agrees_with_the_published_table(servers: int, blocked: float, load: float) -> None:
    """Offered load that so many lines carry at a given blocking, to the four digits of the table."""
    assert q.erlang_b(servers, load) == pytest.approx(blocked, rel=6e-3)


def test_a_call_centre_of_the_textbooks() -> None:
    """200 calls an hour of 180 s, 14 agents: 17.4% wait, 88.8% are answered within 20 s, after 7.8 s on average."""
    assert q.erlang_c(14, 10.0) == pytest.approx(0.174, abs=5e-4)
    assert q.served_within(14, 10.0, 20.0, 180.0) == pytest.approx(0.888, abs=5e-4)
    assert q.wait_mean(14, 10.0, 180.0) == pytest.approx(7.8, abs=0.05)


def test_callers_who_give_up_agree_with_garnett_mandelbaum_and_reiman() -> None:
    """50 agents, 48 calls a minute of 1 min, patience 2 min: 3.1% give up and the wait is 3.7 s; without giving up it is 20.8 s."""
    found = q.erlang_a(50, 48.0, 2.0)
    assert found.abandons == pytest.approx(0.031, abs=5e-4)
    assert 60 * found.wait == pytest.approx(3.7, abs=0.05)
    assert found.waiting == pytest.approx(3.0, abs=0.05)
    assert q.wait_mean(50, 48.0, 60.0) == pytest.approx(20.8, abs=0.1)


@given(servers=st.integers(1, 80), load=LOADS)
def test_erlang_b_and_c_agree_with_the_tests_own(servers: int, load: float) -> None:
    """The same values as `theory_values`."""
    assert q.erlang_b(servers, load) == pytest.approx(theory.erlang_b(servers, load), rel=1e-12)
    if load < servers * 0.999:
        assert q.erlang_c(servers, load) == pytest.approx(theory.erlang_c(servers, load), rel=1e-9)
        assert q.wait_mean(servers, load, 600.0) == pytest.approx(theory.mmc_wait(servers, load / servers, 600.0), rel=1e-9)


@given(servers=st.integers(1, 30), load=st.floats(0.1, 40.0), patience=st.floats(0.1, 5.0))
def test_erlang_a_agrees_with_the_tests_own(servers: int, load: float, patience: float) -> None:
    """The same values as a birth-death chain solved as a whole."""
    found, exact = q.erlang_a(servers, load, patience), theory.erlang_a(load, 1.0, servers, patience)
    assert found.abandons == pytest.approx(exact["abandoned"], rel=1e-6, abs=1e-12)
    assert found.wait == pytest.approx(exact["wait"], rel=1e-6, abs=1e-12)
    assert 1 - found.waits == pytest.approx(exact["at_once"], rel=1e-6, abs=1e-9)


@given(load=LOADS, servers=st.integers(1, 70))
def test_more_members_never_do_worse(load: float, servers: int) -> None:
    """Every formula falls with the members."""
    assert q.erlang_b(servers + 1, load) <= q.erlang_b(servers, load)
    assert q.erlang_c(servers + 1, load) <= q.erlang_c(servers, load)
    assert q.wait_mean(servers + 1, load) <= q.wait_mean(servers, load)
    assert q.erlang_a(servers + 1, load, 1.0).abandons <= q.erlang_a(servers, load, 1.0).abandons + 1e-12


def test_impatience_without_end_is_erlang_b_and_patience_without_end_erlang_c() -> None:
    """The two limits of Erlang A."""
    assert q.erlang_a(5, 4.0, 1e-9).abandons == pytest.approx(q.erlang_b(5, 4.0), rel=1e-6)
    assert q.erlang_a(5, 4.0, 1e7).waits == pytest.approx(q.erlang_c(5, 4.0), rel=1e-4)


def test_square_root_staffing_gives_the_delay_it_promises() -> None:
    """Large pools: the chance to wait approaches the limit of Halfin and Whitt."""
    for quality in (0.3, 1.0, 1.8):
        load = 40_000.0
        assert q.erlang_c(q.square_root_staffing(load, quality), load) == pytest.approx(q.delay_limit(quality), rel=0.03)


@given(load=LOADS, limit=st.floats(0.01, 3.0))
def test_least_servers_is_the_least(load: float, limit: float) -> None:
    """It meets the limit, and one fewer does not."""
    least = q.least_servers(lambda c: q.wait_mean(c, load) <= limit)
    assert q.wait_mean(least, load) <= limit
    assert least == 1 or q.wait_mean(least - 1, load) > limit


def test_what_makes_no_sense_is_refused() -> None:
    """Negative members or loads, no patience, a delay that is no share."""
    for wrong in (lambda: q.erlang_b(-1, 1.0), lambda: q.erlang_b(1, math.nan), lambda: q.erlang_a(1, 1.0, 0.0),
                  lambda: q.quality_for(1.0)):
        with pytest.raises(ValueError, match=r"must|may"):
            wrong()
    with pytest.raises(ValueError, match="do not suffice"):
        q.least_servers(lambda _c: False)
