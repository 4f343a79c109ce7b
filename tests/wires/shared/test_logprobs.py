"""Token probabilities of every wire, in one shape."""

from typing import Any

import pytest

from aichat.wires.shared.logprobs import candidate_logprobs, choice_logprobs, token_logprobs

YES = {"token": "Yes", "logprob": -0.1, "bytes": [89, 101, 115]}
NO = {"token": "No", "logprob": -2.5, "bytes": [78, 111]}
TOLD = [
    {
        "token": "Yes",
        "logprob": -0.1,
        "top": [{"token": "Yes", "logprob": -0.1}, {"token": "No", "logprob": -2.5}],
    }
]


def test_a_list_of_tokens_keeps_the_likeliest_of_each() -> None:
    assert token_logprobs([YES | {"top_logprobs": [YES, NO]}]).content == TOLD


@pytest.mark.parametrize("place", ["content", "refusal"])
def test_a_choice_tells_of_its_text_or_of_its_refusal(place: str) -> None:
    found = {"content": None, "refusal": None, place: [YES | {"top_logprobs": [YES, NO]}]}
    assert choice_logprobs({"logprobs": found}).content == TOLD


def test_two_lists_of_gemini_become_one() -> None:
    chosen = [{"token": "Yes", "tokenId": 1, "logProbability": -0.1}]
    top = [{"candidates": [*chosen, {"token": "No", "logProbability": -2.5}]}]
    assert candidate_logprobs({"chosenCandidates": chosen, "topCandidates": top}).content == TOLD


def test_tokens_of_gemini_without_others_are_kept_and_others_without_tokens_are_not() -> None:
    one, other = ({"token": each, "logProbability": -1} for each in "ab")
    lone = candidate_logprobs({"chosenCandidates": [one, other], "topCandidates": [{}]})
    assert [each["token"] for each in lone.content] == ["a", "b"]
    assert candidate_logprobs({"topCandidates": [{"candidates": [one]}]}).content == []


@pytest.mark.parametrize("found", [None, 5, "x", [5], {"content": 5}])
def test_what_is_no_list_of_tokens_tells_nothing(found: Any) -> None:
    assert token_logprobs(found).content == []
    assert choice_logprobs({"logprobs": found}).content == []
    assert candidate_logprobs({"chosenCandidates": found}).content == []
