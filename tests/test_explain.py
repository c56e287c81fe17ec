"""Explain: every mixture is the same city, shares are those of planted games, harm shows as harm, and nothing is run twice."""

import json
import os
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from test_charts import text_faults

from sim import compare, explain, load
from sim.base import ScenarioError
from sim.cli import main
from sim.explain import game, planned, run
from sim.explain import running as runs
from sim.explain.answer import Explanation
from sim.i18n import LANGUAGES
from sim.mechanisms import GROUPS, MECHANISMS, OTHER, differing
from sim.organisation import Organisation, allot
from sim.results import RunFacts
from sim.shapley import shapley

ROOT = Path(__file__).resolve().parent.parent
PAIR = ("small/fragmented", "small/integrated")
SHORT = {"run.warm_up": "0 s", "run.horizon": "1 day", "run.run_out": "0 s"}
HOW = {"jobs": 1, "engine": "simpy"}


@cache
def sides():
    """The small pair, read once."""
    return tuple(load(name, SHORT) for name in PAIR)


# --- the table of mechanisms ----------------------------------------------------------------------------------------------------


def test_every_block_of_the_organisation_has_its_group() -> None:
    """A mechanism that is added needs a row in `sim.mechanisms.MECHANISMS`: its group and its title."""
    assert set(MECHANISMS) == set(Organisation.model_fields)
    assert {one.group for one in MECHANISMS.values()} <= set(GROUPS) - {OTHER}
    assert len({one.title for one in MECHANISMS.values()}) == len(MECHANISMS)


def test_what_is_off_on_both_sides_does_not_differ() -> None:
    base = Organisation()
    off = Organisation.model_validate({"supervision": {"on": False, "yellow": 0.5}, "signal": {"pass_on": 0.5}})
    assert differing(base, off)[0] == ["signal"]
    assert "supervision" in differing(base, off)[1]
    assert differing(base, Organisation.model_validate({"supervision": {"on": True}}))[0] == ["supervision"]


# --- mixtures ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", ["jimei", "small", "specialists"])
def test_every_mixture_has_the_same_city_heads_and_pay(pair) -> None:
    made = game(f"{pair}/fragmented", f"{pair}/integrated", everything=True)
    totals = set()
    for coalition in {0, made.everyone, *np.random.default_rng(1).integers(1, made.everyone, 4).tolist()}:
        mixture = made.scenario(coalition)
        assert (mixture.city, mixture.issues) == (made.base.city, made.base.issues)
        pools = allot(mixture).pools
        totals.add((sum(pool.members for pool in pools), sum(pool.pay for pool in pools)))
    assert len(totals) == 1


def test_a_mixture_takes_whole_switches_and_all_of_them_make_the_other_side() -> None:
    made = game(*sides(), everything=True)
    keys = [unit[0] for unit in made.units]
    some = made.scenario(1 << keys.index("centres") | 1 << keys.index("authority")).organisation
    assert (some.centres, some.authority) == (made.other.organisation.centres, made.other.organisation.authority)
    assert (some.ledger, some.grid_workers) == (made.base.organisation.ledger, made.base.organisation.grid_workers)
    all_but_one = made.scenario(made.everyone & ~(1 << keys.index("ledger")))
    ledger = made.other.organisation.model_copy(update={"ledger": made.base.organisation.ledger})
    assert all_but_one.organisation == ledger
    assert made.scenario(made.everyone) is made.other


def test_groups_are_whole_or_looked_into() -> None:
    assert [part.key for part in game(*sides()).parts] == ["people", "information", "authority", "oversight"]
    within = game(*sides(), within=["oversight"])
    assert [part.key for part in within.parts][-3:] == ["oversight", "oversight.supervision", "oversight.verification"]
    assert [len(group) for group in within.groups] == [1, 1, 1, 2]
    assert within.units[0] == ("centres", "grid_workers")
    single = load(PAIR[1], {**SHORT, "organisation.verification.on": False})
    alone = game(sides()[0], single, within=["oversight"]).parts[-1]
    assert (alone.key, alone.title) == ("oversight", "Oversight: Supervision")


