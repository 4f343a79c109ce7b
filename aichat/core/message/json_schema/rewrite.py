"""Rewriting a JSON schema into a server's strict subset, in one pass.

Restrictions that the subset cannot express go into the description: the model reads them, and
we check them. If the shape itself cannot be expressed (a map, a cycle), that is an ``obstacle``.
"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from aichat.core.message.json_schema.dialect import Dialect
from aichat.core.message.json_schema.references import REFERENCES, References, schemas_below
from aichat.values import NamedTuple

#: The member that wraps an answer that is no object, for servers that accept only objects.
WRAPPER = "result"

_NULL = {"type": "null"}

#: Keywords that say nothing about the shape, and are left out.
_SILENT = frozenset(
    (
        *("$schema", "$id", "$anchor", "$dynamicAnchor", "$comment", "$vocabulary", "$defs"),
        *("definitions", "title", "default", "examples", "deprecated", "readOnly", "writeOnly"),
    )
)
#: Keywords for the shape, which every server supports.
_SHAPE = frozenset(("type", "properties", "required", "items", "enum", "anyOf", "description"))


class Rewritten(NamedTuple):
    """A schema in a server's dialect; with an ``obstacle`` it could not be expressed."""

    schema: dict[str, Any]
    obstacle: str = ""


def rewrite_schema(schema: Any, dialect: Dialect) -> Rewritten:
    """``schema`` in ``dialect``."""
    writer = _Writer(schema, dialect)
    try:
        made = writer.write(schema, "$")
        if "$ref" in made:
            made = writer.write(writer.references.find(schema["$ref"]), "$")
        if dialect.root_object and (made.get("type") != "object" or "anyOf" in made):
            made = _object({WRAPPER: made})
        if definitions := writer.write_definitions():
            made["$defs"] = definitions
        _check_limits(made, dialect)
    except _ObstacleError as obstacle:
        return Rewritten({}, obstacle=str(obstacle))
    return Rewritten(made)


class _ObstacleError(Exception):
    """Something the dialect cannot express."""


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    names = [*properties]
    closed = {"required": names, "additionalProperties": False}
    return {"type": "object", "properties": properties} | closed


