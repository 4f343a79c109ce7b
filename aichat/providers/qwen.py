"""Qwen on Alibaba's Model Studio: compatible chat, Responses, and DashScope's own wire."""

from aichat.core.catalogue.model_list import Listing
from aichat.core.provider.caching import PromptCaching
from aichat.core.provider.provider import JsonSupport, ModelBody, Provider, Quirks, TokenCounting
from aichat.core.provider.realtime import Realtime
from aichat.core.provider.resources import resources

_PATH = "/compatible-mode/v1"

PROVIDER = Provider(
    id="qwen",
    name="Qwen",
    key_variables=("DASHSCOPE_API_KEY", "QWEN_API_KEY"),
    key_prefixes=("sk-",),
    base_url=f"https://dashscope.aliyuncs.com{_PATH}",
    base_variable="DASHSCOPE_BASE_URL",
    wires=("chat", "responses", "dashscope"),
    regions={
        "cn": f"https://dashscope.aliyuncs.com{_PATH}",
        "intl": f"https://dashscope-intl.aliyuncs.com{_PATH}",
        "us": f"https://dashscope-us.aliyuncs.com{_PATH}",
        "hk": f"https://cn-hongkong.dashscope.aliyuncs.com{_PATH}",
    },
    workspace_url="https://{region}.maas.aliyuncs.com" + _PATH,
    regional_keys=True,
    default_model="qwen3.8-flash",
    listing=Listing(
        silent=(
            r"embedding|rerank|asr|tts|cosyvoice|paraformer|sambert|realtime|livetranslate"
            r"|^wan|image|-s2s|gte-|vace"
        ),
    ),
    # by itself at no cost; marks and sessions write at a price, and read for less
    caching={
        "chat": PromptCaching(mark={"type": "ephemeral"}, mark_after=2, mark_least=4096),
        "responses": PromptCaching(headers=(("x-dashscope-session-cache", "enable"),)),
    },
    counting={
        "chat": TokenCounting(
            "/tokenizer", ("usage", "input_tokens"), fields=("messages",), is_native=True
        )
    },
    # each is the wire that tells most of what the tool found
    tool_wires={
        "search": "dashscope",
        **dict.fromkeys(("fetch", "code", "file_search"), "responses"),
    },
    # instructions were not read on Responses for long: a system item always is
    quirks=Quirks(
        max_tokens_field="max_tokens", instructions=False, takes_video=True, audio_url=True
    ),
    bodies=(
        # an answer that is heard only streams; the newest omni models hear, and write alone
        ModelBody(r"omni", "chat", {}, streams=True),
        ModelBody(
            r"^qwen-omni|^qwen(2\.5|3|3\.5)-omni",
            "chat",
            {"modalities": ["text", "audio"], "audio": {"voice": "Cherry", "format": "wav"}},
            speaks=True,
        ),
        ModelBody(r"^qwen-image", "dashscope", {}, streams=False, multimodal=True),
    ),
    media_hosts=("aliyuncs.com",),
    resources=resources(
        "qwen", "files batches embeddings images videos speech transcription tuning"
    ),
    # on Responses a schema is taken and not read: there only words are left
    json_output=dict.fromkeys(
        ("chat", "dashscope"),
        JsonSupport(
            (("strict", r"^qwen3\.(7-(plus|flash|max)|8-(max|flash))"), ("json", "")),
            "qwen",
            not_in=("intl",),
            fields={"enable_thinking": False},
        ),
    ),
    realtime=Realtime("realtime.qwen", "qwen3.5-omni-flash-realtime"),
)
