"""My usual: proposed whole, changed by talking, added at one yes; both languages, the real shop."""

from dataclasses import replace
from datetime import timedelta

import pytest

from actions.basket import ActionViewCart
from actions.pickup import ActionStorePickup
from actions.usual import ActionAddUsual
from bot.commerce.types import CartRef, CustomerRef, LocationRef, VariantRef
from bot.contracts.messages import dump_payload
from bot.errors import Unavailable
from bot.profile.consent import consent_state, record_consent
from bot.profile.state import OpenQuestion
from bot.recommend.traits import variant_colour
from bot.recommend.usual import Substitute, Usual

TEE, TANK = "tee-shirt-col-rond-lundi--white--s", "debardeur-brasse--sage--s"


def allow(world) -> None:
    with world.services.store.write() as connection:
        record_consent(connection, world.customer_id, purpose="personalisation", channel="*", state="granted",
                       source="test", wording="May I?", now=world.now)


def lines_of(world, ref: str = "lucie") -> dict[str, int]:
    cart = world.shop.open_cart(CustomerRef(ref), idempotency_key="look")
    return {line.variant_ref: line.quantity for line in cart.lines}


def proposed(world) -> dict[str, int]:
    question = world.state.open_question
    assert question
    return {line["variant_ref"]: line["quantity"] for line in question.context["lines"]}


def stock(world, variant_ref: str, pieces: int) -> None:
    world.shop.merchant.set_stock(VariantRef(variant_ref), "web", pieces)
    for place in world.shop.list_pickup_locations():
        world.shop.merchant.set_stock(VariantRef(variant_ref), place.ref, pieces)


@pytest.fixture
def lucie(world):
    """Who buys the same basics again and again, and allowed us to see that."""
    world.sign_in("lucie")
    allow(world)
    for ref in (TEE, TANK):
        stock(world, ref, 20)
    return world


def test_says_nothing_of_the_past_of_somebody_unverified_and_offers_to_sign_in(world):
    world.arrive()
    world.do(ActionAddUsual, "my usual")
    assert "Sign in first" in world.text
    assert world.state.open_question.asked_by == "request:identify"
    assert not any(message.cards for message in world.said)


@pytest.mark.parametrize(("language", "asks", "no"), [
    ("en", "I look at your past orders. May I?", "no"), ("fr", "je consulte vos commandes passées", "non"),
])
def test_proposes_nothing_without_leave_and_asks_for_it(world, language, asks, no):
    world.language = language
    world.sign_in("lucie")
    world.do(ActionAddUsual, "my usual")
    assert asks in world.text
    assert not any(message.cards for message in world.said)
    world.answer(no, intent="deny")
    assert lines_of(world) == {}
    with world.services.store.read() as connection:
        assert consent_state(connection, world.customer_id, "personalisation", "web") == "withdrawn"


@pytest.mark.parametrize(("language", "yes"), [("en", "yes"), ("fr", "oui")])
def test_goes_on_at_the_leave_and_adds_all_of_it_at_one_yes(world, language, yes):
    world.language = language
    world.sign_in("lucie")
    world.do(ActionAddUsual, "my usual")
    world.answer(yes, intent="affirm")
    assert proposed(world) == {TEE: 3, TANK: 2}
    assert lines_of(world) == {}
    world.answer(yes, intent="affirm")
    assert lines_of(world) == {TEE: 3, TANK: 2}
    cart = world.shop.open_cart(CustomerRef("lucie"), idempotency_key="look")
    assert f"{cart.totals.grand_minor // 100}" in world.text


def test_shows_each_line_with_its_price_its_rhythm_and_the_shops_total(lucie):
    lucie.do(ActionAddUsual, "comme d'habitude")
    tee, tank = lucie.said[0].cards
    assert "3 × €" in tee.price_text
    assert "about every 8 months" in tee.note
    assert tank.note.startswith("Last bought on")
    prices = lucie.shop.get_products(["tee-shirt-col-rond-lundi", "debardeur-brasse"])
    total = 3 * prices[0].variants[0].price_minor + 2 * prices[1].variants[0].price_minor
    assert f"€{total / 100:.2f} in all" in lucie.text
    assert lines_of(lucie) == {}


