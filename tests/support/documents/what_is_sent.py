"""What is sent where: the field of each provider's request body that an option becomes.

The table of the README, made by the program itself: for every provider, with its default model and
wire, a dry run with one option after the other, in whose body the option's value is looked for.
Print it with `python -m tests.support.documents.what_is_sent`.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from aichat import providers
from tests.support.running.program import Program, curl_body

_MARK, _SCHEMA = "zebra", {"type": "object", "properties": {"zebra": {"type": "string"}}}
_TOOL = json.dumps([{"name": "f", "parameters": _SCHEMA}])

#: Options, and the values that they may become in a body; none means whatever is added.
OPTIONS: Mapping[tuple[str, ...], tuple[Any, ...]] = {
    ("-s", _MARK): (_MARK,),
    ("--temperature", "0.25"): (0.25,),
    ("--top-p", "0.75"): (0.75,),
    ("--max-tokens", "321"): (321,),
    ("--stop", _MARK): ([_MARK],),
    ("--seed", "7"): (7,),
    ("--effort", "high"): (),
    ("--tools", _TOOL): (_SCHEMA,),
    ("--prefill", _MARK): (_MARK,),
}


def provider_names() -> list[str]:
    """The providers of the table, without the embedded one, which has no model table."""
    return [name for name in providers.names() if providers.load(name).engine is None]


def dry_run_body(provider: str, home: Path, *words: str) -> dict[str, Any]:
    """The body of a dry run."""
    ran = Program(home).invoke("ask", "-p", provider, "--dry-run", "hi", *words)
    if ran.code:
        raise RuntimeError(f"{provider} {words}: exit {ran.code}")
    return curl_body(ran)


def fields(provider: str, option: tuple[str, ...], home: Path) -> str:
    """The fields that an option becomes, or `-` if it is dropped."""
    plain, given = (
        dict(_leaves(dry_run_body(provider, home))),
        dry_run_body(provider, home, *option),
    )
    wanted = OPTIONS[option]
    new = [path for path, value in _leaves(given) if plain.get(path, ...) != value]
    found = [path for path, value in _nodes(given) if value in wanted] if wanted else new
    return ", ".join(f"`{path}`" for path in dict.fromkeys(found)) or "-"


def _nodes(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """All values in a body with their dotted paths, in which messages are named by role."""
    yield path, value
    if isinstance(value, dict):
        for name, below in value.items():
            yield from _nodes(below, f"{path}.{name}" if path else name)
    for below in value if isinstance(value, list) else ():
        role = below.get("role", "") if isinstance(below, dict) else ""
        yield from _nodes(below, f"{path}[{role}]")


def _leaves(value: Any) -> Iterator[tuple[str, Any]]:
    return ((path, leaf) for path, leaf in _nodes(value) if not isinstance(leaf, dict | list))


def rows(home: Path) -> Iterator[tuple[str, str, list[str]]]:
    """Options, the fields that they become, and the providers for which they do."""
    for option in OPTIONS:
        shown = " ".join(word for word in option if word in ("high",) or word.startswith("-"))
        places: dict[str, list[str]] = {}
        for provider in provider_names():
            places.setdefault(fields(provider, option, home), []).append(provider)
        for field in sorted(places, key=lambda name: name == "-"):
            yield f"`{shown}`", field, places[field]


def table() -> str:
    """The table as Markdown: one line for each field that an option becomes."""
    lines = ["| option | field of the request body | sent there by |", "|---|---|---|"]
    before = ""
    with TemporaryDirectory() as home:
        for option, field, names in rows(Path(home)):
            shown, before = "" if option == before else option, option
            lines.append(f"| {shown} | {field} | {', '.join(names)} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    print(table(), end="")
