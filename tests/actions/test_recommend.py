"""Suggestions in the conversation: with consent, without, and what is remembered of them."""

import pytest

from actions.pickup import ActionStorePickup
from actions.product import ActionProductDetails
from actions.recommend import (
    ActionRecommendProducts,
    ActionSetStylePreferences,
)
from bot.commerce.types import CustomerRef, VariantRef
from bot.contracts.messages import dump_payload
from bot.profile.consent import consent_state, record_consent
from bot.profile.traits import chosen_traits
from bot.recommend.dislikes import disliked_by


def allow(world) -> None:
    with world.services.store.write() as connection:
        record_consent(connection, world.customer_id, purpose="personalisation", channel="*", state="granted",
                       source="test", wording="May I?", now=world.now)


def test_uses_nothing_of_the_past_and_asks_nothing_of_a_stranger(world):
    world.arrive()
    world.do(ActionRecommendProducts, "what do you suggest?")
    assert world.said[0].cards
    assert "not from your past" in world.text
    assert world.state.open_question is None


def test_asks_once_for_leave_to_use_the_past(world):
    world.sign_in("camille")
    world.do(ActionRecommendProducts, "what do you suggest?")
    assert "May I use your past orders" in world.text
    world.answer("no", intent="deny")
    assert "leave your past out" in world.text
    world.do(ActionRecommendProducts, "what do you suggest?")
    assert "May I use" not in world.text
    with world.services.store.read() as connection:
        assert consent_state(connection, world.customer_id, "personalisation", "web") == "withdrawn"


@pytest.mark.parametrize(("language", "yes", "reason"), [
    ("en", "yes", "you bought in"), ("fr", "oui", "ce que vous avez acheté en"),
])
def test_suggests_from_the_past_at_a_yes_with_a_reason_each(world, language, yes, reason):
    world.language = language
    world.sign_in("camille")
    world.do(ActionRecommendProducts, "?")
    world.answer(yes, intent="affirm")
    assert all(card.note for card in world.said[0].cards)
    assert reason in world.text


@pytest.mark.parametrize("ref", ["camille", "hugo", "lucie", "margaux", "nadia", "emma", "oliver", "tom"])
def test_never_shows_what_was_bought_or_sent_back_or_is_sold_out(world, ref):
    world.sign_in(ref)
    allow(world)
    world.do(ActionRecommendProducts, "a suggestion")
    orders = world.shop.list_orders(CustomerRef(ref), limit=100).items
    bought = {line.product_ref for order in orders for line in order.lines}
    shown = world.state.last_shown
    assert shown
    again = {each.ref for each in world.shop.get_products(list(bought)) if each.is_replenishable}
    assert not {item.product_ref for item in shown} & (bought - again)
    stock = world.shop.get_availability([VariantRef(item.variant_ref) for item in shown if item.variant_ref])
    assert all(each.is_sellable_online for each in stock)


def shown_products(world):
    return world.shop.get_products([item.product_ref for item in world.state.last_shown])


def departments_shown(world) -> set[str]:
    return {str(each.attributes["gender"]) for each in shown_products(world)} - {"unisex"}


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "a gift for my husband", "without your sizes, your tastes and your past"),
    ("fr", "une idée cadeau pour mon mari", "sans vos tailles, vos goûts ni votre passé"),
    ("en", "suggest a men's jumper", "Out of another department than yours"),
])
def test_suggests_for_somebody_else_without_what_is_the_customers_own(world, language, words, said):
    world.language = language
    world.sign_in("camille")
    allow(world)
    world.do(ActionSetStylePreferences, "je porte du S, en rouge")
    world.do(ActionRecommendProducts, words)
    assert said in world.text
    assert departments_shown(world) == {"men"}
    assert not any("bought" in card.note or "acheté" in card.note for card in world.said[0].cards)
    assert "May I" not in world.text
    assert not any(card.buttons[0].title.endswith(" S") for card in world.said[0].cards)
    assert world.state.style["colours"] == ["red"]


def test_keeps_to_the_past_where_its_own_department_is_named(world):
    world.sign_in("camille")
    allow(world)
    world.do(ActionRecommendProducts, "suggest something for women")
    assert "Here is what I would pick for you:" in world.text
    assert departments_shown(world) == {"women"}


