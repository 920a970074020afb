"""The catalogue is checked when it is read, and reads well."""

from collections import Counter
from pathlib import Path

import pytest

from bot.commerce.demo.catalogue import load_products, load_shop_folder
from bot.errors import FixConfiguration

SHOP = Path(__file__).parents[3] / "data" / "shops" / "demo"
GOOD = """product_type = "hat"
[[products]]
slug = "bonnet-test"
brand = "maison"
name = { fr = "Bonnet", en = "Beanie" }
description = { fr = "Un bonnet.", en = "A beanie." }
gender = "unisex"
colours = ["navy"]
sizes = ["one size"]
price_minor = 2900
material = "wool"
care = "hand_wash"
origin = "FR"
pattern = "plain"
style = "casual"
season = "autumn_winter"
occasions = ["everyday"]
"""
WORDS = {
    "product_type": {"hat": ["hat"]}, "brand": {"maison": ["M"]}, "colour": {"navy": ["navy"]},
    "size": {"one size": ["one size"]}, "occasion": {"everyday": ["everyday"]}, "material": {"wool": ["wool"]},
    "pattern": {"plain": ["plain"]}, "style": {"casual": ["casual"]}, "season": {"autumn_winter": ["winter"]},
    "gender": {"unisex": ["all"]},
}


@pytest.mark.parametrize(
    ("line", "wrong", "named"),
    [
        ('slug = "bonnet-test"', 'slug = "Bonnet Test"', "hat.toml: Bonnet Test: a slug"),
        ("price_minor = 2900", "price_minor = 29.0", "hat.toml: bonnet-test: price_minor"),
        ("price_minor = 2900", "price_minor = 2900\ncompare_at_minor = 2900", "bonnet-test: compare_at_minor"),
        ('colours = ["navy"]', 'colours = ["navvy"]', "bonnet-test: vocabulary.toml has no colour 'navvy'"),
        ('sizes = ["one size"]', "sizes = []", "hat.toml: bonnet-test: sizes"),
        ('en = "A beanie."', 'en = ""', "hat.toml: bonnet-test: description: en"),
        ('gender = "unisex"', "", "hat.toml: bonnet-test: gender"),
    ],
)
def test_names_file_and_product_when_a_line_is_wrong(tmp_path: Path, line: str, wrong: str, named: str) -> None:
    (tmp_path / "hat.toml").write_text(GOOD.replace(line, wrong), encoding="utf-8")
    with pytest.raises(FixConfiguration) as caught:
        load_products(tmp_path, WORDS)
    assert named in str(caught.value)


def test_refuses_a_slug_that_is_taken(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b.toml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(FixConfiguration, match=r"b\.toml: bonnet-test: this slug is taken"):
        load_products(tmp_path, WORDS)


def test_makes_a_variant_of_each_colour_and_size(tmp_path: Path) -> None:
    (tmp_path / "hat.toml").write_text(GOOD, encoding="utf-8")
    [product] = load_products(tmp_path, WORDS)
    assert list(product.variants()) == [("bonnet-test--navy--one-size", {"colour": "navy", "size": "one size"})]


def test_sells_three_hundred_products_each_told_in_its_own_words() -> None:
    products = load_shop_folder(SHOP).products
    assert len(products) >= 300
    assert len({product.product_type for product in products}) >= 25
    for language in ("fr", "en"):
        for texts in ([each.names[language] for each in products], [each.descriptions[language] for each in products]):
            assert [text for text, times in Counter(texts).items() if times > 1] == []
        assert not [each.slug for each in products if len(each.descriptions[language]) < 40]


def test_keeps_each_file_of_the_catalogue_small() -> None:
    assert max(path.stat().st_size for path in (SHOP / "catalogue").glob("*.toml")) < 200_000
