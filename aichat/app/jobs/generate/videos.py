"""Generating videos: priced, requested once, followed, fetched, counted once."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aichat.app.billing.budget import check_spending
from aichat.app.billing.expected import Expected
from aichat.app.billing.metered import Used, spend_check
from aichat.app.calls.resource import ResourceContext
from aichat.app.jobs.beginning import mark_of, new_job, words_kept
from aichat.app.jobs.generate.fields import FieldRules, refusal
from aichat.app.jobs.generate.pricing import price_row, unit_cost
from aichat.app.media.content import as_stream
from aichat.app.media.files.context import FilesContext
from aichat.app.media.files.upload import put, spec_of
from aichat.core.billing.usage import Quantity
from aichat.core.exchange.request import Request
from aichat.core.message.media import LocalFile, Media, ProviderFile
from aichat.core.message.message import Message, Text
from aichat.core.provider.job import Job, JobReport
from aichat.wires.resources.videos import CHOICES, DIALECTS, VideoDialect, VideoSpec

_FIELDS = FieldRules(CHOICES, DIALECTS, lambda provider: provider.resources.videos)


def dialect_of(context: ResourceContext) -> VideoDialect:
    """The provider's video API."""
    return DIALECTS[context.endpoint.provider.resources.videos]


def check_spec(context: ResourceContext, spec: VideoSpec) -> None:
    """Raise ``invalid_request`` (exit 5) for options that the provider does not support."""
    name, dialect = context.endpoint.provider.name, dialect_of(context)
    _FIELDS.check(context.endpoint.provider, spec)
    if spec.resolution and spec.resolution not in dialect.resolutions:
        able = ", ".join(dialect.resolutions)
        raise refusal(f"{name} makes no video of {spec.resolution}", f"it makes: {able}")
    least, most = dialect.seconds
    if spec.seconds is not None and not least <= spec.seconds <= most:
        raise refusal(f"{name} makes videos of {least} to {most} seconds")
    for shown, kind in ((spec.first, "image"), (spec.last, "image"), (spec.video, "video")):
        if shown and shown.kind != kind:
            raise refusal(f"{shown.label} is no {kind}")
    if spec.extends and not (spec.video or spec.parent):
        raise refusal("there is nothing to go on with", "--extend JOB|FILE|URL")


# -- cost


def video_price(context: ResourceContext, spec: VideoSpec) -> Expected:
    """The highest expected cost, if it can be estimated."""
    seconds = spec.seconds or dialect_of(context).usual
    row = price_row(context, spec.model)
    costs = [unit_cost(row, units, seconds) for units in _units(context, spec.resolution)]
    known = [cost for cost in costs if cost]
    most = max(known, key=lambda cost: cost.amount, default=None)
    said = f"{seconds} s" if spec.seconds else f"up to {seconds} s"
    sharp = f" of {spec.resolution}" if spec.resolution else ""
    return Expected(most, f"{said} of video{sharp}")


def _units(context: ResourceContext, resolution: str | None) -> list[tuple[str, ...]]:
    """The units in which seconds may be priced."""
    sharp = (resolution,) if resolution else dialect_of(context).resolutions
    return [(f"video_second_{each}", "video_second") for each in sharp]


def check_price(context: ResourceContext, spec: VideoSpec, max_cost: str | None) -> None:
    """Check the price against all limits, and show it to people. Errors: ``budget`` (exit 11)."""
    price = video_price(context, spec)
    check_spending(spend_check(context, _request(spec.model, spec.prompt)), price, max_cost)
    if context.world.stderr_tty:
        context.say(f"{context.endpoint.provider.name} {spec.model}: {price.description}")


def _request(model: str, words: str) -> Request:
    return Request(model, (Message("user", (Text(words),)),))


# -- start


def with_uploads(context: ResourceContext, spec: VideoSpec) -> VideoSpec:
    """The spec with its files uploaded, or as streams, as the provider needs them.

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


def new_video(context: ResourceContext, spec: VideoSpec, wish: Mapping[str, Any]) -> Job:
    """The job of a video, before it is requested."""
    job = new_job(context, "video", dialect_of(context).way, mark_of(context, *spec))
    told = {"seconds": spec.seconds, "resolution": spec.resolution, **wish}
    return job._replace(model=spec.model, words=words_kept(context, spec.prompt), wish=told)


def count_video(context: ResourceContext, job: Job, report: JobReport) -> Used:
    """The seconds of a video, and their cost unless the provider reports it."""
    seconds, sharp = job.wish.get("seconds"), report.resolution or job.wish.get("resolution")
    cost = report.cost
    if cost is None and seconds and sharp:
        row = price_row(context, job.model)
        cost = unit_cost(row, _units(context, sharp)[0], seconds)
        cost = cost and cost._replace(estimated=report.seconds is None)
    made = Quantity("video", "second", seconds or 0)
    return Used(report.usage, report.detail, cost, made)
