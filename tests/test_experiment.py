"""Running and comparing: what is reused, stopping and going on, and the same bits however it is run."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest

from sim import compare, extend, load, run, session, warm_up, workers
from sim.experiment import Interrupted, WorkerLost, default_jobs
from sim.progress import Lines, Progress
from sim.scenario import from_dict
from sim.session import Session
from sim.sources import model_hash
from sim.store import Key, Record, Store
from sim.workers import ModelDiffers, Task, content, perform, work_off

ROOT = Path(__file__).parent.parent
SPAWN = multiprocessing.get_context("spawn")
METHODS = multiprocessing.get_all_start_methods()


def desk(heads=1, name="desk", days=20, replications=3, **more):
    """A counter with a queue, open day and night; a run takes a moment."""
    queue = {"pools": {"clerk": {"heads": heads}},
             "classes": {"all": {"arrivals": {"kind": "poisson", "rate": "4 per hour"}, "entry": "clerk",
                                 "service": {"clerk": {"exponential": {"mean": "10 min"}}}}}}
    settings = {"warm_up": "1 day", "horizon": f"{days} days", "run_out": "1 day", "replications": replications}
    return from_dict({"name": name, "run": settings, "calendars": {"holidays": "none"}, "bare": queue} | more)


def fake_work(task):
    return Record(f"{task.text} {task.key.seed} {task.key.replication}".encode(), "issues", 1, 0.0)


@pytest.fixture
def faked(monkeypatch):
    """Runs that cost nothing; the names of the tasks in the order in which they were done."""
    done = []

    def work(task):
        done.append((task.name, task.key.replication))
        return fake_work(task)

    monkeypatch.setattr(session, "work_off", partial(work_off, work=work))
    return done


def outcomes(results):
    return [[record.outcome for record in result.records] for result in results]


# --- what is run, and in what order -----------------------------------------------------------------------------------------


def test_pairs_finish_together(faked):
    compare([desk(1, "a"), desk(2, "b")], replications=2, jobs=1, store=":memory:")
    assert faked == [("a", 0), ("b", 0), ("a", 1), ("b", 1)]


def test_what_is_kept_is_not_run_again(faked, tmp_path):
    first = run(desk(), jobs=1, store=tmp_path)
    again = run(desk(), jobs=1, store=tmp_path)
    assert len(faked) == 3
    assert (first.facts.reused, again.facts.reused, again.facts.total) == (0, 3, 3)
    assert outcomes([first]) == outcomes([again])


def test_more_replications_run_only_the_new_ones(faked, tmp_path):
    run(desk(), replications=2, jobs=1, store=tmp_path)
    run(desk(), replications=4, jobs=1, store=tmp_path)
    assert faked == [("desk", 0), ("desk", 1), ("desk", 2), ("desk", 3)]


def test_a_comparison_reuses_the_side_it_shares(faked, tmp_path):
    compare([desk(1, "a"), desk(2, "b")], replications=2, jobs=1, store=tmp_path)
    found = compare([desk(1, "a"), desk(3, "c")], replications=2, jobs=1, store=tmp_path)
    assert faked[4:] == [("c", 0), ("c", 1)]
    assert found.facts.reused == 2


@pytest.mark.parametrize("change", [{"seed": 5}, {"fresh": True}])
def test_another_seed_or_a_fresh_start_runs_again(faked, tmp_path, change):
    run(desk(), jobs=1, store=tmp_path)
    run(desk(), jobs=1, store=tmp_path, **change)
    assert len(faked) == 6


def test_an_edited_model_runs_again(faked, tmp_path, monkeypatch):
    run(desk(), jobs=1, store=tmp_path)
    monkeypatch.setattr(session, "model_hash", lambda: "edited")
    run(desk(), jobs=1, store=tmp_path)
    assert len(faked) == 6


def test_the_same_content_under_another_name_is_run_once(faked):
    title = {"en": "The same", "zh": "一样"}
    found = compare([desk(1, "a"), desk(1, "b", title=title)], replications=2, jobs=1, store=":memory:")
    assert len(faked) == 2
    assert [result.name for result in found.results] == ["a", "b"]


def test_sides_of_the_same_name_are_told_apart(faked):
    found = compare([desk(1), desk(2), desk(3)], replications=1, jobs=1, store=":memory:")
    assert [result.name for result in found.results] == ["desk", "desk_2", "desk_3"]


def test_seed_and_replications_come_from_the_first_scenario(faked):
    first, second = desk(1, "a", replications=2), desk(2, "b", replications=7)
    found = compare([first, second], jobs=1, store=":memory:")
    assert (found.facts.replications, found.facts.seed) == (2, first.run.seed)


def test_content_leaves_out_what_no_run_can_show():
    plain = content(desk().resolved())
    sourced = desk().resolved()
    sourced["run"]["seed"], sourced["description"] = 99, "for a test"
    sourced["bare"]["pools"]["clerk"]["heads"] = {"value": 1, "range": [1, 3], "source": "assumption"}
    assert content(sourced) == plain
    assert content(desk(2).resolved()) != plain
    assert content(from_dict(json.loads(plain)).resolved()) == plain


@pytest.mark.parametrize("bad", [{"replications": 0}, {"seed": -1}, {"jobs": 0}, {"replications": 2.0}, {"jobs": True}])
def test_impossible_numbers_are_refused(bad):
    with pytest.raises(ValueError, match="whole number"):
        run(desk(), store=":memory:", **bad)


def test_a_comparison_needs_two():
    with pytest.raises(ValueError, match="two"):
        compare([desk()])


def test_default_jobs_are_the_cores_there_are():
    assert 1 <= default_jobs() <= 61


# --- progress ---------------------------------------------------------------------------------------------------------------


def test_progress_counts_what_is_done_and_reused(faked, tmp_path, capsys):
    run(desk(), replications=1, jobs=1, store=tmp_path)
    run(desk(), replications=3, jobs=1, store=tmp_path, progress=Lines())
    said = capsys.readouterr().err.splitlines()
    assert said[0] == "replications: 3, of them kept from before: 1"
    assert [line.split(",")[0] for line in said[1:]] == ["[2/3] desk", "[3/3] desk"]


def test_progress_ends_even_if_the_work_fails(monkeypatch):
    class Told(Progress):
        ended = False

        def end(self):
            self.ended = True

    def broken(task):
        raise RuntimeError("a fault of the program")

    monkeypatch.setattr(session, "work_off", partial(work_off, work=broken))
    told = Told()
    with pytest.raises(RuntimeError, match="fault of the program"):
        run(desk(), jobs=1, store=":memory:", progress=told)
    assert told.ended


def test_time_left_shrinks():
    told = Progress()
    told.begin(total=9, reused=1, jobs=2)
    told.done("a", 0, 10.0)
    assert 39 < told.left() <= 40       # four rounds of two, ten seconds each
    for number in range(7):
        told.done("a", number, 10.0)
    assert told.left() == 0


def test_loading_and_compiling_say_nothing_about_the_time_left(capsys):
    """The first replication of a process loads the code, or compiles it: its time is no guide to that of the others."""
    told = Progress()
    told.begin(total=100, reused=0, jobs=2)
    for number in range(2):         # two threads load it at once
        told.done("a", number, 1.5)
        assert told.left() is None
    told.done("a", 2, 0.5)
    assert 24 < told.left() <= 24.5
    lines = Lines(sys.stdout)
    lines.begin(total=100, reused=0, jobs=1)
    lines.compiling(True)
    lines.done("a", 0, 50.0)
    lines.compiling(False)
    assert lines.left() is None
    lines.done("a", 1, 0.5)
    assert 49 < lines.left() <= 49.5
    shown = capsys.readouterr().out
    assert "took 50 s\n" in shown
    assert "about 49 s left" in shown


# --- stopping ---------------------------------------------------------------------------------------------------------------


def test_ctrl_c_keeps_what_is_finished(monkeypatch, tmp_path):
    def work(task):
        if task.key.replication == 2:
            raise KeyboardInterrupt
        return fake_work(task)

    monkeypatch.setattr(session, "work_off", partial(work_off, work=work))
    with pytest.raises(Interrupted) as stopped:
        run(desk(), replications=5, jobs=1, store=tmp_path)
    assert (stopped.value.done, stopped.value.total) == (2, 5)
    assert "2 of 5" in str(stopped.value)
    assert "continue" in str(stopped.value)
    assert isinstance(stopped.value, KeyboardInterrupt)
    with Store(tmp_path / "runs.sqlite") as store:
        assert len(store) == 2


@pytest.mark.parametrize(("options", "advice"), [
    ({"store": None}, "again to continue"), ({"store": None, "fresh": True}, "without --fresh"), ({}, "from the beginning")])
def test_what_is_said_after_ctrl_c_is_true(monkeypatch, tmp_path, options, advice):
    def work(task):
        raise KeyboardInterrupt

    monkeypatch.setenv("NINE_DRAGONS_STORE", str(tmp_path))
    monkeypatch.setattr(session, "work_off", partial(work_off, work=work))
    with pytest.raises(Interrupted, match=advice):
        run(desk(), jobs=1, **({"store": ":memory:"} | options))


def test_ctrl_c_takes_in_what_others_have_just_finished():
    """A result that is there when the user stops is kept, though nobody had looked yet."""
    tasks = [Task("", "a", Key("s", 1, number, "m")) for number in range(3)]
    taken = []

    class Instant(ThreadPoolExecutor):
        def submit(self, work, task):
            future = Future()
            if task.key.replication < 2:
                future.set_result(work(task))
            return future

    def finished(task, record):
        taken.append(task.key.replication)
        if len(taken) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work_off(tasks, finished, executor=Instant(1), work=fake_work)
    assert sorted(set(taken)) == [0, 1]


def test_ctrl_c_while_a_result_is_taken_in_counts_it_once(monkeypatch):
    class Told(Progress):
        def done(self, name, replication, seconds):
            super().done(name, replication, seconds)
            if self.finished == 1:
                raise KeyboardInterrupt

    monkeypatch.setattr(session, "work_off", partial(work_off, work=fake_work))
    told = Told()
    with ThreadPoolExecutor(1) as pool, pytest.raises(Interrupted):
        run(desk(), executor=pool, store=":memory:", progress=told, replications=1)
    assert told.finished == 1


def test_a_worker_that_dies_is_told_in_a_sentence():
    with ProcessPoolExecutor(1, mp_context=SPAWN) as pool, pytest.raises(WorkerLost, match="--jobs"):
        work_off([3], lambda task, record: None, executor=pool, work=os._exit)


SCRIPT = """
import sys
from sim import compare
from sim.experiment import Interrupted
from sim.progress import Lines
if __name__ == "__main__":
    try:
        found = compare(sys.argv[2:], replications=4, jobs=2, engine="simpy", store=sys.argv[1], progress=Lines())
        found.write(sys.argv[1] + "/out", charts=False)
    except Interrupted as stopped:
        print(stopped, file=sys.stderr)
        sys.exit(130)
