"""Whether something is asked for somebody else."""

import pytest

from bot.service.for_whom import is_for_other


@pytest.mark.parametrize("said", [
    "", "/recommend_products", "something for me", "des nouveautés pour moi ?", "treat for myself, 100 budget",
    "won a gift card, what should I get here", "j'ai gagné une carte cadeau, que prendre chez vous",
    "something for the season", "a dress for my sister's wedding", "suggest shoes for my interview",
    "idées pour le bureau", "an outfit for a party",
    "my mother says blue suits me", "a gift for myself", "vos best-sellers homme", "a dress for my birthday",
])
def test_is_for_the_customer_unless_it_is_said(said):
    assert not is_for_other(said)


@pytest.mark.parametrize("said", [
    "une idée cadeau pour mon mari", "any ideas for my boyfriend's birthday, he's 30", "gift for a man", "pour elle",
    "qqch pour mon mec, il a toujours froid", "un cadeau pour une amie qui a tout", "something for my little brother",
    "my husband needs a coat", "what goes down well as a present for dad", "que prendre à ma belle-mère",
    "qu'offrir à un papi frileux", "something for him",
])
def test_is_for_somebody_else(said):
    assert is_for_other(said)