def test_what_somebody_else_likes_is_no_taste_of_the_customer(world):
    world.sign_in("camille")
    world.do(ActionSetStylePreferences, "a jumper for my husband, he likes blue")
    assert "Ideas for somebody else" in world.text
    assert world.state.style == {}
    notes = [card.note for card in world.said[0].cards]
    assert any("What you asked for" in note for note in notes)
    assert not any("you like" in note for note in notes)


@pytest.mark.parametrize(("language", "words", "said"), [
    ("fr", "j'achète au rayon homme", "homme"), ("en", "I shop in the men's department", "men"),
])
def test_keeps_the_department_that_somebody_buys_in(world, language, words, said):
    world.language = language
    world.arrive()
    world.do(ActionSetStylePreferences, words)
    assert said in world.text
    assert world.state.style["department"] == "men"
    world.do(ActionRecommendProducts, "?")
    assert departments_shown(world) == {"men"}


def test_keeps_to_the_type_that_is_asked_for(world):
    world.arrive()
    world.do(ActionRecommendProducts, "propose-moi une robe bleue")
    found = world.shop.get_products([item.product_ref for item in world.state.last_shown])
    assert {product.product_type for product in found} == {"dress"}


def test_keeps_a_stated_style_with_its_source_and_reads_it_back(world):
    world.arrive()
    world.do(ActionSetStylePreferences, "I like navy and green, but not red, nothing over 90 euros")
    assert "navy, green" in world.text
    assert "no red" in world.text
    assert world.state.style["price_max_minor"] == 9_000
    with world.services.store.read() as connection:
        trait = chosen_traits(connection, world.customer_id, {})["style"]
    assert (trait.silo, trait.value["avoid_colours"]) == ("chat", ["red"])


def test_follows_the_stated_style_afterwards(world):
    world.arrive()
    world.do(ActionSetStylePreferences, "nothing over 40 euros")
    world.do(ActionRecommendProducts, "suggest something")
    found = world.shop.get_products([item.product_ref for item in world.state.last_shown])
    assert found
    assert all(min(v.price_minor for v in product.variants) <= 4_000 for product in found)


def test_asks_what_is_liked_when_nothing_was_said(world):
    world.arrive()
    world.do(ActionSetStylePreferences, "set my style")
    assert "Tell me which colours" in world.text


def in_store(world, ref: str) -> bool:
    """Whether everything that was shown is to be had in a store."""
    shown = world.state.last_shown
    products = {each.ref: each for each in world.shop.get_products([each.product_ref for each in shown])}
    refs = [[each.variant_ref] if each.variant_ref else [v.ref for v in products[each.product_ref].variants]
            for each in shown]
    stock = [[place.quantity for one in world.shop.get_availability([VariantRef(r) for r in some])
              for place in one.locations if place.location_ref == ref] for some in refs]
    return bool(shown) and all(any(each) for each in stock)


@pytest.mark.parametrize(("language", "said", "lead"), [
    ("en", "Noted: suggestions are what Lyon", "In stock to collect at Lyon"),
    ("fr", "je vous propose ce que vous pouvez retirer", "Disponible en retrait au magasin Lyon"),
])
def test_who_chose_a_store_is_suggested_what_it_has_until_they_take_it_back(world, language, said, lead):
    world.language = language
    world.arrive()
    world.do(ActionStorePickup, "?")
    card = next(card for card in world.said[0].cards if card.title.startswith("Lyon"))
    assert card.buttons[0].payload == dump_payload("store_pickup", option="lyon-presquile")
    world.do(ActionStorePickup, "/store_pickup", option="lyon-presquile")
    assert said in world.text
    world.do(ActionRecommendProducts, "a suggestion")
    assert lead in world.text
    assert in_store(world, "lyon-presquile")
    assert world.said[0].quick_replies[-1].payload == dump_payload("store_pickup", option="home")
    world.do(ActionStorePickup, "/store_pickup", option="home")
    world.do(ActionRecommendProducts, "a suggestion")
    assert lead not in world.text
    assert "store" not in world.state.style


