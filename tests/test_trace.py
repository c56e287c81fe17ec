"""The life of one issue as a story: what it says, in both languages, and that its times are those of the measures."""

import json

import numpy as np
import pytest
import tiny

from sim import load
from sim.cli import main
from sim.draws import Draws
from sim.engine_simpy import simulate
from sim.experiment import trace
from sim.i18n import speaking
from sim.outcome import STAGES, count
from sim.story import _BY_VALUE, _PLAIN, _STAGE, UnknownIssue, story
from sim.timeline import NOBODY, Event, Found, Purpose

SHORT = ["run.warm_up=0 s", "run.horizon=20 days", "run.run_out=0 s"]
HOUR = tiny.HOUR

# An issue of noise in community B: reported, judged a matter for the crew, worked on the next morning after half an hour of way.
ROWS = [
    (HOUR, Event.OCCURRED, 0, NOBODY, 1, NOBODY, 0),
    (3 * HOUR, Event.CONTACTED, 0, NOBODY, tiny.DESK, NOBODY, 0),
    (3 * HOUR, Event.JOINED, 0, NOBODY, tiny.DESK, NOBODY, Purpose.CONTACT),
    (3 * HOUR + 60, Event.STARTED, 0, NOBODY, tiny.DESK, 1, 0),
    (3 * HOUR + 360, Event.ENDED, 0, NOBODY, tiny.DESK, 1, Purpose.CONTACT),
    (3 * HOUR + 360, Event.DISCOVERED, 0, NOBODY, tiny.DESK, NOBODY, Found.RESIDENT),
    (3 * HOUR + 360, Event.REGISTERED, 0, 0, tiny.DESK, NOBODY, 0),
    (3 * HOUR + 360, Event.TRIAGED, 0, 0, tiny.DESK, NOBODY, 3),
    (3 * HOUR + 360, Event.DISPATCHED, 0, 0, tiny.CREW, NOBODY, 0),
    (8 * HOUR, Event.ACCEPTED, 0, 0, tiny.CREW, NOBODY, 0),
    (8 * HOUR, Event.JOINED, 0, 0, tiny.CREW, NOBODY, Purpose.WORK),
    (9 * HOUR, Event.STARTED, 0, 0, tiny.CREW, 0, 1800),
    (11 * HOUR, Event.ENDED, 0, 0, tiny.CREW, 0, Purpose.WORK),
    (11 * HOUR, Event.WORKED, 0, 0, tiny.CREW, NOBODY, 1),
    (11 * HOUR, Event.RESOLVED, 0, 0, tiny.CREW, NOBODY, 0),
    (11 * HOUR, Event.CLOSED, 0, 0, tiny.CREW, NOBODY, 0),
]

TOLD = """\
Issue 0: noise, in b of B, S
2024-12-31 01:00:00                  It arises, ordinary
2024-12-31 03:00:00      +2 h 0 min  Somebody turns to desk/district by telephone
2024-12-31 03:00:00                  Waits at desk/district for a clerk
2024-12-31 03:01:00      +1 min 0 s  desk/district, member 2 begins
2024-12-31 03:06:00      +5 min 0 s  desk/district, member 2 has answered and noted it
2024-12-31 03:06:00                  First known: desk/district learns of it from a resident
2024-12-31 03:06:00                  desk/district opens ticket 0
2024-12-31 03:06:00                  Judged at desk/district: a matter of the district, for works
2024-12-31 03:06:00                  Dispatched to crew/works
2024-12-31 08:00:00     +4 h 54 min  crew/works signs for it
2024-12-31 08:00:00                  Waits for crew/works to work on it
2024-12-31 09:00:00      +1 h 0 min  crew/works, member 1 sets out: 30 min 0 s of way
2024-12-31 11:00:00      +2 h 0 min  crew/works, member 1 has done the work
2024-12-31 11:00:00                  The work is done, and it is truly fixed
2024-12-31 11:00:00                  Truly resolved
2024-12-31 11:00:00                  Ticket 0 is closed

Where the time went, until it was truly resolved: 10 h 0 min
  hand-offs                     4 h 54 min   49.0%
  nobody knows of it             2 h 0 min   20.0%
  work                          1 h 30 min   15.0%
  waiting for department crews   1 h 0 min   10.0%
  travel                        30 min 0 s    5.0%
  desks and checks               5 min 0 s    0.8%
  waiting at desks               1 min 0 s    0.2%"""

