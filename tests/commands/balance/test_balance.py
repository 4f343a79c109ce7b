"""``aichat balance``: what is left, and in which money."""

import json
from typing import Any

import pytest

from tests.commands.files.test_files import answer, point
from tests.support.answering.server import Server
from tests.support.running.program import Program

TOLD = {"data": {"cash_balance": -3.0, "available_balance": 49.58, "x": "y"}, "status": True}


def test_what_is_left_stands_first(aichat: Program) -> None:
    with Server(default=answer(TOLD)) as server:
        done = point(aichat, server, "moonshot").invoke("balance", "-p", "moonshot")
        (request,) = server.requests
    assert (request.method, request.path) == ("GET", "/v1/users/me/balance")
    assert done.text.splitlines()[1:] == [
        "available_balance\t49.58\tUSD",
        "cash_balance\t-3.00\tUSD",
    ]


def test_json_has_the_amounts(aichat: Program) -> None:
    with Server(default=answer(TOLD)) as server:
        done = point(aichat, server, "moonshot").invoke("balance", "-p", "moonshot", "--json")
    told = json.loads(done.text)
    assert (told["currency"], told["amounts"]["available_balance"]) == ("USD", 49.58)


def test_who_tells_none_names_who_does(aichat: Program) -> None:
    with Server() as server:
        done = point(aichat, server, "openai").invoke("balance", "-p", "openai")
    assert done.code == 5 and "these do: moonshot" in " ".join(done.stderr.split())


@pytest.mark.parametrize("told", [{}, {"data": []}, {"data": {"available_balance": "1"}}, []])
def test_an_answer_without_a_balance_is_one_line(aichat: Program, told: Any) -> None:
    with Server(default=answer(told)) as server:
        done = point(aichat, server, "moonshot").invoke("balance", "-p", "moonshot")
    assert (done.text, done.code) == ("", 7)
