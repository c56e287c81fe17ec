"""Reports: numbers are those of the tables, nothing is claimed that no interval backs, and bad input is told at once."""

from __future__ import annotations

import json
import re
import sys
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from sim import statistics
from sim.cli import main
from sim.i18n import _, speaking
from sim.measures import MEASURES
from sim.report import building, figures, html, pdf, writing
from sim.report.appendix import command_of
from sim.report.document import Bullets, KeyFigures, Paragraph, Table
from sim.report.lines import lines
from sim.report.parameters import Parameter
from sim.report.places import worst
from sim.report.reading import Kept, ReportError, read

PLANTED = {"time_to_resolution_p50": 500_000.0, "true_resolution_rate": 0.8, "on_time_closing_rate": 0.6, "harm": 4000.0,
           "satisfaction": 0.7, "utilisation": 0.5, "time_latent": 90_000.0, "time_hand_off": 40_000.0, "time_working": 7_000.0,
           "solved_at_grass_roots": 0.5, "backlog": 80.0}
SETTINGS = {"run": {"start": "2025-01-01", "warm_up": "9 days", "horizon": "20 days", "run_out": "5 days"},
            "city": {"residents": 1000, "grids": {"value": 4, "range": [2, 8], "source": "census"}}}


def planted(folder, how, replications=6, seed=3):
    """A comparison folder whose second side is better, worse, or the same but for noise."""
    rng = np.random.default_rng(seed)
    rows = []
    for key, size in PLANTED.items():
        known = MEASURES[key]
        for group, scale in (("all", 1.0), ("street:East", 1.3), ("street:West", 0.8), ("community:one", 1.0)):
            if group != "all" and key != "harm":
                continue
            base = size * scale * (1 + 0.01 * rng.standard_normal(replications))
            shift = {"better": 0.1, "worse": -0.1, "same": 0.0}[how] * (known.direction or 1)
            other = base * (1 + shift) + 0.01 * size * rng.standard_normal(replications)
            for name, values in (("A", base), ("B", other)):
                rows += [{"scenario": name, "replication": number, "measure": key, "group": group, "value": value, "unit": known.unit}
                         for number, value in enumerate(values)]
    measures = pd.DataFrame(rows)
    summary, differences = [], []
    for (key, group, unit), part in measures.groupby(["measure", "group", "unit"], sort=False):
        sides = {name: part[part["scenario"] == name]["value"].to_numpy() for name in "AB"}
        for name, values in sides.items():
            summary.append({"scenario": name, "measure": key, "group": group, **statistics.mean_interval(values)._asdict(), "unit": unit})
        found = statistics.paired(sides["A"], sides["B"])
        differences.append({"scenario": "B", "base": "A", "measure": key, "group": group, "base_mean": sides["A"].mean(),
                            "mean": sides["B"].mean(), "difference": found.mean, "low": found.low, "high": found.high, "n": found.n,
                            "p": found.p, "unit": unit, "direction": MEASURES[key].direction,
                            "verdict": statistics.verdict(found, MEASURES[key].direction)})
    folder.mkdir(parents=True)
    for name, table in (("measures", measures), ("summary", pd.DataFrame(summary).drop(columns="p")), ("differences", pd.DataFrame(differences))):
        table.to_csv(folder / f"{name}.csv", index=False, encoding="utf-8-sig", lineterminator="\n")
    manifest = {"program": {"name": "nine-dragons", "version": "0.0.1", "model": "old"}, "command": ["compare", "A", "B"], "seed": 1,
                "replications": replications, "started": "2025-02-03T04:05:06+00:00", "issues_identical": True, "staff_equal": True,
                "scenarios": [{"name": name, "hash": name * 8, "heads": 9, "pay": 1234.5, "resolved": {
                    **SETTINGS, "name": name, "title": {"en": f"Side {name}", "zh": f"方案{name}"},
                    "organisation": {"centres": {"mode": mode}}}} for name, mode in (("A", "separate"), ("B", "merged"))]}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