def test_a_town_that_is_named_means_its_store_for_once(world):
    world.arrive()
    world.do(ActionRecommendProducts, "something that I can collect in Lyon", city="Lyon")
    assert "In stock to collect at Lyon" in world.text
    assert in_store(world, "lyon-presquile")
    world.do(ActionRecommendProducts, "a suggestion")
    assert "to collect" not in world.text


@pytest.mark.parametrize(("language", "words", "city"), [
    ("en", "suggest something for a wedding in Lyon", "Lyon"), ("fr", "une idée pour un mariage à Lyon", "Lyon"),
])
def test_a_town_beside_no_word_for_a_store_asks_for_none(world, language, words, city):
    world.language = language
    world.arrive()
    world.do(ActionRecommendProducts, words, city=city)
    assert world.state.last_shown and "Lyon" not in world.text


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "suggest something I can collect in Marseille", "We have no store in Marseille. Our stores: Paris Marais,"),
    ("fr", "une idée à retirer à Marseille", "Nous n’avons pas de magasin à Marseille. Nos magasins : Paris Marais,"),
])
def test_says_that_there_is_no_store_where_one_is_asked_for(world, language, words, said):
    world.language = language
    world.arrive()
    world.do(ActionRecommendProducts, words, city="Marseille")
    assert said in world.text and world.state.last_shown


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "suggest something available in your shops", "Choose a store, and I keep to what it has."),
    ("fr", "propose-moi quelque chose de disponible en magasin", "Choisissez un magasin,"),
])
def test_offers_the_stores_to_choose_from_where_any_is_meant(world, language, words, said):
    world.language = language
    world.arrive()
    world.do(ActionRecommendProducts, words)
    assert said in world.text and world.state.last_shown
    payloads = [each.payload for each in world.said[0].quick_replies]
    assert dump_payload("store_pickup", option="lyon-presquile") in payloads


def test_promises_nothing_of_a_store_where_the_shop_does_not_tell_what_each_has(world, monkeypatch):
    told = world.shop.capabilities() - {"per_location_stock"}
    monkeypatch.setattr(world.shop, "capabilities", lambda: told)
    world.arrive()
    world.do(ActionRecommendProducts, "suggest something in stock in Lyon", city="Lyon")
    assert "I cannot see from here what each store has." in world.text and "to collect at" not in world.text


def refused(world) -> str:
    """Suggestions, of which the second is said no to with its card's button; its reference."""
    world.do(ActionRecommendProducts, "a suggestion")
    payload = world.said[0].cards[1].buttons[-1].payload
    product = world.state.last_shown[1].product_ref
    assert payload == dump_payload("set_style_preferences", product=product, option="not_for_me")
    world.do(ActionSetStylePreferences, payload, product=product, option="not_for_me")
    return product


@pytest.mark.parametrize(("language", "said", "again"), [
    ("en", "I will not suggest", "may suggest"), ("fr", "je ne vous proposerai plus", "de nouveau vous proposer"),
])
def test_what_is_said_no_to_on_its_card_is_not_suggested_until_it_is_taken_back(world, language, said, again):
    world.language = language
    world.arrive()
    product = refused(world)
    assert said in world.text
    world.do(ActionRecommendProducts, "a suggestion")
    assert product not in {each.product_ref for each in world.state.last_shown}
    world.do(ActionSetStylePreferences, "/set_style_preferences", product=product, option="show_again")
    assert again in world.text
    world.do(ActionRecommendProducts, "a suggestion")
    assert product in {each.product_ref for each in world.state.last_shown}


@pytest.mark.parametrize(("language", "words"), [
    ("en", "I don't like the second one"), ("en", "the second is not for me"), ("fr", "je n'aime pas le deuxième"),
    ("fr", "ne me montrez plus le deuxième"),
])
def test_a_no_in_words_means_the_one_that_was_shown(world, language, words):
    world.language = language
    world.arrive()
    world.do(ActionRecommendProducts, "?")
    second = world.state.last_shown[1].product_ref
    world.do(ActionSetStylePreferences, words)
    with world.services.store.read() as connection:
        assert disliked_by(connection, world.customer_id) == (second,)


@pytest.mark.parametrize(
    "words", ["I hate yellow", "I don't like red", "j'aime pas le rouge", "stop showing me polyester"],
)
def test_a_no_to_a_colour_or_a_cloth_means_no_product(world, words):
    world.arrive()
    world.do(ActionRecommendProducts, "?")
    world.do(ActionSetStylePreferences, words)
    with world.services.store.read() as connection:
        assert disliked_by(connection, world.customer_id) == ()


