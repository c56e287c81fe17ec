"""A commented template of a scenario for `nine-dragons new`, and the table of all settings.

Both are made from the blocks themselves: the docstring under a field is the comment above it and the meaning beside it.
"""

from __future__ import annotations

import textwrap
import types
from collections.abc import Iterator
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import yaml

from sim.base import Block
from sim.i18n import N_, _, speaking
from sim.scenario import Dumper, Scenario, from_dict
from sim.schema import written_default
from sim.validation import alternatives, field_type, is_block, step_type

__all__ = ["EXAMPLE", "reference", "template"]

EXAMPLE: dict[str, Any] = {
    "name": "my_town",
    "title": {"en": "My town", "zh": "我的街道"},
    "description": "Two separate centres, three kinds of trouble.",
    "run": {"replications": 5},
    "calendars": {"shifts": {
        "six_days": {"days": "Mon-Sat", "hours": ["08:00-12:00", "14:00-18:00"]},
        "day_desk": {"days": "all", "hours": ["08:00-20:00"], "holidays": "work"},
        "night_desk": {"days": "all", "hours": ["20:00-08:00"], "holidays": "work"}}},
    "city": {"residents": 8000, "streets": ["Old Town"], "communities": 2, "grids": 6, "estate_classes": {
        "managed": {"title": {"en": "with property manager", "zh": "物业小区"}, "share": 0.6},
        "unmanaged": {"title": {"en": "without property manager", "zh": "无物业小区"}, "share": 0.4,
                      "issue_factor": {"value": 1.5, "range": [1.0, 3.0], "source": "assumption"}, "local_solve": -0.15}}},
    "departments": {
        "urban_management": {"title": {"en": "urban management", "zh": "城管"}, "heads": 3},
        "housing": {"title": {"en": "housing", "zh": "住建"}, "heads": 2}},
    "issues": {"categories": {
        "street_order": {
            "title": {"en": "street order", "zh": "街面秩序"},
            "rate": {"value": "0.4 per 1000 residents/day", "range": ["0.2 per 1000 residents/day", "0.6 per 1000 residents/day"],
                     "source": "assumption"},
            "authority": {"grid": 0.4, "community": 0.1, "street": 0.4, "district": 0.1},
            "departments": {"urban_management": 1.0}, "touch": {"grid": "10 min", "community": "20 min", "street": "30 min",
                                                                "district": "30 min"},
            "visible": 0.7, "role": "urban", "subject": "order", "lasts": {"mean": "8 h", "share": 0.6},
            "deadline": {"ordinary": "4 working hours", "serious": "4 working hours", "urgent": "2 h"}},
        "facilities": {
            "title": {"en": "public facilities", "zh": "公用设施"}, "rate": "0.1 per 1000 residents/day",
            "severity": {"ordinary": 0.8, "serious": 0.15, "urgent": 0.05},
            "authority": {"grid": 0.05, "community": 0.1, "street": 0.35, "district": 0.5},
            "departments": {"urban_management": 0.6, "housing": 0.4}, "more_departments": {"one": 0.1},
            "touch": {"grid": "20 min", "district": "4 h"}, "visible": 0.5, "role": "urban", "subject": "order",
            "worsens": {"chance": 0.1, "after": "10 days"}},
        "disputes": {
            "title": {"en": "disputes between neighbours", "zh": "矛盾纠纷"}, "rate": "0.06 per 1000 residents/day",
            "authority": {"grid": 0.1, "community": 0.6, "street": 0.2, "district": 0.1}, "departments": {"housing": 1.0},
            "touch": {"grid": "30 min", "community": "2 h", "street": "3 h", "district": "3 h"}, "visible": 0.1,
            "role": "mediation", "subject": "livelihood", "consultations": "0.3 per 1000 residents/day"}}},
    "grid_workers": {
        "roles": {"urban": {"title": {"en": "urban management assistant", "zh": "城管协管员"}, "share": 0.5},
                  "mediation": {"title": {"en": "mediator", "zh": "调解员"}, "share": 0.5}},
        "team_area": "community", "shifts": {"six_days": 1.0}},
    "centres": {"subjects": {"order": {"title": {"en": "order", "zh": "城管"}, "share": 0.5},
                             "livelihood": {"title": {"en": "livelihood", "zh": "民生"}, "share": 0.5}}},
    "staff": {"grid_workers": {"heads": 9},
              "district_desk": {"heads": 6, "shifts": {"day_desk": 0.67, "night_desk": 0.33}, "at_shift_end": "hand_over"},
              "street_desk": {"heads": 2}, "community_desk": {"heads": 2}, "community_staff": {"heads": 4},
              "street_team": {"heads": 3}},
}
"""A small town that runs as it is."""

_KINDS = {
    "_duration": N_("duration"), "_positive_duration": N_("duration above 0"), "_deadline": N_("time limit"), "_rate": N_("rate"),
    "_frequency": N_("frequency"), "_money": N_("pay"), "_share": N_("0 to 1"), "_date": N_("date"),
}


