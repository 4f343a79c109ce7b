"""Several models under one limit of cost: together they do not spend more than it."""

import json
import threading

import pytest

from tests.support.answering.server import Reply, SeenRequest, Server, chat_stream
from tests.support.running.program import Program

BOTH = ("ask", "-m", "groq/openai/gpt-oss-120b", "-m", "groq/openai/gpt-oss-20b", "--no-stdin")
#: 0.06 USD by the larger model, 0.03 by the smaller one, of which nothing is seen before the end.
DEAR = {"prompt_tokens": 9, "completion_tokens": 100_000, "total_tokens": 100_009}
CHEAP = {"prompt_tokens": 9, "completion_tokens": 10, "total_tokens": 19}


def test_those_of_unknown_length_go_one_after_the_other_until_nothing_is_left(
    aichat: Program,
) -> None:
    with Server(default=chat_stream(["Yes."], DEAR)) as server:
        aichat.point_groq_at(server.url)
        done = aichat.invoke(*BOTH, "--json", "--max-cost", "0.05", "hi")
        assert len(server.requests) == 1
    first, second = json.loads(done.stdout)
    assert (first["text"], first["error"]) == ("Yes.", None)
    assert (second["error"]["kind"], second["text"], done.code) == ("budget", "", 11)
    assert "not asked" in done.stderr and "one after the other" in done.stderr


@pytest.mark.parametrize("more", [(), ("--json",), ("--markdown",)])
def test_who_waited_is_asked_once_the_first_has_ended(
    aichat: Program, more: tuple[str, ...]
) -> None:
    with Server(default=chat_stream(["Yes."], CHEAP)) as server:
        done = aichat.point_groq_at(server.url).invoke(*BOTH, *more, "--max-cost", "0.05", "hi")
        assert len(server.requests) == 2
    assert done.code == 0 and done.text.count("Yes.") == 2


def test_those_with_an_output_limit_are_asked_at_once_as_far_as_they_fit_in(
    aichat: Program,
) -> None:
    both = threading.Barrier(2)

    def together(_: SeenRequest) -> Reply:
        both.wait(20)
        return chat_stream(["Yes."], CHEAP)

    limited = ("--max-tokens", "1000", "--max-cost")  # 0.0006 and 0.0003 at the most
    with Server(default=together) as server:
        aichat.point_groq_at(server.url)
        assert aichat.invoke(*BOTH, *limited, "0.001", "hi").code == 0
        server.default = chat_stream(["Yes."], CHEAP)
        done = aichat.invoke(*BOTH, *limited, "0.0007", "hi")
        assert done.code == 0 and "one after the other" in done.stderr
        assert len(server.requests) == 4
