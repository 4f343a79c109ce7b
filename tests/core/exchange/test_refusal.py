"""What can be left out of a refused request is found wherever a server names it."""

from typing import Any

import pytest

from aichat.core.exchange.refusal import is_lasting, refused_part, without_part
from aichat.core.exchange.request import Request, Settings
from aichat.core.http.error_response import fault_from_response
from aichat.core.message.message import Message, Raw, Reasoning, Text
from aichat.core.text.json import dumps
from aichat.errors import Fault

ADDED = frozenset(("stream_options", "store", "include"))
PAST = Message("assistant", (Reasoning("Hm."), Text("Yes."), Raw("chat", {}, replay=True)))
REQUEST = Request("m", (PAST, Message("user", (Text("And?"),))))


def fault(message: str, status: int = 400, **fields: Any) -> Fault:
    """A server's refusal in the usual shape."""
    body = {"error": {"message": message, "type": "invalid_request_error", **fields}}
    return fault_from_response(status, {}, dumps(body).encode())


def in_detail(*loc: str | int) -> Fault:
    """FastAPI's."""
    detail = [{"type": "extra_forbidden", "loc": loc, "msg": "Extra inputs are not permitted"}]
    return fault_from_response(422, {}, dumps({"detail": detail}).encode())


FOUND: dict[str, tuple[Fault, str | None]] = {
    "param": (fault("no", param="stream_options"), "stream_options"),
    "a dotted param": (fault("no", param="stream_options.include_usage"), "stream_options"),
    "a param below the body": (fault("no", param="body.stream_options"), "stream_options"),
    "loc": (in_detail("body", "stream_options"), "stream_options"),
    "loc of a field below": (
        in_detail("body", "stream_options", "include_usage"),
        "stream_options",
    ),
    "quoted": (fault("Unrecognized field 'include'"), "include"),
    "after a colon": (fault("Unknown parameter: store"), "store"),
    "a path in prose": (fault("body.stream_options: not permitted"), "stream_options"),
    "a param that names nothing": (fault("property 'store' no", param="body"), "store"),
    "another field": (fault("no", param="temperature"), None),
    "another field, and ours in passing": (fault("'stop' (not store)", param="stop"), None),
    "ours in a sentence": (fault("we store nothing"), None),
    "stream by param": (fault("must be verified", param="stream"), "stream"),
    "stream in prose": (fault("This model does not support streaming"), "stream"),
    "stream is not allowed": (fault("Streaming is not allowed for this model"), "stream"),
    "unverified": (fault("Your organization must be verified to stream this model."), "stream"),
    "stream by loc": (in_detail("body", "stream"), "stream"),
    "the other way": (fault("This model only supports stream mode"), None),
    "history by path": (
        fault("messages.1.assistant.reasoning: property 'x' is unsupported", param="body"),
        "reasoning",
    ),
    "history by loc": (in_detail("body", "messages", 1, "assistant", "thinking"), "reasoning"),
    "history by a field": (fault("Unrecognized: reasoning_details"), "reasoning"),
    "history in brackets": (fault("messages[1].reasoning_content is not allowed"), "reasoning"),
    "a stale signature": (
        fault("messages.1.content.0: Invalid `signature` in `thinking` block"),
        "reasoning",
    ),
    "Gemini's": (fault("Corrupted thought signature.", status=400), "reasoning"),
    "sealed elsewhere": (fault("The encrypted content could not be verified."), "reasoning"),
    "an item of another account": (fault("Item 'rs_1' not found.", status=404), "reasoning"),
    "reasoning that is missing": (fault("reasoning_content is missing in messages.1"), None),
    "the effort": (fault("unsupported", param="reasoning_effort"), None),
    "the effort in prose": (fault("thinking.budget_tokens must be at least 1024"), None),
    "another kind": (fault("'store' later", status=429), None),
}


@pytest.mark.parametrize(("refusal", "part"), FOUND.values(), ids=FOUND)
def test_what_was_refused_is_found(refusal: Fault, part: str | None) -> None:
    assert refused_part(refusal, REQUEST, ADDED) == part


def test_what_is_not_there_or_was_asked_for_cannot_go() -> None:
    bare = REQUEST._replace(messages=REQUEST.messages[1:])
    assert refused_part(FOUND["a stale signature"][0], bare, ADDED) is None
    assert refused_part(FOUND["param"][0], REQUEST, frozenset()) is None
    typed = REQUEST._replace(settings=Settings(options={"stream": True}))
    assert refused_part(FOUND["stream by param"][0], typed, ADDED) is None
    assert refused_part(FOUND["stream by param"][0], REQUEST._replace(stream=False), ADDED) is None


def test_a_request_without_what_was_refused() -> None:
    assert not without_part(REQUEST, "stream").stream
    assert without_part(REQUEST, "reasoning").messages[0].parts == (Text("Yes."),)
    assert without_part(REQUEST, "store").without == {"store"}


def test_only_what_is_refused_for_good_is_remembered() -> None:
    assert is_lasting(FOUND["history by a field"][0])
    assert not is_lasting(FOUND["a stale signature"][0])
    assert not is_lasting(FOUND["an item of another account"][0])
    told = Fault("invalid_request", "it cannot be used", code="container_expired")
    assert not is_lasting(told) and is_lasting(told._replace(code=None))
