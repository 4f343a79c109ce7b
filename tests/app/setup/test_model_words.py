"""A model called by parts of its name, in any order and parted in any way."""

import json

import pytest

from tests.support.running.program import SENTINEL, Program


def asked(aichat: Program, *words: str) -> tuple[str, str]:
    """The address and the model of the request that would be sent."""
    done = aichat.invoke("ask", *words, "--dry-run", "hi", environ={"GROQ_API_KEY": SENTINEL})
    assert done.code == 0, done.stderr
    body = done.text.partition("<<'JSON'\n")[2].rpartition("\nJSON")[0]
    return done.text.split("'")[1], json.loads(body)["model"]


@pytest.mark.parametrize("words", ["gpt oss 120", "oss 120", "120b GPT", "openai oss 120"])
@pytest.mark.parametrize("provider", [(), ("-p", "groq")])
def test_words_that_one_model_has_are_that_model(
    aichat: Program, words: str, provider: tuple[str, ...]
) -> None:
    address, model = asked(aichat, *provider, "-m", words)
    assert address.startswith("https://api.groq.com/") and model == "openai/gpt-oss-120b"


def test_words_that_several_models_have_are_answered_with_their_names(aichat: Program) -> None:
    done = aichat.invoke("ask", "-m", "gpt oss", "hi", environ={"GROQ_API_KEY": SENTINEL})
    assert done.code == 2
    assert "groq/openai/gpt-oss-120b" in done.stderr and "groq/openai/gpt-oss-20b" in done.stderr
    assert "name one: -m groq/" in done.stderr


@pytest.mark.parametrize("model", ["haiku", "oss-120"])
def test_beside_a_provider_a_name_without_a_blank_goes_as_it_was_typed(
    aichat: Program, model: str
) -> None:
    assert asked(aichat, "-p", "groq", "-m", model)[1] == model