"""


def started(folder, files):
    """A comparison in a process group of its own that tells what it finishes."""
    script = folder / "script.py"
    script.write_text(SCRIPT)
    return subprocess.Popen([sys.executable, str(script), str(folder), *files], stderr=subprocess.PIPE, text=True, cwd=ROOT,
                            env=os.environ | {"PYTHONPATH": str(ROOT)}, start_new_session=True)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """Two scenario files whose runs take a good half second."""
    folder = tmp_path_factory.mktemp("files")
    for heads in (1, 2):
        (folder / f"desk{heads}.yaml").write_text(desk(heads, f"desk{heads}", days=200).to_yaml(), encoding="utf-8")
    return [str(folder / f"desk{heads}.yaml") for heads in (1, 2)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory, files):
    """Result folder of a comparison that nobody stopped."""
    folder = tmp_path_factory.mktemp("whole")
    completed(folder, files)
    return folder / "out"


def completed(folder, files):
    process = started(folder, files)
    said = process.communicate(timeout=120)[1]
    assert process.returncode == 0, said
    return said


def wait_for(process, text):
    for line in process.stderr:
        if line.startswith(text):
            return
    raise AssertionError(f"{text!r} was never said")


def children(process):
    tasks = Path(f"/proc/{process.pid}/task")
    return [int(pid) for task in tasks.iterdir() for pid in (task / "children").read_text().split()]


def gone(pids, patience=10.0):
    until = time.monotonic() + patience
    while time.monotonic() < until:
        if not any(alive(pid) for pid in pids):
            return True
        time.sleep(0.1)
    return False


def alive(pid):
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="looks for processes in /proc")
@pytest.mark.parametrize("how", ["kill", "ctrl-c"])
def test_stopped_and_continued_equals_uninterrupted(tmp_path, files, whole, how):
    """Killed or stopped by Ctrl-C after a few replications and started again: the same tables to the byte, and no orphans."""
    process = started(tmp_path, files)
    wait_for(process, "[3/8]")
    workers_of_it = children(process)
    assert workers_of_it
    if how == "kill":
        process.kill()
    else:
        os.killpg(process.pid, signal.SIGINT)       # as a terminal does: everybody in the group gets it
    _out, said = process.communicate(timeout=30)
    assert process.returncode == (-signal.SIGKILL if how == "kill" else 130)
    assert "Traceback" not in said
    if how == "ctrl-c":
        assert "Start the same command again" in said
    assert gone(workers_of_it)
    assert not (tmp_path / "out").exists()
    assert not completed(tmp_path, files).startswith("replications: 8, of them kept from before: 0")
    for name in ("measures.csv", "summary.csv", "differences.csv", "daily.csv"):
        assert (tmp_path / "out" / name).read_bytes() == (whole / name).read_bytes()


# --- the same bits ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def expected():
    return outcomes(compare([desk(1, "a"), desk(2, "b")], jobs=1, store=":memory:").results)


def test_more_processes_change_nothing(expected):
    found = compare([desk(1, "a"), desk(2, "b")], jobs=2, store=":memory:")
    assert outcomes(found.results) == expected


@pytest.mark.parametrize("method", [method for method in ("spawn", "forkserver") if method in METHODS])
def test_the_way_processes_start_changes_nothing(expected, method):
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context(method)) as pool:
        assert outcomes(compare([desk(1, "a"), desk(2, "b")], executor=pool, store=":memory:").results) == expected
        assert pool.submit(int, "7").result() == 7      # not shut down


@pytest.mark.skipif("fork" not in METHODS, reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_forked_processes_change_nothing(expected):
    with ProcessPoolExecutor(2, mp_context=multiprocessing.get_context("fork")) as pool:
        assert outcomes(compare([desk(1, "a"), desk(2, "b")], executor=pool, store=":memory:").results) == expected


def test_threads_change_nothing(expected):
    with ThreadPoolExecutor(2) as pool:
        assert outcomes(compare([desk(1, "a"), desk(2, "b")], executor=pool, store=":memory:").results) == expected


def test_the_order_of_scenarios_changes_nothing(expected):
    turned = compare([desk(2, "b"), desk(1, "a")], jobs=1, store=":memory:")
    assert outcomes(turned.results) == expected[::-1]


def test_what_ran_before_changes_nothing(expected):
    assert outcomes([run(desk(2, "b"), jobs=1, store=":memory:")]) == expected[1:]


def test_kept_and_computed_are_the_same(expected, tmp_path):
    for _ in range(2):
        assert outcomes(compare([desk(1, "a"), desk(2, "b")], jobs=1, store=tmp_path).results) == expected


def test_both_sides_get_the_same_customers():
    found = compare([desk(1, "a"), desk(2, "b")], jobs=1, store=":memory:")
    assert found.issues_identical
    busier = desk(2, "c").resolved()
    busier["bare"]["classes"]["all"]["arrivals"]["rate"] = "5 per hour"
    assert not compare([desk(1, "a"), from_dict(busier)], jobs=1, store=":memory:").issues_identical


def test_a_small_city_is_the_same_in_two_processes():
    side = load("small/integrated", ["run.horizon=10 days", "run.warm_up=3 days", "run.run_out=2 days"])
    found = [outcomes([run(side, replications=2, jobs=jobs, store=":memory:")]) for jobs in (1, 2)]
    assert found[0] == found[1]


# --- timelines --------------------------------------------------------------------------------------------------------------


def test_the_first_replication_is_written_as_csv(tmp_path):
    for _ in range(2):      # the second time the counts are kept, and the events are still wanted
        run(desk(days=2), replications=2, jobs=1, store=tmp_path, timeline_dir=tmp_path / "events")
        assert sorted(path.name for path in (tmp_path / "events").iterdir()) == ["desk.csv", "desk.customers.csv"]
        for path in (tmp_path / "events").iterdir():
            path.unlink()


def test_tasks_and_records_are_plain_data():
    """What travels to a worker and back needs nothing of ours but two tuples of text, numbers and bytes."""
    task = Task(content(desk(days=1).resolved()), "desk", Key("s", 1, 0, model_hash()))
    record = perform(task)
    assert [type(part) for part in record] == [bytes, str, int, float, str]
    assert [type(part) for part in task[:2]] == [str, str]
    assert record.events > 0


def test_a_worker_with_another_model_is_refused(tmp_path, monkeypatch):
    """Sources edited while a command runs, or an old version on one machine of a cluster, are not kept under this model's key."""
    monkeypatch.setattr(session, "model_hash", lambda: "of another version")
    with ThreadPoolExecutor(1) as pool, pytest.raises(ModelDiffers, match="another version"):
        run(desk(), executor=pool, store=tmp_path)
    with Store(tmp_path / "runs.sqlite") as store:
        assert len(store) == 0


