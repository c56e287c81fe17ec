"""Mechanisms and their groups 机制与分组: what an organisation is made of, as `explain` divides a difference between two.

A mechanism is a block of `organisation`.  `MECHANISMS` is the one table of them; a test fails where a block is not in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from sim.i18n import N_, _

if TYPE_CHECKING:
    from sim.organisation import Organisation

__all__ = ["GROUPS", "MECHANISMS", "OTHER", "Mechanism", "differing", "group_of", "group_title", "part_title", "title_of"]

OTHER = "other"
"""Group of what is no switch of the organisation."""

GROUPS = {
    "people": N_("People"),
    "information": N_("Information"),
    "authority": N_("Authority"),
    "oversight": N_("Oversight"),
    "prevention": N_("Prevention"),
    OTHER: N_("Other settings"),
}
"""Groups of mechanisms in the order in which they are shown."""


class Mechanism(NamedTuple):
    """Where a block of `organisation` belongs, and what it is called."""

    group: str
    title: str


MECHANISMS = {
    "centres": Mechanism("people", N_("Centres")),
    "grid_workers": Mechanism("people", N_("Grid workers' roles")),
    "burden": Mechanism("people", N_("Time lost to forms")),
    "integration_costs": Mechanism("people", N_("Costs of integration")),
    "ledger": Mechanism("information", N_("Ledger")),
    "signal": Mechanism("information", N_("Upward signal")),
    "triage": Mechanism("information", N_("Triage and routing")),
    "sensors": Mechanism("information", N_("Sensors")),
    "authority": Mechanism("authority", N_("Delegated authority")),
    "three_ways": Mechanism("authority", N_("Three-way triage")),
    "force": Mechanism("authority", N_("Downward force")),
    "joint_work": Mechanism("authority", N_("Joint work")),
    "pre_emption": Mechanism("authority", N_("Urgent work first")),
    "emergencies": Mechanism("authority", N_("Emergencies")),
    "queue_order": Mechanism("authority", N_("Order of queues")),
    "supervision": Mechanism("oversight", N_("Supervision")),
    "verification": Mechanism("oversight", N_("Checks before closing")),
    "assessment": Mechanism("oversight", N_("Monthly scores")),
    "case_owners": Mechanism("oversight", N_("Case owners")),
    "padding": Mechanism("oversight", N_("Quotas of reports")),
    "screening": Mechanism("prevention", N_("Screening and ten-day dispatching")),
    "root_causes": Mechanism("prevention", N_("Root-cause analysis")),
    "participation": Mechanism("prevention", N_("Residents who take part")),
}
"""Every block of `organisation`, in the order in which it is shown: its group (a key of `GROUPS`) and its title."""


def group_of(key: str) -> str:
    """Group of a mechanism; `OTHER` of what is in no table.

    Examples
    --------
    >>> group_of("ledger"), group_of("weather")
    ('information', 'other')
    """
    return MECHANISMS[key].group if key in MECHANISMS else OTHER


def group_title(key: str) -> str:
    """Title of a group in the language in use.

    Examples
    --------
    >>> group_title("authority")
    'Authority'
    """
    return _(GROUPS[key])


def title_of(key: str) -> str:
    """Title of a mechanism in the language in use; its key where it is in no table.

    Examples
    --------
    >>> title_of("authority"), title_of("weather")
    ('Delegated authority', 'weather')
    """
    return _(MECHANISMS[key].title) if key in MECHANISMS else key


def part_title(group: str, mechanism: str = "", members: Sequence[str] = ()) -> str:
    """Title of a mechanism, else of a group; that of a group of one mechanism names this too.

    Parameters
    ----------
    group, mechanism : str
        Keys; `mechanism` is empty for a whole group.
    members : sequence of str
        Mechanisms of the group that count.

    Examples
    --------
    >>> part_title("authority", members=["authority"]), part_title("people", "centres"), part_title("weather")
    ('Authority: Delegated authority', 'Centres', 'weather')
    """
    if mechanism:
        return title_of(mechanism)
    whole = group_title(group) if group in GROUPS else group
    if len(members) == 1 and group != OTHER:
        return _("{group}: {mechanism}").format(group=whole, mechanism=title_of(members[0]))
    return whole


def differing(base: Organisation, other: Organisation) -> tuple[list[str], list[str]]:
    """Which mechanisms differ between two organisations, and which do not, in the order of `MECHANISMS`.

    A mechanism that is off on both sides does not differ, whatever its other settings say.

    Examples
    --------
    >>> from sim.organisation import Organisation
    >>> base = Organisation()
    >>> differing(base, base.model_copy(update={"queue_order": "fcfs"}))[0]
    ['queue_order']
    """
    known = [key for key in MECHANISMS if key in type(base).model_fields]
    keys = known + [key for key in type(base).model_fields if key not in MECHANISMS]
    apart = [key for key in keys if getattr(base, key) != getattr(other, key)
             and not (_off(getattr(base, key)) and _off(getattr(other, key)))]
    return apart, [key for key in keys if key not in apart]


def _off(block: Any) -> bool:
    return getattr(block, "on", None) is False
