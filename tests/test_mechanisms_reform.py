"""A reform in the middle of a run: desks and teams that are no more, streets one after another, training, who works where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from script import APP, COMMUNITY, GRID, PHONE, Arises, Asks, city, city_settings, lines, play, scripted, simulate

from sim import load
from sim.base import ScenarioError
from sim.draws import Draws
from sim.explain import planned
from sim.measures import values
from sim.outcome import count
from sim.outcome.compiled import count_compiled
from sim.staffing import StaffingError, staff
from sim.tables import Tables

APART: dict[str, Any] = {"centres": {"mode": "separate", "wrong_centre": 0.0, "transfer": "1000 s"}}
ROLES: dict[str, Any] = {"grid_workers": {"mode": "separate"}}
CHECKS: dict[str, Any] = {"verification": {"on": True, "share": 1.0, "by_call": 1.0, "detects": 1.0}}
TWO_STREETS = {"city.streets": 2, "staff.street_desk.heads": 2, "staff.street_team.heads": 2, "staff.grid_workers.heads": 4}
DAY = 86400


def reform(before: dict[str, Any], after: dict[str, Any], **more: Any) -> dict[str, Any]:
    """From the usual organisation with some changes to the usual one with others, on day 1 unless said otherwise."""
    changed = {**city_settings()["organisation"], **after}
    return {**{f"organisation.{key}": value for key, value in before.items()},
            "reform": {"organisation": changed, "day": 1, "hand_over": "0 s", **more}}


def called(at: int, grid: int = 0, able: int = COMMUNITY, channel: int = PHONE, **more: Any) -> Arises:
    """Somebody turns to a desk at a second."""
    return Arises(at=at - 600, grid=grid, able=able, reporters=[(600, channel)], **more)


def test_who_waits_at_a_desk_that_is_no_more_is_put_through() -> None:
    """Separate centres become one: the call in hand is finished by whoever has it, the next one goes to a clerk of the new desk at once, and
    patience runs on."""
    assert play([called(DAY - 50), called(DAY - 40)], reform(APART, {}), members=True)[:6] == lines("""
        86350 #0 started centre-order.0
        86400 reformed street 0
        86400 #1 handed_over centre-order to centre
        86400 #1 started centre.1
        86450 #0 discovered centre resident
        86450 #0 registered centre first""")
    busy = [called(DAY - 100 + at, channel=APP) for at in range(2)] + [called(DAY - 50)]
    told = play(busy, {**reform(APART, {}), "residents.phone_patience": "60 s"})
    assert "86400 #2 handed_over centre-order to centre" in told
    assert [line for line in told if "hung_up" in line] == []
    late = play([*busy, called(DAY - 60), called(DAY - 60, channel=APP)], {**reform(APART, {}), "residents.phone_patience": "55 s"})
    assert any("hung_up" in line for line in late)


def test_whoever_has_a_job_in_hand_begins_at_the_new_place_afterwards() -> None:
    """The clerk of the other centre is free at once, the one who is on the telephone until 86450 not before."""
    told = play([called(DAY - 50), called(DAY, able=GRID), called(DAY + 1)], reform(APART, {}), members=True)
    assert [line for line in told if "started" in line and "centre" in line] == lines("""
        86350 #0 started centre-order.0
        86400 #1 started centre.1
        86450 #2 started centre.0""")


def test_a_ticket_waiting_with_a_team_that_is_no_more_is_handed_over() -> None:
    """The first of three is in hand when roles become one team; the others wait, are handed over after 500 s, and keep their time."""
    story = [called(DAY - 200 + 2 * at, able=GRID, channel=APP) for at in range(3)]
    told = play(story, {**reform(ROLES, {}, hand_over="500 s"), "staff.district_desk.heads": 6, "centres.handling.app": "100 s"})
    assert [line for line in told if "team" in line and "closed" not in line and "resolved" not in line] == lines("""
        86300 #0 dispatched team-order 0
        86300 #0 started team-order way 30
        86302 #1 dispatched team-order 0
        86304 #2 dispatched team-order 0
        86390 #0 worked team-order true fix
        86390 #1 started team-order way 30
        86400 #2 handed_over team-order to team-1
        86480 #1 worked team-order true fix
        86900 #2 started team-1 way 30
        86990 #2 worked team-1 true fix""")


