"""Any server that speaks a known wire: a provider made from a table of the config."""

from collections.abc import Mapping
from typing import Any

from aichat.core.provider.provider import WIRES, JsonSupport, Provider, Quirks

#: What servers of each wire accept, as far as they resemble the wire's own provider.
_JSON_OUTPUT = {
    **dict.fromkeys(("chat", "dashscope"), JsonSupport((("best_effort", ""), ("json", "")))),
    **dict.fromkeys(("responses", "gemini"), JsonSupport((("best_effort", ""),))),
    "messages": JsonSupport((("tool", ""),)),
}


def provider(name: str, table: Mapping[str, Any]) -> Provider:
    """The provider that ``[providers.NAME]`` describes; its wire is chat unless it names one."""
    models = table.get("models") or [None]
    wire = table.get("wire", "chat")
    return Provider(
        id=name,
        name=name,
        key_variables=(),
        base_url=table["base_url"],
        wires=(wire, *(name for name in WIRES if name != wire)),
        default_model=models[0],
        own_ids=tuple(model for model in models if model and model.startswith(f"{name}/")),
        quirks=Quirks(max_tokens_field="max_tokens", api_key_header=True, takes_video=True),
        needs_key="key_env" in table or "key_command" in table,
        json_output=_JSON_OUTPUT,
    )
