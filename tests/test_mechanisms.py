"""Every mechanism of the switchboard on and off, on a city of two grids, to the second.

Each story is told twice or more with one switch moved, so that a test fails where its mechanism does nothing.  The city and its numbers
stand in `script.py`: a call takes 100 s, a way to a district job 900 s and the job 1800 s, and so on.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from script import (
    APP,
    COMMUNITY,
    DISTRICT,
    GRID,
    NOISE,
    PHONE,
    POLICE,
    SERIOUS,
    STREET,
    URGENT,
    WALK_IN,
    WASTE,
    WORKS,
    Arises,
    Asks,
    city,
    lines,
    play,
)

from sim.draws import Block
from sim.timeline import Event

SEPARATE = {"organisation.centres.mode": "separate", "organisation.centres.wrong_centre": 1.0, "organisation.centres.transfer": "3000 s"}
SILOS = {"organisation.ledger.mode": "silos"}
CALLED = Arises(reporters=[(600, PHONE)])
"""A district job for works, reported by telephone at 600."""
CLERKS = frozenset(Event) - {Event.STARTED, Event.ENDED, Event.BLOCKED, Event.HUNG_UP, Event.GAVE_UP, Event.CONTACTED}
DONE = frozenset(Event) - {Event.WORKED, Event.CLOSED, Event.GONE, Event.RESOLVED}


def triage(**values: Any) -> dict[str, Any]:
    """Triage switched on with these values, all else neutral."""
    neutral = {"on": True, "mis_dispatch": 0.0, "too_low": 0.0, "hold": "0 s", "refuse": 0.0, "sign_in": "0 s", "sign_in_urgent": 1.0}
    return {f"organisation.triage.{key}": value for key, value in {**neutral, **values}.items()}


def without(told: Sequence[str], *words: str) -> list[str]:
    """What was told, without the lines that hold one of these words."""
    return [line for line in told if not any(word in line for word in words)]


# --- the plain way ---------------------------------------------------------------------------------------------------------------

def test_a_call_becomes_a_job_of_the_department() -> None:
    """Called at 600, answered 100 s later, dispatched at once, 900 s of way and 1800 s of work."""
    assert play([CALLED], hide=frozenset()) == lines("""
        0 occurred ordinary
        600 contacted centre phone 0
        600 joined centre contact
        600 started centre
        700 ended centre contact
        700 discovered centre resident
        700 registered centre first
        700 triaged centre district/works
        700 dispatched crew-works 0
        700 accepted crew-works works
        700 joined crew-works work
        700 started crew-works way 900
        3400 ended crew-works work
        3400 worked crew-works true fix
        3400 resolved crew-works
        3400 closed crew-works worked""")


@pytest.mark.parametrize(("able", "unit", "way", "end"), [
    (GRID, "team-1", 30, 790), (COMMUNITY, "staff-1", 60, 880), (STREET, "street-team", 300, 1600), (DISTRICT, "crew-works", 900, 3400)])
def test_the_lowest_tier_with_authority_works(able: int, unit: str, way: int, end: int) -> None:
    """With a shared ledger the centre dispatches straight to the lowest tier able to solve it."""
    told = play([Arises(able=able, reporters=[(600, PHONE)])])
    assert told[3:] == lines(f"""
        700 dispatched {unit} 0
        700 started {unit} way {way}
        {end} worked {unit} true fix
        {end} resolved {unit}
        {end} closed {unit} worked""")


# --- centres ---------------------------------------------------------------------------------------------------------------------

def test_the_wrong_centre_hands_over_by_letter() -> None:
    """Separate centres, silos: the resident calls the wrong one, which files it and sends it by letter (3000 s); the right one takes it
    over (20 s) and dispatches."""
    assert play([CALLED], {**SEPARATE, **SILOS}) == lines("""
        600 started centre-repair
        700 discovered centre-repair resident
        700 registered centre-repair first
        700 transferred centre-repair to centre-order
        3700 started centre-order
        3720 dispatched crew-works 0
        3720 started crew-works way 900
        6420 worked crew-works true fix
        6420 resolved crew-works
        6420 closed crew-works worked""")


def test_a_shared_ledger_transfers_at_once() -> None:
    """The same wrong centre with a shared ledger: only the 20 s of taking over are lost."""
    assert play([CALLED], SEPARATE)[-1] == "3420 closed crew-works worked"


def test_one_centre_is_never_the_wrong_one() -> None:
    """Merged, or separate and always called right, there is no transfer."""
    merged = play([CALLED], {**SEPARATE, **SILOS, "organisation.centres.mode": "merged"})
    right = play([CALLED], {**SEPARATE, **SILOS, "organisation.centres.wrong_centre": 0.0})
    assert merged[-1] == right[-1] == "3400 closed crew-works worked"
    assert "transferred" not in " ".join(merged + right)
    assert [line.replace("centre-order", "centre") for line in right] == merged


def test_two_small_queues_wait_where_one_large_does_not() -> None:
    """Two calls about noise in the same second: one desk of two clerks answers both, a centre of one clerk one after the other."""
    calls = [CALLED, CALLED]
    merged = play(calls, hide=CLERKS)
    separate = play(calls, {**SEPARATE, "organisation.centres.wrong_centre": 0.0}, hide=CLERKS)
    assert "700 #1 ended centre contact" in merged
    assert "800 #1 ended centre-order contact" in separate


def test_a_question_at_the_wrong_centre_is_asked_again() -> None:
    """Whoever asks the wrong centre is told so after 80 s and asks the right one."""
    assert play([Asks(at=5)], SEPARATE, hide=CLERKS) == lines("""
        5 contacted centre-repair phone 0
        5 started centre-repair
        85 ended centre-repair contact
        85 contacted centre-order phone 1
        85 started centre-order
        165 ended centre-order contact""")
    assert play([Asks(at=5)], hide=CLERKS)[-1] == "85 ended centre contact"


# --- grid workers ------------------------------------------------------------------------------------------------------------------

def test_merged_grid_workers_pass_sooner_than_separate_roles() -> None:
    """Half a round: of one grid (600 s) merged, of the street's two grids (1200 s) in separate roles.  What a grid worker may solve is
    solved on the spot in 60 s."""
    found = [Arises(able=GRID, found_after=0.5)]
    assert play(found) == lines("""
        300 discovered team-1 patrol
        300 registered team-1 first
        300 dispatched team-1 0
        300 started team-1
        360 worked team-1 true fix
        360 resolved team-1
        360 closed team-1 worked""")
    assert play(found, {"organisation.grid_workers.mode": "separate"}) == lines("""
        600 discovered team-order patrol
        600 registered team-order first
        600 dispatched team-order 0
        600 started team-order
        660 worked team-order true fix
        660 resolved team-order
        660 closed team-order worked""")


def test_what_is_no_roles_job_is_seen_only_by_merged_grid_workers() -> None:
    """Waste that no role looks for is never found by patrol in separate roles."""
    found = [Arises(category=WASTE, able=DISTRICT, found_after=0.5)]
    nobody: dict[str, Any] = {"issues.categories.waste.role": None, "issues.categories.waste.authority": {"community": 1.0}}
    assert play(found, nobody)[0] == "300 discovered team-1 patrol"
    assert play(found, {**nobody, "organisation.grid_workers.mode": "separate"}) == []


def test_tasks_slow_the_patrol_clock() -> None:
    """One member: the 60 s on the first job stop the patrol, and what would have been found at 600 is found at 660.  Two members: the
    clock runs twice as fast, and at half that speed while one of them works: 150 s, then 60 s, then 120 s."""
    story = [Arises(able=GRID, found_after=0.5), Arises(able=GRID, found_after=1.0)]
    alone = [line for line in play(story) if "discovered" in line]
    both = [line for line in play(story, {"staff.grid_workers.heads": 4}) if "discovered" in line]
    assert alone == ["300 #0 discovered team-1 patrol", "660 #1 discovered team-1 patrol"]
    assert both == ["150 #0 discovered team-1 patrol", "330 #1 discovered team-1 patrol"]
    assert play(story[1:]) [0] == "600 discovered team-1 patrol"


def test_patrol_runs_in_working_time() -> None:
    """Grid workers on duty 01:00-02:00 and 03:00-04:00 who need 4000 s of patrol: 3600 s in the first spell, 400 s in the second."""
    shift = {"calendars.shifts": {"beat": {"days": "all", "hours": ["01:00-02:00", "03:00-04:00"], "holidays": "work"}},
             "grid_workers.shifts": {"beat": 1.0}, "grid_workers.round": "8000 s"}
    assert play([Arises(able=GRID, found_after=0.5)], shift)[0] == f"{3 * 3600 + 400} discovered team-1 patrol"


def test_what_a_grid_worker_may_not_solve_is_reported_by_terminal() -> None:
    """Found at 300, keyed in, taken up at the community's desk in 50 s, worked by community staff."""
    assert play([Arises(able=COMMUNITY, found_after=0.5)])[:5] == lines("""
        300 discovered team-1 patrol
        300 started desk-1
        350 registered desk-1 first
        350 dispatched staff-1 0
        350 started staff-1 way 60""")