def test_what_nobody_knows_of_yet_is_found_by_the_new_team_after_the_same_part_of_its_round() -> None:
    """Two grids in the beat of the role, 1200 s a round: half a round is 600 s, of which 100 are over; 500/1200 of 600 s are left."""
    told = play([Arises(at=DAY - 100, able=COMMUNITY, found_after=0.5)], reform(ROLES, {}))
    assert told[:2] == lines("""
        86400 reformed street 0
        86650 discovered team-1 patrol""")
    nobody = {**reform(ROLES, {}), "issues.categories.noise.role": None, "issues.categories.noise.authority": {"community": 0.5, "district": 0.5}}
    assert play([Arises(at=DAY - 100, able=COMMUNITY, found_after=0.5)], nobody)[1] == "86700 discovered team-1 patrol"


def test_what_the_old_ledgers_have_lost_is_looked_through() -> None:
    """Lost at a hop in silos: seen after the recovery time of the new ledger, or not."""
    lost = {"ledger": {"mode": "silos"}, "signal": {"on": True, "pass_on": 0.4, "hop_time": "0 s"}}
    story = [Arises(able=3, reporters=[(600, 2)])]
    told = play(story, reform(lost, {}))
    assert [line for line in told if "lost" in line or "recovered" in line] == lines("""
        800 lost desk-1
        91400 recovered desk-1""")
    assert not [line for line in play(story, reform(lost, {}, take_up_lost=False)) if "recovered" in line]


def test_streets_change_one_after_another() -> None:
    """The first street checks from day 0 on, the second from day 1."""
    changes = {**reform({}, CHECKS, day=0, phase_in="1 day"), **TWO_STREETS}
    told = play([called(3600), called(3600, grid=1), called(DAY + 3600, grid=1)], changes)
    assert [line for line in told if "reformed" in line or "verified" in line] == lines("""
        0 reformed street 0
        3920 #0 verified centre passed
        86400 reformed street 1
        90320 #2 verified centre passed""")


def test_everything_is_slower_at_first() -> None:
    """Half the speed at the start: twice 100 s at the desk; after half of the time three quarters of it, after the whole of it all."""
    changes = {**reform({}, {}, training_dip={"share": 0.5, "days": "12 h"}), "run.horizon": "3 days"}
    told = play([called(DAY), called(DAY + 21600), called(DAY + 43200)], changes)
    assert [line for line in told if "discovered" in line] == lines("""
        86600 #0 discovered centre resident
        108133 #1 discovered centre resident
        129700 #2 discovered centre resident""")


def test_new_rules_look_after_open_tickets_too() -> None:
    """No lamps before; a ticket that is late already is lit, ordered and lifted in the second of the change."""
    watch = {"supervision": {"on": True, "yellow": 0.5, "red": 1.0, "lift": 1.5, "order_effort": 1.1}}
    far = {"issues.categories.noise.touch.community": "3 days"}
    told = play([called(DAY - 60000), called(DAY - 50000)], {**reform({}, watch), **far, "run.horizon": "3 days"})
    assert [line for line in told if "lamp" in line or "lifted" in line] == lines("""
        86400 #0 lamp staff-1 yellow
        86400 #0 lamp staff-1 red
        86400 #1 lamp staff-1 yellow
        86400 #1 lamp staff-1 red
        90500 #1 lifted staff-1 to street-team""")
    told = play([called(DAY - 20000)], {**reform(watch, {}), **far, "run.horizon": "3 days"})
    assert [line for line in told if "lamp" in line] == ["84500 lamp staff-1 yellow"]


def test_questions_and_wrong_centres() -> None:
    """Whoever is at the wrong centre with a question is sent on to the one desk; a ticket on its way by paper arrives there."""
    wrong = {"centres": {"mode": "separate", "wrong_centre": 1.0, "transfer": "1000 s"}, "ledger": {"mode": "silos"}}
    told = play([called(DAY - 200, channel=APP), Asks(at=DAY - 10)], reform(wrong, {}))
    assert [line for line in told if "started centre" in line or "transferred" in line] == lines("""
        86200 #0 started centre-repair
        86300 #0 transferred centre-repair to centre-order
        86390 #1 started centre-repair
        86470 #1 started centre
        87300 #0 started centre""")


def heads_at(tables: Tables, time: int) -> int:
    assert tables.city is not None
    assert tables.city.reform is not None
    rules = tables.city.reform
    return int(((rules.member_from <= time) & (rules.member_until > time)).sum())


