"""The command line: what it says, what it leaves behind, and how it ends."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from commands import said

from sim.cli.text import width
from sim.i18n import speaking

COMMANDS = ("compare", "run", "extend", "warmup", "sweep", "staff", "sensitivity", "check", "show", "new", "schema", "list", "store")
MM1 = "theory/mm1"
SMALL = ("small/fragmented", "small/integrated")
QUICK = ("--replications", "2", "--jobs", "1", "--no-charts", "--quiet")
SHORT = ("--set", "run.warm_up=2 days", "--set", "run.horizon=10 days", "--set", "run.run_out=5 days")


@pytest.fixture
def out(tmp_path, monkeypatch):
    """A folder to work in, away from the checkout."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def process(*words, **more):
    """The command as a process of its own."""
    environment = {**os.environ, "PYTHONUTF8": "1", "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    return subprocess.Popen([sys.executable, "-m", "sim", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            encoding="utf-8", env=environment, **more)


# --- help -----------------------------------------------------------------------------------------------------------------

def test_help_names_every_command(capsys):
    status, shown, _err = said(capsys, "--help")
    assert status == 0
    assert all(re.search(rf"^  {name} ", shown, re.MULTILINE) for name in COMMANDS)
    assert said(capsys)[1] == shown         # no words at all: the same


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_help_of_every_command_is_in_one_language_and_fits_a_terminal(capsys, command, language):
    status, shown, _err = said(capsys, command, "--help", "--lang", language)
    assert status == 0
    assert max(width(line) for line in shown.splitlines()) <= 100
    chinese = re.search(r"[\u4e00-\u9fff]", shown)
    assert bool(chinese) == (language == "zh")
    if language == "zh":
        assert not re.search(r"Usage|Options|Show this|default|scenario\b", shown)


def test_the_simulating_commands_know_all_their_options(capsys):
    for command in ("run", "compare"):
        shown = said(capsys, command, "--help")[1]
        for option in ("--set", "--seed", "--replications", "--jobs", "--engine", "--out", "--fresh", "--timeline", "--no-charts",
                       "--quiet", "--json", "--lang"):
            assert f"  {option} " in shown


def test_version(capsys):
    assert re.fullmatch(r"nine-dragons \S+\n", said(capsys, "--version")[1])


# --- what the user can mend ---------------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("words", "message"), [
    (["compre"], "there is no command compre; did you mean compare?"),
    (["--bogus"], "there is no option --bogus"),
    (["compare", "--sede", "3"], "there is no option --sede; did you mean --seed?"),
    (["compare", "--see", "3"], "there is no option --see"),        # no abbreviations: they break when options are added
    (["compare", "--seed", "x"], "argument --seed: 'x' is not a whole number from 0 up"),
    (["compare", "--seed", "-1"], "argument --seed: '-1' is not a whole number from 0 up"),
    (["compare", "--seed"], "argument --seed: expected one argument"),
    (["compare", "--replications", "0"], "'0' is not a whole number from 1 up"),
    (["compare", "--jobs", "0.5"], "'0.5' is not a whole number from 1 up"),
    (["compare", "--replications", "9" * 5000], "is too large: at most 100,000"),
    (["compare", "--jobs", "1025"], "argument --jobs: '1025' is too large: at most 1,024"),
    (["compare", "--seed", str(2**63)], "is too large: at most 9,223,372,036,854,775,807"),
    (["compare", "--engine", "magic"], "'magic' is none of auto, simpy"),
    (["compare", "--lang", "fr"], "'fr' is none of en, zh"),
    (["compare", "--set", "issues.scale"], "is not of the form PATH=VALUE"),
    (["compare", "--quiet=3"], "ignored explicit argument '3'"),
    (["run"], "name what to work on: nine-dragons run SCENARIO"),
    (["run", "a.yaml", "b.yaml"], "too many arguments: b.yaml"),
    (["compare", "theory/mm1"], "A comparison needs at least two scenarios; only theory/mm1 is named."),
    (["run", "jimei/integratd"], "Did you mean the shipped scenario jimei/integrated?"),
    (["run", "no.yaml"], "There is no scenario file no.yaml."),
    (["run", "."], ". is a folder; name a scenario file in it."),
    (["list", "measurs"], "Did you mean measures?"),
    (["run", ""], "a name is needed, and it is empty"),
    (["run", "theory/mm1", "--out", ""], "argument --out: a name is needed, and it is empty"),
    (["new", "no/such/folder/mine.yaml"], "There is no folder no/such/folder; make it first."),
    (["show", "theory/mm1", "--diff", "no.yaml"], "There is no scenario file no.yaml."),
])
def test_a_slip_is_named_and_the_status_is_2(capsys, out, words, message):
    status, shown, err = said(capsys, *words)
    assert status == 2
    assert message in err
    assert shown == ""


