"""From a tree of settings to faults that a person can mend: where the blocks' types meet what was written.

Pydantic finds what is wrong; here it is said in our words, in the active language, with file and line, the allowed range and the
nearest valid key.
"""

from __future__ import annotations

import difflib
import re
import types
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import ConfigDict, TypeAdapter, ValidationError

from sim.base import Block, Due, Fault, Sourced
from sim.i18n import _
from sim.nearest import closest
from sim.reading import SET
from sim.yaml_tree import Node, mark

__all__ = ["NOTHING", "alternatives", "error_paths", "field_type", "found_faults", "is_block", "noun_faults", "numbers", "reread",
           "settle", "step_type", "type_at"]

NOTHING: Any = object()
"""No type is known here."""
_KINDS = {"int_type", "int_from_float", "float_type", "bool_type", "string_type", "tuple_type", "list_type", "dict_type",
          "model_type", "model_attributes_type", "none_required", "is_instance_of", "int_parsing", "float_parsing"}
"""Errors that say: another kind of value is meant."""


# --- types ----------------------------------------------------------------------------------------------------------------

def alternatives(kind: Any) -> tuple[Any, ...]:
    """The types that a value may have, without annotations: `int | None` is int and None.

    Examples
    --------
    >>> alternatives(Annotated[int | None, "years"])
    (<class 'int'>, <class 'NoneType'>)
    """
    origin = get_origin(kind)
    if origin is Annotated:
        return alternatives(get_args(kind)[0])
    if origin in (Union, types.UnionType):
        return tuple(one for part in get_args(kind) for one in alternatives(part))
    return (kind,)


def field_type(block: type[Block], name: str) -> Any:
    """Type of a field with its bounds and readers."""
    field = block.model_fields[name]
    return Annotated[(field.annotation, *field.metadata)] if field.metadata else field.annotation


def is_block(kind: Any) -> bool:
    """Is this type a block of settings?"""
    return isinstance(kind, type) and issubclass(kind, Block)


def step_type(kind: Any, step: str | int) -> Any:
    """Type of what stands at one step below a value of type `kind`; NOTHING where there is no such step.

    Examples
    --------
    >>> step_type(dict[str, float], "rain")
    <class 'float'>
    """
    for one in alternatives(kind):
        if is_block(one):
            if step in one.model_fields:
                return field_type(one, str(step))
        elif get_origin(one) is dict and isinstance(step, str):
            return get_args(one)[1]
        elif get_origin(one) is tuple and isinstance(step, int):
            parts = get_args(one)
            return parts[0] if parts[-1] is Ellipsis else parts[step] if step < len(parts) else NOTHING
    return NOTHING


def type_at(kind: Any, path: Iterable[str | int]) -> Any:
    """Type of what stands at a path below a value of type `kind`; NOTHING where there is no such path."""
    for step in path:
        kind = step_type(kind, step)
        if kind is NOTHING:
            break
    return kind


def _known(kind: Any) -> tuple[str, ...]:
    return tuple(name for one in alternatives(kind) if is_block(one) for name in one.model_fields)


@lru_cache(maxsize=512)
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind, config=ConfigDict(strict=True, allow_inf_nan=False))


def reread(kind: Any, value: Any) -> Any:
    """A single value as its type reads it; NOTHING where it does not, or where no type is known."""
    if kind is NOTHING or any(is_block(one) for one in alternatives(kind)):
        return NOTHING
    try:
        return _adapter(kind).validate_python(value)
    except (ValidationError, TypeError):
        return NOTHING


# --- values ---------------------------------------------------------------------------------------------------------------

def settle(node: Any, kind: Any = NOTHING) -> Any:
    """The plain values under a node, without what a null has deleted.

    A null on an inherited entry deletes it, unless null is a value there ("never", "for ever").
    """
    value = node.value if isinstance(node, Node) else node
    if isinstance(value, dict):
        out = {}
        for key, child in value.items():
            below = step_type(kind, key) if kind is not NOTHING else NOTHING
            gone = isinstance(child, Node) and child.value is None and child.inherited
            if gone and (below is NOTHING or type(None) not in alternatives(below)):
                continue
            out[key] = settle(child, below)
        return out
    if isinstance(value, list):
        return [settle(child, step_type(kind, number) if kind is not NOTHING else NOTHING) for number, child in enumerate(value)]
    return value


