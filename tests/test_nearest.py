"""What a misspelt name was meant to be."""

import pytest

from sim.measures import MEASURES
from sim.nearest import closest

KEYS = list(MEASURES)


@pytest.mark.parametrize(("said", "meant"), [
    ("on_time_closing_rte", ("on_time_closing_rate",)),                     # a slip of the pen: one
    ("On-Time Closing Rate", ("on_time_closing_rate",)),
    ("on_time", ("on_time_closing_rate", "on_time_dispatch_rate", "on_time_disposal_rate")),
    ("closing_rate_on_time", ("on_time_closing_rate",)),                    # its words, in another order
    ("time closing rate", ("on_time_closing_rate",)),                       # words left out
    ("harm_gnii", ("harm_gini",)),
    ("resolutoin_p90", ("time_to_resolution_p90", "discovery_to_resolution_p90")),      # a word misspelt
    ("tickets", ("open_tickets", "leftover_tickets", "tickets_on_nothing")),
    ("wait_men", ("wait_mean",)),
    ("xyzzy", ()), ("", ()), ("_", ())])
def test_measures(said, meant):
    found = closest(said, KEYS, 3)
    assert found == meant


def test_as_many_as_are_wanted_and_no_more():
    assert len(closest("time", KEYS, 2)) == 2
    assert len(closest("time", KEYS)) == 1
    assert closest("wait_maen", ["wait_mean", "wait_mean_2"], 3) == ("wait_mean",)


def test_chinese_names_are_found_by_a_part():
    assert closest("结案", ["按期结案率", "满意度"], 2) == ("按期结案率",)
    assert closest("满意", ["按期结案率", "满意度"], 2) == ("满意度",)


def test_paths_and_groups_are_made_of_words_too():
    assert closest("noise", ["category:noise", "street:east"]) == ("category:noise",)
    assert closest("fire", ["crew:fire", "desk"]) == ("crew:fire",)


def test_nothing_is_found_where_there_is_nothing():
    assert closest("wait", []) == ()
