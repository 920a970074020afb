"""How would it look on me? Nothing before a yes, which is kept with its words; then a link of some minutes."""

import json
from dataclasses import replace
from urllib.parse import urlsplit

import jwt
import pytest
import sqlalchemy as sa

from actions.cart import ActionAddToCart
from actions.product import ActionProductDetails, ActionSizeAdvice
from actions.try_on import ActionTryOn
from bot.channels.email.limits import fit_letter, render_text_part
from bot.channels.messenger.limits import fit_content as fit_messenger
from bot.channels.messenger.limits import split
from bot.channels.sms.limits import MAX_SEGMENTS, count_segments, narrow, render_text
from bot.channels.web.limits import fit_message
from bot.channels.whatsapp.limits import fit_content
from bot.contracts.messages import OutboundMessage, QuickReply
from bot.errors import NotAllowed, NotFound, Unavailable
from bot.profile.conversations import get_conversation
from bot.profile.photo_wishes import WISH_LIFE, find_wish
from bot.profile.state import read_state, write_state
from bot.profile.store.tables import consents
from bot.recommend.traits import colours_of
from bot.service.try_on import (
    IN_BROWSER,
    LINK_LIFE,
    VERSION,
    VERSION_CHANNEL,
    VERSION_ELSEWHERE,
    VERSION_HERE,
    VERSION_HERE_FOR_HATS,
    VERSION_OWN_SERVER,
    Asked,
    Fitting,
    choose_consent,
    find_fitting,
    is_never_shown,
    is_swimwear_or_lingerie,
    make_link,
    read_link,
)
from bot.texts.catalogue import translate
from bot.tryon.record import Record, name_record, write_record

COAT = "manteau-croise-grand-froid"
GLASSES = "lunettes-rondes-poete"
HAT = "fedora-en-feutre-detective"
BLOUSE = "blouse-en-gaze-rosee"
TEE = "tee-shirt-col-rond-lundi"
SWITCHED_ON = "http://127.0.0.1:5056"


@pytest.fixture
def shop(world):
    world.services.settings = replace(world.services.settings, try_on_url=SWITCHED_ON)
    world.arrive()
    return world


def kept(world):
    with world.services.store.read() as connection:
        return list(connection.execute(sa.select(consents).where(consents.c.purpose == "try_on")))


def test_gives_no_link_before_a_yes(shop):
    shop.do(ActionTryOn, "how would it look on me?", product=TEE)
    assert "18 or older" in shop.text and "not of fit" in shop.text
    assert "/try-on/" not in shop.text
    assert kept(shop) == []


@pytest.mark.parametrize(
    ("language", "words", "others"),
    [("en", "the look, not of the size", "colour"), ("fr", "l’allure, pas la taille", "couleur")],
)
@pytest.mark.parametrize("channel", ["web", "whatsapp"])
def test_a_hats_question_speaks_of_its_look_alone(world, channel, language, words, others):
    world.services.settings = replace(world.services.settings, try_on_url=SWITCHED_ON)
    world.arrive("w-2", channel)
    world.language = language
    world.do(ActionTryOn, "how would it look on me?", product="fedora-en-feutre-detective")
    assert words in world.text and others not in world.text and "{" not in world.text


def test_gives_no_link_after_a_no_and_keeps_that_it_was_no(shop):
    shop.do(ActionTryOn, "how would it look on me?", product=TEE)
    shop.answer("no", intent="deny")
    assert "/try-on/" not in shop.text
    assert [row.state for row in kept(shop)] == ["withdrawn"]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_yes_is_kept_with_its_words_version_and_time_and_brings_the_link(shop, language):
    shop.language = language
    shop.do(ActionTryOn, "comment ça m'irait ?", product=TEE)
    asked = shop.text
    shop.answer("oui", intent="affirm")
    (row,) = kept(shop)
    assert (row.state, row.source, row.changed_at, row.channel) == ("granted", f"chat:{VERSION}", shop.now, "web")
    assert row.wording in asked
    url = next(each.url for each in shop.said[-1].quick_replies if each.url)
    token = urlsplit(url).path.removeprefix("/try-on/")
    visit = read_link(shop.services.settings, token, shop.now)
    assert (visit.fitting.slug, visit.fitting.product_type, visit.language) == (TEE, "t-shirt", language)
    with pytest.raises(NotAllowed):
        read_link(shop.services.settings, token, shop.now + LINK_LIFE)


