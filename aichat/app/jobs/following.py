"""Polling a provider's job until it ends; Ctrl-C leaves the job running."""

from collections.abc import Callable
from typing import Generic, TypeVar

from aichat.app.calls.caller import Caller
from aichat.app.calls.polling import PollLoop, way_back_line
from aichat.app.calls.resource import ResourceContext, protocol_error
from aichat.app.calls.retry import RetryLoop
from aichat.app.jobs.kept import JobKeeper
from aichat.core.http.retry import parse_retry_after
from aichat.core.provider.job import FINAL_STATES, Job, JobReport
from aichat.core.text.json import read_object
from aichat.errors import AichatError, Fault, Interrupted
from aichat.term.widgets.progress import StatusLine
from aichat.values import NamedTuple
from aichat.wires.resources.jobs import JOB_WAYS, cancel_call, look_call

#: The default limit for following a job, in seconds.
_PATIENCE = 24 * 3600.0

#: The most bytes of an answer, which may include a result.
_MAX_ANSWER = 512 << 20

T = TypeVar("T")


class Look(NamedTuple, Generic[T]):
    """One poll: what it ``found``, with the state in a word and further details.

    ``tell_news`` prints what has happened since the previous poll, if anything. ``wait`` is the
    number of seconds that the server asks to wait before the next.
    """

    found: T
    state: str
    detail: str = ""
    is_last: bool = False
    tell_news: Callable[[], object] | None = None
    wait: float | None = None


class Followed(NamedTuple):
    """The name for people of what is followed, and the command to resume following."""

    name: str
    way_back: str


def follow(
    context: ResourceContext,
    what: Followed,
    look: Callable[[], Look[T]],
    limit: float | None = None,
) -> T:
    """Poll until it is over, for at most ``limit`` seconds; returns the last result.

    Errors: ``pause`` (exit 9) after that time; as of any request, if the connection is lost for
    too long. The job itself continues, and the error says how to resume following.
    """
    follower = _Follower(context, what, limit)
    try:
        return follower.run(look)
    except AichatError as error:
        error.fault = error.fault._replace(hint=f"it goes on: {what.way_back}")
        raise
    except Interrupted as interrupted:
        follower.clear()
        if not interrupted.is_closed_pipe:
            context.world.say(f"aichat: {way_back_line(f'the {what.name}', what.way_back)}")
        raise
    finally:
        follower.clear()


class _Follower:
    """Polls, and shows the state when it changes, and while it waits."""

    def __init__(self, context: ResourceContext, what: Followed, limit: float | None) -> None:
        self._context, self._what, self._limit = context, what, limit
        self._clock = context.world.clock
        self._line = StatusLine(context.world, shown=not context.quiet)
        self._is_shown = context.world.can_rewrite and not context.quiet
        self._begun, self._status, self._told = self._clock.monotonic(), "", ""
        self.clear = self._line.clear

    def run(self, look: Callable[[], Look[T]]) -> T:
        """Poll until it is over. Errors: as of ``follow``."""
        loop = PollLoop(self._clock._replace(sleep=self._sleep))
        last: list[T] = []
        while loop.begin_poll():
            with loop:
                seen = look()
                loop.obey(seen.wait)
                if seen.tell_news:
                    loop.take_news()
                    self.clear()
                    seen.tell_news()
                if seen.is_last:
                    last.append(seen.found)
                    loop.end()
                    continue
                self._tell(seen.state, f"{seen.state}{seen.detail}")
            if loop.lost:
                self._tell("lost", f"out of reach ({loop.lost.message})")
            if self._limit is not None and self._seconds > self._limit:
                raise AichatError(Fault("pause", f"the {self._what.name} is not there yet"))
        return last[-1]

    def _tell(self, state: str, words: str) -> None:
        """Show the state; only changes of it unless lines can be overwritten."""
        self._status = words
        if state != self._told and not self._is_shown:
            self._context.say(f"the {self._what.name} is {words}")
        self._told = state

    def _sleep(self, seconds: float) -> None:
        """Wait; on a terminal, show the elapsed time meanwhile."""
        while self._is_shown and seconds > 0:
            self._line.show(self._progress)
            self._clock.sleep(min(seconds, 1.0))
            seconds -= 1.0
        if seconds > 0:
            self._clock.sleep(seconds)

    @property
    def _seconds(self) -> float:
        """The seconds since following began."""
        return self._clock.monotonic() - self._begun

    @property
    def _progress(self) -> str:
        minutes, rest = divmod(int(self._seconds), 60)
        about = f"{self._what.name} {self._status}"
        return f"{about}, {minutes}:{rest:02d}; Ctrl-C leaves it running"


# -- jobs


def follow_job(
    context: ResourceContext, job: Job, keeper: JobKeeper, limit: float | None
) -> JobReport:
    """Follow a job, recording its state. Errors: those of ``follow``."""
    known = job

    def look_at() -> Look[JobReport]:
        nonlocal known
        found = look(context, job)
        state, share = found.found.state, found.found.progress
        before, known = known, known._replace(state=state, progress=share)
        if not found.is_last and known != before:
            keeper.put(known)
        return found

    return follow(context, Followed(job.kind, way_back(job)), look_at, limit or _PATIENCE)


def way_back(job: Job) -> str:
    """The command to resume following a job."""
    return f"aichat jobs wait {job.id}"


def look(context: ResourceContext, job: Job) -> Look[JobReport]:
    """Request a job's state. Errors: as of any request."""
    caller = Caller(context.endpoint, context.world.clock, context.options, job.model)
    loop, body, wait = RetryLoop(caller, context.world.clock), b"", None
    call = look_call(context.endpoint, job.way, job.id)
    try:
        while loop.begin_attempt():
            with loop, caller.send(call) as response:
                now = context.world.clock.now()
                body = b"".join(response.chunks(_MAX_ANSWER))
                wait = parse_retry_after(response.headers, b"", now)
    except AichatError as error:
        if error.fault.kind != "not_found":
            raise
        return Look(JobReport("unknown"), "unknown", is_last=True)
    told = read_object(body)
    if body.strip() and not told:
        raise protocol_error(context, "the answer is no JSON object")
    report = JOB_WAYS[job.way].read(told)
    share = "" if report.progress is None else f" {report.progress:.0%}"
    return Look(report, report.state, share, report.state in FINAL_STATES, wait=wait)


def cancel(context: ResourceContext, job: Job) -> bool:
    """Cancel a job; False if the provider cannot. Errors: as of any request."""
    call = cancel_call(context.endpoint, job.way, job.id)
    if call is None:
        return False
    caller = Caller(context.endpoint, context.world.clock, context.options, job.model)
    loop = RetryLoop(caller, context.world.clock)
    while loop.begin_attempt():
        with loop, caller.send(call) as response:
            response.read()
    return True