TOLD_ZH = """\
问题 0：噪声，位于SB b
2024-12-31 01:00:00                  发生，一般
2024-12-31 03:00:00    +2 小时 0 分  有人打电话找desk/district"""


def noise():
    return tiny.timeline(ROWS, [(0, 1, HOUR)], 4 * tiny.DAY), tiny.city()


def test_a_story_is_told_line_by_line():
    assert story(*noise(), 0) == TOLD


def test_a_story_in_chinese_with_the_names_it_is_given():
    told = story(*noise(), 0, "zh", {"noise": "噪声", "b": " b"})
    assert told.startswith(TOLD_ZH)
    assert "研判：属区级，归works" in told
    assert "真正解决" in told
    assert "时间去向，至真正解决，共 10 小时 0 分" in told
    assert story(*noise(), 0) == TOLD       # the language is put back


def test_with_several_tickets_each_line_says_which():
    second = [(12 * HOUR, Event.REGISTERED, 0, 4, tiny.DESK_B, NOBODY, 2), (12 * HOUR, Event.SENT, 0, 4, tiny.DESK_B, NOBODY, tiny.DESK)]
    line = tiny.timeline([*ROWS, *second], [(0, 1, HOUR)], 4 * tiny.DAY)
    told = story(line, tiny.city(), 0).splitlines()
    assert told[9].endswith("Dispatched to crew/works (ticket 0)")
    assert told[17].endswith("desk/community B opens ticket 4; an earlier one was closed")
    assert told[18].endswith("Sent on from desk/community B to desk/district (ticket 4)")


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("kind", list(Event))
def test_every_kind_of_row_has_its_words(kind, lang):
    """For any value that a row of the kind may hold; none is left in the wrong language or with a hole in it."""
    if kind != Event.OCCURRED:
        assert kind in {**_PLAIN, **_BY_VALUE}
    for value in (0, 1, 2):
        line = tiny.timeline([(9, kind, 0, 3, 0, 0, value)], [(0, 0, 5)], tiny.DAY)
        words = story(line, tiny.city(days=1), 0, lang).splitlines()[1].split(maxsplit=2)[2]
        assert "{" not in words
        assert any("\u4e00" <= letter <= "\u9fff" for letter in words) == (lang == "zh")


def test_every_stage_has_a_name():
    assert set(_STAGE) == set(STAGES)


@pytest.fixture(scope="module")
def small():
    tables = load("small/fragmented", SHORT).tables()
    return simulate(tables, Draws(tables, 1, 0)), tables


def test_the_times_add_up_to_the_life(small):
    """Of any issue; and over all of them they are what the measures are made of."""
    line, tables = small
    from sim.story import _Teller

    total = np.zeros(len(STAGES), np.int64)
    issues = np.flatnonzero((line.issue_stream < len(tables.city.category)) & (line.issue_time < tables.end))
    for issue in issues.tolist():
        rows = line.of_issues(issue, issue + 1)
        spent = _Teller(tables, {}).spent(line, rows, issue)
        ends = rows[np.isin(rows[:, 1], (Event.RESOLVED, Event.GONE)), 0]
        assert sum(spent.values()) == (int(ends[0]) if len(ends) else tables.end) - int(line.issue_time[issue])
        total += [spent.get(stage, 0) for stage in STAGES]
    assert (total == count(line, tables).arrays["stages_by_category"].sum(axis=0)).all()


def test_a_question_is_told_too(small):
    line, tables = small
    asked = int(np.flatnonzero(line.issue_stream >= len(tables.city.category))[0])
    told = story(line, tables, asked)
    assert told.startswith(f"Consultation {asked}: ")
    assert "desks and checks" in told


