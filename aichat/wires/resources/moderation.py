"""Moderation: the call that classifies texts, and its verdicts.

Source: platform.openai.com/docs/api-reference/moderations; the types of openai 3.57.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aichat import wires
from aichat.core.http.call import Call, json_body, request_headers
from aichat.core.provider.endpoint import Endpoint
from aichat.core.text.json import get_object, objects
from aichat.values import NamedTuple


class Judgement(NamedTuple):
    """The verdict on one text: ``scores`` are from 0 to 1, by category, highest first."""

    flagged: bool
    categories: tuple[str, ...]
    scores: Mapping[str, float]


def moderation_call(endpoint: Endpoint, model: str, texts: Sequence[str]) -> Call:
    """The request to classify ``texts``."""
    headers = request_headers(endpoint.headers, *wires.load(endpoint.wire).auth(endpoint, {}))
    body = json_body({"model": model, "input": [*texts]})
    return Call("POST", endpoint.base_url + "/moderations", headers, body)


def parse_verdicts(answer: Mapping[str, Any], count: int) -> list[Judgement] | None:
    """The verdicts on ``count`` texts, in order; None if the answer does not match."""
    results = objects(answer.get("results"))
    found = [_verdict(each) for each in results if isinstance(each.get("flagged"), bool)]
    return found if len(found) == count else None


def _verdict(result: Mapping[str, Any]) -> Judgement:
    told = get_object(result, "category_scores")
    scores = {
        str(name): float(score)
        for name, score in told.items()
        if isinstance(score, int | float) and not isinstance(score, bool) and 0 <= score <= 1
    }
    ranked = dict(sorted(scores.items(), key=lambda pair: -pair[1]))
    categories = get_object(result, "categories")
    named = tuple(str(name) for name, is_so in categories.items() if is_so is True)
    return Judgement(result["flagged"], named, ranked)
