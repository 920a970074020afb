"""What is said of a code: read by one parser, true beside the shop, and silent where it is not."""

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.bootstrap import PROJECT
from bot.commerce.types import Offer
from bot.content.offers import (
    ToldOffer,
    compare_offer,
    dump_offer,
    load_offers,
    parse_offer,
    read_offer,
    require_journeys,
    word_offer,
    write_offer,
)
from bot.decision.explain import SENTENCES
from bot.errors import FixConfiguration
from bot.nudges.trial_words import REASONS
from bot.toml_file import FixTable, parse_toml, print_toml

NOW, PARIS = datetime(2026, 11, 29, 12, tzinfo=UTC), ZoneInfo("Europe/Paris")
TOLD = ToldOffer("maille15", "MAILLE15", {"fr": "15 % sur la maille", "en": "15% off knitwear"}, percent_off=15)
GIVEN = Offer("MAILLE15", "campaign:winter", {"fr": "Hiver", "en": "Winter"}, datetime(2026, 12, 9, tzinfo=UTC),
              percent_off=15)


def read(currency: str = "EUR", **changes: object) -> ToldOffer:
    """The offer by the table of the file."""
    table = {**write_offer(TOLD), **changes}
    file = parse_toml("offers.toml", print_toml("offers.maille15", table))
    return read_offer("maille15", file.table("offers.maille15"), currency)


def test_says_nothing_of_a_code_that_the_shop_does_not_give() -> None:
    assert compare_offer(TOLD, (), NOW, PARIS).state == "unknown"
    assert compare_offer(TOLD, (replace(GIVEN, code="OTHER"),), NOW, PARIS).state == "unknown"


def test_says_nothing_of_what_the_shop_gives_otherwise() -> None:
    truth = compare_offer(TOLD, (replace(GIVEN, percent_off=10, min_items_minor=3_000),), NOW, PARIS)
    assert truth.state == "differs"
    assert [(each.key, each.told, each.given) for each in truth.untruths] == [
        ("percent_off", "15", "10"), ("min_items_minor", "", "3000"),
    ]
    assert word_offer((TOLD,), replace(GIVEN, percent_off=10), NOW, PARIS)[1] == "offer_differs"


@pytest.mark.parametrize(("changes", "state"), [
    ({"begins": "2026-11-30"}, "later"), ({"ends": "2026-11-28"}, "over"), ({"ends": "2026-11-29"}, "given"),
    ({"ends": "2026-12-09"}, "given"), ({"ends": "2026-12-24"}, "differs"),
])
def test_is_told_on_its_days_alone(changes: dict[str, str], state: str) -> None:
    told = replace(TOLD, **changes)
    assert compare_offer(told, (GIVEN,), NOW, PARIS).state == state
    assert (word_offer((told,), GIVEN, NOW, PARIS)[1] == "") == (state == "given")


def test_an_offer_whose_first_day_has_not_come_has_not_ended() -> None:
    assert word_offer((replace(TOLD, begins="2026-11-30"),), GIVEN, NOW, PARIS)[1] == "offer_not_begun"
    assert word_offer((replace(TOLD, ends="2026-11-28"),), GIVEN, NOW, PARIS)[1] == "offer_ended"
    assert {"offer_ended", "offer_not_begun", "offer_differs"} <= REASONS.keys() & SENTENCES.keys()


def test_is_told_in_our_words_until_our_last_day() -> None:
    worded, reason = word_offer((replace(TOLD, ends="2026-12-01"),), GIVEN, NOW, PARIS)
    assert not reason and worded.names == TOLD.names
    assert worded.ends_at.astimezone(PARIS).date().isoformat() == "2026-12-01"
    assert word_offer((), GIVEN, NOW, PARIS) == (GIVEN, "")  # nobody has words for it: the shop's own


