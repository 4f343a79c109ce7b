"""Videos: the calls that generate, edit or extend them, each of which starts a job.

Source: requests recorded from the official SDKs. How the
providers differ is a table (``DIALECTS``); jobs are polled in ``jobs``.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from aichat import wires
from aichat.core.http.call import Blob, Call, Header, json_body, request_headers
from aichat.core.message.media import Media, ProviderFile
from aichat.core.provider.endpoint import Endpoint
from aichat.values import NamedTuple
from aichat.wires.dashscope.encode import native_base
from aichat.wires.shared.media_parts import media_base64, media_url

#: Resolutions of videos; not every provider has each.
RESOLUTIONS = ("360p", "480p", "720p", "1080p", "4k")


class VideoSpec(NamedTuple):
    """A video to make; None leaves a choice to the provider.

    It begins with the image ``first`` and ends with ``last``; ``references`` are shown in it.
    ``video`` is edited, or extended if ``extends``; ``parent`` is the job that made it.
    """

    prompt: str
    model: str
    seconds: int | None = None
    ratio: str | None = None
    resolution: str | None = None
    negative: str | None = None
    seed: int | None = None
    audio: bool | None = None
    first: Media | None = None
    last: Media | None = None
    references: tuple[Media, ...] = ()
    video: Media | None = None
    extends: bool = False
    parent: str | None = None

    def with_media(self, place: Callable[[Media], Media]) -> "VideoSpec":
        """The spec with each image and video replaced by what ``place`` returns for it."""
        return self._replace(
            first=self.first and place(self.first),
            last=self.last and place(self.last),
            video=self.video and place(self.video),
            references=tuple(map(place, self.references)),
        )


#: Fields of a spec that not every provider supports.
CHOICES = ("seconds", "ratio", "resolution", "negative", "seed", "audio", "last", "video", "parent")


class VideoDialect(NamedTuple):
    """One provider's API: its default ``model``, and the one for a video from an image.

    ``takes`` are the supported fields of a spec, ``resolutions`` and ``seconds`` (least, most)
    their ranges. ``usual`` is the longest default duration in seconds. ``way`` is that of its
    jobs. ``uploads``: videos must be uploaded first.
    """

    model: str
    shown_model: str
    takes: frozenset[str]
    resolutions: tuple[str, ...]
    seconds: tuple[int, int]
    usual: int
    way: str
    encode: Callable[[VideoSpec, Endpoint, list[Blob]], tuple[str, Mapping[str, Any]]]
    uploads: bool = False
    headers: tuple[Header, ...] = ()


def _without_none(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value is not None}


# -- xAI


def _xai_body(
    spec: VideoSpec, endpoint: Endpoint, blobs: list[Blob]
) -> tuple[str, Mapping[str, Any]]:
    def address(media: Media | None) -> dict[str, str] | None:
        return media and {"url": media_url(media, blobs)}

    url = f"{endpoint.base_url}/videos/"
    fields = {"model": spec.model, "prompt": spec.prompt}
    if spec.video and spec.extends:
        longer = {"video": address(spec.video), "duration": spec.seconds}
        return f"{url}extensions", _without_none(fields | longer)
    if spec.video:
        return f"{url}edits", fields | {"video": address(spec.video)}
    more: dict[str, Any] = {
        "duration": spec.seconds,
        "aspect_ratio": spec.ratio,
        "resolution": spec.resolution,
        "image": address(spec.first),
        "last_frame": address(spec.last),
        "reference_images": [*map(address, spec.references)] or None,
        "generate_audio": spec.audio,
    }
    return f"{url}generations", _without_none(fields | more)


# -- Gemini: a background interaction


def _gemini_body(
    spec: VideoSpec, endpoint: Endpoint, blobs: list[Blob]
) -> tuple[str, Mapping[str, Any]]:
    shown = [media for media in (spec.video, spec.first, *spec.references) if media]
    content = [{"type": "text", "text": spec.prompt}, *(_content(m, blobs) for m in shown)]
    video = {
        "type": "video",
        "aspect_ratio": spec.ratio,
        "duration": f"{spec.seconds}s" if spec.seconds else None,
        "resolution": spec.resolution,
        "delivery": "uri",
    }
    body = {
        "model": spec.model,
        "input": [{"type": "user_input", "content": content}] if shown else spec.prompt,
        "background": True,
        "response_format": [_without_none(video)],
        "generation_config": {"video_config": {"task": _gemini_task(spec)}},
        "previous_interaction_id": spec.parent,
    }
    return f"{endpoint.base_url}/interactions", _without_none(body)


def _gemini_task(spec: VideoSpec) -> str:
    if spec.video or spec.parent:
        return "extend" if spec.extends else "edit"
    if spec.references:
        return "reference_to_video"
    return "image_to_video" if spec.first else "text_to_video"


def _content(media: Media, blobs: list[Blob]) -> dict[str, str]:
    if isinstance(media.source, ProviderFile):
        return {"type": media.kind, "uri": media.source.id, "mime_type": media.mime}
    return {"type": media.kind, "data": media_base64(media, blobs), "mime_type": media.mime}


# -- Qwen: a task

#: Models that take pixels for the size, and a single image by URL.
_OLDER = re.compile(r"wan2\.[0-6]|wanx")

#: Pixels by resolution and aspect ratio.
_PIXELS = {
    "480p": {"16:9": "832*480", "9:16": "480*832", "1:1": "624*624"},
    "720p": {"16:9": "1280*720", "9:16": "720*1280", "1:1": "960*960"},
    "1080p": {"16:9": "1920*1080", "9:16": "1080*1920", "1:1": "1440*1440"},
}


def _qwen_body(
    spec: VideoSpec, endpoint: Endpoint, blobs: list[Blob]
) -> tuple[str, Mapping[str, Any]]:
    given: dict[str, Any] = {"prompt": spec.prompt, "negative_prompt": spec.negative}
    parameters: dict[str, Any] = {
        "resolution": spec.resolution and spec.resolution.upper(),
        "ratio": spec.ratio,
        "duration": spec.seconds,
        "audio": spec.audio,
        "seed": spec.seed,
    }
    if _OLDER.match(spec.model):
        given["img_url"] = spec.first and media_url(spec.first, blobs)
        if not spec.first:
            sizes = _PIXELS.get(spec.resolution or "720p", {})
            asked = spec.resolution or spec.ratio
            parameters["size"] = sizes.get(spec.ratio or "16:9") if asked else None
            del parameters["resolution"]
        del parameters["ratio"]
    else:
        shown = [("first_frame", spec.first), ("last_frame", spec.last), ("first_clip", spec.video)]
        shown += [("reference_image", media) for media in spec.references]
        given["media"] = [
            {"type": kind, "url": media_url(media, blobs)} for kind, media in shown if media
        ] or None
    body = {"model": spec.model, "input": _without_none(given)}
    told = _without_none(parameters)
    path = "/services/aigc/video-generation/video-synthesis"
    return native_base(endpoint.base_url) + path, {**body, "parameters": told}


#: Video APIs by the name in a provider's settings.
DIALECTS: Mapping[str, VideoDialect] = {
    "xai": VideoDialect(
        model="grok-imagine-video-1.5",
        shown_model="grok-imagine-video-1.5",
        takes=frozenset(("seconds", "ratio", "resolution", "audio", "last", "video")),
        resolutions=("480p", "720p", "1080p"),
        seconds=(1, 15),
        usual=15,
        way="xai-video",
        encode=_xai_body,
    ),
    "gemini": VideoDialect(
        model="gemini-omni-1.2-flash",
        shown_model="gemini-omni-1.2-flash",
        takes=frozenset(("seconds", "ratio", "resolution", "video", "parent")),
        resolutions=("360p", "720p", "1080p", "4k"),
        seconds=(3, 10),
        usual=10,
        way="interaction",
        encode=_gemini_body,
        uploads=True,
    ),
    "qwen": VideoDialect(
        model="wan2.7-t2v",
        shown_model="wan2.7-i2v",
        takes=frozenset(
            ("seconds", "ratio", "resolution", "negative", "seed", "audio", "last", "video")
        ),
        resolutions=("480p", "720p", "1080p"),
        seconds=(2, 15),
        usual=5,
        way="task",
        encode=_qwen_body,
        uploads=True,
        headers=(Header("x-dashscope-async", "enable"),),
    ),
}


def video_call(endpoint: Endpoint, spec: VideoSpec) -> Call:
    """The request that starts the job."""
    dialect, blobs = DIALECTS[endpoint.provider.resources.videos], list[Blob]()
    url, body = dialect.encode(spec, endpoint, blobs)
    own = wires.load(endpoint.wire).auth(endpoint, {})
    stored = (spec.video, spec.first, spec.last, *spec.references)
    more = (Header("x-dashscope-ossresourceresolve", "enable"),) if _is_stored(stored) else ()
    headers = request_headers(endpoint.headers, *own, *dialect.headers, *more)
    return Call("POST", url, headers, json_body(body, blobs))


def _is_stored(shown: tuple[Media | None, ...]) -> bool:
    """Whether any of the media is in DashScope's own store."""
    sources = [media.source for media in shown if media]
    return any(isinstance(s, ProviderFile) and s.id.startswith("oss://") for s in sources)
