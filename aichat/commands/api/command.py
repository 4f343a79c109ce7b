"""``aichat api``: calls any HTTP endpoint of a provider, as ``ask`` does."""

import re
from collections.abc import Mapping, Sequence
from io import BytesIO
from itertools import pairwise

from aichat import providers, wires
from aichat.app.calls.caller import Caller
from aichat.app.calls.dry_run import print_call
from aichat.app.calls.options import CallHooks, call_options
from aichat.app.setup.endpoint import make_endpoint
from aichat.app.setup.keys import placeholder_key
from aichat.app.setup.options import parse_header
from aichat.app.setup.registry import Registry
from aichat.app.setup.setup import Flags, Setup, resolve_setup
from aichat.app.setup.targets import Targets
from aichat.commands.api import show
from aichat.commands.api.body import Body, build_body
from aichat.commands.api.send import Activity, ApiExchange, ApiOutput
from aichat.core.cli.argv import Argument, Command, Option
from aichat.core.cli.options import ASK_OPTIONS as ASK
from aichat.core.cli.options import TransportOptions
from aichat.core.config.schema import Config
from aichat.core.http.call import METHODS, Call, request_headers
from aichat.core.http.url import build_url, check_path, parse_pair
from aichat.core.provider.endpoint import Endpoint
from aichat.core.provider.provider import Provider
from aichat.core.text.wrap import wrap, wrap_entries, wrap_entry
from aichat.disk.catalogue import endpoints
from aichat.disk.config import credentials, toml_file
from aichat.disk.files.atomic import check_target
from aichat.disk.files.upload import FileSource
from aichat.disk.paths import config_dir, expand_path
from aichat.errors import HINTS, AichatError, Fault, suggestion, usage_error
from aichat.process import stdin
from aichat.process.world import World
from aichat.values import NamedTuple

#: The default limit of pages.
_MAX_PAGES = 1000


class ApiOptions(NamedTuple):
    """The options of ``aichat api``; ``timeout`` is in seconds."""

    provider: str | None
    method: str | None
    path: str | None
    data: str | None
    form: tuple[str, ...]
    query: tuple[str, ...]
    paginate: bool
    max_pages: int | None
    include: bool
    output: str | None
    quiet: bool
    profile: str | None
    region: str | None
    header: tuple[str, ...]
    timeout: float | None
    retries: int | None
    dry_run: bool
    debug: bool
    config_dir: str | None


class ApiTarget(NamedTuple):
    """The target, as far as it is known without a config."""

    provider: str
    method: str
    path: str
    query: tuple[tuple[str, str], ...]


def run(world: World, options: ApiOptions) -> int:
    """Send one request, show its answer, and return the exit code."""
    asked = _parse_target(options)
    setup = _resolve_setup(world, options, asked)
    activity = Activity(world, setup.provider.id, quiet=options.quiet)
    for warning in credentials.file_warnings(setup.config_file):
        activity.tell(f"warning: {warning}")
    directory = _load_directory(setup.provider)
    known = _find_route(directory, asked)
    if options.dry_run:
        return _dry_run(world, options, asked, make_endpoint(setup, placeholder_key(setup)))
    _check_output(world, options, binary=known is not None and known.answer == "binary")
    target = Targets(world, activity.tell).endpoint_for(setup)
    call = _build_call(asked, target, _build_body(world, options, target))
    transport = TransportOptions(
        no_stream=True,
        timeout=options.timeout,
        retries=options.retries,
        debug=options.debug,
    )
    call_terms = call_options(setup, transport, activity.say, CallHooks(on_sent=activity.on_sent))
    hint = f"check PATH and the ids in it; aichat api {asked.provider} --help lists the endpoints"
    hints = {**HINTS, "not_found": hint, "truncated": "", "rate_limit": "wait a moment"}
    caller = Caller(target, world.clock, call_terms, hints=hints)
    file = expand_path(options.output) if options.output else None
    output = ApiOutput(
        file, options.include, _max_pages(options), bool(known and known.answer == "file")
    )
    ApiExchange(world, caller, activity, output).run(call, directory.page_rules)
    return 0