@pytest.mark.parametrize("old", [{"version": "try-on-1"}, {"prompt": "I can show {product}. Do you agree?"}])
def test_a_yes_to_words_that_are_others_now_is_asked_anew(shop, old):
    shop.do(ActionTryOn, "how would it look on me?", product=TEE)
    asked, question = shop.text, shop.state.open_question
    with shop.services.store.write() as connection:
        customer_id = get_conversation(connection, shop.sender_id).customer_id
        state = read_state(connection, customer_id)
        question = replace(question, context={**question.context, **old})
        write_state(connection, customer_id, replace(state, open_question=question), shop.now)
    shop.answer("yes", intent="affirm")
    assert shop.text == asked and kept(shop) == []
    shop.answer("yes", intent="affirm")
    assert "/try-on/" in shop.text and kept(shop)[0].wording in asked


def test_the_words_kept_are_of_one_language(shop):
    shop.do(ActionTryOn, "how would it look on me?", product=TEE)
    shop.language = "fr"
    shop.answer("oui", intent="affirm")
    assert "la couleur et le motif" in kept(shop)[0].wording and "colour" not in kept(shop)[0].wording


def test_it_is_what_was_tried_on(shop):
    shop.do(ActionTryOn, "how would it look on me?", product=TEE)
    shop.answer("yes", intent="affirm")
    shop.do(ActionAddToCart, "add it in M", size="M")
    assert "Lundi" in shop.text


def fitting_shown(world):
    url = next(each.url for each in world.said[-1].quick_replies if each.url)
    token = urlsplit(url).path.removeprefix("/try-on/")
    return read_link(world.services.settings, token, world.now).fitting


@pytest.mark.parametrize(("language", "colour"), [("en", "(pink)"), ("fr", "(rose)")])
def test_shows_the_colour_that_was_asked_for_and_names_it(shop, language, colour):
    shop.language = language
    shop.do(ActionTryOn, "how would the pink one look on me?", product=BLOUSE, colour="pink")
    assert colour in shop.text
    shop.answer("oui", intent="affirm")
    shown = fitting_shown(shop)
    assert shown.colour == "pink" and colour in shown.name
    shop.do(ActionAddToCart, "add it in M", size="M")
    assert f"{colour[:-1]}, M)" in shop.text


def test_shows_the_first_colour_and_names_it_where_none_is_asked_for_or_it_does_not_come_in_it(shop):
    for said in ({}, {"colour": "black"}):
        shop.do(ActionTryOn, "how would it look on me?", product=BLOUSE, **said)
        assert "(white)" in shop.text


def payload_of(message, title):
    payload = next(each.payload for each in message.quick_replies if each.title == title)
    return json.loads(payload[payload.index("{"):])


@pytest.mark.parametrize("channel", ["web", "whatsapp"])
def test_the_buttons_beside_a_try_on_add_the_colour_that_was_shown(world, channel):
    world.services.settings = replace(world.services.settings, try_on_url=SWITCHED_ON)
    world.arrive("w-3", channel)
    world.do(ActionTryOn, "how would the pink one look on me?", product=BLOUSE, colour="pink")
    world.answer("yes", intent="affirm")
    if channel == "whatsapp":
        size = OutboundMessage.from_json(wish(world).answer[-1])
    else:
        world.do(ActionSizeAdvice, "", **payload_of(world.said[-1], "Which size?"))
        size = world.said[-1]
    world.do(ActionAddToCart, "", **payload_of(size, "Add in M"))
    assert "(pink, M)" in world.text


