"""The end of a job that makes pictures or videos: followed, counted once, fetched and told."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aichat.app.calls.resource import (
    ResourceContext,
    ResourceOptions,
    document,
    protocol_error,
)
from aichat.app.jobs.ending import CountUse, check_end, settle
from aichat.app.jobs.following import follow_job, way_back
from aichat.app.jobs.generate.images import count_images
from aichat.app.jobs.generate.results import download
from aichat.app.jobs.generate.shown import show_picture
from aichat.app.jobs.generate.videos import count_video
from aichat.app.jobs.kept import JobKeeper
from aichat.core.exchange.answer import cost_json
from aichat.core.media.media_type import media_type
from aichat.core.message.media import Media, Url, media_kind
from aichat.core.provider.job import Job
from aichat.disk.files.result_name import ResultFile, ResultPlace
from aichat.errors import AichatError
from aichat.term.widgets.notify import NOTIFY_SECONDS, notify
from aichat.values import NamedTuple
from aichat.wires.resources.jobs import JOB_WAYS

#: How what was made is counted, by the kind of a job.
COUNTS: Mapping[str, CountUse] = {"video": count_video, "image": count_images}


class FinishOptions(NamedTuple):
    """Where results go, on what terms, and which command tells of them."""

    place: ResultPlace
    shared: ResourceOptions
    command: str


def finish(context: ResourceContext, job: Job, keeper: JobKeeper, options: FinishOptions) -> int:
    """Follow a job to its end, save what it made, and print where that is.

    Errors: those of following, of an end without a result, and of fetching it.
    """
    began = context.world.clock.monotonic()
    report = follow_job(context, job, keeper, options.shared.timeout)
    _notify(context, job, context.world.clock.monotonic() - began)
    job = settle(context, job, report, keeper, COUNTS)
    check_end(context, job, report)
    place = options.place._replace(files=len(report.results))
    saved: list[dict[str, Any]] = []
    for number, media in enumerate(report.results, 1):
        saved.append(_fetch(context, job, media, ResultFile(place, number)))
        if not options.shared.json:
            _show(context, saved[-1])
    paths = (str(Path(file["path"]).absolute()) for file in saved)
    keeper.put(job._replace(files=tuple(dict.fromkeys((*job.files, *paths)))))
    if options.shared.json:
        about = {"model": job.model, "files": saved, "cost": cost_json(job.cost), "job": job.id}
        context.world.write_json(document(context, options.command, **about, error=None))
    return 0


def _notify(context: ResourceContext, job: Job, seconds: float) -> None:
    """Tell whoever looks elsewhere that it has ended, where it took longer than people look on."""
    limit = context.setup.config_file.config.ui.get("notify")
    if not context.quiet and limit != 0 and seconds > (NOTIFY_SECONDS if limit is None else limit):
        notify(context.world, f"the {job.kind} has ended, after {seconds:.0f} s")


def _show(context: ResourceContext, file: Mapping[str, Any]) -> None:
    """Where it is, below the picture where the terminal shows any."""
    path: str = file["path"]
    if media_kind(file["mime"]) == "image":
        show_picture(context, Path(path))
    context.world.print_lines(path)


def _fetch(context: ResourceContext, job: Job, media: Media, file: ResultFile) -> dict[str, Any]:
    """Save a result, whole or not at all, and say what it is.

    Errors: those of the net, ``output``; ``protocol`` for what is none. The job is still there.
    """
    try:
        if isinstance(media.source, Url):
            download(context, _content_address(media.source.address, job), file)
        else:
            file.write(media.data or b"")
        mime = media_type(file.head) or ""
        if media_kind(mime) not in ("video", "image"):
            raise protocol_error(context, f"what came is no {job.kind}")
        size, path = file.size, str(file.commit())
    except AichatError as error:
        file.discard()
        hint = error.fault.hint or f"it is kept for a while: {way_back(job)}"
        error.fault = error.fault._replace(hint=hint)
        raise
    except BaseException:
        file.discard()
        raise
    seconds = {"seconds": job.wish.get("seconds")} if job.kind == "video" else {}
    return {"path": path, "mime": mime, "bytes": size, **seconds}


def _content_address(address: str, job: Job) -> str:
    """Where its content is, and not only what is known of it."""
    more = JOB_WAYS[job.way].content_query
    if not more or more in address:
        return address
    return f"{address}{'&' if '?' in address else '?'}{more}"
