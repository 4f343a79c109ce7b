"""What the document of July 2025 has and no provider does any more, by the nearest command.

Source: the providers' own pages on deprecations. The endpoints themselves are listed by
``aichat api PROVIDER --help``, as replaced.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

#: Lines of at most 78 columns.
GONE: Mapping[str, str] = {
    "chat": """\
Gone since July 2025: OpenAI's assistants, threads and runs, whose place this
takes (--system, -f, --tool, and conversations that stay), and Sonar
(Perplexity, whose newest models answer on /v1/responses).""",
    "image": """\
Gone since July 2025: /images/variations, dall-e-2, dall-e-3 and gpt-image-1
(OpenAI; --variations asks for a change), Imagen (Gemini), grok-2-image (xAI).""",
    "video": """\
Gone since July 2025: Sora (OpenAI, which makes no videos any more) and Veo
(Gemini, whose Omni models took its place).""",
    "speak": """\
Gone since July 2025: PlayAI's voices (Groq, where Orpheus reads now).
OpenAI's speech models end on 6 January 2027: its realtime models stay.""",
    "transcribe": """\
Gone since July 2025: distil-whisper (Groq). whisper-1, the gpt-4o models and
--translate end at OpenAI on 26 February 2027; gpt-transcribe stays.""",
    "embed": """\
Gemini's :batchEmbedContent never was: it is :batchEmbedContents, which this
asks.""",
    "tune": """\
Gone since July 2025: Gemini's tunedModels. OpenAI takes new jobs from those
alone who use a tuned model already, and from 6 January 2027 on from nobody.""",
    "files": """\
Gone since July 2025: Moonshot's /cache/contexts; caching goes by itself now.""",
    "balance": """\
xAI makes and deletes keys on management-api.x.ai alone, with a key for that.""",
}


def gone_help(command: str) -> Callable[[Any, Sequence[str]], str]:
    """What the help of a command says at its end."""
    return lambda _world, _argv: f"\n\n\b\n{GONE[command]}"