def test_the_colour_that_was_shown_is_known_after_the_size_was_asked_for_in_words(shop):
    shop.do(ActionTryOn, "how would the pink one look on me?", product=BLOUSE, colour="pink")
    shop.answer("yes", intent="affirm")
    shop.do(ActionSizeAdvice, "which size should I take?")
    shop.do(ActionAddToCart, "add it in M", size="M")
    assert "(pink, M)" in shop.text


def test_says_what_can_be_tried_on_where_this_cannot(shop):
    shop.do(ActionTryOn, "can I try it on?", product=COAT)
    assert "tops, hats and sunglasses" in shop.text
    assert shop.state.open_question is None


@pytest.mark.parametrize(("language", "said", "others"), [
    ("en", "no swimwear and no lingerie", "not this"), ("fr", "ni maillot de bain ni lingerie", "pas cet article"),
])
def test_says_that_swimwear_is_shown_on_nobodys_photo(shop, language, said, others):
    shop.language = language
    shop.do(ActionTryOn, "can I try it on?", product="short-de-bain-plongeoir")
    assert said in shop.text and others not in shop.text
    assert shop.state.open_question is None


@pytest.mark.parametrize("words", ["how would a bikini look on me?", "je peux essayer de la lingerie ?"])
def test_says_so_of_lingerie_and_swimwear_that_the_shop_may_not_even_have(shop, words):
    shop.do(ActionTryOn, words)
    assert "no swimwear and no lingerie" in shop.text


@pytest.mark.parametrize(("words", "is_it"), [
    ("underwear", True), ("Maillot de bain Sirène", True), ("swim_shorts", True), ("Soutien-gorge Aube", True),
    ("Swimsuit", True), ("slip-on sneakers", False), ("silk slip dress", False), ("manteau aux bras larges", False),
    ("jupe-culotte", False), ("bracelet", False), ("pyjamas", False),
    ("T-shirt de bain anti-UV", True), ("Maillot une pièce Sirène", True), ("bas de maillot", True),
    ("Monokini", True), ("swim t-shirt", True), ("Tanga en dentelle", True), ("knickers", True),
    ("Brassière Aube", True), ("caleçon long", True), ("boxer_shorts", True), ("Boxer en coton", True),
    ("un boxer", True), ("string", True),
    ("je peux essayer ce slip homme ?", True), ("Slip", True), ("culotte", True), ("Culotte menstruelle Lune", True),
    ("des culottes", True), ("Drap de bain", False), ("Peignoir de bain", False), ("serviette de bain", False),
    ("bonnet de bain", False), ("boxer dog t-shirt", False), ("T-shirt boxer vintage", False), ("culottes", False),
    ("Jupe-culotte en lin", False), ("pantalon culotte taille haute", False), ("une jupe-culotte", False),
    ("wide-leg culotte pants", False), ("string-knit sweater", False), ("un slip-on", False),
    ("a string of pearls", False),
    ("sous_vetements", True), ("soutien_gorge", True), ("maillots-de-bain", True), ("rash_guards", True),
    ("Soutien gorge", True), ("soutiens gorge", True), ("Rash guard", True), ("rash vest", True), ("swim shirt", True),
    ("swim vest", True), ("Bathing top", True), ("Lace bodysuit", True), ("Body en dentelle", True),
    ("Babydoll", True), ("Lace teddy", True), ("Négligé", True), ("Intimate apparel", True), ("Dessous", True),
    ("G string", True), ("One-piece", True), ("two-piece swim", True), ("Two‑piece swimsuit", True),
    ("Teddy coat", False), ("Lace teddy jacket", False), ("Body warmer", False), ("bodywarmer", False),
    ("Swimming pool blue tee", False), ("T-shirt à bras longs", False), ("one piece collar", False),
    ("One-piece flying suit", False), ("Babydoll dress", False), ("robe babydoll", False), ("Body à manches", False),
    ("Veste au chic négligé", False), ("Pull négligé", False), ("Dessous de plat", False), ("par-dessous", False),
    ("Cotton bodysuit", False), ("Swimmer print tee", False), ("Rash print tee", False), ("Lace top", False),
    ("knickerbockers", False), ("maillot rayé", False), ("Débardeur à bretelles", False), ("sailor top", False),
])
def test_names_as_swimwear_or_lingerie_what_leaves_no_doubt(words, is_it):
    assert is_swimwear_or_lingerie(words) is is_it


