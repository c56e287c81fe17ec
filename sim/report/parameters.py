"""Every setting of the scenarios, side by side, with meaning, unit, range and source (参数表)."""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sim.i18n import N_, _, language
from sim.report.document import Column, Table
from sim.report.grids import Two, table
from sim.report.reading import Kept
from sim.report.values import NONE

__all__ = ["Parameter", "differing", "flattened", "meaning", "parameter_tables", "written"]

_QUANTITY = re.compile(r"([-+]?(?:[\d,]+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)\s*(%|[^\d\s:.,-].*)")
_UNITS = (N_("days"), N_("day"), N_("h"), N_("min"), N_("s"), N_("weeks"), N_("week"), N_("working hours"), N_("working days"),
          N_("working day"), N_("CNY/year"), N_("per 1000 residents/day"), N_("per hour"))
"""Units that are said in the language of the report."""
_NAMES = frozenset({"name", "title", "description"})
"""Settings that are words, even if they begin with a number: "12345 and livelihood" has no unit."""
_LABELS = frozenset({"name", "title", "description", "source", "run.seed", "run.replications"})
MOST_ITEMS = 12         # of a list that is written out
LONGEST = 160


@dataclass(frozen=True)
class Parameter:
    """One value of a scenario (参数).

    Attributes
    ----------
    path : str
        Dotted path.
    value : object
        As resolved: a number, a text, a list.
    span : tuple or None
        Its declared range.
    source : str
        What the file says of it.
    """

    path: str
    value: Any
    span: tuple[Any, Any] | None = None
    source: str = ""

    @property
    def quantity(self) -> tuple[str, str]:
        """The value as it is written, and its unit."""
        value = self.value
        if isinstance(value, str):
            if self.path.rpartition(".")[2] in _NAMES:
                return _cut(value), ""
            match = _QUANTITY.fullmatch(value.strip())
            return (match[1], _unit(match[2])) if match else (_cut(value), "")
        if isinstance(value, bool) or value is None:
            return {True: _("yes"), False: _("no"), None: NONE}[value], ""
        if isinstance(value, float):
            return f"{value:.10g}", ""
        if isinstance(value, list | tuple):
            return _listed(value), ""
        return _cut(str(value)), ""

    @property
    def range_text(self) -> str:
        """The range as it is written."""
        if self.span is None:
            return NONE
        return _("{low} to {high}").format(low=written(Parameter("", self.span[0])), high=written(Parameter("", self.span[1])))

    @property
    def source_text(self) -> str:
        """Its source, or that it is an assumption."""
        if self.source:
            return _("assumption") if self.source.strip().lower() == "assumption" else self.source
        number = isinstance(self.value, int | float) and not isinstance(self.value, bool)
        measured = isinstance(self.value, str) and _QUANTITY.fullmatch(self.value.strip()) is not None
        return _("assumption") if number or measured else _("choice of the scenario")


def _unit(word: str) -> str:
    return _(word) if word in _UNITS else word


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST - 1] + "…"


def _listed(values: Sequence[Any]) -> str:
    if len(values) > MOST_ITEMS or any(isinstance(value, dict) for value in values):
        return _("{number} entries").format(number=len(values))
    return _cut(", ".join(str(_bare(value)) for value in values)) or "[]"


def _bare(value: Any) -> Any:
    """A value without its range and source."""
    return value["value"] if _sourced(value) else value


def _sourced(value: Any) -> bool:
    return isinstance(value, dict) and "value" in value and set(value) <= {"value", "range", "source"}


def flattened(resolved: Any, path: str = "") -> Iterator[Parameter]:
    """Every value of a resolved scenario, in its order.

    Examples
    --------
    >>> [(one.path, one.quantity, one.source_text) for one in flattened({"run": {"horizon": {"value": "30 days", "source": "order"}},
    ...                                                                  "city": {"grids": 4}})]
    [('run.horizon', ('30', 'days'), 'order'), ('city.grids', ('4', ''), 'assumption')]
    """
    if _sourced(resolved):
        span = resolved.get("range")
        yield Parameter(path, resolved["value"], (span[0], span[1]) if isinstance(span, list | tuple) and len(span) == 2 else None,
                        str(resolved.get("source") or ""))
    elif isinstance(resolved, dict) and resolved and not (set(resolved) <= {"en", "zh"} and path):
        for key, value in resolved.items():
            yield from flattened(value, f"{path}.{key}" if path else str(key))
    elif isinstance(resolved, dict) and resolved:
        yield Parameter(path, str(resolved.get(language()) or resolved.get("en") or ""))
    elif not isinstance(resolved, dict):
        yield Parameter(path, resolved)


