"""The planner's commands: what they say, what they leave behind, what they reuse, and what they refuse."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from commands import DESK, SHORT, UNCERTAIN, said

from sim.folder import read_manifest

ROOT = Path(__file__).resolve().parent.parent
QUICK = ("--jobs", "1", "--no-charts", "--quiet")
STAFF = ("staff", "theory/mmc", "--set", "run.warm_up=1 day", "--set", "run.horizon=4 days", "--set", "run.run_out=6 h",
         "--first", "6", "--most", "24")


@pytest.fixture
def out(tmp_path, monkeypatch):
    """A folder to work in, with a store of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NINE_DRAGONS_STORE", str(tmp_path / "runs.sqlite"))
    return tmp_path


def asked(capsys, *words):
    """What a command answers with --json; it prints nothing else, and nothing on the error stream."""
    status, shown, err = said(capsys, *words, "--json", *QUICK)
    assert (status, err) == (0, "")
    return json.loads(shown)


def files(folder):
    return {path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file()}


def whole(folder):
    """Every file of a result folder is in its manifest, and none is a draft."""
    manifest = read_manifest(Path(folder))
    return files(folder) == {*manifest["files"], "manifest.json"}


# --- how sure ---------------------------------------------------------------------------------------------------------------


def test_run_adds_replications_until_the_precision_is_reached(capsys, out):
    found = asked(capsys, "run", "theory/mm1", *SHORT, "--precision", "utilisation=10%", "--replications", "3")
    assert found["precision"]["reached"] is True
    assert found["replications"] >= found["precision"]["needed"] >= 3
    assert read_manifest(out / "results/run-mm1")["precision"]["reached"] is True
    again = asked(capsys, "run", "theory/mm1", *SHORT, "--precision", "utilisation=10%", "--replications", "3")
    assert again["reused"] == again["total"] == found["total"]
    assert {**again, "reused": 0, "seconds": 0} == {**found, "reused": 0, "seconds": 0}


def test_a_precision_out_of_reach_is_said(capsys, out):
    status, shown, _err = said(capsys, "run", "theory/mm1", *SHORT, "--precision", "wait_mean=1%", "--replications", "3", "--at-most", "9",
                               *QUICK)
    assert status == 0
    assert "The precision is not reached with 9 replications, the most that were allowed." in shown
    assert "It would take about" in shown


def test_compare_reaches_a_precision_of_the_difference_and_says_what_pairing_saves(capsys, out):
    words = ("compare", "theory/mm1", "theory/mmc", *SHORT, "--replications", "4", "--precision", "difference:utilisation=20%")
    status, shown, _err = said(capsys, *words, *QUICK)
    assert status == 0
    assert re.search(r"The precision is reached with \d+ replications", shown)
    assert "Pairing on the same luck" in shown
    assert {"measure", "factor"} <= set(asked(capsys, *words)["pairing"][0])


def test_extend_adds_to_a_result_what_one_run_would_have_had(capsys, out):
    said(capsys, "run", "theory/mm1", *SHORT, "--replications", "3", "--seed", "7", *QUICK, "--out", "grown")
    found = asked(capsys, "extend", "grown", "--replications", "5")
    assert (found["seed"], found["replications"], found["reused"], found["total"]) == (7, 5, 3, 5)
    said(capsys, "run", "theory/mm1", *SHORT, "--replications", "5", "--seed", "7", *QUICK, "--out", "whole")
    for name in ("measures.csv", "summary.csv", "daily.csv"):
        assert (out / "grown" / name).read_bytes() == (out / "whole" / name).read_bytes()
    assert whole(out / "grown")


def test_extend_of_a_comparison_keeps_names_that_were_told_apart(capsys, out):
    said(capsys, "compare", "theory/mm1", "theory/mm1", *SHORT, "--replications", "2", *QUICK, "--out", "both")
    found = asked(capsys, "extend", "both", "--replications", "3")
    assert [side["name"] for side in found["scenarios"]] == ["mm1", "mm1_2"]
    assert sorted(path.name for path in out.iterdir() if path.is_dir()) == ["both"]


