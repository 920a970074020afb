"""Which lines of an order words name, and what is wanted instead."""

import pytest

from bot.commerce.types import OrderLine, PaymentMethod, ProductRef, Variant, VariantRef
from bot.service.desk.naming import find_mentions, plain
from bot.service.desk.paying import find_method
from bot.service.desk.wanting import find_variants, read_wish


def line(number: str, title: str, product: str = "p", ref: str = "", **options: str) -> OrderLine:
    return OrderLine(
        id=number, variant_ref=VariantRef(ref or number), product_ref=ProductRef(product), sku=number, title=title,
        options=options, unit_price_minor=1000, ordered=1,
    )


def variant(ref: str, price: int = 1000, **options: str) -> Variant:
    return Variant(VariantRef(ref), ProductRef("p"), ref, "", options, price, "EUR")


LAMP = line("1", "Desk Lamp", color="black", brightness="low")
KEYBOARD = line("2", "Mechanical Keyboard", size="full size", backlight="RGB")
BLACK_WATCH = line("3", "Smart Watch", color="black", band="silicone")
GOLD_WATCH = line("4", "Smart Watch", color="gold", band="metal")
ORDER = [LAMP, KEYBOARD, BLACK_WATCH, GOLD_WATCH]


def named(text, lines=ORDER, names=None):
    return [each.line_ids for each in find_mentions(text, lines, names or {})]


@pytest.mark.parametrize(("text", "expected"), [
    ("", []),
    ("I want my money back", []),
    ("the desk lamp please", [("1",)]),
    ("the keyboard and the lamp", [("2",), ("1",)]),
    ("the gold smart watch", [("4",)]),
    ("the smart watch (black, silicone)", [("3",)]),
    ("the smart watch", [("3", "4")]),
    ("both smart watches", [("3", "4")]),
    ("everything", [("1",), ("2",), ("3",), ("4",)]),
    ("tout sauf the keyboard", [("1",), ("3",), ("4",)]),
    ("all of it except the smart watches", [("1",), ("2",)]),
])
def test_finds_the_lines_that_words_name(text, expected):
    assert named(text) == expected


def test_knows_a_line_by_the_shops_words_for_its_type():
    assert named("je renvoie l'écharpe", [line("9", "Écharpe Brume")], {"9": ("scarf", "écharpe")}) == [("9",)]
    assert named("the scarf goes back", [line("9", "Brume d'hiver")], {"9": ("scarf", "écharpe")}) == [("9",)]


def test_counts_two_pieces_of_one_kind_as_one_choice():
    twins = [line("1", "Mug", ref="x", color="red"), line("2", "Mug", ref="x", color="red")]
    assert named("return the mug", twins) == [("1",)]


VARIANTS = [
    variant("a", color="black", brightness="low"), variant("b", color="white", brightness="low"),
    variant("c", color="white", brightness="high"), variant("d", price=900, color="silver", brightness="high"),
]


@pytest.mark.parametrize(("said", "expected"), [
    ("the lamp to a white one", {"color": ("white",)}),
    ("the black lamp for a white one", {"color": ("white",)}),
    ("a white lamp instead of the black one", {"color": ("white",)}),
    ("lamp with high brightness", {"brightness": ("high",)}),
    ("the lamp", {}),
])
def test_reads_what_is_wanted_instead(said, expected):
    assert dict(read_wish(plain(said), LAMP, VARIANTS).values) == expected


def test_takes_another_of_the_same_for_a_wish():
    assert read_wish(plain("the lamp for exactly the same one"), LAMP, VARIANTS).is_same


def choices(said, sellable=frozenset("abcd")):
    return [each.ref for each in find_variants(LAMP, read_wish(plain(said), LAMP, VARIANTS), VARIANTS, sellable)]


def test_keeps_what_was_not_asked_to_change():
    assert choices("to white") == ["b"]


def test_offers_what_there_is_when_nothing_keeps_the_rest():
    assert choices("to silver") == ["d"]
    assert choices("to high brightness") == ["d", "c"]


def test_offers_nothing_that_cannot_be_had():
    assert choices("to white", frozenset("c")) == ["c"]
    assert choices("to silver", frozenset("c")) == []


@pytest.mark.parametrize(("text", "value"), [
    ("the 1.5 liters one", "1.5L"), ("15 inch please", "15-inch"), ("16 gigs", "16GB"),
    ("8 ft", "8 ft"), ("750 ml", "750ml"),
])
def test_reads_units_however_they_are_written(text, value):
    other = variant("z", thing="nothing like it")
    wish = read_wish(plain(text), line("1", "Thing", thing="nothing like it"), [variant("y", thing=value), other])
    assert wish.values == {"thing": (value,)}


CARDS = [
    PaymentMethod("visa-1", "credit_card", "visa", "4242"), PaymentMethod("mc-2", "credit_card", "mastercard", "1111"),
    PaymentMethod("pp", "paypal"), PaymentMethod("gc", "gift_card", balance_minor=500),
]


@pytest.mark.parametrize(("text", "expected"), [
    ("paypal", "pp"), ("my gift card", "gc"), ("sur ma carte cadeau", "gc"), ("the visa", "visa-1"),
    ("card ending in 1111", "mc-2"),
    ("credit card", ""), ("the original one", "mc-2"), ("whatever", ""),
])
def test_finds_the_means_of_payment_that_words_name(text, expected):
    assert find_method(text, CARDS, "mc-2") == expected
