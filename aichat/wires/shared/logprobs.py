"""Token probabilities of each wire in one shape."""

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from aichat.core.exchange.event import Logprobs
from aichat.core.text.json import get_object, objects


def token_logprobs(tokens: Any) -> Logprobs:
    """A list as chat completions and Responses have it."""
    return Logprobs(
        [_token(each, "logprob", objects(each.get("top_logprobs"))) for each in objects(tokens)]
    )


def choice_logprobs(choice: Mapping[str, Any]) -> Logprobs:
    """What a choice of chat completions has: of its text, else of its refusal."""
    told = get_object(choice, "logprobs")
    return token_logprobs(told.get("content") or told.get("refusal"))


def candidate_logprobs(result: Mapping[str, Any]) -> Logprobs:
    """Gemini's: the tokens that were chosen in one list, the likeliest of each step in another."""
    steps = objects(result.get("topCandidates"))
    pairs = zip_longest(objects(result.get("chosenCandidates")), steps)
    return Logprobs(
        [
            _token(chosen, "logProbability", objects((step or {}).get("candidates")))
            for chosen, step in pairs
            if chosen is not None
        ]
    )


def _token(found: Mapping[str, Any], name: str, top: Any) -> dict[str, Any]:
    return {
        "token": found.get("token"),
        "logprob": found.get(name),
        "top": [{"token": each.get("token"), "logprob": each.get(name)} for each in top],
    }
