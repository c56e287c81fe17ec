"""A scenario with faults, mended just enough that the checks between blocks can run: so all faults are told at once.

What is put in place of a fault is never run and never shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal, get_args, get_origin

from sim.validation import NOTHING, alternatives, field_type, is_block, reread, step_type

__all__ = ["mended"]

_SAMPLES = (None, 1, 0.5, "1 h", "1 per 1000 residents/day", "1 working day", "1 CNY/year", "1 per hour", "2025-01-01", "all",
            True, ("08:00-12:00",), ())


def mended(plain: dict[str, Any], kind: Any, paths: Iterable[Sequence[str | int]]) -> dict[str, Any]:
    """The plain settings with something valid at each path, or nothing where nothing is needed.

    Examples
    --------
    >>> from sim.staff import Post
    >>> mended({"heads": "many", "wages": 4}, Post, [("heads",), ("wages",)])
    {'heads': 1}
    """
    out: dict[str, Any] = dict(plain)
    for path in paths:
        if path:
            out = _put(out, kind, path)
    return out


def _put(value: Any, kind: Any, path: Sequence[str | int]) -> Any:
    step, below = path[0], step_type(kind, path[0])
    if isinstance(value, list | tuple) and isinstance(step, int):
        rows = list(value)
        if len(path) > 1:
            rows[step] = _put(rows[step], below, path[1:])
        else:
            rows[step] = _stand_in(below, rows[step])
        return rows
    if not isinstance(value, dict):
        return value
    out = dict(value)
    if len(path) > 1:
        if step in out:
            out[str(step)] = _put(out[str(step)], below, path[1:])
        return out
    needed = any(is_block(one) and step in one.model_fields and one.model_fields[str(step)].is_required()
                 for one in alternatives(kind))
    before = out.pop(str(step), None)
    named = all(reread(get_args(one)[0], step) is not NOTHING for one in alternatives(kind) if get_origin(one) is dict)
    if below is not NOTHING and named and (needed or _has_fields(below)):
        found = _stand_in(below, before)
        if found is not NOTHING:
            out[str(step)] = found
    return out


def _has_fields(kind: Any) -> bool:
    return any(is_block(one) or get_origin(one) is dict for one in alternatives(kind))


def _stand_in(kind: Any, before: Any) -> Any:
    """Something valid of this type, as close to what stood there as is easily had; NOTHING if there is none."""
    for one in alternatives(kind):
        if is_block(one):
            needed = [name for name, field in one.model_fields.items() if field.is_required()]
            return {name: _stand_in(field_type(one, name), None) for name in needed}
        if get_origin(one) is Literal:
            return get_args(one)[0]
    if isinstance(before, dict):
        # Shares that do not add up still name what they share among.
        for shares in ({key: 1 / len(before) for key in before}, {}):
            if reread(kind, shares) is not NOTHING:
                return shares
    for sample in _SAMPLES:
        if reread(kind, sample) is not NOTHING:
            return sample
    return {} if reread(kind, {}) is not NOTHING else NOTHING
