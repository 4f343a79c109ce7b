"""YAML of other tools: read by our own subset, or for anything beyond by the extra ``yaml``."""

import re
from collections.abc import Mapping
from typing import Any

from aichat.core.conversation.prompt.front_matter import read_table
from aichat.errors import AichatError, usage_error

#: How deeply tables may be nested in our own subset.
_DEPTH = 16

_BRACKET = re.compile(r"[][{}]")
_MOST_OPEN = 200


def read_yaml(text: str) -> Mapping[str, Any]:
    """A text as a table. Errors: ``usage``, naming the line.

    Anchors are refused: a few lines of them can stand for gigabytes.
    """
    try:
        return read_table(text, _DEPTH)
    except AichatError as error:
        return _read_all(text, error)


def _most_open(text: str) -> int:
    """The most brackets open at once, since YAML readers take quadratic time in them.

    Those in strings are counted too, as no real file has so many.
    """
    most = count = 0
    for found in _BRACKET.finditer(text):
        count = count + 1 if found[0] in "[{" else max(count - 1, 0)
        most = max(most, count)
    return most


def _read_all(text: str, refused: AichatError) -> Mapping[str, Any]:
    """Read full YAML; ``refused`` is the error of our own subset."""
    try:
        import yaml
    except ImportError:
        hint = "the extra reads all of YAML: pip install 'aichat-shell[yaml]'"
        raise AichatError(refused.fault._replace(hint=hint)) from None
    if _most_open(text) > _MOST_OPEN:
        raise usage_error(f"more than {_MOST_OPEN} brackets are open at once")
    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, yaml.SafeLoader)):
            raise usage_error("an alias (*name) is not followed")
        document = yaml.safe_load(text)
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f"line {mark.line + 1}: " if mark else ""
        raise usage_error(f"{place}{getattr(error, 'problem', None) or 'not YAML'}") from None
    if not isinstance(document, dict):
        raise usage_error("not a table of names and values")
    return {str(key): value for key, value in document.items()}
