"""Which engine runs, that results do not depend on it, and that compiled work stops as promptly as any other."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
import tomllib
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest

from sim import compiling, engines, run, session, workers
from sim.cli import commands, main
from sim.compiling import Stopped
from sim.engines import COMPILED, SIMPY, EngineMissing, choose, expected_arrivals, seconds_on_simpy
from sim.experiment import trace
from sim.outcome import count
from sim.progress import Bar, Lines, Progress
from sim.results import engines_of
from sim.scenario import from_dict
from sim.session import Interrupted, Session
from sim.store import Record, Store
from sim.workers import perform, work_off

ROOT = Path(__file__).parent.parent
QUICK = ("--replications", "2", "--jobs", "1", "--no-charts")


def desk(heads=1, days=20, **arrivals):
    """A counter with a queue, open day and night."""
    how = arrivals or {"kind": "poisson", "rate": "4 per hour"}
    queue = {"pools": {"clerk": {"heads": heads}},
             "classes": {"all": {"arrivals": how, "entry": "clerk", "service": {"clerk": {"exponential": {"mean": "10 min"}}}}}}
    settings = {"warm_up": "1 day", "horizon": f"{days} days", "run_out": "1 day", "replications": 3}
    return from_dict({"name": "desk", "run": settings, "calendars": {"holidays": "none"}, "bare": queue})


class FakeEngine(ModuleType):
    """Stands for the compiled engine: does what it does, by SimPy, and notes who asked in which thread."""

    def __init__(self):
        super().__init__("sim.engine_numba")
        self.__spec__ = ModuleSpec(self.__name__, None)
        self.asked: list[tuple[str, str]] = []

    def simulate(self, tables, draws, stop=None):
        from sim.engine_simpy import simulate
        self.asked.append(("simulate", threading.current_thread().name))
        return simulate(tables, draws)

    def outcome(self, tables, draws, stop=None):
        from sim.engine_simpy import simulate
        self.asked.append(("outcome", threading.current_thread().name))
        timeline = simulate(tables, draws)
        return count(timeline, tables), len(timeline)


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A folder for compiled code of this test alone."""
    monkeypatch.setenv(compiling.ENVIRONMENT, str(tmp_path / "cache"))
    compiling.cache_folder.cache_clear()
    yield tmp_path / "cache"
    compiling.cache_folder.cache_clear()


@pytest.fixture
def fast(monkeypatch, cache):
    """Numba is installed, works, and has compiled the engine before; the engine is the fake one."""
    fake = FakeEngine()
    monkeypatch.setitem(sys.modules, "sim.engine_numba", fake)
    monkeypatch.setattr(compiling, "available", lambda: True)
    monkeypatch.setattr(engines, "_trouble", lambda: "")
    compiling.mark_warm("city", "bare", "city-events", "bare-events")
    return fake


@pytest.fixture
def slow(monkeypatch):
    """Numba is not installed."""
    monkeypatch.setattr(compiling, "available", lambda: False)


# --- the choice -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("work", "warm", "jobs", "engine"), [
    ([0.1] * 3, True, 1, SIMPY), ([0.1] * 300, True, 1, COMPILED), ([0.1] * 300, False, 1, SIMPY), ([10.0] * 300, False, 1, COMPILED),
    ([0.6] * 2, True, 1, COMPILED), ([0.6] * 2, True, 2, SIMPY), ([], True, 1, SIMPY)])
def test_auto_takes_the_engine_that_is_done_first(fast, work, warm, jobs, engine):
    assert choose("auto", work, warm=warm, jobs=jobs) == (engine, "")


def test_auto_reads_no_further_than_it_must(fast):
    def endless():
        while True:
            yield 1.0

    assert choose("auto", endless(), warm=True).engine == COMPILED


def test_without_numba_auto_runs_on_simpy_and_says_what_would_be_faster(slow):
    engine, hint = choose("auto", [1e9])
    assert engine == SIMPY
    assert compiling.INSTALL in hint


