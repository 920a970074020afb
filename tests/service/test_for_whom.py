"""Whether something is asked for somebody else."""

import pytest

from bot.service.for_whom import is_for_other


@pytest.mark.parametrize("said", [
    "", "/recommend_products", "something for me", "des nouveautés pour moi ?", "treat for myself, 100 budget",
    "won a gift card, what should I get here", "j'ai gagné une carte cadeau, que prendre chez vous",
    "something for the season", "a dress for my sister's wedding", "suggest shoes for my interview",
    "idées pour le bureau", "an outfit for a party",
    "my mother says blue suits me", "a gift for myself", "vos best-sellers homme",
    "une offre à moins de 50 euros", "a coat for a couple of days", "une robe pour aller chez mes parents",
    "montre-moi des manteaux à présent", "Montre-moi des manteaux a\u0300 présent", "a dress for a baby shower",
    "an outfit for my friend's birthday party", "my wife is 45 and I wear blue",
    "Annulez ma préférence pour le slim, je porte du large à présent", "a dress for my birthday",
])
def test_is_for_the_customer_unless_it_is_said(said):
    assert not is_for_other(said)


@pytest.mark.parametrize("said", [
    "une idée cadeau pour mon mari", "any ideas for my boyfriend's birthday, he's 30", "gift for a man", "pour elle",
    "qqch pour mon mec, il a toujours froid", "un cadeau pour une amie qui a tout", "something for my little brother",
    "my husband needs a coat", "what goes down well as a present for dad", "que prendre à ma belle-mère",
    "qu'offrir à un papi frileux", "something for him",
    "Mon mari fait du L", "my wife wears a 40", "ma fille chausse du 36", "my son takes a size 12",
    "My husband's a 44 long. Put that against his name", "mon mari porte du bleu", "a present for my mother",
    "j'offre à ma mère un pull", "something for a couple who travel",
])
def test_is_for_somebody_else(said):
    assert is_for_other(said)