# --- ledger ------------------------------------------------------------------------------------------------------------------------

TWICE = Arises(reporters=[(600, PHONE), (800, WALK_IN)])


def test_a_shared_ledger_merges_what_is_reported_twice() -> None:
    """The second resident walks in at 800; the community's desk sees the centre's ticket."""
    told = play([TWICE])
    assert without(told, "started") == lines("""
        700 discovered centre resident
        700 registered centre first
        700 dispatched crew-works 0
        1000 merged desk-1
        3400 worked crew-works true fix
        3400 resolved crew-works
        3400 closed crew-works worked""")


def test_silos_open_a_second_ticket_that_climbs_and_finds_nothing() -> None:
    """The community's desk cannot see the centre's ticket: a duplicate climbs desk by desk; whoever works it off has spent the way (900 s)
    and a look (10 s)."""
    assert play([TWICE], SILOS) == lines("""
        600 started centre
        700 discovered centre resident
        700 registered centre first
        700 dispatched crew-works 0
        700 started crew-works way 900
        800 started desk-1
        1000 registered desk-1 duplicate
        1000 sent desk-1 to street-desk
        1000 started street-desk
        1020 sent street-desk to centre
        1020 started centre
        1040 dispatched crew-works 0
        3400 worked crew-works true fix
        3400 resolved crew-works
        3400 closed crew-works worked
        3400 started crew-works way 900
        4310 closed crew-works gone""")


def test_whoever_is_on_the_way_when_a_colleague_resolves_it_finds_nothing() -> None:
    """A second crew set out at 2840 for the duplicate; 560 of its 900 s are driven when the first crew is done at 3400: it arrives at 3740 and
    looks for 10 s."""
    told = play([Arises(reporters=[(600, PHONE), (2600, WALK_IN)])], {**SILOS, "departments.works.heads": 2})
    assert told[-4:] == lines("""
        3400 worked crew-works true fix
        3400 resolved crew-works
        3400 closed crew-works worked
        3750 closed crew-works gone""")
    assert "2840 started crew-works way 900" in told


def test_one_desk_merges_even_in_silos() -> None:
    """Who turns twice to the same desk is not filed twice."""
    told = play([Arises(reporters=[(600, PHONE), (900, APP)])], SILOS)
    assert "1000 merged centre" in told
    assert " ".join(told).count("registered") == 1


def test_patrol_meets_what_is_known_already() -> None:
    """The team comes by at 1200 while the centre's ticket is open: with a shared ledger it is only seen again, in silos it is reported
    and filed a second time."""
    story = [Arises(reporters=[(600, PHONE)], found_after=2.0)]
    assert "1200 seen_again team-1" in play(story)
    assert "1250 registered desk-1 duplicate" in play(story, SILOS)


LOST = {"organisation.signal.on": True, "organisation.signal.pass_on": 0.4, "organisation.signal.hop_time": "0 s"}
"""A hop passes on with 0.4; the usual luck (0.5) loses it."""
WALKED_IN = Arises(reporters=[(600, WALK_IN)])


def test_what_a_hop_lost_is_seen_in_a_shared_ledger() -> None:
    """Not passed on by the community's desk; after 5000 s somebody sees it, and it goes straight to the centre."""
    assert play([WALKED_IN], LOST) == lines("""
        600 started desk-1
        800 discovered desk-1 resident
        800 registered desk-1 first
        800 lost desk-1
        5800 recovered desk-1
        5800 sent desk-1 to centre
        5800 started centre
        5820 dispatched crew-works 0
        5820 started crew-works way 900
        8520 worked crew-works true fix
        8520 resolved crew-works
        8520 closed crew-works worked""")


