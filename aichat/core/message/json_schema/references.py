"""Resolving a schema's references, within its document only: nothing is fetched."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

#: Keywords whose value is a schema, a list of schemas, or schemas by name.
ONE = frozenset(
    (
        *("items", "contains", "not", "if", "then", "else", "additionalProperties"),
        *("propertyNames", "unevaluatedProperties", "unevaluatedItems", "contentSchema"),
    )
)
MANY = frozenset(("prefixItems", "anyOf", "allOf", "oneOf"))
NAMED = frozenset(("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"))

REFERENCES = ("$ref", "$dynamicRef")


def schemas_below(schema: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The schemas directly within one, each with the path to it."""
    if not isinstance(schema, Mapping):
        return
    for keyword, value in schema.items():
        if keyword in ONE and isinstance(value, Mapping | bool):
            yield (keyword,), value
        elif keyword in MANY and isinstance(value, list):
            yield from (((keyword, str(n)), each) for n, each in enumerate(value))
        elif keyword in NAMED and isinstance(value, Mapping):
            yield from (((keyword, name), each) for name, each in value.items())


class References:
    """Resolves references in one document: a pointer, an anchor or an ``$id``."""

    def __init__(self, root: Any) -> None:
        self._root = root
        self._named: dict[str, Any] = {"": root}
        waiting = [root]
        while waiting:
            schema = waiting.pop()
            if isinstance(schema, Mapping):
                for key, prefix in (("$anchor", "#"), ("$dynamicAnchor", "#"), ("$id", "")):
                    if isinstance(schema.get(key), str):
                        self._named.setdefault(f"{prefix}{schema[key]}".rstrip("#"), schema)
                waiting += [below for _, below in schemas_below(schema)]

    def find(self, reference: str) -> Any:
        """The schema that a reference means. Errors: ``KeyError``."""
        address, _, fragment = reference.partition("#")
        if fragment and not fragment.startswith("/"):
            return self._named[f"#{fragment}"]
        found = self._named[address]
        for step in unquote(fragment).split("/")[1:]:
            step = step.replace("~1", "/").replace("~0", "~")
            if (
                isinstance(found, list)
                and step.isdecimal()
                and len(step) < 19
                and int(step) < len(found)
            ):
                found = found[int(step)]
            else:
                if not isinstance(found, Mapping):
                    raise KeyError(reference)
                found = found[step]
        return found
