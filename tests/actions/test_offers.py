"""Offers: shown, taken by a word or a tap, and then nobody hears of the other one."""

from dataclasses import replace

import pytest

from actions.basket import ActionViewCart
from actions.cart import ActionAddToCart
from actions.offers import ActionAskPromotions
from actions.pickup import ActionStorePickup
from bot.commerce.types import CustomerRef, VariantRef
from bot.profile.events import events_of
from bot.profile.state import read_state, write_state
from bot.recommend.dislikes import note_dislike
from bot.recommend.traits import words_of

COAT = "manteau-croise-grand-froid"


def accepted(world) -> list[str]:
    with world.services.store.read() as connection:
        return [
            event.properties["about"] for event in events_of(connection, world.customer_id, names=("Offer Accepted",))
        ]


def test_takes_no_offer_that_does_not_exist(world):
    world.sign_in("hugo")
    world.do(ActionAskPromotions, "any code for me?")
    world.answer("no thanks", intent="deny")
    assert accepted(world) == []


def test_shows_what_runs_and_takes_it_at_a_tap(world):
    world.sign_in("hugo")
    world.do(ActionAddToCart, "", variant=f"{COAT}--navy--m")
    world.do(ActionAskPromotions, "any offers?")
    code = world.state.open_question.options[0][0]
    world.answer("", intent="affirm", option=code)
    assert f"the offer {code} is on your basket" in world.text
    assert f"offer:{code}" in accepted(world)


def test_asks_nothing_about_a_basket_that_is_empty_and_each_code_is_a_button(world):
    world.sign_in("hugo")
    world.do(ActionAskPromotions, "any offers?")
    assert world.state.open_question is None and "Which one" not in world.text
    (button, *_) = world.said[-1].quick_replies
    world.do(ActionAskPromotions, "", option=button.title)
    assert f"the offer {button.title} is on your basket" in world.text
    assert f"offer:{button.title}" in accepted(world)


def test_takes_a_code_that_is_typed_and_withdraws_its_whole_campaign(world):
    world.sign_in("hugo")
    world.do(ActionAddToCart, "", variant=f"{COAT}--navy--m")
    codes = [offer.code for offer in world.shop.list_offers() if not offer.product_types]
    world.do(ActionAskPromotions, f"j'ai le code {codes[0].lower()}")
    assert f"offer:{codes[0]}" in accepted(world)


def test_accepts_nothing_that_does_not_fit_the_basket(world):
    world.sign_in("hugo")
    world.do(ActionAddToCart, "", variant=f"{COAT}--navy--m")
    world.do(ActionAskPromotions, "MAILLE15")
    assert "does not fit" in world.text
    assert accepted(world) == []


def fill(world, ref: str = "hugo", variant: str = f"{COAT}--navy--m", pieces: int = 1):
    """A basket with one thing in it."""
    cart = world.shop.open_cart(CustomerRef(ref), idempotency_key="look")
    for line in cart.lines:
        world.shop.set_line(cart.ref, line.variant_ref, 0)
    world.shop.set_line(cart.ref, VariantRef(variant), pieces)
    return world.shop.get_cart(cart.ref)


@pytest.mark.parametrize(("language", "words", "yes"), [
    ("en", "does BIENVENUE10 work on my basket, and what would I save?", "yes"),
    ("fr", "est-ce que le code bienvenue10 marche sur mon panier ?", "oui"),
])
def test_tries_a_code_that_is_asked_about_without_touching_the_basket(world, language, words, yes):
    world.language = language
    world.sign_in("hugo")
    before = fill(world)
    world.do(ActionAskPromotions, words)
    after = world.shop.get_cart(before.ref)
    assert (after.offers, after.version) == (before.offers, before.version)
    assert "10" in world.text
    assert world.state.open_question.asked_by == "request:use_offer"
    assert accepted(world) == []
    world.answer(yes, intent="affirm")
    assert world.shop.get_cart(before.ref).offers == ("BIENVENUE10",)
    assert "offer:BIENVENUE10" in accepted(world)


def test_puts_no_code_on_at_a_no(world):
    world.sign_in("hugo")
    before = fill(world)
    world.do(ActionAskPromotions, "does BIENVENUE10 work on my basket?")
    world.answer("no", intent="deny")
    assert world.shop.get_cart(before.ref).offers == ()


