"""What answers the one open question, and what is a digression from it, in both languages."""

import pytest

from bot.dialogue.policies.answering import answers, may_say_who


def entity(name, value="x"):
    return {"entity": name, "value": value}


def test_says_nothing_is_an_answer_without_a_question():
    assert not answers("", "affirm", 1.0, [], "oui")


@pytest.mark.parametrize(("expects", "intent", "confidence", "text"), [
    ("email", "track_order", 0.9, "où est ma commande ?"),
    ("email", "track_order", 0.9, "where is my order"),
    ("identity", "track_order", 0.9, "where is my order"),
    ("identity", "contact_human_agent", 0.9, "give me a person"),
    ("code", "delivery_period", 0.8, "how long does delivery take?"),
    ("yes_no", "track_order", 0.9, "où est ma commande"),
    ("yes_no", "contact_human_agent", 0.9, "I want to talk to a person"),
    ("yes_no", "stop_messages", 0.9, "arrêtez de m'écrire"),
    ("choice", "view_cart", 0.9, "what is in my basket?"),
    ("address", "delivery_options", 0.8, "vous livrez en Belgique ?"),
    ("size", "size_advice", 0.8, "quelle taille je dois prendre ?"),
    ("name", "contact_human_agent", 0.9, "je veux parler à quelqu'un"),
    ("text", "track_order", 0.9, "where is my order?"),
    ("yes_no", "change_language", 0.9, "in English please"),
    ("basket", "track_order", 0.9, "où est ma commande ?"),
    ("basket", "contact_human_agent", 0.9, "I want to talk to a person"),
    ("basket", "search_products", 0.9, "do you have navy coats?"),
    ("basket", "view_cart", 0.9, "what is in my basket?"),
    ("basket", "view_cart", 0.9, "montre mon panier"),
])
def test_leaves_a_digression_to_the_rules(expects, intent, confidence, text):
    assert not answers(expects, intent, confidence, [], text)


@pytest.mark.parametrize(("expects", "intent", "confidence", "entities", "text"), [
    ("yes_no", "affirm", 0.9, [], "oui"),
    ("basket", "affirm", 0.9, [], "oui"),
    ("basket", "remove_from_cart", 0.9, [], "sans le savon"),
    ("basket", "search_products", 0.8, [], "the same in blue"),
    ("basket", "add_to_cart", 0.9, [], "deux tee-shirts"),
    ("basket", "search_products", 0.9, [], "yes but two socks"),
    ("basket", "nlu_fallback", 0.3, [], "le deuxième en noir"),
    ("basket", "search_products", 0.9, [], "ajoute des chaussettes"),
    ("basket", "deny", 0.9, [], "non merci"),
    ("identity", "set_up_shipping_address", 0.9, [], "I'm Noah Brown, my postcode is 80279"),
    ("identity", "edit_account", 0.9, [entity("person_name", "Noah Brown")], "my name is Noah Brown"),
    ("identity", "nlu_fallback", 0.3, [], "noah.brown@example.com"),
    ("yes_no", "add_to_cart", 0.8, [], "oui, ajoute-la"),
    ("yes_no", "add_to_cart", 0.8, [], "yes, add it"),
    ("yes_no", "deny", 0.9, [], "non merci"),
    ("yes_no", "thank", 0.6, [], "no thanks"),
    ("yes_no", "deny", 0.9, [], "laisse tomber"),
    ("yes_no", "affirm", 0.5, [], "ok"),
    ("address", "cancel_order", 0.95, [], "annuler"),
    ("code", "cancel_order", 0.95, [], "Cancel."),
    ("choice", "add_to_cart", 0.9, [entity("ordinal", "2")], "the second one"),
    ("choice", "add_to_cart", 0.9, [entity("ordinal", "2")], "la deuxième"),
    ("choice", "nlu_fallback", 0.3, [], "2"),
    ("choice", "nlu_fallback", 0.3, [entity("order_number", "1042")], "1042"),
    ("choice", "nlu_fallback", 0.3, [entity("colour", "blue")], "la bleue"),
    ("address", "set_up_shipping_address", 0.9, [], "12 rue des Lilas 75011 Paris"),
    ("address", "change_shipping_address", 0.9, [], "221b Baker Street, London NW1 6XE"),
    ("code", "nlu_fallback", 0.3, [], "482913"),
    ("code", "out_of_scope", 0.9, [], "482 913"),
    ("code", "nlu_fallback", 0.3, [], "c'est 482913"),
    ("email", "edit_account", 0.9, [entity("email")], "camille@example.org"),
    ("phone", "edit_account", 0.9, [entity("phone")], "06 12 34 56 78"),
    ("postcode", "out_of_scope", 0.9, [], "75011"),
    ("postcode", "out_of_scope", 0.9, [], "SW1A 1AA"),
    ("email_or_postcode", "out_of_scope", 0.9, [], "1000"),
    ("email_or_postcode", "edit_account", 0.9, [], "my email is a@b.org"),
    ("order_number", "track_order", 0.9, [], "#W1234567"),
    ("size", "nlu_fallback", 0.3, [], "M"),
    ("size", "add_to_cart", 0.8, [], "en 40"),
    ("name", "nlu_fallback", 0.3, [], "Camille Lefèvre"),
    ("text", "nlu_fallback", 0.3, [], "the seam came apart after one day"),
])
def test_answers_in_both_languages(expects, intent, confidence, entities, text):
    assert answers(expects, intent, confidence, entities, text)


def test_answers_by_the_button_of_an_option():
    assert answers("choice", "affirm", 1.0, [entity("option", "a")], '/affirm{"option": "a"}')


def test_leaves_the_button_of_another_wish_to_the_rules():
    assert not answers("choice", "track_order", 1.0, [], "/track_order")


@pytest.mark.parametrize(("text", "expected"), [
    ("cancel my lamp, I'm Noah Brown, 80279", True),
    ("mia@example.com - where is it?", True),
    ("/track_order{\"order_number\": \"12345\"}", False),
    ("where is order #12345", False),
    ("80279", False),
    ("where is my order", False),
])
def test_hears_who_somebody_may_be(text, expected):
    assert may_say_who(text) is expected
