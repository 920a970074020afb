"""Words about another delivery: whether they want one, of which kind, and which of those on offer."""

from datetime import date

import pytest

from bot.commerce.types import Address, DeliveryChoice
from bot.service.delivery_choices import (
    find_choices,
    find_kind,
    find_neighbour,
    names_missing_day,
    wants_other_delivery,
)

TODAY = date(2026, 11, 24)  # a Tuesday
DAYS = tuple(DeliveryChoice(f"d-{n}", "day", "s", day=date(2026, 11, 24 + n)) for n in (1, 2, 3))  # Wed, Thu, Fri
NEXT = DeliveryChoice("n", "neighbour", "s")
THERE = Address("1 rue X", "Paris", "75011", "FR")
POINTS = tuple(
    DeliveryChoice(f"p-{n}", "pickup_point", "s", point_name=name, point_address=THERE)
    for n, name in enumerate(("Librairie du Marché", "Fleuriste des Halles"))
)
OFFERED = (*DAYS, NEXT, *POINTS)


@pytest.mark.parametrize(
    "said",
    ["change the delivery address of my order", "send it to 12 rue de la Paix, 69002 Lyon", "where is my order",
     "deliver it to my neighbour at 12 rue de la Paix, 69002 Lyon", "changez l'adresse de livraison"],
)
def test_an_address_is_no_other_delivery(said: str) -> None:
    assert not wants_other_delivery(said)


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        ("can they leave it with my neighbour", "neighbour"),
        ("donnez le au voisin du 2e", "neighbour"),
        ("let the concierge take my parcel", "neighbour"),
        ("leave it with number 12", "neighbour"),
        ("mettez mon colis en point relais", "pickup_point"),
        ("send the parcel to a pickup point rather than home", "pickup_point"),
        ("use the parcel locker for this one", "pickup_point"),
        ("reschedule my delivery", "day"),
        ("je ne serai pas là jeudi, ça peut venir un autre jour ?", "day"),
        ("not thursday. friday.", "day"),
        ("peut-on reporter à vendredi matin", "day"),
    ],
)
def test_knows_the_kind_that_is_wanted(said: str, kind: str) -> None:
    assert wants_other_delivery(said) and find_kind(said) == kind


@pytest.mark.parametrize(
    ("said", "ids"),
    [
        ("deliver on friday instead please", ["d-3"]),
        ("plutôt vendredi", ["d-3"]),
        ("not thursday. friday.", ["d-3"]),
        ("tomorrow would be better", ["d-1"]),
        ("pas demain svp, après-demain", ["d-2"]),
        ("I won't be home thursday, can it come another day", ["d-1", "d-2", "d-3"]),
        ("je ne serai pas là jeudi", ["d-1", "d-2", "d-3"]),
        ("reschedule it to the 26th", ["d-2"]),
        ("bring it to the fleuriste, the pick-up point", ["p-1"]),
        ("en point relais", ["p-0", "p-1"]),
        ("leave it with my neighbour", ["n"]),
    ],
)
def test_finds_the_choice_that_is_meant(said: str, ids: list[str]) -> None:
    assert [each.id for each in find_choices(said, OFFERED, TODAY)] == ids


def test_says_that_a_day_is_not_on_offer_only_where_one_is_wanted() -> None:
    assert names_missing_day("deliver on saturday instead", OFFERED, TODAY)
    assert not names_missing_day("I am not home on saturday", OFFERED, TODAY)
    assert not names_missing_day("deliver on friday", OFFERED, TODAY)


@pytest.mark.parametrize(
    ("said", "name"),
    [("leave it with my neighbour Mrs Lopez please", "Mrs Lopez"), ("chez la voisine Mme Lopez", "Mme Lopez"),
     ("with the neighbour", ""), ("leave it with my neighbour please", "")],
)
def test_takes_the_neighbours_name_from_the_words(said: str, name: str) -> None:
    assert find_neighbour(said) == name
