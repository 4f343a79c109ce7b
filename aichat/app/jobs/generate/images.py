"""Generating images: first the price, then the calls, then their bytes."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from aichat.app.billing.budget import check_spending
from aichat.app.billing.expected import Expected
from aichat.app.billing.metered import Metered, Used, record_usage, spend_check
from aichat.app.billing.shared_money import SharedMoney
from aichat.app.calls.resource import ResourceContext, protocol_error
from aichat.app.jobs.beginning import mark_of, new_job, words_kept
from aichat.app.jobs.generate.fields import FieldRules, refusal
from aichat.app.jobs.generate.pricing import price_row, token_cost, unit_cost
from aichat.app.jobs.generate.results import fetch_bytes
from aichat.app.jobs.sending import BILLING_HINT, send_paid
from aichat.app.media.content import as_stream, bytes_of, ends_of, size_of
from aichat.core.billing import token_estimate
from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Quantity
from aichat.core.exchange.request import Request
from aichat.core.http.call import Call
from aichat.core.http.sse import SseReader
from aichat.core.media.media_type import media_type
from aichat.core.media.picture_size import can_be_seen_through
from aichat.core.message.media import Media, Url
from aichat.core.message.message import Message, Text
from aichat.core.provider.job import Job, JobReport
from aichat.core.text.numbers import count_of
from aichat.disk.files.upload import MultipartForm
from aichat.errors import AichatError, Fault
from aichat.net import http
from aichat.wires.resources.images import (
    CHOICES,
    DIALECTS,
    TASK_WAY,
    ImageAnswer,
    ImageCall,
    ImageDialect,
    ImageSpec,
    image_call,
    parse_answer,
)

#: The most bytes of an answer, and of an image fetched from a URL.
_MAX_ANSWER, _MAX_IMAGE = 256 << 20, 100 << 20

#: The most tokens of an input image.
_SHOWN_TOKENS = 1500

#: Shows an image that is still being drawn.
Preview = Callable[[Media], object]


_FIELDS = FieldRules(CHOICES, DIALECTS, lambda provider: provider.resources.images)


def dialect_of(context: ResourceContext) -> ImageDialect:
    """The provider's image API."""
    return DIALECTS[context.endpoint.provider.resources.images]


def check_spec(context: ResourceContext, spec: ImageSpec) -> None:
    """Raise ``invalid_request`` (exit 5) for options that the provider does not support."""
    provider, dialect = context.endpoint.provider, dialect_of(context)
    _FIELDS.check(provider, spec)
    if len(spec.images) > dialect.most_inputs:
        raise refusal(f"{provider.name} takes no more than {dialect.most_inputs} pictures")
    if spec.mask and not spec.images:
        raise refusal("--mask says what of a picture is drawn anew", "add the picture: -f FILE")
    if spec.mask and size_of(spec.mask) and not can_be_seen_through(ends_of(spec.mask)[0]):
        raise refusal(f"{spec.mask.label} is no mask: that is a PNG with a transparent part")
    other = next((shown for shown in spec.images if shown.kind != "image"), None)
    if other:
        raise refusal(f"{other.label} is no picture")


# -- cost


def image_price(context: ResourceContext, spec: ImageSpec) -> Expected:
    """The expected cost, if it can be estimated."""
    tokens_of = dialect_of(context).tokens
    row, made = price_row(context, spec.model), tokens_of(spec) if tokens_of else None
    counts = (
        (("input",), token_estimate.estimate_text(spec.prompt) * spec.pictures),
        (("image_input", "input"), _SHOWN_TOKENS * len(spec.images) * spec.pictures),
        (("image_output", "output"), (made or 0) * spec.pictures),
    )
    by_tokens = token_cost(row, counts) if made else None
    by_image = unit_cost(row, _units(spec), spec.pictures)
    return Expected(by_image or by_tokens, count_of(spec.pictures, "picture"))


def _units(spec: ImageSpec) -> tuple[str, ...]:
    return (f"image_{(spec.resolution or '').lower()}", "image")


def open_image_bill(context: ResourceContext, spec: ImageSpec, max_cost: str | None) -> Metered:
    """Check the price against all limits. Errors: ``budget`` (exit 11)."""
    request = Request(spec.model, (Message("user", (Text(spec.prompt),)),))
    case = spend_check(context, request)
    limits = check_spending(case, image_price(context, spec), max_cost)
    return Metered(context, request, case.recorder, limits, SharedMoney())


def _record(metered: Metered, spec: ImageSpec, answer: ImageAnswer, count: int) -> Cost | None:
    """Write the cost of an answer of ``count`` images to the ledger, and return it."""
    row = price_row(metered.context, spec.model)
    cost = answer.cost or unit_cost(row, _units(spec), count)
    if answer.cost is None and cost:
        cost = cost._replace(estimated=False)
    made = Quantity("image", "image", count)
    return record_usage(metered, Used(answer.usage, answer.detail, cost, made))


