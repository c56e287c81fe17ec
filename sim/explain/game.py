"""Two organisations as a game: what they differ in, and the scenario of every mixture (混合方案)."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sim import shapley
from sim.base import Fault, ScenarioError
from sim.experiment import distinct
from sim.i18n import _
from sim.mechanisms import GROUPS, OTHER, differing, group_of, part_title
from sim.scenario import OWN, Scenario
from sim.variants import Base, loaded

__all__ = ["Game", "Part", "game"]

SAME = ("city", "issues", "run")
"""Blocks that make the city, its issues and the time that is looked at; both sides must have the same."""
FREE = ("run.seed", "run.replications")
"""Settings of these that may differ."""
MOST_TOLD = 5
"""Settings that differ and must not, at most so many are told one by one."""


@dataclass(frozen=True)
class Part:
    """What is given its share (归因单元): a group of mechanisms, or one mechanism of a group.

    Attributes
    ----------
    group : str
        Key of the group (`sim.mechanisms.GROUPS`).
    mechanism : str
        Key of the mechanism; empty for a whole group.
    units : tuple of int
        The players of the game that it stands for.
    members : tuple of str
        Keys of its mechanisms.
    """

    group: str
    mechanism: str
    units: tuple[int, ...]
    members: tuple[str, ...] = ()

    @property
    def coalition(self) -> int:
        """Its players as a coalition."""
        return shapley.coalition(self.units)

    @property
    def title(self) -> str:
        """Its title in the language in use; that of a group of one mechanism names this too."""
        return part_title(self.group, self.mechanism, self.members)

    @property
    def key(self) -> str:
        """Name in tables: `people`, or `people.centres` for a mechanism."""
        return f"{self.group}.{self.mechanism}" if self.mechanism else self.group


@dataclass(frozen=True, eq=False)
class Game:
    """Two organisations of one city, and all mixtures of them (归因博弈).

    Attributes
    ----------
    base, other : Scenario
        Where nothing is switched, and where everything is.
    names : tuple of str
        What the tables call the two.
    units : tuple of tuple of str
        The players: blocks of `organisation` that are taken from the other side together; empty for the settings outside.
    groups : tuple of tuple of int
        Players by group.
    parts : tuple of Part
        What is given a share: each group, and behind a group of several that is looked into its mechanisms.
    equal : tuple of str
        Mechanisms that do not differ, and are left out.
    outside : tuple of str
        Paths of settings outside `organisation` that differ.
    """

    base: Scenario
    other: Scenario
    names: tuple[str, str]
    units: tuple[tuple[str, ...], ...]
    groups: tuple[tuple[int, ...], ...]
    parts: tuple[Part, ...]
    equal: tuple[str, ...]
    outside: tuple[str, ...] = ()
    _made: dict[int, Scenario] = field(default_factory=dict, repr=False)

    @property
    def everyone(self) -> int:
        """The coalition of all players: the other organisation."""
        return (1 << len(self.units)) - 1

    def scenario(self, coalition: int) -> Scenario:
        """The mixture in which the players of a coalition are as in the other organisation, and all else as in the base.

        Raises
        ------
        ScenarioError
            It is impossible; the faults name the mixture.

        Examples
        --------
        >>> made = game("small/fragmented", "small/integrated")
        >>> mixture = made.scenario(made.parts[0].coalition)
        >>> made.parts[0].key, mixture.organisation.centres.mode, mixture.organisation.ledger.mode
        ('people', 'merged', 'silos')
        """
        if coalition in (0, self.everyone):
            return self.other if coalition else self.base
        if coalition not in self._made:
            point: dict[str, Any] = {}
            for unit, blocks in enumerate(self.units):
                if coalition >> unit & 1:
                    point |= self._settings(blocks)
            try:
                self._made[coalition] = self._sides[0].at(point)
            except ScenarioError as error:
                raise ScenarioError([Fault(self.names[0], 0, fault.path, fault.value, _("{rule} (in the mixture {mixture})").format(
                    rule=fault.rule, mixture=self.label(coalition)), fault.nearest) for fault in error.faults]) from None
        return self._made[coalition]

    @cached_property
    def _sides(self) -> tuple[Base, Base]:
        return Base(self.base, None, {}), Base(self.other, None, {})

    def _settings(self, blocks: Sequence[str]) -> dict[str, Any]:
        plain = self._sides[1].plain
        if blocks:
            return {f"organisation.{block}": plain["organisation"][block] for block in blocks}
        return {block: plain[block] for block in dict.fromkeys(path.split(".")[0] for path in self.outside) if block in plain}

    def label(self, coalition: int) -> str:
        """A mixture in the words of its keys: the base, and what is switched.

        Examples
        --------
        >>> made = game("small/fragmented", "small/integrated", within=["people"])
        >>> made.label(0b101), made.label(made.everyone)
        ('small-fragmented + people.centres + information', 'small-integrated')
        """
        if coalition == self.everyone:
            return self.names[1]
        said, rest = [], coalition
        for part in self.parts:
            if rest & part.coalition == part.coalition:
                said.append(part.key)
                rest &= ~part.coalition
        return " + ".join([self.names[0], *said])

    def inside(self, group: str) -> bool:
        """Whether the mechanisms of a group have shares of their own."""
        return any(part.group == group and part.mechanism for part in self.parts)


def game(base: Scenario | str | Path, other: Scenario | str | Path, *, within: Iterable[str] = (), everything: bool = False,
         fixed: dict[str, Any] | None = None) -> Game:
    """Two organisations as a game, checked.

    Parameters
    ----------
    base, other : Scenario, or path
        Of one city.
    within : iterable of str
        Groups whose mechanisms are given shares of their own.
    everything : bool
        All groups are looked into.
    fixed : dict, optional
        Path to value of settings that hold on both sides.

    Raises
    ------
    ScenarioError
        With all faults at once: of the files, two cities in place of one, nothing that differs, no such group.

    Examples
    --------
    >>> made = game("small/fragmented", "small/integrated", within=["people"])
    >>> [part.key for part in made.parts[:4]], made.equal[:2]
    (['people', 'people.centres', 'people.grid_workers', 'information'], ('burden', 'integration_costs'))
    """
    faults: list[Fault] = []
    sides = loaded([base, other], fixed or {}, faults)
    if faults:
        raise ScenarioError(faults)
    left, right = (side.scenario for side in sides)
    first, second = distinct([left.name, right.name])
    _two_organisations({first: left, second: right})
    outside = _outside(left, right, (first, second))
    apart, equal = differing(left.organisation, right.organisation)
    if not apart and not outside:
        raise ScenarioError([Fault(second, 0, "", None, _("it differs from {base} in nothing that could be explained").format(base=first))])
    blocks: dict[str, list[tuple[str, ...]]] = {group: [] for group in GROUPS}
    for key in apart:
        blocks[group_of(key)].append((key,))
    if outside:
        blocks[OTHER].append(())
    present = {group: some for group, some in blocks.items() if some}
    opened = set(present) if everything else _opened(within, present)
    units: list[tuple[str, ...]] = []
    groups, parts = [], []
    for group, some in present.items():
        if group not in opened and () not in some:
            some = [tuple(key for one in some for key in one)]
        here = tuple(range(len(units), len(units) + len(some)))
        units += some
        groups.append(here)
        members = tuple(key for one in some for key in one)
        parts.append(Part(group, "", here, members))
        if group in opened and group != OTHER and len(some) > 1:
            parts += [Part(group, one[0], (unit,), one) for unit, one in zip(here, some, strict=True)]
    return Game(left, right, (first, second), tuple(units), tuple(groups), tuple(parts), tuple(equal), tuple(outside))


def _two_organisations(sides: Mapping[str, Scenario]) -> None:
    """Refuse what has no organisation, or two.

    Raises
    ------
    ScenarioError
        A side is a bare system, or has a reform.
    """
    bare, reform = _("a bare system has no organisation that could be explained"), _(
        "a reform is a way from one organisation to another: explain the two that it leads from and to")
    faults = [Fault(name, 0, "bare", None, bare) for name, side in sides.items() if side.city is None]
    faults += [Fault(name, 0, "reform", None, reform) for name, side in sides.items() if side.reform is not None]
    if faults:
        raise ScenarioError(faults)


def _opened(within: Iterable[str], present: dict[str, Any]) -> set[str]:
    """Groups to look into.

    Raises
    ------
    ScenarioError
        There is no such group, or nothing in it differs.
    """
    faults = []
    for name in within:
        if name not in present:
            rule = _("nothing differs in this group; there are {names}") if name in GROUPS else _(
                "there is no such group; there are {names}")
            near = tuple(difflib.get_close_matches(name, [key for key in present if key != OTHER], 1, 0.5))
            faults.append(Fault("--within", 0, name, None, rule.format(names=", ".join(present)), near))
    if faults:
        raise ScenarioError(faults)
    return set(within)


def _outside(left: Scenario, right: Scenario, names: tuple[str, str]) -> list[str]:
    """Paths outside `organisation` that differ.

    Raises
    ------
    ScenarioError
        The cities differ, so that the two do not have the same issues.
    """
    apart = [(path, here, there) for path, here, there in right.diff(left) if not path.startswith("organisation.")
             and path.split(".")[0] not in OWN and not path.endswith((".title.en", ".title.zh"))]
    wrong = [one for one in apart if one[0].split(".")[0] in SAME and one[0] not in FREE]
    if wrong:
        rule = _("the two must be one city with the same issues, and {base} has {value} there")
        told = [Fault(names[1], 0, path, there, rule.format(base=names[0], value=here)) for path, here, there in wrong[:MOST_TOLD]]
        if len(wrong) > MOST_TOLD:
            more = _("{number} settings more of city, issues and run differ; they are shown by {command}")
            told.append(Fault(names[1], 0, "", None, more.format(number=len(wrong) - MOST_TOLD, command="nine-dragons show FILE --diff BASE")))
        raise ScenarioError(told)
    return [path for path, _here, _there in apart if path not in FREE]
