"""Jobs recorded in the store, where they survive the program's end."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from aichat.app.history.recorder import Recorder
from aichat.core.billing.usage import Quantity
from aichat.core.conversation.turn import Turn
from aichat.core.provider.job import Job
from aichat.disk.history import jobs
from aichat.disk.history.schema import STORE_ERRORS
from aichat.disk.history.store import Store
from aichat.errors import usage_error
from aichat.process.world import World

T = TypeVar("T")


class JobKeeper:
    """The jobs in the store. ``say`` is called once if they cannot be stored."""

    def __init__(self, world: World, say: Callable[[str], None]) -> None:
        self._recorder = Recorder(world.environ, world.clock, say)
        self._say, self._has_warned = say, False

    def put(self, job: Job) -> Job:
        """Store a job."""
        self._try(lambda store: jobs.put(store, job))
        return job

    def replace(self, old: Job, new: Job) -> Job:
        """Store a job in place of its record without an id."""
        self._try(lambda store: jobs.replace(store, old, new))
        return new

    def forget(self, job: Job) -> None:
        """Delete a job's record."""
        self._try(lambda store: jobs.remove(store, job))

    def settle(self, job: Job, counted: Turn | None, made: Quantity | None) -> Job:
        """Store how a job ended; its cost is counted once, however often this is called."""
        self._try(lambda store: jobs.settle(store, job, counted, made))
        return job

    def all(self) -> Sequence[Job]:
        """All jobs, the latest first."""
        return self._try(jobs.list_all) or ()

    def find(self, name: str) -> Job:
        """The job named by ``name``. Errors: ``usage`` for none or several."""
        found = self._try(lambda store: jobs.find(store, name)) or []
        if not found:
            raise usage_error(f"no job '{name}'", "see: aichat jobs")
        if len(found) > 1:
            some = ", ".join(job.id for job in found[:3])
            raise usage_error(f"'{name}' may be any of {len(found)} jobs: {some}", "say more of it")
        return found[0]

    def has_any(self, name: str) -> bool:
        """Whether ``name`` matches any job."""
        return bool(self._try(lambda store: jobs.find(store, name)))

    def get(self, job_id: str) -> Job | None:
        """The job with exactly this id, or the latest for ``last``."""
        found = self._try(lambda store: jobs.find(store, job_id)) or []
        return found[0] if found and job_id in (found[0].id, "last") else None

    def unfinished(self, mark: str) -> Job | None:
        """The unfinished job with this fingerprint."""
        same = (job for job in self.all() if job.mark == mark and not job.is_final)
        return next(same, None)

    def _try(self, act: Callable[[Store], T]) -> T | None:
        """The result of an operation on the store; None, with one warning, if it cannot be used."""
        try:
            store = self._recorder.store()
            if store:
                return act(store)
        except STORE_ERRORS as error:
            if not self._has_warned:
                self._say(f"warning: jobs cannot be remembered: {error}")
            self._has_warned = True
        return None