def faults(*words, **how):
    with pytest.raises(ScenarioError) as caught:
        planned(*words, **how)
    return [(fault.path, fault.nearest) for fault in caught.value.faults], str(caught.value)


def test_what_cannot_be_explained_is_said() -> None:
    found, text = faults(sides()[0], load(PAIR[1], ["city.residents=30000", "run.horizon=100 days", "run.warm_up=0 s", "run.run_out=0 s"]))
    assert [path for path, _near in found] == ["run.horizon", "city.residents"]
    assert "must be one city with the same issues" in text
    assert "settings more of city, issues and run differ" in faults(sides()[0], "jimei/integrated")[1]
    assert "differs from small-fragmented in nothing" in faults(sides()[0], sides()[0])[1]
    assert "has no organisation" in faults("theory/mm1", sides()[1])[1]
    assert faults(*sides(), within=["peopel"])[0] == [("peopel", ("people",))]
    assert "nothing differs in this group; there are people, information" in faults(*sides(), within=["prevention"])[1]
    assert faults(*sides(), measures=["hram"], precision=["harm@street:S=2"])[0] == [("hram", ("harm",)), ("", ())]
    assert "two replications take 32 runs" in faults(*sides(), runs=31)[1]


def test_settings_outside_the_organisation_are_one_more_player() -> None:
    more = load(PAIR[1], {**SHORT, "staff.grid_workers.heads": 28, "residents.phone_patience": "5 min", "run.seed": 5})
    made = game(sides()[0], more, within=["people"])
    assert made.parts[-1].key == "other"
    assert set(made.outside) == {"staff.grid_workers.heads", "residents.phone_patience"}
    alone = made.scenario(made.parts[-1].coalition)
    assert alone.staff.grid_workers.heads == 28
    assert alone.organisation == made.base.organisation
    found = run_planted(planned(sides()[0], more, measures=["harm"]), lambda keys, luck: [3.0 * len(keys) + luck])
    assert found.shares["group"].tolist() == ["people", "information", "authority", "oversight", "other"]
    assert found.shares["share"].tolist() == pytest.approx([3.0] * 5)
    assert "“Other settings” are 2 settings" in " ".join(found.answer("en"))


# --- planted games ------------------------------------------------------------------------------------------------------------------


def run_planted(plan, worth, **how):
    """Run a plan whose mixtures are worth what a function of their parts' keys and a normal number of the replication says."""
    blocks = [part for part in plan.game.parts if part.mechanism or not plan.game.inside(part.group)]

    def up_to(self, replications):
        for number in range(replications):
            luck = np.random.default_rng(number).normal()
            for coalition in plan.coalitions(number):
                keys = {part.key for part in blocks if coalition & part.coalition == part.coalition}
                self.held[coalition, number] = np.array(worth(keys, luck), float)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(runs._Taking, "up_to", up_to)
        return run(plan, jobs=1, store=":memory:", **how)


def tangled(keys, luck):
    """People help, oversight harms, information and authority substitute each other, and luck moves everything."""
    return [100 + luck - (20 + luck) * ("people" in keys) + 5 * ("oversight" in keys) - 8 * bool({"information", "authority"} & keys)]


