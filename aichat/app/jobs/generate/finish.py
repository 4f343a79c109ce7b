"""The end of a job: followed, counted once, its results fetched and told."""

from typing import NamedTuple

from aichat.app.calls.resource import ResourceContext, ResourceOptions, document
from aichat.app.jobs.following import follow
from aichat.app.jobs.generate import videos
from aichat.app.jobs.kept import JobKeeper
from aichat.core.exchange.answer import cost_json
from aichat.core.provider.job import Job
from aichat.disk.files.result_name import ResultPlace


class FinishOptions(NamedTuple):
    """Where results go, on what terms, and which command tells of them."""

    place: ResultPlace
    shared: ResourceOptions
    command: str


def finish_video(
    context: ResourceContext, job: Job, keeper: JobKeeper, options: FinishOptions
) -> int:
    """Follow a job to its end, save the video, and print where it is.

    Errors: those of following, of an end without a video, and of fetching it.
    """
    report = follow(context, job, keeper, options.shared.timeout)
    job = videos.settle(context, job, report, keeper)
    videos.check_end(context, job, report)
    saved = videos.fetch(context, job, report, options.place, keeper)
    if not options.shared.json:
        context.world.print_lines(saved.path)
        return 0
    file = {"path": saved.path, "mime": saved.mime, "bytes": saved.size, "seconds": saved.seconds}
    about = {"model": job.model, "files": [file], "cost": cost_json(job.cost), "job": job.id}
    context.world.write_json(document(context, options.command, **about, error=None))
    return 0
