"""Jobs that are remembered: in the store, where nothing that ends us loses them."""

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
    """The jobs of the store. ``say`` is told once where they cannot be kept."""

    def __init__(self, world: World, say: Callable[[str], None]) -> None:
        self._recorder = Recorder(world.environ, world.clock, say)
        self._say, self._has_warned = say, False

    def put(self, job: Job) -> Job:
        """Keep a job as it is now."""
        self._try(lambda store: jobs.put(store, job))
        return job

    def replace(self, old: Job, new: Job) -> Job:
        """Keep a job in the place of what it was before it had an id."""
        self._try(lambda store: jobs.replace(store, old, new))
        return new

    def forget(self, job: Job) -> None:
        """It never was."""
        self._try(lambda store: jobs.remove(store, job))

    def settle(self, job: Job, counted: Turn | None, made: Quantity | None) -> Job:
        """Keep how it ended; what it cost is counted once, whoever asks how often."""
        self._try(lambda store: jobs.settle(store, job, counted, made))
        return job

    def all(self) -> Sequence[Job]:
        """All of them, the last one first."""
        return self._try(jobs.list_all) or ()

    def find(self, name: str) -> Job:
        """The job that ``name`` means. Errors: ``usage`` for none, and for several."""
        found = self._try(lambda store: jobs.find(store, name)) or []
        if not found:
            raise usage_error(f"no job '{name}'", "see: aichat jobs")
        if len(found) > 1:
            some = ", ".join(job.id for job in found[:3])
            raise usage_error(f"'{name}' may be any of {len(found)} jobs: {some}", "say more of it")
        return found[0]

    def has_any(self, name: str) -> bool:
        """Whether ``name`` may mean any of them."""
        return bool(self._try(lambda store: jobs.find(store, name)))

    def get(self, job_id: str) -> Job | None:
        """The job of exactly this id, or the ``last`` one."""
        found = self._try(lambda store: jobs.find(store, job_id)) or []
        return found[0] if found and job_id in (found[0].id, "last") else None

    def unfinished(self, mark: str) -> Job | None:
        """The job of just this request that still goes on."""
        same = (job for job in self.all() if job.mark == mark and not job.is_final)
        return next(same, None)

    def _try(self, act: Callable[[Store], T]) -> T | None:
        """What the store gives; a word, once, where it cannot be used."""
        try:
            store = self._recorder.store()
            if store:
                return act(store)
        except STORE_ERRORS as error:
            if not self._has_warned:
                self._say(f"warning: jobs cannot be remembered: {error}")
            self._has_warned = True
        return None
