"""Expressions that somebody else wrote, read by Python: none is a bug of ours, or warned of."""

import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def reading_regex(source: str) -> Iterator[None]:
    """While it is read. Errors: ``re.error``, also for one that is too large to be read.

    Python warns of what it may mean otherwise some day, on stderr, which is for our own lines.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except (OverflowError, RecursionError):
            raise re.error("it is too large", source) from None


def is_regex(source: str) -> bool:
    """Whether Python can read it."""
    try:
        with reading_regex(source):
            re.compile(source)
    except re.error:
        return False
    return True