def test_shares_of_a_planted_game_are_its_shapley_values_and_add_up() -> None:
    plan = planned(*sides(), measures=["harm"], replications=20)
    found = run_planted(plan, tangled)
    mean = np.random.default_rng
    luck = np.mean([mean(number).normal() for number in range(20)])
    names = ["people", "information", "authority", "oversight"]
    worth = [tangled({names[bit] for bit in range(4) if mask >> bit & 1}, luck)[0] for mask in range(16)]
    assert found.shares["share"].to_numpy() == pytest.approx(shapley(worth))
    assert found.shares["share"].sum() == pytest.approx(found.summary["difference"][0], rel=1e-12)
    assert found.of("harm").sum(axis=0) == pytest.approx(found.differences("harm"), rel=1e-12)      # in every replication
    assert found.shares["verdict"].tolist() == ["helps", "helps", "helps", "harms"]
    assert found.shares["error"].tolist() == pytest.approx([np.std([mean(n).normal() for n in range(20)], ddof=1) / np.sqrt(20), 0, 0, 0])
    assert found.shares["error_of_orders"].tolist() == [0] * 4
    pair = found.interactions.iloc[0]
    assert (pair["first"], pair["second"], pair["kind"]) == ("information", "authority", "substitute each other")
    assert pair["index"] == pytest.approx(8)
    assert found.interactions["kind"].tolist()[1:] == ["not distinguishable"] * 5
    ends = found.ends.set_index("group")
    assert ends.loc["authority", ["on", "share", "off"]].tolist() == pytest.approx([-8, -4, 0])
    said = " ".join(found.answer("en"))
    assert "What harms: Oversight +5" in said
    assert "“Information” and “Authority” substitute each other" in said
    assert said.index("People") < said.index("Information")


def test_looking_into_a_group_leaves_the_groups_as_they_were() -> None:
    def worth(keys, luck):
        people = len({"people", "people.centres", "people.grid_workers"} & keys)
        whole = people * (2 if "people" in keys else 1)
        return [100 + luck - (10 + luck) * whole - 3 * (1 + luck) * ("oversight" in keys) + whole * ("information" in keys)]

    plain, inside = (run_planted(planned(*sides(), measures=["harm"], within=within, replications=9), worth) for within in ((), ["people"]))
    groups = inside.shares[inside.shares["mechanism"] == ""].reset_index(drop=True)
    pd.testing.assert_frame_equal(groups, plain.shares)
    assert inside.shares["mechanism"].tolist()[:3] == ["", "centres", "grid_workers"]
    assert inside.shares["share"][1:3].sum() == pytest.approx(inside.shares["share"][0])


def test_more_is_better_turns_the_words_and_neither_leaves_them_plain() -> None:
    plan = planned(*sides(), measures=["satisfaction", "utilisation"], replications=4)
    found = run_planted(plan, lambda keys, luck: [0.5 + 0.01 * luck + 0.1 * ({"people", "information"} <= keys) - 0.1 * ("oversight" in keys),
                                                  0.5 + 0.1 * ("people" in keys) - 0.2 * ("authority" in keys)])
    of = found.shares.set_index(["measure", "group"])["verdict"]
    assert of["satisfaction"].tolist() == ["helps", "helps", "not distinguishable", "harms"]
    assert of["utilisation"].tolist() == ["raises it", "not distinguishable", "lowers it", "not distinguishable"]
    assert found.interactions["kind"][0] == "reinforce each other"


def test_two_that_do_the_same_harm_substitute_each_other() -> None:
    def worth(keys, luck):
        return [0.5 + 0.01 * luck - 0.1 * bool({"people", "oversight"} & keys) + 0.1 * ("information" in keys) * ("authority" not in keys)
                - 0.05 * ("authority" in keys)]

    found = run_planted(planned(*sides(), measures=["satisfaction"], replications=5), worth)
    kinds = found.interactions.set_index(["first", "second"])["kind"]
    assert found.shares["verdict"].tolist() == ["harms", "helps", "harms", "harms"]
    assert kinds["people", "oversight"] == "substitute each other"
    assert kinds["information", "authority"] == "substitute each other"     # one spoils what the other would do