def test_a_worker_does_not_load_what_it_does_not_need():
    code = "import sys, sim.workers; print(sorted({'matplotlib', 'rich', 'pandas', 'simpy'} & set(sys.modules)))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert said.stdout.strip() == "[]"


def test_ticks_go_on_while_workers_work():
    ticks = []
    release = threading.Event()

    def slow(task):
        release.wait(10)
        return fake_work(task)

    def tick():
        ticks.append(1)
        if len(ticks) == 2:
            release.set()

    with ThreadPoolExecutor(1) as pool:
        work_off([Task("", "a", Key("s", 1, 0, "m"))], lambda task, record: None, executor=pool, work=slow, tick=tick)
    assert len(ticks) >= 2
    assert workers.GLANCE <= 0.5


# --- searches, precision, more of a result ---------------------------------------------------------------------------------


def test_a_session_starts_its_processes_once():
    """A search asks many times; the processes serve all of it, and are gone at the end."""
    queue, before = desk(days=2), set(multiprocessing.active_children())
    with Session(seed=1, jobs=2, engine="simpy", store=":memory:") as search:
        search.run([search.task(queue, number) for number in range(2)])
        serving = set(search.processes.members)
        search.run([search.task(queue, number) for number in range(2, 4)])
        assert len(serving) == 2
        assert search.processes.members == serving
    assert set(multiprocessing.active_children()) == before


