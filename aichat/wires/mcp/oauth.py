"""Authorization by OAuth 2.1: parsing servers' metadata, and making requests. Pure.

Nothing a server says is trusted by itself: the resource has to be the server, the issuer
the one that was asked, and a redirect the answer to our own login.
Source: https://modelcontextprotocol.io/specification/2026-07-28/basic/authorization
"""

import re
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

from aichat.core.http.call import Call, Header
from aichat.core.http.connection import is_loopback
from aichat.core.http.url import join_url, split_url, with_query
from aichat.core.text.json import text_or_none
from aichat.values import NamedTuple
from aichat.wires.mcp.tools import visible_text

#: The most characters of a server's message that are shown, and of a secret that it issues.
_MOST_TOLD, _LONGEST_SECRET = 200, 16_000

#: Ways to authenticate a client, in our order of preference.
_METHODS = ("none", "client_secret_basic", "client_secret_post")

#: The scope for a refresh token.
_OFFLINE = "offline_access"


class OAuthRefusal(Exception):  # noqa: N818  its text is reported as an error by the caller
    """Why a login failed, in words that may be shown."""


class Challenge(NamedTuple):
    """A server's challenge: where its metadata are, and the scopes it wants."""

    metadata_url: str = ""
    scope: str = ""
    error: str = ""


class Resource(NamedTuple):
    """A server's metadata: who issues tokens for it, and for which scopes."""

    resource: str
    issuers: tuple[str, ...]
    scopes: tuple[str, ...] = ()


class AuthServer(NamedTuple):
    """An issuer of tokens. ``sends_issuer``: it names itself in the redirect."""

    issuer: str
    authorize_url: str
    token_url: str
    register_url: str = ""
    methods: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    takes_client_urls: bool = False
    sends_issuer: bool = False
    revoke_url: str = ""


class OAuthClient(NamedTuple):
    """Our client id at one issuer, and how we authenticate."""

    id: str
    secret: str = ""
    method: str = "none"


class Tokens(NamedTuple):
    """Issued tokens, valid for so many ``seconds``; None if unknown."""

    access: str
    refresh: str = ""
    scope: str = ""
    seconds: float | None = None


# -- what servers say


_PARAMETER = re.compile(r'([A-Za-z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')


def parse_challenge(header: str) -> Challenge:
    """Parse a ``WWW-Authenticate`` header; the result is empty if it is of another kind."""
    if not re.search(r"(^|,)\s*bearer\b", header, re.IGNORECASE):
        return Challenge()
    found = {m[1].lower(): m[2] or m[3] or "" for m in _PARAMETER.finditer(header)}
    return Challenge(
        found.get("resource_metadata", ""), found.get("scope", ""), found.get("error", "")
    )


def resource_metadata_urls(url: str, challenge: Challenge) -> Sequence[str]:
    """Where a server's metadata may be: where it says, else at the well-known URLs."""
    if challenge.metadata_url:
        return (challenge.metadata_url,)
    return _well_known(url, "oauth-protected-resource")


def issuer_metadata_urls(issuer: str) -> Sequence[str]:
    """Where an issuer's metadata may be, in the order to try."""
    plain = issuer.rstrip("/")
    path = (parts := split_url(issuer)) and parts.path.strip("/")
    found = [_well_known(issuer, name)[0] for name in ("oauth-authorization-server", _OPENID)]
    return (*found, f"{plain}/.well-known/{_OPENID}") if path else tuple(found)


_OPENID = "openid-configuration"


def _well_known(url: str, name: str) -> Sequence[str]:
    """The well-known URLs, with the path and without."""
    path = ((parts := split_url(url)) and parts.path.rstrip("/")) or ""
    place = join_url(url, f"/.well-known/{name}") or url
    return (f"{place}{path}", place) if path else (place,)


def read_resource(url: str, document: Mapping[str, Any]) -> Resource:
    """The metadata of the server at ``url``, parsed. Errors: ``OAuthRefusal`` if not its own."""
    resource = text_or_none(document.get("resource")) or ""
    if not _covers(resource, url):
        raise OAuthRefusal(f"its metadata are of another server: {_plain_words(resource)}")
    issuers = _texts(document.get("authorization_servers"))
    if not issuers:
        raise OAuthRefusal("its metadata name nobody who gives tokens")
    return Resource(resource, issuers, _texts(document.get("scopes_supported")))