def test_what_it_says_that_is_saved_is_what_the_shop_takes_off(world):
    world.sign_in("hugo")
    before = fill(world)
    world.do(ActionAskPromotions, "would BIENVENUE10 work?")
    promised = world.text
    world.answer("yes", intent="affirm")
    after = world.shop.get_cart(before.ref)
    assert f"comes to €{after.totals.grand_minor / 100:.2f}" in promised
    assert f"€{(before.totals.grand_minor - after.totals.grand_minor) / 100:.2f} less" in promised


@pytest.mark.parametrize(("language", "why"), [
    ("en", "It applies from €60.00: €10.00 are missing."), ("fr", "il manque 10,00"),
])
def test_says_why_a_code_does_not_work_and_how_much_is_missing(world, language, why):
    world.language = language
    world.sign_in("lucie")
    fill(world, "lucie", "tee-shirt-col-rond-lundi--white--s", 2)
    world.do(ActionAskPromotions, "does BIENVENUE10 work?")
    assert why in world.text
    assert world.state.open_question is None


def test_says_for_what_alone_a_code_works(world):
    world.sign_in("hugo")
    fill(world)
    world.do(ActionAskPromotions, "does MAILLE15 work on my basket?")
    assert "It is only for: jumper, cardigan, and there is none in it." in world.text


def test_says_that_delivery_is_free_already(world):
    world.sign_in("hugo")
    fill(world)
    world.do(ActionAskPromotions, "does LIVRAISON work on my basket?")
    assert "Delivery is free for this basket already." in world.text


def test_says_of_each_offer_what_it_does_for_this_basket_the_best_first(world):
    world.sign_in("hugo")
    before = fill(world)
    world.do(ActionAskPromotions, "any offers?")
    assert "€10.00 less for your basket" in world.text
    assert "until" in world.text
    assert world.shop.get_cart(before.ref).version == before.version


def test_says_the_conditions_of_a_code_before_anything_is_in_the_basket(world):
    world.arrive()
    world.do(ActionAskPromotions, "does BIENVENUE10 work?")
    assert "Your basket is empty" in world.text
    assert "from €60.00" in world.text


def test_knows_no_code_that_nobody_made(world):
    world.sign_in("hugo")
    fill(world)
    world.do(ActionAskPromotions, "I have the code NOEL2031")
    assert "I do not know the code NOEL2031" in world.text


def test_says_that_an_offer_is_over(world):
    world.sign_in("hugo")
    fill(world)
    world.wait(days=30)
    world.sign_in("hugo", sender_id="s-2")
    world.do(ActionAskPromotions, "I have the code MAILLE15")
    assert "is over" in world.text


def test_shows_in_the_basket_what_a_code_takes_off(world):
    world.sign_in("hugo")
    cart = fill(world)
    world.shop.apply_offer(cart.ref, "BIENVENUE10")
    world.do(ActionViewCart, "my basket")
    assert "BIENVENUE10 takes €10.00 off." in world.text


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "are coats on sale?", "Reduced at the moment:"),
    ("fr", "les manteaux sont en soldes ?", "En promotion en ce moment"),
])
def test_shows_what_is_reduced_of_the_type_that_is_asked_for(world, language, words, said):
    world.language = language
    world.arrive()
    world.do(ActionAskPromotions, words)
    found = world.shop.get_products([item.product_ref for item in world.state.last_shown])
    assert said in world.text
    assert {product.product_type for product in found} == {"coat"}
    assert all(any(v.compare_at_minor for v in product.variants) for product in found)


def test_shows_as_reduced_nothing_that_is_sold_out(world):
    world.arrive()
    world.do(ActionAskPromotions, "are coats on sale?")
    names = {item.title for item in world.state.last_shown}
    for product in world.shop.get_products([item.product_ref for item in world.state.last_shown]):
        for variant in product.variants:
            world.shop.merchant.set_stock(variant.ref, "web", 0)
    world.do(ActionAskPromotions, "are coats on sale?")
    assert names
    assert not any(name in world.text for name in names)


def test_what_is_reduced_can_be_spoken_of_where_no_offer_runs(world, monkeypatch):
    world.arrive()
    monkeypatch.setattr(world.shop, "list_offers", lambda **_: [])
    world.do(ActionAskPromotions, "are coats on sale?")
    assert "There is no offer at the moment." in world.text
    assert {product.product_type for product in world.shop.get_products(
        [item.product_ref for item in world.state.last_shown])} == {"coat"}


