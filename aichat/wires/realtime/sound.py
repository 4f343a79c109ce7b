"""The user's recordings as samples for the frames of a session."""

from collections.abc import Iterable, Iterator

from aichat.core.exchange.request import Request
from aichat.core.media.sound.samples import SAMPLE_BYTES, read_wav, resample
from aichat.core.message.media import LocalFile, Media, ProviderFile, Url
from aichat.core.message.message import Message
from aichat.core.provider.realtime import Speech
from aichat.errors import AichatError
from aichat.wires.shared.media_parts import refused_media


def with_speech(request: Request, wish: Speech | None, *, speaks: bool) -> Request:
    """``request`` for a session that takes its sound as input, and speaks if wanted."""
    asked = (message for message in request.messages if message.role == "user")
    parts = (part for message in asked for part in message.parts)
    hears = any(isinstance(part, Media) and part.kind == "audio" for part in parts)
    speech = wish or Speech()
    speech = speech._replace(hears=speech.hears or hears, speaks=speech.speaks or speaks)
    return request._replace(speech=speech if speech != Speech() else None)


def is_sound(part: object) -> bool:
    """Whether a part is audio with its bytes at hand."""
    there = isinstance(part, Media) and not isinstance(part.source, Url | LocalFile | ProviderFile)
    return there and isinstance(part, Media) and part.kind == "audio"


def sound_pieces(messages: Iterable[Message], rate: int) -> Iterator[bytes]:
    """The audio of messages as samples, in pieces of a tenth of a second, which all servers accept.

    Errors: ``invalid_request`` for audio that cannot be decoded.
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
    """The error for audio that cannot be decoded, and so would fail on any wire."""
    error = refused_media(media, why)
    error.fault = error.fault._replace(hint="nothing was sent; play it to hear what is in it")
    return error
