"""Looking for something, and hearing honestly when nothing fits."""

from dataclasses import replace

import pytest

from actions.pickup import ActionStorePickup
from actions.product import ActionCheckAvailability, ActionProductDetails
from actions.search import ActionSearchProducts, _pick
from bot.contracts.messages import dump_payload
from bot.finding.asked import Asked, Demand
from bot.profile.consent import record_consent
from tests.fakes.shop import make_product


def found(world):
    return world.shop.get_products([item.product_ref for item in world.state.last_shown])


def test_says_so_when_there_is_nothing_like_it(world):
    world.arrive()
    world.do(ActionSearchProducts, "I want a chainsaw")
    assert "nothing like that" in world.text
    assert not world.said[0].cards


def test_asks_when_nothing_was_named(world):
    world.arrive()
    world.do(ActionSearchProducts, "I am looking for something")
    assert "What are you looking for?" in world.text


@pytest.mark.parametrize("words", ["a navy coat", "je cherche un manteau bleu marine"])
def test_finds_what_is_described_in_both_languages(world, words):
    world.arrive()
    world.do(ActionSearchProducts, words)
    assert {product.product_type for product in found(world)} == {"coat"}
    assert {item.options["colour"] for item in world.state.last_shown} == {"navy"}


@pytest.mark.parametrize(("words", "then", "is_own"), [
    ("a navy coat", "under 900 euros", True), ("a navy coat for my sister", "under 900 euros", False),
    ("un manteau bleu marine pour ma sœur", "moins de 900 euros", False),
])
def test_shows_somebody_elses_things_in_nobodys_size(world, words, then, is_own):
    world.sign_in("camille")
    with world.services.store.write() as connection:
        record_consent(connection, world.customer_id, purpose="personalisation", channel="*", state="granted",
                       source="test", wording="May I?", now=world.now)
    for said in (words, then):
        world.do(ActionSearchProducts, said)
        assert any(item.options.get("size") == "M" for item in world.state.last_shown) is is_own


def test_shows_the_closest_and_says_what_was_given_up(world):
    world.arrive()
    world.do(ActionSearchProducts, "a navy coat under 20 euros")
    assert "Nothing fits at that price. The closest:" in world.text
    assert {product.product_type for product in found(world)} == {"coat"}


def test_shows_the_size_that_was_asked_for(world):
    world.arrive()
    world.do(ActionSearchProducts, "a coat in L")
    assert {item.options["size"] for item in world.state.last_shown} == {"L"}


def test_shows_only_what_is_in_stock(world):
    world.arrive()
    world.do(ActionSearchProducts, "a coat")
    for item in world.state.last_shown:
        product = world.shop.get_product(item.product_ref)
        stock = world.shop.get_availability([v.ref for v in product.variants])
        assert any(each.is_sellable_online for each in stock)


@pytest.mark.parametrize(("language", "words"), [
    ("fr", "une robe rouge pour un mariage, moins de 80 €, en 38"),
    ("en", "a red dress for a wedding, under 80 euros, in a 38"),
])
def test_says_that_no_dress_is_all_of_it_and_shows_the_closest(world, language, words):
    world.language = language
    world.arrive()
    world.do(ActionSearchProducts, words)
    assert {"fr": "Le plus proche", "en": "The closest:"}[language] in world.text
    assert {product.product_type for product in found(world)} == {"dress"}


@pytest.mark.parametrize(("language", "words"), [
    ("fr", "quelque chose de chaud mais pas en laine"), ("en", "warm but not wool"),
])
def test_keeps_away_what_was_said_no_to(world, language, words):
    world.language = language
    world.arrive()
    world.do(ActionSearchProducts, words)
    assert found(world)
    assert not {"wool", "merino", "tweed"} & {product.attributes["material"] for product in found(world)}


@pytest.mark.parametrize(("language", "words"), [
    ("fr", "quelque chose comme ça mais moins cher"), ("en", "something like this but cheaper"),
])
def test_finds_the_like_of_what_was_just_shown_for_less(world, language, words):
    world.language = language
    world.arrive()
    world.do(ActionProductDetails, "tell me more", product="manteau-croise-grand-froid")
    world.do(ActionSearchProducts, words)
    assert {product.product_type for product in found(world)} == {"coat"}
    assert max(variant.price_minor for product in found(world) for variant in product.variants) < 28_900


def test_says_what_the_shop_does_not_sell(world):
    world.arrive()
    world.do(ActionSearchProducts, "a silk tie")
    assert "We do not sell that. What comes closest:" in world.text


def test_a_button_finds_by_what_it_stands_for(world):
    world.arrive()
    world.do(ActionSearchProducts, "/search_products", product_type="scarf")
    assert {product.product_type for product in found(world)} == {"scarf"}


