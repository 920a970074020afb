"""What a message wants done and told, clause by clause."""

import pytest

from bot.service.desk.agreeing import agrees, is_bare_no, says_no
from bot.service.desk.clauses import read_clauses
from bot.service.desk.naming import plain
from bot.service.desk.segments import find_segments


def wants(text: str) -> list[str]:
    return [each.do for each in find_segments(read_clauses(text)) if each.do]


def asks(text: str) -> list[str]:
    return [each.ask for each in read_clauses(text) if each.ask]


@pytest.mark.parametrize("text", [
    "", "hello there", "thanks a lot", "I changed my mind about the weather", "I don't want to return it",
    "je ne veux pas annuler", "no exchange please", "what a lovely lamp",
])
def test_wants_nothing_where_nothing_is_wanted(text: str) -> None:
    assert wants(text) == []


@pytest.mark.parametrize(("text", "expected"), [
    ("cancel my order", ["cancel"]),
    ("annulez ma commande", ["cancel"]),
    ("I ordered something I never meant to, can we make it vanish?", ["cancel"]),
    ("I've changed my mind about order #W123", ["cancel"]),
    ("the keyboard is going back as well", ["return"]),
    ("I want the order charged to my gift card instead", ["payment"]),
    ("I'd like to send the lamp back", ["return"]),
    ("je voudrais renvoyer la bouilloire", ["return"]),
    ("I want my money back", ["return"]),
    ("can I swap the boots for a bigger pair?", ["exchange"]),
    ("j'aimerais échanger le pull", ["exchange"]),
    ("please change the lamp to a white one", ["items"]),
    ("ship it to 12 Oak Street, Austin", ["address"]),
    ("the delivery address is wrong", ["address"]),
    ("I just moved", ["address"]),
    ("livrez ma commande chez mes parents, changez l'adresse", ["address"]),
    ("update my default address", ["home"]),
    ("change the order's address to my default address", ["address"]),
    ("change the payment method to paypal", ["payment"]),
    ("change how #W3657213 is paid, to my visa card", ["payment"]),
    ("no, exchange the lamp", ["exchange"]),
    ("no exchange. I want to return the earbuds", ["return"]),
    ("cancel the order and refund it to my card", ["cancel"]),
    ("return the lamp. I'd prefer the refund on my gift card", ["return"]),
    ("return the watch and exchange the bookshelf", ["return", "exchange"]),
    ("change the items of it, and also change the address", ["address", "items"]),
])
def test_reads_what_is_to_be_done(text: str, expected: list[str]) -> None:
    assert wants(text) == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("can you cancel my order?", []),
    ("could I return the boots?", []),
    ("how many t-shirt options are there?", ["options"]),
    ("what sizes does it come in", ["options"]),
    ("do you have the 1L black one?", ["options"]),
    ("what is the cheapest one?", ["price"]),
    ("how much would I get back if I return the boots?", ["refund"]),
    ("combien vais-je récupérer ?", ["refund"]),
    ("what would the price difference be?", ["difference"]),
    ("what's my gift card balance", ["balance"]),
    ("which address do you have for me?", ["home"]),
    ("what is the tracking number?", ["tracking"]),
    ("tell me which orders are pending", ["contents"]),
    ("what is the total of my order", ["total"]),
    ("change the lamp to white and tell me the price difference", ["difference"]),
])
def test_reads_what_is_to_be_told(text: str, expected: list[str]) -> None:
    assert asks(text) == expected


@pytest.mark.parametrize("text", [
    "yes", "Yes, that's correct.", "ok do it", "please go ahead", "Yes, that looks correct, please proceed.", "oui",
    "c'est bon", "Yes. Will I get an e-mail?", "sure, proceed with the exchange",
])
def test_takes_a_clear_yes(text: str) -> None:
    assert agrees(text)


@pytest.mark.parametrize("text", [
    "", "no", "ok no forget the tablet", "please make it the red one", "yes but not the lamp", "wait", "not correct",
    "is that right?", "ok, but first tell me the price", "I'd rather have the black one", "hold on please",
    "oui mais pas la lampe",
])
def test_takes_nothing_else_for_a_yes(text: str) -> None:
    assert not agrees(text)


def test_tells_a_bare_no_from_one_that_says_more() -> None:
    assert says_no(plain("no, the blue one")) and not is_bare_no(plain("no, the blue one"))
    assert is_bare_no(plain("non merci")) and is_bare_no(plain("No."))


def test_keeps_what_is_said_around_a_wish_with_it() -> None:
    (segment,) = find_segments(read_clauses("My lamp came broken. I want to return it. The refund can go to PayPal."))
    assert segment.do == "return"
    assert "lamp" in segment.text and "PayPal" in segment.text