def test_what_is_lost_a_second_time_waits_its_own_time() -> None:
    """Lost at 800 and asked about at 1800; taken up, it gets worse on the street's desk and is lost again at 2020.  The time after which the
    first loss would have been seen (5800) has no meaning any more: the second is seen at 7020."""
    asks = {"residents.ask_again": 1.0, "residents.ask_again_after": "1000 s", "residents.asks_at_most": 1}
    told = play([Arises(able=STREET, worsens=2010, reporters=[(600, WALK_IN)])], {**LOST, **asks, **WORSENS})
    assert [line for line in told if "desk" in line and "started" not in line][2:] == lines("""
        800 lost desk-1
        2000 merged desk-1
        2000 recovered desk-1
        2000 sent desk-1 to street-desk
        2020 lost street-desk
        7020 recovered street-desk
        7020 sent street-desk to centre""")


def test_what_a_hop_lost_in_silos_lies_until_somebody_asks_again() -> None:
    """Nobody sees it; the resident asks again 7200 s later, it is taken up, and this time the hop passes it on."""
    asks = {"residents.ask_again": 1.0, "residents.asks_at_most": 1}
    again = Arises(reporters=[(600, WALK_IN)], luck={Block.HOP: [(0.5, 1.0, 0.5, 0.5), (0.1, 1.0, 0.5, 0.5), (0.1, 1.0, 0.5, 0.5)]})
    assert play([again], {**LOST, **SILOS})[-1] == "800 lost desk-1"
    assert play([again], {**LOST, **SILOS, **asks})[3:8] == lines("""
        800 lost desk-1
        8000 started desk-1
        8200 merged desk-1
        8200 recovered desk-1
        8200 sent desk-1 to street-desk""")


# --- signal and force --------------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("changes", "hops"), [
    ({}, ["800 sent desk-1 to centre", "820 dispatched crew-works 0"]),
    (SILOS, ["800 sent desk-1 to street-desk", "820 sent street-desk to centre", "840 dispatched crew-works 0"]),
    ({"organisation.signal.on": True, "organisation.signal.pass_on": 1.0, "organisation.signal.hop_time": "1000 s"},
     ["800 sent desk-1 to centre", "1820 dispatched crew-works 0"]),
    ({**SILOS, "organisation.signal.on": True, "organisation.signal.pass_on": 1.0, "organisation.signal.hop_time": "1000 s"},
     ["800 sent desk-1 to street-desk", "1820 sent street-desk to centre", "2840 dispatched crew-works 0"])])
def test_a_hop_takes_its_time(changes: dict[str, Any], hops: list[str]) -> None:
    """Upward signal: 1000 s a hop where it is on; two hops in silos, one with a shared ledger; 20 s at each desk on the way."""
    assert [line for line in play([WALKED_IN], changes) if "sent" in line or "dispatched" in line] == hops


def test_a_hop_that_passes_nothing_on() -> None:
    """Upward signal: with a chance of 0.4 the usual luck loses the ticket; switched off nothing is lost."""
    assert play([WALKED_IN], {**LOST, **SILOS})[-1] == "800 lost desk-1"
    assert play([WALKED_IN], {**LOST, **SILOS, "organisation.signal.on": False})[-1] == "3540 closed crew-works worked"


@pytest.mark.parametrize(("able", "on", "fix"), [
    (DISTRICT, True, "true fix"), (STREET, True, "true fix"), (COMMUNITY, True, "false fix"), (COMMUNITY, False, "true fix")])
@pytest.mark.parametrize("ledger", ["shared", "silos"])
def test_force_weakens_with_every_hop_down(able: int, on: bool, fix: str, ledger: str) -> None:
    """Each hop down keeps half of the chance of a true fix: 1, 0.5, 0.25 at district, street, community; the luck of the work is 0.3."""
    force = {"organisation.force.on": on, "organisation.force.keep": 0.5, "organisation.ledger.mode": ledger}
    told = play([Arises(able=able, reporters=[(600, PHONE)], luck={Block.WORK: [(1.0, 1.0, 0.3)]})], force)
    assert [line.split(" ", 3)[3] for line in told if "worked" in line and "closed" not in line] == [fix]


# --- triage ------------------------------------------------------------------------------------------------------------------------

ERRS = Arises(reporters=[(600, PHONE)], luck={Block.DISPATCH: [(0.1, 0.1, 1.0, 0.5)]})


def test_a_wrong_unit_holds_it_and_returns_it() -> None:
    """Signed after 500 s, held for 2000 s, returned; the desk sends it again in 20 s; the right unit signs after 500 s."""
    assert play([ERRS], triage(mis_dispatch=0.4, hold="2000 s", sign_in="500 s")) == lines("""
        600 started centre
        700 discovered centre resident
        700 registered centre first
        700 dispatched crew-police 0
        3200 returned crew-police works
        3200 redispatched centre
        3200 started centre
        3220 dispatched crew-works 1
        3720 started crew-works way 900
        6420 worked crew-works true fix
        6420 resolved crew-works
        6420 closed crew-works worked""")
    assert play([ERRS], {**triage(mis_dispatch=0.4, hold="2000 s", sign_in="500 s"), "organisation.triage.on": False}) == play([ERRS])


def test_a_wrong_dispatch_may_go_too_low() -> None:
    """District work sent to a street without the authority comes back as well."""
    told = play([ERRS], triage(mis_dispatch=0.4, too_low=1.0, hold="2000 s"))
    assert "700 dispatched street-team 0" in told
    assert "2700 returned street-team works" in told


@pytest.mark.parametrize(("able", "wrong"), [(COMMUNITY, "street-team"), (STREET, "crew-police"), (DISTRICT, "crew-police")])
def test_who_the_wrong_unit_is(able: int, wrong: str) -> None:
    """What is the community's goes to the street, what is the street's or a department's to another department."""
    told = play([Arises(able=able, reporters=[(600, PHONE)], luck=ERRS.luck)], triage(mis_dispatch=0.4, hold="2000 s"))
    assert f"700 dispatched {wrong} 0" in told


def test_the_right_unit_may_refuse() -> None:
    """Refused when signing (500 s), sent again (20 s), accepted the second time."""
    refuses = Arises(reporters=[(600, PHONE)], luck={Block.DISPATCH: [(0.5, 0.5, 1.0, 0.1)]})
    told = play([refuses], triage(refuse=0.4, sign_in="500 s"))
    assert told[3:] == lines("""
        700 dispatched crew-works 0
        1200 refused crew-works works
        1200 redispatched centre
        1200 started centre
        1220 dispatched crew-works 1
        1720 started crew-works way 900
        4420 worked crew-works true fix
        4420 resolved crew-works
        4420 closed crew-works worked""")
    assert "refused" not in " ".join(play([refuses], triage(refuse=0.0, sign_in="500 s")))


