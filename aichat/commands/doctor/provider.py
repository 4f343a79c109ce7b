"""Checks whether a provider can be reached and accepts the key, at no cost."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aichat.app.calls.probe import probe_call, send_probe
from aichat.app.setup.endpoint import connection_options, make_endpoint
from aichat.app.setup.keys import find_key
from aichat.app.setup.setup import Setup
from aichat.commands.doctor.finding import Finding, fault_finding
from aichat.core.http.connection import ConnectionOptions, host_of
from aichat.core.provider.endpoint import Endpoint, Secret
from aichat.core.text.redact import mask_url, redact
from aichat.errors import AichatError, Fault
from aichat.values import NamedTuple

#: Larger balances are taken for errors.
_MAX_BALANCE = 1e15


class ProbeTarget(NamedTuple):
    """One provider to check: its endpoint, and the timeouts."""

    endpoint: Endpoint
    connection: ConnectionOptions

    @property
    def name(self) -> str:
        """The provider's id."""
        return self.endpoint.provider.id


class ProbeResult(NamedTuple):
    """The result for a provider; ``date`` is its clock, from the header."""

    finding: Finding
    date: str = ""


def probe_target(setup: Setup, seconds: float) -> ProbeTarget:
    """The target for a setup. Errors: ``config`` and ``missing_key``."""
    target = make_endpoint(setup, find_key(setup))
    terms = connection_options(setup, seconds, stream=True)
    return ProbeTarget(target, terms._replace(connect=seconds))


def probe_provider(given: ProbeTarget) -> ProbeResult:
    """Make a free request: the list of models, or the key's details."""
    call = probe_call(given.endpoint)
    secrets = [header.value for header in call.headers if header.placeholder]
    if given.endpoint.key:
        secrets.append(given.endpoint.key.value)
    try:
        reply = send_probe(call, given.connection)
    except AichatError as error:
        found = fault_finding(given.name, error.fault, _remedy(given, error.fault))
        return ProbeResult(_redact_finding(found, secrets))
    if reply.refusal is None:
        return ProbeResult(_read_answer(given, reply.body), reply.date)
    refused = _refusal_finding(given, reply.refusal)
    return ProbeResult(_redact_finding(refused, secrets), reply.date)


def _redact_finding(found: Finding, secrets: Sequence[str]) -> Finding:
    return found._replace(message=redact(found.message, secrets))


def _read_answer(given: ProbeTarget, body: bytes) -> Finding:
    """The finding for a success: the key's details, or the number of models."""
    probe, name = given.endpoint.provider.probe, given.name
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError):
        fault = Fault("protocol", "not the API: the response is not JSON")
        return fault_finding(name, fault, _remedy(given, fault))
    blocked = [field for field in probe.blocked if isinstance(answer, dict) and answer.get(field)]
    if blocked:
        return Finding(
            name, "fail", f"the key is disabled: {', '.join(blocked)}", _new_key_hint(given), "auth"
        )
    words = f"reachable, {_key_text(given.endpoint.key)}"
    if probe.balance:
        return _credit_finding(given, answer, words)
    listed = next((v for v in _values(answer) if isinstance(v, list)), [])
    more = f", {len(listed)} models" if len(listed) > 1 else ""
    return Finding(name, "ok", f"{words}{more} ({host_of(given.endpoint.base_url)})")


def _values(answer: Any) -> Sequence[Any]:
    return [*answer.values()] if isinstance(answer, dict) else [answer]


def _key_text(key: Secret | None) -> str:
    return f"key accepted ({key.origin.label})" if key else "no key needed"


def _credit_finding(given: ProbeTarget, answer: Any, words: str) -> Finding:
    left = answer
    for step in given.endpoint.provider.probe.balance:
        left = left.get(step) if isinstance(left, Mapping) else None
    if isinstance(left, bool) or not isinstance(left, int | float) or not abs(left) < _MAX_BALANCE:
        return Finding(given.name, "ok", f"{words}; remaining credit unknown")
    if left <= 0:
        remedy = "add credit in the provider's console"
        return Finding(given.name, "fail", f"{words}, but no credit left: {left}", remedy, "quota")
    return Finding(given.name, "ok", f"{words}, credit left: {left}")


def _refusal_finding(given: ProbeTarget, fault: Fault) -> Finding:
    """The finding for a refusal; a server without such a list may still answer questions."""
    if fault.kind in ("not_found", "invalid_request"):
        said = f"reachable; cannot tell whether the key is valid (HTTP {fault.status})"
        if given.endpoint.key is None:
            said = f"reachable, but there is no list of models (HTTP {fault.status})"
        where = f"check base_url in [providers.{given.name}], {given.endpoint.base_url}"
        return Finding(given.name, "note", said, where if fault.status == 404 else "")
    return fault_finding(given.name, fault, _remedy(given, fault))


def _remedy(given: ProbeTarget, fault: Fault) -> str:
    """The remedy for a fault, in this provider's terms."""
    name = given.name
    if fault.kind == "auth":
        region = given.endpoint.provider.regional_keys
        where = f"; keys are valid in one region only: set region = ... in [providers.{name}]"
        return _new_key_hint(given) + (where if region else "")
    if fault.kind == "permission":
        return f"grant the key access in the provider's console; {_new_key_hint(given)}"
    if fault.kind == "protocol":
        where = f"base_url in [providers.{name}], {mask_url(given.endpoint.base_url)}"
        return f"check {where}; or sign in to the network"
    if fault.kind == "timeout":
        return "try again; behind a proxy, set HTTPS_PROXY, or proxy in [providers.ID]"
    if "certificate" in fault.message and "clock" not in fault.hint:
        return f'set ca_bundle in [providers.{name}] to your CA\'s file, or to "system"'
    return ""


def _new_key_hint(given: ProbeTarget) -> str:
    """How to replace a refused key."""
    key = given.endpoint.key
    if key is None:
        return f"add one: aichat keys set {given.name}"
    if key.origin.kind == "variable":
        return f"put a valid key into {key.origin.label}"
    if key.origin.kind == "command":
        return f"check the output of key_command in [providers.{given.name}]"
    return f"run: aichat keys set {given.name}"
