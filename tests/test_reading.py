"""Files become trees: YAML 1.2, extends, dotted keys, what is set on top, CSV rows; bombs and rings are refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim import reading, yaml_tree
from sim.base import ScenarioError
from sim.i18n import speaking
from sim.reading import SET, merge, read
from sim.yaml_tree import Node, grow, mark, parse, plain


def files(folder, **texts):
    for name, text in texts.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return folder / f"{next(iter(texts))}.yaml"


def faults_of(path, *overrides):
    with pytest.raises(ScenarioError) as caught:
        read(path, overrides)
    return caught.value.faults


def said(path, *overrides):
    return plain(read(path, overrides))


def test_yaml_is_read_as_planners_expect():
    tree = parse("on: off\nhours: [08:00-12:00, 12:30]\na: 010\nb: 1e3\nc: 'true'\nd: 2025-01-01\ne:\nf: true\ng: -.5", "x")
    assert plain(tree) == {"on": "off", "hours": ["08:00-12:00", "12:30"], "a": 10, "b": 1000.0, "c": "true", "d": "2025-01-01",
                           "e": None, "f": True, "g": -0.5}


def test_every_value_knows_its_line():
    tree = parse("a:\n  b:\n    - 1\n    - c: 2\n", "x.yaml")
    assert [mark(tree, path).line for path in ((), ("a",), ("a", "b"), ("a", "b", 1, "c"), ("a", "z"))] == [1, 1, 2, 4, 1]


def test_a_value_may_have_range_and_source():
    node = parse("p: {value: 0.8, range: [0.6, 0.9], source: assumption}", "x").value["p"]
    assert (node.value, node.sourced.range, node.sourced.source) == (0.8, (0.6, 0.9), "assumption")


@pytest.mark.parametrize("text, path, line, words", [
    ("a: 1\nb: 2\na: 3", "a", 3, "first in line 1"),
    ("a:\n  b: 1\n  c: 2\n  b: 3", "a.b", 4, "twice"),
    ("a: {value: 1, rnage: [0, 2]}", "a.rnage", 1, "known are range and source"),
    ("a: {value: 1, range: [0]}", "a.range", 1, "two values"),
    ("a: {value: [1, 2], range: [0, 3]}", "a.range", 1, "a list has no range"),
    ("a: {value: {b: 1}}", "a.value", 1, "single value or a list"),
    ("a: {value: 1, source: 3}", "a.source", 1, "text"),
    ("a: !!python/object/apply:os.system [ls]", "a", 1, "tags"),
    ("a: !!int '3'", "a", 1, "tags"),
    ("? [a, b]\n: 1", "", 1, "plain word"),
    ("a: *nothing", "a", 1, "nothing is named"),
    ("a: &x [*x]", "a.0", 1, "nothing is named"),
    ("a: 1\n---\nb: 2", "", 2, "one scenario only"),
    ("a: [1, 2", "", 1, "not valid YAML"),
    ("a: 1\n b: 2", "", 2, "not valid YAML"),
    ("a: \x07", "", 0, "not valid YAML"),
    ("[" * 100_000, "", 1, "deep"),
    ("a: " + "{a: " * 1000, "", 1, "deep"),
])
def test_what_is_no_scenario_is_refused(text, path, line, words):
    with pytest.raises(ScenarioError) as caught:
        parse(text, "x.yaml")
    fault = caught.value.faults[0]
    assert fault.file == "x.yaml"
    assert fault.path == path or words == "deep"
    assert fault.line == line or words == "not valid YAML"
    assert words in fault.rule


def test_all_doubled_keys_are_named_at_once():
    with pytest.raises(ScenarioError) as caught:
        parse("a: 1\na: 2\nb: {c: 1, c: 2}", "x")
    assert [fault.path for fault in caught.value.faults] == ["a", "b.c"]


def test_a_bomb_is_refused():
    text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
        f"a{i}: &a{i} [{', '.join(['*a' + str(i - 1)] * 10)}]\n" for i in range(1, 12))
    with pytest.raises(ScenarioError, match="when unfolded"):
        parse(text, "x")


def test_an_anchor_may_be_used_again():
    assert plain(parse("a: &x {b: 1}\nc: *x", "x")) == {"a": {"b": 1}, "c": {"b": 1}}


def test_oversized_files_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "LARGEST", 10)
    assert "larger than 10 bytes" in faults_of(files(tmp_path, a="a: 1234567890"))[0].rule
    monkeypatch.setattr(yaml_tree, "LARGEST", 10)
    with pytest.raises(ScenarioError, match="larger than 10 bytes"):
        parse("a: 1234567890", "x")


def test_a_missing_file_has_a_nearest_name(tmp_path):
    files(tmp_path, fragmented="a: 1")
    assert faults_of(tmp_path / "fragmentd.yaml")[0].nearest == ("fragmented.yaml",)
    assert "folder" in faults_of(tmp_path)[0].rule
    (tmp_path / "latin.yaml").write_bytes("a: \xe9".encode("latin-1"))
    assert "UTF-8" in faults_of(tmp_path / "latin.yaml")[0].rule


def test_a_scenario_is_settings(tmp_path):
    assert "key: value" in faults_of(files(tmp_path, a="- 1\n- 2"))[0].rule
    assert said(files(tmp_path, empty="# nothing\n")) == {}
    (tmp_path / "bom.yaml").write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert said(tmp_path / "bom.yaml") == {"a": 1}


# --- extends --------------------------------------------------------------------------------------------------------------

def test_files_lie_on_top_of_what_they_extend(tmp_path):
    path = files(tmp_path, top="extends: [one, two.yaml]\nb: {y: 5}\n".replace("one,", "one.yaml,"),
                 one="a: 1\nb: {x: 1, y: 1}\nc: [1, 2]\n", two="a: 2\nc: [3]\n")
    assert said(path) == {"a": 2, "b": {"x": 1, "y": 5}, "c": [3]}


def test_an_inherited_value_is_marked_in_its_own_file(tmp_path):
    tree = read(files(tmp_path, top="extends: base.yaml\nb: 1", base="\n\na: {x: 1}"))
    assert (mark(tree, ("a", "x")).file.endswith("base.yaml"), mark(tree, ("a", "x")).line) == (True, 3)


def test_a_name_is_relative_to_the_file_that_says_it(tmp_path):
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "top.yaml").write_text("extends: ../base.yaml")
    (tmp_path / "base.yaml").write_text("extends: in/ground.yaml\na: 1")
    (tmp_path / "in" / "ground.yaml").write_text("b: 2")
    assert said(tmp_path / "in" / "top.yaml") == {"b": 2, "a": 1}


def test_rings_are_refused(tmp_path):
    fault = faults_of(files(tmp_path, a="extends: b.yaml", b="x: 1\nextends: c.yaml", c="extends: a.yaml"))[0]
    assert "ring" in fault.rule
    assert (fault.file.endswith("c.yaml"), fault.line, fault.path) == (True, 1, "extends")
    assert "ring" in faults_of(files(tmp_path, self="extends: self.yaml"))[0].rule


def test_a_diamond_is_no_ring(tmp_path):
    path = files(tmp_path, top="extends: [left.yaml, right.yaml]", left="extends: base.yaml\na: 2",
                 right="extends: base.yaml\nb: 3", base="a: 1\nb: 1\nc: 1")
    assert said(path) == {"a": 1, "b": 3, "c": 1}


def test_deep_towers_are_refused(tmp_path):
    for number in range(40):
        (tmp_path / f"{number}.yaml").write_text(f"extends: {number + 1}.yaml")
    assert "at most 32 files" in faults_of(tmp_path / "0.yaml")[0].rule


@pytest.mark.parametrize("value, words", [("3", "name of a file"), ("''", "name of a file"), ("bas.yaml", "no such file"),
                                          ("{a: 1}", "name of a file"), ("[base.yaml, [x]]", "name of a file")])
def test_wrong_extends_are_refused(tmp_path, value, words):
    fault = faults_of(files(tmp_path, top=f"\nextends: {value}", base="a: 1"))[0]
    assert words in fault.rule
    assert (fault.line, fault.path) == (2, "extends")
    assert value != "bas.yaml" or fault.nearest == ("base.yaml",)


def test_a_shipped_scenario_may_be_extended_by_its_name(tmp_path):
    """As on the command line, from any folder; a file beside this one comes first."""
    path = files(tmp_path, top="extends: theory/mm1\nrun.seed: 9")
    assert said(path)["run"]["seed"] == 9
    assert "bare" in said(path)
    assert faults_of(files(tmp_path, top="extends: theory/mm11"))[0].nearest[0].startswith("theory/mm")
    (tmp_path / "theory").mkdir()
    (tmp_path / "theory" / "mm1").write_text("a: 1", encoding="utf-8")
    assert said(files(tmp_path, top="extends: theory/mm1")) == {"a": 1}


def test_faults_of_yaml_itself_are_told_in_chinese_with_a_hint(tmp_path):
    """The full-width colon is the slip of every Chinese keyboard."""
    path = files(tmp_path, top="name: a\nrun：\n  seed: 1\n")
    with speaking("zh"):
        fault, = faults_of(path)
        assert re.search("全角“：”", fault.rule)
        tab, = faults_of(files(tmp_path, top="name: x\n\ta: 1\n"))
        assert "制表符" in tab.rule
    assert "full-width" not in faults_of(files(tmp_path, top="a: [1\nb: '：'\n"))[0].rule


def test_a_null_is_kept_and_knows_that_it_is_inherited(tmp_path):
    tree = read(files(tmp_path, top="extends: base.yaml\na: {x: null}\nb: null", base="a: {x: 1, y: 2}"))
    assert plain(tree) == {"a": {"x": None, "y": 2}, "b": None}
    assert (mark(tree, ("a", "x")).inherited, mark(tree, ("b",)).inherited) == (True, False)


# --- dotted keys and what is set ------------------------------------------------------------------------------------------

def test_dotted_keys_reach_into_blocks(tmp_path):
    path = files(tmp_path, top="extends: base.yaml\na.b.c: 5\na: {z: 1}", base="a: {b: {c: 1, d: 2}}")
    assert said(path) == {"a": {"b": {"c": 5, "d": 2}, "z": 1}}


def test_one_file_sets_a_value_once(tmp_path):
    fault = faults_of(files(tmp_path, top="a: {b: 1}\na.b: 2"))[0]
    assert (fault.path, fault.line, "line 1" in fault.rule) == ("a.b", 2, True)
    assert "name between" in faults_of(files(tmp_path, x="a..b: 2"))[0].rule


def test_set_comes_last(tmp_path):
    path = files(tmp_path, top="a: {b: 1, c: 2}\nd: [1]")
    assert said(path, "a.b=5", "d=[7, 8]", "e.f=true", "a.b=6", "g=2 h") == {"a": {"b": 6, "c": 2}, "d": [7, 8], "e": {"f": True},
                                                                           "g": "2 h"}
    assert plain(read(path, {"a.b": 5, "g": "on"})) == {"a": {"b": 5, "c": 2}, "d": [1], "g": "on"}
    assert said(path, "a.b=") == {"a": {"b": None, "c": 2}, "d": [1]}
    node = mark(read(path, ["a.b={value: 3, source: me}"]), ("a", "b"))
    assert (node.file, node.line, node.sourced.source) == (SET, 0, "me")


@pytest.mark.parametrize("text", ["a.b", "=3", "a.b=[1", "a..b=3", "extends=x.yaml", "a.b={c: 1, c: 2}"])
def test_wrong_sets_are_refused(tmp_path, text):
    assert faults_of(files(tmp_path, top="a: {b: 1}"), text)[0].file == SET


def test_set_leaves_the_scenario_underneath_alone(tmp_path):
    path = files(tmp_path, top="extends: [base.yaml, base.yaml]", base="a: {b: 1}")
    assert (said(path, "a.b=2"), said(path)) == ({"a": {"b": 2}}, {"a": {"b": 1}})


# --- rows -----------------------------------------------------------------------------------------------------------------

def test_a_csv_file_becomes_its_rows(tmp_path):
    (tmp_path / "grids.csv").write_text("\ufeffgrid, people,class\n1,20,\n\nwest,30,old\n", encoding="utf-8")
    tree = read(files(tmp_path, top="city: {grids_csv: grids.csv}\ntitle: see x.csv"))
    assert plain(tree)["city"]["grids_csv"] == [{"grid": 1, "people": 20}, {"grid": "west", "people": 30, "class": "old"}]
    assert plain(tree)["title"] == "see x.csv"
    node = mark(tree, ("city", "grids_csv", 1, "people"))
    assert (node.file.endswith("grids.csv"), node.line) == (True, 4)


@pytest.mark.parametrize("text, words", [
    ("", "no rows"), ("a,b\n", "no rows"), ("a,b\n1,2,3\n", "3 cells"), ("a,a\n1,2\n", "twice")])
def test_wrong_rows_are_refused(tmp_path, text, words):
    (tmp_path / "x.csv").write_text(text)
    assert words in faults_of(files(tmp_path, top="c: {x_csv: x.csv}"))[0].rule


def test_a_csv_of_another_kind_is_told_once_and_with_the_remedy(tmp_path):
    """Excel in China saves GBK, and elsewhere semicolons; no fault follows from the rows that are not there."""
    path = files(tmp_path, top="c: {x_csv: x.csv}")
    for data, words in (("格,街道\n一,二\n".encode("gbk"), "CSV UTF-8"), (b"a;b\n1;2\n", "not separated by commas"),
                        ("a，b\n1，2\n".encode(), "not separated by commas")):
        (tmp_path / "x.csv").write_bytes(data)
        found = []
        assert plain(read(path, (), found))["c"]["x_csv"] is None
        assert [words in fault.rule for fault in found] == [True]


def test_a_missing_csv_points_at_who_names_it(tmp_path):
    (tmp_path / "grids.csv").write_text("a\n1\n")
    fault = faults_of(files(tmp_path, top="\nc:\n  grids_csv: grid.csv"))[0]
    assert (fault.line, fault.path, fault.nearest) == (3, "c.grids_csv", ("grids.csv",))


# --- properties -----------------------------------------------------------------------------------------------------------

keys = st.sampled_from("abcde")
trees = st.recursive(st.integers(0, 9) | st.booleans() | st.sampled_from(["x", "on", "2 h", ""]),
                     lambda below: st.dictionaries(keys, below, max_size=3) | st.lists(below, max_size=2), max_leaves=8)


@given(st.dictionaries(keys, trees))
def test_lying_on_itself_changes_nothing(data):
    assert plain(merge(grow(data), grow(data))) == data


@given(st.dictionaries(keys, trees), st.dictionaries(keys, trees), st.dictionaries(keys, trees))
def test_layers_may_be_joined_in_any_grouping(one, two, three):
    a, b, c = grow(one), grow(two), grow(three)
    assert plain(merge(merge(a, b), c)) == plain(merge(a, merge(b, c))) or _kinds_change(one, two, three)


def _kinds_change(*layers):
    """A mapping replaced by a value and that by a mapping again: only the order from below tells what is left."""
    for key in {key for layer in layers if isinstance(layer, dict) for key in layer}:
        below = [layer[key] for layer in layers if isinstance(layer, dict) and key in layer]
        mappings = [isinstance(value, dict) for value in below]
        if any(mappings) and not all(mappings):
            return True
        if all(mappings) and _kinds_change(*below):
            return True
    return False


@given(st.text(max_size=60))
def test_any_text_is_a_tree_or_a_fault(text):
    try:
        found = parse(text, "x")
    except ScenarioError as error:
        found = error
    assert isinstance(found, Node) or found.faults