def test_says_that_nothing_is_due_yet_and_what_is_once_it_is(lucie):
    lucie.do(ActionAddUsual, "my usual")
    assert "Nothing is due yet" in lucie.text
    lucie.answer("no", intent="deny")
    lucie.wait(days=140)
    lucie.sign_in("lucie", sender_id="s-2", minutes=60)
    lucie.do(ActionAddUsual, "my usual")
    assert "Nothing is due yet" not in lucie.text


@pytest.mark.parametrize(("language", "words", "left"), [
    ("fr", "sans le débardeur", {TEE: 3}), ("en", "leave out the second one", {TEE: 3}),
    ("en", "yes but without the first one", {TANK: 2}), ("fr", "deux tee-shirts Lundi", {TEE: 2, TANK: 2}),
    ("en", "only one tank top", {TEE: 3, TANK: 1}), ("fr", "un de chaque", {TEE: 1, TANK: 1}),
    ("fr", "le premier en noir", {"tee-shirt-col-rond-lundi--black--s": 3, TANK: 2}),
    ("en", "the first one in navy instead", {"tee-shirt-col-rond-lundi--navy--s": 3, TANK: 2}),
    ("en", "the second one in M", {TEE: 3, "debardeur-brasse--sage--m": 2}),
])
def test_is_changed_by_talking_before_anything_is_added(lucie, language, words, left):
    for ref in ("tee-shirt-col-rond-lundi--black--s", "tee-shirt-col-rond-lundi--navy--s", "debardeur-brasse--sage--m"):
        stock(lucie, ref, 9)
    lucie.language = language
    lucie.do(ActionAddUsual, "my usual")
    lucie.answer(words)
    assert proposed(lucie) == left
    assert lines_of(lucie) == {}
    lucie.answer("oui", intent="affirm")
    assert lines_of(lucie) == left


@pytest.mark.parametrize(("language", "words", "left"), [
    ("en", "two instead of three", {TEE: 2, TANK: 2}), ("fr", "deux au lieu de trois", {TEE: 2, TANK: 2}),
    ("fr", "un débardeur au lieu de deux", {TEE: 3, TANK: 1}),
    ("en", "in size M", {"tee-shirt-col-rond-lundi--white--m": 3, "debardeur-brasse--sage--m": 2}),
    ("fr", "en taille M", {"tee-shirt-col-rond-lundi--white--m": 3, "debardeur-brasse--sage--m": 2}),
])
def test_counts_anew_and_takes_a_size_for_all_of_it(lucie, language, words, left):
    for ref in ("tee-shirt-col-rond-lundi--white--m", "debardeur-brasse--sage--m"):
        stock(lucie, ref, 9)
    lucie.language = language
    lucie.do(ActionAddUsual, "my usual")
    lucie.answer(words)
    assert proposed(lucie) == left
    assert lines_of(lucie) == {}


@pytest.mark.parametrize(("language", "words", "left"), [
    ("en", "take everything except the tank top", {TEE: 3}), ("en", "add everything but the tank top", {TEE: 3}),
    ("fr", "prends tout sauf le débardeur", {TEE: 3}), ("fr", "oui tout sauf le débardeur", {TEE: 3}),
    ("fr", "oui, juste le débardeur", {TANK: 2}), ("en", "yes, only the tank top", {TANK: 2}),
    ("en", "only the tank top", {TANK: 2}), ("fr", "je ne veux que le premier", {TEE: 3}),
])
def test_a_part_of_it_is_shown_again_and_nothing_is_added(lucie, language, words, left):
    lucie.language = language
    lucie.do(ActionAddUsual, "my usual")
    lucie.answer(words, intent="affirm")
    assert lines_of(lucie) == {}
    assert proposed(lucie) == left
    lucie.answer("oui", intent="affirm")
    assert lines_of(lucie) == left


@pytest.mark.parametrize(("language", "words", "said"), [
    ("fr", "ajoute tout sauf la trottinette", "sauf la trottinette"),
    ("en", "yes, only the scooter", "only the scooter"),
    ("en", "yes, but only if it arrives tomorrow", "but only if it arrives tomorrow"),
    ("fr", "oui les trois", "les trois"), ("en", "yes, all three", "all three"),
])
def test_a_yes_to_a_part_that_it_does_not_know_adds_nothing(lucie, language, words, said):
    lucie.language = language
    lucie.do(ActionAddUsual, "my usual")
    lucie.answer(words, intent="affirm")
    assert lines_of(lucie) == {}
    assert said in lucie.text
    assert proposed(lucie) == {TEE: 3, TANK: 2}


