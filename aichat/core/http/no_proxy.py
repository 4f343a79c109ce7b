"""``NO_PROXY``: the hosts that are reached without a proxy, in every common notation.

There is no standard. A name includes its subdomains, with a leading dot or without; an address
or a range (``10.0.0.0/8``) stands for addresses; a star for anything; a port restricts any of
them. No name is looked up to see whether its address is in a range.
"""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from aichat.core.http.url import plain_host, port_of, split_url

#: A host or range, perhaps in brackets, and its port; bare IPv6 has colons of its own.
_ENTRY = re.compile(
    r"\[(?P<inner>[^\]]*)\](?P<range>/\d+)?(:(?P<far>\d+))?|(?P<host>[^:]*):(?P<port>\d+)"
)

_Ip = IPv4Address | IPv6Address


def is_excepted(url: str, no_proxy: str) -> bool:
    """Whether ``no_proxy``, a list separated by commas or spaces, includes the host of ``url``."""
    parts = split_url(url)
    if parts is None or not parts.hostname:
        return False
    host, ip = plain_host(parts.hostname), _parse_ip(parts.hostname)
    port = port_of(parts)
    return any(_matches(entry, host, ip, port) for entry in re.split(r"[,\s]+", no_proxy))


def _matches(entry: str, host: str, ip: _Ip | None, port: int | None) -> bool:
    name, wanted = _split_port(entry)
    if not name or (wanted is not None and int(wanted) != port):
        return False
    if "/" in name:
        return ip is not None and _contains(name, ip)
    if (same := _parse_ip(name)) is not None:
        return same == ip
    pattern = plain_host(name.lstrip("."))
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


def _parse_ip(host: str) -> _Ip | None:
    """The IP address, if it is one; an IPv4-mapped IPv6 address becomes IPv4."""
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
