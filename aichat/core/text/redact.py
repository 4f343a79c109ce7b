"""Secrets and account ids made unreadable."""

import re
from collections.abc import Iterable
from typing import Any

#: Shorter ones are none; of those that are long enough, this many characters may be shown.
_LEAST_SECRET, _LEAST_SHOWN, _SHOWN = 6, 12, 3


def redact(text: str, secrets: Iterable[str]) -> str:
    """``text`` with every secret cut to its first three and last four characters.

    What is too short to be a secret would only garble the text.
    """
    return _ACCOUNT_IDS.sub(lambda found: f"{found[1]}…", mask_secrets(text, secrets))


def mask_secrets(text: str, secrets: Iterable[str]) -> str:
    """``text`` with the secrets cut, and nothing else changed: for what is stored."""
    for secret in sorted((s for s in secrets if len(s) >= _LEAST_SECRET), key=len, reverse=True):
        text = text.replace(secret, masked_secret(secret))
    return text


class PieceRedactor:
    """Masks secrets in text that comes in pieces, also one that comes in two of them.

    What may be the beginning of a secret is kept back until it is known to be none.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = tuple(secret for secret in secrets if len(secret) >= _LEAST_SECRET)
        self._text, self._told = "", 0  # the last of it, and how much of that was given

    def feed(self, text: str) -> str:
        """As much of the text as can be told by now."""
        if not self._secrets:
            return text
        text = mask_secrets(self._text + text, self._secrets)
        end = len(text) - max(_beginning_at_end(text, secret) for secret in self._secrets)
        given = text[self._told : end]
        begin = max(end - _SHOWN, 0)  # so much of a secret may have been given before
        self._text, self._told = text[begin:], max(self._told, end) - begin
        return given

    def close(self) -> str:
        """The rest, which was no secret."""
        rest, self._told = self._text[self._told :], len(self._text)
        return rest


def _beginning_at_end(text: str, secret: str) -> int:
    """How many of the last characters are a beginning of ``secret`` that must not be told."""
    least = _SHOWN + 1 if len(secret) >= _LEAST_SHOWN else 1
    if secret[:least] not in text:
        return 0
    sizes = range(min(len(secret) - 1, len(text)), least - 1, -1)
    return next((size for size in sizes if text.endswith(secret[:size])), 0)


def redact_value(value: Any, secrets: Iterable[str]) -> Any:
    """A value of tuples, lists and tables without the secrets in any of its texts."""
    if isinstance(value, str):
        return mask_secrets(value, secrets)
    if isinstance(value, tuple):
        parts = [redact_value(part, secrets) for part in value]
        if all(new is old for new, old in zip(parts, value, strict=True)):
            return value
        return type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
    if isinstance(value, list):
        return [redact_value(part, secrets) for part in value]
    if isinstance(value, dict):
        return {redact_value(k, secrets): redact_value(v, secrets) for k, v in value.items()}
    return value


#: Headers that hold what nobody else may know; the others say who we are.
_SECRET_HEADER = re.compile(r"auth|key|token|secret|cookie|passw|credential|session", re.I)


def secret_headers(headers: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """The values of those headers that are secrets by their name."""
    return tuple(value for name, value in headers if _SECRET_HEADER.search(name))


#: Providers put ids of organisations, projects and keys into their errors.
_ACCOUNT_IDS = re.compile(r"\b((?:org|proj|ak)[-_])[A-Za-z0-9]{16,}")


def masked_secret(secret: str) -> str:
    """What may be shown of a secret: enough to know it again, nothing of a short one."""
    return f"{secret[:_SHOWN]}…{secret[-4:]}" if len(secret) >= _LEAST_SHOWN else "…"


def last_four(secret: str) -> str:
    """What a list shows of a key."""
    return f"…{secret[-4:]}" if len(secret) >= _LEAST_SHOWN else "…"