def test_warmup_says_whether_it_is_long_enough(capsys, out):
    words = ("warmup", "theory/mm1", "--set", "run.warm_up=5 days", "--set", "run.horizon=45 days", "--replications", "3")
    status, shown, err = said(capsys, *words, "--jobs", "1")
    assert status == 0
    assert "the warm-up of 5 days is long enough" in shown
    assert "[3/3]" in err
    assert {"verdicts.csv", "series.csv", "curves.csv", "charts/warmup-mm1.png"} <= files(out / "results/warmup-mm1")
    assert whole(out / "results/warmup-mm1")
    found = asked(capsys, *words)
    assert found["verdicts"][0]["verdict"] == "long enough"
    assert found["reused"] == 3


# --- what if ----------------------------------------------------------------------------------------------------------------


def test_sweep_prints_and_writes_every_point(capsys, out):
    words = ("sweep", "theory/mm1", *SHORT, "--vary", f"{DESK}=1..3", "--measure", "wait_mean", "--replications", "3")
    status, shown, err = said(capsys, *words, "--jobs", "1")
    assert status == 0
    assert len(re.findall(r"^mm1 +[123] +.*±", shown, re.MULTILINE)) == 3
    assert shown.count("better") == 2
    assert "points: 3, scenarios: 1, replications of each: 3, in all: 9" in err
    assert {"points.csv", "measures.csv", "summary.csv", "differences.csv", "charts/wait_mean.svg"} <= files(out / "results/sweep-mm1")
    assert whole(out / "results/sweep-mm1")
    found = asked(capsys, *words)
    assert (found["points"], found["reused"], found["total"]) == (3, 9, 9)
    assert [row["verdict"] for row in found["differences"]] == ["better", "better"]


def test_a_sweep_reuses_what_run_has_finished(capsys, out):
    said(capsys, "run", "theory/mm1", *SHORT, "--replications", "2", *QUICK)
    found = asked(capsys, "sweep", "theory/mm1", *SHORT, "--vary", f"{DESK}=1,2", "--measure", "wait_mean", "--replications", "2")
    assert found["reused"] == 2


def test_a_sweep_file_may_be_changed_by_options(capsys, out):
    found = asked(capsys, "sweep", "sweeps/desk", "--set", "run.horizon=3 days", "--replications", "2", "--measure", "utilisation",
                  "--seed", "5", "--base", "bare.pools.desk.heads=2")
    assert (found["points"], found["seed"], found["replications"]) == (15, 5, 2)
    assert {row["measure"] for row in found["summary"]} == {"utilisation"}
    assert {row["base_mean"] > row["mean"] for row in found["differences"] if row[DESK] == 3} == {True}


def test_a_sweep_reaches_a_precision_at_every_point(capsys, out):
    found = asked(capsys, "sweep", "theory/mm1", *SHORT, "--vary", f"{DESK}=1..2", "--measure", "utilisation", "--replications", "3",
                  "--precision", "utilisation=10%", "--precision", "difference:utilisation=30%")
    assert found["precision"]["reached"] is True
    table = pd.DataFrame(found["summary"])
    assert (table["high"] - table["low"] <= 2 * 0.1 * table["mean"] + 1e-12).all()
    assert table["n"].tolist() == [found["replications"]] * 2
    gap = found["differences"][0]
    assert gap["high"] - gap["low"] <= 2 * 0.3 * abs(gap["difference"])


# --- how many people --------------------------------------------------------------------------------------------------------


def test_staff_names_the_cheapest_heads_and_writes_the_scenario(capsys, out):
    words = (*STAFF, "--pool", "desk=4..8", "--target", "wait_mean <= 90 s")
    status, shown, err = said(capsys, *words, "--jobs", "1", "--quiet")
    assert (status, err) == (0, "")
    assert "desk 6 (6 heads)" in shown
    assert {"judged.csv", "curve.csv", "pools.csv", "scenario.yaml", "charts/staff.png"} <= files(out / "results/staff-mmc")
    assert whole(out / "results/staff-mmc")
    assert said(capsys, "check", "results/staff-mmc/scenario.yaml")[0] == 0
    assert f"{DESK} " in said(capsys, "show", "results/staff-mmc/scenario.yaml", "--diff", "theory/mmc")[1]
    found = asked(capsys, *words)
    assert (found["question"], found["changes"]) == ("staff", {DESK: 6})
    assert found["reused"] == found["replications"] > 0


