"""What is said of prompt caching: as much as pays."""

import pytest

from aichat.core.message.cache_marks import CachePlan, mark_for, marked_turns
from aichat.core.provider.caching import CacheWish, PromptCaching, lacking_mode, plan_cache

MARKS = PromptCaching(300, mark={"type": "m"}, long_mark={"ttl": "1h"}, mark_after=2, mark_least=50)
FIELDS = {"auto": {"o": 1}, "off": {"o": 0}, "long": {"o": 2}}
BODY = PromptCaching(300, key_field="key", models="m.*", fields=FIELDS)
TALK = CacheWish(goes_on=True, key="k", idle=1.0, tokens=50)


@pytest.mark.parametrize(
    ("wish", "fields"),
    [
        (TALK, {"key": "k", "o": 1}),
        (TALK._replace(idle=None), {"key": "k", "o": 1}),
        (TALK._replace(idle=299.9), {"key": "k", "o": 1}),
        (TALK._replace(idle=300.0), {"key": "k", "o": 0}),  # whoever was slower will be again
        (TALK._replace(goes_on=False), {"key": "k", "o": 0}),
        (TALK._replace(key=None), {"o": 1}),
        (TALK._replace(mode="off"), {"o": 0}),
        (TALK._replace(mode="long", idle=9e9, goes_on=False), {"key": "k", "o": 2}),
    ],
)
def test_a_body_says_what_pays(wish: CacheWish, fields: dict[str, object]) -> None:
    assert plan_cache(wish, BODY, "m1") == CachePlan(fields)
    assert "o" not in plan_cache(wish, BODY, "x").fields


@pytest.mark.parametrize(
    ("wish", "mark", "after"),
    [
        (TALK, {"type": "m"}, 2),
        (TALK._replace(tokens=49), None, 0),
        (TALK._replace(idle=300.0), None, 0),
        (TALK._replace(mode="off"), None, 0),
        (TALK._replace(mode="long", tokens=0), {"type": "m", "ttl": "1h"}, 0),
    ],
)
def test_marks_are_set_where_they_pay(
    wish: CacheWish, mark: dict[str, str] | None, after: int
) -> None:
    plan = plan_cache(wish, MARKS, "m")
    assert (plan.mark, plan.mark_after) == (mark, after)


def test_marks_wait_for_the_answers_that_make_another_likely() -> None:
    plan = CachePlan(mark={"type": "m"}, mark_after=1)
    assert mark_for(plan, ["user"]) == {}
    assert mark_for(plan, ["user", "assistant", "user"]) == {"cache_control": {"type": "m"}}
    assert mark_for(CachePlan(), ["assistant"]) == {}


def test_the_newest_question_and_the_one_before_are_marked() -> None:
    assert marked_turns(["user"]) == [0]
    assert marked_turns(["user", "assistant"] * 3 + ["user"]) == [4, 6]


def test_a_header_leads_to_the_cache_or_turns_it_on() -> None:
    keyed = PromptCaching(key_header="x-k", headers=(("x-on", "1"),))
    assert plan_cache(TALK, keyed, "m").headers == (("x-k", "k"), ("x-on", "1"))
    assert plan_cache(TALK._replace(goes_on=False), keyed, "m").headers == (("x-k", "k"),)
    assert plan_cache(TALK._replace(mode="off"), keyed, "m").headers == ()


@pytest.mark.parametrize(
    ("caching", "told"), [(MARKS, False), (BODY, False), (PromptCaching(), True), (None, True)]
)
def test_a_longer_cache_that_there_is_not_is_told(
    caching: PromptCaching | None, told: bool
) -> None:
    wish = CacheWish("long")
    assert bool(lacking_mode(wish, caching, "m")) == told
    assert lacking_mode(wish._replace(mode="auto"), caching, "m") is None
