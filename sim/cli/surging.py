"""`--surge typhoon` or `--surge typhoon=2025-08-15`: a surge that a scenario has, or one that has its name (突发高峰)."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

import yaml

from sim.cli.faults import Mendable
from sim.i18n import _

if TYPE_CHECKING:
    from sim.scenario import Scenario

__all__ = ["surge_settings"]


def surge_settings(scenario: Scenario, words: Sequence[str]) -> list[str]:
    """What has to be set in a scenario so that these surges happen, as `--set` would say it.

    Parameters
    ----------
    scenario : Scenario
    words : sequence of str
        NAME or NAME=DATE, the date being the first day.

    Examples
    --------
    >>> from sim.scenario import load
    >>> surge_settings(load("small/integrated", ["surges.flood.on=false"]), ["flood=2025-06-01"])
    ['surges.flood.on=true', 'surges.flood.start=2025-06-01']
    """
    from sim.surges import PRESETS

    found: list[str] = []
    for word in words:
        name, _sign, start = (part.strip() for part in word.partition("="))
        if name in scenario.surges:
            found.append(f"surges.{name}.on=true")
        elif name in PRESETS:
            found.append(f"surges.{name}={_flow(_fitting(PRESETS[name], scenario))}")
        else:
            known = [*scenario.surges, *PRESETS]
            close = get_close_matches(name, known, n=1)
            said = _("There is no surge {name}; there are {choices}.").format(name=name, choices=", ".join(known))
            raise Mendable(said + (" " + _("Did you mean {candidates}?").format(candidates=close[0]) if close else ""))
        if start:
            found.append(f"surges.{name}.start={start}")
    return found


def _fitting(preset: dict[str, Any], scenario: Scenario) -> dict[str, Any]:
    """A surge by name with those of its categories that the scenario has."""
    return preset | {"categories": {key: value for key, value in preset["categories"].items() if key in scenario.issues.categories}}


def _flow(value: Any) -> str:
    return yaml.safe_dump(value, allow_unicode=True, default_flow_style=True, width=10**9, sort_keys=False).strip()
