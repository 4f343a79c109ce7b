"""Pages of a list: which of them hold anything."""

from typing import Any

import pytest

from aichat.core.http.paging import has_items

FULL: list[Any] = [[1], {"data": [0]}, {"data": {"items": [{}]}}, {"a": [], "b": [1]}, {}, {"n": 1}]
EMPTY: list[Any] = [[], {"data": []}, {"data": {"items": []}, "next": "x"}, {"a": [], "b": []}]


@pytest.mark.parametrize("page", FULL, ids=str)
def test_a_page_with_items_or_without_any_list_may_be_followed(page: Any) -> None:
    assert has_items(page)


@pytest.mark.parametrize("page", EMPTY, ids=str)
def test_a_page_of_empty_lists_is_the_last(page: Any) -> None:
    assert not has_items(page)


def test_lists_are_looked_for_only_so_deep() -> None:
    assert not has_items({"a": {"b": {"c": []}}})
    assert has_items({"a": {"b": {"c": {"d": []}}}})
