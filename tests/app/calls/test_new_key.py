"""A key that somebody gives us: whose it is, and whether it is accepted, at no cost."""

from collections.abc import Iterator

import pytest

from aichat import providers
from aichat.app.calls.new_key import check_key, key_owners
from aichat.app.setup.setup import Flags, Setup, resolve_setup
from aichat.core.provider.provider import Provider
from aichat.errors import AichatError
from aichat.providers import load
from tests.support.answering.server import Reply, Server, chat_error, models_list
from tests.support.running.program import SENTINEL, Program

KNOWN: dict[str, Provider] = {name: load(name) for name in providers.names()}

OWNERS = {
    "sk-proj-0123456789": ["openai"],
    "sk-svcacct-0123456789": ["openai"],
    "sk-0123456789": ["openai", "moonshot", "qwen"],
    "sk-ant-api03-0123456789": ["anthropic"],
    "AIzaSy0123456789": ["gemini"],
    "xai-0123456789": ["xai"],
    "gsk_0123456789": ["groq"],
    "pplx-0123456789": ["perplexity"],
    "0123456789": [],
    "": [],
}


@pytest.mark.parametrize("value", OWNERS)
def test_how_a_key_begins_says_whose_it_may_be(value: str) -> None:
    assert [provider.id for provider in key_owners(value, KNOWN)] == OWNERS[value]


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        yield server


def setup_at(aichat: Program, server: Server, name: str = "groq", base: str = "/v1") -> Setup:
    environ = {**aichat.environ, f"AICHAT_{name.upper()}_BASE_URL": server.url + base}
    return resolve_setup(aichat.config_dir, environ, Flags(provider=name), None)


def test_a_key_is_tried_where_it_costs_nothing(aichat: Program, server: Server) -> None:
    server.routes["/v1/models"] = models_list("m")
    assert check_key(setup_at(aichat, server), SENTINEL) is None
    (seen,) = server.requests
    assert (seen.method, seen.path) == ("GET", "/v1/models")
    assert seen.headers["authorization"] == f"Bearer {SENTINEL}"


def test_one_that_is_refused_is_an_error_that_does_not_show_it(
    aichat: Program, server: Server
) -> None:
    server.routes["/v1/models"] = chat_error(401, f"Incorrect API key provided: {SENTINEL}")
    with pytest.raises(AichatError) as told:
        check_key(setup_at(aichat, server), SENTINEL)
    fault = told.value.fault
    assert fault.kind == "auth" and "Incorrect API key" in fault.message
    assert SENTINEL not in fault.message and "Groq's console" in fault.hint


def test_a_key_that_is_bound_to_a_region_is_said_to_be(aichat: Program, server: Server) -> None:
    server.routes[f"/v1{load('moonshot').probe.path}"] = chat_error(401, "no")
    with pytest.raises(AichatError) as told:
        check_key(setup_at(aichat, server, "moonshot"), "sk-0123456789")
    assert "one region only" in told.value.fault.hint


def test_a_key_that_is_switched_off_is_refused(aichat: Program, server: Server) -> None:
    server.routes["/v1/api-key"] = Reply(
        200, (("content-type", "application/json"),), [b'{"api_key_blocked": true}']
    )
    with pytest.raises(AichatError, match="disabled"):
        check_key(setup_at(aichat, server, "xai"), "xai-0123456789")


@pytest.mark.parametrize("status", [403, 404, 429, 500])
def test_what_says_nothing_of_the_key_is_told_and_does_not_refuse_it(
    status: int, aichat: Program, server: Server
) -> None:
    server.routes["/v1/models"] = chat_error(status, f"cannot with {SENTINEL}")
    doubt = check_key(setup_at(aichat, server), SENTINEL)
    assert doubt and f"HTTP {status}" in doubt and SENTINEL not in doubt


def test_nobody_at_the_other_end_does_not_refuse_it(aichat: Program, server: Server) -> None:
    setup = setup_at(aichat, server)
    server.__exit__(None, None, None)
    assert "refused" in (check_key(setup, SENTINEL) or "")
    server.__enter__()


def test_what_can_be_no_key_is_not_sent(aichat: Program, server: Server) -> None:
    with pytest.raises(AichatError, match="a space or line break at position 4"):
        check_key(setup_at(aichat, server), "gsk 0123")
    assert not server.requests
