"""Images: the calls that generate or edit them, and the images in the answers.

Source: requests recorded from the official SDKs. How the
providers differ is a table (``DIALECTS``).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aichat import wires
from aichat.core.billing.money import Cost
from aichat.core.billing.usage import Usage, UsageDetail, parse_count, parse_counts
from aichat.core.exchange.event import Failure, Finish, Image, UsageUpdate
from aichat.core.exchange.request import Request, Settings
from aichat.core.http.call import Blob, ByteStream, Call, Header, json_body, request_headers
from aichat.core.http.multipart import FormField
from aichat.core.http.sse import Frame
from aichat.core.message.media import Media
from aichat.core.message.message import Message, Part, Text
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.json import get_object, objects, read_object, text_or_none
from aichat.errors import Fault
from aichat.values import NamedTuple
from aichat.wires.dashscope.encode import native_base
from aichat.wires.shared.media_parts import media_url, picture
from aichat.wires.shared.openai_usage import provider_cost


class ImageSpec(NamedTuple):
    """An image to generate, or to make from ``images``; None leaves a choice to the provider.

    ``mask`` is an image whose transparent part is redrawn. ``partial`` is the number of
    previews to send while drawing.
    """

    prompt: str
    model: str
    pictures: int = 1
    size: str | None = None
    ratio: str | None = None
    resolution: str | None = None
    quality: str | None = None
    format: str | None = None
    background: str | None = None
    negative: str | None = None
    seed: int | None = None
    partial: int | None = None
    images: tuple[Media, ...] = ()
    mask: Media | None = None


class ImageCall(NamedTuple):
    """A request; ``form``, if any, is its body, with the bytes of its files in ``sources``."""

    call: Call
    form: tuple[FormField, ...] = ()
    sources: Mapping[str, bytes | ByteStream] = {}


class ImageAnswer(NamedTuple):
    """The images of an answer, or why there are none; ``usage`` as far as it is reported.

    ``previews`` show an image that is still being drawn.
    """

    images: tuple[Media, ...] = ()
    previews: tuple[Media, ...] = ()
    usage: Usage = Usage()
    detail: UsageDetail = UsageDetail()
    cost: Cost | None = None  # if the provider reports it
    fault: Fault | None = None

    def joined(self, event: "ImageAnswer") -> "ImageAnswer":
        """The answer with another event of the same stream added."""
        told = event.usage if event.usage.output is not None else self.usage
        return self._replace(
            images=(*self.images, *event.images),
            usage=told,
            detail=event.detail if event.detail.counts else self.detail,
            fault=self.fault or event.fault,
        )


#: Fields of a spec that not every provider supports.
CHOICES = (
    *("size", "ratio", "resolution", "quality", "format", "background", "negative", "seed"),
    *("partial", "mask"),
)


class ImageDialect(NamedTuple):
    """One provider's API: its default ``model``, and the fields of a spec that it ``takes``.

    A call makes at most ``most`` images from at most ``most_inputs``. ``tokens`` estimates
    those of one image, if billed by tokens; None is unknown.
    """

    model: str
    takes: frozenset[str]
    most: int
    most_inputs: int
    encode: Callable[[ImageSpec, Endpoint], ImageCall]
    decode: Callable[[str, ImageSpec, Endpoint], ImageAnswer]
    tokens: Callable[[ImageSpec], int | None] | None = None
    is_form: bool = False  # edits are sent as a form with the bytes of all images
    task_models: str = ""  # a pattern for models that only draw as a task (a job)


#: The fallback message of an answer without images.
_NO_IMAGE = "the answer has no picture"


def _headers(endpoint: Endpoint, *, json_content: bool = True) -> Any:
    own = wires.load(endpoint.wire).auth(endpoint, {})
    return request_headers(endpoint.headers, *own, json_content=json_content)


def _without_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


# -- OpenAI: JSON to generate, a form to edit


def _openai_call(spec: ImageSpec, endpoint: Endpoint) -> ImageCall:
    fields: dict[str, Any] = {
        "model": spec.model,
        "prompt": spec.prompt,
        "n": spec.pictures if spec.pictures > 1 else None,
        "size": spec.size,
        "quality": spec.quality,
        "background": spec.background,
        "output_format": spec.format,
        **({} if spec.partial is None else {"stream": True, "partial_images": spec.partial}),
    }
    if not spec.images:
        url = f"{endpoint.base_url}/images/generations"
        return ImageCall(Call("POST", url, _headers(endpoint), json_body(_without_none(fields))))
    texts = [FormField(name, _form_text(value)) for name, value in _without_none(fields).items()]
    shown = "image" if len(spec.images) == 1 else "image[]"
    given = [(shown, media) for media in spec.images]
    given += [("mask", spec.mask)] if spec.mask else []
    files = [_file_field(name, n, media) for n, (name, media) in enumerate(given)]
    sources = {
        field.file or "": media.source
        for field, (_, media) in zip(files, given, strict=True)
        if not isinstance(media.source, tuple)  # URLs are fetched beforehand
    }
    url = f"{endpoint.base_url}/images/edits"
    call = Call("POST", url, _headers(endpoint, json_content=False))
    return ImageCall(call, (*texts, *files), sources)


#: Tokens of a 1024 by 1024 image, by quality (OpenAI's guide to image generation).
_QUALITY_TOKENS = {"low": 272, "medium": 1056, "high": 4160}


def _openai_tokens(spec: ImageSpec) -> int | None:
    """Tokens in proportion to the pixels, at the best quality if the provider chooses."""
    quality, size = (None if value == "auto" else value for value in (spec.quality, spec.size))
    width, _, height = (size or "1536x1024").partition("x")
    most = _QUALITY_TOKENS.get(quality or "high")
    if most is None or not (width.isdecimal() and height.isdecimal()):
        return None
    return -(-most * int(width) * int(height) // 1024**2)


def _form_text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _file_field(name: str, number: int, media: Media) -> FormField:
    path = str(getattr(media.source, "path", "") or f"picture-{number + 1}")
    called = media.name or path.rpartition("/")[2]
    return FormField(name, file=path, filename=called, kind=media.mime)


def _openai_answer(data: str, _spec: ImageSpec, _endpoint: Endpoint) -> ImageAnswer:
    """An answer, or one event of a stream: a preview or a complete image."""
    told = read_object(data)
    if isinstance(told.get("error"), dict):
        return ImageAnswer(fault=_refusal(told["error"]))
    kind = text_or_none(told.get("type")) or ""
    entries = [told] if kind else objects(told.get("data"))
    typed = {"mime_type": f"image/{text_or_none(told.get('output_format')) or 'png'}"}
    found = _pictures({**typed, **entry} for entry in entries)
    if kind.endswith("partial_image"):
        return ImageAnswer(previews=found)
    usage, detail = _openai_usage(get_object(told, "usage"))
    return ImageAnswer(found, usage=usage, detail=detail)


def _openai_usage(usage: Mapping[str, Any]) -> tuple[Usage, UsageDetail]:
    into, out = (get_object(usage, f"{side}_tokens_details") for side in ("input", "output"))
    counts = parse_counts(
        image_input=into.get("image_tokens"),
        image_output=out.get("image_tokens", usage.get("output_tokens")),
    )
    whole = Usage(parse_count(usage.get("input_tokens")), parse_count(usage.get("output_tokens")))
    return whole, UsageDetail(counts)


def _refusal(error: Mapping[str, Any]) -> Fault:
    code = text_or_none(error.get("code")) or ""
    why = text_or_none(error.get("message")) or code or _NO_IMAGE
    blocked = "moderation" in code or "safety" in code or "Inspection" in code
    return Fault("content_filter" if blocked else "server", why, code=code or None)


def _pictures(entries: Any) -> tuple[Media, ...]:
    events = [picture(entry) for entry in entries]
    return tuple(event.media for event in events if isinstance(event, Image))


# -- xAI: JSON for both


def _xai_call(spec: ImageSpec, endpoint: Endpoint) -> ImageCall:
    blobs: list[Blob] = []
    shown = [{"url": media_url(media, blobs)} for media in spec.images]
    fields = {
        "model": spec.model,
        "prompt": spec.prompt,
        "n": spec.pictures if spec.pictures > 1 else None,
        "response_format": "b64_json",
        "aspect_ratio": spec.ratio,
        "resolution": spec.resolution,
        "quality": spec.quality,
        "image": shown[0] if len(shown) == 1 else None,
        "images": shown if len(shown) > 1 else None,
    }
    url = f"{endpoint.base_url}/images/{'edits' if shown else 'generations'}"
    body = json_body(_without_none(fields), blobs)
    return ImageCall(Call("POST", url, _headers(endpoint), body))


def _xai_answer(data: str, _spec: ImageSpec, _endpoint: Endpoint) -> ImageAnswer:
    told = read_object(data)
    entries = [*objects(told.get("data"))]
    passed = [entry for entry in entries if entry.get("respect_moderation") is not False]
    cost = provider_cost(get_object(told, "usage"))
    blocked = entries and not passed
    why = Fault("content_filter", "the picture was withheld by moderation") if blocked else None
    return ImageAnswer(_pictures(passed), cost=cost, fault=why)


# -- Gemini and Qwen: an answer of their chat wire


_Encode = Callable[[ImageSpec, Endpoint], ImageCall]
_Decode = Callable[[str, ImageSpec, Endpoint], ImageAnswer]


def _by_wire(
    wire: str, options: Callable[[ImageSpec], Mapping[str, Any]], *, words_first: bool
) -> tuple[_Encode, _Decode]:
    """How to encode and decode drawing by a chat model on ``wire``, with these options."""

    def request(spec: ImageSpec) -> Request:
        words: tuple[Part, ...] = (Text(spec.prompt),) if spec.prompt else ()
        parts = (*words, *spec.images) if words_first else (*spec.images, *words)
        settings = Settings(options=options(spec), seed=spec.seed)
        return Request(spec.model, (Message("user", parts),), settings, stream=False)

    def encode(spec: ImageSpec, endpoint: Endpoint) -> ImageCall:
        target = endpoint._replace(wire=wire, card=endpoint.card._replace(multimodal=True))
        return ImageCall(wires.load(wire).encode(request(spec), target))

    def decode(data: str, spec: ImageSpec, endpoint: Endpoint) -> ImageAnswer:
        decoder = wires.load(wire).make_decoder(request(spec), endpoint._replace(wire=wire))
        return _collect([*decoder.feed([Frame(data)]), *decoder.close()])

    return encode, decode


def _collect(events: Sequence[Any]) -> ImageAnswer:
    """The answer made up by all events."""
    answer = ImageAnswer()
    for event in events:
        if isinstance(event, Image):
            answer = answer._replace(images=(*answer.images, event.media))
        elif isinstance(event, UsageUpdate):
            answer = answer._replace(usage=event.usage, detail=event.detail, cost=event.cost)
        elif isinstance(event, Failure):
            answer = answer._replace(fault=event.fault)
        elif isinstance(event, Finish) and event.reason in ("content_filter", "refusal"):
            fault = Fault("content_filter", "the picture was withheld by moderation")
            answer = answer._replace(fault=fault)
    return answer._replace(fault=None) if answer.images else answer


def _gemini_options(spec: ImageSpec) -> Mapping[str, Any]:
    image = _without_none({"aspectRatio": spec.ratio, "imageSize": _upper(spec.resolution)})
    config: dict[str, Any] = {"responseModalities": ["IMAGE"]}
    return {"generationConfig": {**config, "imageConfig": image} if image else config}


#: Tokens of an image by size, for the most expensive model (Gemini's price list).
_RESOLUTION_TOKENS = {"512": 747, "1k": 1290, "2k": 1680, "4k": 2520}


def _gemini_tokens(spec: ImageSpec) -> int | None:
    return _RESOLUTION_TOKENS.get((spec.resolution or "1k").lower())


def _upper(resolution: str | None) -> str | None:
    return resolution and resolution.upper()


def _qwen_parameters(spec: ImageSpec) -> dict[str, Any]:
    """DashScope's parameters, in which a size is written with ``*``."""
    return _without_none(
        {
            "size": spec.size and spec.size.replace("x", "*"),
            "n": spec.pictures,
            "negative_prompt": spec.negative,
            "seed": spec.seed,
        }
    )