@pytest.mark.parametrize(("kind", "english", "french", "is_it"), [
    ("t-shirt", "Sports bras", "Monday", True), ("t-shirt", "Lace bras", "Monday", True),
    ("t-shirt", "T-shirt bras", "Monday", True), ("t-shirt", "Pack of 2 bras", "Monday", True),
    ("bras", "Monday", "Monday", True), ("sports_bras", "Monday", "Monday", True), ("swim", "Monday", "Monday", True),
    ("maillots", "Monday", "Monday", True), ("beachwear", "Monday", "Monday", True),
    ("t-shirt", "Monday", "Robe à bras nus", False), ("t-shirt", "Monday", "Bras ouverts", False),
    ("t-shirt", "Robe à bras nus", "Robe à bras nus", False), ("t-shirt", "Beachwear blue", "Maillot", False),
    ("t-shirt", "Bracelet sleeves", "Brassard", False), ("hats", "Swim", "Monday", False),
])
def test_bras_are_arms_in_french_and_what_a_type_means_no_name_does(world, kind, english, french, is_it):
    product = replace(world.shop.get_product(TEE), product_type=kind, names={"en": english, "fr": french})
    assert is_never_shown(product) is is_it


@pytest.mark.parametrize(("name", "channel"), [("T-shirt de bain anti-UV", "web"), ("Bralette Aube", "whatsapp")])
def test_swimwear_is_shown_on_nobodys_photo_whatever_kind_the_shop_files_it_under(world, monkeypatch, name, channel):
    world.services.settings = replace(world.services.settings, try_on_url=SWITCHED_ON)
    world.arrive("w-7", channel)
    product = world.shop.get_product(TEE)
    named = replace(product, names={"fr": name, "en": "Monday"})
    settings = world.services.settings
    assert find_fitting(settings, product, "navy", name, "") is not None
    for recorded_as in ("", "top"):
        assert find_fitting(settings, named, "navy", name, recorded_as) is None
    monkeypatch.setattr(world.shop, "get_product", lambda *_: named)
    world.do(ActionTryOn, "how would it look on me?", product=TEE)
    assert "no swimwear and no lingerie" in world.text and world.state.open_question is None


def test_says_so_where_it_is_switched_off(world):
    world.arrive()
    world.do(ActionTryOn, "can I try it on?", product=TEE)
    assert "cannot show it on you yet" in world.text


def test_the_question_names_who_makes_the_picture_where_the_photo_leaves(shop):
    shop.services.settings = replace(shop.services.settings, try_on_engine="fashn")
    shop.do(ActionTryOn, "how would it look on me?", product=TEE)
    assert "leaves the shop: FASHN AI" in shop.text and "made by an AI" in shop.text
    shop.answer("yes", intent="affirm")
    (row,) = kept(shop)
    assert row.source == f"chat:{VERSION_ELSEWHERE}" and "FASHN AI" in row.wording
    url = next(each.url for each in shop.said[-1].quick_replies if each.url)
    visit = read_link(shop.services.settings, urlsplit(url).path.removeprefix("/try-on/"), shop.now)
    assert visit.fitting.engine == "fashn"


@pytest.mark.parametrize(("maker", "said"), [
    ("", "another server, run by the shop itself, which"),
    ("Acme", "another server, run by Acme, by its own terms, which"),
])
def test_the_question_says_that_the_shops_own_server_is_its_own_or_who_runs_it(shop, maker, said):
    shop.services.settings = replace(shop.services.settings, try_on_engine="server", try_on_engine_maker=maker)
    shop.do(ActionTryOn, "how would it look on me?", product=TEE)
    assert said in shop.text and "leaves the shop" not in shop.text and "made by an AI" in shop.text
    shop.answer("yes", intent="affirm")
    (row,) = kept(shop)
    assert row.source == f"chat:{VERSION_OWN_SERVER}" and said in row.wording


