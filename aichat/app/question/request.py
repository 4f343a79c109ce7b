"""Making the request of a prepared question for one endpoint."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from aichat import wires
from aichat.app.history.recorder import Answerer
from aichat.app.question.ending import request_ending
from aichat.app.question.prepare import PreparedQuestion
from aichat.app.question.thread import PendingTurns
from aichat.app.setup.setup import Setup
from aichat.core.billing.token_estimate import estimate_message
from aichat.core.cli.options import AskOptions
from aichat.core.config.precedence import ServerToolSettings, value_of
from aichat.core.conversation import replay
from aichat.core.conversation.turn import Turn
from aichat.core.exchange.event import Notice
from aichat.core.exchange.fit import fit_settings
from aichat.core.exchange.request import Request, Settings, with_json_output
from aichat.core.http.call import Call
from aichat.core.message.cache_marks import NO_PLAN
from aichat.core.message.media import Media, named_kind
from aichat.core.message.message import Message, Raw, Text, ToolResult, has_media
from aichat.core.message.tool_schema import Tool, convert_tools
from aichat.core.provider.caching import CacheWish, lacking_mode, plan_cache
from aichat.core.provider.endpoint import Endpoint, with_model_body
from aichat.core.provider.realtime import is_realtime
from aichat.disk.paths import data_dir
from aichat.errors import AichatError, Fault, usage_error
from aichat.values import NamedTuple

if TYPE_CHECKING:
    from aichat.core.message.server_tools import ServerTools
    from aichat.core.provider.json_output import JsonFit


class Attempt(NamedTuple):
    """One endpoint and its request; ``notices`` are about what it does not accept.

    ``pending`` is the question as it is stored; ``at`` is the time in seconds since 1970, for
    the prices. ``stored`` is an answer from the store to use instead.
    """

    setup: Setup
    pending: PendingTurns
    request: Request
    target: Endpoint
    notices: tuple[Notice, ...]
    at: float
    stored: Turn | None = None

    @property
    def name(self) -> str:
        """Provider and model, as the user could ask for them."""
        return f"{self.target.provider.id}/{self.request.model}"

    @property
    def background_id(self) -> str | None:
        """The id of the background answer to fetch, if any."""
        cut = self.pending.unfinished
        return cut.answer.response_id if cut and cut.answer and cut.answer.background else None

    @property
    def identity(self) -> tuple[str, str, str]:
        """Provider, model and wire."""
        return self.target.provider.id, self.request.model, self.target.wire

    def answerer(self, secrets: tuple[str, ...], instead_of: tuple[str, ...] = ()) -> Answerer:
        """The endpoint, for the record."""
        provider, model, wire = self.identity
        return Answerer(provider, model, wire, self.setup.profile, secrets, instead_of)

    def call(self) -> Call:
        """The HTTP request."""
        return wires.load(self.target.wire).encode(self.request, self.target)


def make_attempt(
    question: PreparedQuestion, setup: Setup, options: AskOptions, target: Endpoint, now: float
) -> Attempt:
    """The request to ``target``, fitted to its model and wire, with notices on the rest.

    Errors: ``invalid_request`` (exit 5) instead of a notice, if nothing may be dropped;
    ``usage`` for tools that cannot be declared.
    """
    model, settings = setup.model.value, _settings(setup, options)
    ending = request_ending(question.pending, model, settings, target, now)
    if ending.prefill:
        settings = settings._replace(prefill=ending.prefill)
    settings, remarks = fit_settings(settings, target.card, _unsupported_settings(target), model)
    settings, target, words, lacking = _fit_knobs(settings, target, model)
    remarks += lacking
    wish = cache_wish(question, setup, options, now)
    caching = target.provider.caching.get(target.wire)
    remarks += tuple(filter(None, [lacking_mode(wish, caching, model)]))
    if caching and caching.kept_field and settings.options.get(caching.kept_field):
        setup, question, doubled = _without_doubles(setup, question, caching.kept_field)
        remarks, words = (*remarks, *doubled), ""
    stream = not options.transport.no_stream
    beside = (model, bool(question.tools), settings.effort, stream)
    target, tools, lacking = _fit_server_tools(setup, target, beside, ending.path, now)
    remarks += lacking
    fit = _fit_schema(question, target, model, settings.effort, has_tools=tools is not None)
    target, system = _place_system(target, "\n\n".join(filter(None, (question.system, words))))
    speaks = options.output.play or named_kind(options.output.output or "") == "audio"
    target, streams = with_model_body(target, model, speaks=speaks)
    if streams and not stream:
        remarks += (f"'--no-stream' is not supported by {model}: the answer is streamed",)
    said, gone = _messages(ending.path, model, setup, target)
    messages, adapted, notes = _fit_media(said, target, model, tools)
    remarks = (*remarks, *adapted, *(fit.remarks if fit else ()))
    if remarks and is_strict(setup, options):
        provider = target.provider.id
        raise AichatError(Fault("invalid_request", remarks[0], provider=provider, model=model))
    request = Request(
        model,
        (*system, *messages),
        settings,
        _offered_tools(question, target),
        stream=stream and (fit is None or fit.streams) if streams is None else streams,
        resumes=ending.prefill is not None,
        continuation=ending.continuation,
        cache=plan_cache(wish, caching, model) if caching else NO_PLAN,
        server_tools=tools,
        tools_off=question.tools_off,
    )
    request = with_json_output(request, fit.output) if fit else request
    if is_realtime(target.wire):
        from aichat.wires.realtime.sound import with_speech  # few questions are

        request = with_speech(request, question.speech, speaks=speaks)
    told = (Notice("media", each) for each in (*gone, *notes))
    notices = (*_notices(remarks, target), *told)
    return Attempt(setup, ending.pending, request, target, notices, now)


def _fit_knobs(
    settings: Settings, target: Endpoint, model: str
) -> tuple[Settings, Endpoint, str, tuple[str, ...]]:
    """Fit verbosity, tier and logprobs: settings, words for the model, and remarks."""
    if not (settings.verbosity or settings.tier or settings.logprobs):
        return settings, target, "", ()
    from aichat.core.exchange.knobs import fit_knobs  # few ask for them
    from aichat.disk.catalogue import knobs

    known = knobs.read(target.provider.id).get(target.wire, {})
    return fit_knobs(settings, target, known, model)


def _fit_server_tools(
    setup: Setup,
    target: Endpoint,
    beside: tuple[str, bool, str | None, bool],
    path: Sequence[Turn],
    now: float,
) -> tuple[Endpoint, "ServerTools | None", tuple[str, ...]]:
    """Fit the provider's own tools: the endpoint with those it has.

    ``beside`` are the fields of ``Beside``.
    """
    if not any(setup.server_tools):
        return target, None, ()
    from aichat.app.question.server_tools import fitting_tools  # few ask for them
    from aichat.core.provider.server_tools import Beside

    return fitting_tools(setup, target, Beside(*beside), path, now)


def _without_doubles(
    setup: Setup, question: PreparedQuestion, field: str
) -> tuple[Setup, PreparedQuestion, tuple[str, ...]]:
    """Remove what the explicit cache named by ``field`` already contains, with remarks."""
    sent = {
        "system prompt": question.system,
        "tools": question.tools,
        "provider's tools": any(setup.server_tools),
    }
    remarks = (f"{name} not sent: {field} brings its own" for name, it in sent.items() if it)
    bare = question._replace(system=None, tools=(), tools_off=False)
    return setup._replace(server_tools=ServerToolSettings()), bare, tuple(remarks)


def _fit_schema(
    question: PreparedQuestion, target: Endpoint, model: str, effort: str | None, *, has_tools: bool
) -> "JsonFit | None":
    """How to ask the endpoint for an answer that matches the schema, if there is one."""
    if question.schema is None:
        return None
    from aichat.app.question.json_output import fitting_output  # few ask for it
    from aichat.core.provider.json_output import SchemaNeighbours

    beside = SchemaNeighbours(model, target.region, effort, has_tools or bool(question.tools))
    blank = Fault("invalid_request", "", provider=target.provider.id, model=model)
    return fitting_output(question.schema, target, beside, lambda why: blank._replace(message=why))


def cache_wish(
    question: PreparedQuestion, setup: Setup, options: AskOptions, now: float
) -> CacheWish:
    """What is known for caching the prompt; a conversation always has the same key."""
    draft, path = question.pending.draft, question.pending.path
    answered = [turn.at for turn in path if turn.role == "assistant"]
    kept = question.goes_on or not (options.conversation.no_save or options.transport.dry_run)
    return CacheWish(
        value_of(setup.money.cache, "auto"),
        f"aichat-{draft.conversation}" if kept else None,
        question.goes_on or bool(options.conversation.conversation),
        max(now - answered[-1], 0) if answered else None,
        sum(estimate_message(turn.message) for turn in path),
    )


def is_strict(setup: Setup, options: AskOptions) -> bool:
    """Whether dropping or adapting anything is an error."""
    return options.transport.strict or value_of(setup.conduct.strict, False)


def _settings(setup: Setup, options: AskOptions) -> Settings:
    sampling, output = setup.sampling, options.output
    stop = value_of(sampling.stop, ())
    return Settings(
        temperature=value_of(sampling.temperature),
        top_p=value_of(sampling.top_p),
        max_tokens=value_of(sampling.max_tokens),
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        seed=value_of(sampling.seed),
        effort=value_of(sampling.effort),
        show_reasoning=False if output.hide_reasoning else output.show_reasoning or None,
        prefill=options.sampling.prefill,
        options=value_of(sampling.options, {}),
        verbosity=value_of(sampling.verbosity),
        tier=value_of(setup.money.tier),
        logprobs=value_of(sampling.logprobs),
    )


def _messages(
    path: Iterable[Turn], model: str, setup: Setup, target: Endpoint
) -> tuple[tuple[Message, ...], tuple[str, ...]]:
    said = (turn for turn in path if turn.role != "system")
    provider, quirks = target.provider.id, target.provider.quirks
    sealed = quirks.stores_answers and quirks.sealed_reasoning
    messages = tuple(replay.messages(said, provider, model, tools=quirks.tools, sealed=sealed))
    if not any(isinstance(part, Media | ToolResult | Raw) for m in messages for part in m.parts):
        return messages, ()
    from aichat.app.media.replayed import with_media  # most conversations are of words

    folder, who = data_dir(setup.environ), (provider, model)
    return with_media(messages, folder, who)


_FittedMedia = tuple[tuple[Message, ...], tuple[str, ...], tuple[str, ...]]


def _fit_media(
    messages: tuple[Message, ...], target: Endpoint, model: str, tools: "ServerTools | None"
) -> _FittedMedia:
    """The messages with media fitted to the endpoint, and remarks."""
    if not any(map(has_media, messages)):
        return messages, (), ()
    from aichat.app.media.fit import fit_media  # most questions show nothing

    return fit_media(messages, target, model, tools)


def _place_system(target: Endpoint, system: str | None) -> tuple[Endpoint, tuple[Message, ...]]:
    """The endpoint and the system message, which replaces that of the preamble."""
    if not system:
        return target, ()
    message = Message("system", (Text(system),))
    if not target.preamble:
        return target, (message,)
    return target._replace(preamble=(message, *target.preamble[1:])), ()


def _offered_tools(question: PreparedQuestion, target: Endpoint) -> tuple[Tool, ...]:
    """The tools as the provider accepts them.

    If it accepts none, tools from earlier turns are dropped. Errors: ``usage``.
    """
    quirks = target.provider.quirks
    if question.tools_off and not quirks.tool_choice:
        return ()
    if not question.tools or quirks.tools:
        return convert_tools(question.tools, quirks.schema_dialect)
    if not any(turn.tools == question.tools for turn in question.pending.path if turn.number):
        raise usage_error(f"{target.provider.id} does not support tools")
    return ()


def _unsupported_settings(target: Endpoint) -> frozenset[str]:
    """The settings that the wire, as this provider speaks it, cannot express."""
    provider = target.provider
    also = {name for wire, name in provider.quirks.extra_settings if wire == target.wire}
    prefill = provider.takes_prefill or target.card.prefill
    return (wires.load(target.wire).unsupported - also) | (frozenset() if prefill else {"prefill"})


def _notices(remarks: Iterable[str], target: Endpoint) -> tuple[Notice, ...]:
    """The notices about an endpoint, before anything is sent."""
    deprecated = target.provider.deprecated.get(target.wire)
    notices = [Notice("dropped", remark) for remark in remarks]
    return (*notices, Notice("deprecated", deprecated)) if deprecated else tuple(notices)
