"""``aichat moderate``: verdicts in order, and an exit code for who asks for one."""

import json
from typing import Any

import pytest

from tests.commands.files.test_files import answer, point
from tests.support.answering.server import Server
from tests.support.running.program import Program

OK = {"flagged": False, "categories": {"hate": False}, "category_scores": {"hate": 0.01}}
BAD = {
    "flagged": True,
    "categories": {"violence": True, "hate": False},
    "category_scores": {"hate": 0.02, "violence": 0.9},
}


@pytest.mark.parametrize(("more", "code"), [((), 0), (("--fail",), 10)])
def test_each_line_has_its_verdict(aichat: Program, more: tuple[str, ...], code: int) -> None:
    with Server(default=answer({"results": [OK, BAD]})) as server:
        done = point(aichat, server, "openai").invoke(
            "moderate", "--lines", "-p", "openai", *more, stdin=b"nice\nbad\n"
        )
        (request,) = server.requests
    assert (request.method, request.path) == ("POST", "/v1/moderations")
    assert request.json() == {"model": "omni-moderation-latest", "input": ["nice", "bad"]}
    assert done.code == code
    assert done.text.splitlines()[1:] == ["ok\thate 0.01\tnice", "flagged\tviolence 0.90\tbad"]


def test_json_has_every_score(aichat: Program) -> None:
    with Server(default=answer({"results": [BAD]})) as server:
        done = point(aichat, server, "openai").invoke("moderate", "bad", "-p", "openai", "--json")
    (result,) = json.loads(done.text)["results"]
    assert result["categories"] == ["violence"] and [*result["scores"]] == ["violence", "hate"]


def test_who_has_none_names_who_does(aichat: Program) -> None:
    with Server() as server:
        done = point(aichat, server, "anthropic").invoke("moderate", "a", "-p", "anthropic")
    assert done.code == 5 and "these do: openai" in " ".join(done.stderr.split())


@pytest.mark.parametrize("told", [{}, {"results": "x"}, {"results": [{"flagged": 1}]}, []])
def test_an_answer_without_verdicts_is_one_line(aichat: Program, told: Any) -> None:
    with Server(default=answer(told)) as server:
        done = point(aichat, server, "openai").invoke("moderate", "a", "-p", "openai")
    assert (done.text, done.code) == ("", 7)
