"""The tools that a server runs by itself, as data; and fitting a request to them.

A provider's table has, for each wire and tool, one or more ``ToolSpec``; the first that
matches the model counts.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypedDict

from aichat.core.message.server_tools import ServerTools
from aichat.values import NamedTuple


class ToolSpec(TypedDict, total=False):
    """How to ask a server for one of its tools.

    ``tools`` are entries of the body's list, ``body`` are other fields. ``options`` map our
    names of options to their paths in the first entry (``.`` is the entry itself), or, after a
    ``/``, in the body.
    """

    models: str  # a pattern for the whole id of a model; default: all
    unless: Sequence[str]  # tools that this one cannot be combined with
    tools: Sequence[Mapping[str, Any]]
    body: Mapping[str, Any]
    options: Mapping[str, str]
    values: Mapping[str, Mapping[str, Any]]  # option -> the server's words for our values
    most: Mapping[str, int]  # option -> the most values it may have
    alone: Sequence[tuple[str, str]]  # pairs of options that exclude each other
    includes: Sequence[str]  # what to include in the response to see what the tool did
    schema_includes: Sequence[str]  # the same, if the answer has a schema
    refuses_functions: str  # models on which it excludes the client's own tools
    functions_body: Mapping[str, Any]  # more body fields if there are any
    refuses_efforts: Mapping[str, str]  # effort -> models on which they exclude each other
    streams: bool  # only if the answer is streamed
    formula: str  # Moonshot: its tool that we call there, by name
    echoes: str  # Moonshot: calls of this name are answered with their own arguments
    container_seconds: int  # how long a container lives, if the server does not say
    files: str  # how files get to the code: "upload", or as a "part" that the model sees too
    file_types: Sequence[str]  # patterns of accepted media types; default: all
    fills_container: bool  # a file needs a call of its own to get into an existing container
    files_note: str  # a notice about that


#: The tools of one wire of a provider, by name.
ToolSpecs = Mapping[str, Sequence[ToolSpec]]

#: The user's name of each option, and the spellings in which a server may accept it.
_OPTIONS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "domains": ("--search-domain", ("domains", "mixed_domains")),
    "blocked": ("--search-domain=-D", ("blocked", "mixed_domains")),
    "handles": ("--search-domain=@NAME", ("handles",)),
    "blocked_handles": ("--search-domain=-@NAME", ("blocked_handles",)),
    "recency": ("--search-recency", ("recency", "since_time", "since_date")),
    "context": ("--search-context", ("context",)),
    "location": (
        "--search-location",
        ("location", "approximate_location", "location_or_degrees", "degrees"),
    ),
}


def _instant(seconds: float | None) -> str | None:
    return None if seconds is None else f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%SZ}"


_APPROXIMATE = {"type": "approximate"}

#: The value in each spelling; empty if unset.
_VALUES: Mapping[str, Callable[[ServerTools], Any]] = {
    "domains": lambda tools: [*tools.domains],
    "blocked": lambda tools: [*tools.blocked],
    "mixed_domains": lambda tools: [*tools.domains, *(f"-{name}" for name in tools.blocked)],
    "handles": lambda tools: [*tools.handles],
    "blocked_handles": lambda tools: [*tools.blocked_handles],
    "recency": lambda tools: tools.recency,
    "since_time": lambda tools: _instant(tools.since),
    "until_time": lambda tools: tools.recency and _instant(tools.now),
    "since_date": lambda tools: (_instant(tools.since) or "")[:10],
    "context": lambda tools: tools.context,
    "location": lambda tools: tools.location and tools.location.names,
    "approximate_location": lambda tools: (
        tools.location and tools.location.names and _APPROXIMATE | tools.location.names
    ),
    "degrees": lambda tools: tools.location and tools.location.degrees,
    "location_or_degrees": lambda tools: (
        tools.location
        and {k: v for k, v in tools.location.names.items() if k != "timezone"}
        | tools.location.degrees
    ),
    "file_search": lambda tools: [*tools.file_search],
    "container": lambda tools: tools.container,
    "code_files": lambda tools: [*tools.code_files],
}


def option_value(tools: ServerTools, spelling: str, spec: ToolSpec) -> Any:
    """The value of an option as ``spec`` wants it; empty if unset."""
    value = _VALUES[spelling](tools)
    known = spec.get("values", {}).get(spelling)
    return known.get(value) if known is not None and value else value


class FitTools(NamedTuple):
    """The tools that fit, a notice for each thing dropped, and the reasons for a refusal."""

    tools: ServerTools
    remarks: tuple[str, ...]
    refusal: str | None = None


def chosen_specs(tools: ServerTools, specs: ToolSpecs, model: str) -> dict[str, ToolSpec]:
    """The spec of each tool that is on and that ``model`` has."""
    found = {}
    for name in tools.names:
        fitting = (spec for spec in specs.get(name, ()) if _is_for(spec, model, tools.names))
        if spec := next(fitting, None):
            found[name] = spec
    return found


def _is_for(spec: ToolSpec, model: str, asked: Iterable[str]) -> bool:
    pattern = spec.get("models")
    fits = pattern is None or re.fullmatch(pattern, model) is not None
    return fits and set(asked).isdisjoint(spec.get("unless", ()))


class Beside(NamedTuple):
    """What else is in a request that a tool may not be combined with."""

    model: str
    functions: bool = False
    effort: str | None = None
    stream: bool = True


def fit_server_tools(tools: ServerTools, specs: ToolSpecs, beside: Beside) -> FitTools:
    """``tools`` without what the server lacks, and any combination that it would refuse."""
    model = beside.model
    chosen = chosen_specs(tools, specs, model)
    lacking = [name for name in tools.names if name not in chosen]
    kept = tools._replace(**{name: _NOTHING[name] for name in lacking})
    names = [f"--{name.replace('_', '-')}" for name in lacking]
    for option, (flag, spellings) in _OPTIONS.items() if kept.names else ():
        if getattr(kept, option) and not _is_taken(kept, spellings, chosen):
            kept = kept._replace(**{option: _NOTHING[option]})
            names.append(flag)
    remarks = tuple(f"{model} does not support {name}: not sent" for name in names)
    refusals = (r for name in chosen for r in _refusals(kept, name, chosen[name], beside))
    return FitTools(kept, remarks, next(refusals, None))


_NOTHING = ServerTools._field_defaults


def _is_taken(tools: ServerTools, spellings: Iterable[str], chosen: Mapping[str, ToolSpec]) -> bool:
    """Whether any of the chosen tools has this option."""
    return any(
        option_value(tools, spelling, spec)
        for spec in chosen.values()
        for spelling in spellings
        if spelling in spec.get("options", {})
    )


def _refusals(tools: ServerTools, name: str, spec: ToolSpec, beside: Beside) -> Iterator[str]:
    """The combinations that the server is known to refuse."""
    flag, model = f"--{name.replace('_', '-')}", beside.model
    if beside.functions and re.fullmatch(spec.get("refuses_functions", "(?!)"), model):
        yield f"{flag} cannot be combined with functions of yours on this model"
    refusing = spec.get("refuses_efforts", {}).get(beside.effort or "", "(?!)")
    if re.fullmatch(refusing, model):
        yield f"{flag} cannot be combined with --effort {beside.effort} on this model"
    if spec.get("streams") and not beside.stream:
        yield f"{flag} cannot be combined with --no-stream on this model"
    for pair in spec.get("alone", ()):
        if all(getattr(tools, option) for option in pair):
            flags = " and ".join(_OPTIONS[option][0] for option in pair)
            yield f"{flags} cannot be combined on this model"
    for option, most in spec.get("most", {}).items():
        count = len(option_value(tools, option, spec))
        if count > most:
            yield f"{flag}: at most {most} of {option.replace('_', ' ')} on this model, not {count}"
