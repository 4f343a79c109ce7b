"""A decoder is gone with its answer: a run of many would fill memory with those that are not."""

import gc
import json

import pytest

from aichat import providers, wires
from aichat.core.exchange.request import Request
from aichat.core.http.sse import Frame
from aichat.core.provider.endpoint import Endpoint
from tests.support.answering.batches import answer_to

#: Wires, and a question in each one's words.
ASKED = {
    ("openai", "responses"): {"model": "m", "input": "hi"},
    ("groq", "chat"): {"model": "m", "messages": [{"content": "hi"}]},
    ("anthropic", "messages"): {
        "model": "claude",
        "max_tokens": 1,
        "messages": [{"content": "hi"}],
    },
    ("gemini", "gemini"): {"contents": [{"parts": [{"text": "hi"}]}]},
}


@pytest.mark.parametrize(("provider", "wire"), ASKED)
def test_a_decoder_keeps_nothing_alive_not_even_itself(provider: str, wire: str) -> None:
    endpoint = Endpoint(providers.load(provider), wire, "http://127.0.0.1:9")
    body = json.dumps(answer_to(ASKED[provider, wire]))
    request = Request("m", (), stream=False)
    wires.load(wire).make_decoder(request, endpoint)  # which loads what it needs
    gc.collect()
    gc.disable()
    try:
        decoder = wires.load(wire).make_decoder(request, endpoint)
        told = [*decoder.feed([Frame(body)]), *decoder.close()]
        assert any(getattr(event, "text", "") == "<hi>" for event in told)
        del decoder, told
        assert gc.collect() == 0
    finally:
        gc.enable()
