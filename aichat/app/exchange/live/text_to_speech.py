"""Text to speech over a socket, for providers without any other way.

When a speech model is retired, by the catalogue's date, its successor is used.
"""

from aichat import wires
from aichat.app.calls.resource import ResourceContext
from aichat.app.exchange.live.opening import LiveQuestion
from aichat.app.exchange.live.session import LiveSession
from aichat.app.media.sound.read_aloud import Listener, Send, send_speech
from aichat.core.exchange.event import Audio, Event, Failure, Finish, TextDelta, UsageUpdate
from aichat.core.exchange.request import Request
from aichat.core.http.call import Call
from aichat.core.message.message import Message, Text
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.realtime import Speech
from aichat.core.text.dates import utc_day
from aichat.disk.catalogue import cards
from aichat.errors import AichatError, Fault
from aichat.net.transport.websocket import UpgradeRefusedError
from aichat.values import NamedTuple
from aichat.wires.realtime.openai.decode import SAMPLES
from aichat.wires.resources.audio.sounds import Sound
from aichat.wires.resources.audio.speech import SpeechDialect, SpeechSpec, speech_dialect

_WISH = "Read the user's text aloud, word for word, in its language; add nothing, answer nothing."


#: Endings that are faults in themselves.
_OWN_KINDS = frozenset(("content_filter", "refusal", "length"))


class SpeechModel(NamedTuple):
    """A speech model that is still served, how to reach it, and what sends the request."""

    name: str
    dialect: SpeechDialect
    send: Send


def choose_speech_model(context: ResourceContext, named: str | None) -> SpeechModel:
    """The named model or the default one; from its retirement on, its successor.

    The user is told of a replacement.
    """
    provider = context.endpoint.provider.id
    model = named or speech_dialect(context.endpoint).model
    card = cards.card(provider, model)
    ended = card.retired and card.retired <= utc_day(context.world.clock.now())
    if ended and card.successor:
        after = speech_dialect(context.endpoint, card.successor)
        how = ", over a socket" if after.by_socket else ""
        context.say(f"{model} ended on {card.retired}: {card.successor} reads it{how}")
        model = card.successor
    dialect = speech_dialect(context.endpoint, model)
    return SpeechModel(model, dialect, _send_by_socket if dialect.by_socket else send_speech)


def socket_speech_call(endpoint: Endpoint, spec: SpeechSpec) -> Call:
    """The request, for a dry run."""
    request, target = _request(spec), _target(endpoint)
    return wires.load(target.wire).encode(request, target)


def _target(endpoint: Endpoint) -> Endpoint:
    sessions = endpoint.provider.realtime
    return endpoint._replace(wire=sessions.wire) if sessions else endpoint


def _request(spec: SpeechSpec) -> Request:
    wish = f"{_WISH} {spec.style}." if spec.style else _WISH
    said = Message("system", (Text(wish),)), Message("user", (Text(spec.text),))
    return Request(spec.model, said, speech=Speech(speaks=True, voice=spec.voice))


def _send_by_socket(
    context: ResourceContext, spec: SpeechSpec, listen: Listener | None
) -> Sound | None:
    """One part, requested once. Errors: those of a session."""
    target, request = _target(context.endpoint), _request(spec)
    wire, terms = wires.load(target.wire), context.options.connection
    decoder, session, told = wire.make_decoder(request, target), LiveSession(), list[Event]()
    try:
        session.put(
            LiveQuestion(request, target, socket_speech_call(context.endpoint, spec), terms)
        )
        for frames in session.answer(terms):
            events = decoder.feed(frames)
            told += events
            for event in events:
                if isinstance(event, Audio) and listen:
                    listen(event.media.data or b"", SAMPLES)
    except UpgradeRefusedError as error:
        raise AichatError(wire.read_fault(error.status, error.headers, error.body)) from error
    finally:
        session.cancel()
        session.close()
    return _sound_of([*told, *decoder.close()], spec, context)


def _sound_of(events: list[Event], spec: SpeechSpec, context: ResourceContext) -> Sound | None:
    """The sound of an answer; the user is told if it does not say the given text."""
    for event in events:
        if isinstance(event, Failure):
            raise AichatError(event.fault)
        if isinstance(event, Finish) and event.reason != "stop":
            kind = event.reason if event.reason in _OWN_KINDS else "truncated"
            why = f"the reading was not finished: {event.raw or event.reason}"
            raise AichatError(Fault(kind, why))
    data = b"".join(event.media.data or b"" for event in events if isinstance(event, Audio))
    if not data:
        return None
    said = "".join(event.text for event in events if isinstance(event, TextDelta))
    if _words(said) != _words(spec.text):
        context.say("warning: what was read is not the text, word for word")
    used = [event for event in events if isinstance(event, UsageUpdate)]
    sound = Sound(data, SAMPLES)
    return sound._replace(usage=used[-1].usage, detail=used[-1].detail) if used else sound


def _words(text: str) -> list[str]:
    """The words of a text, without case and punctuation."""
    kept = "".join(sign if sign.isalnum() or sign.isspace() else "" for sign in text.lower())
    return kept.split()
