"""Which addresses of the internet a webhook may be sent to: those that lead out of one's own network."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

_NOT_PUBLIC_IPV4 = tuple(
    map(
        IPv4Network,
        (
            *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
            *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
            *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
            *("224.0.0.0/4", "240.0.0.0/4"),
        ),
    )
)
"""IANA IPv4 Special-Purpose Address Registry, and multicast. Python's own lists differ by release."""

_PUBLIC_IPV6 = IPv6Network("2000::/3")
"""All that IANA has given out for global unicast; whatever lies elsewhere is for some purpose of its own."""
_NOT_PUBLIC_IPV6 = tuple(
    map(
        IPv6Network,
        ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20"),
    )
)
"""IANA IPv6 Special-Purpose Address Registry within it: protocols and Teredo, documentation, 6to4, AS112."""
_HOLDING_IPV4 = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
"""Mapped, and what DNS64 makes of a name that has IPv4 addresses alone (RFC 6052)."""
_ISATAP, _EITHER_FLAG = 0x0000_5EFE, 0xFCFF_FFFF
"""What stands before the IPv4 address in an interface's name (RFC 5214, 6.1), whatever its two flags."""


def is_public(address: str) -> bool:
    """Whether the address, as the resolver gives it, is one of the public internet."""
    known = ip_address(address.partition("%")[0])
    if isinstance(known, IPv4Address):
        return _is_public_ipv4(known)
    if any(known in network for network in _HOLDING_IPV4):
        return _is_public_ipv4(IPv4Address(int(known) & 0xFFFF_FFFF))
    return known in _PUBLIC_IPV6 and not _is_special(known)


def _is_public_ipv4(address: IPv4Address) -> bool:
    return not any(address in network for network in _NOT_PUBLIC_IPV4)


def _is_special(address: IPv6Address) -> bool:
    interface = (int(address) >> 32) & 0xFFFF_FFFF
    return interface & _EITHER_FLAG == _ISATAP or any(address in network for network in _NOT_PUBLIC_IPV6)
