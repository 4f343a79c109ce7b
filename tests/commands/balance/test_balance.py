"""``aichat balance``: what is left, and in which money."""

import json
import time
from typing import Any

import pytest

from aichat.core.text.clock import Clock
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
        done = point(aichat, server, "groq").invoke("balance", "-p", "groq")
    assert done.code == 5 and "these do: openai, xai, anthropic, moonshot" in " ".join(
        done.stderr.split()
    )


@pytest.mark.parametrize("told", [{}, {"data": []}, {"data": {"available_balance": "1"}}, []])
def test_an_answer_without_a_balance_is_one_line(aichat: Program, told: Any) -> None:
    with Server(default=answer(told)) as server:
        done = point(aichat, server, "moonshot").invoke("balance", "-p", "moonshot")
    assert (done.text, done.code) == ("", 7)


KEY = {
    "redacted_api_key": "xai-...b14o",
    "name": "my\x1b[2J key",
    "acls": ["api-key:model:*", "api-key:endpoint:*"],
    "api_key_blocked": False,
    "team_id": "t",
    "n": {"a": 1},
}


def test_xai_tells_what_it_knows_of_the_key(aichat: Program) -> None:
    with Server(default=answer(KEY)) as server:
        done = point(aichat, server, "xai").invoke("balance", "-p", "xai")
        told = json.loads(aichat.invoke("balance", "-p", "xai", "--json").text)
        assert {request.path for request in server.requests} == {"/v1/api-key"}
    assert done.text.splitlines()[1:] == [
        "redacted_api_key\txai-...b14o",
        "name\tmy\u241b[2J key",
        "acls\tapi-key:model:*, api-key:endpoint:*",
        "api_key_blocked\tno",
        "team_id\tt",
    ]
    assert told["key"]["acls"] == KEY["acls"] and "k-secret" not in done.text


#: Five days after what is asked about.
CLOCK = Clock(lambda: 1_794_268_800.0, time.monotonic, lambda _: None, lambda: 0.5)


def openai_bucket(value: Any, item: str | None) -> dict[str, Any]:
    amount = {"value": value, "currency": "usd"}
    return {"results": [{"amount": amount, "line_item": item}, "x"], "start_time": 1}


#: Provider -> the admin key's variable, path and query, two pages, and what is printed.
SPENT: dict[str, tuple[str, str, list[Any], list[str]]] = {
    "openai": (
        "OPENAI_ADMIN_KEY",
        "/v1/organization/costs?start_time=1793836800&bucket_width=1d"
        "&group_by[]=line_item&limit=180",
        [
            {
                "data": [openai_bucket(0.5, "gpt-6"), openai_bucket("0.25", None)],
                "has_more": True,
                "next_page": "p2",
            },
            {"data": [openai_bucket(1, "gpt-6"), openai_bucket([], "bad")], "has_more": False},
        ],
        ["gpt-6\t1.50\tUSD", "other\t0.25\tUSD", "all\t1.75\tUSD"],
    ),
    "anthropic": (
        "ANTHROPIC_ADMIN_KEY",
        "/v1/organizations/analytics/cost_report?starting_at=2026-11-05T00%3A00%3A00Z"
        "&bucket_width=1d&group_by[]=model&limit=31",
        [
            {
                "data": [
                    {"results": [{"amount": "123.5", "currency": "USD", "model": "claude-x"}]}
                ],
                "next_page": "p2",
            },
            {"data": [{"results": []}], "next_page": None},
        ],
        ["claude-x\t1.235\tUSD", "all\t1.235\tUSD"],
    ),
}


@pytest.mark.parametrize("provider", SPENT)
def test_what_was_spent_is_told_to_an_admin_key(aichat: Program, provider: str) -> None:
    variable, path, pages, lines = SPENT[provider]
    words = ("balance", "-p", provider, "--since", "2026-11-05")
    with Server(*map(answer, pages)) as server:
        point(aichat, server, provider).environ[variable] = "sk-admin-hidden"
        done = aichat.invoke(*words, clock=CLOCK)
        dry = aichat.invoke(*words, "--dry-run", clock=CLOCK)
        one, two = server.requests
    assert (one.path, two.path) == (path, path + "&page=p2")
    assert "sk-admin-hidden" in one.headers.get("authorization", one.headers.get("x-api-key", ""))
    assert done.text.splitlines()[1:] == lines
    assert f"${variable}" in dry.text and "hidden" not in dry.text + done.text + done.stderr


#: Provider, words, exit code, what is said: before anything is sent.
REFUSED = {
    "no admin key": ("openai", (), 3, "set OPENAI_ADMIN_KEY"),
    "too long ago": ("anthropic", ("--since", "40d"), 2, "tells 31 days"),
    "no spending": ("moonshot", ("--since", "7d"), 2, "does not tell what was spent"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_told_is_not_asked(
    aichat: Program, case: tuple[str, tuple[str, ...], int, str]
) -> None:
    provider, words, code, why = case
    aichat.environ["ANTHROPIC_ADMIN_KEY"] = "sk-ant-admin"
    with Server() as server:
        done = point(aichat, server, provider).invoke("balance", "-p", provider, *words)
        assert not server.requests
    assert (done.code, why in " ".join(done.stderr.split())) == (code, True), done.stderr


@pytest.mark.parametrize("told", [{}, {"data": 7}, []])
def test_a_report_that_is_none_is_the_providers_fault(aichat: Program, told: Any) -> None:
    aichat.environ["OPENAI_ADMIN_KEY"] = "sk-admin-x"
    with Server(default=answer(told)) as server:
        assert point(aichat, server, "openai").invoke("balance", "-p", "openai").code == 7


def test_a_report_without_end_is_not_read_for_ever(aichat: Program) -> None:
    aichat.environ["OPENAI_ADMIN_KEY"] = "sk-admin-x"
    page = {"data": [openai_bucket(1, "a")], "has_more": True, "next_page": "same"}
    with Server(default=answer(page)) as server:
        done = point(aichat, server, "openai").invoke("balance", "-p", "openai")
        assert len(server.requests) == 2
    assert done.code == 0
