"""Seventy schemas of all common kinds, each with a valid and an invalid value."""

from typing import Any, NamedTuple

TEXT, WHOLE, NUMBER, YES = ({"type": kind} for kind in ("string", "integer", "number", "boolean"))
NONE = {"type": "null"}


class SchemaCase(NamedTuple):
    schema: Any
    good: Any
    bad: Any


def obj(required: str = "*", **properties: Any) -> dict[str, Any]:
    """An object schema; all members are required, or only the named ones."""
    names = [*properties] if required == "*" else required.split()
    return {"type": "object", "properties": properties, "required": names}


def arr(items: Any, **more: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **more}


def text(**more: Any) -> dict[str, Any]:
    return {"type": "string", **more}


def defs(schema: dict[str, Any], **named: Any) -> dict[str, Any]:
    return {**schema, "$defs": named}


def ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/$defs/{name}"}


def of(schema: Any, good: Any, bad: Any) -> SchemaCase:
    """An object schema with a member ``v`` of this schema."""
    return SchemaCase(obj(v=schema), {"v": good}, {"v": bad})


_NODE = obj("name", name=TEXT, below=arr(ref("node")))
_WIDE = obj(**{f"field_{n}": TEXT for n in range(200)})
_POINT = obj(x=NUMBER, y=NUMBER)
_SHAPES = [
    obj(kind={"const": "dot"}, at=ref("point")),
    obj(kind={"const": "line"}, to=ref("point")),
]