def test_after_so_many_returns_the_centre_rules() -> None:
    """Always sent wrong: with a ruling after the second return the third dispatch is right; without, it goes round and round."""
    always = triage(mis_dispatch=1.0, hold="2000 s")
    ruled = play([CALLED], {**always, "organisation.triage.ruling_after": 2})
    assert without(ruled, "started") == lines("""
        700 discovered centre resident
        700 registered centre first
        700 dispatched crew-water 0
        2700 returned crew-water works
        2700 redispatched centre
        2720 dispatched crew-water 1
        4720 returned crew-water works
        4720 redispatched centre
        4740 ruled centre
        4740 dispatched crew-works 2
        7440 worked crew-works true fix
        7440 resolved crew-works
        7440 closed crew-works worked""")
    never = play([CALLED], always)
    assert "worked" not in " ".join(never)
    assert sum("returned" in line for line in never) == (2 * 86400 - 700) // 2020


def test_a_ruling_binds_whoever_would_refuse() -> None:
    """Refused always: after the first refusal the centre rules and the unit takes it."""
    told = play([CALLED], triage(refuse=1.0, ruling_after=1))
    assert told[3:8] == lines("""
        700 dispatched crew-works 0
        700 refused crew-works works
        700 redispatched centre
        700 started centre
        720 ruled centre""")
    assert told[-1] == "3420 closed crew-works worked"


@pytest.mark.parametrize(("severity", "signed"), [(0, 1200), (SERIOUS, 1200), (URGENT, 750)])
def test_urgent_work_is_signed_sooner(severity: int, signed: int) -> None:
    """A unit signs after 500 s, urgent work after a tenth of it."""
    told = play([Arises(severity=severity, reporters=[(600, PHONE)])], triage(sign_in="500 s", sign_in_urgent=0.1))
    assert f"{signed} started crew-works way 900" in told


def test_a_unit_signs_in_its_working_time() -> None:
    """A crew that comes at 02:00 signs 500 s later."""
    late = {"calendars.shifts": {"late": {"days": "all", "hours": ["02:00-12:00"], "holidays": "work"}}, "departments.works.shift": "late"}
    assert "7700 started crew-works way 900" in play([CALLED], {**triage(sign_in="500 s"), **late})


# --- authority -----------------------------------------------------------------------------------------------------------------------

def test_delegated_work_is_done_nearby() -> None:
    """District work delegated to the street takes 300 s of way and 600 s of work; other categories stay with the department."""
    delegated = {"organisation.authority.on": True, "organisation.authority.delegated": 1.0}
    only_waste = {**delegated, "organisation.authority.delegated": 0.0, "organisation.authority.by_category": {"waste": 1.0}}
    assert play([CALLED], delegated)[-1] == "1600 closed street-team worked"
    assert play([CALLED], only_waste)[-1] == "3400 closed crew-works worked"
    assert play([CALLED], {**delegated, "organisation.authority.on": False}) == play([CALLED])


def test_heads_move_to_the_streets_with_their_pay() -> None:
    """A department of three gives one to the street: two street jobs at once, and the same heads and pay in total."""
    moved = {"departments.works.heads": 3, "organisation.authority.on": True, "organisation.authority.delegated": 0.0,
             "organisation.authority.heads_moved": 0.2}
    jobs = [Arises(able=STREET, reporters=[(600, PHONE)]), Arises(able=STREET, reporters=[(600, PHONE)])]
    stay = {**moved, "organisation.authority.on": False}
    assert [line for line in play(jobs, stay) if "closed" in line] == ["1600 #0 closed street-team worked", "2500 #1 closed street-team worked"]
    assert [line for line in play(jobs, moved) if "closed" in line] == ["1600 #0 closed street-team worked", "1600 #1 closed street-team worked"]
    heads = [city(changes).pools.first_member[-1] for changes in (stay, moved)]
    assert heads[0] == heads[1]


# --- joint work ----------------------------------------------------------------------------------------------------------------------

def test_departments_one_after_another_or_together() -> None:
    """Two departments: serial, the second is dispatched by the desk (20 s) when the first is done; in parallel both set out once the
    team stands (1000 s), and the work is done with the last part."""
    joint = [Arises(departments=(WORKS, POLICE), reporters=[(600, PHONE)])]
    assert play(joint)[3:] == lines("""
        700 dispatched crew-works 0
        700 started crew-works way 900
        3400 redispatched centre
        3400 started centre
        3420 dispatched crew-police 1
        3420 started crew-police way 900
        6120 worked crew-police true fix
        6120 resolved crew-police
        6120 closed crew-police worked""")
    assert sorted(play(joint, {"organisation.joint_work.mode": "parallel"})[3:]) == sorted(lines("""
        1700 dispatched crew-works 0
        1700 dispatched crew-police 0
        1700 started crew-police way 900
        1700 started crew-works way 900
        4400 worked crew-works true fix
        4400 resolved crew-works
        4400 closed crew-works worked"""))


def test_parts_queue_by_themselves() -> None:
    """In parallel the police are busy with another job until 3400: works does its part meanwhile, and the last part decides the end."""
    story = [Arises(departments=(POLICE,), reporters=[(600, PHONE)]), Arises(departments=(WORKS, POLICE), reporters=[(600, PHONE)])]
    told = play(story, {"organisation.joint_work.mode": "parallel"}, hide=DONE | {Event.RESOLVED})
    assert told == ["3400 #0 worked crew-police true fix", "3400 #0 closed crew-police worked",
                    "6100 #1 worked crew-police true fix", "6100 #1 closed crew-police worked"]


# --- supervision ---------------------------------------------------------------------------------------------------------------------

WATCHED = {"organisation.supervision.on": True, "organisation.supervision.yellow": 0.7, "organisation.supervision.red": 1.0,
           "organisation.supervision.lift": 1.5, "organisation.supervision.order_effort": 1.5}
BUSY = {"issues.categories.noise.touch.street": "3000 s", "issues.categories.noise.deadline.ordinary": "1000 s"}
STREET_JOB = Arises(able=STREET, reporters=[(600, PHONE)])