def test_heads_and_pay_are_the_same_all_the_time() -> None:
    """Of the small district, street by street: as many at work on every day, the same pay in every version."""
    sides = {name: load(f"small/{name}") for name in ("fragmented", "reform", "integrated")}
    tables = sides["reform"].tables()
    assert {heads_at(tables, day * DAY) for day in range(0, 455, 7)} == {56}
    from sim.outcome.pools import roster

    paid = [roster(side.tables()) for side in sides.values()]
    assert {int(heads.sum()) for heads, _, _ in paid} == {56}
    assert np.ptp([pay.sum() / 1e6 for _, _, pay in paid]) < 1e-3


def test_it_is_counted_alike_and_measured() -> None:
    story = [called(DAY - 50), called(DAY - 40), called(DAY - 30, grid=1)]
    tables = city(reform(APART, {}))
    timeline = simulate(tables, scripted(tables, story))
    outcome = count(timeline, tables)
    assert count_compiled(timeline, tables).to_bytes() == outcome.to_bytes()
    found = values(outcome)
    assert found["handed_over"] == 1        # of the others one has no line, one is in hand
    assert outcome.facts["reform_days"] == [1]


def written(folder: Path, text: str, name: str = "reform.yaml") -> Path:
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def test_a_file_names_the_organisation_after(tmp_path: Path) -> None:
    """From the file's own folder or shipped; what is set on top holds on both sides."""
    made = load(written(tmp_path, "extends: small/fragmented\nreform: {to: small/integrated, date: 2025-07-01}\n"), ["issues.scale=0.5"])
    assert made.reform is not None
    assert made.reform.organisation == load("small/integrated").organisation
    assert made.organisation == load("small/fragmented").organisation


@pytest.mark.parametrize(("text", "told"), [
    ("{to: nowhere.yaml, day: 10}", "there is no such file"),
    ("{to: reform.yaml, day: 10}", "that file has a reform itself"),
    ("{to: small/integrated}", "give the first day"),
    ("{to: small/integrated, day: 10, date: 2025-03-01}", "give the first day"),
    ("{to: small/integrated, date: 2030-01-01}", "the reform must begin within the run"),
    ("{to: small/integrated, date: 2024-01-01}", "the reform must begin within the run"),
    ("{to: small/integrated, day: 400, phase_in: 300 days}", "the last street must change within the run"),
    ("{day: 10}", "name the file"),
    ("{to: small/integrated, day: 10, organisation: {emergencies: {on: true}}}", "emergencies cannot be declared in a run with a reform"),
    ("{to: other.yaml, day: 10}", "staff.street_team.heads is"),
    ("{to: small/integrated, day: 10, organisation: {queue_order: fcfs}}", "cannot change the order of queues"),
    ("{to: small/integrated, day: 10, organisation: {authority: {by_category: {nose: 0.5}}}}", "reform.organisation.authority.by_category.nose")])
def test_what_is_impossible_is_said(tmp_path: Path, text: str, told: str) -> None:
    written(tmp_path, "extends: small/integrated\nstaff: {street_team: {heads: 40}}\n", "other.yaml")
    with pytest.raises(ScenarioError) as caught:
        load(written(tmp_path, f"extends: small/fragmented\nreform: {text}\n"))
    assert told in str(caught.value)


def test_a_missing_file_hides_no_other_fault(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError) as caught:
        load(written(tmp_path, "extends: small/fragmented\nreform: {to: small/integratd, date: 2031-07-01}\n"))
    assert "there is no such file; did you mean small/integrated?" in str(caught.value)
    assert "the reform must begin within the run" in str(caught.value)


def test_planners_of_one_organisation_refuse_a_reform() -> None:
    with pytest.raises(ScenarioError, match="a reform is a way from one organisation to another"):
        planned("small/fragmented", "small/reform")
    with pytest.raises(StaffingError, match="has a reform"):
        staff("small/reform", pools=["grid_workers=20..30"], targets=["on_time_closing_rate >= 0.9"])


def test_nothing_of_an_organisation_is_forgotten() -> None:
    """What the actors of two cities hold that differ in organisation alone is exchanged in a reform, or is what they know and have done."""
    from sim.engine_simpy.city import City
    from sim.engine_simpy.reform import OF_SIDE

    tables = load("small/reform").tables()
    assert tables.city is not None
    own = City(tables, Draws(tables, 1, 0))
    for name, (actor, held) in OF_SIDE.items():
        other = next(values for one, values in own.reform.sides[2] if one is getattr(own, name))
        assert set(other) == set(held), name
        assert actor is type(getattr(own, name))