SCHEMAS: dict[str, SchemaCase] = {
    # plain
    "text": of(TEXT, "a", 1),
    "whole": of(WHOLE, 3, 3.5),
    "whole as float": of(WHOLE, 3.0, "3"),
    "number": of(NUMBER, 3.5, "x"),
    "yes or no": of(YES, True, 1),
    "null": of(NONE, None, 0),
    "several types": of({"type": ["string", "integer"]}, 3, 3.5),
    "may be null": of({"type": ["string", "null"]}, None, 1),
    "described": of(text(description="a name"), "a", None),
    "titled": of(text(title="T", default="d", examples=["e"]), "a", None),
    # objects
    "optional": SchemaCase(obj("a", a=TEXT, b=WHOLE), {"a": "x"}, {"b": 1}),
    "all optional": SchemaCase(obj("", a=TEXT, b=WHOLE), {}, {"a": 1}),
    "optional object": SchemaCase(obj("", a=_POINT), {"a": {"x": 1, "y": 2}}, {"a": {"x": 1}}),
    "optional list": SchemaCase(obj("", a=arr(TEXT)), {}, {"a": [1]}),
    "optional choice": SchemaCase(obj("", a=text(enum=["x", "y"])), {"a": "x"}, {"a": "z"}),
    "optional, may be null": SchemaCase(
        obj("", a={"type": ["string", "null"]}), {"a": None}, {"a": 1}
    ),
    "nested": of(obj(a=obj(b=obj(c=TEXT))), {"a": {"b": {"c": "x"}}}, {"a": {"b": {}}}),
    "seven deep": of(
        obj(a=obj(b=obj(c=obj(d=obj(e=obj(f=TEXT)))))),
        {"a": {"b": {"c": {"d": {"e": {"f": "x"}}}}}},
        {},
    ),
    "twelve deep": SchemaCase(
        obj(a=obj(b=obj(c=obj(d=obj(e=obj(f=obj(g=obj(h=obj(i=obj(j=obj(k=obj(l=TEXT)))))))))))),
        {"a": {"b": {"c": {"d": {"e": {"f": {"g": {"h": {"i": {"j": {"k": {"l": ""}}}}}}}}}}}},
        {"a": {}},
    ),
    "closed": SchemaCase(
        {**obj(a=TEXT), "additionalProperties": False}, {"a": "x"}, {"a": "x", "b": 1}
    ),
    "open": SchemaCase({**obj(a=TEXT), "additionalProperties": True}, {"a": "x"}, {"a": 1}),
    "200 fields": SchemaCase(_WIDE, {f"field_{n}": "x" for n in range(200)}, {"field_0": "x"}),
    "untyped object": SchemaCase({"properties": {"a": TEXT}, "required": ["a"]}, {"a": "x"}, {}),
    "dependent": SchemaCase(
        {**obj("", a=TEXT, b=TEXT), "dependentRequired": {"a": ["b"]}}, {"b": ""}, {"a": ""}
    ),
    "few members": SchemaCase({**obj("", a=TEXT, b=TEXT), "minProperties": 1}, {"a": ""}, {}),
    # maps
    "map": of({"type": "object", "additionalProperties": NUMBER}, {"a": 1}, {"a": "x"}),
    "map of objects": of(
        {"type": "object", "additionalProperties": _POINT}, {"a": {"x": 1, "y": 2}}, {"a": {}}
    ),
    "any object": of({"type": "object"}, {"a": 1}, []),
    "by pattern": of(
        {"type": "object", "patternProperties": {"^n_": WHOLE}}, {"n_a": 1}, {"n_a": "x"}
    ),
    "members and a map": of(
        {**obj("a", a=TEXT), "additionalProperties": WHOLE}, {"a": "", "b": 1}, {"a": "", "b": ""}
    ),
    # lists
    "list": of(arr(TEXT), ["a"], ["a", 1]),
    "list of lists": of(arr(arr(NUMBER)), [[1], [2.5]], [1]),
    "list of objects": of(arr(_POINT), [{"x": 1, "y": 2}], [{"x": 1}]),
    "list at the root": SchemaCase(arr(_POINT), [{"x": 1, "y": 2}], {"x": 1, "y": 2}),
    "text at the root": SchemaCase(TEXT, "a", 1),
    "choice at the root": SchemaCase({"enum": ["yes", "no"]}, "yes", "maybe"),
    "sizes of a list": of(arr(TEXT, minItems=1, maxItems=3), ["a"], []),
    "no item twice": of(arr(TEXT, uniqueItems=True), ["a", "b"], ["a", "a"]),
    "tuple": of(
        {"type": "array", "prefixItems": [TEXT, WHOLE], "items": False}, ["a", 1], ["a", "b"]
    ),
    "contains": of(arr(WHOLE, contains={"minimum": 5}), [1, 7], [1]),
    # choices
    "enum": of(text(enum=["a", "b"]), "a", "c"),
    "enum of numbers": of({"enum": [1, 2, 3]}, 2, 4),
    "mixed enum": of({"enum": ["a", 1, None]}, None, "b"),
    "constant": of({"const": "a"}, "a", "b"),
    "any of": of({"anyOf": [TEXT, _POINT]}, {"x": 1, "y": 2}, {"x": 1}),
    "one of": of({"oneOf": [text(maxLength=2), text(minLength=5)]}, "ab", "abc"),
    "one of with a type": of(
        {"type": "string", "oneOf": [{"const": "a"}, {"const": "b"}]}, "a", "c"
    ),
    "any of at the root": SchemaCase(
        {"anyOf": [_POINT, obj(name=TEXT)]}, {"name": "x"}, {"nam": "x"}
    ),
    "told apart": SchemaCase(
        defs(obj(v={"anyOf": _SHAPES}), point=_POINT),
        {"v": {"kind": "dot", "at": {"x": 1, "y": 2}}},
        {"v": {"kind": "dot"}},
    ),
    "all of one": of({"allOf": [TEXT]}, "a", 1),
    "all of two": SchemaCase({"allOf": [obj(a=TEXT), obj(b=WHOLE)]}, {"a": "", "b": 1}, {"a": ""}),
    "not": of({"type": "string", "not": {"enum": ["bad"]}}, "good", "bad"),
    "if": of(
        {
            **obj("a", a=TEXT, b=TEXT),
            "if": {"properties": {"a": {"const": "x"}}},
            "then": {"required": ["b"]},
        },
        {"a": "y"},
        {"a": "x"},
    ),
    # references
    "reference": SchemaCase(
        defs(obj(a=ref("point"), b=ref("point")), point=_POINT),
        {"a": {"x": 1, "y": 2}, "b": {"x": 1, "y": 2}},
        {"a": {}, "b": {}},
    ),
    "optional reference": SchemaCase(defs(obj("", a=ref("point")), point=_POINT), {}, {"a": {}}),
    "root is a reference": SchemaCase(defs(ref("point"), point=_POINT), {"x": 1, "y": 2}, {}),
    "old definitions": SchemaCase(
        {**obj(a={"$ref": "#/definitions/p"}), "definitions": {"p": _POINT}},
        {"a": {"x": 1, "y": 2}},
        {"a": 1},
    ),
    "to a member": SchemaCase(
        obj(a=TEXT, b={"$ref": "#/properties/a"}), {"a": "", "b": ""}, {"a": "", "b": 1}
    ),
    "recursive": SchemaCase(
        defs(obj(top=ref("node")), node=_NODE),
        {"top": {"name": "a", "below": [{"name": "b"}]}},
        {"top": {"name": "a", "below": [{}]}},
    ),
    "recursive root": SchemaCase(
        obj("name", name=TEXT, next={"$ref": "#"}),
        {"name": "a", "next": {"name": "b"}},
        {"name": "a", "next": {}},
    ),
    # texts and numbers
    "range": of({"type": "integer", "minimum": 1, "maximum": 10}, 5, 11),
    "open range": of({"type": "number", "exclusiveMinimum": 0}, 0.1, 0),
    "multiple": of({"type": "number", "multipleOf": 0.1}, 0.3, 0.25),
    "lengths": of(text(minLength=1, maxLength=3), "ab", "abcd"),
    "pattern": of(text(pattern="^[A-Z]{3}$"), "ABC", "abc"),
    "date": of(text(format="date"), "2026-02-28", "2026-02-30"),
    "instant": of(text(format="date-time"), "2026-11-29T10:00:00Z", "2026-11-29 10:00"),
    "e-mail": of(text(format="email"), "a@b.org", "a.b.org"),
    "address": of(text(format="uri"), "https://a.org/x?y=1", "a b"),
    "uuid": of(text(format="uuid"), "123e4567-e89b-12d3-a456-426614174000", "123"),
}
