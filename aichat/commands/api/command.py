"""``aichat api``: any HTTP endpoint of a provider, as ``ask`` would call it."""

import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from itertools import pairwise
from typing import Any, NamedTuple

from aichat import providers, wires
from aichat.app.calls.caller import Caller
from aichat.app.calls.terms import terms
from aichat.app.question.input import parsed_header
from aichat.app.setup.endpoint import endpoint
from aichat.app.setup.keys import stand_in
from aichat.app.setup.registry import Registry
from aichat.app.setup.setup import Setup, resolve
from aichat.app.setup.targets import Targets
from aichat.commands.api import show
from aichat.commands.api.body import Body, body_of
from aichat.commands.api.send import Life, Sending, Wish
from aichat.core.cli.argv import Argument, Command, Option
from aichat.core.cli.options import ASK_OPTIONS as ASK
from aichat.core.config.schema import Config
from aichat.core.http.call import METHODS, Call, request_headers
from aichat.core.http.curl import as_curl
from aichat.core.http.url import build_url, check_path, parse_pair
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.provider import Provider
from aichat.disk.catalogue import endpoints
from aichat.disk.config import credentials, toml_file
from aichat.disk.files.atomic import check_target
from aichat.disk.files.upload import FileSource
from aichat.disk.paths import config_dir, expand_path
from aichat.errors import HINTS, AichatError, Fault, suggestion, usage_error
from aichat.process import stdin
from aichat.process.world import World


class Wanted(NamedTuple):
    """What is asked for, as far as it can be told without a config."""

    provider: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]


def run(world: World, values: Mapping[str, Any]) -> int:
    """Send one request, show its answer, and give the exit code."""
    wanted = _wanted(values)
    setup = _setup(world, values, wanted)
    life = Life(world, quiet=values["quiet"])
    for warning in filter(
        None, (*setup.loaded.warnings, credentials.exposure_warning(setup.folder))
    ):
        life.tell(f"warning: {warning}")
    directory = _directory(setup.provider)
    known = _looked_up(directory, wanted)
    if values["dry_run"]:
        return _dry_run(world, values, wanted, endpoint(setup, stand_in(setup)))
    _check_output(world, values, binary=known is not None and known.answer == "binary")
    target = Targets(world, life.tell).of(setup)
    call = _call(wanted, target, _body(world, values, target))
    reach = terms(setup, {**values, "no_stream": True}, life.line)._replace(on_sent=life.on_sent)
    hint = f"check PATH and the ids in it: aichat api {wanted.provider} --help lists what there is"
    hints = {**HINTS, "not_found": hint, "truncated": "", "rate_limit": "wait a little"}
    caller = Caller(target, world.clock, reach, hints=hints)
    file = expand_path(values["output"]) if values["output"] else None
    wish = Wish(file, values["include"], values["paginate"], bool(known and known.answer == "file"))
    Sending(world, caller, life, wish).run(call, directory.page_rules)
    return 0


def _wanted(values: Mapping[str, Any]) -> Wanted:
    """The three words. Errors: ``usage``, saying what is missing."""
    provider, method, path = (values[name] for name in ("provider", "method", "path"))
    if not provider:
        raise usage_error(
            "which PROVIDER, METHOD and PATH?", "for example: aichat api openai GET /models"
        )
    if not method:
        raise _missing("METHOD and PATH?", provider, "GET /models")
    if method.startswith("/") or "://" in method:
        raise _missing("METHOD? It stands before PATH", provider, f"{path or 'GET'} {method}")
    name = method.upper()
    if name in (endpoints.SOCKET, "WSS"):
        raise usage_error(f"{method.upper()} is no HTTP: aichat api speaks no WebSocket")
    if name not in METHODS:
        raise usage_error(
            f"unknown METHOD '{method}'{suggestion(name, METHODS)}",
            f"there are: {', '.join(METHODS)}",
        )
    if not path:
        raise _missing("PATH?", provider, f"{name} /models")
    if values["paginate"] and name != "GET":
        raise usage_error("--paginate is for GET: lists are read, page by page")
    check_path(path)
    query = tuple(parse_pair(text, "--query") for text in values["query"])
    return Wanted(provider, name, path, query)


def _missing(what: str, provider: str, example: str) -> AichatError:
    hint = f"for example: aichat api {provider} {example}; aichat api {provider} --help lists more"
    return usage_error(f"which {what}", hint)


def _setup(world: World, values: Mapping[str, Any], wanted: Wanted) -> Setup:
    folder = config_dir(world.environ, values["config_dir"])
    flags = {
        "provider": wanted.provider,
        "region": values["region"],
        "headers": dict(map(parsed_header, values["header"])),
    }
    return resolve(folder, world.environ, flags, values["profile"], needs_model=False)


def _directory(provider: Provider) -> endpoints.EndpointDirectory:
    return endpoints.read(provider.id, built_in=provider.id in providers.names())


