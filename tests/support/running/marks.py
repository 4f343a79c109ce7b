"""Shared marks of tests."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest


def long_case(*values: Any) -> Any:
    """A case for the long run only."""
    return pytest.param(*values, marks=pytest.mark.long)


def one_test_of(*cases: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[[], None]]:
    """Run all cases in one test, if each is cheaper than a test; names those that fail.

    A case is the function's arguments.
    """

    def decorate(check: Callable[..., None]) -> Callable[[], None]:
        def test() -> None:
            failed = {}
            for case in cases:
                try:
                    check(*case)
                except AssertionError as error:
                    failed[str(case)] = str(error)
            assert not failed, failed

        test.__name__, test.__doc__ = check.__name__, check.__doc__
        return test

    return decorate
