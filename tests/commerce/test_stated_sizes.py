"""A size is read with its country where one is said, and no number of anything else is taken for one."""

import pytest

from bot.commerce.stated_sizes import find_stated_size


@pytest.mark.parametrize("said", [
    "show us 12 dresses", "is it 44 euros", "40 us dollars", "under 40 french dresses", "coat for us 2", "taille 38",
    "fait-il du 38", "en 38", "2 us stores", "j'ai eu 2 pulls", "j'ai eu 40 minutes de retard",
])  # fmt: skip
def test_reads_none_where_no_country_is_meant(said):
    assert find_stated_size(said)[0] == ""


@pytest.mark.parametrize(("said", "size"), [
    ("a dress in uk 12", "UK 12"), ("une robe en taille anglaise 12", "UK 12"),
    ("robe taille 12 anglaise", "UK 12"),
    ("us size 8 dress", "US 8"), ("je fais du 8 us", "US 8"), ("women's us 7", "US 7"),
    ("je fais du 44 italien", "IT 44"),
    ("boots uk 5.5", "UK 5.5"), ("uk 5 5", "UK 5.5"),
    ("en it 44", "IT 44"), ("size italian 44", "IT 44"), ("a french 40", "FR 40"),
    ("eu 38 boots", "EU 38"), ("i'm a uk 12", "UK 12"),
])  # fmt: skip
def test_reads_it_in_both_languages(said, size):
    assert find_stated_size(said)[0] == size
