"""What shops call tops, hats and glasses; and what is none of them."""

import pytest

from bot.tryon.categories import find_category


@pytest.mark.parametrize(("names", "category"), [
    (("pull",), "top"), (("t-shirts_&_polos",), "top"), (("Tee-shirts",), "top"), (("hats",), "hat"),
    (("chapeaux",), "hat"), (("Hats & Caps",), "hat"), (("bonnets_et_casquettes",), "hat"), (("bérets",), "hat"),
    (("lunettes_de_soleil",), "glasses"), (("Sunglasses",), "glasses"), (("type_7", "jumper", "pull"), "top"),
])
def test_knows_what_a_type_is_by_its_names_in_both_languages(names: tuple[str, ...], category: str) -> None:
    assert find_category(names) == category


@pytest.mark.parametrize("names", [
    (), ("",), ("manteaux_&_vestes",), ("robes",), ("shirt_dresses",), ("hats_&_scarves",), ("tops", "hats"),
    ("chemises_de_nuit",), ("capes",), ("glasses_&_tops",),
])
def test_says_nothing_of_what_is_something_else_or_several(names: tuple[str, ...]) -> None:
    assert find_category(names) is None