@pytest.fixture(autouse=True)
def no_charts(monkeypatch, request):
    """Charts take long and have tests of their own."""
    if request.function is not test_the_page_needs_nothing_else:
        monkeypatch.setattr(building, "gallery_of", lambda kept, folder, *, prefix="", **_more: figures.Gallery(folder, prefix))


def built(folder, lang="en"):
    return building.build(read([folder]), lang, folder)


def texts(document):
    """Every sentence of a document, without the settings and the model."""
    for section in document.sections:
        if section.key.startswith(("parameters", "model", "stress", "again", "limits", "appendix")):
            continue
        for block in section.blocks:
            if isinstance(block, Paragraph):
                yield block.text
            elif isinstance(block, Bullets):
                yield from block.items
            elif isinstance(block, KeyFigures):
                yield from (f"{one.name} {one.value} {one.below}" for one in block.figures)


CLAIM = re.compile(r"is (better|worse|higher|lower) than|: (better|worse|shorter|longer) \(|live with (less|more)|clearly|clearest", re.IGNORECASE)
"""How a direction is claimed."""
COUNTS = re.compile(r"does better in 0 and worse in 0|No pool is busy")


@pytest.mark.parametrize("how", ["better", "worse"])
def test_a_planted_difference_is_claimed_with_its_interval(tmp_path, how):
    document = built(planted(tmp_path / "x", how))
    first = [block.text for block in document.sections[0].blocks if isinstance(block, Paragraph) and block.strong]
    assert len(first) == 3
    assert f": {how} (difference" in first[0]
    assert "95% interval" in first[0]
    assert ("live with less" if how == "better" else "live with more") in first[1]
    opposite = {"better": "worse", "worse": "better"}[how]
    assert f"does {'better' if how == 'better' else 'better in 0 and worse'} in" in first[2]
    assert not any(f"is {opposite} than" in text or f": {opposite} (" in text for text in texts(document))


def test_what_no_interval_backs_is_not_claimed(tmp_path):
    document = built(planted(tmp_path / "x", "same"))
    said = list(texts(document))
    assert "not distinguishable" in said[0]
    assert "not distinguishable" in said[1]
    assert "better in 0 and worse in 0" in said[2]
    claims = [text for text in said if CLAIM.search(text) and not COUNTS.search(text)]
    backed = [text for text in claims if "fares worst" in text]     # planted: the streets do differ
    assert claims == backed


def test_one_replication_decides_nothing(tmp_path):
    document = built(planted(tmp_path / "x", "better", replications=1))
    said = list(texts(document))
    assert "one replication decides nothing" in said[0]
    assert any("one replication has no interval" in text for text in said)
    assert [text for text in said if CLAIM.search(text) or "fares worst" in text or "Busy for more" in text] == []
    tables = [block for section in document.sections for block in section.blocks if isinstance(block, Table)]
    assert {word for table in tables for word in table.verdicts} <= {"same", ""}


@pytest.mark.parametrize("how", ["better", "worse", "same"])
def test_every_verdict_is_that_of_the_interval_in_the_table(tmp_path, how):
    kept, = read([planted(tmp_path / "x", how)])
    table = kept.table("differences")
    found = {(row.measure, row.group): row for row in table.itertuples()}
    for group in dict.fromkeys(table["group"]):
        for key, line in lines(kept, "B", group).items():
            row = found[key, group]
            assert line.verdict == row.verdict
            assert (line.verdict in ("better", "worse", "higher", "lower")) == (row.low > 0 or row.high < 0)


def number(text):
    return float(text.replace(",", "").replace("−", "-").replace("+", ""))


