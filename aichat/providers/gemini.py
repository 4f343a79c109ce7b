"""Google Gemini: generateContent, on v1beta, which has everything; Interactions beside it."""

from aichat.core.catalogue.model_list import Listing
from aichat.core.provider.background import Background
from aichat.core.provider.caching import PromptCaching
from aichat.core.provider.provider import (
    JsonSupport,
    ModelBody,
    Probe,
    Provider,
    Quirks,
    TokenCounting,
)
from aichat.core.provider.resources import resources

PROVIDER = Provider(
    id="gemini",
    name="Google Gemini",
    key_variables=("GEMINI_API_KEY", "GOOGLE_API_KEY"),
    key_prefixes=("AIza",),
    base_url="https://generativelanguage.googleapis.com/v1beta",
    base_variable="GOOGLE_GEMINI_BASE_URL",
    base_suffix="/v1beta",
    wires=("gemini", "interactions"),
    default_model="gemini-3.8-flash",
    listing=Listing(single=True, silent=r"embedding|-image|-tts|nano-banana|-live|imagen|veo"),
    probe=Probe("/models?pageSize=1"),
    quirks=Quirks(schema_dialect="gemini"),
    background={
        "interactions": Background(
            {"background": True, "store": True},
            "/interactions/{id}",
            after="last_event_id",
            event_field="event_id",
        )
    },
    # by itself; nothing can be told, but which prompt of ``aichat files caches`` goes before
    caching={
        "gemini": PromptCaching(least=4096, kept_field="cachedContent"),
        "interactions": PromptCaching(least=4096),
    },
    counting={
        "gemini": TokenCounting(
            "/models/{model}:countTokens",
            ("totalTokens",),
            ("contents", "systemInstruction", "tools", "toolConfig", "generationConfig"),
            wrap="generateContentRequest",
        )
    },
    bodies=(
        ModelBody(
            r"-image", "gemini", {"generationConfig": {"responseModalities": ["TEXT", "IMAGE"]}}
        ),
        ModelBody(
            r"-tts",
            "gemini",
            {
                "generationConfig": {
                    "responseModalities": ["AUDIO"],
                    "speechConfig": {"voiceConfig": {"prebuiltVoiceConfig": {"voiceName": "Kore"}}},
                }
            },
        ),
    ),
    resources=resources(
        "gemini", "files batches embeddings speech images videos transcription stores"
    ),
    json_output=dict.fromkeys(
        ("gemini", "interactions"),
        JsonSupport((("strict", ""), ("json", "")), "gemini", refuses_tools=r"gemini-2\."),
    ),
    media_hosts=("googleapis.com",),
    keeps_prompts=True,
)
