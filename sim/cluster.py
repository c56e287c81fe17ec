"""Other machines: a Dask cluster, or the processes of an MPI job, as one executor (集群).

What works here works there: a session hands the same tasks to either (`sim.workers`), so results are equal to the last bit.  How to
start a cluster, and when it is worth it, stands in docs/cluster.md.
"""

from __future__ import annotations

import hashlib
import importlib
import importlib.util
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Executor, Future
from concurrent.futures import TimeoutError as TookTooLong
from contextlib import suppress
from pathlib import Path
from typing import Any

from sim.i18n import _
from sim.sources import model_hash
from sim.store import RunError
from sim.workers import ModelDiffers, Task, WorkerLost

__all__ = ["INSTALL", "MPI", "ClusterError", "DaskExecutor", "executor"]

INSTALL = 'python -m pip install "distributed>=2024.10"'
"""What installs what a cluster needs: the extra `cluster` of pyproject.toml."""

MPI = "mpi"
"""The address that stands for the processes of the MPI job that this command runs in."""

PATIENCE = 10.0         # s to wait for a cluster that does not answer
TEXTS = 512             # scenarios that a cluster keeps for tasks to come


class ClusterError(RunError):
    """The cluster cannot be used."""


def executor(address: str, *, timeout: float = PATIENCE) -> Executor:
    """Whoever works at an address, as an executor; close it, or use it in a `with` block (集群执行器).

    Parameters
    ----------
    address : str
        Of a Dask scheduler, `tcp://host:8786`; its scheduler file, a path that ends in `.json`; or `mpi`.
    timeout : float, > 0
        How long to wait for an answer, s.

    Raises
    ------
    ClusterError
        Nobody answers there, there are no workers, or what it needs is not installed.
    ModelDiffers
        A worker has other sources of the model.

    Examples
    --------
    >>> executor("office computer")
    Traceback (most recent call last):
    sim.cluster.ClusterError: There is no cluster at office computer: an address looks like tcp://host:8786.
    """
    if address == MPI:
        return _mpi()
    file = address if address.endswith(".json") else None
    if file is not None and not Path(file).is_file():
        raise ClusterError(_("There is no scheduler file {file}; dask scheduler --scheduler-file writes it.").format(file=file))
    if file is None and ("://" not in address or " " in address):
        raise ClusterError(_("There is no cluster at {address}: an address looks like tcp://host:8786.").format(address=address))
    if importlib.util.find_spec("distributed") is None:
        raise ClusterError(_("A cluster needs Dask, which is not installed: {command}").format(command=INSTALL))
    return DaskExecutor(_client(address, file, timeout), address, timeout)


def _client(address: str, file: str | None, timeout: float) -> Any:
    distributed = importlib.import_module("distributed")
    try:
        if file is not None:
            return distributed.Client(scheduler_file=file, timeout=timeout, set_as_default=False)
        return distributed.Client(address, timeout=timeout, set_as_default=False)
    except (OSError, ValueError, TookTooLong) as error:
        raise ClusterError(_("No Dask scheduler answers at {address} within {seconds} s ({reason}). Is it running, and does a firewall "
                             "let it through?").format(address=address, seconds=round(timeout), reason=_reason(error))) from error


