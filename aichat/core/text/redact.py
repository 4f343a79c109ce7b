"""Secrets and account ids made unreadable."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T")

#: What is shorter is no secret: to cut it would only garble the text.
_SHORTEST = 6
#: From here on the ends of a secret are shown, so that its owner knows it again.
_RECOGNISABLE = 12


def redact(text: str, secrets: Iterable[str]) -> str:
    """``text`` with every secret cut to its first three and last four characters.

    What is too short to be a secret would only garble the text.
    """
    return _ACCOUNT_IDS.sub(lambda found: f"{found[1]}…", mask_secrets(text, secrets))


def mask_secrets(text: str, secrets: Iterable[str]) -> str:
    """``text`` with the secrets cut, and nothing else changed: for what is stored."""
    if not secrets:
        return text
    for secret in sorted((s for s in secrets if len(s) >= _SHORTEST), key=len, reverse=True):
        text = text.replace(secret, masked_secret(secret))
    return text


def mask_strings(value: T, secrets: Sequence[str]) -> T:
    """``value`` with the secrets cut in every string of it, however deep."""
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
    """Cuts secrets out of a text that comes in pieces, also where one is split over several.

    What may be the beginning of a secret is held back, but for the three characters of it
    that may be shown, until more tells.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = [secret for secret in secrets if len(secret) >= _SHORTEST]
        self._starts = tuple(s[:size] for s in self._secrets for size in range(1, len(s)))
        self._first = frozenset(secret[0] for secret in self._secrets)
        self._longest = max(map(len, self._secrets), default=1) - 1
        self._held, self._shown = "", 0  # what may begin one, and how much of it is out

    def feed(self, text: str) -> str:
        """What of the text may be shown now."""
        if not self._held and self._first.isdisjoint(text):
            return text
        whole = mask_secrets(self._held + text, self._secrets)
        held = self._beginning(whole)
        long = all(len(s) >= _RECOGNISABLE for s in self._secrets if held and s.startswith(held))
        out = min(3, len(held)) if long else 0
        shown = whole[self._shown : len(whole) - len(held) + out]
        self._held, self._shown = held, out
        return shown

    def _beginning(self, text: str) -> str:
        """The longest end of ``text`` that a secret begins with."""
        end = text[-self._longest :]
        if not end.endswith(self._starts):
            return ""
        places = (n for n, char in enumerate(end) if char in self._first)
        return next((end[n:] for n in places if end[n:] in self._starts), "")


#: Providers put ids of organisations, projects and keys into their errors.
_ACCOUNT_IDS = re.compile(r"\b((?:org|proj|ak)[-_])[A-Za-z0-9]{16,}")


def masked_secret(secret: str) -> str:
    """What may be shown of a secret: enough to know it again, nothing of a short one."""
    return f"{secret[:3]}…{secret[-4:]}" if len(secret) >= _RECOGNISABLE else "…"


def last_four(secret: str) -> str:
    """What a list shows of a key."""
    return f"…{secret[-4:]}" if len(secret) >= _RECOGNISABLE else "…"


# what is secret for its place


def is_secret_name(name: str) -> bool:
    """Whether what stands under ``name`` (a header, a parameter, an option) is a secret."""
    letters = re.sub(r"[^a-z]", "", name.lower())
    return letters.endswith(_SECRET_ENDS) and not letters.endswith(_PUBLIC_ENDS)


_SECRET_ENDS = (
    *("key", "token", "secret", "password", "passwd", "pwd", "signature", "sig", "bearer"),
    *("auth", "authorization", "credential", "credentials", "cookie"),
)
_PUBLIC_ENDS = ("pagetoken", "nexttoken", "continuationtoken", "synctoken", "cachekey", "sortkey")


def secret_values(headers: Iterable[tuple[str, str]], base_url: str = "") -> tuple[str, ...]:
    """The secrets in headers and in an address: tokens behind their scheme too."""
    found = [v.split()[-1] for name, v in headers if is_secret_name(name) and v.split()]
    found += [v for _, v in headers if _RANDOM.fullmatch(v)]

    def take(_: str, secret: str) -> str:
        found.append(secret)
        return ""

    mask_url(base_url, take)
    return tuple(dict.fromkeys(found))


#: What nobody types by heart.
_RANDOM = re.compile(r"(?=.*\d)(?=.*[A-Za-z])(?!.*://)[!-~]{16,}")


def mask_url(url: str, hide: Callable[[str, str], str] = lambda *_: "…") -> str:
    """An address, or a text with some in it, without passwords and keys.

    ``hide`` is given the name of each secret and the secret, and gives what stands for it.
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
    """Settings without what is secret for its name, or stands in an address."""
    if isinstance(value, Mapping):
        return {key: mask_settings(below, key) for key, below in value.items()}
    if isinstance(value, list | tuple):
        return [mask_settings(below, name) for below in value]
    if isinstance(value, str):
        return masked_secret(value) if is_secret_name(name) else mask_url(value)
    return value
