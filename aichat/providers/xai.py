"""xAI: Responses by default; chat and messages are deprecated there."""

from aichat.core.endpoint import Counting, Provider, Quirks

PROVIDER = Provider(
    id="xai",
    name="xAI",
    key_variables=("XAI_API_KEY",),
    base_url="https://api.x.ai/v1",
    base_variable="XAI_BASE_URL",
    wires=("responses", "chat", "messages"),
    deprecated={"messages": "xAI calls its Messages path fully deprecated; use --wire responses"},
    default_model="grok-4.7",
    # instructions are not guaranteed to be read; a detailed summary comes unasked
    quirks=Quirks(
        instructions=False,
        stores=True,
        sealed_reasoning=True,
        also=frozenset((("responses", "seed"),)),
    ),
    # the text only: what stands around the messages is not counted
    counting=dict.fromkeys(
        ("responses", "chat", "messages"),
        Counting("/tokenize-text", ("token_ids",), text="text"),
    ),
)