def _covers(resource: str, url: str) -> bool:
    """Whether a resource is the server at ``url``, or a part of its host that contains it."""
    wanted, found = split_url(resource), split_url(url)
    if wanted is None or found is None or not wanted.hostname:
        return False
    same = (wanted.scheme, wanted.hostname, wanted.port) == (
        found.scheme,
        found.hostname,
        found.port,
    )
    above = wanted.path.rstrip("/")
    return same and (found.path.rstrip("/") == above or found.path.startswith(f"{above}/"))


def read_auth_server(issuer: str, document: Mapping[str, Any]) -> AuthServer:
    """Parse an issuer's metadata. Errors: ``OAuthRefusal`` if they are another's, or unsafe."""
    said = text_or_none(document.get("issuer")) or ""
    if said != issuer:
        raise OAuthRefusal(f"{_plain_words(issuer)} says that it is {_plain_words(said)}")
    if "S256" not in _texts(document.get("code_challenge_methods_supported")):
        raise OAuthRefusal(f"{_plain_words(issuer)} does not protect its codes (PKCE)")
    authorize, token = (
        check_address(text_or_none(document.get(f"{name}_endpoint")) or "")
        for name in ("authorization", "token")
    )
    register, revoke = (
        text_or_none(document.get(f"{name}_endpoint")) or ""
        for name in ("registration", "revocation")
    )
    return AuthServer(
        issuer,
        authorize,
        token,
        check_address(register) if register else "",
        _texts(document.get("token_endpoint_auth_methods_supported")),
        _texts(document.get("scopes_supported")),
        document.get("client_id_metadata_document_supported") is True,
        document.get("authorization_response_iss_parameter_supported") is True,
        check_address(revoke) if revoke else "",
    )


def check_address(url: str) -> str:
    """A URL that may be requested or shown. Errors: ``OAuthRefusal``.

    It must be https, or on this machine: no ``file:``, no ``javascript:``, no plain http.
    """
    parts = split_url(url)
    host = (parts and parts.hostname) or ""
    is_safe = parts and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))
    if not (is_safe and host) or not re.fullmatch(r"[\x21-\x7e]+", url):
        raise OAuthRefusal(f"an address is not safe: {_plain_words(url)}")
    return url


# -- what we ask


def wanted_scope(challenge: Challenge, resource: Resource, server: AuthServer, had: str) -> str:
    """The scopes to ask for: those wanted now, those ``had`` before, and the one to refresh."""
    wanted = challenge.scope.split() or [*resource.scopes]
    more = [_OFFLINE] if _OFFLINE in server.scopes else []
    return " ".join(dict.fromkeys((*had.split(), *wanted, *more)))


def registration_body(server: AuthServer, redirect_url: str, scope: str) -> dict[str, Any]:
    """The registration request of a client that an issuer does not know yet."""
    known = [method for method in _METHODS if method in server.methods]
    return {
        "client_name": "aichat",
        "application_type": "native",
        "redirect_uris": [redirect_url],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": known[0] if known else _METHODS[0],
        **({"scope": scope} if scope else {}),
    }


def read_registration(document: Mapping[str, Any]) -> OAuthClient:
    """Parse a registration. Errors: ``OAuthRefusal``."""
    name = text_or_none(document.get("client_id"))
    if not name:
        raise OAuthRefusal(f"no client was registered: {_error_of(document)}")
    secret = text_or_none(document.get("client_secret")) or ""
    method = text_or_none(document.get("token_endpoint_auth_method"))
    return OAuthClient(name, secret, method or ("client_secret_basic" if secret else "none"))


def known_client(server: AuthServer, name: str, secret: str) -> OAuthClient:
    """A client that the user has registered themselves."""
    if not secret:
        return OAuthClient(name)
    takes_basic = not server.methods or "client_secret_basic" in server.methods
    return OAuthClient(name, secret, "client_secret_basic" if takes_basic else "client_secret_post")


def code_challenge(verifier: str) -> str:
    """The hash of a secret that the issuer gets only later (PKCE, S256)."""
    from hashlib import sha256  # here, since most users are already logged in

    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")


class Login(NamedTuple):
    """A login in progress: ``state`` and ``verifier`` are secret, and used once."""

    server: AuthServer
    client: OAuthClient
    resource: str
    redirect_url: str
    scope: str
    state: str
    verifier: str


