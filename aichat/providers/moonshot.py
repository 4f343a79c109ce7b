"""Moonshot (Kimi): chat completions on two hosts with keys of their own."""

from aichat.core.provider.caching import PromptCaching
from aichat.core.provider.provider import JsonSupport, Probe, Provider, Quirks, TokenCounting
from aichat.core.provider.resources import resources

PROVIDER = Provider(
    id="moonshot",
    name="Moonshot",
    key_variables=("MOONSHOT_API_KEY", "KIMI_API_KEY"),
    key_prefixes=("sk-",),
    base_url="https://api.moonshot.ai/v1",
    base_variable="MOONSHOT_BASE_URL",
    wires=("chat",),
    regions={"ai": "https://api.moonshot.ai/v1", "cn": "https://api.moonshot.cn/v1"},
    regional_keys=True,
    takes_prefill=True,
    default_model="kimi-k3.1-pro",
    probe=Probe(
        "/users/me/balance", balance=("data", "available_balance"), currencies={"cn": "CNY"}
    ),
    quirks=Quirks(
        prefill_fields={"partial": True},
        schema_dialect="mfjs",
        takes_video=True,
        wants_reasoning=True,
    ),
    caching={"chat": PromptCaching(least=256, key_field="prompt_cache_key")},
    counting={
        "chat": TokenCounting(
            "/tokenizers/estimate-token-count",
            ("data", "total_tokens"),
            ("model", "messages", "tools"),
        )
    },
    resources=resources("moonshot", "files batches"),
    json_output={"chat": JsonSupport((("strict", ""), ("json", "")), "mfjs")},
)