@pytest.mark.parametrize("words", ["yes, just add it", "oui, ajoute juste tout", "take everything without exception"])
def test_all_of_it_is_still_all_of_it(lucie, words):
    lucie.do(ActionAddUsual, "my usual")
    lucie.answer(words, intent="affirm")
    assert lines_of(lucie) == {TEE: 3, TANK: 2}


def test_changes_nothing_where_no_line_had_the_number_that_was_said(lucie):
    lucie.do(ActionAddUsual, "my usual")
    lucie.answer("five instead of four")
    assert "I am not sure what" in lucie.text
    assert proposed(lucie) == {TEE: 3, TANK: 2}


@pytest.mark.parametrize(("language", "yes", "said"), [
    ("en", "yes", "Lundi crew-neck T-shirt (white, S) is €27.00 now, it was shown at €25.00."),
    ("fr", "oui", "est maintenant à 27,00\xa0€, au lieu de 25,00\xa0€."),
])
def test_a_yes_to_another_price_is_asked_for_again(lucie, language, yes, said):
    lucie.language = language
    lucie.do(ActionAddUsual, "my usual")
    lucie.shop.merchant.set_price(VariantRef(TEE), 2_700)
    lucie.answer(yes, intent="affirm")
    assert said in lucie.text
    assert lines_of(lucie) == {}
    lucie.answer(yes, intent="affirm")
    assert lines_of(lucie) == {TEE: 3, TANK: 2}


def _discontinue(world, monkeypatch, ref):
    read = world.shop.get_products
    monkeypatch.setattr(world.shop, "get_products", lambda refs: [each for each in read(refs) if each.ref != ref])


@pytest.mark.parametrize(("language", "yes", "said"), [
    ("en", "yes", "Not added, no longer sold: Brasse ribbed tank top."),
    ("fr", "oui", "Pas ajouté, n’est plus vendu : Débardeur Brasse."),
])
def test_says_what_is_sold_no_longer_at_the_yes(lucie, monkeypatch, language, yes, said):
    lucie.language = language
    lucie.do(ActionAddUsual, "my usual")
    _discontinue(lucie, monkeypatch, "debardeur-brasse")
    lucie.answer(yes, intent="affirm")
    assert said in lucie.text
    assert "too few in stock" not in lucie.text
    assert lines_of(lucie) == {TEE: 3}


@pytest.mark.parametrize(("words", "left"), [("without the tank top", {TEE: 3}), ("two tees", {TEE: 2})])
def test_is_still_changed_by_talking_when_one_of_it_is_sold_no_longer(lucie, monkeypatch, words, left):
    lucie.do(ActionAddUsual, "my usual")
    _discontinue(lucie, monkeypatch, "debardeur-brasse")
    lucie.answer(words)
    assert proposed(lucie) == left
    assert ("No longer sold: Brasse ribbed tank top" in lucie.text) is (words == "two tees")


@pytest.mark.parametrize(("language", "words"), [("en", "add socks"), ("fr", "ajoute des chaussettes")])
def test_takes_something_more_into_it(lucie, language, words):
    lucie.language = language
    lucie.do(ActionAddUsual, "my usual")
    lucie.answer(words)
    more = set(proposed(lucie)) - {TEE, TANK}
    assert len(more) == 1
    assert lucie.shop.get_variant_product(VariantRef(more.pop())).product_type == "socks"


def test_takes_nothing_in_a_colour_that_is_refused_with_it(lucie):
    lucie.do(ActionAddUsual, "my usual")
    lucie.answer("add socks")
    (more,) = set(proposed(lucie)) - {TEE, TANK}
    product = lucie.shop.get_variant_product(VariantRef(more))
    colour = next(variant_colour(product, each) for each in product.variants if each.ref == more)
    lucie.do(ActionAddUsual, "my usual")
    lucie.answer(f"add socks that are not {colour}")
    others = set(proposed(lucie)) - {TEE, TANK}
    found = [(lucie.shop.get_variant_product(VariantRef(ref)), ref) for ref in others]
    assert colour not in {variant_colour(p, v) for p, ref in found for v in p.variants if v.ref == ref}


