"""Starting a job: recorded before it is requested, and requested only once."""

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

#: Seconds for which to remember a request without an answer.
_ASKED_LIFE = 86400.0

#: The most bytes of the answer that starts a job.
_MAX_ANSWER = 1 << 20


def mark_of(context: ResourceContext, *asked: Any) -> str:
    """A fingerprint of a request, equal for equal requests."""
    told = [context.endpoint.provider.id, context.endpoint.base_url, _plain(asked)]
    return sha256(json.dumps(told).encode()).hexdigest()[:32]


def _plain(value: Any) -> Any:
    """A value with media replaced by a digest of their bytes, or by their file or URL."""
    if isinstance(value, Media):
        source = value.source
        return sha256(source).hexdigest() if isinstance(source, bytes) else repr(source)
    return [*map(_plain, value)] if isinstance(value, tuple) else value


def unfinished(context: ResourceContext, mark: str, keeper: JobKeeper) -> Job | None:
    """The unfinished job of the same request, which is reported to the user.

    Errors: ``pause`` (exit 9) if an earlier run ended before the job had an id.
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
    """Record a request without an id while it is sent, so that other runs know if this one dies.

    Errors: ``pause`` (exit 9) if the same was requested within ``_ASKED_LIFE`` without an
    answer, unless ``again``.
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
    """A job without an id."""
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
    """The text to store with a job: empty if conversations are not stored."""
    return words if context.setup.config_file.config.store.get("save", True) else ""


def begin(context: ResourceContext, job: Job, call: Call, keeper: JobKeeper) -> Job:
    """Start a job, without retries, and record it before and after.

    Errors: as of any request, with a hint if it may have been billed nevertheless.
    """
    keeper.put(job)
    try:
        job_id = _send(context, job, call)
    except AichatError as error:
        if isinstance(error, RefusedError) and (error.fault.status or 0) < 500:
            keeper.forget(job)  # refused: there is no job
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