@pytest.mark.parametrize("words", [["compare", "--sede", "3"], ["compare", "--seed", "x"], ["compare", "--seed"], ["compre"],
                                   ["run"], ["run", "no.yaml"], ["compare", "--quiet=3"], ["compare", "--set", "x"]])
def test_slips_are_told_in_chinese(capsys, out, words):
    status, _shown, err = said(capsys, *words, "--lang", "zh")
    assert status == 2
    assert re.search(r"[\u4e00-\u9fff]", err)
    assert not re.search(r"argument|expected|there is|error", err)


def test_options_may_stand_between_files(capsys, out):
    """`run --seed 3 FILE --lang en` and `run FILE --seed 3` mean the same; after `--` everything is a file."""
    assert "no.yaml" in said(capsys, "run", "--seed", "3", "no.yaml", "--lang", "en")[2]
    assert "no.yaml" in said(capsys, "--lang", "en", "run", "no.yaml", "--seed", "3")[2]
    assert "There is no scenario file --json." in said(capsys, "run", "--", "--json")[2]


def test_an_output_folder_that_cannot_be_made_is_told_before_anything_is_simulated(capsys, out):
    (out / "file").write_text("")
    status, _shown, err = said(capsys, "run", MM1, "--out", "file/results", *QUICK)
    assert status == 2
    assert "Cannot use" in err
    status, _shown, err = said(capsys, "run", MM1, "--out", "file", *QUICK)
    assert (status, "Results need a folder, and file is a file." in err) == (2, True)


def test_an_unreadable_scenario_is_told(capsys, out):
    (out / "bytes.yaml").write_bytes(b"\xff\xfe\x00name")
    assert said(capsys, "run", "bytes.yaml")[0] == 2
    (out / "locked.yaml").write_text("name: x")
    (out / "locked.yaml").chmod(0)
    if os.access(out / "locked.yaml", os.R_OK):
        pytest.skip("this user may read everything")
    status, _shown, err = said(capsys, "run", "locked.yaml")
    assert (status, "locked.yaml" in err) == (2, True)


# --- check, show, new, schema, list -----------------------------------------------------------------------------------------

def test_check_reports_all_faults_of_all_files_at_once(capsys, out):
    (out / "a.yaml").write_text("name: a\nextends: [theory/none.yaml]\n")
    (out / "b.yaml").write_text("name: b\ncity:\n  residents: many\n  gridz: 3\n")
    status, shown, err = said(capsys, "check", "a.yaml", "b.yaml", MM1)
    assert status == 2
    assert "theory/mm1: no fault" in shown
    assert "a.yaml" in err
    assert "b.yaml:3" in err
    assert "gridz" in err
    assert "grids" in err
    status, shown, err = said(capsys, "check", "b.yaml", "--json")
    entry, = json.loads(shown)
    assert status == 2
    assert {fault["path"] for fault in entry["faults"]} >= {"city.residents", "city.gridz"}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_new_template_passes_check_and_is_never_overwritten(capsys, out, language):
    assert said(capsys, "new", "mine.yaml", "--lang", language)[0] == 0
    text = (out / "mine.yaml").read_text(encoding="utf-8")
    assert bool(re.search(r"# .*[\u4e00-\u9fff]", text))
    assert said(capsys, "check", "mine.yaml")[0] == 0
    status, _shown, err = said(capsys, "new", "mine.yaml")
    assert status == 2
    assert "exists already" in err
    assert (out / "mine.yaml").read_text(encoding="utf-8") == text