def test_numbers_are_those_of_the_tables_to_the_printed_digit(tmp_path):
    folder = planted(tmp_path / "x", "better")
    document = built(folder)
    differences = pd.read_csv(folder / "differences.csv", encoding="utf-8-sig").set_index(["measure", "group"])
    titles = {MEASURES[key].title: key for key in PLANTED}
    sizes = {"%": 0.01, "d": 86400.0, "h": 3600.0, "min": 60.0, "s": 1.0}
    seen = 0
    for section in document.sections:
        for block in section.blocks:
            if not isinstance(block, Table) or [column.name for column in block.columns][-4:] != ["Difference", "From", "To", "Verdict"]:
                continue
            for values, printed in zip(block.rows, block.texts, strict=True):
                row = differences.loc[titles[values[0]], "all"]
                size = sizes.get(printed[1], 1.0)
                for column, place in zip(("base_mean", "mean", "difference", "low", "high"), range(2, 7), strict=True):
                    assert values[place] == pytest.approx(row[column] / size, rel=1e-12)
                    digits = len(printed[place].partition(".")[2])
                    assert number(printed[place]) == pytest.approx(round(row[column] / size, digits), abs=1e-9)
                    assert number(printed[place]) or not row[column]
                assert printed[7] == _(row["verdict"])
                seen += 1
    assert seen >= len(PLANTED)


def test_numbers_in_the_first_sentences_are_those_of_the_tables(tmp_path):
    folder = planted(tmp_path / "x", "worse")
    row = pd.read_csv(folder / "differences.csv", encoding="utf-8-sig").set_index(["measure", "group"]).loc["time_to_resolution_p50", "all"]
    first = next(texts(built(folder)))
    found = [number(one) for one in re.findall(r"[+−]?\d[\d,]*\.\d+", first)]
    assert found == [round(row[name] / 86400, 1) for name in ("mean", "base_mean", "difference", "low", "high")]


def test_the_worst_street_is_called_so_only_where_it_is(tmp_path):
    clear, = read([planted(tmp_path / "x", "same")])
    found = worst(clear, "A", "street")
    assert (found.group, found.alike, found.decided) == ("street:East", (), True)
    path = tmp_path / "x" / "measures.csv"
    table = pd.read_csv(path, encoding="utf-8-sig")
    where = (table["group"] == "street:West") & (table["replication"] % 2 == 0)
    table.loc[where, "value"] *= 1.9
    table.to_csv(path, index=False)
    muddled, = read([tmp_path / "x"])
    assert worst(muddled, "A", "street").alike == ("street:West",)


def test_street_and_community_are_always_there_in_both_languages(tmp_path):
    folder = planted(tmp_path / "x", "better")
    for lang, words in (("en", ("of all streets", "of all communities")), ("zh", ("各街道中", "各社区中"))):
        said = [block.text for section in built(folder, lang).sections if section.key == "places" for block in section.blocks
                if isinstance(block, Paragraph)]
        assert all(sum(word in text for text in said) == 2 for word in words)


def test_a_caution_where_the_sides_had_not_the_same(tmp_path):
    folder = planted(tmp_path / "x", "better")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | {"staff_equal": False}), encoding="utf-8")
    said = list(texts(built(folder)))
    assert any("heads or pay are not the same" in text for text in said[:5])
    assert not any("the same heads and the same pay" in text for text in said)


@pytest.mark.parametrize("drop", [("command",), ("scenarios",), ("command", "scenarios", "replications", "program", "seed", "started")])
def test_a_manifest_of_another_program_still_gives_a_report(tmp_path, drop):
    folder = planted(tmp_path / "x", "better")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps({key: value for key, value in manifest.items() if key not in drop}), encoding="utf-8")
    document = built(folder)
    assert ": better (difference" in next(texts(document))
    limits = next(section for section in document.sections if section.key == "limits")
    assert any("another version of the model" in item for item in limits.blocks[0].items)


def test_bad_folders_are_told_all_at_once(tmp_path, capsys):
    good = planted(tmp_path / "good", "better")
    lost = planted(tmp_path / "lost", "better")
    (lost / "summary.csv").unlink()
    damaged = planted(tmp_path / "damaged", "better")
    (damaged / "manifest.json").write_text('{"command": [', encoding="utf-8")
    narrow = planted(tmp_path / "narrow", "better")
    (narrow / "differences.csv").write_text("scenario,base\nB,A\n", encoding="utf-8")
    words = planted(tmp_path / "words", "better")
    text = (words / "summary.csv").read_text(encoding="utf-8-sig")
    (words / "summary.csv").write_text(text.replace(",6,", ",six,"), encoding="utf-8")
    folders = [str(one) for one in (good, lost, damaged, narrow, words, tmp_path, tmp_path / "none", good / "summary.csv")]
    assert main(["report", *folders, "--lang", "en"]) == 2
    said = capsys.readouterr().err
    for part in ("summary.csv is missing", "manifest.json is damaged", "differences.csv has no column measure, group",
                 "has words where there must be numbers, in n", "Did you mean one of those in it: damaged, good", "There is no folder",
                 "is a file; name the result folder"):
        assert part in said, part
    assert "Traceback" not in said
    assert not list(good.glob("report*"))


