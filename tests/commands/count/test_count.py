"""``aichat count``: the number that the provider's own endpoint counts."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.commands.files.test_files import answer, point
from tests.support.answering.server import Server
from tests.support.running.program import Program

#: Path and answer of each.
COUNTS: Mapping[str, tuple[str, Any]] = {
    "openai": ("/v1/responses/input_tokens", {"input_tokens": 7}),
    "anthropic": ("/v1/messages/count_tokens", {"input_tokens": 7}),
    "moonshot": ("/v1/tokenizers/estimate-token-count", {"data": {"total_tokens": 7}}),
    "xai": ("/v1/tokenize-text", {"token_ids": [{}] * 7}),
}


@pytest.mark.parametrize("provider", COUNTS)
def test_the_provider_counts(aichat: Program, provider: str) -> None:
    path, told = COUNTS[provider]
    with Server(default=answer(told)) as server:
        done = point(aichat, server, provider).invoke("count", "a", "cat", "-p", provider)
        (request,) = server.requests
    assert (request.method, request.path) == ("POST", path)
    assert b"a cat" in request.body and (done.text, done.code) == ("7\n", 0)


def test_files_are_counted_with_the_words(aichat: Program) -> None:
    (aichat.home / "a.txt").write_text("more of it")
    with Server(default=answer({"input_tokens": 3})) as server:
        done = point(aichat, server, "openai").invoke(
            "count", "a", "-f", "a.txt", "-p", "openai", "--json"
        )
        assert b"more of it" in server.requests[0].body
    assert json.loads(done.text)["usage"] == {"input": 3}


def test_who_counts_none_names_those_that_do(aichat: Program) -> None:
    with Server() as server:
        done = point(aichat, server, "groq").invoke("count", "a", "-p", "groq")
    assert done.code == 5 and "openai" in done.stderr


def test_an_answer_without_a_count_is_one_line(aichat: Program) -> None:
    with Server(default=answer({"input_tokens": "many"})) as server:
        done = point(aichat, server, "openai").invoke("count", "a", "-p", "openai")
    assert (done.text, done.code) == ("", 7) and "no token count" in done.stderr