@pytest.mark.parametrize("words", ["yes both", "oui les deux", "I'll take both of them"])
def test_all_of_its_two_lines_is_a_yes(lucie, words):
    lucie.do(ActionAddUsual, "my usual")
    lucie.answer(words)
    assert lines_of(lucie) == {TEE: 3, TANK: 2}


def test_leaves_it_as_it_was_where_a_colour_does_not_exist_and_says_so(lucie):
    lucie.do(ActionAddUsual, "my usual")
    lucie.answer("the first one in yellow")
    assert "does not come in yellow" in lucie.text
    assert proposed(lucie) == {TEE: 3, TANK: 2}


def test_adds_nothing_where_it_did_not_understand_what_is_to_go(lucie):
    lucie.do(ActionAddUsual, "my usual")
    lucie.answer("oui mais sans la trottinette")
    assert "trottinette" in lucie.text
    assert lines_of(lucie) == {}
    assert proposed(lucie) == {TEE: 3, TANK: 2}


@pytest.mark.parametrize(("words", "intent"), [("non merci", "deny"), ("laisse tomber", ""), ("no", "deny")])
def test_adds_nothing_at_a_no(lucie, words, intent):
    lucie.do(ActionAddUsual, "my usual")
    lucie.answer(words, intent=intent)
    assert lines_of(lucie) == {}
    assert lucie.state.open_question is None


def test_leaves_a_line_out_by_its_button(lucie):
    lucie.do(ActionAddUsual, "my usual")
    see, out = lucie.said[0].cards[1].buttons
    assert see.url  # on a phone the first is the whole card's: it takes nothing away
    payload = out.payload
    lucie.answer(payload, intent="affirm", option=payload.split('"')[3])
    assert proposed(lucie) == {TEE: 3}


def test_says_what_is_out_of_stock_and_takes_what_comes_closest_at_a_tap(lucie):
    stock(lucie, TEE, 0)
    lucie.do(ActionAddUsual, "my usual")
    assert "Out of stock: Lundi crew-neck T-shirt (white, S). The closest:" in lucie.text
    assert proposed(lucie) == {TANK: 2}
    tap = next(each for each in lucie.said[0].quick_replies if each.title.startswith("Take "))
    lucie.answer(tap.payload, intent="affirm", option=tap.payload.split('"')[3])
    assert len(proposed(lucie)) == 2
    other = next(ref for ref in proposed(lucie) if ref != TANK)
    assert other.startswith("tee-shirt-col-rond-lundi--")
    assert lucie.shop.get_availability([VariantRef(other)])[0].is_sellable_online


@pytest.mark.parametrize(("language", "lead", "said"), [
    ("en", "In stock to collect at Lyon", "Not at Lyon Presqu’île: Lundi crew-neck T-shirt (white, S). The closest"),
    ("fr", "Disponible en retrait au magasin Lyon", "Absent du magasin Lyon Presqu’île : "),
])
def test_who_collects_in_a_store_is_proposed_what_it_has(lucie, language, lead, said):
    lyon = LocationRef("lyon-presquile")
    lucie.shop.merchant.set_stock(VariantRef(TEE), lyon, 0)
    lucie.language = language
    lucie.do(ActionStorePickup, "/store_pickup", option=lyon)
    lucie.do(ActionAddUsual, "my usual")
    assert lead in lucie.text and said in lucie.text
    assert proposed(lucie) == {TANK: 2}
    other = lucie.said[0].quick_replies[0].payload.split("take:")[1].split("*")[0]
    (stock_there,) = lucie.shop.get_availability([VariantRef(other)])
    assert next(each.quantity for each in stock_there.locations if each.location_ref == lyon)
    assert lucie.said[0].quick_replies[-1].payload == dump_payload("store_pickup", option="home")
    lucie.do(ActionStorePickup, "/store_pickup", option="home")
    lucie.do(ActionAddUsual, "my usual")
    assert lead not in lucie.text
    assert proposed(lucie) == {TEE: 3, TANK: 2}