def test_compiled_without_numba_is_a_sentence_with_the_command(slow):
    with pytest.raises(EngineMissing, match="not installed: python -m pip install"):
        choose("compiled", [])


def test_a_numba_that_does_not_work_is_as_none(fast, monkeypatch):
    monkeypatch.setattr(engines, "_trouble", lambda: "Numba needs NumPy 2.9 or less")
    assert choose("auto", [1e9]) == (SIMPY, "Runs on the SimPy engine, for Numba does not work here (Numba needs NumPy 2.9 or less).")
    with pytest.raises(EngineMissing, match=r"2\.9 or less"):
        choose("compiled", [1e9])


def test_an_engine_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="no engine 'magic'"):
        run(desk(), engine="magic", store=":memory:")


def test_the_command_line_and_the_installer_say_the_same():
    assert commands.ENGINES == engines.ENGINES
    extra = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]["fast"]
    assert "python -m pip install " + " ".join(f'"{one}"' for one in extra) == compiling.INSTALL


@pytest.mark.parametrize(("arrivals", "expected"), [
    ({"kind": "poisson", "rate": "4 per hour"}, 4 * 24 * 22),
    ({"kind": "deterministic", "every": "1 h"}, 24 * 22),
    ({"kind": "renewal", "gap": {"erlang": {"mean": "1 h", "stages": 3}}}, 24 * 22),
    ({"kind": "renewal", "gap": {"uniform": {"low": "30 min", "high": "90 min"}}}, 24 * 22),
    ({"kind": "batches", "rate": "1 per hour", "size": [1, 3]}, 2 * 24 * 22),
    ({"kind": "sinusoidal", "rate": "1 per hour", "amplitude": 0.5, "period": "1 day"}, 24 * 22),
])
def test_the_work_is_estimated_from_what_is_expected_to_arrive(arrivals, expected):
    tables = desk(**arrivals).tables()
    assert expected_arrivals(tables) == pytest.approx(expected, rel=0.01)
    assert seconds_on_simpy(tables) == expected_arrivals(tables) / engines.BARE_ARRIVALS_A_SECOND


# --- running ----------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2])
def test_either_engine_gives_the_same_records(fast, jobs):
    simpy, compiled = (run(desk(), engine=engine, jobs=jobs, store=":memory:") for engine in (SIMPY, COMPILED))
    assert [record[:3] for record in simpy.records] == [record[:3] for record in compiled.records]
    assert ([record.engine for record in simpy.records], [record.engine for record in compiled.records]) == (
        [SIMPY] * 3, [COMPILED] * 3)
    assert len(fast.asked) == 3


def test_compiled_replications_run_in_threads_of_this_process(fast):
    run(desk(), engine=COMPILED, jobs=2, store=":memory:")
    assert all(name.startswith("replication") for _what, name in fast.asked)


def test_where_nothing_is_compiled_yet_the_first_replication_does_it_alone_and_it_is_said(fast, cache):
    class Told(Progress):
        said: list = []     # noqa: RUF012

        def compiling(self, begins):
            self.said.append((begins, len(fast.asked)))

    for mark in cache.glob("*/complete-*"):
        mark.unlink()
    run(desk(), engine=COMPILED, jobs=2, store=":memory:", progress=Told())
    assert fast.asked[0] == ("outcome", "MainThread")
    assert Told.said == [(True, 0), (False, 1)]
    assert compiling.is_warm("bare")
    assert not compiling.is_warm("city")
    run(desk(), engine=COMPILED, jobs=2, store=":memory:", progress=Told())
    assert len(Told.said) == 2


def test_what_one_engine_ran_the_other_reuses(fast, tmp_path):
    run(desk(), engine=SIMPY, replications=1, jobs=1, store=tmp_path)
    mixed = run(desk(), engine=COMPILED, jobs=1, store=tmp_path)
    assert mixed.facts.reused == 1
    assert engines_of([mixed]) == {"compiled": 2, "simpy": 1}
    folder = mixed.write(tmp_path / "out", charts=False)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["program"]["engine"] == "compiled + simpy"
    assert manifest["runs"]["engines"] == {"compiled": 2, "simpy": 1}
    assert "numba" in manifest["libraries"]


