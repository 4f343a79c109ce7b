"""The one conductor: a request goes to an endpoint, events come back, an answer is left.

``Exchange`` is iterated for batches of events, one batch for each chunk that
arrives, so that whoever shows them can write once a chunk. It never raises for
a fault of the provider or the net: the last event is then a ``Failure``.
"""

import re
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from typing import NamedTuple

from aichat import wires
from aichat.core import sse
from aichat.core.answer import Answer
from aichat.core.call import Call
from aichat.core.clock import Clock
from aichat.core.context import shortened
from aichat.core.endpoint import Endpoint
from aichat.core.event import Event, Failure, Finish, Notice, TextDelta, UsageSeen
from aichat.core.fold import Fold
from aichat.core.link import Link
from aichat.core.message import Message
from aichat.core.rejection import request_id_of
from aichat.core.request import Request
from aichat.core.retry import LONGEST_WAIT, asked_wait, wait_before
from aichat.core.sanitize import redacted
from aichat.errors import HINTS, AichatError, Fault, describe
from aichat.net import http

#: Characters of a server's own words that are shown: of a quotation, of a message.
_QUOTED, _LONGEST = 80, 400


_ENDS = (Finish, Failure)


class Terms(NamedTuple):
    """On what terms the net is used; ``on_step`` is told one line a step (``--debug``).

    ``on_sent`` is called when a whole request has been written.
    ``watch`` sees every batch after it was shown, and raises where the answer is to end.
    ``drops``: the oldest turns leave a conversation that no longer fits, with a notice.
    """

    link: Link = Link()
    retries: int = 2
    drops: bool = False
    on_step: Callable[[str], object] | None = None
    on_sent: Callable[[], None] | None = None
    watch: Callable[[list[Event]], object] | None = None


class _Again(NamedTuple):
    """Another attempt: when, why (empty: told later), and whether it counts as a retry."""

    seconds: float
    why: str
    counts: bool = True


def _names(fault: Fault, field: str) -> bool:
    """Whether a refusal is about ``field``: its ``param`` decides, else words that quote it."""
    if fault.param:
        return fault.param.partition(".")[0] == field
    pattern = rf"(?:['\"`]|: |field |parameter |argument ){re.escape(field)}\b"
    return re.search(pattern, fault.message, re.IGNORECASE) is not None


def _turns(messages: tuple[Message, ...]) -> int:
    return sum(message.role != "system" for message in messages)


