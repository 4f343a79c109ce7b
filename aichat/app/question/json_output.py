"""The schema of an answer: reading it, and fitting it to a model."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from aichat.app.question.attachments import read_text
from aichat.app.setup.setup import Setup
from aichat.core.cli.options import AskOptions
from aichat.core.message.json_schema.output import AnswerSchema
from aichat.core.message.json_schema.shorthand import parse_shorthand
from aichat.core.message.json_schema.validate import Schema
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.json_output import JsonFit, SchemaNeighbours, fit_json_output
from aichat.core.provider.provider import JsonSupport
from aichat.core.text.json import reject_constant
from aichat.disk.paths import SCHEMAS, expand_path
from aichat.errors import AichatError, Fault, suggestion, usage_error

_NO_SUPPORT = JsonSupport()
_LONGEST_NAME = 64  # accepted by every server


def is_wanted(setup: Setup, options: AskOptions) -> bool:
    """Whether the answer must match a schema."""
    sampling, kept = options.sampling, setup.conduct.schema
    return bool(sampling.schema_list or sampling.rows or (kept and kept.value))


def read_schema(setup: Setup, options: AskOptions) -> AnswerSchema:
    """The schema of the options, else of the profile, whose files are relative to the config.

    Errors: ``usage``, for options that exclude each other and for an invalid schema.
    """
    _check_options(options)
    sampling, kept = options.sampling, setup.conduct.schema
    listed = sampling.schema_list or sampling.rows
    source = listed or (kept.value if kept else "")
    in_profile = not listed and kept is not None and kept.origin.kind == "profile"
    base = setup.folder if in_profile else Path()
    name, schema = _load(source, base, setup.folder / SCHEMAS)
    if listed:
        schema = _list_of(schema)
    return AnswerSchema(Schema(schema), name)


def _check_options(options: AskOptions) -> None:
    sampling, output = options.sampling, options.output
    given = {
        "--schema": sampling.schema,
        "--schema-list": sampling.schema_list,
        "--rows": sampling.rows,
        "-x": output.extract or output.extract_lang,
        "--prefill": sampling.prefill,
        "--markdown": output.markdown,
    }
    named = [name for name, value in given.items() if value]
    if len(named) > 1:
        raise usage_error(f"{named[0]} and {named[1]} cannot be combined")
    if sampling.csv and sampling.tsv:
        raise usage_error("--csv and --tsv cannot be combined")


def check_rows(options: AskOptions) -> None:
    """Raise (``usage``) for a format of rows without ``--rows``."""
    for name in ("csv", "tsv"):
        if options.option_value(name) and not options.sampling.rows:
            raise usage_error(f"--{name} is for --rows", "example: --rows 'name, price float'")


def _load(source: str, base: Path, kept: Path) -> tuple[str, Any]:
    """The schema and a name for it."""
    if source.startswith("@"):
        return _name(source), _parse(read_text(_kept_file(source[1:], kept)), source)
    path = base / expand_path(source)
    if source.lstrip()[:1] not in ("{", "[") and (source.endswith(".json") or _is_file(path)):
        return _name(path.stem), _parse(read_text(path), source)
    return "answer", _parse(source, "")


def _kept_file(name: str, folder: Path) -> Path:
    path = folder / f"{name}.json"
    if not re.fullmatch(r"[\w.-]+", name) or not path.is_file():
        known = sorted(found.stem for found in folder.glob("*.json"))
        hint = f"keep it as {path}" if re.fullmatch(r"[\w.-]+", name) else ""
        raise usage_error(f"no schema '@{name}'{suggestion(name, known)}", hint)
    return path


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # too long for a name
        return False


def _parse(text: str, where: str) -> Any:
    if text.lstrip()[:1] not in ("{", "["):
        return parse_shorthand(text)
    try:
        return json.loads(text, parse_constant=reject_constant)
    except (ValueError, RecursionError) as error:
        place = f"{where}: " if where else ""
        raise usage_error(f"--schema: {place}not JSON: {error}") from None


def _name(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9_-]+", "_", text).strip("_")[:_LONGEST_NAME] or "answer"


def _list_of(schema: Any) -> dict[str, Any]:
    """The schema of a list; definitions stay at the top."""
    if not isinstance(schema, dict):
        return {"type": "array", "items": schema}
    above = {key: schema[key] for key in ("$defs", "definitions") if key in schema}
    items = {key: value for key, value in schema.items() if key not in above}
    return {"type": "array", "items": items, **above}


def fitting_output(
    asked: AnswerSchema, target: Endpoint, beside: SchemaNeighbours, refused: Callable[[str], Fault]
) -> JsonFit:
    """How to ask ``target`` for it. Errors: ``refused``, if it is known not to accept it."""
    support = target.provider.json_output.get(target.wire, _NO_SUPPORT)
    fit = fit_json_output(asked, support, beside)
    if fit.refusal:
        raise AichatError(refused(fit.refusal))
    return fit
