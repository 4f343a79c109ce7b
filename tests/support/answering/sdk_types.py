"""Does a JSON request body fit an official SDK's request types?

The SDKs describe request bodies as TypedDicts generated from the provider's
own API specification, so they are an independent oracle for the bodies we
build by hand.  pydantic's TypeAdapter would check them too, but it lets
unknown fields pass, and a misspelt or invented field is the likeliest mistake.
So the hints are walked here, and unknown fields are refused.

Only the standard library is imported at the top; an SDK is imported when its
check is called, so a test can skip itself where the SDK is not installed.
To add a provider, add one function like `groq_chat`.
"""

from __future__ import annotations

import functools
import importlib
import reprlib
import types
from collections import abc
from operator import or_
from typing import (
    Annotated,
    Any,
    ForwardRef,
    Literal,
    NamedTuple,
    NotRequired,
    Required,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

_LISTS = {list, abc.Iterable, abc.Collection, abc.Sequence, abc.MutableSequence}
_DICTS = {dict, abc.Mapping, abc.MutableMapping}
_NONE = type(None)
_SCALARS = (str, int, float, bool, _NONE)
_JSON_NAMES = {dict: "object", _NONE: "null"}
_SENTINELS = {"NotGiven", "Omit"}  # "argument not passed": never in a JSON body

_Try = tuple[Any, list[str]]  # a union's member and how the value misfits it


class _Field(NamedTuple):
    hint: Any
    required: bool


def openai_chat(body: object, allow: frozenset[str] = frozenset()) -> list[str]:
    """Misfits of a body for OpenAI's `/chat/completions`.

    `allow` names top-level fields the provider documents but its SDK lacks.
    """
    name = _streaming("CompletionCreateParams", body)
    return _request(body, "openai.types.chat.completion_create_params", name, allow)


def groq_chat(body: object, allow: frozenset[str] = frozenset()) -> list[str]:
    """Misfits of a body for Groq's `/chat/completions`; `allow` as in `openai_chat`."""
    module = "groq.types.chat.completion_create_params"
    return _request(body, module, "CompletionCreateParams", allow)


def openai_responses(body: object, allow: frozenset[str] = frozenset()) -> list[str]:
    """Misfits of a body for OpenAI's `/responses`; `allow` as in `openai_chat`."""
    module = "openai.types.responses.response_create_params"
    return _request(body, module, _streaming("ResponseCreateParams", body), allow)


def perplexity_responses(body: object, allow: frozenset[str] = frozenset()) -> list[str]:
    """Misfits of a body for Perplexity's `/v1/responses`; `allow` as in `openai_chat`."""
    module = "perplexity.types.response_create_params"
    return _request(body, module, _streaming("ResponseCreateParams", body), allow)


def anthropic_messages(body: object, allow: frozenset[str] = frozenset()) -> list[str]:
    """Misfits of a body for Anthropic's `/v1/messages`.

    The SDK's types are those of the current version of the API, so the sampling
    fields of the older one must be named in `allow`, which is as in `openai_chat`.
    """
    module = "anthropic.types.message_create_params"
    return _request(body, module, _streaming("MessageCreateParams", body), allow)


def _streaming(name: str, body: object) -> str:
    """The SDKs have one type for a stream and one for an answer in one piece."""
    streams = isinstance(body, dict) and body.get("stream") is True
    return name + ("Streaming" if streams else "NonStreaming")


def _request(body: object, module: str, name: str, allow: frozenset[str]) -> list[str]:
    """Check a whole body; an allowed name the SDK does know is still checked."""
    params = getattr(importlib.import_module(module), name)
    if isinstance(body, dict):
        spared = allow - _fields(params).keys()
        body = {key: item for key, item in body.items() if key not in spared}
    return misfits(body, params)


def misfits(value: object, hint: object, path: str = "") -> list[str]:
    """One readable line per place where a JSON value does not fit a type hint."""
    hint = _unwrap(hint)
    if isinstance(hint, (str, ForwardRef)):
        raise TypeError(f"{path or 'body'}: unresolved forward reference {hint!r}")
    if hint is Any or hint is object:
        return []
    if _is_union(hint):
        return _union_misfits(value, hint, path)
    kind = _container(hint)
    if kind is None:
        return [] if _scalar_fits(value, hint) else [_misfit_line(value, hint, path)]
    if type(value) is not kind:
        return [_misfit_line(value, hint, path)]
    walk = _object_misfits if _is_typed_dict(hint) else _items_misfits
    return walk(value, hint, path)


def _object_misfits(value: Any, cls: Any, path: str) -> list[str]:
    """Unknown, missing and misfitting fields of a TypedDict."""
    fields = _fields(cls)
    lines: list[str] = []
    for name, item in value.items():
        if name in fields:
            lines += misfits(item, fields[name].hint, _join(path, name))
        else:
            lines.append(f"{_join(path, name)}: unknown field")
    missing = [n for n, f in fields.items() if f.required and n not in value]
    return lines + [f"{_join(path, n)}: missing required field" for n in missing]


def _items_misfits(value: Any, hint: Any, path: str) -> list[str]:
    """Misfits of a list's items, or of a mapping's keys and values."""
    lines: list[str] = []
    if isinstance(value, list):
        (item_hint,) = get_args(hint) or (Any,)
        for index, item in enumerate(value):
            lines += misfits(item, item_hint, f"{path}[{index}]")
        return lines
    key_hint, item_hint = get_args(hint) or (str, Any)
    for key, item in value.items():
        lines += misfits(key, key_hint, _join(path, key))
        lines += misfits(item, item_hint, _join(path, key))
    return lines


def _union_misfits(value: object, hint: Any, path: str) -> list[str]:
    """No line if any member fits, else the lines of the member that was meant.

    What was meant: a member of the same JSON kind, and among TypedDicts the one
    whose Literal fields (`type`, `role`) the value bears.
    """
    members = _members(hint)
    tries = [(member, misfits(value, member, path)) for member in members]
    if not all(lines for _, lines in tries):
        return []
    close = [(m, lines) for m, lines in tries if _container(m) is type(value)]
    if not close:
        return [_misfit_line(value, hint, path)]
    if isinstance(value, dict) and all(_is_typed_dict(m) for m, _ in close):
        return _closest_object(value, close, path)
    return min((lines for _, lines in close), key=len)


def _closest_object(value: dict[str, object], tries: list[_Try], path: str) -> list[str]:
    """The misfits of the TypedDict whose Literal fields agree best with the value.

    If every member disagrees on one field (a role nobody has), that field is
    the one thing wrong, told with all the values the members would take.
    """
    ranked = []
    disputed = set(value)
    for cls, lines in tries:
        agreed, denied = _tags(value, cls)
        disputed &= denied
        ranked.append((-len(agreed), len(lines), lines))
    for name in sorted(disputed):
        hint = functools.reduce(or_, (_fields(cls)[name].hint for cls, _ in tries))
        return [_misfit_line(value[name], hint, _join(path, name))]
    return min(ranked)[-1]


def _tags(value: dict[str, object], cls: Any) -> tuple[set[str], set[str]]:
    """The Literal fields with which the value agrees, and those it denies."""
    shared = {name: field.hint for name, field in _fields(cls).items() if name in value}
    literal = {name for name, hint in shared.items() if _is_literal(hint)}
    denied = {name for name in literal if misfits(value[name], shared[name])}
    return literal - denied, denied


@functools.cache
def _fields(cls: Any) -> dict[str, _Field]:
    """A TypedDict's fields by their JSON name, inherited ones too.

    `__required_keys__` knows only `total`, since the SDKs' annotations are
    strings; a Required or NotRequired in the resolved hint overrides it.
    """
    fields: dict[str, _Field] = {}
    for name, hint in get_type_hints(cls, include_extras=True).items():
        required, wire = name in cls.__required_keys__, name
        while get_origin(hint) in (Required, NotRequired, Annotated):
            if get_origin(hint) is Annotated:  # PropertyInfo(alias="async")
                aliases = (getattr(m, "alias", None) for m in hint.__metadata__)
                wire = next((a for a in aliases if a), wire)
            else:
                required = get_origin(hint) is Required
            hint = get_args(hint)[0]
        fields[wire] = _Field(hint, required)
    return fields


def _unwrap(hint: Any) -> Any:
    """A hint without Annotated, Required and NotRequired around it."""
    while get_origin(hint) in (Annotated, Required, NotRequired):
        hint = get_args(hint)[0]
    return _NONE if hint is None else hint


def _is_typed_dict(hint: Any) -> bool:
    """Also true of typing_extensions' TypedDict, which typing.is_typeddict denies."""
    return isinstance(hint, type) and hasattr(hint, "__required_keys__")


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType)


