"""What `nine-dragons list` lists."""

from __future__ import annotations

from collections.abc import Callable

from sim import shipped
from sim.i18n import _

__all__ = ["LISTINGS", "column", "title"]

Row = dict[str, str]


def title(name: str) -> str:
    """Heading of a list."""
    return {"scenarios": _("Shipped scenarios"), "measures": _("Measures"), "settings": _("Settings")}[name]


def column(key: str) -> str:
    """Heading of a column."""
    heads = {"name": _("Name"), "title": _("Title"), "key": _("Key"), "group": _("Group"), "unit": _("Unit"),
             "better": _("Better"), "path": _("Setting"), "type": _("Type"), "default": _("Default"), "meaning": _("Meaning")}
    return heads[key]


def scenarios() -> list[Row]:
    """Shipped scenarios with their titles."""
    from sim.base import ScenarioError
    from sim.results import titled
    from sim.scenario import load

    rows = []
    for name in shipped.names():
        path = shipped.find(f"scenarios/{name}.yaml")
        try:
            shown = titled(load(path).title, name) if path is not None else ""
        except ScenarioError as error:
            shown = _("has faults: {command}").format(command=f"nine-dragons check {name}") if error.faults else ""
        rows.append({"name": name, "title": shown})
    return rows


def measures() -> list[Row]:
    """Every measure with its unit and which way is better."""
    from sim.measures import MEASURES
    from sim.results import titled

    ways = {1: _("more"), -1: _("less"), 0: "–"}
    units = {"share": "%", "": "–"}
    return [{"key": key, "title": titled(m.title, key), "group": _(m.group), "unit": units.get(m.unit) or _(m.unit),
             "better": ways[int(m.direction)]}
            for key, m in MEASURES.items()]


def settings() -> list[Row]:
    """Every setting with its type, default and meaning."""
    from sim.i18n import language
    from sim.template import reference

    return [{"path": path, "type": kind, "default": default, "meaning": meaning}
            for path, kind, default, meaning in reference(language())]


LISTINGS: dict[str, Callable[[], list[Row]]] = {"scenarios": scenarios, "measures": measures, "settings": settings}
