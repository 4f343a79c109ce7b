"""A job begun: in the store before it is asked for, and asked for once."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from aichat.app.calls.caller import RefusedError
from aichat.app.calls.resource import ResourceContext, protocol_error
from aichat.app.jobs.kept import JobKeeper
from aichat.app.jobs.sending import BILLING_HINT, send_paid
from aichat.core.http.call import Call
from aichat.core.message.media import Media
from aichat.core.provider.job import Job
from aichat.core.text.dates import format_time
from aichat.core.text.json import read_object
from aichat.disk.cache.begun import Begun, open_note
from aichat.disk.cache.json_file import cache_folder
from aichat.errors import AichatError, Fault
from aichat.wires.resources.jobs import parse_job_id

#: Seconds for which it is remembered that something was asked for and never seen.
_ASKED_LIFE = 86400.0

#: Bytes of the answer that begins a job.
_MAX_ANSWER = 1 << 20


def mark_of(context: ResourceContext, *asked: Any) -> str:
    """What tells a request from every other one: who asks for the same, means the same."""
    told = [context.endpoint.provider.id, context.endpoint.base_url, _plain(asked)]
    return sha256(json.dumps(told).encode()).hexdigest()[:32]


def _plain(value: Any) -> Any:
    """Media by what is in them, or by where they are."""
    if isinstance(value, Media):
        source = value.source
        return sha256(source).hexdigest() if isinstance(source, bytes) else repr(source)
    return [*map(_plain, value)] if isinstance(value, tuple) else value


def unfinished(context: ResourceContext, mark: str, keeper: JobKeeper) -> Job | None:
    """The job of the same request that still goes on, which is said.

    Errors: ``pause`` (exit 9) where a run of ours ended before it was named.
    """
    job = keeper.unfinished(mark)
    if job is None:
        return None
    since = format_time(job.created)
    if job.state == "asking":
        why = f"the same {job.kind} was asked for at {since}, and no answer was seen"
        raise AichatError(Fault("pause", why, f"{BILLING_HINT}, with --again"))
    context.say(f"the same {job.kind} is being made since {since}: {job.id} (--again: another)")
    return job


@contextmanager
def asking(context: ResourceContext, kind: str, mark: str, *, again: bool) -> Iterator[None]:
    """While something is asked for that has no name: another run knows if this one is killed.

    Errors: ``pause`` (exit 9) where the same was asked for ``_ASKED_LIFE`` before, and no answer
    was seen; not ``again``.
    """
    now = context.world.clock.now()
    with open_note(cache_folder(context.world.environ), mark) as note:
        earlier = None if again else note.find(now)
        if earlier:
            since = format_time(earlier.expires - _ASKED_LIFE)
            why = f"the same {kind} was asked for at {since}, and no answer was seen"
            raise AichatError(Fault("pause", why, f"{BILLING_HINT}, with --again"))
        note.keep(Begun(kind, now + _ASKED_LIFE))
        try:
            yield
        finally:
            note.drop()


def new_job(context: ResourceContext, kind: str, way: str, mark: str) -> Job:
    """A job that has no name of its own yet."""
    return Job(
        provider=context.endpoint.provider.id,
        id=f"asking-{mark[:12]}",
        kind=kind,
        way=way,
        created=context.world.clock.now(),
        state="asking",
        mark=mark,
        region=context.endpoint.region,
        profile=context.setup.profile,
    )


def words_kept(context: ResourceContext, words: str) -> str:
    """The words that a job may be remembered with: none where nothing that is said is kept."""
    return words if context.setup.config_file.config.store.get("save", True) else ""


def begin(context: ResourceContext, job: Job, call: Call, keeper: JobKeeper) -> Job:
    """Ask for it, once, and remember it before and after.

    Errors: those of any request; one that may have been billed all the same says so.
    """
    keeper.put(job)
    try:
        job_id = _send(context, job, call)
    except AichatError as error:
        if isinstance(error, RefusedError) and (error.fault.status or 0) < 500:
            keeper.forget(job)  # it was turned down: nothing is made
        else:
            keeper.put(job._replace(state="unknown", error=error.fault.message))
        raise
    return keeper.replace(job, job._replace(id=job_id, state="pending"))


def _send(context: ResourceContext, job: Job, call: Call) -> str:
    body = send_paid(
        context, call, job.model, lambda response: b"".join(response.chunks(_MAX_ANSWER))
    )
    job_id = parse_job_id(read_object(body), job.way)
    if job_id is None:
        error = protocol_error(context, "the answer names no job")
        error.fault = error.fault._replace(hint=BILLING_HINT)
        raise error
    return job_id
