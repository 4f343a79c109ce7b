"""The native features of each provider's wire, by our data: chat-extras-matrix.md, H1.

``python -m tests.support.documents.feature_matrix`` prints the README's table.
"""

import json
from collections.abc import Callable, Mapping
from pkgutil import get_data
from typing import Any

from aichat import providers, wires
from aichat.core.provider.provider import Provider
from aichat.disk.catalogue import knobs, media_rules, server_tools
from aichat.wires.resources.files import DIALECTS

Has = Callable[[Provider, str], bool]


def has_media(kind: Any) -> Has:
    return lambda provider, wire: bool(media_rules.read(provider.id, wire).rule(kind).how)


def has_tool(name: str) -> Has:
    return lambda provider, wire: name in server_tools.read(provider.id).get(wire, {})


def has_knob(name: str) -> Has:
    return lambda provider, wire: name in knobs.read(provider.id).get(wire, {})


def has_body(word: str) -> Has:
    """Whether some models of a provider can be asked for output other than text."""
    return lambda provider, wire: any(
        body.wire == wire and word in json.dumps(body.fields).lower() for body in provider.bodies
    )


def has_schema(provider: Provider, wire: str) -> bool:
    support = provider.json_output.get(wire)
    return support is not None and support.modes[0][0] in ("strict", "best_effort")


def has_upload(provider: Provider, wire: str) -> bool:
    return bool(provider.resources.files) and wire in DIALECTS[provider.resources.files].kinds


def has_cache_key(provider: Provider, wire: str) -> bool:
    caching = provider.caching.get(wire)
    return caching is not None and bool(caching.key_field)


def has_marks(provider: Provider, wire: str) -> bool:
    caching = provider.caching.get(wire)
    return caching is not None and bool(caching.mark or caching.headers or caching.kept_field)


def has_resume(provider: Provider, wire: str) -> bool:
    return wire in provider.background and provider.background[wire].streams


def has_prefill(provider: Provider, wire: str) -> bool:
    cards = json.loads(get_data("aichat.providers", "catalogue/models.json") or b"{}")
    rows = cards.get(provider.id, {}).values()
    some = any(row.get("prefill") or row.get("on", {}).get(wire, {}).get("prefill") for row in rows)
    return "prefill" not in wires.load(wire).unsupported and (provider.takes_prefill or some)


#: The document's rows, and whether a wire has each feature.
FEATURES: Mapping[str, Has] = {
    "image in": has_media("image"),
    "pdf": has_media("pdf"),
    "office": has_media("office"),
    "audio in": has_media("audio"),
    "video in": has_media("video"),
    "file upload": has_upload,
    "schema": has_schema,
    "search": has_tool("search"),
    "fetch": has_tool("fetch"),
    "code execution": has_tool("code"),
    "file search": has_tool("file_search"),
    "maps": has_tool("maps"),
    "caching marks": has_marks,
    "cache key": has_cache_key,
    "background": lambda provider, wire: wire in provider.background,
    "resume": has_resume,
    "image out": has_body("image"),
    "audio out": has_body("audio"),
    "logprobs": has_knob("logprobs"),
    "tiers": has_knob("tier"),
    "verbosity": has_knob("verbosity"),
    "prefill": has_prefill,
}

#: Rows of the README's other table, which also says how media are sent.
_ELSEWHERE = frozenset(("image in", "pdf", "office", "audio in", "video in"))


def readme_table() -> str:
    """A row per feature, with the providers that have it: wires in brackets, unless all do."""
    lines = ["| feature | of the provider's own |", "|---|---|"]
    for feature, has in FEATURES.items():
        if feature not in _ELSEWHERE:
            named = (_named(providers.load(name), has) for name in providers.names())
            lines.append(f"| {feature} | {', '.join(filter(None, named)) or '-'} |")
    return "\n".join(lines) + "\n"


def _named(provider: Provider, has: Has) -> str:
    found = [wire for wire in provider.wires if has(provider, wire)]
    if not found or found == list(provider.wires):
        return provider.id if found else ""
    return f"{provider.id} ({', '.join(found)})"


if __name__ == "__main__":
    print(readme_table(), end="")