def test_staff_says_when_none_will_do_and_leaves_no_scenario(capsys, out):
    status, shown, _err = said(capsys, *STAFF, "--pool", "desk=4..5", "--target", "wait_mean <= 1 s", *QUICK)
    assert status == 0
    assert "No staffing in the ranges reaches the targets" in shown
    assert "bottleneck" in shown
    assert "scenario.yaml" not in files(out / "results/staff-mmc")


def test_staff_answers_the_inverse_questions(capsys, out):
    found = asked(capsys, *STAFF, "--demand", "0.5..2..0.5", "--target", "wait_mean <= 10 min")
    assert found["question"] == "demand"
    assert {"curve.csv", "scenario.yaml"} <= files(out / "results/demand-mmc")


# --- what matters most ------------------------------------------------------------------------------------------------------


def test_sensitivity_answers_in_a_sentence(capsys, out):
    (out / "desk.yaml").write_text(UNCERTAIN, encoding="utf-8")
    words = ("sensitivity", "desk.yaml", "--measure", "utilisation", "--method", "tornado,morris", "--paths", "2")
    status, shown, err = said(capsys, *words, "--jobs", "1")
    assert status == 0
    assert "1 setting has a range" in err
    assert "bare.classes.all.service.clerk.exponential.mean" in shown
    folder = out / "results/sensitivity-utilisation-desk"
    assert {"factors.csv", "tornado.csv", "morris.csv", "charts/tornado.png"} <= files(folder)
    assert whole(folder)
    found = asked(capsys, *words)
    assert found["answer"] in shown
    assert len(found["tornado"]) == 2
    assert found["sobol"] == []
    assert found["reused"] == found["total"]


# --- what is kept -----------------------------------------------------------------------------------------------------------


def test_store_lists_measures_and_prunes(capsys, out):
    said(capsys, "run", "theory/mm1", *SHORT, "--replications", "3", *QUICK)
    entry, = json.loads(said(capsys, "store", "--json")[1])["entries"]
    assert (entry["name"], entry["replications"], entry["current"]) == ("mm1", 3, True)
    assert "mm1" in said(capsys, "store", "list")[1]
    assert json.loads(said(capsys, "store", "size", "--json")[1])["runs"] == 3
    assert "3 runs" in said(capsys, "store", "size")[1]
    assert "0 runs were removed" in said(capsys, "store", "prune")[1]           # nothing is stale
    assert "3 runs would be removed" in said(capsys, "store", "prune", "--everything", "--dry-run")[1]
    assert "0 runs were removed" in said(capsys, "store", "prune", "--older-than", "1 day")[1]
    assert "3 runs were removed" in said(capsys, "store", "prune", "--only", "mm1")[1]
    assert "Nothing is kept" in said(capsys, "store")[1]
    assert asked(capsys, "run", "theory/mm1", *SHORT, "--replications", "3")["reused"] == 0


def test_a_result_is_extended_until_it_is_precise(capsys, out):
    said(capsys, "run", "theory/mm1", *SHORT, "--replications", "3", *QUICK, "--out", "grown")
    found = asked(capsys, "extend", "grown", "--precision", "utilisation=10%")
    assert found["precision"]["reached"] is True
    assert found["replications"] > 3
    assert read_manifest(out / "grown")["precision"]["reached"] is True
    said(capsys, "run", "theory/mm1", *SHORT, "--replications", str(found["replications"]), *QUICK, "--out", "whole")
    assert (out / "grown/measures.csv").read_bytes() == (out / "whole/measures.csv").read_bytes()


def test_a_warm_up_is_judged_on_as_many_replications_as_it_takes(capsys, out):
    words = ("warmup", "theory/mm1", *SHORT, "--replications", "3")
    found = asked(capsys, *words, "--precision", "utilisation=10%")
    assert found["precision"]["reached"] is True
    assert found["replications"] == found["precision"]["needed"] + 5
    assert "The precision is reached" in said(capsys, *words, "--precision", "utilisation=10%", *QUICK)[1]
    assert "precision" not in asked(capsys, *words)


