"""Heaps of nodes (pairing heaps, Fredman et al. 1986): to put one in costs one comparison, and they need no room of their own."""

# mypy: disable-error-code="no-untyped-def"
from __future__ import annotations

from sim.compiling import part
from sim.engine_numba.layout import node_at

__all__ = ["forget", "new_node", "pop", "push"]


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
