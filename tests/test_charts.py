"""Charts: texts are readable in both languages and every degenerate case, files whole and equal for equal data, numbers right."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import matplotlib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from looks import text_faults
from matplotlib.colors import to_rgb

from sim import charts, i18n
from sim.charts import forest, frames, page, style, text
from sim.measures import MEASURES, View, cumulative_incidence
from sim.outcome import margins

LONG = {"en": "Wholly Municipal Works WWW 30", "zh": "集美区城市运行与社会治理综合协调指挥调度服务保障中心筹备组"}
DAYS = 40


def outcome(
    rng: np.random.Generator,
    *,
    kind: str = "city",
    streets: Sequence[str] = ("Jimei", "Xinglin", "Guankou"),
    empty: bool = False,
    factor: float = 1.0,
    roles: int = 5,
    name: str = "",
    days: int = DAYS,
    categories: int = 4,
) -> margins.Outcome:
    """An outcome with every margin that the charts read, of plausible size."""
    city = kind == "city"
    scale = 0.0 if empty else factor
    pools = [
        ("desk/district", "desk", "district"),
        ("desk/street 1", "desk", "street"),
        ("grid_team/1", "grid_worker:merged", "grid"),
        *((f"crew/{n}", f"crew:{n}", "district") for n in range(roles)),
    ]
    if not city:
        pools = [("counter", "counter", "grid"), ("back office", "back office", "grid")]
        streets = ()
    edges = margins.TIME_EDGES
    decay = np.exp(-edges / 86400 / 3)
    times = np.zeros((3, len(margins.TIMES), len(edges)), np.int64)
    for label, share in (("resolved", 300), ("gone", 80), ("open", 5)):
        times[:, margins.TIMES.index(label)] = np.round(rng.uniform(0.8, 1.2) * share * decay * scale)
    counts = np.zeros((len(pools), len(margins.POOL_COUNTS)), np.int64)
    counts[:, margins.POOL_COUNTS.index("rostered_seconds")] = 1_000_000
    counts[:, margins.POOL_COUNTS.index("busy_seconds")] = rng.integers(100_000, 1_050_000, len(pools)) * scale
    start = pd.Timestamp("2025-01-01")
    flow = rng.integers(0, 300, (2, 5, 5, len(margins.ENDED_AT))) * (1 if scale else 0) * city
    arrays = {
        "times_by_severity": times if city else times[:1] * 0,
        "pools": counts,
        "flow": flow,
        "times_by_category": times.sum(axis=0)[None] * city,
        "stages_by_severity": np.round(rng.uniform(0, 4e7, (3, len(margins.STAGES))) * scale).astype(np.int64),
        "stages_by_category": np.round(rng.uniform(0, 4e7, (categories, len(margins.STAGES))) * scale).astype(np.int64),
        "issues_by_severity": np.full((3, len(margins.ISSUE_COUNTS)), 100 * (scale > 0)),
        "issues_by_category": np.full((categories, len(margins.ISSUE_COUNTS)), 60 * (scale > 0)),
        "tickets_by_day": np.round(rng.uniform(0, 30, (days + 2, len(margins.TICKET_COUNTS))) * scale).astype(np.int64),
        "issues_by_community": np.round(rng.uniform(1, 90, (2 * len(streets), len(margins.ISSUE_COUNTS))) * 86_400 * scale).astype(
            np.int64
        ),
        "population_by_community": np.full(2 * len(streets), 4500),
        "backlog": np.round(rng.uniform(0, 60, (days + 2, 3, 4)) * scale).astype(np.int64),
        "daily": np.round(rng.uniform(0, 90, (days + 2, len(margins.DAILY_COUNTS))) * scale).astype(np.int64),
        "load": np.round(rng.uniform(0, 4000, (4, 7, 24)) * scale).astype(np.int64),
        "issues_by_street": np.round(rng.uniform(1, 90, (len(streets), len(margins.ISSUE_COUNTS))) * 864_000 * scale).astype(
            np.int64
        ),
        "population_by_street": np.full(len(streets), 9000),
    }
    titles = [name or key for key, _role, _tier in pools]
    axes = {
        "severity": list(margins.SEVERITIES),
        "time": list(margins.TIMES),
        "bin": [str(edge) for edge in edges],
        "tier": ["grid", "community", "street", "district"],
        "backlog_state": list(margins.BACKLOG_STATES),
        "daily_count": list(margins.DAILY_COUNTS),
        "found_at": list(margins.FOUND_AT),
        "sent_to": list(margins.FOUND_AT),
        "ended_at": list(margins.ENDED_AT),
        "load": list(margins.LOADS),
        "street": list(streets),
        "issue_count": list(margins.ISSUE_COUNTS),
        "pool": [key for key, _role, _tier in pools],
        "pool_role": [role for _key, role, _tier in pools],
        "pool_tier": [tier for _key, _role, tier in pools],
        "pool_title_en": titles,
        "pool_title_zh": titles,
        "pool_count": list(margins.POOL_COUNTS),
        "category": [f"{name}{number}" or f"category {number}" for number in range(categories)],
        "stage": list(margins.STAGES),
        "ticket_count": list(margins.TICKET_COUNTS),
        "community": [f"{street} {half}" for street in streets for half in ("north", "south")],
        "day": [(start + pd.Timedelta(days=day)).date().isoformat() for day in range(days + 2)],
    }
    return margins.Outcome(arrays, axes, {"kind": kind, "first_day": 1, "last_day": days + 1, "horizon": days * 86400})


def results(titles: Sequence[str], replications: int = 3, scale: float = 1.0, **options: Any) -> SimpleNamespace:
    """A comparison (or, with one title, a run) as the charts see it."""
    found = []
    for number, title in enumerate(titles):
        rng = np.random.default_rng(number)
        outcomes = tuple(outcome(rng, factor=scale * (1.0 + number / 3), **options) for _replication in range(replications))
        found.append(
            SimpleNamespace(name=f"side-{number}", title=title, outcomes=outcomes, scenario=None, facts=SimpleNamespace(seed=7))
        )
    made = SimpleNamespace(results=tuple(found))
    if len(found) > 1:
        made.verdicts = verdicts([result.name for result in found[1:]], options.get("name", ""), replications)
    return made


def verdicts(scenarios: Sequence[str], name: str, replications: int) -> pd.DataFrame:
    rows = []
    cases = [
        ("on_time_closing_rate", "share", 1, 0.71, 0.86, 0.01),
        ("harm", "days", -1, 412.0, 300.0, 9.0),
        ("lost", "1", -1, 0.0, 5.0, 1.0),
        ("return_rate", "share", -1, 0.01, 0.09, 0.01),
        ("rework_rate", "share", -1, 0.10, 0.101, 0.02),
        ("tickets", "1", 0, 9.0, 8.0, 1.0),
    ]
    for scenario in scenarios:
        for measure, unit, direction, base, other, error in cases:
            half = 2 * error if replications > 1 else float("nan")
            difference = other - base
            told = "not distinguishable" if not abs(difference) > half else "better" if difference * direction > 0 else "worse"
            rows.append(
                {
                    "measure": measure,
                    "title": name or measure,
                    "subject": "x",
                    "unit": unit,
                    "scenario": scenario,
                    "base_mean": base,
                    "base_low": base,
                    "base_high": base,
                    "mean": other,
                    "low": other,
                    "high": other,
                    "difference": difference,
                    "difference_low": difference - half,
                    "difference_high": difference + half,
                    "direction": direction,
                    "verdict": told,
                }
            )
    return pd.DataFrame(rows)


CASES: dict[str, dict[str, Any]] = {
    "usual": {"sides": 2},
    "one side": {"sides": 1},
    "four sides": {"sides": 4, "roles": 1},
    "one replication": {"sides": 2, "replications": 1},
    "nothing closed": {"sides": 2, "empty": True},
    "one street, one day": {"sides": 2, "streets": ["Jimei"], "days": 1},
    "long names": {"sides": 3, "long": True, "roles": 2},
    "many streets and roles": {"sides": 2, "streets": [f"street {n}" for n in range(60)], "roles": 40, "categories": 30, "days": 420},
    "huge numbers": {"sides": 2, "scale": 1e6},
    "bare": {"sides": 2, "kind": "bare"},
    "bare, alone, nobody came": {"sides": 1, "kind": "bare", "empty": True, "replications": 1},
}
QUICK = {("usual", "en"), ("long names", "zh"), ("nothing closed", "zh"), ("bare", "zh"), ("bare, alone, nobody came", "en")}
"""What `make quick` looks at: the two that have found most, and those that cost nothing."""


def case(name: str, lang: str) -> SimpleNamespace:
    """The results of a case, with names in that language."""
    options = dict(CASES[name])
    number = options.pop("sides")
    titles = [
        ("Fragmented", "Integrated", "Mixed", "Parallel")[n] if lang == "en" else ("九龙治水", "一个中心", "混合", "并行")[n]
        for n in range(number)
    ]
    if options.pop("long", False):
        long = LONG[lang]
        titles = [f"{long}{n}" for n in range(number)]
        options |= {"name": long, "streets": [f"{n}{long}" for n in range(4)]}
    return results(titles, **options)


@pytest.mark.parametrize(
    ("name", "lang"),
    [
        pytest.param(name, lang, marks=() if (name, lang) in QUICK else pytest.mark.slow, id=f"{name}-{lang}")
        for name in CASES
        for lang in i18n.LANGUAGES
    ],
)
def test_no_text_overlaps_or_is_cut_off(name: str, lang: str) -> None:
    figures = charts.plot(case(name, lang), lang=lang)
    assert figures
    faults = {chart: text_faults(figure) for chart, figure in figures.items()}
    assert {chart: told for chart, told in faults.items() if told} == {}


def test_which_charts_make_sense() -> None:
    two = results(["A", "B"])
    assert charts.offered(two) == charts.CHARTS
    assert charts.offered(results(["A"])) == charts.CHARTS[1:]
    assert charts.offered(results(["A", "B", "C"]))[:2] == ("forest-side-1", "forest-side-2")
    alone = results(["A"], kind="bare")
    assert charts.offered(alone) == ("backlog", "calendar", "utilisation", "load")
    assert "lamps" not in charts.offered(results(["A"], empty=True))
    with pytest.raises(ValueError, match="makes no sense"):
        charts.plot(alone, "flow")
    with pytest.raises(ValueError, match="choose one of"):
        charts.plot(two, "pie")
    for lang in i18n.LANGUAGES:
        assert all(charts.caption(name, lang) for name in (*charts.CHARTS, "forest-x"))
    assert charts.caption("flow", "zh") != charts.caption("flow", "en")


@pytest.mark.parametrize("every", [False, pytest.param(True, marks=pytest.mark.slow)], ids=["two of them", "all of them"])
def test_files_are_whole_and_equal_for_equal_data(tmp_path: Path, every: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    before = dict(matplotlib.rcParams)
    made = results(["A", "B"])
    names = charts.CHARTS if every else ("forest", "streets")
    monkeypatch.setattr(charts, "FRAMES", {name: frame for name, frame in charts.FRAMES.items() if name in names})
    first = charts.draw_all(made, tmp_path / "one", "zh")
    second = charts.draw_all(made, tmp_path / "two", "zh")
    assert [path.name for path in first] == [f"{name}.{kind}" for name in names for kind in ("png", "svg", "csv")]
    assert sorted(path.name for path in (tmp_path / "one").iterdir()) == sorted(path.name for path in first)
    for one, two in zip(first, second, strict=True):
        assert one.read_bytes() == two.read_bytes(), one.name
    assert dict(matplotlib.rcParams) == before
    assert i18n.language() == "en"
    png = (tmp_path / "one" / "forest.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    density = png.index(b"pHYs") + 4
    assert int.from_bytes(png[density : density + 4], "big") == pytest.approx(300 / 0.0254, abs=1)
    assert "<dc:date>" not in (tmp_path / "one" / "forest.svg").read_text(encoding="utf-8")
    table = pd.read_csv(tmp_path / "one" / "streets.csv")
    assert list(table.columns) == ["scenario", "street", "title", "mean", "low", "high"]
    pd.testing.assert_frame_equal(table, frames.streets_frame(made.results), rtol=1e-9, check_dtype=False)


def test_an_old_file_survives_a_failure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_figure: Any, _scale: float, path: Path) -> None:
        path.write_text("half")
        raise OSError("disk full")

    monkeypatch.setitem(style._WRITERS, ".png", broken)
    figure = SimpleNamespace(dpi=100)
    (tmp_path / "load.png").write_text("old")
    with pytest.raises(OSError, match="disk full"):
        style.save(figure, pd.DataFrame(), tmp_path, "load")  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["load.png"]
    assert (tmp_path / "load.png").read_text() == "old"


def test_pyplot_is_never_imported() -> None:
    code = "import sys, sim.charts; sys.exit('matplotlib.pyplot' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_organisation_looks_the_same_everywhere_and_in_grey() -> None:
    sides = style.sides_of({str(n): str(n) for n in range(8)})
    for look in ("colour", "line", "hatch", "marker"):
        assert len({getattr(side, look) for side in sides}) == 8
    two = results(["A", "B"])
    figures = {name: charts.plot(two, name) for name in ("resolved", "streets", "equity", "utilisation")}
    for name in ("resolved", "streets", "equity"):
        assert {style.SIDE_COLOURS[0], style.SIDE_COLOURS[1]} <= {
            line.get_color() for axes in figures[name].axes for line in axes.lines
        }
    bars = {patch.get_facecolor()[:3] for patch in figures["utilisation"].axes[0].patches}
    assert bars == {to_rgb(style.SIDE_COLOURS[0]), to_rgb(style.SIDE_COLOURS[1])}
    assert style.sides_of({"only": "Only"})[0].number == 1


def test_the_chinese_font_is_used_and_covers_what_is_needed() -> None:
    assert text.FONT.stat().st_size < 1_800_000
    assert "SIL OPEN FONT LICENSE" in (text.FONT.parent / "OFL.txt").read_text(encoding="utf-8")
    known = matplotlib.font_manager.get_font(str(text.FONT)).get_charmap()
    for high in range(0xB0, 0xF8):
        for low in range(0xA1, 0xFF):
            character = bytes([high, low]).decode("gb2312", "ignore")
            assert not character or ord(character) in known, character
    needed = set("0123456789%→−–…±≤≥×·，。；：、（）“”《》！？，") | {chr(code) for code in range(0x21, 0x7F)}
    catalogue = i18n.LOCALE / "zh_CN" / "LC_MESSAGES" / "nine_dragons.po"
    if catalogue.exists():
        needed |= {character for character in catalogue.read_text(encoding="utf-8") if "\u4e00" <= character <= "\u9fff"}
    assert {character for character in needed if ord(character) not in known} == set()


def test_better_is_right_whatever_the_direction() -> None:
    """Of four measures two improve; the marks right of the line are theirs, and one far off is an arrow at the edge."""
    made = results(["A", "B"])
    table = frames.forest_frame(made, "side-1")  # type: ignore[arg-type]
    assert "tickets" not in set(table["measure"])  # neither better nor worse
    with charts.drawing():
        axes = forest.draw(table, *style.sides_of({"side-0": "A", "side-1": "B"})).axes[0]
    marks = [line for line in axes.lines if line.get_marker() not in ("", "None", None)]
    placed = {
        measure: (float(mark.get_xdata()[0]), mark.get_marker()) for measure, mark in zip(table["measure"], marks, strict=True)
    }
    assert placed["on_time_closing_rate"][0] == pytest.approx(100 * 0.15 / 0.71)
    assert placed["harm"][0] == pytest.approx(100 * 112 / 412)
    assert placed["rework_rate"][0] == pytest.approx(-1)
    assert placed["return_rate"][0] < -140
    assert placed["return_rate"][1] == "<"
    assert placed["lost"][1] == "<"  # from 0: no share can be given
    low, high = axes.get_xlim()
    assert all(low <= x <= high for x, _marker in placed.values())


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=20))
def test_cumulative_incidence(counts: list[tuple[int, int, int]]) -> None:
    """Both ends' incidences and the share that has met neither add up to 1; without a competing end it is Kaplan and Meier's."""
    ended, competing, censored = (np.array(column) for column in zip(*counts, strict=True))
    one, other = (
        cumulative_incidence(ended, competing, censored),
        cumulative_incidence(competing, ended, censored),
    )
    surviving, risk = 1.0, float(sum(map(sum, counts)))
    if not risk:
        return
    for place, (a, b, c) in enumerate(counts):
        surviving *= 1 - (a + b) / risk if risk else 1
        risk -= a + b + c
        assert one[place] + other[place] + surviving == pytest.approx(1)
    assert (np.diff(one) >= -1e-12).all()


def test_frames_count_what_the_outcome_holds() -> None:
    result = results(["A"], 2).results[0]
    one, two = result.outcomes
    used = frames.utilisation_frame([result]).set_index("role")
    rostered, busy = (margins.POOL_COUNTS.index(name) for name in ("rostered_seconds", "busy_seconds"))
    assert used.loc["desk:district", "mean"] == pytest.approx(
        np.mean([run.arrays["pools"][0, busy] / run.arrays["pools"][0, rostered] for run in (one, two)])
    )
    assert list(used["title"][:3]) == ["District desks", "Street desks", "Grid workers"]
    mixed = results(["A", "B"], roles=2).results
    for run in mixed[1].outcomes:
        run.axes["pool_role"][2] = "grid_worker:patrol"
    order = list(dict.fromkeys(frames.utilisation_frame(mixed)["role"]))
    assert order[2:] == ["grid_worker:merged", "grid_worker:patrol", "crew:0", "crew:1"]  # kin stand together
    assert frames.flow_frame([result])["issues"].sum() == pytest.approx((one.arrays["flow"].sum() + two.arrays["flow"].sum()) / 2)
    harm = margins.ISSUE_COUNTS.index("harm_seconds")
    assert frames.streets_frame([result])["mean"][0] == pytest.approx(
        np.mean([run.arrays["issues_by_street"][0, harm] for run in (one, two)]) / 86400 / 9
    )
    load = frames.load_frame([result])
    wednesdays = sum(pd.Timestamp(day).weekday() == 2 for day in one.axes["day"][1 : DAYS + 1])
    cell = load[(load["load"] == "contacts") & (load["weekday"] == 2) & (load["hour"] == 9)]["value"].item()
    assert cell == pytest.approx(np.mean([run.arrays["load"][0, 2, 9] for run in (one, two)]) / wednesdays)
    backlog = frames.backlog_frame([result])
    assert backlog["day"].nunique() == DAYS
    assert backlog[(backlog["tier"] == "street") & (backlog["day"] == 0)]["mean"].item() == pytest.approx(
        np.mean([run.arrays["backlog"][1, 1:, 2].sum() for run in (one, two)])
    )
    last = frames.resolved_frame([result]).groupby("severity")["share"].last()
    assert ((last > 0.7) & (last < 0.9)).all()  # about 300 of 385 resolved, and 80 gone


@given(st.text(alphabet="abW 集美，。%9", max_size=60), st.floats(0.3, 3))
def test_wrap_keeps_every_character_and_the_width(words: str, width: float) -> None:
    broken = text.wrap(words, width, 9.0, most=1000)
    assert "".join(broken.split()) == "".join(words.split())
    assert all(text.text_width(line, 9.0) <= width or len(line) == 1 for line in broken.split("\n"))


@given(st.lists(st.floats(-50, 50), max_size=12))
def test_spread_keeps_labels_apart_and_in_order(wanted: list[float]) -> None:
    placed = text.spread(wanted, 3.0)
    ordered = sorted(range(len(wanted)), key=lambda n: wanted[n])
    assert all(placed[b] - placed[a] >= 3.0 - 1e-6 for a, b in pairwise(ordered))
    inside = text.spread(wanted, 3.0, -60, 60)
    assert all(-60 - 1e-6 <= at <= 60 + 1e-6 for at in inside)


def test_the_checker_sees_faults() -> None:
    """The tests above would see an overlap and a text that is cut off."""
    made = page.Page("title", height=2.0)
    made.figure.text(0.5, 0.5, "one")
    made.figure.text(0.51, 0.5, "two")
    made.figure.text(0.99, 0.3, "far too long a text")
    assert len(text_faults(made.figure)) == 2


def test_frames_of_lives_add_up() -> None:
    """Parts of a bar are the whole life; who is not there any more was resolved or went; shares over the tiers make one."""
    made = results(["A", "B"]).results
    one, two, three = made[0].outcomes
    found = charts.stages.frame(made)
    whole = found[found["stage"] == "life"].set_index(["scenario", "by", "group"])["mean"]
    parts = found[found["stage"] != "life"].groupby(["scenario", "by", "group"], sort=False)["mean"].sum()
    assert parts.to_dict() == pytest.approx(whole.to_dict())
    lives = [run.arrays["stages_by_category"].sum() / (60 * 4) / 86400 for run in (one, two, three)]
    assert whole["side-0", "all", "all"] == pytest.approx(np.mean(lives))
    assert sorted(stage for part in charts.stages.PARTS.values() for stage in part[0]) == sorted(margins.STAGES)
    latent = margins.STAGES.index("latent")
    days = np.mean([run.arrays["stages_by_severity"][0, latent] / 100 / 86400 for run in (one, two, three)])
    row = found[(found["scenario"] == "side-0") & (found["group"] == "ordinary") & (found["stage"] == "latent")]
    assert row["mean"].item() == pytest.approx(days)
    left = charts.survival.frame(made)
    still = left[(left["scenario"] == "side-0") & (left["since"] == "occurred") & (left["severity"] == "urgent")]
    ended = frames.resolved_frame(made)
    ended = ended[(ended["scenario"] == "side-0") & (ended["severity"] == "urgent")]
    gone = [cumulative_incidence(*run.arrays["times_by_severity"][2][[3, 2, 4]])[-1] for run in (one, two, three)]
    assert still["share"].to_numpy()[-1] == pytest.approx(1 - ended["share"].to_numpy()[-1] - np.mean(gone), abs=0.02)
    assert (still["share"].diff().dropna() <= 1e-12).all()
    half = still["half"].iloc[0]
    assert still[still["days"] >= half]["share"].iloc[0] <= 0.5 < still[still["days"] < half]["share"].iloc[-1]
    assert charts.tiers.frame(made).groupby("scenario")["mean"].sum().to_dict() == pytest.approx({"side-0": 1, "side-1": 1})


def test_frames_of_days_and_communities() -> None:
    made = results(["A"], 2, days=60).results
    one, two = made[0].outcomes
    lamps = charts.lamps.frame(made)
    red = margins.TICKET_COUNTS.index("red")
    assert set(lamps["days"]) == {7}
    first = lamps[lamps["kind"] == "red"].iloc[0]
    assert first["mean"] == np.mean([run.arrays["tickets_by_day"][1:8, red].sum() for run in (one, two)])
    assert first["start"] == one.axes["day"][1]
    assert (charts.lamps.frame(results(["A"], 2, days=20).results)["days"] == 1).all()
    open_ = charts.calendar.frame(made)
    open_ = open_[open_["what"] == "open_tickets"]
    place = margins.DAILY_COUNTS.index("open_tickets")
    assert open_["mean"].tolist() == np.mean([run.arrays["daily"][1:61, place] for run in (one, two)], axis=0).tolist()
    unequal = charts.equity.frame(made)
    times = unequal[unequal["what"] == "time"]
    assert len(times) == 6
    assert times["mean"].is_monotonic_increasing
    spent, resolved = (margins.ISSUE_COUNTS.index(name) for name in ("resolution_seconds", "resolved"))
    slowest = one.axes["community"].index(times["community"].iloc[-1])
    assert times["mean"].iloc[-1] == pytest.approx(np.mean(
        [run.arrays["issues_by_community"][slowest, spent] / run.arrays["issues_by_community"][slowest, resolved] / 86400
         for run in (one, two)]))
    gini = [MEASURES["harm_gini"].function(View(run)) for run in (one, two)]
    assert unequal[unequal["what"] == "harm_gini"]["mean"].item() == pytest.approx(np.mean(gini))
