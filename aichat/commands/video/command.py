"""``aichat video``: generates a video from text and images, or from another video."""

from typing import Any

from aichat.app.calls.dry_run import print_call
from aichat.app.calls.resource import (
    FILMS,
    MODEL_OPTION,
    ResourceContext,
    ResourceOptions,
    document,
    open_resource,
    shared_options,
)
from aichat.app.jobs.beginning import begin, unfinished
from aichat.app.jobs.following import way_back
from aichat.app.jobs.generate import videos
from aichat.app.jobs.generate.finish import FinishOptions, finish
from aichat.app.jobs.generate.wish import read_files, read_wish
from aichat.app.jobs.kept import JobKeeper
from aichat.app.media.content import as_stream
from aichat.app.models.gone import gone_help
from aichat.core.cli.argv import FORCE_OPTION, Argument, Command, Option
from aichat.core.cli.options import InputOptions
from aichat.core.message.media import Media, Url
from aichat.disk.files.result_name import ResultPlace
from aichat.errors import usage_error
from aichat.process.world import World
from aichat.values import NamedTuple
from aichat.wires.resources.videos import RESOLUTIONS, VideoSpec, video_call


class VideoOptions(NamedTuple):
    """The options of ``aichat video``."""

    words: tuple[str, ...]
    model: str | None
    max_cost: str | None
    last: str | None
    seconds: int | None
    ratio: str | None
    resolution: str | None
    negative: str | None
    seed: int | None
    audio: bool
    silent: bool
    extend: str | None
    no_wait: bool
    again: bool
    usage: bool
    output: str | None
    force: bool
    input: InputOptions
    shared: ResourceOptions


def run(world: World, options: VideoOptions) -> int:
    """Generate a video, wait for it, and print its path."""
    if options.audio and options.silent:
        raise usage_error("--audio and --silent cannot be combined")
    if options.output == "-":
        raise usage_error("a video is too large for a pipe", "--output FILE, or a folder")
    context = open_resource(world, options.shared, FILMS, options.model)
    keeper = JobKeeper(world, context.say)
    spec = _spec(context, options, keeper)
    videos.check_spec(context, spec)
    if options.shared.dry_run:
        call = video_call(context.endpoint, spec.with_media(as_stream))
        print_call(world, call, target=context.endpoint)
        return 0
    place = ResultPlace(options.output, spec.prompt, options.force)
    place.check()
    wish = {"output": options.output, "force": options.force}
    new = videos.new_video(context, spec, wish)
    job = None if options.again else unfinished(context, new.mark, keeper)
    if job is None:
        videos.check_price(context, spec, options.max_cost)
        placed = videos.with_uploads(context, spec)
        job = begin(context, new, video_call(context.endpoint, placed), keeper)
    if options.no_wait:
        context.say(f"the video is being made: {way_back(job)}")
        if options.shared.json:
            told: dict[str, Any] = {
                "model": job.model,
                "files": [],
                "cost": None,
                "job": job.id,
            }
            world.write_json(document(context.endpoint, "video", **told))
        else:
            world.print_lines(job.id)
        return 0
    return finish(
        context, job, keeper, FinishOptions(place, options.shared, "video", options.usage)
    )


def _spec(context: ResourceContext, options: VideoOptions, keeper: JobKeeper) -> VideoSpec:
    """The spec for the options, with the given files. Errors: ``usage``."""
    wish = read_wish(context, options.words, options.input)
    pictures = [media for media in wish.media if media.kind != "video"]
    films = [media for media in wish.media if media.kind == "video"]
    if len(films) + bool(options.extend) > 1:
        raise usage_error("one video can be changed, or gone on with, at a time")
    film, parent = _parent(context, options, keeper)
    dialect = videos.dialect_of(context)
    usual = dialect.shown_model if wish.media else dialect.model
    return VideoSpec(
        wish.text,
        context.setup.model.value if options.model else usual,
        options.seconds,
        options.ratio,
        options.resolution,
        options.negative,
        options.seed,
        True if options.audio else False if options.silent else None,
        pictures[0] if pictures else None,
        read_files(context, options.last)[0] if options.last else None,
        tuple(pictures[1:]),
        film or (films[0] if films else None),
        bool(options.extend),
        parent,
    )


def _parent(
    context: ResourceContext, options: VideoOptions, keeper: JobKeeper
) -> tuple[Media | None, str | None]:
    """The video named by ``--extend``, or the job that made one. Errors: ``usage``."""
    if not options.extend:
        return None, None
    job = keeper.get(options.extend)
    if job is None:
        return read_files(context, options.extend)[0], None
    if (job.provider, job.kind) != (context.endpoint.provider.id, "video"):
        raise usage_error(f"{job.id} is not a video of {context.endpoint.provider.name}")
    if "parent" in videos.dialect_of(context).takes:
        return None, job.id
    if not job.results:
        raise usage_error(f"{job.id} has no result yet", way_back(job))
    return Media("video/mp4", Url(job.results[0])), None


COMMAND = Command(
    name="video",
    summary="Have a video made from words and pictures.",
    examples=(
        "aichat video a cat surfs at dawn -p xai --seconds 6 --resolution 720p",
        "aichat video 'the fox looks up' -f fox.png -p qwen --no-wait",
    ),
    options=(
        MODEL_OPTION,
        Option(("--last",), "The picture that it ends with (xAI, Qwen).", metavar="FILE"),
        Option(("--seconds",), "How long it is.", int, metavar="N"),
        Option(("--ratio",), "Its sides, as 16:9.", metavar="W:H"),
        Option(("--resolution",), "How sharp it is.", choices=RESOLUTIONS),
        Option(("--negative",), "What is not to be seen (Qwen).", metavar="TEXT"),
        Option(("--seed",), "For the same video again (Qwen).", int, metavar="N"),
        Option(("--audio",), "With sound (xAI, Qwen).", bool),
        Option(("--silent",), "Without sound (xAI, Qwen).", bool),
        Option(("--extend",), "Go on with a video: a job, a file or a URL.", metavar="V"),
        Option(("--no-wait",), "Print the job's id, and leave it to the provider.", bool),
        Option(("--again",), "Make another, though the same is being made.", bool),
        Option(("-O", "--output"), "A file, or a folder.", metavar="FILE"),
        FORCE_OPTION,
        *shared_options("file", "allow_local", "no_stdin", "max_stdin", "max_cost", "usage"),
    ),
    arguments=(Argument("words", "What is seen.", many=True, required=False),),
    run=run,
    reads=VideoOptions,
    extra_help=gone_help("video"),
)