def test_sampled_orders_give_the_same_on_average_and_a_larger_error() -> None:
    def worth(keys, luck):
        """Three things that all need each other: a pair of orders cannot know who brings it."""
        inside = {"people.centres", "people.grid_workers", "information.ledger", "oversight.supervision"}
        return [50 + luck - 30 * (inside <= keys) - 4 * ("authority.force" in keys)]

    shares = {}
    for method in ("exact", "orders"):
        plan = planned(*sides(), measures=["harm"], everything=True, method=method, replications=80)
        shares[method] = run_planted(plan, worth)
    exact, sampled = (shares[method].shares for method in ("exact", "orders"))
    apart = np.abs(exact["share"] - sampled["share"])
    assert (apart <= 4 * np.hypot(exact["error"], sampled["error"]) + 1e-9).all()
    assert sampled["error_of_orders"][0] == pytest.approx(sampled["error"][0], rel=0.25)        # there is no other noise in it
    assert exact["error"].max() < 1e-9
    for table in (exact, sampled):
        groups, single = table[table["mechanism"] == ""], table[table["mechanism"] != ""]
        assert groups["share"].sum() == pytest.approx(shares["exact"].summary["difference"][0], rel=1e-12)
        assert single.groupby("group")["share"].sum()["people"] == pytest.approx(groups.set_index("group")["share"]["people"])
    assert len(shares["orders"].plan.coalitions(0)) < 80 < len(shares["exact"].plan.coalitions(0)) == 208
    said = " ".join(shares["orders"].answer("en"))
    assert "2 orders and their reverses in each of 80 replications, 320 orders in all" in said


def test_what_is_not_defined_or_has_no_bound_somewhere_is_not_divided() -> None:
    def worth(keys, luck):
        return [np.nan if keys == {"people", "authority"} and luck < 0 else 5 + luck + len(keys),
                np.inf if keys == {"people"} and luck > 1 else 5.0, 2.0 + len(keys)]

    plan = planned(*sides(), measures=["satisfaction", "time_to_resolution_p90", "harm"], replications=30)
    found = run_planted(plan, worth)
    there = sum(np.random.default_rng(number).normal() >= 0 for number in range(30))
    assert found.summary["n"].tolist() == [there, 0, 30]
    assert found.shares["share"][:4].tolist() == pytest.approx([1] * 4)
    assert found.shares["share"][4:8].isna().all()
    said = " ".join(found.answer("en"))
    assert "cannot be divided" in said
    assert "do not count for it: satisfaction" in said


def test_replications_are_added_until_every_share_is_narrow_enough() -> None:
    plan = planned(*sides(), precision=["harm=2"], replications=3)
    found = run_planted(plan, lambda keys, luck: [100 - 20 * len(keys) * (1 + 0.1 * luck)])
    assert plan.measures == ("harm",)
    assert found.precision.reached
    assert found.facts.replications == found.precision.n == len(found.worths) > 8
    assert (found.shares["high"] - found.shares["low"]).max() / 2 <= 2
    assert found.precision.sentences().startswith("The precision is reached with")
    again = run_planted(planned(*sides(), precision=["harm=2"], replications=3), lambda keys, luck: [100 - 20 * len(keys) * (1 + 0.1 * luck)])
    pd.testing.assert_frame_equal(found.shares, again.shares)
    never = run_planted(planned(*sides(), precision=["harm=0.5%"], replications=3), lambda keys, luck: [100 - 20 * len(keys) * (1 + luck)],
                        at_most=12)
    assert not never.precision.reached
    assert (never.facts.replications, never.precision.table["met"].any()) == (12, False)
    assert "The precision is not reached with 12 replications" in never.precision.sentences()
    assert "It would take about" in never.precision.sentences()


def test_a_number_of_runs_says_how_many_replications() -> None:
    assert len(run_planted(planned(*sides(), measures=["harm"], runs=100), tangled).worths) == 6
    plan = planned(*sides(), measures=["harm"], everything=True, method="orders", runs=300)
    found = run_planted(plan, lambda keys, luck: [luck])
    assert plan.runs(len(found.worths)) <= 300 < plan.runs(len(found.worths) + 1)
    both = run_planted(planned(*sides(), precision=["harm=1%"], runs=160), tangled)
    assert (both.facts.replications, both.precision.reached) == (10, False)


