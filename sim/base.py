"""The strict settings block, values with a source, and the faults a person can mend; with the quantities of `sim.units`.

Blocks are frozen and strict: an unknown key or a number in quotation marks is a fault, never a guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator

from sim.i18n import _, language, ngettext
from sim.units import (
    Date,
    Deadline,
    Due,
    Duration,
    Frequency,
    Heads,
    Key,
    Money,
    Name,
    NonNegativeFloat,
    PositiveDuration,
    PositiveFloat,
    Probability,
    Rate,
    Shares,
    refuse,
)

__all__ = ["Block", "Date", "Deadline", "Due", "Duration", "Fault", "Frequency", "Heads", "Key", "Money", "Name",
           "NonNegativeFloat", "PositiveDuration", "PositiveFloat", "Probability", "Rate", "ScenarioError", "Shares", "Sourced",
           "Title", "refuse"]


# --- faults ---------------------------------------------------------------------------------------------------------------

MOST_SHOWN = 100
"""As many faults are shown at once."""


@dataclass(frozen=True)
class Fault:
    """One thing that a person can mend in a scenario 场景错误.

    Attributes
    ----------
    file : str
        Name of the file, or "--set".
    line : int
        Line in that file, from 1; 0 where there is none.
    path : str
        Dotted path of the setting; empty for the whole file.
    value : object
        What stands there.
    rule : str
        What would be right, in the active language.
    nearest : tuple of str
        The likely intended keys or values, best first; may be empty.

    Examples
    --------
    >>> print(Fault("a.yaml", 3, "city.grid", 12, "unknown key", ("grids",)))
    a.yaml:3: city.grid = 12: unknown key; did you mean grids?
    """

    file: str
    line: int
    path: str
    value: Any
    rule: str
    nearest: tuple[str, ...] = ()

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        parts = [where] if where else []
        if self.path:
            parts.append(f"{self.path} = {_shown(self.value)}" if self.value is not None else self.path)
        text = ": ".join([*parts, self.rule])
        if self.nearest:
            text += _("; did you mean {candidates}?").format(candidates=_(" or ").join(self.nearest))
        return text


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        return "{…}" if value else "{}"
    if isinstance(value, list | tuple) and any(isinstance(item, dict) for item in value):
        return "[…]"
    text = ("true" if value else "false") if isinstance(value, bool) else repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"


class ScenarioError(ValueError):
    """All the faults of a scenario at once; its text is the message for the person.

    Parameters
    ----------
    faults : sequence of Fault

    Examples
    --------
    >>> print(ScenarioError([Fault("a.yaml", 1, "", None, "the file is empty")]))
    1 fault in the scenario:
      a.yaml:1: the file is empty
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__(self.faults)

    def __str__(self) -> str:
        number = len(self.faults)
        head = ngettext("{number} fault in the scenario:", "{number} faults in the scenario:", number).format(number=number)
        lines = [head, *(f"  {fault}" for fault in self.faults[:MOST_SHOWN])]
        if number > MOST_SHOWN:
            lines.append("  " + _("… and {number} more").format(number=number - MOST_SHOWN))
        return "\n".join(lines)


# --- the block ------------------------------------------------------------------------------------------------------------

def _ordered(value: Any) -> Any:
    """Lists as tuples and mappings in the order of their keys, all the way down: the order of keys in a file means nothing."""
    if type(value) in (list, tuple):
        return tuple(_ordered(item) for item in value)
    if isinstance(value, dict):
        return {key: _ordered(value[key]) for key in sorted(value, key=str)}
    return value


class Block(BaseModel):
    """A block of settings: frozen, strict, no unknown keys.

    The docstring under each field is its manual (meaning, unit, range).  Sequences are declared `tuple[...]`; a YAML list fits.
    Mappings from names are kept in the order of the names, so that the order of keys in a file changes nothing.
    Defaults are given in the inside unit (`Duration = 900.0`); `block.model_dump(mode="json")` writes quantities with units.

    Examples
    --------
    >>> class Patrol(Block):
    ...     round: Duration = 7200.0
    >>> Patrol(round="90 min").round, Patrol().model_dump(mode="json")
    (5400.0, {'round': '2 h'})
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, use_attribute_docstrings=True,
                              populate_by_name=True)

    @model_validator(mode="before")
    @classmethod
    def _in_order(cls, data: Any) -> Any:
        return _ordered(data)


@dataclass(frozen=True)
class Sourced:
    """Where a value is from 出处, and how far it may be off.

    Attributes
    ----------
    value : object
        As written.
    range : tuple or None
        Lowest and highest plausible value, as written; both valid for the setting, and holding the value.
    source : str or None
        "assumption …", a document, "set in FILE" or "set by --set".
    """

    value: Any
    range: tuple[Any, Any] | None = None
    source: str | None = None


class Title(Block):
    """A name in both languages 名称; a plain text stands for both.

    Examples
    --------
    >>> Title(en="street order", zh="街面秩序").text("zh")
    '街面秩序'
    """

    en: str
    """In English."""
    zh: str
    """In Chinese."""

    @model_validator(mode="before")
    @classmethod
    def _plain_text(cls, data: Any) -> Any:
        return {"en": data, "zh": data} if isinstance(data, str) else data

    def text(self, lang: str | None = None) -> str:
        """The name in `lang` ("en" or "zh"; None is the active language)."""
        return self.zh if (lang or language()).startswith("zh") else self.en
