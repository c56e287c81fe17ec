"""Records that come and go, and the jobs of one ticket at one pool: who waits, who has started, first in, first out."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import melted_part, part
from sim.outcome.compiled.memory import groups_of, mores_of, works_of

__all__ = ["find", "give", "is_empty", "pop_stay", "pop_wait", "pop_work", "push_stay", "push_wait", "push_work", "put_in_front",
           "take", "without"]


@melted_part
def take(records):
    """A free record; there always is one (`Counter` sees to it)."""
    slot = records[0].next
    records[0].next = records[slot].next
    records[0].number -= 1
    return slot


@melted_part
def give(records, slot):
    """A record is free again."""
    records[slot].next = records[0].next
    records[0].next = slot
    records[0].number += 1


@melted_part
def find(book, first, place):
    """The jobs at one pool, in the chain that begins with `first`; 0 where there are none."""
    groups = groups_of(book)
    while first and groups[first].number != place:
        first = groups[first].next
    return first


@melted_part
def put_in_front(book, first, place, category):
    """No job yet, at a pool: becomes the first of its chain."""
    at = take(groups_of(book))
    group = groups_of(book)[at]
    group.number, group.next, group.category = place, first, category
    group.waits = group.stays = group.works = group.purpose = 0
    group.more_waits = group.more_stays = group.first_work = group.last_work = 0
    group.alive = -1
    return at


@melted_part
def without(book, first, gone):
    """The chain that begins with `first` without one of its links, which is free again."""
    groups = groups_of(book)
    after = groups[gone].next
    if first == gone:
        first = after
    else:
        at = first
        while groups[at].next != gone:
            at = groups[at].next
        groups[at].next = after
    give(groups, gone)
    return first


@melted_part
def is_empty(group):
    """Whether nothing is left of these jobs that could matter later."""
    return group.waits == 0 and group.works == 0 and group.stays == 0


@part
def _append(book, first, begin, mark):
    """One more at the end of a chain; gives the chain."""
    mores = mores_of(book)
    slot = take(mores)
    more = mores[slot]
    more.begin, more.number, more.next = begin, mark, 0
    if not first:
        return slot
    at = first
    while mores[at].next:
        at = mores[at].next
    mores[at].next = slot
    return first


@melted_part
def push_wait(book, group, begin, first):
    """A job waits: its first time at this pool, or again after it was called away from."""
    if group.waits:
        group.more_waits = _append(book, group.more_waits, begin, first)
    else:
        group.wait_begin, group.wait_first = begin, first
    group.waits += 1


@melted_part
def pop_wait(book, group):
    """Who waited longest does so no more."""
    group.waits -= 1
    if group.waits:
        slot, mores = group.more_waits, mores_of(book)
        group.wait_begin, group.wait_first, group.more_waits = mores[slot].begin, mores[slot].number, mores[slot].next
        give(mores, slot)


@melted_part
def push_stay(book, group, begin):
    """A job that joined at `begin` has started."""
    if group.stays:
        group.more_stays = _append(book, group.more_stays, begin, 1)
    else:
        group.stay_begin = begin
    group.stays += 1


@melted_part
def pop_stay(book, group):
    """The one of them that joined first is done."""
    group.stays -= 1
    if group.stays:
        slot, mores = group.more_stays, mores_of(book)
        group.stay_begin, group.more_stays = mores[slot].begin, mores[slot].next
        give(mores, slot)


@melted_part
def push_work(book, group, slot):
    """A stretch of work begins."""
    works = works_of(book)
    works[slot].next = 0
    if group.works:
        works[group.last_work].next = slot
    else:
        group.first_work = slot
    group.last_work = slot
    group.works += 1


@melted_part
def pop_work(book, group):
    """The stretch that began first ends; the caller gives its record back."""
    slot = group.first_work
    group.first_work = works_of(book)[slot].next
    group.works -= 1
    return slot