def test_the_timeline_is_the_same_from_either_engine(fast, tmp_path):
    for engine in (SIMPY, COMPILED):
        run(desk(), engine=engine, jobs=1, store=":memory:", timeline_dir=tmp_path / engine)
    assert [what for what, _name in fast.asked] == ["simulate", "outcome", "outcome"]
    for name in ("desk.csv", "desk.customers.csv"):
        assert (tmp_path / SIMPY / name).read_bytes() == (tmp_path / COMPILED / name).read_bytes()


def test_a_worker_without_numba_does_it_on_simpy(slow):
    with Session(seed=1, engine=SIMPY, store=":memory:") as here:
        task = here.task(desk(), 0)
    assert perform(task._replace(engine=COMPILED))[:3] == perform(task)[:3]
    assert perform(task._replace(engine=COMPILED)).engine == SIMPY


def test_a_story_is_the_same_from_either_engine(fast):
    assert trace(desk(), [0, 5], engine=SIMPY) == trace(desk(), [0, 5], engine=COMPILED)
    assert fast.asked == [("simulate", "MainThread")]


# --- stopping ---------------------------------------------------------------------------------------------------------------


def test_ctrl_c_stops_threads_and_keeps_what_is_finished(fast, tmp_path, monkeypatch):
    """One replication is finished, the others are far from it: all end at once, and the finished one is kept."""
    begun, stopped = [], []

    def endless(task, stop=None):
        if task.key.replication == 0:
            return Record(b"x", "i", 1, 0.0, COMPILED)
        assert stop is not None
        begun.append(task.key.replication)
        while not stop.wait(0.01):
            pass
        stopped.append(task.key.replication)
        raise Stopped

    class Impatient(Progress):
        def tick(self):
            if self.finished and len(begun) == 2:
                raise KeyboardInterrupt

    monkeypatch.setattr(session, "work_off", lambda *tasks, **how: work_off(*tasks, **how, work=endless))
    began = time.monotonic()
    with pytest.raises(Interrupted) as error:
        run(desk(), engine=COMPILED, jobs=2, replications=9, store=tmp_path, progress=Impatient())
    assert time.monotonic() - began < 2
    assert (error.value.done, error.value.total) == (1, 9)
    assert set(stopped) == {1, 2}
    with Store(tmp_path / "runs.sqlite") as store:
        assert len(store) == 1


def test_a_fault_in_one_thread_stops_the_others(fast, monkeypatch):
    def broken(task, stop=None):
        if task.key.replication == 0:
            raise RuntimeError("a fault of the program")
        stop.wait(30)
        raise Stopped

    monkeypatch.setattr(session, "work_off", lambda *tasks, **how: work_off(*tasks, **how, work=broken))
    began = time.monotonic()
    with pytest.raises(RuntimeError, match="fault of the program"):
        run(desk(), engine=COMPILED, jobs=2, store=":memory:")
    assert time.monotonic() - began < 5


# --- more while it runs -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("jobs", [1, 2])
def test_whoever_takes_records_in_may_ask_for_more(fast, jobs, tmp_path):
    seen = []

    def until_seven(task, record):
        seen.append(task.key.replication)
        return [here.task(desk_, task.key.replication + 3)] if task.key.replication < 5 else None

    desk_, told = desk(days=2), Progress()
    with Session(seed=1, jobs=jobs, engine=COMPILED, store=tmp_path, progress=told) as here:
        found = here.run([here.task(desk_, number) for number in range(3)], until_seven)
        assert sorted(seen) == list(range(8)) == sorted(key.replication for key in found)
        assert (here.total, here.reused, told.total, told.finished) == (8, 0, 8, 8)
    seen.clear()
    with Session(seed=1, jobs=jobs, store=tmp_path, progress=told) as here:
        assert here.run([here.task(desk_, number) for number in range(3)], until_seven, keep=False) == {}
        assert seen == list(range(8))       # what is kept is handed over in order
        assert (here.total, here.reused, told.todo) == (8, 8, 0)


