"""Finishing a job for images or videos: followed, counted once, fetched and reported."""

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
from aichat.app.jobs.generate.results import download, is_lost
from aichat.app.jobs.generate.shown import show_picture
from aichat.app.jobs.generate.videos import count_video
from aichat.app.jobs.kept import JobKeeper
from aichat.core.billing.money import format_cost
from aichat.core.exchange.answer import cost_json
from aichat.core.media.media_type import media_type
from aichat.core.message.media import Media, Url, media_kind
from aichat.core.provider.job import Job
from aichat.disk.files.result_name import ResultFile, ResultPlace
from aichat.errors import AichatError
from aichat.term.widgets.notify import NOTIFY_SECONDS, notify
from aichat.values import NamedTuple
from aichat.wires.resources.jobs import JOB_WAYS

#: How to count what was produced, by the kind of job.
COUNTS: Mapping[str, CountUse] = {"video": count_video, "image": count_images}


class FinishOptions(NamedTuple):
    """Where results go, shared options, the command to name, and whether to show costs."""

    place: ResultPlace
    shared: ResourceOptions
    command: str
    usage: bool = False


def finish(context: ResourceContext, job: Job, keeper: JobKeeper, options: FinishOptions) -> int:
    """Follow a job to its end, save its results, and print their paths.

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
        result = _Result(job, number, place)
        saved.append(_fetch(context, result, media, keeper))
        if not options.shared.json:
            _show(context, saved[-1])
    paths = (str(Path(file["path"]).absolute()) for file in saved)
    keeper.put(job._replace(files=tuple(dict.fromkeys((*job.files, *paths)))))
    if options.usage:
        context.say(f"{job.kind}: {format_cost(job.cost) if job.cost else 'at an unknown price'}")
    if options.shared.json:
        about = {"model": job.model, "files": saved, "cost": cost_json(job.cost), "job": job.id}
        context.world.write_json(document(context.endpoint, options.command, **about))
    return 0


def _notify(context: ResourceContext, job: Job, seconds: float) -> None:
    """Send a desktop notification at the end of a job that took long."""
    limit = context.setup.config_file.config.ui.get("notify")
    if not context.quiet and limit != 0 and seconds > (NOTIFY_SECONDS if limit is None else limit):
        notify(context.world, f"the {job.kind} has ended, after {seconds:.0f} s")


def _show(context: ResourceContext, file: Mapping[str, Any]) -> None:
    """Print the path, below the image if the terminal can show it."""
    path: str = file["path"]
    if media_kind(file["mime"]) == "image":
        show_picture(context, Path(path))
    context.world.print_lines(path)


class _Result(NamedTuple):
    """One result of a job, and where it goes."""

    job: Job
    number: int
    place: ResultPlace

    def open(self) -> tuple[ResultFile, str]:
        """The file, and the version of what an earlier run left in it."""
        known = self.job.wish.get("parts", {}).get(str(self.number), {})
        path = self._part_path
        goes_on = bool(known) and _move(Path(known["path"]), path)
        file = ResultFile(self.place, self.number, path, goes_on=goes_on)
        return file, known["version"] if goes_on and file.is_part else ""

    def with_part(self, version: str) -> Job:
        """The job with the location of the partial result recorded."""
        part = {"path": str(self._part_path.absolute()), "version": version}
        parts = {**self.job.wish.get("parts", {}), str(self.number): part}
        return self.job._replace(wish={**self.job.wish, "parts": parts})

    @property
    def _part_path(self) -> Path:
        return self.place.part_path(self.number, self.job.id)


def _move(old: Path, new: Path) -> bool:
    """Move a partial file so that it can be resumed elsewhere; whether that succeeded."""
    if old == new.absolute() or not old.is_file() or new.exists():
        return old.is_file() and old == new.absolute()
    try:
        old.rename(new)
    except OSError:  # on another disk
        return False
    return True


def _fetch(
    context: ResourceContext, result: _Result, media: Media, keeper: JobKeeper
) -> dict[str, Any]:
    """Save a result, whole or not at all, and describe it.

    Errors: those of the net, ``output``; ``protocol`` for an invalid result. The job remains,
    and so does a partial result if its server can resume.
    """
    job = result.job
    file, version = result.open()
    told = [version]

    def note(version: str) -> None:
        told.append(version)
        keeper.put(result.with_part(version))

    try:
        if isinstance(media.source, Url):
            url = _content_address(media.source.address, job)
            download(context, url, file, version, note if file.is_part else None)
        else:
            file.restart()
            file.write(media.data or b"")
        mime = media_type(file.head) or ""
        if media_kind(mime) not in ("video", "image"):
            raise protocol_error(context, f"what came is no {job.kind}")
        size, path = file.size, str(file.commit())
    except AichatError as error:
        hint = error.fault.hint or f"it is kept for a while: {way_back(job)}"
        if is_lost(error.fault) and _leave(file, told[-1]):
            hint = _rest_of(file, job)
        else:
            file.discard()
        error.fault = error.fault._replace(hint=hint)
        raise
    except BaseException:
        if _leave(file, told[-1]):
            context.say(_rest_of(file, job))
        else:
            file.discard()
        raise
    seconds = {"seconds": job.wish.get("seconds")} if job.kind == "video" else {}
    return {"path": path, "mime": mime, "bytes": size, **seconds}


def _rest_of(file: ResultFile, job: Job) -> str:
    return f"{file.size:,} bytes of it came, and the rest does with: {way_back(job)}"


def _leave(file: ResultFile, version: str) -> bool:
    """Keep a partial file if it has content and a version; whether it was kept."""
    is_left = file.is_part and bool(version) and file.size > 0
    if is_left:
        file.keep()
    return is_left


def _content_address(address: str, job: Job) -> str:
    """The URL of the content, as opposed to its metadata."""
    more = JOB_WAYS[job.way].content_query
    if not more or more in address:
        return address
    return f"{address}{'&' if '?' in address else '?'}{more}"
