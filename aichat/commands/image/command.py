"""``aichat image``: generates or edits images."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from aichat.app.billing.metered import Metered
from aichat.app.calls.dry_run import print_call
from aichat.app.calls.resource import (
    DRAWS,
    MODEL_OPTION,
    ResourceContext,
    ResourceOptions,
    document,
    open_resource,
    shared_options,
)
from aichat.app.jobs.beginning import asking, begin, mark_of, unfinished
from aichat.app.jobs.generate.finish import FinishOptions, finish
from aichat.app.jobs.generate.images import (
    check_spec,
    dialect_of,
    draw,
    filled_call,
    image_calls,
    new_image,
    open_image_bill,
)
from aichat.app.jobs.generate.shown import show_picture
from aichat.app.jobs.generate.wish import read_files, read_wish
from aichat.app.jobs.kept import JobKeeper
from aichat.app.media.content import as_stream
from aichat.app.media.files.rescue import one_piece, rescue
from aichat.app.models.gone import gone_help
from aichat.core.billing.money import Cost, format_cost, total_cost
from aichat.core.cli.argv import FORCE_OPTION, Argument, Command, Option
from aichat.core.cli.options import InputOptions
from aichat.core.exchange.answer import cost_json
from aichat.core.http.call import Call
from aichat.core.media.media_type import media_type
from aichat.core.media.picture_size import picture_size
from aichat.core.text.numbers import count_of
from aichat.disk.files.media import extension_of
from aichat.disk.files.result_name import ResultPlace, write_result
from aichat.errors import SIGPIPE, AichatError, Fault, Interrupted, usage_error
from aichat.process.world import World
from aichat.values import NamedTuple
from aichat.wires.resources.images import CHOICES, ImageSpec, image_call, is_task, task_call

#: The most images per command.
_MOST = 100

#: Formats by file suffix; the default is PNG.
_FORMATS = {".jpg": "jpeg", ".jpeg": "jpeg", ".webp": "webp"}

#: The prompt for variations, for which no provider has an endpoint any more.
_VARIATION = "Make a variation of this picture: the same subject and style, composed anew."


class ImageOptions(NamedTuple):
    """The options of ``aichat image``."""

    words: tuple[str, ...]
    model: str | None
    max_cost: str | None
    count: int | None  # type: ignore[assignment]  # the name of its option
    variations: bool
    mask: str | None
    size: str | None
    ratio: str | None
    resolution: str | None
    quality: str | None
    format: str | None
    background: str | None
    negative: str | None
    seed: int | None
    partial: int | None
    no_preview: bool
    again: bool
    usage: bool
    output: str | None
    force: bool
    input: InputOptions
    shared: ResourceOptions


class SavedImage(NamedTuple):
    """A saved image: its path, None for stdout, and its bytes."""

    path: str | None
    data: bytes


def run(world: World, options: ImageOptions) -> int:
    """Generate images, and print their paths."""
    _check(options)
    context = open_resource(world, options.shared, DRAWS, options.model)
    spec = _spec(context, options)
    check_spec(context, spec)
    if options.shared.dry_run:
        for call in _dry_calls(context, spec):
            print_call(world, call, target=context.endpoint)
        return 0
    place = _place(world, options, spec)
    if is_task(context.endpoint, spec.model):
        return _draw_as_job(context, spec, options, place)
    metered = open_image_bill(context, spec, options.max_cost)
    with asking(context, "picture", mark_of(context, *spec), again=options.again):
        return _draw(metered, spec, options, place)


def _dry_calls(context: ResourceContext, spec: ImageSpec) -> Iterator[Call]:
    """The calls of a dry run."""
    if is_task(context.endpoint, spec.model):
        yield task_call(context.endpoint, spec)
        return
    shown = spec._replace(images=tuple(map(as_stream, spec.images)))
    shown = shown._replace(mask=shown.mask and as_stream(shown.mask))
    for each in image_calls(context, shown):
        yield filled_call(image_call(context.endpoint, each))


def _draw_as_job(
    context: ResourceContext, spec: ImageSpec, options: ImageOptions, place: ResultPlace | None
) -> int:
    """Generate images by a model that only draws as a task, and wait for it."""
    if place is None:
        raise usage_error(f"{spec.model} draws as a task, for files only", "--output FILE")
    keeper = JobKeeper(context.world, context.say)
    new = new_image(context, spec, {"output": options.output, "force": options.force})
    job = None if options.again else unfinished(context, new.mark, keeper)
    if job is None:
        open_image_bill(context, spec, options.max_cost)
        job = begin(context, new, task_call(context.endpoint, spec), keeper)
    return finish(
        context, job, keeper, FinishOptions(place, options.shared, "image", options.usage)
    )


def _check(options: ImageOptions) -> None:
    """Check the options by themselves. Errors: ``usage``."""
    if options.count is not None and not 1 <= options.count <= _MOST:
        raise usage_error(f"--count must be from 1 to {_MOST}")
    if options.partial is not None and not 0 <= options.partial <= 3:
        raise usage_error("--partial must be from 0 to 3")
    if options.variations and not options.input.file:
        raise usage_error("--variations needs a picture", "add -f FILE")
    if options.output == "-" and ((options.count or 1) > 1 or options.shared.json):
        raise usage_error("--output - gives one picture alone: no --count, no --json")


def _spec(context: ResourceContext, options: ImageOptions) -> ImageSpec:
    """The spec for the options, with the given files. Errors: ``usage``."""
    wish = read_wish(context, options.words, options.input, needed=not options.variations)
    prompt = wish.text or (_VARIATION if options.variations else "")
    mask = read_files(context, options.mask)[0] if options.mask else None
    given = {name: getattr(options, name) for name in CHOICES if name != "mask"}
    if options.format is None and "format" in dialect_of(context).takes:
        given["format"] = _FORMATS.get(Path(options.output or "").suffix.lower())
    return ImageSpec(
        prompt,
        context.setup.model.value if options.model else dialect_of(context).model,
        options.count or 1,
        images=wish.media,
        mask=mask,
        **given,
    )


def _place(world: World, options: ImageOptions, spec: ImageSpec) -> ResultPlace | None:
    """The checked place for the files; None is stdout. Errors: ``usage``, ``output``."""
    if options.output == "-":
        if world.stdout_tty:
            raise usage_error("the bytes of a picture are not for a terminal", "--output FILE")
        return None
    place = ResultPlace(options.output, spec.prompt, options.force, spec.pictures)
    place.check()
    return place


def _draw(
    metered: Metered, spec: ImageSpec, options: ImageOptions, place: ResultPlace | None
) -> int:
    """Save each image as it arrives, and print its path. Errors: the fault, if there is none."""
    context = metered.context
    saved: list[SavedImage] = []
    costs: list[Cost | None] = []
    fault = unsaved = None
    preview = (
        (lambda _: None)
        if options.no_preview
        else (lambda media: show_picture(context, media.data or b""))
    )
    try:
        for pictures, cost in draw(metered, spec, preview):
            costs.append(cost)
            for data in pictures:
                image, refused = _save(context, data, place, options, len(saved) + 1)
                saved.append(image)
                _tell(context, image, options)
                unsaved = refused or unsaved
            if unsaved:
                break
    except (AichatError, Interrupted) as error:
        if not saved or error.fault.signum == SIGPIPE:
            raise
        fault = error.fault
    fault = unsaved or _report_missing(context.world, spec.pictures, len(saved), fault)
    if options.usage:
        cost = total_cost(costs)
        told = f", {format_cost(cost)}" if cost else ""
        context.say(f"{count_of(len(saved), 'picture')}{told}")
    if options.shared.json:
        _print_document(context, spec, saved, total_cost(costs), fault)
    return fault.ending if fault else 0


def _report_missing(world: World, wanted: int, came: int, fault: Fault | None) -> Fault | None:
    """Report that pictures are missing, and why; returns the fault that the command ends with."""
    if came < wanted:
        world.say(f"aichat: {count_of(wanted - came, 'picture')} of {wanted} did not come")
        fault = fault or Fault("truncated", "fewer pictures came than were asked for")
    if fault and not fault.signum and fault.exit_code != 9:
        world.report_fault(fault)
        if fault.exit_code not in (11, 13):
            fault = fault._replace(kind="truncated")
    return fault


def _save(
    context: ResourceContext,
    data: bytes,
    place: ResultPlace | None,
    options: ImageOptions,
    number: int,
) -> tuple[SavedImage, Fault | None]:
    """Save an image, elsewhere if its place refuses it; the fault for that has been reported."""
    world = context.world
    if place is None:
        try:
            world.write_bytes(data)
            return SavedImage(None, data), None
        except AichatError as error:
            refused, name = error.fault, f"image.{extension_of(data[:64])}"
    else:
        try:
            return SavedImage(str(write_result(place, data, number)), data), None
        except AichatError as error:
            refused = error.fault
            name = next(place.free_paths(number, extension_of(data[:64]))).name
    is_alone = place is not None and place.files == 1 and not options.shared.json
    kept = rescue(world, refused, name, one_piece(data), to_stdout=is_alone)
    world.report_fault(kept.fault)
    return SavedImage(str(kept.path) if kept.path else None, data), kept.fault


def _tell(context: ResourceContext, image: SavedImage, options: ImageOptions) -> None:
    if image.path and not options.shared.json:
        if not options.no_preview:
            show_picture(context, image.data)
        context.world.print_lines(image.path)


def _print_document(
    context: ResourceContext,
    spec: ImageSpec,
    saved: Sequence[SavedImage],
    cost: Cost | None,
    fault: Fault | None,
) -> None:
    about: dict[str, Any] = {
        "model": spec.model,
        "files": [*map(_file_json, saved)],
        "cost": cost_json(cost),
    }
    context.world.write_json(document(context.endpoint, "image", fault, **about))


def _file_json(image: SavedImage) -> dict[str, Any]:
    size = picture_size(image.data)
    return {
        "path": image.path,
        "mime": media_type(image.data[:4096]),
        "bytes": len(image.data),
        "width": size and size.width,
        "height": size and size.height,
    }


_QUALITIES = ("auto", "low", "medium", "high", "xhigh", "max")

COMMAND = Command(
    name="image",
    summary="Draw pictures from words, or change the ones you give.",
    examples=(
        "aichat image a red fox in the snow -p openai --size 1536x1024",
        "aichat image 'give it a hat' -f cat.png -p gemini -O hat.png",
    ),
    options=(
        MODEL_OPTION,
        Option(("-n", "--count"), "How many pictures; default 1.", int, metavar="N"),
        Option(("--variations",), "More like the picture that is given.", bool),
        Option(("--mask",), "PNG whose transparent part is drawn anew (OpenAI).", metavar="FILE"),
        Option(("--size",), "Pixels, as 1536x1024, or auto (OpenAI, Qwen).", metavar="WxH"),
        Option(("--ratio",), "Sides, as 16:9 (Gemini, xAI).", metavar="W:H"),
        Option(("--resolution",), "How large: 1k, 2k, 4k (Gemini, xAI).", metavar="R"),
        Option(("--quality",), "Quality (OpenAI, xAI).", choices=_QUALITIES),
        Option(("--format",), "Of the file (OpenAI).", choices=("png", "jpeg", "webp")),
        Option(
            ("--background",), "Background (OpenAI).", choices=("auto", "opaque", "transparent")
        ),
        Option(("--negative",), "What is not to be seen (Qwen).", metavar="TEXT"),
        Option(("--seed",), "For the same picture again (Gemini, Qwen).", int, metavar="N"),
        Option(("--partial",), "Previews while it is drawn, up to 3 (OpenAI).", int, metavar="N"),
        Option(("--no-preview",), "Show no picture on the terminal.", bool),
        Option(("--again",), "Draw anew, though the same is being drawn.", bool),
        Option(("-O", "--output"), "A file, a folder, or - for stdout.", metavar="FILE"),
        FORCE_OPTION,
        *shared_options("file", "allow_local", "no_stdin", "max_stdin", "max_cost", "usage"),
    ),
    arguments=(Argument("words", "What is drawn.", many=True, required=False),),
    run=run,
    reads=ImageOptions,
    extra_help=gone_help("image"),
)
