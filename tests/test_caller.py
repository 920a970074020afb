"""Who asks, as limits count them: one household is one, however many addresses it has."""

import pytest

from bot.caller import name_address


@pytest.mark.parametrize(("address", "counted"), [
    ("203.0.113.9", "203.0.113.9"), ("::ffff:203.0.113.9", "203.0.113.9"),
    ("2001:db8:1:2::1", "2001:db8:1:2::/64"), ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
    ("2001:db8:1:3::1", "2001:db8:1:3::/64"), ("::1", "::/64"), ("fe80::1%eth0", "fe80::/64"),
    ("testclient", "testclient"), ("", ""),
])  # fmt: skip
def test_counts_an_ipv6_network_as_one_and_an_ipv4_address_by_itself(address: str, counted: str) -> None:
    assert name_address(address) == counted