TEE = "tee-shirt-col-rond-lundi--white--s"


def is_left(world, ref):
    return world.shop.get_availability([ref])[0].is_sellable_online


def say_code(world, language, words, variant="", *codes):
    world.language = language
    world.sign_in("hugo")
    cart = fill(world, variant=variant) if variant else None
    for code in codes:
        world.shop.apply_offer(cart.ref, code)
    world.do(ActionAskPromotions, words)
    return world.shop.get_cart(cart.ref) if cart else None


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "use the code BIENVENUE10", "Your basket is empty, so it takes nothing off yet."),
    ("fr", "mets le code BIENVENUE10", "Votre panier est vide"),
])
def test_says_that_a_code_takes_nothing_off_an_empty_basket(world, language, words, said):
    world.language = language
    world.sign_in("hugo")
    cart = world.shop.open_cart(CustomerRef("hugo"), idempotency_key="look")
    for line in cart.lines:
        world.shop.set_line(cart.ref, line.variant_ref, 0)
    world.do(ActionAskPromotions, words)
    assert said in world.text


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "use BIENVENUE10", "it applies from €60.00, €35.00 are missing."),
    ("fr", "mets BIENVENUE10", "elle vaut dès 60,00\xa0€, il manque 35,00\xa0€."),
])
def test_says_from_when_a_code_on_the_basket_takes_something_off(world, language, words, said):
    world.language = language
    world.sign_in("hugo")
    cart = world.shop.open_cart(CustomerRef("hugo"), idempotency_key="look")
    for line in cart.lines:
        world.shop.set_line(cart.ref, line.variant_ref, 0)
    world.shop.apply_offer(cart.ref, "BIENVENUE10")  # while it was empty
    world.shop.set_line(cart.ref, VariantRef(TEE), 1)
    world.do(ActionAskPromotions, words)
    assert said in world.text


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "use LIVRAISON", "MAILLE15 of the same campaign is on it, and takes off at least as much: I left it so."),
    ("fr", "mets LIVRAISON", "MAILLE15, de la même campagne, y est déjà et retire au moins autant"),
])
def test_a_code_that_would_take_the_place_of_a_better_one_is_not_put_on(world, language, words, said):
    jumpers = world.shop.search_products("", filters={"product_type": "sweater", "in_stock": True}).items
    cheap = next(v for each in jumpers for v in each.variants if v.price_minor < 8_000 and is_left(world, v.ref))
    after = say_code(world, language, words, cheap.ref, "MAILLE15")
    assert said in world.text
    assert after.offers == ("MAILLE15",)


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "BIENVENUE10", "The offer BIENVENUE10 is over."),
    ("fr", "BIENVENUE10 ?", "L’offre BIENVENUE10 est terminée"),
    ("en", "I want to use BIENVENUE10", "The offer BIENVENUE10 is over."),
])
def test_says_that_a_code_is_over_and_asks_no_older_question_about_it(world, language, words, said):
    world.language = language
    world.sign_in("hugo")
    fill(world)
    world.do(ActionAskPromotions, "any offers?")
    world.wait(days=70)
    world.sign_in("hugo", "s-2")
    world.do(ActionAskPromotions, words)
    assert said in world.text
    world.do(ActionAskPromotions, "any offers?")
    assert "BIENVENUE10" not in world.text


def test_tells_the_total_as_the_shop_counts_it(world):
    after = say_code(world, "en", "use BIENVENUE10", f"{COAT}--navy--m")
    assert (after.totals.discount_minor, after.totals.grand_minor) == (1_000, 27_900)
    assert "You save €10.00. Total: €279.00." in world.text


def _only_last_reduced_left(world, monkeypatch):
    reduced = [
        product for product in world.services.recommender.catalogue(world.now).products
        if any((v.compare_at_minor or 0) > v.price_minor for v in product.variants)
    ]
    last = {variant.ref for variant in reduced[-1].variants}
    read = world.shop.get_availability
    monkeypatch.setattr(world.shop, "get_availability", lambda refs: read([ref for ref in refs if ref in last]))
    return reduced


def test_looks_on_where_the_first_reduced_things_are_sold_out(world, monkeypatch):
    world.arrive()
    reduced = _only_last_reduced_left(world, monkeypatch)
    assert len(reduced) > 12
    world.do(ActionAskPromotions, "what is on sale?")
    assert [item.product_ref for item in world.state.last_shown] == [reduced[-1].ref]