class _Writer:
    def __init__(self, root: Any, dialect: Dialect) -> None:
        self.references = References(root)
        self._dialect = dialect
        self._names: dict[int, str] = {}  # of the schemas that references point to
        self._targets: list[Any] = []
        self._inside: list[int] = []  # the targets that are being inlined

    def write(self, schema: Any, path: str) -> dict[str, Any]:
        """Rewrite a schema and everything within it. Errors: ``_ObstacleError``."""
        if isinstance(schema, bool) or not schema.keys() - _SILENT - {"description"}:
            if self._dialect.closed or schema is False:
                raise _ObstacleError(f"{path} may be anything")
            return {} if isinstance(schema, bool) else _pick(schema, "description")
        made = {key: value for key, value in schema.items() if key not in _SILENT}
        for key in REFERENCES:
            if key in made:
                return self._write_reference(made.pop(key), made, path)
        made = _merge_all(made, path)
        if "oneOf" in made:
            if "anyOf" in made:
                raise _ObstacleError(f"{path} has two lists of choices")
            made["anyOf"] = made.pop("oneOf")
        if "const" in made:
            made["enum"] = [made.pop("const")]
        if "anyOf" in made:
            return self._write_choices(made, path)
        return self._write_shape(_with_type(made), path)

    def write_definitions(self) -> dict[str, Any]:
        """The targets of references, by the names given to them."""
        written: dict[str, Any] = {}
        while len(written) < len(self._targets):
            target = self._targets[len(written)]
            name = self._names[id(target)]
            written[name] = {}
            self._inside = [] if self._dialect.recursion else [id(target)]
            written[name] = self.write(target, f"$.{name}")
        if not self._dialect.recursion:
            _check_circles(written)
        return written

    def _write_reference(self, reference: str, rest: dict[str, Any], path: str) -> dict[str, Any]:
        target = self.references.find(reference)
        if not self._dialect.references or rest.keys() - {"description"}:
            if id(target) in self._inside:
                raise _ObstacleError(f"{path} leads back to itself")
            self._inside.append(id(target))
            whole = {**target, **rest} if isinstance(target, Mapping) else target
            made = self.write(whole, path)
            self._inside.pop()
            return made
        if id(target) not in self._names:
            stem = reference.rpartition("/")[2].strip("#") or "root"
            name = "".join(c if c.isalnum() and c.isascii() else "_" for c in stem)
            taken = {*self._names.values()}
            self._names[id(target)] = name if name not in taken else f"{name}_{len(taken)}"
            self._targets.append(target)
        return {"$ref": f"#/$defs/{self._names[id(target)]}"}

    def _write_choices(self, schema: dict[str, Any], path: str) -> dict[str, Any]:
        """Choices must stand alone: what accompanies them goes into each."""
        said = _pick(schema, "description")
        beside = {key: value for key, value in schema.items() if key not in ("anyOf", *said)}
        branches = [
            self.write(_join(beside, branch, path), f"{path}.anyOf[{n}]")
            for n, branch in enumerate(schema["anyOf"])
        ]
        return {"anyOf": branches} | said

    def _write_shape(self, schema: dict[str, Any], path: str) -> dict[str, Any]:
        dialect = self._dialect
        shape = _SHAPE | dialect.keywords
        kept = {key: value for key, value in schema.items() if key in shape}
        if schema.get("format") in dialect.formats:
            kept["format"] = schema["format"]
        if "enum" in kept and not dialect.typed_choices:
            kept.pop("type", None)
        if _has_kind(schema, "array"):
            self._write_list(schema, kept, path)
        if _has_kind(schema, "object"):
            self._write_object(schema, kept, path)
        told = {"type", "additionalProperties"}
        lost = {key: value for key, value in schema.items() if key not in kept and key not in told}
        return _with_remark(kept, lost)

    def _write_list(self, schema: dict[str, Any], kept: dict[str, Any], path: str) -> None:
        first, rest = schema.get("prefixItems", ()), schema.get("items", True)
        if first and not self._dialect.tuples:
            raise _ObstacleError(f"{path} is a list whose items differ by their place")
        if first:
            kept["prefixItems"] = [self.write(s, f"{path}[{n}]") for n, s in enumerate(first)]
        if rest is False and first:
            kept["items"] = False
        elif "items" in schema or not first:
            kept["items"] = self.write(rest, f"{path}[]")

    def _write_object(self, schema: dict[str, Any], kept: dict[str, Any], path: str) -> None:
        dialect, others = self._dialect, schema.get("additionalProperties", True)
        properties = schema.get("properties", {})
        is_map = isinstance(others, Mapping) or (others is True and not properties)
        if (is_map or "patternProperties" in schema) and not dialect.maps:
            raise _ObstacleError(f"{path} has members of any name")
        required = [*schema.get("required", ())]
        missing = [name for name in required if name not in properties]
        if missing and dialect.closed:
            raise _ObstacleError(f"{path}.{missing[0]} may be anything")
        written = {name: self.write(s, f"{path}.{name}") for name, s in properties.items()}
        if dialect.all_required:
            written = {n: s if n in required else _nullable(s) for n, s in written.items()}
            required = [*written]
        if isinstance(others, Mapping):
            kept["additionalProperties"] = self.write(others, f"{path}.*")
        elif others is False or (dialect.closed and not is_map):
            kept["additionalProperties"] = False
        if properties:
            kept["properties"] = written
            kept["required"] = required


def _pick(schema: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: schema[name] for name in names if name in schema}


def _has_kind(schema: Mapping[str, Any], kind: str) -> bool:
    kinds = schema.get("type")
    return kind == kinds or (isinstance(kinds, list) and kind in kinds)


