"""An answer over a socket: asked, shown, priced and stored like any other."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import closing

from aichat import wires
from aichat.app.calls.caller import CallOptions
from aichat.app.exchange.exchange import Exchange
from aichat.app.exchange.live.opening import LiveQuestion
from aichat.app.exchange.live.playout import LEAD_SECONDS, SECOND_BYTES, Playout, Speaker
from aichat.app.exchange.live.session import LiveSession
from aichat.app.question.request import Attempt
from aichat.core.exchange.event import Audio, Event, Failure, Finish, UsageUpdate
from aichat.core.exchange.request import Request
from aichat.core.http.call import Call
from aichat.core.http.connection import ConnectionOptions
from aichat.core.http.retry import parse_retry_after
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.clock import Clock
from aichat.core.text.redact import mask_url
from aichat.errors import AichatError, Fault
from aichat.net.transport.websocket import UpgradeRefusedError
from aichat.process.signals import defer_signals

#: Seconds between checks whether the user wants to speak during an answer.
_TICK_SECONDS = 0.05


def open_line(session: LiveSession, attempt: Attempt, terms: ConnectionOptions) -> bool:
    """Open a session in which the user speaks the next message of ``attempt``.

    Returns whether an earlier session was lost. Errors: those of opening, as for any question.
    """
    request, endpoint = attempt.request, attempt.target
    wire = wires.load(endpoint.wire)
    call = wire.encode(request._replace(messages=()), endpoint)
    try:
        return session.open(LiveQuestion(request, endpoint, call, terms))
    except UpgradeRefusedError as error:
        fault = wire.read_fault(error.status, error.headers, error.body)
        provider, model, _ = attempt.identity
        raise AichatError(fault._replace(provider=provider, model=model)) from error


def _with_messages(event: UsageUpdate, told: int) -> UsageUpdate:
    counts = {**event.detail.counts, "text_message": told} if told else event.detail.counts
    return event._replace(detail=event.detail._replace(counts=counts))


class LiveExchange(Exchange):
    """One question over ``session``, or else over a session of its own."""

    def __init__(
        self,
        session: LiveSession | None,
        request: Request,
        endpoint: Endpoint,
        clock: Clock,
        options: CallOptions,
    ) -> None:
        super().__init__(request, endpoint, clock, options)
        self._session, self._is_own = session or LiveSession(), session is None
        self._playout: Playout | None = None  # of the spoken answer
        self._told_before = 0

    def _attempt(self) -> Generator[list[Event], None, None]:
        session, call = self._session, self._opening()
        self._told_before = session.messages_told
        terms = self._options.connection
        self._caller.log_step(f"> {call.method} {mask_url(call.url)} ({call.size} bytes)")
        question = LiveQuestion(self._request, self._endpoint, call, terms)
        self._caller.placeholders = session.keep_placeholders(self._caller.placeholders)
        try:
            notices = session.put(question)
        except UpgradeRefusedError as error:
            raise AichatError(self._refusal(error.status, error.headers, error.body)) from error
        if self._options.on_sent:
            self._options.on_sent()
        self._remember_refusals()
        self._begin_restoring()
        notices += session.limits.warnings(self._clock.now())
        try:
            if notices:
                yield self._process_events(notices)
            if session.speaker and session.speaker.is_heard:
                yield from self._say(session, session.speaker, terms)
            else:
                yield from self._decode(session.answer(terms))
        except AichatError as error:
            error.fault = error.fault._replace(retryable=False)  # it may be billed
            raise
        finally:
            self._end(session)

    def _say(
        self, session: LiveSession, speaker: Speaker, terms: ConnectionOptions
    ) -> Iterator[list[Event]]:
        """The answer as fast as it is heard, until the user speaks over it."""
        decoder = self._wire.make_decoder(self._request, self._endpoint)
        self._playout = playout = Playout()
        speaker.write(b"")  # a player takes a while to start
        lost = None
        try:
            with closing(session.answer(terms, _TICK_SECONDS)) as received:
                for frames in received:
                    events = decoder.feed(frames)
                    playout.add(events)
                    if self._is_cut(session):
                        yield self._cut(session)
                        return
                    yield from self._hand_over(playout, speaker)
                    if events and isinstance(events[-1], Failure):
                        break
        except AichatError as error:
            lost = error
        playout.close()
        while not playout.is_done:
            yield from self._hand_over(playout, speaker)
            self._rest(session, speaker, playout)
            if self._is_cut(session):
                yield self._cut(session)
                return
        self._playout = None
        yield self._process_events(self._end_events(decoder.close(), lost))

    def _opening(self) -> Call:
        """The call that opens the socket; the messages are sent by the session."""
        return self._wire.encode(self._request._replace(messages=()), self._endpoint)

    def _taken_events(self, events: list[Event]) -> list[Event]:
        """As in the base class, plus the messages sent, which the server does not count."""
        told = self._session.messages_told - self._told_before
        counted = [_with_messages(e, told) if isinstance(e, UsageUpdate) else e for e in events]
        return super()._taken_events(counted)

    def _process_events(self, events: list[Event]) -> list[Event]:
        """As in the base class; sound for a file that is not kept is dropped."""
        speaker = self._session.speaker
        if speaker and not speaker.is_heard:
            events = self._write(speaker, events)
        return super()._process_events(events) if events else events

    def interrupt(self, signum: int) -> None:
        """As in the base class; kept sound is still made a file."""
        fault = self._caller.complete_fault(Fault("interrupted", "interrupted", signum=signum))
        self._process_events([Finish("cancelled"), Failure(fault)])

    def _write(self, speaker: Speaker, events: list[Event]) -> list[Event]:
        """Send sound to the speaker; return the remaining events."""
        for event in events:
            if isinstance(event, Audio) and event.media.data:
                speaker.write(event.media.data)
        if self._session.keeps_sound:
            return events
        return [event for event in events if not isinstance(event, Audio)]

    def _is_cut(self, session: LiveSession) -> bool:
        return session.is_interrupted or session.wants_floor()

    def _hand_over(self, playout: Playout, speaker: Speaker) -> Iterator[list[Event]]:
        """Hand over what is due: sound to the speaker, everything to be shown and kept."""
        with defer_signals():  # what is kept is what was handed over
            told: list[Event] = []
            while events := playout.due(speaker.ahead()):
                told += self._write(speaker, events)
            told = self._process_events(told) if told else told
        if told:
            yield told

    def _rest(self, session: LiveSession, speaker: Speaker, playout: Playout) -> None:
        """Wait until more can be heard, or the user speaks."""
        if playout.is_done:
            return
        seconds = max(0.0, min(_TICK_SECONDS, speaker.ahead() - LEAD_SECONDS))
        try:
            if session.is_open:
                session.listen(seconds)
                return
        except AichatError:
            pass  # what has arrived can still be heard
        self._clock.sleep(seconds)

    def _cut(self, session: LiveSession) -> list[Event]:
        """Give the user the floor: stop the sound, and count only what was heard."""
        usage = self._fall_silent(session, is_told=not session.is_interrupted)
        fault = Fault("interrupted", "interrupted", provider=self._endpoint.provider.id)
        return self._process_events([*usage, Finish("cancelled", "interrupted"), Failure(fault)])

    def _fall_silent(self, session: LiveSession, *, is_told: bool) -> list[Event]:
        """Stop the sound and the rest of the answer; return its usage."""
        playout, self._playout = self._playout, None
        if playout and session.speaker:
            unheard = session.speaker.ahead()
            session.speaker.stop()
            heard = max(0.0, playout.sent / SECOND_BYTES - unheard)
            session.truncate(round(heard * 1000))
        decoder = self._wire.make_decoder(self._request, self._endpoint)
        told = decoder.feed(session.cancel(is_told=is_told))
        return [event for event in told if isinstance(event, UsageUpdate)]

    def _end(self, session: LiveSession) -> None:
        """However it ended: cancel an answer still arriving, and count its usage."""
        self._builder.add(self._fall_silent(session, is_told=True))
        if not self._builder.has_output:
            session.forget()
        if not (self._request.speech and self._request.speech.takes_turns):
            session.catch_up()  # or the next answer may begin with it
        self._caller.limits = session.limits.headers
        if self._is_own:
            session.close()

    def _refusal(self, status: int, headers: Mapping[str, str], body: bytes) -> Fault:
        """The fault of a server's refusal to open the socket."""
        fault = self._wire.read_fault(status, headers, body)
        wait = parse_retry_after(headers, body, self._clock.now())
        return fault._replace(retry_after=wait)