def new_image(context: ResourceContext, spec: ImageSpec, wish: Mapping[str, Any]) -> Job:
    """The job of images that are drawn as a task, before it is requested.

    Errors: ``invalid_request`` for inputs that such a model does not accept.
    """
    if spec.images:
        raise refusal(f"{spec.model} draws from words only", "use another -m")
    job = new_job(context, "image", TASK_WAY, mark_of(context, *spec))
    return job._replace(model=spec.model, words=words_kept(context, spec.prompt), wish=wish)


def count_images(context: ResourceContext, job: Job, report: JobReport) -> Used:
    """The number of images that a job made, and their cost."""
    count = len(report.results)
    cost = report.cost or unit_cost(price_row(context, job.model), ("image",), count)
    cost = cost and cost._replace(estimated=False)
    return Used(report.usage, report.detail, cost, Quantity("image", "image", count))


# -- the calls


def image_calls(context: ResourceContext, spec: ImageSpec) -> list[ImageSpec]:
    """The spec of each call, within the provider's limit of images per call."""
    most = dialect_of(context).most
    counts = [most] * (spec.pictures // most) + [spec.pictures % most] * bool(spec.pictures % most)
    return [spec._replace(pictures=count) for count in counts]


def draw(
    metered: Metered, spec: ImageSpec, preview: Preview
) -> Iterator[tuple[list[bytes], Cost | None]]:
    """The images of each call as it is answered, and their cost.

    Errors: as of any request; ``content_filter`` (exit 10) for withheld images; ``budget`` if
    the next call may pass a limit.
    """
    context = metered.context
    spec = spec._replace(images=tuple(map(as_stream, spec.images)))
    spec = spec._replace(mask=spec.mask and as_stream(spec.mask))
    for each in image_calls(context, spec):
        metered.check_next(image_price(context, each).cost)
        call = _typed(filled_call(image_call(context.endpoint, with_contents(context, each))))
        read = partial(_read, context, each, preview)
        answer = send_paid(context, call, each.model, read)
        cost = None
        if answer.images or answer.usage.output or answer.cost:
            cost = _record(metered, each, answer, len(answer.images))
        if answer.images:
            yield [_bytes(context, media) for media in answer.images], cost
        if answer.fault:
            raise AichatError(answer.fault._replace(provider=context.endpoint.provider.id))
        if not answer.images:
            raise protocol_error(context, "the answer has no picture")


def with_contents(context: ResourceContext, spec: ImageSpec) -> ImageSpec:
    """The spec with its images fetched, if a form needs their bytes."""
    if not dialect_of(context).is_form:
        return spec

    def here(media: Media) -> Media:
        return media._replace(source=bytes_of(media)) if isinstance(media.source, Url) else media

    return spec._replace(images=tuple(map(here, spec.images)), mask=spec.mask and here(spec.mask))


def filled_call(asked: ImageCall) -> Call:
    """The call with its form, if any, as the body, as for curl."""
    if not asked.form:
        return asked.call
    return asked.call._replace(body=MultipartForm(asked.form, asked.sources.__getitem__))


def _typed(call: Call) -> Call:
    """The call with the content type of its form, if any, which curl sets itself."""
    return call.body.call(call) if isinstance(call.body, MultipartForm) else call


def _read(
    context: ResourceContext, spec: ImageSpec, preview: Preview, response: http.Response
) -> ImageAnswer:
    """The answer, whole or streamed; a truncated stream gives a fault."""
    if "event-stream" not in response.headers.get("content-type", ""):
        data = b"".join(response.chunks(_MAX_ANSWER)).decode("utf-8", "replace")
        return parse_answer(data, context.endpoint, spec)
    found = ImageAnswer()
    for frames in response.frames(SseReader()):
        for frame in frames:
            event = parse_answer(frame.data, context.endpoint, spec)
            for media in event.previews:
                preview(media)
            found = found.joined(event)
    if not found.images and not found.fault:
        fault = Fault("truncated", "the stream ended before the picture", BILLING_HINT)
        return found._replace(fault=fault)
    return found


def _bytes(context: ResourceContext, media: Media) -> bytes:
    """The bytes of an image. Errors: ``protocol`` if they are not one."""
    data = media.data
    if isinstance(media.source, Url):
        data = fetch_bytes(context, media.source.address, _MAX_IMAGE)
    if not data or not (media_type(data[:4096]) or "").startswith("image/"):
        raise protocol_error(context, "what came is no picture")
    return data
