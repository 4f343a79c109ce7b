"""Videos made by a provider: priced, asked for once, followed, fetched, counted once."""

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from aichat import providers
from aichat.app.billing.budget import check_spending
from aichat.app.billing.metered import Used, counted_turn, spend_check
from aichat.app.calls.caller import RefusedError
from aichat.app.calls.resource import ResourceContext, protocol_error
from aichat.app.jobs.generate.pricing import MadePrice, price_row, unit_cost
from aichat.app.jobs.generate.results import download
from aichat.app.jobs.generate.sending import BILLING_HINT, send_paid
from aichat.app.jobs.kept import JobKeeper
from aichat.app.media.content import as_stream
from aichat.app.media.files.upload import FilesContext, put, spec_of
from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Quantity
from aichat.core.exchange.request import Request
from aichat.core.http.call import Call
from aichat.core.media.media_type import media_type
from aichat.core.message.media import LocalFile, Media, ProviderFile, Url, media_kind
from aichat.core.message.message import Message, Text
from aichat.core.provider.job import Job, JobReport
from aichat.core.text.dates import format_time
from aichat.core.text.json import parse_object
from aichat.disk.files.result_name import ResultFile, ResultPlace
from aichat.errors import AichatError, Fault
from aichat.wires.resources.jobs import JOB_WAYS, parse_job_id
from aichat.wires.resources.videos import CHOICES, DIALECTS, VideoDialect, VideoSpec, video_call

#: Bytes of the answer that begins a job.
_MAX_ANSWER = 1 << 20

#: What a job is before its provider has named it.
_UNNAMED = "asking-"


class SavedVideo(NamedTuple):
    """A video that is there, and what it cost; ``seconds`` as it was billed."""

    path: str
    size: int
    mime: str
    seconds: float | None
    cost: Cost | None


def dialect_of(context: ResourceContext) -> VideoDialect:
    """How this provider films."""
    return DIALECTS[context.endpoint.provider.videos]


def check_spec(context: ResourceContext, spec: VideoSpec) -> None:
    """Raise ``invalid_request`` (exit 5) for what this provider cannot be told."""
    name, dialect = context.endpoint.provider.name, dialect_of(context)
    for field in CHOICES:
        if getattr(spec, field) is not None and field not in dialect.takes:
            raise _refusal(f"{name} takes no {field} here", f"use -p {'|'.join(_takers(field))}")
    if spec.resolution and spec.resolution not in dialect.resolutions:
        able = ", ".join(dialect.resolutions)
        raise _refusal(f"{name} makes no video of {spec.resolution}", f"it makes: {able}")
    least, most = dialect.seconds
    if spec.seconds is not None and not least <= spec.seconds <= most:
        raise _refusal(f"{name} makes videos of {least} to {most} seconds")
    for shown, kind in ((spec.first, "image"), (spec.last, "image"), (spec.video, "video")):
        if shown and shown.kind != kind:
            raise _refusal(f"{shown.label} is no {kind}")
    if spec.extends and not (spec.video or spec.parent):
        raise _refusal("there is nothing to go on with", "--extend JOB|FILE|URL")


def _takers(field: str) -> Iterator[str]:
    for name in providers.names():
        dialect = DIALECTS.get(providers.load(name).videos)
        if dialect and field in dialect.takes:
            yield name


def _refusal(why: str, hint: str = "") -> AichatError:
    return AichatError(Fault("invalid_request", why, hint))


# -- what it costs


def video_price(context: ResourceContext, spec: VideoSpec) -> MadePrice:
    """What it will cost at most, where that can be reckoned."""
    seconds = spec.seconds or dialect_of(context).usual
    row = price_row(context, spec.model)
    costs = [unit_cost(row, units, seconds) for units in _units(context, spec.resolution)]
    known = [cost for cost in costs if cost]
    most = max(known, key=lambda cost: cost.amount, default=None)
    said = f"{seconds} s" if spec.seconds else f"up to {seconds} s"
    sharp = f" of {spec.resolution}" if spec.resolution else ""
    return MadePrice(most, f"{said} of video{sharp}")