def test_a_session_goes_on_after_its_processes_were_lost():
    with Session(seed=1, jobs=2, engine="simpy", store=":memory:") as search:
        search.run([search.task(desk(days=2), number) for number in range(2)])
        for process in search.processes.members:
            process.kill()
        with pytest.raises(WorkerLost):
            search.run([search.task(desk(days=2), number) for number in range(2, 4)])
        assert len(search.run([search.task(desk(days=2), number) for number in range(4)])) == 4


def test_a_search_has_one_progress(faked):
    """It grows with each call; an interruption counts what all calls have finished."""
    said = []

    class Told(Progress):
        def begin(self, total, reused, jobs):
            super().begin(total, reused, jobs)
            said.append(("begin", total))

        def more(self, total, reused):
            super().more(total, reused)
            said.append(("more", total, reused))

        def end(self):
            said.append("end")

    with Session(seed=1, jobs=1, store=":memory:", progress=Told()) as search:
        search.run([search.task(desk(), number) for number in range(2)])
        search.run([search.task(desk(), number) for number in range(3)])
        assert said == [("begin", 2), ("more", 3, 2)]

        def stop(task, record):
            raise KeyboardInterrupt

        with pytest.raises(Interrupted) as stopped:
            search.run([search.task(desk(2), 0), search.task(desk(2), 1)], stop)
    assert (stopped.value.done, stopped.value.total) == (6, 7)
    assert said[-1] == "end"
    assert said.count("end") == 1


