"""The loop that makes a call again: what it waits for, what it counts, and what it gives up on."""

import time

import pytest

from aichat.app.calls.caller import Caller, CallOptions, RefusedError
from aichat.app.calls.retry import RetryLoop
from aichat.core.http.call import Call
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.clock import Clock
from aichat.errors import AichatError, Fault
from aichat.providers import groq
from tests.support.answering.server import Reply, Server, chat_error, models_list

BUSY = chat_error(503, "Busy", headers={"retry-after": "7"})
GOOD = models_list("m1")
REFUSED = chat_error(400, "No such thing")


class Attempts:
    """Calls of one server, each answered by the next of ``replies``, made by one loop."""

    def __init__(self, *replies: Reply, repeats: bool = True) -> None:
        self.waits: list[float] = []
        self.made, self.said = 0, ""
        self._replies = replies
        clock = Clock(time.time, time.monotonic, self.waits.append, lambda: 0.5)
        self._clock = clock
        self._repeats = repeats

    def run(self) -> RetryLoop:
        with Server(*self._replies) as server:
            endpoint = Endpoint(groq.PROVIDER, "chat", f"{server.url}/v1")
            caller = Caller(endpoint, self._clock, CallOptions(), "m1")
            loop = RetryLoop(caller, self._clock, lambda _: self._repeats)
            while loop.begin_attempt():
                self.made += 1
                with loop, caller.send(Call("GET", f"{server.url}/v1/models", ())) as response:
                    response.read()
                if loop.wait:
                    self.said += loop.wait.why
        return loop


def test_it_goes_on_until_an_attempt_succeeds() -> None:
    attempts = Attempts(BUSY, BUSY, GOOD)
    loop = attempts.run()
    assert (attempts.made, attempts.waits) == (3, [7.0, 7.0])
    assert (loop.retries, loop.wait) == (2, None)
    assert "(1 of 2)" in attempts.said and "(2 of 2)" in attempts.said


def test_the_first_success_is_the_end() -> None:
    attempts = Attempts(GOOD, REFUSED)
    assert (attempts.run().retries, attempts.made, attempts.waits) == (0, 1, [])


@pytest.mark.parametrize(
    ("attempts", "made"),
    [
        (Attempts(BUSY, BUSY, BUSY, GOOD), 3),
        (Attempts(REFUSED, GOOD), 1),
        (Attempts(BUSY, GOOD, repeats=False), 1),
    ],
    ids=["as often as allowed", "never for a refusal", "not where it must not be repeated"],
)
def test_the_last_fault_is_raised_as_it_came_and_complete(attempts: Attempts, made: int) -> None:
    with pytest.raises(RefusedError) as caught:
        attempts.run()
    assert attempts.made == made
    fault = caught.value.fault
    assert (fault.provider, fault.model) == ("groq", "m1")
    assert b"error" in caught.value.body


def test_what_is_no_fault_passes_through() -> None:
    with Server(GOOD) as server:
        endpoint = Endpoint(groq.PROVIDER, "chat", server.url)
        clock = Clock(time.time, time.monotonic, time.sleep, lambda: 0.5)
        loop = RetryLoop(Caller(endpoint, clock, CallOptions()), clock)
    assert loop.begin_attempt()
    with pytest.raises(KeyError), loop:
        raise KeyError
    with pytest.raises(AichatError), loop:
        raise AichatError(Fault("output", "no room"))
    assert not loop.begin_attempt()
