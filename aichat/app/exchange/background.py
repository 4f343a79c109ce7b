"""Background answers, which the provider works on by itself: started, and fetched later.

Nothing is asked twice: once the id is known, only the answer's state is requested.
"""

from collections.abc import Generator, Iterable, Iterator
from contextlib import closing

from aichat import wires
from aichat.app.calls.caller import CallOptions, outgoing_call
from aichat.app.calls.polling import LOST_KINDS, PollLoop, way_back_line
from aichat.app.exchange.exchange import Exchange
from aichat.core.config.body_options import deep_merge
from aichat.core.exchange.event import Event, Failure, Finish, Notice, Start
from aichat.core.exchange.request import Request
from aichat.core.http import sse
from aichat.core.http.call import Call, request_headers
from aichat.core.provider.background import PENDING_STATUSES, Background
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.clock import Clock
from aichat.core.text.json import parse_object, read_object
from aichat.errors import AichatError, Fault
from aichat.net import http


def background_of(endpoint: Endpoint) -> Background:
    """How an endpoint does background answers. Errors: ``invalid_request`` if it cannot."""
    found = endpoint.provider.background.get(endpoint.wire)
    if found is None:
        others = ", ".join(endpoint.provider.background)
        hint = f"use --wire {others}" if others else "leave --background out"
        message = f"{endpoint.provider.name} does not answer in the background"
        wire = f" on the wire {endpoint.wire}" if others else ""
        raise AichatError(Fault("invalid_request", message + wire, hint))
    return found


def in_background(request: Request, endpoint: Endpoint) -> Request:
    """``request`` for a background answer. Errors: ``invalid_request``."""
    spec = background_of(endpoint)
    options = deep_merge(spec.start, request.settings.options)
    settings = request.settings._replace(options=options)
    return request._replace(settings=settings, stream=spec.streams)


def fetch_call(endpoint: Endpoint, answer_id: str, last_event: str | None = None) -> Call:
    """The request for an answer, or for its events after the last one seen.

    Errors: ``invalid_request``.
    """
    prefix = endpoint.provider.quirks.path_prefix
    base_url = endpoint.base_url.removesuffix(prefix) + prefix
    url = background_of(endpoint).url(base_url, answer_id, last_event)
    auth = wires.load(endpoint.wire).auth(endpoint, {})
    return Call("GET", url, request_headers(endpoint.headers, *auth, json_content=False))


def first_call(request: Request, endpoint: Endpoint, answer_id: str | None) -> Call:
    """What starts a background answer, or fetches the one with that id.

    Errors: ``invalid_request``.
    """
    if answer_id:
        return fetch_call(endpoint, answer_id)
    return wires.load(endpoint.wire).encode(in_background(request, endpoint), endpoint)


class BackgroundStart(Exchange):
    """A question with a background answer: it ends as soon as the id is known."""

    def _read(self, response: http.Response, call: Call) -> Iterator[list[Event]]:
        spec = background_of(self._endpoint)
        decoder = self._wire.make_decoder(self._request, self._endpoint)
        with closing(self._frames(response, call)) as received:
            for frames in received:
                if answer_id := _find_id(frames, spec.id_field):
                    yield self._process_events([Start(answer_id, background=True)])
                    return
                yield self._process_events(decoder.feed(frames))
        yield self._process_events(decoder.close())


class BackgroundAnswer(Exchange):
    """The answer ``answer_id``, followed event by event, or polled until it is there."""

    def __init__(
        self,
        answer_id: str,
        request: Request,
        endpoint: Endpoint,
        clock: Clock,
        options: CallOptions,
    ) -> None:
        spec = background_of(endpoint)
        super().__init__(request._replace(stream=spec.streams), endpoint, clock, options)
        self._spec, self._id = spec, answer_id
        self._last_event: str | None = None
        self._status = ""
        self._decoder = self._wire.make_decoder(self._request, endpoint)

    def _call(self) -> Call:
        return fetch_call(self._endpoint, self._id, self._last_event)

    def _attempt(self) -> Generator[list[Event], None, None]:
        self._recall_placeholders()
        yield self._process_events([Start(self._id, background=True)])
        polls = PollLoop(self._clock)
        try:
            while polls.begin_poll():
                with polls, self._caller.send(self._call()) as response:
                    for events in self._follow(response, polls):
                        yield self._process_events(self._marked(events))
                        if isinstance(events[-1], Finish | Failure):
                            return
                if polls.lost:
                    again = Notice("retry", "link lost; attaching again", polls.wait)
                    yield self._process_events([again])
        except AichatError as error:
            lost = error.fault
            if lost.kind not in LOST_KINDS:
                raise
        yield self._process_events(self._cut(lost))

    def _recall_placeholders(self) -> None:
        """Restore the placeholders of the question."""
        if self._caller.placeholders is not None:
            outgoing_call(super()._call(), self._caller.placeholders)
            self._begin_restoring()

    def _follow(self, response: http.Response, polls: PollLoop) -> Iterator[list[Event]]:
        """The events on one connection; none if there are none yet."""
        with closing(self._frames(response, self._call())) as received:
            for frames in received:
                if pending := self._pending(response, frames):
                    if pending != self._status:
                        self._status = pending
                        yield [Notice("background", f"the answer is {pending.replace('_', ' ')}")]
                    return
                if last := _last_event(frames, self._spec.event_field):
                    self._last_event = last
                    polls.take_news()
                if events := self._decoder.feed(frames):
                    yield events
        if not self._spec.streams:
            yield self._decoder.close()

    def _pending(self, response: http.Response, frames: list[sse.Frame]) -> str:
        """The status of an unfinished answer."""
        if "json" not in response.headers.get("content-type", "") and response.status != 202:
            return ""
        told = parse_object(frames[0].data).get("status") if frames else ""
        status = str(told or "")
        if response.status == 202:
            return status or "pending"
        return status if status in PENDING_STATUSES else ""

    def _marked(self, events: list[Event]) -> list[Event]:
        """Mark the events as those of a background answer."""
        return [
            Start(self._id, event.model, background=True) if isinstance(event, Start) else event
            for event in events
        ]

    def _cut(self, fault: Fault) -> list[Event]:
        message = f"the answer was cut off: {fault.message}"
        hint = way_back_line("it", f"aichat ask --resume {self._id}")
        return [Failure(fault._replace(kind="truncated", message=message, hint=hint))]


def _find_id(frames: Iterable[sse.Frame], field: str) -> str | None:
    """The id of the answer, as soon as it is known: it is in ``field``."""
    for frame in frames:
        told = read_object(frame.data)
        for value in (told, told.get("response"), told.get("interaction")):
            found = value.get(field) if isinstance(value, dict) else None
            if isinstance(found, str) and found:
                return found
    return None


def _last_event(frames: Iterable[sse.Frame], field: str) -> str | None:
    """The id of the last event, in ``field``, to resume after it."""
    told = [frame.data for frame in frames if frame.data]
    found = read_object(told[-1]).get(field) if told else None
    return None if found is None else str(found)
