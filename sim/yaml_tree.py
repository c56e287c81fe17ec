"""One YAML text as a tree that knows the file and line of every value, before any meaning is given to it.

Text is read with the YAML 1.2 rules that planners expect (`on` is a word, `08:00` is no number), is never executed, and is
refused when it is large, deep or grows when unfolded.  `{value, range, source}` becomes the value, with the rest beside it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from typing import Any, NoReturn

import yaml

from sim.base import Fault, ScenarioError, Sourced
from sim.i18n import N_, _

__all__ = ["FLOAT", "Node", "grow", "mark", "parse", "plain", "scalar"]

LARGEST = 2_000_000
"""The largest YAML text that is read, bytes."""
DEEPEST = 24
"""The deepest nesting."""
MOST_NODES = 200_000
"""The most values in one file, aliases unfolded."""

_PROBLEMS = (
    N_("mapping values are not allowed in this context"), N_("mapping keys are not allowed in this context"),
    N_("block sequence entries are not allowed in this context"), N_("could not find expected ':'"),
    N_("found character that cannot start any token"), N_("found a tab character that violates indentation"),
    N_("found a tab character where an indentation space is expected"), N_("found unexpected end of stream"),
    N_("found unexpected document indicator"), N_("found unknown escape character"), N_("did not find expected key"),
    N_("did not find expected node content"), N_("did not find expected '-' indicator"),
    N_("did not find expected ',' or ']'"), N_("did not find expected ',' or '}'"), N_("did not find expected <document start>"),
    N_("did not find expected alphabetic or numeric character"), N_("control characters are not allowed"),
)
"""What the reader of YAML says most often; anything else stays in English."""

_INTEGER = re.compile(r"[-+]?[0-9]+")
FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WORDS = {"": None, "~": None, "null": None, "Null": None, "NULL": None, "true": True, "True": True, "TRUE": True,
          "false": False, "False": False, "FALSE": False}
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Node:
    """A value of a scenario file and where it stands.

    Attributes
    ----------
    value : dict of str to Node, list of Node, or a plain scalar
    file : str
        Name of the file as shown to people.
    line : int
        Line of its key, from 1; 0 where there is none.
    sourced : Sourced or None
        Range and source as written, or inherited by a value that was set anew (then `sourced.value` is the value underneath).
    inherited : bool
        A file underneath has a value at this place too.
    """

    __slots__ = ("file", "inherited", "line", "size", "sourced", "value")

    def __init__(self, value: Any, file: str, line: int, *, sourced: Sourced | None = None, inherited: bool = False,
                 size: int = 1) -> None:
        self.value, self.file, self.line, self.sourced, self.inherited, self.size = value, file, line, sourced, inherited, size

    def at(self, line: int) -> Node:
        """The same value standing at another line."""
        return Node(self.value, self.file, line, sourced=self.sourced, inherited=self.inherited, size=self.size)


def plain(node: Any) -> Any:
    """The bare values under a node, as nested dicts and lists.

    Examples
    --------
    >>> plain(parse("a: {value: 3, source: assumption}", "x.yaml"))
    {'a': 3}
    """
    value = node.value if isinstance(node, Node) else node
    if isinstance(value, dict):
        return {key: plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [plain(child) for child in value]
    return value


def mark(root: Node, path: Sequence[str | int]) -> Node:
    """The deepest node on the way along `path`: where to point at when something is wrong there.

    Examples
    --------
    >>> mark(parse("a: {b: 1}", "x.yaml"), ("a", "c")).line
    1
    """
    node = root
    for step in path:
        value = node.value
        child = None
        if isinstance(value, dict):
            child = value.get(step)
        elif isinstance(value, list) and isinstance(step, int) and step < len(value):
            child = value[step]
        if not isinstance(child, Node):
            break
        node = child
    return node


def grow(value: Any, file: str = "") -> Node:
    """A tree from nested dicts and lists, `{value, range, source}` included: the inverse of writing.

    Examples
    --------
    >>> grow({"a": {"value": 3, "source": "assumption"}}).value["a"].sourced.source
    'assumption'
    """
    if isinstance(value, dict):
        if "value" in value:
            span = value.get("range")
            inner = grow(value["value"], file)
            return Node(inner.value, file, 0, sourced=Sourced(plain(inner), tuple(span) if span else None, value.get("source")))
        return Node({key: grow(child, file) for key, child in value.items()}, file, 0)
    if isinstance(value, list | tuple):
        return Node([grow(child, file) for child in value], file, 0)
    return Node(value, file, 0)


def scalar(text: str) -> Any:
    """A plain scalar's value by the core rules of YAML 1.2.

    Examples
    --------
    >>> [scalar(text) for text in ("on", "8", "1e3", "08:00", "true", "~")]
    ['on', 8, 1000.0, '08:00', True, None]
    """
    if text in _WORDS:
        return _WORDS[text]
    if len(text) < 40:
        if _INTEGER.fullmatch(text):
            return int(text)
        if FLOAT.fullmatch(text):
            return float(text)
    return text


class _Open:
    """A mapping or list whose end has not been read yet."""

    __slots__ = ("anchor", "items", "key", "key_line", "line", "size")

    def __init__(self, items: dict[str, Node] | list[Node], line: int, anchor: str | None) -> None:
        self.items, self.line, self.anchor = items, line, anchor
        self.key: str | None = None
        self.key_line, self.size = 0, 1


class _Builder:
    """Builds the tree of one file from YAML's events, without recursion, and stops at bombs."""

    def __init__(self, file: str, faults: list[Fault]) -> None:
        self.file, self.faults = file, faults
        self.stack: list[_Open] = []
        self.anchors: dict[str, Node] = {}
        self.root: Node | None = None
        self.nodes = 0

    def stop(self, line: int, rule: str) -> NoReturn:
        raise ScenarioError([Fault(self.file, line, self.path(), None, rule)])

    def path(self) -> str:
        """Dotted path of what is being read."""
        steps = [frame.key if isinstance(frame.items, dict) else str(len(frame.items)) for frame in self.stack]
        return ".".join(step for step in steps if step is not None)

    def feed(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if isinstance(event, yaml.ScalarEvent):
            if event.tag is not None:
                self.stop(line, _("tags such as {tag} are not allowed").format(tag=event.tag))
            top = self.stack[-1] if self.stack else None
            if top is not None and isinstance(top.items, dict) and top.key is None:
                self.name(top, event.value, line)
            else:
                self.add(Node(scalar(event.value) if event.implicit[0] else event.value, self.file, line), event.anchor)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            if event.tag is not None:
                self.stop(line, _("tags such as {tag} are not allowed").format(tag=event.tag))
            if self.stack and isinstance(self.stack[-1].items, dict) and self.stack[-1].key is None:
                self.stop(line, _("a key must be a plain word"))
            if len(self.stack) >= DEEPEST:
                self.stop(line, _("nested more than {number} deep").format(number=DEEPEST))
            self.stack.append(_Open({} if isinstance(event, yaml.MappingStartEvent) else [], line, event.anchor))
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            frame = self.stack.pop()
            node = Node(frame.items, self.file, frame.line, size=frame.size)
            self.add(self.strip(node) if isinstance(frame.items, dict) else node, frame.anchor, counted=True)
        elif isinstance(event, yaml.AliasEvent):
            if self.stack and isinstance(self.stack[-1].items, dict) and self.stack[-1].key is None:
                self.stop(line, _("a key must be a plain word"))
            if event.anchor not in self.anchors:
                self.stop(line, _("nothing is named {name} above this line").format(name="&" + event.anchor))
            self.add(self.anchors[event.anchor].at(line), None)
        elif isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            self.stop(line, _("a file holds one scenario only (a second --- was found)"))

    def name(self, frame: _Open, key: str, line: int) -> None:
        """A key was read: its value comes next."""
        frame.key, frame.key_line = key, line
        if key in frame.items:
            first = frame.items[key].line  # type: ignore[call-overload]
            self.faults.append(Fault(self.file, line, self.path(), None,
                                     _("this key stands twice in one block (first in line {line})").format(line=first)))

    def add(self, node: Node, anchor: str | None, *, counted: bool = False) -> None:
        """A value is complete: it belongs to the innermost open block."""
        if anchor is not None:
            self.anchors[anchor] = node
        self.nodes += 1 if counted else node.size
        if self.nodes > MOST_NODES:
            self.stop(node.line, _("more than {number} values when unfolded").format(number=MOST_NODES))
        if not self.stack:
            self.root = node
            return
        frame = self.stack[-1]
        frame.size += node.size
        if isinstance(frame.items, dict):
            assert frame.key is not None
            frame.items.setdefault(frame.key, node.at(frame.key_line))
            frame.key = None
        else:
            frame.items.append(node)

    def strip(self, node: Node) -> Node:
        """`{value, range, source}` as the value with range and source beside it."""
        items = node.value
        if "value" not in items:
            return node
        inner = items["value"]
        for key in items.keys() - {"value", "range", "source"}:
            near = tuple(difflib.get_close_matches(key, ("range", "source"), 1))
            self.faults.append(Fault(self.file, items[key].line, f"{self.path()}.{key}", None,
                                     _("unknown key beside value; known are range and source"), near))
        source, ends = items.get("source"), items.get("range")
        said = source.value if source is not None else None
        if said is not None and not isinstance(said, str):
            self.faults.append(Fault(self.file, source.line, f"{self.path()}.source", said, _("a text is needed")))
            said = None
        span = None
        if isinstance(inner.value, dict):
            self.faults.append(Fault(self.file, inner.line, f"{self.path()}.value", {}, _("a single value or a list is needed")))
        if ends is not None:
            bounds = [end.value for end in ends.value] if isinstance(ends.value, list) else []
            if len(bounds) != 2 or any(isinstance(end, dict | list) or end is None for end in bounds):
                self.faults.append(Fault(self.file, ends.line, f"{self.path()}.range", plain(ends),
                                         _("a range is a list of two values, the lowest and the highest")))
            elif isinstance(inner.value, list):
                self.faults.append(Fault(self.file, ends.line, f"{self.path()}.range", plain(ends), _("a list has no range")))
            else:
                span = (bounds[0], bounds[1])
        return Node(inner.value, self.file, node.line, size=node.size,
                    sourced=Sourced(plain(inner), span, said))


def _full_width(text: str, line: int) -> str:
    """A hint, if a key near the line where reading stopped has the full-width colon of Chinese keyboards behind it."""
    lines = text.splitlines()
    for number in range(max(1, line - 2), min(line, len(lines)) + 1):
        if re.match(r"[\s-]*[\w.-]+：", lines[number - 1]):
            return _("; line {line} has a full-width “：”: write a plain “:” and a space").format(line=number)
    return ""


def parse(text: str, file: str, faults: list[Fault] | None = None) -> Node:
    """The tree of one YAML text.

    Parameters
    ----------
    text : str
    file : str
        Name shown in faults.
    faults : list of Fault, optional
        Where faults are added that do not stop the reading (a key that stands twice); without it they are raised.

    Raises
    ------
    ScenarioError
        If the text is no YAML, or is too large, too deep, or a bomb.

    Examples
    --------
    >>> parse("a: [1, 2]", "x.yaml").value["a"].value[1].value
    2
    """
    found: list[Fault] = [] if faults is None else faults
    builder = _Builder(file, found)
    if len(text) > LARGEST:
        builder.stop(0, _("the file is larger than {number} bytes").format(number=LARGEST))
    try:
        for event in yaml.parse(text, Loader=_Loader):
            builder.feed(event)
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
        line = place.line + 1 if place is not None else 0
        rule = _("this is not valid YAML: {problem}").format(problem=_(problem)) + _full_width(text, line)
        raise ScenarioError([Fault(file, line, "", None, rule)]) from None
    if faults is None and found:
        raise ScenarioError(found)
    return builder.root if builder.root is not None else Node({}, file, 1)
