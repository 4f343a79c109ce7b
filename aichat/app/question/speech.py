"""What of a realtime session is sound."""

from aichat.core.exchange.request import Request
from aichat.core.message.media import Media
from aichat.core.provider.realtime import Speech


def with_speech(request: Request, wish: Speech | None, *, speaks: bool) -> Request:
    """``request`` for a session that hears what is in it, and speaks where that is wanted."""
    asked = (message for message in request.messages if message.role == "user")
    parts = (part for message in asked for part in message.parts)
    hears = any(isinstance(part, Media) and part.kind == "audio" for part in parts)
    speech = wish or Speech()
    speech = speech._replace(hears=speech.hears or hears, speaks=speech.speaks or speaks)
    return request._replace(speech=speech if speech != Speech() else None)
