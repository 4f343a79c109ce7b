"""Secrets and account ids made unreadable."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

#: Shorter texts are not secrets: masking them would only garble the text.
_SHORTEST = 6
#: From this length on the ends of a secret are shown, so that its owner recognises it.
_RECOGNISABLE = 12


def redact(text: str, secrets: Iterable[str]) -> str:
    """``text`` with every secret cut to its first three and last four characters.

    Secrets that are too short are left: masking them would only garble the text.
    """
    return _ACCOUNT_IDS.sub(lambda found: f"{found[1]}…", mask_secrets(text, secrets))


def mask_secrets(text: str, secrets: Iterable[str]) -> str:
    """``text`` with the secrets masked, and nothing else changed: for storing."""
    if not secrets:
        return text
    for secret in sorted((s for s in secrets if len(s) >= _SHORTEST), key=len, reverse=True):
        text = text.replace(secret, masked_secret(secret))
    return text


def mask_strings(value: T, secrets: Sequence[str]) -> T:
    """``value`` with the secrets masked in every string, at any depth."""
    made: Any = value
    if isinstance(value, str):
        made = mask_secrets(value, secrets)
    elif isinstance(value, Mapping):
        made = {mask_strings(k, secrets): mask_strings(v, secrets) for k, v in value.items()}
    elif isinstance(value, list | tuple):
        parts = [mask_strings(part, secrets) for part in value]
        if isinstance(value, tuple):
            made = type(value)(*parts) if hasattr(value, "_fields") else tuple(parts)
        else:
            made = parts
    return made  # type: ignore[no-any-return]


class StreamMask:
    """Masks secrets in a text that comes in pieces, even one split across several.

    What may be the beginning of a secret is held back, except for the three characters
    of it that may be shown, until more is known.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = [secret for secret in secrets if len(secret) >= _SHORTEST]
        self._starts = tuple(s[:size] for s in self._secrets for size in range(1, len(s)))
        self._first = frozenset(secret[0] for secret in self._secrets)
        self._longest = max(map(len, self._secrets), default=1) - 1
        self._held, self._shown = "", 0  # what may begin a secret, and how much of it was shown

    def feed(self, text: str) -> str:
        """The part of the text that may be shown now."""
        if not self._held and self._first.isdisjoint(text):
            return text
        whole = self._held + text
        if any(secret in whole for secret in self._secrets):
            whole = mask_secrets(whole, self._secrets)
        held = self._beginning(whole)
        long = all(len(s) >= _RECOGNISABLE for s in self._secrets if held and s.startswith(held))
        out = min(3, len(held)) if long else 0
        shown = whole[self._shown : len(whole) - len(held) + out]
        self._held, self._shown = held, out
        return shown

    def _beginning(self, text: str) -> str:
        """The longest end of ``text`` that is the beginning of a secret."""
        end = text[-self._longest :]
        if not end.endswith(self._starts):
            return ""
        places = (n for n, char in enumerate(end) if char in self._first)
        return next((end[n:] for n in places if end[n:] in self._starts), "")


#: Ids of organisations, projects and keys, which providers put into their errors.
_ACCOUNT_IDS = re.compile(r"\b((?:org|proj|ak)[-_])[A-Za-z0-9]{16,}")


def masked_secret(secret: str) -> str:
    """What may be shown of a secret: enough to recognise it, nothing of a short one."""
    return f"{secret[:3]}…{secret[-4:]}" if len(secret) >= _RECOGNISABLE else "…"


def last_four(secret: str) -> str:
    """What a list shows of a key."""
    return f"…{secret[-4:]}" if len(secret) >= _RECOGNISABLE else "…"


# secret by position


def is_secret_name(name: str) -> bool:
    """Whether the value of ``name`` (a header, a parameter, an option) is a secret."""
    letters = re.sub(r"[^a-z]", "", name.lower())
    return letters.endswith(_SECRET_ENDS) and not letters.endswith(_PUBLIC_ENDS)


_SECRET_ENDS = (
    *("key", "token", "secret", "password", "passwd", "pwd", "signature", "sig", "bearer"),
    *("auth", "authorization", "credential", "credentials", "cookie"),
)
_PUBLIC_ENDS = ("pagetoken", "nexttoken", "continuationtoken", "synctoken", "cachekey", "sortkey")


def secret_values(headers: Iterable[tuple[str, str]], base_url: str = "") -> tuple[str, ...]:
    """The secrets in headers and in a URL, including tokens after their scheme."""
    found = [v.split()[-1] for name, v in headers if is_secret_name(name) and v.split()]
    found += [v for _, v in headers if _RANDOM.fullmatch(v)]

    def take(_: str, secret: str) -> str:
        found.append(secret)
        return ""

    mask_url(base_url, take)
    return tuple(dict.fromkeys(found))


#: A random-looking word, as a key would be.
_RANDOM = re.compile(r"(?=.*\d)(?=.*[A-Za-z])(?!.*://)[!-~]{16,}")


def mask_url(url: str, hide: Callable[[str, str], str] = lambda *_: "…") -> str:
    """A URL, or a text that contains some, without passwords and keys.

    ``hide`` takes the name of a secret and the secret, and returns its replacement.
    """

    def user(found: re.Match[str]) -> str:
        name, colon, secret = found[1].partition(":")
        return f"//{name}:{hide('password', secret)}@" if colon else f"//{hide('user', name)}@"

    def parameter(found: re.Match[str]) -> str:
        name, value = found[2], found[3]
        return f"{found[1]}{name}={hide(name, value) if is_secret_name(name) else value}"

    return _PARAMETER.sub(parameter, _USER.sub(user, url))


_USER = re.compile(r"//([^/?#\s]+)@")
_PARAMETER = re.compile(r"([?&])([^=&#\s]+)=([^&#\s]+)")


def mask_settings(value: Any, name: str = "") -> Any:
    """Settings without values that are secret by name, or in URLs."""
    if isinstance(value, Mapping):
        return {key: mask_settings(below, key) for key, below in value.items()}
    if isinstance(value, list | tuple):
        return [mask_settings(below, name) for below in value]
    if isinstance(value, str):
        return masked_secret(value) if is_secret_name(name) else mask_url(value)
    return value