@pytest.mark.parametrize(("language", "words", "said"), [
    ("fr", "des chaussures réparables", "Réparation : ressemelables en boutique, 45"),
    ("en", "boots that can be resoled", "Repair: resoled in our stores for"),
    ("fr", "un jean à faible impact", "90 % d’eau de moins"),
    ("en", "a recycled backpack", "Material: recycled nylon."),
    ("fr", "un sac fabriqué en France", "France"),
    ("en", "vegan boots", "of trims and glues it says nothing"),
])
def test_shows_what_the_shop_states_of_what_it_is_to_stand_for(world, language, words, said):
    world.language = language
    world.arrive()
    world.do(ActionSearchProducts, words)
    assert said in world.text


@pytest.mark.parametrize(("language", "words", "said"), [
    ("fr", "un pull réparable", "La boutique n’indique, pour rien de ce qui convient, que cela se répare."),
    ("en", "a jumper that can be repaired", "The shop states of nothing that fits that it can be"),
])
def test_says_so_where_nothing_states_what_is_asked_for(world, language, words, said):
    world.language = language
    world.arrive()
    world.do(ActionSearchProducts, words)
    assert said in world.text
    assert {product.product_type for product in found(world)} == {"sweater"}


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "a dress in UK 12", "UK 12 is 40 here by the usual tables"),
    ("fr", "une robe en taille anglaise 12", "UK 12 correspond ici au 40"),
])
def test_finds_a_size_of_another_country_and_says_what_it_is_here(world, language, words, said):
    world.language = language
    world.arrive()
    world.do(ActionSearchProducts, words, size="12")
    assert said in world.text
    sized = [item for item in world.state.last_shown if item.options["size"].isdigit()]
    assert sized and {item.options["size"] for item in sized} == {"40"}


def test_shows_no_size_as_the_one_asked_for_where_no_table_tells_it(world):
    world.arrive()
    world.do(ActionSearchProducts, "a men's shirt in US 16")
    assert "as far as the usual tables tell it" in world.text


COAT = make_product("coat", "coat", colours=("blue", "red"), sizes=("M", "L"), price_minor=7_000)
IN_RED, NOT_BLUE = Demand("colour", ("red",)), Demand("colour", ("blue",), is_avoided=True)
BLUE_LEFT = frozenset({"coat-blue-M"})


def pick(asked, buyable=BLUE_LEFT, *, is_strict=True):
    found = _pick(COAT, asked, buyable, lambda _: "", is_strict=is_strict)
    return found[0].ref if found else None


@pytest.mark.parametrize("is_strict", [True, False])
def test_never_shows_a_colour_that_was_said_no_to(is_strict):
    assert pick(Asked("not blue", (NOT_BLUE,)), is_strict=is_strict) is None


@pytest.mark.parametrize("asked", [Asked("red", (IN_RED,)), Asked("under 50", price_max_minor=5_000)])
def test_another_colour_or_price_is_the_closest_and_nothing_that_was_found(asked):
    assert pick(asked) is None
    assert pick(asked, is_strict=False) == "coat-blue-M"


def test_shows_the_colour_that_was_asked_for_whatever_the_order():
    assert pick(Asked("red", (IN_RED,)), frozenset({"coat-blue-M", "coat-red-L"})) == "coat-red-L"


def test_a_shade_serves_where_the_colour_itself_is_gone():
    assert pick(Asked("red", (Demand("colour", ("red",), near=("blue",)),))) == "coat-blue-M"


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "a navy coat", "What fits has just sold out. The closest:"),
    ("fr", "un manteau bleu marine", "Ce qui convient vient d"),
])
def test_says_that_the_colour_has_sold_out_over_what_is_left(world, monkeypatch, language, words, said):
    world.language = language
    world.arrive()
    read = world.shop.get_availability
    navy = {v.ref for p in world.services.recommender.catalogue(world.now).products for v in p.variants
            if v.options.get("colour") == "navy"}  # fmt: skip
    monkeypatch.setattr(world.shop, "get_availability", lambda refs: read([ref for ref in refs if ref not in navy]))
    world.do(ActionSearchProducts, words)
    assert said in world.text
    assert "navy" not in {item.options["colour"] for item in world.state.last_shown}


@pytest.mark.parametrize("has_leave", [False, True])
def test_looks_at_past_orders_for_the_size_only_with_leave(world, monkeypatch, has_leave):
    world.sign_in("camille")
    if has_leave:
        with world.services.store.write() as connection:
            record_consent(connection, world.customer_id, purpose="personalisation", channel="*", state="granted",
                           source="test", wording="May I?", now=world.now)
    asked = []
    monkeypatch.setattr("bot.recommend.recommender.read_purchases", lambda *given: asked.append(given[-1]) or ())
    world.do(ActionSearchProducts, "a coat")
    assert world.state.last_shown
    assert {ref for ref in asked if ref} == ({"camille"} if has_leave else set())


