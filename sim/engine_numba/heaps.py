"""Heaps of nodes (pairing heaps, Fredman et al. 1986): to put one in costs one comparison, and they need no room of their own.

What a beat will find stands in an ordinary heap, each in a stretch of one array that moves to a larger one when it is full: these are
long, and what is compared should lie together.
"""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import part
from sim.engine_numba.layout import find_at, node_at, pool_at

__all__ = ["drop_find", "forget", "new_node", "pop", "push", "put_find"]


@part
def new_node(w, key, order, tail, a, b):
    """A node taken from the chain of free ones; the world has made sure that there is one."""
    place = w.nodes_free
    node = node_at(w, place)
    w.nodes_free = node.next
    w.nodes_left -= 1
    node.key, node.order, node.tail = key, order, tail
    node.a, node.b = a, b
    node.child = node.next = -1
    return place


@part
def forget(w, place):
    """Give a node back."""
    node_at(w, place).next = w.nodes_free
    w.nodes_free = place
    w.nodes_left += 1


@part
def _meld(w, one, other):
    left, right = node_at(w, one), node_at(w, other)
    first = left.key < right.key or (left.key == right.key and (
        left.order < right.order or (left.order == right.order and left.tail <= right.tail)))
    if first:
        right.next = left.child
        left.child = other
        return one
    left.next = right.child
    right.child = one
    return other


@part
def push(w, root, place):
    """Put a node into the heap with this root (-1 an empty one); gives the new root."""
    return place if root < 0 else _meld(w, root, place)


@part
def pop(w, root):
    """Take the first node out and give it back to the chain; gives the new root."""
    child = node_at(w, root).child
    forget(w, root)
    pairs = -1
    while child >= 0:
        other = node_at(w, child).next
        node_at(w, child).next = -1
        if other < 0:
            both, following = child, -1
        else:
            following = node_at(w, other).next
            node_at(w, other).next = -1
            both = _meld(w, child, other)
        node_at(w, both).next = pairs
        pairs, child = both, following
    found = -1
    while pairs >= 0:
        following = node_at(w, pairs).next
        node_at(w, pairs).next = -1
        found = pairs if found < 0 else _meld(w, found, pairs)
        pairs = following
    return found


@part
def put_find(w, p, key, number, i):
    """Put an issue into a beat's heap, by reading and number; gives whether it stands first."""
    pool = pool_at(w, p)
    if pool.hidden_n == pool.hidden_size:
        _move_finds(w, p)
    first, at = pool.hidden, pool.hidden_n
    pool.hidden_n += 1
    while at > 0:
        other = find_at(w, first + (at - 1 >> 1))
        if other.key < key or (other.key == key and other.number < number):
            break
        here = find_at(w, first + at)
        here.key, here.number, here.issue = other.key, other.number, other.issue
        at = at - 1 >> 1
    here = find_at(w, first + at)
    here.key, here.number, here.issue = key, number, i
    return at == 0


@part
def drop_find(w, p):
    """Take the first out of a beat's heap."""
    pool = pool_at(w, p)
    pool.hidden_n -= 1
    first, n, at = pool.hidden, pool.hidden_n, 0
    last = find_at(w, first + n)
    key, number, i = last.key, last.number, last.issue
    while 2 * at + 1 < n:
        below = 2 * at + 1
        one = find_at(w, first + below)
        if below + 1 < n:
            other = find_at(w, first + below + 1)
            if other.key < one.key or (other.key == one.key and other.number < one.number):
                below += 1
        one, here = find_at(w, first + below), find_at(w, first + at)
        if key < one.key or (key == one.key and number < one.number):
            break
        here.key, here.number, here.issue = one.key, one.number, one.issue
        at = below
    here = find_at(w, first + at)
    here.key, here.number, here.issue = key, number, i


@part
def _move_finds(w, p):
    """To a stretch of twice the size at the end of the array; the world has made sure that there is one."""
    pool = pool_at(w, p)
    for k in range(pool.hidden_n):
        old, new = find_at(w, pool.hidden + k), find_at(w, w.finds_used + k)
        new.key, new.number, new.issue = old.key, old.number, old.issue
    pool.hidden = w.finds_used
    pool.hidden_size *= 2
    w.finds_used += pool.hidden_size
    w.finds_most = max(w.finds_most, pool.hidden_size)