@pytest.mark.parametrize(("language", "words", "part", "value"), [
    ("fr", "Je n'aime pas la laine, ça gratte", "avoid_materials", "wool"),
    ("en", "I don't like anything that is red", "avoid_colours", "red"),
    ("en", "I like blue, not this expensive", "colours", "blue"),
    ("fr", "Je n'aime pas le rouge, ça ne me va pas", "avoid_colours", "red"),
    ("en", "I don't like turtlenecks, they make it hard to breathe", "", ""),
])
def test_a_no_with_its_reason_is_no_product_in_view_and_stays_a_style(world, language, words, part, value):
    world.language = language
    world.arrive()
    world.do(ActionProductDetails, "?", product="robe-trapeze-sixtine")
    world.do(ActionSetStylePreferences, words)
    with world.services.store.read() as connection:
        assert disliked_by(connection, world.customer_id) == ()
    assert not part or value in world.state.style[part]


@pytest.mark.parametrize(("language", "words"), [
    ("en", "I don't like it, the wool itches"), ("en", "I don't like this dress"), ("fr", "je n'aime pas cette robe"),
    ("fr", "elle ne me plaît pas"), ("en", "not for me"),
])
def test_a_no_to_the_product_in_view_means_it(world, language, words):
    world.language = language
    world.arrive()
    world.do(ActionProductDetails, "?", product="robe-trapeze-sixtine")
    world.do(ActionSetStylePreferences, words)
    with world.services.store.read() as connection:
        assert disliked_by(connection, world.customer_id) == ("robe-trapeze-sixtine",)


@pytest.mark.parametrize(("language", "words", "said", "again"), [
    ("en", "I don't like dresses", "none of dress", "I like dresses"),
    ("fr", "je n'aime pas les robes", "rien de ceci : robe", "j'aime les robes"),
])
def test_a_kind_of_thing_that_is_said_no_to_is_not_suggested_until_it_is_liked(world, language, words, said, again):
    world.language = language
    world.arrive()
    world.do(ActionSetStylePreferences, words)
    assert said.lower() in world.text.lower()
    assert (world.state.style.get("types"), world.state.style["avoid_types"]) == (None, ["dress"])
    world.do(ActionRecommendProducts, "an idea?")
    found = world.shop.get_products([item.product_ref for item in world.state.last_shown])
    assert "dress" not in {product.product_type for product in found}
    world.do(ActionRecommendProducts, "a dress?" if language == "en" else "une robe ?")
    found = world.shop.get_products([item.product_ref for item in world.state.last_shown])
    assert {product.product_type for product in found} == {"dress"}
    world.do(ActionSetStylePreferences, again)
    assert "avoid_types" not in world.state.style


def test_what_is_left_out_is_told_with_a_button_that_takes_it_back(world):
    world.arrive()
    product = refused(world)
    world.do(ActionSetStylePreferences, "set my style")
    assert "I leave out:" in world.text
    payloads = [each.payload for message in world.said for each in message.quick_replies]
    assert dump_payload("set_style_preferences", product=product, option="show_again") in payloads


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "nothing over 49.90", "up to €49.90"), ("fr", "rien au-dessus de 49,90 €", "49,90\xa0€"),
])
def test_reads_a_budget_back_as_the_language_writes_it(world, language, words, said):
    world.language = language
    world.arrive()
    world.do(ActionSetStylePreferences, words)
    assert said in world.text


@pytest.mark.parametrize("action", [ActionRecommendProducts, ActionSetStylePreferences])
@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "a dress under $100", "Our prices are in EUR; I took your limit as €100.00."),
    ("fr", "une robe à moins de 100 dollars", "Nos prix sont en EUR ; j’ai compris 100,00\xa0€."),
])
def test_says_so_where_a_budget_is_told_in_another_currency(world, action, language, words, said):
    world.language = language
    world.arrive()
    world.do(action, words, price_max="100")
    assert said in world.text