def test_unknown_formats_and_missing_libraries_are_told(tmp_path, capsys, monkeypatch):
    assert main(["report", str(tmp_path), "--format", "html,scroll", "--lang", "en"]) == 2
    assert "'scroll' is none of html, docx, xlsx, pdf" in capsys.readouterr().err
    monkeypatch.setattr(writing, "find_spec", lambda name: None)
    monkeypatch.setattr(pdf, "_found", lambda *_any: None)
    with pytest.raises(ReportError) as caught, speaking("en"):
        writing.report([tmp_path / "none"], ["html", "xlsx", "pdf"])
    assert len(caught.value.faults) == 3
    assert 'jinja2, xlsxwriter, which are not installed: pip install "nine-dragons[report]"' in str(caught.value)
    assert "A PDF needs a browser" in str(caught.value)
    assert "There is no folder" in str(caught.value)


def test_charts_never_show_runs_of_another_model(tmp_path, monkeypatch):
    """The same scenario may have been run again since, by other rules."""
    kept, = read([planted(tmp_path / "x", "better")])
    asked = []
    monkeypatch.setattr("sim.session.Session", lambda **how: asked.append(how))
    assert figures.results_of(kept) is None
    assert asked == []


def test_a_changed_table_is_named(tmp_path):
    folder = planted(tmp_path / "x", "better")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    (folder / "manifest.json").write_text(json.dumps(manifest | {"files": {"summary.csv": "0" * 64}}), encoding="utf-8")
    limits = next(section for section in built(folder).sections if section.key == "limits")
    assert any("summary.csv" in item for item in limits.blocks[0].items)


def folder_of(path, command, tables, **manifest):
    """A folder of another command, with tables as text."""
    path.mkdir()
    for name, rows in tables.items():
        (path / f"{name}.csv").write_text("\ufeff" + rows, encoding="utf-8")
    said = {"command": [command, "A"], "seed": 1, "replications": 4, "scenarios": [
        {"name": name, "hash": name, "resolved": {**SETTINGS, "name": name, "title": {"en": f"Side {name}"}}} for name in "AB"]}
    (path / "manifest.json").write_text(json.dumps(said | manifest), encoding="utf-8")
    return path


def test_mechanisms_are_named_only_where_their_interval_leaves_out_nothing(tmp_path):
    rows = "measure,group,mechanism,share,low,high,n,unit,direction\n"
    clear = "harm,people,,-900,-1000,-800,5,days per 1000 residents,-1\nharm,paper,,-400,-900,100,5,days per 1000 residents,-1\n"
    said = list(texts(built(folder_of(tmp_path / "x", "explain", {"shares": rows + clear}))))
    assert said[0].startswith("“Harm”: 1 share is distinguishable from nothing: ")
    assert "−900 days per 1000 residents (95% interval −1,000 to −800)" in said[0]
    unclear = "harm,paper,,-400,-900,100,5,days per 1000 residents,-1\n"
    said = list(texts(built(folder_of(tmp_path / "y", "explain", {"shares": rows + unclear}))))
    assert said[0] == "“Harm”: no share of a mechanism is distinguishable from nothing."