@lru_cache(maxsize=2)
def _meanings(lang: str) -> dict[tuple[str, ...], str]:
    from sim.template import reference

    found = {}
    for path, _kind, _default, said in reference(lang):
        steps = tuple("*" if step.startswith("<") else step.partition("(")[0] for step in path.split("."))
        found[steps] = said
    return found


def meaning(path: str) -> str:
    """What a setting means, its first sentence, in the language in use; empty where this version has no such setting.

    Examples
    --------
    >>> meaning("run.warm_up")
    'How long it runs before anything is measured, so that queues and open issues have built up.'
    """
    steps = path.split(".")
    said = _matched(language(), tuple(steps)) or _matched(language(), tuple(steps[:-1])) or ""
    stop = "。" if language() == "zh" else ". "
    first, mark, _rest = said.partition(stop)
    return first + mark.strip()


@lru_cache(maxsize=2)
def _beginnings(lang: str) -> frozenset[tuple[str, ...]]:
    """Everything that some pattern begins with."""
    return frozenset(key[:number] for key in _meanings(lang) for number in range(1, len(key) + 1))


def _matched(lang: str, steps: tuple[str, ...]) -> str:
    """The text of the first pattern that fits: names of the file's own stand for themselves or for `*`."""
    known, beginnings = _meanings(lang), _beginnings(lang)
    ways: list[tuple[str, ...]] = [()]
    for step in steps:
        ways = [(*way, one) for way in ways for one in (step, "*") if (*way, one) in beginnings]
    return next((known[way] for way in ways if way in known), "")


def differing(kept: Kept) -> list[tuple[str, list[Parameter | None]]]:
    """Settings in which the sides differ: path, and the value on each side; labels do not count."""
    sides = [{one.path: one for one in flattened(kept.resolved(name))} for name in kept.names]
    paths = [path for path in dict.fromkeys(path for side in sides for path in side)
             if path not in _LABELS and path.rpartition(".")[2] not in ("title", "source")]
    return [(path, [side.get(path) for side in sides]) for path in paths
            if len({repr(side[path].value) if path in side and side[path].value is not None else "" for side in sides}) > 1]


def written(one: Parameter | None) -> str:
    """A value with its unit, as a person reads it."""
    if one is not None and isinstance(one.value, int) and not isinstance(one.value, bool):
        return f"{one.value:,}"
    return NONE if one is None else " ".join(part for part in one.quantity if part)


def parameter_tables(kept: Kept, prefix: str = "", shown: Container[tuple[str, str]] = ()) -> list[Table]:
    """The full table, a table a block: setting, meaning, value (of each side where they differ), unit, range, source.

    Parameters
    ----------
    kept : Kept
    prefix : str
        Put before the keys of the tables.
    shown : container of (path, value)
        What stands in an earlier table already, and is left out.
    """
    sides = [{one.path: one for one in flattened(kept.resolved(name))} for name in kept.names]
    titles = kept.titles()
    blocks: dict[str, list[list[Two]]] = {}
    for path in dict.fromkeys(path for side in sides for path in side):
        having = [side.get(path) for side in sides]
        if path in _LABELS or all(one is None or (path, repr(one.value)) in shown for one in having):
            continue
        same = len({repr(one.value) if one else None for one in having}) == 1 or len(having) == 1
        sources = list(dict.fromkeys(one.source_text for one in having if one is not None))
        spans = list(dict.fromkeys(one.range_text for one in having if one is not None and one.span))
        block, _dot, rest = path.partition(".")
        if same and having[0] is not None:
            value, unit = having[0].quantity
        else:
            value, unit = "; ".join(f"{title}: {written(one)}" for title, one in zip(titles.values(), having, strict=True)), ""
        row: list[Two] = [rest or block, meaning(path), value, unit or NONE, "; ".join(spans) or NONE, "; ".join(sources)]
        blocks.setdefault(block, []).append(row)
    columns = [Column(_("Setting")), Column(_("Meaning")), Column(_("Value")), Column(_("Unit")), Column(_("Range")), Column(_("Source"))]
    return [table(f"{prefix}parameters-{block}".replace("_", "-"), _("Settings of the block “{block}”").format(block=block), columns, rows,
                  appendix=True) for block, rows in blocks.items()]
