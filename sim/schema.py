"""The JSON Schema of scenario files, for editors: completion, hovering help and red lines while typing.

It allows what a file may hold before it is put together: blocks without their required settings (a file may extend another),
values with range and source, dotted keys, nulls that delete.  What only the whole can tell is left to `nine-dragons check`.
"""

from __future__ import annotations

from typing import Any, get_args

from pydantic import TypeAdapter
from pydantic_core import PydanticUndefined

from sim.base import Block
from sim.scenario import Scenario
from sim.validation import alternatives, field_type, is_block

__all__ = ["blocks", "json_schema", "written_default"]

_SOURCED = {"$ref": "#/$defs/Sourced"}
_DEFINITIONS = {
    "Sourced": {
        "type": "object", "required": ["value"], "additionalProperties": False,
        "description": "A value with its plausible range and its source.",
        "properties": {
            "value": {"description": "The value, as it would stand alone."},
            "range": {"type": "array", "minItems": 2, "maxItems": 2, "description": "Lowest and highest plausible value."},
            "source": {"type": "string", "description": "Where it is from: a document, or assumption."},
        },
    },
}


def json_schema() -> dict[str, Any]:
    """The schema as JSON Schema 2020-12.

    Examples
    --------
    >>> json_schema()["properties"]["extends"]["anyOf"][0]
    {'type': 'string'}
    """
    schema = Scenario.model_json_schema()
    definitions = schema.pop("$defs")
    found = {block.__name__: block for block in blocks(Scenario)}
    loosened = {name: _loosened(definition, definitions, found.get(name)) for name, definition in sorted(definitions.items())}
    top = _loosened(schema, definitions, Scenario)
    top["properties"]["extends"] = {
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}],
        "description": "A file or a list of files underneath this one; later ones lie on top of earlier ones."}
    top["patternProperties"] = {r"^[^.]+(\.[^.]+)+$": {"description": "A setting deep inside, by its dotted path."}}
    top["title"], top["description"] = "Nine Dragons scenario", "A scenario: a city with its organisation, or a bare system."
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **top, "$defs": {**loosened, **_DEFINITIONS}}


def blocks(kind: Any) -> list[type[Block]]:
    """Every type of block in a type, each once.

    Examples
    --------
    >>> [block.__name__ for block in blocks(Scenario)][:2]
    ['Scenario', 'Title']
    """
    found: dict[type[Block], None] = {}

    def visit(one: Any) -> None:
        for part in alternatives(one):
            if is_block(part):
                if part not in found:
                    found[part] = None
                    for name in part.model_fields:
                        visit(field_type(part, name))
            else:
                for inner in get_args(part):
                    if not isinstance(inner, str):
                        visit(inner)

    visit(kind)
    return list(found)


def written_default(block: type[Block], name: str) -> Any:
    """A setting's default as it is written in a file; None where there is none or it is nothing.

    Examples
    --------
    >>> from sim.scenario import RunSettings
    >>> written_default(RunSettings, "horizon")
    '365 days'
    """
    default = block.model_fields[name].get_default(call_default_factory=True)
    if default is None or default is PydanticUndefined:
        return None
    if isinstance(default, Block):
        return default.model_dump(mode="json")
    return TypeAdapter(field_type(block, name)).dump_python(default, mode="json")


def _loosened(definition: dict[str, Any], definitions: dict[str, Any], block: type[Block] | None) -> dict[str, Any]:
    """A block's schema without what only holds for the whole."""
    out = {key: value for key, value in definition.items() if key not in ("required", "properties", "discriminator", "title")}
    if "description" in out:
        out["description"] = out["description"].split("\n\n")[0].replace("\n", " ")
    if "properties" in definition:
        out["properties"] = {name: _property(below, definitions) for name, below in definition["properties"].items()}
        for name, below in out["properties"].items():
            default = written_default(block, name) if block is not None else None
            if default not in (None, {}, []):
                below["default"] = default
    return out


def _property(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    """A setting's schema: its own, with a source, or null."""
    about: dict[str, Any] = {key: value for key, value in schema.items() if key in ("description", "examples")}
    if "description" in about:
        about["description"] = " ".join(about["description"].split())
    core = {key: value for key, value in schema.items()
            if key not in ("title", "description", "default", "examples", "discriminator")}
    if _is_mapping(schema, definitions):
        for name, below in core.get("patternProperties", {}).items():
            inner = {key: value for key, value in below.items() if key not in ("title", "description")}
            more = [] if _is_mapping(below, definitions) else [_SOURCED]
            core["patternProperties"] = {name: {"anyOf": [inner, *more, {"type": "null"}]}}
        return {**core, **about}
    rows = [{"type": "string", "pattern": r"\.csv$"}] if any("items" in one for one in (core, *core.get("anyOf", ()))) else []
    name = [{"type": "string"}] if any(one.get("$ref", "").endswith("/Title") for one in (core, *core.get("anyOf", ()))) else []
    return {"anyOf": [*_branches(core), *rows, *name, _SOURCED, {"type": "null"}], **about}


def _branches(core: dict[str, Any]) -> list[dict[str, Any]]:
    """The alternatives of a schema, without null, which is added once."""
    for name in ("anyOf", "oneOf"):
        if set(core) == {name}:
            return [one for one in core[name] if one != {"type": "null"}]
    return [core]


def _is_mapping(schema: dict[str, Any], definitions: dict[str, Any]) -> bool:
    """Is a block or a mapping from names meant, and nothing else?"""
    if "$ref" in schema:
        name = schema["$ref"].rsplit("/", 1)[-1]
        return name != "Title" and "properties" in definitions[name]
    return schema.get("type") == "object"
