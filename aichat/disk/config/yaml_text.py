"""YAML of other tools: our own subset of it, and for what goes beyond that the extra ``yaml``."""

import re
from collections.abc import Mapping
from typing import Any

from aichat.core.conversation.prompt.front_matter import read_table
from aichat.errors import AichatError, usage_error

#: Tables within each other that our own subset follows.
_DEPTH = 16

_BRACKET = re.compile(r"[][{}]")
_MOST_OPEN = 200


def read_yaml(text: str) -> Mapping[str, Any]:
    """The table that a text is. Errors: ``usage``, naming the line.

    Anchors are refused: a few lines of them can stand for gigabytes.
    """
    try:
        return read_table(text, _DEPTH)
    except AichatError as error:
        return _read_all(text, error)


def _most_open(text: str) -> int:
    """Brackets that are open at once: the time that a reader of YAML takes grows with their square.

    Those in texts are counted too, since nobody writes so many of them.
    """
    most = count = 0
    for found in _BRACKET.finditer(text):
        count = count + 1 if found[0] in "[{" else max(count - 1, 0)
        most = max(most, count)
    return most


def _read_all(text: str, refused: AichatError) -> Mapping[str, Any]:
    """The same of all of YAML; ``refused`` is why it has to be that."""
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
