"""Perplexity: the Agent API, and the older Sonar service for the models that live there."""

from aichat.core.catalogue.model_list import Listing
from aichat.core.provider.background import Background
from aichat.core.provider.provider import JsonSupport, Probe, Provider, Quirks
from aichat.core.provider.resources import resources

_SONAR_MODELS = (
    "sonar",
    "sonar-pro",
    "sonar-reasoning",
    "sonar-reasoning-pro",
    "sonar-deep-research",
)

PROVIDER = Provider(
    id="perplexity",
    name="Perplexity",
    key_variables=("PERPLEXITY_API_KEY", "PPLX_API_KEY"),
    key_prefixes=("pplx-",),
    base_url="https://api.perplexity.ai",
    base_variable="PERPLEXITY_BASE_URL",
    wires=("responses", "chat"),
    model_wires=dict.fromkeys(_SONAR_MODELS, "chat"),
    default_model="perplexity/sonar",
    own_ids=tuple(
        f"perplexity/{name}"
        for name in (
            "sonar",
            "kimi-k3",
            "glm-5.3",
            "glm-5.3-flash",
            "deepseek-v4-pro-0813",
            "nemotron-3.5-super-120b-a12b",
        )
    ),
    listing=Listing(
        open=True,
        prices={  # dollars for a million tokens, as the gateway's list documents them
            "pricing.input": ("input", 10**9),
            "pricing.cache_read": ("cached", 10**9),
            "pricing.cache_write": ("write", 10**9),
            "pricing.output": ("output", 10**9),
        },
    ),
    probe=Probe("/files"),  # its list of models is open to all
    background={"responses": Background({"background": True, "store": True}, "/responses/{id}")},
    quirks=Quirks(
        max_tokens_field="max_tokens",
        reasoning_field="",
        path_prefix="/v1",
        stores_answers=True,
        stream_usage=False,  # usage comes unasked, and unknown fields are refused
        replays_items=False,
        image_detail=False,
        document_url=True,
        takes_video=True,  # by URL
        tool_choice=False,  # one of the fields that it does not know
        server_calls=frozenset(("function_call", "custom_tool_call")),
        default_tools=({"type": "web_search"},),  # a bare model does not search
    ),
    resources=resources("perplexity", "embeddings", files="batch"),
    json_output=dict.fromkeys(
        ("responses", "chat"), JsonSupport((("strict", ""),), "perplexity", chat_shape=True)
    ),
)