def test_lamps_orders_and_a_lift_to_the_next_tier() -> None:
    """Two street jobs for one team, with a limit of 1000 s from 700: yellow at 1400, red with an order at 1700; at 2200 the one that still
    waits goes to the district's crew, the one under work stays."""
    told = play([STREET_JOB, STREET_JOB], {**WATCHED, **BUSY})
    assert without(told, "centre resident", "registered", "centre", "resolved") == lines("""
        700 #0 dispatched street-team 0
        700 #1 dispatched street-team 0
        700 #0 started street-team way 300
        1400 #0 lamp street-team yellow
        1400 #1 lamp street-team yellow
        1700 #0 lamp street-team red
        1700 #1 lamp street-team red
        2200 #1 lifted street-team to crew-works
        2200 #1 started crew-works way 900
        4000 #0 worked street-team true fix
        4000 #0 closed street-team worked
        4900 #1 worked crew-works true fix
        4900 #1 closed crew-works worked""")
    assert [line for line in told if "ordered" in line] == ["1700 #0 ordered centre", "1700 #1 ordered centre"]
    assert play([STREET_JOB, STREET_JOB], BUSY)[-1] == "7300 #1 closed street-team worked"


def test_without_a_lift_it_waits_on() -> None:
    """Supervision without lifting: lamps and orders only."""
    told = play([STREET_JOB, STREET_JOB], {**WATCHED, **BUSY, "organisation.supervision.lift": None})
    assert told[-1] == "7300 #1 closed street-team worked"
    assert "1700 #1 lamp street-team red" in told


def test_an_order_adds_effort() -> None:
    """Base chance 0.5, luck 0.7: a false fix without an order; an order written before the work is done makes it 0.75, a true one."""
    story = [Arises(reporters=[(600, PHONE)], luck={Block.WORK: [(1.0, 1.0, 0.7)]})]
    base = {"feedback.true_fix": 0.5, "issues.categories.noise.deadline.ordinary": "1000 s"}
    late = {**WATCHED, **base, "issues.categories.noise.deadline.ordinary": "10 h"}
    assert "3400 worked crew-works false fix" in play(story, base)
    assert "3400 worked crew-works true fix" in play(story, {**WATCHED, **base})
    assert "3400 worked crew-works false fix" in play(story, late)


def test_a_lamp_moves_a_waiting_job_at_once() -> None:
    """The street team works until 4000.  Waste registered last has the shorter limit: its yellow lamp at 1500 puts it before the noise
    registered before it; without supervision the older one goes first."""
    story = [STREET_JOB, Arises(able=STREET, reporters=[(600, PHONE)]), Arises(category=WASTE, able=STREET, reporters=[(700, PHONE)])]
    limits = {"issues.categories.noise.touch.street": "3000 s", "issues.categories.waste.deadline.ordinary": "1000 s",
              "organisation.supervision.lift": None}

    def started(changes: dict[str, Any]) -> list[str]:
        return [line for line in play(story, changes) if "started street" in line]

    assert started({**WATCHED, **limits}) == ["700 #0 started street-team way 300", "4000 #2 started street-team way 300",
                                              "4900 #1 started street-team way 300"]
    assert started(limits) == ["700 #0 started street-team way 300", "4000 #1 started street-team way 300",
                               "7300 #2 started street-team way 300"]


def test_an_order_sends_on_what_was_lost() -> None:
    """In silos a lost ticket lies there; the order at the limit (800 + 1000 s) sends it on, and this hop passes."""
    story = [Arises(reporters=[(600, WALK_IN)], luck={Block.HOP: [(0.5, 1.0, 0.5, 0.5)] + [(0.1, 1.0, 0.5, 0.5)] * 2})]
    limit = {**LOST, **SILOS, "issues.categories.noise.deadline.ordinary": "1000 s"}
    assert play(story, limit)[-1] == "800 lost desk-1"
    assert play(story, {**limit, **WATCHED})[3:9] == lines("""
        800 lost desk-1
        1500 lamp desk-1 yellow
        1800 lamp desk-1 red
        1800 ordered desk-1
        1800 recovered desk-1
        1800 sent desk-1 to street-desk""")


def test_limits_in_working_time() -> None:
    """A limit of one working hour in an office open from 02:00: yellow 42 min after it opens, red an hour after."""
    changes = {**WATCHED, **BUSY, "issues.categories.noise.deadline.ordinary": "1 working hours", "organisation.supervision.lift": None,
               "calendars.shifts": {"late": {"days": "all", "hours": ["02:00-12:00"], "holidays": "work"}}, "calendars.office": "late",
               "issues.categories.noise.touch.street": "20000 s"}
    assert [line for line in play([STREET_JOB], changes) if "lamp" in line] == [
        f"{7200 + 2520} lamp street-team yellow", f"{7200 + 3600} lamp street-team red"]


def test_a_street_team_does_all_departments_parts_in_one_visit_but_crews_their_own() -> None:
    """Two departments needed: the street's comprehensive team works once; lifted to the district it is two jobs of two crews."""
    story = [STREET_JOB, Arises(able=STREET, departments=(WORKS, POLICE), reporters=[(600, PHONE)])]
    alone = play(story[1:], {})
    assert [line for line in alone if "started street" in line or "started crew" in line] == ["700 started street-team way 300"]
    told = play(story, {**WATCHED, **BUSY})
    assert [line for line in told if "lifted" in line] == ["2200 #1 lifted street-team to crew-works"]
    assert [line.split()[3] for line in told if "#1 started crew" in line] == ["crew-works", "crew-police"]


# --- verification ----------------------------------------------------------------------------------------------------------------------

CHECKED = {"organisation.verification.on": True, "organisation.verification.share": 1.0, "organisation.verification.by_call": 0.0,
           "organisation.verification.time": "70 s", "organisation.verification.detects": 1.0, "feedback.true_fix": 0.5}
BOTCHED = Arises(able=COMMUNITY, reporters=[(600, PHONE)], luck={Block.WORK: [(1.0, 1.0, 0.9), (1.0, 1.0, 0.1)]})
"""The first work is a false fix, the second a true one."""


def test_a_check_on_the_spot_sends_a_false_fix_back() -> None:
    """Checked by the grid team in 70 s, failed, done again by the same unit with a new way, checked again, closed."""
    assert play([BOTCHED], CHECKED)[3:] == lines("""
        700 dispatched staff-1 0
        700 started staff-1 way 60
        880 worked staff-1 false fix
        880 started team-1
        950 verified team-1 failed
        950 rework staff-1 1
        950 started staff-1 way 60
        1130 worked staff-1 true fix
        1130 resolved staff-1
        1130 started team-1
        1200 verified team-1 passed
        1200 closed staff-1 worked""")