def test_show_writes_a_scenario_that_means_the_same(capsys, out):
    status, shown, _err = said(capsys, "show", MM1, "--set", "run.seed=77")
    assert status == 0
    (out / "again.yaml").write_text(shown, encoding="utf-8")
    assert said(capsys, "show", "again.yaml")[1] == shown
    assert json.loads(said(capsys, "show", "again.yaml", "--json")[1])["run"]["seed"] == 77


def test_show_diff_names_what_is_different_and_nothing_else(capsys, out):
    status, shown, _err = said(capsys, "show", MM1, "--set", "run.seed=77", "--diff", MM1)
    assert status == 0
    assert "run.seed" in shown
    assert "77" in shown
    assert "run.start" not in shown
    assert "are the same" in said(capsys, "show", MM1, "--diff", MM1)[1]
    row, = json.loads(said(capsys, "show", MM1, "--set", "run.seed=77", "--diff", MM1, "--json")[1])
    assert (row["path"], row["here"]) == ("run.seed", 77)


def test_the_schema_is_that_of_the_shipped_file(capsys, root):
    shown = said(capsys, "schema")[1]
    assert json.loads(shown) == json.loads((root / "scenarios" / "schema.json").read_text(encoding="utf-8"))


def test_list_lists_scenarios_measures_and_settings(capsys):
    status, shown, _err = said(capsys, "list")
    assert status == 0
    for word in ("jimei/integrated", "on_time_closing_rate", "run.replications"):
        assert word in shown
    rows = json.loads(said(capsys, "list", "measures", "--json")[1])["measures"]
    assert {"key", "title", "unit", "better"} <= set(rows[0])
    chinese = said(capsys, "list", "measures", "--lang", "zh")[1]
    assert "按期结案率" in chinese


# --- run and compare ----------------------------------------------------------------------------------------------------------

def test_run_prints_measures_and_writes_its_folder(capsys, out):
    status, shown, err = said(capsys, "run", MM1, *QUICK, "--out", "here")
    assert (status, err) == (0, "")
    assert "2 replications" in shown
    assert (out / "here" / "manifest.json").exists()
    assert (out / "here" / "summary.csv").exists()


def test_the_default_folder_is_named_after_the_scenario(capsys, out):
    said(capsys, "run", MM1, *QUICK)
    assert [p.name for p in (out / "results").iterdir()] == ["run-mm1"]


def test_run_as_json_is_json_and_nothing_else(capsys, out):
    status, shown, _err = said(capsys, "run", MM1, *QUICK, "--json")
    found = json.loads(shown)
    assert status == 0
    assert found["replications"] == 2
    assert {"measure", "mean", "low", "high", "n", "unit"} <= set(found["measures"][0])


def test_progress_and_the_number_of_replications_are_told_on_the_error_stream(capsys, out):
    options = [option for option in QUICK if option != "--quiet"]
    _status, _shown, err = said(capsys, "run", MM1, *options)
    assert "mm1: 2 replications" in err
    _status, _shown, err = said(capsys, "run", MM1, "--jobs", "1", "--no-charts", "--set", "run.replications=3")
    assert "3 replications (the scenario's number; --replications changes it)" in err