def authorize_url(login: Login) -> str:
    """The URL at which the user grants access."""
    fields = {
        "response_type": "code",
        "client_id": login.client.id,
        "redirect_uri": login.redirect_url,
        "state": login.state,
        "code_challenge": code_challenge(login.verifier),
        "code_challenge_method": "S256",
        "resource": login.resource,
        **({"scope": login.scope} if login.scope else {}),
    }
    return with_query(login.server.authorize_url, fields.items())


def is_answer_to(login: Login, query: str) -> bool:
    """Whether a redirect's query belongs to this login."""
    return parse_qs(query).get("state") == [login.state]


def read_redirect(login: Login, query: str) -> str:
    """The code in a redirect's query. Errors: ``OAuthRefusal``."""
    found = {name: values[0] for name, values in parse_qs(query).items()}
    if not is_answer_to(login, query):
        raise OAuthRefusal("what came back is no answer to this login")
    issuer = found.get("iss")
    if (issuer is None and login.server.sends_issuer) or issuer not in (None, login.server.issuer):
        raise OAuthRefusal("what came back is not from whom it was asked of")
    if "code" not in found or "error" in found:
        raise OAuthRefusal(_error_of(found))
    return found["code"]


def code_call(login: Login, code: str) -> Call:
    """The call that exchanges the code for tokens."""
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": login.redirect_url,
        "code_verifier": login.verifier,
        "resource": login.resource,
    }
    return _token_call(login.server.token_url, login.client, fields)


def refresh_call(token_url: str, client: OAuthClient, refresh: str, resource: str) -> Call:
    """The call that gets new tokens for a refresh token."""
    fields = {"grant_type": "refresh_token", "refresh_token": refresh, "resource": resource}
    return _token_call(token_url, client, fields)


def revoke_call(revoke_url: str, client: OAuthClient, token: str, kind: str) -> Call:
    """The call that revokes a token; ``kind``: ``refresh_token`` or ``access_token``.

    Source: RFC 7009, section 2.1.
    """
    return _token_call(revoke_url, client, {"token": token, "token_type_hint": kind})


def _token_call(url: str, client: OAuthClient, fields: Mapping[str, str]) -> Call:
    headers = [
        Header("Content-Type", "application/x-www-form-urlencoded"),
        Header("Accept", "application/json"),
    ]
    own = {"client_id": client.id}
    if client.method == "client_secret_basic":
        pair = f"{quote(client.id, safe='')}:{quote(client.secret, safe='')}"
        headers.append(Header("Authorization", f"Basic {b64encode(pair.encode()).decode()}"))
        own = {}
    elif client.method == "client_secret_post":
        own |= {"client_secret": client.secret}
    return Call("POST", url, tuple(headers), (urlencode({**fields, **own}).encode(),))


def read_tokens(document: Mapping[str, Any]) -> Tokens:
    """Parse issued tokens. Errors: ``OAuthRefusal``."""
    access = text_or_none(document.get("access_token")) or ""
    kind = text_or_none(document.get("token_type")) or "bearer"
    if not access:
        raise OAuthRefusal(f"no token was given: {_error_of(document)}")
    is_plain = access.isascii() and access.isprintable() and " " not in access
    if kind.lower() != "bearer" or not is_plain or len(access) > _LONGEST_SECRET:
        raise OAuthRefusal("a token was given that cannot be used")
    seconds = document.get("expires_in")
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    return Tokens(
        access,
        text_or_none(document.get("refresh_token")) or "",
        text_or_none(document.get("scope")) or "",
        float(seconds) if is_number and 0 <= seconds < 1e10 else None,  # type: ignore[operator, arg-type]
    )


def _error_of(document: Mapping[str, Any]) -> str:
    words = (text_or_none(document.get(key)) for key in ("error", "error_description"))
    return _plain_words(": ".join(filter(None, words)) or "nothing was said")


def _plain_words(text: str) -> str:
    """A server's message, made fit for one of our lines."""
    return " ".join(visible_text(text[:_MOST_TOLD]).split()) or "nothing"


def _texts(value: Any) -> tuple[str, ...]:
    return tuple(v for v in value if isinstance(v, str)) if isinstance(value, list) else ()