def test_proposes_no_more_than_there_is(lucie):
    stock(lucie, TEE, 2)
    lucie.do(ActionAddUsual, "my usual")
    assert proposed(lucie) == {TEE: 2, TANK: 2}


def test_says_truthfully_what_could_not_be_added(lucie):
    lucie.do(ActionAddUsual, "my usual")
    stock(lucie, TEE, 1)
    lucie.answer("yes", intent="affirm")
    assert "Not added, too few in stock: Lundi crew-neck T-shirt (white, S) (1 left)" in lucie.text
    assert lines_of(lucie) == {TANK: 2}


def test_adds_once_when_one_yes_comes_twice_or_from_two_channels(lucie):
    lucie.do(ActionAddUsual, "my usual")
    question = lucie.state.open_question
    for sender_id in ("s-1", "s-1", "s-2"):
        lucie.sign_in("lucie", sender_id=sender_id)
        lucie.set_question(question)
        lucie.answer("yes", intent="affirm")
    assert lines_of(lucie) == {TEE: 3, TANK: 2}


def test_tries_the_rest_again_when_the_shop_stopped_half_way(lucie, monkeypatch):
    lucie.do(ActionAddUsual, "my usual")
    real, calls = lucie.shop.set_line, []

    def stops(ref: CartRef, variant_ref: VariantRef, quantity: int, **how: object):
        calls.append(variant_ref)
        if len(calls) == 2:
            raise Unavailable("gone")
        return real(ref, variant_ref, quantity, **how)

    monkeypatch.setattr(lucie.shop, "set_line", stops)
    lucie.answer("yes", intent="affirm")
    assert "Not confirmed: " in lucie.text
    assert lines_of(lucie) == {TEE: 3}
    lucie.answer("yes", intent="affirm")
    assert lines_of(lucie) == {TEE: 3, TANK: 2}


def test_survives_a_change_of_channel(lucie):
    lucie.do(ActionAddUsual, "my usual")
    lucie.answer("sans le débardeur")
    lucie.sign_in("lucie", sender_id="s-9")  # the same person in another browser
    assert proposed(lucie) == {TEE: 3}
    lucie.answer("yes", intent="affirm")
    assert lines_of(lucie) == {TEE: 3}


@pytest.mark.parametrize("words", ["sans le débardeur", "yes"])
def test_says_nothing_of_it_once_the_proof_of_who_it_is_ran_out(lucie, words):
    lucie.sign_in("lucie", minutes=20)
    lucie.do(ActionAddUsual, "my usual")
    lucie.wait(minutes=30)
    lucie.answer(words)
    assert "Sign in first" in lucie.text
    assert "Lundi" not in lucie.text
    assert lines_of(lucie) == {}


def test_says_nothing_of_it_once_leave_was_taken_back(lucie):
    lucie.do(ActionAddUsual, "my usual")
    with lucie.services.store.write() as connection:
        record_consent(connection, lucie.customer_id, purpose="personalisation", channel="*", state="withdrawn",
                       source="test", wording="", now=lucie.now)
    lucie.answer("sans le débardeur")
    assert "May I?" in lucie.text
    assert "Lundi" not in lucie.text


def test_comes_back_after_a_digression(lucie):
    lucie.do(ActionAddUsual, "my usual")
    lucie.do(ActionViewCart, "what is in my basket?")
    assert "Shall I add everything?" in lucie.text
    lucie.answer("yes", intent="affirm")
    assert lines_of(lucie) == {TEE: 3, TANK: 2}


def test_leaves_out_what_is_in_the_basket_already(lucie):
    cart = lucie.shop.open_cart(CustomerRef("lucie"), idempotency_key="look")
    lucie.shop.set_line(cart.ref, VariantRef(TANK), 1)
    lucie.do(ActionAddUsual, "my usual")
    assert proposed(lucie) == {TEE: 3}
    assert "In your basket already: " in lucie.text
    assert "With what is in your basket already: Total:" in lucie.text


