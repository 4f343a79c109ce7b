"""Making an endpoint: URL, wire and headers, checked."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from aichat.app.setup.setup import FOR_LIVE, Setup, is_allowed
from aichat.core.catalogue.card import Card
from aichat.core.config.precedence import value_of
from aichat.core.http.connection import (
    ConnectionOptions,
    OnConnect,
    has_host,
    host_of,
    is_loopback,
)
from aichat.core.provider.endpoint import Endpoint, Secret
from aichat.disk.catalogue import cards, uncatalogued
from aichat.disk.paths import expand_path
from aichat.errors import config_error, usage_error

if TYPE_CHECKING:
    from aichat.core.message.private.placeholders import Redaction


def make_endpoint(setup: Setup, key: Secret | None) -> Endpoint:
    """The endpoint of a setup, checked.

    Errors: ``config`` for plain http to another machine, and for a provider that ``[privacy]``
    does not allow; ``usage`` or ``config`` for a wire that the provider does not have.
    """
    provider, base_url = setup.provider, setup.target.base_url.value.rstrip("/")
    check_allowed(setup)
    wire = setup.target.wire
    if wire.value not in provider.wires and wire.origin != FOR_LIVE:
        refuse = usage_error if wire.origin.kind == "flag" else config_error
        takes = f"supported: {', '.join(provider.wires)}"
        raise refuse(f"{provider.id} does not support the wire '{wire.value}'", takes)
    if provider.engine is None:
        allow_http = bool(setup.provider_table.get("allow_http"))
        check_address(base_url, allow_http=allow_http, provider=provider.id)
    headers = tuple(value_of(setup.target.headers, {}).items())
    check_headers(headers, provider.id)
    return Endpoint(
        provider,
        wire.value,
        base_url,
        key,
        headers,
        card=_card(setup, wire.value, base_url),
        region=value_of(setup.target.region),
        api_version=setup.provider_table.get("api_version"),
        redaction=_redaction(setup),
    )


def _redaction(setup: Setup) -> "Redaction | None":
    """What to redact; nothing for a local model."""
    privacy = setup.config_file.config.privacy
    if not privacy.get("redact") or setup.provider.engine:
        return None
    from aichat.app.setup.privacy.rules import make_redaction  # few have it

    return make_redaction(privacy, setup.environ, setup.folder)


def check_allowed(setup: Setup) -> None:
    """Raise (``config``) if ``[privacy]`` does not allow this provider."""
    if not is_allowed(setup.provider, setup.config_file.config):
        place = setup.config_file.path
        raise config_error(
            f"{setup.provider.id} is not among allow_providers in [privacy]",
            f"nothing was sent; the list is in {place}",
        )


def _card(setup: Setup, wire: str, base_url: str) -> Card:
    """The model's card, from the catalogue or else from its provider's own list."""
    provider, model = setup.provider.id, setup.model.value
    found = cards.card(provider, model, wire)
    if found != Card(id=model):
        return found
    return uncatalogued.card(setup.environ, provider, base_url, model) or found


def check_headers(headers: Iterable[tuple[str, str]], provider: str) -> None:
    """Check that headers are valid, before anything is sent; values are never shown.

    Errors: ``config``.
    """
    for name, value in headers:
        if not name.isascii() or not value.isascii() or not (name + value).isprintable():
            raise config_error(f"{provider}: header '{name}' has characters that are not allowed")


def check_address(base_url: str, *, allow_http: bool, provider: str) -> None:
    """Check that no key is sent in the clear: http is for this machine only, unless allowed.

    Errors: ``config``.
    """
    is_plain = base_url.startswith("http://")
    if not (is_plain or base_url.startswith("https://")) or not has_host(base_url):
        why, hint = "the base URL '{url}' is not an http or https URL", ""
    elif is_plain and not is_loopback(host_of(base_url)) and not allow_http:
        why = "{url} would send the key unencrypted"
        hint = f"use https, or set allow_http = true in [providers.{provider}]"
    else:
        return
    from aichat.core.text.redact import mask_url  # here, for few are refused

    raise config_error(f"{provider}: {why.format(url=mask_url(base_url))}", hint)


def connection_options(
    setup: Setup, timeout: float | None, *, stream: bool, on_connect: OnConnect | None = None
) -> ConnectionOptions:
    """How to reach the provider; ``timeout`` is the longest silence, in seconds."""
    silence = timeout or value_of(setup.conduct.timeout)
    table = setup.provider_table
    ca_bundle, cert = table.get("ca_bundle"), table.get("client_cert") or ()
    files = (cert,) if isinstance(cert, str) else cert
    if ca_bundle and ca_bundle != "system":
        ca_bundle = str(setup.folder / expand_path(ca_bundle))
    return ConnectionOptions(
        first_byte=silence or (120.0 if stream else 600.0),
        idle=silence or 300.0,
        ca_bundle=ca_bundle,
        client_cert=tuple(str(setup.folder / expand_path(file)) for file in files),
        proxy=table.get("proxy"),
        on_connect=on_connect,
    )