def test_more_than_so_much_is_no_budget(world):
    world.arrive()
    world.do(ActionRecommendProducts, "suggest a coat over 150 euros", price_max="150")
    assert "Our prices" not in world.text
    found = world.shop.get_products([item.product_ref for item in world.state.last_shown])
    assert {product.product_type for product in found} == {"coat"}
    assert any(min(v.price_minor for v in product.variants) > 15_000 for product in found)


@pytest.mark.parametrize(("language", "words", "said", "part"), [
    ("en", "I prefer things made in Portugal", "made in Portugal", {"origins": ["PT"]}),
    ("fr", "je préfère le made in Portugal", "fabrication : Portugal", {"origins": ["PT"]}),
    ("en", "I like what can be repaired", "can be repaired", {"stands_for": ["repair"]}),
    ("fr", "je préfère les matières recyclées", "polyester recyclé",
     {"materials": ["recycled_polyester", "recycled_nylon"]}),
])
def test_keeps_what_things_are_to_stand_for_and_suggests_it_with_its_reason(world, language, words, said, part):
    world.language = language
    world.arrive()
    world.do(ActionSetStylePreferences, words)
    assert said in world.text
    assert {key: world.state.style[key] for key in part} == part
    world.do(ActionRecommendProducts, "an idea?")
    notes = [card.note for card in world.said[0].cards]
    reasons = ("where you asked", "là où vous", "Dans une matière que vous aimez", "The shop states: resoled")
    assert any(reason in note for note in notes for reason in reasons)


def test_keeps_away_for_good_what_is_never_worn(world):
    world.arrive()
    world.do(ActionSetStylePreferences, "I am vegan")
    assert "none of" in world.text
    for words in ("an idea?", "a coat", "shoes?"):
        world.do(ActionRecommendProducts, words)
        found = world.shop.get_products([item.product_ref for item in world.state.last_shown])
        assert not {"leather", "wool", "silk", "suede"} & {product.attributes["material"] for product in found}


@pytest.mark.parametrize(("language", "first", "then"), [
    ("en", "I am vegan", "no polyester"), ("fr", "je suis végane", "pas de polyester"),
])
def test_what_is_never_worn_stays_when_more_is_refused(world, language, first, then):
    world.language = language
    world.arrive()
    world.do(ActionSetStylePreferences, first)
    world.do(ActionSetStylePreferences, then)
    assert {"leather", "wool", "silk", "recycled_polyester"} <= {*world.state.style["avoid_materials"]}


@pytest.mark.parametrize(("language", "first", "then"), [
    ("en", "no wool and no leather", "I like wool again"),
    ("fr", "pas de laine, pas de cuir", "j'aime de nouveau la laine"),
])
def test_a_later_word_on_what_things_are_made_of_takes_back_the_one_before(world, language, first, then):
    world.language = language
    world.arrive()
    world.do(ActionSetStylePreferences, first)
    world.do(ActionSetStylePreferences, then)
    assert "wool" in world.state.style["materials"]
    assert world.state.style["avoid_materials"] == ["leather"]
    world.do(ActionSetStylePreferences, first)
    assert "materials" not in world.state.style
    assert {"leather", "wool"} <= {*world.state.style["avoid_materials"]}


@pytest.mark.parametrize(("language", "words", "said"), [
    ("en", "suggest a jumper made in France", "Nothing that fits is made there."),
    ("fr", "conseille-moi un pull fabriqué en France", "Rien de ce qui convient n’y est fabriqué."),
])
def test_a_suggestion_that_is_to_come_from_somewhere_is_a_demand(world, language, words, said):
    world.language = language
    world.arrive()
    world.do(ActionRecommendProducts, words)
    assert said in world.text


@pytest.mark.parametrize(("language", "words", "said"), [
    ("fr", "du L en haut et du M en bas", "L en hauts, M en bas"),
    ("en", "L in tops and M in bottoms", "L in tops, M in bottoms"),
])
def test_keeps_a_size_of_each_kind_and_reads_them_back(world, language, words, said):
    world.language = language
    world.arrive()
    world.do(ActionSetStylePreferences, words)
    assert said in world.text
    world.do(ActionSetStylePreferences, "je chausse du 39")
    assert world.state.style["known_sizes"] == {"top": "L", "bottom": "M", "shoes": "39"}


