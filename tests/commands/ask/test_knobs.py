"""Verbosity, tier and probabilities as a user asks for them: options, profile, notices, JSON."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.answering.answers import responses_stream, responses_whole
from tests.support.answering.answers_google import gemini_chunk, gemini_stream
from tests.support.answering.server import Reply, Server, chat_whole, sse
from tests.support.running.program import SENTINEL, Program, Result, curl_body

TOKEN = {"token": "Hi", "logprob": -0.25, "bytes": [72, 105], "top_logprobs": []}
TOLD = {"token": "Hi", "logprob": -0.25, "top": []}
INCLUDED = ["reasoning.encrypted_content", "message.output_text.logprobs"]


@pytest.fixture
def aichat(tmp_path: Path) -> Program:
    return Program(tmp_path)


def dry_run(aichat: Program, *words: str) -> Result:
    return aichat.invoke("ask", "--dry-run", *words, "hi")


def test_nothing_is_asked_for_unless_the_user_does(aichat: Program) -> None:
    assert {"text", "service_tier", "top_logprobs"}.isdisjoint(curl_body(dry_run(aichat)))


def test_all_are_said_in_a_word(aichat: Program) -> None:
    knobs = ("--verbosity", "low", "--tier", "flex", "--logprobs", "--effort", "none")
    ran = dry_run(aichat, "-p", "openai", *knobs)
    body = curl_body(ran)
    assert (ran.code, ran.stderr) == (0, "")
    assert (body["text"], body["service_tier"]) == ({"verbosity": "low"}, "flex")
    assert (body["top_logprobs"], body["include"]) == (5, INCLUDED)


def test_a_profile_says_them_and_the_command_line_says_more(aichat: Program) -> None:
    aichat.write_config(
        '[profiles.x]\nprovider = "openai"\nmodel = "gpt-5.1"\neffort = "none"\n'
        'verbosity = "low"\ntier = "flex"\nlogprobs = true\n'
    )
    body = curl_body(dry_run(aichat, "-P", "x", "--tier", "priority"))
    assert body["service_tier"] == "priority"
    assert (body["text"]["verbosity"], body["top_logprobs"]) == ("low", 5)


def test_a_schema_keeps_its_place_beside_verbosity(aichat: Program) -> None:
    body = curl_body(dry_run(aichat, "-p", "openai", "--verbosity", "high", "--schema", "name"))
    assert body["text"]["verbosity"] == "high"
    assert body["text"]["format"]["type"] == "json_schema"


@pytest.mark.parametrize(
    ("knob", "provider", "why"),
    [
        (("--tier", "flex"), "moonshot", "does not support 'tier flex': not sent"),
        (("--logprobs",), "groq", "does not support 'logprobs': not sent"),
        (("--verbosity", "low"), "anthropic", "does not support 'verbosity low': it was put into"),
    ],
)
def test_what_a_provider_lacks_is_said_and_with_strict_an_error(
    aichat: Program, knob: tuple[str, ...], provider: str, why: str
) -> None:
    ran = dry_run(aichat, "-p", provider, *knob)
    assert ran.code == 0
    assert why in " ".join(ran.stderr.split())
    ran = dry_run(aichat, "-p", provider, *knob, "--strict")
    assert (ran.code, ran.text) == (5, "")
    assert why in " ".join(ran.stderr.split())


def test_words_for_the_length_follow_the_system_prompt_and_are_not_kept(aichat: Program) -> None:
    told = ("-p", "anthropic", "--verbosity", "low")
    body = curl_body(dry_run(aichat, *told, "-s", "Be kind."))
    assert body["system"] == "Be kind.\n\nAnswer briefly: only what was asked for."
    assert curl_body(dry_run(aichat, *told))["system"].startswith("Answer briefly")


@pytest.mark.parametrize("option", ["--verbosity", "--tier"])
def test_a_value_that_is_none_is_a_usage_error(aichat: Program, option: str) -> None:
    ran = aichat.invoke("ask", option, "most", "hi")
    assert (ran.code, ran.text) == (2, "")
    assert option in ran.stderr


def answer(aichat: Program, provider: str, reply: Reply, *words: str) -> dict[str, Any]:
    name = provider.upper()
    with Server(reply) as server:
        environ = {f"AICHAT_{name}_BASE_URL": f"{server.url}/v1", f"{name}_API_KEY": SENTINEL}
        done = aichat.invoke("ask", "-p", provider, "--json", *words, "hi", environ=environ)
    assert done.code == 0, done.stderr
    document: dict[str, Any] = json.loads(done.text)
    return document


def with_tokens(reply: Reply) -> Reply:
    """The reply with a probability wherever it has room for some."""
    tokens = json.dumps([TOKEN]).encode()
    told = [
        piece.replace(b'"logprobs":[]', b'"logprobs":' + tokens).replace(
            b'"logprobs":null', b'"logprobs":{"content":' + tokens + b"}"
        )
        for piece in reply.body
    ]
    return replace(reply, body=told)


GEMINI_TOKENS = {"chosenCandidates": [{"token": "Hi", "logProbability": -0.25}]}
SAID = gemini_chunk("Hi", finish="STOP", logprobsResult=GEMINI_TOKENS)
PROBABILITIES = {
    "openai": with_tokens(responses_stream(["Hi"])),
    "openai --no-stream": with_tokens(responses_whole("Hi")),
    "moonshot": with_tokens(chat_whole("Hi")),
    "gemini": Reply(headers=gemini_stream("Hi").headers, body=sse(SAID, done=False)),
}


@pytest.mark.parametrize("name", PROBABILITIES)
def test_probabilities_of_every_wire_have_one_shape(aichat: Program, name: str) -> None:
    provider, *words = name.split()
    words += ["--no-stream"] if provider == "moonshot" else []
    effort = ["--effort", "none"] if provider == "openai" else []
    document = answer(aichat, provider, PROBABILITIES[name], "--logprobs", *effort, *words)
    assert (document["text"], document["logprobs"]) == ("Hi", [TOLD])


def test_an_answer_without_them_has_no_such_field(aichat: Program) -> None:
    assert "logprobs" not in answer(aichat, "openai", responses_stream(["Hi"]))


def test_an_answer_is_billed_at_the_tier_that_it_asked_for(aichat: Program) -> None:
    usage = {"input_tokens": 1_000_000, "output_tokens": 0, "total_tokens": 1_000_000}
    reply = responses_stream(["Hi"], usage=usage, model="gpt-5.1")
    model = ("-m", "gpt-5.1")
    usual = answer(aichat, "openai", reply, *model)["cost"]
    served = [
        piece.replace(b'"service_tier":"default"', b'"service_tier":"flex"') for piece in reply.body
    ]
    reply = replace(reply, body=served)
    cheap = answer(aichat, "openai", reply, *model, "--tier", "flex")["cost"]
    assert (usual["amount"], cheap["amount"]) == (1.25, 0.625)


def test_a_tier_that_was_not_sent_is_not_billed(aichat: Program) -> None:
    reply = chat_whole("Hi", model="kimi-k3.1-pro")
    words = ("--no-stream", "-m", "kimi-k3.1-pro")
    usual = answer(aichat, "moonshot", reply, *words)["cost"]
    assert answer(aichat, "moonshot", reply, *words, "--tier", "priority")["cost"] == usual