def test_precision_adds_replications_and_jobs_change_nothing(tmp_path):
    queue = desk(days=5)
    one, two = (run(queue, replications=3, precision="utilisation=10%", jobs=jobs, store=":memory:") for jobs in (1, 2))
    assert one.precision.reached
    assert len(one.records) == one.precision.n == one.facts.replications > 3
    assert outcomes([one]) == outcomes([two])
    capped = run(queue, precision=["wait_mean=0.1%"], replications=2, at_most=4, jobs=1, store=":memory:")
    assert (capped.precision.reached, len(capped.records)) == (False, 4)
    assert run(queue, replications=2, jobs=1, store=":memory:").precision is None


def test_precision_of_a_comparison_is_that_of_its_differences():
    found = compare([desk(1, "a", days=5), desk(2, "b", days=5)], precision="difference:utilisation=10%", replications=3, jobs=1,
                    store=":memory:")
    row = found.verdicts.set_index("measure").loc["utilisation"]
    assert found.precision.reached
    assert row["difference_high"] - row["difference_low"] <= 2 * 0.1 * abs(row["difference"])
    assert found.pairing["n"].eq(found.facts.replications).any()


def test_extend_is_one_longer_run(tmp_path):
    short, long = (run(desk(days=3), replications=number, jobs=1, store=":memory:", seed=9) for number in (2, 4))
    assert outcomes([extend(short, 4, jobs=1, store=":memory:")]) == outcomes([long])
    with pytest.raises(ValueError, match="from 2 up"):
        extend(short, 1, jobs=1, store=":memory:")


def test_warm_up_runs_what_it_judges_on_equal_luck():
    found = warm_up([desk(days=30), desk(2, days=30)], replications=2, jobs=1, store=":memory:")
    assert list(found.titles) == ["desk", "desk_2"]
    assert found.facts.total == 4
