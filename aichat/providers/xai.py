"""xAI: Responses by default; chat and messages are deprecated there."""

from aichat.core.catalogue.model_list import Listing
from aichat.core.provider.background import Background
from aichat.core.provider.caching import PromptCaching
from aichat.core.provider.provider import (
    JsonSupport,
    Probe,
    Provider,
    Quirks,
    StoresHost,
    TokenCounting,
)
from aichat.core.provider.resources import resources

PROVIDER = Provider(
    id="xai",
    name="xAI",
    key_variables=("XAI_API_KEY",),
    key_prefixes=("xai-",),
    base_url="https://api.x.ai/v1",
    base_variable="XAI_BASE_URL",
    wires=("responses", "chat", "messages"),
    deprecated={"messages": "xAI has deprecated its Messages API; use --wire responses"},
    default_model="grok-4.7",
    # the list of models that answer questions; prices in cents for 100 million, which
    # for a single token or search is this many quadrillionths of a dollar
    listing=Listing(
        path="/language-models",
        single=True,
        prices={
            "prompt_text_token_price": ("input", 100_000),
            "cached_prompt_text_token_price": ("cached", 100_000),
            "completion_text_token_price": ("output", 100_000),
            "prompt_image_token_price": ("image_input", 100_000),
            "search_price": ("search", 100_000),
        },
    ),
    probe=Probe("/api-key", blocked=("api_key_blocked", "api_key_disabled", "team_blocked")),
    # instructions are not guaranteed to be read; a detailed summary comes unasked
    quirks=Quirks(
        instructions=False,
        stores_answers=True,
        sealed_reasoning=True,
        server_calls=frozenset(("custom_tool_call",)),  # the steps of its search on X
        extra_settings=frozenset((("responses", "seed"),)),
    ),
    # once, within a day
    background={
        "chat": Background({"deferred": True}, "/chat/deferred-completion/{id}", "request_id")
    },
    caching={
        "responses": PromptCaching(least=0, key_field="prompt_cache_key"),
        "chat": PromptCaching(least=0, key_header="x-grok-conv-id"),
    },
    # the text only: what stands around the messages is not counted
    counting=dict.fromkeys(
        ("responses", "chat", "messages"),
        TokenCounting("/tokenize-text", ("token_ids",), text="text"),
    ),
    media_hosts=("x.ai",),
    resources=resources("xai", "files batches speech stores images videos transcription"),
    json_output={
        **dict.fromkeys(("responses", "chat"), JsonSupport((("strict", ""), ("json", "")), "xai")),
        "messages": JsonSupport((("tool", ""),)),
    },
    # collections; docs.x.ai/developers/rest-api-reference/collections
    stores_host=StoresHost(
        "xai-management",
        "https://management-api.x.ai/v1",
        ("XAI_MANAGEMENT_API_KEY", "XAI_MANAGEMENT_KEY"),
    ),
)
