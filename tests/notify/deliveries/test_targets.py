"""A webhook leads out of the own network, in whatever form its address is written."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notify.deliveries.targets import is_public

PRIVATE = [
    *map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "127.0.0.0/8", "169.254.0.0/16")),
    *map(IPv4Network, ("100.64.0.0/10", "0.0.0.0/8", "192.0.0.0/24", "198.18.0.0/15", "240.0.0.0/4")),
]
PREFIX = st.integers(0, 2**64 - 1)


def within(network: IPv4Network | IPv6Network) -> st.SearchStrategy[int]:
    """Any address of the network, as a number."""
    return st.integers(int(network.network_address), int(network.broadcast_address))


ADDRESS = st.sampled_from(PRIVATE).flatmap(within)
FORMS: dict[str, Callable[[int, int], int]] = {
    "compatible": lambda ipv4, _: ipv4,
    "mapped": lambda ipv4, _: 0xFFFF << 32 | ipv4,
    "translated": lambda ipv4, _: 0xFFFF << 48 | ipv4,
    "NAT64": lambda ipv4, _: 0x64FF9B << 96 | ipv4,
    "NAT64 of the site": lambda ipv4, prefix: 0x64FF9B0001 << 80 | prefix % 2**48 << 32 | ipv4,
    "6to4": lambda ipv4, prefix: 0x2002 << 112 | ipv4 << 80 | prefix,
    "Teredo server": lambda ipv4, prefix: 0x20010000 << 96 | ipv4 << 64 | prefix,
    "Teredo client": lambda ipv4, prefix: 0x20010000 << 96 | prefix << 32 | ~ipv4 & 0xFFFFFFFF,
    "ISATAP": lambda ipv4, prefix: prefix << 64 | 0x5EFE << 32 | ipv4,
    "ISATAP, unique": lambda ipv4, prefix: prefix << 64 | 0x02005EFE << 32 | ipv4,
    "ISATAP, group": lambda ipv4, prefix: prefix << 64 | 0x01005EFE << 32 | ipv4,
}


@pytest.mark.parametrize("form", FORMS)
@given(ipv4=ADDRESS, prefix=PREFIX)
def test_no_form_of_ipv6_leads_to_a_private_address(form: str, ipv4: int, prefix: int) -> None:
    """Each form from which some router takes an IPv4 address."""
    address = str(IPv6Address(FORMS[form](ipv4, prefix)))
    assert not is_public(address)
    assert not is_public(f"{address}%eth0")
    assert not is_public(str(IPv4Address(ipv4)))


@given(st.integers(0, 2**128 - 1) | within(IPv6Network("2000::/3")) | within(IPv6Network("2001::/16")))
def test_what_is_public_is_given_out_as_such(number: int) -> None:
    """Nothing outside 2000::/3, nothing that Python takes for private, whatever its release knows."""
    address = IPv6Address(number)
    if not is_public(str(address)):
        return
    assert address.is_global
    assert address in IPv6Network("2000::/3")


@given(st.integers(0, 2**32 - 1))
def test_no_ipv4_is_public_that_python_takes_for_private(number: int) -> None:
    """Ours is the longer list."""
    address = IPv4Address(number)
    assert not is_public(str(address)) or (address.is_global and not address.is_multicast)


@pytest.mark.parametrize(
    "address",
    [
        *("192.0.0.8", "192.0.0.170", "192.88.99.1", "198.51.100.1", "203.0.113.1", "224.0.0.1", "0.1.2.3"),
        *("fec0::1", "3fff::1", "5f00::1", "100::1", "::1:a00:1", "fe80::1", "fc00::1", "ff02::1", "::"),
        *("2001:db8::1", "2001:2::1", "2001:10::1", "2001:20::1", "4000::1", "::ffff:0:7f00:1"),
    ],
)
def test_an_address_for_a_purpose_of_its_own_is_not_public(address: str) -> None:
    """Documentation, benchmarks, anycast of relays, former site-local addresses."""
    assert not is_public(str(ip_address(address)))


@pytest.mark.parametrize(
    "address",
    [
        *("8.8.8.8", "114.114.114.114", "100.63.255.255", "172.32.0.1", "192.0.1.1", "223.255.255.254"),
        *("2400:3200::1", "2606:4700::1", "240e:4c:4008::1", "2001:4860:4860::8888", "2a00::1"),
        *("::ffff:8.8.8.8", "64:ff9b::8.8.8.8"),
    ],
)
def test_the_public_internet_is_public(address: str) -> None:
    """Also as a resolver behind NAT64 gives it."""
    assert is_public(str(ip_address(address)))
