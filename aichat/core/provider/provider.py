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

#: Every wire, by its name in options and in the config.
WIRES = ("chat", "responses", "messages", "gemini", "dashscope", "interactions")

#: How recent a search's results must be, and how much of them it may return.
RECENCIES = ("day", "week", "month", "year")
CONTEXTS = ("low", "medium", "high")

#: How long answers may be.
VERBOSITIES = ("low", "medium", "high")
ASKED_TIERS = ("standard", "flex", "priority", "fast")


class Quirks(NamedTuple):
    """Where a server differs from the wire it speaks; a wire looks at nothing else."""

    max_tokens_field: str = "max_completion_tokens"
    stream_usage: bool = True  # usage in a stream must be asked for
    reasoning_field: str = "reasoning_content"  # for earlier reasoning; empty: none
    wants_reasoning: bool = False  # thinking models want it with every call in the history
    prefill_fields: Mapping[str, Any] = {}  # on an answer that the model should continue
    leading_space: bool = False  # answers begin with a space that is not part of them
    takes_video: bool = False  # as a part of a message
    audio_url: bool = False  # sound goes as a URL, its bytes as a data URL
    document_url: bool = False  # a document goes as a URL, or as base64 in its place
    # responses
    path_prefix: str = ""  # before the wire's path, unless the base URL ends with it
    instructions: bool = True  # the system prompt has a field of its own
    stores_answers: bool = False  # answers are kept on the server unless refused
    sealed_reasoning: bool = False  # encrypted reasoning can be asked for
    reasoning_summary: bool = False  # visible reasoning must be asked for
    reports_limit: bool = True  # an answer cut off at the limit says so
    server_calls: frozenset[str] = frozenset()  # its own unless we declared them
    default_tools: tuple[Mapping[str, Any], ...] = ()  # sent unless the user names tools
    # messages
    extra_settings: frozenset[tuple[str, str]] = frozenset()  # (wire, setting) that only it takes
    replays_items: bool = True  # raw items of an answer may be sent back
    image_detail: bool = True  # a picture may have a level of detail
    tools: bool = True  # the client's own tools can be declared
    tool_choice: bool = True  # and declared while none may be called
    schema_dialect: str = "json"  # the dialect of a tool's parameters
    api_key_header: bool = False  # x-api-key in place of a bearer token
    versions: tuple[str, ...] = ()  # of the API: the default first, the one for sampling last


class JsonSupport(NamedTuple):
    """How a server is asked for JSON that matches a schema, on one wire.

    ``modes`` are its ways, best first, each with a pattern of the models that have it:
    ``strict`` (it enforces a schema in its ``dialect``), ``best_effort`` (it accepts any
    schema, and tries), ``tool`` (a forced tool call), ``json`` (JSON of any shape). Words in
    the prompt are always possible.
    """

    modes: tuple[tuple[str, str], ...] = ()
    dialect: str = "any"
    chat_shape: bool = False  # the schema goes where chat completions put it
    streams: bool = True
    refuses_tools: str = ""  # a pattern of models that accept no tools beside a schema
    not_in: tuple[str, ...] = ()  # regions that accept no schema
    fields: Mapping[str, Any] = {}  # more body fields, unless an effort is asked for
    is_told: bool = True  # the model sees the schema; else it has to be put in words too


class TokenCounting(NamedTuple):
    """How a server counts the input tokens of a request before it is sent.

    ``path`` follows the base URL. ``fields`` of the request's body are sent, nested in
    ``wrap`` if given; or everything said, as ``text``. ``result`` is the path of the
    number, or of a list with as many items. ``is_native``: it is at DashScope's own
    address, and takes the fields as its input.
    """

    path: str
    result: tuple[str, ...]
    fields: tuple[str, ...] = ()
    wrap: str = ""
    text: str = ""
    is_native: bool = False


class Probe(NamedTuple):
    """How to find out at no cost whether a key is accepted: a path to GET, and its response.

    ``blocked`` are fields that are true for a rejected key; ``balance`` is the path of
    the remaining credit.
    """

    path: str = "/models"
    blocked: tuple[str, ...] = ()
    balance: tuple[str, ...] = ()
    currencies: Mapping[str, str] = {}  # of the balance, by region, if not dollars


class StoresHost(NamedTuple):
    """The host of a provider's file stores, if it is a separate one with its own key.

    ``id`` is the name its key is stored under, and its variables are named after.
    """

    id: str
    base_url: str
    key_variables: tuple[str, ...]


class ModelBody(NamedTuple):
    """Fields that requests to some models need unless the user sets them.

    ``models`` is a pattern searched for in the model's name, ``wire`` the wire they are for.
    With ``speaks`` they are only for answers as sound. ``streams``: the answer only comes as
    a stream, or only in one piece; ``multimodal`` is as in a card.
    """

    models: str
    wire: str
    fields: Mapping[str, Any]
    speaks: bool = False
    streams: bool | None = None
    multimodal: bool = False


class Provider(NamedTuple):
    """One provider: a value, not a class of its own.

    ``base_variable`` is the official SDK's variable for the base URL; ``base_suffix`` is
    what that SDK appends to it. ``own_ids`` are model ids that begin with the provider's
    own name and are sent whole. With an ``engine`` the model runs in this process.
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
    base_wire: str | None = None  # the default wire if base_variable is set
    regions: Mapping[str, str] = {}  # name -> base URL
    workspace_url: str | None = None  # for regions with a dot: WORKSPACE.REGION
    regional_keys: bool = False  # a key works only in its own region
    takes_prefill: bool = False
    model_wires: Mapping[str, str] = {}  # models served on another wire
    deprecated: Mapping[str, str] = {}  # wire -> notice about it
    own_ids: tuple[str, ...] = ()
    quirks: Quirks = Quirks()
    listing: Listing = Listing()
    engine: Engine | None = None
    needs_key: bool = True
    probe: Probe = Probe()
    counting: Mapping[str, TokenCounting] = {}  # by wire
    bodies: tuple[ModelBody, ...] = ()  # for models that need special fields
    media_hosts: tuple[str, ...] = ()  # where its models' output may be fetched, without a key
    caching: Mapping[str, PromptCaching] = {}  # by wire
    background: Mapping[str, Background] = {}  # by wire
    json_output: Mapping[str, JsonSupport] = {}  # by wire
    tool_wires: Mapping[str, str] = {}  # tools for which another wire is the better default
    resources: Resources = Resources()
    keeps_prompts: bool = False  # explicit caches, billed by the hour
    stores_host: StoresHost | None = None  # None: the usual host
    realtime: Realtime | None = None  # sessions over a socket
