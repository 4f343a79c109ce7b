"""Secrets and account ids made unreadable."""

import re
from collections.abc import Iterable


def redact(text: str, secrets: Iterable[str]) -> str:
    """``text`` with every secret cut to its first three and last four characters.

    What is too short to be a secret would only garble the text.
    """
    return _ACCOUNT_IDS.sub(lambda found: f"{found[1]}…", mask_secrets(text, secrets))


def mask_secrets(text: str, secrets: Iterable[str]) -> str:
    """``text`` with the secrets cut, and nothing else changed: for what is stored."""
    for secret in sorted((s for s in secrets if len(s) >= 6), key=len, reverse=True):
        text = text.replace(secret, masked_secret(secret))
    return text


#: Providers put ids of organisations, projects and keys into their errors.
_ACCOUNT_IDS = re.compile(r"\b((?:org|proj|ak)[-_])[A-Za-z0-9]{16,}")


def masked_secret(secret: str) -> str:
    """What may be shown of a secret: enough to know it again, nothing of a short one."""
    return f"{secret[:3]}…{secret[-4:]}" if len(secret) >= 12 else "…"


def last_four(secret: str) -> str:
    """What a list shows of a key."""
    return f"…{secret[-4:]}" if len(secret) >= 12 else "…"