def test_a_customer_of_a_bare_system():
    rows = [(10, Event.OCCURRED, 0, NOBODY, NOBODY, NOBODY, 0), (10, Event.JOINED, 0, NOBODY, 0, NOBODY, Purpose.SERVICE),
            (40, Event.STARTED, 0, NOBODY, 0, 0, 0), (100, Event.ENDED, 0, NOBODY, 0, 0, Purpose.SERVICE),
            (100, Event.LEFT, 0, NOBODY, 0, NOBODY, 0)]
    told = story(tiny.timeline(rows, [(0, 0, 10)], tiny.DAY), tiny.bare(), 0)
    assert told == """\
Customer 0, customer
2024-12-31 00:00:10                  Arrives
2024-12-31 00:00:10                  Joins the queue of pool 0
2024-12-31 00:00:40           +30 s  pool 0, member 1 begins
2024-12-31 00:01:40      +1 min 0 s  pool 0, member 1 has served the customer
2024-12-31 00:01:40                  Leaves the system

Where the time went, from beginning to end: 1 min 30 s
  work     1 min 0 s   66.7%
  waiting       30 s   33.3%"""


def test_an_unknown_number_is_told_with_those_there_are():
    line, tables = noise()
    for number in (1, -1):
        with pytest.raises(UnknownIssue, match="this replication has 1, from 0 to 0"):
            story(line, tables, number)
    with pytest.raises(UnknownIssue, match="Nothing arises"):
        story(tiny.timeline([], [], 9), tables, 0)


def test_an_unknown_number_is_told_before_anything_is_simulated(monkeypatch):
    """How many there are is known from the draws; with a number that there is, it runs."""
    def never(*_words):
        raise AssertionError("it was simulated")

    side = load("theory/mm1", ["run.warm_up=0 s", "run.horizon=1 day", "run.run_out=0 s"])
    monkeypatch.setattr("sim.session.Session.timeline", never)
    with pytest.raises(UnknownIssue, match="There is no number 99999: this replication has "):
        trace(side, [0, 99_999], engine="simpy")
    with pytest.raises(AssertionError, match="it was simulated"):
        trace(side, 0, engine="simpy")


def test_names_are_those_of_the_scenario():
    side = load("small/integrated", SHORT)
    first = trace(side, 3, engine="simpy")[0].splitlines()[0]
    with speaking("zh"):
        chinese = trace(side, 3, engine="simpy")[0].splitlines()[0]
    assert first.startswith("Issue 3: Public facilities, in grid ")
    assert not any(letter.isascii() and letter.isalpha() for letter in chinese)


# --- the command ------------------------------------------------------------------------------------------------------------


def said(capsys, *words):
    capsys.readouterr()
    status = main(list(words))
    shown = capsys.readouterr()
    return status, shown.out, shown.err


@pytest.fixture
def day(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return ["run", "theory/mm1", *(word for one in SHORT for word in ("--set", one.replace("20 days", "2 days"))), "--quiet"]


def test_the_command_tells_stories_and_leaves_nothing_behind(day, tmp_path, capsys):
    status, shown, err = said(capsys, *day, "--trace", "3", "--trace", "0", "--replication", "2")
    assert (status, err) == (0, "")
    assert [line for line in shown.splitlines() if line.startswith("Customer")] == ["Customer 3, ticket", "Customer 0, ticket"]
    assert list(tmp_path.iterdir()) == []
    assert said(capsys, *day, "--trace", "3")[1] != said(capsys, *day, "--trace", "3", "--replication", "2")[1]


def test_a_story_as_json(day, capsys):
    found = json.loads(said(capsys, *day, "--trace", "3", "--json")[1])
    assert (found["replication"], [one["issue"] for one in found["stories"]]) == (0, [3])
    assert found["stories"][0]["story"].startswith("Customer 3")


@pytest.mark.parametrize(("words", "message"), [
    (["--trace", "99999"], "There is no number 99999: this replication has "), (["--trace", "x"], "not a whole number from 0 up"),
    (["--replication", "1"], "--replication goes with --trace")])
def test_slips_are_told(day, capsys, words, message):
    status, shown, err = said(capsys, *day, *words)
    assert (status, shown) == (2, "")
    assert message in err