def lyon_pieces(world, item):
    stock = world.shop.get_availability([v.ref for v in world.shop.get_product(item.product_ref).variants])
    return sum(place.quantity or 0 for each in stock for place in each.locations
               if place.location_ref == "lyon-presquile")  # fmt: skip


@pytest.mark.parametrize(("language", "words", "said"), [
    ("fr", "un manteau en stock à Lyon", "En stock en ce moment à Lyon Presqu’île :"),
    ("en", "a coat in stock in Lyon", "In stock right now in Lyon Presqu’île:"),
])
def test_shows_what_lies_in_the_store_that_was_named(world, language, words, said):
    world.language = language
    world.arrive()
    world.do(ActionSearchProducts, words)
    assert said in world.text
    assert {product.product_type for product in found(world)} == {"coat"}
    assert all(lyon_pieces(world, item) for item in world.state.last_shown)
    assert all("Lyon Presqu’île" in card.note for card in world.said[0].cards)


def _in_store(stock, pieces, *, is_online=True):
    """The same stock, with so many in Lyon."""
    return [
        replace(each, is_sellable_online=is_online and each.is_sellable_online, locations=tuple(
            replace(place, quantity=pieces if place.location_ref == "lyon-presquile" else place.quantity)
            for place in each.locations
        )) for each in stock
    ]  # fmt: skip


@pytest.mark.parametrize(("language", "words", "said"), [
    ("fr", "un manteau en stock à Lyon", "Il n’y en a pas à Lyon Presqu’île en ce moment. Voici ce que"),
    ("en", "a coat in stock in Lyon", "None of it is in Lyon Presqu’île right now. Here is what I found online:"),
    ("fr", "un manteau en stock à Marseille", "Nous n’avons pas de magasin à Marseille."),
    ("en", "a coat in stock in Marseille", "We have no store in Marseille. Our stores: Paris Marais,"),
])
def test_says_so_where_the_store_has_none_of_it_or_is_none(world, monkeypatch, language, words, said):
    world.language = language
    world.arrive()
    read = world.shop.get_availability
    monkeypatch.setattr(world.shop, "get_availability", lambda refs: _in_store(read(refs), 0))
    world.do(ActionSearchProducts, words)
    assert said in world.text
    assert {product.product_type for product in found(world)} == {"coat"}


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "a silk dress under 10 € in stock in Lyon", "None of it is in Lyon Presqu’île right now. Nothing"),
    ("fr", "une robe en soie à moins de 10 € en stock à Lyon", "Il n’y en a pas à Lyon Presqu’île en ce moment. Rien"),
])
def test_what_comes_closest_lies_in_the_store_and_it_says_that_nothing_there_fits(world, language, words, said):
    world.language = language
    world.arrive()
    world.do(ActionSearchProducts, words)
    assert said in world.text and all("Lyon Presqu’île" in card.note for card in world.said[0].cards)


def test_what_lies_in_a_store_alone_cannot_be_added_to_be_sent(world, monkeypatch):
    world.arrive()
    read = world.shop.get_availability
    monkeypatch.setattr(world.shop, "get_availability", lambda refs: _in_store(read(refs), 2, is_online=False))
    world.do(ActionSearchProducts, "a coat in L in stock in Lyon")
    assert "Lyon Presqu’île: 2 in store" in world.text
    assert {each.title for card in world.said[0].cards for each in card.buttons} == {"See"}


def test_asking_for_stock_in_a_town_shows_what_lies_there(world):
    world.arrive()
    world.do(ActionCheckAvailability, "do you have coats in stock in Lyon?", city="Lyon")
    assert "In stock right now in Lyon Presqu’île:" in world.text
    assert all(lyon_pieces(world, item) for item in world.state.last_shown)


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "a coat under 250 dollars", "Our prices are in EUR; I took your limit as €250.00."),
    ("fr", "un manteau à moins de 250 dollars", "Nos prix sont en EUR ; j’ai compris 250,00\xa0€."),
])
def test_says_that_a_limit_was_told_in_another_currency(world, language, words, said):
    world.language = language
    world.arrive()
    world.do(ActionSearchProducts, words)
    assert said in world.text


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "a dress in XL", "Nothing that fits is made in XL; these come in 34, 36,"),
    ("fr", "une robe en XL", "Rien de ce qui convient n’existe en XL ; ceux-ci existent en 34, 36,"),
])
def test_says_which_sizes_there_are_where_nothing_is_made_in_the_one_asked_for(world, language, words, said):
    world.language = language
    world.arrive()
    world.do(ActionSearchProducts, words)
    assert said in world.text


