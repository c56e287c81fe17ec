"""One chart from a result folder alone: the same picture and table as the command drew, from the store or simulated again."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pandas as pd
import pytest
from commands import DESK, SHORT, UNCERTAIN
from looks import text_faults
from test_charts import LONG, results

from sim import charts
from sim.charts.page import shaped
from sim.cli import main
from sim.i18n import speaking
from sim.redraw import Asked, opened

ONE = ("--jobs", "1", "--quiet")
COMMANDS: dict[str, tuple[str, ...]] = {
    "run": ("run", "theory/mm1", *SHORT, "--replications", "2"),
    "compare": ("compare", "theory/mm1", "theory/mm1", "theory/mm1", *SHORT, "--replications", "2"),
    "sweep": ("sweep", "theory/mm1", *SHORT, "--vary", f"{DESK}=1..2", "--measure", "wait_mean", "--replications", "2"),
    "sensitivity": ("sensitivity", "desk.yaml", "--measure", "utilisation", "--method", "tornado,morris", "--paths", "2"),
    "staff": ("staff", "theory/mm1", *SHORT, "--first", "4", "--most", "8", "--pool", "desk=1..2", "--target", "wait_mean <= 90 min"),
    "demand": ("staff", "theory/mm1", *SHORT, "--first", "4", "--most", "8", "--demand", "0.5..1", "--target", "wait_mean <= 90 min"),
    "shifts": ("staff", "theory/mm1", *SHORT, "--first", "4", "--most", "8", "--shift-of", "desk=office,always", "--aim", "wait_mean"),
    "explain": ("explain", "small/fragmented", "small/integrated", "--set", "run.warm_up=5 days", "--set", "run.horizon=20 days", "--set",
                "run.run_out=5 days", "--replications", "2", "--measure", "harm", "--measure", "satisfaction", "--within", "people"),
    "warmup": ("warmup", "theory/mm1", "--set", "run.warm_up=5 days", "--set", "run.horizon=45 days", "--replications", "2"),
}


QUICK = ("run", "sweep")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Result folders, each made when it is first asked for, with the charts that the command drew."""
    place = tmp_path_factory.mktemp("redraw")

    @cache
    def make(command: str) -> Path:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(place)
            Path("desk.yaml").write_text(UNCERTAIN, encoding="utf-8")
            assert main([*COMMANDS[command], *ONE, "--out", command, "--lang", "en"]) == 0
        return place / command

    return make