def kind_text(kind: Any) -> str:
    """What may stand there, in the active language.

    Examples
    --------
    >>> from sim.base import Duration
    >>> kind_text(Duration), kind_text(Literal["a", "b"] | None)
    ('duration', 'a | b | null')
    """
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Annotated:
        for part in arguments[1:]:
            name = getattr(getattr(part, "func", None), "__name__", "")
            if name in _KINDS:
                return _(_KINDS[name])
        return kind_text(arguments[0])
    if origin in (Union, types.UnionType):
        return " | ".join(dict.fromkeys(kind_text(part) for part in arguments))
    if origin is Literal:
        return " | ".join(map(str, arguments))
    if origin is tuple:
        return _("list")
    if origin is dict or is_block(kind):
        return _("block")
    simple = {int: _("whole number"), float: _("number"), str: _("text"), bool: "true | false", type(None): "null"}
    return simple.get(kind, _("value"))


def _flow(value: Any) -> str:
    text = yaml.dump(value, Dumper=Dumper, allow_unicode=True, default_flow_style=True, width=10**9, sort_keys=False)
    return text.strip().removesuffix("...").strip()


def _meaning(block: type[Block], name: str) -> str:
    return " ".join(_(block.model_fields[name].description or "").split())


def template(lang: str) -> str:
    """A complete scenario with a comment above every setting; it passes `nine-dragons check`.

    Parameters
    ----------
    lang : str
        "en" or "zh".

    Examples
    --------
    >>> "replications: 5" in template("en")
    True
    """
    with speaking(lang):
        head = [_("A scenario of Nine Dragons. Change what you like, then: nine-dragons check FILE"),
                _("Every setting is here with its default or an example; what you leave out has its default."),
                _("A number may be written with its range and source: {value: 0.8, range: [0.6, 0.9], source: assumption}."),
                _("To change one organisation only, write a second file with extends: and the settings that differ.")]
        values = from_dict(EXAMPLE).resolved()
        lines = [line for text in head for line in _comment(text, 0)] + [""]
        lines += _block(Scenario, values, 0, set())
    return "\n".join(lines).rstrip() + "\n"


def _comment(text: str, indent: int) -> list[str]:
    """Comment lines of at most about 110 columns; a Chinese letter takes two."""
    wide = sum(ord(letter) > 0x2E80 for letter in text)
    width = int((110 - indent) * len(text) / (len(text) + wide)) if text else 1
    return [f"{' ' * indent}# {line}" for line in textwrap.wrap(text, width, break_on_hyphens=False)]


def _block(block: type[Block], values: dict[str, Any], indent: int, said: set[type[Block]]) -> list[str]:
    """The lines of a block; a kind of block is explained where it stands first."""
    first = block not in said
    said.add(block)
    lines: list[str] = []
    for name in block.model_fields:
        if name not in values:
            continue
        kind = field_type(block, name)
        if indent == 0 and lines and isinstance(values[name], dict):
            lines.append("")
        if first:
            lines += _comment(f"{_meaning(block, name)} ({kind_text(kind)})", indent)
        lines += _entry(name, kind, values[name], indent, said)
    return lines


def _entry(name: str, kind: Any, value: Any, indent: int, said: set[type[Block]]) -> list[str]:
    start = f"{' ' * indent}{_flow(name)}:"
    short = not isinstance(value, dict) or not value or "value" in value or set(value) == {"en", "zh"}
    if short or not _deep(kind, value):
        return [f"{start} {_flow(value)}"]
    inner = next((one for one in alternatives(kind) if is_block(one)), None)
    if inner is not None:
        return [start, *_block(inner, value, indent + 2, said)]
    lines = [start]
    for key, below in value.items():
        lines += _entry(key, step_type(kind, key), below, indent + 2, said)
    return lines


def _deep(kind: Any, value: dict[str, Any]) -> bool:
    """Is there anything to explain inside?"""
    return any(is_block(one) for one in alternatives(kind)) or any(isinstance(below, dict) for below in value.values())


def reference(lang: str) -> list[tuple[str, str, str, str]]:
    """Every setting: dotted path, what may stand there, default, meaning.

    Examples
    --------
    >>> [row[:3] for row in reference("en") if row[0] == "run.warm_up"]
    [('run.warm_up', 'duration', '60 days')]
    """
    with speaking(lang):
        return list(_rows(Scenario, ""))


def _tag(block: type[Block]) -> str:
    """What tells a block from the others that might stand there: its kind."""
    return f"({', '.join(get_args(block.model_fields['kind'].annotation))})" if "kind" in block.model_fields else ""


def _rows(block: type[Block], path: str) -> Iterator[tuple[str, str, str, str]]:
    for name, field in block.model_fields.items():
        here, kind = f"{path}{name}", field_type(block, name)
        default = written_default(block, name)
        inner = [one for one in alternatives(kind) if is_block(one) and one.__name__ != "Title"]
        below = [(f"{here}{_tag(one) if len(inner) > 1 else ''}.", one) for one in inner]
        for one in alternatives(kind):
            if get_origin(one) is dict:
                below += [(f"{here}.<{_('name')}>.", two) for two in alternatives(get_args(one)[1]) if is_block(two)]
            elif get_origin(one) is tuple:
                below += [(f"{here}.<{_('row')}>.", two) for part in get_args(one) for two in alternatives(part)
                          if is_block(two) and two.__name__ != "Title"]
        shown = _("needed") if field.is_required() else "–" if default is None or below else _flow(default)
        yield here, kind_text(kind), shown, _meaning(block, name)
        for start, inner in below:
            yield from _rows(inner, start)