@pytest.mark.parametrize("words", ["socks in 43", "des chaussettes en 43"])
def test_finds_a_size_that_lies_within_one_of_several(world, words):
    world.arrive()
    world.do(ActionSearchProducts, words)
    assert {item.options["size"] for item in world.state.last_shown} == {"41-45"}


def _only_last_in_lyon(world, monkeypatch, words):
    """Of what fits, many things, only the last lies in the store; its reference, and all that fit."""
    fitting = world.services.finder.find(words, language="en", limit=1_000, now=world.now).fitting
    last = {variant.ref for variant in fitting[-1].variants}
    read = world.shop.get_availability
    def told(refs):
        return [one for each in read(refs) for one in _in_store([each], 2 if each.variant_ref in last else 0)]
    monkeypatch.setattr(world.shop, "get_availability", told)
    return fitting[-1].ref, len(fitting)


def test_looks_beyond_the_first_dozens_for_what_a_store_has(world, monkeypatch):
    world.arrive()
    last, count = _only_last_in_lyon(world, monkeypatch, "something black")
    assert 48 < count < 240
    world.do(ActionSearchProducts, "something black in stock in Lyon")
    assert [item.product_ref for item in world.state.last_shown] == [last]


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "something black in stock in Lyon", "Of the first 24 that fit, none is there right now: Lyon Presqu’île."),
    ("fr", "quelque chose de noir en stock à Lyon", "Sur les 24 premiers qui conviennent, aucun n’y est en ce moment"),
])
def test_says_how_far_it_looked_where_more_fits(world, monkeypatch, language, words, said):
    world.language = language
    world.arrive()
    _only_last_in_lyon(world, monkeypatch, "something black")
    monkeypatch.setattr("actions.search.MOST_LOOKED_AT", 24)
    world.do(ActionSearchProducts, words)
    assert said in world.text


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "something black", "Of the first 24 that fit, none can be had as you asked. The closest:"),
    ("fr", "quelque chose de noir", "Sur les 24 premiers qui conviennent, aucun n’est disponible comme demandé."),
])
def test_says_sold_out_only_of_what_it_looked_at(world, monkeypatch, language, words, said):
    world.language = language
    world.arrive()
    black = {v.ref for p in world.services.recommender.catalogue(world.now).products for v in p.variants
             if v.options.get("colour") == "black"}  # fmt: skip
    read = world.shop.get_availability
    monkeypatch.setattr(world.shop, "get_availability", lambda refs: read([ref for ref in refs if ref not in black]))
    monkeypatch.setattr("actions.search.MOST_LOOKED_AT", 24)
    world.do(ActionSearchProducts, words)
    assert said in world.text


@pytest.mark.parametrize(("language", "words", "said", "found"), [
    ("en", "a navy coat", "In stock right now in Lyon Presqu’île:", "Here is what I found:"),
    ("fr", "un manteau bleu marine", "Lyon Presqu’île", "Voici ce que j’ai trouvé"),
])
def test_looks_in_the_store_that_is_collected_from_and_everywhere_at_a_tap(world, language, words, said, found):
    world.language = language
    world.arrive()
    world.do(ActionStorePickup, "/store_pickup", option="lyon-presquile")
    world.do(ActionSearchProducts, words)
    assert said in world.text and all("Lyon" in card.note for card in world.said[0].cards)
    assert world.said[0].quick_replies[-1].payload == dump_payload("search_products", option="everywhere")
    world.do(ActionSearchProducts, "/search_products", option="everywhere")
    assert found in world.text and "Lyon" not in world.text
    products = world.shop.get_products([each.product_ref for each in world.state.last_shown])
    assert {each.product_type for each in products} == {"coat"}


@pytest.mark.parametrize("words", ["a navy coat online", "a navy coat in stock in Nantes"])
def test_what_a_search_says_of_a_store_goes_before_the_one_that_is_collected_from(world, words):
    world.arrive()
    world.do(ActionStorePickup, "/store_pickup", option="lyon-presquile")
    world.do(ActionSearchProducts, words)
    assert world.state.last_shown and "Lyon" not in world.text


def test_looks_in_no_store_once_none_is_collected_from(world):
    world.arrive()
    world.do(ActionStorePickup, "/store_pickup", option="lyon-presquile")
    world.do(ActionSearchProducts, "a coat")
    world.do(ActionStorePickup, "/store_pickup", option="home")
    world.do(ActionSearchProducts, "in navy")
    assert world.state.last_shown and "Lyon" not in world.text
