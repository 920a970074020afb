"""Postal addresses that stand somewhere in a sentence."""

import pytest

from bot.service.account import find_address


@pytest.mark.parametrize(("text", "expected"), [
    ("", {}),
    ("please send it somewhere else", {}),
    ("order #W1023 should go to my mother", {}),
    ("livrez ma commande 10423 au 12 rue des Lilas, 69003 Lyon", {
        "line1": "12 rue des Lilas", "postcode": "69003", "city": "Lyon",
    }),
    ("12 bis rue de la Paix\n75002 Paris", {"line1": "12 bis rue de la Paix", "postcode": "75002", "city": "Paris"}),
    ("change the address of order #W123 to 629 Sunset Drive, Suite 581, San Diego, CA 92159", {
        "line1": "629 Sunset Drive", "line2": "Suite 581", "city": "San Diego", "region_code": "CA",
        "postcode": "92159",
    }),
    ("send it to 580 Broadway, Suite 162, Denver, CO 80265, USA please", {
        "line1": "580 Broadway", "line2": "Suite 162", "city": "Denver", "region_code": "CO", "postcode": "80265",
    }),
    ("my new address is 445 Maple Drive, Suite 394, Fort Worth, TX 76165 and also use it for my order", {
        "line1": "445 Maple Drive", "line2": "Suite 394", "city": "Fort Worth", "region_code": "TX",
        "postcode": "76165",
    }),
    ("j'habite 8 rue des Fleurs, 31000 Toulouse désormais, et livrez ma commande là", {
        "line1": "8 rue des Fleurs", "postcode": "31000", "city": "Toulouse",
    }),
    ("move it to 667 Highland Drive, Austin, TX 78755 from now on please!", {
        "line1": "667 Highland Drive", "city": "Austin", "region_code": "TX", "postcode": "78755",
    }),
])
def test_finds_an_address_in_a_sentence(text, expected):
    found = find_address(text)
    assert {name: value for name, value in found.items() if name != "country"} == expected