class Exchange:
    """One question and its answer. Iterate it once, then ask for ``answer()``.

    ``secrets`` must appear nowhere but in the request.
    """

    def __init__(self, request: Request, endpoint: Endpoint, clock: Clock, terms: Terms) -> None:
        self._request, self._endpoint = request, endpoint
        self._clock, self._terms = clock, terms
        self._wire = wires.load(endpoint.wire)
        self._fold = Fold(endpoint.provider.id, request.model)
        self._began = clock.monotonic()
        self._first_token: float | None = None
        self._prefill = None if request.resumes else request.settings.prefill
        self._asked = _turns(request.messages)
        self._request_id: str | None = None
        self._attempts = 1
        self._begun = False  # the first output came, and text needs nothing more but showing
        values = [value for _, value in endpoint.headers]
        self.secrets = (*values, endpoint.key.value) if endpoint.key else tuple(values)

    def answer(self) -> Answer:
        """The answer as far as it has come."""
        total = self._clock.monotonic() - self._began
        answer = self._fold.answer(self._first_token, total)
        return answer._replace(request_id=self._request_id, retries=self._attempts - 1)

    def interrupt(self, signum: int) -> None:
        """A signal ended it: what has come is kept, marked as unfinished."""
        fault = Fault("interrupted", "interrupted", signum=signum)
        self._fold.add([Finish("cancelled"), Failure(self._signed(fault))])

    def fail(self, fault: Fault) -> None:
        """What comes can no longer be shown: it ends here."""
        self._fold.fail(fault)

    def __iter__(self) -> Iterator[list[Event]]:
        while True:
            try:
                watch = self._terms.watch
                yield from self._watched(watch) if watch else self._attempt()
                return
            except AichatError as error:
                fault = self._signed(error.fault)
            again = None if self._fold.has_output else self._again(fault)
            if again is None:
                yield self._told([Failure(fault)])
                return
            self._attempts += again.counts
            if again.why:
                yield self._told([Notice("retry", again.why, again.seconds)])
            self._clock.sleep(again.seconds)

    def _watched(self, watch: Callable[[list[Event]], object]) -> Iterator[list[Event]]:
        """One attempt, as far as it is let."""
        # closed by name, so that the connection is closed now
        with closing(self._attempt()) as batches:
            for batch in batches:
                yield batch
                watch(batch)

    def _again(self, fault: Fault) -> _Again | None:
        """Whether and when to try again: without what the server refused, or after a while."""
        if dropped := self._refused_extra(fault):
            self._request = self._request._replace(without=self._request.without | {dropped})
            why = f"the server refused '{dropped}', which we had added; sent again without it"
            return _Again(0.0, why, counts=False)
        if fault.kind == "context_length":
            return self._shortened(fault) if self._terms.drops else None
        seconds = wait_before(fault, self._attempts, self._terms.retries, self._clock.random())
        if seconds is None:
            return None
        times = f"{self._attempts} of {self._terms.retries}"
        return _Again(seconds, f"{describe(fault)}; trying again in {seconds:.1f} s ({times})")

    def _shortened(self, fault: Fault) -> _Again | None:
        """The same question without the oldest turns, where there are any."""
        messages = shortened(self._request.messages, fault.message)
        if messages is None:
            return None
        self._request = self._request._replace(messages=messages)
        return _Again(0.0, "", counts=False)

    def _left_out(self) -> list[Event]:
        """A notice of the turns that did not fit, once the rest of them did."""
        gone = self._asked - _turns(self._request.messages)
        if not gone:
            return []
        why = f"the conversation no longer fits {self._request.model}: the oldest {gone} of "
        return [Notice("context", f"{why}{self._asked} turns are left out")]

    def _refused_extra(self, fault: Fault) -> str | None:
        """A field that only we had asked for and that the server names in its refusal."""
        if fault.kind != "invalid_request":
            return None
        return next((name for name in self._call().added if _names(fault, name)), None)

    def _call(self) -> Call:
        return self._wire.encode(self._request, self._endpoint)

    def _attempt(self) -> Generator[list[Event], None, None]:
        call = self._call()
        self._step(f"> {call.method} {call.url} ({sum(map(len, call.body))} bytes)")
        with http.send(call, self._terms.link, self._terms.on_sent) as response:
            self._step(f"< {response.status} {response.headers.get('content-type', '')}")
            found = request_id_of(response.headers)
            self._request_id = found and redacted(found, self.secrets)
            if not 200 <= response.status < 300:
                raise AichatError(self._rejected(response))
            if left_out := self._left_out():
                yield self._told(left_out)
            yield from self._read(response, call)

    def _rejected(self, response: http.Response) -> Fault:
        body = response.read()
        fault = self._wire.fault(response.status, response.headers, body)
        if not fault.retryable:
            return fault
        wait = asked_wait(response.headers, body, self._clock.now())
        late = wait is not None and wait > LONGEST_WAIT
        hint = f"it asks to wait {wait:.0f} s: try again then" if late else ""
        return fault._replace(retry_after=wait, hint=hint)

    def _read(self, response: http.Response, call: Call) -> Iterator[list[Event]]:
        """The body, event by event; a link lost on the way ends it where it is."""
        decoder = self._wire.decoder(self._request, self._endpoint)
        lost = None
        try:
            # closed by name: what a signal raises while garbage is collected is lost
            with closing(self._frames(response, call)) as received:
                for frames in received:
                    events = decoder.feed(frames)
                    if events:
                        yield self._told(events)
                        if isinstance(events[-1], _ENDS):
                            return
        except AichatError as error:
            lost = error
        yield self._told(self._ending(decoder.close(), lost))

    def _frames(
        self, response: http.Response, call: Call
    ) -> Generator[list[sse.Frame], None, None]:
        content = response.headers.get("content-type", "")
        if "html" in content:
            raise AichatError(http.not_the_api(response, call.url, response.read()))
        if "json" in content and "stream" not in content:
            body = b"".join(response.chunks())
            yield [sse.Frame(body.decode("utf-8", "replace"))]
            return
        reader, heard = sse.Reader(), b""
        try:
            with closing(response.chunks()) as chunks:
                for chunk in chunks:
                    heard = heard or chunk
                    yield reader.feed(chunk)
        except AichatError:
            yield reader.close()
            raise
        yield reader.close()
        if heard and not reader.frames:
            begin = heard[:4096].decode("utf-8", "replace")
            raise AichatError(Fault("protocol", "not the API: the answer begins", quote=begin))

    def _ending(self, events: list[Event], lost: AichatError | None) -> list[Event]:
        """How it ends once the body has: a lost link matters only to an unfinished answer."""
        if lost is None or not events or isinstance(events[-1], Finish):
            return events
        if not self._fold.has_output:
            raise lost
        kind = "truncated" if lost.fault.kind in ("network", "timeout") else lost.fault.kind
        message = f"the answer was cut: {lost.fault.message}"
        return [*events[:-1], Failure(lost.fault._replace(kind=kind, message=message, hint=""))]

    def _told(self, events: list[Event]) -> list[Event]:
        """Fold a batch, stamp the first output, and pass it on."""
        if self._begun and events and isinstance(events[-1], TextDelta):
            self._fold.add(events)  # the next of thousands: nothing of the below is left to do
            return events
        if events and isinstance(events[-1], Failure):
            events[-1] = Failure(self._signed(events[-1].fault))
        if self._endpoint.preamble_tokens:
            events = [self._without_preamble(event) for event in events]
        place = next((n for n, event in enumerate(events) if isinstance(event, TextDelta)), None)
        if self._prefill and place is not None:
            events = [*events[:place], TextDelta(self._prefill), *events[place:]]
            self._prefill = None
        self._fold.add(events)
        if self._first_token is None and self._fold.has_output:
            self._first_token = self._clock.monotonic() - self._began
            self._begun = not (self._prefill or self._endpoint.preamble_tokens)
        return events

    def _without_preamble(self, event: Event) -> Event:
        """The user did not write the preamble: its tokens are not theirs."""
        if not isinstance(event, UsageSeen):
            return event
        tokens, usage = self._endpoint.preamble_tokens, event.usage
        less = {
            name: max(value - tokens, 0)
            for name in ("input", "cached_input")
            if (value := getattr(usage, name)) is not None
        }
        return event._replace(usage=usage._replace(**less))

    def _signed(self, fault: Fault) -> Fault:
        """The fault with who it happened to and what to do, and no key in any of its words."""
        quote = redacted(fault.quote, self.secrets)[:_QUOTED]
        message = redacted(fault.message, self.secrets)[:_LONGEST]
        return fault._replace(
            message=f"{message}: {quote}" if quote else message,
            quote="",
            hint=fault.hint or self._hint(fault.kind),
            code=fault.code and redacted(fault.code, self.secrets),
            request_id=fault.request_id and redacted(fault.request_id, self.secrets),
            provider=self._endpoint.provider.id,
            model=self._request.model,
        )

    def _hint(self, kind: str) -> str:
        provider = self._endpoint.provider
        if kind == "auth" and (provider.regional_keys or self._endpoint.region):
            here = f" (this was '{self._endpoint.region}')" if self._endpoint.region else ""
            regions = "|".join(provider.regions)
            return f"a key may work in one region only{here}: --region {regions}; or {HINTS[kind]}"
        return HINTS.get(kind, "")

    def _step(self, line: str) -> None:
        if self._terms.on_step:
            self._terms.on_step(redacted(line, self.secrets))
