"""Groq: open-weight models on its own chips, over chat completions."""

from aichat.core.catalogue.model_list import Listing
from aichat.core.provider.caching import PromptCaching
from aichat.core.provider.provider import JsonSupport, Provider, Quirks
from aichat.core.provider.resources import resources

#: Models that enforce a schema; the others only try.
_STRICT = r"^openai/gpt-oss-(20|120)b$|^qwen/qwen3\.8-27b$"

PROVIDER = Provider(
    id="groq",
    name="Groq",
    key_variables=("GROQ_API_KEY",),
    key_prefixes=("gsk_",),
    base_url="https://api.groq.com/openai/v1",
    base_variable="GROQ_BASE_URL",
    base_suffix="/openai/v1",
    wires=("chat", "responses"),
    default_model="openai/gpt-oss-120b",
    own_ids=("groq/compound", "groq/compound-mini"),
    listing=Listing(
        single=True,
        silent=r"whisper|orpheus|tts|prompt-guard",
        prices={  # dollars for one token
            "pricing.prompt": ("input", 10**15),
            "pricing.input_cache_read": ("cached", 10**15),
            "pricing.completion": ("output", 10**15),
        },
    ),
    caching=dict.fromkeys(("chat", "responses"), PromptCaching(7200)),
    # usage comes unasked in x_groq, and the official types know no stream_options
    quirks=Quirks(stream_usage=False, reasoning_field="reasoning"),
    resources=resources("groq", "batches speech transcription", files="batch"),
    json_output={
        "chat": JsonSupport(
            (("strict", _STRICT), ("best_effort", ""), ("json", "")),
            "groq",
            streams=False,
            refuses_tools=".",
        ),
        "responses": JsonSupport(
            (("strict", _STRICT), ("best_effort", "")), "groq", streams=False, refuses_tools="."
        ),
    },
)