def said(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Status, output and messages of a command."""
    capsys.readouterr()
    status = main(["chart", *words, "--lang", "en"])
    shown = capsys.readouterr()
    return status, shown.out, shown.err


@pytest.mark.parametrize("command", [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in COMMANDS])
def test_a_folder_draws_the_charts_that_its_command_drew(made: Callable[[str], Path], command: str, tmp_path: Path) -> None:
    """To the byte, picture and table."""
    folder = made(command)
    drawn = {path.stem for path in (folder / "charts").glob("*.svg")}
    assert drawn
    assert set(opened(folder).offers()) - {"life", "pool"} == drawn
    for name in sorted(drawn)[:2]:
        assert main(["chart", str(folder), name, "--format", "svg", "--out", str(tmp_path / name), *ONE, "--lang", "en"]) == 0
        for ending in ("svg", "csv"):
            assert (tmp_path / f"{name}.{ending}").read_bytes() == (folder / "charts" / f"{name}.{ending}").read_bytes(), name


SEEN = [pytest.param(command, lang, marks=() if command in QUICK and lang == "zh" else pytest.mark.slow) for command in COMMANDS
        for lang in ("en", "zh")]


@pytest.mark.parametrize(("command", "lang"), SEEN)
def test_texts_of_every_chart_that_a_folder_offers_can_be_read(made: Callable[[str], Path], command: str, lang: str, tmp_path: Path) -> None:
    """Real results of every kind, also the charts of single events, with names of thirty letters."""
    folder = shutil.copytree(made(command), tmp_path / command)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    for number, side in enumerate(manifest["scenarios"]):
        side["resolved"]["title"] = {one: f"{number}{LONG[one]}" for one in ("en", "zh")}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with speaking(lang):
        result = opened(folder, jobs=1, progress=False, store=str(tmp_path / "runs.sqlite"))
        if "load" in result.offers():
            result.draw("load", Asked())        # what is kept is looked at before it is offered
        faults = {name: text_faults(result.draw(name, Asked())[0]) for name in result.offers()}
    assert faults
    assert {name: told for name, told in faults.items() if told} == {}


def test_what_is_not_kept_any_more_is_simulated_again_and_it_is_said(
    made: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = made("run")
    words = (str(folder), "load", "--format", "svg", "--out", str(tmp_path / "load"), *ONE)
    status, _shown, err = said(capsys, *words, "--store", str(tmp_path / "empty.sqlite"))
    assert status == 0
    assert "2 of 2 replications were not kept any more" in err
    assert (tmp_path / "load.svg").read_bytes() == (folder / "charts" / "load.svg").read_bytes()
    assert said(capsys, *words, "--store", str(tmp_path / "empty.sqlite"))[2] == ""


def test_events_are_simulated_again(made: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = made("run")
    status, shown, err = said(capsys, str(folder), "pool", "--day", "2", "--replication", "1", "--out", str(tmp_path / "p.svg"), *ONE)
    assert (status, err) == (0, "")
    assert [Path(line).name for line in shown.split()] == ["p.svg", "p.csv"]
    table = pd.read_csv(tmp_path / "p.csv")
    assert {"queue", "service", "shift"} <= set(table["what"])
    assert said(capsys, str(folder), "life", "--issue", "999999", *ONE)[0] == 2


def test_all_that_is_wrong_is_said_at_once(made: Callable[[str], Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(made("run"))
    status, _shown, err = said(capsys, folder, "laod", "--size", "3x", "--format", "gif,png")
    assert status == 2
    assert [part in err for part in ("Did you mean load?", "'3x' is no size", "no format 'gif'")] == [True] * 3
    status, _shown, err = said(capsys, folder, "load", "--issue", "3", "--out", "a.png", "--format", "svg")
    assert [part in err for part in ("--issue says nothing about the chart load", "--out ends in .png")] == [True] * 2
    status, _shown, err = said(capsys, folder, "pool", "--pool", "dsek", "--day", "1999-01-01")
    assert [part in err for part in ("Did you mean desk?", "1999-01-01 is no day of this run")] == [True] * 2
    for place, text in (("nowhere", "There is no folder nowhere"), (str(tmp_path), "is no result folder")):
        status, _shown, err = said(capsys, place, "load")
        assert (status, text in err) == (2, True)
    assert said(capsys, folder, "tiers", *ONE)[2].startswith("The chart tiers would be empty")
    assert said(capsys, folder, "load", "--replication", "7")[0] == 2
    assert said(capsys, folder, "pool", "--replication", "7")[2].startswith("There is no replication 7")
    broken = tmp_path / "broken"
    broken.mkdir()
    manifest = json.loads((made("run") / "manifest.json").read_text(encoding="utf-8"))
    (broken / "manifest.json").write_text(json.dumps(manifest | {"command": ["predict"]}), encoding="utf-8")
    assert "no single chart can be drawn" in said(capsys, str(broken), "load")[2]
    manifest["scenarios"][0]["resolved"]["run"] = {"horizont": 3}
    (broken / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    assert "run it again" in said(capsys, str(broken), "load")[2]


@pytest.mark.parametrize(("size", "width", "height"), [("report", 160, None), ("254x143", 254, 143), ("60x150", 60, 150)])
def test_a_chart_has_the_size_that_was_asked_for(
    made: Callable[[str], Path], tmp_path: Path, size: str, width: float, height: float | None, capsys: pytest.CaptureFixture[str]
) -> None:
    assert said(capsys, str(made("run")), "utilisation", "--size", size, "--format", "svg,pdf,png", "--out", str(tmp_path / "u"), *ONE)[0] == 0
    text = (tmp_path / "u.svg").read_text(encoding="utf-8")
    wide, tall = (float(re.search(rf'{side}="([0-9.]+)pt"', text)[1]) / 72 * 25.4 for side in ("width", "height"))  # type: ignore[index]
    assert wide == pytest.approx(width, abs=0.01)
    assert height is None or tall == pytest.approx(height, abs=0.05)
    box = re.search(rb"/MediaBox \[([^]]*)\]", (tmp_path / "u.pdf").read_bytes())
    assert box is not None
    assert [float(part) / 72 * 25.4 for part in box[1].split()[2:]] == pytest.approx([wide, tall], abs=0.05)
    pixels = [int.from_bytes((tmp_path / "u.png").read_bytes()[at : at + 4], "big") / 300 * 25.4 for at in (16, 20)]
    assert pixels == pytest.approx([wide, tall], abs=0.2)


@pytest.mark.parametrize("shape", [(254.0, 143.0), (60.0, 150.0)])
def test_added_room_makes_no_text_overlap(shape: tuple[float, float]) -> None:
    made = results(["Fragmented organisation with a long name", "B"])
    with shaped(*shape):
        figures = {name: charts.plot(made, name) for name in ("forest", "stages", "tiers", "equity")}
    assert {name: told for name, figure in figures.items() if (told := text_faults(figure))} == {}
    assert [figure.get_size_inches()[1] / figure.get_size_inches()[0] for figure in figures.values()] == pytest.approx([shape[1] / shape[0]] * 4)