def test_a_check_by_telephone() -> None:
    """The desk calls back in 40 s."""
    told = play([BOTCHED], {**CHECKED, "organisation.verification.by_call": 1.0})
    assert [line for line in told if "verified" in line] == ["920 verified centre failed", "1140 verified centre passed"]
    assert told[-1] == "1140 closed staff-1 worked"


def test_a_check_that_sees_nothing_passes_a_false_fix() -> None:
    """With no chance to see it the check costs 70 s and closes a false fix; so does no check at once."""
    blind = play([BOTCHED], {**CHECKED, "organisation.verification.detects": 0.0})
    assert blind[-2:] == ["950 verified team-1 passed", "950 closed staff-1 worked"]
    off = play([BOTCHED], {**CHECKED, "organisation.verification.on": False})
    assert off[-2:] == ["880 worked staff-1 false fix", "880 closed staff-1 worked"]
    assert off == play([BOTCHED], {**CHECKED, "organisation.verification.share": 0.0})


def test_checks_take_grid_workers_off_patrol() -> None:
    """The 70 s of a check stop the patrol clock of the only member: found at 1070 in place of 1000 (and not at all by nobody)."""
    story = [Arises(able=COMMUNITY, reporters=[(600, PHONE)], luck={Block.WORK: [(1.0, 1.0, 0.1)]}),
             Arises(able=GRID, found_after=1000 / 600)]
    assert "1070 #1 discovered team-1 patrol" in play(story, CHECKED)
    assert "1000 #1 discovered team-1 patrol" in play(story, {**CHECKED, "organisation.verification.on": False})


# --- feedback ----------------------------------------------------------------------------------------------------------------------------

def test_a_false_fix_is_reported_again() -> None:
    """Closed at 880 as a false fix; a resident calls again within 2000 s (at half of it) and a second ticket opens."""
    base = {"feedback.true_fix": 0.5}
    told = play([BOTCHED], {**base, "residents.repeat": 1.0})
    assert told[5:] == lines("""
        880 worked staff-1 false fix
        880 closed staff-1 worked
        1880 started centre
        1980 registered centre repeat
        1980 dispatched staff-1 0
        1980 started staff-1 way 60
        2160 worked staff-1 true fix
        2160 resolved staff-1
        2160 closed staff-1 worked""")
    assert play([BOTCHED], base)[-1] == "880 closed staff-1 worked"


def test_patrol_finds_a_false_fix_again() -> None:
    """What was not truly fixed is still there: a whole round (600 s of patrol) later it is found again and a second ticket opens."""
    story = [Arises(able=GRID, found_after=0.5, luck={Block.WORK: [(1.0, 1.0, 0.9), (1.0, 1.0, 0.1)]})]
    told = play(story, {"feedback.true_fix": 0.5})
    assert without(told, "started", "dispatched") == lines("""
        300 discovered team-1 patrol
        300 registered team-1 first
        360 worked team-1 false fix
        360 closed team-1 worked
        960 registered team-1 repeat
        1020 worked team-1 true fix
        1020 resolved team-1
        1020 closed team-1 worked""")
    assert play(story)[-1] == "360 closed team-1 worked"


@pytest.mark.parametrize(("fixed", "limit", "score"), [(0.1, "10 h", 100), (0.1, "1 s", 80), (0.9, "10 h", 0), (0.9, "1 s", 0)])
def test_residents_score_what_was_closed(fixed: float, limit: str, score: int) -> None:
    """Called back for a score, with the usual luck: very satisfied in time, satisfied late, not satisfied with a false fix."""
    story = [Arises(reporters=[(600, PHONE)], luck={Block.WORK: [(1.0, 1.0, fixed)]})]
    changes = {"feedback.true_fix": 0.5, "issues.categories.noise.deadline.ordinary": limit, "residents.evaluated": 1.0}
    assert play(story, changes)[-1] == f"3400 evaluated {score}"
    assert "evaluated" not in " ".join(play(story, {**changes, "residents.evaluated": 0.0}))


def test_in_time_is_in_working_time_where_the_limit_is() -> None:
    """Closed 2700 s after it was registered: late by 30 minutes around the clock, in time by 30 minutes of an office open from 02:00."""
    office = {"calendars.shifts": {"late": {"days": "all", "hours": ["02:00-12:00"], "holidays": "work"}}, "calendars.office": "late",
              "residents.evaluated": 1.0}
    limit = "issues.categories.noise.deadline.ordinary"
    assert play([CALLED], {**office, limit: "30 min"})[-1] == "3400 evaluated 80"
    assert play([CALLED], {**office, limit: "30 working minutes"})[-1] == "3400 evaluated 100"


# --- costs of integration ------------------------------------------------------------------------------------------------------------------

COSTS = {"organisation.integration_costs.on": True, "organisation.integration_costs.generalist_slowdown": 0.5}


def test_generalists_are_slower() -> None:
    """Merged grid workers need 90 s in place of 60 s; separate roles pay nothing."""
    found = [Arises(able=GRID, found_after=0.5)]
    assert play(found, COSTS)[-1] == "390 closed team-1 worked"
    assert play(found, {**COSTS, "organisation.integration_costs.on": False})[-1] == "360 closed team-1 worked"
    assert play(found, {**COSTS, "organisation.grid_workers.mode": "separate"})[-1] == "660 closed team-order worked"


def test_clerks_of_a_merged_centre_are_slower() -> None:
    """A call takes 150 s and a question 120 s at the merged centre, 100 s and 80 s at separate ones; the streets' desks were not merged."""
    story = [CALLED, Asks(at=5000), Arises(at=6000, able=COMMUNITY, reporters=[(0, WALK_IN)])]
    merged = [line for line in play(story, COSTS, hide=CLERKS) if "ended" in line and "contact" in line]
    assert merged == ["750 #0 ended centre contact", "5120 #1 ended centre contact", "6200 #2 ended desk-1 contact"]
    separate = play(story, {**COSTS, "organisation.centres.mode": "separate", "organisation.centres.wrong_centre": 0.0}, hide=CLERKS)
    assert [line for line in separate if "ended" in line and "contact" in line] == [
        "700 #0 ended centre-order contact", "5080 #1 ended centre-order contact", "6200 #2 ended desk-1 contact"]


def test_street_teams_are_slower_at_what_was_delegated() -> None:
    """Half of what the street does was delegated (authority 0.25 district, 0.25 street): half of the slowdown, 750 s in place of 600."""
    delegated = {"organisation.authority.on": True, "organisation.authority.delegated": 1.0}
    assert play([CALLED], {**COSTS, **delegated, "organisation.centres.mode": "separate", "organisation.centres.wrong_centre": 0.0})[
        -1] == "1750 closed street-team worked"