def test_staff_and_sensitivity_say_how_precise_they_are(capsys, out):
    words = (*STAFF, "--pool", "desk=5..6", "--target", "wait_mean <= 90 s", "--precision", "utilisation=3%")
    found = asked(capsys, *words)
    assert found["precision"]["reached"] is True
    manifest = read_manifest(out / "results/staff-mmc")
    assert manifest["precision"]["targets"] == found["precision"]["targets"]
    again = asked(capsys, *words)
    assert again["reused"] == again["replications"] == found["replications"]
    assert "±" in said(capsys, *words, *QUICK, "--lang", "zh")[1]
    Path("desk.yaml").write_text(UNCERTAIN, encoding="utf-8")
    found = asked(capsys, "sensitivity", "desk.yaml", "--measure", "utilisation", "--precision", "difference:utilisation=2pp")
    assert found["precision"]["reached"] is True
    assert read_manifest(out / "results/sensitivity-utilisation-desk")["precision"]["reached"] is True


def test_another_store_may_be_named(capsys, out):
    asked(capsys, "run", "theory/mm1", *SHORT, "--replications", "2", "--store", "other.sqlite")
    assert asked(capsys, "run", "theory/mm1", *SHORT, "--replications", "2")["reused"] == 0
    assert asked(capsys, "run", "theory/mm1", *SHORT, "--replications", "2", "--store", "other.sqlite")["reused"] == 2
    assert len(json.loads(said(capsys, "store", "--store", "other.sqlite", "--json")[1])["entries"]) == 1


# --- what the user can mend -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("words", "message"), [
    (["run", "theory/mm1", "--precision", "wait_maen=2%"], "there is no such measure; did you mean wait_mean?"),
    (["run", "theory/mm1", "--precision", "wait_mean=-1"], "the half-width must be above 0"),
    (["run", "theory/mm1", "--precision", "difference:wait_mean=2%"], "a difference needs two scenarios, and there is only one"),
    (["run", "theory/mm1", "--at-most", "2"], "argument --at-most: '2' is not a whole number from 3 up"),
    (["extend", "results/run-mm1", "--replications", "3"], "holds no result of run or compare"),
    (["warmup"], "name what to work on: nine-dragons warmup SCENARIO ..."),
    (["sweep", "theory/mm1"], "Nothing is varied: name settings with --vary PATH=VALUES, or one sweep file."),
    (["sweep", "theory/mm1", "--vary", DESK], "is not of the form PATH=VALUE"),
    (["sweep", "theory/mm1", "--vary", "bare.pools.desk.hed=1,2"], "did you mean heads?"),
    (["sweep", "theory/mm1", "--vary", f"{DESK}=1..3", "--measure", "wait_maen"], "did you mean wait_mean?"),
    (["sweep", "theory/mm1", "--vary", f"{DESK}=1..3", "--base", "nobody"], "no scenario of this sweep has that name"),
    (["sweep", "theory/mm1", "--vary", f"{DESK}=0..3"], DESK),
    (["sweep", "theory/mm1", "--vary", f"{DESK}=1..3", "--design", "sobel"], "'sobel' is none of grid, zip"),
    (["sweep", "theory/mm1", "--vary", f"{DESK}=1", "--precision", "difference:wait_mean=2%"], "nothing is compared with another here"),
    (["staff", "theory/mmc"], "Ask one question"),
    (["staff", "theory/mmc", "--pool", "desk", "--demand", "1..2"], "Ask one question"),
    (["staff", "theory/mmc", "--pool", "desk=4..8"], "Say with --target what must be reached"),
    (["staff", "theory/mmc", "--pool", "dsk=4..8", "--target", "wait_mean <= 90 s"], "There is no pool dsk"),
    (["staff", "theory/mmc", "--pool", "desk=4..8", "--target", "wait_mean <= 90"], "a time with its unit is needed"),
    (["staff", "theory/mmc", "--pool", "desk=4..8", "--target", "wait_mean <= 90 s", "--precision", "wait_mean"], "write it as measure="),
    (["staff", "theory/mmc", "--pool", "dsk=4..8", "--target", "wait_mean <= 90"], "a time with its unit is needed"),
    (["staff", "theory/mmc", "--demand", "3..1", "--target", "wait_men <= 90 s"], "Did you mean wait_mean?"),
    (["warmup", "theory/mm1", "--precision", "wait_mean=x"], "the half-width must be a share of the mean"),
    (["sensitivity", "theory/mm1", "--measure", "wait"], "did you mean wait_p50 or wait_p90 or wait_mean?"),
    (["staff", "theory/mmc", "--shift-of", "desk"], "--shift-of needs --aim MEASURE"),
    (["staff", "theory/mmc", "--demand", "1..2", "--target", "wait_mean <= 90 s", "--budget", "5", "--aim", "wait_mean"],
     "--budget, --aim has no meaning for this question."),
    (["staff", "theory/mmc", "--pool", "desk", "--zone", "0"], "argument --zone: '0' is not a number above 0"),
    (["sensitivity", "theory/mm1"], "Say with --measure which measure is looked at."),
    (["sensitivity", "theory/mm1", "--measure", "wait_mean"], "no value declares a range"),
    (["sensitivity", "theory/mm1", "--measure", "wait_mean", "--samples", "12"], "--samples must be a power of 2"),
    (["sensitivity", "theory/mm1", "--measure", "wait_mean", "--method", "tornado,moris"], "'moris' is none of tornado, morris"),
    (["sensitivity", "theory/mm1", "theory/mmc", "theory/mm1"], "too many arguments: theory/mm1"),
    (["run", "theory/mm1", "--cluster", "office"], "There is no cluster at office"),
    (["store", "purge"], "The store knows no purge; choose one of list, size, prune."),
    (["store", "list", "--everything"], "go with store prune"),
    (["store", "prune", "--older-than", "soon"], "--older-than needs a time with its unit"),
])
def test_a_slip_is_named_and_leaves_nothing_behind(capsys, out, words, message):
    status, shown, err = said(capsys, *words)
    assert (status, shown) == (2, "")
    assert message in err
    assert [path.name for path in out.iterdir() if not path.name.startswith("runs.sqlite")] == []
    chinese = said(capsys, *words, "--lang", "zh")[2]
    assert re.search(r"[\u4e00-\u9fff]", chinese)