def _max_pages(options: ApiOptions) -> int | None:
    """The limit of pages; None for a single answer. Errors: ``usage`` below 1."""
    if options.max_pages is not None and options.max_pages < 1:
        raise usage_error("--max-pages must be at least 1")
    return (options.max_pages or _MAX_PAGES) if options.paginate else None


def _parse_target(options: ApiOptions) -> ApiTarget:
    """The three positional arguments. Errors: ``usage``, naming a missing one."""
    provider, method, path = options.provider, options.method, options.path
    if not provider:
        raise usage_error(
            "which PROVIDER, METHOD and PATH?", "for example: aichat api openai GET /models"
        )
    if not method:
        raise _missing_error("METHOD and PATH?", provider, "GET /models")
    if method.startswith("/") or "://" in method:
        raise _missing_error("METHOD? It comes before PATH", provider, f"{path or 'GET'} {method}")
    name = method.upper()
    if name in (endpoints.SOCKET, "WSS"):
        raise usage_error(f"{method.upper()} is not HTTP: aichat api does not support WebSockets")
    if name not in METHODS:
        raise usage_error(
            f"unknown METHOD '{method}'{suggestion(name, METHODS)}",
            f"choose from: {', '.join(METHODS)}",
        )
    if not path:
        raise _missing_error("PATH?", provider, f"{name} /models")
    if options.paginate and name != "GET":
        raise usage_error("--paginate works only with GET")
    check_path(path)
    query = tuple(parse_pair(text, "--query") for text in options.query)
    return ApiTarget(provider, name, path, query)


def _missing_error(what: str, provider: str, example: str) -> AichatError:
    hint = f"for example: aichat api {provider} {example}; aichat api {provider} --help lists more"
    return usage_error(f"which {what}", hint)


def _resolve_setup(world: World, options: ApiOptions, api_target: ApiTarget) -> Setup:
    folder = config_dir(world.environ, options.config_dir)
    flags = Flags(
        provider=api_target.provider,
        region=options.region,
        headers=dict(map(parse_header, options.header)),
    )
    return resolve_setup(folder, world.environ, flags, options.profile, needs_model=False)


def _load_directory(provider: Provider) -> endpoints.EndpointDirectory:
    return endpoints.read(provider.id, built_in=provider.id in providers.names())


def _find_route(
    directory: endpoints.EndpointDirectory, api_target: ApiTarget
) -> endpoints.Route | None:
    """The known route of the endpoint. Errors: ``usage`` if it is not HTTP."""
    if directory.find_route(endpoints.SOCKET, api_target.path):
        raise usage_error(f"{api_target.path} is a WebSocket, which aichat api does not support")
    return directory.find_route(api_target.method, api_target.path)


def _check_output(world: World, options: ApiOptions, *, binary: bool) -> None:
    """Raise, before anything is sent and paid for, if the answer could not be saved."""
    if options.output:
        check_target(expand_path(options.output))
    elif world.stdout is None:
        raise AichatError(Fault("output", "stdout is closed: nothing was sent"))
    elif binary and world.stdout_tty:
        raise show.binary_error("binary", "; nothing was sent")


def _build_body(world: World, options: ApiOptions, target: Endpoint) -> Body:
    def piped() -> FileSource:
        return FileSource(BytesIO() if options.dry_run else stdin.open_seekable(world), "-")

    headers = request_headers(target.headers, json_content=False)
    return build_body(options.data, options.form, headers, piped)


def _build_call(api_target: ApiTarget, target: Endpoint, body: Body) -> Call:
    """The request. Errors: ``usage`` for a path to another host."""
    auth = wires.load(target.wire).auth(target, body.object)
    return Call(
        api_target.method,
        build_url(target.base_url, api_target.path, api_target.query),
        request_headers(target.headers, *body.headers, *auth, json_content=False),
        body.content,
    )


