"""Providers as data, and the endpoint that one request goes to."""

from collections.abc import Mapping
from typing import Any

from aichat.core.catalogue.model_list import Listing
from aichat.core.provider.background import Background
from aichat.core.provider.caching import PromptCaching
from aichat.core.provider.engine import Engine
from aichat.core.provider.realtime import Realtime
from aichat.core.provider.resources import Resources
from aichat.values import NamedTuple

#: Every wire there is, by the name it has in options and in the config.
WIRES = ("chat", "responses", "messages", "gemini", "dashscope", "interactions")

#: How new a page may have to be that a search brings, and how much it may bring.
RECENCIES = ("day", "week", "month", "year")
CONTEXTS = ("low", "medium", "high")

#: How long an answer may be, and how fast or cheap it can be asked for.
VERBOSITIES = ("low", "medium", "high")
ASKED_TIERS = ("standard", "flex", "priority", "fast")


class Quirks(NamedTuple):
    """Where a server differs from the wire it speaks; a wire looks at nothing else."""

    max_tokens_field: str = "max_completion_tokens"
    stream_usage: bool = True  # usage of a stream must be asked for
    reasoning_field: str = "reasoning_content"  # how earlier reasoning goes back; empty: not
    wants_reasoning: bool = False  # with every call in the history, of thinking models
    prefill_fields: Mapping[str, Any] = {}  # beside an answer that the model is to go on with
    leading_space: bool = False  # answers begin with one that is not theirs
    takes_video: bool = False  # as a part of a message
    audio_url: bool = False  # sound goes as a URL, of its bytes too
    document_url: bool = False  # a document goes as a URL, or as base64 in its place
    # responses
    path_prefix: str = ""  # before the wire's path, unless the base URL ends in it
    instructions: bool = True  # the system prompt has a field of its own
    stores_answers: bool = False  # answers are kept on the server unless refused
    sealed_reasoning: bool = False  # encrypted reasoning can be asked for
    reasoning_summary: bool = False  # visible reasoning must be asked for
    reports_limit: bool = True  # an answer cut at the limit says so
    server_calls: frozenset[str] = frozenset()  # items that are its own unless we declared them
    default_tools: tuple[Mapping[str, Any], ...] = ()  # offered unless the user names tools
    # messages
    extra_settings: frozenset[tuple[str, str]] = frozenset()  # (wire, setting) that only it takes
    replays_items: bool = True  # raw items of an answer may be sent back
    image_detail: bool = True  # a picture may say how closely to look
    tools: bool = True  # the client's own can be offered
    tool_choice: bool = True  # and told of while none may be called
    schema_dialect: str = "json"  # what a tool's parameters may say
    api_key_header: bool = False  # x-api-key in place of a bearer token
    versions: tuple[str, ...] = ()  # of the API: the default first, the one for sampling last


class JsonSupport(NamedTuple):
    """How a server is asked for JSON of a schema on one wire.

    ``modes`` are its ways, best first, each with a pattern of the models that have it:
    ``strict`` (it holds the answer to a schema of its ``dialect``), ``best_effort`` (it takes
    any schema, and tries), ``tool`` (a tool that has to be called), ``json`` (JSON of any
    shape). Words in the prompt are always left.
    """

    modes: tuple[tuple[str, str], ...] = ()
    dialect: str = "any"
    chat_shape: bool = False  # the schema goes where chat completions have it
    streams: bool = True
    refuses_tools: str = ""  # a pattern of models that take none beside a schema
    not_in: tuple[str, ...] = ()  # regions that take no schema
    fields: Mapping[str, Any] = {}  # of the body, beside it, unless an effort is asked for
    is_told: bool = True  # the model reads the schema; else it has to be said in words too


class TokenCounting(NamedTuple):
    """How a server counts the input of a request that is not sent yet.

    ``path`` follows the base URL. ``fields`` of the request's body are taken, under the
    name of ``wrap`` where it is given; or all that is said, as ``text``. ``result`` leads
    to the number, or to a list that has so many. ``is_native``: it stands at DashScope's own
    address, and takes the fields as its input.
    """

    path: str
    result: tuple[str, ...]
    fields: tuple[str, ...] = ()
    wrap: str = ""
    text: str = ""
    is_native: bool = False


class Probe(NamedTuple):
    """What tells at no cost whether a key is accepted: an address to GET, and what it says.

    ``blocked`` are fields that are true of a key which is not; ``balance`` is the
    way to the credit that is left.
    """

    path: str = "/models"
    blocked: tuple[str, ...] = ()
    balance: tuple[str, ...] = ()
    currencies: Mapping[str, str] = {}  # of it, by region, where it is not in dollars


class StoresHost(NamedTuple):
    """Where a provider keeps stores of files, if that is another host with a key of its own.

    ``id`` is what its key is stored under, and what its variables are named after.
    """

    id: str
    base_url: str
    key_variables: tuple[str, ...]


class ModelBody(NamedTuple):
    """Fields that a request to some models has unless the user sets them.

    ``models`` is a pattern that is looked for in the model's name, ``wire`` the wire they are
    of. With ``speaks`` they are only for who wants to hear the answer. ``streams`` says that
    the answer only comes in pieces, or only in one; ``multimodal``: as of a card.
    """

    models: str
    wire: str
    fields: Mapping[str, Any]
    speaks: bool = False
    streams: bool | None = None
    multimodal: bool = False


class Provider(NamedTuple):
    """One provider: a value, no class of its own.

    ``base_variable`` is the official SDK's variable; ``base_suffix`` is what
    that SDK appends to it. ``own_ids`` are model ids that begin with the
    provider's own name and are sent whole. With an ``engine`` the model runs in
    this process.
    """

    id: str
    name: str
    key_variables: tuple[str, ...]
    base_url: str
    wires: tuple[str, ...]
    default_model: str | None
    key_prefixes: tuple[str, ...] = ()  # how its keys begin
    base_variable: str | None = None
    base_suffix: str = ""
    base_wire: str | None = None  # the default wire where base_variable is set
    regions: Mapping[str, str] = {}  # name -> base URL
    workspace_url: str | None = None  # for regions with a dot: WORKSPACE.REGION
    regional_keys: bool = False  # a key works in its own region only
    takes_prefill: bool = False
    model_wires: Mapping[str, str] = {}  # models that are served on another wire
    deprecated: Mapping[str, str] = {}  # wire -> what to say of it
    own_ids: tuple[str, ...] = ()
    quirks: Quirks = Quirks()
    listing: Listing = Listing()
    engine: Engine | None = None
    needs_key: bool = True
    probe: Probe = Probe()
    counting: Mapping[str, TokenCounting] = {}  # by wire
    bodies: tuple[ModelBody, ...] = ()  # of models that have to be asked in a way of their own
    media_hosts: tuple[str, ...] = ()  # where what its models make may be fetched, without a key
    caching: Mapping[str, PromptCaching] = {}  # by wire
    background: Mapping[str, Background] = {}  # by wire
    json_output: Mapping[str, JsonSupport] = {}  # by wire
    tool_wires: Mapping[str, str] = {}  # tools for which another wire is the better default
    resources: Resources = Resources()
    keeps_prompts: bool = False  # beginnings of prompts, when told to, for money by the hour
    stores_host: StoresHost | None = None  # None: where everything else is
    realtime: Realtime | None = None  # sessions over a socket
