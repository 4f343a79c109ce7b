"""The token probabilities of each wire, in one format."""

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from aichat.core.exchange.event import Logprobs
from aichat.core.text.json import get_object, objects


def token_logprobs(tokens: Any) -> Logprobs:
    """Log probabilities in the format of chat completions and Responses."""
    return Logprobs(
        [_token(each, "logprob", objects(each.get("top_logprobs"))) for each in objects(tokens)]
    )


def choice_logprobs(choice: Mapping[str, Any]) -> Logprobs:
    """Those of a chat completions choice: of its text, else of its refusal."""
    told = get_object(choice, "logprobs")
    return token_logprobs(told.get("content") or told.get("refusal"))


def candidate_logprobs(result: Mapping[str, Any]) -> Logprobs:
    """Gemini's: the chosen tokens in one list, the likeliest at each step in another."""
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