def test_glasses_are_put_on_by_the_shoppers_browser_whatever_engine_makes_tops(shop):
    shop.services.settings = replace(shop.services.settings, try_on_engine="fashn")
    shop.do(ActionTryOn, "how would they look on me?", product=GLASSES)
    assert "stays on this device" in shop.text and "18 or older" in shop.text
    shop.answer("yes", intent="affirm")
    (row,) = kept(shop)
    assert row.source == f"chat:{VERSION_HERE}" and "stays on this device" in row.wording
    url = next(each.url for each in shop.said[-1].quick_replies if each.url)
    token = urlsplit(url).path.removeprefix("/try-on/")
    visit = read_link(shop.services.settings, token, shop.now)
    assert visit.fitting.engine == IN_BROWSER
    assert visit.asked == Asked(row.customer_id, "web")
    assert row.customer_id not in str(jwt.decode(token, options={"verify_signature": False}))


def test_hats_are_put_on_by_the_shoppers_browser_from_a_photo(shop):
    shop.do(ActionTryOn, "how would it look on me?", product=HAT)
    assert "The photo stays on this device" in shop.text and "camera" not in shop.text
    shop.answer("yes", intent="affirm")
    assert [row.source for row in kept(shop)] == [f"chat:{VERSION_HERE_FOR_HATS}"]
    assert visit_in(shop).fitting.engine == IN_BROWSER
    assert "Choose a photo" in [each.title for each in shop.said[-1].quick_replies]


@pytest.mark.parametrize(("language", "yes", "said"), [
    ("en", "yes", "I do not know your size in"), ("fr", "oui", "Je ne connais pas encore votre taille"),
])
def test_the_page_is_told_what_is_known_of_the_size_so_that_nobody_else_reads_it(shop, language, yes, said):
    shop.language = language
    shop.do(ActionTryOn, "how would it look on me?", product=TEE)
    shop.answer(yes, intent="affirm")
    assert visit_in(shop).size.startswith(said)
    assert said not in str(jwt.decode(token_in(shop), options={"verify_signature": False}))


@pytest.mark.parametrize("channel", ["web", "whatsapp", "messenger"])
@pytest.mark.parametrize(("product", "colour"), [(GLASSES, "gold"), (HAT, "camel")])
def test_what_comes_in_one_size_has_its_button_beside_the_picture(world, channel, product, colour):
    world.services.settings = replace(world.services.settings, try_on_url=SWITCHED_ON)
    world.arrive("w-4", channel)
    world.do(ActionTryOn, f"how would the {colour} one look on me?", product=product, colour=colour)
    world.answer("yes", intent="affirm")
    if channel == "web":
        world.do(ActionSizeAdvice, "", **payload_of(world.said[-1], "Which size?"))
        size = world.said[-1]
    else:
        size = OutboundMessage.from_json(wish(world).answer[-1])
    world.do(ActionAddToCart, "", **payload_of(size, "Add it"))
    assert "in your basket" in world.text


def test_the_button_under_the_picture_adds_the_size_that_was_chosen(shop):
    shop.do(ActionProductDetails, "", variant=f"{TEE}--black--m")
    shop.do(ActionTryOn, "how would it look on me?")
    shop.answer("yes", intent="affirm")
    fitting = visit_in(shop).fitting
    shop.do(ActionAddToCart, "", product=fitting.product_ref, colour=fitting.colour)
    assert "in your basket" in shop.text and "Which size" not in shop.text