def test_nobody_owns_it() -> None:
    """Ownership loss halves the chance of a true fix where something was merged, and nowhere else."""
    story = [Arises(reporters=[(600, PHONE)], luck={Block.WORK: [(1.0, 1.0, 0.7)]})]
    loss = {"organisation.integration_costs.on": True, "organisation.integration_costs.generalist_slowdown": 0.0,
            "organisation.integration_costs.ownership_loss": 0.5}
    specialists = {"organisation.centres.mode": "separate", "organisation.centres.wrong_centre": 0.0,
                   "organisation.grid_workers.mode": "separate"}
    assert "3400 worked crew-works false fix" in play(story, loss)
    assert "3400 worked crew-works true fix" in play(story, {**loss, **specialists})
    assert "3400 worked crew-works true fix" in play(story, {**loss, "organisation.integration_costs.on": False})


def test_training_takes_merged_members_off_duty() -> None:
    """200 training days a year on a run of two days: the team's only member trains on the second day and finds nothing."""
    story = [Arises(at=86400, able=GRID, found_after=0.5)]
    training = {"organisation.integration_costs.on": True, "organisation.integration_costs.generalist_slowdown": 0.0,
                "organisation.integration_costs.training_days": 200}
    assert play(story, training) == []
    assert play(story, {**training, "organisation.integration_costs.training_days": 0})[0] == "86700 discovered team-1 patrol"
    assert play(story, {**training, "organisation.grid_workers.mode": "separate"})[0] == "87000 discovered team-order patrol"


# --- worsening, natural end ------------------------------------------------------------------------------------------------------------------

WORSENS = {"issues.categories.noise.worsens": {"chance": 1.0, "after": "1 h", "touch_factor": 2.0}}


def test_a_small_thing_grows() -> None:
    """Community work that worsens at 1000, before anybody reports it: serious, the street's, and twice the work (1200 s)."""
    story = [Arises(able=COMMUNITY, worsens=1000, reporters=[(2000, PHONE)])]
    told = play(story, WORSENS)
    assert told[0] == "1000 worsened serious"
    assert told[4:] == lines("""
        2100 dispatched street-team 0
        2100 started street-team way 300
        3600 worked street-team true fix
        3600 resolved street-team
        3600 closed street-team worked""")
    assert play([Arises(able=COMMUNITY, reporters=[(2000, PHONE)])], WORSENS)[-1] == "2280 closed staff-1 worked"


def test_what_grows_beyond_a_units_authority_is_returned() -> None:
    """Dispatched to the community at 700, worse at 1000, to be signed at 1200: returned, and sent to the street."""
    told = play([Arises(able=COMMUNITY, worsens=1000, reporters=[(600, PHONE)])], {**WORSENS, **triage(sign_in="500 s")})
    assert told[3:9] == lines("""
        700 dispatched staff-1 0
        1000 worsened serious
        1200 returned staff-1 works
        1200 redispatched centre
        1200 started centre
        1220 dispatched street-team 1""")


def test_worse_than_urgent_there_is_not() -> None:
    """An urgent issue does not worsen."""
    assert "worsened" not in " ".join(play([Arises(severity=URGENT, worsens=10)], WORSENS))


def test_an_issue_ends_by_itself_before_it_is_filed() -> None:
    """The vendor leaves at 650 while the resident is on the telephone: no ticket is opened.  Without an end it is."""
    assert play([Arises(lasts=650, reporters=[(600, PHONE)])]) == ["600 started centre", "650 gone"]
    assert "700 registered centre first" in play([CALLED])


def test_gone_before_arrival_costs_the_way_and_a_look() -> None:
    """Dispatched at 700, gone at 800; the crew signs at 1200, drives 900 s, looks 10 s."""
    told = play([Arises(lasts=800, reporters=[(600, PHONE)])], triage(sign_in="500 s"))
    assert told[4:] == ["800 gone", "1200 started crew-works way 900", "2110 closed crew-works gone"]


def test_it_does_not_end_once_somebody_has_set_out() -> None:
    """The crew set out at 700: what would have ended at 800 waits for it."""
    told = play([Arises(lasts=800, reporters=[(600, PHONE)])])
    assert "gone" not in " ".join(told)
    assert told[-1] == "3400 closed crew-works worked"


# --- telephones ------------------------------------------------------------------------------------------------------------------------------

ONE_LINE = {"centres.lines_per_clerk": 0.5}
ONE_CLERK = {"staff.district_desk.heads": 1, "centres.handling.phone": "400 s", "centres.subjects": {}, "centres.lines_per_clerk": 3.0,
             "issues.categories.noise.subject": None, "issues.categories.waste.subject": None}
CALLS = [CALLED, CALLED]


def test_a_busy_line() -> None:
    """Two calls in one second on one line: the second is blocked, and gives up or calls again 400 s later."""
    assert play(CALLS, ONE_LINE, hide=CLERKS)[:5] == lines("""
        600 #0 contacted centre phone 0
        600 #1 contacted centre phone 0
        600 #1 blocked centre
        600 #1 gave_up centre
        600 #0 started centre""")
    again = play(CALLS, {**ONE_LINE, "residents.call_back": 1.0}, hide=CLERKS)
    assert [line for line in again if "#1" in line and "centre" in line] == lines("""
        600 #1 contacted centre phone 0
        600 #1 blocked centre
        1000 #1 contacted centre phone 0
        1000 #1 started centre
        1100 #1 ended centre contact""")
    assert "blocked" not in " ".join(play(CALLS, hide=CLERKS))


def test_a_caller_hangs_up() -> None:
    """One clerk talks for 400 s; the second caller holds the line for 300 s, hangs up, and calls again 400 s later."""
    gone = [line for line in play(CALLS, ONE_CLERK, hide=CLERKS) if "#1" in line]
    assert gone == ["600 #1 contacted centre phone 0", "900 #1 hung_up centre", "900 #1 gave_up centre"]
    again = play(CALLS, {**ONE_CLERK, "residents.call_back": 1.0}, hide=CLERKS)
    assert [line for line in again if "#1" in line][:5] == lines("""
        600 #1 contacted centre phone 0
        900 #1 hung_up centre
        1300 #1 contacted centre phone 0
        1300 #1 started centre
        1700 #1 ended centre contact""")
    patient = play(CALLS, {**ONE_CLERK, "residents.phone_patience": "401 s"}, hide=CLERKS)
    assert "1000 #1 started centre" in patient