def test_compare_says_who_stands_against_whom_and_how_it_ends(capsys, out):
    status, shown, _err = said(capsys, "compare", *SMALL, *QUICK, *SHORT)
    assert status == 0
    assert "Issues: identical on every side, one by one, in all 2 replications." in shown
    assert "On-time closing rate" in shown
    assert re.search(r"better|worse|not distinguishable", shown)
    heads = re.findall(r"^\S.*?  +([\d,]+)  +([\d,.]+ CNY)", shown, re.MULTILINE)
    assert len(heads) == 2
    assert heads[0] == heads[1]             # the same heads and pay on both sides
    found = json.loads(said(capsys, "compare", *SMALL, *QUICK, *SHORT, "--json")[1])
    assert found["issues_identical"] is True
    assert found["staff_equal"] is True
    assert found["reused"] == 4             # nothing finished is simulated twice


def test_compare_in_chinese_has_no_english_sentence(capsys, out):
    status, shown, _err = said(capsys, "compare", *SMALL, *QUICK, *SHORT, "--lang", "zh")
    assert status == 0
    assert "按期结案率" in shown
    words = set(re.findall(r"[A-Za-z]{3,}", shown)) - {"results", "CNY"}
    assert not {word for word in words if word not in "small_fragmented-vs-small_integrated"}, words


def test_a_piped_table_has_one_line_a_row(capsys, out):
    """A pipe gets whole lines, however long, so that `grep` and `cut` see a measure with its verdict."""
    shown = said(capsys, "compare", *SMALL, *QUICK, *SHORT)[1]
    row, = [line for line in shown.splitlines() if line.startswith("On-time closing rate")]
    assert re.search(r"better|worse|not distinguishable", row)


def test_a_terminal_table_fits_a_hundred_columns(capsys, out, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "dumb")
    for language in ("en", "zh"):
        shown = said(capsys, "compare", *SMALL, *QUICK, *SHORT, "--lang", language)[1]
        table = [line for line in shown.splitlines() if "±" in line or "─" in line]
        assert table
        assert max(map(width, table)) <= 100


def test_timeline_writes_the_events(capsys, out):
    assert said(capsys, "run", MM1, *QUICK, "--timeline", "--out", "here")[0] == 0
    assert list((out / "here" / "timelines").glob("*.csv"))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("columns", [40, 60, 80])
def test_no_verdict_is_cut_off_on_a_narrow_terminal(capsys, out, monkeypatch, columns, language):
    piped = said(capsys, "compare", *SMALL, *QUICK, *SHORT, "--lang", language)[1]
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("COLUMNS", str(columns))
    monkeypatch.setenv("TERM", "xterm")
    shown = re.sub(r"\x1b\[[0-9;]*m", "", said(capsys, "compare", *SMALL, *QUICK, *SHORT, "--lang", language)[1])
    for word in ("better", "not", "distinguishable") if language == "en" else ("更好", "无显著差异"):
        assert len(re.findall(rf"{word} *$", shown, re.MULTILINE)) >= len(re.findall(rf"  .*{word}$", piped, re.MULTILINE)), word
    for number in re.findall(r"±[\d.,]+", piped):
        assert number in shown


def test_timelines_lie_beside_the_results_they_belong_to(capsys, out):
    """A folder that holds another command's results is left alone, its timelines too."""
    said(capsys, "run", MM1, *QUICK, "--out", "here")
    status, shown, _err = said(capsys, "run", "theory/mmc", *QUICK, "--set", "run.horizon=20 days", "--timeline", "--out", "here")
    assert (status, "here-2/" in shown) == (0, True)
    assert sorted(path.name for path in (out / "here-2" / "timelines").iterdir()) == ["mmc.csv", "mmc.customers.csv"]
    assert not (out / "here" / "timelines").exists()


def test_sides_of_the_same_title_are_told_apart_by_name(capsys, out):
    shown = said(capsys, "compare", MM1, MM1, *QUICK)[1]
    assert "mm1_2 against mm1" in shown
    assert "One desk" not in shown


