"""The rate-limit headers of a response.

Source: the headers of recorded answers of OpenAI, xAI, Groq, Anthropic and Perplexity.
"""

import re
from collections.abc import Mapping

#: ``x-ratelimit-remaining-tokens``, ``anthropic-ratelimit-requests-reset`` and the like.
_LIMIT = re.compile(r"(x-|anthropic-)(ratelimit|priority)-[a-z-]+|retry-after|msh-cooldown-seconds")

#: The most characters of a value; no known one is longer.
_LONGEST = 64


def rate_limits(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers of a response that are about rate limits. Names are lower-case."""
    return {
        name: value
        for name, value in headers.items()
        if _LIMIT.fullmatch(name) and len(value) <= _LONGEST
    }
