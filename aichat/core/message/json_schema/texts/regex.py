"""Compiling regular expressions of others: none is a bug of ours, or causes a warning."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def reading_regex(source: str) -> Iterator[None]:
    """A context for compiling one. Errors: ``re.error``, also if it is too large.

    Python's warnings of future changes are kept off stderr, which is for our own lines.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except (OverflowError, RecursionError):
            raise re.error("it is too large", source) from None


def is_regex(source: str) -> bool:
    """Whether Python can compile it."""
    try:
        with reading_regex(source):
            re.compile(source)
    except re.error:
        return False
    return True