def _dry_run(world: World, options: ApiOptions, api_target: ApiTarget, target: Endpoint) -> int:
    """Print the request that would be sent, without a key, an engine or a connection."""
    body = _build_body(world, options, target)
    if options.form:  # curl chooses its own boundary
        body = body._replace(headers=())
    more = [("-o", options.output)] if options.output else []
    print_call(world, _build_call(api_target, target, body), more, target)
    return 0


def provider_help(world: World, argv: Sequence[str]) -> str:
    """The help on the named provider, or on all of them."""
    given = next((after for word, after in pairwise(argv) if word == "--config-dir"), None)
    try:
        known = Registry(toml_file.load(config_dir(world.environ, given)).config)
    except AichatError:  # help works with a broken config too
        known = Registry(Config())
    named = next((word for word in argv if word in known), None)
    columns = world.columns() - 2  # Typer indents text below the options
    blocks = _routes_help(known[named], columns) if named else [_subjects_help(known, columns)]
    return "".join(f"\n\n\b\n{block.rstrip()}" for block in blocks)


def _routes_help(provider: Provider, columns: int) -> list[str]:
    """A block for each subject, with an entry per endpoint."""
    directory = _load_directory(provider)
    width = min(max(len(entry.path) for entry in directory.all_routes()), 28)  # 80 columns
    head = f"Endpoints of {provider.name}, relative to {provider.base_url}:"
    blocks = [wrap(head, columns)]
    for subject, routes in directory.subjects.items():
        entries = [(f"  {r.method:<7} {r.path:<{width}}", r.about) for r in routes]
        rows = [wrap_entry(label, about, width + 12, columns) for label, about in entries]
        blocks.append("\n".join([f"{subject}:", *rows]))
    return blocks


def _subjects_help(known: Mapping[str, Provider], columns: int) -> str:
    """An entry per provider, with its subjects."""
    head = wrap("Endpoints by provider; aichat api PROVIDER --help lists them all:", columns)
    entries = ((f"  {name}", _subjects(provider)) for name, provider in known.items())
    return f"{head}\n{wrap_entries(entries, columns)}"


def _subjects(provider: Provider) -> str:
    names = [
        re.sub(r"^[A-Z](?=[a-z])", lambda c: c[0].lower(), n)
        for n in _load_directory(provider).subjects
    ]
    return ", ".join(dict.fromkeys(n for n in names if n not in ("replaced", "not HTTP")))


_SHARED_OPTIONS = (
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
        Option(
            ("-d", "--data"), "Request body; @FILE reads a file, @- stdin.", metavar="JSON|@FILE|@-"
        ),
        Option(
            ("-F", "--form"),
            "Form field or file to upload; may end in ;type=T or ;filename=N. Repeatable.",
            metavar="FIELD=TEXT|@FILE",
            many=True,
        ),
        Option(("--query",), "Add a query parameter. Repeatable.", metavar="NAME=VALUE", many=True),
        Option(("--paginate",), "Fetch all pages of a list and print each.", bool),
        Option(
            ("--max-pages",), "With --paginate, at most so many; default 1000.", int, metavar="N"
        ),
        Option(("-i", "--include"), "Print status and headers too.", bool),
        *(option for option in ASK if option.name in _SHARED_OPTIONS),
    ),
    arguments=(
        Argument(
            "provider", "Provider id, e.g. openai, or a server from the config.", required=False
        ),
        Argument("method", "GET, POST, PUT, PATCH, DELETE, HEAD or OPTIONS.", required=False),
        Argument(
            "path",
            "Path below the base URL: /models; //v1/models starts at the host.",
            required=False,
        ),
    ),
    run=run,
    reads=ApiOptions,
    extra_help=provider_help,
)
