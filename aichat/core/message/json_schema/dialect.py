"""Which part of JSON Schema each server's strict mode accepts, as data."""

from collections.abc import Mapping

from aichat.values import NamedTuple

_NUMBERS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf")
_SIZES = ("minItems", "maxItems")


class Dialect(NamedTuple):
    """The subset of one server: what is not named here is left out, and checked by us.

    ``closed``: every object must forbid other members. ``all_required``: an optional member is
    written as one that may be null. ``recursion``: a schema may refer back to itself;
    ``references``: it may have references at all. A limit of 0 is none.
    """

    root_object: bool = True
    closed: bool = True
    all_required: bool = False
    references: bool = True
    recursion: bool = True
    maps: bool = False  # members with any name
    tuples: bool = False  # prefixItems
    keywords: frozenset[str] = frozenset()  # beyond those for the shape
    formats: frozenset[str] = frozenset()
    typed_choices: bool = True  # a type may accompany an enum
    max_properties: int = 0
    max_depth: int = 0
    max_enum: int = 0
    max_optional: int = 0
    max_unions: int = 0


_OPENAI_FORMATS = ("date-time", "time", "date", "duration", "email", "hostname", "ipv4", "ipv6")

DIALECTS: Mapping[str, Dialect] = {
    # source: the structured output guide, and the SDK's own strict conversion
    "openai": Dialect(
        all_required=True,
        keywords=frozenset(("pattern", *_NUMBERS, *_SIZES)),
        formats=frozenset((*_OPENAI_FORMATS, "uuid")),
        max_properties=5000,
        max_depth=10,
        max_enum=1000,
    ),
    # "strict" is implied; cycles are refused
    "xai": Dialect(
        closed=False,
        recursion=False,
        maps=True,
        tuples=True,
        keywords=frozenset((*_NUMBERS, *_SIZES, "minLength", "maxLength")),
        formats=frozenset(("date", "time", "date-time", "email", "uuid", "ipv4", "ipv6", "uri")),
    ),
    # responseJsonSchema; a recursion is unrolled there
    "gemini": Dialect(
        root_object=False,
        closed=False,
        maps=True,
        tuples=True,
        keywords=frozenset(("minimum", "maximum", *_SIZES)),
        formats=frozenset(("date-time", "date", "time")),
    ),
    "groq": Dialect(
        all_required=True,
        recursion=False,
        formats=frozenset((*_OPENAI_FORMATS, "uuid")),
    ),
    # source: anthropic.lib._parse._transform, and recorded refusals
    "anthropic": Dialect(
        recursion=False,
        formats=frozenset((*_OPENAI_FORMATS, "uuid", "uri")),
        typed_choices=False,
        max_optional=24,
        max_unions=16,
    ),
    # MFJS: no type beside anyOf, tuples as prefixItems
    "mfjs": Dialect(closed=False, maps=True, tuples=True),
    # references are inlined, since other clients found them ignored
    "qwen": Dialect(references=False, recursion=False, maps=True),
    "perplexity": Dialect(recursion=False),
    # what its grammars can express
    "llama": Dialect(
        root_object=False,
        closed=False,
        maps=True,
        tuples=True,
        keywords=frozenset(("minimum", "maximum", *_SIZES, "minLength", "maxLength")),
        formats=frozenset(("date", "time", "date-time", "uuid")),
    ),
}