def _with_type(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with its type, if its keywords reveal that."""
    if "type" in schema:
        return schema
    if "enum" in schema:
        kinds = sorted({_KIND_OF[type(value)] for value in schema["enum"]})
        return {"type": kinds[0] if len(kinds) == 1 else kinds, **schema}
    found = next((kind for kind, words in _TELLING.items() if not words.isdisjoint(schema)), None)
    return {"type": found, **schema} if found else schema


_KIND_OF = {
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
    dict: "object",
    list: "array",
}
_TELLING = {
    "object": {"properties", "required", "additionalProperties", "patternProperties"},
    "array": {"items", "prefixItems", "minItems", "maxItems", "uniqueItems", "contains"},
    "string": {"pattern", "minLength", "maxLength", "format"},
    "number": {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"},
}


def _merge_all(schema: dict[str, Any], path: str) -> dict[str, Any]:
    """The parts of ``allOf`` merged, as far as they do not overlap."""
    parts = schema.pop("allOf", ())
    for part in parts:
        if not isinstance(part, Mapping) or "$ref" in part:
            if len(parts) == 1 and not schema.keys() - {"description"} and part is not False:
                return {**schema, **(part if isinstance(part, Mapping) else {})}
            raise _ObstacleError(f"{path} puts several schemas together")
        schema = _join(schema, part, path)
    return schema


def _join(schema: dict[str, Any], other: Any, path: str) -> dict[str, Any]:
    """Two schemas merged into one. Errors: ``_ObstacleError`` if that is impossible."""
    if not schema:
        return dict(other) if isinstance(other, Mapping) else other
    if not isinstance(other, Mapping):
        raise _ObstacleError(f"{path} puts several schemas together")
    made = dict(schema)
    for key, value in other.items():
        if key == "properties" and not made.get(key, {}).keys() & value.keys():
            made[key] = {**made.get(key, {}), **value}
        elif key == "required":
            made[key] = [*dict.fromkeys((*made.get(key, ()), *value))]
        elif key not in made or made[key] == value or key == "description":
            made[key] = value
        else:
            raise _ObstacleError(f"{path} says '{key}' twice")
    return made


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema or null, which stands for an absent member."""
    kinds = schema.get("type")
    if "anyOf" in schema:
        return (
            schema if _NULL in schema["anyOf"] else {**schema, "anyOf": [*schema["anyOf"], _NULL]}
        )
    if kinds in (None, "object", "array"):
        said = _pick(schema, "description")
        bare = {key: value for key, value in schema.items() if key not in said}
        return {"anyOf": [bare, _NULL]} | said
    listed = kinds if isinstance(kinds, list) else [kinds]
    made = {**schema, "type": listed if "null" in listed else [*listed, "null"]}
    if "enum" in made and None not in made["enum"]:
        made["enum"] = [*made["enum"], None]
    return made


def _with_remark(schema: dict[str, Any], lost: Mapping[str, Any]) -> dict[str, Any]:
    """Put into the description what cannot be expressed as a rule."""
    if not lost:
        return schema
    said = ", ".join(f"{key}: {json.dumps(value)}" for key, value in lost.items())
    before = f"{schema['description']}\n\n" if schema.get("description") else ""
    return {**schema, "description": f"{before}{{{said}}}"}


def _every(schema: Any) -> Iterator[tuple[Any, int]]:
    """Every schema within a rewritten one, with its depth in objects and lists."""
    waiting = [(schema, 1)]
    while waiting:
        found, depth = waiting.pop()
        yield found, depth
        for steps, below in schemas_below(found):
            waiting.append((below, depth + (steps[0] not in ("anyOf", "$defs"))))


def _check_circles(definitions: Mapping[str, Any]) -> None:
    leads = {
        name: {s["$ref"].rpartition("/")[2] for s, _ in _every(one) if _is_reference(s)}
        for name, one in definitions.items()
    }
    while leads:
        ends = {name for name, below in leads.items() if not below & leads.keys()}
        if not ends:
            raise _ObstacleError(f"'{min(leads)}' leads back to itself")
        leads = {name: below for name, below in leads.items() if name not in ends}


def _is_reference(schema: Any) -> bool:
    return isinstance(schema, Mapping) and "$ref" in schema


def _check_limits(schema: Mapping[str, Any], dialect: Dialect) -> None:
    """Raise for a schema that is too large for the server."""
    found = [(one, depth) for one, depth in _every(schema) if isinstance(one, Mapping)]
    properties = [len(one.get("properties", ())) for one, _ in found]
    counts = (
        (sum(properties), dialect.max_properties, "members"),
        (max(depth for _, depth in found), dialect.max_depth, "levels"),
        (sum(len(one.get("enum", ())) for one, _ in found), dialect.max_enum, "choices"),
        (
            sum(
                n - len(one.get("required", ()))
                for n, (one, _) in zip(properties, found, strict=True)
            ),
            dialect.max_optional,
            "members that may be absent",
        ),
        (sum("anyOf" in one for one, _ in found), dialect.max_unions, "places with choices"),
    )
    for count, most, what in counts:
        if most and count > most:
            raise _ObstacleError(f"it has {count} {what}, and {most} are taken")