def test_a_number_that_is_told_at_a_dress_is_none_of_shoes(world):
    world.arrive()
    world.page = {"product_id": "robe-longue-nocturne"}
    world.do(ActionSetStylePreferences, "je fais du 38")
    assert world.state.style["known_sizes"] == {"dress": "38"}
    world.page = {}
    world.do(ActionRecommendProducts, "boots", product_type="boots")
    assert all(item.variant_ref == "" for item in world.state.last_shown)


def test_what_is_liked_adds_up(world):
    world.arrive()
    world.do(ActionSetStylePreferences, "I like blue", colour="blue")
    before = world.state.style["colours"]
    world.do(ActionSetStylePreferences, "I like red", colour="red")
    assert world.state.style["colours"] == [*before, "red"]
    world.do(ActionSetStylePreferences, "I don't like red")
    assert world.state.style["colours"] == before
    assert world.state.style["avoid_colours"] == ["red"]


@pytest.mark.parametrize(("language", "words", "title", "said"), [
    ("en", "no more price limit", "Forget the budget", "Forgotten."),
    ("fr", "plus de limite de prix", "Oublier le budget", "C’est oublié."),
])
def test_a_budget_can_be_lifted_by_words_and_by_a_button(world, language, words, title, said):
    world.language = language
    world.arrive()
    for tapped in (False, True):
        world.do(ActionSetStylePreferences, "red, nothing above 80 euros")
        assert world.state.style["price_max_minor"] == 8_000
        world.do(ActionSetStylePreferences, "?")
        assert title in [each.title for each in world.said[0].quick_replies]
        if tapped:
            world.do(ActionSetStylePreferences, "/set_style_preferences", option="forget:budget")
        else:
            world.do(ActionSetStylePreferences, words)
        assert said in world.text
        assert world.state.style == {"colours": ["red"]}


@pytest.mark.parametrize(("said", "changed"), [
    ("stp enlève le rouge de mes préférences", {"colours": []}),
    ("Retirez la laine de tout ce que vous me montrez", {"avoid_materials": ["wool", "merino", "tweed"]}),
    ("enlève toutes les jupes", {"avoid_types": ["skirt"]}),
    ("effacez l'ancienne taille, je fais maintenant du 38", {"known_sizes": {"numbers": "38"}}),
    ("Oubliez ma pointure 39, après la grossesse c'est 40", {"known_sizes": {"shoes": "40"}}),
    ("Forget the 41 in shoes, I've gone up to 42", {"known_sizes": {"numbers": "36", "shoes": "42"}}),
    ("n'oubliez pas que ma taille est 42", {"known_sizes": {"numbers": "42"}}),
    ("no more than 80 euros budget", {"price_max_minor": 8_000}),
    ("oublie mes couleurs et mon budget, j'aime le noir", {"colours": ["black"], "price_max_minor": 0}),
    ("forget my sizes and my budget", {"known_sizes": {}, "price_max_minor": 0}),
    ("remove red and blue", {"colours": [], "avoid_colours": ["red", "blue", "navy", "light_blue", "denim"]}),
    ("enlève les jupes et les robes", {"avoid_types": ["dress", "skirt"]}),
    ("oublie le rouge, le vert et le noir", {"colours": []}),
    ("clear my style preferences", {"colours": [], "known_sizes": {}, "price_max_minor": 0}),
])
def test_takes_back_no_more_than_what_is_named_and_keeps_what_else_is_said(world, said, changed):
    world.arrive()
    world.do(ActionSetStylePreferences, "red, nothing above 90 euros")
    world.do(ActionSetStylePreferences, "I am a 36")
    before = world.state.style
    world.do(ActionSetStylePreferences, said)
    assert world.state.style == {name: value for name, value in {**before, **changed}.items() if value}


@pytest.mark.parametrize("said", ["Mon mari fait du L", "my wife wears a 40"])
def test_keeps_no_size_of_somebody_else(world, said):
    world.arrive()
    world.do(ActionSetStylePreferences, said)
    assert not world.state.style


def test_everything_can_be_forgotten(world):
    world.arrive()
    world.do(ActionSetStylePreferences, "red, nothing above 80 euros, no wool")
    world.do(ActionSetStylePreferences, "oublie tout")
    assert world.state.style == {}