def test_the_verdicts_are_summed_up(capsys, out):
    """The sentences count the very rows above them, in both languages, and warn where more than the organisation differs."""
    shown = said(capsys, "compare", *SMALL, *QUICK, *SHORT)[1]
    rows = [line for line in shown.splitlines() if re.search(r"  (better|worse|higher|lower|not distinguishable)$", line)]
    ends = [re.split(r"  +", row)[-1] for row in rows]
    better, number, worse, same, neutral = map(int, re.search(
        r"does better in (\d+) of (\d+) measures and worse in (\d+) \(not distinguishable: (\d+); .*: (\d+)\)", shown).groups())
    assert (better, worse, same) == (ends.count("better"), ends.count("worse"), ends.count("not distinguishable"))
    assert (number, neutral) == (len(rows), ends.count("higher") + ends.count("lower"))
    assert "Caution" not in shown
    chinese = said(capsys, "compare", *SMALL, *QUICK, *SHORT, "--lang", "zh")[1]
    assert f"{number} 项指标中，“小城区·一网统管”更好的 {better} 项" in chinese
    other = said(capsys, "compare", MM1, "theory/mmc", *QUICK, "--set", "run.horizon=20 days")[1]
    assert "Caution: the issues are not the same on all sides" in other
    assert "this is not due to the organisation alone." in other
    single = said(capsys, "compare", *SMALL, *QUICK, *SHORT, "--replications", "1")[1]
    assert "does better in" not in single


@pytest.mark.parametrize(("verdict", "sentence"), [
    ("better", "Half of all issues are truly resolved within 1.0 h rather than 2.0 h."),
    ("not distinguishable", "The time within which half of all issues are truly resolved is not distinguishable."),
])
def test_the_answer_claims_no_more_than_the_verdict(verdict, sentence):
    from sim.cli.verdict import answer

    row = {"measure": "time_to_resolution_p50", "unit": "s", "base_mean": 7200.0, "mean": 3600.0, "verdict": verdict}
    other = {"measure": "true_resolution_rate", "unit": "share", "base_mean": 0.5, "mean": 0.5, "verdict": "not distinguishable"}
    with speaking("en"):
        said = answer("One centre", [row, other])
        unreached = answer("One centre", [row | {"mean": float("inf"), "verdict": "not distinguishable"}, other])
    assert said.endswith(sentence)
    assert f"better in {verdict == 'better':d} of 2 measures and worse in 0" in said
    assert "inf" not in unreached


def test_a_closed_pipe_is_no_error(out):
    """`nine-dragons list | head -1`."""
    with process("list", "measures", cwd=out) as command:
        command.stdout.readline()
        command.stdout.close()
        assert command.wait(60) == 0
        assert command.stderr.read() == ""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupted_comparison_ends_with_130_and_continues(out):
    """Ctrl-C after the first replication: a sentence, no traceback; the same command then reuses what was finished."""
    words = ("compare", *SMALL, "--replications", "3", "--jobs", "1", "--no-charts", "--set", "run.seed=4711")
    with process(*words, cwd=out) as command:
        for line in command.stderr:
            if line.startswith("[1/"):
                command.send_signal(signal.SIGINT)
                break
        _shown, err = command.communicate(timeout=120)
    assert command.returncode == 130
    assert "Traceback" not in err
    assert "finished and kept" in err
    with process(*words, "--json", "--quiet", cwd=out) as again:
        shown, _err = again.communicate(timeout=300)
    assert json.loads(shown)["reused"] >= 1


def test_a_terminal_that_knows_no_chinese_gets_question_marks_instead_of_an_error(out):
    environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONPATH": str(Path(__file__).resolve().parent.parent)}
    done = subprocess.run([sys.executable, "-m", "sim", "--help", "--lang", "zh"], env=environment, cwd=out, capture_output=True,
                          check=False)
    assert done.returncode == 0
    assert b"??" in done.stdout




def test_the_headlines_are_measures():
    from sim.cli.verdict import HEADLINES
    from sim.measures import MEASURES

    assert set(HEADLINES) <= set(MEASURES)
    assert len(set(HEADLINES)) == len(HEADLINES)