def test_a_link_out_of_a_chat_with_photos_names_nothing_for_a_basket(shop):
    shop.arrive("w-9", "whatsapp")
    shop.do(ActionTryOn, "how would it look on me?", product=TEE)
    shop.answer("yes", intent="affirm")
    assert visit_in(shop).fitting.slug == TEE
    claims = jwt.decode(token_in(shop), options={"verify_signature": False})
    assert "product_ref" not in claims and "" not in claims.values()


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("product", [TEE, GLASSES, HAT, BLOUSE])
def test_on_whatsapp_the_link_leaves_room_for_the_buttons(world, product, language):
    world.services.settings = replace(
        world.services.settings, try_on_url=SWITCHED_ON, public_url="https://boutique.une-maison-francaise.example"
    )
    world.arrive("w-8", "whatsapp")
    world.language = language
    world.do(ActionTryOn, "how would it look on me?", product=product)
    world.answer("yes", intent="affirm")
    content = fit_content(world.said[-1])
    assert content["interactive"]["type"] == "button" and token_in(world) in content["interactive"]["body"]["text"]
    assert visit_in(world).size == ""  # it comes with the picture
    assert len(wish(world).answer) == 2


def test_a_link_says_of_the_size_as_much_as_it_holds(shop):
    fitting = Fitting("x", "t-shirt", "navy", "plain", "cotton", "A name")
    link = make_link(shop.services.settings, fitting, "en", "l", shop.now, size="Very likely M. " * 200)
    size = read_link(shop.services.settings, urlsplit(link).path.removeprefix("/try-on/"), shop.now).size
    assert 200 < len(size) <= 250 and size.endswith("Very…")


def token_in(world):
    url = next(each.url for each in world.said[-1].quick_replies if each.url)
    return urlsplit(url).path.removeprefix("/try-on/")


def visit_in(world):
    return read_link(world.services.settings, token_in(world), world.now)


def test_a_tops_link_tells_nothing_of_who_asked(shop):
    shop.do(ActionTryOn, "how would it look on me?", product=TEE)
    shop.answer("yes", intent="affirm")
    url = next(each.url for each in shop.said[-1].quick_replies if each.url)
    assert read_link(shop.services.settings, urlsplit(url).path.removeprefix("/try-on/"), shop.now).asked is None


@pytest.fixture
def chat(world):
    world.services.settings = replace(world.services.settings, try_on_url=SWITCHED_ON)
    world.arrive("w-1", "whatsapp")
    return world


def wish(world):
    with world.services.store.read() as connection:
        return find_wish(connection, world.sender_id)


@pytest.mark.parametrize(("language", "yes", "size"), [("en", "yes", "Add in M"), ("fr", "oui", "Ajouter en M")])
def test_on_whatsapp_the_next_photo_is_waited_for_after_a_yes_that_knows_the_channel_sees_it(chat, language, yes, size):
    chat.language = language
    chat.do(ActionTryOn, "how would it look on me?", product=TEE)
    asked = chat.said[-1]
    assert "WhatsApp" in asked.text and wish(chat) is None
    assert fit_content(asked)["type"] == "interactive"  # it fits above two buttons
    chat.answer(yes, intent="affirm")
    (row,), kept_wish = kept(chat), wish(chat)
    assert (row.channel, row.source, row.wording) == ("whatsapp", f"chat:{VERSION_CHANNEL}", asked.text)
    assert (kept_wish.state, kept_wish.until) == ("waiting", chat.now + WISH_LIFE)
    assert any("/try-on/" in each.url for each in chat.said[-1].quick_replies)
    first, second = (OutboundMessage.from_json(each) for each in kept_wish.answer)
    assert "simulation" in first.text and not first.quick_replies
    assert size in [each.title for each in second.quick_replies]


def test_on_whatsapp_glasses_are_put_on_by_the_server_in_the_chat_and_by_the_browser_on_the_page(chat):
    chat.do(ActionTryOn, "how would they look on me?", product=GLASSES)
    assert "WhatsApp" in chat.text
    chat.answer("yes", intent="affirm")
    assert wish(chat).fitting["engine"] == ""
    url = next(each.url for each in chat.said[-1].quick_replies if each.url)
    visit = read_link(chat.services.settings, urlsplit(url).path.removeprefix("/try-on/"), chat.now)
    assert visit.fitting.engine == IN_BROWSER and visit.asked.channel == "whatsapp"