def _units(context: ResourceContext, resolution: str | None) -> list[tuple[str, ...]]:
    """What the seconds may be counted as."""
    sharp = (resolution,) if resolution else dialect_of(context).resolutions
    return [(f"video_second_{each}", "video_second") for each in sharp]


def check_price(context: ResourceContext, spec: VideoSpec, max_cost: str | None) -> None:
    """Hold the price against all limits, and tell it to a person. Errors: ``budget`` (exit 11)."""
    price = video_price(context, spec)
    check_spending(spend_check(context, _request(spec.model, spec.prompt)), price, max_cost)
    if context.world.stderr_tty:
        context.say(f"{context.endpoint.provider.name} {spec.model}: {price.description}")


def _request(model: str, words: str) -> Request:
    return Request(model, (Message("user", (Text(words),)),))


# -- how it begins


def with_uploads(context: ResourceContext, spec: VideoSpec) -> VideoSpec:
    """The spec whose files are where the provider looks at them: uploaded, or streamed.

    Errors: those of an upload.
    """

    def placed(media: Media) -> Media:
        uploads = dialect_of(context).uploads and media.kind == "video"
        if not (uploads and isinstance(media.source, LocalFile)):
            return as_stream(media)
        files = FilesContext(context.world, context.endpoint, context.options, context.say)
        found = put(files, spec_of(Path(media.source.path), media.mime, model=spec.model))
        return media._replace(source=ProviderFile(found.reference or found.id))

    return spec.with_media(placed)


def mark_of(context: ResourceContext, spec: VideoSpec) -> str:
    """What tells this request from every other one: who asks for the same, means the same."""
    told = [_marked(value) for value in spec]
    asked = json.dumps([context.endpoint.provider.id, context.endpoint.base_url, told])
    return sha256(asked.encode()).hexdigest()[:32]


def _marked(value: Any) -> Any:
    if isinstance(value, Media):
        source = value.source
        return sha256(source).hexdigest() if isinstance(source, bytes) else repr(source)
    return [*map(_marked, value)] if isinstance(value, tuple) else value


def begin(
    context: ResourceContext, spec: VideoSpec, keeper: JobKeeper, wish: dict[str, Any]
) -> Job:
    """Ask for it, once, and remember it before and after.

    Errors: those of any request; one that may have been billed all the same says so.
    """
    mark, now = mark_of(context, spec), context.world.clock.now()
    job = Job(
        provider=context.endpoint.provider.id,
        id=f"{_UNNAMED}{mark[:12]}",
        kind="video",
        way=dialect_of(context).way,
        model=spec.model,
        words=spec.prompt,
        created=now,
        state="asking",
        mark=mark,
        region=context.endpoint.region,
        profile=context.setup.profile,
        wish={"seconds": spec.seconds, "resolution": spec.resolution, **wish},
    )
    call = video_call(context.endpoint, with_uploads(context, spec))
    keeper.put(job)
    try:
        job_id = _begin(context, call, job)
    except AichatError as error:
        if isinstance(error, RefusedError) and (error.fault.status or 0) < 500:
            keeper.forget(job)  # it was turned down: nothing is made
        else:
            keeper.put(job._replace(state="unknown", error=error.fault.message))
        raise
    return keeper.replace(job, job._replace(id=job_id, state="pending"))


def _begin(context: ResourceContext, call: Call, job: Job) -> str:
    body = send_paid(
        context, call, job.model, lambda response: b"".join(response.chunks(_MAX_ANSWER))
    )
    told = parse_object(body.decode("utf-8", "replace"))
    job_id = parse_job_id(told, job.way)
    if job_id is None:
        error = protocol_error(context, "the answer names no job")
        error.fault = error.fault._replace(hint=BILLING_HINT)
        raise error
    return job_id