def test_a_fresh_session_runs_again_what_others_ran_but_not_its_own(tmp_path, monkeypatch):
    ran = []

    def work(task, stop=None):
        ran.append(task.key.replication)
        return Record(b"x", "i", 1, 0.0)

    monkeypatch.setattr(session, "work_off", lambda *tasks, **how: work_off(*tasks, **how, work=work))
    for _ in range(2):
        with Session(seed=1, jobs=1, engine=SIMPY, store=tmp_path, fresh=True) as here:
            for _again in range(2):
                here.run([here.task(desk(), 0)])
    assert ran == [0, 0]


def test_tables_are_made_once_for_threads_that_ask_at_once(monkeypatch):
    workers._tables.cache_clear()
    with Session(seed=1, engine=SIMPY, store=":memory:") as here:
        text = here.task(desk(days=3), 0).text
    found = []
    threads = [threading.Thread(target=lambda: found.append(workers.tables_of(text))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(tables) for tables in found}) == 1


# --- the command line -------------------------------------------------------------------------------------------------------


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "desk.yaml").write_text(desk().to_yaml(), encoding="utf-8")
    return "desk.yaml"


def said(capsys, *words):
    capsys.readouterr()
    status = main(list(words))
    shown = capsys.readouterr()
    return status, shown.out, shown.err


def test_the_hint_is_one_line_and_silent_where_nobody_reads_it(slow, file, capsys):
    assert said(capsys, "run", file, *QUICK, "--fresh")[2].count("pip install") == 1
    assert "pip install" not in said(capsys, "run", file, *QUICK)[2]        # all is kept: nothing would be faster
    for silent in (["--quiet"], ["--json"], ["--engine", "simpy"]):
        assert "pip install" not in said(capsys, "run", file, *QUICK, "--fresh", *silent)[2]


def test_asking_for_what_cannot_be_had_ends_with_2(slow, file, capsys):
    status, shown, err = said(capsys, "run", file, *QUICK, "--engine", "compiled", "--quiet")
    assert (status, shown) == (2, "")
    assert err.startswith("The compiled engine needs Numba, which is not installed: python -m pip install")
    assert "需要 Numba" in said(capsys, "run", file, *QUICK, "--engine", "compiled", "--quiet", "--lang", "zh")[2]


def test_the_engine_is_in_the_json(fast, file, capsys):
    assert json.loads(said(capsys, "run", file, *QUICK, "--engine", "compiled", "--fresh", "--json")[1])["engines"] == {"compiled": 2}


@pytest.mark.parametrize("words", [["--help"], ["check", "theory/mm1"], ["show", "theory/mm1"], ["list"], ["run", "--help"]])
def test_commands_that_run_nothing_do_not_load_numba(words):
    code = f"import sys; from sim.cli import main; main({words}); sys.exit('numba' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=False, env=os.environ | {
        "PYTHONPATH": str(ROOT)})
    assert done.returncode == 0


# --- a real interrupt, and a real kill ----------------------------------------------------------------------------------------