def test_numbers_of_planners_questions_are_those_of_the_tables(tmp_path):
    """Printed digits too: an explanation, a staffing answer, a sweep."""
    def cells(folder):
        return next(block for block in built(folder).sections[0].blocks if isinstance(block, Table))

    shares = "measure,group,mechanism,share,low,high,n,unit,direction\nharm,people,,-912.3456,-1000.04,-800.26,5,days per 1000 residents,-1\n"
    found = cells(folder_of(tmp_path / "x", "explain", {"shares": shares}))
    assert found.rows[0][1] == -912.3456
    assert found.texts[0][1:3] == ("−912", "−1,000 to −800")
    curve = ("grid_workers,pay,measure,group,target,mean,low,high,n,unit,verdict,efficient,chosen\n"
             "24,4778000,on_time_closing_rate,all,0.8,0.7204,0.7051,0.7349,4,share,missed,True,False\n")
    found = cells(folder_of(tmp_path / "y", "staff", {"curve": curve}))
    assert found.rows[0][:2] == (24.0, 4778000.0)
    assert [found.texts[0][place] for place in (0, 1, 4, 5, 6)] == ["24", "4,778,000", "80.0", "72.0", "70.5 to 73.5"]
    summary = "scenario,measure,group,mean,low,high,n,unit,point,staff.x\nA,harm,all,70.126,61.04,79.21,4,days per 1000 residents,1,10\n"
    found = cells(folder_of(tmp_path / "z", "sweep", {"summary": summary, "points": "point,staff.x\n1,10\n"}))
    assert found.rows[0][2] == 70.126
    assert found.texts[0][1:4] == ("10", "70.1", "61.0 to 79.2")


def test_a_sweep_claims_only_what_its_intervals_hold(tmp_path):
    summary = "scenario,measure,group,mean,low,high,n,unit,point,staff.x\n" + "".join(
        f"A,harm,all,{mean},{mean - 9},{mean + 9},4,days per 1000 residents,{point},{10 * point}\n"
        for point, mean in ((1, 100), (2, 70), (3, 99)))
    differences = ("scenario,base,base_point,measure,group,base_mean,mean,difference,low,high,n,p,unit,direction,verdict,point,staff.x\n"
                   "A,A,1,harm,all,100,70,-30,-40,-20,4,0.01,days per 1000 residents,-1,better,2,20\n"
                   "A,A,1,harm,all,100,99,-1,-9,7,4,0.9,days per 1000 residents,-1,better,3,30\n")     # says better, and is not
    document = built(folder_of(tmp_path / "x", "sweep", {"summary": summary, "differences": differences,
                                                         "points": "point,staff.x\n1,10\n2,20\n3,30\n"}))
    said = list(texts(document))
    assert "from 70 days per 1000 residents (95% interval 61 to 79)" in said[0]
    assert "1 better, 1 not distinguishable, of 2; the largest clear difference is −30 days per 1000 residents" in said[1]
    table = next(block for block in document.sections[0].blocks if isinstance(block, Table))
    assert table.verdicts == ("", "better", "same")


def test_a_tornado_without_a_clear_end_says_so(tmp_path):
    points = "point,method,mean,low,high,n,a.b\n0,stated,-5,-8,-2,4,\n1,tornado,-6,-9,-3,4,0\n2,tornado,-4,-7,-1,4,1\n"
    tornado = "factor,end,value,mean,effect,low,high,n,p\na.b,low,1,-6,-1,-3,1,4,0.3\na.b,high,3,-4,1,{low},3,4,0.3\n"
    about = {"sensitivity": {"measure": "harm"}, "answer": {"en": "No flip was seen.", "zh": "未见翻转。"}}
    for name, low, words in (("x", "-1", "No setting, moved alone"), ("y", "0.2", "most of all a.b at the high end of its range, by +1.0")):
        folder = folder_of(tmp_path / name, "sensitivity", {"points": points, "tornado": tornado.format(low=low)}, **about)
        said = list(texts(built(folder)))
        assert said[0] == "No flip was seen."
        assert "“Side B” minus “Side A” is −5.0" in said[1]
        assert words in said[2]


def test_several_results_share_a_report_and_say_nothing_twice(tmp_path):
    folders = [planted(tmp_path / "x", "better"), planted(tmp_path / "y", "same", seed=5)]
    document = building.build(read(folders), "en", tmp_path)
    keys = [section.key for section in document.sections]
    assert len(keys) == len(set(keys))
    assert {"places", "r1-places", "r1-answer"} <= set(keys)
    assert sum(block.caption == "What differs between the sides" for section in document.sections for block in section.blocks
               if isinstance(block, Table)) == 1
    assert sum(key.startswith("parameters") for key in keys) == 1