def test_a_no_takes_back_the_photo_that_was_waited_for(chat):
    chat.do(ActionTryOn, "how would it look on me?", product=TEE)
    chat.answer("yes", intent="affirm")
    chat.do(ActionTryOn, "how would they look on me?", product="lunettes-rondes-poete")
    chat.answer("no", intent="deny")
    assert wish(chat) is None


def test_no_photo_is_waited_for_where_the_yes_came_on_another_channel(chat):
    chat.do(ActionTryOn, "how would it look on me?", product=TEE)
    question = chat.state.open_question
    chat.arrive("s-2")
    carry(chat, "s-2", question)
    chat.answer("yes", intent="affirm")
    assert wish(chat) is None and "/try-on/" in chat.text
    assert kept(chat)[0].source == f"chat:{VERSION_CHANNEL}"


@pytest.mark.parametrize(("language", "said", "size"), [
    ("en", "in the chat on our website", "your size"), ("fr", "conversation de notre site", "votre taille"),
])
def test_by_text_message_it_asks_for_no_yes_but_says_where_it_can_be_done_and_the_size(world, language, said, size):
    world.services.settings = replace(world.services.settings, try_on_url=SWITCHED_ON)
    world.arrive("t-1", "sms")
    world.language = language
    world.do(ActionTryOn, "how would it look on me?", product=TEE)
    assert said in world.text and size in world.text and world.state.open_question is None
    text = render_text(world.said[-1], numbers=True)
    assert all(part in text for part in (narrow(said), narrow(size))) and count_segments(text) <= MAX_SEGMENTS


def carry(world, sender_id, question):
    """The question goes along to where the person speaks next."""
    with world.services.store.write() as connection:
        customer_id = get_conversation(connection, sender_id).customer_id
        state = read_state(connection, customer_id)
        write_state(connection, customer_id, replace(state, open_question=question), world.now)


def test_a_yes_by_text_message_to_a_question_put_elsewhere_is_kept_as_none(shop):
    shop.do(ActionTryOn, "how would it look on me?", product=TEE)
    question = shop.state.open_question
    shop.arrive("t-2", "sms")
    carry(shop, "t-2", question)
    shop.answer("yes", intent="affirm")
    assert kept(shop) == [] and "/try-on/" not in shop.text and "on our website" in shop.text
    assert shop.state.open_question is None


CONSENTS = {
    "": ("web", "email", "whatsapp", "messenger"), "fashn": ("web", "email", "whatsapp", "messenger"),
    "server": ("web", "email", "whatsapp", "messenger"),
    IN_BROWSER: ("web", "email"),
}
RENDERERS = {
    "web": lambda message: fit_message(message).text,
    "email": lambda message: render_text_part(fit_letter(message)),
    "whatsapp": lambda message: str(fit_content(message)),
    "messenger": lambda message: str([fit_messenger(part) for part in split(message)]),
}


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(("engine", "channel"), [(engine, each) for engine, on in CONSENTS.items() for each in on])
@pytest.mark.parametrize("product_type", ["t-shirt", "hat", "sunglasses"])
def test_each_channel_that_asks_for_consent_shows_its_words_whole(channel, engine, product_type, language):
    sentence, _ = choose_consent(Fitting("x", product_type, "navy", "", "", "x", engine), channel)
    text = translate(language, sentence, product="A long name of a product, of sixty characters and more (navy blue)",
                     maker="Google Cloud", channel="WhatsApp").replace("'", "’")
    yes, no = QuickReply("Yes", "/affirm"), QuickReply("No", "/deny")
    assert text in RENDERERS[channel](OutboundMessage(text, language=language, quick_replies=(yes, no)))


