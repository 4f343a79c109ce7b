"""Anthropic: the Messages API."""

from aichat.core.catalogue.model_list import Listing
from aichat.core.provider.caching import PromptCaching
from aichat.core.provider.provider import JsonSupport, Probe, Provider, Quirks, TokenCounting
from aichat.core.provider.resources import resources

#: Models before 4.5, which take no schema; later ones than 4 cannot be forced to call a tool.
_OLD = r"claude-(3|2|instant|(opus|sonnet)-4(-[01])?(-\d{8})?$)"

PROVIDER = Provider(
    id="anthropic",
    name="Anthropic",
    key_variables=("ANTHROPIC_API_KEY",),
    key_prefixes=("sk-ant-",),
    base_url="https://api.anthropic.com/v1",
    base_variable="ANTHROPIC_BASE_URL",
    base_suffix="/v1",
    wires=("messages",),
    default_model="claude-sonnet-5-5",
    listing=Listing(single=True),
    probe=Probe("/models?limit=1"),
    quirks=Quirks(
        max_tokens_field="max_tokens",
        api_key_header=True,  # also taken by every older gateway, where a bearer token is not
        versions=("2026-10-21", "2023-06-01"),
    ),
    caching={"messages": PromptCaching(mark={"type": "ephemeral"}, long_mark={"ttl": "1h"})},
    counting={
        "messages": TokenCounting(
            "/messages/count_tokens",
            ("input_tokens",),
            ("model", "messages", "system", "tools", "tool_choice", "thinking", "output_config"),
        )
    },
    resources=resources("anthropic", "files batches spending"),
    json_output={
        "messages": JsonSupport((("strict", rf"^(?!{_OLD})"), ("tool", _OLD)), "anthropic")
    },
)
