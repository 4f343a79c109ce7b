"""What counts as private: email addresses, and keys, tokens and passwords.

The patterns run over untrusted text, so none may take long: repeats are bounded, or start
only where a word does.
"""

import re
from collections.abc import Iterator

from aichat.core.text.redact import is_secret_name
from aichat.values import NamedTuple

#: The kinds that ``[privacy] redact`` can name, and the names of their placeholders.
LABELS = {"email": "EMAIL", "secret": "SECRET"}

#: The name of placeholders for the user's own patterns.
OWN_LABEL = "REDACTED"

#: The spellings of an @, with invisible characters around it, and what all of them contain.
_UNSEEN = r"[\u00ad\u200b-\u200d\u2060\ufeff]{0,4}"
_AT = _UNSEEN + r"(?:@|%40|\\u0040|&#0*64;|&#[xX]0*40;|&commat;|\uFF20)" + _UNSEEN
_AT_SIGNS = ("@", "%40", "u0040", "&#", "&commat;", "\uff20")

_EMAIL = re.compile(
    r'(?:(?<!\w)\w[\w.+\'&~-]{0,127}|"[^"\s]{1,64}")'
    + _AT
    + r"(?:(?:[\w-]{1,63}\.){1,10}(?:xn--[\w-]{2,59}|[^\W\d_]{2,24})|\[[\w.:]{3,60}\])"
)


class _Sign(NamedTuple):
    """A pattern for a secret, which is group 1; ``hint`` is in every text that matches."""

    hint: str
    pattern: re.Pattern[str]


def _sign(hint: str, pattern: str) -> _Sign:
    return _Sign(hint, re.compile(rf"(?<![A-Za-z0-9])({pattern})"))


_WORD = r"[A-Za-z0-9_-]"

#: The keys of providers, clouds, code hosts, shops and messengers, as they document them.
_SIGNS = (
    _sign("sk-", rf"sk-{_WORD}{{16,300}}"),
    *(_sign(s, rf"{s}{_WORD}{{16,200}}") for s in ("gsk_", "xai-", "pplx-")),
    *(_sign(s, rf"{s}{_WORD}{{16,200}}") for s in ("hf_", "nvapi-", "r8_")),
    _sign("AIza", rf"AIza{_WORD}{{30,60}}"),
    _sign("A", r"(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}"),
    *(_sign(s, rf"{s}[A-Za-z0-9_]{{20,255}}") for s in ("ghp_", "gho_", "ghu_", "ghs_", "ghr_")),
    _sign("github_pat_", r"github_pat_[A-Za-z0-9_]{20,255}"),
    *(_sign(s, rf"{s}{_WORD}{{18,100}}") for s in ("glpat-", "gldt-", "glrt-")),
    _sign("xox", r"xox[abeoprs]-[A-Za-z0-9-]{10,250}"),
    _sign("xapp-", r"xapp-[A-Za-z0-9-]{10,250}"),
    _sign("hooks.slack.com", r"hooks\.slack\.com/services/[A-Za-z0-9/_-]{20,120}"),
    _sign("_live_", r"(?:sk|rk|pk)_live_[A-Za-z0-9]{16,250}"),
    _sign("_test_", r"(?:sk|rk)_test_[A-Za-z0-9]{16,250}"),
    _sign("whsec_", r"whsec_[A-Za-z0-9+/=]{16,100}"),
    _sign("SG.", rf"SG\.{_WORD}{{16,64}}\.{_WORD}{{16,80}}"),
    _sign("npm_", r"npm_[A-Za-z0-9]{30,60}"),
    _sign("pypi-", rf"pypi-{_WORD}{{40,300}}"),
    _sign("dckr_pat_", rf"dckr_pat_{_WORD}{{20,60}}"),
    _sign("shp", r"shp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    _sign("dop_v1_", r"dop_v1_[a-f0-9]{40,80}"),
    _sign("sq0", rf"sq0(?:atp|csp)-{_WORD}{{20,60}}"),
    _sign("lin_api_", r"lin_api_[A-Za-z0-9]{30,60}"),
    _sign("hvs.", rf"hvs\.{_WORD}{{24,200}}"),
    _sign("ya29.", rf"ya29\.{_WORD}{{20,400}}"),
    _sign(":AA", rf"\d{{8,12}}:AA{_WORD}{{30,40}}"),
    _sign("AGE-SECRET-KEY-", r"AGE-SECRET-KEY-1[A-Z0-9]{50,70}"),
    _sign("eyJ", rf"(?<![_-])eyJ{_WORD}{{8,4000}}\.eyJ{_WORD}{{4,8000}}(?:\.{_WORD}{{0,2000}})?"),
    _sign(
        "-----BEGIN",
        r"-----BEGIN [A-Z ]{0,40}PRIVATE KEY(?: BLOCK)?-----"
        r"(?s:(?:(?!-----END).){0,20000})(?:-----END [A-Z ]{0,60}-----)?",
    ),
)

#: A secret after a name or word that announces it.
_NAMED = re.compile(
    r"""(?ix)
    (?<![a-z0-9])
    (?:[a-z0-9]{1,30}[_.-]){0,4}
    (?:pass(?:word|wd|phrase)|pwd|secret(?:[_-]?(?:access[_-]?)?key)?|api[_-]?key|access[_-]?key
       |auth[_-]?token|token|credentials?|account[_-]?key|sharedaccesskey|private[_-]?key)
    ["']?\s{0,3}(?::=|=>|[:=])\s{0,3}["']?
    ([^\s"',;]{6,400})
    """
)
_BEARER = re.compile(r"(?i)(?<![a-z0-9])(?:bearer|basic)\s{1,3}([A-Za-z0-9._~+/-]{12,4000}=*)")
_LOGIN = re.compile(r"://[^/\s:@]{0,100}:([^/\s@]{3,200})@")

_PARAMETER = re.compile(r"[?&#]([\w.-]{1,60})=([^&#\s\"'<>]{6,2000})")

#: What documentation writes in place of a secret.
_NO_SECRET = re.compile(
    r"[a-z]+|[$<{\[(%*].*|.*\(.*|[xX.*]+|[A-Za-z_]+(?:\.[A-Za-z_]+)+", re.DOTALL
)

_PLACEHOLDER = re.compile(rf"\[(?:{'|'.join((*LABELS.values(), OWN_LABEL))})_\d+\]")


def find_private(kind: str, text: str) -> Iterator[str]:
    """The private texts of a kind, one of ``LABELS``."""
    if kind == "email":
        if any(sign in text for sign in _AT_SIGNS):
            yield from (found[0] for found in _EMAIL.finditer(text))
        return
    for hint, pattern in _SIGNS:
        if hint in text:
            yield from (found[1] for found in pattern.finditer(text))
    yield from (found[1] for found in _LOGIN.finditer(text))
    yield from _in_addresses(text)
    for pattern in (_NAMED, _BEARER):
        yield from (
            found[1] for found in pattern.finditer(text) if not _NO_SECRET.fullmatch(found[1])
        )


def _in_addresses(text: str) -> Iterator[str]:
    """Secrets in the parameters of URLs, by their names."""
    if "=" in text:
        for found in _PARAMETER.finditer(text):
            if is_secret_name(found[1]) and not _NO_SECRET.fullmatch(found[2]):
                yield found[2]


def placeholders_in(text: str) -> set[str]:
    """The placeholders that a text already contains."""
    return set(_PLACEHOLDER.findall(text)) if "[" in text else set()
