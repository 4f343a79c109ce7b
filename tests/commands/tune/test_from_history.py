"""``tune create --from-history``: what was said here, as a file that is learned from."""

import json
from typing import Any

import pytest

from tests.commands.files.test_files import form_of, point
from tests.commands.tune.test_tune import JOB, reply
from tests.core.conversation.foreign.test_exports import chatgpt, node
from tests.support.answering.server import Server
from tests.support.running.program import Program

CREATE = ("tune", "create", "-m", "gpt-4.1-mini", "-p", "openai")


def fill(aichat: Program, answered: int, asked: int = 1) -> None:
    """Conversations about rivers with an answer, and some about lakes without one."""
    every: list[Any] = [
        chatgpt(
            node("u", None, "user", f"rivers of bob{n}@example.com"),
            node("a", "u", "assistant", f"number {n}"),
            id=f"r{n}",
        )
        for n in range(answered)
    ]
    every += [chatgpt(node("u", None, "user", "rivers"), id=f"n{n}") for n in range(asked)]
    every += [chatgpt(node("u", None, "user", "lakes"), node("a", "u", "assistant", "a"), id="l")]
    path = aichat.home / "all.json"
    path.write_text(json.dumps(every))
    assert aichat.invoke("history", "import", str(path)).code == 0


def learned(server: Server) -> list[dict[str, Any]]:
    """The examples of the file that was uploaded."""
    (data,) = (data for name, _, data in form_of(server.requests[0]) if name == "file")
    return [json.loads(line) for line in data.splitlines()]


def test_what_a_search_finds_is_learned_from_and_gone_afterwards(aichat: Program) -> None:
    fill(aichat, 12)
    with Server(default=lambda request: reply(request, JOB)) as server:
        words = (*CREATE, "--from-history", "rivers", "--yes")
        done = point(aichat, server, "openai").invoke(*words)
        assert done.code == 0, done.stderr
        examples = learned(server)
    assert len(examples) == 12
    assert examples[0]["messages"] == [
        {"role": "user", "content": "rivers of bob0@example.com"},
        {"role": "assistant", "content": "number 0"},
    ]
    assert "12 conversations of 13 that were found have an answer to learn from" in done.stderr
    assert not [*aichat.home.glob("aichat-tune-*")]


def test_what_is_private_is_not_in_the_file(aichat: Program) -> None:
    fill(aichat, 10)
    with Server(default=lambda request: reply(request, JOB)) as server:
        point(aichat, server, "openai").write_config('[privacy]\nredact = ["email"]\n')
        assert aichat.invoke(*CREATE, "--from-history", "rivers", "--yes").code == 0
        assert learned(server)[3]["messages"][0]["content"] == "rivers of [EMAIL_1]"
        assert not [seen for seen in server.requests if b"@example.com" in seen.body]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--from-history", "nowhere", "--yes"), "no conversation with an answer has 'nowhere'"),
        (("--from-history", "rivers", "--yes"), "has 3 examples: 10 are the least"),
        (("--from-history", "rivers", "--train", "a"), "--train FILE or --from-history QUERY"),
        ((), "--train FILE or --from-history QUERY"),
    ],
)
def test_what_cannot_be_learned_from_is_told_before_anything_is_sent(
    words: tuple[str, ...], told: str, aichat: Program
) -> None:
    fill(aichat, 3)
    with Server() as server:
        done = point(aichat, server, "openai").invoke(*CREATE, *words)
        assert (done.code, server.requests) == (2, [])
    assert told in done.stderr