def numbers(root: Node, kind: Any, faults: list[Fault]) -> dict[str, Sourced]:
    """Range and source by path of all values that have them; ranges that are wrong are added to `faults`.

    A value that was set anew keeps the range underneath, if it lies in it; it keeps the source, if it is the same value.
    """
    found: dict[str, Sourced] = {}

    def visit(node: Any, path: tuple[str | int, ...], below: Any) -> None:
        if not isinstance(node, Node):
            return
        if node.sourced is not None and node.value is not None:
            found[".".join(map(str, path))] = _judged(node, path, below, faults)
        if isinstance(node.value, dict | list):
            for step, child in node.value.items() if isinstance(node.value, dict) else enumerate(node.value):
                visit(child, (*path, step), step_type(below, step) if below is not NOTHING else NOTHING)

    visit(root, (), kind)
    return found


def _judged(node: Node, path: tuple[str | int, ...], kind: Any, faults: list[Fault]) -> Sourced:
    said = node.sourced
    assert said is not None
    value = settle(node)
    here, there = reread(kind, value), reread(kind, said.value)
    anew = value != said.value and (here is NOTHING or here != there)
    source = said.source
    if anew:
        source = _("set by --set") if node.file == SET else _("set in {file}").format(file=node.file.rsplit("/", 1)[-1])
    if said.range is None or here is NOTHING:
        return Sourced(value, said.range, source)
    ends = [reread(kind, end) for end in said.range]
    sizes = [one.seconds if isinstance(one, Due) else one for one in (ends[0], here, ends[1])]
    rule = None
    if NOTHING in ends:
        wrong = said.range[ends.index(NOTHING)]
        rule = _("{value} is not valid here: {rule}").format(value=wrong, rule=_why(kind, wrong))
    elif any(isinstance(size, bool) or not isinstance(size, int | float) for size in sizes):
        rule = _("only numbers and quantities have a range")
    elif sizes[0] > sizes[2]:
        rule = _("the lowest value of a range comes first")
    elif not sizes[0] <= sizes[1] <= sizes[2]:
        if anew:
            return Sourced(value, None, source)
        rule = _("the range must hold the value {value}").format(value=value)
    if rule is not None and not anew:
        faults.append(Fault(node.file, node.line, ".".join(map(str, path)) + ".range", list(said.range), rule))
    return Sourced(value, None if rule else said.range, source)


def _why(kind: Any, value: Any) -> str:
    try:
        _adapter(kind).validate_python(value)
    except ValidationError as error:
        return _rule(dict(error.errors(include_url=False)[0]), kind)[0]
    return ""


# --- faults ---------------------------------------------------------------------------------------------------------------

def found_faults(error: ValidationError, root: Node, kind: Any) -> list[Fault]:
    """The faults behind a validation error, each with the place where it was written."""
    plain = settle(root, kind)
    groups: dict[tuple[Any, ...], dict[tuple[Any, ...], list[dict[str, Any]]]] = {}
    for one in error.errors(include_url=False):
        path, fork, tag = _placed(plain, one["loc"], str(one["type"]))
        groups.setdefault(fork if fork is not None else path, {}).setdefault(tag, []).append({**one, "path": path})
    found = [item for fork, tags in groups.items() for item in _chosen(fork, tags)]
    # A name that is none is said before what stands under it.
    found.sort(key=lambda item: "[key]" not in item["loc"])
    faults: dict[str, Fault] = {}
    for item in found:
        fault = _said(item, root, kind, plain)
        faults.setdefault(fault.path, fault)
    return list(faults.values())


def error_paths(error: ValidationError, plain: Any) -> list[tuple[str | int, ...]]:
    """Where the errors are, the deepest first."""
    paths = {_placed(plain, one["loc"], str(one["type"]))[0] for one in error.errors(include_url=False)}
    return sorted(paths, key=lambda path: (-len(path), str(path)))