@pytest.mark.parametrize(("currency", "amounts", "said"), [
    ("EUR", {"percent_off": 10, "min_items_minor": 100_000}, ("10 % dès 1 000 €", "10% off from €1,000")),
    ("EUR", {"amount_off_minor": 1_250, "min_items_minor": 120_050}, ("12,50 € dès 1.200,50 €", "€12.5 from €1,200.5")),
    ("XPF", {"amount_off_minor": 500}, ("500 F de remise", "500 F off")),
    ("JPY", {"amount_off_minor": 500, "min_items_minor": 10_000}, ("500 ¥ dès 10 000 ¥", "¥500 off from ¥10,000")),
    ("KWD", {"amount_off_minor": 12_500}, ("12.500 KD", "12.5 KD")),
])
def test_says_its_own_amounts_in_any_currency(currency: str, amounts: dict[str, int], said: tuple[str, str]) -> None:
    told = read(currency, **{"percent_off": 0, **amounts}, name=dict(zip(("fr", "en"), said, strict=True)))
    assert told.names["fr"] == said[0]


@pytest.mark.parametrize(("currency", "said"), [
    ("EUR", "10 € de remise"), ("EUR", "1 000 € de remise"), ("EUR", "100,5 € de remise"), ("XPF", "1 F de remise"),
    ("XPF", "10 000 F de remise"), ("XPF", "100,50 F de remise"),
])
def test_says_no_other_amount(currency: str, said: str) -> None:
    amount = 10_000 if currency == "EUR" else 100
    with pytest.raises(FixTable):
        read(currency, percent_off=0, amount_off_minor=amount, name={"fr": said, "en": "100 off"})


@pytest.mark.parametrize(("changes", "key"), [
    ({"code": "NOT A CODE"}, "code"), ({"name": {"fr": "15 %"}}, "name"),
    ({"name": {"fr": "20 % sur la maille", "en": "15% off"}}, "name"), ({"percent_off": 150}, "percent_off"),
    ({"begins": "soon"}, "begins"), ({"begins": "2026-12-02", "ends": "2026-12-01"}, "ends"),
    ({"name": {"fr": "{name}", "en": "15% off"}}, "name"), ({"percent": 15}, "percent"),
    ({"has_free_shipping": "yes"}, "has_free_shipping"), ({"ends": "9999-12-31"}, "ends"),
])
def test_names_the_key_that_is_wrong(changes: dict[str, object], key: str) -> None:
    with pytest.raises(FixTable) as caught:
        read(**changes)
    assert caught.value.key == key


def test_a_figure_of_its_words_is_one_that_it_gives() -> None:
    words = {"fr": "10 € offerts dès 59,90 €", "en": "€10 off from €59.90"}
    assert read(name=words, percent_off=0, amount_off_minor=1_000, min_items_minor=5_990).names == words


def test_is_the_same_by_file_and_store() -> None:
    told = read(begins="2026-12-01", journeys=["cart_left"], product_types=["sweater"])
    assert parse_offer(dump_offer(told)) == told


def test_two_do_not_tell_of_one_code_and_journeys_must_be_there() -> None:
    with pytest.raises(FixConfiguration, match="another one"):
        require_journeys((TOLD, replace(TOLD, name="again", code="maille15")), {})
    with pytest.raises(FixConfiguration, match="'none'"):
        require_journeys((replace(TOLD, journeys=("none",)),), {"cart_left": ()})


def test_no_journey_names_the_code_of_an_offer_that_is_not_for_it() -> None:
    told, codes_of = replace(TOLD, journeys=("cart_left",)), {"cart_left": (), "winter_offers": ("maille15",)}
    with pytest.raises(FixConfiguration, match=r"offers\.maille15.*'winter_offers'"):
        require_journeys((told,), codes_of)
    require_journeys((replace(told, journeys=("winter_offers",)), replace(told, name="b", code="OTHER")), codes_of)


def test_what_the_demo_tells_is_what_its_shop_gives(services) -> None:
    offers = load_offers(PROJECT / "data" / "shops" / "demo" / "offers.toml", "EUR")
    given = services.commerce.list_offers()
    assert [compare_offer(each, given, services.clock(), PARIS).state for each in offers] == ["given", "given"]