@pytest.mark.parametrize("channel", ["web", "whatsapp"])
def test_a_yes_holds_while_the_shop_does_not_answer_and_only_the_size_is_missing(world, monkeypatch, channel):
    world.services.settings = replace(world.services.settings, try_on_url=SWITCHED_ON)
    world.arrive("w-5", channel)
    world.do(ActionTryOn, "how would the pink one look on me?", product=BLOUSE, colour="pink")
    monkeypatch.setattr(world.shop, "get_product", away)
    world.answer("yes", intent="affirm")
    assert [row.state for row in kept(world)] == ["granted"]
    assert visit_in(world).size == ""
    if channel == "whatsapp":
        (shown,) = (OutboundMessage.from_json(each) for each in wish(world).answer)
        assert "(pink) on you" in shown.text


def test_nothing_is_written_where_the_advice_fails_for_another_reason(world, monkeypatch):
    world.services.settings = replace(world.services.settings, try_on_url=SWITCHED_ON)
    world.arrive("w-6", "whatsapp")
    world.do(ActionTryOn, "how would it look on me?", product=TEE)
    monkeypatch.setattr(world.shop, "get_product", gone)
    with pytest.raises(NotFound):
        world.answer("yes", intent="affirm")
    assert kept(world) == [] and wish(world) is None


def away(*_asked, **_named):
    raise Unavailable("the shop is away")


def gone(*_asked, **_named):
    raise NotFound("it is sold no more")


def test_offers_nothing_whose_record_waits_for_a_person(shop, tmp_path):
    shop.services.settings = replace(shop.services.settings, try_on_records=str(tmp_path))
    shop.do(ActionTryOn, "how would it look on me?", product=TEE)
    assert "18 or older" not in shop.text and "not this" in shop.text


def test_offers_what_has_a_record_whatever_the_shop_calls_its_type(shop, tmp_path, monkeypatch):
    shop.services.settings = replace(shop.services.settings, try_on_records=str(tmp_path))
    product = replace(shop.shop.get_product(TEE), product_type="pulls_&_gilets")
    monkeypatch.setattr(shop.shop, "get_product", lambda *_: product)
    write_record(tmp_path, Record(TEE, colours_of(product)[0], "top", {}, checked=True))
    shop.do(ActionTryOn, "how would it look on me?", product=TEE)
    assert "not of fit" in shop.text
    shop.answer("yes", intent="affirm")
    shown = fitting_shown(shop)
    assert (shown.kind, shown.product_ref) == ("top", product.ref)


def test_what_comes_in_no_colour_is_offered_and_its_size_asked_for_by_itself(shop, tmp_path, monkeypatch):
    shop.services.settings = replace(shop.services.settings, try_on_records=str(tmp_path))
    product = shop.shop.get_product(GLASSES)
    variants = tuple(replace(each, options={}) for each in product.variants)
    product = replace(product, variants=variants, attributes={}, product_type="lunettes_de_soleil")
    monkeypatch.setattr(shop.shop, "get_product", lambda *_: product)
    write_record(tmp_path, Record(GLASSES, "", "glasses", {}, checked=True))
    shop.do(ActionTryOn, "how would they look on me?", product=GLASSES)
    shop.answer("yes", intent="affirm")
    shown = fitting_shown(shop)
    assert (shown.kind, shown.colour, shown.engine) == ("glasses", "", IN_BROWSER)
    assert payload_of(shop.said[-1], "Which size?") == {"product": product.ref}


def test_a_broken_record_is_as_good_as_none(shop, tmp_path):
    shop.services.settings = replace(shop.services.settings, try_on_records=str(tmp_path))
    (colour, *_) = colours_of(shop.shop.get_product(TEE))
    (tmp_path / f"{name_record(TEE, colour)}.json").write_text("{")
    shop.do(ActionTryOn, "how would it look on me?", product=TEE)
    assert "not this" in shop.text


@pytest.mark.parametrize("others", [{"engine": "shopify"}, {"shop": "tau"}])
def test_offers_nothing_without_records_but_in_the_demo_whose_are_drawn(shop, others):
    shop.services.settings = replace(shop.services.settings, **others)
    shop.do(ActionTryOn, "how would it look on me?", product=TEE)
    assert "18 or older" not in shop.text and "not this" in shop.text