@pytest.mark.parametrize(("language", "said"), [
    ("en", "There is no code at the moment, and the first 12 reduced products are sold out."),
    ("fr", "Il n’y a pas de code en ce moment, et les 12 premiers articles réduits sont épuisés."),
])
def test_says_how_many_reduced_things_it_looked_at(world, monkeypatch, language, said):
    world.language = language
    world.arrive()
    _only_last_reduced_left(world, monkeypatch)
    monkeypatch.setattr(world.shop, "list_offers", lambda **_: [])
    for where in ("bot.recommend.stock", "actions.reduced"):
        monkeypatch.setattr(f"{where}.MOST_LOOKED_AT", 12)
    world.do(ActionAskPromotions, "what is on sale?")
    assert said in world.text


def shown_as_reduced(world) -> list[str]:
    world.do(ActionAskPromotions, "are coats on sale?")
    return [item.product_ref for item in world.state.last_shown] if world.said[0].cards else []


def state_style(world, **style):
    with world.services.store.write() as connection:
        state = replace(read_state(connection, world.customer_id), style=style)
        write_state(connection, world.customer_id, state, world.now)


def test_shows_as_reduced_nothing_above_a_price_that_is_said_with_it(world):
    world.arrive()
    dearest = max(v.price_minor for v in _variants_of(world, shown_as_reduced(world)))
    world.do(ActionAskPromotions, f"are coats under {dearest // 100 - 1} euros on sale?")
    shown = [item.product_ref for item in world.state.last_shown] if world.said[0].cards else []
    assert shown and all(v.price_minor < dearest for v in _variants_of(world, shown))


def _variants_of(world, refs):
    return [v for product in world.shop.get_products(refs) for v in product.variants if v.compare_at_minor]


def test_shows_as_reduced_nothing_that_was_said_no_to(world):
    world.arrive()
    first, *_ = shown_as_reduced(world)
    note_dislike(world.services.store, world.customer_id, first, key="1", now=world.now)
    assert first not in shown_as_reduced(world)


def test_shows_as_reduced_nothing_of_a_material_that_is_refused(world):
    world.arrive()
    first, *_ = shown_as_reduced(world)
    (product,) = world.shop.get_products([first])
    state_style(world, avoid_materials=[*words_of(product, "material")])
    assert first not in shown_as_reduced(world)


def test_shows_what_is_reduced_in_the_size_that_was_told_where_it_is_left_in_it(world):
    world.arrive()
    state_style(world, known_sizes={"letters": "M"})
    first, *_ = shown_as_reduced(world)
    (product,) = world.shop.get_products([first])
    assert world.state.last_shown[0].options["size"] == "M"
    for variant in product.variants:
        if variant.options["size"] == "M":
            sell_out(world, variant.ref)
    assert first not in shown_as_reduced(world)


def sell_out(world, ref):
    for place in ("web", *(each.ref for each in world.shop.list_pickup_locations())):
        world.shop.merchant.set_stock(ref, place, 0)


@pytest.mark.parametrize(("language", "said"), [
    ("en", "There is no code at the moment, and of what is reduced I find nothing for you in stock."),
    ("fr", "Il n’y a pas de code en ce moment, et parmi ce qui est en promotion je ne trouve rien pour vous"),
])
def test_says_that_nothing_of_what_is_reduced_suits(world, monkeypatch, language, said):
    world.language = language
    world.arrive()
    monkeypatch.setattr(world.shop, "list_offers", lambda **_: [])
    for ref in {*(each.ref for each in world.services.recommender.catalogue(world.now).products)}:
        note_dislike(world.services.store, world.customer_id, ref, key=ref, now=world.now)
    world.do(ActionAskPromotions, "are coats on sale?")
    assert said in world.text


@pytest.mark.parametrize(("language", "lead"), [
    ("en", "In stock to collect at Lyon"), ("fr", "Disponible en retrait au magasin Lyon"),
])
def test_shows_as_reduced_what_the_store_has_that_is_collected_from(world, language, lead):
    world.language = language
    world.arrive()
    first, *_ = shown_as_reduced(world)
    (product,) = world.shop.get_products([first])
    for variant in product.variants:
        world.shop.merchant.set_stock(variant.ref, "lyon-presquile", 0)
    world.do(ActionStorePickup, "/store_pickup", option="lyon-presquile")
    assert first not in shown_as_reduced(world)
    assert lead in world.text