class DaskExecutor(Executor):
    """A Dask cluster as an executor; made by `executor` (Dask 集群).

    The text of a scenario travels to each worker once, however many replications of it are run.  When a worker is lost, the
    scheduler gives its tasks to others.

    Parameters
    ----------
    client : distributed.Client
        Closed with this.
    address : str
        For messages.
    timeout : float
        How long to wait for the first worker, s.
    """

    def __init__(self, client: Any, address: str, timeout: float) -> None:
        self.client, self.address = client, address
        self._texts: dict[str, Any] = {}
        self._lock = threading.Lock()
        try:
            self._meet(timeout)
        except BaseException:
            client.close()
            raise

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        """Have a worker call a function; a scenario's text within a task is sent apart."""
        if args and isinstance(args[0], Task):
            task, *others = args
            remote = self.client.submit(_with_text, fn, self._text(task.text), task._replace(text=""), *others, pure=False, **kwargs)
        else:
            remote = self.client.submit(fn, *args, pure=False, **kwargs)
        local = _Away(remote)
        remote.add_done_callback(lambda done: self._settle(local, done))
        return local

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Part from the cluster, which goes on; what it has not finished for us is dropped."""
        self._texts.clear()
        with suppress(OSError, TookTooLong):
            self.client.close()

    def _meet(self, timeout: float) -> None:
        """Wait for a worker, and see that all have our model."""
        with suppress(OSError, TookTooLong):
            self.client.wait_for_workers(1, timeout=timeout)
        try:
            found = self.client.run(_model)
        except ImportError as error:
            raise ClusterError(_missing(self.address, error)) from error
        except (OSError, TookTooLong) as error:
            raise ClusterError(_("The cluster at {address} does not answer ({reason}).").format(
                address=self.address, reason=_reason(error))) from error
        if not found:
            raise ClusterError(_("The cluster at {address} has no workers: start dask worker {address} on each machine.").format(
                address=self.address))
        if set(found.values()) != {model_hash()}:
            raise ModelDiffers

    def _text(self, text: str) -> Any:
        """A text on the cluster: kept as a result that is made anew should its worker be lost."""
        name = hashlib.sha256(text.encode()).hexdigest()
        with self._lock:
            held = self._texts.pop(name, None)
            if held is None or held.cancelled():
                held = self.client.submit(_same, text, key=f"scenario-{name}", pure=True)
            self._texts[name] = held
            if len(self._texts) > TEXTS:        # tasks that wait for it hold it there
                del self._texts[next(iter(self._texts))]
        return held

    def _settle(self, local: Future[Any], remote: Any) -> None:
        """Hand over what came of a task; called in a thread of the client."""
        if not local.set_running_or_notify_cancel():
            return
        try:
            local.set_result(remote.result())
        except BaseException as error:
            local.set_exception(self._explained(error))

    def _explained(self, error: BaseException) -> BaseException:
        name = type(error).__name__
        if isinstance(error, ImportError):
            return ClusterError(_missing(self.address, error))
        if name == "KilledWorker":
            return WorkerLost(_("Several workers of the cluster ended without an answer while they ran the same replication; most often "
                                "their memory was not enough. Finished runs are kept: start the same command again when that is mended."))
        if "Cancelled" in name or isinstance(error, OSError | TookTooLong):
            return WorkerLost(_("The connection to the cluster at {address} was lost. Finished runs are kept: start the same command "
                                "again when it is back.").format(address=self.address))
        return error


class _Away(Future[Any]):
    """A task at a cluster; to cancel it cancels it there."""

    def __init__(self, remote: Any) -> None:
        super().__init__()
        self.remote = remote

    def cancel(self) -> bool:
        gone = super().cancel()
        if gone:
            with suppress(Exception):       # the cluster may be gone as well
                self.remote.cancel()
        return gone


def _with_text(function: Callable[..., Any], text: str, task: Task, *others: Any, **more: Any) -> Any:
    return function(task._replace(text=text), *others, **more)


def _model() -> str:
    return model_hash()


def _same(text: str) -> str:
    return text


def _mpi() -> Executor:
    if importlib.util.find_spec("mpi4py") is None:
        raise ClusterError(_("An MPI job needs mpi4py, which is not installed: {command}").format(
            command="python -m pip install mpi4py"))
    if "mpi4py.futures" not in sys.modules:
        raise ClusterError(_("This is no MPI job with workers: start it with {command}").format(
            command="mpiexec -n 33 python -m mpi4py.futures -m sim …"))
    made: Executor = importlib.import_module("mpi4py.futures").MPIPoolExecutor()
    return made


def _missing(address: str, error: ImportError) -> str:
    return _("The workers of the cluster at {address} do not have this program, or not all that it needs ({reason}): install it there as "
             "it is here.").format(address=address, reason=error)


def _reason(error: BaseException) -> str:
    return str(error).partition("\n")[0] or type(error).__name__
