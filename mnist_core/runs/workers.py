"""Training runs that workers take from a queue, also on other machines.

By default, each training run is a process on the machine that it is asked for on. With
`MNIST_CORE_QUEUE`, the address of a PostgreSQL database, it waits there instead, in the queue of
Procrastinate (https://procrastinate.readthedocs.io), until one of the workers takes it:
`python -m mnist_core runs work`, on any machine that shares the folders of runs and networks. A
worker says every ten seconds that it lives. What a dead worker was at is queued again by another
one, and goes on from its last epoch.
"""

import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from mnist_core import settings
from mnist_core.errors import RunError
from mnist_core.i18n import Text
from mnist_core.system import processes
from mnist_core.system.tasks import QUEUED, STARTING, Launcher

if TYPE_CHECKING:
    from procrastinate import App, JobContext

STALLED = 30.0  # seconds without a sign of life after which a worker is taken for dead
LOOK = "*/20 * * * * *"  # when to look for runs of dead workers, as cron has it, seconds first
QUEUE, TASK = "runs", "work_on"
ATTEMPTS = 3  # times a run is begun whose process was killed


def default_launcher() -> Launcher:
    """What starts the process of a run: the queue if there is one, else this machine."""
    return enqueue if settings.run_queue() else processes.start_process


def enqueue(
    module: str, argument: str, folder: Path, environment: Mapping[str, str] | None = None
) -> None:
    """Leave a run in the queue; a `Launcher`.

    A worker runs `python -m MODULE FOLDER`, with the folder of that name among its own runs.

    Raises:
        RunError: the queue can't be used.
    """
    address = settings.run_queue() or ""
    with _explained(address), _sync_app(address) as app:
        (folder / QUEUED).touch()
        (folder / STARTING).unlink(missing_ok=True)
        app.configure_task(TASK, queue=QUEUE, lock=folder.name).defer(
            module=module, run=folder.name
        )


def work_on_runs(name: str | None = None, *, wait: bool = True, runs: Path | None = None) -> None:
    """Take runs from the queue, one at a time, until interrupted.

    Args:
        name: of the worker in the queue's tables; default: the machine's name.
        wait: whether to wait for runs when there are none.
        runs: folder of runs; default: `settings.runs_dir()`.

    Raises:
        RunError: there is no queue, or it can't be used.
    """
    address = settings.run_queue()
    if not address:
        raise RunError(
            Text(
                "There is no queue: MNIST_CORE_QUEUE isn't set. Expected the address of a "
                "PostgreSQL database, such as postgresql://user:password@host/name."
            )
        )
    with _explained(address):
        with _sync_app(address):
            pass  # its tables are there now
        from procrastinate import PsycopgConnector

        app = _app(PsycopgConnector(conninfo=address), runs or settings.runs_dir())
        app.run_worker(
            name=name or socket.gethostname(),
            concurrency=1,
            wait=wait,
            stalled_worker_timeout=STALLED,
            update_heartbeat_interval=STALLED / 3,
            fetch_job_polling_interval=5,
        )


def _app(connector: object, runs: Path) -> "App":
    """The tasks that a worker knows."""
    from procrastinate import App, RetryStrategy

    app = App(connector=connector)  # type: ignore[arg-type]

    @app.task(name=TASK, queue=QUEUE, retry=RetryStrategy(max_attempts=ATTEMPTS, wait=1))
    def work_on(module: str, run: str) -> None:
        folder = runs / run
        if not (folder / "run.json").is_file():
            return  # it was deleted in the meantime
        code = processes.start_process(module, str(folder.resolve()), folder).wait()
        if code:
            raise RunError(Text("The process of {run} ended with {code}.", run=run, code=code))

    @app.periodic(cron=LOOK)
    @app.task(name="take_over", queueing_lock="take_over", pass_context=True)
    async def take_over(context: "JobContext", timestamp: int) -> None:
        """Queue what dead workers were at again."""
        manager = context.app.job_manager
        for job in await manager.get_stalled_jobs(queue=QUEUE, seconds_since_heartbeat=STALLED):
            await manager.retry_job(job)

    return app


@contextmanager
def _sync_app(address: str) -> Iterator["App"]:
    """The queue, for one who only adds to it; its tables are made where they are missing."""
    from procrastinate import App, SyncPsycopgConnector

    with App(connector=SyncPsycopgConnector(conninfo=address)).open() as app:
        if not app.check_connection():
            app.schema_manager.apply_schema()
        yield app


@contextmanager
def _explained(address: str) -> Iterator[None]:
    """Turn what goes wrong with the queue into words, without the password."""
    url = urlsplit(address)
    shown = f"{url.scheme}://{url.hostname or ''}{url.path}"
    try:
        import procrastinate
        import psycopg
    except ImportError as error:
        raise RunError(
            Text(
                "The queue of training runs needs Procrastinate and psycopg ({reason}): "
                "`pip install -r requirements-servers.txt`.",
                reason=str(error),
            )
        ) from error
    try:
        psycopg.connect(address, connect_timeout=5).close()  # the pool would try for a minute
        yield
    except (procrastinate.exceptions.ProcrastinateException, psycopg.Error) as error:
        reason = str(error.__cause__ or error).strip().partition("\n")[0]
        raise RunError(
            Text(
                "The queue of training runs at {address} can't be used: {reason}. Expected a "
                "PostgreSQL database that can be reached; its address is in MNIST_CORE_QUEUE.",
                address=shown,
                reason=reason,
            )
        ) from error
