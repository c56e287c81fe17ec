"""A real Dask scheduler with two workers on this machine, one of which is killed in the middle."""

import os
import signal
import socket
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest

from sim import cluster, load
from sim.cluster import ClusterError, executor
from sim.session import Session
from sim.store import RunError
from sim.workers import ModelDiffers, WorkerLost

distributed = pytest.importorskip("distributed", reason="needs the extra `cluster`")

ROOT = Path(__file__).parent.parent
SHORT = ["run.warm_up=1 day", "run.horizon=10 days", "run.run_out=1 day"]


class Office:
    """A scheduler and its workers, each a process of its own."""

    def __init__(self, folder):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.folder, self.address, self.file, self.workers = folder, f"tcp://127.0.0.1:{port}", folder / "scheduler.json", []
        self.scheduler = self.start("dask_scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard", "--no-show",
                                    "--scheduler-file", str(self.file))

    def start(self, what, *options):
        with (self.folder / f"{what}.log").open("a") as log:
            return subprocess.Popen([sys.executable, "-m", f"distributed.cli.{what}", *options], stdout=log, stderr=log, cwd=self.folder,
                                    env=os.environ | {"PYTHONPATH": str(ROOT)})

    def worker(self):
        self.workers.append(self.start("dask_worker", self.address, "--no-nanny", "--nthreads", "1", "--no-dashboard",
                                       "--local-directory", str(self.folder)))

    def close(self):
        for process in [*self.workers, self.scheduler]:
            process.kill()
            process.wait()


@pytest.fixture(scope="module")
def office(tmp_path_factory):
    found = Office(tmp_path_factory.mktemp("office"))
    found.worker()
    found.worker()
    yield found
    found.close()


@pytest.fixture(autouse=True)
def _dask_warns():
    """Not of what its own libraries do."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="distributed|tornado|dask")
        warnings.simplefilter("ignore", (DeprecationWarning, ResourceWarning))
        yield


@pytest.fixture(scope="module")
def queue():
    return load("theory/mm1", SHORT)


@pytest.fixture(scope="module")
def wanted(queue):
    return outcomes(queue, 40, jobs=1)


def outcomes(queue, number, finished=None, **how):
    with Session(seed=1, store=":memory:", engine="simpy", **how) as session:
        records = session.run([session.task(queue, replication) for replication in range(number)], finished)
        return [records[session.task(queue, replication).key].outcome for replication in range(number)]


def test_a_cluster_gives_the_same_bits_and_a_killed_worker_costs_only_its_tasks(office, queue, wanted):
    """The last of these tests that needs both workers comes first: it kills one."""
    seen = []

    def kill(task, record):
        seen.append(task)
        if len(seen) == 10:
            office.workers[0].send_signal(signal.SIGKILL)

    with executor(office.address, timeout=30) as workers:
        workers.client.wait_for_workers(2, timeout=30)
        assert outcomes(queue, 40, executor=workers) == wanted
        started = len(workers._texts)
        assert outcomes(queue, 40, kill, executor=workers) == wanted
        assert len(seen) == 40
        assert started == len(workers._texts) == 1        # one scenario, sent once


def test_a_scheduler_file_names_it_too(office, queue, wanted):
    with executor(str(office.file), timeout=30) as workers:
        assert outcomes(queue, 2, executor=workers) == wanted[:2]


def test_faults_of_a_task_are_told(office):
    with executor(office.address, timeout=30) as workers:
        assert workers.submit(abs, -3).result() == 3
        with pytest.raises(ZeroDivisionError):
            workers.submit(divmod, 1, 0).result()


def test_a_worker_with_another_model_is_refused(office, queue, monkeypatch):
    with executor(office.address, timeout=30) as workers, Session(seed=1, store=":memory:", executor=workers) as session:
        task = session.task(queue, 0)
        other = task._replace(key=task.key._replace(model="edited"))
        with pytest.raises(ModelDiffers, match="another version"):
            session.run([other])
        assert len(session.store) == 0
    monkeypatch.setattr(cluster, "model_hash", lambda: "edited")
    with pytest.raises(ModelDiffers):
        executor(office.address, timeout=30)


def test_ctrl_c_takes_tasks_back(office, queue):
    def stop(task, record):
        raise KeyboardInterrupt

    with executor(office.address, timeout=30) as workers, Session(seed=9, store=":memory:", executor=workers) as session:
        with pytest.raises(KeyboardInterrupt, match="are finished and kept"):
            session.run([session.task(queue, replication) for replication in range(100)], stop)
        deadline = time.monotonic() + 20
        while any(workers.client.processing().values()):
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_nobody_answers():
    began = time.monotonic()
    with socket.socket() as taken:      # bound, and nobody listens
        taken.bind(("127.0.0.1", 0))
        with pytest.raises(ClusterError, match=r"No Dask scheduler answers.*firewall"):
            executor(f"tcp://127.0.0.1:{taken.getsockname()[1]}", timeout=1)
    assert time.monotonic() - began < 15


@pytest.mark.parametrize("address", ["office", "tcp:/host", "tcp://", "tcp://no such host", "carrier-pigeon://host:1", "tcp://host:port"])
def test_addresses_that_are_none(address):
    with pytest.raises(ClusterError, match=r"cluster|answers"):
        executor(address, timeout=1)


def test_a_scheduler_file_that_is_not_there(tmp_path):
    with pytest.raises(ClusterError, match="no scheduler file"):
        executor(str(tmp_path / "scheduler.json"))


@pytest.mark.slow
def test_a_scheduler_without_workers_and_one_that_ends(tmp_path, queue):
    alone = Office(tmp_path)
    try:
        with pytest.raises(ClusterError, match=r"has no workers.*dask worker"):
            connected(alone, 1)
        alone.worker()
        with connected(alone, 30) as workers, Session(seed=1, store=":memory:", executor=workers) as session:
            def end(task, record):
                alone.close()

            with pytest.raises(WorkerLost, match=r"connection.*lost"):
                session.run([session.task(queue, replication) for replication in range(200)], end)
            assert len(session.store) >= 1
    finally:
        alone.close()


def connected(office, timeout):
    """As soon as the scheduler answers."""
    deadline = time.monotonic() + 30
    while True:
        try:
            return executor(office.address, timeout=timeout)
        except ClusterError as error:
            if "answers" not in str(error) or time.monotonic() > deadline:
                raise


def test_without_the_extra(monkeypatch):
    monkeypatch.setattr(cluster.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(RunError, match="not installed"):
        executor("tcp://127.0.0.1:1")
    with pytest.raises(RunError, match="mpi4py"):
        executor("mpi")


def test_mpi_needs_its_own_start(monkeypatch):
    monkeypatch.setattr(cluster.importlib.util, "find_spec", lambda name: object())
    with pytest.raises(ClusterError, match="mpiexec"):
        executor("mpi")


def test_nothing_heavy_is_imported():
    code = "import sys, sim.cluster; print([name for name in ('numba', 'distributed', 'dask', 'mpi4py') if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stdout.strip() == "[]"