def test_no_place_of_a_machine_is_in_the_command_that_makes_it_again(tmp_path):
    typed = ["staff", str(tmp_path / "my town.yaml"), "C:\\towns\\other.yaml", "--set", "run.seed=3", "--out", str(tmp_path), "--quiet",
             "--store=/somewhere", "--jobs", "2", "--demand", "0.5..2"]
    kept = Kept(tmp_path / "x", "staff", {"program": {"typed": typed}})
    assert command_of(kept) == "nine-dragons staff 'my town.yaml' other.yaml --set run.seed=3 --demand 0.5..2"
    kept = Kept(tmp_path / "my result", "compare", {"replications": 4})
    assert command_of(kept) == "nine-dragons extend 'my result' --replications 4 --fresh"
    folder = planted(tmp_path / "x", "better")
    assert not [text for text in texts(built(folder)) if str(tmp_path) in text]


def test_a_name_that_begins_with_a_number_has_no_unit():
    assert Parameter("centres.subjects.livelihood.title", "12345 and livelihood").quantity == ("12345 and livelihood", "")
    assert Parameter("staff.desk.wage", "120000 CNY/year").quantity == ("120000", "CNY/year")


@pytest.mark.skipif(sys.platform == "win32", reason="a shell script stands for the browser")
def test_a_browser_that_fails_is_named(tmp_path, monkeypatch, capsys):
    folder = planted(tmp_path / "x", "better")
    program = tmp_path / "browser"
    program.write_text("#!/bin/sh\necho 'no screen' >&2\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv(pdf.ENVIRONMENT, str(program))
    assert main(["report", str(folder), "--format", "html,pdf", "--lang", "en"]) == 2
    said = capsys.readouterr().err
    assert "made no PDF: no screen" in said
    assert (folder / "report-en.html").exists()
    assert not list(folder.glob("*.pdf"))


class Page(HTMLParser):
    """What a test looks at in a page."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.tags, self.links, self.lang, self.images = [], [], [], None, []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.tags.append(tag)
        self.lang = found.get("lang", self.lang)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found[name] for name in ("href", "src") if name in found]
        if found.get("role") == "img":
            self.images.append(found.get("aria-label"))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_the_page_needs_nothing_else(tmp_path, lang):
    folder = planted(tmp_path / "x", "better")
    assert main(["report", str(folder), "--lang", lang, "--quiet", "--store", str(tmp_path / "store.sqlite")]) == 0
    text = (folder / f"report-{lang}.html").read_text(encoding="utf-8")
    page = Page(text)
    assert page.lang == {"en": "en", "zh": "zh-CN"}[lang]
    assert len(page.ids) == len(set(page.ids))
    assert {link for link in page.links if not link.startswith("#")} == set()
    assert {link[1:] for link in page.links} <= set(page.ids)
    assert page.images
    assert all(page.images)
    assert page.tags.count("h1") == 1
    assert page.tags.count("svg") >= 2
    assert "@import" not in text
    assert "url(http" not in text
    assert "<script src" not in text


def test_what_somebody_edited_is_not_written_over(tmp_path):
    folder, out = planted(tmp_path / "x", "better"), tmp_path / "out"
    assert [path.name for path in writing.report([folder], out=out)[1]] == ["report-en.html"]
    assert [path.name for path in writing.report([folder], out=out)[1]] == ["report-en.html"]
    (out / "report-en.html").write_text("mine", encoding="utf-8")
    assert [path.name for path in writing.report([folder], out=out)[1]] == ["report-en-2.html"]
    assert (out / "report-en.html").read_text(encoding="utf-8") == "mine"


def test_names_are_escaped(tmp_path):
    folder = planted(tmp_path / "x", "better")
    text = (folder / "manifest.json").read_text(encoding="utf-8").replace("Side A", "<script>A & B</script>")
    (folder / "manifest.json").write_text(text, encoding="utf-8")
    made = html.page(built(folder))
    assert "<script>A" not in made
    assert "&lt;script&gt;A &amp; B" in made