def _qwen_options(spec: ImageSpec) -> Mapping[str, Any]:
    return {"parameters": {**_qwen_parameters(spec), "result_format": None}}


#: Image APIs by the name in a provider's settings.
DIALECTS: Mapping[str, ImageDialect] = {
    "openai": ImageDialect(
        "gpt-image-2.6-flare",
        frozenset(("size", "quality", "format", "background", "partial", "mask")),
        *(10, 16, _openai_call, _openai_answer, _openai_tokens, True),
    ),
    "gemini": ImageDialect(
        *("gemini-nano-banana-2.1", frozenset(("ratio", "resolution", "seed")), 1, 14),
        *(*_by_wire("gemini", _gemini_options, words_first=True), _gemini_tokens),
    ),
    "xai": ImageDialect(
        *("grok-imagine-image-2.0", frozenset(("ratio", "resolution", "quality")), 10, 10),
        *(_xai_call, _xai_answer),
    ),
    "qwen": ImageDialect(
        *("qwen-image-3.0", frozenset(("size", "negative", "seed")), 4, 3),
        *_by_wire("dashscope", _qwen_options, words_first=False),
        task_models=r"wanx|wan2\.[0-5]-t2i|flux|stable-diffusion",
    ),
}


def image_call(endpoint: Endpoint, spec: ImageSpec) -> ImageCall:
    """The request for the images of ``spec``."""
    return DIALECTS[endpoint.provider.resources.images].encode(spec, endpoint)


def parse_answer(data: str, endpoint: Endpoint, spec: ImageSpec) -> ImageAnswer:
    """The images in a whole answer, or in one event of a stream."""
    return DIALECTS[endpoint.provider.resources.images].decode(data, spec, endpoint)


#: The key in ``JOB_WAYS`` of images that are drawn as a task.
TASK_WAY = "task"


def is_task(endpoint: Endpoint, model: str) -> bool:
    """Whether a model only draws as a task."""
    pattern = DIALECTS[endpoint.provider.resources.images].task_models
    return bool(pattern and re.match(pattern, model))


def task_call(endpoint: Endpoint, spec: ImageSpec) -> Call:
    """The request that starts a drawing task at DashScope."""
    given = _without_none({"prompt": spec.prompt, "negative_prompt": spec.negative})
    parameters = {k: v for k, v in _qwen_parameters(spec).items() if k != "negative_prompt"}
    own = wires.load(endpoint.wire).auth(endpoint, {})
    headers = request_headers(endpoint.headers, *own, Header("x-dashscope-async", "enable"))
    url = native_base(endpoint.base_url) + "/services/aigc/text2image/image-synthesis"
    body = {"model": spec.model, "input": given, "parameters": parameters}
    return Call("POST", url, headers, json_body(body))