def test_a_button_of_another_question_is_no_yes(lucie):
    question = OpenQuestion("yes_no", "request:remove_from_cart", lucie.now.isoformat(), (), {
        "lines": ["*"], "prompt": "Shall I empty your basket?", "prompt_values": {}})
    cart = lucie.shop.open_cart(CustomerRef("lucie"), idempotency_key="look")
    lucie.shop.set_line(cart.ref, VariantRef(TANK), 1)
    lucie.set_question(question)
    lucie.answer("/affirm", intent="affirm", option=f"drop:{TANK}")
    assert lines_of(lucie) == {TANK: 1}


def test_counts_an_offer_that_is_on_the_basket_as_the_shop_does(lucie):
    cart = lucie.shop.open_cart(CustomerRef("lucie"), idempotency_key="look")
    lucie.shop.apply_offer(cart.ref, "BIENVENUE10")
    lucie.do(ActionAddUsual, "my usual")
    assert "BIENVENUE10 takes €10.00 off." in lucie.text
    lucie.answer("yes", intent="affirm")
    assert "BIENVENUE10 takes €10.00 off." in lucie.text


def test_has_nothing_usual_of_somebody_who_bought_nothing_twice(world):
    world.sign_in("margaux")
    allow(world)
    world.do(ActionAddUsual, "my usual")
    assert "nothing yet that you buy again" in world.text


@pytest.mark.parametrize(("language", "said"), [("en", "No longer sold"), ("fr", "N’est plus vendu")])
def test_says_that_a_variant_is_no_longer_sold(lucie, monkeypatch, language, said):
    recommender = lucie.services.recommender
    first, second = recommender.usual(CustomerRef("lucie"), lucie.now)
    bare, other = (replace(each, variant=replace(each.variant, ref=VariantRef(f"gone-{at}")), is_available=False)
                   for at, each in enumerate((first, second)))  # fmt: skip
    other = replace(other, substitute=Substitute(second.product, second.variant))
    monkeypatch.setattr(recommender, "usual", lambda *_, **__: [bare, other])
    lucie.language = language
    lucie.do(ActionAddUsual, "my usual")
    assert lucie.text.count(said) == 2
    assert "Out of stock" not in lucie.text and "Épuisé" not in lucie.text


def _habits(world, due, undue=0):
    """So many habits of things that are in stock, each of one size."""
    catalogue = world.services.recommender.catalogue(world.now)
    variants = [(product, product.variants[0]) for product in catalogue.products]
    stock = {each.variant_ref: each.quantity or 0 for each in world.shop.get_availability([v.ref for _, v in variants])}
    chosen = [(product, variant) for product, variant in variants if stock.get(variant.ref, 0) > 2][:due + undue]
    return [Usual(product, variant, 1, 3, True, world.now - timedelta(days=90), 30, is_due=number < due)
            for number, (product, variant) in enumerate(chosen)]


@pytest.mark.parametrize(("language", "said"), [
    ("en", "There is more: {names}. Name what you want,"), ("fr", "Il y a aussi : {names}. Dites ce que vous voulez,"),
])
def test_names_what_is_due_beyond_ten_and_takes_it_by_name(lucie, monkeypatch, language, said):
    habits = _habits(lucie, due=13, undue=2)
    monkeypatch.setattr(lucie.services.recommender, "usual", lambda *_, **__: habits)
    lucie.language = language
    lucie.do(ActionAddUsual, "my usual")
    assert list(proposed(lucie)) == [each.variant.ref for each in habits[:10]]
    names = [each.product.names[language] for each in habits[10:]]
    assert said.format(names=", ".join(names[:3])) in lucie.text
    assert all(name in lucie.text for name in names[3:])
    wanted = habits[12].product
    word = {"en": "add the", "fr": "ajoute le"}[language]
    lucie.answer(f"{word} {wanted.names[language]}", intent="add_to_cart", product_type=wanted.product_type)
    assert habits[12].variant.ref in proposed(lucie) and len(proposed(lucie)) == 11


def test_names_twenty_at_most_and_counts_the_rest(lucie, monkeypatch):
    habits = _habits(lucie, due=40)
    monkeypatch.setattr(lucie.services.recommender, "usual", lambda *_, **__: habits)
    lucie.do(ActionAddUsual, "my usual")
    assert f"{habits[29].product.names['en']}, + 10. Name what you want" in lucie.text
    assert len(lucie.state.open_question.context["later"]) == 30