def test_a_line_is_free_again_once_somebody_hangs_up_or_is_done() -> None:
    """Two lines, one clerk: of three callers at 600 the third is blocked; at 900 a line is free again, at 1000 the clerk."""
    story = [*CALLS, CALLED, Asks(at=899), Asks(at=900), Asks(at=1000)]
    told = play(story, {**ONE_CLERK, "centres.lines_per_clerk": 2.0}, hide=CLERKS)
    assert [line for line in told if "blocked" in line or "hung_up" in line] == lines("""
        600 #2 blocked centre
        899 #3 blocked centre
        900 #1 hung_up centre""")


def test_only_callers_need_a_line() -> None:
    """By app or in person there is no line and no patience."""
    story = [Arises(reporters=[(600, APP)]) for _ in range(5)]
    assert sum("ended centre contact" in line for line in play(story, {**ONE_LINE, **ONE_CLERK, "centres.handling.app": "400 s"},
                                                                hide=CLERKS)) == 5


# --- urgent work, order of queues ----------------------------------------------------------------------------------------------------------------

FIRE = [STREET_JOB, Arises(able=STREET, severity=URGENT, reporters=[(800, PHONE)])]


def test_urgent_work_interrupts_and_no_way_is_driven_twice() -> None:
    """The street team is on its way (200 of 300 s) when an urgent job comes at 900: it goes there first, then has 100 s of way left."""
    told = [line for line in play(FIRE, {"organisation.pre_emption.on": True}, hide=DONE - {
        Event.STARTED, Event.SUSPENDED} | {Event.RESOLVED, Event.WORKED}) if "street" in line]
    assert told == lines("""
        700 #0 started street-team way 300
        900 #0 suspended street-team left 700
        900 #1 started street-team way 300
        1800 #1 closed street-team worked
        1800 #0 started street-team way 100
        2500 #0 closed street-team worked""")
    assert [line for line in play(FIRE) if "closed" in line] == ["1600 #0 closed street-team worked", "2500 #1 closed street-team worked"]


@pytest.mark.parametrize("order", ["priority", "fcfs"])
def test_what_becomes_urgent_while_it_waits_interrupts_at_once(order: str) -> None:
    """A serious street job waits since 720 and gets worse at 1000: the team leaves the first job, on whose way it has driven 300 s."""
    story = [STREET_JOB, Arises(able=STREET, severity=SERIOUS, worsens=1000, reporters=[(620, PHONE)])]
    told = play(story, {"organisation.pre_emption.on": True, "organisation.queue_order": order})
    assert [line for line in told if line.startswith("1000")] == lines("""
        1000 #1 worsened urgent
        1000 #0 suspended street-team left 600
        1000 #1 started street-team way 300""")


@pytest.mark.parametrize("order", ["priority", "fcfs"])
def test_a_lamp_does_not_keep_urgent_work_waiting(order: str) -> None:
    """An ordinary job with a red lamp waits first in the queue and may not interrupt; the urgent job behind it may."""
    story = [STREET_JOB, Arises(category=WASTE, able=STREET, reporters=[(620, PHONE)]), FIRE[1]]
    changes = {**WATCHED, "organisation.supervision.lift": None, "organisation.pre_emption.on": True, "organisation.queue_order": order,
               "issues.categories.waste.deadline.ordinary": "50 s"}
    told = play(story, changes)
    assert "770 #1 lamp street-team red" in told
    assert [line for line in told if "started street" in line][:2] == ["700 #0 started street-team way 300",
                                                                       "900 #2 started street-team way 300"]
    assert "900 #0 suspended street-team left 700" in told


@pytest.mark.parametrize(("order", "second"), [("priority", 2), ("fcfs", 1)])
def test_queue_order_by_urgency_or_by_coming(order: str, second: int) -> None:
    """While the street team is busy an ordinary job comes at 720, an urgent one at 900."""
    story = [STREET_JOB, Arises(able=STREET, reporters=[(620, PHONE)]), FIRE[1]]
    told = [line for line in play(story, {"organisation.queue_order": order}) if "started street" in line]
    assert told[1] == f"1600 #{second} started street-team way 300"


# --- within one second ------------------------------------------------------------------------------------------------------------------------

def test_completions_come_before_natural_ends_and_these_before_discoveries() -> None:
    """Resolved in the second in which another would end by itself; what ends in the second in which patrol would find it is gone."""
    assert play([Arises(able=GRID, found_after=0.5, lasts=300)]) == ["300 gone"]
    assert play([Arises(able=GRID, found_after=0.5, lasts=301)])[0] == "300 discovered team-1 patrol"


def test_natural_ends_come_before_worsening() -> None:
    """What ends in the second in which it would worsen is gone."""
    assert play([Arises(lasts=1000, worsens=1000)], WORSENS) == ["1000 gone"]


def test_worsening_comes_before_lamps() -> None:
    """In one second first the issue gets worse, then the lamp is lit, then who is served next."""
    story = [Arises(able=STREET, worsens=1400, reporters=[(600, PHONE)])]
    told = play(story, {**WATCHED, **BUSY, **WORSENS})
    assert [line for line in told if line.startswith("1400")] == ["1400 worsened serious", "1400 lamp street-team yellow"]


def test_completions_come_before_lamps() -> None:
    """What is closed in the second of its limit was in time: no lamp is lit."""
    told = play([CALLED], {**WATCHED, "issues.categories.noise.deadline.ordinary": "2700 s"})
    assert "3400 closed crew-works worked" in told
    assert [line for line in told if "lamp" in line] == ["2590 lamp crew-works yellow"]


def test_the_horizon_is_the_last_second() -> None:
    """What happens in the last second of the run happens, what comes after it does not."""
    end = 2 * 86400
    assert play([Arises(at=end - 1000, lasts=1000)]) == [f"{end} gone"]
    assert play([Arises(at=end - 1000, lasts=1001)]) == []


@pytest.mark.parametrize("mode", ["merged", "separate"])
@pytest.mark.parametrize("category", [NOISE, WASTE])
def test_each_subject_has_its_centre(mode: str, category: int) -> None:
    """Separate centres: noise belongs to one, waste to the other; merged there is one."""
    told = play([Arises(category=category, reporters=[(600, PHONE)])], {"organisation.centres.mode": mode,
                                                                        "organisation.centres.wrong_centre": 0.0})
    assert told[0] == f"600 started {'centre' if mode == 'merged' else ('centre-order', 'centre-repair')[category]}"