SCRIPT = """
import sys, time
from importlib.machinery import ModuleSpec
from types import ModuleType
from sim import compiling, engines, run
from sim.experiment import Interrupted
from sim.outcome import count
from sim.progress import Lines

class Slow(ModuleType):
    __spec__ = ModuleSpec("sim.engine_numba", None)
    ran = 0

    def outcome(self, tables, draws, stop=None):
        Slow.ran += 1
        until = time.monotonic() + (60 if Slow.ran > 2 else 0)
        if until > time.monotonic() + 1:
            print("slow now", file=sys.stderr, flush=True)
        while time.monotonic() < until:
            if stop is not None and stop.is_set():
                raise compiling.Stopped
            time.sleep(0.02)
        from sim.engine_simpy import simulate
        timeline = simulate(tables, draws)
        return count(timeline, tables), len(timeline)

if __name__ == "__main__":
    sys.modules["sim.engine_numba"] = Slow("sim.engine_numba")
    compiling.available, engines._trouble = lambda: True, lambda: ""
    store, file, jobs = sys.argv[1:]
    try:
        run(file, replications=6, engine="compiled", jobs=int(jobs), store=store, progress=Lines())
    except Interrupted as stopped:
        print(stopped, file=sys.stderr)
        sys.exit(130)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sends signals as a terminal of Unix does")
@pytest.mark.parametrize("jobs", ["1", "2"])
@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_an_interrupt_or_a_kill_keeps_what_is_finished(tmp_path, cache, jobs, how):
    """Two replications are done when it comes, the others would take a minute: it ends within two seconds, and two are kept."""
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "desk.yaml").write_text(desk(days=2).to_yaml(), encoding="utf-8")
    process = subprocess.Popen([sys.executable, str(tmp_path / "script.py"), str(tmp_path / "runs.sqlite"), str(tmp_path / "desk.yaml"),
                                jobs], stderr=subprocess.PIPE, text=True, env=os.environ | {"PYTHONPATH": str(ROOT)})
    said = []
    for line in process.stderr:
        said.append(line)
        if line.startswith("[2/6]") or (line.startswith("slow now") and any(one.startswith("[2/6]") for one in said)):
            break
    time.sleep(0.5)
    began = time.monotonic()
    process.send_signal(how)
    said += process.communicate(timeout=30)[1].splitlines(keepends=True)
    assert time.monotonic() - began < 15    # under two seconds on a machine that has nothing else to do
    assert "Traceback" not in "".join(said), "".join(said)
    assert process.returncode == (130 if how == signal.SIGINT else -signal.SIGKILL)
    if how == signal.SIGINT:
        assert said[-1].startswith("Stopped: 2 of 6 replications are finished and kept.")
    with Store(tmp_path / "runs.sqlite") as store:
        assert len(store) == 2


def test_the_first_replication_says_nothing_about_the_time_left_if_it_compiled():
    told = Progress()
    told.begin(5, 0, 2)
    told.compiling(True)
    told.done("a", 0, 60.0)
    told.compiling(False)
    assert told.left() is None
    told.done("a", 1, 2.0)
    assert 3.5 < told.left() <= 4       # two rounds of two, two seconds each


# --- what is said while it compiles -------------------------------------------------------------------------------------------


def test_compiling_is_said_once_and_beside_the_spinner(capsys):
    lines, bar = Lines(sys.stderr), Bar()
    lines.compiling(True)
    lines.compiling(False)
    assert capsys.readouterr().err == "Compiling the engine, once: about a minute. It is kept, and starts at once from then on.\n"
    bar.begin(3, 0, 2)
    bar.compiling(True)
    assert bar._state().startswith("Compiling the engine, once")
    bar.compiling(False)
    assert bar._state().startswith("0 of 3 done")
    bar.more(2, 1)
    assert bar._state().startswith("1 of 5 done, 1 of them kept from before")
    bar.end()
    assert "Compiling" not in capsys.readouterr().out       # all of it on the error stream


def test_all_works_on_a_machine_without_numba(tmp_path):
    """In a process in which it cannot be imported: a run, its hint, and a refusal."""
    words = ["run", "theory/mm1", "--replications", "1", "--no-charts", "--fresh", "--set", "run.horizon=2 days"]
    code = ("import sys; sys.modules['numba'] = None; from sim.cli import main; "
            f"print('STATUS', main({words}), main([*{words}, '--engine', 'compiled', '--quiet']))")
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True,
                          env=os.environ | {"PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"})
    assert "STATUS 0 2" in done.stdout
    assert done.stderr.count("Runs on the SimPy engine; the compiled one is dozens of times faster: python -m pip install") == 1
    assert done.stderr.count("The compiled engine needs Numba, which is not installed") == 1