def test_all_mixtures_are_run_where_they_are_cheaper() -> None:
    assert planned(*sides()).method == "exact"
    assert planned(*sides(), within=["people"]).method == "exact"
    assert planned(*sides(), everything=True).method == "orders"
    assert planned(*sides(), everything=True, method="exact").method == "exact"


# --- written and drawn ----------------------------------------------------------------------------------------------------------------


def planted(everything=False, spoil=None, replications=6, measure="harm"):
    plan = planned(*sides(), measures=[measure], everything=everything, method="exact" if not everything else "orders")
    luck = np.random.default_rng(3)
    push = luck.normal(0, 0.1, len(plan.game.units))
    worths = []
    for replication in range(replications):
        noise = luck.normal(0, 0.02, len(push))
        worths.append({one: np.array([0.5 + sum((push + noise)[bit] for bit in range(len(push)) if one >> bit & 1) if spoil is None else spoil])
                       for one in plan.coalitions(replication)})
    return Explanation(plan, tuple(worths), RunFacts(1, replications, 1, "", 1.0, 0, 1, "model"))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("options", [{}, {"everything": True}, {"replications": 1, "measure": "utilisation"}, {"spoil": np.nan}, {"spoil": 5.0},
                                     {"measure": "on_time_closing_rate", "everything": True}], ids=str)
def test_no_text_overlaps_or_is_cut_off(options, lang) -> None:
    found = planted(**options)
    assert text_faults(found.plot(found.plan.measures[0], lang=lang)) == []
    assert found.answer(lang)


def test_the_chart_leads_from_one_organisation_to_the_other() -> None:
    from sim.charts.waterfall import frame

    found = planted(everything=True)
    data = frame(found, "harm")
    groups = data[data["level"] != "mechanism"]
    assert groups["start"].to_numpy()[1:] == pytest.approx(groups["end"].to_numpy()[:-1])
    assert data["end"].iloc[-1] == pytest.approx(data["start"].iloc[0] + found.summary["difference"][0])
    assert groups["end"].iloc[-2] == pytest.approx(data["end"].iloc[-1])
    with pytest.raises(ValueError, match="was explained"):
        found.plot("wait_mean")


