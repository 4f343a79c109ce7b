"""Marks that tests share."""

from typing import Any

import pytest


def long_case(*values: Any) -> Any:
    """A case for the long run only."""
    return pytest.param(*values, marks=pytest.mark.long)
