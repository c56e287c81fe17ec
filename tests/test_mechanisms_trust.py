"""Trust, on the city of two grids of `script.py`, to the second."""

from __future__ import annotations

from typing import Any

import pytest
from script import APP, COMMUNITY, PHONE, Arises, city, city_settings, play, scripted, simulate

from sim.base import ScenarioError
from sim.draws import Block
from sim.measures import MEASURES
from sim.measures.base import View
from sim.outcome import count
from sim.scenario import from_dict

TRUST: dict[str, Any] = {"residents.trust": {"gain": 0.2, "loss": 0.4, "low": 0.5, "high": 2.0}}
FALSE = {"feedback.true_fix": 0.4}
"""The usual luck of 0.5 makes a false fix."""
END = 2 * 86400


def called(at: int = 0, grid: int = 0, one_more: float = 0.9, speaks: float = 0.0, **more: Any) -> Arises:
    """Reported by telephone after 600 s: with this luck of one more who reports it, and of the reporter."""
    return Arises(at=at, grid=grid, reporters=[(600, PHONE)],
                  luck={Block.TRUST: [(one_more, 0.5, 0.5, 0.5), (speaks, 0.5, 0.5, 0.5)], **more.pop("luck", {})}, **more)


def told_of(story: list[Arises], changes: dict[str, Any], *words: str) -> list[str]:
    """Lines with one of these words."""
    return [line for line in play(story, changes) if any(word in line for word in words)]


def test_a_bad_experience_makes_people_silent() -> None:
    """A false fix in the first community: trust 1 falls to 0.8 there.  Luck of 0.81 keeps silent, 0.79 speaks up; in the other community all do."""
    story = [called(), called(10000, speaks=0.81), called(20000, speaks=0.79), called(30000, grid=1, speaks=0.81)]
    assert told_of(story, {**TRUST, **FALSE}, "registered", "trusted") == [
        "700 #0 registered centre first", "20700 #2 registered centre first", "30700 #3 registered centre first",
        f"{END} trusted community 0, 680", f"{END} trusted community 1, 800"]
    assert len(told_of(story, FALSE, "registered")) == 4


def test_a_good_experience_brings_one_more_reporter() -> None:
    """A true fix in time: trust rises from 1 to 1.2.  With 0.5 reporters on average, luck of 0.09 brings one more for what nobody would have
    reported; 0.11 does not."""
    some = {f"issues.categories.{key}.reporters": 0.5 for key in ("noise", "waste")}
    again = [Arises(at=10000, luck={Block.TRUST: [(u, 0.5, 0.5, 0.5)]}, reporters=()) for u in (0.09, 0.11)]
    told = told_of([called(), *again], {**TRUST, **some}, "registered", "trusted")
    assert told[1] == "10700 #1 registered centre first"
    assert told[2:] == [f"{END} trusted community 0, 1360", f"{END} trusted community 1, 1000"]
    assert len(told_of([called(), *again], some, "registered")) == 1


def test_late_is_bad_and_what_nobody_reported_is_no_experience() -> None:
    """A true fix after its limit counts as bad; what grid workers found and solved moves nothing."""
    late = {f"issues.categories.{key}.deadline": {"ordinary": "100 s", "serious": "1 h", "urgent": "1 h"} for key in ("noise", "waste")}
    assert told_of([called()], {**TRUST, **late}, "trusted")[0] == f"{END} trusted community 0, 800"
    assert told_of([Arises(able=COMMUNITY, found_after=0.5)], {**TRUST, **late}, "trusted")[0] == f"{END} trusted community 0, 1000"


def test_trust_stays_between_its_bounds() -> None:
    """Ten false fixes: never below the least."""
    story = [Arises(at=8000 * number, reporters=[(600, APP)], luck={Block.TRUST: [(0.0, 0.5, 0.5, 0.5)] * 2}) for number in range(10)]
    told = told_of(story, {**TRUST, **FALSE}, "trusted")
    assert told[0] == f"{END} trusted community 0, 503"


def test_trust_is_counted_by_community() -> None:
    """Of one run: 0.8 and 1; without trust 1 and 1."""
    for changes, values in (({**TRUST, **FALSE}, [0.8, 1.0]), (FALSE, [1.0, 1.0])):
        tables = city(changes)
        outcome = count(simulate(tables, scripted(tables, [called()])), tables)
        assert MEASURES["trust"].function(View(outcome, "community")).tolist() == values
        assert MEASURES["trust"].function(View(outcome)) == pytest.approx(sum(values) / 2)


@pytest.mark.parametrize(("changes", "path"), [
    ({"residents.trust.high": 0.9}, "residents.trust.high"), ({"residents.trust.low": -0.1}, "residents.trust.low"),
    ({"residents.trust": {"gain": 0.1, "low": 1.0, "high": 1.0}}, "residents.trust.high")])
def test_what_is_impossible_is_refused(changes: dict[str, Any], path: str) -> None:
    """Bounds on the wrong side of 1, or both at it."""
    with pytest.raises(ScenarioError) as error:
        from_dict(city_settings(), changes)
    assert [fault.path for fault in error.value.faults] == [path]
