"""What the customer does, from the first page to the last word, in a real browser, in both languages."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.shopper import Shopper

pytestmark = pytest.mark.browser
Open = Callable[..., Shopper]
JUMPER, NAVY_M = "pull-marin-capitainerie", "pull-marin-capitainerie--navy--m"


def words(language: str, fr: str, en: str) -> str:
    return {"fr": fr, "en": en}[language]


def arrive(open_shopper: Open, language: str, ref: str = "", **how: Any) -> Shopper:
    """Somebody in the shop with the chat open, signed in as a demo customer when one is named."""
    shopper = open_shopper(language, **how)
    if ref:
        shopper.sign_in(ref)
    shopper.visit()
    shopper.open_chat()
    return shopper


# -- 1. Order tracking ----------------------------------------------------------------------------


def test_shows_nothing_of_an_order_to_somebody_who_guesses(open_shopper: Open, language: str) -> None:
    shopper = arrive(open_shopper, language)
    shopper.say(words(language, "où est ma commande MP204821 ?", "where is my order MP204821?"))
    shopper.say("nobody@example.com")
    shopper.sees(words(language, "code à 6 chiffres", "code of 6 digits"))
    shopper.say("000000")
    expect(shopper.panel.locator('[data-prevenant="timeline"]')).to_have_count(0)
    assert "nobody@example.com" not in shopper.read_mailbox()


def test_tells_a_late_parcel_before_it_is_asked(open_shopper: Open, language: str) -> None:
    shopper = arrive(open_shopper, language, "camille")
    shopper.say(words(language, "où est ma commande ?", "where is my order?"))
    shopper.sees(words(language, "en retard", "late"))
    timeline = shopper.ours.last.locator('[data-prevenant="timeline"]')
    expect(timeline).to_contain_text("MP204819")
    expect(timeline).to_contain_text("CO204819")
    expect(timeline).to_contain_text("Colibri Express")


def test_shows_the_order_that_is_chosen_of_several(open_shopper: Open, language: str) -> None:
    shopper = arrive(open_shopper, language, "hugo")
    shopper.say(words(language, "où sont mes commandes ?", "where are my orders?"))
    shopper.tap(re.compile("MP204821 ·"))
    expect(shopper.ours.last.locator('[data-prevenant="timeline"]')).to_contain_text("MP204821")


def test_shows_a_guest_their_order_after_a_code(open_shopper: Open, language: str) -> None:
    shopper = arrive(open_shopper, language)
    shopper.say(words(language, "je veux suivre mon colis", "I want to track my parcel"))
    shopper.say("MP204821")
    shopper.say("hugo.destrez@example.com")
    shopper.say(shopper.newest_code("hugo.destrez@example.com"))
    shopper.sees_anywhere("MP204821")
    expect(shopper.panel.locator('[data-prevenant="timeline"]').last).to_contain_text("HI204821")


# -- 2. Account -----------------------------------------------------------------------------------


def test_changes_a_phone_number_after_a_summary_a_yes_and_a_code(open_shopper: Open, language: str) -> None:
    number = words(language, "06 12 34 56 78", "+44 7911 123456")
    shown = words(language, "6 12 34 56 78", "7911 123456")
    ref, email = words(language, "hugo", "oliver"), words(language, "hugo.destrez", "oliver.grant") + "@example.com"
    shopper = arrive(open_shopper, language, ref)
    shopper.say(words(language, "je voudrais changer mon numéro de téléphone", "I want to change my phone number"))
    shopper.say(number)
    shopper.sees(shown)
    shopper.tap(words(language, "Oui", "Yes"))
    shopper.say(shopper.newest_code(email))
    shopper.sees_anywhere(shown)
    shopper.visit("/account")
    expect(shopper.page.locator("main")).to_contain_text(re.sub(r"\D", "", shown)[-6:])


# -- 3. Recommendations ---------------------------------------------------------------------------


def test_says_of_each_suggestion_why(open_shopper: Open, language: str) -> None:
    shopper = arrive(open_shopper, language, "camille")
    shopper.say(words(language, "recommande-moi quelque chose", "recommend me something"))
    cards = shopper.ours.last.locator('[data-prevenant="card"]')
    expect(cards.first).to_be_visible()
    reasons = words(language, "Va avec|marque|Comme|cherchez|regardez|aime", "Goes with|From|Like|look")
    for text in cards.all_inner_texts():
        assert re.search(reasons, text), text


# -- 4. Cart --------------------------------------------------------------------------------------


def test_fills_and_empties_the_basket_by_words(open_shopper: Open, language: str) -> None:
    shopper = arrive(open_shopper, language)
    shopper.say(words(language, "je cherche un pull bleu marine", "I am looking for a navy jumper"))
    second = shopper.ours.last.locator('[data-prevenant="card"]').nth(1)
    name = second.locator("h3").inner_text().strip()
    shopper.say(words(language, "ajoute le deuxième en L", "add the second one in L"))
    shopper.sees_anywhere(name)
    shopper.sees_anywhere(words(language, "Dans votre panier", "In your basket"))
    shopper.say(words(language, "qu'est-ce que j'ai dans mon panier ?", "what's in my cart?"))
    expect(shopper.ours.last).to_contain_text(name)
    shopper.say(words(language, "enlève-le", "take it out"))
    shopper.say(words(language, "montre mon panier", "show my basket"))
    shopper.sees(words(language, "vide", "empty"))


def test_adds_what_is_bought_again_and_again(open_shopper: Open) -> None:
    shopper = arrive(open_shopper, "fr", "lucie")
    shopper.say("ajoute comme d'habitude")
    shopper.sees("vos commandes passées")  # she was not asked yet whether they may be used
    shopper.tap("Oui")
    shopper.sees("113")
    shopper.say("un seul débardeur")
    shopper.sees("94")
    shopper.tap("Oui")
    shopper.sees("votre panier")


def test_changes_the_usual_by_talking_and_adds_nothing_before_a_yes(open_shopper: Open) -> None:
    shopper = arrive(open_shopper, "en", "camille")
    shopper.say("my usual please")
    shopper.sees("€54.90 in all")
    shopper.say("the same in black")
    shopper.sees_anywhere("black, M")
    shopper.say("add socks")
    shopper.sees_anywhere("socks")
    shopper.say("leave out the second one")
    shopper.sees("€54.90 in all")
    shopper.say("only one")
    shopper.sees("€29.90 in all")
    shopper.say("no thanks")
    shopper.sees("I add nothing")


def test_speaks_first_about_a_basket_left_behind_and_does_what_the_yes_asks(open_shopper: Open, language: str) -> None:
    shopper = open_shopper(language)
    shopper.sign_in(words(language, "camille", "tom"))
    shopper.visit()
    shopper.open_chat()
    shopper.say(words(language, "bonjour", "hello"))
    shopper.add_to_basket(JUMPER, NAVY_M)
    shopper.sees(words(language, "Votre panier vous attend", "Your basket is waiting"), within_seconds=45)
    offered = shopper.ours.last.locator('[data-prevenant="card"]').first
    name = offered.locator("h3").inner_text().strip()
    shopper.say(words(language, "oui, ajoute-la", "yes, add it"))
    shopper.sees_anywhere(words(language, "panier", "basket"))
    shopper.visit("/cart")
    expect(shopper.page.locator("main")).to_contain_text(name)


def test_shows_a_bubble_when_the_chat_is_closed(open_shopper: Open) -> None:
    shopper = open_shopper("fr")
    shopper.sign_in("hugo")
    shopper.add_to_basket(JUMPER, NAVY_M)
    bubble = shopper.page.locator('[data-prevenant="bubble"]')
    expect(bubble).to_contain_text("Votre panier vous attend", timeout=45_000)
    expect(shopper.page.locator('[data-prevenant="badge"]')).to_contain_text("1")


def test_says_nothing_of_a_basket_that_was_ordered_meanwhile(open_shopper: Open) -> None:
    shopper = open_shopper("en")
    shopper.sign_in("emma")
    shopper.add_to_basket(JUMPER, NAVY_M)
    shopper.visit("/checkout")
    shopper.page.locator("main form[action='/checkout'] button[type=submit]").last.click()
    expect(shopper.page.locator("main")).to_contain_text("Thank you")
    shopper.open_chat()
    shopper.page.wait_for_timeout(26_000)
    assert shopper.ours.filter(has_text="Your basket is waiting").count() == 0


# -- 6. Consent -----------------------------------------------------------------------------------


def test_asks_for_consent_once_and_takes_it_back_at_once(open_shopper: Open, language: str) -> None:
    shopper = arrive(open_shopper, language)
    shopper.say(words(language, "je cherche un bonnet", "I am looking for a beanie"))
    shopper.say(words(language, "ajoute le premier", "add the first one"))
    question = words(language, "Voulez-vous que je vous écrive", "Shall I write to you")
    shopper.sees(question)
    shopper.tap(words(language, "Oui", "Yes"))
    shopper.say(words(language, "ajoute encore un", "add one more of it"))
    assert shopper.ours.filter(has_text=question).count() == 1
    shopper.say(words(language, "arrêtez de m'envoyer des messages", "stop messaging me"))
    shopper.sees(words(language, "sur aucun canal", "on any channel"))


# -- 7. The offer accepted ------------------------------------------------------------------------


def test_takes_who_accepts_an_offer_off_the_list_of_the_other(open_shopper: Open) -> None:
    shopper = open_shopper("fr")
    shopper.sign_in("camille")
    shopper.act_backstage("campaign")
    letters = shopper.open_mailbox()
    offers = letters.locator("article.letter.email", has_text="MAILLE15")
    arrived = offers.filter(has_text="camille.laurier@example.com")
    waiting = letters.locator("article.letter:has([data-state=pending])", has_text="sms · winter_offers")
    for _ in range(160):  # the page is as new as its last reload
        if arrived.count() and waiting.filter(has_text="camille").count():
            break
        letters.wait_for_timeout(500)
        letters.reload()
    expect(arrived).to_be_visible()
    shopper.visit("/offers/MAILLE15/accept")
    shopper.page.locator("main form button[type=submit]").first.click()
    letters.reload()
    taken = letters.locator("article.letter:has([data-state=withdrawn])", has_text="sms · winter_offers")
    expect(taken.filter(has_text="camille")).to_contain_text("offre")
    expect(waiting.filter(has_text="camille")).to_have_count(0)
    assert waiting.count() > 0  # the others still hear of it


# -- 8. The item that is not there ----------------------------------------------------------------


def test_tells_of_a_missing_item_before_the_customer_travels_and_settles_it_by_one_tap(
    open_shopper: Open, language: str
) -> None:
    ref, order = words(language, "nadia", "emma"), words(language, "ord_MP204824", "ord_MP204826")
    shopper = arrive(open_shopper, language, ref)
    shopper.act_backstage("lose", order=order)
    shopper.sees(words(language, "Avant que vous ne vous déplaciez", "Before you set out"), within_seconds=45)
    shopper.tap(re.compile(words(language, "remboursement", "money back|refund"), re.IGNORECASE))
    shopper.sees_anywhere(words(language, "rembours", "paid back"))


# -- Everything else a shopper expects of it ------------------------------------------------------


def test_keeps_the_conversation_over_pages_and_on_a_second_tab(open_shopper: Open) -> None:
    shopper = arrive(open_shopper, "fr")
    shopper.say("bonjour")
    shopper.visit("/stores")
    if not shopper.panel.is_visible():
        shopper.open_chat()
    shopper.sees_anywhere("Maison Prévenant")
    second = shopper.page.context.new_page()
    second.goto("/")
    second.locator('[data-prevenant="launcher"]').click()
    expect(second.locator('[data-prevenant="panel"] [data-direction="out"]').first).to_contain_text("Maison Prévenant")


def test_follows_the_customers_language(open_shopper: Open) -> None:
    shopper = arrive(open_shopper, "fr")
    shopper.say("hello, can you recommend me a coat?")
    expect(shopper.ours.last).to_contain_text(re.compile("Here|suggest|coat"))
    shopper.say("parle français s'il te plaît")
    expect(shopper.ours.last).to_contain_text(re.compile("français|Très bien|Volontiers|Entendu"))


def test_works_on_a_phone(open_shopper: Open) -> None:
    shopper = arrive(open_shopper, "fr", is_phone=True)
    shopper.say("je cherche une robe rouge")
    expect(shopper.ours.last.locator('[data-prevenant="card"]').first).to_be_visible()


# -- 9. Service work -------------------------------------------------------------------------------


def test_cancels_an_order_by_typing(open_shopper: Open, language: str) -> None:
    shopper = arrive(open_shopper, language, words(language, "margaux", "lucie"))
    shopper.say(words(language, "je voudrais annuler ma commande", "I would like to cancel my order"))
    shopper.sees(words(language, "Pourquoi", "Why"))
    shopper.say(words(language, "je l'ai commandée par erreur", "I ordered it by mistake"))
    shopper.sees(words(language, "J’annule la commande", "I will cancel order"))
    shopper.say(words(language, "oui vas-y", "yes go ahead"))
    shopper.sees(words(language, "est annulée", "is cancelled"))


def test_sends_an_order_elsewhere_after_a_yes_and_a_code(open_shopper: Open) -> None:
    shopper = arrive(open_shopper, "fr", "hugo")
    shopper.say("finalement livrez ma commande au 12 rue des Lilas, 75011 Paris")
    shopper.sees("12 rue des Lilas, 75011 Paris")
    shopper.tap("Oui")
    shopper.say(shopper.newest_code("hugo.destrez@example.com"))
    shopper.sees("part à la nouvelle adresse")


def test_says_until_when_something_could_be_sent_back(open_shopper: Open, language: str) -> None:
    shopper = arrive(open_shopper, language, "camille")
    shopper.say(words(language, "je veux renvoyer la marinière", "I want to send the striped top back"))
    shopper.sees(words(language, "Aucune de vos commandes", "None of your orders"))


# -- what follows leaves questions open and baskets filled: behind the stories that nothing must hold


def test_adds_a_whole_look_at_one_tap(open_shopper: Open, language: str) -> None:
    shopper = open_shopper(language)
    shopper.sign_in(words(language, "tom", "emma"))
    shopper.visit(f"/products/{JUMPER}")
    shopper.open_chat()
    shopper.say(words(language, "qu'est-ce qui va avec ?", "what goes with it?"))
    shopper.tap(words(language, "Ajouter tout le look", "Add the whole look"))
    shopper.sees(re.compile(words(language, "Quelle taille|Voici votre panier", "Which size|This is in your basket")))


def test_says_what_a_code_would_save_before_it_is_put_on(open_shopper: Open, language: str) -> None:
    shopper = open_shopper(language)
    shopper.sign_in(words(language, "hugo", "oliver"))
    shopper.visit()
    shopper.open_chat()
    shopper.add_to_basket(JUMPER, NAVY_M)
    shopper.say(words(language, "est-ce que le code BIENVENUE10 marche sur mon panier ?",
                      "does the code BIENVENUE10 work on my basket?"))
    shopper.sees(words(language, "10,00", "€10.00"))
    shopper.tap(words(language, "Oui", "Yes"))
    shopper.sees("BIENVENUE10")


# -- 5. It speaks first ---------------------------------------------------------------------------
