"""Who asks over HTTP, as limits count them."""

from ipaddress import IPv6Address, IPv6Network, ip_address

from fastapi import Request

_ONE_HOUSEHOLD = 64  # bits of an IPv6 address: whoever has one has all that begin alike, and could ask from each


def name_caller(request: Request) -> str:
    """The address that a limit counts: of IPv6 the network that one household has; "" where none is known."""
    return name_address(request.client.host if request.client else "")


def name_address(address: str) -> str:
    """The same of an address as text; what is no address stays as it is."""
    try:
        found = ip_address(address)
    except ValueError:
        return address
    if not isinstance(found, IPv6Address):
        return str(found)
    return str(found.ipv4_mapped or IPv6Network((int(found), _ONE_HOUSEHOLD), strict=False))
