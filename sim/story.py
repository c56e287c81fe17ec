"""The life of one issue, or of one customer of a bare system, as a story (单件追踪).

A line an event, in the language in use: when, how long since the last, what happened, where and by whom.  At the end stands where
the time went, in the stages that the measures count (`sim.outcome`).  The story is a function of the timeline alone, so it is the
same from either engine.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Mapping
from dataclasses import replace
from unicodedata import east_asian_width

import numpy as np

from sim.i18n import N_, _, language, speaking
from sim.outcome import SEVERITIES, STAGES, count
from sim.outcome.spells import pieces_of, spells_of
from sim.tables import CHANNELS, TIERS, PoolKind, Tables, Tier
from sim.three_ways import BIG, PRIVATE, SMALL
from sim.timeline import COLUMNS, NOBODY, Close, Event, Found, Purpose, Registered, Timeline

__all__ = ["UnknownIssue", "alone", "check", "headline", "story"]


class UnknownIssue(LookupError):
    """No issue of this replication has that number; the text is for the user."""


_SEVERITY = {"ordinary": N_("ordinary"), "serious": N_("serious"), "urgent": N_("urgent")}
_TIER = {"grid": N_("grid"), "community": N_("community"), "street": N_("street"), "district": N_("district")}
_CHANNEL = {"phone": N_("by telephone"), "app": N_("by app"), "walk_in": N_("in person"), "terminal": N_("by terminal"), "sensor": N_("by sensor")}

_PLAIN = {
    Event.HUNG_UP: N_("Loses patience at {place} and leaves"),
    Event.GAVE_UP: N_("Gives up: does not call back"),
    Event.SEEN_AGAIN: N_("{place} sees it again on patrol"),
    Event.MERGED: N_("{place} adds the report to ticket {ticket}, which is open"),
    Event.SUSPENDED: N_("{who} is interrupted, with {value_span} of work left"),
    Event.SENT: N_("Sent on from {place} to {other}"),
    Event.LOST: N_("Stays behind at {place}: it is not passed on"),
    Event.RECOVERED: N_("Taken up again at {place}"),
    Event.TRANSFERRED: N_("Sent by paper from {place} to {other}"),
    Event.ACCEPTED: N_("{place} signs for it"),
    Event.RETURNED: N_("{place} returns it: not its own, or without authority"),
    Event.REFUSED: N_("{place} refuses it"),
    Event.RULED: N_("A ruling of {place} binds the next dispatch"),
    Event.REWORK: N_("Sent back to {place} to be done again (rework {value})"),
    Event.RESOLVED: N_("Truly resolved"),
    Event.GONE: N_("It has ended by itself"),
    Event.WORSENED: N_("It gets worse: {severity} now"),
    Event.ORDERED: N_("{place} writes a supervision order"),
    Event.LIFTED: N_("Late: taken from {place} up to {other}"),
    Event.EVALUATED: N_("Called back: the resident gives {value} points"),
    Event.REDISPATCHED: N_("Back at {place}, to be sent out again"),
    Event.LEFT: N_("Leaves the system"),
    Event.PETITIONED: N_("Somebody petitions the district: to {place}"),
    Event.OWNED: N_("A leader owns the case from now on"),
    Event.PREVENTED: N_("It does not come about: the cause of its kind was worked on"),
    Event.ANALYSED: N_("The worst class of cases is worked on, all over the district"), Event.ASSESSED: N_("A department or a street is assessed"),
    Event.LISTED: N_("A street is listed for supervision"), Event.TRUSTED: N_("A community is asked how far it trusts"),
    Event.RELEASED: N_("A dispatching review sets it going again"),
    Event.ALARM: N_("A sensor raises an alarm at {place}"),
    Event.FALSE_ALARM: N_("A sensor raises a false alarm at {place}"),
    Event.HELPED: N_("{place} have solved it"),
    Event.REFERRED: N_("{place} cannot solve it and pass it on"),
    Event.SECONDED: N_("Waits no longer for {place}: somebody of {other} is seconded to it"),
    Event.DECLARED: N_("An emergency is declared"), Event.STOOD_DOWN: N_("The emergency is called off"),
    Event.FABRICATED: N_("{place} makes up a report"),
    Event.SETTLED: N_("Those who live there have dealt with it themselves"),
    Event.REFORMED: N_("A street has the new organisation from now on"),
    Event.HANDED_OVER: N_("Handed over in the reform, from {place} to {other}"),
    Event.DISMISSED: N_("{place} sees that the alarm is false"),
}
"""What is said of a row by its kind alone."""

_JOBS: dict[int, tuple[str, str]] = {
    Purpose.CONTACT: (N_("Waits at {place} for a clerk"), N_("{who} has answered and noted it")),
    Purpose.FORWARD: (N_("Waits at {place} to be taken over"), N_("{who} has taken it over")),
    Purpose.REDISPATCH: (N_("Waits at {place} to be sent out again"), N_("{who} has it ready to go out again")),
    Purpose.WORK: (N_("Waits for {place} to work on it"), N_("{who} has done the work")),
    Purpose.ON_THE_SPOT: (N_("{place} takes it on, on the spot"), N_("{who} has dealt with it on the spot")),
    Purpose.VERIFY: (N_("Waits for {place} to check it"), N_("{who} has checked it")),
    Purpose.SERVICE: (N_("Joins the queue of {place}"), N_("{who} has served the customer")),
    Purpose.CONSULT: (N_("On the table at the meeting: waits for {place}"), N_("{who} has talked it over with those concerned")),
    Purpose.SCREEN: (N_("In the way of a sweep: waits for {place} to come to the door"), N_("{who} has been at the door")),
}
"""Of a job by its purpose: how it is waited for, and that it is done."""

_FOUND: dict[int, str] = {
    Found.PATROL: N_("First known: {place} finds it on patrol"),
    Found.RESIDENT: N_("First known: {place} learns of it from a resident"),
    Found.SCREENING: N_("First known: {place} finds it in a sweep"),
    Found.SENSOR: N_("First known: {place} learns of it from a sensor"),
}
_OPENS: dict[int, str] = {
    Registered.DUPLICATE: N_("{place} opens ticket {ticket}; another one is open elsewhere"),
    Registered.REPEAT: N_("{place} opens ticket {ticket}; an earlier one was closed"),
}

_WAYS: dict[int, str] = {
    PRIVATE: N_("Deliberated on at {place}: a private matter"), SMALL: N_("Deliberated on at {place}: a small matter"),
    BIG: N_("Deliberated on at {place}: a big matter"),
}

_CLOSES: dict[int, str] = {
    Close.GONE: N_("Ticket {ticket} is closed: nothing was left to do"), Close.GUIDED: N_("Ticket {ticket} is closed: guided to self-help"),
}

_BY_VALUE: dict[Event, Callable[[int], str]] = {
    Event.BLOCKED: lambda value: N_("No line or place is free at {place}"),
    Event.DISCOVERED: lambda value: _FOUND.get(value, N_("First known: at {place}")),
    Event.REGISTERED: lambda value: _OPENS.get(value, N_("{place} opens ticket {ticket}")),
    Event.CONTACTED: lambda value: N_("Somebody turns to {place} {channel}") if value < 8 else N_(
        "Somebody turns to {place} again {channel}"),
    Event.JOINED: lambda value: _JOBS.get(value, (N_("Waits at {place}"), ""))[0],
    Event.STARTED: lambda value: N_("{who} sets out: {value_span} of way") if value > 0 else N_("{who} begins"),
    Event.ENDED: lambda value: _JOBS.get(value, ("", N_("{who} is done")))[1],
    Event.TRIAGED: lambda value: N_("Judged at {place}: a matter of the {tier}") if value % 4 < Tier.STREET else N_(
        "Judged at {place}: a matter of the {tier}, for {department}"),
    Event.DISPATCHED: lambda value: N_("Dispatched to {place}") if value <= 0 else N_("Dispatched to {place} (dispatch {next})"),
    Event.WORKED: lambda value: N_("The work is done, and it is truly fixed") if value else N_(
        "The work is done, but it is not truly fixed"),
    Event.SORTED: lambda value: _WAYS.get(value, N_("Deliberated on at {place}: the usual way")),
    Event.CONSULTED: lambda value: N_("Talked over with {place}: they agree") if value else N_("Talked over with {place}: they do not agree"),
    Event.VERIFIED: lambda value: N_("Checked by {place}: passed") if value else N_("Checked by {place}: not passed"),
    Event.CLOSED: lambda value: _CLOSES.get(value, N_("Ticket {ticket} is closed")),
    Event.LAMP: lambda value: N_("Yellow lamp: the limit comes near") if value == 1 else N_("Red lamp: the limit has passed"),
}
"""What is said of a row by its kind and value."""

_STAGE = {
    "latent": N_("nobody knows of it"), "lying": N_("lies: no ticket moves"), "hand_off": N_("hand-offs"),
    "waiting_grid_team": N_("waiting for grid workers"), "waiting_desk": N_("waiting at desks"),
    "waiting_community_staff": N_("waiting for community staff"), "waiting_street_team": N_("waiting for street teams"),
    "waiting_crew": N_("waiting for department crews"), "waiting_servers": N_("waiting"), "resting": N_("whoever has it is off duty"),
    "travelling": N_("travel"), "handling": N_("desks and checks"), "working": N_("work"), "rework": N_("rework"),
}


def story(timeline: Timeline, tables: Tables, issue: int, lang: str | None = None, titles: Mapping[str, str] | None = None) -> str:
    """The life of one issue, consultation or customer, told event by event (单件追踪).

    Parameters
    ----------
    timeline : Timeline
        What happened, from either engine.
    tables : Tables
        The scenario it happened in.
    issue : int, ≥ 0
        Number of the issue, as the timeline counts them.
    lang : str, optional
        "en" or "zh"; by default the language in use.
    titles : mapping of str to str, optional
        How categories, places, departments and classes are called in that language; by default as the tables call them.

    Raises
    ------
    UnknownIssue
        There is no such number.

    Examples
    --------
    >>> from sim import load
    >>> from sim.draws import Draws
    >>> from sim.engine_simpy import simulate
    >>> tables = load("theory/mm1", ["run.warm_up=0 s", "run.horizon=1 day", "run.run_out=0 s"]).tables()
    >>> told = story(simulate(tables, Draws(tables, seed=1, replication=0)), tables, 0)
    >>> "Arrives" in told, "Where the time went" in told
    (True, True)
    """
    with speaking(lang or language()):
        first = headline(timeline, tables, issue, titles)
        teller = _Teller(tables, titles or {})
        rows = timeline.of_issues(issue, issue + 1)
        parts = [first, *teller.lines(rows.tolist()), "", *teller.balance(timeline, rows, issue)]
    return "\n".join(parts)


def headline(timeline: Timeline, tables: Tables, issue: int, titles: Mapping[str, str] | None = None) -> str:
    """Number, category and place of one issue, in the language in use; the first line of its story.

    Raises
    ------
    UnknownIssue
        There is no such number.
    """
    check(issue, len(timeline.issue_time))
    return _Teller(tables, titles or {}).head(timeline, issue)


def check(issue: int, number: int) -> None:
    """Refuse a number that a replication with so many issues does not have.

    Raises
    ------
    UnknownIssue
        There is no such number.

    Examples
    --------
    >>> check(7, 5)
    Traceback (most recent call last):
    sim.story.UnknownIssue: There is no number 7: this replication has 5, from 0 to 4.
    """
    if not 0 <= issue < number:
        raise UnknownIssue(_("There is no number {issue}: this replication has {number}, from 0 to {last}.").format(
            issue=issue, number=f"{number:,}", last=number - 1) if number else _("Nothing arises in this replication."))


class _Teller:
    """Puts rows into words."""

    def __init__(self, tables: Tables, titles: Mapping[str, str]) -> None:
        self.tables, self.titles = tables, titles
        self.midnight = datetime.datetime.combine(datetime.date.fromordinal(tables.start_ordinal), datetime.time())

    def named(self, key: str) -> str:
        return self.titles.get(key, key)

    def pool(self, index: int) -> str:
        if not 0 <= index < len(self.tables.pools.key):
            return _("nobody")
        pools = self.tables.pools
        title = pools.title[index].get(language()) or pools.key[index]
        alike = pools.kind[index] == PoolKind.DESK and pools.title.count(pools.title[index]) > 1
        return _("{title} desk").format(title=title) if alike else title

    def head(self, timeline: Timeline, issue: int) -> str:
        """Number, category and place."""
        stream, city = int(timeline.issue_stream[issue]), self.tables.city
        if city is None:
            assert self.tables.bare is not None
            return _("Customer {number}, {kind}").format(number=issue, kind=self.named(self.tables.bare.class_name[stream]))
        grid = int(timeline.issue_grid[issue])
        community = int(city.grid_community[grid])
        told = _("Issue {number}: {kind}, in {grid} of {community}, {street}") if stream < len(city.category) else _(
            "Consultation {number}: {kind}, from {grid} of {community}, {street}")
        return told.format(number=issue, kind=self.named(city.category[int(city.demand.category[stream])]),
                           grid=self.named(city.grid[grid]), community=self.named(city.community[community]),
                           street=self.named(city.street[int(city.community_street[community])]))

    def lines(self, rows: list[list[int]]) -> list[str]:
        """A line a row: date, clock time, how long since the last, what happened."""
        several = len({row[3] for row in rows if row[3] >= 0}) > 1
        before: int | None = None
        told = []
        for row in rows:
            time, ticket = row[0], row[3]
            since = "" if before is None or before == time else "+" + _span(time - before)
            words = self.words(row)
            if several and ticket >= 0 and row[1] not in (Event.REGISTERED, Event.MERGED, Event.CLOSED):
                words += _(" (ticket {ticket})").format(ticket=ticket)
            told.append(f"{self.midnight + datetime.timedelta(seconds=time):%Y-%m-%d %H:%M:%S}  {_right(since, 14)}  {words}")
            before = time
        return told

    def words(self, row: list[int]) -> str:
        """What happened, in a clause."""
        _time, number, _issue, ticket, place, member, value = row
        try:
            kind = Event(number)
        except ValueError:
            return str(number)
        if kind == Event.OCCURRED:
            return self.begins(place, value)
        told = _PLAIN.get(kind) or _BY_VALUE.get(kind, lambda value: kind.name.lower())(value)
        return _(told).format_map(_Facts(self, ticket, place, member, value))

    def begins(self, grid: int, severity: int) -> str:
        city = self.tables.city
        if city is None:
            return _("Arrives")
        return _("It arises, {severity}").format(severity=self.severity(severity)) if grid >= 0 else _("The question arises")

    def severity(self, value: int) -> str:
        return _(_SEVERITY[SEVERITIES[value]]) if 0 <= value < len(SEVERITIES) else str(value)

    def balance(self, timeline: Timeline, rows: np.ndarray, issue: int) -> list[str]:
        """Where the time went, stage by stage, by the same counting as the measures."""
        spent = self.spent(timeline, rows, issue)
        total = sum(spent.values())
        if (rows[:, 1] == Event.RESOLVED).any():
            told = _("Where the time went, until it was truly resolved: {total}")
        elif total < timeline.end - int(timeline.issue_time[issue]):
            told = _("Where the time went, from beginning to end: {total}")
        else:
            told = _("Where the time went, until the run stopped: {total}")
        found = [told.format(total=_span(total))]
        labels = {stage: (_(_STAGE[stage]), _span(seconds)) for stage, seconds in spent.items()}
        first, second = (max((_width(pair[column]) for pair in labels.values()), default=0) for column in (0, 1))
        for stage, seconds in sorted(spent.items(), key=lambda item: -item[1]):
            label, span = labels[stage]
            found.append(f"  {label}{' ' * (first - _width(label))}  {_right(span, second)}  {100 * seconds / total:5.1f}%")
        return found

    def spent(self, timeline: Timeline, rows: np.ndarray, issue: int) -> dict[str, int]:
        """Seconds by stage, those without any left out."""
        city, line = self.tables.city, alone(timeline, rows, issue)
        if city is not None and timeline.issue_stream[issue] >= len(city.category):
            found = _of_a_question(line, self.tables)
        else:
            whole = replace(self.tables, warm_up=0, horizon=self.tables.end, run_out=0)
            found = dict(zip(STAGES, count(line, whole).arrays["stages_by_category"].sum(axis=0).tolist(), strict=True))
        return {stage: seconds for stage, seconds in found.items() if seconds}


def alone(timeline: Timeline, rows: np.ndarray, issue: int) -> Timeline:
    """The timeline of a run in which there was only this issue (`rows` are those of it)."""
    rows = rows.copy()
    rows[:, COLUMNS.index("issue")] = 0
    ticket = rows[:, COLUMNS.index("ticket")]
    has = ticket >= 0
    ticket[has] = np.unique(ticket[has], return_inverse=True)[1]
    this = slice(issue, issue + 1)
    return Timeline.of(rows, timeline.issue_stream[this], timeline.issue_grid[this], timeline.issue_time[this],
                       timeline.issue_subject[this], end=timeline.end)


def _of_a_question(line: Timeline, tables: Tables) -> dict[str, int]:
    """Seconds of a consultation: in queues, at desks, with a clerk who is off duty, and between two calls."""
    spells = spells_of(line, tables)
    pieces = pieces_of(spells, tables)
    waiting, taken = int((spells.end - spells.begin).sum()), int((spells.work_end - spells.work_begin).sum())
    handling = int((pieces.end - pieces.begin).sum())
    time = line.column("time")
    between = int(time[-1] - time[0]) - waiting - taken if len(time) else 0
    return {"waiting_desk": waiting, "handling": handling, "resting": taken - handling, "lying": max(0, between)}


class _Facts(dict[str, object]):
    """What can be filled into a clause, made when it is asked for."""

    def __init__(self, teller: _Teller, ticket: int, place: int, member: int, value: int) -> None:
        super().__init__(ticket=ticket, value=value, next=value + 1)
        self.teller, self.numbers = teller, (place, member, value)

    def __missing__(self, key: str) -> str:
        place, member, value = self.numbers
        teller, city = self.teller, self.teller.tables.city
        if key == "place":
            return teller.pool(place)
        if key == "who":
            return teller.pool(place) if member == NOBODY else _("{place}, member {number}").format(
                place=teller.pool(place), number=member + 1)
        if key == "other":
            return teller.pool(value)
        if key == "value_span":
            return _span(value)
        if key == "channel":
            return _(_CHANNEL[CHANNELS[value % 8]])
        if key == "severity":
            return teller.severity(value)
        if key == "tier":
            return _(_TIER[TIERS[value % 4]])
        if key == "department" and city is not None:
            return teller.named(city.department[value // 4])
        raise KeyError(key)


def _span(seconds: int) -> str:
    """A length of time for people, in the two largest units that matter.

    Examples
    --------
    >>> _span(8), _span(125), _span(7300), _span(200000)
    ('8 s', '2 min 5 s', '2 h 1 min', '2 d 7 h')
    """
    if seconds < 60:
        return _("{seconds} s").format(seconds=seconds)
    if seconds < 3600:
        return _("{minutes} min {seconds} s").format(minutes=seconds // 60, seconds=seconds % 60)
    if seconds < 86400:
        return _("{hours} h {minutes} min").format(hours=seconds // 3600, minutes=seconds % 3600 // 60)
    return _("{days} d {hours} h").format(days=seconds // 86400, hours=seconds % 86400 // 3600)


def _width(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


def _right(text: str, columns: int) -> str:
    return " " * max(0, columns - _width(text)) + text