def test_a_result_that_is_there_may_not_shrink(capsys, out):
    said(capsys, "run", "theory/mm1", *SHORT, "--replications", "3", *QUICK)
    before = (out / "results/run-mm1/manifest.json").read_bytes()
    for words in (("--replications", "2"), ()):
        status, _shown, err = said(capsys, "extend", "results/run-mm1", *words)
        assert status == 2
        assert "holds 3 replications; say with --replications how many" in err
    assert (out / "results/run-mm1/manifest.json").read_bytes() == before


@pytest.mark.parametrize("command", ["sweep", "staff", "sensitivity", "warmup", "extend", "run", "compare"])
def test_commands_that_simulate_share_their_options(capsys, command):
    shown = said(capsys, command, "--help")[1]
    for option in ("--jobs", "--engine", "--cluster", "--store", "--fresh", "--no-charts", "--quiet", "--json", "--lang"):
        assert f"  {option} " in shown
    assert "  --precision " in shown
    assert "  --at-most " in shown
    assert ("  --replications " in shown) == (command != "staff")
    assert ("  --out " in shown) == ("  --seed " in shown) == (command != "extend")


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_an_interrupted_sweep_ends_with_130_keeps_what_is_finished_and_leaves_no_folder(out):
    words = ("sweep", "theory/mm1", "--vary", f"{DESK}=1..3", "--replications", "4", "--jobs", "1", "--engine", "simpy",
             "--no-charts", "--measure", "wait_mean")
    environment = {**os.environ, "PYTHONUTF8": "1", "PYTHONPATH": str(ROOT)}
    start = [sys.executable, "-m", "sim", *words]
    with subprocess.Popen(start, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment, cwd=out) as command:
        for line in command.stderr:
            if line.startswith("[2/"):
                command.send_signal(signal.SIGINT)
                break
        shown, err = command.communicate(timeout=120)
    assert (command.returncode, shown) == (130, "")
    assert "finished and kept. Start the same command again to continue from there." in err
    assert not (out / "results").exists()
    done = subprocess.run([*start, "--json", "--quiet"], env=environment, cwd=out, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout)["reused"] >= 2
