"""Sound that the user gives, as the frames of a session have it."""

from collections.abc import Iterable, Iterator

from aichat.core.exchange.request import Request
from aichat.core.media.sound.samples import SAMPLE_BYTES, read_wav, resample
from aichat.core.message.media import LocalFile, Media, ProviderFile, Url
from aichat.core.message.message import Message
from aichat.core.provider.realtime import Speech
from aichat.errors import AichatError
from aichat.wires.shared.media_parts import refused_media


def with_speech(request: Request, wish: Speech | None, *, speaks: bool) -> Request:
    """``request`` for a session that hears what is in it, and speaks where that is wanted."""
    asked = (message for message in request.messages if message.role == "user")
    parts = (part for message in asked for part in message.parts)
    hears = any(isinstance(part, Media) and part.kind == "audio" for part in parts)
    speech = wish or Speech()
    speech = speech._replace(hears=speech.hears or hears, speaks=speech.speaks or speaks)
    return request._replace(speech=speech if speech != Speech() else None)


def is_sound(part: object) -> bool:
    """Whether it is something that was said, and whose bytes are here."""
    there = isinstance(part, Media) and not isinstance(part.source, Url | LocalFile | ProviderFile)
    return there and isinstance(part, Media) and part.kind == "audio"


def sound_pieces(messages: Iterable[Message], rate: int) -> Iterator[bytes]:
    """What the user says in messages, as samples: a tenth of a second each, as all take them.

    Errors: ``invalid_request`` for sound that cannot be read.
    """
    size = rate // 10 * SAMPLE_BYTES
    for message in messages:
        for part in message.parts:
            if isinstance(part, Media) and is_sound(part):
                samples = _samples_of(part, rate)
                yield from (samples[place : place + size] for place in range(0, len(samples), size))


def _samples_of(media: Media, rate: int) -> bytes:
    source = media.source
    data = source if isinstance(source, bytes) else b"".join(source)  # type: ignore[arg-type]
    try:
        samples = resample(*read_wav(data), rate) if data else b""
    except ValueError as error:
        raise _unheard(media, f"a session takes WAV, and {error}") from None
    if data and not samples:
        raise _unheard(media, "there is no sound in it")
    return samples


def _unheard(media: Media, why: str) -> AichatError:
    """The error for a recording that nobody could hear: no other wire would have it either."""
    error = refused_media(media, why)
    error.fault = error.fault._replace(hint="nothing was sent; play it to hear what is in it")
    return error