def _members(hint: Any) -> list[Any]:
    """A union's members, nested unions flattened, "not given" sentinels dropped."""
    hint = _unwrap(hint)
    if _is_union(hint):
        return [inner for member in get_args(hint) for inner in _members(member)]
    return [] if getattr(hint, "__name__", "") in _SENTINELS else [hint]


def _container(hint: Any) -> type | None:
    """`list` or `dict` where the hint is some kind of either, else None."""
    origin = get_origin(hint) or hint
    if _is_typed_dict(hint) or origin in _DICTS:
        return dict
    named = getattr(origin, "__name__", "") == "SequenceNotStr"  # a Protocol in some SDKs
    return list if named or origin in _LISTS else None


def _scalar_fits(value: object, hint: Any) -> bool:
    """bool is no int, nor True 1; an int may stand for a float; a file never fits."""
    if get_origin(hint) is Literal:
        return any(type(value) is type(a) and value == a for a in get_args(hint))
    if hint is float:
        return type(value) in (int, float)
    return hint in _SCALARS and type(value) is hint


def _is_literal(hint: Any) -> bool:
    """Whether nothing but literal values, or null, fits."""
    return all(m is _NONE or get_origin(m) is Literal for m in _members(hint))


def _describe(hint: Any) -> str:
    if _is_union(hint):
        return " | ".join(_describe(member) for member in _members(hint))
    if get_origin(hint) is Literal:
        return " | ".join(map(repr, get_args(hint)))
    if _container(hint) is list:
        return "list"
    return _JSON_NAMES.get(get_origin(hint) or hint, getattr(hint, "__name__", str(hint)))


def _misfit_line(value: object, hint: Any, path: str) -> str:
    got = _JSON_NAMES.get(type(value), type(value).__name__)
    shown = reprlib.repr(value)
    return f"{path or 'body'}: expected {_describe(hint)}, got {got} {shown}"


def _join(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)
