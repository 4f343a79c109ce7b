"""YAML of other tools: our own subset of it, and for what goes beyond that the extra ``yaml``."""

from collections.abc import Mapping
from typing import Any

from aichat.core.conversation.prompt.front_matter import read_table
from aichat.errors import AichatError, usage_error

#: Tables within each other that our own subset follows.
_DEPTH = 16


def read_yaml(text: str) -> Mapping[str, Any]:
    """The table that a text is. Errors: ``usage``, naming the line.

    Anchors are refused: a few lines of them can stand for gigabytes.
    """
    try:
        return read_table(text, _DEPTH)
    except AichatError as error:
        return _read_all(text, error)


def _read_all(text: str, refused: AichatError) -> Mapping[str, Any]:
    """The same of all of YAML; ``refused`` is why it has to be that."""
    try:
        import yaml
    except ImportError:
        hint = "the extra reads all of YAML: pip install 'aichat-shell[yaml]'"
        raise AichatError(refused.fault._replace(hint=hint)) from None
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