def _looked_up(directory: endpoints.EndpointDirectory, wanted: Wanted) -> endpoints.Route | None:
    """What is known of the endpoint. Errors: ``usage`` for one that is no HTTP."""
    if directory.find_route(endpoints.SOCKET, wanted.path):
        raise usage_error(f"{wanted.path} is a WebSocket, which aichat api does not speak")
    return directory.find_route(wanted.method, wanted.path)


def _check_output(world: World, values: Mapping[str, Any], *, binary: bool) -> None:
    """Raise, before anything is sent and paid for, where the answer could not be kept."""
    if values["output"]:
        check_target(expand_path(values["output"]))
    elif world.stdout is None:
        raise AichatError(Fault("output", "stdout is closed: nothing was sent"))
    elif binary and world.stdout_tty:
        raise show.binary("binary", "; nothing was sent")


def _body(world: World, values: Mapping[str, Any], target: Endpoint) -> Body:
    def piped() -> FileSource:
        return FileSource(BytesIO() if values["dry_run"] else stdin.open_seekable(world), "-")

    return body_of(values, request_headers(target.headers, json_content=False), piped)


def _call(wanted: Wanted, target: Endpoint, body: Body) -> Call:
    """The request. Errors: ``usage`` for a path that leads elsewhere."""
    auth = wires.load(target.wire).auth(target, body.object)
    return Call(
        wanted.method,
        build_url(target.base_url, wanted.path, wanted.query),
        request_headers(target.headers, *body.headers, *auth, json_content=False),
        body.content,
    )


def _dry_run(world: World, values: Mapping[str, Any], wanted: Wanted, target: Endpoint) -> int:
    """Print what would be sent, without a key, an engine or a connection."""
    body = _body(world, values, target)
    if values["form"]:  # curl makes up a boundary of its own
        body = body._replace(headers=())
    more = [("-o", values["output"])] if values["output"] else []
    text = as_curl(_call(wanted, target, body), more) + "\n"
    world.write_text(world.printable(text))
    return 0


def more(world: World, argv: Sequence[str]) -> str:
    """What the help says of the provider that is named, or of all of them."""
    given = next((after for word, after in pairwise(argv) if word == "--config-dir"), None)
    try:
        known = Registry(toml_file.load(config_dir(world.environ, given)).config)
    except AichatError:  # a broken config breaks no help
        known = Registry(Config())
    named = next((word for word in argv if word in known), None)
    return _of_one(known[named]) if named else _of_all(known)


def _of_one(provider: Provider) -> str:
    """One line an endpoint."""
    directory = _directory(provider)
    width = min(max(len(entry.path) for entry in directory.all_routes()), 28)  # 80 columns
    blocks = [f"Endpoints of {provider.name}, behind {provider.base_url}:"]
    for subject, entries in directory.subjects.items():
        lines = [f"  {e.method:<7} {e.path:<{width}}  {e.about}" for e in entries]
        blocks.append("\n".join([f"{subject}:", *lines]))
    return "".join(f"\n\n\b\n{block}" for block in blocks)


def _of_all(known: Mapping[str, Provider]) -> str:
    """One line a provider: what there is."""
    lines = [f"  {name:<{max(map(len, known))}}  {_subjects(p)}" for name, p in known.items()]
    head = "What there is; aichat api PROVIDER --help has a line for each endpoint:"
    return "\n\n\b\n" + "\n".join([head, *lines])


def _subjects(provider: Provider) -> str:
    names = [
        re.sub(r"^[A-Z](?=[a-z])", lambda c: c[0].lower(), n) for n in _directory(provider).subjects
    ]
    return ", ".join(name for name in names if name not in ("replaced", "not HTTP"))


_SHARED = (
    "output",
    "profile",
    "region",
    "timeout",
    "retries",
    "header",
    "dry_run",
    "debug",
    "quiet",
)

COMMAND = Command(
    name="api",
    summary="Call any HTTP endpoint of a provider.",
    examples=(
        "aichat api openai GET /files --paginate",
        "aichat api groq POST /audio/transcriptions -F model=whisper-large-v3 -F file=@talk.mp3",
    ),
    options=(
        Option(("-d", "--data"), "The body; @FILE reads it, @- is stdin.", metavar="JSON|@FILE|@-"),
        Option(
            ("-F", "--form"),
            "A field of a form, or a file to upload; ;type=T and ;filename=N after it. Repeatable.",
            metavar="FIELD=TEXT|@FILE",
            many=True,
        ),
        Option(("--query",), "Add to the query. Repeatable.", metavar="NAME=VALUE", many=True),
        Option(("--paginate",), "Go on to the last page of a list, each printed as it is.", bool),
        Option(("-i", "--include"), "Print status and headers too.", bool),
        *(option for option in ASK if option.name in _SHARED),
    ),
    arguments=(
        Argument(
            "provider", "Provider id, e.g. openai, or a server of the config.", required=False
        ),
        Argument("method", "GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS.", required=False),
        Argument(
            "path", "Behind the base URL: /models; //v1/models starts at the host.", required=False
        ),
    ),
    run=run,
    extra_help=more,
)