def test_the_result_folder(tmp_path) -> None:
    found = planted(everything=True)
    place = found.write(tmp_path / "out", lang="zh")
    manifest = json.loads((place / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["files"]) == {"shares.csv", "ends.csv", "interactions.csv", "summary.csv", "measures.csv",
                                      *(f"charts/waterfall-harm.{kind}" for kind in ("png", "svg", "csv"))}
    assert manifest["explain"]["method"] == "orders"
    assert manifest["explain"]["equal"] == ["burden", "integration_costs", "sensors", "three_ways", "emergencies", "queue_order", "assessment",
                                            "case_owners", "padding", "screening", "root_causes", "participation"]
    assert manifest["answer"]["en"] == found.answer("en") != found.answer("zh")
    shares = pd.read_csv(place / "shares.csv")
    assert shares["share"].tolist() == pytest.approx(found.shares["share"].tolist())
    assert found.write(tmp_path / "out", charts=False) == place
    assert not (place / "charts" / "waterfall-harm.png").exists()
    assert planted().write(tmp_path / "out", charts=False).name == "out-2"


# --- real runs --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.slow
def test_real_shares_are_those_of_the_mixtures_and_nothing_is_run_twice(tmp_path) -> None:
    store = tmp_path / "runs.sqlite"
    first = explain(*sides(), measures=["harm", "utilisation"], replications=1, store=store, **HOW)
    assert (first.facts.total, first.facts.reused) == (16, 0)
    assert first.shares.groupby("measure")["share"].sum().to_dict() == pytest.approx(
        dict(zip(first.summary["measure"], first.summary["difference"], strict=True)), rel=1e-9)
    known = compare(list(sides()), replications=1, jobs=1, engine="simpy", store=store).verdicts.set_index("measure")
    assert known.loc["harm", "difference"] == pytest.approx(first.summary.set_index("measure").loc["harm", "difference"])
    more = explain(*sides(), measures=["harm"], within=["oversight"], replications=1, store=store, **HOW)
    assert (more.facts.total, more.facts.reused) == (32, 16)
    assert more.shares.set_index(["group", "mechanism"])["share"]["people"].tolist() == pytest.approx(
        first.shares[first.shares["measure"] == "harm"].set_index("group")["share"][["people"]].tolist())


@pytest.mark.slow
def test_sampled_orders_of_the_small_district_whatever_the_number_of_jobs(tmp_path) -> None:
    tables = []
    weeks = {"run.warm_up": "5 days", "run.horizon": "10 days", "run.run_out": "5 days"}
    for jobs in (1, 2):
        found = explain(*PAIR, within=["people", "information"], method="orders", orders=1, replications=2, jobs=jobs, engine="simpy",
                        fixed=weeks, store=tmp_path / f"{jobs}.sqlite")
        assert found.shares["share"].notna().all()
        tables.append(found.tables)
    for name, table in tables[0].items():
        pd.testing.assert_frame_equal(table, tables[1][name])


# --- the command --------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def out(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NINE_DRAGONS_STORE", str(tmp_path / "runs.sqlite"))
    return tmp_path


WORDS = ("explain", *PAIR, *(word for path, value in SHORT.items() for word in ("--set", f"{path}={value}")), "--engine", "simpy",
         "--replications", "1", "--jobs", "1")


def test_the_command(capsys, out) -> None:
    assert main([*WORDS, "--measure", "harm", "--lang", "en"]) == 0
    shown = capsys.readouterr()
    assert "all 16 mixtures are run in each replication" in shown.err
    assert "The whole difference" in shown.out
    assert "Replications in all: 16, of these kept from earlier runs: 0." in shown.out
    assert main([*WORDS, "--measure", "harm", "--quiet", "--json", "--no-charts"]) == 0
    shown = capsys.readouterr()
    said = json.loads(shown.out)
    assert shown.err == ""
    assert (said["method"], said["reused"], said["total"]) == ("exact", 16, 16)
    assert {row["group"] for row in said["shares"]} == {"people", "information", "authority", "oversight"}
    assert sum(row["share"] for row in said["shares"]) == pytest.approx(said["summary"][0]["difference"], rel=1e-9)
    assert main(["explain", PAIR[0], PAIR[0], "--lang", "en"]) == 2
    assert "in nothing that could be explained" in capsys.readouterr().err
    assert main(["explain", PAIR[0], "--lang", "en"]) == 2
    assert main(["explain", *PAIR, "--within", "authorty", "--lang", "en"]) == 2
    assert "did you mean authority?" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX")
@pytest.mark.parametrize("stop", [pytest.param(signal.SIGINT, id="ctrl-c"),
                                  pytest.param(getattr(signal, "SIGKILL", None), id="kill")])
def test_a_stopped_command_goes_on_where_it_was(out, stop) -> None:
    words = [sys.executable, "-m", "sim", *WORDS, "--measure", "harm", "--no-charts", "--lang", "en"]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=env)
    for line in process.stderr:
        if line.startswith("[3/"):
            process.send_signal(stop)
            break
    _shown, err = process.communicate(timeout=60)
    assert process.returncode == (130 if stop == signal.SIGINT else -stop), err
    if stop == signal.SIGINT:
        assert "of 16 replications are finished and kept" in err
    done = subprocess.run([*words, "--json", "--quiet"], capture_output=True, text=True, env=env, check=True, timeout=60)
    said = json.loads(done.stdout)
    assert 3 <= said["reused"] < said["total"] == 16
