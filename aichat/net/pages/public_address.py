"""Which IP addresses are public: all but those of this machine, its network and its cloud."""

import ipaddress
from ipaddress import IPv4Address, IPv6Address

#: Ranges that some versions of Python call global, and yet lead to internal addresses.
_INNER_V4 = tuple(
    map(
        ipaddress.IPv4Network,
        (
            "100.64.0.0/10",  # carrier-grade NAT, and a cloud's metadata
            "168.63.129.16/32",  # Azure's own
            "169.254.0.0/16",
            "192.0.0.0/24",  # protocol assignments, and Oracle's metadata
            "192.88.99.0/24",  # 6to4 relays
            "198.18.0.0/15",
        ),
    )
)
_INNER_V6 = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "::/96",  # IPv4-compatible
            "::ffff:0:0:0/96",  # IPv4-translated
            "64:ff9b::/96",  # NAT64
            "64:ff9b:1::/48",
            "100::/64",
            "2001::/23",  # includes Teredo
            "3fff::/20",
            "5f00::/16",
            "fec0::/10",  # site-local, deprecated
        ),
    )
)

#: ISATAP interface ids, which an IPv4 address follows.
_ISATAP = (0x00005EFE, 0x02005EFE)


def is_public(address: str) -> bool:
    """Whether an IP address is public, as is any address embedded in it."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, IPv4Address):
        return _is_global(ip) and not any(ip in network for network in _INNER_V4)
    return _is_public_v6(ip)


def _is_public_v6(ip: IPv6Address) -> bool:
    if ip.ipv4_mapped is not None:
        return is_public(str(ip.ipv4_mapped))
    if any(ip in network for network in _INNER_V6) or (int(ip) >> 32) & 0xFFFFFFFF in _ISATAP:
        return False
    if ip.sixtofour is not None:  # newer Pythons call none of these global
        return is_public(str(ip.sixtofour))
    return _is_global(ip)


def _is_global(ip: IPv4Address | IPv6Address) -> bool:
    return ip.is_global and not ip.is_multicast and not ip.is_reserved
