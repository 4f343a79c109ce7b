"""OpenAI: Responses by default, chat completions for what only that has."""

from aichat.core.catalogue.model_list import Listing
from aichat.core.provider.background import Background
from aichat.core.provider.caching import PromptCaching
from aichat.core.provider.provider import JsonSupport, ModelBody, Provider, Quirks, TokenCounting
from aichat.core.provider.resources import resources

#: Models that charge for writing to the cache, and can be told not to: without marks they do not.
_WRITES = r"(openai/)?gpt-(5\.[6-9]|[6-9]|\d\d).*"
_CACHED = {
    "auto": {"prompt_cache_options": {"mode": "implicit", "ttl": "30m"}},
    "off": {"prompt_cache_options": {"mode": "explicit"}},
}
_SILENT = (
    r"embedding|whisper|transcribe|(^|-)tts|dall-e|-image|moderation|realtime"
    r"|^sora|babbage|davinci|-instruct"
)
_JSON = JsonSupport((("strict", ""), ("best_effort", ""), ("json", "")), "openai")
_REGIONS = ("us", "eu", "ae", "au", "in", "jp")
_CACHED_LONG = {"long": {"prompt_cache_options": {"mode": "implicit", "ttl": "12h"}}}

PROVIDER = Provider(
    id="openai",
    name="OpenAI",
    key_variables=("OPENAI_API_KEY",),
    key_prefixes=("sk-", "sk-proj-", "sk-svcacct-", "sk-admin-"),
    base_url="https://api.openai.com/v1",
    base_variable="OPENAI_BASE_URL",
    base_wire="chat",  # servers that stand in for OpenAI speak it
    wires=("responses", "chat"),
    default_model="gpt-6.1-terra",
    regions={name: f"https://{name}.api.openai.com/v1" for name in _REGIONS},
    listing=Listing(single=True, silent=_SILENT),
    quirks=Quirks(
        stores_answers=True, sealed_reasoning=True, reasoning_summary=True, reasoning_field=""
    ),
    background={
        "responses": Background(
            {"background": True, "store": True},
            "/responses/{id}",
            after="starting_after",
            event_field="sequence_number",
        )
    },
    caching={
        "responses": PromptCaching(
            1800, key_field="prompt_cache_key", models=_WRITES, fields=_CACHED | _CACHED_LONG
        ),
        "chat": PromptCaching(1800, key_field="prompt_cache_key", models=_WRITES, fields=_CACHED),
    },
    counting={
        "responses": TokenCounting(
            "/responses/input_tokens",
            ("input_tokens",),
            ("model", "input", "instructions", "tools", "tool_choice", "text", "reasoning"),
        )
    },
    bodies=(  # a stream has bare samples only
        ModelBody(
            r"^gpt-audio",
            "chat",
            {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "pcm16"}},
        ),
    ),
    model_wires=dict.fromkeys(("gpt-audio", "gpt-audio-mini"), "chat"),
    resources=resources(
        "openai",
        "files batches embeddings speech stores images transcription tuning spending",
        moderation="omni-moderation-latest",
    ),
    json_output=dict.fromkeys(("responses", "chat"), _JSON),
)
