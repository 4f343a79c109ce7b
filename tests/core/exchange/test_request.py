"""The output limit of a request, wherever it was set."""

from typing import Any

import pytest

from aichat.core.exchange.request import Settings, has_user_limit, user_limit
from tests.support.values.feeding import QUESTION, endpoint

LIMITS: dict[str, tuple[Settings, dict[str, Any], int | None]] = {
    "nowhere": (Settings(), {}, None),
    "a setting": (Settings(max_tokens=7), {}, 7),
    "an option of each wire": (Settings(options={"max_tokens": 8}), {}, 8),
    "of newer chat": (Settings(options={"max_completion_tokens": 8}), {}, 8),
    "of responses": (Settings(options={"max_output_tokens": 8}), {}, 8),
    "of gemini, within": (Settings(options={"generationConfig": {"maxOutputTokens": 8}}), {}, 8),
    "a default": (Settings(), {"parameters": {"max_tokens": 9}}, 9),
    "the setting counts most": (
        Settings(max_tokens=7, options={"max_tokens": 8}),
        {"max_tokens": 9},
        7,
    ),
    "an option counts more than a default": (
        Settings(options={"max_tokens": 8}),
        {"max_tokens": 9},
        8,
    ),
    "another field": (Settings(options={"min_tokens": 8, "list": [1]}), {}, None),
}


@pytest.mark.parametrize(("settings", "defaults", "limit"), LIMITS.values(), ids=LIMITS)
def test_a_limit_is_found_wherever_it_was_set(
    settings: Settings, defaults: dict[str, Any], limit: int | None
) -> None:
    asked = QUESTION._replace(settings=settings), endpoint(defaults=defaults)
    assert user_limit(*asked) == limit
    assert has_user_limit(*asked) is (limit is not None)


def test_a_limit_that_is_no_number_is_one_that_was_set() -> None:
    asked = QUESTION._replace(settings=Settings(options={"max_tokens": None})), endpoint()
    assert (user_limit(*asked), has_user_limit(*asked)) == (None, True)
