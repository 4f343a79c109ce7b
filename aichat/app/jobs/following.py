"""A job followed until it is over: looked at ever more seldom, and left to itself by Ctrl-C."""

from aichat.app.calls.caller import Caller
from aichat.app.calls.resource import ResourceContext, protocol_error
from aichat.app.calls.retry import RetryLoop
from aichat.app.jobs.kept import JobKeeper
from aichat.core.http.retry import parse_retry_after
from aichat.core.provider.job import FINAL_STATES, Job, JobReport
from aichat.core.text.json import parse_object
from aichat.errors import AichatError, Fault, Interrupted
from aichat.term.widgets.progress import StatusLine
from aichat.values import NamedTuple
from aichat.wires.resources.jobs import JOB_WAYS, cancel_call, look_call

#: Seconds between two looks: the first time, how that grows, at most, and at the very most
#: where a server asks for more.
_FIRST_WAIT, _GROWTH, _LONGEST_WAIT, _MOST_ASKED = 1.0, 1.5, 10.0, 300.0

#: Seconds that a job is followed unless the user says for how long.
_PATIENCE = 24 * 3600.0

#: Looks that may fail in a row: the job goes on without us.
_MAX_LOSSES = 8
_LOST_KINDS = frozenset(("network", "timeout", "server", "overloaded", "rate_limit"))

#: Bytes of an answer: a result may be in it.
_MAX_ANSWER = 512 << 20


class Look(NamedTuple):
    """What one look gave, and how many seconds the server asks to wait before the next."""

    report: JobReport
    wait: float | None


def look(context: ResourceContext, job: Job) -> Look:
    """Ask how far a job is. Errors: those of any request."""
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
        return Look(JobReport("unknown"), None)
    told = parse_object(body.decode("utf-8", "replace"))
    if body.strip() and not told:
        raise protocol_error(context, "the answer is no JSON object")
    return Look(JOB_WAYS[job.way].read(told), wait)


def follow(context: ResourceContext, job: Job, keeper: JobKeeper, limit: float | None) -> JobReport:
    """Look at a job until it is over; ``limit`` are seconds that it is waited for.

    Errors: ``pause`` (exit 9) after that time; those of a request once too many were lost. The
    job goes on, and whoever is told of it is told how to come back.
    """
    follower = _Follower(context, job, keeper)
    try:
        return follower.run(limit or _PATIENCE)
    except AichatError as error:
        error.fault = error.fault._replace(hint=f"it goes on: {way_back(job)}")
        raise
    except Interrupted as interrupted:
        follower.clear()
        if not interrupted.is_closed_pipe:
            context.world.say(f"aichat: the {job.kind} goes on by itself: {way_back(job)}")
        raise
    finally:
        follower.clear()


def way_back(job: Job) -> str:
    """What is typed to come back to a job."""
    return f"aichat jobs wait {job.id}"


class _Follower:
    """Looks at a job, remembers how far it is, and says so while it waits."""

    def __init__(self, context: ResourceContext, job: Job, keeper: JobKeeper) -> None:
        self._context, self._job, self._keeper = context, job, keeper
        self._clock = context.world.clock
        self._line = StatusLine(context.world, shown=not context.quiet)
        self._is_shown = context.world.can_rewrite and not context.quiet
        self._begun, self._losses = self._clock.monotonic(), 0
        self.clear = self._line.clear

    def run(self, patience: float) -> JobReport:
        """Until it is over. Errors: as of ``follow``."""
        wait = _FIRST_WAIT
        while True:
            report, asked = self._look()
            if report.state in FINAL_STATES:
                return report
            self._note(report)
            if self._seconds > patience:
                raise AichatError(Fault("pause", f"the {self._job.kind} is not there yet"))
            self._sleep(min(asked or wait, _MOST_ASKED))
            wait = min(wait * _GROWTH, _LONGEST_WAIT)

    def _look(self) -> Look:
        """One look; where it is lost, all is as it was."""
        try:
            found = look(self._context, self._job)
        except AichatError as error:
            self._losses += 1
            if error.fault.kind not in _LOST_KINDS or self._losses > _MAX_LOSSES:
                raise
            before = JobReport(self._job.state, self._job.progress)
            return Look(before, error.fault.retry_after)
        self._losses = 0
        return found

    def _note(self, report: JobReport) -> None:
        """Remember what has changed, and tell it where no line is rewritten."""
        before, self._job = (
            self._job,
            self._job._replace(state=report.state, progress=report.progress),
        )
        if self._job != before:
            self._keeper.put(self._job)
        if self._job.state != before.state and not self._is_shown:
            self._context.say(f"the {self._job.kind} is {self._job.state}")

    def _sleep(self, seconds: float) -> None:
        """Wait; on a terminal the time that has gone by is told meanwhile."""
        while self._is_shown and seconds > 0:
            self._line.show(self._status)
            self._clock.sleep(min(seconds, 1.0))
            seconds -= 1.0
        if seconds > 0:
            self._clock.sleep(seconds)

    @property
    def _seconds(self) -> float:
        """How long it has been followed."""
        return self._clock.monotonic() - self._begun

    @property
    def _status(self) -> str:
        job = self._job
        share = "" if job.progress is None else f" {job.progress:.0%}"
        minutes, rest = divmod(int(self._seconds), 60)
        return f"{job.kind} {job.state}{share}, {minutes}:{rest:02d}; Ctrl-C leaves it running"


def cancel(context: ResourceContext, job: Job) -> bool:
    """Ask the provider to end a job; False where it ends none. Errors: those of any request."""
    call = cancel_call(context.endpoint, job.way, job.id)
    if call is None:
        return False
    caller = Caller(context.endpoint, context.world.clock, context.options, job.model)
    loop = RetryLoop(caller, context.world.clock)
    while loop.begin_attempt():
        with loop, caller.send(call) as response:
            response.read()
    return True
