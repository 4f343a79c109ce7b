"""``NO_PROXY``: the hosts that are reached without a proxy, in every spelling that is in use.

Nobody has written down what may stand there. A name stands for all below it too, with a dot
before it or not; a number or a range (``10.0.0.0/8``) for addresses; a star for anything; a
port limits each of them. No name is looked up to find out whether its address is in a range.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aichat.core.http.url import split_url

_DEFAULT_PORTS = {"http": 80, "https": 443}

#: A host or range, in brackets or not, and its port; bare IPv6 has colons of its own.
_ENTRY = re.compile(
    r"\[(?P<inner>[^\]]*)\](?P<range>/\d+)?(:(?P<far>\d+))?|(?P<host>[^:]*):(?P<port>\d+)"
)

_Ip = IPv4Address | IPv6Address


def is_excepted(url: str, no_proxy: str) -> bool:
    """Whether ``no_proxy``, a list with commas or blanks, names the host of ``url``."""
    parts = split_url(url)
    if parts is None or not parts.hostname:
        return False
    host, ip = _normalize_host(parts.hostname), _parse_ip(parts.hostname)
    port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
    return any(_matches(entry, host, ip, port) for entry in re.split(r"[,\s]+", no_proxy))


def _matches(entry: str, host: str, ip: _Ip | None, port: int | None) -> bool:
    name, wanted = _split_port(entry)
    if not name or (wanted is not None and int(wanted) != port):
        return False
    if "/" in name:
        return ip is not None and _contains(name, ip)
    if (same := _parse_ip(name)) is not None:
        return same == ip
    pattern = _normalize_host(name.lstrip("."))
    if "*" in pattern:
        return re.fullmatch(re.escape(pattern).replace(r"\*", ".*"), host) is not None
    return pattern != "" and (host == pattern or (ip is None and host.endswith(f".{pattern}")))


def _split_port(entry: str) -> tuple[str, str | None]:
    found = _ENTRY.fullmatch(entry)
    if found is None:
        return entry, None
    if found["inner"] is not None:
        return found["inner"] + (found["range"] or ""), found["far"]
    return found["host"], found["port"]


def _normalize_host(name: str) -> str:
    """Lower case, without the root's dot, in the letters of the net."""
    lower = name.lower().removesuffix(".")
    try:
        return lower if lower.isascii() else lower.encode("idna").decode()
    except UnicodeError:
        return lower


def _parse_ip(host: str) -> _Ip | None:
    """An address by number; IPv4 in the clothes of IPv6 is IPv4."""
    try:
        found = ip_address(host.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def _contains(network: str, ip: _Ip) -> bool:
    try:
        return ip in ip_network(network, strict=False)
    except ValueError:
        return False