def unfinished(context: ResourceContext, spec: VideoSpec, keeper: JobKeeper) -> Job | None:
    """The job of the same request that still goes on, which is said.

    Errors: ``pause`` (exit 9) where a run of ours ended before it was named.
    """
    job = keeper.unfinished(mark_of(context, spec))
    if job is None:
        return None
    since = format_time(job.created)
    if job.state == "asking":
        why = f"the same video was asked for at {since}, and no answer was seen"
        raise AichatError(Fault("pause", why, f"{BILLING_HINT}, with --again"))
    context.say(f"the same video is being made since {since}: {job.id} (--again makes another)")
    return job


# -- how it ends


def settle(context: ResourceContext, job: Job, report: JobReport, keeper: JobKeeper) -> Job:
    """Remember how a job ended, and count what it cost, once."""
    wish = {**job.wish, "seconds": report.seconds or job.wish.get("seconds")}
    cost, turn, made = report.cost, None, None
    if report.state == "done":
        sharp = report.resolution or job.wish.get("resolution")
        if cost is None and wish["seconds"] and sharp:
            row = price_row(context, job.model)
            cost = unit_cost(row, _units(context, sharp)[0], wish["seconds"])
            cost = cost and cost._replace(estimated=report.seconds is None)
        made = Quantity("video", "second", wish["seconds"] or 0)
        used = Used(report.usage, report.detail, cost)
        turn = counted_turn(context, _request(job.model, job.words), used)
        cost = turn.answer.cost if turn.answer else None
    addresses = (m.source.address for m in report.results if isinstance(m.source, Url))
    ended = job._replace(
        state=report.state,
        progress=1.0 if report.state == "done" else job.progress,
        cost=cost,
        wish=wish,
        results=tuple(addresses),
        error=report.fault.message if report.fault else "",
    )
    return keeper.settle(ended, turn, made)


#: What an end means that brings no result: kind of the fault, and words.
_ENDS = {
    "failed": ("server", "the job failed"),
    "cancelled": ("pause", "the job was cancelled"),
    "expired": ("not_found", "the job has expired: its result is no longer kept"),
    "unknown": ("not_found", "the provider knows no such job, or not any more"),
}


def check_end(context: ResourceContext, job: Job, report: JobReport) -> None:
    """Raise for a job that brought nothing."""
    provider = context.endpoint.provider.id
    if report.fault:
        raise AichatError(report.fault._replace(provider=provider, model=job.model))
    if report.state in _ENDS:
        kind, why = _ENDS[report.state]
        raise AichatError(Fault(kind, f"{why}: {job.id}", provider=provider, model=job.model))
    if not report.results:
        raise protocol_error(context, "the job is done, and has no result")


def fetch(
    context: ResourceContext, job: Job, report: JobReport, place: ResultPlace, keeper: JobKeeper
) -> SavedVideo:
    """Save the video, whole or not at all.

    Errors: those of the net, ``output``; ``protocol`` for what is no video. The job is still there.
    """
    file = ResultFile(place)
    try:
        media = report.results[0]
        if isinstance(media.source, Url):
            download(context, _address(media.source.address, job), file)
        else:
            file.write(media.data or b"")
        mime = media_type(file.head) or ""
        if media_kind(mime) not in ("video", "image"):
            raise protocol_error(context, "what came is no video")
        size, path = file.size, str(file.commit())
    except AichatError as error:
        file.discard()
        hint = error.fault.hint or f"it is kept for a while: aichat jobs wait {job.id}"
        error.fault = error.fault._replace(hint=hint)
        raise
    except BaseException:
        file.discard()
        raise
    keeper.put(job._replace(files=(*job.files, str(Path(path).absolute()))))
    return SavedVideo(path, size, mime, job.wish.get("seconds"), job.cost)


def _address(address: str, job: Job) -> str:
    """Where its content is, and not only what is known of it."""
    more = JOB_WAYS[job.way].content_query
    if not more or more in address:
        return address
    return f"{address}{'&' if '?' in address else '?'}{more}"
