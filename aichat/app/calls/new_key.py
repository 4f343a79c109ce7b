"""A key that the user gives us: whose it is, whether it is accepted, and where it is kept."""

from collections.abc import Mapping
from pathlib import Path

from aichat.app.calls.probe import ProbeReply, probe_call, send_probe
from aichat.app.setup.endpoint import connection_options, make_endpoint
from aichat.app.setup.setup import Setup
from aichat.core.provider.endpoint import KeyOrigin, Secret
from aichat.core.provider.provider import Provider
from aichat.core.text.json import read_object
from aichat.core.text.redact import last_four, redact
from aichat.disk.config import credentials, keyring
from aichat.errors import AichatError, Fault, describe

#: Seconds that a provider has to say whether it takes a key.
_PATIENCE = 10.0


def store_key(folder: Path, entry: str, value: str, *, in_keyring: bool) -> str:
    """Keep a key under a provider's id, or ``ID-REGION``, and say so.

    Errors: ``config`` for what cannot be a key, or where it cannot be kept.
    """
    credentials.validate(value, "the key")
    if in_keyring:
        keyring.write(entry, value)
    else:
        credentials.change(folder, lambda stored: {**stored, entry: value})
    where = "stored in the keyring" if in_keyring else "stored"
    return f"key for {entry} {where} ({last_four(value)})"


def key_owners(value: str, known: Mapping[str, Provider]) -> list[Provider]:
    """The providers whose key it may be by how it begins, whoever says most of that; or none."""
    marks = [
        (len(prefix), provider)
        for provider in known.values()
        for prefix in provider.key_prefixes
        if value.startswith(prefix)
    ]
    longest = max((length for length, _ in marks), default=0)
    return [provider for length, provider in marks if length == longest]


def check_key(setup: Setup, value: str) -> str | None:
    """Ask the provider, at no cost, whether it takes a key; why that is not known, if it is not.

    Errors: ``auth`` where it does not; ``config`` for what cannot be a key.
    """
    credentials.validate(value, "the key")
    variable = credentials.placeholder(setup.provider, setup.provider_table)
    target = make_endpoint(setup, Secret(value, KeyOrigin("none", "typed"), variable))
    connection = connection_options(setup, _PATIENCE, stream=True)._replace(connect=_PATIENCE)
    try:
        reply = send_probe(probe_call(target), connection)
    except AichatError as error:
        return redact(describe(error.fault), [value])
    if fault := _key_fault(setup.provider, reply):
        raise AichatError(fault._replace(message=redact(fault.message, [value])))
    return redact(describe(reply.refusal), [value]) if reply.refusal else None


def _key_fault(provider: Provider, reply: ProbeReply) -> Fault | None:
    """What is wrong with the key, as far as the reply says so."""
    if reply.refusal:
        where = "; it is valid in one region only" if provider.regional_keys else ""
        hint = f"copy the whole key from {provider.name}'s console{where}"
        is_bad = reply.refusal.kind == "auth"
        return reply.refusal._replace(hint=hint, provider=provider.id) if is_bad else None
    if any(map(read_object(reply.body).get, provider.probe.blocked)):
        return Fault("auth", "the key is disabled", provider=provider.id)
    return None
