"""A job followed until it is over: looked at ever more seldom, and left to itself by Ctrl-C."""

from typing import NamedTuple

from aichat.app.calls.caller import Caller
from aichat.app.calls.resource import ResourceContext, protocol_error
from aichat.app.calls.retry import RetryLoop
from aichat.app.jobs.kept import JobKeeper
from aichat.core.http.retry import parse_retry_after
from aichat.core.provider.job import FINAL_STATES, Job, JobReport
from aichat.core.text.json import parse_object
from aichat.errors import AichatError, Fault, Interrupted
from aichat.term.widgets.progress import StatusLine
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
    clock, line = context.world.clock, StatusLine(context.world, shown=not context.quiet)
    begun, wait, losses, told = clock.monotonic(), _FIRST_WAIT, 0, job.state
    try:
        while True:
            try:
                report, asked = look(context, job)
                losses = 0
            except AichatError as error:
                losses += 1
                if error.fault.kind not in _LOST_KINDS or losses > _MAX_LOSSES:
                    raise
                report, asked = JobReport(told), error.fault.retry_after
            if report.state in FINAL_STATES:
                return report
            if (report.state, report.progress) != (job.state, job.progress):
                job = keeper.put(job._replace(state=report.state, progress=report.progress))
            told = _show(context, line, job, told, clock.monotonic() - begun)
            if clock.monotonic() - begun > (limit or _PATIENCE):
                raise AichatError(Fault("pause", f"the {job.kind} is not there yet"))
            _sleep(context, line, job, begun, min(asked or wait, _MOST_ASKED))
            wait = min(wait * _GROWTH, _LONGEST_WAIT)
    except AichatError as error:
        error.fault = error.fault._replace(hint=f"it goes on: {way_back(job)}")
        raise
    except Interrupted as interrupted:
        if not interrupted.is_closed_pipe:
            line.clear()
            context.world.say(f"aichat: the {job.kind} goes on by itself: {way_back(job)}")
        raise
    finally:
        line.clear()


def way_back(job: Job) -> str:
    """What is typed to come back to a job."""
    return f"aichat jobs wait {job.id}"


def _show(context: ResourceContext, line: StatusLine, job: Job, told: str, seconds: float) -> str:
    """How far it is: in a line that is rewritten, elsewhere where its state has changed."""
    if context.world.can_rewrite:
        line.show(_status(job, seconds))
    elif job.state != told:
        context.say(f"the {job.kind} is {job.state}")
    return job.state


def _status(job: Job, seconds: float) -> str:
    share = "" if job.progress is None else f" {job.progress:.0%}"
    minutes, rest = divmod(int(seconds), 60)
    return f"{job.kind} {job.state}{share}, {minutes}:{rest:02d}; Ctrl-C leaves it running"


def _sleep(
    context: ResourceContext, line: StatusLine, job: Job, begun: float, seconds: float
) -> None:
    """Wait; on a terminal the time that has gone by is told meanwhile."""
    clock = context.world.clock
    if not (context.world.can_rewrite and not context.quiet):
        clock.sleep(seconds)
        return
    while seconds > 0:
        clock.sleep(min(seconds, 1.0))
        seconds -= 1.0
        line.show(_status(job, clock.monotonic() - begun))


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
