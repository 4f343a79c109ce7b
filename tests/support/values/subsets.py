"""The documented limits of each server's schemas, as checks.

Source: chat-extras.md, B2. It knows nothing of how ours are rewritten: it looks at what is sent.
"""

from collections.abc import Iterator
from typing import Any

Found = Iterator[str]

#: Keywords that contain schemas, by structure.
_ONE, _MANY, _NAMED = (
    ("items", "additionalProperties"),
    ("anyOf", "prefixItems"),
    ("properties", "$defs"),
)
_SHAPE = {
    "type",
    "properties",
    "required",
    "items",
    "enum",
    "anyOf",
    "description",
    "$ref",
    "$defs",
}
_NUMBERS = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"}
_OPENAI_FORMATS = {
    "date-time",
    "time",
    "date",
    "duration",
    "email",
    "hostname",
    "ipv4",
    "ipv6",
    "uuid",
}

#: The supported keywords and formats of each server.
KEYWORDS = {
    "openai": _SHAPE
    | _NUMBERS
    | {"additionalProperties", "pattern", "minItems", "maxItems", "format"},
    "groq": _SHAPE | {"additionalProperties", "format"},
    "anthropic": _SHAPE | {"additionalProperties", "format"},
    "xai": _SHAPE
    | _NUMBERS
    | {
        "additionalProperties",
        "prefixItems",
        "minItems",
        "maxItems",
        "format",
        "minLength",
        "maxLength",
    },
    "gemini": _SHAPE
    | {
        "additionalProperties",
        "prefixItems",
        "minimum",
        "maximum",
        "minItems",
        "maxItems",
        "format",
    },
    "mfjs": _SHAPE | {"additionalProperties", "prefixItems"},
    "qwen": (_SHAPE - {"$ref", "$defs"}) | {"additionalProperties"},
    "perplexity": _SHAPE | {"additionalProperties"},
}
FORMATS = {
    "openai": _OPENAI_FORMATS,
    "groq": _OPENAI_FORMATS,
    "anthropic": _OPENAI_FORMATS | {"uri"},
    "xai": {"date", "time", "date-time", "email", "uuid", "ipv4", "ipv6", "uri"},
    "gemini": {"date-time", "date", "time"},
}
#: Rules: no recursion; closed objects; all members required; any root.
ACYCLIC = {"groq", "anthropic", "xai", "qwen", "perplexity"}
CLOSED = {"openai", "groq", "anthropic"}
ALL_REQUIRED = {"openai", "groq"}
ANY_ROOT = {"gemini"}


def breaches(schema: dict[str, Any], dialect: str) -> list[str]:
    """The rules of a server that a schema breaks."""
    return [*_root(schema, dialect), *_walk(schema, dialect, "$"), *_sizes(schema, dialect)]


def _root(schema: dict[str, Any], dialect: str) -> Found:
    if dialect not in ANY_ROOT and (schema.get("type") != "object" or "anyOf" in schema):
        yield "the root is no object"
    if dialect in ACYCLIC:
        yield from _circles(schema, schema, ())


def _circles(schema: Any, root: dict[str, Any], above: tuple[str, ...]) -> Found:
    if isinstance(schema, dict) and "$ref" in schema:
        if schema["$ref"] in above:
            yield f"a circle through {schema['$ref']}"
            return
        target = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
        yield from _circles(target, root, (*above, schema["$ref"]))
    for path, below in _below(schema):
        if not path.startswith("$defs"):
            yield from _circles(below, root, above)


def _below(schema: Any) -> Iterator[tuple[str, Any]]:
    if not isinstance(schema, dict):
        return
    for key in _ONE:
        if key in schema:
            yield key, schema[key]
    for key in _MANY:
        yield from ((f"{key}[{n}]", one) for n, one in enumerate(schema.get(key, ())))
    for key in _NAMED:
        yield from ((f"{key}.{name}", one) for name, one in schema.get(key, {}).items())


def _walk(schema: Any, dialect: str, path: str) -> Found:
    if isinstance(schema, bool):
        if dialect in CLOSED and not path.endswith("additionalProperties"):
            yield f"{path}: a boolean"
        return
    if unknown := schema.keys() - KEYWORDS[dialect]:
        yield f"{path}: {sorted(unknown)}"
    if "format" in schema and schema["format"] not in FORMATS[dialect]:
        yield f"{path}: format {schema['format']}"
    yield from _beside(schema, dialect, path)
    if schema.get("type") == "object":
        yield from _object(schema, dialect, path)
    for name, below in _below(schema):
        yield from _walk(below, dialect, f"{path}.{name}")


def _beside(schema: dict[str, Any], dialect: str, path: str) -> Found:
    if "$ref" in schema and schema.keys() - {"$ref", "$defs"}:
        yield f"{path}: something beside $ref"
    if "anyOf" in schema and schema.keys() - {"anyOf", "description", "$defs"}:
        yield f"{path}: something beside anyOf"
    if "enum" in schema and "type" in schema and dialect == "anthropic":
        yield f"{path}: a type beside enum"
    if dialect in CLOSED and not schema.keys() & {"type", "anyOf", "$ref", "enum"}:
        yield f"{path}: anything"


def _object(schema: dict[str, Any], dialect: str, path: str) -> Found:
    if dialect in CLOSED and schema.get("additionalProperties") is not False:
        yield f"{path}: not closed"
    if dialect in ALL_REQUIRED and {*schema["properties"]} != {*schema["required"]}:
        yield f"{path}: not all required"


def _sizes(schema: dict[str, Any], dialect: str) -> Found:
    every = [schema]
    for one in every:
        every += [below for _, below in _below(one) if isinstance(below, dict)]
    if dialect == "openai" and sum(len(one.get("enum", ())) for one in every) > 1000:
        yield "too many choices"
    if dialect == "openai" and _depth(schema) > 10:
        yield "too deep"
    if dialect == "anthropic":
        optional = sum(len({*o.get("properties", ())} - {*o.get("required", ())}) for o in every)
        if optional > 24:
            yield "too many optional members"
        if sum("anyOf" in one for one in every) > 16:
            yield "too many unions"


def _depth(schema: Any) -> int:
    if not isinstance(schema, dict):
        return 0
    nests = "properties" in schema or "items" in schema
    return nests + max((_depth(below) for _, below in _below(schema)), default=0)