def _placed(plain: Any, loc: Sequence[str | int], sort: str) -> tuple[tuple[Any, ...], tuple[Any, ...] | None, tuple[Any, ...]]:
    """The path of an error in what was written; the path at which the type forks, if it does; the branch it took there."""
    path: list[Any] = []
    fork: tuple[Any, ...] | None = None
    tags: list[Any] = []
    for number, step in enumerate(loc):
        listed = isinstance(plain, list | tuple) and isinstance(step, int) and step < len(plain)
        if listed or (isinstance(plain, dict) and step in plain):
            path.append(step)
            plain = plain[step]
        elif step == "[key]":
            continue
        elif sort == "missing" and number == len(loc) - 1:
            path.append(step)
        elif not tags:
            fork, tags = tuple(path), [step]
        else:
            tags.append(step)
    return tuple(path), fork, tuple(tags[:1])


def _chosen(fork: tuple[Any, ...], tags: dict[tuple[Any, ...], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """Of the branches that a value might have meant, the errors of those it can have meant."""
    if list(tags) == [()]:
        return tags[()]
    meant = [errors for errors in tags.values() if not any(one["path"] == fork and one["type"] in _KINDS for one in errors)]
    if meant and any(one["type"] != "literal_error" for errors in meant for one in errors):
        return min(meant, key=len)
    # None is meant, or a word of a few: then all that could stand here is told, the words first.
    first = sorted((errors[0] for errors in tags.values()), key=lambda one: one["type"] != "literal_error")
    return [{**first[0], "others": first[1:]}]


def _said(item: dict[str, Any], root: Node, kind: Any, plain: Any) -> Fault:
    """One error as a fault."""
    path = item["path"]
    node = mark(root, path)
    here = type_at(kind, path)
    if item["loc"] and item["loc"][-1] == "[key]":
        rule = _('a name is made of letters, digits, "_" and "-" (at most 64)')
        return Fault(node.file, node.line, ".".join(map(str, path)), None, rule)
    if item["type"] in ("union_tag_invalid", "union_tag_not_found"):
        path = (*path, str(item["ctx"]["discriminator"]).strip("'"))
        words = tuple(re.findall(r"'([^']*)'", str(item["ctx"].get("expected_tags", ""))))
        tag = item["ctx"].get("tag")
        near = tuple(difflib.get_close_matches(str(tag), words, 1, 0.5)) if tag else ()
        rule = _("one of {words} is needed").format(words=", ".join(words)) if words else _("this setting is needed")
        return Fault(mark(root, path).file, mark(root, path).line, ".".join(map(str, path)), tag, rule, near)
    if item["type"] == "extra_forbidden":
        known = _known(type_at(kind, path[:-1]))
        near = closest(str(path[-1]), known, 1, 0.6)
        rule = _("there is no such setting") if near or not known else _("there is no such setting; known are {names}").format(
            names=", ".join(known))
        return Fault(node.file, node.line, ".".join(map(str, path)), None, rule, near)
    rule, near = _rule(item, here)
    for other in item.get("others", ()):
        more = _rule(other, here)[0]
        if more not in rule:
            rule = _("{rule}, or {other}").format(rule=rule, other=more)
    if item["type"] in _KINDS and here is not NOTHING and type(None) in alternatives(here):
        rule = _("{rule}, or {other}").format(rule=rule, other=_("null"))
    value = None if item["type"] == "missing" else _value(plain, path)
    return Fault(node.file, node.line, ".".join(map(str, path)), value, rule, near)


def _value(plain: Any, path: Sequence[Any]) -> Any:
    for step in path:
        try:
            plain = plain[step]
        except (KeyError, IndexError, TypeError):
            return None
    return plain


def _bounds(kind: Any) -> dict[str, float]:
    """Bounds of a number, from its type's annotations."""
    found: dict[str, float] = {}
    origin = get_origin(kind)
    if origin is Annotated:
        parts = get_args(kind)
        found |= _bounds(parts[0])
        for part in parts[1:]:
            for item in (part, *getattr(part, "metadata", ())):
                found |= {name: getattr(item, name) for name in ("ge", "gt", "le", "lt") if getattr(item, name, None) is not None}
    elif origin in (Union, types.UnionType):
        for part in get_args(kind):
            found |= _bounds(part)
    return found


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"


def _rule(item: dict[str, Any], kind: Any) -> tuple[str, tuple[str, ...]]:
    """What would be right, and the nearest valid words."""
    sort, context, value = item["type"], item.get("ctx", {}), item.get("input")
    if sort == "rule":
        return str(context["rule"]), ()
    if sort == "value_error":
        return str(context.get("error", item["msg"])), ()
    if sort == "literal_error":
        words = tuple(re.findall(r"'([^']*)'", str(context["expected"])))
        near = tuple(difflib.get_close_matches(value, words, 1, 0.5)) if isinstance(value, str) else ()
        if len(words) == 1:
            return _("{word} is needed").format(word=words[0]), near
        return _("one of {words} is needed").format(words=", ".join(words)), near
    if sort in ("model_type", "model_attributes_type") and _known(kind):
        return _("a block of settings is needed, such as {names}").format(names=", ".join(_known(kind)[:8])), ()
    if sort in ("greater_than", "greater_than_equal", "less_than", "less_than_equal"):
        bounds = _bounds(kind) | {name: context[name] for name in ("ge", "gt", "le", "lt") if name in context}
        low, high = bounds.get("ge", bounds.get("gt")), bounds.get("le", bounds.get("lt"))
        if low is not None and high is not None and "gt" not in bounds and "lt" not in bounds:
            return _("must be from {low} to {high}").format(low=_number(low), high=_number(high)), ()
        texts = {"gt": _("must be more than {bound}"), "ge": _("must be at least {bound}"), "lt": _("must be less than {bound}"),
                 "le": _("must be at most {bound}")}
        return " ".join(text.format(bound=_number(bounds[name])) for name, text in texts.items() if name in bounds), ()
    return _plain_rule(sort, context, value), ()


def _plain_rule(sort: str, context: dict[str, Any], value: Any) -> str:
    quoted = isinstance(value, str) and bool(re.fullmatch(r"\s*[-+]?[0-9][0-9.,]*\s*", value))
    if quoted and "," in value and sort in ("int_type", "int_parsing", "float_type", "float_parsing"):
        return _("a number is needed, without commas between the digits")
    if sort in ("int_type", "int_from_float", "int_parsing"):
        return _("a whole number is needed, without quotation marks") if quoted else _("a whole number is needed")
    if sort in ("float_type", "float_parsing"):
        return _("a number is needed, without quotation marks") if quoted else _("a number is needed")
    if sort in ("too_short", "too_long"):
        least, most = context.get("min_length"), context.get("max_length")
        text = _("at least {number} values are needed, and {given} are given") if sort == "too_short" else \
            _("at most {number} values are allowed, and {given} are given")
        return text.format(number=least if sort == "too_short" else most, given=context.get("actual_length"))
    if sort == "string_pattern_mismatch":
        return _('a name is made of letters, digits, "_" and "-" (at most 64)')
    if sort == "string_too_long":
        return _("a text of at most {number} characters is needed").format(number=context.get("max_length"))
    simple = {
        "missing": _("this setting is needed"), "bool_type": _("true or false is needed"), "string_type": _("a text is needed"),
        "tuple_type": _("a list is needed"), "list_type": _("a list is needed"), "dict_type": _("a block of settings is needed"),
        "model_type": _("a block of settings is needed"), "model_attributes_type": _("a block of settings is needed"),
        "string_too_short": _("a text is needed, and it is empty"), "finite_number": _("a finite number is needed"),
        "none_required": _("nothing is needed here (null)"),
    }
    return simple.get(sort, _("this is not valid here"))


def noun_faults(found: Iterable[tuple[str, Any, str, Sequence[str]]], root: Node) -> Iterator[Fault]:
    """The faults that the nouns found between blocks, each with the place where it was written, and as it was written."""
    plain = settle(root)
    for path, value, rule, candidates in found:
        steps = _typed(plain, path.split(".")) if path else []
        node, written = mark(root, steps), _value(plain, steps)
        text = str(value) if isinstance(value, str) else path.rsplit(".", 1)[-1]
        near = closest(text, candidates)
        if not near and not isinstance(value, str) and all(name.isdigit() for name in candidates):
            near = tuple(candidates)        # the number that would do
        if candidates and not near:
            rule = _("{rule}; there are {names}").format(rule=rule, names=", ".join(list(candidates)[:20]))
        yield Fault(node.file, node.line, path, value if written is None or isinstance(written, dict) else written, rule, near)


def _typed(plain: Any, steps: Sequence[str]) -> list[str | int]:
    """Steps with numbers where there are lists, and words where there are keys."""
    out: list[str | int] = []
    for step in steps:
        out.append(int(step) if isinstance(plain, list) and step.isdigit() else step)
        plain = _value(plain, out[-1:])
    return out
