"""What a provider says, with an answer, of how much more may be asked.

Source: the headers of recorded answers of OpenAI, xAI, Groq, Anthropic and Perplexity.
"""

import re
from collections.abc import Mapping

#: ``x-ratelimit-remaining-tokens``, ``anthropic-ratelimit-requests-reset`` and their like.
_LIMIT = re.compile(r"(x-|anthropic-)(ratelimit|priority)-[a-z-]+|retry-after|msh-cooldown-seconds")

#: Longer values are none that we know.
_LONGEST = 64


def rate_limits(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of an answer that tell of limits. Names are lower-case."""
    return {
        name: value
        for name, value in headers.items()
        if _LIMIT.fullmatch(name) and len(value) <= _LONGEST
    }
