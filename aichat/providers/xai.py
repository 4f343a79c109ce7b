"""xAI: Responses by default; chat and messages are deprecated there."""

from aichat.core.endpoint import Probe, Provider, Quirks

PROVIDER = Provider(
    id="xai",
    name="xAI",
    key_variables=("XAI_API_KEY",),
    base_url="https://api.x.ai/v1",
    base_variable="XAI_BASE_URL",
    wires=("responses", "chat", "messages"),
    deprecated={"messages": "xAI calls its Messages path fully deprecated; use --wire responses"},
    default_model="grok-4.7",
    probe=Probe("/api-key", blocked=("api_key_blocked", "api_key_disabled", "team_blocked")),
    # instructions are not guaranteed to be read; a detailed summary comes unasked
    quirks=Quirks(
        instructions=False,
        stores=True,
        sealed_reasoning=True,
        also=frozenset((("responses", "seed"),)),
    ),
)
